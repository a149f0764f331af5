"""The people of a local action: found, added, changed, given roles, let go."""

import uuid
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import accounts, administration, reports
from engine.accounts import providers
from engine.errors import EngineError
from web import questions
from web.admin import asked
from web.admin.frame import bp, shown, shows_again
from web.gate import confirmed


# Searching is a POST although it changes nothing: a name belongs neither into an address nor into a log.
@bp.route("/<place>/people", methods=["GET", "POST"])
def people(place: str) -> Any:
    here = administration.find_place(g.db, g.user, place)
    text = request.form.get("text", "").strip()
    page = reports.people_page(g.db, here, text=text, after=request.args.get("after"))
    return render_template("admin/people.html", place=here, page=page, text=text)


def _new_person(place: str, error: EngineError | None = None) -> str:
    here = administration.find_place(g.db, g.user, place)
    known = {"agency": request.args.get("agency")}
    form, options = asked.new_person(_roles()), _agencies(place)
    return shown("admin/new_person.html", form, known, error, place=here, options=options)


@bp.get("/<place>/people/new")
@confirmed
def new_person(place: str) -> Any:
    return _new_person(place)


@bp.post("/<place>/people/new")
@confirmed
@shows_again(_new_person)
def add_person(place: str) -> Any:
    said = questions.read(asked.new_person(_roles()), _agencies(place))
    given = {key: said[key] or "" for key in ("name", "email", "phone", "role")}
    person, password = administration.add_user(
        g.db, g.user, place, agency_id=uuid.UUID(said["agency"]), **given
    )
    return _password(place, person, password)


def _person(place: str, user_id: uuid.UUID, error: EngineError | None = None) -> str:
    here = administration.find_place(g.db, g.user, place)
    found = administration.find_user(g.db, here, user_id)
    page = reports.person_page(g.db, here, found)
    known = {"name": page.name, "email": page.email, "phone": page.phone or ""}
    sign_ins = accounts.sign_ins(g.db, found, current_app.settings)
    steps, at = accounts.second_steps(g.db, found), providers.providers_for(g.db, found)
    more = {"sign_ins": sign_ins, "steps": steps, "providers": at}
    return shown("admin/person.html", asked.person(), known, error, place=here, page=page, **more)


@bp.get("/<place>/people/<uuid:user_id>")
def person(place: str, user_id: uuid.UUID) -> Any:
    return _person(place, user_id)


@bp.post("/<place>/people/<uuid:user_id>")
@confirmed
@shows_again(_person)
def change_person(place: str, user_id: uuid.UUID) -> Any:
    said = questions.read(asked.person())
    given = {key: said[key] or "" for key in ("name", "email", "phone")}
    administration.change_user(g.db, g.user, place, user_id, **given)
    return _saved(place, user_id, gettext("Saved."))


def _new_desk(place: str, user_id: uuid.UUID, error: EngineError | None = None) -> str:
    here = administration.find_place(g.db, g.user, place)
    page = reports.person_page(g.db, here, administration.find_user(g.db, here, user_id))
    more = {"place": here, "page": page, "options": _agencies(place)}
    return shown("admin/desk.html", asked.desk(_roles()), None, error, **more)


@bp.get("/<place>/people/<uuid:user_id>/roles")
@confirmed
def new_desk(place: str, user_id: uuid.UUID) -> Any:
    return _new_desk(place, user_id)


@bp.post("/<place>/people/<uuid:user_id>/roles")
@confirmed
@shows_again(_new_desk)
def add_desk(place: str, user_id: uuid.UUID) -> Any:
    said = questions.read(asked.desk(_roles()), _agencies(place))
    agency_id, role = uuid.UUID(said["agency"]), said["role"]
    administration.add_desk(g.db, g.user, place, user_id, agency_id=agency_id, role=role)
    return _saved(place, user_id, gettext("The role is given. It counts from their next page on."))


@bp.post("/<place>/people/<uuid:user_id>/roles/<uuid:desk_id>/end")
@confirmed
def leave_desk(place: str, user_id: uuid.UUID, desk_id: uuid.UUID) -> Any:
    administration.leave_desk(g.db, g.user, place, user_id, desk_id)
    words = gettext("The role is ended. Their open tasks in it are back with the team.")
    if user_id == g.user.id:
        flash(words, "success")
        return redirect(url_for("start"), 303)
    return _saved(place, user_id, words)


@bp.post("/<place>/people/<uuid:user_id>/password")
@confirmed
def give_password(place: str, user_id: uuid.UUID) -> Any:
    return _password(place, *administration.give_password(g.db, g.user, place, user_id))


# Where a form that was sent twice leads: the password itself is shown once.
@bp.get("/<place>/people/<uuid:user_id>/password")
def password_given(place: str, user_id: uuid.UUID) -> Any:
    return redirect(url_for(".person", place=place, user_id=user_id))


@bp.get("/<place>/people/<uuid:user_id>/deactivate")
@confirmed
def deactivate(place: str, user_id: uuid.UUID) -> Any:
    here = administration.find_place(g.db, g.user, place)
    found = administration.find_user(g.db, here, user_id)
    page = reports.person_page(g.db, here, found)
    reason = administration.why_not_let_go(g.db, here, found)
    return render_template("admin/deactivate.html", place=here, page=page, reason=reason)


@bp.post("/<place>/people/<uuid:user_id>/deactivate")
@confirmed
def deactivate_user(place: str, user_id: uuid.UUID) -> Any:
    administration.deactivate_user(g.db, g.user, place, user_id)
    if user_id == g.user.id:
        return redirect(url_for("auth.sign_in"), 303)
    words = gettext("They cannot sign in any more. What they had open is back with their teams.")
    return _saved(place, user_id, words)


@bp.post("/<place>/people/<uuid:user_id>/activate")
@confirmed
def activate_user(place: str, user_id: uuid.UUID) -> Any:
    administration.activate_user(g.db, g.user, place, user_id)
    return _saved(place, user_id, gettext("They can sign in again, with the password that they had."))


@bp.post("/<place>/people/<uuid:user_id>/sign-out")
@confirmed
def sign_out_user(place: str, user_id: uuid.UUID) -> Any:
    administration.sign_out_user(g.db, g.user, place, user_id)
    if user_id == g.user.id:
        return redirect(url_for("auth.sign_in"), 303)
    return _saved(place, user_id, gettext("They are signed out everywhere. They can sign in again."))


@bp.post("/<place>/people/<uuid:user_id>/second-step/reset")
@confirmed
def reset_second_step(place: str, user_id: uuid.UUID) -> Any:
    administration.reset_second_step(g.db, g.user, place, user_id)
    return _saved(place, user_id, gettext("Their second step is taken away, and they are signed out."))


def _password(place: str, person: Any, password: str) -> str:
    """The one page that shows a one-time password: never led to, so that it stands in no address and no cookie."""
    return render_template(
        "admin/password.html",
        place=administration.find_place(g.db, g.user, place),
        person=person,
        password=password,
    )


def _saved(place: str, user_id: uuid.UUID, words: str) -> Any:
    flash(words, "success")
    return redirect(url_for(".person", place=place, user_id=user_id), 303)


def _agencies(place: str) -> dict[str, dict[str, str]]:
    here = administration.find_place(g.db, g.user, place)
    return {"agency": {str(line.id): line.name for line in reports.agency_lines(g.db, here)}}


def _roles() -> dict[str, str]:
    return {role.key: gettext(role.name) for role in reports.role_lines(g.db)}
