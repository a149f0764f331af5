"""A case from the announcement to the first meeting, and all that can come between."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine import agencies, cases, clock, journal, participants, reports, vault, worker
from engine.errors import Conflict, Invalid, NotFound, Refused
from engine.models import Answer, Case, Draft, Entry, Fact, Job, Notice, Task, Wait
from tests import make


@pytest.fixture
def place(db):
    return make.local_action(db)


@pytest.fixture
def case(db, place):
    return make.prepared_case(db)


def verbs(db, case):
    return list(db.scalars(select(Entry.verb).where(Entry.case_id == case.id).order_by(Entry.number)))


# ---- the way through


def test_a_case_goes_from_the_announcement_to_the_first_meeting(db, place):
    case = make.case(db)
    assert make.open_steps(db, case) == ["announce"]
    make.complete(db, case, "announce", by="prison", answers=make.announcement())
    assert make.open_steps(db, case) == ["find_housing", "plan", "treatment"]
    make.complete(db, case, "plan", by="coordinator")
    make.complete(db, case, "treatment", by="health", answers={"treatment": "goes on"})
    make.complete(db, case, "find_housing", by="housing", answers={"found": "no"})
    assert make.open_steps(db, case) == ["find_housing"]
    make.complete(db, case, "find_housing", by="housing", answers={"found": "yes"})
    assert make.open_steps(db, case) == ["first_meeting"]
    make.complete(db, case, "first_meeting", by="ngo")
    assert case.status == "closed"
    assert case.ended == "done"
    assert list(journal.verify(db)) == []


def test_who_does_not_agree_gets_a_card(db, place):
    case = make.case(db)
    make.complete(db, case, "announce", by="prison", answers=make.announcement(agreement="refused"))
    assert make.open_steps(db, case) == ["leave_card"]


def test_all_that_is_wrong_is_said_at_once_and_nothing_changes(db, place):
    case = make.case(db)
    tomorrow = clock.today("Europe/Madrid") + timedelta(days=1)
    with pytest.raises(Invalid) as caught:
        make.complete(db, case, "announce", by="prison", happened_on=tomorrow, already=True)
    wrong = {problem.field for problem in caught.value.problems}
    assert wrong == {"release_day", "how_sure", "agreement", "happened_on", "reason"}
    assert make.open_steps(db, case) == ["announce"]


def test_deadlines_count_from_the_release(db, case):
    plan = make.task(db, case, "plan")
    release = clock.today("Europe/Madrid") + timedelta(weeks=26)
    due = plan.due_at.date()
    assert release - timedelta(weeks=8, days=7) < due <= release - timedelta(weeks=8)
    assert plan.press_at.date() <= due - timedelta(weeks=2) + timedelta(days=1)
    assert plan.starts_at.date() <= release - timedelta(weeks=12) + timedelta(days=1)


def test_a_step_that_opens_after_its_deadline_still_has_two_working_days(db, place):
    case = make.prepared_case(db, weeks=1)
    assert make.task(db, case, "plan").due_at > clock.now() + timedelta(days=1)


def test_the_person_named_for_a_role_gets_its_steps(db, place):
    case = make.case(db)
    coordinator = make.user(db, "coordinator")
    make.complete(
        db, case, "announce", by="prison", answers=make.announcement(coordinator=str(coordinator.id))
    )
    assert make.task(db, case, "plan").owner_id == coordinator.id
    assert case.coordinator_id == coordinator.id
    assert db.scalars(
        select(Notice).where(Notice.user_id == coordinator.id, Notice.kind == "task_for_you")
    ).all()


# ---- dates that move


def test_a_later_release_moves_what_is_open_and_leaves_what_is_done(db, case):
    make.complete(db, case, "treatment", by="health", answers={"treatment": "goes on"})
    done = db.scalars(select(Task).where(Task.case_id == case.id, Task.step == "treatment")).one()
    before, done_before = make.task(db, case, "plan").due_at, done.due_at
    release = clock.today("Europe/Madrid") + timedelta(weeks=30)
    participants.record_date(
        db,
        make.user(db, "prison"),
        case.participant_id,
        key="release_on",
        on=release,
        sure="confirmed",
        source="letter of the court",
    )
    assert make.task(db, case, "plan").due_at > before
    assert done.due_at == done_before
    assert "due_moved" in verbs(db, case)


def test_a_release_that_lies_years_back_is_a_slip_of_the_pen(db, case):
    long_ago = clock.today("Europe/Madrid") - timedelta(days=900)
    said = {"key": "release_on", "on": long_ago, "sure": "estimated", "source": "court"}
    with pytest.raises(Invalid):
        participants.record_date(db, make.user(db, "prison"), case.participant_id, **said)


def test_recording_the_same_date_twice_moves_nothing(db, case):
    prison = make.user(db, "prison")
    release = clock.today("Europe/Madrid") + timedelta(weeks=20)
    said = {"key": "release_on", "on": release, "sure": "confirmed", "source": "court"}
    participants.record_date(db, prison, case.participant_id, **said)
    moved = verbs(db, case).count("due_moved")
    participants.record_date(db, prison, case.participant_id, **said)
    assert verbs(db, case).count("due_moved") == moved


def test_released_now_ends_the_plan_and_the_case_goes_on(db, case):
    participants.record_date(
        db,
        make.user(db, "prison"),
        case.participant_id,
        key="released_on",
        on=clock.today("Europe/Madrid"),
        sure="confirmed",
        source="the gate",
    )
    assert make.open_steps(db, case) == ["find_housing", "treatment"]
    plan = db.scalars(select(Task).where(Task.case_id == case.id, Task.step == "plan")).one()
    assert plan.status == "withdrawn"


def test_a_timer_fires_once(db, config, case, connect):
    plan_due = make.task(db, case, "plan").due_at
    job = db.scalars(select(Job).where(Job.dedup_key == f"timers:{case.id}")).one()
    assert job.run_at > plan_due
    db.commit()
    with clock.at(job.run_at - timedelta(minutes=1)):
        assert worker.tick(connect, config, clock.now()) == 0
    with clock.at(job.run_at + timedelta(minutes=1)):
        worker.tick(connect, config, clock.now())
        worker.tick(connect, config, clock.now())
    db.expire_all()
    assert make.open_steps(db, case).count("contingency") == 1


# ---- taking on, drafts, corrections


def test_saving_a_draft_takes_the_task_on_and_keeps_what_was_typed(db, case):
    coordinator = make.user(db, "coordinator")
    task = make.task(db, case, "plan")
    cases.save_draft(db, coordinator, task.id, {"remark": "half a thought"})
    assert task.owner_id == coordinator.id
    assert reports.task_page(db, coordinator, task.id).raw == {"remark": "half a thought"}
    make.complete(db, case, "plan", by=coordinator, answers={"remark": "whole"})
    assert db.scalars(select(Draft)).all() == []


def test_a_task_can_be_given_back_and_assigned(db, case):
    coordinator = make.user(db, "coordinator")
    task = cases.claim_task(db, coordinator, make.task(db, case, "plan").id)
    assert cases.give_back_task(db, coordinator, task.id).owner_id is None
    assert cases.assign_task(db, coordinator, task.id, coordinator.id).owner_id == coordinator.id
    with pytest.raises(Invalid):
        cases.assign_task(db, coordinator, task.id, make.user(db, "prison").id)


def test_completing_a_task_that_is_done_is_a_conflict_that_says_who_was_quicker(db, case):
    task_id = make.task(db, case, "plan").id
    make.complete(db, case, "plan", by="coordinator")
    with pytest.raises(Conflict) as caught:
        cases.complete_task(db, make.user(db, "coordinator"), task_id, cases.Submitted())
    assert caught.value.words["who"] == "Marta Soler"


def test_a_correction_keeps_the_old_answer_and_moves_the_dates(db, case):
    prison = make.user(db, "prison")
    task = db.scalars(select(Task).where(Task.case_id == case.id, Task.step == "announce")).one()
    before = make.task(db, case, "plan").due_at
    corrected = make.announcement(weeks=30)
    cases.correct_answer(
        db, prison, task.id, cases.Submitted(raw=corrected, reason="a slip of the pen", seen=1)
    )
    answers = db.scalars(select(Answer).where(Answer.task_id == task.id).order_by(Answer.number)).all()
    assert [answer.number for answer in answers] == [1, 2]
    assert make.task(db, case, "plan").due_at > before
    with pytest.raises(Conflict):
        cases.correct_answer(db, prison, task.id, cases.Submitted(raw=corrected, reason="again", seen=1))


def test_a_question_left_empty_in_a_correction_has_no_fact_any_more(db, place):
    case = make.case(db)
    coordinator = make.user(db, "coordinator")
    task = make.complete(
        db, case, "announce", by="prison", answers=make.announcement(coordinator=str(coordinator.id))
    )
    submitted = cases.Submitted(raw=make.announcement(), reason="not yet known")
    cases.correct_answer(db, make.user(db, "prison"), task.id, submitted)
    current = db.scalars(select(Fact.key).where(Fact.case_id == case.id, Fact.superseded_at.is_(None)))
    assert set(current) == {"agreement"}


def test_a_step_done_already_needs_only_what_the_diagram_reads(db, case):
    task = make.task(db, case, "find_housing")
    cases.complete_task(
        db,
        make.user(db, "housing"),
        task.id,
        cases.Submitted(
            raw={"found": "yes"}, already=True, reason="the family told us", happened_on=date.today()
        ),
    )
    assert task.closed_as == "already"


# ---- asking, notes


def test_a_colleague_who_is_asked_learns_only_what_is_asked(db, case):
    coordinator, police = make.user(db, "coordinator"), make.user(db, "police")
    with pytest.raises(NotFound):
        reports.case_page(db, police, case.id)
    task = cases.ask_colleague(
        db,
        coordinator,
        case.id,
        agency_id=police.memberships[0].agency_id,
        role="police",
        text="Is the square safe?",
    )
    page = reports.case_page(db, police, case.id)
    assert page.level == "exists"
    assert page.timeline == []
    assert [turn.task_id for turn in page.turns] == [task.id]
    assert reports.task_page(db, police, task.id).request == "Is the square safe?"
    cases.complete_task(db, police, task.id, cases.Submitted(raw={"reply": "It is."}))
    answered = reports.task_page(db, coordinator, task.id).answers[0]
    assert answered.rows == [("Your reply", "It is.")]


def test_what_one_colleague_has_answered_waits_for_nobody(db, case):
    coordinator, police = make.user(db, "coordinator"), make.user(db, "police")
    agency = police.memberships[0].agency
    other = agencies.add_user(
        db, email="police-2@catalonia.example", name="Berta Coll", password=None, desks=[(agency, "police")]
    )
    db.flush()
    asked = {"agency_id": agency.id, "role": "police", "text": "Is the square safe?"}
    first, second = (cases.ask_colleague(db, coordinator, case.id, **asked) for _ in range(2))
    assert reports.unread(db, other) == 2
    cases.complete_task(db, police, first.id, cases.Submitted(raw={"reply": "It is."}))
    assert [line.task_id for line in reports.notices(db, other) if not line.is_read] == [second.id]
    assert reports.unread(db, coordinator) == 1, "the answer is for who asked"


def test_a_note_is_the_agencys_until_it_is_shared(db, case):
    coordinator, prison, housing = (make.user(db, role) for role in ("coordinator", "prison", "housing"))
    note = cases.add_note(db, coordinator, case.id, text="She likes to sing.")
    assert [line.text for line in reports.case_page(db, coordinator, case.id).notes] == ["She likes to sing."]
    assert reports.case_page(db, prison, case.id).notes == []
    cases.share_note(db, coordinator, note.id)
    assert [line.text for line in reports.case_page(db, prison, case.id).notes] == ["She likes to sing."]
    assert reports.case_page(db, housing, case.id).notes == []


# ---- pausing, closing


def test_a_paused_case_waits_and_then_goes_on(db, case):
    coordinator = make.user(db, "coordinator")
    cases.pause_case(db, coordinator, case.id, reason="in hospital")
    with pytest.raises(Refused):
        make.complete(db, case, "plan", by=coordinator)
    assert db.scalars(select(Job.state).where(Job.dedup_key == f"timers:{case.id}")).one() == "done"
    cases.resume_case(db, coordinator, case.id)
    assert db.scalars(select(Job.state).where(Job.dedup_key == f"timers:{case.id}")).one() == "ready"
    make.complete(db, case, "plan", by=coordinator)


def test_a_paused_case_hears_of_the_release_when_it_goes_on(db, case):
    coordinator = make.user(db, "coordinator")
    cases.pause_case(db, coordinator, case.id, reason="in hospital")
    participants.record_date(
        db,
        coordinator,
        case.participant_id,
        key="released_on",
        on=clock.today("Europe/Madrid"),
        sure="confirmed",
        source="the gate",
    )
    assert "plan" in make.open_steps(db, case)
    cases.resume_case(db, coordinator, case.id)
    assert make.open_steps(db, case) == ["find_housing", "treatment"]


def test_when_a_pause_is_over_the_coordinator_is_told_and_decides(db, config, case, connect):
    coordinator = make.user(db, "coordinator")
    case.coordinator_id = coordinator.id
    until = clock.today("Europe/Madrid") + timedelta(days=10)
    cases.pause_case(db, coordinator, case.id, reason="in hospital", until=until)
    db.commit()
    later = clock.now() + timedelta(days=11)
    with clock.at(later):
        worker.tick(connect, config, later)
    db.expire_all()
    told = db.scalars(select(Notice.kind).where(Notice.user_id == coordinator.id)).all()
    assert told.count("pause_over") == 1
    assert case.status == "paused"


def test_a_closed_case_waits_for_nothing(db, case):
    cases.close_case(db, make.user(db, "coordinator"), case.id, reason="opened in error")
    assert case.status == "closed"
    assert make.open_steps(db, case) == []
    assert db.scalars(select(Wait).where(Wait.case_id == case.id, Wait.ended_at.is_(None))).all() == []


def test_a_case_needs_an_agency_for_every_role(db, place):
    prison = make.user(db, "prison")
    person = make.participant(db, by=prison)
    with pytest.raises(Invalid) as caught:
        cases.open_case(
            db, prison, pathway="small_release", participant_id=person.id, lanes={"health": prison.id}
        )
    assert [problem.field for problem in caught.value.problems] == ["lane-health"]


def test_what_is_personal_is_sealed_in_the_tables(db, case):
    found = db.get_one(Case, case.id)
    sealed = [found.participant.name, found.participant.details, found.state]
    sealed += db.scalars(select(Answer.values)).all() + db.scalars(select(Fact.value)).all()
    assert not any(b"Amira" in box or b"given" in box or b"token" in box for box in sealed)
    assert (
        vault.unseal(db, found.participant.key, "participants.name", found.participant.name) == "Amira Benali"
    )


def test_an_answer_holds_only_a_file_that_was_kept_for_its_own_task(db, case):
    other = make.case(db, name="Somebody Else", number="N-2")
    make.complete(db, other, "announce", by="prison", answers=make.announcement())
    health = make.user(db, "health")
    letter = {"question": "letter", "name": "letter.pdf", "type": "application/pdf", "content": b"%PDF-1"}
    theirs = cases.keep_file(db, health, make.task(db, other, "treatment").id, **letter)
    ours = cases.keep_file(db, health, make.task(db, case, "treatment").id, **letter)
    said = {"name": "x.pdf", "type": "application/pdf", "size": 6}
    with pytest.raises(Invalid) as caught:
        make.complete(
            db,
            case,
            "treatment",
            by="health",
            answers={"treatment": "goes on", "letter": {**said, "file": str(theirs.id)}},
        )
    assert [problem.field for problem in caught.value.problems] == ["letter"]
    done = make.complete(
        db,
        case,
        "treatment",
        by="health",
        answers={"treatment": "goes on", "letter": {**said, "file": str(ours.id)}},
    )
    (shown,) = [
        value for label, value in reports.task_page(db, health, done.id).answers[0].rows if "Letter" in label
    ]
    assert shown["name"] == "letter.pdf"
    newer = cases.keep_file(db, health, done.id, **letter)
    answers = {"treatment": "goes on", "letter": {**said, "file": str(newer.id)}}
    cases.correct_answer(db, health, done.id, cases.Submitted(raw=answers, reason="A newer letter came."))
