"""What each kind of event says in a diagram: what it waits for, or what it throws."""

# mypy: allow-subclassing-any
# SpiffWorkflow has no types, so its classes are Any.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import expressions
from engine.diagram import sending, throws
from engine.diagram.model import Thrown
from engine.safe_xml import text_of

from . import elements, events, timing
from .parsers import (
    BPMN,
    LINK,
    OURS,
    ActivityParser,
    ElementParser,
    definitions,
    invalid,
    is_armed,
    link_of,
    local,
)

if TYPE_CHECKING:
    from .parsing import ScopeParser


class ReceiveParser(ActivityParser):
    """Reads a task that waits for a message."""

    makes = events.ReceiveTask

    def details(self) -> dict[str, Any]:
        return {"message": _name(self.node, self.node, "message")}


class SendParser(ActivityParser):
    """Reads a step for a person, after which a message is sent if it names one."""

    makes = events.SendTask

    def details(self) -> dict[str, Any]:
        return _throws(self.node)


class EventGatewayParser(ElementParser):
    """Reads an event-based gateway, after which only events can come."""

    makes = events.EventGateway

    def connect(self, parsers: Mapping[str, ElementParser]) -> None:
        super().connect(parsers)
        if not self.task.outputs or not all(isinstance(one, events.CatchEvent) for one in self.task.outputs):
            raise invalid(self.node, "Only events that are waited for can follow this gateway.")
        if self.node.get("instantiate") in ("true", "1"):
            raise invalid(self.node, "A gateway cannot begin a case.")


class StartParser(ElementParser):
    """Reads a start event; one that starts an event sub-process has happened when a token comes to it."""

    def details(self) -> dict[str, Any]:
        meanings = [local(one) for one in definitions(self.node)]
        begins = meanings == ["messageEventDefinition"] and local(self.process_parser.node) == "process"
        if meanings and not begins and not is_armed(self.process_parser.node):
            raise invalid(self.node, "A case is begun by a person or a message: no other start can be run.")
        return {"begins": _name(self.node, definitions(self.node)[0], "message")} if begins else {}


class EndParser(ElementParser):
    """Reads an end event."""

    makes = events.EndEvent

    def details(self) -> dict[str, Any]:
        meanings = [local(one) for one in definitions(self.node)]
        throwing = ([one] for one in (*throws.KINDS, *sending.KINDS))
        if meanings not in ([], ["terminateEventDefinition"], *throwing):
            raise invalid(self.node, "Only an end that is plain, terminates or throws can be run.")
        return {"terminate": meanings == ["terminateEventDefinition"], **_throws(self.node)}


class CatchParser(ElementParser):
    """Reads an event that waits for a timer, a message, a signal or a condition."""

    makes = events.CatchEvent
    # Whether it can catch what is thrown inside the case as well.
    thrown = False
    # The attribute that is false on an event that does not interrupt, and so may repeat.
    repeats: str | None = None

    def details(self) -> dict[str, Any]:
        said = definitions(self.node)
        if len(said) != 1:
            raise invalid(self.node, "An event waits for exactly one thing.")
        kind = local(said[0])
        if kind in sending.KINDS:
            return {sending.KINDS[kind]: _name(self.node, said[0], sending.KINDS[kind])}
        if kind == "timerEventDefinition":
            return {"timer": self._timer(said[0])}
        if kind == "conditionalEventDefinition":
            return self._condition(said[0])
        if kind in throws.KINDS and self.thrown:
            return {"catches": _told(throws.thrown_of(self.node))}
        raise invalid(self.node, "This cannot be waited for.")

    def _condition(self, definition: Any) -> dict[str, Any]:
        """What is waited for; "daily" if another day can make it true."""
        condition = text_of(definition.find(BPMN + "condition"))
        if condition is None:
            raise invalid(self.node, "This does not say what it waits for.")
        try:
            read = expressions.names(condition)
        except expressions.ExpressionError as error:
            raise invalid(self.node, "The condition cannot be read.") from error
        return {"condition": condition, "daily": "today" in read}

    def _timer(self, definition: Any) -> dict[str, str]:
        anchor = self.node.get(OURS + "anchor")
        if anchor is not None:
            offset, days = self.node.get(OURS + "offset"), self.node.get(OURS + "days")
            return {"anchor": anchor, "offset": offset or "P0D", "days": days or "calendar"}
        beside = self.repeats is not None and self.node.get(self.repeats) in ("false", "0")
        if not beside and text_of(definition.find(BPMN + "timeCycle")) is not None:
            raise invalid(self.node, "Only what does not interrupt can happen again and again.")
        for name, said in (("duration", "timeDuration"), ("date", "timeDate"), ("cycle", "timeCycle")):
            text = text_of(definition.find(BPMN + said))
            if text is not None:
                timer = {name: text}
                try:
                    timing.check(timer)
                except ValueError as error:
                    raise invalid(self.node, str(error)) from error
                return timer
        raise invalid(self.node, "This timer does not say when.")


class ThrowParser(ElementParser):
    """Reads one end of a link, something that is thrown, or a mark on the way: a token passes through it."""

    makes = events.Throwing

    def details(self) -> dict[str, Any]:
        meanings = [local(one) for one in definitions(self.node)]
        if meanings in (["escalationEventDefinition"], *([one] for one in sending.KINDS)):
            return _throws(self.node)
        if meanings not in ([], [LINK]):
            raise invalid(self.node, "This cannot be thrown.")
        if meanings and not link_of(self.node):
            raise invalid(self.node, "This link has no name.")
        return {}


class ArmedParser(CatchParser):
    """Reads an event sub-process: what starts it waits at the level around it, and its inside is a level."""

    makes = events.ArmedStart
    thrown = True
    repeats = "isInterrupting"

    def __init__(self, scope: ScopeParser, node: Any) -> None:
        super().__init__(scope, only_start(node))
        self.part = node

    def create(self) -> None:
        if any(local(one).endswith("LoopCharacteristics") for one in self.part):
            raise invalid(self.part, "What an event starts is not repeated.")
        id_, key = self.part.get("id"), self.process_parser.key
        self.entry = self.task = self._make(events.ArmedStart, f"{id_} [armed]", self.details())
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

    makes = events.BoundaryEvent
    thrown = True
    repeats = "cancelActivity"

    def details(self) -> dict[str, Any]:
        return {"interrupting": self.node.get("cancelActivity") not in ("false", "0"), **super().details()}


def only_start(level: Any) -> Any:
    starts = [node for node in level if local(node) == "startEvent"]
    if len(starts) != 1:
        raise invalid(level, "There must be exactly one start.")
    return starts[0]


def _throws(node: Any) -> dict[str, Any]:
    """What an element throws, if it does."""
    thrown = sending.sent_of(node) or throws.thrown_of(node)
    if thrown is None:
        return {}
    if thrown.code is None:
        raise invalid(node, "This does not say what it throws.")
    return {"throws": _told(thrown)}


def _told(thrown: Thrown | None) -> dict[str, Any]:
    return {} if thrown is None else {"kind": thrown.kind, "code": thrown.code}


def _name(node: Any, said: Any, kind: str) -> str:
    name = sending.name_of(said, kind)
    if name is None:
        raise invalid(node, "What this waits for has no name.")
    return name
