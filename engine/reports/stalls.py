"""Where cases wait: every open case in exactly one state, counted and listed by the same rule."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session, joinedload

from engine import agencies, clock, library, policy, schedule
from engine.errors import NotFound
from engine.models import (
    Agency,
    Case,
    LocalAction,
    ParticipantDate,
    Pathway,
    Task,
    User,
    Version,
    Wait,
)
from engine.reports.lines import left, name_for, participant_name
from engine.words import N_, Sentence

# The states of an open case, as a manager reads them. A case that needs repair or is paused is nothing else; else it
# waits too long as soon as one of its open steps does; else it is as planned while a step is open or a date is ahead.
STATES = {
    "stalled": N_("Waiting too long"),
    "planned": N_("As planned"),
    "paused": N_("Paused"),
    "nobody": N_("Nobody’s turn"),
    "stuck": N_("Needs repair"),
}
# In how many weeks the release lies, or what else is known of it.
WINDOWS = {
    "4": N_("Within 4 weeks"),
    "12": N_("Within 12 weeks"),
    "26": N_("Within 26 weeks"),
    "past": N_("Released, or the date has passed"),
    "unknown": N_("Date not known"),
}
# So long without a meeting or a call is worth a look, however green every step is.
UNMET = timedelta(weeks=5)
SIZE = 25


@dataclass(frozen=True)
class Chosen:
    """Which cases are meant; None: all. `step` is "pathway/step", `unmet` those with whom nobody has spoken lately."""

    state: str | None = None
    pathway: str | None = None
    step: str | None = None
    agency: uuid.UUID | None = None
    local_action: uuid.UUID | None = None
    worker: uuid.UUID | None = None
    release: str | None = None
    unmet: bool = False


@dataclass(frozen=True)
class Question:
    """What the reader asked a desk that has an open step in the case; `answered_at` is None while nobody answered."""

    task_id: uuid.UUID
    agency: str
    asked_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class StallRow:
    """A case with what it waits for first, of what the reader may know of; `more` steps are open beside it.

    `who` and what follows are None where nothing is open that the reader may know of. `contact_on` and `unmet` are
    told only to who sees into the case. `asked`: what the reader asked last. `may` is, for each verb, None or the
    reason against it.
    """

    id: uuid.UUID
    number: str
    participant: str
    pathway_name: str
    state: str
    status: str
    coordinator: str | None
    release_on: date | None
    released_on: date | None
    moved_at: datetime
    told_contact: bool
    contact_on: date | None
    unmet: bool
    who: str | None
    step: str | Sentence | None
    since: datetime | None
    due_at: datetime | None
    due: schedule.Left | None
    more: int
    task_id: uuid.UUID | None
    owner: str | None
    phone: str | None
    asked: Question | None
    may: Mapping[str, str | None]


@dataclass(frozen=True)
class Stalls:
    """A page of rows, and how many cases of each state there are; no counts where one worker's cases are meant."""

    rows: list[StallRow]
    next: str | None
    counts: Mapping[str, int] | None


@dataclass(frozen=True)
class Choices:
    """What the list can be narrowed to: [(value, words)] of what is open now and the reader may know of."""

    pathway: list[tuple[str, str]]
    step: list[tuple[str, str]]
    agency: list[tuple[str, str]]
    local_action: list[tuple[str, str]]
    worker: list[tuple[str, str]]


def stalls(db: Session, user: User, chosen: Chosen, *, after: str | None = None, size: int = SIZE) -> Stalls:
    """The cases that are `chosen`, the longest over its limit first, and the counts of all states.

    `after` is the `next` of the page before. Raises Refused for who tracks no cases, NotFound for a worker of others.
    """
    policy.check(user, "track_cases")
    if chosen.worker is not None and chosen.worker not in {one.id for one in agencies.colleagues(db, user)}:
        raise NotFound("We cannot find that colleague.")
    now = clock.now()
    places = _places(user, chosen, now).subquery()
    found = select(places.c.id, places.c.number, places.c.state, places.c.over_at)
    if chosen.state:
        found = found.where(places.c.state == chosen.state)
    found = found.where(_further(places.c.over_at, places.c.number, after))
    page = db.execute(
        found.order_by(places.c.over_at.is_(None), places.c.over_at, places.c.number).limit(size + 1)
    ).all()
    shown = page[:size]
    rows = _rows(db, user, {row.id: row.state for row in shown}, now)
    last = shown[-1] if len(page) > size else None
    return Stalls(
        rows=rows,
        next=f"{last.over_at.isoformat() if last.over_at else ''}_{last.number}" if last else None,
        counts=None if chosen.worker else state_counts(db, user, chosen),
    )


def state_counts(db: Session, user: User, chosen: Chosen) -> dict[str, int]:
    """How many of the `chosen` cases are in each state."""
    places = _places(user, replace(chosen, state=None), clock.now()).subquery()
    cases = func.count().label("cases")
    counted = {
        row.state: row.cases for row in db.execute(select(places.c.state, cases).group_by(places.c.state))
    }
    return {state: counted.get(state, 0) for state in STATES}


def stall_choices(db: Session, user: User) -> Choices:
    """What the reader can narrow the list to."""
    policy.check(user, "track_cases")
    cases = policy.visible(user, Case).where(Case.status != "closed")
    pathways = db.execute(
        cases.join(Version, Version.id == Case.version_id)
        .join(Pathway, Pathway.id == Version.pathway_id)
        .with_only_columns(Pathway.key, Pathway.name)
        .distinct()
        .order_by(Pathway.name)
    )
    places = db.execute(
        cases.join(LocalAction, LocalAction.id == Case.local_action_id)
        .with_only_columns(LocalAction.id, LocalAction.name)
        .distinct()
        .order_by(LocalAction.name)
    )
    waits = db.execute(
        policy.visible(user, Wait)
        .join(Agency, Agency.id == Wait.agency_id)
        .where(Wait.ended_at.is_(None), Wait.kind == "task")
        .with_only_columns(Wait.pathway, Wait.step, Wait.title, Wait.agency_id, Agency.name)
        .distinct()
        .order_by(Wait.title)
    ).all()
    return Choices(
        pathway=[(row.key, row.name) for row in pathways],
        step=list({f"{row.pathway}/{row.step}": row.title for row in waits if row.step}.items()),
        agency=sorted({str(row.agency_id): row.name for row in waits}.items(), key=lambda one: one[1]),
        local_action=[(str(row.id), row.name) for row in places],
        worker=[(str(one.id), one.name) for one in agencies.colleagues(db, user)],
    )


# ---- the rule


def _places(user: User, chosen: Chosen, now: datetime) -> Select[Any]:
    """Every open case that is chosen, with its state and since when it is over its limit: (id, number, state, over_at).

    The state is told by what the reader may know of: a step that is hidden from them makes no case late for them.
    """
    first = (
        policy.visible(user, Wait)
        .where(Wait.ended_at.is_(None), Wait.kind == "task")
        .with_only_columns(Wait.case_id, func.min(Wait.late_at).label("late_at"))
        .group_by(Wait.case_id)
        .subquery()
    )
    moves = Case.status.in_(("open", "follow_up"))
    return (
        policy.visible(user, Case)
        .outerjoin(first, first.c.case_id == Case.id)
        .where(Case.status != "closed", Case.id.in_(policy.case_ids(user, policy.HEADER)))
        .where(*_narrowed(user, chosen, now))
        .with_only_columns(
            Case.id,
            Case.number,
            state_of(first.c.late_at, now).label("state"),
            sql_case((moves, first.c.late_at)).label("over_at"),
        )
    )


def state_of(late_at: Any, now: datetime) -> ColumnElement[str]:
    """The state of a case as SQL; `late_at` is the column with when the first of its open steps is late."""
    turn = exists().where(
        Wait.case_id == Case.id, Wait.ended_at.is_(None), or_(Wait.kind == "task", Wait.until.is_not(None))
    )
    return sql_case(
        (Case.status == "stuck", "stuck"),
        (Case.status == "paused", "paused"),
        (late_at < now, "stalled"),
        (turn, "planned"),
        else_="nobody",
    )


def _narrowed(user: User, chosen: Chosen, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    waits = policy.visible(user, Wait).where(Wait.ended_at.is_(None)).with_only_columns(Wait.case_id)
    if chosen.pathway:
        versions = select(Version.id).join(Version.pathway).where(Pathway.key == chosen.pathway)
        found.append(Case.version_id.in_(versions))
    if chosen.step:
        pathway, _, step = chosen.step.partition("/")
        found.append(Case.id.in_(waits.where(Wait.pathway == pathway, Wait.step == step)))
    if chosen.agency:
        found.append(Case.id.in_(waits.where(Wait.agency_id == chosen.agency, Wait.kind == "task")))
    if chosen.local_action:
        found.append(Case.local_action_id == chosen.local_action)
    if chosen.worker:
        theirs = policy.visible(user, Task).where(Task.owner_id == chosen.worker, Task.status == "open")
        found.append(Case.id.in_(theirs.with_only_columns(Task.case_id)))
    if chosen.release:
        found.append(_release(user, chosen.release, now.date()))
    if chosen.unmet:
        found += [_unmet(now), Case.id.in_(policy.case_ids(user, policy.CONTENT))]
    return found


def _unmet(now: datetime) -> ColumnElement[bool]:
    """Nobody has met or spoken with the participant for long, or ever since the case was opened."""
    since = now - UNMET
    never = and_(Case.contact_on.is_(None), Case.opened_at < since)
    return or_(Case.contact_on < since.date(), never)


def _release(user: User, window: str, today: date) -> ColumnElement[bool]:
    said = (
        policy.visible(user, ParticipantDate)
        .where(ParticipantDate.superseded_at.is_(None), ParticipantDate.on.is_not(None))
        .with_only_columns(ParticipantDate.participant_id)
    )
    released = Case.participant_id.in_(said.where(ParticipantDate.key == "released_on"))
    planned = said.where(ParticipantDate.key == "release_on")
    if window == "unknown":
        return and_(~released, Case.participant_id.not_in(planned))
    if window == "past":
        return or_(released, Case.participant_id.in_(planned.where(ParticipantDate.on < today)))
    until = today + timedelta(weeks=int(window))
    ahead = planned.where(ParticipantDate.on >= today, ParticipantDate.on <= until)
    return and_(~released, Case.participant_id.in_(ahead))


def _further(over_at: Any, number: Any, after: str | None) -> ColumnElement[bool]:
    """What comes after the last row of the page before, in the order of the list."""
    if not after:
        return true()
    moment, _, last = after.partition("_")
    if not moment:
        return and_(over_at.is_(None), number > last)
    try:
        reached = datetime.fromisoformat(moment)
    except ValueError:
        raise NotFound() from None
    return or_(over_at > reached, and_(over_at == reached, number > last), over_at.is_(None))


# ---- the rows


def _rows(db: Session, user: User, states: Mapping[uuid.UUID, str], now: datetime) -> list[StallRow]:
    cases = {
        case.id: case
        for case in db.scalars(
            policy.visible(user, Case).where(Case.id.in_(states)).options(joinedload(Case.coordinator))
        )
    }
    waits: dict[uuid.UUID, list[Wait]] = {}
    for wait in db.scalars(
        policy.visible(user, Wait)
        .where(Wait.case_id.in_(states), Wait.ended_at.is_(None), Wait.kind == "task")
        .options(joinedload(Wait.agency))
        .order_by(Wait.late_at, Wait.since)
    ):
        waits.setdefault(wait.case_id, []).append(wait)
    firsts = [found[0].run_id for found in waits.values()]
    tasks = {
        task.run_id or str(task.id): task
        for task in db.scalars(
            policy.visible(user, Task)
            .where(Task.case_id.in_(states), Task.run_id.in_(firsts), Task.status == "open")
            .options(joinedload(Task.owner), joinedload(Task.agency))
        )
    }
    asked = _asked(db, user, waits)
    dates = _dates(db, user, list(cases.values()))
    known = policy.standings(db, user, list(states))
    return [
        _row(
            db,
            user,
            cases[case_id],
            state,
            waits.get(case_id, []),
            tasks,
            asked.get(case_id),
            dates,
            known[case_id],
            now,
        )
        for case_id, state in states.items()
    ]


def _asked(db: Session, user: User, waits: Mapping[uuid.UUID, Sequence[Wait]]) -> dict[uuid.UUID, Question]:
    """In each case, what the reader asked last of a desk that has an open step there, since that step began."""
    since = {
        (case_id, wait.agency_id, wait.role): wait.since
        for case_id, found in waits.items()
        for wait in found
        if wait.step
    }
    if not since:
        return {}
    rows = db.scalars(
        policy.visible(user, Task)
        .where(
            Task.case_id.in_({case_id for case_id, _agency, _role in since}),
            Task.kind == "request",
            Task.asked_by == user.id,
            Task.status.in_(("open", "done")),
            Task.opened_at >= min(since.values()),
        )
        .options(joinedload(Task.agency))
        .order_by(Task.opened_at)
    )
    found = {}
    for task in rows:
        began = since.get((task.case_id, task.agency_id, task.role))
        if began is not None and task.opened_at >= began:
            found[task.case_id] = Question(task.id, task.agency.name, task.opened_at, task.closed_at)
    return found


def _dates(db: Session, user: User, cases: Sequence[Case]) -> dict[tuple[uuid.UUID, str], date | None]:
    said = db.execute(
        policy.visible(user, ParticipantDate)
        .with_only_columns(ParticipantDate.participant_id, ParticipantDate.key, ParticipantDate.on)
        .where(
            ParticipantDate.participant_id.in_([case.participant_id for case in cases]),
            ParticipantDate.key.in_(("release_on", "released_on")),
            ParticipantDate.superseded_at.is_(None),
        )
    )
    return {(row.participant_id, row.key): row.on for row in said}


def _row(
    db: Session,
    user: User,
    case: Case,
    state: str,
    waits: list[Wait],
    tasks: Mapping[str, Task],
    asked: Question | None,
    dates: Mapping[tuple[uuid.UUID, str], date | None],
    known: list[policy.Standing],
    now: datetime,
) -> StallRow:
    wait = waits[0] if waits else None
    task = tasks.get(wait.run_id) if wait else None
    inside = policy.highest(known) >= policy.CONTENT
    # A colleague who has only own cases is known by name in the own agency; elsewhere the agency answers the phone.
    owner = task.owner if task and task.owner and policy.may_name(user, task.owner) else None
    met = case.contact_on or case.opened_at.date()
    verbs = ("nudge", "ask_reason", "assign")
    return StallRow(
        id=case.id,
        number=case.number,
        participant=participant_name(db, user, case),
        pathway_name=library.edition(db, case.version_id).name,
        state=state,
        status=case.status,
        coordinator=name_for(user, case.coordinator),
        release_on=dates.get((case.participant_id, "release_on")),
        released_on=dates.get((case.participant_id, "released_on")),
        moved_at=case.moved_at,
        told_contact=inside,
        contact_on=case.contact_on if inside else None,
        unmet=inside and met < (now - UNMET).date(),
        who=wait.agency.name if wait and wait.agency else None,
        step=(wait.title or Sentence(N_("A colleague's request"))) if wait else None,
        since=wait.since if wait else None,
        due_at=wait.until if wait else None,
        due=left(db, case, wait.late_at, wait.agency_id) if wait else None,
        more=max(len(waits) - 1, 0),
        task_id=task.id if task else None,
        owner=owner.name if owner else None,
        phone=(owner.phone if owner else None) or (wait.agency.phone if wait and wait.agency else None),
        asked=asked,
        may={
            **(policy.why_not_each(user, verbs, task, known) if task else {}),
            **policy.why_not_each(user, ("pause", "retry"), case, known),
        },
    )
