"""Reads a diagram: bytes in, a Diagram with every problem out."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from engine.diagram.allowed import check_elements, definitions_of
from engine.diagram.catalogue import Catalogue
from engine.diagram.events import messages_of, read_message, read_timer
from engine.diagram.labels import MODEL, bpmn, is_bpmn, local, name_of, shown
from engine.diagram.lanes import read_lanes
from engine.diagram.levels import FLOW_NODES, Level, is_true, levels
from engine.diagram.model import Diagram, Flow, Node, Pathway
from engine.diagram.report import Report
from engine.diagram.source import Unreadable, parse
from engine.diagram.steps import read_call, read_repeat, read_step
from engine.diagram.ways import check_ways, condition_of

MAX_NODES = 300
_NCNAME = re.compile(r"[^\W\d][\w.\-]*")
# Names that the runner gives to things of its own.
_RESERVED = re.compile(
    r"Start|End|Root|.*\.(EndJoin|BoundaryEventSplit|BoundaryEventJoin)|StartEvent(Split|Join)"
)
_OLD_BPMN = ("http://schema.omg.org/spec/BPMN/2.0", "http://www.omg.org/bpmn20")
_SWITCHES = ("cancelActivity", "isSequential", "triggeredByEvent", "isForCompensation", "instantiate")
_REFERENCES = ("sourceRef", "targetRef", "attachedToRef", "default", "calledElement", "messageRef")


def read(xml: bytes, catalogue: Catalogue | None = None, key: str | None = None) -> Diagram:
    """Everything a diagram says and everything that is wrong with it; never raises, whatever the bytes.

    `catalogue` holds what the diagram may refer to; without one (a file from outside the project's own
    folders) unknown roles, forms and facts are only warnings. `key` is what the pathway must be called.
    """
    try:
        root = parse(xml)
    except Unreadable as error:
        report = Report(strict=catalogue is not None)
        report.add(error.code, None, None, **error.values)
        return Diagram((), report.problems())
    report = Report(root, strict=catalogue is not None)
    if root.tag != bpmn("definitions"):
        _say_what_it_is(root, report)
        return Diagram((), report.problems())
    _normalise(root)
    processes = _processes(root, report)
    check_elements(root, processes, report)
    _check_ids(root, processes, report)
    if key is not None and len(processes) == 1 and processes[0].get("id") not in (key, None):
        report.add("key_differs", processes[0], found=shown(processes[0].get("id")), key=key)
    messages = messages_of(root)
    pathways = tuple(_read_pathway(process, messages, catalogue, report) for process in processes)
    return Diagram(pathways, report.problems(), root)


def _say_what_it_is(root: etree._Element, report: Report) -> None:
    namespace, _, name = str(root.tag).rpartition("}")
    if "/CMMN/" in namespace:
        report.add("is_cmmn")
    elif "/DMN/" in namespace:
        report.add("is_dmn")
    elif name == "definitions" and any(old in namespace for old in _OLD_BPMN):
        report.add("is_old_bpmn")
    else:
        report.add("not_bpmn", found=shown(name))


def _normalise(root: etree._Element) -> None:
    """Write legal variants of the same thing in one way, so that nobody after us can misread them."""
    for element in root.iter(f"{{{MODEL}}}*"):
        for name in _SWITCHES:
            if name in element.attrib:
                element.set(name, "true" if is_true(element.get(name)) else "false")
        for name in (*_REFERENCES, "id"):
            if name in element.attrib:
                element.set(name, element.get(name, "").strip())


def _processes(root: etree._Element, report: Report) -> list[etree._Element]:
    """The processes to run, normally one; the tree says the same afterwards."""
    everything = list(root.iterchildren(bpmn("process")))
    drawn = [process for process in everything if _has_nodes(process)]
    marked = [process for process in everything if is_true(process.get("isExecutable"))]
    unmarked = [process for process in drawn if (process.get("isExecutable") or "").strip() not in _BOOLEANS]
    chosen = marked or unmarked
    if not chosen:
        report.add("nothing_to_run")
        # Its other problems are worth knowing too.
        chosen = drawn[:1]
    elif len(chosen) > 1:
        names = ", ".join(f"“{name_of(process) or process.get('id', '')}”" for process in chosen)
        report.add("several_pathways", found=names)
    elif not marked:
        report.add("executable_assumed", chosen[0])
    elif chosen[0].get("isExecutable") != "true":
        report.add("executable_unusual", chosen[0], found=shown(chosen[0].get("isExecutable")))
    for process in drawn:
        if process not in chosen:
            report.add("pool_not_run", process)
    for process in everything:
        process.set("isExecutable", "true" if process in chosen else "false")
    return chosen


_BOOLEANS = ("true", "false", "1", "0")


def _has_nodes(process: etree._Element) -> bool:
    return any(is_bpmn(child) and local(child) in FLOW_NODES for child in process)


def _check_ids(root: etree._Element, processes: list[etree._Element], report: Report) -> None:
    seen: set[str] = set()
    for element in root.iter(f"{{{MODEL}}}*"):
        ident = element.get("id")
        if not ident:
            continue
        if ident in seen:
            report.add("duplicate_id", element, id=shown(ident))
        seen.add(ident)
    for process in processes:
        if not process.get("id"):
            report.add("missing_id", process)
        for element in (process, *process.iter(*(bpmn(kind) for kind in (*FLOW_NODES, "sequenceFlow")))):
            ident = element.get("id")
            if ident and not _NCNAME.fullmatch(ident):
                report.add("bad_id", element, id=shown(ident))
            elif ident and _RESERVED.fullmatch(ident):
                report.add("reserved_id", element, id=shown(ident))


def _read_pathway(
    process: etree._Element,
    messages: dict[str, etree._Element],
    catalogue: Catalogue | None,
    report: Report,
) -> Pathway:
    drawn = levels(process, report)
    count = sum(len(level.nodes) for level in drawn)
    if count > MAX_NODES:
        report.add("too_many_steps", process, count=count, limit=MAX_NODES)
    roles, order = read_lanes(drawn, catalogue, report)
    for level in drawn:
        check_ways(level, report)
    reader = _Reader(process.get("id", ""), messages, roles, catalogue, report)
    nodes = {ident: reader.node(level, ident) for level in drawn for ident in level.nodes}
    flows = {arrow.id: _flow(level, arrow.id) for level in drawn for arrow in level.arrows.values()}
    notes = [child.text or "" for child in process.iterchildren(bpmn("documentation"))]
    return Pathway(
        id=process.get("id", ""),
        name=_whole_name(process),
        documentation="\n\n".join(note.strip() for note in notes if note.strip()),
        nodes=nodes,
        flows=flows,
        roles=order,
    )


def _whole_name(element: etree._Element) -> str:
    return " ".join(element.get("name", "").split())


def _flow(level: Level, ident: str) -> Flow:
    arrow = level.arrows[ident]
    deciding = level.kind(arrow.source) in ("exclusiveGateway", "inclusiveGateway")
    return Flow(
        id=arrow.id,
        source=arrow.source,
        target=arrow.target,
        name=_whole_name(arrow.element),
        condition=condition_of(arrow.element),
        default=deciding and level.nodes[arrow.source].get("default") == arrow.id,
    )


class _Reader:
    """Makes Nodes of the elements of one pathway, reporting what they say wrongly."""

    def __init__(
        self,
        process: str,
        messages: dict[str, etree._Element],
        roles: dict[str, str],
        catalogue: Catalogue | None,
        report: Report,
    ) -> None:
        self._process = process
        self._messages = messages
        self._roles = roles
        self._catalogue = catalogue
        self._report = report

    def node(self, level: Level, ident: str) -> Node:
        """One node with all it says."""
        element = level.nodes[ident]
        kind = local(element)
        said: dict[str, Any] = {
            **read_step(element, self._catalogue, self._report),
            **read_repeat(element, self._catalogue, self._report),
            "calls": read_call(element, self._process, self._catalogue, self._report),
        }
        if kind in ("intermediateCatchEvent", "boundaryEvent"):
            said["timer"] = read_timer(element, self._catalogue, self._report)
            said["message"] = read_message(element, self._messages, self._report)
        if kind == "boundaryEvent":
            said["attached_to"] = element.get("attachedToRef")
            said["interrupting"] = element.get("cancelActivity", "true") == "true"
        if kind == "endEvent":
            meanings = definitions_of(element)
            said["terminates"] = any(local(meaning) == "terminateEventDefinition" for meaning in meanings)
        return Node(
            id=ident,
            kind=kind,
            name=_whole_name(element),
            role=self._roles.get(ident),
            parent=level.parent,
            incoming=tuple(arrow.id for arrow in level.incoming[ident]),
            outgoing=tuple(arrow.id for arrow in level.outgoing[ident]),
            **said,
        )
