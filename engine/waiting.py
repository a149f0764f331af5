"""The ledger: whom each open case waits for, since when, until when."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from engine import clock, store
from engine.models import Case, Job, Wait

# Where a step has no deadline, it is something to be done within two weeks.
UNHURRIED = timedelta(days=14)


@dataclass(frozen=True)
class Waited:
    """One thing that a case waits for now. `kind`: task, timer or message.

    `run_id` names it as long as it lasts; `role` and `agency_id` are whose turn it is, None for a date or an event.
    `late_at` is when a task begins to wait too long.
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
    late_at: datetime | None = None


AT_A_TIME = 500
KINDS = ("task", "timer", "message")


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
    over = _ALL_OVER if ended is None else _OVER
    gone = db.scalars(
        over,
        {
            "case": case.id,
            "kinds": kinds,
            "waited_for": list(wanted),
            "now": now,
            **({} if ended is None else {"ended": list(ended)}),
        },
    ).all()
    if wanted:
        db.execute(_insert_or_renew(store.dialect(db)), [_row(case, one, now) for one in wanted.values()])
    return "timer" in gone or any(one.kind == "timer" for one in wanted.values())


# Written once: a statement that is written anew each time costs more than the database needs to answer it.
_ALL_OVER = (
    update(Wait)
    .where(
        Wait.case_id == bindparam("case"),
        Wait.ended_at.is_(None),
        Wait.kind.in_(bindparam("kinds", expanding=True)),
        Wait.run_id.not_in(bindparam("waited_for", expanding=True)),
    )
    .values(ended_at=bindparam("now", type_=Wait.ended_at.type))
    .returning(Wait.kind)
    .execution_options(synchronize_session=False)
)
_OVER = _ALL_OVER.where(or_(Wait.kind != "task", Wait.run_id.in_(bindparam("ended", expanding=True))))


@lru_cache(maxsize=2)
def _insert_or_renew(dialect: str) -> Any:
    """What waits already keeps its row, and is written again only where something of it is another."""
    new = store.insert(dialect)(Wait)
    told = [Wait.until, Wait.late_at, Wait.agency_id, Wait.role]
    return new.on_conflict_do_update(
        index_elements=[Wait.case_id, Wait.run_id],
        index_where=Wait.ended_at.is_(None),
        set_={column.key: new.excluded[column.key] for column in told},
        where=or_(*(column.is_distinct_from(new.excluded[column.key]) for column in told)),
    )


def _row(case: Case, one: Waited, since: datetime) -> dict[str, Any]:
    return {"case_id": case.id, "since": since, **vars(one)}


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
