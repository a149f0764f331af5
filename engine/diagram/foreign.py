"""What other systems and newer versions write into a diagram: ignored aloud, or refused if it would do something."""

from __future__ import annotations

from lxml import etree

from engine.diagram.additions import FORMS, PROGRAMS, WORKERS, additions, form_of, inside, program_of
from engine.diagram.allowed import REFUSED, XINCLUDE
from engine.diagram.catalogue import did_you_mean, nearest
from engine.diagram.labels import local, shown
from engine.diagram.model import HUMAN
from engine.diagram.report import Report
from engine.diagram.rules import READ_OF_OTHERS, RULE_TASK
from engine.diagram.source import MODEL, THROUGHCARE
from engine.words import N_

TAKE_OUT = N_("Take it out.")

_DEADLINE = frozenset({"form", "dueAnchor", "dueOffset", "dueDays", "startOffset", "takes"})
_TIMER = frozenset({"anchor", "offset", "days"})
_OURS: dict[str, frozenset[str]] = {
    **dict.fromkeys(HUMAN, _DEADLINE),
    "lane": frozenset({"role"}),
    "startEvent": _TIMER,
    "intermediateCatchEvent": _TIMER,
    "boundaryEvent": _TIMER,
    "multiInstanceLoopCharacteristics": frozenset({"each"}),
    RULE_TASK: frozenset({"decision", "result"}),
}
# What another system adds, by the sentence that says what becomes of it here. What is not named is ignored.
_TOLD: dict[str, frozenset[str]] = {
    "foreign_program": PROGRAMS,
    "foreign_worker": WORKERS,
    "foreign_script": frozenset({"preScript", "postScript", "script"}),
    "foreign_listener": frozenset(
        {"executionListener", "executionListeners", "taskListener", "taskListeners", "variableListener"}
    ),
    "foreign_mapping": frozenset({"in", "inputOutput", "ioMapping", "out"}),
    "foreign_people": frozenset(
        {"assignee", "assignmentDefinition", "candidateGroups", "candidateUsers", "owner"}
    ),
    "foreign_deadline": frozenset({"dueDate", "followUpDate", "taskSchedule"}),
    "foreign_instructions": frozenset({"instructionsForEndUser"}),
}
# What only somebody who does a step would notice.
_FOR_PEOPLE = ("foreign_instructions", "foreign_people", "foreign_deadline", "foreign_worker")
# Said where the step is read: its form, its list, the pathway that it calls.
_ELSEWHERE = FORMS | {"calledElement", "collection", "elementVariable", "loopCharacteristics"}
_READ = HUMAN | {"startEvent", "callActivity", "multiInstanceLoopCharacteristics"}
# Of use only to the editor that wrote them.
_HARMLESS = frozenset(
    {
        "diagramRelationId",
        "formFieldValidation",
        "historyTimeToLive",
        "isStartableInTasklist",
        "modelerTemplate",
        "modelerTemplateIcon",
        "modelerTemplateVersion",
        "stencilid",
        "versionTag",
    }
)


def check_foreign(root: etree._Element, processes: list[etree._Element], report: Report) -> None:
    """Report attributes and elements that are neither BPMN nor ours."""
    for element in root.iter(XINCLUDE + "*"):
        report.add("external_content", found=element.get("href", local(element)))
    for process in processes:
        for element in process.iter(f"{{{MODEL}}}*"):
            # What has to be drawn anew anyway need not be cleaned first.
            if local(element) not in REFUSED:
                _check_element(element, report)


def _check_element(element: etree._Element, report: Report) -> None:
    for name in [*map(str, element.attrib), *(str(child.tag) for child in inside(element))]:
        namespace, _, own = name[1:].rpartition("}")
        if namespace.startswith(THROUGHCARE.rpartition(":")[0]) and (
            namespace != THROUGHCARE or own not in _OURS.get(local(element), ())
        ):
            like = nearest(own, tuple(sorted(_OURS.get(local(element), ()))))
            advice = did_you_mean(like and f"throughcare:{like}", TAKE_OUT)
            report.add("attribute_unknown", element, found=f"throughcare:{own}", advice=advice)
    blamed = _blamed(element)
    told: dict[str, list[str]] = {}
    for engine, name, said in additions(element):
        if name in _HARMLESS or (name in _ELSEWHERE and local(element) in _READ):
            continue
        if local(element) == RULE_TASK and f"{engine}:{name}" in READ_OF_OTHERS:
            continue
        code = next((code for code, names in _TOLD.items() if name in names), "foreign_ignored")
        if code in _FOR_PEOPLE and local(element) not in HUMAN:
            code = "foreign_ignored"
        speaks = said if code in ("foreign_people", "foreign_deadline") else ""
        told.setdefault(code, []).append(shown(speaks or f"{engine}:{name}"))
    if local(element) == "startEvent" and (form := form_of(element)) is not None:
        report.add("foreign_start_form", element, found=shown(form))
    if "foreign_worker" in told:
        told["foreign_worker"] = [shown(program_of(element))]
    for code, found in told.items():
        report.add(code, blamed, found=", ".join(dict.fromkeys(found)))


def _blamed(element: etree._Element) -> etree._Element:
    """What an event waits for has no name of its own; the event has."""
    parent = element.getparent()
    while parent is not None and local(element).endswith(
        ("EventDefinition", "LoopCharacteristics", "Expression")
    ):
        element, parent = parent, parent.getparent()
    return element
