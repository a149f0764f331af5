"""The only part that knows SpiffWorkflow: specs and state in, Run out."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from engine.errors import Conflict
from engine.words import say

from . import snapshot
from .course import Course
from .judging import where
from .outcome import Context, Due, Finished, Found, Halt, Moved, Open, Passed, Remedy, Run, Stuck, Wait, Way
from .parsing import prepare
from .plans import Plan, load

__all__ = [
    "Context",
    "Due",
    "Finished",
    "Found",
    "Moved",
    "Open",
    "Passed",
    "Plan",
    "Remedy",
    "Run",
    "Stuck",
    "Wait",
    "Way",
    "complete",
    "deliver",
    "load",
    "move_on",
    "prepare",
    "retry",
    "start",
    "waits",
    "wake",
]

log = logging.getLogger(__name__)

# What was asked of a case: ["start"], ["complete", id], ["deliver", message] or ["wake"]. What could not be
# done is kept in the state, so a state without any is one that is not stuck. Beside it stands, as "ways", what
# people decided by hand for what could not be done; once it is done, the new snapshot knows nothing of either.
Ask = list[str]
Kept = dict[str, Any]


def start(plan: Plan, context: Context) -> Run:
    """Let a new case begin."""
    return _advance(plan, {}, [], context, _course(plan, {}, context), ["start"])


def complete(plan: Plan, state: str, step_id: str, context: Context) -> Run:
    """Let the case go on after an open step was done. Raises Conflict if the step is no longer open."""
    kept, asked = _read(state)
    course = _course(plan, kept, context)
    if step_id not in _still_open(course, asked):
        raise Conflict("This step is no longer open. Somebody has completed it, or the case has moved on.")
    return _advance(plan, kept, asked, context, course, ["complete", step_id])


def deliver(plan: Plan, state: str, message: str, context: Context) -> Run:
    """Tell the case of a message. If nothing waits for it, nothing changes.

    Everything that waits for the message hears it, once. A case that is stuck keeps it until it can go on.
    """
    kept, asked = _read(state)
    course = _course(plan, kept, context)
    if not asked and not any(wait.name == message for wait in course.waits()):
        return _look(course, state)
    return _advance(plan, kept, asked, context, course, ["deliver", message])


def wake(plan: Plan, state: str, context: Context) -> Run:
    """Let every timer fire that is due now; anchored ones follow what `context` says of their dates."""
    kept, asked = _read(state)
    return _advance(plan, kept, asked, context, _course(plan, kept, context))


# A case that is stuck remembers what was asked of it, so whatever wakes it tries that again.
retry = wake


def move_on(plan: Plan, state: str, context: Context, way: Way) -> Run:
    """Try again as `retry` does, with what somebody decided by hand at the element where the diagram cannot decide.

    A case that gets stuck again further on remembers the decision. Raises Conflict if the case does not wait for it.
    """
    kept, asked = _read(state)
    kept = {**kept, "ways": [*kept.get("ways", ()), [way.step, way.pathway, way.flow]]}
    course = _course(plan, kept, context)
    run = _advance(plan, kept, asked, context, course)
    if way in course.ways:
        raise Conflict("This case does not wait for that decision any more. Look at it again.")
    return run


def waits(plan: Plan, state: str, context: Context) -> tuple[Wait, ...]:
    """The events that the case waits for, without letting it move."""
    return _course(plan, _read(state)[0], context).waits()


def _advance(
    plan: Plan, kept: Kept, asked: list[Ask], context: Context, course: Course, new: Ask | None = None
) -> Run:
    """Do what was asked of the case, one thing after the other, until all is done or one thing gets stuck.

    `asked` is what an earlier advance could not do; the caller knows of that already. What `new` asks is new.
    """
    before = _still_open(course, asked)
    passed: list[Passed] = []
    left = [*asked, *([new] if new else [])] or [["wake"]]
    stuck, heard = None, False
    for ask in left:
        known = dict(context.values)
        try:
            heard = _do(course, ask)
            course.settle()
        except Exception as error:
            stuck = _stuck(course, error)
            _forget(context, known)
            course = _course(plan, kept, context)
            break
        passed += course.passed
        if context.listen is not None:
            for one in course.moved:
                context.listen(one)
        kept, left = snapshot.take(course), left[1:]
        if left:
            course = _course(plan, kept, context)
    after = _still_open(course, left)
    due = [] if stuck else [wait.due_at for wait in course.waits() if wait.due_at]
    return Run(
        state=_write(kept, left),
        open=tuple(after.values()),
        opened=tuple(one for id_, one in after.items() if id_ not in before),
        finished=tuple(
            Finished(id_, one.step, one.pathway, "done" if new == ["complete", id_] else "withdrawn")
            for id_, one in before.items()
            if id_ not in after
        ),
        waits=course.waits(),
        passed=tuple(passed),
        wake_at=min(due, default=None),
        ended=course.ended,
        stuck=stuck,
        caught=heard or (new is not None and new[0] == "deliver" and new in left),
    )


def _forget(context: Context, known: Mapping[str, Any]) -> None:
    """Take back what tables found on the way to where the case got stuck."""
    if context.values != known:
        context.values.clear()
        context.values.update(known)


def _look(course: Course, state: str) -> Run:
    """The case as it is."""
    due = [wait.due_at for wait in course.waits() if wait.due_at]
    return Run(
        state, course.opened(), waits=course.waits(), wake_at=min(due, default=None), ended=course.ended
    )


def _course(plan: Plan, kept: Kept, context: Context) -> Course:
    begun = kept.keys() - {"ways"}
    course = snapshot.restore(plan, kept, context) if begun else Course(plan.main, plan.specs, context)
    course.ways = [Way(*way) for way in kept.get("ways", ())]
    return course


def _still_open(course: Course, asked: list[Ask]) -> dict[str, Open]:
    """The open steps by id, without those that somebody has done and that only wait for a repair."""
    return {one.id: one for one in course.opened() if ["complete", one.id] not in asked}


def _do(course: Course, ask: Ask) -> bool:
    """Did anything wait for the message, if it was one?"""
    match ask:
        case ["start"]:
            course.begin()
        case ["complete", step_id]:
            course.complete(step_id)
        case ["deliver", message]:
            return course.deliver(message)
    return False


def _stuck(course: Course, error: Exception) -> Stuck:
    """What went wrong, and at which element."""
    step, pathway = where(course.running.task_spec) if course.running else ("", course.spec.name)
    if isinstance(error, Halt):
        return Stuck(error.code, error.step or step, error.pathway or pathway, error.message, error.remedy)
    # Neither the sentence nor the log repeats the exception's own words: they may hold addresses or answers.
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    code = place and f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
    log.error("a case got stuck at %s of %s: %s in %s", step, pathway, type(error).__name__, code)
    message = say(
        "Something went wrong inside the program that runs the diagrams. It has been written to the log."
    )
    return Stuck("internal", step, pathway, message)


def _read(state: str) -> tuple[Kept, list[Ask]]:
    kept: Kept = json.loads(state)
    return kept, kept.pop("asked", [])


def _write(kept: Kept, asked: list[Ask]) -> str:
    kept = {**kept, "asked": asked} if asked else kept
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
