"""Cases: those a user works with, finding one, one case's page and what can be done there, opening one."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import cases, library, participants, policy, reports
from engine.errors import Conflict, EngineError, FieldProblem, Invalid, NotFound, Refused
from web import fields, filters, questions, refusing, wording

bp = Blueprint("cases", __name__, url_prefix="/cases")


@bp.get("")
def mine() -> Any:
    closed = request.args.get("closed") == "yes"
    rows = reports.my_cases(g.db, g.user, after=request.args.get("after"), closed=closed)
    return render_template("cases/mine.html", rows=rows, closed=closed)


# Searching is a POST although it changes nothing: a name belongs neither into an address nor into a log.
@bp.route("/find", methods=["GET", "POST"])
def find() -> Any:
    wanted = _wanted() if request.method == "POST" else None
    found = reports.find_cases(g.db, g.user, wanted) if wanted else []
    return render_template("cases/find.html", wanted=wanted, found=found, problems=_nothing_wanted(wanted))


# ---- one case


@bp.get("/<uuid:case_id>")
def show(case_id: uuid.UUID) -> Any:
    return _case(case_id)


@bp.get("/<uuid:case_id>/diagrams/<pathway>")
def diagram(case_id: uuid.UUID, pathway: str) -> Any:
    drawn = wording.diagram_in_language(library.diagram_source(g.db, g.user, case_id, pathway))
    return Response(drawn, mimetype="application/xml")


@bp.post("/<uuid:case_id>/notes")
def add_note(case_id: uuid.UUID) -> Any:
    said = questions.read(_note_form(reports.case_page(g.db, g.user, case_id)))
    shared = said["readers"] == "case"
    cases.add_note(g.db, g.user, case_id, text=said["text"], happened_on=said["happened_on"], shared=shared)
    flash(gettext("Note added."), "success")
    return _back_to(case_id, "notes")


@bp.get("/<uuid:case_id>/notes/<uuid:note_id>/share")
def confirm_sharing(case_id: uuid.UUID, note_id: uuid.UUID) -> Any:
    return _sharing(case_id, note_id)


@bp.post("/<uuid:case_id>/notes/<uuid:note_id>/share")
def share_note(case_id: uuid.UUID, note_id: uuid.UUID) -> Any:
    cases.share_note(g.db, g.user, note_id)
    flash(
        gettext(
            "The note is shared. What is read cannot be unread: write a new note if it needs putting right."
        )
    )
    return _back_to(case_id, "notes")


@bp.get("/<uuid:case_id>/ask")
def ask(case_id: uuid.UUID) -> Any:
    return _ask(case_id)


@bp.post("/<uuid:case_id>/ask")
def ask_colleague(case_id: uuid.UUID) -> Any:
    desks = _desks(reports.case_page(g.db, g.user, case_id))
    said = questions.read(questions.request_to_colleague(), {"agency": desks})
    agency_id, _, role = said["desk"].partition("/")
    asked = {"text": said["text"], "due_on": said["due_on"]}
    cases.ask_colleague(g.db, g.user, case_id, agency_id=uuid.UUID(agency_id), role=role, **asked)
    flash(
        gettext(
            "Asked. %(desk)s has it as a task now; you are told when it is done.", desk=desks[said["desk"]]
        )
    )
    return _back_to(case_id)


@bp.get("/<uuid:case_id>/pause")
def pause(case_id: uuid.UUID) -> Any:
    return _pause(case_id)


@bp.post("/<uuid:case_id>/pause")
def pause_case(case_id: uuid.UUID) -> Any:
    cases.pause_case(g.db, g.user, case_id, **questions.read(questions.pause()))
    flash(gettext("The case is paused. Its tasks wait, and no date makes anything happen until it goes on."))
    return _back_to(case_id)


@bp.post("/<uuid:case_id>/resume")
def resume_case(case_id: uuid.UUID) -> Any:
    cases.resume_case(g.db, g.user, case_id)
    flash(gettext("The case goes on. Due dates were counted anew."), "success")
    return _back_to(case_id)


@bp.get("/<uuid:case_id>/close")
def close(case_id: uuid.UUID) -> Any:
    return _close(case_id)


@bp.post("/<uuid:case_id>/close")
def close_case(case_id: uuid.UUID) -> Any:
    cases.close_case(g.db, g.user, case_id, **questions.read(questions.close()))
    flash(gettext("The case is closed. What was done stays; what was open is no longer needed."))
    return _back_to(case_id)


@bp.post("/<uuid:case_id>/retry")
def retry_case(case_id: uuid.UUID) -> Any:
    case = cases.retry_case(g.db, g.user, case_id)
    if case.status == "stuck":
        flash(gettext("It was tried again and still needs repair."), "warning")
    else:
        flash(gettext("The case goes on."), "success")
    return _back_to(case_id)


@bp.get("/<uuid:case_id>/events")
def events(case_id: uuid.UUID) -> Any:
    return _events(case_id)


@bp.post("/<uuid:case_id>/events")
def send_message(case_id: uuid.UUID) -> Any:
    cases.send_message(g.db, g.user, case_id, request.form.get("message", ""))
    flash(gettext("The case knows that this has happened. See below whose turn it is now."), "success")
    return _back_to(case_id)


# ---- opening a case


@bp.get("/open")
def open_case() -> Any:
    return render_template("cases/whom.html", reason=policy.why_not(g.user, "open_case"))


@bp.post("/open")
def find_participant() -> Any:
    wanted = _wanted()
    found = reports.participants_to_open(g.db, g.user, wanted) if wanted else []
    raw = {"number" if any(sign.isdigit() for sign in wanted) else "name": wanted}
    return render_template(
        "cases/whom.html",
        wanted=wanted,
        found=found,
        form=questions.registration(),
        raw=raw,
        problems=_nothing_wanted(wanted),
    )


@bp.get("/open/<uuid:participant_id>")
def prepare(participant_id: uuid.UUID) -> Any:
    return _prepare(participant_id)


@bp.post("/open/<uuid:participant_id>")
def begin(participant_id: uuid.UUID) -> Any:
    problems: list[FieldProblem] = []
    # The date comes first: the case's first due dates are counted from it.
    _all_of(problems, lambda: _record_release(participant_id))
    case = _all_of(problems, lambda: _begin(participant_id))
    if problems:
        raise Invalid(sorted(problems, key=lambda one: one.field != "pathway"))
    flash(gettext("Case %(number)s is open.", number=case.number), "success")
    return redirect(url_for(".show", case_id=case.id), 303)


# ---- when something stands in the way


@bp.errorhandler(Invalid)
@bp.errorhandler(Conflict)
@bp.errorhandler(Refused)
def show_again(error: EngineError) -> Any:
    return refusing.show_again(error, AGAIN)


# ---- the pages, fresh or with an error


def _case(case_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.case_page(g.db, g.user, case_id)
    form = _note_form(page)
    raw = {"happened_on": _boxes(page.today), "readers": "agency"}
    noting = request.endpoint == "cases.add_note"
    return _render(
        "cases/show.html",
        page,
        form,
        error,
        raw=questions.typed(form) if noting else raw,
        noting=noting,
        events=_events_of(page),
    )


def _sharing(case_id: uuid.UUID, note_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.case_page(g.db, g.user, case_id)
    note = next((one for one in page.notes if one.id == note_id), None)
    if note is None:
        raise NotFound
    return _render("cases/share.html", page, None, error, note=note)


def _ask(case_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.case_page(g.db, g.user, case_id)
    options = {"agency": _desks(page)}
    return _render("cases/ask.html", page, questions.request_to_colleague(), error, options=options)


def _pause(case_id: uuid.UUID, error: EngineError | None = None) -> str:
    return _render("cases/pause.html", reports.case_page(g.db, g.user, case_id), questions.pause(), error)


def _close(case_id: uuid.UUID, error: EngineError | None = None) -> str:
    return _render("cases/close.html", reports.case_page(g.db, g.user, case_id), questions.close(), error)


def _events(case_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.case_page(g.db, g.user, case_id)
    return _render("cases/events.html", page, None, error, events=_events_of(page))


def _prepare(participant_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.participant_page(g.db, g.user, participant_id)
    choices = reports.open_case_choices(g.db, g.user)
    return _render(
        "cases/open.html",
        page,
        questions.release_date() if page.may["record_date"] is None else None,
        error,
        choices=choices,
        roles={role: (name, able) for choice in choices for role, name, able in choice.roles},
        lanes_wrong=any(one.field.startswith("lane-") for one in getattr(error, "problems", [])),
        chosen=request.form.get("pathway") or (choices[0].key if len(choices) == 1 else None),
    )


AGAIN: dict[str, Callable[..., str]] = {
    "add_note": _case,
    "share_note": _sharing,
    "ask_colleague": _ask,
    "pause_case": _pause,
    "resume_case": _case,
    "close_case": _close,
    "retry_case": _case,
    "send_message": _events,
    "begin": _prepare,
}


def _render(
    template: str, page: Any, form: questions.Form | None, error: EngineError | None, **more: Any
) -> str:
    problems = error.problems if isinstance(error, Invalid) else []
    targets = fields.targets(form, problems) if form else {}
    raw = questions.typed(form) if form else {}
    return render_template(
        template,
        **{
            "page": page,
            "form": form,
            "error": error,
            "problems": problems,
            "targets": targets,
            "raw": raw,
            **more,
        },
    )


# ---- what was sent


def _wanted() -> str:
    return " ".join(request.form.get("wanted", "").split())


def _nothing_wanted(wanted: str | None) -> list[FieldProblem]:
    return [FieldProblem("wanted", gettext("Enter a name or a number"))] if wanted == "" else []


def _note_form(page: reports.CasePage) -> questions.Form:
    return questions.note(g.user.memberships[0].agency.name, page.readers, page.today)


def _events_of(page: reports.CasePage) -> list[tuple[str, Any]]:
    """What the user can tell the case. What a date tells it is recorded as one, so that the due dates follow too."""
    told_by_date = participants.EVENTS.values() if page.may["record_date"] is None else ()
    return [(name, label) for name, label in page.messages if name not in told_by_date]


def _desks(page: reports.CasePage) -> dict[str, str]:
    """Whom a colleague can be asked, by what `ask_colleague` takes."""
    return {desk: filters.say(name) for desk, name in page.desks}


def _boxes(day: Any) -> dict[str, str]:
    return {part: str(getattr(day, part)) for part in fields.DAY}


def _record_release(participant_id: uuid.UUID) -> None:
    """The release date, if one was typed."""
    given = any(request.form.get(f"q-on-{part}", "").strip() for part in fields.DAY)
    said = questions.read(questions.release_date(given=given))
    if said["source"] and not said["on"]:
        raise Invalid(
            [FieldProblem("on", gettext("Enter the release date, or leave the questions about it empty"))]
        )
    if said["on"]:
        sure, source = said["sure"] or "", said["source"] or ""
        participants.record_date(
            g.db, g.user, participant_id, key="release_on", on=said["on"], sure=sure, source=source
        )


def _begin(participant_id: uuid.UUID) -> Any:
    pathway = request.form.get("pathway")
    if pathway not in {choice.key for choice in reports.open_case_choices(g.db, g.user)}:
        raise Invalid([FieldProblem("pathway", gettext("Choose a pathway"))])
    chosen = {name: value for name, value in request.form.items() if name.startswith("lane-") and value}
    lanes = {name.removeprefix("lane-"): uuid.UUID(value) for name, value in chosen.items()}
    return cases.open_case(g.db, g.user, pathway=pathway, participant_id=participant_id, lanes=lanes)


def _all_of(problems: list[FieldProblem], act: Callable[[], Any]) -> Any:
    """What `act` gives; what is wrong joins `problems`, so that a page says everything at once."""
    try:
        return act()
    except Invalid as error:
        problems += error.problems
        return None


def _back_to(case_id: uuid.UUID, part: str | None = None) -> Any:
    return redirect(url_for(".show", case_id=case_id, _anchor=part), 303)
