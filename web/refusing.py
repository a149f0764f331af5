"""The page for what the engine refuses, and a form shown again with what stands in its way."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template, request

from engine.errors import Conflict, EngineError, Invalid, NotFound, Refused, Unavailable
from engine.vault import Erased
from web import once

STATUS = {NotFound: 404, Refused: 403, Invalid: 422, Conflict: 409, Erased: 410, Unavailable: 503}


def refusal(error: EngineError) -> Any:
    """The page that says no, with what was typed, and its status."""
    status = status_of(error)
    page: dict[str, Any] = {"status": status, "error": error, "kept": once.kept_fields()}
    if status == 503:
        # Whatever cannot be reached may be what the menu would ask.
        page["user"] = None
    return render_template("errors/page.html", **page), status


def show_again(error: EngineError, pages: Mapping[str, Callable[..., Any]]) -> Any:
    """The page that a form was sent from, by its endpoint, with all that was typed and what stands in the way.

    Where there is none, the page that says no: a handler that raises again would be a fault to Flask.
    """
    page = pages.get((request.endpoint or "").partition(".")[2])
    if request.method != "POST" or page is None:
        return refusal(error)
    return page(**(request.view_args or {}), error=error), status_of(error)


def status_of(error: EngineError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)
