"""A user's due days for a calendar outside: a number a day and nothing else, at an address that only they know."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import journal, policy
from engine.models import Agency, Case, LocalAction, Task, User


@dataclass(frozen=True)
class DueDay:
    """A day on which tasks are due, where the work is done. `changed_at`: when the newest of them was opened."""

    on: date
    count: int
    changed_at: datetime


@dataclass(frozen=True)
class Feed:
    """What a calendar shows. `key` names it without telling whose it is or where it is found."""

    key: str
    language: str | None
    days: list[DueDay]


def make_calendar(db: Session, user: User) -> str:
    """A new secret for the user's calendar; one made before is worth nothing from now on. Only its hash is kept."""
    policy.check(user, "make_calendar")
    secret = secrets.token_urlsafe(32)
    user.calendar_digest = _digest(secret)
    journal.note(db, user, "made_calendar", user)
    return secret


def stop_calendar(db: Session, user: User) -> None:
    """Let the user's calendar be found no more."""
    policy.check(user, "stop_calendar")
    user.calendar_digest = None
    journal.note(db, user, "stopped_calendar", user)


def feed(db: Session, secret: str) -> Feed | None:
    """The calendar behind a secret; None when there is none, or its user is no longer active.

    One statement. The row is found by the secret's hash: how long that takes tells nothing about the secret.
    """
    digest = _digest(secret)
    rows = db.execute(
        select(User.language, Task.due_at, Task.opened_at, LocalAction.timezone)
        .select_from(User)
        .outerjoin(
            Task,
            (Task.owner_id == User.id)
            & (Task.status == "open")
            & Task.due_at.is_not(None)
            & Task.case_id.in_(select(Case.id).where(Case.status.in_(("open", "follow_up")))),
        )
        .outerjoin(Agency, Agency.id == Task.agency_id)
        .outerjoin(LocalAction, LocalAction.id == Agency.local_action_id)
        .where(User.calendar_digest == digest, User.active)
    ).all()
    if not rows:
        return None
    by_day: dict[date, list[datetime]] = {}
    for row in rows:
        if row.due_at is not None:
            by_day.setdefault(row.due_at.astimezone(ZoneInfo(row.timezone)).date(), []).append(row.opened_at)
    key = str(uuid.uuid5(uuid.NAMESPACE_OID, digest))
    days = [DueDay(on, len(opened), max(opened)) for on, opened in sorted(by_day.items())]
    return Feed(key, rows[0].language, days)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
