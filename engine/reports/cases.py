"""A user's cases, finding a case, and what is needed to open one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from engine import agencies, library, policy, schedule, vault
from engine.models import (
    Case,
    Participant,
    ParticipantDate,
    User,
    Wait,
)
from engine.reports.lines import (
    left,
    participant_name,
)
from engine.words import N_, Sentence


@dataclass(frozen=True)
class RowTurn:
    """What a case in a list waits for first, of what the reader may know of; `more` steps are open beside it.

    `who` is None where it is a date and nobody's turn.
    """

    who: str | None
    title: str | Sentence
    due_at: datetime | None
    due: schedule.Left | None
    more: int


@dataclass(frozen=True)
class CaseRow:
    """A case in a list. `turn` is None where the reader may know of no open step.

    `release_on` is the expected day, `released_on` the day on which it happened.
    """

    id: uuid.UUID
    number: str
    participant: str
    pathway_name: str
    status: str
    coordinator: str | None
    release_on: date | None
    released_on: date | None
    opened_at: datetime
    turn: RowTurn | None


@dataclass(frozen=True)
class CaseList:
    rows: list[CaseRow]
    next: str | None


def my_cases(
    db: Session, user: User, *, after: str | None = None, closed: bool = False, size: int = 25
) -> CaseList:
    """The cases that the user may know of, the newest first."""
    query = policy.visible(user, Case).where(
        (Case.status == "closed") if closed else (Case.status != "closed")
    )
    if after:
        query = query.where(Case.number < after)
    rows = list(
        db.scalars(query.options(joinedload(Case.coordinator)).order_by(Case.number.desc()).limit(size + 1))
    )
    return CaseList(
        rows=rows_of(db, user, rows[:size]),
        next=rows[size - 1].number if len(rows) > size else None,
    )


def find_cases(db: Session, user: User, text: str, limit: int = 20) -> list[CaseRow]:
    """The user's cases with exactly this case number, or whose participant has exactly this name or number.

    Who may not know the name does not find a case by it.
    """
    text = text.strip()
    if not text:
        return []
    index = vault.of(db).index(text)
    wanted: ColumnElement[bool] = or_(
        Case.number == text.upper(),
        Case.id.in_(policy.named_case_ids(user))
        & Case.participant_id.in_(
            select(Participant.id).where(
                or_(Participant.name_index == index, Participant.number_index == index)
            )
        ),
    )
    query = policy.visible(user, Case).where(wanted).options(joinedload(Case.coordinator))
    return rows_of(db, user, db.scalars(query.order_by(Case.number.desc()).limit(limit)).all())


@dataclass(frozen=True)
class OpenChoice:
    """A pathway to open a case on, and for each role the agencies that could do it: [(role, name, [(id, name)])].

    `hint` is what the diagram itself says the pathway is for.
    """

    key: str
    name: str
    hint: str
    roles: list[tuple[str, str, list[tuple[str, str]]]]


def open_case_choices(db: Session, user: User) -> list[OpenChoice]:
    """What a case can be opened on in the local action of the user's own agency."""
    policy.check(user, "open_case")
    local_action_id = next(m.agency.local_action_id for m in user.memberships if "open_case" in m.as_role.may)
    names = agencies.roles(db)
    found = []
    for pathway in library.startable(db):
        if pathway.current_version_id is None:
            continue
        edition = library.edition(db, pathway.current_version_id)
        roles = [
            (
                role,
                names[role].name if role in names else role,
                [(str(a.id), a.name) for a in agencies.with_role(db, local_action_id, role)],
            )
            for role in edition.roles
        ]
        hint = edition.pathways[pathway.key].documentation
        found.append(OpenChoice(pathway.key, pathway.name, hint, roles))
    return found


def rows_of(db: Session, user: User, found: Sequence[Case]) -> list[CaseRow]:
    """Cases as lists show them, each with whose turn it is."""
    waits = db.scalars(
        policy.visible(user, Wait)
        .where(
            Wait.case_id.in_([case.id for case in found]),
            Wait.ended_at.is_(None),
            Wait.kind.in_(("task", "timer")),
        )
        .options(joinedload(Wait.agency))
        .order_by(Wait.kind != "task", Wait.until.is_(None), Wait.until, Wait.since)
    )
    open_steps: dict[uuid.UUID, list[Wait]] = {}
    for wait in waits:
        open_steps.setdefault(wait.case_id, []).append(wait)
    said = db.execute(
        policy.visible(user, ParticipantDate)
        .with_only_columns(ParticipantDate.participant_id, ParticipantDate.key, ParticipantDate.on)
        .where(
            ParticipantDate.participant_id.in_([case.participant_id for case in found]),
            ParticipantDate.key.in_(("release_on", "released_on")),
            ParticipantDate.superseded_at.is_(None),
        )
    )
    dates = {(row.participant_id, row.key): row.on for row in said}
    return [_row(db, user, case, open_steps.get(case.id, []), dates) for case in found]


def _row(
    db: Session,
    user: User,
    case: Case,
    waits: list[Wait],
    dates: Mapping[tuple[uuid.UUID, str], date | None],
) -> CaseRow:
    return CaseRow(
        id=case.id,
        number=case.number,
        participant=participant_name(db, user, case),
        pathway_name=library.edition(db, case.version_id).name,
        status=case.status,
        coordinator=case.coordinator.name if case.coordinator else None,
        release_on=dates.get((case.participant_id, "release_on")),
        released_on=dates.get((case.participant_id, "released_on")),
        opened_at=case.opened_at,
        turn=_row_turn(db, case, waits) if waits else None,
    )


def _row_turn(db: Session, case: Case, waits: list[Wait]) -> RowTurn:
    wait = waits[0]
    return RowTurn(
        who=wait.agency.name if wait.agency else None,
        title=wait.title or Sentence(N_("A colleague's request")),
        due_at=wait.until,
        due=left(db, case, wait.until, wait.agency_id),
        more=sum(one.kind == "task" for one in waits[1:]),
    )
