"""Where cases wait: counts that open their lists, what can be done from a row, and the same on a diagram."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import cases, reports
from engine.errors import Conflict, EngineError, NotFound
from web import filters, wording

bp = Blueprint("stalls", __name__, url_prefix="/waiting")

# What narrows the list, as it stands in an address: ids and codes, never a name.
NARROWING = ("state", "pathway", "step", "agency", "local_action", "worker", "release", "unmet")


@bp.get("")
def mine() -> Any:
    return _list()


@bp.post("/<uuid:task_id>/nudge")
def nudge(task_id: uuid.UUID) -> Any:
    return _acted(lambda: cases.nudge(g.db, g.user, task_id), gettext("They have been reminded."))


@bp.post("/<uuid:task_id>/reason")
def ask_reason(task_id: uuid.UUID) -> Any:
    text = gettext("Why does “%(step)s” wait, and until when?", step=_step_name(task_id))
    done = gettext("Asked. The answer comes to you as a notice, and stands in the row of the case.")
    return _acted(lambda: cases.ask_reason(g.db, g.user, task_id, text), done)


@bp.get("/diagram")
def diagram() -> Any:
    load = reports.diagram_load(g.db, g.user, request.args.get("pathway") or None)
    return render_template("stalls/diagram.html", load=load)


@bp.get("/diagram/<pathway>.bpmn")
def drawing(pathway: str) -> Any:
    drawn = wording.diagram_in_language(reports.current_drawing(g.db, g.user, pathway))
    return Response(drawn, mimetype="application/xml")


@bp.get("/figures")
def figures() -> Any:
    return render_template(
        "stalls/figures.html", figures=reports.figures(g.db, g.user), states=reports.STATES
    )


# ---- the parts of these pages


def _list(problem: EngineError | None = None) -> Any:
    chosen = _chosen()
    choices = reports.stall_choices(g.db, g.user)
    page = render_template(
        "stalls/mine.html",
        found=reports.stalls(g.db, g.user, chosen, after=request.args.get("after")),
        chosen=chosen,
        choices=choices,
        kept=kept(),
        narrowed=_in_words(chosen, choices),
        states=reports.STATES,
        windows=reports.WINDOWS,
        problem=problem,
    )
    return (page, 409) if problem else page


def _acted(act: Callable[[], Any], done: str) -> Any:
    """Do what was asked from a row, and lead back to the same list."""
    act()
    flash(done, "success")
    return redirect(url_for(".mine", **kept()), 303)


@bp.errorhandler(Conflict)
def _not_now(error: Conflict) -> Any:
    return _list(error)


def _step_name(task_id: uuid.UUID) -> str:
    return filters.say(reports.task_page(g.db, g.user, task_id).title)


def kept() -> dict[str, str]:
    """What narrows the list now, to be carried along."""
    return {name: request.args[name] for name in NARROWING if request.args.get(name)}


def _chosen() -> reports.Chosen:
    """What the address asks for. Raises NotFound for what no page of ours links to."""
    asked = kept()
    if asked.get("state", "stalled") not in reports.STATES:
        raise NotFound()
    if asked.get("release", "past") not in reports.WINDOWS:
        raise NotFound()
    return reports.Chosen(
        state=asked.get("state"),
        pathway=asked.get("pathway"),
        step=asked.get("step"),
        agency=_id(asked.get("agency")),
        local_action=_id(asked.get("local_action")),
        worker=_id(asked.get("worker")),
        release=asked.get("release"),
        unmet=asked.get("unmet") == "yes",
    )


def _id(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise NotFound() from None


def _in_words(chosen: reports.Chosen, choices: reports.Choices) -> list[str]:
    """What the list is narrowed to, for its heading and for print."""
    found = []
    for name in ("pathway", "step", "agency", "local_action", "worker"):
        value = getattr(chosen, name)
        if value is not None:
            found.append(
                filters.say(dict(getattr(choices, name)).get(str(value), gettext("something that has ended")))
            )
    if chosen.release:
        found.append(gettext("Release: %(window)s", window=filters.say(reports.WINDOWS[chosen.release])))
    if chosen.unmet:
        found.append(gettext("No meeting or call noted for 5 weeks"))
    return found
