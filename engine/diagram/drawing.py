"""Makes nodes and flows of the elements of one pathway, reporting what each of them says wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.diagram.allowed import definitions_of
from engine.diagram.catalogue import Catalogue
from engine.diagram.events import messages_of, read_message, read_timer
from engine.diagram.knowledge import Knowledge
from engine.diagram.labels import bpmn, local
from engine.diagram.lanes import read_lanes
from engine.diagram.levels import Level, condition_of, levels, link_of
from engine.diagram.model import Flow, Node, Pathway
from engine.diagram.report import Report
from engine.diagram.rules import read_rule
from engine.diagram.steps import read_again, read_call, read_repeat, read_step

MAX_NODES = 300


@dataclass(frozen=True)
class Drawing:
    """A pathway as it was read, with the graph it was read from."""

    pathway: Pathway
    levels: list[Level]

    @property
    def too_large(self) -> bool:
        """Is it more than anybody could survey?"""
        return len(self.pathway.nodes) > MAX_NODES or len(self.pathway.flows) > 2 * MAX_NODES

    def knowledge(self, catalogue: Catalogue) -> Knowledge | None:
        """What is known where; None while arrows are missing, because nobody can tell."""
        if self.too_large or any(level.broken for level in self.levels):
            return None
        return Knowledge(self.pathway.id, self.levels, self.pathway.nodes, catalogue)


def draw(process: etree._Element, catalogue: Catalogue | None, report: Report) -> Drawing:
    """Read one process of a file with all its sub-processes."""
    found = levels(process, report)
    roles, order = read_lanes(found, catalogue, report)
    reader = _Reader(process, roles, catalogue, report)
    notes = [child.text or "" for child in process.iterchildren(bpmn("documentation"))]
    pathway = Pathway(
        id=process.get("id", ""),
        name=_whole_name(process),
        documentation="\n\n".join(note.strip() for note in notes if note.strip()),
        nodes={ident: reader.node(level, ident) for level in found for ident in level.nodes},
        flows={arrow: _flow(level, arrow) for level in found for arrow in level.arrows},
        roles=order,
    )
    return Drawing(pathway, found)


def _whole_name(element: etree._Element) -> str:
    return " ".join(element.get("name", "").split())


def _flow(level: Level, ident: str) -> Flow:
    arrow = level.arrows[ident]
    return Flow(
        id=arrow.id,
        source=arrow.source,
        target=arrow.target,
        name=_whole_name(arrow.element),
        condition=condition_of(arrow.element),
        default=level.default(arrow.source) == arrow.id,
    )


class _Reader:
    def __init__(
        self,
        process: etree._Element,
        roles: dict[str, str],
        catalogue: Catalogue | None,
        report: Report,
    ) -> None:
        self._process = process.get("id", "")
        self._messages = messages_of(process.getroottree().getroot())
        self._roles = roles
        self._catalogue = catalogue
        self._asking = catalogue if catalogue is not None and catalogue.has_forms else None
        self._report = report

    def node(self, level: Level, ident: str) -> Node:
        """One node with all it says."""
        element = level.nodes[ident]
        kind = local(element)
        said: dict[str, Any] = {
            **read_step(element, self._asking, self._report),
            **read_repeat(element, self._asking, self._report),
            **read_again(element, self._report),
            **read_rule(element, self._catalogue, self._report),
            "calls": read_call(element, self._process, self._catalogue, self._report),
        }
        handles = level.is_handler and kind == "startEvent"
        if handles or (kind in ("intermediateCatchEvent", "boundaryEvent") and link_of(element) is None):
            said["timer"] = read_timer(element, self._asking, self._report)
        if handles or kind in ("intermediateCatchEvent", "boundaryEvent", "receiveTask"):
            said["message"] = read_message(element, self._messages, self._report)
        if kind == "boundaryEvent":
            said["attached_to"] = element.get("attachedToRef")
            said["interrupting"] = element.get("cancelActivity", "true") == "true"
        if handles:
            said["interrupting"] = element.get("isInterrupting", "true") == "true"
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
