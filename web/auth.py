"""Who is signed in: signing in and out, and the pages that come before all others."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

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

from engine import accounts, agencies, journal
from engine.accounts import attempts
from engine.errors import EngineError, FieldProblem, Invalid
from web import devices, filters, once

bp = Blueprint("auth", __name__)
log = logging.getLogger("throughcare.web")

# What is fetched without anybody being signed in, and must never carry somebody's cookie.
COOKIELESS = frozenset({"static", "settings.calendar"})
# These look only; what they leave behind is written apart, so that guessing never holds the write lock.
APART = frozenset({"auth.sign_in"})


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
    with current_app.store.writing() as db:  # type: ignore[attr-defined]
        db.info["vault"] = current_app.vault  # type: ignore[attr-defined]
        yield db


def signed_in_user() -> Any:
    """The user of this request, or None; `g.sign_in` is where they are signed in."""
    token = session.get("token")
    g.sign_in = accounts.find_sign_in(g.db, _config(), token) if token else None
    if g.sign_in is None:
        session.pop("token", None)
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
    email, password = request.form.get("email", "").strip(), request.form.get("password", "")
    tries = {"account": email, "source": str(request.remote_addr)}
    with writing_apart() as db:
        wait = attempts.take(db, tries)
    if wait:
        return _sign_in_page(FieldProblem("email", wait_sentence(wait))), 429, {"Retry-After": str(wait)}
    user = accounts.user_with(g.db, email, password)
    if user is None:
        with writing_apart() as db:
            journal.note(db, None, "sign_in_failed")
        return _sign_in_page(
            FieldProblem("email", gettext("The email address or the password is not right."))
        ), 422
    with writing_apart() as db:
        attempts.passed(db, tries)
        begin(db, user.id, password)
    return once.take_up(request.form.get("kept")) or redirect(wanted() or url_for("start"), 303)


def begin(db: Any, user_id: UUID, password: str | None = None) -> None:
    """Sign somebody in in this browser, under a new token."""
    g.user = accounts.user_by_id(db, user_id)
    if password:
        accounts.renew_hash(db, g.user, password)
    session.clear()
    session.permanent = True
    device = devices.told(request.headers.get("User-Agent", ""))
    session["token"] = accounts.begin_sign_in(db, g.user, _config(), device=device)


@bp.post("/sign-out")
def sign_out() -> Any:
    accounts.end_sign_in(g.db, g.user, g.sign_in.id)
    session.clear()
    flash(gettext("You are signed out."), "success")
    return redirect(url_for("auth.sign_in"), 303)


@bp.post("/account/sign-ins/<uuid:sign_in_id>/end")
def end_sign_in(sign_in_id: UUID) -> Any:
    accounts.end_sign_in(g.db, g.user, sign_in_id)
    flash(gettext("You are signed out there."), "success")
    return redirect(url_for("settings.mine", _anchor="sign-ins"), 303)


@bp.post("/account/sign-ins/end-others")
def end_other_sign_ins() -> Any:
    accounts.end_other_sign_ins(g.db, g.user, but=g.sign_in.id)
    flash(gettext("You are signed out everywhere but here."), "success")
    return redirect(url_for("settings.mine", _anchor="sign-ins"), 303)


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
    tries = {"account": g.user.email}
    if wait := attempts.seconds(g.db, tries):
        return _password_page(FieldProblem("old", wait_sentence(wait))), 422
    try:
        accounts.change_password(g.db, g.user, **typed)
    except Invalid as error:
        if any(problem.field == "old" for problem in error.problems):
            g.db.rollback()
            with writing_apart() as db:
                attempts.take(db, tries)
        return _password_page(*error.problems), 422
    begin(g.db, g.user.id)
    flash(gettext("Your password is changed. Every other device is signed out."), "success")
    return redirect(url_for("start"), 303)


def wait_sentence(seconds: int) -> str:
    return gettext("There were several attempts. Wait %(seconds)d seconds, then try again.", seconds=seconds)


def _password_page(*problems: FieldProblem) -> str:
    return render_template("auth/password.html", problems=problems)


@bp.post("/hide-names")
def hide_names() -> Any:
    agencies.hide_names(g.db, g.user, hidden=request.form.get("hide") == "yes")
    return redirect(wanted() or url_for("start"), 303)


@bp.post("/language")
def choose_language() -> Any:
    language = request.form.get("language", "")
    agencies.choose_language(g.db, g.user, language if language in filters.languages() else "en")
    return redirect(wanted() or url_for("start"), 303)


@bp.get("/health")
def health() -> Any:
    return "ok\n", {"Content-Type": "text/plain; charset=utf-8"}


def _sign_in_page(problem: FieldProblem | None = None, kept: str | None = None) -> str:
    return render_template(
        "auth/sign_in.html",
        problems=[problem] if problem else [],
        email=request.form.get("email", "") if request.endpoint == "auth.sign_in" else "",
        next=wanted(),
        kept=kept or request.form.get("kept"),
    )


def wanted() -> str | None:
    """The page that the user came from or was on the way to, if it is one of ours."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    ours = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if ours and not parts.netloc and not parts.scheme and wanted.isprintable() else None


def _config() -> Any:
    return current_app.settings  # type: ignore[attr-defined]
