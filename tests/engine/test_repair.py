"""A case that its diagram stopped: what its coordinator reads, and the ways to let it go on."""

import uuid

import pytest
from sqlalchemy import select

from engine import cases, clock, journal, notices, reports, vault
from engine.errors import Conflict, Invalid, NotFound, Refused
from engine.models import Case, Entry, Job, Membership, Note, Notice, RepairReport
from tests import make, stuck


@pytest.fixture
def place(db):
    return make.local_action(db)


@pytest.fixture
def case(db, place, tmp_path):
    return stuck.case(db, tmp_path)


def page_for(db, role, case):
    db.flush()
    return reports.repair_page(db, make.user(db, role), case.id)


def said(sentence):
    return str(sentence)


# ---- what is read


def test_the_coordinator_reads_where_it_stopped_what_was_kept_and_what_was_read(db, case):
    page = page_for(db, "coordinator", case)
    assert said(page.step_name) == "“Does the participant agree?”"
    assert said(page.pathway) == "Small release"
    assert "cannot be answered" in said(page.problem)
    assert page.since is not None
    assert [(said(line.title), line.who) for line in page.kept] == [("Announce the release", "Núria Ferrer")]
    facts = {said(fact.label): fact for fact in page.facts}
    assert said(facts["Does the participant agree?"].value) == "Given"
    assert said(facts["Does the participant agree?"].title) == "Announce the release"
    assert (facts["Day of release"].value, facts["Day of release"].date) == (None, "released_on")
    assert facts["Release date"].value is not None
    assert {(one.flow, said(one.name), said(one.leads_to)) for one in page.ways} == {
        ("agreed", "yes", "“Write the plan”, “Find housing”, a step for others"),
        ("not_agreed", "no", "“Leave a card”"),
    }
    assert not any(page.may.values())


def test_why_it_stopped_is_said_in_words_and_the_formula_is_for_editors(db, case):
    page = page_for(db, "coordinator", case)
    assert "“Does the participant agree?”, “Release date”, “Day of release”" in said(page.message)
    assert ">=" not in said(page.message)
    assert page.formula is None
    stuck.editor(db)
    marta = make.user(db, "coordinator")
    house = marta.memberships[0].agency_id
    db.add(Membership(id=uuid.uuid4(), user_id=marta.id, agency_id=house, role="editor"))
    db.flush()
    db.refresh(marta)
    assert "released_on >= release_on" in said(page_for(db, "coordinator", case).formula)


def test_only_who_answered_a_fact_may_correct_it_from_here(db, case):
    (fact,) = [one for one in page_for(db, "coordinator", case).facts if one.task_id]
    assert fact.may_correct == "This task belongs to another role or agency."


def test_who_may_not_repair_reads_that_it_stopped_and_neither_why_nor_what_was_answered(db, case):
    page = page_for(db, "prison", case)
    assert page.head.status == "stuck"
    assert (page.problem, page.message, page.step_name, page.facts, page.ways) == (None, None, None, [], [])
    assert all(page.may[verb] for verb in ("retry", "move_on", "tell_editor", "close"))
    assert [said(line.title) for line in page.kept] == ["Announce the release"]


def test_who_does_not_know_the_case_finds_no_page(db, case):
    for role in ("probation", "mentor"):
        with pytest.raises(NotFound):
            page_for(db, role, case)


def test_a_fact_for_other_roles_is_neither_named_nor_shown(db, place, tmp_path):
    stuck.publish(db, tmp_path)
    form = tmp_path / "forms" / "announcement.json"
    form.write_text(form.read_text().replace('["prison", "coordinator"]', '["prison"]'))
    make.publish(db, tmp_path)
    found = make.case(db)
    make.complete(db, found, "announce", by="prison", answers=make.announcement())
    assert found.status == "stuck"
    (hidden,) = [one for one in page_for(db, "coordinator", found).facts if one.hidden]
    assert (hidden.label, hidden.value, hidden.task_id) == (None, None, None)


# ---- tried again


def test_after_a_corrected_answer_it_goes_on(db, case):
    task = reports.case_page(db, make.user(db, "prison"), case.id).done[0].id
    corrected = cases.Submitted(raw=make.announcement(agreement="refused"), reason="She said no.")
    cases.correct_answer(db, make.user(db, "prison"), task, corrected)
    cases.retry_case(db, make.user(db, "coordinator"), case.id)
    assert (case.status, case.stuck) == ("open", None)
    assert make.open_steps(db, case) == ["leave_card"]


# ---- decided by hand


def move_on(db, case, role="coordinator", **more):
    asked = {"step": "agrees", "flow": "agreed", "reason": "She signed; the form asks too much.", **more}
    return cases.move_on(db, make.user(db, role), case.id, **asked)


def test_the_chosen_way_is_taken_and_the_reason_is_sealed(db, case):
    move_on(db, case)
    assert (case.status, case.stuck) == ("open", None)
    assert make.open_steps(db, case) == ["find_housing", "plan", "treatment"]
    entry = db.scalars(select(Entry).where(Entry.case_id == case.id, Entry.verb == "moved_on")).one()
    note = db.scalars(select(Note).where(Note.case_id == case.id)).one()
    assert entry.codes == {
        "step": "agrees",
        "pathway": "small_release",
        "flow": "agreed",
        "note": str(note.id),
    }
    text = vault.unseal(db, case.participant.key, "notes.text", note.text)
    assert text == "She signed; the form asks too much."
    assert list(journal.verify(db)) == []


def test_the_story_says_that_it_was_decided_by_hand(db, case):
    move_on(db, case)
    db.flush()
    page = reports.case_page(db, make.user(db, "coordinator"), case.id)
    assert any("Moved on by hand" in said(line.sentence) for line in page.timeline)
    assert any("Marta Soler decided by hand" in said(line.sentence) for line in page.why)
    assert [line.text for line in page.notes] == ["She signed; the form asks too much."]


def test_all_that_is_wrong_is_said_at_once_and_nothing_moves(db, case):
    with pytest.raises(Invalid) as caught:
        move_on(db, case, flow="f5", reason=" ")
    assert [problem.field for problem in caught.value.problems] == ["flow", "reason"]
    assert case.status == "stuck"
    assert db.scalar(select(Note.id)) is None


def test_a_page_of_an_earlier_place_decides_nothing(db, case):
    with pytest.raises(Conflict):
        move_on(db, case, step="found")
    move_on(db, case)
    with pytest.raises(Refused, match="does not need repair"):
        move_on(db, case)


def test_an_answer_that_was_corrected_meanwhile_decides_instead(db, case):
    task = reports.case_page(db, make.user(db, "prison"), case.id).done[0].id
    corrected = cases.Submitted(raw=make.announcement(agreement="refused"), reason="She said no.")
    cases.correct_answer(db, make.user(db, "prison"), task, corrected)
    with pytest.raises(Conflict):
        move_on(db, case)


def test_only_who_may_try_again_decides(db, case):
    with pytest.raises(Refused):
        move_on(db, case, role="prison")
    with pytest.raises(NotFound):
        move_on(db, case, role="probation")


@pytest.mark.parametrize("code", ["endless", "limit", "depth", "internal", "no_way_out"])
def test_what_nobody_can_decide_is_refused_in_words(db, case, code):
    case.stuck = {**case.stuck, "code": code, "remedy": None}
    with pytest.raises(Refused, match="here"):
        move_on(db, case)
    page = page_for(db, "coordinator", case)
    assert page.ways == []
    assert page.may["move_on"]


# ---- told to who edits the pathway


def told(db):
    return list(db.scalars(select(Notice).where(Notice.kind == "editor_told")))


def test_who_edits_pathways_is_told_where_it_stopped_and_nothing_of_the_case(db, case):
    rosa = stuck.editor(db)
    cases.tell_editor(db, make.user(db, "coordinator"), case.id)
    (notice,) = told(db)
    assert (notice.user_id, notice.case_id, notice.task_id) == (rosa.id, None, None)
    (line,) = reports.notices(db, rosa)
    assert said(line.failure) == (
        "Small release, version 2, at “Does the participant agree?”: "
        "What the pathway asks here cannot be answered with what is known."
    )
    assert (line.case_id, line.case_number, line.title) == (None, None, None)
    assert page_for(db, "coordinator", case).told_at is not None
    assert f"mail:{notice.id}" in list(db.scalars(select(Job.dedup_key)))


def test_one_fault_is_told_once_a_day_however_many_cases_it_stops(db, case, monkeypatch):
    stuck.editor(db)
    marta = make.user(db, "coordinator")
    other = make.case(db, name="Samir Haddad", number="N-2")
    make.complete(db, other, "announce", by="prison", answers=make.announcement())
    assert other.status == "stuck"
    cases.tell_editor(db, marta, case.id)
    with pytest.raises(Conflict):
        cases.tell_editor(db, marta, other.id)
    assert len(told(db)) == 1
    later = clock.now() + 2 * notices.QUIET
    monkeypatch.setattr(clock, "now", lambda: later)
    cases.tell_editor(db, marta, other.id)
    assert len(told(db)) == 2


def test_where_nobody_edits_pathways_that_is_said(db, case):
    with pytest.raises(Conflict, match="Ask the administrator"):
        cases.tell_editor(db, make.user(db, "coordinator"), case.id)
    assert db.scalar(select(RepairReport.id)) is None


def test_who_has_left_is_not_told(db, case):
    stuck.editor(db).active = False
    with pytest.raises(Conflict):
        cases.tell_editor(db, make.user(db, "coordinator"), case.id)


def test_only_who_may_try_again_tells(db, case):
    stuck.editor(db)
    with pytest.raises(Refused):
        cases.tell_editor(db, make.user(db, "prison"), case.id)
    assert told(db) == []


def test_a_case_that_runs_has_nothing_to_repair(db, place):
    case = make.prepared_case(db)
    page = page_for(db, "coordinator", case)
    assert page.problem is None
    assert db.get(Case, case.id).status == "open"
    assert page.may["retry"] == "This case does not need repair."
