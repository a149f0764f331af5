"""What a user sets for themselves, and the calendar that a secret address gives."""

import hashlib
from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import force_locale, gettext, ngettext

from engine import accounts, calendars, digests
from engine.accounts import attempts, providers
from engine.errors import Invalid
from web import fields, filters, gate, questions

bp = Blueprint("settings", __name__)


@bp.get("/settings")
def mine() -> Any:
    return _page()


@bp.post("/settings/mail")
def choose_mail() -> Any:
    said = questions.read(questions.mail(_ways()))
    digests.choose_mail(g.db, g.user, said["mail"])
    flash(gettext("Saved."), "success")
    return redirect(url_for(".mine"), 303)


@bp.post("/settings/calendar")
def make_calendar() -> Any:
    # Shown once, on the very page that answers: the address is kept nowhere, so it cannot be shown again.
    secret = calendars.make_calendar(g.db, g.user)
    return _page(
        address=f"{current_app.settings.public_url.rstrip('/')}{url_for('.calendar', secret=secret)}"
    )


@bp.get("/settings/calendar")
def back() -> Any:
    """Where somebody comes who sends the same form again: the address is not shown a second time."""
    return redirect(url_for(".mine"))


@bp.post("/settings/calendar/stop")
def stop_calendar() -> Any:
    calendars.stop_calendar(g.db, g.user)
    flash(
        gettext("Your calendar address is switched off. A calendar that had it shows nothing new any more.")
    )
    return redirect(url_for(".mine"), 303)


@bp.get("/calendar/<secret>.ics")
def calendar(secret: str) -> Any:
    # Wrong secrets from one network address: after a few, each has to wait longer.
    tries = {"calendar": str(request.remote_addr)}
    if wait := attempts.seconds(g.db, tries):
        return Response("", 429, {"Retry-After": str(wait)}, mimetype="text/plain")
    feed = calendars.feed(g.db, secret)
    if feed is None:
        with gate.writing_apart() as db:
            attempts.take(db, tries)
        abort(404)
    with force_locale(feed.language or "en"):
        return Response(_icalendar(feed), mimetype="text/calendar")


@bp.errorhandler(Invalid)
def show_again(error: Invalid) -> Any:
    return _page(error), 422


def _page(error: Invalid | None = None, address: str | None = None) -> str:
    form = questions.mail(_ways())
    problems = error.problems if error else []
    return render_template(
        "settings/mine.html",
        form=form,
        raw=questions.typed(form) if error else {"mail": g.user.mail},
        problems=problems,
        targets=fields.targets(form, problems),
        providers=providers.providers_for(g.db, g.user),
        sign_ins=accounts.sign_ins(g.db, g.user, current_app.settings),
        has_calendar=g.user.calendar_digest is not None,
        address=address,
    )


def _ways() -> dict[str, str]:
    return {key: filters.say(label) for key, label in digests.WAYS.items()}


# ---- the calendar, by RFC 5545: one kind of event needs no library


def _icalendar(feed: calendars.Feed) -> str:
    """One all-day event a day. What an event is called can change, its day cannot: its SEQUENCE stays 0."""
    tasks = f"{current_app.settings.public_url.rstrip('/')}{url_for('tasks.mine')}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Throughcare//Due days//EN", "CALSCALE:GREGORIAN"]
    for day in feed.days:
        title = ngettext("Throughcare: one task due", "Throughcare: %(num)d tasks due", day.count)
        uid = hashlib.sha256(f"{feed.key} {day.on}".encode()).hexdigest()[:32]
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid}@throughcare",
            f"DTSTAMP:{day.changed_at:%Y%m%dT%H%M%SZ}",
            "SEQUENCE:0",
            f"DTSTART;VALUE=DATE:{day.on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day.on + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(title)}",
            f"URL:{tasks}",
            "TRANSP:TRANSPARENT",
            "CLASS:PRIVATE",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _escaped(text: str) -> str:
    """Text as a property holds it (RFC 5545, 3.3.11)."""
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(sign, written)
    return text


def _folded(line: str) -> str:
    """A line of at most 75 octets, the rest of it on lines that begin with a space (RFC 5545, 3.1)."""
    rows = [""]
    for sign in line:
        if len((rows[-1] + sign).encode()) > 75:
            rows.append(" ")
        rows[-1] += sign
    return "\r\n".join(rows)
