"""Who is signed in: signing in and out, over the engine's own table of users."""

import hmac
import time
from collections import OrderedDict
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSessionInterface
from flask_babel import gettext
from flask_security import Security, SQLAlchemySessionUserDatastore, UserMixin, current_user
from flask_security.utils import hash_password, login_user, logout_user, verify_and_update_password
from werkzeug.local import LocalProxy

from engine import agencies, clock, journal, models
from engine.errors import FieldProblem, Invalid
from web import filters, once

bp = Blueprint("auth", __name__)

SETTINGS = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    # argon2id alone, without an HMAC around it: the command line makes the same hashes without Flask.
    "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
    "SECURITY_JOIN_USER_ROLES": False,
    "SECURITY_FLASH_MESSAGES": False,
    "SECURITY_DEFAULT_REMEMBER_ME": False,
    "SECURITY_CLI_USERS_NAME": False,
    "SECURITY_CLI_ROLES_NAME": False,
}
# What is fetched without anybody being signed in, and must never carry somebody's cookie.
COOKIELESS = frozenset({"static", "settings.calendar"})
LONGEST_SESSION = 10 * 3600
LONGEST_PASSWORD = agencies.LONGEST_PASSWORD


class Sessions(SecureCookieSessionInterface):
    """Flask's own sessions; but a style sheet or a calendar, which others may keep, carries nobody's cookie."""

    def should_set_cookie(self, app: Flask, session: Any) -> bool:
        return request.endpoint not in COOKIELESS and super().should_set_cookie(app, session)


class Users(SQLAlchemySessionUserDatastore):
    """Finds a user with everything that a page asks about them."""

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> Any:
        [(column, value)] = wanted.items()
        return agencies.find_user(g.db, SignedIn, column, value)


class SignedIn(UserMixin, models.User):
    """A user as Flask-Security wants one; the same rows of the same table."""

    # With a name of its own, SQLAlchemy knows that who signed in and who wrote a note are the same person.
    __mapper_args__ = {"polymorphic_identity": "signed_in"}  # noqa: RUF012 (SQLAlchemy reads it from the class)
    # What a user is, and where, are the memberships, and engine.policy says what follows; Flask-Security's own
    # roles stay empty.
    roles = ()


def bind(app: Flask) -> None:
    """Have Flask-Security read users through each request's own database session."""
    session_of_request = LocalProxy(lambda: g.db)
    datastore = Users(session_of_request, SignedIn, None)
    # The attribute that Flask-Security itself looks for; `Flask` declares none of its extensions.
    app.security = Security(app, datastore, register_blueprint=False)  # type: ignore[attr-defined]
    app.security.principal.skip_static = True  # type: ignore[attr-defined]
    app.session_interface = Sessions()
    app.extensions["throttle"] = Throttle()


class Throttle:
    """Makes guessing slow: after a few failures in a row, each next try has to wait longer.

    Counted in this process, by a hash of what was typed and by network address, whether or not the account exists.
    It never locks anybody out for good.
    """

    KEPT = 10_000

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, key: str, free: int) -> int:
        """How many seconds until the next try is heard; 0 is now. The first `free` failures cost nothing."""
        count, last = self._failures.get(key, (0, 0.0))
        if count < free:
            return 0
        delay = min(2.0 ** (count - free), 300.0)
        return max(0, round(last + delay - clock.now().timestamp()))

    def failed(self, key: str) -> None:
        count, _last = self._failures.pop(key, (0, 0.0))
        self._failures[key] = (count + 1, clock.now().timestamp())
        while len(self._failures) > self.KEPT:
            self._failures.popitem(last=False)

    def passed(self, key: str) -> None:
        self._failures.pop(key, None)


def signed_in_user() -> SignedIn | None:
    """The user of this request. A session that is ten hours old has ended, however busy it was."""
    if not current_user.is_authenticated:
        return None
    if time.time() - session.get("fs_paa", 0) > LONGEST_SESSION:
        logout_user()
        session.clear()
        return None
    # What stands behind Flask-Login's proxy has no type there.
    return current_user._get_current_object()  # type: ignore[no-any-return]


def ask_to_sign_in() -> Any:
    """Lead to the sign-in page; what was typed into a form comes along."""
    if request.method in ("GET", "HEAD"):
        wanted = request.full_path.rstrip("?") if request.path != "/" else None
        return redirect(url_for("auth.sign_in", next=wanted))
    kept = once.keep()
    if kept is None:
        flash(gettext("You are signed out. Sign in to go on."), "notice")
    return _sign_in_page(kept=kept), 401


def ask_again(_error: Exception) -> Any:
    """A form came without a token that is still good: show what was typed, to be sent again."""
    if g.user is not None:
        return once.send_again_page()
    problem = FieldProblem("email", gettext("This page could not be used any more. Sign in again."))
    return _sign_in_page(problem), 400


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    if request.method == "GET":
        return redirect(url_for("start")) if g.user else _sign_in_page()
    email = request.form.get("email", "").strip()
    wait = _wait(email)
    if wait:
        sentence = gettext(
            "There were several attempts. Wait %(seconds)d seconds, then try again.", seconds=wait
        )
        return _sign_in_page(FieldProblem("email", sentence)), 429, {"Retry-After": str(wait)}
    user = _check(email, request.form.get("password", ""))
    if user is None:
        return _sign_in_page(
            FieldProblem("email", gettext("The email address or the password is not right."))
        ), 422
    session.clear()
    session.permanent = True
    login_user(user, remember=False, authn_via=["password"])
    g.user = user
    _note(user, "signed_in")
    return once.take_up(request.form.get("kept")) or redirect(_wanted() or url_for("start"), 303)


@bp.post("/sign-out")
def sign_out() -> Any:
    # A new identity for the user's sessions: a stolen copy of the cookie, here or elsewhere, ends with this one.
    current_app.security.datastore.set_uniquifier(g.user)  # type: ignore[attr-defined]
    journal.note(g.db, g.user, "signed_out")
    logout_user()
    session.clear()
    flash(gettext("You are signed out, here and on every other device."), "success")
    return redirect(url_for("auth.sign_in"), 303)


OPEN_TO_ONE_TIME = frozenset(
    {"auth.password", "auth.change_password", "auth.sign_out", "auth.choose_language", "static"}
)


def must_choose_password() -> Any:
    """Lead to the page on which a one-time password is replaced: it opens no other. None where there is no need."""
    needed = g.user is not None and g.user.one_time_until is not None
    if not needed or request.endpoint in OPEN_TO_ONE_TIME:
        return None
    return redirect(url_for("auth.password"), 303)


@bp.get("/account/password")
def password() -> Any:
    return _password_page()


@bp.post("/account/password")
def change_password() -> Any:
    typed = {key: request.form.get(key, "") for key in ("old", "new", "again")}
    wait = _wait(g.user.email)
    if wait:
        sentence = gettext(
            "There were several attempts. Wait %(seconds)d seconds, then try again.", seconds=wait
        )
        return _password_page(FieldProblem("old", sentence)), 422
    try:
        agencies.change_password(g.db, g.user, **typed)
    except Invalid as error:
        if any(problem.field == "old" for problem in error.problems):
            current_app.extensions["throttle"].failed(_throttled(g.user.email)[0][0])
        return _password_page(*error.problems), 422
    session.clear()
    session.permanent = True
    login_user(g.user, remember=False, authn_via=["password"])
    flash(gettext("Your password is changed. Every other device is signed out."), "success")
    return redirect(url_for("start"), 303)


def _password_page(*problems: FieldProblem) -> str:
    return render_template("auth/password.html", problems=problems)


@bp.post("/hide-names")
def hide_names() -> Any:
    agencies.hide_names(g.db, g.user, hidden=request.form.get("hide") == "yes")
    return redirect(_wanted() or url_for("start"), 303)


@bp.post("/language")
def choose_language() -> Any:
    language = request.form.get("language", "")
    agencies.choose_language(g.db, g.user, language if language in filters.languages() else "en")
    return redirect(_wanted() or url_for("start"), 303)


@bp.get("/health")
def health() -> Any:
    return "ok\n", {"Content-Type": "text/plain; charset=utf-8"}


def _sign_in_page(problem: FieldProblem | None = None, kept: str | None = None) -> str:
    return render_template(
        "auth/sign_in.html",
        problems=[problem] if problem else [],
        email=request.form.get("email", "") if request.endpoint == "auth.sign_in" else "",
        next=_wanted(),
        kept=kept or request.form.get("kept"),
    )


def _check(email: str, password: str) -> SignedIn | None:
    """The user with this password; the same time passes whether the address is unknown or the password wrong."""
    security = current_app.security  # type: ignore[attr-defined]
    password = security.password_util.normalize(password[:LONGEST_PASSWORD])
    user = security.datastore.find_user(email=email.lower())
    if user is None or not user.password:
        hash_password(password)
        passed = False
    else:
        passed = verify_and_update_password(password, user) and user.active
        if user.one_time_until is not None and user.one_time_until < clock.now():
            passed = False
    throttle = current_app.extensions["throttle"]
    account, source = (key for key, _free in _throttled(email))
    if passed:
        # Only the account's count: else a guesser could wipe the network address's by signing in as himself.
        throttle.passed(account)
    else:
        throttle.failed(account)
        throttle.failed(source)
    if user is not None and not passed:
        _note(None, "sign_in_failed")
    return user if passed else None


def _note(user: models.User | None, verb: str) -> None:
    """Into the site's journal, in a transaction of its own: this request's session only looks."""
    with current_app.store.writing() as db:  # type: ignore[attr-defined]
        db.info["vault"] = current_app.vault  # type: ignore[attr-defined]
        journal.note(db, user, verb)


def _wait(email: str) -> int:
    return max(current_app.extensions["throttle"].wait(key, free) for key, free in _throttled(email))


def _throttled(email: str) -> list[tuple[str, int]]:
    """What failures are counted by: the account that was typed, and where the request came from."""
    secret = str(current_app.secret_key).encode()
    account = hmac.new(secret, email.lower().encode(), sha256).hexdigest()
    return [(account, 5), (f"from {request.remote_addr}", 50)]


def _wanted() -> str | None:
    """The page that the user came from or was on the way to, if it is one of ours."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    ours = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if ours and not parts.netloc and not parts.scheme and wanted.isprintable() else None
