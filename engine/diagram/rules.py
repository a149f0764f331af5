"""Steps that a decision table does: which decision they call, and what its results are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from engine import decisions
from engine.decisions import Decision
from engine.decisions.model import NAME
from engine.diagram.catalogue import Catalogue, did_you_mean, nearest
from engine.diagram.labels import bpmn, local, shown
from engine.diagram.model import Node
from engine.diagram.report import Report
from engine.expressions import Kind
from engine.words import N_

RULE_TASK = "businessRuleTask"
CHOOSE = N_("Choose a decision table.")

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
        advice = did_you_mean(nearest(called, tuple(catalogue.tables)), CHOOSE)
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
