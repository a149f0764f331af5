"""Anybody does anything at any time: the tables, the run, the ledger, the jobs and the journal stay of one mind."""

import uuid
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from engine import cases, clock, facts, journal, participants, reports, runner, worker
from engine.cases.running import Scene, state_of
from engine.errors import EngineError
from engine.models import Answer, Case, Fact, File, Job, Note, ParticipantDate, Task, User, Wait
from tests import make

BEGIN = datetime(2027, 3, 1, 8, tzinfo=UTC)
ROLES = ("coordinator", "prison", "coordinator", "ngo", "housing", "health", "mentor", "probation", "police")


class Walk:
    """One case and the people around it; `number` chooses among what there is to choose."""

    def __init__(self, db, config):
        self.db, self.config, self.now = db, config, BEGIN
        with clock.at(self.now):
            case = make.case(db, name="Amira Benali", number=uuid.uuid4().hex)
        self.case_id = case.id

    @property
    def case(self):
        return self.db.get_one(Case, self.case_id)

    def go(self, verb, who, number):
        """Do one thing; what the engine refuses is undone and no harm."""
        user = make.user(self.db, ROLES[who % len(ROLES)])
        with suppress(EngineError), clock.at(self.now), self.db.begin_nested():
            getattr(self, verb)(user, number)

    def task(self, number):
        """Some task of the case: most often an open one."""
        tasks = self.db.scalars(
            select(Task)
            .where(Task.case_id == self.case_id)
            .order_by(Task.status != "open", Task.opened_at.desc(), Task.id)
            .limit(6)
        ).all()
        return tasks[number % len(tasks)]

    # ---- the verbs

    def complete(self, user, number):
        task = self.task(number)
        cases.complete_task(
            self.db, self.somebody_for(task, user, number), task.id, self.submitted(task, number)
        )

    def already(self, user, number):
        task = self.task(number)
        submitted = cases.Submitted(raw=self.answers(task, number), already=True, reason="they said so")
        cases.complete_task(self.db, self.somebody_for(task, user, number), task.id, submitted)

    def correct(self, user, number):
        task = self.task(number)
        submitted = cases.Submitted(raw=self.answers(task, number), reason="slip", seen=number % 3 or None)
        cases.correct_answer(self.db, self.somebody_for(task, user, number), task.id, submitted)

    def claim(self, user, number):
        cases.claim_task(self.db, user, self.task(number).id)

    def give_back(self, user, number):
        cases.give_back_task(self.db, user, self.task(number).id)

    def assign(self, user, number):
        to = make.user(self.db, ROLES[number % len(ROLES)])
        cases.assign_task(self.db, user, self.task(number).id, to.id)

    def draft(self, user, number):
        task = self.task(number)
        cases.save_draft(
            self.db, self.somebody_for(task, user, number), task.id, {"remark": "…", "found": "?"}
        )

    def file(self, user, number):
        cases.keep_file(
            self.db, user, self.task(number).id, question="remark", name="a", type="text/plain", content=b"x"
        )

    def say_date(self, user, number):
        key = ("release_on", "release_on", "released_on", "received_on", "supervision_ends_on")[number % 5]
        on = None if number % 7 == 0 else (self.now + timedelta(days=number * 9 - 120)).date()
        if key in ("released_on", "received_on") and on:
            on = min(on, self.now.date())
        participants.record_date(
            self.db, user, self.case.participant_id, key=key, on=on, sure="estimated", source="somebody"
        )

    def pause(self, user, _number):
        cases.pause_case(self.db, user, self.case_id, reason="in hospital")

    def resume(self, user, _number):
        cases.resume_case(self.db, user, self.case_id)

    def close(self, user, number):
        if number > 50:
            cases.close_case(self.db, user, self.case_id, reason="opened in error")

    def retry(self, user, _number):
        cases.retry_case(self.db, user, self.case_id)

    def message(self, user, number):
        cases.send_message(self.db, user, self.case_id, ("released.now", "no.such.event")[number % 2])

    def note(self, user, number):
        cases.add_note(self.db, user, self.case_id, text="heard something", shared=number % 2 == 0)

    def share(self, user, _number):
        note = self.db.scalars(select(Note.id).where(Note.case_id == self.case_id).limit(1)).first()
        cases.share_note(self.db, user, note or uuid.uuid4())

    def ask(self, user, number):
        asked = make.user(self.db, ROLES[number % len(ROLES)]).memberships[0]
        cases.ask_colleague(
            self.db, user, self.case_id, agency_id=asked.agency_id, role=asked.role, text="Could you?"
        )

    def look(self, user, number):
        reports.my_tasks(self.db, user, whose="team")
        reports.my_cases(self.db, user)
        reports.notices(self.db, user)
        reports.task_page(self.db, user, self.task(number).id)
        reports.after_task(self.db, user, self.task(number).id)
        reports.case_page(self.db, user, self.case_id)

    def wait(self, _user, number):
        """Time goes by, and the worker does what came due."""
        self.now += timedelta(days=number, minutes=7)
        with clock.at(self.now):
            worker.tick(self.connect, self.config, self.now, limit=40)

    # ---- what the verbs need

    @contextmanager
    def connect(self):
        with self.db.begin_nested():
            yield self.db

    def somebody_for(self, task, user, number):
        """Mostly whoever's step it is, sometimes whoever comes along."""
        if number % 6 == 5:
            return user
        if task.owner_id:
            return self.db.get_one(User, task.owner_id)
        return make.user(self.db, "ngo" if task.role == "mentor" else task.role)

    def submitted(self, task, number):
        return cases.Submitted(raw=self.answers(task, number))

    def answers(self, task, number):
        if number % 11 == 10:
            return {"nonsense": "x", "found": "perhaps"}
        if task.kind == "request":
            return {"reply": "yes"}
        return {
            "announcement": make.announcement(
                weeks=number % 60, agreement="refused" if number % 9 == 8 else "given"
            ),
            "housing": {"found": "yes" if number % 3 else "no", "unsuitable": "too small"},
            "health": {"treatment": "goes on"},
        }.get(task.form or "", {"remark": "done"})

    # ---- what must hold after each

    def check(self):
        db, case = self.db, self.case
        db.flush()
        with clock.at(self.now):
            scene = Scene.of(db, case)
            run = runner.deliver(
                scene.edition.plan, state_of(db, case), "nobody.waits.for.this", scene.context()
            )
        open_tasks = db.scalars(select(Task).where(Task.case_id == case.id, Task.status == "open")).all()
        open_waits = db.scalars(select(Wait).where(Wait.case_id == case.id, Wait.ended_at.is_(None))).all()
        waits = {
            kind: sorted(w.run_id for w in open_waits if w.kind == kind)
            for kind in ("task", "timer", "message")
        }
        assert waits["task"] == sorted(task.run_id for task in open_tasks)
        assert {w.run_id: w.until for w in open_waits if w.kind == "task"} == {
            t.run_id: t.due_at for t in open_tasks
        }
        job = db.scalar(select(Job).where(Job.dedup_key == f"timers:{case.id}"))
        if case.status == "closed":
            assert open_waits == []
            assert open_tasks == []
        else:
            assert {task.run_id for task in open_tasks if task.kind == "step"} == {one.id for one in run.open}
            for kind in ("timer", "message"):
                assert waits[kind] == sorted(one.id for one in run.waits if one.kind == kind)
        if case.status in ("open", "follow_up") and run.wake_at:
            assert (job.state, job.run_at) == ("ready", run.wake_at)
        else:
            assert job is None or job.state in ("done", "leased"), case.status
        assert case.status != "stuck"
        for model, owner, key in (
            (Fact, Fact.case_id == case.id, Fact.key),
            (ParticipantDate, ParticipantDate.participant_id == case.participant_id, ParticipantDate.key),
        ):
            doubled = (
                select(key).where(owner, model.superseded_at.is_(None)).group_by(key).having(func.count() > 1)
            )
            assert db.scalars(doubled).all() == []
        done = select(func.count()).select_from(Task).where(Task.case_id == case.id, Task.status == "done")
        answered = select(func.count(Answer.task_id.distinct())).join(Task).where(Task.case_id == case.id)
        assert db.scalar(done) == db.scalar(answered)
        assert facts.values(db, case).keys() >= set(facts.DATES)
        assert db.scalars(select(File)).all() == []


VERBS = (
    *("complete", "already", "correct", "claim", "give_back", "assign", "draft", "file", "say_date"),
    *("pause", "resume", "close", "retry", "message", "note", "share", "ask", "look", "wait"),
)
# What happens most in a case happens most here.
OFTEN = [*VERBS, *["complete"] * 5, *["resume", "say_date", "wait"] * 2]
walks = st.lists(
    st.tuples(st.sampled_from(OFTEN), st.integers(0, len(ROLES) - 1), st.integers(0, 60)),
    min_size=4,
    max_size=30,
)


def walk_all(db, config, steps):
    found = Walk(db, config)
    found.check()
    for step in steps:
        found.go(*step)
        found.check()
    assert list(journal.verify(db)) == []


@pytest.mark.databases("sqlite")
@settings(
    max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=walks)
@example(steps=[("complete", 1, 26), ("wait", 0, 60), ("wait", 0, 60), ("wait", 0, 60), ("complete", 0, 0)])
@example(steps=[("complete", 1, 26), ("pause", 0, 0), ("say_date", 1, 15), ("wait", 0, 60), ("resume", 0, 0)])
@example(steps=[("complete", 1, 26), ("pause", 0, 0), ("ask", 0, 8), ("complete", 8, 0), ("close", 0, 55)])
def test_whatever_people_do_the_case_stays_of_one_mind(walker, steps):
    walk_all(*walker, steps)


@pytest.mark.long
@settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=walks)
def test_whatever_people_do_for_long_the_case_stays_of_one_mind(walker, steps):
    walk_all(*walker, steps)


@pytest.fixture
def walker(db, config):
    with clock.at(BEGIN):
        make.local_action(db)
    return db, config
