"""The ledger: whom each open case waits for, since when, until when."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.models import Case, Job, Wait

# Where a step has no deadline, it is something to be done within two weeks.
UNHURRIED = timedelta(days=14)


@dataclass(frozen=True)
class Waited:
    """One thing that a case waits for now. `kind`: task, timer, message, signal or condition.

    `run_id` names it as long as it lasts; `role` and `agency_id` are whose turn it is, None for a date or an event.
    """

    run_id: str
    kind: str
    step: str | None
    pathway: str | None
    title: str | None
    audience: str
    role: str | None
    agency_id: uuid.UUID | None
    until: datetime | None


AT_A_TIME = 500
KINDS = ("task", "timer", "message", "signal", "condition")
# What happens when its time comes; a condition may look at the day.
TIMED = ("timer", "condition")


def renew(
    db: Session,
    case: Case,
    waited: Iterable[Waited],
    kinds: tuple[str, ...] = KINDS,
    ended: Collection[str] | None = None,
) -> bool:
    """Make the ledger of `case` say exactly what it waits for now, of these `kinds`; what ended stays as history.

    With `ended`, the run ids of tasks that nobody waits for any more: of the tasks only these end, and `waited` needs
    to name only those that are new or changed. Says whether the case waits, or waited until now, for a moment.
    """
    now = clock.now()
    wanted = {one.run_id: one for one in waited}
    timed = any(one.kind in TIMED for one in wanted.values())
    open_rows = db.scalars(
        select(Wait).where(Wait.case_id == case.id, Wait.ended_at.is_(None), Wait.kind.in_(kinds))
    )
    for row in open_rows:
        timed = timed or row.kind in TIMED
        one = wanted.pop(row.run_id, None)
        if one is None:
            if ended is None or row.kind != "task" or row.run_id in ended:
                row.ended_at = now
        else:
            row.until, row.agency_id, row.role = one.until, one.agency_id, one.role
            row.late_at = _late_at(one, row.since)
    db.add_all(
        Wait(
            case_id=case.id,
            run_id=one.run_id,
            kind=one.kind,
            step=one.step,
            pathway=one.pathway,
            title=one.title,
            audience=one.audience,
            role=one.role,
            agency_id=one.agency_id,
            since=now,
            until=one.until,
            late_at=_late_at(one, now),
        )
        for one in wanted.values()
    )
    return timed


def replan_place(db: Session, local_action_id: uuid.UUID) -> None:
    """Have the worker plan every open case of a local action anew: its days or its parameters have changed."""
    set_anew(db, [(f"replan_place:{local_action_id}", "replan_place", {"place": str(local_action_id)})])


def replan_cases(db: Session, case_ids: Sequence[uuid.UUID]) -> None:
    """Have the worker plan these cases anew, each in a transaction of its own: one that fails stops no other."""
    set_anew(db, [(f"replan:{case_id}", "replan", {"case": str(case_id)}) for case_id in case_ids])


def set_anew(db: Session, wanted: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
    """Jobs (key, kind, payload) to be done now, once each; one that is just being done is done again afterwards."""
    for start in range(0, len(wanted), AT_A_TIME):
        some = wanted[start : start + AT_A_TIME]
        there = db.scalars(
            select(Job).where(Job.dedup_key.in_([key for key, _, _ in some])).with_for_update()
        )
        known = {job.dedup_key: job for job in there}
        for key, kind, payload in some:
            job = known.get(key)
            if job is None:
                db.add(Job(kind=kind, payload=payload, dedup_key=key, run_at=clock.now()))
                continue
            job.state, job.run_at, job.attempts = "ready", clock.now(), 0
            job.lease_token, job.lease_until = None, None


def _late_at(one: Waited, since: datetime) -> datetime | None:
    return (one.until or since + UNHURRIED) if one.kind == "task" else None


def wake_case(db: Session, case: Case, at: datetime | None) -> None:
    """Have the worker look at `case` at the moment `at`, and no longer at the moment set before. None: not at all.

    A case has one job row. Setting it anew also takes it from a worker that holds it just now: that worker's work
    is then undone and done again with what is true by then.
    """
    job = db.scalar(select(Job).where(Job.dedup_key == f"timers:{case.id}").with_for_update())
    if job is None:
        if at is not None:
            db.add(
                Job(kind="timers", payload={"case": str(case.id)}, dedup_key=f"timers:{case.id}", run_at=at)
            )
        return
    if at is None:
        job.state = "done"
    else:
        job.state, job.run_at, job.attempts = "ready", at, 0
    job.lease_token, job.lease_until = None, None
