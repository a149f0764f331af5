"""The state of a case as compact JSON: its tokens and nothing else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from SpiffWorkflow import TaskState
from SpiffWorkflow.task import Task

from .course import Course
from .outcome import Context
from .plans import Plan

# One letter a state. Nothing is READY but what waits for a person, for nothing is kept while it moves;
# COMPLETED is only what still holds others together.
_LETTERS = {
    TaskState.WAITING: "w",
    TaskState.READY: "r",
    TaskState.STARTED: "s",
    TaskState.COMPLETED: "c",
}
_STATES = {letter: state for state, letter in _LETTERS.items()}

Json = dict[str, Any]


def take(course: Course) -> Json:
    """The tokens of a case that waits, without its specs, facts and past."""
    if course.ended is not None:
        return {"ended": course.ended}
    course.renumber()
    return {"count": course.count, "tokens": _tokens(course, course.task_tree)}


def restore(plan: Plan, kept: Json, context: Context) -> Course:
    """The case as it was taken. KeyError if the plan lacks an element that the case stands at."""
    course = Course(plan.main, plan.specs, context, fresh=False)
    course.ended = kept.get("ended")
    course.count = kept.get("count", 0)
    _root(course)
    _put(course, course.task_tree, kept.get("tokens", ()))
    return course


def _tokens(course: Course, parent: Any) -> list[Json]:
    return [_token(course, child) for child in parent.children]


def _token(course: Course, task: Any) -> Json:
    kept: Json = {
        "id": str(task.id),
        "at": task.task_spec.name,
        "is": _LETTERS[task.state],
        **task.internal_data,
    }
    if task._children:
        kept["holds"] = _tokens(course, task)
    inner = course.subprocesses.get(task.id)
    if inner is not None:
        kept["inside"] = _tokens(course, inner.task_tree)
    return kept


def _put(scope: Any, parent: Any, tokens: list[Json]) -> None:
    for kept in tokens:
        details = dict(kept)
        task = Task(
            scope,
            scope.spec.task_specs[details.pop("at")],
            parent,
            state=_STATES[details.pop("is")],
            id=UUID(details.pop("id")),
        )
        held, inside = details.pop("holds", ()), details.pop("inside", None)
        task.internal_data = details
        _put(scope, task, held)
        if inside is not None:
            inner = scope.top_workflow.create_subprocess(task, task.task_spec.extensions["runs"], fresh=False)
            _root(inner)
            _put(inner, inner.task_tree, inside)


def _root(scope: Any) -> None:
    scope.task_tree = Task(scope, scope.spec.start, state=TaskState.COMPLETED)
