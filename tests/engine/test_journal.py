"""The journal cannot be changed without being found out, and a form that is sent twice acts once."""

import pytest
from sqlalchemy import delete, select, update

from engine import journal
from engine.errors import Conflict
from engine.models import Case, Entry, Submission
from tests import make


@pytest.fixture
def case(db):
    make.local_action(db)
    return make.prepared_case(db)


def breaks(db):
    db.flush()
    return [(one.number, one.how) for one in journal.verify(db)]


def test_an_untouched_journal_is_whole(db, case):
    assert case.journal_count > 3
    assert breaks(db) == []


def test_a_changed_line_is_found(db, case):
    db.execute(update(Entry).where(Entry.case_id == case.id, Entry.number == 2).values(verb="closed"))
    assert breaks(db) == [(2, "changed")]


def test_a_missing_line_is_found(db, case):
    db.execute(delete(Entry).where(Entry.case_id == case.id, Entry.number == 2))
    assert (2, "missing") in breaks(db)


def test_a_cut_tail_is_found(db, case):
    db.execute(delete(Entry).where(Entry.case_id == case.id, Entry.number == case.journal_count))
    assert breaks(db) == [(case.journal_count, "cut")]


def test_a_tail_cut_together_with_its_head_differs_from_a_head_that_was_kept(db, case):
    kept = journal.heads(db)
    last = db.scalars(select(Entry).where(Entry.case_id == case.id).order_by(Entry.number.desc())).first()
    db.execute(
        update(Case)
        .where(Case.id == case.id)
        .values(journal_count=last.number - 1, journal_head=last.previous)
        .execution_options(synchronize_session=False)
    )
    db.execute(delete(Entry).where(Entry.id == last.id))
    db.expire_all()
    assert breaks(db) == []
    assert journal.heads(db) != kept


def test_the_journal_holds_no_words_of_people(db, case):
    lines = db.scalars(select(Entry)).all()
    told = " ".join(f"{line.verb} {line.codes}" for line in lines)
    assert "Amira" not in told
    assert "given" not in told


def test_a_form_sent_twice_acts_once(db, case):
    prison = make.user(db, "prison")
    assert journal.once(db, prison, "key", "digest") is None
    journal.remember(db, "key", "/done")
    assert journal.once(db, prison, "key", "digest") == "/done"
    assert len(db.scalars(select(Submission)).all()) == 1


def test_the_same_key_with_other_answers_is_refused(db, case):
    prison = make.user(db, "prison")
    journal.once(db, prison, "key", "digest")
    with pytest.raises(Conflict):
        journal.once(db, prison, "key", "another")
    with pytest.raises(Conflict):
        journal.once(db, make.user(db, "coordinator"), "key", "digest")
