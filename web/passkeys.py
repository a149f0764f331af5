"""Asks the browser for a passkey: the question on a page, and the answer that a form brings back."""

import base64
import secrets
from typing import Any
from uuid import UUID

from flask import current_app, g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from engine.accounts import passkeys

WRONG = passkeys.WRONG_PASSKEY
# A question is good for so many seconds: long enough to look for a key.
GOOD_FOR = 600


def to_add() -> dict[str, str] | None:
    """What a page needs to make a passkey for the user; None where the site's address does not allow any."""
    if not passkeys.work(_config()):
        return None
    challenge = secrets.token_bytes(32)
    options = passkeys.question_to_add(g.db, g.user, _config(), challenge)
    return {"way": "create", "options": options, "asked": _signed(challenge, "add")}


def to_use(person: Any = None) -> dict[str, str] | None:
    """What a page needs to ask for a passkey, of `person` or of whoever sits there."""
    if not passkeys.work(_config()):
        return None
    challenge = secrets.token_bytes(32)
    options = passkeys.question_to_use(g.db, _config(), challenge, person)
    return {"way": "get", "options": options, "asked": _signed(challenge, "use")}


def add(device: str) -> None:
    """Keep the passkey that the browser made for the user. Raises Invalid."""
    challenge = _challenge("add")
    passkeys.add_passkey(g.db, g.user, g.sign_in.id, _config(), challenge, _answer(), device=device)


def take(db: Any, person: Any = None) -> UUID | None:
    """Who has shown with the passkey that it is them, `person` where one is meant; None where it is not right."""
    return passkeys.take_passkey(db, _config(), _challenge("use"), _answer(), person)


def _challenge(purpose: str) -> bytes:
    """The question that the form's answer belongs to; empty, which no answer fits, where it is not ours or too old."""
    try:
        asked, wanted = _serializer().loads(request.form.get("asked", ""), max_age=GOOD_FOR)
    except BadSignature:
        return b""
    return base64.b64decode(asked) if wanted == purpose else b""


def _answer() -> str:
    return request.form.get("answer", "")[:20_000]


def _signed(challenge: bytes, purpose: str) -> str:
    return str(_serializer().dumps([base64.b64encode(challenge).decode(), purpose]))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="passkey")


def _config() -> Any:
    return current_app.settings
