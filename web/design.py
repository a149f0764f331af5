"""The parts from which every page is made, each with when to use it, for those who edit pathways and forms."""

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, g, render_template
from flask_babel import gettext

from engine import clock, policy, reports
from engine.errors import FieldProblem
from engine.schedule import Left
from engine.words import Sentence
from web import fields, questions

bp = Blueprint("design", __name__, url_prefix="/design")

COLOURS = ("paper", "sheet", "shade", "line", "ink", "quiet", "teal", "amber", "brick", "moss")
STATES = ("open", "paused", "stuck", "follow_up", "closed")


@bp.get("")
def show() -> Any:
    policy.check(g.user, "see_design")
    form = questions.pause()
    problems = [FieldProblem("reason", gettext("Enter why the case pauses"))]
    return render_template(
        "design/show.html",
        colours=COLOURS,
        states=STATES,
        rows=_rows(),
        lines=_lines(),
        form=form,
        problems=problems,
        targets=fields.targets(form, problems),
    )


def _rows() -> list[SimpleNamespace]:
    """Invented rows, as `cases/rows.html` takes them: due soon, late, and one for which nothing is open."""
    now = clock.now()
    dues = (("left", 3), ("over", 2))
    turns = [
        SimpleNamespace(
            who=gettext("An agency"),
            title=gettext("A step"),
            due=Left(number, "days", state),
            due_at=now + timedelta(days=number if state == "left" else -number),
            more=number - 2,
        )
        for state, number in dues
    ]
    return [
        SimpleNamespace(
            id=uuid.UUID(int=0),
            number=f"TC-{place:05d}",
            participant=gettext("A participant"),
            pathway_name=gettext("A pathway"),
            status="open",
            coordinator=None,
            release_on=(now + timedelta(days=30)).date(),
            released_on=None,
            turn=turn,
        )
        for place, turn in enumerate([*turns, None])
    ]


def _lines() -> list[reports.Line]:
    now = clock.now()
    return [
        reports.Line(now - timedelta(days=days), Sentence(text), None)
        for days, text in ((1, gettext("A step was completed")), (5, gettext("A case was opened")))
    ]
