"""What events wait for: timers that can be read, messages with a name, conditions."""

from __future__ import annotations

from lxml import etree

from engine import parameters, schedule
from engine.diagram import times, translating
from engine.diagram.allowed import definitions_of
from engine.diagram.catalogue import ANCHORS, DATES, Catalogue, did_you_mean, nearest
from engine.diagram.feel import Untranslatable
from engine.diagram.labels import local, ours, shown, text_of
from engine.diagram.model import Severity, Timer
from engine.diagram.report import Report
from engine.diagram.sending import declared_by, name_of
from engine.words import N_

CHOOSE_PARAMETER = N_("Choose one from the settings of the local action, or write a number.")


def read_timer(event: etree._Element, catalogue: Catalogue | None, report: Report) -> Timer | None:
    """When a timer event fires; None if it is no timer, or if that cannot be read (which is reported)."""
    definition = next((d for d in definitions_of(event) if local(d) == "timerEventDefinition"), None)
    if definition is None:
        return None
    said = [child for child in definition if local(child) in ("timeDate", "timeDuration", "timeCycle")]
    written = [child for child in said if text_of(child)]
    if event.get(ours("anchor")) or event.get(ours("offset")):
        for child in written:
            report.add("timer_twice", event, found=shown(text_of(child)))
        return _anchored(event, catalogue, report)
    if not written:
        report.add("timer_missing", event)
        return None
    if len(written) > 1:
        report.add("timer_several", event)
        return None
    return _literal(event, written[0], report)


def read_message(event: etree._Element, report: Report) -> str | None:
    """The name of the message an event waits for; None if it waits for none, or names none (reported)."""
    definition = next((d for d in definitions_of(event) if local(d) == "messageEventDefinition"), None)
    if local(event) == "receiveTask":
        # A task says itself which message it waits for.
        definition = event
    if definition is None:
        return None
    if declared_by(definition, "message") is None:
        report.add("message_missing", event)
        return None
    name = name_of(definition, "message")
    if name is None:
        report.add("message_without_name", event)
    return name


def read_condition(event: etree._Element, report: Report) -> str | None:
    """The FEEL condition that an event waits for; None if it waits for none, or writes none (reported)."""
    definition = next((d for d in definitions_of(event) if local(d) == "conditionalEventDefinition"), None)
    if definition is None:
        return None
    condition = text_of(definition.find("{*}condition"))
    if condition is None:
        report.add("awaited_condition_missing", event)
    return condition


def check_anchor(element: etree._Element, anchor: str, catalogue: Catalogue | None, report: Report) -> None:
    """Report an anchor that is no known date."""
    known = [*ANCHORS, *sorted(catalogue.dates if catalogue else DATES)]
    if anchor not in known:
        severity: Severity | None = None if catalogue else "warning"
        report.add("anchor_unknown", element, severity, found=shown(anchor), known=", ".join(known))


def read_days(element: etree._Element, name: str, report: Report) -> str:
    """In which days an element counts: calendar (if it does not say) or working."""
    days = element.get(ours(name), "calendar").strip()
    if days in ("calendar", "working"):
        return days
    report.add("days_unknown", element, found=shown(days))
    return "calendar"


def read_offset(element: etree._Element, text: str, days: str, report: Report) -> schedule.Offset | None:
    """A distance, with its parameters at their defaults; None if it cannot be read, which is reported."""
    if not names_parameters(element, text, report):
        return None
    try:
        return schedule.check_offset(parameters.fill(text, {}), days)
    except ValueError as error:
        report.add("offset_unreadable", element, reason=str(error))
        return None


def names_parameters(element: etree._Element, text: str, report: Report) -> bool:
    """Whether every name in an offset is a parameter followed by its own unit; what is not is reported."""
    good = True
    for name, letter in parameters.named(text):
        one = parameters.CATALOGUE.get(name)
        if one is None:
            advice = did_you_mean(nearest(name, tuple(parameters.CATALOGUE)), CHOOSE_PARAMETER)
            report.add("parameter_unknown", element, found=shown(name), advice=advice)
        elif letter != one.letter:
            report.add("parameter_unit", element, found=name, letter=one.letter)
        good = good and one is not None and letter == one.letter
    return good


def _anchored(event: etree._Element, catalogue: Catalogue | None, report: Report) -> Timer | None:
    anchor = event.get(ours("anchor"), "").strip()
    offset = event.get(ours("offset"), "").strip() or "P0D"
    days = read_days(event, "days", report)
    if not anchor:
        report.add("deadline_without_anchor", event, found=shown(offset))
        return None
    check_anchor(event, anchor, catalogue, report)
    if read_offset(event, offset, days, report) is None:
        return None
    return Timer(anchor, offset, days)


def _literal(event: etree._Element, time: etree._Element, report: Report) -> Timer | None:
    text = text_of(time) or ""
    if local(time) == "timeCycle" and not _may_repeat(event):
        report.add("timer_cycle_once" if _is_inside(event) else "timer_cycle", event, found=shown(text))
        return None
    try:
        said = translating.offered(time)
    except Untranslatable:
        report.add("timer_foreign", event, found=shown(text))
        return None
    if said is not None:
        report.add("timer_translated", event, found=shown(text), feel=said)
        return None
    try:
        times.READ[local(time)](text)
    except times.UnreadableTime as error:
        report.add(error.code, event, found=shown(text))
        return None
    return Timer(literal=text)


def _may_repeat(event: etree._Element) -> bool:
    """Does it happen beside what goes on, and so perhaps again and again?"""
    name = "isInterrupting" if local(event) == "startEvent" else "cancelActivity"
    return event.get(name, "true").strip() in ("false", "0") and local(event) != "intermediateCatchEvent"


def _is_inside(event: etree._Element) -> bool:
    """Is it a place where BPMN would let it repeat, if only it did not interrupt?"""
    return local(event) in ("boundaryEvent", "startEvent")
