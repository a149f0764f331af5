"""The participants with whom a user works, one row for each person."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case as sql_case
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine import clock, policy, schedule
from engine.facts import DATES
from engine.models import Case, CaseAccess, CaseLane, Handover, Note, ParticipantDate, Task, User
from engine.reports.lines import left, participant_name
from engine.reports.tasks import title_of
from engine.words import Sentence


@dataclass(frozen=True)
class NextTask:
    id: uuid.UUID
    title: str | Sentence
    due_at: datetime | None
    due: schedule.Left | None


@dataclass(frozen=True)
class PersonRow:
    """A participant in a list: the next date, the user's next task, when the user last noted something.

    Who may not know whom a case is for gets one row a case, with the case's number for a name and no
    `participant_id`. `cases` are [(id, number)].
    """

    participant_id: uuid.UUID | None
    name: str
    cases: list[tuple[uuid.UUID, str]]
    next_date: tuple[Sentence, date] | None
    task: NextTask | None
    more_tasks: int
    noted_on: date | None


def my_participants(db: Session, user: User) -> list[PersonRow]:
    """The participants in whose running cases something is the user's, what presses first.

    That is: an open task, being named for a role, coordinating, or having been handed the case.
    """
    theirs = or_(
        Case.id.in_(select(Task.case_id).where(Task.owner_id == user.id, Task.status == "open")),
        Case.id.in_(select(CaseLane.case_id).where(CaseLane.user_id == user.id)),
        Case.id.in_(
            select(Handover.case_id).where(Handover.taker_id == user.id, Handover.passed_on_at.is_(None))
        ),
        Case.coordinator_id == user.id,
    )
    cases = db.scalars(
        policy.visible(user, Case).where(theirs, Case.status != "closed").order_by(Case.number)
    ).all()
    ids = [case.id for case in cases]
    named = set(db.scalars(policy.named_case_ids(user).where(CaseAccess.case_id.in_(ids))))
    together: dict[uuid.UUID, list[Case]] = {}
    for case in cases:
        together.setdefault(case.participant_id if case.id in named else case.id, []).append(case)
    tasks = _tasks(db, user, ids)
    dates = _dates(db, user, {case.participant_id for case in cases})
    noted = _noted(db, user, ids)
    rows = []
    for group in together.values():
        first = group[0]
        mine = [task for task in tasks if task.case_id in {case.id for case in group}]
        days = [noted[case.id] for case in group if case.id in noted]
        rows.append(
            (
                _pressing(mine),
                PersonRow(
                    participant_id=first.participant_id if first.id in named else None,
                    name=participant_name(db, user, first),
                    cases=[(case.id, case.number) for case in group],
                    next_date=_next_date(dates.get(first.participant_id, {}), first),
                    task=_next_task(db, mine, group),
                    more_tasks=max(0, len(mine) - 1),
                    noted_on=max(days, default=None),
                ),
            )
        )
    return [row for _, row in sorted(rows, key=lambda one: (one[0], one[1].cases[0][1]))]


def _tasks(db: Session, user: User, ids: list[uuid.UUID]) -> list[Task]:
    """The user's own open tasks in these cases: what is late first, then what must begin soonest."""
    late = sql_case((Task.due_at < clock.now(), 0), else_=1)
    return list(
        db.scalars(
            policy.visible(user, Task)
            .where(Task.owner_id == user.id, Task.status == "open", Task.case_id.in_(ids))
            .order_by(late, Task.press_at, Task.id)
        )
    )


def _dates(db: Session, user: User, people: set[uuid.UUID]) -> dict[uuid.UUID, dict[str, date]]:
    rows = db.execute(
        policy.visible(user, ParticipantDate)
        .with_only_columns(ParticipantDate.participant_id, ParticipantDate.key, ParticipantDate.on)
        .where(
            ParticipantDate.participant_id.in_(people),
            ParticipantDate.superseded_at.is_(None),
            ParticipantDate.on.is_not(None),
        )
    )
    found: dict[uuid.UUID, dict[str, date]] = {}
    for row in rows:
        found.setdefault(row.participant_id, {})[row.key] = row.on
    return found


def _noted(db: Session, user: User, ids: list[uuid.UUID]) -> dict[uuid.UUID, date]:
    """When the user last wrote down that something happened in each of these cases."""
    rows = db.execute(
        policy.visible(user, Note)
        .with_only_columns(Note.case_id, func.max(Note.happened_on))
        .where(Note.author_id == user.id, Note.case_id.in_(ids))
        .group_by(Note.case_id)
    )
    return {row[0]: row[1] for row in rows}


def _pressing(tasks: list[Task]) -> tuple[int, datetime]:
    """What a list sorts by: late first, then what must begin soonest, people without a task last."""
    if not tasks:
        return 2, clock.now()
    late = tasks[0].due_at is not None and tasks[0].due_at < clock.now()
    return (0 if late else 1), tasks[0].press_at


def _next_date(found: dict[str, date], case: Case) -> tuple[Sentence, date] | None:
    """The first of a participant's dates that lies ahead; after the release, when it was planned no longer counts."""
    today = clock.today(case.local_action.timezone)
    past = ("release_on", "earliest_release_on") if "released_on" in found else ()
    ahead = sorted((on, key) for key, on in found.items() if on >= today and key not in past)
    return (Sentence(DATES[ahead[0][1]]), ahead[0][0]) if ahead else None


def _next_task(db: Session, tasks: list[Task], cases: list[Case]) -> NextTask | None:
    if not tasks:
        return None
    task = tasks[0]
    case = next(case for case in cases if case.id == task.case_id)
    return NextTask(task.id, title_of(task), task.due_at, left(db, case, task.due_at, task.agency_id))
