"""Diagrams in, the specs that SpiffWorkflow runs out."""

# mypy: allow-subclassing-any
# SpiffWorkflow has no types, so its classes are Any.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from engine import decisions
from engine.diagram import repairs, source

from . import plans
from .event_parsers import (
    ArmedParser,
    BoundaryParser,
    CatchParser,
    EndParser,
    EventGatewayParser,
    ReceiveParser,
    SendParser,
    StartParser,
    ThrowParser,
    only_start,
)
from .parsers import (
    BPMN,
    ActivityParser,
    CallParser,
    ElementParser,
    ExclusiveParser,
    InclusiveParser,
    ParallelParser,
    RuleParser,
    SubProcessParser,
    invalid,
    is_armed,
    is_catch,
    link_of,
    local,
)


def prepare(sources: Mapping[str, bytes], main: str, tables: decisions.Tables | None = None) -> str:
    """The specs of `main` and of every pathway it calls, as JSON for storage.

    `sources` are BPMN files by the key of their pathway, each of which engine.diagram has read without errors;
    `tables` are the decisions that they call, by id.
    Raises Invalid for whatever would not run as it is drawn, with the element as the field.
    """
    specs: dict[str, plans.ScopeSpec] = {}
    ahead = [main]
    while ahead:
        key = ahead.pop()
        if key in specs:
            continue
        if key not in sources:
            raise invalid(key, "This pathway is called, but does not exist.")
        # A parser that has failed once returns truncated specs, so each file has its own; and ids need only be
        # unique in their file.
        parser = DiagramParser(tables or {})
        try:
            parser.add_bpmn_xml(etree.ElementTree(repairs.read_mended(sources[key])[0]))
        except (source.Unreadable, ValidationException) as error:
            raise invalid(key, "The file cannot be read.") from error
        specs.update(parser.scopes(key))
        ahead.extend(parser.called)
    return plans.write(main, specs)


class DiagramParser(BpmnParser):
    """Reads one file. Only the elements below can be run; SpiffWorkflow's other parsers are out of reach."""

    def __init__(self, tables: decisions.Tables) -> None:
        super().__init__()
        self.called: list[str] = []
        self.tables = tables

    def scopes(self, key: str) -> dict[str, plans.ScopeSpec]:
        """Every level of the pathway by name: the pathway's key, and key/id for its sub-processes."""
        if key not in self.process_parsers:
            raise invalid(key, "This file holds no pathway of that name.")
        found: dict[str, plans.ScopeSpec] = {}
        ahead = [(key, self.process_parsers[key].node)]
        while ahead:
            name, node = ahead.pop()
            reader = ScopeParser(self, node, self.namespaces, {})
            reader.key, reader.name = key, name
            found[name] = reader.get_spec()
            ahead.extend((f"{key}/{inner.get('id')}", inner) for inner in reader.inner)
        return found

    def _add_nothing(self, *_: Any) -> None:
        """What is declared is read where it is used; correlations, drawn data and the drawing do nothing here."""

    _add_diagram_indexes = _add_data_stores = _add_messages = _add_signals = _add_errors = (
        _add_escalations
    ) = _add_correlations = _add_nothing


class ScopeParser(ProcessParser):
    """Reads one level: all its elements first, then the flows between them.

    SpiffWorkflow's own way, element after element along the flows, meets Python's limit at some 300 steps.
    """

    key = name = ""

    def create_spec(self) -> plans.ScopeSpec:
        return plans.ScopeSpec(self.name)

    def _parse(self) -> None:
        self.spec = self.create_spec()
        self.inner: list[Any] = []
        self.nodes = {node.get("id"): node for node in self.node if local(node) in _PARSERS}
        self.boundaries: dict[str, list[Any]] = {}
        self.outgoing: dict[str, list[Any]] = {}
        self.links = {
            name: id_ for id_, node in self.nodes.items() if is_catch(node) and (name := link_of(node))
        }
        for node in self.node:
            if local(node) == "boundaryEvent":
                host = self.nodes.get(node.get("attachedToRef"))
                if host is None or not issubclass(_parser(host), ActivityParser):
                    raise invalid(node, "This is not on the edge of a step.")
                self.boundaries.setdefault(host.get("id"), []).append(node)
            elif local(node) == "sequenceFlow":
                self.outgoing.setdefault(node.get("sourceRef"), []).append(node)
            elif isinstance(node.tag, str) and local(node) not in _PARSERS and _flows_through(node):
                raise invalid(node, "This kind of element cannot be run.")
        first = self._first()
        armed = [
            ArmedParser(self, node)
            for node in self.nodes.values()
            if local(node) == "subProcess" and is_armed(node)
        ]
        parsers = {id_: _parser(node)(self, node) for id_, node in self._reachable(first)}
        for parser in parsers.values():
            parser.create()
        for parser in parsers.values():
            parser.connect(parsers)
        for handler in armed:
            handler.create()
            # Before the first step: what happens at once may already be what it waits for.
            self.spec.start.connect(handler.entry)
        for id_ in first:
            self.spec.start.connect(parsers[id_].entry)

    def _first(self) -> list[str]:
        """Where tokens begin: at the start, or in a sub-process without one at whatever no arrow leads to.

        BPMN 2.0.2, 13.3.4.
        """
        whole = any(local(node) in ("startEvent", "endEvent") for node in self.nodes.values())
        if whole or local(self.node) != "subProcess" or is_armed(self.node):
            return [only_start(self.node).get("id")]
        led = {flow.get("targetRef") for flows in self.outgoing.values() for flow in flows}
        led.update(self.links.values())
        first = [
            id_
            for id_, node in self.nodes.items()
            if id_ not in led and local(node) != "boundaryEvent" and not is_armed(node)
        ]
        return first or [only_start(self.node).get("id")]

    def _reachable(self, first: list[str]) -> Iterator[tuple[str, Any]]:
        """The nodes that a token can come to, in the order of the file."""
        seen, ahead = set(first), list(first)
        while ahead:
            here = ahead.pop()
            after = [flow.get("targetRef") for flow in self.outgoing.get(here, ())]
            after += self.linked(here)
            for id_ in after + [node.get("id") for node in self.boundaries.get(here, ())]:
                if id_ not in self.nodes:
                    raise invalid(here, f"A flow from here leads to “{id_}”, which is not there.")
                if id_ not in seen:
                    seen.add(id_)
                    ahead.append(id_)
        return ((id_, node) for id_, node in self.nodes.items() if id_ in seen)

    def linked(self, id_: str) -> list[str]:
        """Where a link leads that is thrown here: to the one place of the same name, as an arrow would."""
        node = self.nodes[id_]
        name = None if is_catch(node) else link_of(node)
        if name is None:
            return []
        if name not in self.links:
            raise invalid(node, "This link leads nowhere.")
        return [self.links[name]]


_PARSERS: dict[str, type[ElementParser]] = {
    "startEvent": StartParser,
    "endEvent": EndParser,
    "userTask": ActivityParser,
    "manualTask": ActivityParser,
    "task": ActivityParser,
    "sendTask": SendParser,
    "receiveTask": ReceiveParser,
    "subProcess": SubProcessParser,
    "callActivity": CallParser,
    "businessRuleTask": RuleParser,
    "exclusiveGateway": ExclusiveParser,
    "parallelGateway": ParallelParser,
    "inclusiveGateway": InclusiveParser,
    "eventBasedGateway": EventGatewayParser,
    "intermediateCatchEvent": CatchParser,
    "intermediateThrowEvent": ThrowParser,
    "boundaryEvent": BoundaryParser,
}


def _parser(node: Any) -> type[ElementParser]:
    return ThrowParser if link_of(node) else _PARSERS[local(node)]


def _flows_through(node: Any) -> bool:
    """Could a token come to this node, which we do not know?"""
    id_ = node.get("id")
    root = node.getparent()
    return local(node) != "" and any(
        id_ in (flow.get("sourceRef"), flow.get("targetRef")) for flow in root.iterfind(BPMN + "sequenceFlow")
    )
