"""Delivers what one case sent to another of the same participant, or begins the case that it is for."""

import uuid
from datetime import timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock, library
from engine.cases.opening import begin_case, deliver
from engine.cases.posting import take
from engine.cases.running import hold_participant, open_cases
from engine.models import Case, CaseLane, Message, Participant

log = structlog.get_logger()

# So many cases in a day that nobody opened are pathways that begin each other in a circle.
MOST_BEGUN = 5
A_DAY = timedelta(days=1)


def deliver_message(db: Session, message_id: uuid.UUID) -> None:
    """Hand a message to every case of its participant that waits for it now, for the worker.

    Where none does, the pathways begin that begin with it. Where there are none, it is kept for the first case that
    comes to wait for it; so is what a paused case, or one that needs repair, would have heard.
    """
    message = db.get(Message, message_id)
    if message is None:
        return
    hold_participant(db, message.participant_id)
    held = open_cases(db, message.participant_id)
    # Taken out before anybody hears it: a case that moves looks for what is kept for it.
    if not take(db, message_id):
        return
    awake = [case for case in held if case.status in ("open", "follow_up")]
    heard = [case for case in awake if deliver(db, None, case, message.name, message.audience)]
    lanes = db.scalars(select(CaseLane).where(CaseLane.case_id == message.case_id))
    if not heard and not begin_cases(
        db, message.participant_id, message.name, {lane.role: lane.agency_id for lane in lanes}
    ):
        db.refresh(message)
        message.heard_at = None


def begin_cases(
    db: Session, participant_id: uuid.UUID, message: str, lanes: dict[str, uuid.UUID]
) -> list[Case]:
    """Begin a case on every pathway that begins with a message. The caller holds the participant.

    `lanes` says which agency does a role's steps where it is known; the others go to the first that has the role.
    """
    versions = library.begun_by(db, message)
    if not versions:
        return []
    recently = select(func.count()).where(
        Case.participant_id == participant_id,
        Case.opened_by.is_(None),
        Case.opened_at > clock.now() - A_DAY,
    )
    if (db.scalar(recently) or 0) >= MOST_BEGUN:
        log.warning("pathways begin each other", message=message)
        return []
    participant = db.get_one(Participant, participant_id)
    begun = [begin_case(db, participant, version, lanes) for version in versions]
    return [case for case in begun if case is not None]
