"""How mail comes to a user: at once, once on the morning of a working day, or not at all."""

import uuid
from datetime import date, datetime, time

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from engine import agencies, journal, notices, policy, schedule
from engine.errors import FieldProblem, Invalid
from engine.models import Job, User
from engine.words import N_

# At once is also what a new user gets: somebody who has not chosen yet must not miss what is asked of them.
WAYS = {
    "at_once": N_("At once, one mail for each thing"),
    "daily": N_("One mail on the morning of a working day"),
    "none": N_("No mail: I look here myself"),
}
MORNING = time(7)
# What cannot wait until the morning, whatever its task says.
URGENT = frozenset({"stuck"})


def choose_mail(db: Session, user: User, how: str) -> None:
    """Let mail come to `user` in this way from now on. Raises Invalid."""
    policy.check(user, "choose_mail")
    if how not in WAYS:
        raise Invalid([FieldProblem("mail", N_("Choose how mail comes to you."))])
    user.mail = how
    journal.note(db, user, "chose_mail", user, codes={"mail": how})


def waits(db: Session, letter: notices.Letter, now: datetime) -> bool:
    """Whether a mail can wait for the next morning: not when its task is due before the day has begun."""
    if letter.how != "daily" or letter.kind in URGENT:
        return False
    return letter.due_at is None or letter.due_at > next_morning(_calendar(db, letter.user_id), now)


def plan(db: Session, user_id: uuid.UUID, now: datetime) -> None:
    """Have the worker look at the next morning whether there is something to tell; a user has one job row."""
    key = f"digest:{user_id}"
    job = db.scalar(select(Job).where(Job.dedup_key == key).with_for_update())
    at = next_morning(_calendar(db, user_id), now)
    if job is None:
        db.add(Job(kind="digest", payload={"user": str(user_id)}, dedup_key=key, run_at=at))
    elif job.state in ("done", "dead"):
        job.state, job.run_at, job.attempts = "ready", at, 0


def claim(db: Session, user_id: uuid.UUID, now: datetime) -> tuple[date, list[uuid.UUID]] | None:
    """Take this day's mail of a user: the day and the notices that it counts. None when there is none to be sent.

    Who has taken the day has it for good: a worker that dies on the way leaves its notices to the next day's mail.
    """
    calendar = _calendar(db, user_id)
    day = calendar.day_of(now)
    if now < _morning(calendar, day) or not calendar.is_working(day):
        return None
    found = notices.untold(db, user_id)
    if not found:
        return None
    taken = db.execute(
        update(User)
        .where(
            User.id == user_id,
            User.active,
            User.mail == "daily",
            or_(User.mailed_on.is_(None), User.mailed_on < day),
        )
        .values(mailed_on=day)
        .execution_options(synchronize_session=False)
        .returning(User.id)
    )
    return (day, found) if taken.first() else None


def give_up(db: Session, user_id: uuid.UUID, day: date) -> None:
    """The day's mail has certainly not gone out: it may be tried again on the same day."""
    db.execute(
        update(User)
        .where(User.id == user_id, User.mailed_on == day)
        .values(mailed_on=None)
        .execution_options(synchronize_session=False)
    )


def plan_rest(db: Session, user_id: uuid.UUID, now: datetime) -> None:
    """Look again at the next morning, if there is anything left to tell."""
    user = db.get(User, user_id)
    if user is not None and user.active and user.mail == "daily" and notices.untold(db, user_id):
        plan(db, user_id, now)


def next_morning(calendar: schedule.Calendar, now: datetime) -> datetime:
    """The next morning of a working day that begins after `now`."""
    day = calendar.next_working(calendar.day_of(now))
    if _morning(calendar, day) <= now:
        day = calendar.add_working(day, 1)
    return _morning(calendar, day)


def _morning(calendar: schedule.Calendar, day: date) -> datetime:
    return datetime.combine(day, MORNING, calendar.zone)


def _calendar(db: Session, user_id: uuid.UUID) -> schedule.Calendar:
    """The working days where the user works; of several agencies, those of the first."""
    user = db.get(User, user_id)
    places = sorted(user.memberships, key=lambda one: str(one.id)) if user else []
    if not places:
        return schedule.Calendar()
    return agencies.calendar(db, places[0].agency.local_action, places[0].agency_id)
