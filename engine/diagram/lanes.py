"""Who does what: the lane of each step, and the role that the lane names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from engine.diagram.catalogue import Catalogue, nearest
from engine.diagram.labels import bpmn, name_of, ours, shown
from engine.diagram.levels import Level
from engine.diagram.model import HUMAN
from engine.diagram.report import Report
from engine.words import N_, Sentence

ROLES = N_("The roles are: {known}.")
ROLES_BUT = N_("Did you mean “{nearest}”? The roles are: {known}.")


@dataclass(frozen=True)
class Lane:
    """A lane with its role (None: it names none that we know) and the lanes around it, innermost first."""

    element: etree._Element
    role: str | None
    around: tuple[etree._Element, ...]

    @property
    def word(self) -> str:
        """The role it names, or means to name."""
        return self.element.get(ours("role")) or name_of(self.element)


def read_lanes(
    levels: list[Level], catalogue: Catalogue | None, report: Report
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The role of each node that has one, and all roles in the order of their lanes."""
    roles: dict[str, str] = {}
    order: dict[str, None] = {}
    for level in levels:
        lanes = [
            lane for start in level.element.iterchildren(bpmn("laneSet")) for lane in _lanes(start, catalogue)
        ]
        order.update((lane.role, None) for lane in lanes if lane.role is not None)
        placed = _place(level, lanes, report)
        inherited = roles.get(level.parent or "")
        unknown: dict[etree._Element, Lane] = {}
        for node in level.nodes:
            lane = placed.get(node)
            role = lane.role if lane else inherited
            if role is not None:
                roles[node] = role
            elif level.kind(node) in HUMAN and lane is not None and lane.word:
                unknown[lane.element] = lane
            elif level.kind(node) in HUMAN:
                report.add("step_without_role", level.nodes[node], severity=report.unless_known)
        for lane in unknown.values():
            advice = _advice(lane.word, catalogue.roles if catalogue else {})
            report.add("role_unknown", lane.element, found=shown(lane.word), advice=advice)
    return roles, tuple(order)


def _advice(word: str, roles: Mapping[str, str]) -> Sentence:
    """Which role may have been meant, and which there are."""
    near = nearest(word, (*roles, *roles.values()))
    known = ", ".join(f"{name} ({key})" for key, name in roles.items())
    return Sentence(ROLES_BUT if near else ROLES, {"nearest": near or "", "known": known})


def _lanes(
    lane_set: etree._Element,
    catalogue: Catalogue | None,
    outer: str | None = None,
    around: tuple[etree._Element, ...] = (),
) -> Iterator[Lane]:
    for element in lane_set.iterchildren(bpmn("lane")):
        word = element.get(ours("role")) or name_of(element)
        role = (catalogue.role(word) if catalogue else word) or None
        if role is None and not element.get(ours("role")):
            # A lane may divide another one without naming a role of its own.
            role = outer
        lane = Lane(element, role, around)
        yield lane
        for inner in element.iterchildren(bpmn("childLaneSet")):
            yield from _lanes(inner, catalogue, role, (element, *around))


def _place(level: Level, lanes: list[Lane], report: Report) -> dict[str, Lane]:
    """The innermost lane of each node."""
    placed: dict[str, Lane] = {}
    for lane in lanes:
        for reference in lane.element.iterchildren(bpmn("flowNodeRef")):
            node = reference.text or ""
            other = placed.get(node)
            if other is None or other.element in lane.around:
                placed[node] = lane
            elif (
                other.element is not lane.element and lane.element not in other.around and node in level.nodes
            ):
                found = f"{shown(name_of(other.element))}, {shown(name_of(lane.element))}"
                report.add("two_lanes", level.nodes[node], found=found)
    return placed
