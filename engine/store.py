"""Connects to the database, and sees to it that a write is never lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

SCHEMA = Path(__file__).with_name("schema")

# A lock that is not had in five seconds, or a statement that runs for thirty, ends in a clean error: nobody waits for ever.
POSTGRESQL_LIMITS = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=30s"


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
        """One transaction that may change things: committed when the block ends well, undone when it raises."""
        with self._write() as db:
            yield db
            db.commit()

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


def is_lock_timeout(error: Exception) -> bool:
    """Whether `error` only means that somebody else held the row too long."""
    return isinstance(error, OperationalError) and (
        "lock" in str(error.orig).lower() or getattr(error.orig, "sqlstate", None) == "55P03"
    )
