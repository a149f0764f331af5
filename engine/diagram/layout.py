"""Moves a step's shape into another lane of the drawing, where there is room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from engine.diagram.labels import local
from engine.errors import FieldProblem, Invalid
from engine.words import N_

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
# Pixels between a shape and the next one, and between the places that are tried.
SPACE, STRIDE = 8, 10


@dataclass(frozen=True)
class Box:
    """Where a shape is, in pixels."""

    x: float
    y: float
    width: float
    height: float

    def down(self, by: float) -> Box:
        return Box(self.x, self.y + by, self.width, self.height)

    def meets(self, other: Box) -> bool:
        return (
            self.x < other.x + other.width + SPACE
            and other.x < self.x + self.width + SPACE
            and self.y < other.y + other.height + SPACE
            and other.y < self.y + self.height + SPACE
        )


def move(
    root: etree._Element,
    steps: list[etree._Element],
    source: etree._Element | None,
    target: etree._Element,
) -> None:
    """Shift the shapes of `steps` (a step, then the events on its edge) from lane `source` into lane `target`.

    A file without a drawing stays as it is. Raises Invalid where there is no room, with what to do instead.
    """
    shapes = {one.get("bpmnElement", ""): one for one in root.iter(f"{{{DI}}}BPMNShape")}
    moved = [shapes[one.get("id", "")] for one in steps if one.get("id", "") in shapes]
    band = _box(shapes.get(target.get("id", "")))
    if not moved or band is None:
        return
    if shapes[target.get("id", "")].get("isHorizontal", "true") == "false":
        raise _no_room(
            N_(
                "The lanes of this drawing stand upright. Move the step in a diagram editor, then upload the file."
            )
        )
    left = _box(shapes.get(source.get("id", ""))) if source is not None else None
    boxes = [box for box in map(_box, moved) if box is not None]
    lanes = {one.get("id") for one in root.iter() if local(one) in ("lane", "participant")}
    around = {one.get("id") for one in steps[0].iterancestors()}
    others = [
        box
        for ident, shape in shapes.items()
        if shape not in moved and ident not in lanes | around and (box := _box(shape)) is not None
    ]
    by = _room(boxes, left, band, others)
    if by is None:
        raise _no_room(
            N_(
                "There is no room for this step in the other lane. Move it in a diagram editor, then upload the file."
            )
        )
    for shape in moved:
        _shift(shape.iter(f"{{{DC}}}Bounds"), by)
    idents = {one.get("id", "") for one in steps}
    for flow in root.iter("{*}sequenceFlow", "{*}messageFlow", "{*}association"):
        ends = flow.get("sourceRef", "").strip() in idents, flow.get("targetRef", "").strip() in idents
        if any(ends):
            for edge in root.iter(f"{{{DI}}}BPMNEdge"):
                if edge.get("bpmnElement") == flow.get("id"):
                    _follow(edge, ends, by)


def _room(boxes: list[Box], left: Box | None, band: Box, others: list[Box]) -> float | None:
    """How far down (negative: up) the boxes fit into a lane, as near as possible to the same place in it."""
    if not boxes:
        return 0.0
    top, bottom = min(box.y for box in boxes), max(box.y + box.height for box in boxes)
    wished = band.y + (top - left.y if left is not None else SPACE)
    last = band.y + band.height - (bottom - top) - SPACE
    places = [band.y + SPACE + STRIDE * n for n in range(int(max(0.0, last - band.y - SPACE) // STRIDE) + 1)]
    for place in sorted((wished, *places), key=lambda place: abs(place - wished)):
        fits = band.y <= place and place + bottom - top <= band.y + band.height
        if fits and not any(box.down(place - top).meets(other) for box in boxes for other in others):
            return place - top
    return None


def _follow(edge: etree._Element, ends: tuple[bool, bool], by: float) -> None:
    """Let an arrow's ends follow; what was drawn at right angles stays so."""
    points = list(edge.iterchildren(f"{{{DD}}}waypoint"))
    if len(points) < 2 or all(ends):
        _shift(points, by)
        return
    first, second = (points[-1], points[-2]) if ends[1] else (points[0], points[1])
    level = first.get("y") == second.get("y")
    _shift([first], by)
    if level and len(points) > 2:
        _shift([second], by)
    elif level:
        middle = _number((float(first.get("x", "0")) + float(second.get("x", "0"))) / 2)
        for number, point in enumerate(points, start=edge.index(points[1])):
            bend = etree.Element(f"{{{DD}}}waypoint", x=middle, y=point.get("y", "0"))
            bend.tail = points[0].tail
            edge.insert(number, bend)


def _shift(elements: Iterable[etree._Element], by: float) -> None:
    for element in elements:
        element.set("y", _number(float(element.get("y", "0")) + by))


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(round(value, 2))


def _box(shape: etree._Element | None) -> Box | None:
    bounds = shape.find(f"{{{DC}}}Bounds") if shape is not None else None
    if bounds is None:
        return None
    try:
        x, y, width, height = (float(bounds.get(part, "")) for part in ("x", "y", "width", "height"))
    except ValueError:
        return None
    return Box(x, y, width, height)


def _no_room(sentence: str) -> Invalid:
    return Invalid([FieldProblem("role", sentence)])
