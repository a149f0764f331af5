"""The drawing as a graph: which elements are nodes, which arrows connect them, level by level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from engine.diagram.labels import bpmn, local, shown, text_of
from engine.diagram.model import ACTIVITIES, ASKING, GATEWAYS
from engine.diagram.report import Report
from engine.diagram.source import is_true

EVENTS = frozenset(
    {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"}
)
# What can be the first and the last of a sub-process that has no start and no end.
_ENDING = ACTIVITIES | {"intermediateCatchEvent", "intermediateThrowEvent"}
_BEGINNING = _ENDING | {"exclusiveGateway", "eventBasedGateway"}
# Containers whose inside is not read, because they are refused as a whole.
CLOSED = frozenset({"adHocSubProcess", "transaction", "subChoreography"})
FLOW_NODES = (
    ACTIVITIES
    | GATEWAYS
    | EVENTS
    | CLOSED
    | {
        "scriptTask",
        "serviceTask",
        "complexGateway",
        "choreographyTask",
        "callChoreography",
        "implicitThrowEvent",
    }
)


@dataclass(frozen=True)
class Arrow:
    """A sequence flow whose two ends are known nodes of the same level.

    A link (from one place in the drawing to another of the same name) is an arrow too; its `element` is the event
    that throws it.
    """

    id: str
    source: str
    target: str
    element: etree._Element


@dataclass
class Level:
    """The pathway itself or the inside of one sub-process, as a graph of node ids.

    `broken` says that arrows are missing or wrong, so that questions about ways through it are not asked;
    `endless` that a case would go round in it for ever.
    """

    element: etree._Element
    parent: str | None
    nodes: dict[str, etree._Element] = field(default_factory=dict)
    arrows: dict[str, Arrow] = field(default_factory=dict)
    outgoing: dict[str, list[Arrow]] = field(default_factory=dict)
    incoming: dict[str, list[Arrow]] = field(default_factory=dict)
    boundary: dict[str, list[str]] = field(default_factory=dict)
    broken: bool = False
    endless: bool = False

    def kind(self, node: str) -> str:
        """The BPMN local name of a node."""
        return local(self.nodes[node])

    @property
    def is_handler(self) -> bool:
        """Is this the inside of an event sub-process?"""
        return is_event_sub_process(self.element)

    @property
    def handlers(self) -> list[str]:
        """The event sub-processes of this level."""
        return [node for node, element in self.nodes.items() if is_event_sub_process(element)]

    @cached_property
    def is_bare(self) -> bool:
        """Is this the inside of a sub-process without a start and without an end, as BPMN allows (13.3.4)?"""
        embedded = self.parent is not None and not self.is_handler
        return embedded and bool(self.nodes) and not self.of_kind("startEvent", "endEvent")

    @cached_property
    def begins(self) -> list[str]:
        """Where tokens begin: at the start, or in a bare level at everything to which no arrow leads."""
        if not self.is_bare:
            return self.of_kind("startEvent")
        return [
            node
            for node in self.of_kind(*_BEGINNING)
            if not self.incoming[node] and not is_event_sub_process(self.nodes[node])
        ]

    def ends(self, node: str) -> bool:
        """Does a token end here: at an end, or in a bare level where no arrow goes on?"""
        if not self.is_bare:
            return self.kind(node) == "endEvent"
        alone = not self.outgoing[node] and not is_event_sub_process(self.nodes[node])
        return alone and self.kind(node) in _ENDING

    def of_kind(self, *kinds: str) -> list[str]:
        """The nodes of some kinds, in the order of the file."""
        return [node for node in self.nodes if self.kind(node) in kinds]

    def after(self, node: str) -> list[str]:
        """Where a token can go from here: along arrows, or to an event on this node's edge."""
        return [arrow.target for arrow in self.outgoing[node]] + self.boundary.get(node, [])

    def before(self, node: str) -> list[str]:
        """Where a token can have come from: along arrows, or from the step on whose edge this event sits."""
        found = [arrow.source for arrow in self.incoming[node]]
        if self.kind(node) == "boundaryEvent":
            host = self.nodes[node].get("attachedToRef", "")
            found += [host] if host in self.nodes else []
        return found

    def stays(self, node: str) -> bool:
        """Is it an event on an edge that lets its step go on when it happens?"""
        return self.nodes[node].get("cancelActivity") == "false"

    def asks(self, node: str) -> bool:
        """Is it an activity that chooses between its arrows by their conditions?"""
        return self.kind(node) in ACTIVITIES and any(
            condition_of(arrow.element) is not None for arrow in self.outgoing[node]
        )

    def default(self, node: str) -> str | None:
        """The arrow that is taken when no condition holds."""
        said = self.nodes[node].get("default", "").strip()
        return said or None if self.kind(node) in ASKING else None

    def passes(self, node: str) -> bool:
        """Does a token go through it without stopping: a mark on the way, a table, or one end of a link?"""
        kind = self.kind(node)
        return kind in ("intermediateThrowEvent", "businessRuleTask") or (
            kind == "intermediateCatchEvent" and link_of(self.nodes[node]) is not None
        )

    def reach(self, first: list[str]) -> set[str]:
        """Everything that can be reached from these nodes, themselves included."""
        seen, todo = set(first), list(first)
        while todo:
            for node in self.after(todo.pop()):
                if node not in seen:
                    seen.add(node)
                    todo.append(node)
        return seen


def condition_of(flow: etree._Element) -> str | None:
    """The condition written on an arrow; None if there is none."""
    return text_of(flow.find(bpmn("conditionExpression")))


def link_of(event: etree._Element) -> str | None:
    """The name of the link that an event is one end of ("" if it has none); None if it is no link."""
    definition = event.find(bpmn("linkEventDefinition"))
    return None if definition is None else " ".join(definition.get("name", "").split())


def is_event_sub_process(element: etree._Element) -> bool:
    """A sub-process that an event starts, and no arrow."""
    return local(element) == "subProcess" and is_true(element.get("triggeredByEvent"))


def levels(process: etree._Element, report: Report) -> list[Level]:
    """The levels of a pathway, outermost first; reports arrows that cannot be followed."""
    containers = list(_containers(process, None))
    known: dict[str, etree._Element] = {}
    found = []
    for element, parent in containers:
        level = Level(element, parent)
        for child in element:
            if child.tag in _NODE_TAGS:
                known.setdefault(child.get("id", ""), child)
                level.nodes.setdefault(child.get("id", ""), child)
        for node in level.nodes:
            level.outgoing[node] = []
            level.incoming[node] = []
        found.append(level)
    for level in found:
        for child in level.element:
            if child.tag == bpmn("sequenceFlow"):
                _connect(level, child, known, report)
        _link(level, report)
        _attach(level, report)
    return found


def _containers(element: etree._Element, parent: str | None) -> Iterator[tuple[etree._Element, str | None]]:
    yield element, parent
    for child in element.iterchildren(bpmn("subProcess")):
        yield from _containers(child, child.get("id"))


def _connect(level: Level, flow: etree._Element, known: dict[str, etree._Element], report: Report) -> None:
    """Enter an arrow into the graph, or say why it cannot be followed."""
    ends = (flow.get("sourceRef", "").strip(), flow.get("targetRef", "").strip())
    for end, code in zip(ends, ("flow_without_source", "flow_without_target"), strict=True):
        if end not in known:
            report.add(code, flow)
        elif end not in level.nodes:
            report.add("flow_crosses_scope", flow)
    source, target = ends
    if source not in level.nodes or target not in level.nodes:
        level.broken = True
        return
    arrow = Arrow(flow.get("id", ""), source, target, flow)
    level.arrows.setdefault(arrow.id, arrow)
    level.outgoing[source].append(arrow)
    level.incoming[target].append(arrow)


def _link(level: Level, report: Report) -> None:
    """Lead every link that is thrown to the place of the same name where it is caught."""
    caught: dict[str, str] = {}
    errors = report.errors
    for node in level.of_kind("intermediateCatchEvent"):
        name = link_of(level.nodes[node])
        if name and name in caught:
            report.add("link_caught_twice", level.nodes[node], found=shown(name))
        elif name:
            caught[name] = node
        elif name is not None:
            report.add("link_without_name", level.nodes[node])
    for node in level.of_kind("intermediateThrowEvent"):
        event = level.nodes[node]
        name = link_of(event)
        if name == "":
            report.add("link_without_name", event)
        elif name is not None and name not in caught:
            report.add("link_leads_nowhere", event, found=shown(name))
        elif name is not None:
            arrow = Arrow(f"{node} -> {caught[name]}", node, caught[name], event)
            level.arrows[arrow.id] = arrow
            level.outgoing[node].append(arrow)
            level.incoming[caught[name]].append(arrow)
    level.broken = level.broken or report.errors > errors


def _attach(level: Level, report: Report) -> None:
    """Put events on the edges of the steps they belong to."""
    for node in level.of_kind("boundaryEvent"):
        event = level.nodes[node]
        host = event.get("attachedToRef", "").strip()
        if host not in level.nodes:
            report.add("boundary_without_host", event)
            level.broken = True
        elif level.kind(host) in GATEWAYS | EVENTS | {"businessRuleTask"}:
            report.add("boundary_misplaced", event)
            level.broken = True
        else:
            level.boundary.setdefault(host, []).append(node)


_NODE_TAGS = frozenset(bpmn(name) for name in FLOW_NODES)
