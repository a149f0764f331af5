"""Passwords: whether one is right, in a time that tells nothing, and another one in its place."""

import secrets
import uuid

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from engine import agencies, clock, journal, policy
from engine.accounts.signins import end_all
from engine.errors import FieldProblem, Invalid
from engine.models import User
from engine.words import N_

# Nobody mistakes these for one another when reading aloud.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def user_with(db: Session, email: str, password: str) -> User | None:
    """The active user with this address and password.

    None costs as much work whether the address is unknown, the password wrong, or the person has left.
    """
    found = db.scalar(select(User).where(User.email == email.strip().lower()))
    if found is None or not found.password:
        agencies.hash_password(password[: agencies.LONGEST_PASSWORD] or "-")
        return None
    right = agencies.is_password(found, _as_drawn(found, password))
    in_time = found.one_time_until is None or found.one_time_until >= clock.now()
    return found if right and found.active and in_time else None


def _as_drawn(person: User, typed: str) -> str:
    """What was typed; a one-time password, which is told by telephone, as it was drawn, however it was written down."""
    told = "".join(typed.lower().replace("-", "").split())
    if person.one_time_until is None or not told or set(told) - set(LETTERS):
        return typed
    return "-".join(told[start : start + 4] for start in range(0, len(told), 4))


def drawn(groups: int) -> str:
    """Groups of four letters and digits, drawn by chance: nobody guesses them, and they can be read out."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(groups))


def user_by_id(db: Session, user_id: uuid.UUID) -> User:
    """The user again, with all that a page asks about them, in another transaction."""
    return db.get_one(User, user_id, options=[joinedload(User.memberships)])


def renew_hash(db: Session, person: User, password: str) -> None:
    """Hash a password that was right anew, where it was hashed with weaker settings than today's."""
    if (
        person.password
        and person.one_time_until is None
        and PasswordHasher().check_needs_rehash(person.password)
    ):
        person.password = agencies.hash_password(password)


def change_password(db: Session, user: User, *, old: str, new: str, again: str) -> None:
    """Another password, chosen by the user, who says the old one too; they are signed out everywhere.

    Raises Invalid with every problem.
    """
    policy.check(user, "change_password")
    problems = []
    if not agencies.is_password(user, _as_drawn(user, old)):
        problems.append(FieldProblem("old", N_("This is not your present password.")))
    if len(new) < agencies.SHORTEST_PASSWORD:
        problems.append(FieldProblem("new", N_("Enter a password of at least 12 characters.")))
    elif len(new) > agencies.LONGEST_PASSWORD:
        problems.append(FieldProblem("new", N_("Enter a password of at most 1024 characters.")))
    elif new == old:
        problems.append(FieldProblem("new", N_("Enter a password that is not the one you have.")))
    if new != again:
        problems.append(FieldProblem("again", N_("Enter the same new password again.")))
    if problems:
        raise Invalid(problems)
    user.password, user.one_time_until = agencies.hash_password(new), None
    end_all(db, user)
    journal.note(db, user, "changed_password", user)
