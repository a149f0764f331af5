"""Mends what is wrong with a file in a way that leaves no doubt what was meant, and tells each thing it did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from engine.diagram.drawing import MAX_NODES
from engine.diagram.headers import in_namespace, in_utf8
from engine.diagram.labels import bpmn, is_bpmn, local, shown
from engine.diagram.levels import FLOW_NODES
from engine.diagram.originals import Original
from engine.diagram.source import MODEL, Unreadable, is_true, parse

# What names another element of the same file by its id.
_REFERENCES = ("sourceRef", "targetRef", "attachedToRef", "default", "messageRef", "processRef")
_NAMES = ("id", "calledElement", *_REFERENCES)
_LISTS = ("incoming", "outgoing")
# What stands before the lists of arrows in an element.
_BEFORE = ("documentation", "extensionElements", "auditing", "monitoring", "categoryValueRef", *_LISTS)
_NODES = tuple(bpmn(kind) for kind in sorted(FLOW_NODES))


@dataclass(frozen=True)
class Repair:
    """One thing that was mended: `code` says what in engine.diagram.sentences, `values` are its words."""

    code: str
    element: etree._Element
    values: dict[str, str] = field(default_factory=dict)


def read_mended(xml: bytes) -> tuple[etree._Element, list[Repair]]:
    """The root of a file as source.parse has it, mended, with what was mended; raises Unreadable."""
    encoded = in_utf8(xml)
    known = in_namespace(encoded)
    root = parse(known)
    found = [Repair("encoding_repaired", root)] if encoded is not xml else []
    found += [Repair("namespace_repaired", root)] if known is not encoded else []
    return root, found + mend(root)


def mended(xml: bytes) -> bytes:
    """The file with everything mended that can be: the same bytes where nothing can, or where it cannot be read.

    The same file is always mended in the same way, so that its ids are those that `read_mended` gives.
    """
    try:
        if not read_mended(xml)[1]:
            return xml
    except Unreadable:
        return xml
    original = Original(in_namespace(in_utf8(xml)))
    mend(original.root)
    return original.written()


def mend(root: etree._Element) -> list[Repair]:
    """Mend a tree where nobody can doubt what was meant; what was done, in the order of the kinds of mistake."""
    if root.tag != bpmn("definitions") or is_hopeless(root):
        return []
    found = list(_strip(root))
    ids = {str(element.get("id")) for element in _elements(root) if element.get("id")}
    found += _unprefix(root, ids)
    found += _name(root, ids)
    found += _mark(root)
    for process in root.iterchildren(bpmn("process")):
        found += _check_lanes(process)
        found += _list_arrows(process)
    return found


def is_hopeless(root: etree._Element) -> bool:
    """Is so much drawn in it that telling everything that is wrong would take too long?"""
    return sum(1 for _ in root.iter(*_NODES, bpmn("sequenceFlow"))) > 10 * MAX_NODES


# ---- spaces and prefixes


def _strip(root: etree._Element) -> Iterator[Repair]:
    """Take the spaces from around ids and what refers to them."""
    for element in _elements(root):
        spaced = [name for name in _NAMES if _spaced(element.get(name))]
        for name in spaced:
            element.set(name, element.get(name, "").strip())
        if "id" in spaced:
            yield Repair("id_spaces", element)
        listed = [child for child in element.iterchildren(*map(bpmn, _LISTS)) if _spaced(child.text)]
        if listed or set(spaced) - {"id"}:
            yield Repair("reference_spaces", element)
        references = [child for child in element.iterchildren(bpmn("flowNodeRef")) if _spaced(child.text)]
        if references:
            yield Repair("lane_spaces", element)
        for child in (*listed, *references):
            child.text = (child.text or "").strip()
    drawn = root.iter("{*}BPMNShape", "{*}BPMNEdge", "{*}BPMNPlane")
    shapes = [one for one in drawn if _spaced(one.get("bpmnElement"))]
    for one in shapes:
        one.set("bpmnElement", one.get("bpmnElement", "").strip())
    if shapes:
        yield Repair("drawing_spaces", root)


def _spaced(text: str | None) -> bool:
    return text is not None and text != text.strip()


def _unprefix(root: etree._Element, ids: set[str]) -> Iterator[Repair]:
    """Take the prefix from what refers to an id in the same file, which has none.

    BPMN lets some references carry the file's own prefix (Signavio and jBPM write it); no id ever does.
    """
    for element in _elements(root):
        wrong = [name for name in _REFERENCES[:4] if _prefixed(element.get(name), ids)]
        for name in wrong:
            element.set(name, _without(element.get(name, "")))
        listed = [
            child
            for child in element.iterchildren(*map(bpmn, (*_LISTS, "flowNodeRef")))
            if _prefixed(child.text, ids)
        ]
        for child in listed:
            child.text = _without(child.text or "")
        if wrong or listed:
            yield Repair("reference_prefix", element)


def _prefixed(reference: str | None, ids: set[str]) -> bool:
    return reference is not None and reference not in ids and ":" in reference and _without(reference) in ids


def _without(reference: str) -> str:
    return reference.rpartition(":")[2]


# ---- ids


def _name(root: etree._Element, ids: set[str]) -> Iterator[Repair]:
    """Give every node and arrow an id that has none, always the same: by its ends, or its kind and number."""
    counts: dict[str, int] = defaultdict(int)
    for process in root.iterchildren(bpmn("process")):
        nameless = [one for one in process.iter(*_NODES, bpmn("sequenceFlow")) if not one.get("id")]
        listed = _listed(process) if nameless else {}
        for element in nameless:
            kind, wish = local(element), _wish(element, listed, ids)
            if not wish or wish in ids:
                kind = wish or kind
                counts[kind] += 1
                while f"{kind}_{counts[kind]}" in ids:
                    counts[kind] += 1
                wish = f"{kind}_{counts[kind]}"
            element.set("id", wish)
            ids.add(wish)
            yield Repair("id_given", element, {"id": wish})


def _listed(process: etree._Element) -> dict[tuple[str, str], set[str]]:
    """The arrows that each node says come or go, as (incoming or outgoing, its id) -> their ids."""
    return {
        (kind, node.get("id", "")): {child.text for child in node.iterchildren(bpmn(kind)) if child.text}
        for node in process.iter(*_NODES)
        for kind in _LISTS
    }


def _wish(element: etree._Element, listed: dict[tuple[str, str], set[str]], ids: set[str]) -> str:
    """What an arrow without an id is best called: as both its ends list it, or else by its ends. "" for a node."""
    source, target = element.get("sourceRef", ""), element.get("targetRef", "")
    if local(element) != "sequenceFlow" or not source or not target:
        return ""
    both = listed.get(("outgoing", source), set()) & listed.get(("incoming", target), set()) - ids
    return both.pop() if len(both) == 1 else f"{source}_to_{target}"


# ---- which pathway runs


def _mark(root: etree._Element) -> Iterator[Repair]:
    """Mark the pathway that runs in the one way that every system reads."""
    everything = list(root.iterchildren(bpmn("process")))
    marked = [process for process in everything if is_true(process.get("isExecutable"))]
    for process in marked:
        said = process.get("isExecutable", "")
        if said != "true":
            process.set("isExecutable", "true")
            yield Repair("executable_unusual", process, {"found": shown(said)})
    open_ones = [process for process in everything if has_nodes(process) and not only_shows(process)]
    if not marked and len(open_ones) == 1:
        open_ones[0].set("isExecutable", "true")
        yield Repair("executable_assumed", open_ones[0])


def only_shows(process: etree._Element) -> bool:
    """Does it say that it is not to be run?"""
    return process.get("isExecutable", "").strip().lower() in ("false", "0")


def has_nodes(process: etree._Element) -> bool:
    """Is anything drawn in it that a case could come to?"""
    return any(is_bpmn(child) and local(child) in FLOW_NODES for child in process)


# ---- lists that repeat what is drawn


def _check_lanes(process: etree._Element) -> Iterator[Repair]:
    """Take out of the lanes what is nowhere in the pathway."""
    # Drawn data and what lies in a closed sub-process may be listed too; only the lost are worth a word.
    there = {element.get("id") for element in process.iter()}
    for lane in process.iter(bpmn("lane")):
        for reference in list(lane.iterchildren(bpmn("flowNodeRef"))):
            if reference.text not in there:
                yield Repair("lane_unknown_node", lane, {"found": shown(reference.text)})
                take_out(reference)


def _list_arrows(process: etree._Element) -> Iterator[Repair]:
    """Let the elements list the arrows that are drawn: what counts is where an arrow says that it leads.

    A file whose elements list no arrows at all is right as it is, and left so.
    """
    nodes = list(process.iter(*_NODES))
    if not any(node.find(bpmn(kind)) is not None for node in nodes for kind in _LISTS):
        return
    drawn: dict[tuple[str, str], list[str]] = defaultdict(list)
    for flow in process.iter(bpmn("sequenceFlow")):
        drawn["outgoing", flow.get("sourceRef", "")].append(flow.get("id", ""))
        drawn["incoming", flow.get("targetRef", "")].append(flow.get("id", ""))
    wrong = [
        node for node in nodes for kind in _LISTS if _list_in(node, kind, drawn[kind, node.get("id", "")])
    ]
    if wrong:
        yield Repair("arrow_lists", process)


def _list_in(node: etree._Element, kind: str, arrows: list[str]) -> bool:
    """Put right which arrows an element lists; whether anything was wrong."""
    there, wanted = list(node.iterchildren(bpmn(kind))), set(arrows)
    listed = {child.text or "" for child in there}
    lost = [child for child in there if (child.text or "") not in wanted]
    for child in lost:
        take_out(child)
    leading = _BEFORE[: _BEFORE.index(kind) + 1]
    before = next((one for one in reversed(node) if is_bpmn(one) and local(one) in leading), None)
    missing = [etree.Element(bpmn(kind)) for arrow in arrows if arrow not in listed]
    for entry, arrow in zip(missing, (arrow for arrow in arrows if arrow not in listed), strict=True):
        entry.text = arrow
    _insert(node, before, missing)
    return bool(lost or missing)


def _insert(parent: etree._Element, before: etree._Element | None, children: list[etree._Element]) -> None:
    """Put children in behind another one, set off as those around them are."""
    if not children:
        return
    first = before is None or before.getprevious() is None
    between = parent.text if first else parent[0].tail
    for child in children:
        child.tail = between
    if before is not None:
        children[-1].tail, before.tail = before.tail, between
    at = 0 if before is None else parent.index(before) + 1
    parent[at:at] = children


def take_out(element: etree._Element) -> None:
    """Remove an element with the white space that set it off."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    last = element.getnext() is None
    if last and before is not None:
        before.tail = element.tail
    elif last:
        parent.text = element.tail if len(parent) > 1 else None
    parent.remove(element)


def _elements(root: etree._Element) -> Iterator[etree._Element]:
    return root.iter(f"{{{MODEL}}}*")
