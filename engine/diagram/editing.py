"""Changes one step of a diagram without drawing, and leaves everything else of the file as it is."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from engine import schedule
from engine.diagram import layout, times, translating
from engine.diagram.feel import Untranslatable
from engine.diagram.labels import bpmn, local, name_of, ours
from engine.diagram.model import Node
from engine.diagram.originals import Original
from engine.diagram.repairs import read_mended, take_out
from engine.errors import FieldProblem, Invalid
from engine.words import N_

# Field of a step -> its attribute in our namespace.
ATTRIBUTES = {
    "form": "form",
    "due_anchor": "dueAnchor",
    "due_offset": "dueOffset",
    "start_offset": "startOffset",
    "takes": "takes",
    "due_days": "dueDays",
}
_DURATIONS = ("due_offset", "start_offset", "takes")


@dataclass(frozen=True)
class Wording:
    """What a step can say, as a Node has it: offsets are ISO 8601, `role` is the key that its lane names."""

    name: str
    instructions: str | None = None
    role: str | None = None
    form: str | None = None
    due_anchor: str | None = None
    due_offset: str | None = None
    due_days: str = "calendar"
    start_offset: str | None = None
    takes: str | None = None

    @classmethod
    def of(cls, node: Node) -> Wording:
        return cls(**{name: getattr(node, name) for name in cls.__dataclass_fields__})


def edit_step(xml: bytes, step: str, was: Wording, new: Wording, role_name: str = "") -> bytes:
    """The file with what differs between `was` and `new` written into `step`.

    `role_name` is what the new role is called: a lane may name it so, or by its key. Elements, namespaces,
    extensions, comments and the drawing stay; where nothing differs the bytes are the same.
    Raises Invalid where the step's lane cannot be changed safely, with what to do instead.
    """
    if was == new:
        return xml
    original = Original(xml)
    root = original.root
    element = next(one for one in root.iter(bpmn("*")) if one.get("id", "").strip() == step)
    if new.name != was.name:
        element.set("name", new.name)
    if new.instructions != was.instructions:
        _instruct(element, new.instructions)
    for field, attribute in ATTRIBUTES.items():
        _write(element, attribute, field, getattr(was, field), getattr(new, field))
    if new.role != was.role and new.role:
        _move(root, element, {new.role, role_name} - {""})
    return original.written()


def translate_conditions(xml: bytes, element: str | None = None) -> bytes:
    """The file with conditions, counts and times of another system written in FEEL, wherever that says the same.

    Only those of the `element` with this id, if one is given. What cannot be translated stays as it is.
    """
    # Raises what is wrong with a file that Original must not be given.
    read_mended(xml)
    original = Original(xml)
    for written in original.root.iter(*WRITTEN):
        if element is None or element in _around_it(written):
            _translate(written)
    return original.written()


WRITTEN = tuple(
    map(bpmn, ("conditionExpression", "loopCardinality", "completionCondition", "loopCondition", *times.READ))
)


def _around_it(written: etree._Element) -> tuple[str | None, str | None]:
    """The ids of the arrow, or of the step or event around its marker."""
    parent = written.getparent()
    outer = parent.getparent() if parent is not None else None
    inner = parent.get("id") if parent is not None and local(parent) == "sequenceFlow" else None
    return inner, outer.get("id") if outer is not None and inner is None else None


def _translate(written: etree._Element) -> None:
    try:
        feel = None if translating.in_unknown_language(written) else translating.offered(written)
    except Untranslatable:
        return
    if feel is None:
        return
    for inside in list(written):
        written.remove(inside)
    written.text = feel
    written.attrib.pop("language", "")


def lane_words(xml: bytes, step: str) -> list[str]:
    """What the lanes say among which a step can move: the keys of roles, or the lanes' names."""
    element = next((one for one in read_mended(xml)[0].iter(bpmn("*")) if one.get("id") == step), None)
    container = element.getparent() if element is not None else None
    if container is None:
        return []
    return [
        lane.get(ours("role")) or name_of(lane)
        for lane in container.iter(bpmn("lane"))
        if _around(lane) is container
    ]


def _write(element: etree._Element, attribute: str, field: str, was: str | None, new: str | None) -> None:
    if was == new or (field in _DURATIONS and was and new and _same(was, new)):
        return
    if new:
        element.set(ours(attribute), new)
    else:
        element.attrib.pop(ours(attribute), "")


def _same(was: str, new: str) -> bool:
    try:
        return schedule.parse_offset(was) == schedule.parse_offset(new)
    except ValueError:
        return False


def _instruct(element: etree._Element, text: str | None) -> None:
    """Write the instructions: BPMN keeps them as documentation, which stands first in an element."""
    notes = list(element.iterchildren(bpmn("documentation")))
    for note in notes if not text else notes[1:]:
        take_out(note)
    if not text:
        return
    if notes:
        for inner in list(notes[0]):
            notes[0].remove(inner)
        notes[0].text = text
        return
    note = etree.Element(bpmn("documentation"))
    note.text = text
    # As the element's other children are set off.
    note.tail = element.text
    element.insert(0, note)


# ---- lanes


def _move(root: etree._Element, step: etree._Element, role: set[str]) -> None:
    """Put a step, and the events on its edge, into the lane of `role`, with its shape in the drawing."""
    container = step.getparent()
    lanes = [] if container is None else list(container.iter(bpmn("lane")))
    own = [lane for lane in lanes if _around(lane) is container]
    if not own and container is not None and local(container) == "subProcess":
        raise _cannot(
            N_(
                "The role of this step is that of the sub-process around it. Change it in a diagram editor, "
                "then upload the file."
            )
        )
    target = next((lane for lane in own if (lane.get(ours("role")) or name_of(lane)) in role), None)
    if target is None:
        raise _cannot(
            N_(
                "No lane of this diagram names that role. Draw the lane in a diagram editor, then upload the file."
            )
        )
    if any(lane.find(bpmn("childLaneSet")) is not None for lane in own):
        raise _cannot(
            N_(
                "This diagram has lanes inside lanes. Move the step in a diagram editor, then upload the file."
            )
        )
    moved = [
        step,
        *(one for one in _siblings(step) if one.get("attachedToRef", "").strip() == step.get("id")),
    ]
    source = _lane_of(own, step)
    layout.move(root, moved, source, target)
    for one in moved:
        _refer(own, target, one)


def _around(lane: etree._Element) -> etree._Element | None:
    """The process or sub-process that a lane divides."""
    parent = lane.getparent()
    while parent is not None and local(parent) in ("lane", "laneSet", "childLaneSet"):
        parent = parent.getparent()
    return parent


def _siblings(step: etree._Element) -> list[etree._Element]:
    parent = step.getparent()
    return [] if parent is None else list(parent.iterchildren(bpmn("boundaryEvent")))


def _references(lane: etree._Element, step: etree._Element) -> list[etree._Element]:
    return [
        one for one in lane.iterchildren(bpmn("flowNodeRef")) if (one.text or "").strip() == step.get("id")
    ]


def _lane_of(lanes: list[etree._Element], step: etree._Element) -> etree._Element | None:
    return next((lane for lane in lanes if _references(lane, step)), None)


def _refer(lanes: list[etree._Element], target: etree._Element, step: etree._Element) -> None:
    for lane in lanes:
        for reference in _references(lane, step):
            take_out(reference)
    there = list(target.iterchildren(bpmn("flowNodeRef")))
    reference = etree.Element(bpmn("flowNodeRef"))
    reference.text = step.get("id")
    if there:
        reference.tail = there[-1].tail
        there[-1].tail = there[0].tail if len(there) > 1 else target.text
        target.insert(target.index(there[-1]) + 1, reference)
        return
    parent = target.getparent()
    outside = (parent.text if parent is not None else None) or ""
    target.text, reference.tail = outside + "  ", outside
    target.insert(0, reference)


def _cannot(sentence: str) -> Invalid:
    return Invalid([FieldProblem("role", sentence)])
