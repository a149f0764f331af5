"""Stories begin where others have come to: what many of them share is lived once and then copied."""

import functools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from engine import config as engine_config
from engine import store as engine_store
from engine.vault import Vault
from tests.pathways import story

Kept = tuple[Path, datetime, UUID]


def _connecting(store: engine_store.Store, keys: engine_config.Keys) -> story.Connect:
    @contextmanager
    def connect() -> Iterator[Any]:
        with store.writing() as db:
            db.info["vault"] = Vault(keys)
            yield db

    return connect


@pytest.fixture(scope="session")
def chapter(
    sqlite_template: Path, keys: engine_config.Keys, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Kept]:
    """An SQLite file in which a story has come to the end of a beginning, when that was, and the case."""
    home = tmp_path_factory.mktemp("chapters")

    @functools.cache
    def lived(until: story.Beginning | None) -> Kept:
        chapters = story.chapters(until) if until else ()
        file = home / f"{until.__name__ if until else 'settled_place'}.db"
        before = lived(chapters[-2] if len(chapters) > 1 else None) if until else None
        shutil.copy(before[0] if before else sqlite_template, file)
        config = engine_config.Config(
            home=home,
            database_url=f"sqlite:///{file}",
            keys=keys,
            mail_url="folder:",
            public_url="http://127.0.0.1:8000",
            plain_http=True,
        )
        store = engine_store.connect(config.database_url)
        amira = story.Story(_connecting(store, keys), config)
        if until and before:
            _, amira.now, amira.case_id = before
            until(amira)
        else:
            story.settle(amira.connect)
        store.dispose()
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return file, amira.now, amira.case_id

    return lived


@pytest.fixture
def begin(
    database_kind: str,
    store: engine_store.Store,
    config: engine_config.Config,
    connect: story.Connect,
    chapter: Callable[..., Kept],
) -> Callable[..., story.Story]:
    """Begin a story where a beginning ends; without one, in a local action where nothing has happened yet."""

    def begun(until: story.Beginning | None = None, kind: type[story.Story] = story.Story) -> story.Story:
        amira = kind(connect, config)
        if database_kind == "sqlite":
            file, amira.now, amira.case_id = chapter(until)
            store.dispose()
            shutil.copy(file, config.database_url.removeprefix("sqlite:///"))
            return amira
        story.settle(connect)
        for live in story.chapters(until) if until else ():
            live(amira)
        return amira

    return begun
