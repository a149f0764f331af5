"""The course of one case: its tokens, and how they move until all of them wait."""

# mypy: allow-subclassing-any
# SpiffWorkflow has no types, so its classes are Any.

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow

from engine.words import say

from . import timing
from .elements import ArmedStart, CatchEvent, Each, EventGateway, Guard, Join, Step
from .judging import Judge, item_of, where
from .outcome import Context, Found, Halt, Moved, Open, Passed, Remedy, Wait, Way

# So many automatic steps at one level of a case, without anything that waits in between, are a loop without
# an end; so many at all levels together are more than one click can be made to wait for.
MOST_STEPS = 1_000
MOST_STEPS_IN_ALL = 10_000
# What a person can decide instead of the diagram. A loop without an end or a limit is no question to answer.
DECIDABLE = ("condition_failed", "no_way_out")


class Scope:
    """One level of a case: a pathway, an embedded sub-process or a called pathway."""

    spec: Any
    tasks: dict[Any, Any]
    task_tree: Any
    top_workflow: Any

    # The sub-process or call activity that this level runs inside; none for the case's own pathway.
    holder: Any = None
    steps = 0

    @property
    def judge(self) -> Judge:
        judge: Judge = self.top_workflow.script_engine
        return judge

    def _task_completed_notify(self, task: Any) -> None:
        """The stock one searches the whole tree after every task; here tokens report for themselves."""

    # ---- Tokens

    def tokens(self) -> Iterator[Any]:
        """Everything at this level that is waited for or about to run."""
        return (task for task in self.tasks.values() if task.state < TaskState.COMPLETED)

    def send_out(self, task: Any, flows: Iterable[Mapping[str, Any]]) -> None:
        """New tokens on some flows of `task`."""
        for flow in flows:
            self._enter(flow["to"], self.task_tree, task.task_spec.name)

    def pass_on(self, task: Any, flows: Iterable[Mapping[str, Any]]) -> None:
        """The token of `task` goes on along `flows`; with none it ends here, and perhaps the scope with it."""
        self.send_out(task, flows)
        self.take_out(task)
        if not self._is_busy():
            for armed in list(self.task_tree.children):
                self.withdraw(armed)
            self.close(task)

    def _is_busy(self) -> bool:
        """Is anything at this level but its root and what only waits to begin?"""
        if len(self.tasks) == 1:
            return False
        return any(not isinstance(child.task_spec, ArmedStart) for child in self.task_tree.children)

    def hold(self, task: Any, names: Iterable[str]) -> None:
        """Put tokens on elements that belong together, under `task`, which stays until the last is gone."""
        for name in names:
            self._enter(name, task, task.task_spec.name)

    def _enter(self, name: str, parent: Any, sender: str) -> None:
        task = parent._add_child(self.spec.task_specs[name], TaskState.FUTURE)
        if isinstance(task.task_spec, Join):
            task.internal_data["from"] = sender
        task.task_spec._update(task)

    def stamp(self, task: Any) -> None:
        """Note when a token began to wait: the moment for people, the number for the order of things."""
        top = self.top_workflow
        top.count += 1
        task.internal_data["number"] = top.count
        task.internal_data["since"] = top.context.now.isoformat()

    # ---- Ends

    def take_out(self, task: Any) -> None:
        """Remove a token that has moved on, and whatever held it if it was the last."""
        parent = task.parent
        self.tasks.pop(task.id, None)
        parent._children.remove(task.id)
        if isinstance(parent.task_spec, Guard | EventGateway) and not parent._children:
            self.take_out(parent)

    def withdraw(self, task: Any) -> None:
        """End a token and everything inside it, however deep."""
        task.parent._children.remove(task.id)
        top, ending = self.top_workflow, [task]
        while ending:
            one = ending.pop()
            ending.extend(one.children)
            if one.id in top.subprocesses:
                ending.append(top.subprocesses.pop(one.id).task_tree)
            one.workflow.tasks.pop(one.id, None)
            if one.state < TaskState.COMPLETED and one.task_spec.seen == "arriving":
                self.show("cancelled", one.task_spec)
            one._set_state(TaskState.CANCELLED)

    def withdraw_inside(self, task: Any) -> None:
        for child in task.children:
            self.withdraw(child)

    def withdraw_beside(self, task: Any) -> None:
        """End what is held together with `task`."""
        for child in task.parent.children:
            if child is not task:
                self.withdraw(child)

    def withdraw_others(self, task: Any) -> None:
        """End everything else at this level."""
        for child in list(self.task_tree.children):
            if child is not task:
                self.withdraw(child)

    def throw(self, task: Any, thrown: Mapping[str, Any]) -> None:
        """Let the nearest event around `task` that catches what is thrown happen.

        What is thrown in an event sub-process goes past the level that it belongs to. Raises Halt for an error that
        nothing catches.
        """
        scope, past = self, False
        while True:
            holder = scope.holder
            for near in ([] if past else scope.task_tree.children, _edges(holder) if holder else []):
                fits = [
                    one
                    for one in near
                    if isinstance(one.task_spec, CatchEvent) and one.task_spec.catches(thrown)
                ]
                if fits:
                    # One that names what it catches comes before one that catches everything.
                    caught = min(fits, key=lambda one: one.task_spec.extensions["catches"]["code"] is None)
                    caught.task_spec.happen(caught, thrown["code"])
                    return
            if holder is None:
                break
            past, scope = bool(holder.task_spec.extensions.get("handles")), holder.workflow
        if thrown["kind"] == "error":
            raise Halt(
                "no_way_out", say("Nothing catches the error with which this ends."), *where(task.task_spec)
            )

    def close(self, last: Any) -> None:
        """The last token has ended, at `last`."""
        raise NotImplementedError

    def note(
        self,
        element: Any,
        *,
        kind: str | None = None,
        flow: str | None = None,
        because: str | None = None,
        found: Found | None = None,
    ) -> None:
        step, pathway = where(element)
        self.top_workflow.passed.append(Passed(step, pathway, kind or element.kind, flow, because, found))

    def show(self, event: Literal["entered", "left", "cancelled"], element: Any) -> None:
        """Tell of a move, if anybody listens."""
        top = self.top_workflow
        if top.context.listen is not None:
            top.moved.append(Moved(event, *where(element)))


class Inner(Scope, BpmnSubWorkflow):
    """What runs inside a sub-process or call activity."""

    def __init__(self, spec: Any, holder: Any, fresh: bool) -> None:
        self.holder = holder
        top = holder.workflow.top_workflow
        super().__init__(spec, parent_task_id=holder.id, top_workflow=top, deserializing=not fresh)

    @property
    def parent_workflow(self) -> Any:
        """The stock one searches every level for the holder."""
        return self.holder.workflow

    def close(self, last: Any) -> None:
        del self.top_workflow.subprocesses[self.holder.id]
        self.holder._ready()


class Course(Scope, BpmnWorkflow):
    """The case itself. `specs` are the scopes' specs by name, `main` the pathway that it follows."""

    def __init__(self, main: str, specs: Mapping[str, Any], context: Context, fresh: bool = True) -> None:
        self.queue: deque[Any] = deque()
        self.passed: list[Passed] = []
        self.moved: list[Moved] = []
        self.ended: str | None = None
        self.count = 0
        self.spent = 0
        self.running: Any = None
        # What people decided by hand for this advance, each once.
        self.ways: list[Way] = []
        self.context = context
        super().__init__(specs[main], specs, script_engine=Judge(context), deserializing=not fresh)

    def create_subprocess(self, my_task: Any, spec_name: str, fresh: bool = True) -> Inner:
        inner = self.subprocesses[my_task.id] = Inner(self.subprocess_specs[spec_name], my_task, fresh)
        return inner

    def close(self, last: Any) -> None:
        self.ended = str(last.task_spec.bpmn_id)

    # ---- What makes a case move

    def begin(self) -> None:
        self.task_tree.run()

    def complete(self, step_id: str) -> None:
        for task in self._open():
            if str(task.id) == step_id:
                self.running = task
                task.run()
                return
        raise Halt("internal", say("A step that was done is no longer there."))

    def deliver(self, message: str) -> bool:
        """Everything that waits for the message now hears it, once. Did anything?"""
        found = False
        for task in self._waiting():
            heard = task.task_spec.extensions.get("message") == message
            if heard and task.state == TaskState.WAITING:
                self.running = task
                task.task_spec.happen(task, message)
                found = True
        return found

    def settle(self) -> None:
        """Let everything happen that happens by itself, until the case waits or has ended. Raises Halt."""
        self._run_queue()
        while self.ended is None and (self._fire_join() or self._fire_timer()):
            self._run_queue()
        if self.ended is None and not self._open() and not self._waiting():
            self._stand_still()

    def _run_queue(self) -> None:
        while self.queue:
            task = self.queue.popleft()
            if task.state != TaskState.READY:
                continue  # taken back meanwhile
            self.running = task
            scope = task.workflow
            scope.steps += 1
            if scope.steps > MOST_STEPS:
                raise Halt("endless", say("The case goes round here for ever, without waiting for anybody."))
            self.spend()
            task.run()

    def spend(self) -> None:
        """Count something that happens by itself."""
        self.spent += 1
        if self.spent > MOST_STEPS_IN_ALL:
            raise Halt("limit", say("Too much would happen at once here."))

    def learn(self, facts: Mapping[str, Any]) -> None:
        """What a table has found is known from here on."""
        self.context.values.update(facts)

    def by_hand(self, element: Any, halt: Halt, remedy: Remedy, flows: Sequence[str | None] = (None,)) -> Any:
        """The one of `flows` that somebody chose where the diagram gave up. Raises `halt` where nobody did.

        Only asked then: what the conditions can decide, they decide.
        """
        if halt.code in DECIDABLE:
            halt.remedy = remedy
            step, pathway = where(element)
            for way in self.ways:
                if (way.step, way.pathway) == (step, pathway) and way.flow in flows:
                    self.ways.remove(way)
                    return way.flow
        raise halt

    def _fire_join(self) -> bool:
        """The join that has waited longest of those that may fire. Asked only when nothing else moves: an
        inclusive gateway cannot know before what may still arrive."""
        gathered: dict[Any, list[Any]] = {}
        for token in self._tokens(Join):
            gathered.setdefault((token.workflow, token.task_spec), []).append(token)
        for tokens in gathered.values():
            gateway = tokens[0].task_spec
            if gateway.ripe(tokens):
                gateway.fire(tokens)
                return True
        return False

    def _fire_timer(self) -> bool:
        """The timer that is due longest."""
        due = []
        for order, task in enumerate(self._waiting()):
            try:
                at = self.due_at(task)
            except Halt as halt:
                self.by_hand(task.task_spec, halt, "now")
                due = [(self.context.now, order, task)]
                break
            if at is not None and at <= self.context.now:
                due.append((at, order, task))
        if not due:
            return False
        self.spend()
        at, _, task = min(due)
        self.running = task
        task.task_spec.happen(task, at.isoformat())
        return True

    def _stand_still(self) -> None:
        """Tokens wait at joins for others that will never come."""
        step, pathway = where(next(self._tokens(Join)).task_spec)
        message = say("This gateway waits for a branch that nobody is on any more.")
        raise Halt("no_way_out", message, step, pathway)

    # ---- What a case looks like

    def opened(self) -> tuple[Open, ...]:
        return tuple(
            Open(str(task.id), *where(task.task_spec), item_of(task)[1], since(task)) for task in self._open()
        )

    def renumber(self) -> None:
        """Count the tokens that wait anew, in the same order, so that the numbers do not grow with the years."""
        self.count = 0
        for task in self._tokens(Step | Join | CatchEvent):
            self.count += 1
            task.internal_data["number"] = self.count

    def waits(self) -> tuple[Wait, ...]:
        return tuple(self._wait(task) for task in self._waiting())

    def due_at(self, task: Any) -> datetime | None:
        """When a waiting event is due; None for messages and unknown dates. Raises Halt."""
        timer = task.task_spec.extensions.get("timer")
        if timer is None:
            return None
        try:
            return timing.due_at(timer, since(task), self.context, fired(task))
        except (ValueError, OverflowError) as error:
            message = say("The moment of this timer cannot be worked out.")
            raise Halt("condition_failed", message, *where(task.task_spec)) from error

    def _wait(self, task: Any) -> Wait:
        spec = task.task_spec
        try:
            at = self.due_at(task)
        except Halt:
            at = None  # said when the case moves
        return Wait(str(task.id), *where(spec), spec.waits_for, spec.extensions.get("message"), at)

    def _open(self) -> list[Any]:
        return list(self._tokens(Step))

    def _waiting(self) -> list[Any]:
        """The events that come from outside: what is thrown inside the case waits for nobody."""
        return [token for token in self._tokens(CatchEvent) if "catches" not in token.task_spec.extensions]

    def _tokens(self, kind: Any) -> Iterator[Any]:
        """The tokens on one kind of element, at every level, oldest first."""
        scopes = (self, *self.subprocesses.values())
        found = (token for scope in scopes for token in scope.tokens() if isinstance(token.task_spec, kind))
        return iter(sorted(found, key=lambda token: token.internal_data["number"]))


def _edges(task: Any) -> list[Any]:
    """The events on the edge of an activity, also while it is one of several times that it is done."""
    while isinstance(task.parent.task_spec, Each):
        task = task.parent
    return list(task.parent.children) if isinstance(task.parent.task_spec, Guard) else []


def fired(task: Any) -> int:
    """How often a timer that repeats has happened already."""
    return int(task.internal_data.get("fired", 0))


def since(task: Any) -> datetime:
    """When a token began to wait."""
    return datetime.fromisoformat(task.internal_data["since"])
