"""The people that cases are for, as pages show them."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import Session, joinedload

from engine import clock, policy, vault
from engine.models import Case, Participant, User
from engine.reports.case import DateLine, dates_of, registered
from engine.reports.cases import CaseRow, rows_of


@dataclass(frozen=True)
class Found:
    """A participant in a list: enough to tell two people of the same name apart."""

    id: uuid.UUID
    name: str
    number: str
    born_on: date | None


@dataclass(frozen=True)
class ParticipantPage:
    """Everything that the page of a participant shows to one reader; `details` as `registered` has them."""

    id: uuid.UUID
    name: str
    details: dict[str, Any]
    dates: list[DateLine]
    earlier_dates: list[DateLine]
    cases: list[CaseRow]
    may: dict[str, str | None]
    today: date


def participants_to_open(db: Session, user: User, text: str) -> list[Found]:
    """The participants whom the user may know of that have exactly this name or number."""
    policy.check(user, "open_case")
    index = vault.of(db).index(text)
    rows = db.scalars(
        policy.visible(user, Participant)
        .where(or_(Participant.name_index == index, Participant.number_index == index))
        .order_by(Participant.created_at)
    )
    return [_found(db, user, row) for row in rows]


def participant_page(db: Session, user: User, participant_id: uuid.UUID) -> ParticipantPage:
    """One participant as far as `user` may know of them. Raises NotFound."""
    participant = policy.find(db, user, Participant, participant_id)
    dates = dates_of(db, user, participant)
    rows = db.scalars(
        policy.visible(user, Case)
        .where(Case.participant_id == participant.id)
        .options(joinedload(Case.coordinator))
        .order_by(Case.number.desc())
    )
    return ParticipantPage(
        id=participant.id,
        name=vault.unseal(db, participant.key, "participants.name", participant.name),
        details=_details(db, user, participant),
        dates=[line for line, holds in dates if holds],
        earlier_dates=[line for line, holds in dates if not holds],
        cases=rows_of(db, user, rows.all()),
        may=policy.why_not_each(user, ("record_date", "open_case"), participant),
        today=clock.today(participant.agency.local_action.timezone),
    )


def _found(db: Session, user: User, participant: Participant) -> Found:
    details = _details(db, user, participant)
    return Found(
        id=participant.id,
        name=vault.unseal(db, participant.key, "participants.name", participant.name),
        number=details.get("number", ""),
        born_on=details.get("born_on"),
    )


def _details(db: Session, user: User, participant: Participant) -> dict[str, Any]:
    """What was registered, for the agency that registered the person and for who sees into a case of theirs."""
    return registered(db, participant) if policy.reads_details(db, user, participant) else {}
