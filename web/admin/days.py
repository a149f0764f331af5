"""The calendar of a local action: where it lies, its public holidays, its closed days."""

import uuid
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext, ngettext

from engine import administration, reports
from engine.errors import EngineError
from web import questions
from web.admin import asked
from web.admin.frame import bp, shown, shows_again

EVERYWHERE = "everywhere"


def _calendar(place: str, error: EngineError | None = None) -> str:
    here = administration.find_place(g.db, g.user, place)
    page = reports.calendar_page(g.db, here)
    more = {"place": here, "page": page, "options": _agencies(place)}
    return shown("admin/calendar.html", asked.closed_days(), None, error, **more)


@bp.get("/<place>/calendar")
def calendar(place: str) -> Any:
    return _calendar(place)


@bp.post("/<place>/calendar")
@shows_again(_calendar)
def add_closed_days(place: str) -> Any:
    said = questions.read(asked.closed_days(), _agencies(place))
    count = administration.add_closed_days(
        g.db,
        g.user,
        place,
        first=said["first"],
        last=said["last"],
        name=said["name"],
        agency_id=None if said["where"] == EVERYWHERE else uuid.UUID(said["where"]),
    )
    added = ngettext("%(num)d closed day added.", "%(num)d closed days added.", count)
    return _followed(place, added if count else gettext("These days were closed already."), bool(count))


@bp.post("/<place>/calendar/<uuid:day_id>/remove")
def remove_closed_day(place: str, day_id: uuid.UUID) -> Any:
    administration.remove_closed_day(g.db, g.user, place, day_id)
    return _followed(place, gettext("The day is a working day again."))


def _place(place: str, error: EngineError | None = None) -> str:
    here = administration.find_place(g.db, g.user, place)
    known = {"timezone": here.timezone, "country": here.country, "region": here.region or ""}
    return shown("admin/place.html", asked.place(), known, error, place=here)


@bp.route("/<place>/calendar/place", methods=["GET", "POST"])
@shows_again(_place)
def place(place: str) -> Any:
    if request.method == "GET":
        return _place(place)
    said = questions.read(asked.place())
    given = {"timezone": said["timezone"], "country": said["country"].upper(), "region": said["region"]}
    administration.change_place(g.db, g.user, place, **given)
    return _followed(place, gettext("Saved."))


def _followed(place: str, words: str, follows: bool = True) -> Any:
    after = gettext("Due dates of open steps follow within minutes; whoever has such a task is told.")
    flash(f"{words} {after}" if follows else words, "success")
    return redirect(url_for(".calendar", place=place), 303)


def _agencies(place: str) -> dict[str, dict[str, str]]:
    here = administration.find_place(g.db, g.user, place)
    found = {str(line.id): line.name for line in reports.agency_lines(g.db, here)}
    return {"agency": {EVERYWHERE: gettext("Everywhere in the local action"), **found}}
