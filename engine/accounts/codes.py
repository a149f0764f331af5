"""The second step by a code: from an app (RFC 6238), or from a printed list for places without telephones."""

import hmac
import uuid

import pyotp
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from engine import clock, journal, policy, vault
from engine.accounts import steps
from engine.accounts.passwords import drawn
from engine.accounts.signins import strengthen
from engine.errors import FieldProblem, Invalid, Refused
from engine.models import CodeApp, PrintedCode, User
from engine.words import N_

# One list lasts a working month of somebody who signs in with nothing else.
PRINTED = 20
COLUMN = "code_apps.secret"
WRONG_CODE = N_(
    "This code is not right, or it was used already. Wait for the next one of your app and check the clock of its "
    "device, or take the next one of your printed list."
)


def set_up_app(db: Session, user: User) -> None:
    """Offer the user a new secret for an app; it counts once a code of it was confirmed. Raises Refused."""
    policy.check(user, "set_up_app")
    found = db.get(CodeApp, user.id, with_for_update=True)
    if found is not None and found.confirmed_at is not None:
        raise Refused(N_("You have set up an app already. Remove it first."))
    if found is not None:
        _forget_app(db, found)
    key = vault.new_key(db)
    db.flush()
    sealed = vault.seal(db, key, COLUMN, pyotp.random_base32())
    db.add(CodeApp(user_id=user.id, key_id=key.id, secret=sealed, last_step=0))
    db.flush()
    journal.note(db, user, "offered_app", user)


def offered_app(db: Session, person: User) -> pyotp.TOTP | None:
    """What an app has to know, while it waits for its first code; never shown again after that."""
    found = db.get(CodeApp, person.id)
    return _codes(db, found) if found is not None and found.confirmed_at is None else None


def confirm_app(db: Session, user: User, sign_in_id: uuid.UUID, code: str) -> None:
    """The first code of the app that was set up: from now on it is asked for. Raises Invalid."""
    policy.check(user, "set_up_app")
    found = db.get(CodeApp, user.id, with_for_update=True)
    if found is None or not _take_step(db, found, _plain(code)):
        raise Invalid([FieldProblem("code", WRONG_CODE)])
    found.confirmed_at = clock.now()
    strengthen(db, user, sign_in_id, "app")
    journal.note(db, user, "set_up_app", user)


def remove_app(db: Session, user: User) -> None:
    """The app's codes count no more, and its secret is gone."""
    policy.check(user, "remove_app")
    found = db.get(CodeApp, user.id)
    if found is not None:
        _forget_app(db, found)
    steps.weaken_without(db, user)
    journal.note(db, user, "removed_app", user)


def print_codes(db: Session, user: User, sign_in_id: uuid.UUID) -> list[str]:
    """A new list of codes, each good once; an older list ends. Only hashes are kept."""
    policy.check(user, "print_codes")
    db.execute(delete(PrintedCode).where(PrintedCode.user_id == user.id))
    codes = [drawn(3) for _ in range(PRINTED)]
    db.add_all(PrintedCode(digest=_digest(db, user, _plain(code)), user_id=user.id) for code in codes)
    strengthen(db, user, sign_in_id, "printed")
    journal.note(db, user, "printed_codes", user)
    return codes


def drop_codes(db: Session, user: User) -> None:
    """The printed list counts no more."""
    policy.check(user, "drop_codes")
    db.execute(delete(PrintedCode).where(PrintedCode.user_id == user.id))
    steps.weaken_without(db, user)
    journal.note(db, user, "dropped_codes", user)


def forget_codes(db: Session, person: User) -> None:
    """The app and the printed list of somebody: for a verb that has asked the policy."""
    found = db.get(CodeApp, person.id)
    if found is not None:
        _forget_app(db, found)
    db.execute(delete(PrintedCode).where(PrintedCode.user_id == person.id))


def take_code(db: Session, person: User, typed: str) -> str | None:
    """Use a code up: "app" or "printed", by what it came from; None where it is not right or was used before."""
    code = _plain(typed)
    if len(code) == 6 and code.isdigit():
        app = db.get(CodeApp, person.id)
        return "app" if app is not None and app.confirmed_at and _take_step(db, app, code) else None
    taken = db.execute(
        delete(PrintedCode)
        .where(PrintedCode.digest == _digest(db, person, code), PrintedCode.user_id == person.id)
        .returning(PrintedCode.digest)
    )
    return "printed" if taken.first() is not None else None


def _take_step(db: Session, app: CodeApp, code: str) -> bool:
    """Whether this is the code of this half minute or of one beside it, and neither it nor a later one was taken."""
    codes = _codes(db, app)
    present = int(clock.now().timestamp()) // codes.interval
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(codes.generate_otp(step), code):
            # In one statement: the same code sent twice at the same moment is taken once.
            taken = db.execute(
                update(CodeApp)
                .where(CodeApp.user_id == app.user_id, CodeApp.last_step < step)
                .values(last_step=step)
                .returning(CodeApp.user_id)
            )
            return taken.first() is not None
    return False


def _codes(db: Session, app: CodeApp) -> pyotp.TOTP:
    return pyotp.TOTP(vault.unseal(db, app.key, COLUMN, app.secret))


def _forget_app(db: Session, app: CodeApp) -> None:
    key = app.key
    db.delete(app)
    db.flush()
    db.delete(key)


def _digest(db: Session, person: User, code: str) -> str:
    return vault.of(db).index(f"printed code {person.id} {code}")


def _plain(typed: str) -> str:
    """A code as it was meant, however it was spaced."""
    return "".join(sign for sign in typed.lower() if sign.isascii() and sign.isalnum())[:40]
