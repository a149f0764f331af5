"""Agreeing on minutes: a desk confirms them, or asks for a correction, which is answered."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import agencies, clock, journal, minutes, policy, vault
from engine.cases import lock_case
from engine.errors import Conflict, FieldProblem, Invalid
from engine.meetings.recording import write_minutes
from engine.meetings.rows import lock_meeting, readers, tell
from engine.models import MeetingCaseDesk, Minutes, MinutesReply, User
from engine.words import N_

KINDS = ("confirmed", "correction")
LONGEST = 5_000


def reply_to_minutes(
    db: Session, user: User, minutes_id: uuid.UUID, kind: str, text: str = ""
) -> MinutesReply:
    """Confirm the newest minutes of a case for one's desk, or say what has to be put right. It can be said anew
    until it was answered or the minutes hold by silence. Raises Invalid, Conflict, Refused, NotFound."""
    found = policy.find(db, user, Minutes, minutes_id)
    meeting = lock_meeting(db, user, found.item.meeting_id)
    policy.check(user, "reply_to_minutes", meeting)
    case = lock_case(db, user, found.case_id)
    _refuse_if_late(db, found)
    text = text.strip()
    problems = []
    if kind not in KINDS:
        problems.append(FieldProblem("kind", N_("Choose whether the minutes are right.")))
    elif kind == "correction" and not text:
        problems.append(FieldProblem("text", N_("Enter what is not right, and how it should read.")))
    elif len(text) > LONGEST:
        problems.append(FieldProblem("text", N_("Shorten this to 5,000 characters.")))
    if problems:
        raise Invalid(problems)
    desk = _desk(db, user, found)
    reply = db.scalar(
        select(MinutesReply).where(
            MinutesReply.minutes_id == found.id,
            MinutesReply.agency_id == desk.agency_id,
            MinutesReply.role == desk.role,
        )
    )
    if reply is not None and reply.answer:
        raise Conflict("Your correction has already been answered.")
    if reply is None:
        reply = MinutesReply(
            id=uuid.uuid4(),
            minutes_id=found.id,
            case_id=found.case_id,
            agency_id=desk.agency_id,
            role=desk.role,
        )
        db.add(reply)
    sealed = vault.seal(db, case.participant.key, "minutes_replies.text", text) if text else None
    reply.user_id, reply.kind, reply.text, reply.at = user.id, kind, sealed, clock.now()
    if kind == "correction":
        tell(db, user, meeting, [(meeting.agency_id, meeting.role)], "meeting_reply")
    journal.note(
        db,
        user,
        "replied_to_minutes",
        reply,
        case=case,
        agency_id=desk.agency_id,
        audience="agency",
        codes={"kind": kind, "meeting": str(meeting.id)},
    )
    return reply


def answer_correction(
    db: Session,
    user: User,
    reply_id: uuid.UUID,
    *,
    amended: Mapping[str, Any] | None = None,
    why: str = "",
) -> MinutesReply:
    """Put the minutes right, the old ones kept beside the new, or say why they stay. Raises Invalid, Conflict."""
    reply = policy.find(db, user, MinutesReply, reply_id)
    meeting = lock_meeting(db, user, reply.minutes.item.meeting_id)
    policy.check(user, "answer_correction", meeting)
    case = lock_case(db, user, reply.case_id)
    db.refresh(reply)
    if reply.answer or reply.kind != "correction":
        raise Conflict("A colleague has already answered this, or it was taken back.")
    key = case.participant.key
    if amended is None:
        if not why.strip():
            raise Invalid([FieldProblem("why", N_("Enter why the minutes stay as they are."))])
        reply.answer = "unchanged"
        reply.answer_text = vault.seal(db, key, "minutes_replies.answer_text", why.strip()[:LONGEST])
    else:
        newest = _newest(db, reply.minutes)
        before = vault.unseal(db, key, "minutes.content", newest.content)
        reading = minutes.read_amendment(amended, before, "amend")
        if reading.problems:
            raise Invalid(reading.problems)
        write_minutes(db, user, reply.minutes.item, reading.content, number=newest.number + 1)
        reply.answer = "amended"
    reply.answered_at = clock.now()
    journal.note(
        db,
        user,
        "answered_correction",
        reply,
        case=case,
        agency_id=meeting.agency_id,
        audience="agency",
        codes={"answer": reply.answer, "meeting": str(meeting.id)},
    )
    db.flush()
    tell(db, user, meeting, [(reply.agency_id, reply.role)], "meeting_answer")
    if reply.answer == "amended":
        rows = db.scalars(select(MeetingCaseDesk).where(MeetingCaseDesk.item_id == reply.minutes.item_id))
        others = set(readers(db, rows)) - {(reply.agency_id, reply.role)}
        tell(db, user, meeting, others, "meeting_amended")
    return reply


def _desk(db: Session, user: User, found: Minutes) -> MeetingCaseDesk:
    """The user's desk that was asked for this case. Raises Conflict where it is only the one that convenes."""
    meeting = found.item.meeting
    rows = db.scalars(policy.visible(user, MeetingCaseDesk).where(MeetingCaseDesk.item_id == found.item_id))
    own = set(policy.team_desks(user)) - {(meeting.agency_id, meeting.role)}
    desk = next((row for row in rows if (row.agency_id, row.role) in own), None)
    if desk is None:
        raise Conflict("Who convenes the meeting has written these minutes, and does not confirm them.")
    return desk


def _refuse_if_late(db: Session, found: Minutes) -> None:
    newest = _newest(db, found)
    if newest.id != found.id:
        raise Conflict("These minutes were amended. Look at the new ones, then answer to those.")
    meeting = found.item.meeting
    calendar = agencies.calendar(db, meeting.local_action)
    until = minutes.silent_on(found.written_at, meeting.silence_days, calendar)
    if clock.today(calendar.timezone) > until:
        raise Conflict("These minutes were accepted by silence on {day}.", {"day": until})


def _newest(db: Session, found: Minutes) -> Minutes:
    last = select(func.max(Minutes.number)).where(Minutes.item_id == found.item_id).scalar_subquery()
    return db.scalars(select(Minutes).where(Minutes.item_id == found.item_id, Minutes.number == last)).one()
