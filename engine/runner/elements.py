"""What each kind of BPMN element does when a token reaches it.

SpiffWorkflow keeps the graph, the tasks and their states. What differs here, everywhere: a task exists only
once a token is there (nothing is predicted), takes no data along, and is gone when the token has left. A task
that is WAITING or STARTED therefore always is a token, and a case's tree is as small as what is open in it.
"""

# mypy: allow-subclassing-any
# SpiffWorkflow has no types, so its classes are Any.

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin

from engine.words import say

from .judging import shortened, where
from .outcome import Halt

# What is done for each of a list makes that many tasks at once; no list that people keep is longer.
MOST_ITEMS = 500
DEEPEST = 30

Flow = dict[str, Any]


class Element(BpmnSpecMixin):
    """Any element; by itself one that a token just passes through.

    `extensions` (plain JSON, kept by SpiffWorkflow's serializer) says what the diagram says: "kind", the BPMN
    name; "flows", those that leave it in the order of the file, each {"id", "to", "condition", "default"}.
    """

    def __init__(self, *args: Any, extensions: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.extensions = extensions or {}

    # When somebody who listens is told that a token is here: as it arrives, once the element acts, or never.
    seen: Literal["arriving", "acting", "never"] = "arriving"
    # Is it an event on the edge of an activity?
    on_edge = False

    @property
    def kind(self) -> str:
        return str(self.extensions.get("kind", ""))

    @property
    def flows(self) -> list[Flow]:
        return list(self.extensions.get("flows", ()))

    def leads_to(self, target: Any, flow: Flow) -> None:
        """Connect: the graph for SpiffWorkflow, the flow with what it says for us."""
        self.connect(target)
        self.extensions.setdefault("flows", []).append({**flow, "to": target.name})

    # ---- A token's life, in SpiffWorkflow's words

    def _predict(self, *_: Any, **__: Any) -> None:
        """Nothing is foreseen: stock prediction grows exponentially with gateways."""

    def _update(self, my_task: Any) -> None:
        if self.seen == "arriving":
            my_task.workflow.show("entered", self)
        if self._update_hook(my_task):
            my_task._ready()

    def _update_hook(self, my_task: Any) -> bool:
        """A token arrives. True lets it go on at once."""
        return True

    def _on_ready_hook(self, my_task: Any) -> None:
        my_task.workflow.top_workflow.queue.append(my_task)

    def _run_hook(self, my_task: Any) -> bool:
        """The token is about to go on."""
        if self.seen == "acting":
            my_task.workflow.show("entered", self)
        if self.seen != "never":
            my_task.workflow.show("left", self)
        return True

    def _on_complete(self, my_task: Any) -> None:
        """The token goes on."""
        scope, around = my_task.workflow, my_task.parent.task_spec
        if isinstance(around, Each):
            around.one_done(my_task)
            return
        if isinstance(around, Guard) and not self.on_edge:
            scope.withdraw_beside(my_task)
        try:
            flows = self.choose(my_task)
        except Halt as halt:
            chosen = scope.top_workflow.by_hand(self, halt, "choose", [flow["id"] for flow in self.flows])
            # Whatever the arrow's condition says: that is not why it was taken.
            flows = [{**flow, "condition": None} for flow in self.flows if flow["id"] == chosen]
        self.tell(my_task, flows)
        scope.pass_on(my_task, flows)

    # ---- What kinds differ in

    def choose(self, my_task: Any) -> list[Flow]:
        """The flows that the token leaves by: all of them, where none has a condition.

        An activity may have conditions on its flows (BPMN 2.0, 13.2.1): those that hold are taken, beside the ones
        without a condition; the default where none holds.
        """
        asked = [flow for flow in self.flows if flow["condition"] is not None]
        if not asked:
            return self.flows
        judge = my_task.workflow.judge
        held = [flow for flow in asked if judge.decide(my_task, flow["condition"])]
        chosen = [
            flow
            for flow in self.flows
            if (not held if flow["default"] else flow["condition"] is None or flow in held)
        ]
        if not chosen:
            raise Halt(
                "no_way_out",
                say("None of the conditions after this step holds, and no way is the default."),
            )
        return chosen

    def tell(self, my_task: Any, flows: list[Flow]) -> None:
        """Note what the case passed here, for the people who ask why it is where it is."""
        my_task.workflow.note(self, flow=flows[0]["id"] if len(flows) == 1 else None)


class Step(Element):
    """A user task, manual task or plain task: waits for a person."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.manual = True

    def _update_hook(self, my_task: Any) -> bool:
        my_task.workflow.stamp(my_task)
        return True

    def _on_ready_hook(self, my_task: Any) -> None:
        """Not queued: a person completes it."""

    def tell(self, my_task: Any, flows: list[Flow]) -> None:
        """A step done is reported as finished; only why it went on as it did is told here."""
        tell_chosen(self, my_task, flows)


# ---- Gateways


class Join(Element):
    """A gateway that may wait for tokens on its other incoming flows.

    A token waits as a task of its own that remembers where it came from, so joins are right in loops, several
    tokens may queue on one flow, and nothing depends on a clock.
    """

    seen = "acting"

    def _update_hook(self, my_task: Any) -> bool:
        if len(self._inputs) < 2:
            return True
        my_task.workflow.stamp(my_task)
        my_task._set_state(TaskState.WAITING)
        return False

    def ripe(self, tokens: list[Any]) -> bool:
        """May the gateway fire with the tokens that wait at it?"""
        raise NotImplementedError

    def fire(self, tokens: list[Any]) -> None:
        """Take the oldest token of each flow; the first of them goes on, for all of them."""
        taken: list[Any] = []
        wanted = list(self._inputs)
        for token in tokens:
            if came_from(token) in wanted:
                wanted.remove(came_from(token))
                taken.append(token)
        for token in taken[1:]:
            token.workflow.take_out(token)
        taken[0]._ready()


class ParallelGateway(Join):
    """Waits for a token on every incoming flow; sends one out on every outgoing flow."""

    def ripe(self, tokens: list[Any]) -> bool:
        missing = list(self._inputs)
        for token in tokens:
            if came_from(token) in missing:
                missing.remove(came_from(token))
        return not missing


class ExclusiveGateway(Element):
    """Sends each token out on the first flow, in the order of the file, whose condition holds."""

    def choose(self, my_task: Any) -> list[Flow]:
        default = None
        for flow in self.flows:
            if flow["default"] or flow["condition"] is None:
                default = flow
            elif my_task.workflow.judge.decide(my_task, flow["condition"]):
                return [flow]
        if default is None:
            raise Halt(
                "no_way_out",
                say("None of the conditions after this decision holds, and no way is the default."),
            )
        return [default]

    def tell(self, my_task: Any, flows: list[Flow]) -> None:
        tell_reasons(self, my_task, flows)


class InclusiveGateway(Join):
    """Sends a token out on every flow whose condition holds, and waits for those that can still arrive.

    Joining follows BPMN 2.0, 13.4.4 (activation of the inclusive gateway): it waits for a token elsewhere only
    if that token can reach an empty incoming flow and none that already has a token.
    """

    def ripe(self, tokens: list[Any]) -> bool:
        arrived = {came_from(token) for token in tokens}
        empty = set(self._inputs) - arrived
        if not empty:
            return True
        reach = self._reach()
        for other in tokens[0].workflow.tokens():
            if other.task_spec is not self:
                flows = reach.get(other.task_spec.name, frozenset())
                if flows & empty and not flows & arrived:
                    return False
        return True

    def choose(self, my_task: Any) -> list[Flow]:
        flows = self.flows
        if len(flows) == 1 and flows[0]["condition"] is None:
            return flows
        judge = my_task.workflow.judge
        asked = [flow for flow in flows if not flow["default"] and flow["condition"] is not None]
        held = [flow for flow in asked if judge.decide(my_task, flow["condition"])]
        chosen = held or [flow for flow in flows if flow["default"]]
        if not chosen:
            raise Halt(
                "no_way_out",
                say("None of the conditions after this gateway holds, and no way is the default."),
            )
        return chosen

    def tell(self, my_task: Any, flows: list[Flow]) -> None:
        tell_reasons(self, my_task, flows)

    def _reach(self) -> dict[str, frozenset[str]]:
        """Which incoming flows can be reached from an element without passing this gateway itself.

        In a loop every flow can be reached by going round through the gateway, which would tell nothing.
        """
        reach: dict[str, set[str]] = {}
        elements = self._wf_spec.task_specs
        for source in self._inputs:
            seen, ahead = {source}, [source]
            while ahead:
                for before in elements[ahead.pop()]._inputs:
                    if before not in seen and before != self.name:
                        seen.add(before)
                        ahead.append(before)
            for name in seen:
                reach.setdefault(name, set()).add(source)
        return {name: frozenset(sources) for name, sources in reach.items()}


class Guard(Element):
    """Holds an activity and the events on its edge together; not drawn, the parser puts it before them."""

    seen = "never"

    def _on_complete(self, my_task: Any) -> None:
        my_task.workflow.hold(my_task, self._outputs)


# ---- Activities with something inside


class Inside(Element):
    """A sub-process or call activity; "runs" names the pathway, or sub-process of one, that runs inside."""

    def _update_hook(self, my_task: Any) -> bool:
        scope = my_task.workflow
        if scope.depth + 1 > DEEPEST:
            message = say("Pathways call each other more than {most} levels deep here.", most=DEEPEST)
            raise Halt("depth", message, *where(self))
        my_task._set_state(TaskState.STARTED)
        called = self.extensions["runs"] if self.kind == "callActivity" else None
        scope.note(self, because=called)
        scope.top_workflow.create_subprocess(my_task, self.extensions["runs"]).task_tree.run()
        return False

    def tell(self, my_task: Any, flows: list[Flow]) -> None:
        """Noted when it was entered, but for the ways out of it."""
        tell_chosen(self, my_task, flows)


class Each(Element):
    """An activity done several times: once for each item of a list fact, or a number of times.

    "each" names the fact or "cardinality" is FEEL; "completion" is FEEL, asked after each one; "sequential".
    """

    seen = "never"

    def _update(self, my_task: Any) -> None:
        if self._update_hook(my_task):
            # Done no time at all, so nothing inside is seen.
            my_task.workflow.show("entered", self)
            my_task.workflow.show("left", self)
            my_task._ready()

    def _update_hook(self, my_task: Any) -> bool:
        try:
            items = self._items(my_task)
        except Halt as halt:
            my_task.workflow.top_workflow.by_hand(self, halt, "skip")
            items = []
        if not items:
            return True
        my_task._set_state(TaskState.STARTED)
        if self.extensions["sequential"]:
            my_task.internal_data["left"] = items[1:]
            items = items[:1]
        for item in items:
            self._begin(my_task, item)
        return False

    def one_done(self, child: Any) -> None:
        scope, my_task = child.workflow, child.parent
        scope.take_out(child)
        completion = self.extensions["completion"]
        left = my_task.internal_data.get("left")
        if completion is not None and scope.judge.decide(child, completion):
            scope.withdraw_inside(my_task)
        elif left:
            my_task.internal_data["left"] = left[1:]
            self._begin(my_task, left[0])
            return
        elif my_task.children:
            return
        my_task._ready()

    def tell(self, my_task: Any, flows: list[Flow]) -> None:
        """Its children tell, but for the ways out of it."""
        tell_chosen(self, my_task, flows)

    def _begin(self, my_task: Any, item: Any) -> None:
        self._enter(my_task, {"item": item})

    def _enter(self, my_task: Any, known: dict[str, Any]) -> None:
        my_task.workflow.top_workflow.spend()
        inner = self._wf_spec.task_specs[self.extensions["inner"]]
        child = my_task._add_child(inner, TaskState.FUTURE)
        child.internal_data.update(known)
        inner._update(child)

    def _items(self, my_task: Any) -> list[Any]:
        each, judge = self.extensions["each"], my_task.workflow.judge
        if each is not None:
            items = judge.context.values.get(each)
            if not isinstance(items, list):
                message = say("“{fact}” is not known yet, or is not a list.", fact=each)
                raise Halt("condition_failed", message, *where(self))
        else:
            count = judge.evaluate(my_task, self.extensions["cardinality"])
            if (
                isinstance(count, bool)
                or not isinstance(count, int | float)
                or count != int(count)
                or count < 0
            ):
                message = say(
                    "“{count}” is not a whole number.", count=shortened(self.extensions["cardinality"])
                )
                raise Halt("condition_failed", message, *where(self))
            if count > MOST_ITEMS:
                items = range(MOST_ITEMS + 1)
            else:
                items = range(1, int(count) + 1)
        if len(items) > MOST_ITEMS:
            raise Halt(
                "limit", say("This would be done more than {most} times.", most=MOST_ITEMS), *where(self)
            )
        return list(items)


class Again(Each):
    """An activity done again as long as a condition holds: BPMN's standard loop.

    "condition" is FEEL, asked before the first time if "test_before" says so and after each time; none always holds.
    "maximum" is how many times at the most; None leaves it to the condition.
    """

    def _update_hook(self, my_task: Any) -> bool:
        if self.extensions["test_before"] and not self._goes_on(my_task, 0):
            return True
        my_task._set_state(TaskState.STARTED)
        my_task.internal_data["times"] = 1
        self._enter(my_task, {})
        return False

    def one_done(self, child: Any) -> None:
        my_task = child.parent
        times = my_task.internal_data["times"]
        goes_on = self._goes_on(child, times)
        my_task.workflow.take_out(child)
        if goes_on:
            my_task.internal_data["times"] = times + 1
            self._enter(my_task, {})
        else:
            my_task._ready()

    def _goes_on(self, task: Any, times: int) -> bool:
        maximum, condition = self.extensions["maximum"], self.extensions["condition"]
        if maximum is not None and times >= maximum:
            return False
        return condition is None or bool(task.workflow.judge.decide(task, condition))


# ---- Shared by the above


def came_from(token: Any) -> str:
    """The element that sent a token to a join."""
    return str(token.internal_data["from"])


def tell_chosen(activity: Element, my_task: Any, flows: list[Flow]) -> None:
    """Tell which ways were taken where an activity had to choose."""
    if any(flow["condition"] is not None for flow in activity.flows):
        tell_reasons(activity, my_task, flows)


def tell_reasons(gateway: Element, my_task: Any, flows: Iterable[Flow]) -> None:
    """An entry for each flow taken, with the condition that held."""
    for flow in flows:
        because = None if flow["default"] else flow["condition"]
        my_task.workflow.note(gateway, flow=flow["id"], because=because)
