"""Connecting: whoever writes at the same time, nothing is lost."""

import threading
import uuid

import pytest
from alembic import command
from sqlalchemy import select, text

from engine import store as engine_store
from engine.models import Agency

# SQLite locks the whole file from the start of a writing transaction; PostgreSQL only what it is told to.
LOOK = {True: "SELECT n FROM counter", False: "SELECT n FROM counter FOR UPDATE"}


@pytest.fixture
def counter(store):
    with store.writing() as db:
        db.execute(text("CREATE TABLE counter (n INTEGER)"))
        db.execute(text("INSERT INTO counter VALUES (0)"))
    return store


def read(store):
    with store.reading() as db:
        return db.scalar(text("SELECT n FROM counter"))


def test_a_block_that_raises_changes_nothing(counter):
    with pytest.raises(RuntimeError), counter.writing() as db:  # noqa: PT012 (the block is what is tested)
        db.execute(text("UPDATE counter SET n = 7"))
        raise RuntimeError
    assert read(counter) == 0


def test_a_database_with_something_in_it_is_brought_up_to_date(tmp_path):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    settings = engine_store.alembic_config(url)
    command.upgrade(settings, "0008_repair")
    place, house = (uuid.uuid4().hex for _ in range(2))
    with settings.attributes["engine"].begin() as connection:
        connection.execute(
            text(
                "INSERT INTO local_actions (id, key, name, country, timezone) VALUES (:id, 'a', 'A', 'ES', 'UTC')"
            ),
            {"id": place},
        )
        connection.execute(
            text("INSERT INTO agencies (id, key, name, local_action_id) VALUES (:id, 'b', 'B', :place)"),
            {"id": house, "place": place},
        )
    engine_store.upgrade(url)
    with engine_store.connect(url).reading() as db:
        (found,) = db.scalars(select(Agency))
        assert (found.id.hex, found.local_action.key, found.role_owners) == (house, "a", {})


def test_no_update_is_lost_when_many_write_at_once(counter, database_url):
    def count(times):
        own = engine_store.connect(database_url)
        for _ in range(times):
            with own.writing() as db:
                n = db.scalar(text(LOOK[own.is_sqlite]))
                db.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})
        own.dispose()

    threads = [threading.Thread(target=count, args=[10]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(counter) == 40


def test_reading_waits_for_nobody(counter):
    with counter.writing() as writer:
        writer.execute(text("UPDATE counter SET n = 1"))
        assert read(counter) == 0


def test_every_database_of_a_test_has_the_tables_and_no_rows(db):
    assert db.scalar(text("SELECT count(*) FROM cases")) == 0
