"""The parameters of a local action: what they are, where they come from, who changed them and why."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import administration, parameters, reports
from engine.errors import EngineError, NotFound
from web import questions
from web.admin import asked
from web.admin.frame import bp, shown, shows_again


@bp.get("/<place>/settings")
def settings(place: str) -> Any:
    here = administration.find_place(g.db, g.user, place)
    lines = reports.parameter_lines(g.db, here)
    return render_template("admin/settings.html", place=here, lines=lines, units=parameters.UNITS)


def _parameter(place: str, key: str, error: EngineError | None = None) -> str:
    here, one = administration.find_place(g.db, g.user, place), _known(key)
    line = next(line for line in reports.parameter_lines(g.db, here) if line.about.key == key)
    return shown(
        "admin/parameter.html",
        asked.parameter(one, gettext(parameters.UNITS[one.unit][1])),
        {"value": str(line.value)},
        error,
        place=here,
        line=line,
        unit=parameters.UNITS[one.unit][1],
        follow=reports.would_follow(g.db, here, key),
        changes=reports.parameter_changes(g.db, here, key),
    )


@bp.get("/<place>/settings/<key>")
def parameter(place: str, key: str) -> Any:
    return _parameter(place, key)


@bp.post("/<place>/settings/<key>")
@shows_again(_parameter)
def set_parameter(place: str, key: str) -> Any:
    one, to_default = _known(key), request.form.get("do") == "reset"
    form = asked.reset() if to_default else asked.parameter(one, gettext(parameters.UNITS[one.unit][1]))
    said = questions.read(form)
    value = None if to_default else said["value"]
    change = administration.set_parameter(g.db, g.user, place, key, value=value, reason=said["reason"])
    moved = gettext("Saved. Open steps follow within minutes; whoever has such a task is told.")
    flash(moved if change else gettext("It had this value already: nothing has changed."), "success")
    return redirect(url_for(".settings", place=place), 303)


def _known(key: str) -> parameters.Parameter:
    if key not in parameters.CATALOGUE:
        raise NotFound
    return parameters.CATALOGUE[key]
