"""What the administrator's pages share: their address, their tabs, and a form that is shown again."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for

from engine import administration
from engine.errors import EngineError, Invalid, Refused
from web import fields, questions

bp = Blueprint("admin", __name__, url_prefix="/admin")

# What shows the form of an endpoint again: {endpoint: page(**view_args, error=...)}.
AGAIN: dict[str, Callable[..., Any]] = {}


@bp.get("")
def places() -> Any:
    found = administration.places(g.db, g.user)
    if len(found) == 1:
        return redirect(url_for(".agency_list", place=found[0].key))
    return render_template("admin/places.html", found=found)


def shows_again(page: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Marks a view whose form `page` shows again when it cannot be taken."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        AGAIN[f"admin.{view.__name__}"] = page
        return view

    return mark


@bp.errorhandler(Invalid)
@bp.errorhandler(Refused)
def show_again(error: EngineError) -> Any:
    page = AGAIN.get(request.endpoint or "")
    if request.method != "POST" or page is None:
        raise error
    return page(**(request.view_args or {}), error=error), 422 if isinstance(error, Invalid) else 403


def shown(
    template: str,
    form: questions.Form,
    known: dict[str, Any] | None = None,
    error: EngineError | None = None,
    **more: Any,
) -> str:
    """A page with a form, filled with what is `known`, or with what was typed and what is wrong with it."""
    problems = error.problems if isinstance(error, Invalid) else []
    raw = questions.typed(form) if error else known or {}
    targets = fields.targets(form, problems)
    return render_template(
        template, form=form, raw=raw, error=error, problems=problems, targets=targets, **more
    )
