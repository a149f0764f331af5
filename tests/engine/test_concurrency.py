"""Whoever acts at the same moment: nothing is lost, nothing happens twice, and whoever comes second is told."""

import sqlite3
import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError

from engine import agencies, cases, clock, journal, meetings, participants
from engine import store as engine_store
from engine.errors import Conflict, EngineError, Refused, Unavailable
from engine.models import Agency, Answer, Case, Entry, Note, ParticipantDate, Submission, Task, User, Wait
from engine.vault import Vault
from tests import make, meet

RELEASE = clock.now().date() + timedelta(weeks=30)


@pytest.fixture
def case(db):
    """A case whose plan, housing and treatment are open, kept, so that others see it."""
    make.local_action(db)
    found = make.prepared_case(db)
    db.commit()
    return found


def at_once(connect, *acts):
    """Each act in a transaction and thread of its own, begun together; what each returned or raised."""
    gate = threading.Barrier(len(acts))
    found = [None] * len(acts)

    def run(number, act):
        gate.wait()
        try:
            with connect() as db:
                found[number] = act(db)
        except EngineError as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def second(db, role):
    """A colleague of who has `role`."""
    [membership] = make.user(db, role).memberships
    found = agencies.add_user(
        db,
        email=f"second-{role}@catalonia.example",
        name="Second",
        password=None,
        desks=[(membership.agency, role)],
    )
    db.commit()
    return found


def by(email, act):
    """`act(db, user)` with the user as that transaction sees them."""

    def acting(db):
        user = db.scalars(select(User).where(User.email == email)).one()
        return act(db, user)

    return acting


def completing(email, task_id, answers=None):
    return by(
        email, lambda db, user: cases.complete_task(db, user, task_id, cases.Submitted(raw=answers or {})).id
    )


def fresh(db, row):
    db.expire_all()
    return db.get_one(type(row), row.id, populate_existing=True)


def whole(db):
    return list(journal.verify(db)) == []


def test_of_two_who_complete_a_task_one_is_told_who_was_quicker(db, connect, case):
    other = second(db, "coordinator")
    task = make.task(db, case, "plan")
    db.commit()
    found = at_once(
        connect,
        completing("coordinator@catalonia.example", task.id, {"remark": "first"}),
        completing(other.email, task.id, {"remark": "second"}),
    )
    [error] = [one for one in found if isinstance(one, Conflict)]
    done = fresh(db, task)
    assert error.words["who"] == done.closer.name
    assert error.words["when"] == done.closed_at
    assert db.scalar(select(func.count()).select_from(Answer).where(Answer.task_id == task.id)) == 1
    assert whole(db)


def test_eight_who_complete_different_tasks_of_a_case_all_find_their_answers_kept(db, connect, case):
    coordinator, police = make.user(db, "coordinator"), make.user(db, "police")
    asked = [
        cases.ask_colleague(
            db, coordinator, case.id, agency_id=police.memberships[0].agency_id, role="police", text=f"{n}?"
        ).id
        for n in range(5)
    ]
    steps = {step: make.task(db, case, step).id for step in ("plan", "treatment", "find_housing")}
    moves = case.moves
    db.commit()
    found = at_once(
        connect,
        completing(coordinator.email, steps["plan"], {"remark": "planned"}),
        completing("health@catalonia.example", steps["treatment"], {"treatment": "goes on"}),
        completing("housing@catalonia.example", steps["find_housing"], {"found": "yes"}),
        *(completing(police.email, task_id, {"reply": "yes"}) for task_id in asked),
    )
    assert sorted(map(str, found)) == sorted(map(str, [*asked, *steps.values()]))
    case = fresh(db, case)
    assert case.moves >= moves + 8
    answered = select(func.count()).select_from(Answer).where(Answer.task_id.in_([*asked, *steps.values()]))
    assert db.scalar(answered) == 8
    completed = (
        select(func.count()).select_from(Entry).where(Entry.verb == "completed", Entry.case_id == case.id)
    )
    assert db.scalar(completed) == 9
    assert make.open_steps(db, case) == ["first_meeting"]
    waits = db.scalars(select(Wait.step).where(Wait.case_id == case.id, Wait.ended_at.is_(None))).all()
    assert waits == ["first_meeting"]
    assert whole(db)


def test_a_form_that_comes_twice_at_the_same_moment_acts_once(db, connect, case):
    def noting(db, user):
        led = journal.once(db, user, "one-key", "digest")
        if led is not None:
            return led
        note = cases.add_note(db, user, case.id, text="once")
        journal.remember(db, "one-key", f"/notes/{note.id}")
        return f"/notes/{note.id}"

    found = at_once(connect, *[by("coordinator@catalonia.example", noting)] * 3)
    assert len(set(found)) == 1
    assert db.scalar(select(func.count()).select_from(Note)) == 1
    assert db.scalar(select(func.count()).select_from(Submission)) == 1


def test_a_form_whose_first_sending_failed_acts_when_it_comes_again(db, connect, case):
    def failing(db, user):
        journal.once(db, user, "key", "digest")
        raise Refused("no")

    def acting(db, user):
        return journal.once(db, user, "key", "digest")

    at_once(connect, by("coordinator@catalonia.example", failing))
    assert at_once(connect, by("coordinator@catalonia.example", acting)) == [None]


def test_of_two_who_take_on_a_task_one_gets_it(db, connect, case):
    other = second(db, "coordinator")
    task = make.task(db, case, "plan")
    db.commit()

    def claiming(email):
        return by(email, lambda db, user: cases.claim_task(db, user, task.id).owner_id)

    found = at_once(connect, claiming("coordinator@catalonia.example"), claiming(other.email))
    assert sum(isinstance(one, Refused) for one in found) == 1
    assert fresh(db, task).owner_id in found
    assert db.scalar(select(func.count()).select_from(Entry).where(Entry.verb == "claimed")) == 1


def saying(on, email="prison@catalonia.example", participant_id=None):
    return by(
        email,
        lambda db, user: (
            participants.record_date(
                db, user, participant_id, key="release_on", on=on, sure="confirmed", source="court"
            ).id
        ),
    )


def planned_anew(db, case):
    """How many due dates are not what the dates of now lead to: 0 when no plan is mixed."""
    db.expire_all()
    return cases.replan(db, None, db.get_one(Case, case.id))


@pytest.mark.parametrize("turn", range(3))
def test_a_date_that_changes_while_a_step_is_completed_leaves_one_plan(db, connect, case, turn):
    task = make.task(db, case, "find_housing")
    db.commit()
    found = at_once(
        connect,
        saying(RELEASE + timedelta(weeks=turn), participant_id=case.participant_id),
        completing("housing@catalonia.example", task.id, {"found": "no"}),
    )
    assert not any(isinstance(one, EngineError) for one in found)
    assert make.open_steps(db, case) == ["find_housing", "plan", "treatment"]
    assert planned_anew(db, case) == 0
    assert whole(db)


def test_a_case_that_opens_while_a_date_changes_is_planned_by_the_new_date(db, connect, case):
    def opening(db, user):
        return cases.open_case(
            db, user, pathway="small_release", participant_id=case.participant_id, lanes={}
        ).id

    for week in range(3):
        at_once(
            connect,
            saying(RELEASE + timedelta(weeks=week), participant_id=case.participant_id),
            by("prison@catalonia.example", opening),
        )
    for other in db.scalars(select(Case.id).where(Case.participant_id == case.participant_id)).all():
        assert planned_anew(db, db.get_one(Case, other)) == 0


def test_two_cases_of_a_participant_whose_steps_both_say_a_date_do_not_block_each_other(db, connect, case):
    prison = make.user(db, "prison")
    for _ in range(2):
        one, two = (
            cases.open_case(db, prison, pathway="small_release", participant_id=case.participant_id, lanes={})
            for _ in range(2)
        )
        tasks = [make.task(db, found, "announce").id for found in (one, two)]
        db.commit()
        found = at_once(
            connect,
            *(
                completing(prison.email, task, make.announcement(weeks=weeks))
                for task, weeks in zip(reversed(tasks), (20, 40), strict=True)
            ),
        )
        assert sorted(map(str, found)) == sorted(map(str, tasks))
    current = (
        select(func.count())
        .select_from(ParticipantDate)
        .where(ParticipantDate.superseded_at.is_(None), ParticipantDate.key == "release_on")
    )
    assert db.scalar(current) == 1
    for other in db.scalars(select(Case.id)).all():
        assert planned_anew(db, db.get_one(Case, other)) == 0
    assert whole(db)


def test_two_dates_said_at_once_leave_one_that_holds(db, connect, case):
    cases.close_case(db, make.user(db, "coordinator"), case.id, reason="no case holds them apart")
    db.commit()
    at_once(
        connect, *(saying(RELEASE + timedelta(weeks=n), participant_id=case.participant_id) for n in range(4))
    )
    current = (
        select(func.count())
        .select_from(ParticipantDate)
        .where(ParticipantDate.superseded_at.is_(None), ParticipantDate.key == "release_on")
    )
    assert db.scalar(current) == 1


def test_the_same_person_is_not_registered_twice_at_once(db, connect, case):
    def registering(db, user):
        return participants.register(db, user, name="New Person", number="N-77").id

    found = at_once(connect, *[by("prison@catalonia.example", registering)] * 3)
    assert sum(isinstance(one, EngineError) for one in found) == 2


# ---- when the database says no


@pytest.mark.databases("postgresql")
def test_a_case_that_moved_without_its_lock_is_a_conflict(store, keys, db, case):
    """The second wall: a write that read an older state of the case never overwrites the newer one."""
    with pytest.raises(Conflict), store.writing() as one:  # noqa: PT012
        mine = one.get_one(Case, case.id)
        with store.writing() as other:
            other.get_one(Case, case.id).ended = "theirs"
        mine.ended = "mine"
    assert fresh(db, case).ended == "theirs"


def test_who_waits_too_long_is_told_that_the_system_is_busy(store, keys, database_url, db, case):
    impatient = engine_store.connect(database_url)
    event.listen(impatient.engine, "connect", hurry)
    task_id = make.task(db, case, "plan").id
    db.commit()
    cases.lock_case(db, make.user(db, "coordinator"), case.id)
    with pytest.raises(Unavailable), impatient.writing() as late:  # noqa: PT012
        late.info["vault"] = Vault(keys)
        cases.complete_task(late, make.user(late, "coordinator"), task_id, cases.Submitted())
    db.rollback()
    impatient.dispose()
    assert fresh(db, make.task(db, case, "plan")).status == "open"


def hurry(connection, _record):
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA busy_timeout=100")
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        connection.commit()


@pytest.mark.databases("postgresql")
def test_who_lost_a_deadlock_can_send_the_page_again(store, db, case):
    """Two transactions that hold what the other wants: one is undone, cleanly."""
    ids = [row.id for row in db.scalars(select(Agency).limit(2))]
    db.commit()
    gate = threading.Barrier(2)

    def crossing(first, then):
        def act(db):
            db.execute(text("SELECT 1 FROM agencies WHERE id = :id FOR UPDATE"), {"id": first})
            gate.wait()
            db.execute(text("SELECT 1 FROM agencies WHERE id = :id FOR UPDATE"), {"id": then})
            return "done"

        return act

    found = at_once(store.writing, crossing(*ids), crossing(*reversed(ids)))
    assert {type(one) for one in found} == {str, Unavailable}


@pytest.mark.databases("postgresql")
def test_a_lost_connection_is_said_calmly(store, db, case):
    with pytest.raises(Unavailable), store.writing() as cut:  # noqa: PT012
        pid = cut.scalar(text("SELECT pg_backend_pid()"))
        db.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        cut.execute(text("SELECT 1"))


def test_a_fault_of_ours_stays_a_fault(store):
    with pytest.raises(DBAPIError), store.writing() as db:
        db.execute(text("SELECT nonsense FROM nowhere"))
    assert engine_store.meaning(ValueError("x")) is None


def test_every_answer_of_a_task_has_its_own_number(db, connect, case):
    """Two corrections of the same answers: one is kept, the other is told."""
    task = db.scalars(select(Task).where(Task.case_id == case.id, Task.step == "announce")).one()
    db.commit()

    def correcting(db, user):
        submitted = cases.Submitted(raw=make.announcement(weeks=30), reason="slip", seen=1)
        return cases.correct_answer(db, user, task.id, submitted).id

    found = at_once(connect, *[by("prison@catalonia.example", correcting)] * 2)
    assert sum(isinstance(one, Conflict) for one in found) == 1
    assert db.scalar(select(func.count()).select_from(Answer).where(Answer.task_id == task.id)) == 2


def test_a_record_that_two_finish_at_once_makes_each_task_once(db, connect):
    world = meet.begun(db, 2)
    police = meet.desk(db, "police")
    given = {n: meet.typed(n, actions=[("Look after it", police)]) for n in (1, 2)}
    sheet = meet.sheet(db, world, given)
    meeting_id = world.meeting.id
    db.commit()

    def finishing(db, user):
        return meetings.finish_record(db, user, meeting_id, sheet).status

    found = at_once(connect, *[by("coordinator@catalonia.example", finishing)] * 2)
    assert sorted(isinstance(one, Refused) for one in found) == [False, True]
    db.expire_all()
    assert db.scalar(select(func.count()).select_from(Task).where(Task.kind == "request")) == 2
    assert list(journal.verify(db)) == []


def test_two_who_record_one_case_at_once_do_not_overwrite_each_other(db, connect):
    world = meet.invited(db, 2)
    sheets = [meet.sheet(db, world, {1: meet.typed(n)}, there=()) for n in (1, 2)]
    meeting_id = world.meeting.id
    db.commit()
    acts = [
        by(
            "coordinator@catalonia.example",
            lambda db, user, sheet=sheet: meetings.save_record(db, user, meeting_id, sheet).id,
        )
        for sheet in sheets
    ]
    found = at_once(connect, *acts)
    assert sorted(isinstance(one, Conflict) for one in found) == [False, True]
