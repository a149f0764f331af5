"""Steps that a decision table does: which decision they call, what its results are called, what it asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from engine import decisions, expressions, forms
from engine.decisions import Decision
from engine.decisions.model import NAME
from engine.diagram.labels import bpmn, local, shown
from engine.diagram.levels import Level, condition_of
from engine.diagram.model import ASKING, Node
from engine.diagram.report import Report
from engine.expressions import ExpressionError, Kind
from engine.words import N_, Sentence

if TYPE_CHECKING:
    from engine.diagram.catalogue import Catalogue
    from engine.diagram.knowledge import Knowledge

RULE_TASK = "businessRuleTask"
CHOOSE = N_("Choose a decision table.")
DID_YOU_MEAN = N_("Did you mean “{nearest}”?")

# How a step names its decision, and the fact that holds what it finds: ours, and what other editors write.
# (part of the namespace, element inside or None, attribute or None for its text)
_DECISIONS = (
    ("throughcare", None, "decision"),
    ("camunda.org/schema/zeebe", "calledDecision", "decisionId"),
    ("camunda.org/schema/1.0", None, "decisionRef"),
    ("spiffworkflow", "calledDecisionId", None),
)
_RESULTS = (
    ("throughcare", None, "result"),
    ("camunda.org/schema/zeebe", "calledDecision", "resultVariable"),
    ("camunda.org/schema/1.0", None, "resultVariable"),
)
READ_OF_OTHERS = frozenset(
    {
        "camunda:decisionRef",
        "camunda:resultVariable",
        "zeebe:calledDecision",
        "spiffworkflow:calledDecisionId",
    }
)


@dataclass(frozen=True)
class Called:
    """What a step calls: a decision's id, and the one name for all that it finds, if it has one."""

    decision: str | None
    result: str | None


def called_by(step: etree._Element) -> Called:
    """Which decision a step calls, as it says; the first that it says, if it says several."""
    return Called(next(iter(_said(step, _DECISIONS)), None), next(iter(_said(step, _RESULTS)), None))


def _said(step: etree._Element, places: Iterable[tuple[str, str | None, str | None]]) -> list[str]:
    found = []
    for part, inside, attribute in places:
        for element in [step] if inside is None else _extensions(step, part, inside):
            if attribute is None:
                found.append("".join(str(text) for text in element.itertext()).strip())
            else:
                # What an extension element says of itself has no namespace.
                found += [
                    value.strip()
                    for name, value in ((str(name), str(value)) for name, value in element.attrib.items())
                    if name == attribute
                    and inside
                    or name.startswith("{")
                    and part in name
                    and name.endswith("}" + attribute)
                ]
    return [text for text in found if text]


def _extensions(step: etree._Element, part: str, name: str) -> list[etree._Element]:
    holder = step.find(bpmn("extensionElements"))
    inside = [] if holder is None else list(holder.iter())
    return [one for one in inside if local(one) == name and part in str(one.tag)]


def read_rule(step: etree._Element, catalogue: Catalogue | None, report: Report) -> dict[str, str | None]:
    """The fields of a Node that calls a decision; {} for every other."""
    if local(step) != RULE_TASK:
        return {}
    said = list(dict.fromkeys(_said(step, _DECISIONS)))
    called = called_by(step)
    if not said:
        report.add("rule_without_decision", step)
    elif said[0].startswith(("=", "${", "#{")):
        report.add("decision_foreign", step, found=shown(said[0]))
    elif len(said) > 1:
        report.add("decision_named_twice", step, found=", ".join(f"“{shown(one)}”" for one in said))
    else:
        _check_known(step, said[0], catalogue, report)
    if called.result is not None and not NAME.fullmatch(called.result):
        report.add("result_unreadable", step, found=shown(called.result))
    if any(local(child).endswith("LoopCharacteristics") for child in step):
        report.add("rule_repeated", step)
    return {"decision": called.decision, "result": called.result}


def _check_known(step: etree._Element, called: str, catalogue: Catalogue | None, report: Report) -> None:
    if catalogue is None:
        report.add("decision_unseen", step, found=shown(called))
    elif called in catalogue.broken_tables:
        report.add("decision_broken", step, found=shown(called), reason=catalogue.broken_tables[called])
    elif called not in catalogue.tables:
        from engine.diagram.catalogue import nearest

        near = nearest(called, tuple(catalogue.tables))
        advice = Sentence(DID_YOU_MEAN, {"nearest": near}) if near else Sentence(CHOOSE)
        report.add("decision_unknown", step, found=shown(called), advice=advice)


def found_in(roots: Iterable[etree._Element], tables: Mapping[str, Decision]) -> dict[str, dict[str, Kind]]:
    """The facts that the steps of some diagrams take from tables: name -> {decision: kind}."""
    found: dict[str, dict[str, Kind]] = {}
    for root in roots:
        for step in root.iter(bpmn(RULE_TASK)):
            called = called_by(step)
            ident = called.decision
            if ident is not None and ident in tables:
                for name, kind in decisions.results(tables, ident, called.result).items():
                    found.setdefault(name, {})[ident] = kind
    return found


def results_of(node: Node, tables: Mapping[str, Decision]) -> dict[str, Kind]:
    """The facts that a step takes from its table, each with its kind; {} for every other node."""
    if node.decision is None or node.decision not in tables:
        return {}
    return decisions.results(tables, node.decision, node.result)


def check_rules(
    levels: list[Level],
    nodes: Mapping[str, Node],
    catalogue: Catalogue | None,
    knowledge: Knowledge | None,
    report: Report,
) -> None:
    """Report results that clash, facts that a table asks and nobody knows, and ends that nobody looked at."""
    if catalogue is None:
        return
    for level in levels:
        for ident in level.of_kind(RULE_TASK):
            node, element = nodes[ident], level.nodes[ident]
            for name in results_of(node, catalogue.tables):
                _check_clash(element, node, name, catalogue, report)
            if node.decision in catalogue.tables and knowledge is not None:
                _check_asked(element, node, catalogue, knowledge, report)
    found = {name for node in nodes.values() for name in results_of(node, catalogue.tables)}
    if found:
        _check_ends(levels[0], found, report)


def _check_clash(
    element: etree._Element, node: Node, name: str, catalogue: Catalogue, report: Report
) -> None:
    others = sorted(catalogue.found.get(name, {}).keys() - {node.decision})
    if name in catalogue.asked or name in forms.RESERVED:
        report.add("result_clash", element, fact=name)
    elif others:
        report.add("result_twice", element, fact=name, found=others[0])


def _check_asked(
    element: etree._Element, node: Node, catalogue: Catalogue, knowledge: Knowledge, report: Report
) -> None:
    assert node.decision is not None
    always = {"today", "case_opened_on", "item"}
    for fact in sorted(decisions.reads(catalogue.tables, node.decision) - always):
        words: dict[str, Any] = {"fact": fact, "found": catalogue.tables[node.decision].name}
        is_date = fact in forms.DATES or fact in forms.RESERVED
        if fact in knowledge.surely(node.id):
            continue
        if fact not in catalogue.kinds:
            report.add("table_fact_unknown", element, **words)
        elif not is_date and fact not in knowledge.asked():
            report.add("table_fact_not_set", element, **words)
        elif not is_date and fact not in knowledge.asked_before(node.id):
            report.add("table_fact_too_late", element, **words)
        elif not decisions.copes(catalogue.tables, node.decision, fact):
            report.add("table_fact_maybe_missing", element, **words)


def _check_ends(level: Level, found: set[str], report: Report) -> None:
    """Warn of ends to which only what a table found leads: nobody decided that."""
    for ident in level.nodes:
        if level.kind(ident) not in ASKING:
            continue
        read = [_names(condition_of(arrow.element)) for arrow in level.outgoing[ident]]
        if not found & set[str]().union(*read):
            continue
        if any(level.kind(node) == "endEvent" for node in _reached_unseen(level, ident)):
            report.add("ends_unseen", level.nodes[ident])


def _names(condition: str | None) -> frozenset[str]:
    try:
        return expressions.names(condition) if condition else frozenset()
    except ExpressionError:
        return frozenset()


def _reached_unseen(level: Level, ident: str) -> set[str]:
    """Where a case can come from here without anybody having anything to do."""
    seen: set[str] = set()
    ahead = [arrow.target for arrow in level.outgoing[ident]]
    while ahead:
        node = ahead.pop()
        if node in seen:
            continue
        seen.add(node)
        quick = level.passes(node) or level.kind(node) in (
            "exclusiveGateway",
            "inclusiveGateway",
            "parallelGateway",
        )
        if quick:
            ahead += [arrow.target for arrow in level.outgoing[node]]
    return seen
