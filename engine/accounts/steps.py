"""What somebody has beside the password, whichever it is."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine import journal, policy
from engine.accounts.signins import weaken
from engine.models import CodeApp, Passkey, PrintedCode, User


@dataclass(frozen=True)
class SecondSteps:
    """An app, and how many printed codes and passkeys there are."""

    app: bool
    printed: int
    passkeys: int

    @property
    def codes(self) -> bool:
        """Whether a code can be typed."""
        return self.app or self.printed > 0

    def __bool__(self) -> bool:
        return self.codes or self.passkeys > 0


@dataclass(frozen=True)
class PasskeyLine:
    """A passkey of a user; `device` "" is one that we cannot name."""

    id: uuid.UUID
    device: str
    created_at: datetime
    used_at: datetime | None


def second_steps(db: Session, person: User) -> SecondSteps:
    """What somebody has, in one statement."""
    app = select(CodeApp.user_id).where(CodeApp.user_id == person.id, CodeApp.confirmed_at.is_not(None))
    printed = select(func.count()).select_from(PrintedCode).where(PrintedCode.user_id == person.id)
    passkeys = select(func.count()).select_from(Passkey).where(Passkey.user_id == person.id)
    row = db.execute(select(app.exists(), printed.scalar_subquery(), passkeys.scalar_subquery())).one()
    return SecondSteps(app=row[0], printed=row[1], passkeys=row[2])


def weaken_without(db: Session, person: User) -> None:
    """After something was taken away: where nothing is left, the sign-ins count as made with the password alone."""
    db.flush()
    if not second_steps(db, person):
        weaken(db, person)


def passkeys_of(db: Session, person: User) -> list[PasskeyLine]:
    """Somebody's passkeys, the oldest first."""
    rows = db.scalars(select(Passkey).where(Passkey.user_id == person.id).order_by(Passkey.created_at))
    return [PasskeyLine(row.id, row.device, row.created_at, row.used_at) for row in rows]


def remove_passkey(db: Session, user: User, passkey_id: uuid.UUID) -> None:
    """A passkey of the user counts no more."""
    policy.check(user, "remove_passkey")
    db.execute(delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user.id))
    weaken_without(db, user)
    journal.note(db, user, "removed_passkey", user)


def forget_passkeys(db: Session, person: User) -> None:
    """All passkeys of somebody: for a verb that has asked the policy."""
    db.execute(delete(Passkey).where(Passkey.user_id == person.id))
