"""Participants: those of the user, registering one, their dates with who said them, and a date that has changed."""

import uuid
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import facts, participants, policy, reports
from engine.errors import EngineError, Invalid, Refused
from web import fields, questions

bp = Blueprint("participants", __name__, url_prefix="/participants")


@bp.get("")
def mine() -> Any:
    return render_template("participants/mine.html", rows=reports.my_participants(g.db, g.user))


@bp.get("/new")
def new() -> Any:
    return _new()


@bp.post("/new")
def register() -> Any:
    said = questions.read(questions.registration())
    given = {key: value or "" for key, value in said.items() if key != "born_on"}
    participant = participants.register(g.db, g.user, born_on=said["born_on"], **given)
    return redirect(url_for("cases.prepare", participant_id=participant.id), 303)


@bp.get("/<uuid:participant_id>")
def show(participant_id: uuid.UUID) -> Any:
    return _show(participant_id)


@bp.post("/<uuid:participant_id>/dates")
def record_date(participant_id: uuid.UUID) -> Any:
    said = questions.read(_date_form())
    # That a day is not known any more is itself for sure.
    sure = "confirmed" if said["sure"] == "unknown" else said["sure"]
    given = {"key": said["key"], "on": said["on"], "source": said["source"]}
    participants.record_date(g.db, g.user, participant_id, sure=sure, **given)
    flash(gettext("Recorded. What was said before is kept, and due dates that count from it have followed."))
    return redirect(url_for(".show", participant_id=participant_id), 303)


@bp.errorhandler(Invalid)
@bp.errorhandler(Refused)
def show_again(error: EngineError) -> Any:
    """The page that a form was sent from, with all that was typed and what stands in the way."""
    if request.method != "POST":
        raise error
    page = _new if request.endpoint == "participants.register" else _show
    return page(**(request.view_args or {}), error=error), 422 if isinstance(error, Invalid) else 403


def _new(error: EngineError | None = None) -> str:
    form = questions.registration()
    reason = policy.why_not(g.user, "register_participant")
    return _render("participants/new.html", form, questions.typed(form), error, reason=reason)


def _show(participant_id: uuid.UUID, error: EngineError | None = None) -> str:
    form = _date_form()
    raw = questions.typed(form) if error else {"key": request.args.get("date", "release_on")}
    page = reports.participant_page(g.db, g.user, participant_id)
    return _render("participants/show.html", form, raw, error, page=page)


def _date_form() -> questions.Form:
    return questions.recorded_date({key: gettext(label) for key, label in facts.DATES.items()})


def _render(
    template: str, form: questions.Form, raw: dict[str, Any], error: EngineError | None, **more: Any
) -> str:
    problems = error.problems if isinstance(error, Invalid) else []
    targets = fields.targets(form, problems)
    return render_template(
        template, form=form, raw=raw, error=error, problems=problems, targets=targets, **more
    )
