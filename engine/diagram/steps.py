"""What a step asks of people: its form, its deadline, for whom it is repeated, which pathway it calls."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from engine import parameters, schedule
from engine.diagram.additions import called_by, form_of, list_of
from engine.diagram.catalogue import Catalogue, did_you_mean, nearest
from engine.diagram.events import check_anchor, names_parameters, read_days, read_offset
from engine.diagram.knowledge import called_from
from engine.diagram.labels import bpmn, local, name_of, ours, shown, text_of
from engine.diagram.model import HUMAN
from engine.diagram.report import Report
from engine.diagram.source import is_true
from engine.words import N_, Sentence

CHOOSE = N_("Choose a form.")

# More often than anybody would do the same step.
MOST_TIMES = 500

Attributes = dict[str, str | bool | int | None]


def read_step(step: etree._Element, catalogue: Catalogue | None, report: Report) -> Attributes:
    """The fields of a Node that only steps for people have."""
    if local(step) not in HUMAN:
        return {}
    if not name_of(step):
        report.add("step_without_name", step)
    notes = [child.text or "" for child in step.iterchildren(bpmn("documentation"))]
    return {
        "form": _form(step, catalogue, report),
        "instructions": "\n\n".join(note.strip() for note in notes if note.strip()) or None,
        **_deadline(step, catalogue, report),
    }


def read_repeat(step: etree._Element, catalogue: Catalogue | None, report: Report) -> Attributes:
    """The fields of a Node that is done several times; {} if it is done once."""
    marker = step.find(bpmn("multiInstanceLoopCharacteristics"))
    if marker is None:
        return {}
    each = marker.get(ours("each"), "").strip() or None
    cardinality = text_of(marker.find(bpmn("loopCardinality")))
    if each is None and cardinality is None:
        elsewhere = list_of(marker)
        if elsewhere is None:
            report.add("each_missing", step)
        else:
            report.add("each_foreign", step, found=shown(elsewhere))
    elif each is not None and cardinality is not None:
        report.add("each_and_number", step, found=shown(each))
    if each is not None:
        _check_each(step, each, catalogue, report)
    return {
        "multiple": True,
        "sequential": marker.get("isSequential", "").strip() in ("true", "1"),
        "each": each,
        "cardinality": cardinality,
        "completion": text_of(marker.find(bpmn("completionCondition"))),
    }


def read_again(step: etree._Element, report: Report) -> Attributes:
    """The fields of a Node that is done again as long as a condition holds; {} if it is not."""
    marker = step.find(bpmn("standardLoopCharacteristics"))
    if marker is None:
        return {}
    if step.find(bpmn("multiInstanceLoopCharacteristics")) is not None:
        report.add("repeated_twice", step)
    condition, most = text_of(marker.find(bpmn("loopCondition"))), marker.get("loopMaximum", "").strip()
    if most and not (most.isdecimal() and 1 <= int(most) <= MOST_TIMES):
        report.add("again_unreadable", step, found=shown(most), limit=MOST_TIMES)
        most = ""
    elif condition is None and not most:
        report.add("again_without_condition", step)
    return {
        "again": True,
        "again_if": condition,
        "again_first": is_true(marker.get("testBefore")),
        "again_most": int(most) if most else None,
    }


def read_call(step: etree._Element, process: str, catalogue: Catalogue | None, report: Report) -> str | None:
    """The key of the pathway that a step calls."""
    if local(step) != "callActivity":
        return None
    called = step.get("calledElement", "").strip()
    elsewhere = called_by(step)
    if not called and elsewhere is not None:
        report.add("call_foreign", step, found=shown(elsewhere))
    elif not called:
        report.add("call_missing", step)
    elif called == process:
        report.add("call_itself", step)
    elif catalogue is None:
        report.add("call_unknown", step, severity="warning", found=shown(called))
    elif called not in catalogue.pathways:
        report.add("call_unknown", step, found=shown(called))
    elif process in called_from(called, catalogue):
        report.add("call_circle", step, found=shown(called))
    return called or None


def _form(step: etree._Element, catalogue: Catalogue | None, report: Report) -> str | None:
    form = step.get(ours("form"), "").strip() or None
    if form is None:
        elsewhere = form_of(step)
        if elsewhere is not None:
            report.add("foreign_form", step, found=shown(elsewhere))
        elif local(step) == "userTask":
            report.add("step_without_form", step)
    elif catalogue is None:
        report.add("form_unknown", step, severity="warning", found=shown(form), advice=Sentence(CHOOSE))
    elif form in catalogue.broken:
        report.add("form_broken", step, found=shown(form), reason=catalogue.broken[form])
    elif form not in catalogue.forms:
        advice = did_you_mean(nearest(form, tuple(catalogue.forms)), CHOOSE)
        report.add("form_unknown", step, found=shown(form), advice=advice)
    return form


def _deadline(step: etree._Element, catalogue: Catalogue | None, report: Report) -> Attributes:
    anchor = step.get(ours("dueAnchor"), "").strip() or None
    due_text = step.get(ours("dueOffset"), "").strip() or None
    start_text = step.get(ours("startOffset"), "").strip() or None
    takes = step.get(ours("takes"), "").strip() or None
    days = read_days(step, "dueDays", report)
    if anchor is not None:
        check_anchor(step, anchor, catalogue, report)
        due_text = due_text or "P0D"
    elif due_text or start_text:
        report.add("deadline_without_anchor", step, found=shown(due_text or start_text))
    due = read_offset(step, due_text, days, report) if due_text else None
    start = read_offset(step, start_text, days, report) if start_text else None
    length = _length(step, takes, days, report) if takes else None
    if due and start:
        _check_order(step, (start_text or "", due_text or "", takes if length else None), days, report)
    return {
        "due_anchor": anchor,
        "due_offset": due_text,
        "due_days": days,
        "start_offset": start_text,
        "takes": takes,
    }


def _check_order(step: etree._Element, texts: tuple[str, str, str | None], days: str, report: Report) -> None:
    """Beginning, due date and length must fit each other, whatever a local action chooses for the parameters."""
    start_text, due_text, takes = texts
    for chosen in parameters.extremes():
        start, due = (_counted(text, days, chosen) for text in (start_text, due_text))
        if start > due:
            report.add("start_after_due", step, start=shown(start_text), due=shown(due_text))
            return
        if takes and _counted(takes, days, chosen) > due - start:
            report.add("takes_too_long", step, takes=shown(takes))
            return


def _counted(text: str, days: str, chosen: Mapping[str, int]) -> float:
    return _roughly(schedule.parse_offset(parameters.fill(text, chosen)), days)


def _length(step: etree._Element, text: str, days: str, report: Report) -> schedule.Offset | None:
    if not names_parameters(step, text, report):
        return None
    try:
        length = schedule.check_offset(parameters.fill(text, {}), days)
    except ValueError:
        length = None
    if length is None or length.negative:
        report.add("takes_unreadable", step, found=shown(text))
        return None
    return length


def _roughly(offset: schedule.Offset, days: str) -> float:
    """An offset in calendar days, good enough to tell which of two comes first."""
    count = offset.years * 365.25 + offset.months * 30.44 + offset.weeks * 7.0
    count += offset.days * (1.4 if days == "working" else 1.0)
    return offset.sign * (count + offset.clock.total_seconds() / 86400)


def _check_each(step: etree._Element, each: str, catalogue: Catalogue | None, report: Report) -> None:
    if catalogue is None:
        report.add("each_unknown", step, severity="warning", found=shown(each))
    elif each not in catalogue.facts:
        report.add("each_unknown", step, found=shown(each))
    elif catalogue.facts[each].rstrip("?") != "list":
        report.add("each_not_list", step, found=shown(each))
