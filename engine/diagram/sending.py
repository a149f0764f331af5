"""Messages and signals: what is sent out, and what waits for a signal that nothing sends."""

from __future__ import annotations

from lxml import etree

from engine.diagram.allowed import definitions_of
from engine.diagram.labels import bpmn, local, shown
from engine.diagram.levels import Level
from engine.diagram.model import Thrown
from engine.diagram.report import Report

KINDS = {"messageEventDefinition": "message", "signalEventDefinition": "signal"}
_THROWING = frozenset({"endEvent", "intermediateThrowEvent", "sendTask"})


def sent_of(element: etree._Element) -> Thrown | None:
    """The message or signal, by its name, that an element sends or waits for; None if it does neither.

    Its `code` is None where it names none. A send task without a message tells nobody but the person who does it.
    """
    if local(element) == "sendTask":
        return Thrown("message", name_of(element, "message")) if element.get("messageRef") else None
    definition = next((one for one in definitions_of(element) if local(one) in KINDS), None)
    if definition is None:
        return None
    kind = KINDS[local(definition)]
    return Thrown(kind, name_of(definition, kind))


def name_of(definition: etree._Element, kind: str) -> str | None:
    """The name of the message or signal that a definition refers to; None where it is not declared, or has none."""
    declared = declared_by(definition, kind)
    return None if declared is None else declared.get("name", "").strip() or None


def declared_by(definition: etree._Element, kind: str) -> etree._Element | None:
    """What a definition refers to: the message, signal, error or escalation that the file declares, if it does."""
    reference = definition.get(f"{kind}Ref", "").strip()
    root = definition.getroottree().getroot()
    return next((one for one in root.iterchildren(bpmn(kind)) if one.get("id") == reference), None)


def check_sending(levels: list[Level], report: Report) -> None:
    """Report what is sent without a name, what sets itself off for ever, and signals that are only waited for."""
    thrown: set[str] = set()
    waiting: list[tuple[etree._Element, str]] = []
    calls = False
    for level in levels:
        for element in level.nodes.values():
            calls = calls or local(element) == "callActivity"
            sent = sent_of(element)
            throws = local(element) in _THROWING
            if sent is None:
                continue
            if sent.code is None and (throws or sent.kind == "signal"):
                report.add("sends_nothing" if sent.kind == "message" else "signal_missing", element)
            elif sent.code is not None and sent.kind == "signal":
                if throws:
                    thrown.add(sent.code)
                else:
                    waiting.append((element, sent.code))
    for element, name in waiting:
        # What a called pathway throws, it alone knows.
        if name not in thrown and not calls:
            report.add("signal_never_thrown", element, found=shown(name))
    _check_begin(levels, report)


def _check_begin(levels: list[Level], report: Report) -> None:
    """A pathway that begins when a message comes, and sends it itself, would begin again and again."""
    begins = {
        sent.code
        for level in levels
        if level.parent is None
        for start in level.of_kind("startEvent")
        if (sent := sent_of(level.nodes[start])) is not None
    }
    for level in levels:
        for element in level.nodes.values():
            sent = sent_of(element)
            if (
                sent is not None
                and sent.kind == "message"
                and sent.code in begins
                and local(element) in _THROWING
            ):
                report.add("begins_itself", element, found=shown(sent.code))
