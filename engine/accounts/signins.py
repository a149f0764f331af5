"""Where a user is signed in: begun, found again by its token, listed, ended."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, delete, select, update
from sqlalchemy.orm import Session, contains_eager

from engine import clock, journal, policy
from engine.config import Config
from engine.errors import NotFound
from engine.models import SignIn, User
from engine.words import N_

# A click gains no write: when somebody was last seen is noted this often at most.
SEEN_EVERY = timedelta(minutes=3)
# So long after the password the second step may come.
SECOND_STEP = timedelta(minutes=10)
LONGEST_DEVICE = 60


@dataclass(frozen=True)
class SignInLine:
    """One browser in which a user is signed in; `device` "" is one that we cannot name."""

    id: uuid.UUID
    device: str
    began_at: datetime
    seen_at: datetime


# Written once: every click asks it.
FIND = (
    select(SignIn)
    .join(SignIn.user)
    .where(
        SignIn.digest == bindparam("digest"),
        SignIn.seen_at >= bindparam("seen"),
        SignIn.began_at >= bindparam("began"),
        ~SignIn.waits | (SignIn.began_at >= bindparam("password")),
        User.active,
    )
    .options(contains_eager(SignIn.user).joinedload(User.memberships))
)


def begin_sign_in(
    db: Session,
    person: User,
    config: Config,
    *,
    device: str,
    way: str = "password",
    second_step: str | None = None,
    waits: bool = False,
) -> str:
    """Sign somebody in in one browser: the token for its cookie, which is kept nowhere else.

    `waits`: only as far as the second step; what was begun so ends when it is begun again, under another token.
    """
    now, token = clock.now(), secrets.token_urlsafe(32)
    db.execute(delete(SignIn).where(SignIn.user_id == person.id, ~_good(config, now)))
    db.add(
        SignIn(
            id=uuid.uuid4(),
            user_id=person.id,
            digest=_digest(token),
            device=device[:LONGEST_DEVICE],
            began_at=now,
            seen_at=now,
            confirmed_at=now,
            way=way,
            second_step=second_step,
            waits=waits,
        )
    )
    db.flush()
    if not waits:
        codes = {"way": way, "second_step": second_step}
        journal.note(db, person, "signed_in", codes={key: value for key, value in codes.items() if value})
    return token


def find_sign_in(db: Session, config: Config, token: str) -> SignIn | None:
    """The sign-in with this token, its user and all that a page asks about them, in one statement.

    One that `waits` opens nothing yet. None when it was ended, has been idle too long or has lasted too long, or when
    the user may sign in no more.
    """
    now = clock.now()
    words = {
        "digest": _digest(token),
        "seen": now - config.idle,
        "began": now - config.longest,
        "password": now - SECOND_STEP,
    }
    return db.scalars(FIND, words).unique().one_or_none()


def is_seen_anew(sign_in: SignIn) -> bool:
    """Whether it is time to note again that somebody is there."""
    return clock.now() - sign_in.seen_at >= SEEN_EVERY


def note_seen(db: Session, sign_in_id: uuid.UUID) -> None:
    """Somebody is there still. What has ended meanwhile stays ended."""
    db.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=clock.now()))


def sign_ins(db: Session, person: User, config: Config) -> list[SignInLine]:
    """Where somebody is signed in now, the latest first."""
    rows = db.scalars(
        select(SignIn)
        .where(SignIn.user_id == person.id, ~SignIn.waits, _good(config, clock.now()))
        .order_by(SignIn.began_at.desc(), SignIn.id)
    )
    return [SignInLine(row.id, row.device, row.began_at, row.seen_at) for row in rows]


def end_sign_in(db: Session, user: User, sign_in_id: uuid.UUID) -> None:
    """Sign the user out in one browser. Raises NotFound for somebody else's, as for one that is not there."""
    policy.check(user, "end_sign_in")
    ended = db.execute(
        delete(SignIn).where(SignIn.id == sign_in_id, SignIn.user_id == user.id).returning(SignIn.id)
    )
    if ended.first() is None:
        raise NotFound(N_("You are signed out there already."))
    journal.note(db, user, "signed_out")


def end_other_sign_ins(db: Session, user: User, but: uuid.UUID) -> None:
    """Sign the user out in every browser `but` this one."""
    policy.check(user, "end_sign_in")
    db.execute(delete(SignIn).where(SignIn.user_id == user.id, SignIn.id != but))
    journal.note(db, user, "signed_out_elsewhere")


def confirm(db: Session, sign_in_id: uuid.UUID) -> None:
    """Somebody has shown again that it is them."""
    db.execute(update(SignIn).where(SignIn.id == sign_in_id).values(confirmed_at=clock.now()))


def is_confirmed(sign_in: SignIn, config: Config) -> bool:
    """Whether somebody has shown lately that it is them."""
    return clock.now() - sign_in.confirmed_at < config.confirmed


def strengthen(db: Session, person: User, sign_in_id: uuid.UUID, second_step: str) -> None:
    """Somebody has a second step now and has used it here; every other browser signs in again."""
    db.execute(delete(SignIn).where(SignIn.user_id == person.id, SignIn.id != sign_in_id))
    db.execute(update(SignIn).where(SignIn.id == sign_in_id).values(second_step=second_step))


def weaken(db: Session, person: User) -> None:
    """Somebody has no second step of their own any more."""
    own = (SignIn.user_id == person.id) & (SignIn.second_step != "provider")
    db.execute(update(SignIn).where(own).values(second_step=None))


def drop(db: Session, sign_in_id: uuid.UUID) -> None:
    """End one in whose place another begins."""
    db.execute(delete(SignIn).where(SignIn.id == sign_in_id))


def end_all(db: Session, person: User) -> None:
    """Sign somebody out in every browser: for a verb that has asked the policy and says so in the journal."""
    db.execute(delete(SignIn).where(SignIn.user_id == person.id))


def _good(config: Config, now: datetime) -> ColumnElement[bool]:
    in_time = ~SignIn.waits | (SignIn.began_at >= now - SECOND_STEP)
    return (SignIn.seen_at >= now - config.idle) & (SignIn.began_at >= now - config.longest) & in_time


def _digest(token: str) -> str:
    # The token is random and long: a plain hash of it cannot be guessed back.
    return hashlib.sha256(token.encode()).hexdigest()
