"""Two invented meetings for the demonstration: one that is coming, and one whose minutes are open to be confirmed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import agencies, clock, meetings, minutes, policy
from engine.models import Case, Meeting, Minutes, User

Connect = Callable[[], AbstractContextManager[Session]]

ASKED = ("prison", "probation", "ngo", "housing", "police")
QUESTIONS = (
    "Who goes with the participant on the first day, and where does the first night take place?",
    "Who calls the family, and what is still missing before the first day outside?",
    "Is the date of the release certain enough to book the interpreter?",
)


def hold(connect: Connect, place: str) -> None:
    """Let the coordinator of a local action hold two meetings about cases that are open there."""
    now = datetime.now(UTC)
    over = (now - timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)
    with clock.at(over - timedelta(days=8)), connect() as db:
        held = _plan(db, place, over, number=2).id
    with clock.at(over + timedelta(hours=2)), connect() as db:
        _record(db, _user(db, "coordinator", place), db.get_one(Meeting, held))
    with clock.at(over + timedelta(hours=5)), connect() as db:
        _ask_for_correction(db, _user(db, "prison", place))
    with connect() as db:
        coming = _plan(db, place, over + timedelta(days=14), number=3)
        meetings.reply_to_meeting(db, _user(db, "ngo", place), coming.id, "accept")
        meetings.reply_to_meeting(db, _user(db, "probation", place), coming.id, "substitute")


def _user(db: Session, role: str, place: str) -> User:
    return db.scalars(select(User).where(User.email == f"{role}@{place}.example")).one()


def _plan(db: Session, place: str, starts_at: datetime, number: int) -> Meeting:
    """A meeting about the first cases into which the coordinator sees, the invitation sent."""
    user = _user(db, "coordinator", place)
    desks = [_desk(_user(db, role, place), role) for role in ASKED]
    plan = meetings.Plan(starts_at, "Town hall, room 2", "in_person", tuple(desks))
    meeting = meetings.arrange_meeting(db, user, plan)
    rows = db.scalars(
        select(Case)
        .where(Case.id.in_(policy.case_ids(user, policy.CONTENT)), Case.status == "open")
        .order_by(Case.number)
        .limit(number)
    )
    meetings.add_cases(db, user, meeting.id, [case.id for case in rows])
    why = "They have worked on this from the beginning."
    agenda = {
        position + 1: meetings.AgendaItem(
            QUESTIONS[position],
            # The police only where the first case needs them; housing not for the second.
            {
                desk: meetings.Asked(why, told=role != "police")
                for role, desk in zip(ASKED, desks, strict=True)
                if not (role == "police" and position) and not (role == "housing" and position == 1)
            },
        )
        for position in range(number)
    }
    meetings.write_agenda(db, user, meeting.id, agenda)
    meetings.send_invitation(db, user, meeting.id)
    return meeting


def _desk(user: User, role: str) -> str:
    return f"{next(m.agency_id for m in user.memberships if m.role == role)}/{role}"


def _record(db: Session, user: User, meeting: Meeting) -> None:
    there = {f"{one.agency_id}/{one.role}": one for one in meeting.desks if one.role != "police"}
    people = {
        f"{desk}/{person.id}"
        for desk, one in there.items()
        for person in agencies.takers(db, one.agency_id, one.role)[:1]
    }
    attendance = meetings.Attendance(frozenset(there), frozenset(people), True, meeting.saves, "")
    housing = next(desk for desk in there if desk.endswith("/housing"))
    teller = next(desk for desk in there if desk.endswith("/ngo"))
    day = clock.now() + timedelta(days=9)
    boxes = {"day": str(day.day), "month": str(day.month), "year": str(day.year)}
    part: dict[str, Any] = {
        "facts": "The sister was visited. The room is free from the first of the month.",
        "views": "The participant wants to live near the sister; probation sees no reason against it.",
        "decisions": [
            {
                "text": "The room is kept until the day of the release.",
                "reason": "Nothing else is free nearby, and the participant asked for it.",
            }
        ],
        "actions": [{"what": "Confirm in writing that the room is kept.", "owner": housing, **boxes}],
        "tells": teller,
        **{f"tell_{box}": value for box, value in boxes.items()},
    }
    parts = {number: meetings.Part(part, 0, minutes.digest({})) for number in (1, 2)}
    meetings.finish_record(db, user, meeting.id, meetings.Sheet(attendance, parts))


def _ask_for_correction(db: Session, user: User) -> None:
    written = db.scalars(policy.visible(user, Minutes).limit(1)).one()
    text = "The room is free from the fifteenth, not from the first."
    meetings.reply_to_minutes(db, user, written.id, "correction", text)
