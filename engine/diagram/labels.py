"""What an element of a diagram is called when we speak to its editor."""

from __future__ import annotations

from lxml import etree

from engine.diagram.source import MODEL, THROUGHCARE
from engine.safe_xml import local, shown, text_of
from engine.words import N_, Sentence

__all__ = ["Label", "Labels", "bpmn", "is_bpmn", "local", "name_of", "ours", "shown", "text_of"]

# Unnamed elements: in the middle and at the beginning of a sentence.
_KINDS: dict[str, tuple[str, str]] = {
    "process": (N_("the pathway"), N_("The pathway")),
    "participant": (N_("the pool"), N_("The pool")),
    "laneSet": (N_("the lanes"), N_("The lanes")),
    "lane": (N_("the lane without a name"), N_("The lane without a name")),
    "startEvent": (N_("the start"), N_("The start")),
    "endEvent": (N_("the end"), N_("The end")),
    "intermediateCatchEvent": (N_("the event"), N_("The event")),
    "intermediateThrowEvent": (N_("the event"), N_("The event")),
    "boundaryEvent": (N_("the event on the edge"), N_("The event on the edge")),
    "subProcess": (N_("the sub-process"), N_("The sub-process")),
    "transaction": (N_("the sub-process"), N_("The sub-process")),
    "adHocSubProcess": (N_("the sub-process"), N_("The sub-process")),
    "dataObjectReference": (N_("the data object"), N_("The data object")),
    "dataStoreReference": (N_("the data store"), N_("The data store")),
    "callActivity": (N_("the called pathway"), N_("The called pathway")),
    "businessRuleTask": (N_("the decision table"), N_("The decision table")),
    "exclusiveGateway": (N_("the decision (×)"), N_("The decision (×)")),
    "parallelGateway": (N_("the parallel gateway (+)"), N_("The parallel gateway (+)")),
    "inclusiveGateway": (N_("the inclusive gateway (○)"), N_("The inclusive gateway (○)")),
    "eventBasedGateway": (N_("the event gateway"), N_("The event gateway")),
    "complexGateway": (N_("the gateway"), N_("The gateway")),
    "sequenceFlow": (N_("the arrow"), N_("The arrow")),
    "messageFlow": (N_("the message arrow"), N_("The message arrow")),
    "message": (N_("the message"), N_("The message")),
    "definitions": (N_("the diagram"), N_("The diagram")),
    "collaboration": (N_("the diagram"), N_("The diagram")),
}
_STEP = (N_("the step without a name"), N_("The step without a name"))
_OTHER = (N_("an element without a name"), N_("An element without a name"))

Label = str | Sentence
# How many arrows are followed to find a neighbour with a name.
NEIGHBOURS = 9


def is_bpmn(element: etree._Element) -> bool:
    """Is it one of BPMN's own elements?"""
    return str(element.tag).startswith("{" + MODEL + "}")


def bpmn(name: str) -> str:
    """The full tag of a BPMN element."""
    return "{" + MODEL + "}" + name


def ours(name: str) -> str:
    """The full name of an attribute in our own namespace."""
    return "{" + THROUGHCARE + "}" + name


def name_of(element: etree._Element) -> str:
    """What the editor called it, on one line; "" if it has no name."""
    return " ".join(element.get("name", "").split())[:120]


class Labels:
    """Knows the neighbours of unnamed elements, so that "the decision" becomes "the decision after “Ask”"."""

    def __init__(self, root: etree._Element) -> None:
        self._by_id = {element.get("id", ""): element for element in root.iter(f"{{{MODEL}}}*")}
        self._pools = {pool.get("processRef", ""): pool for pool in root.iter(bpmn("participant"))}
        self._flows_into: dict[str, list[etree._Element]] = {}
        self._flows_from: dict[str, list[etree._Element]] = {}
        for flow in root.iter(bpmn("sequenceFlow")):
            self._flows_into.setdefault(flow.get("targetRef", ""), []).append(flow)
            self._flows_from.setdefault(flow.get("sourceRef", ""), []).append(flow)

    def name(self, element: etree._Element) -> str:
        """What the editor called it; a pathway without a name is called like its pool."""
        pool = self._pools.get(element.get("id", "")) if local(element) == "process" else None
        return name_of(element) or (name_of(pool) if pool is not None else "")

    def of(self, element: etree._Element, first: bool = False) -> Label:
        """What to call an element; `first` at the beginning of a sentence."""
        name, kind = self.name(element), local(element)
        if kind == "sequenceFlow":
            return self._flow(element, name, first)
        if name:
            return Sentence(N_("“{name}”"), {"name": name})
        choice = _KINDS.get(kind) or (_STEP if kind.lower().endswith("task") else _OTHER)
        return self._placed(element, Sentence(choice[1] if first else choice[0]))

    def _flow(self, flow: etree._Element, name: str, first: bool) -> Label:
        source = self._end(flow.get("sourceRef"))
        target = self._end(flow.get("targetRef"))
        if name:
            # Many arrows are called “yes”: only their ends tell which one is meant.
            if source and target:
                template = N_("“{name}” (from {source} to {target})")
            elif source:
                template = N_("“{name}” (from {source})")
            else:
                template = N_("“{name}” (to {target})") if target else N_("“{name}”")
        elif source and target:
            template = (
                N_("The arrow from {source} to {target}")
                if first
                else N_("the arrow from {source} to {target}")
            )
        elif source:
            template = N_("The arrow from {source}") if first else N_("the arrow from {source}")
        elif target:
            template = N_("The arrow to {target}") if first else N_("the arrow to {target}")
        else:
            template = N_("An arrow") if first else N_("an arrow")
        return Sentence(template, {"name": name, "source": source, "target": target})

    def _end(self, ref: str | None) -> Label:
        element = self._by_id.get((ref or "").strip())
        if element is None or not ref:
            return ""
        # An arrow that is said to begin or end at an arrow has no place to tell of, and might tell of itself.
        return self.name(element) if local(element) == "sequenceFlow" else self.of(element)

    def _placed(self, element: etree._Element, thing: Sentence) -> Sentence:
        """Say where an unnamed element is, if a neighbour has a name."""
        host = self._by_id.get(element.get("attachedToRef", "?"))
        if host is not None and name_of(host):
            return Sentence(N_("{thing} of “{name}”"), {"thing": thing, "name": name_of(host)})
        ident = element.get("id", "?")
        for flow in self._flows_into.get(ident, [])[:NEIGHBOURS]:
            before = self._named(flow.get("sourceRef"))
            if before:
                return Sentence(N_("{thing} after “{name}”"), {"thing": thing, "name": before})
        for flow in self._flows_from.get(ident, [])[:NEIGHBOURS]:
            after = self._named(flow.get("targetRef"))
            if after:
                return Sentence(N_("{thing} before “{name}”"), {"thing": thing, "name": after})
        return thing

    def _named(self, ref: str | None) -> str:
        element = self._by_id.get(ref or "?")
        return "" if element is None else name_of(element)
