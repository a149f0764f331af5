"""Release dates from another system's file: sent, reported line by line, taken."""

import uuid
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from engine import imports, policy
from engine.errors import Conflict, EngineError, FieldProblem, Invalid

bp = Blueprint("imports", __name__, url_prefix="/imports")

STATUS = {Invalid: 422, Conflict: 409}


@bp.get("/new")
def new() -> Any:
    return _new()


@bp.post("/new")
def start() -> Any:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid([FieldProblem("file", gettext("Choose the file."))])
    upload_id = imports.start_import(g.db, g.user, sent.stream.read())
    return redirect(url_for(".show", upload_id=upload_id), 303)


@bp.get("/<uuid:upload_id>")
def show(upload_id: uuid.UUID) -> Any:
    return _show(upload_id)


@bp.post("/<uuid:upload_id>/order")
def choose_order(upload_id: uuid.UUID) -> Any:
    imports.choose_order(g.db, g.user, upload_id, request.form.get("order", ""))
    return redirect(url_for(".show", upload_id=upload_id), 303)


@bp.post("/<uuid:upload_id>/take")
def take(upload_id: uuid.UUID) -> Any:
    seen, only_right = request.form.get("report", ""), request.form.get("only_right") == "yes"
    count = imports.take_import(g.db, g.user, upload_id, seen=seen, only_right=only_right)
    flash(ngettext("%(num)d date is recorded.", "%(num)d dates are recorded.", count), "success")
    return redirect(url_for(".show", upload_id=upload_id), 303)


@bp.get("/<uuid:upload_id>/rest.csv")
def rest(upload_id: uuid.UUID) -> Any:
    text = imports.rest_of(g.db, g.user, upload_id, gettext)
    headers = {"Content-Disposition": 'attachment; filename="not-taken.csv"'}
    return Response(text, mimetype="text/csv", headers=headers)


@bp.errorhandler(Invalid)
@bp.errorhandler(Conflict)
def show_again(error: EngineError) -> Any:
    if request.method != "POST":
        raise error
    page = _new if request.endpoint == "imports.start" else _show
    return page(**(request.view_args or {}), error=error), STATUS[type(error)]


def _new(error: EngineError | None = None) -> str:
    reason = policy.why_not(g.user, "import_dates")
    return render_template("imports/new.html", reason=reason, problems=_problems(error))


def _show(upload_id: uuid.UUID, error: EngineError | None = None) -> str:
    report = imports.upload_report(g.db, g.user, upload_id)
    return render_template("imports/show.html", report=report, error=error, problems=_problems(error))


def _problems(error: EngineError | None) -> list[FieldProblem]:
    return error.problems if isinstance(error, Invalid) else []
