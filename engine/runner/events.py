"""Events: what is thrown, what is waited for, and what happens then."""

# mypy: allow-subclassing-any
# SpiffWorkflow has no types, so its classes are Any.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow import TaskState

from . import timing
from .elements import Element, Flow, Guard, Step, tell_chosen

# Sent to whatever waits for it anywhere in the case; errors and escalations go outwards, level by level.
SENT = ("message", "signal")


class Throwing(Element):
    """Passes on what it "throws", {"kind": error, escalation, message or signal, "code"}, to what catches it.

    An error always ends where it was thrown; an escalation or signal that nobody catches is forgotten (BPMN 2.0,
    10.5.6). Messages and signals leave once everything else that moves by itself has come to rest: whether another
    branch hears them does not depend on which of two branches was drawn first.
    """

    def _on_ready_hook(self, my_task: Any) -> None:
        top = my_task.workflow.top_workflow
        thrown = self.extensions.get("throws")
        (top.late if thrown and thrown["kind"] in SENT else top.queue).append(my_task)

    def _on_complete(self, my_task: Any) -> None:
        if threw_itself_out(self, my_task):
            self.tell(my_task, [])
        else:
            super()._on_complete(my_task)


class SendTask(Step):
    """A step for a person after which a message is sent."""

    def _on_complete(self, my_task: Any) -> None:
        if isinstance(my_task.parent.task_spec, Guard):
            # It is done, so what is on its edge hears nothing any more, least of all what it sends itself.
            my_task.workflow.withdraw_beside(my_task)
        if not threw_itself_out(self, my_task):
            super()._on_complete(my_task)


def threw_itself_out(element: Element, my_task: Any) -> bool:
    """Throw what an element throws. Has what caught it ended the level in which it was thrown?"""
    thrown = element.extensions.get("throws")
    if thrown is None:
        return False
    if thrown["kind"] in SENT:
        my_task.workflow.top_workflow.send(my_task, thrown)
    else:
        my_task.workflow.throw(my_task, thrown)
    return bool(my_task.state == TaskState.CANCELLED)


class EndEvent(Throwing):
    """A plain end, or one that terminates: everything else at its level ends with it."""

    def choose(self, my_task: Any) -> list[Flow]:
        if self.extensions.get("terminate"):
            my_task.workflow.withdraw_others(my_task)
        return []


class EventGateway(Element):
    """Waits for the first of several events. It stays, holding them together, until one has happened."""

    def _on_complete(self, my_task: Any) -> None:
        my_task.workflow.hold(my_task, self._outputs)


class CatchEvent(Element):
    """Waits for a "timer" as in engine.runner.timing, a "message" or "signal" by its name, or a "condition" to hold.

    What waits for a condition remembers that it held ("was_true"), so that it happens once each time it comes true.
    """

    def _update_hook(self, my_task: Any) -> bool:
        my_task.workflow.stamp(my_task)
        my_task._set_state(TaskState.WAITING)
        return False

    def happen(self, my_task: Any, because: str) -> None:
        """What was waited for has come."""
        my_task.workflow.note(self, kind=self.waits_for, flow=self._only_flow(), because=because)
        if isinstance(my_task.parent.task_spec, EventGateway):
            my_task.workflow.withdraw_beside(my_task)
        my_task._ready()

    @property
    def waits_for(self) -> str:
        if "catches" in self.extensions:
            return str(self.extensions["catches"]["kind"])
        return next(kind for kind in ("timer", "message", "signal", "condition") if kind in self.extensions)

    def catches(self, thrown: Mapping[str, Any]) -> bool:
        """Is this what is thrown? Without a code of its own an event catches every one of its kind."""
        wanted = self.extensions.get("catches")
        return (
            wanted is not None
            and wanted["kind"] == thrown["kind"]
            and wanted["code"] in (None, thrown["code"])
        )

    def comes_again(self, my_task: Any) -> bool:
        """May what happens now happen again? Counts the times that a timer has fired."""
        if self.waits_for != "timer":
            return True
        times = my_task.internal_data["fired"] = my_task.internal_data.get("fired", 0) + 1
        return timing.goes_on(self.extensions["timer"], times)

    def tell(self, my_task: Any, flows: list[Flow]) -> None:
        """Noted when it happened."""

    def _only_flow(self) -> str | None:
        return self.flows[0]["id"] if len(self.flows) == 1 else None


class BoundaryEvent(CatchEvent):
    """An event on the edge of an activity; "interrupting" ends the activity and everything inside."""

    seen = "acting"
    on_edge = True

    def happen(self, my_task: Any, because: str) -> None:
        if not self.extensions["interrupting"] and self.comes_again(my_task):
            # It may come again as long as the activity lasts, so it stays where it is.
            my_task.workflow.note(self, kind=self.waits_for, flow=self._only_flow(), because=because)
            self._run_hook(my_task)
            my_task.workflow.send_out(my_task, self.flows)
            return
        if self.extensions["interrupting"]:
            my_task.workflow.withdraw_beside(my_task)
        super().happen(my_task, because)


class ArmedStart(CatchEvent):
    """The start of an event sub-process: waits as long as the level around it lasts, and keeps it from nothing.

    "interrupting" ends everything else at that level first (BPMN 2.0, 13.5.4); otherwise it may happen again, a timer
    only if it repeats. That it happened is seen inside, where it is drawn.
    """

    seen = "never"

    def happen(self, my_task: Any, because: str) -> None:
        if self.extensions["interrupting"]:
            my_task.workflow.withdraw_others(my_task)
        elif self.comes_again(my_task):
            my_task.workflow.note(self, kind=self.waits_for, because=because)
            my_task.workflow.send_out(my_task, self.flows)
            return
        super().happen(my_task, because)


class ReceiveTask(CatchEvent):
    """Waits for a message, as an activity: it can be done several times, and can have events on its edge."""

    def tell(self, my_task: Any, flows: list[Flow]) -> None:
        """That the message came was noted when it did."""
        tell_chosen(self, my_task, flows)
