"""Connects to the database, and sees to it that a write is never lost."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from engine.errors import Conflict, EngineError, Unavailable

SCHEMA = Path(__file__).with_name("schema")

# A lock that is not had in five seconds, or a statement that runs for thirty, ends in a clean error.
POSTGRESQL_LIMITS = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=30s"

# PostgreSQL's own words for: full disk, out of memory, too many connections, a statement that ran too long, a server
# that shuts down, starts up or crashed.
OUT_OF_REACH = ("53100", "53200", "53300", "57014", "57P01", "57P02", "57P03")


class Store:
    """One database. `writing()` and `reading()` give sessions; nothing else in the engine opens one."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._write = sessionmaker(self.engine, expire_on_commit=False)
        read_only = {"postgresql_readonly": True} if not self.is_sqlite else {"readonly": True}
        self._read = sessionmaker(
            self.engine.execution_options(**read_only), expire_on_commit=False, autoflush=False
        )

    def session(self, *, write: bool) -> Session:
        """A session for one request. The caller commits once, or closes to undo everything."""
        return self._write() if write else self._read()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that may change things: committed when the block ends well, undone when it raises.

        What the database refuses is raised as `meaning` says it.
        """
        with self._write() as db:
            try:
                yield db
                db.commit()
            except SQLAlchemyError as error:
                told = meaning(error)
                if told is None:
                    raise
                raise told from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One transaction that only looks; it blocks nobody."""
        with self._read() as db:
            yield db

    def dispose(self) -> None:
        self.engine.dispose()


def connect(url: str) -> Store:
    """The store behind an SQLAlchemy `url`; `postgres://` and `postgresql://` mean psycopg 3."""
    return Store(url)


def upgrade(url: str) -> None:
    """Bring the database's tables up to what this version of the program needs."""
    from alembic import command  # only this command needs Alembic: a request should not pay for it

    command.upgrade(alembic_config(url), "head")


def alembic_config(url: str) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCHEMA))
    config.attributes["engine"] = _engine(url)
    return config


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, hide_parameters=True)
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    return create_engine(
        parsed,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"options": POSTGRESQL_LIMITS, "application_name": "throughcare"},
    )


def _sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver's own transactions begin only at the first write: what was read before can be stale by then, and
    # updates are lost without a word. So it is switched off, and every transaction begins by `_sqlite_begin`.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("readonly")
    # Connections are used again: what the one before was allowed does not count.
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def meaning(error: Exception) -> EngineError | None:
    """What a refusal of the database means to a user; None when it is a fault of ours.

    Conflict: somebody else moved the same case in between, which only a missing lock lets happen. Unavailable:
    nothing was kept, and the same page can be sent again later.
    """
    if isinstance(error, StaleDataError):
        return Conflict(
            "Somebody moved this case at the same moment. Look at it again, then send your page again."
        )
    if not isinstance(error, DBAPIError):
        return None
    if is_lock_timeout(error):
        return Unavailable("The system is busy just now. Nothing was lost: send the page again.")
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in OUT_OF_REACH:
        return Unavailable(
            "The database cannot be reached just now. Nothing was lost: send the page again later."
        )
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return Unavailable("There is no room to keep this. Nothing was changed: tell who runs the system.")
    return None


def dialect(db: Session) -> str:
    """Which database this is: "sqlite" or "postgresql"."""
    return db.get_bind().dialect.name


def insert(dialect: str) -> Any:
    """SQLAlchemy's `insert` as the database speaks it: with ON CONFLICT, which both know."""
    return sqlite_insert if dialect == "sqlite" else postgresql_insert


def is_lock_timeout(error: Exception) -> bool:
    """Whether `error` only means that somebody else held the row too long."""
    return isinstance(error, OperationalError) and (
        "lock" in str(error.orig).lower() or getattr(error.orig, "sqlstate", None) == "55P03"
    )
