"""What the ledger says of a case: the tasks and events that its run waits for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import runner, waiting
from engine.models import Case, Task

if TYPE_CHECKING:
    from engine.cases.running import Scene


def note_waits(scene: Scene, run: runner.Run, tasks: list[Task]) -> None:
    """Bring the ledger and the worker's job up to what the run waits for; `tasks` are those that are new or changed."""
    db, case = scene.db, scene.case
    finished = {one.id for one in run.finished}
    waited = [*map(_task_wait, tasks), *_event_waits(scene, run.waits)]
    if waiting.renew(db, case, [one for one in waited if one.run_id not in finished], ended=finished):
        asleep = case.status in ("paused", "stuck", "closed")
        waiting.wake_case(db, case, None if asleep else run.wake_at)


def refresh_waits(scene: Scene) -> None:
    """Bring the ledger up to the tasks that are open, when the run itself did not move."""
    tasks = open_tasks(scene.db, scene.case)
    waiting.renew(scene.db, scene.case, map(_task_wait, tasks), kinds=("task",))


def open_tasks(db: Session, case: Case, kind: str | None = None) -> list[Task]:
    query = select(Task).where(Task.case_id == case.id, Task.status == "open")
    return list(db.scalars(query.where(Task.kind == kind) if kind else query))


def _task_wait(task: Task) -> waiting.Waited:
    return waiting.Waited(
        run_id=task.run_id or str(task.id),
        kind="task",
        step=task.step,
        pathway=task.pathway,
        title=task.title,
        audience=task.audience,
        role=task.role,
        agency_id=task.agency_id,
        until=task.due_at,
        late_at=task.due_at or task.opened_at + waiting.UNHURRIED,
    )


def _event_waits(scene: Scene, waits: Iterable[runner.Wait]) -> Iterable[waiting.Waited]:
    for wait in waits:
        node = scene.edition.node(wait.pathway, wait.step)
        yield waiting.Waited(
            run_id=wait.id,
            kind=wait.kind,
            step=wait.step,
            pathway=wait.pathway,
            title=node.name or wait.name or wait.step,
            # An event at a step tells that the step is there, and one that waits for a condition that it does not hold.
            audience=scene.edition.awaited_by(wait.pathway, node),
            role=None,
            agency_id=None,
            until=wait.due_at,
        )
