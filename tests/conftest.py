"""Fixtures for every test: a clean environment, databases of both kinds, the site, a signed-in browser."""

import functools
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, make_url
from sqlalchemy.orm import Session

from engine import config as engine_config
from engine import store as engine_store
from engine.vault import Vault
from tests import postgresql, visitor

# Tests must not depend on, and never touch, the installation of whoever runs them.
OURS = ("DATABASE_URL", "MAIL_URL", "PORT")
TEST_SERVER = os.environ.get("TEST_DATABASE_URL")

BOTH = ("sqlite", "postgresql")
TESTS = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run the tests that take long")


def pytest_configure(config: pytest.Config) -> None:
    if getattr(config.option, "testrunuid", "") is None:
        config.option.testrunuid = postgresql.RUN  # so that the workers share what this process clears away
    for name in list(os.environ):
        if name.startswith("THROUGHCARE_") or name in OURS:
            del os.environ[name]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if TESTS / "browser" in item.path.parents:
            item.add_marker("browser")
    if not config.getoption("--long"):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The engine's tests run on both databases, the others on SQLite, unless marked `databases(...)`."""
    if "database_kind" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("databases")
        in_engine = {TESTS / "engine", TESTS / "fault"} & set(metafunc.definition.path.parents)
        metafunc.parametrize("database_kind", marker.args if marker else BOTH if in_engine else BOTH[:1])


@pytest.hookimpl(trylast=True)  # after the workers of pytest-xdist have ended
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _server.cache_info().currsize:
        _server().stop()
    if not hasattr(session.config, "workerinput"):
        postgresql.end_run(TEST_SERVER)


# ---- databases


@functools.cache
def _server() -> postgresql.Server:
    return postgresql.Server(TEST_SERVER)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every table and no row."""
    file = tmp_path_factory.mktemp("template") / "template.db"
    engine_store.upgrade(f"sqlite:///{file}")
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated, empty database of this test's own."""
    if database_kind == "sqlite":
        file = tmp_path / "throughcare.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    url = _server().create()
    yield url
    _server().drop(url)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> engine_config.Keys:
    file = tmp_path_factory.mktemp("keys") / "keys.json"
    engine_config.make_keys(file)
    return engine_config.read_keys(file)


@pytest.fixture
def config(database_url: str, keys: engine_config.Keys, tmp_path: Path) -> engine_config.Config:
    """An installation of this test's own."""
    return engine_config.Config(
        home=tmp_path,
        database_url=database_url,
        keys=keys,
        mail_url="folder:",
        public_url="http://127.0.0.1:8000",
        plain_http=True,
    )


@pytest.fixture
def store(config: engine_config.Config, database_kind: str) -> Iterator[engine_store.Store]:
    """The test's database, as the engine connects to it."""
    store, there = _moving_store(database_kind)
    there["url"] = config.database_url
    yield store
    store.dispose()


@functools.cache
def _moving_store(kind: str) -> tuple[engine_store.Store, dict[str, str]]:
    """A store whose new connections go to the "url" of the dictionary beside it.

    Each store compiles every statement once, which in a test of its own would take a third of the time.
    """
    nowhere = {"sqlite": "sqlite:///nowhere.db", "postgresql": "postgresql:///nowhere"}[kind]
    store, there = engine_store.connect(nowhere), {"url": nowhere}

    def go_there(dialect: Any, _record: Any, arguments: list[Any], named: dict[str, Any]) -> None:
        to, with_names = dialect.create_connect_args(make_url(there["url"]))
        arguments[:] = to
        named.update(with_names)

    event.listen(store.engine, "do_connect", go_there)
    if store.is_sqlite:
        event.listen(store.engine, "connect", _without_waiting_for_the_disk)
    return store, there


def _without_waiting_for_the_disk(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture
def db(store: engine_store.Store, keys: engine_config.Keys) -> Iterator[Session]:
    """A session that may write, with the vault that the engine expects to find in it."""
    with store.writing() as session:
        session.info["vault"] = Vault(keys)
        yield session


@pytest.fixture
def connect(store: engine_store.Store, keys: engine_config.Keys) -> Any:
    """A way to transactions of their own, as the worker has one."""

    @contextmanager
    def connecting() -> Iterator[Session]:
        with store.writing() as session:
            session.info["vault"] = Vault(keys)
            yield session

    return connecting


# ---- the site


@pytest.fixture
def app(config: engine_config.Config, store: engine_store.Store) -> Any:
    """The site over the test's database."""
    from web import create_app

    app = create_app(config, store)
    app.test_client_class = visitor.Visitor
    return app


@pytest.fixture
def client(app: Any) -> visitor.Visitor:
    """A visitor who has not signed in."""
    client: visitor.Visitor = app.test_client()
    return client
