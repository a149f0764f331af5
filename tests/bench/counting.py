"""The site, which says with each answer how many statements and commits it took, and how much of the processor."""

import time
from typing import Any

from flask import Response, g, has_app_context, request
from sqlalchemy import event

import web

# What opens a transaction is no question to the database; PostgreSQL's driver sends it without being asked.
NOT_COUNTED = ("BEGIN", "PRAGMA")


def create_app() -> web.App:
    app = web.create_app()
    event.listen(app.store.engine, "before_cursor_execute", _statement)
    event.listen(app.store.engine, "commit", _commit)
    # The first registered is the last that looks at an answer.
    app.after_request_funcs[None].insert(0, _tell)
    answer = app.wsgi_app
    # Flask's own way to wrap an app, which the types take for a method that is overwritten.
    app.wsgi_app = lambda environ, start: answer(  # type: ignore[method-assign]
        {**environ, "bench.began": time.thread_time()}, start
    )
    return app


def _statement(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
    if has_app_context() and not sql.startswith(NOT_COUNTED):
        g.statements = g.get("statements", 0) + 1


def _commit(_connection: Any) -> None:
    if has_app_context():
        g.commits = g.get("commits", 0) + 1


def _tell(response: Response) -> Response:
    response.headers["X-Statements"] = str(g.get("statements", 0))
    response.headers["X-Commits"] = str(g.get("commits", 0))
    response.headers["X-Processor"] = str((time.thread_time() - request.environ["bench.began"]) * 1000)
    return response
