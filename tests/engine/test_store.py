"""Connecting: whoever writes at the same time, nothing is lost."""

import threading

import pytest
from sqlalchemy import text

from engine import store as engine_store

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
