"""Diagrams in, the specs that SpiffWorkflow runs out."""

# mypy: allow-subclassing-any
# SpiffWorkflow has no types, so its classes are Any.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from engine import decisions
from engine.diagram import repairs, source, throws
from engine.diagram.rules import called_by
from engine.errors import FieldProblem, Invalid

from . import elements, plans, rules, timing

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_OURS = "{urn:throughcare:bpmn:1}"

# Would change what an element does, and would be ignored here if it were let through.
_NOT_RUN = ("ioSpecification",)
_LINK = "linkEventDefinition"


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
            raise _invalid(key, "This pathway is called, but does not exist.")
        # A parser that has failed once returns truncated specs, so each file has its own; and ids need only be
        # unique in their file.
        parser = DiagramParser(tables or {})
        try:
            parser.add_bpmn_xml(etree.ElementTree(repairs.read_mended(sources[key])[0]))
        except (source.Unreadable, ValidationException) as error:
            raise _invalid(key, "The file cannot be read.") from error
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
            raise _invalid(key, "This file holds no pathway of that name.")
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
        """Signals, errors, escalations, correlations and drawn data do nothing here; nor does the drawing."""

    _add_diagram_indexes = _add_data_stores = _add_signals = _add_errors = _add_escalations = (
        _add_correlations
    ) = _add_nothing


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
        self.nodes = {node.get("id"): node for node in self.node if _local(node) in _PARSERS}
        self.boundaries: dict[str, list[Any]] = {}
        self.outgoing: dict[str, list[Any]] = {}
        self.links = {
            name: id_ for id_, node in self.nodes.items() if _is_catch(node) and (name := _link(node))
        }
        for node in self.node:
            if _local(node) == "boundaryEvent":
                host = self.nodes.get(node.get("attachedToRef"))
                if host is None or not issubclass(_parser(host), ActivityParser):
                    raise _invalid(node, "This is not on the edge of a step.")
                self.boundaries.setdefault(host.get("id"), []).append(node)
            elif _local(node) == "sequenceFlow":
                self.outgoing.setdefault(node.get("sourceRef"), []).append(node)
            elif isinstance(node.tag, str) and _local(node) not in _PARSERS and _flows_through(node):
                raise _invalid(node, "This kind of element cannot be run.")
        start = _only_start(self.node)
        armed = [
            ArmedParser(self, node)
            for node in self.nodes.values()
            if _local(node) == "subProcess" and _is_armed(node)
        ]
        parsers = {id_: _parser(node)(self, node) for id_, node in self._reachable(start)}
        for parser in parsers.values():
            parser.create()
        for parser in parsers.values():
            parser.connect(parsers)
        for handler in armed:
            handler.create()
            # Before the first step: what happens at once may already be what it waits for.
            self.spec.start.connect(handler.entry)
        self.spec.start.connect(parsers[start.get("id")].entry)

    def _reachable(self, start: Any) -> Iterator[tuple[str, Any]]:
        """The nodes that a token can come to, in the order of the file."""
        seen, ahead = {start.get("id")}, [start.get("id")]
        while ahead:
            here = ahead.pop()
            after = [flow.get("targetRef") for flow in self.outgoing.get(here, ())]
            after += self.linked(here)
            for id_ in after + [node.get("id") for node in self.boundaries.get(here, ())]:
                if id_ not in self.nodes:
                    raise _invalid(here, f"A flow from here leads to “{id_}”, which is not there.")
                if id_ not in seen:
                    seen.add(id_)
                    ahead.append(id_)
        return ((id_, node) for id_, node in self.nodes.items() if id_ in seen)

    def linked(self, id_: str) -> list[str]:
        """Where a link leads that is thrown here: to the one place of the same name, as an arrow would."""
        node = self.nodes[id_]
        name = None if _is_catch(node) else _link(node)
        if name is None:
            return []
        if name not in self.links:
            raise _invalid(node, "This link leads nowhere.")
        return [self.links[name]]


class ElementParser(TaskParser):
    """Reads one element: what it is (`create`), then where it leads (`connect`)."""

    makes: type = elements.Element
    # Whether flows that leave may have conditions; and whether each of them must, but for the default.
    asks = False
    decides = False

    def __init__(self, scope: ScopeParser, node: Any) -> None:
        super().__init__(scope, self.makes, node)

    def create(self) -> None:
        """The element's spec; `task` is what its flows leave from, `entry` what leads to it."""
        for name in _NOT_RUN:
            if self.node.find(_BPMN + name) is not None:
                raise _invalid(self.node, f"“{name}” cannot be run.")
        self.task = self.entry = self._make(self.makes, self.bpmn_id, self.details())

    def details(self) -> dict[str, Any]:
        """What the element's spec must know besides its kind and flows, as JSON."""
        return {}

    def connect(self, parsers: Mapping[str, ElementParser]) -> None:
        flows = self.process_parser.outgoing.get(self.bpmn_id, ())
        for target in self.process_parser.linked(self.bpmn_id):
            self.task.leads_to(parsers[target].entry, {"id": None, "condition": None, "default": False})
        for flow in flows:
            default = self.asks and flow.get("id") == self.node.get("default")
            condition = _text(flow.find(_BPMN + "conditionExpression"))
            if not self.asks and condition is not None:
                raise _invalid(self.node, "A condition is only asked after a decision or a step.")
            if self.decides and condition is None and not default and len(flows) > 1:
                raise _invalid(self.node, "A flow without a condition leaves this decision.")
            said = {"id": flow.get("id"), "condition": None if default else condition, "default": default}
            self.task.leads_to(parsers[flow.get("targetRef")].entry, said)

    def _make(self, spec_class: type, name: str, details: dict[str, Any]) -> Any:
        spec = spec_class(self.spec, name, extensions={"kind": _local(self.node), **details})
        spec.bpmn_id = self.bpmn_id
        return spec


class ActivityParser(ElementParser):
    """Reads what can be done several times, and can have events on its edge."""

    makes = elements.Step
    asks = True

    def create(self) -> None:
        super().create()
        loop = self.node.find(_BPMN + "multiInstanceLoopCharacteristics")
        again = self.node.find(_BPMN + "standardLoopCharacteristics")
        if loop is not None and again is not None:
            raise _invalid(self.node, "This is repeated in two ways.")
        if loop is not None:
            self._repeat(elements.Each, self._several(loop))
        elif again is not None:
            self._repeat(elements.Again, self._again(again))
        self.boundaries = self.process_parser.boundaries.get(self.bpmn_id, ())
        if self.boundaries:
            self.entry = self._make(elements.Guard, f"{self.bpmn_id} [guard]", {})

    def connect(self, parsers: Mapping[str, ElementParser]) -> None:
        super().connect(parsers)
        if self.boundaries:
            for one in (self, *(parsers[node.get("id")] for node in self.boundaries)):
                self.entry.connect(one.task)

    def _repeat(self, spec_class: type, details: dict[str, Any]) -> None:
        """What was made is the inside of a new spec that takes its name and place."""
        inner, inner.name = self.task, f"{self.bpmn_id} [inner]"
        self.spec.task_specs[inner.name] = self.spec.task_specs.pop(self.bpmn_id)
        self.task = self.entry = self._make(spec_class, self.bpmn_id, {"inner": inner.name, **details})
        inner._inputs = [self.task.name]

    def _several(self, loop: Any) -> dict[str, Any]:
        each, cardinality = loop.get(_OURS + "each"), _text(loop.find(_BPMN + "loopCardinality"))
        if (each is None) == (cardinality is None):
            raise _invalid(self.node, "Say for which list this is done, or how many times.")
        return {
            "each": each,
            "cardinality": cardinality,
            "completion": _text(loop.find(_BPMN + "completionCondition")),
            "sequential": loop.get("isSequential") in ("true", "1"),
        }

    def _again(self, loop: Any) -> dict[str, Any]:
        condition = _text(loop.find(_BPMN + "loopCondition"))
        maximum = (loop.get("loopMaximum") or "").strip() or None
        if condition is None and maximum is None:
            raise _invalid(self.node, "Say as long as what this is done again.")
        if maximum is not None and not (maximum.isdecimal() and int(maximum)):
            raise _invalid(self.node, "The number of times cannot be read.")
        return {
            "condition": condition,
            "maximum": int(maximum) if maximum else None,
            "test_before": loop.get("testBefore") in ("true", "1"),
        }


class SubProcessParser(ActivityParser):
    """Reads an embedded sub-process; its inside is a level of its own."""

    makes = elements.Inside

    def details(self) -> dict[str, Any]:
        if _is_armed(self.node):
            raise _invalid(self.node, "Arrows cannot lead to what an event starts.")
        self.process_parser.inner.append(self.node)
        return {"runs": f"{self.process_parser.key}/{self.bpmn_id}"}


class CallParser(ActivityParser):
    """Reads a call of another pathway."""

    makes = elements.Inside

    def details(self) -> dict[str, Any]:
        called = (self.node.get("calledElement") or "").strip()
        if not called:
            raise _invalid(self.node, "This calls no pathway.")
        self.process_parser.parser.called.append(called)
        return {"runs": called}


class RuleParser(ActivityParser):
    """Reads a business rule task, with the decision that it calls."""

    makes = rules.RuleTask

    def details(self) -> dict[str, Any]:
        called, tables = called_by(self.node), self.process_parser.parser.tables
        if called.decision is None:
            raise _invalid(self.node, "This calls no decision.")
        if called.decision not in tables:
            raise _invalid(self.node, f"This calls the decision “{called.decision}”, which is not there.")
        if any(_local(child).endswith("LoopCharacteristics") for child in self.node):
            raise _invalid(self.node, "What a table decides is not repeated.")
        kept = decisions.keep(tables, called.decision)
        return {"decision": called.decision, "result": called.result, "tables": kept}


class ParallelParser(ElementParser):
    """Reads a parallel gateway."""

    makes = elements.ParallelGateway


class ReceiveParser(ActivityParser):
    """Reads a task that waits for a message."""

    makes = elements.ReceiveTask

    def details(self) -> dict[str, Any]:
        return {"message": _message(self.process_parser.parser, self.node, self.node)}


class EventGatewayParser(ElementParser):
    """Reads an event-based gateway, after which only events can come."""

    makes = elements.EventGateway

    def connect(self, parsers: Mapping[str, ElementParser]) -> None:
        super().connect(parsers)
        if not self.task.outputs or not all(
            isinstance(one, elements.CatchEvent) for one in self.task.outputs
        ):
            raise _invalid(self.node, "Only timers and messages can follow this gateway.")
        if self.node.get("instantiate") in ("true", "1"):
            raise _invalid(self.node, "A gateway cannot begin a case.")


class ExclusiveParser(ElementParser):
    """Reads an exclusive gateway."""

    makes = elements.ExclusiveGateway
    asks = decides = True


class InclusiveParser(ExclusiveParser):
    """Reads an inclusive gateway."""

    makes = elements.InclusiveGateway


class PlainEventParser(ElementParser):
    """Reads a start event; one that starts an event sub-process has happened when a token comes to it."""

    def details(self) -> dict[str, Any]:
        if _definitions(self.node) and not _is_armed(self.process_parser.node):
            raise _invalid(self.node, "A case is begun by a person: only a plain start can be run.")
        return {}


class EndParser(ElementParser):
    """Reads an end event."""

    makes = elements.EndEvent

    def details(self) -> dict[str, Any]:
        meanings = [_local(one) for one in _definitions(self.node)]
        if meanings not in ([], ["terminateEventDefinition"], *([one] for one in throws.KINDS)):
            raise _invalid(self.node, "Only an end that is plain, terminates or throws can be run.")
        return {"terminate": meanings == ["terminateEventDefinition"], **_throws(self.node)}


class CatchParser(ElementParser):
    """Reads an event that waits for a timer or a message."""

    makes = elements.CatchEvent
    # Whether it can catch what is thrown inside the case as well.
    thrown = False
    # The attribute that is false on an event that does not interrupt, and so may repeat.
    repeats: str | None = None

    def details(self) -> dict[str, Any]:
        definitions = _definitions(self.node)
        if len(definitions) != 1:
            raise _invalid(self.node, "An event waits for exactly one thing.")
        kind = _local(definitions[0])
        if kind == "messageEventDefinition":
            return {"message": _message(self.process_parser.parser, self.node, definitions[0])}
        if kind == "timerEventDefinition":
            return {"timer": self._timer(definitions[0])}
        if kind in throws.KINDS and self.thrown:
            return {"catches": _thrown(self.node)}
        raise _invalid(self.node, "Only timers and messages can be waited for.")

    def _timer(self, definition: Any) -> dict[str, str]:
        anchor = self.node.get(_OURS + "anchor")
        if anchor is not None:
            offset, days = self.node.get(_OURS + "offset"), self.node.get(_OURS + "days")
            return {"anchor": anchor, "offset": offset or "P0D", "days": days or "calendar"}
        beside = self.repeats is not None and self.node.get(self.repeats) in ("false", "0")
        if not beside and _text(definition.find(_BPMN + "timeCycle")) is not None:
            raise _invalid(self.node, "Only what does not interrupt can happen again and again.")
        for name, said in (("duration", "timeDuration"), ("date", "timeDate"), ("cycle", "timeCycle")):
            text = _text(definition.find(_BPMN + said))
            if text is not None:
                timer = {name: text}
                try:
                    timing.check(timer)
                except ValueError as error:
                    raise _invalid(self.node, str(error)) from error
                return timer
        raise _invalid(self.node, "This timer does not say when.")


class LinkParser(ElementParser):
    """Reads one end of a link, an escalation, or a mark on the way: a token passes through it."""

    makes = elements.Throwing

    def details(self) -> dict[str, Any]:
        meanings = [_local(one) for one in _definitions(self.node)]
        if meanings == ["escalationEventDefinition"]:
            return _throws(self.node)
        if meanings not in ([], [_LINK]):
            raise _invalid(self.node, "Nothing can be sent out here.")
        if meanings and not _link(self.node):
            raise _invalid(self.node, "This link has no name.")
        return {}


class ArmedParser(CatchParser):
    """Reads an event sub-process: what starts it waits at the level around it, and its inside is a level."""

    makes = elements.ArmedStart
    thrown = True
    repeats = "isInterrupting"

    def __init__(self, scope: ScopeParser, node: Any) -> None:
        super().__init__(scope, _only_start(node))
        self.part = node

    def create(self) -> None:
        if any(_local(one).endswith("LoopCharacteristics") for one in self.part):
            raise _invalid(self.part, "What an event starts is not repeated.")
        id_, key = self.part.get("id"), self.process_parser.key
        self.entry = self.task = self._make(elements.ArmedStart, f"{id_} [armed]", self.details())
        inside = elements.Inside(
            self.spec, id_, extensions={"kind": "subProcess", "handles": True, "runs": f"{key}/{id_}"}
        )
        inside.bpmn_id = id_
        self.task.leads_to(inside, {"id": None, "condition": None, "default": False})
        self.process_parser.inner.append(self.part)

    def details(self) -> dict[str, Any]:
        interrupting = self.node.get("isInterrupting") not in ("false", "0")
        return {"interrupting": interrupting, **super().details()}


class BoundaryParser(CatchParser):
    """Reads an event on the edge of an activity."""

    makes = elements.BoundaryEvent
    thrown = True
    repeats = "cancelActivity"

    def details(self) -> dict[str, Any]:
        return {"interrupting": self.node.get("cancelActivity") not in ("false", "0"), **super().details()}


_PARSERS: dict[str, type[ElementParser]] = {
    "startEvent": PlainEventParser,
    "endEvent": EndParser,
    "userTask": ActivityParser,
    "manualTask": ActivityParser,
    "task": ActivityParser,
    "sendTask": ActivityParser,
    "receiveTask": ReceiveParser,
    "businessRuleTask": RuleParser,
    "subProcess": SubProcessParser,
    "callActivity": CallParser,
    "exclusiveGateway": ExclusiveParser,
    "parallelGateway": ParallelParser,
    "inclusiveGateway": InclusiveParser,
    "eventBasedGateway": EventGatewayParser,
    "intermediateCatchEvent": CatchParser,
    "intermediateThrowEvent": LinkParser,
    "boundaryEvent": BoundaryParser,
}


def _parser(node: Any) -> type[ElementParser]:
    return LinkParser if _link(node) else _PARSERS[_local(node)]


def _is_armed(node: Any) -> bool:
    return node.get("triggeredByEvent") in ("true", "1")


def _only_start(level: Any) -> Any:
    starts = [node for node in level if _local(node) == "startEvent"]
    if len(starts) != 1:
        raise _invalid(level, "There must be exactly one start.")
    return starts[0]


def _is_catch(node: Any) -> bool:
    return _local(node) == "intermediateCatchEvent"


def _link(node: Any) -> str | None:
    """The name of the link that an event is one end of; None for anything else."""
    definition = node.find(_BPMN + _LINK)
    return None if definition is None else " ".join((definition.get("name") or "").split()) or None


def _throws(node: Any) -> dict[str, Any]:
    """What an event throws, if it does."""
    if throws.thrown_of(node) is None:
        return {}
    thrown = _thrown(node)
    if thrown["code"] is None:
        raise _invalid(node, "This does not say what it throws.")
    return {"throws": thrown}


def _thrown(node: Any) -> dict[str, Any]:
    thrown = throws.thrown_of(node)
    return {} if thrown is None else {"kind": thrown.kind, "code": thrown.code}


def _message(parser: DiagramParser, node: Any, said: Any) -> str:
    name = parser.messages.get(said.get("messageRef"))
    if not name:
        raise _invalid(node, "The message has no name.")
    return str(name)


def _local(node: Any) -> str:
    """The BPMN name of a node; "" for what is not BPMN."""
    tag = node.tag
    return tag[len(_BPMN) :] if isinstance(tag, str) and tag.startswith(_BPMN) else ""


def _flows_through(node: Any) -> bool:
    """Could a token come to this node, which we do not know?"""
    id_ = node.get("id")
    root = node.getparent()
    return _local(node) != "" and any(
        id_ in (flow.get("sourceRef"), flow.get("targetRef"))
        for flow in root.iterfind(_BPMN + "sequenceFlow")
    )


def _definitions(node: Any) -> list[Any]:
    return [one for one in node if _local(one).endswith(("EventDefinition", "eventDefinitionRef"))]


def _text(node: Any) -> str | None:
    """The text of an expression, whole even where it was written in pieces; None where there is none."""
    text = "".join(node.itertext()).strip() if node is not None else ""
    return text or None


def _invalid(where: Any, sentence: str) -> Invalid:
    return Invalid([FieldProblem(where if isinstance(where, str) else where.get("id") or "", sentence)])
