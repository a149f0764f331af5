"""Lets every form be sent once, and keeps what was typed when it could not be taken."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, g, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from engine import journal
from engine.errors import Conflict
from engine.forms import Form

# What a form carries beside what people type.
CARRIED = frozenset({"csrf_token", "once", "seen", "next", "kept"})
PASSWORDS = frozenset({"password", "old", "new", "again", "code"})
UNKEPT = frozenset({"csrf_token", "next", "kept"}) | PASSWORDS
KEPT_SECONDS = 12 * 3600


# Where the form leads that is sent most often; most others lead back to the page that they belong to.
LEADS = {"tasks.complete": "tasks.done"}

Asked = Callable[[str], tuple[list[Form], dict[str, dict[str, str]]]]


def bind(app: Flask, asked: Asked) -> None:
    """Let templates write `once_key()` into a form, and `kept_fields()` where it could not be taken.

    `asked` gives what the page at an address asks: its forms, and the agencies and users to choose from.
    """
    app.extensions["asked"] = asked
    app.jinja_env.globals["once_key"] = new_key
    app.jinja_env.globals["kept_fields"] = kept_fields


def new_key() -> str:
    """A key for one rendered form, good for the user who was shown it and nobody else."""
    drawn = secrets.token_urlsafe(16)
    return f"{drawn}.{_mark(drawn)}"


def sent_before(db: Any, user: Any) -> str | None:
    """Where this very form led when it was sent before; None when this is the first time."""
    key = request.form.get("once") if request.method == "POST" and user is not None else None
    if not key:
        return None
    if not _is_mine(key):
        raise Conflict("This page was opened by somebody else. Open it again before you send anything.")
    found: str | None = journal.once(db, user, key, _digest(), _expected())
    return found


def _expected() -> str:
    leads = LEADS.get(request.endpoint or "")
    return url_for(leads, **(request.view_args or {})) if leads else request.path


def remember(db: Any, location: str | None) -> None:
    """Keep where the form led, for the next time that the same one comes."""
    sent = request.method == "POST" and g.user is not None and request.form.get("once")
    if sent and location and location != _expected():
        journal.remember(db, request.form["once"], location)


def kept_fields() -> list[tuple[str, str]]:
    """What the user typed into the form that was sent: (name, value), without what the form carries itself."""
    if request.method != "POST" or not _from_our_own_page():
        return []
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in CARRIED | PASSWORDS and value.strip()
    ]


def keep() -> str | None:
    """Everything in the form that was sent, signed, to travel through the sign-in page."""
    if not _from_our_own_page():
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in UNKEPT]
    return _serializer().dumps([request.path, fields, bool(request.files)])


def take_up(kept: str | None) -> Any:
    """The page on which a user who has just signed in sends again what was kept; None when there is nothing."""
    try:
        path, fields, had_files = _serializer().loads(kept or "", max_age=KEPT_SECONDS)
    except BadSignature:
        return None
    key = dict(fields).get("once")
    if not key or not _is_mine(key):
        # Typed by somebody else in the same browser: it is not shown to this user.
        return None
    return _again_page(path, fields, had_files)


def send_again_page() -> Any:
    """The page on which a user sends again what came with a token that is no longer good."""
    if not _from_our_own_page():
        return render_template("errors/page.html", status=400, error=None, kept=[]), 400
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in UNKEPT]
    return _again_page(request.path, fields, bool(request.files)), 400


def _again_page(path: str, fields: list[tuple[str, str]], had_files: bool) -> str:
    typed = [(name, value) for name, value in fields if name not in CARRIED and value.strip()]
    asked, options = current_app.extensions["asked"](path)
    return render_template(
        "errors/again.html",
        path=path,
        fields=fields,
        typed=typed,
        had_files=had_files,
        asked=asked,
        options=options,
    )


def _from_our_own_page() -> bool:
    """Whether a page of this site sent the request: only then is its content worth showing again."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin", "").partition("://")[2] == request.host


def _digest() -> str:
    """What was sent and to where, without the token that changes with each page, and without passwords."""
    left_out = {"csrf_token", "once", *PASSWORDS}
    typed = sorted((n, v) for n, v in request.form.items(multi=True) if n not in left_out)
    files = []
    for name, file in sorted(request.files.items(multi=True)):
        files.append((name, file.filename, hashlib.file_digest(file.stream, "sha256").hexdigest()))
        file.stream.seek(0)
    return hashlib.sha256(json.dumps([request.path, typed, files]).encode()).hexdigest()


def _is_mine(key: str) -> bool:
    drawn, _, mark = key.partition(".")
    return hmac.compare_digest(mark.encode(), _mark(drawn).encode())


def _mark(drawn: str) -> str:
    user_id = g.user.id if g.user else ""
    secret = str(current_app.secret_key).encode()
    return hmac.new(secret, f"once|{drawn}|{user_id}".encode(), hashlib.sha256).hexdigest()[:32]


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="kept")
