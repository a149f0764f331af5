"""A full disk: each act is whole or undone, said calmly, and the work goes on when there is room again."""

import pytest
from sqlalchemy import event, func, select, text

from engine import cases, journal
from engine import store as engine_store
from engine.errors import Unavailable
from engine.models import Case, Note
from engine.vault import Vault
from tests import make

pytestmark = pytest.mark.databases("sqlite")

PAGES = 40


def test_what_was_acknowledged_before_the_disk_was_full_is_kept_and_nothing_else(db, keys, database_url):
    make.local_action(db)
    case = make.prepared_case(db)
    case_id, coordinator_id = case.id, make.user(db, "coordinator").id
    db.commit()
    used = db.scalar(text("PRAGMA page_count"))
    db.rollback()
    small = engine_store.connect(database_url)
    event.listen(
        small.engine, "connect", lambda found, _: found.execute(f"PRAGMA max_page_count={used + PAGES}")
    )
    kept, refused = 0, set()
    for number in range(200):
        try:
            with small.writing() as full:
                full.info["vault"] = Vault(keys)
                user = full.get_one(type(make.user(full, "coordinator")), coordinator_id)
                cases.add_note(full, user, case_id, text=f"{number} " + "long " * 800)
            kept += 1
        except Unavailable as error:
            refused.add(str(error))
    assert kept
    assert refused == {"There is no room to keep this. Nothing was changed: tell who runs the system."}
    with small.reading() as full:
        full.info["vault"] = Vault(keys)
        assert full.scalar(text("PRAGMA integrity_check")) == "ok"
        assert full.scalar(select(func.count()).select_from(Note)) == kept
        assert list(journal.verify(full)) == []
    small.dispose()
    # There is room again.
    cases.add_note(db, make.user(db, "coordinator"), case_id, text="and on it goes")
    db.commit()
    assert db.get_one(Case, case_id).journal_count
    assert list(journal.verify(db)) == []
