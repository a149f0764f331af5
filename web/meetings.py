"""Meetings about several cases: planning one, its agenda, the record, and its minutes."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from engine import meetings, policy, reports
from engine.errors import Conflict, EngineError, FieldProblem, Invalid, NotFound, Refused
from web import fields, filters, questions, records, refusing

bp = Blueprint("meetings", __name__, url_prefix="/meetings")

# So many cases with their minutes make a page that can still be read.
AT_A_TIME = 4


@bp.get("")
def mine() -> Any:
    past = request.args.get("past") == "yes"
    rows = reports.my_meetings(g.db, g.user, past=past, after=request.args.get("after"))
    reason = policy.why_not(g.user, "hold_meeting")
    return render_template("meetings/mine.html", rows=rows, past=past, reason=reason)


@bp.get("/<uuid:meeting_id>")
def show(meeting_id: uuid.UUID) -> Any:
    return _show(meeting_id)


# ---- planning


@bp.get("/new")
def new() -> Any:
    return _new()


@bp.post("/new")
def arrange() -> Any:
    about = _about()
    chosen = [uuid.UUID(about[0])] if about else []
    meeting = meetings.arrange_meeting(g.db, g.user, _plan(reports.desks_to_ask(g.db, g.user)), chosen)
    return redirect(url_for(".agenda" if chosen else ".choose_cases", meeting_id=meeting.id), 303)


@bp.get("/<uuid:meeting_id>/change")
def change(meeting_id: uuid.UUID) -> Any:
    return _change(meeting_id)


@bp.post("/<uuid:meeting_id>/change")
def change_meeting(meeting_id: uuid.UUID) -> Any:
    page = reports.meeting_page(g.db, g.user, meeting_id)
    meetings.change_meeting(g.db, g.user, meeting_id, _plan(page.desks), _seen())
    flash(gettext("Saved."), "success")
    return _to(meeting_id)


@bp.get("/<uuid:meeting_id>/cases")
def choose_cases(meeting_id: uuid.UUID) -> Any:
    return _choose(meeting_id)


@bp.post("/<uuid:meeting_id>/cases")
def add_cases(meeting_id: uuid.UUID) -> Any:
    found = _numbered(request.form.get("numbers", ""))
    offered = {id for id, _number, _name in reports.cases_to_discuss(g.db, g.user, meeting_id)}
    chosen = {uuid.UUID(one) for one in request.form.getlist("cases") if one in offered}
    meetings.add_cases(g.db, g.user, meeting_id, chosen | found)
    return redirect(url_for(".agenda", meeting_id=meeting_id), 303)


@bp.get("/<uuid:meeting_id>/agenda")
def agenda(meeting_id: uuid.UUID) -> Any:
    return _agenda(meeting_id)


@bp.post("/<uuid:meeting_id>/agenda")
def write_agenda(meeting_id: uuid.UUID) -> Any:
    page = reports.meeting_page(g.db, g.user, meeting_id)
    meetings.write_agenda(g.db, g.user, meeting_id, records.agenda(request.form, page), _seen())
    if request.form.get("go") == "cases":
        return redirect(url_for(".choose_cases", meeting_id=meeting_id), 303)
    flash(gettext("The agenda is saved."), "success")
    return _to(meeting_id)


@bp.post("/<uuid:meeting_id>/send")
def send_invitation(meeting_id: uuid.UUID) -> Any:
    told = meetings.send_invitation(g.db, g.user, meeting_id)
    flash(
        ngettext(
            "The invitation is sent. One person has got one notice.",
            "The invitation is sent. %(num)d people have got one notice each.",
            told,
        ),
        "success",
    )
    return _to(meeting_id)


@bp.post("/<uuid:meeting_id>/reply")
def reply(meeting_id: uuid.UUID) -> Any:
    meetings.reply_to_meeting(g.db, g.user, meeting_id, request.form.get("reply", ""))
    flash(gettext("Thank you. Your answer counts for the whole meeting; you can change it here."), "success")
    return _to(meeting_id)


@bp.post("/<uuid:meeting_id>/cancel")
def cancel(meeting_id: uuid.UUID) -> Any:
    meetings.cancel_meeting(g.db, g.user, meeting_id)
    flash(gettext("The meeting is cancelled."))
    return _to(meeting_id)


@bp.post("/<uuid:meeting_id>/repeat")
def repeat(meeting_id: uuid.UUID) -> Any:
    weeks = request.form.get("weeks", "").strip()
    again = meetings.repeat_meeting(g.db, g.user, meeting_id, int(weeks) if weeks.isdecimal() else 0)
    flash(gettext("This is the next meeting. Look through it, then send the invitation."), "success")
    return _to(again.id)


# ---- the record


@bp.get("/<uuid:meeting_id>/record")
def record(meeting_id: uuid.UUID) -> Any:
    return _record(meeting_id)


@bp.post("/<uuid:meeting_id>/record")
def save_record(meeting_id: uuid.UUID) -> Any:
    sent = records.sheet(request.form)
    act, _, rest = request.form.get("go", "save").partition("-")
    if act == "finish":
        meeting = meetings.finish_record(
            g.db, g.user, meeting_id, sent, int(rest) if rest.isdecimal() else None
        )
        flash(gettext("The record is finished. What was agreed is with those who do it."), "success")
        return _to(meeting_id) if meeting.status == "recorded" else _on(meeting_id, rest)
    meetings.save_record(g.db, g.user, meeting_id, sent)
    if act == "add":
        return _on(meeting_id, rest.partition("-")[0], more=rest)
    flash(gettext("Saved. You can go on."), "success")
    return _on(meeting_id, rest)


# ---- the minutes


@bp.get("/<uuid:meeting_id>/minutes/<uuid:minutes_id>")
def minutes(meeting_id: uuid.UUID, minutes_id: uuid.UUID) -> Any:
    return _minutes(meeting_id, minutes_id)


@bp.post("/<uuid:meeting_id>/minutes/<uuid:minutes_id>")
def reply_to_minutes(meeting_id: uuid.UUID, minutes_id: uuid.UUID) -> Any:
    given = {"kind": request.form.get("kind", ""), "text": request.form.get("text", "")}
    meetings.reply_to_minutes(g.db, g.user, minutes_id, **given)
    flash(gettext("Thank you. Who wrote the minutes sees your answer."), "success")
    return _to(meeting_id)


@bp.get("/<uuid:meeting_id>/corrections/<uuid:reply_id>")
def correction(meeting_id: uuid.UUID, reply_id: uuid.UUID) -> Any:
    return _correction(meeting_id, reply_id)


@bp.post("/<uuid:meeting_id>/corrections/<uuid:reply_id>")
def answer_correction(meeting_id: uuid.UUID, reply_id: uuid.UUID) -> Any:
    amended = records.amendment(request.form) if request.form.get("go") == "amend" else None
    meetings.answer_correction(g.db, g.user, reply_id, amended=amended, why=request.form.get("why", ""))
    flash(
        gettext("Answered. The old minutes are kept beside the new ones.")
        if amended
        else gettext("Answered.")
    )
    return _to(meeting_id)


# ---- when something stands in the way


@bp.errorhandler(Invalid)
@bp.errorhandler(Conflict)
@bp.errorhandler(Refused)
def show_again(error: EngineError) -> Any:
    return refusing.show_again(error, AGAIN)


# ---- the pages, fresh or with an error


def _show(meeting_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.meeting_page(g.db, g.user, meeting_id)
    start = request.args.get("from", "")
    first = min(int(start), len(page.items)) if start.isdecimal() and page.status == "recorded" else 0
    until = first + AT_A_TIME if page.status == "recorded" else len(page.items)
    return _render(
        "meetings/show.html", page, error, items=page.items[first:until], until=until, at_a_time=AT_A_TIME
    )


def _new(error: EngineError | None = None) -> str:
    reason = policy.why_not(g.user, "hold_meeting")
    desks = [] if reason else reports.desks_to_ask(g.db, g.user)
    raw: dict[str, Any] = {"silence_days": "5"}
    return _planning(None, desks, raw, error, reason, _about())


def _change(meeting_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.meeting_page(g.db, g.user, meeting_id)
    local = page.starts_at.astimezone(ZoneInfo(filters.timezone()))
    raw = {
        "starts_at": {part: str(getattr(local, part)) for part in ("day", "month", "year", "hour", "minute")},
        "place": page.place,
        "mode": page.mode,
        "silence_days": str(page.silence_days),
        "desks": [one.value for one in page.seats if not one.convening],
    }
    return _planning(page, page.desks, raw, error, page.may["change_meeting"])


def _planning(
    page: Any,
    desks: Any,
    raw: dict[str, Any],
    error: EngineError | None,
    reason: str | None,
    about: tuple[str, str, str] | None = None,
) -> str:
    form = questions.meeting()
    return _render(
        "meetings/plan.html",
        page,
        error,
        form=form,
        raw=questions.typed(form) if error else raw,
        options={"agency": {value: filters.say(name) for value, name in desks}},
        targets=fields.targets(form, getattr(error, "problems", [])),
        reason=reason,
        about=about,
    )


def _choose(meeting_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.meeting_page(g.db, g.user, meeting_id)
    choices = reports.cases_to_discuss(g.db, g.user, meeting_id)
    return _render("meetings/cases.html", page, error, choices=choices)


def _agenda(meeting_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.meeting_page(g.db, g.user, meeting_id)
    _only_for_who_convenes(page)
    typed = records.agenda(request.form, page) if error else {}
    return _render(
        "meetings/agenda.html",
        page,
        error,
        agenda={**records.agenda_as_it_stands(page.items), **typed},
    )


def _record(meeting_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.meeting_page(g.db, g.user, meeting_id)
    _only_for_who_convenes(page)
    attendance, parts = records.shown(page, records.sheet(request.form) if error else None)
    return _render(
        "meetings/record.html",
        page,
        error,
        attendance=attendance,
        parts=parts,
        state=records.state(page),
        more=request.args.get("more", ""),
    )


def _minutes(meeting_id: uuid.UUID, minutes_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.meeting_page(g.db, g.user, meeting_id)
    item = next((one for one in page.items if one.written and one.written.versions[0].id == minutes_id), None)
    if item is None:
        raise NotFound
    return _render("meetings/minutes.html", page, error, item=item)


def _correction(meeting_id: uuid.UUID, reply_id: uuid.UUID, error: EngineError | None = None) -> str:
    page = reports.meeting_page(g.db, g.user, meeting_id)
    _only_for_who_convenes(page)
    item = next(
        (one for one in page.items if one.written and any(said.id == reply_id for said in one.written.said)),
        None,
    )
    if item is None or item.written is None:
        raise NotFound
    said = next(one for one in item.written.said if one.id == reply_id)
    amended = request.form.get("go") == "amend"
    raw = records.amendment(request.form) if error and amended else item.written.versions[0].content
    return _render("meetings/correction.html", page, error, item=item, said=said, minutes=raw)


AGAIN: dict[str, Callable[..., str]] = {
    "arrange": _new,
    "change_meeting": _change,
    "add_cases": _choose,
    "write_agenda": _agenda,
    "send_invitation": _show,
    "reply": _show,
    "cancel": _show,
    "repeat": _show,
    "save_record": _record,
    "reply_to_minutes": _minutes,
    "answer_correction": _correction,
}


def _render(template: str, page: Any, error: EngineError | None, **more: Any) -> str:
    problems = error.problems if isinstance(error, Invalid) else []
    return render_template(
        template, **{"page": page, "error": error, "problems": problems, "targets": {}, **more}
    )


def _only_for_who_convenes(page: reports.MeetingPage) -> None:
    if not page.convening:
        raise NotFound


# ---- what was sent


def _about() -> tuple[str, str, str] | None:
    """The case from which one came to plan a meeting. Raises NotFound."""
    asked = request.values.get("case", "")
    try:
        return reports.case_to_discuss(g.db, g.user, uuid.UUID(asked)) if asked else None
    except ValueError:
        raise NotFound from None


def _plan(desks: Any) -> meetings.Plan:
    said = questions.read(
        questions.meeting(), {"agency": {value: filters.say(name) for value, name in desks}}
    )
    return meetings.Plan(
        starts_at=datetime.fromisoformat(said["starts_at"]),
        place=said["place"],
        mode=said["mode"],
        desks=tuple(said["desks"] or ()),
        silence_days=int(said["silence_days"]),
    )


def _numbered(text: str) -> set[uuid.UUID]:
    """Cases by their numbers, or their participants' names or numbers, one a line. Raises Invalid."""
    found: set[uuid.UUID] = set()
    for line in filter(None, map(str.strip, text.splitlines()[:40])):
        rows = reports.find_cases(g.db, g.user, line)
        if not rows:
            raise Invalid(
                [FieldProblem("numbers", gettext("We cannot find a case for “%(line)s”.", line=line))]
            )
        found |= {row.id for row in rows}
    return found


def _seen() -> int | None:
    seen = request.form.get("seen", "")
    return int(seen) if seen.isdecimal() else None


def _to(meeting_id: uuid.UUID) -> Any:
    return redirect(url_for(".show", meeting_id=meeting_id), 303)


def _on(meeting_id: uuid.UUID, position: str, more: str | None = None) -> Any:
    anchor = f"case-{position}" if position.isdecimal() else None
    return redirect(url_for(".record", meeting_id=meeting_id, more=more, _anchor=anchor), 303)
