"""Handing over cases to a colleague of the same agency: one case from its page, several at once from my tasks."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from engine import cases, reports
from engine.errors import Conflict, EngineError, Invalid, NotFound, Refused
from web import fields, filters, questions, refusing

bp = Blueprint("handover", __name__, url_prefix="/hand-over")


@bp.get("")
def several() -> Any:
    return _several()


@bp.post("")
def hand_over_cases() -> Any:
    page = reports.handing_page(g.db, g.user, giver_id=_giver())
    said = questions.read(_form_of_several(page), {"user": page.successors})
    notes = {uuid.UUID(case_id): {"open": said.get(_text(case_id))} for case_id in said["cases"]}
    given = {"to": uuid.UUID(said["to"]), "reason": said["reason"], "giver_id": page.giver_id}
    cases.hand_over_cases(g.db, g.user, notes, **given)
    flash(
        ngettext(
            "One case is handed over. %(name)s has been told.",
            "%(num)d cases are handed over. %(name)s has been told.",
            len(notes),
            name=page.successors[said["to"]],
        ),
        "success",
    )
    return redirect(url_for("tasks.mine"), 303)


@bp.get("/<uuid:case_id>")
def one(case_id: uuid.UUID) -> Any:
    return _one(case_id)


@bp.post("/<uuid:case_id>")
def hand_over(case_id: uuid.UUID) -> Any:
    page = reports.handing_page(g.db, g.user, giver_id=_giver(), case_id=case_id)
    said = questions.read(questions.hand_over(_reasons()), {"user": page.successors})
    note = {**said, "introduced": said["introduced"] == "yes" or said["introduced"] is True}
    given = {"to": uuid.UUID(said["to"]), "reason": said["reason"], "giver_id": page.giver_id}
    cases.hand_over(g.db, g.user, case_id, note=note, **given)
    flash(gettext("Handed over. %(name)s has been told.", name=page.successors[said["to"]]), "success")
    # Who had only this case to see may not see it any more.
    return redirect(url_for("tasks.mine"), 303)


# ---- when something stands in the way


@bp.errorhandler(Invalid)
@bp.errorhandler(Conflict)
@bp.errorhandler(Refused)
def show_again(error: EngineError) -> Any:
    return refusing.show_again(error, AGAIN)


# ---- the pages, fresh or with an error


def _one(case_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.handing_page(g.db, g.user, giver_id=_giver(), case_id=case_id)
    form = questions.hand_over(_reasons())
    return _render("handover/one.html", page, form, error, head=reports.case_head(g.db, g.user, case_id))


def _several(error: EngineError | None = None) -> str:
    page = reports.handing_page(g.db, g.user, giver_id=_giver())
    return _render("handover/several.html", page, _form_of_several(page), error)


def _render(template: str, page: Any, form: Any, error: EngineError | None, **more: Any) -> str:
    problems = error.problems if isinstance(error, Invalid) else []
    return render_template(
        template,
        page=page,
        form=form,
        error=error,
        problems=problems,
        targets=fields.targets(form, problems) if form else {},
        raw=questions.typed(form) if form and request.method == "POST" else {},
        options={"user": page.successors},
        **more,
    )


def _form_of_several(page: reports.HandingPage) -> questions.Form | None:
    """None where there is nothing to hand over."""
    lines = [(str(case.id), _line(case)) for case in page.cases]
    return questions.hand_over_cases(lines, _reasons(), _text) if lines else None


def _line(case: Any) -> str:
    count = len(case.tasks)
    tasks = ngettext("one open task", "%(num)d open tasks", count) if count else gettext("no open task")
    name = filters.participant(case.participant)
    return gettext(
        "%(participant)s, case %(number)s: %(tasks)s", participant=name, number=case.number, tasks=tasks
    )


def _text(case_id: str) -> str:
    return f"open_{uuid.UUID(case_id).hex}"


def _reasons() -> dict[str, str]:
    return {key: filters.say(label) for key, label in cases.REASONS.items()}


def _giver() -> uuid.UUID | None:
    """Whose work it is, where it is not the user's own."""
    try:
        return uuid.UUID(request.values["of"]) if request.values.get("of") else None
    except ValueError:
        raise NotFound("We cannot find that colleague.") from None


# What shows a form again that could not be taken.
AGAIN: dict[str, Callable[..., str]] = {"hand_over": _one, "hand_over_cases": _several}
