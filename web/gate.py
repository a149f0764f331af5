"""Who is at the door: finds who is signed in, and says what comes before the page that they want."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_babel import ngettext
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from engine import accounts, policy
from engine.errors import EngineError
from web import devices

log = logging.getLogger("throughcare.web")

View = TypeVar("View", bound=Callable[..., Any])

# What is fetched without anybody being signed in, and must never carry somebody's cookie.
COOKIELESS = frozenset({"static", "settings.calendar"})
# These look only; what they leave behind is written apart, so that guessing never holds the write lock.
APART = frozenset({"auth.sign_in", "auth.take_second_step", "auth.use_passkey", "auth.confirm"})
# What is open to somebody who has to do something first: leaving, and the pages on which it is done.
ALWAYS = frozenset({"auth.sign_out", "auth.choose_language", "static"})
TO_CHOOSE_PASSWORD = ALWAYS | {"auth.password", "auth.change_password"}
TO_SET_UP = TO_CHOOSE_PASSWORD | {"auth.confirm", "auth.confirm_page"}


class Sessions(SecureCookieSessionInterface):
    """Flask's own sessions; but a style sheet or a calendar, which others may keep, carries nobody's cookie.

    The cookie holds a random token, by which the engine finds who is signed in, and nothing about them.
    """

    def should_set_cookie(self, app: Flask, session: Any) -> bool:
        return request.endpoint not in COOKIELESS and super().should_set_cookie(app, session)


@contextmanager
def writing_apart() -> Iterator[Any]:
    """A transaction of its own, for what must stay whether or not this request's own is undone.

    Only where this request's session does not write: on SQLite there is one writer at a time.
    """
    with current_app.store.writing() as db:
        db.info["vault"] = current_app.vault
        yield db


class Visitor(UserMixin):
    """Who came with a token, as Flask-Login knows them: by the token of their sign-in, never by who they are.

    So a sign-in that is ended is over at the next click, in whichever browser it was.
    """

    def __init__(self, token: str, sign_in: Any = None) -> None:
        self.token, self.sign_in = token, sign_in

    def get_id(self) -> str:
        return self.token

    @property
    def is_authenticated(self) -> bool:
        return self.sign_in is not None and not self.sign_in.waits


visitors = LoginManager()
# A telephone's address changes on the way, which must not sign anybody out: a sign-in ends by its own limits.
visitors.session_protection = None


@visitors.user_loader
def _visitor(token: str) -> Visitor | None:
    sign_in = accounts.find_sign_in(g.db, config(), token)
    return Visitor(token, sign_in) if sign_in else None


def signed_in_user() -> Any:
    """The user of this request, or None; `g.sign_in` is where they are signed in, or wait to do the second step."""
    g.sign_in = getattr(current_user, "sign_in", None)
    if g.sign_in is None:
        if "_user_id" in session:
            logout_user()
        return None
    if not current_user.is_authenticated:
        return None
    g.seen_anew = g.sign_in.id if accounts.is_seen_anew(g.sign_in) else None
    return g.sign_in.user


def note_seen() -> None:
    """After the request: note every few minutes that somebody is there. Not being able to must fail no page."""
    if g.get("seen_anew") is None:
        return
    try:
        with writing_apart() as db:
            accounts.note_seen(db, g.seen_anew)
    except EngineError as error:
        log.warning("could not note that somebody was seen: %s", type(error).__name__)


def begin(
    db: Any, user: Any, *, way: str = "password", second_step: str | None = None, waits: bool = False
) -> None:
    """Sign somebody in in this browser, under a new token; or only as far as the second step, which then `waits`."""
    device = devices.told(request.headers.get("User-Agent", ""))
    if g.sign_in is not None:
        accounts.drop(db, g.sign_in.id)
    session.clear()
    session.permanent = True
    token = accounts.begin_sign_in(
        db, user, config(), device=device, way=way, second_step=second_step, waits=waits
    )
    login_user(Visitor(token), force=True)
    g.user = None if waits else user


def comes_first() -> str | None:
    """The endpoint to which the user must go before any other; None where there is none."""
    if g.user is None:
        return None
    if g.user.one_time_until is not None and g.sign_in.way == "password":
        return None if request.endpoint in TO_CHOOSE_PASSWORD else "auth.password"
    if g.sign_in.second_step is None and policy.needs_second_step(g.user):
        ours = request.endpoint in TO_SET_UP or request.blueprint == "second_step"
        return None if ours else "second_step.mine"
    return None


def confirmed(view: View) -> View:
    """Marks a view before which the user shows again that it is them, when they last did so some time ago."""
    view.asks_to_confirm = True
    return view


def must_confirm() -> bool:
    """Whether the user has to show again that it is them before this page."""
    view = current_app.view_functions.get(request.endpoint or "")
    asks = getattr(view, "asks_to_confirm", False)
    return g.user is not None and asks and not accounts.is_confirmed(g.sign_in, config())


def wanted() -> str | None:
    """The page that the user came from or was on the way to, if it is one of ours."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    ours = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if ours and not parts.netloc and not parts.scheme and wanted.isprintable() else None


def wait_sentence(seconds: int) -> str:
    return ngettext(
        "There were several attempts. Wait one second, then try again.",
        "There were several attempts. Wait %(num)d seconds, then try again.",
        seconds,
    )


def config() -> Any:
    return current_app.settings
