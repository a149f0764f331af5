"""Errors and escalations: what is thrown inside is caught around it, and what is caught can be thrown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine.diagram.allowed import definitions_of
from engine.diagram.labels import local
from engine.diagram.levels import Level
from engine.diagram.model import Thrown
from engine.diagram.report import Report
from engine.diagram.sending import declared_by
from engine.words import N_, Sentence

KINDS = {"errorEventDefinition": "error", "escalationEventDefinition": "escalation"}
WORDS = {"error": N_("error"), "escalation": N_("escalation")}


def thrown_of(event: etree._Element) -> Thrown | None:
    """The error or escalation that an event throws or catches; None if it does neither."""
    definition = next((one for one in definitions_of(event) if local(one) in KINDS), None)
    if definition is None:
        return None
    kind = KINDS[local(definition)]
    reference = definition.get(f"{kind}Ref", "").strip()
    declared = declared_by(definition, kind)
    code = declared.get(f"{kind}Code", "").strip() if declared is not None else ""
    return Thrown(kind, code or reference or None)


def check_throws(levels: list[Level], report: Report) -> None:
    """Report errors that nothing catches, and events that wait for what nobody throws."""
    inside = {level.parent: level for level in levels if level.parent is not None}
    used: set[etree._Element] = set()
    for level in levels:
        for node in level.of_kind("endEvent", "intermediateThrowEvent"):
            event = level.nodes[node]
            thrown = thrown_of(event)
            if thrown is None:
                continue
            if thrown.code is None:
                report.add("throw_without_name", event, found=Sentence(WORDS[thrown.kind]))
                continue
            caught = _catcher(level, thrown, levels, inside)
            if caught is not None:
                used.add(caught)
            elif thrown.kind == "error":
                report.add("error_uncaught", event)
    for level in levels:
        for event, hosts in _catchers(level, inside):
            wanted = thrown_of(event)
            if wanted is None:
                continue
            if wanted.kind == "error" and "false" in (
                event.get("cancelActivity"),
                event.get("isInterrupting"),
            ):
                report.add("error_beside", event)
            # What a called pathway escalates, it alone knows.
            elif event not in used and not (wanted.kind == "escalation" and _calls(level, hosts, inside)):
                report.add("never_thrown", event, found=Sentence(WORDS[wanted.kind]))


def _catcher(
    level: Level, thrown: Thrown, levels: list[Level], inside: Mapping[str, Level]
) -> etree._Element | None:
    """The event that catches what is thrown in a level, the nearest one around it, as the runner finds it.

    What is thrown in an event sub-process goes past the level that it belongs to.
    """
    past = False
    while True:
        around = next((other for other in levels if level.parent in other.nodes), None)
        edges = around.boundary.get(level.parent or "", []) if around else []
        starts = [] if past else _starts(level, inside)
        for here in (starts, [around.nodes[event] for event in edges] if around else []):
            fits = [event for event in here if (wanted := thrown_of(event)) and wanted.catches(thrown)]
            # One that names what it catches comes before one that catches everything.
            if fits:
                return min(
                    fits, key=lambda event: (wanted := thrown_of(event)) is None or wanted.code is None
                )
        if around is None:
            return None
        past, level = level.is_handler, around


def _starts(level: Level, inside: Mapping[str, Level]) -> list[etree._Element]:
    """What starts the event sub-processes of a level."""
    parts = [inside[handler] for handler in level.handlers if handler in inside]
    return [part.nodes[start] for part in parts for start in part.of_kind("startEvent")]


def _catchers(level: Level, inside: Mapping[str, Level]) -> Iterator[tuple[etree._Element, list[str]]]:
    """The events of a level that could catch something, and the nodes inside which it would be thrown."""
    for host, events in level.boundary.items():
        for event in events:
            yield level.nodes[event], [host]
    for start in _starts(level, inside):
        yield start, [node for node in level.nodes if node not in level.handlers]


def _calls(level: Level, nodes: list[str], inside: Mapping[str, Level]) -> bool:
    """Does one of these nodes call another pathway, itself or in a sub-process?"""
    return any(
        level.kind(node) == "callActivity"
        or (node in inside and _calls(inside[node], list(inside[node].nodes), inside))
        for node in nodes
    )
