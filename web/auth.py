"""Signing in, with a second step where there is one, showing again that it is you, and signing out."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext

from engine import accounts, agencies, journal
from engine.accounts import attempts, providers
from engine.errors import FieldProblem, Invalid
from web import filters, gate, once, passkeys
from web.gate import wait_sentence, wanted, writing_apart

bp = Blueprint("auth", __name__)


def ask_to_sign_in() -> Any:
    """Lead to the sign-in page; what was typed into a form comes along."""
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("auth.sign_in", next=_this_page()))
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


def comes_first() -> Any:
    """The way to what must be done before this page; None where there is nothing."""
    if endpoint := gate.comes_first():
        return redirect(url_for(endpoint), 303)
    if not gate.must_confirm():
        return None
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("auth.confirm_page", next=_this_page()))
    return _confirm_page(kept=once.keep()), 403


# ---- signing in


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    if request.method == "GET":
        return redirect(url_for("start")) if g.user else _sign_in_page()
    email, password = request.form.get("email", "").strip(), request.form.get("password", "")
    tries = {"account": email, "source": str(request.remote_addr)}
    if wait := _count(tries):
        return _sign_in_page(FieldProblem("email", wait_sentence(wait))), 429, {"Retry-After": str(wait)}
    user = accounts.user_with(g.db, email, password)
    if user is None:
        _note_failure()
        return _sign_in_page(
            FieldProblem("email", gettext("The email address or the password is not right."))
        ), 422
    waits = bool(accounts.second_steps(g.db, user))
    with writing_apart() as db:
        attempts.passed(db, tries)
        person = accounts.user_by_id(db, user.id)
        accounts.renew_hash(db, person, password)
        gate.begin(db, person, waits=waits)
    return _second_step_page(user) if waits else _arrived()


@bp.get("/sign-in/second-step")
def second_step() -> Any:
    if g.user:
        return redirect(url_for("start"))
    return _second_step_page(g.sign_in.user) if g.sign_in else _sign_in_page()


@bp.post("/sign-in/second-step")
def take_second_step() -> Any:
    if g.sign_in is None or not g.sign_in.waits:
        problem = FieldProblem("email", gettext("That took too long. Sign in again."))
        return _sign_in_page(problem, kept=request.form.get("kept")), 401
    person = g.sign_in.user
    how, problem = _try_passkey(person) if "answer" in request.form else _try_code(person)
    if problem:
        return _second_step_page(person, problem), 422
    with writing_apart() as db:
        gate.begin(db, accounts.user_by_id(db, person.id), way=g.sign_in.way, second_step=how)
    return _arrived()


@bp.post("/sign-in/passkey")
def use_passkey() -> Any:
    """Signing in with a passkey alone: its device has asked for a finger, a face or a PIN."""
    tries = {"source": str(request.remote_addr)}
    if wait := _count(tries):
        return _sign_in_page(FieldProblem("passkey", wait_sentence(wait))), 429, {"Retry-After": str(wait)}
    with writing_apart() as db:
        user_id = passkeys.take(db)
        if user_id is not None:
            attempts.passed(db, tries)
            gate.begin(db, accounts.user_by_id(db, user_id), way="passkey", second_step="passkey")
    if user_id is None:
        _note_failure()
        return _sign_in_page(FieldProblem("passkey", filters.say(passkeys.WRONG))), 422
    return _arrived()


def _arrived() -> Any:
    return once.take_up(request.form.get("kept")) or redirect(wanted() or url_for("start"), 303)


def _count(tries: dict[str, str]) -> int:
    """Count a try; how many seconds to wait where it is not heard yet."""
    with writing_apart() as db:
        return attempts.take(db, tries)


def _note_failure() -> None:
    with writing_apart() as db:
        journal.note(db, None, "sign_in_failed")


def _try_code(person: Any) -> tuple[str | None, FieldProblem | None]:
    """Use up the code that was typed: which kind it was, or what is wrong. Guessing gets slow here too."""
    tries = {"account": f"code of {person.id}", "source": str(request.remote_addr)}
    if wait := _count(tries):
        return None, FieldProblem("code", wait_sentence(wait))
    with writing_apart() as db:
        how = accounts.take_code(db, accounts.user_by_id(db, person.id), request.form.get("code", ""))
        if how is not None:
            attempts.passed(db, tries)
    if how is None:
        _note_failure()
        return None, FieldProblem("code", filters.say(accounts.WRONG_CODE))
    return how, None


def _try_passkey(person: Any) -> tuple[str | None, FieldProblem | None]:
    """Use the passkey that the browser answered with. It cannot be guessed, so nothing is counted."""
    with writing_apart() as db:
        taken = passkeys.take(db, person)
    if taken is None:
        _note_failure()
        return None, FieldProblem("passkey", filters.say(passkeys.WRONG))
    return "passkey", None


# ---- showing again that it is you


@bp.get("/account/confirm")
def confirm_page() -> Any:
    return _confirm_page()


@bp.post("/account/confirm")
def confirm() -> Any:
    if "answer" in request.form:
        problem = _try_passkey(g.user)[1]
    else:
        problem = _try_code(g.user)[1] if "code" in request.form else _try_password()
    if problem:
        return _confirm_page(problem), 422
    with writing_apart() as db:
        accounts.confirm(db, g.sign_in.id)
    return _arrived()


def _try_password() -> FieldProblem | None:
    tries = {"account": g.user.email, "source": str(request.remote_addr)}
    if wait := _count(tries):
        return FieldProblem("password", wait_sentence(wait))
    if not agencies.is_password(g.user, request.form.get("password", "")):
        return FieldProblem("password", gettext("This is not your password."))
    with writing_apart() as db:
        attempts.passed(db, tries)
    return None


# ---- signing out


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


# ---- what a user changes for themselves


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
            _count(tries)
        return _password_page(*error.problems), 422
    gate.begin(g.db, g.user, way=g.sign_in.way, second_step=g.sign_in.second_step)
    flash(gettext("Your password is changed. Every other device is signed out."), "success")
    return redirect(url_for("start"), 303)


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


# ---- the pages


def _sign_in_page(problem: FieldProblem | None = None, kept: str | None = None) -> str:
    return render_template(
        "auth/sign_in.html",
        problems=[problem] if problem else [],
        email=request.form.get("email", "") if request.endpoint == "auth.sign_in" else "",
        passkey=passkeys.to_use(),
        providers=providers.providers(g.db),
        **_carried(kept),
    )


def _second_step_page(person: Any, problem: FieldProblem | None = None) -> str:
    return render_template(
        "auth/second_step.html",
        problems=[problem] if problem else [],
        steps=(steps := accounts.second_steps(g.db, person)),
        passkey=passkeys.to_use(person) if steps.passkeys else None,
        **_carried(),
    )


def _confirm_page(problem: FieldProblem | None = None, kept: str | None = None) -> str:
    return render_template(
        "auth/confirm.html",
        problems=[problem] if problem else [],
        steps=(steps := accounts.second_steps(g.db, g.user)),
        passkey=passkeys.to_use(g.user) if steps.passkeys else None,
        **_carried(kept),
    )


def _password_page(*problems: FieldProblem) -> str:
    return render_template("auth/password.html", problems=problems)


def _carried(kept: str | None = None) -> dict[str, Any]:
    """What travels through the pages of signing in: where the user wants to go, and what they had typed."""
    return {"next": wanted(), "kept": kept or request.form.get("kept")}


def _this_page() -> str | None:
    return request.full_path.rstrip("?") if request.path != "/" else None
