"""A case that its diagram stopped: what happened, and the ways to let it go on."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import cases, reports
from engine.errors import Conflict, EngineError, Invalid, Refused
from web import fields, questions, refusing

bp = Blueprint("repair", __name__, url_prefix="/cases/<uuid:case_id>/repair")


@bp.get("")
def show(case_id: uuid.UUID) -> Any:
    return _show(case_id)


@bp.post("/retry")
def retry_case(case_id: uuid.UUID) -> Any:
    return _after(cases.retry_case(g.db, g.user, case_id))


@bp.post("/move-on")
def move_on(case_id: uuid.UUID) -> Any:
    page = reports.repair_page(g.db, g.user, case_id)
    said = {"flow": page.ways[0].flow if page.ways else None, **questions.read(questions.decision(page.ways))}
    return _after(cases.move_on(g.db, g.user, case_id, step=request.form.get("step", ""), **said))


@bp.post("/tell")
def tell_editor(case_id: uuid.UUID) -> Any:
    cases.tell_editor(g.db, g.user, case_id)
    flash(gettext("Whoever edits the pathway has been told where it stopped, and nothing about the case."))
    return redirect(url_for(".show", case_id=case_id), 303)


@bp.errorhandler(Invalid)
@bp.errorhandler(Conflict)
@bp.errorhandler(Refused)
def show_again(error: EngineError) -> Any:
    return refusing.show_again(error, AGAIN)


def _show(case_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.repair_page(g.db, g.user, case_id)
    form = questions.decision(page.ways)
    problems = error.problems if isinstance(error, Invalid) else []
    return render_template(
        "repair/show.html",
        page=page,
        form=form,
        error=error,
        problems=problems,
        targets=fields.targets(form, problems),
        raw=questions.typed(form),
    )


def _after(case: Any) -> Any:
    if case.status == "stuck":
        flash(gettext("The case went on, and needs repair again or still. Look below."), "warning")
        return redirect(url_for(".show", case_id=case.id), 303)
    flash(gettext("The case goes on."), "success")
    return redirect(url_for("cases.show", case_id=case.id), 303)


# What shows the page again when something could not be done.
AGAIN: dict[str, Callable[..., str]] = {"retry_case": _show, "move_on": _show, "tell_editor": _show}
