"""What the site has to tell the user who is signed in."""

import uuid
from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for

from engine import notices, reports
from web import filters

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("")
def mine() -> Any:
    return render_template("notices/mine.html", notices=reports.notices(g.db, g.user))


@bp.post("/<uuid:notice_id>")
def read(notice_id: uuid.UUID) -> Any:
    notice = notices.read(g.db, g.user, notice_id)
    if notice.task_id:
        return redirect(url_for("tasks.show", task_id=notice.task_id), 303)
    if notice.kind.startswith("change_"):
        return redirect(url_for("pathways.mine"), 303)
    if notice.kind == "meeting_withdrawn":
        return redirect(url_for("meetings.mine"), 303)
    if notice.meeting_id:
        return redirect(url_for("meetings.show", meeting_id=notice.meeting_id), 303)
    if notice.case_id and notice.kind == "stuck":
        return redirect(url_for("repair.show", case_id=notice.case_id), 303)
    if notice.case_id and filters.has_page("cases.show"):
        return redirect(url_for("cases.show", case_id=notice.case_id), 303)
    return redirect(url_for(".mine"), 303)


@bp.post("/read")
def read_all() -> Any:
    notices.read_all(g.db, g.user)
    return redirect(url_for(".mine"), 303)
