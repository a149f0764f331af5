"""Somebody leaves on Friday with open tasks: nothing is without an owner, and the successor knows what was promised."""

import pytest
from sqlalchemy import select

from engine import agencies, cases, facts, policy, reports
from engine.errors import Invalid, NotFound, Refused
from engine.models import Case, CaseLane, Entry, Fact, Handover, Notice, Task
from tests import make

PROMISES = {"promises": "A call to the sister before Easter", "works": "Walking while talking"}


@pytest.fixture
def place(db):
    make.local_action(db)


def hire(db, name, role, beside):
    """One more who does `role` in the agency of somebody in the small world."""
    agency = make.user(db, beside).memberships[0].agency
    return agencies.add_user(
        db, email=f"{name}@catalonia.example", name=name.title(), password=None, desks=[(agency, role)]
    )


def name_coordinator(db, case, marta):
    return make.complete(
        db, case, "announce", by="prison", answers=make.announcement(coordinator=str(marta.id))
    )


def request_for(db, case, role, owner):
    """A task of somebody's in a case, as a colleague's request."""
    agency = owner.memberships[0].agency
    return cases.ask_colleague(
        db, make.user(db, "coordinator"), case.id, agency_id=agency.id, role=role, text="x"
    )


def owners(db):
    return set(db.scalars(select(Task.owner_id).where(Task.status == "open", Task.role == "coordinator")))


def test_on_friday_nine_open_tasks_go_to_the_successor_and_none_is_lost(db, place):
    marta, pere = make.user(db, "coordinator"), hire(db, "pere", "coordinator", "coordinator")
    notes = {}
    for n in range(9):
        case = make.case(db, name=f"Person {n}", number=f"N-{n}")
        name_coordinator(db, case, marta)
        notes[case.id] = {"open": f"The letter of person {n}"}
    page = reports.handing_page(db, marta)
    assert len(page.cases) == 9
    assert page.successors == {str(pere.id): "Pere"}
    before = len(db.scalars(select(Task).where(Task.status == "open")).all())
    cases.hand_over_cases(db, marta, notes, to=pere.id, reason="worker_left")
    assert owners(db) == {pere.id}
    assert len(db.scalars(select(Task).where(Task.status == "open")).all()) == before
    assert len(reports.my_tasks(db, marta).rows) == 0
    assert len(reports.my_tasks(db, pere).rows) == 9
    assert set(db.scalars(select(Case.coordinator_id))) == {pere.id}
    assert reports.handing_page(db, marta).cases == []
    for case_id, note in notes.items():
        [line] = reports.case_page(db, pere, case_id).handovers
        assert line.open == note["open"]
        told = db.scalars(select(Notice).where(Notice.case_id == case_id, Notice.kind == "handed_over")).all()
        assert [notice.user_id for notice in told] == [pere.id]
    # She is gone the next Monday, and every later step still finds somebody.
    marta.active = False
    db.flush()
    for case_id in notes:
        make.complete(db, db.get_one(Case, case_id), "plan", by=pere)
    assert owners(db) <= {pere.id}


def test_being_named_moves_too_and_keeps_its_readers_and_its_history(db, place):
    marta, pere = make.user(db, "coordinator"), hire(db, "pere", "coordinator", "coordinator")
    case = make.case(db)
    name_coordinator(db, case, marta)
    old = db.scalars(select(Fact).where(Fact.key == "coordinator", Fact.superseded_at.is_(None))).one()
    cases.hand_over(db, marta, case.id, to=pere.id, reason="leave", note=PROMISES)
    assert facts.values(db, case)["coordinator"] == str(pere.id)
    new = db.scalars(select(Fact).where(Fact.key == "coordinator", Fact.superseded_at.is_(None))).one()
    assert (new.audience, new.task_id, new.agency_id) == (old.audience, old.task_id, old.agency_id)
    assert old.superseded_at is not None
    lane = db.scalars(select(CaseLane).where(CaseLane.role == "coordinator")).one()
    assert lane.user_id == pere.id


def test_the_journal_names_both_by_ids_and_holds_no_word_of_the_note(db, place):
    marta, pere = make.user(db, "coordinator"), hire(db, "pere", "coordinator", "coordinator")
    case = make.case(db)
    name_coordinator(db, case, marta)
    cases.hand_over(db, marta, case.id, to=pere.id, reason="leave", note=PROMISES)
    entry = db.scalars(select(Entry).where(Entry.verb == "handed_over")).one()
    assert (entry.codes["from"], entry.codes["to"]) == (str(marta.id), str(pere.id))
    assert "sister" not in str(entry.codes)
    assert b"sister" not in db.scalars(select(Handover.note)).one()
    lines = [str(line.sentence) for line in reports.case_page(db, pere, case.id).timeline]
    assert "Handed over by Marta Soler to Pere" in lines


def test_the_note_is_read_by_the_successor_and_the_own_agency_only(db, place):
    marta, pere = make.user(db, "coordinator"), hire(db, "pere", "coordinator", "coordinator")
    case = make.case(db)
    name_coordinator(db, case, marta)
    cases.hand_over(db, marta, case.id, to=pere.id, reason="leave", note=PROMISES)
    db.flush()
    assert db.scalar(policy.visible(pere, Handover)).taker_id == pere.id
    for role in ("prison", "housing", "health", "ngo", "mentor", "probation"):
        assert db.scalar(policy.visible(make.user(db, role), Handover)) is None, role


def mentored(db):
    """A case with a step of the mentor's, given to Karim by who leads the mentors."""
    case = make.prepared_case(db)
    joan, karim = make.user(db, "ngo"), make.user(db, "mentor")
    task = request_for(db, case, "mentor", karim)
    cases.assign_task(db, joan, task.id, karim.id)
    return case, joan, karim


def test_a_mentor_s_successor_knows_the_case_and_the_one_before_no_longer(db, place):
    case, _joan, karim = mentored(db)
    nuria = hire(db, "nadia", "mentor", "mentor")
    assert policy.level(db, nuria, case.id) == policy.NOTHING
    cases.hand_over(db, karim, case.id, to=nuria.id, reason="mentor_change", note=PROMISES)
    assert reports.case_page(db, nuria, case.id).handovers[0].promises == PROMISES["promises"]
    with pytest.raises(NotFound):
        reports.case_page(db, karim, case.id)
    # The mentor's name stays in their agency: elsewhere not even the line of the timeline is read.
    marta = make.user(db, "coordinator")
    assert not any("Nadia" in str(line.sentence) for line in reports.case_page(db, marta, case.id).timeline)
    # Handing it on in turn, she no longer knows it either.
    third = hire(db, "ferran", "mentor", "mentor")
    cases.hand_over(db, nuria, case.id, to=third.id, reason="leave", note={})
    assert policy.level(db, nuria, case.id) == policy.NOTHING


def test_who_leads_the_role_hands_over_for_somebody_who_is_ill_and_nobody_else_does(db, place):
    case, joan, karim = mentored(db)
    nadia = hire(db, "nadia", "mentor", "mentor")
    karim.active = False
    db.flush()
    page = reports.handing_page(db, joan, giver_id=karim.id)
    assert [one.id for one in page.cases] == [case.id]
    given = {"to": nadia.id, "reason": "leave", "note": {}, "giver_id": karim.id}
    for role in ("coordinator", "prison"):
        with pytest.raises((Refused, NotFound)):
            cases.hand_over(db, make.user(db, role), case.id, **given)
    found = cases.hand_over(db, joan, case.id, **given)
    assert (found.giver_id, found.taker_id, found.given_by) == (karim.id, nadia.id, joan.id)
    assert [row.owner_id for row in db.scalars(select(Task).where(Task.role == "mentor"))] == [nadia.id]


def test_only_a_colleague_with_the_role_in_the_same_agency_takes_over(db, place):
    marta = make.user(db, "coordinator")
    elsewhere = hire(db, "lluc", "coordinator", "prison")
    case = make.case(db)
    name_coordinator(db, case, marta)
    for to in (elsewhere, make.user(db, "housing"), make.user(db, "prison"), marta):
        with pytest.raises(Invalid) as refused:
            cases.hand_over(db, marta, case.id, to=to.id, reason="nonsense", note={"open": "x" * 10_001})
        assert [one.field for one in refused.value.problems] == ["to", "reason", "open"]
    assert owners(db) == {marta.id}


def test_what_the_successor_cannot_do_stays_with_its_owner(db, place):
    case, joan, karim = mentored(db)
    nadia = hire(db, "nadia", "mentor", "mentor")
    lead = request_for(db, case, "ngo", joan)
    cases.claim_task(db, joan, lead.id)
    mentors = db.scalars(select(Task).where(Task.role == "mentor")).one()
    mentors.owner_id = joan.id
    db.flush()
    cases.hand_over(db, joan, case.id, to=nadia.id, reason="transfer", note={})
    assert (mentors.owner_id, lead.owner_id) == (nadia.id, joan.id)
    assert karim.id != nadia.id


def test_a_person_with_two_cases_is_one_row_and_what_presses_is_first(db, place):
    marta = make.user(db, "coordinator")
    for number in ("N-1", "N-2"):
        name_coordinator(db, make.case(db, name=f"Person {number}", number=number), marta)
    late = db.scalars(select(Task).where(Task.role == "coordinator").order_by(Task.opened_at.desc())).first()
    late.press_at = late.due_at = late.opened_at.replace(year=2020)
    participant = late.case.participant_id
    nuria = make.user(db, "prison")
    second = cases.open_case(db, nuria, pathway="small_release", participant_id=participant, lanes={})
    second.coordinator_id = marta.id
    cases.add_note(db, marta, late.case_id, text="She called")
    db.flush()
    rows = reports.my_participants(db, marta)
    assert len(rows) == 2
    assert rows[0].participant_id == participant
    assert {case_id for case_id, _ in rows[0].cases} == {late.case_id, second.id}
    assert rows[0].task.id == late.id
    assert rows[0].noted_on is not None
    assert str(rows[0].next_date[0]) == "Release date"
    assert reports.my_participants(db, make.user(db, "probation")) == []


def test_a_mentor_s_participants_are_their_own(db, place):
    case, joan, karim = mentored(db)
    [row] = reports.my_participants(db, karim)
    assert [case_id for case_id, _ in row.cases] == [case.id]
    nadia = hire(db, "nadia", "mentor", "mentor")
    assert reports.my_participants(db, nadia) == []
    cases.hand_over(db, joan, case.id, to=nadia.id, reason="leave", note={}, giver_id=karim.id)
    assert len(reports.my_participants(db, nadia)) == 1
    assert reports.my_participants(db, karim) == []
