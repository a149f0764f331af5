"""Whether a decision table fits where it is called: what it asks is known, what it finds is new, a person looks on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from engine import decisions, expressions, forms
from engine.diagram.catalogue import Catalogue
from engine.diagram.knowledge import Knowledge
from engine.diagram.levels import Level, condition_of
from engine.diagram.model import ASKING, Node
from engine.diagram.report import Report
from engine.diagram.rules import RULE_TASK, results_of
from engine.expressions import ExpressionError


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
    for fact in sorted(decisions.reads(catalogue.tables, node.decision) - forms.COMPUTED):
        words: dict[str, Any] = {"fact": fact, "found": catalogue.tables[node.decision].name}
        is_date = fact in forms.DATES
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
