"""What a user has to do: the list, one task, and what happens after it."""

import uuid
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, lazy_gettext

from engine import cases, forms, reports
from engine.errors import Conflict, EngineError, Invalid, Refused
from web import fields, filters

bp = Blueprint("tasks", __name__, url_prefix="/tasks")

WHOSE = {
    "mine": lazy_gettext("Mine"),
    "team": lazy_gettext("My team’s"),
    "unclaimed": lazy_gettext("Nobody’s yet"),
}
# The forms of a task's pages in which people type answers; the others are single buttons.
WITH_ANSWERS = frozenset({"tasks.complete", "tasks.save_draft", "tasks.mark_done", "tasks.correct_answer"})


@bp.get("")
def mine() -> Any:
    chosen = _chosen()
    rows = reports.my_tasks(g.db, g.user, **chosen, after=request.args.get("after"))
    return render_template(
        "tasks/mine.html",
        rows=rows,
        chosen=chosen,
        whose=WHOSE,
        counts=reports.task_counts(g.db, g.user),
        choices=reports.task_filters(g.db, g.user),
    )


@bp.get("/<uuid:task_id>")
def show(task_id: uuid.UUID) -> Any:
    return _page("tasks/show.html", task_id)


@bp.post("/<uuid:task_id>")
def complete(task_id: uuid.UUID) -> Any:
    cases.complete_task(g.db, g.user, task_id, _submitted(task_id))
    return redirect(url_for(".done", task_id=task_id), 303)


@bp.post("/<uuid:task_id>/draft")
def save_draft(task_id: uuid.UUID) -> Any:
    cases.save_draft(g.db, g.user, task_id, _typed_with_files(task_id))
    flash(gettext("Draft saved. The task is yours; nobody else sees the draft."), "success")
    return redirect(url_for(".show", task_id=task_id), 303)


@bp.post("/<uuid:task_id>/take-on")
def take_on(task_id: uuid.UUID) -> Any:
    cases.claim_task(g.db, g.user, task_id)
    flash(gettext("You have taken on this task."), "success")
    return redirect(url_for(".show", task_id=task_id), 303)


@bp.post("/<uuid:task_id>/give-back")
def give_back(task_id: uuid.UUID) -> Any:
    cases.give_back_task(g.db, g.user, task_id)
    flash(gettext("You have given the task back to your team. Your draft is kept."), "success")
    return redirect(url_for(".mine"), 303)


@bp.post("/<uuid:task_id>/assign")
def assign(task_id: uuid.UUID) -> Any:
    task = cases.assign_task(g.db, g.user, task_id, _colleague())
    flash(gettext("%(name)s has this task now and has been told.", name=task.owner.name), "success")
    # Who sees single tasks only may not see this one any more.
    return redirect(url_for(".mine"), 303)


@bp.get("/<uuid:task_id>/already-done")
def already_done(task_id: uuid.UUID) -> Any:
    return _page("tasks/already.html", task_id)


@bp.post("/<uuid:task_id>/already-done")
def mark_done(task_id: uuid.UUID) -> Any:
    cases.complete_task(g.db, g.user, task_id, _submitted(task_id, already=True))
    return redirect(url_for(".done", task_id=task_id), 303)


@bp.get("/<uuid:task_id>/correct")
def correct(task_id: uuid.UUID) -> Any:
    return _page("tasks/correct.html", task_id)


@bp.post("/<uuid:task_id>/correct")
def correct_answer(task_id: uuid.UUID) -> Any:
    cases.correct_answer(g.db, g.user, task_id, _submitted(task_id))
    flash(gettext("Corrected. What was entered before is kept below."), "success")
    return redirect(url_for(".show", task_id=task_id), 303)


@bp.get("/<uuid:task_id>/done")
def done(task_id: uuid.UUID) -> Any:
    return render_template("tasks/done.html", page=reports.after_task(g.db, g.user, task_id))


@bp.get("/<uuid:task_id>/text")
def as_text(task_id: uuid.UUID) -> Any:
    text = render_template("tasks/answers.txt", page=reports.task_page(g.db, g.user, task_id))
    return Response(text, mimetype="text/plain")


@bp.get("/<uuid:task_id>/files/<uuid:file_id>")
def file(task_id: uuid.UUID, file_id: uuid.UUID) -> Any:
    name, kind, content = cases.read_file(g.db, g.user, file_id)
    response = Response(content, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@bp.errorhandler(Invalid)
@bp.errorhandler(Conflict)
@bp.errorhandler(Refused)
def show_again(error: EngineError) -> Any:
    """The page that a form was sent from, with all that was typed and what stands in the way."""
    if request.method != "POST":
        raise error
    page = {"tasks.mark_done": "tasks/already.html", "tasks.correct_answer": "tasks/correct.html"}.get(
        request.endpoint or "", "tasks/show.html"
    )
    status = {Invalid: 422, Conflict: 409, Refused: 403}[type(error)]
    return _page(page, (request.view_args or {})["task_id"], error=error), status


def _page(template: str, task_id: uuid.UUID, error: EngineError | None = None) -> str:
    """One of a task's pages: fresh, or again after an `error` with what was typed."""
    page = reports.task_page(g.db, g.user, task_id)
    problems = error.problems if isinstance(error, Invalid) else []
    typed = error is not None and request.endpoint in WITH_ANSWERS
    return render_template(
        template,
        page=page,
        task=page,
        case=page.case,
        raw=_typed(page.form) if typed else {**_about_before(page), **page.raw},
        about=_about(),
        reason=request.form.get("reason", ""),
        error=error,
        typed=typed,
        problems=problems,
        targets={**fields.targets(page.form, problems), **fields.targets(_about(), problems)},
    )


def asked_at(path: str) -> tuple[list[forms.Form], dict[str, dict[str, str]]]:
    """What the page of a task asks, by its address, and whom one can choose there; nothing for any other page."""
    root, _, rest = path.removeprefix("/").partition("/")
    try:
        page = reports.task_page(g.db, g.user, uuid.UUID(rest.partition("/")[0])) if root == "tasks" else None
    except (ValueError, EngineError):
        page = None
    return ([page.form, _about()], page.options) if page else ([], {})


def _about() -> forms.Form:
    """What is asked about every step, whatever its own form asks."""
    return _form_about(str(get_locale()))


@lru_cache
def _form_about(_locale: str) -> forms.Form:
    """The form in the language of this request, which is the only thing that changes it."""
    questions: list[dict[str, Any]] = [
        {
            "key": "happened_on",
            "kind": "date",
            "label": gettext("Happened on"),
            "hint": gettext("For example, 27 3 2025"),
            "required": True,
        },
        {
            "key": "interpreter",
            "kind": "yes_no",
            "label": gettext("Was an interpreter used?"),
            "required": True,
        },
        {
            "key": "interpreter_language",
            "kind": "text",
            "label": gettext("Which language?"),
            "max_length": 60,
            "show_if": {"key": "interpreter", "in": [True]},
        },
    ]
    return forms.parse({"key": "about", "title": gettext("About this step"), "questions": questions})


def _about_before(page: reports.TaskPage) -> dict[str, Any]:
    """How the questions about a step are filled in at first: today, or what was entered when it was done."""
    answers: dict[str, Any] = {"happened_on": (page.happened_on or page.today).isoformat()}
    interpreter = page.answers[0].interpreter if page.answers else None
    answers["interpreter"] = interpreter is not None
    if interpreter and interpreter != "yes":
        answers["interpreter_language"] = interpreter
    return forms.raw(_about(), answers)


def _typed(form: forms.Form) -> dict[str, Any]:
    """Everything that was typed on a task's page: the step's own questions and those about every step."""
    return {
        **fields.posted(form, request.form, request.files),
        **fields.posted(_about(), request.form, request.files),
    }


def _typed_with_files(task_id: uuid.UUID) -> dict[str, Any]:
    """What was typed, with each file that was chosen kept beside the task."""
    form = reports.task_form(g.db, g.user, task_id)
    raw = _typed(form)
    for question, sent in fields.sent_files(request.files, form):
        kept = cases.keep_file(g.db, g.user, task_id, question=question, **sent)
        raw[question] = {"name": sent["name"], "type": sent["type"], "size": kept.size, "file": str(kept.id)}
    return raw


def _submitted(task_id: uuid.UUID, *, already: bool = False) -> cases.Submitted:
    raw = _typed_with_files(task_id)
    happened_on, interpreter = _read_about(raw)
    return cases.Submitted(
        raw=raw,
        happened_on=happened_on,
        interpreter=interpreter,
        reason=request.form.get("reason", ""),
        already=already,
        seen=request.form.get("seen", type=int),
    )


def _read_about(raw: dict[str, Any]) -> tuple[date | str | None, str | None]:
    """The day on which it happened (the text itself where it is no day: the engine says so), and the interpreter."""
    try:
        answers = forms.read(_about(), {"interpreter": "no", **raw}, timezone=filters.timezone())
    except Invalid:
        typed = raw.get("happened_on") or ""
        return " ".join(typed.values()) if isinstance(typed, dict) else str(typed), None
    spoken = answers.get("interpreter_language") or "yes"
    return date.fromisoformat(answers["happened_on"]), spoken if answers.get("interpreter") else None


def _colleague() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("assign_to", ""))
    except ValueError:
        # Nobody has this id, and the engine says what to do about that.
        return uuid.UUID(int=0)


def _chosen() -> dict[str, Any]:
    """Which tasks are to be shown, from the address; what it does not know is as if it were not there."""
    whose = request.args.get("whose", "mine")
    return {
        "whose": whose if whose in WHOSE else "mine",
        "pathway": request.args.get("pathway") or None,
        "role": request.args.get("role") or None,
        "late": request.args.get("late") == "yes",
    }
