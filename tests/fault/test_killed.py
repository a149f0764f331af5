"""Killed at any moment, or stopped for longer than its lease: what was said to be done is done, and done once."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine import clock, journal
from engine.models import Answer, Entry, Job, Submission, Task
from tests import make

pytestmark = pytest.mark.long

# Until when everything must be done although somebody is killed all the time.
SECONDS = 12


def left(store):
    """How many jobs and tasks are still to be done; timers that lie ahead are not."""
    waiting = Job.state.in_(("ready", "leased")) & (Job.run_at <= clock.now())
    with store.reading() as db:
        jobs = db.scalar(select(func.count()).select_from(Job).where(waiting))
        police = select(func.count()).select_from(Task).where(Task.status == "open", Task.role == "police")
        return jobs + db.scalar(police)


def wait_until_done(store, seconds):
    """A job whose holder was killed is anybody's again only when its lease is over."""
    until = time.monotonic() + seconds
    while left(store) and time.monotonic() < until:
        time.sleep(0.2)


def check_all_done_once(db, acknowledged):
    """Reliability in five checks: acknowledged is kept, once, no job twice, timers once, the chains whole."""
    done = {
        str(one) for one in db.scalars(select(Task.id).where(Task.role == "police", Task.status == "done"))
    }
    assert acknowledged <= done
    assert len(done) == 36
    answers = Counter(db.scalars(select(Answer.task_id).join(Task).where(Task.role == "police")).all())
    assert set(answers.values()) == {1}
    assert db.scalar(select(func.count()).select_from(Submission)) == 36
    completed = Counter(
        db.scalars(select(Entry.thing_id).where(Entry.verb == "completed", Entry.thing_id.in_(done))).all()
    )
    assert set(completed.values()) == {1}
    counted = Counter(
        entry.codes["job"] for entry in db.scalars(select(Entry).where(Entry.verb == "counted")).all()
    )
    assert len(counted) == 30
    assert set(counted.values()) == {1}
    fired = Counter(db.scalars(select(Task.case_id).where(Task.step == "contingency")).all())
    assert len(fired) == 12
    assert set(fired.values()) == {1}
    assert db.scalars(select(Job.kind).where(Job.state == "dead")).all() == []
    assert list(journal.verify(db)) == []


def test_a_worker_and_a_clerk_killed_again_and_again_lose_and_double_nothing(work, store, start, chance):
    until = time.monotonic() + SECONDS
    actors = {what: start(what) for what in ("worker", "clerk")}
    said, kills = [], 0
    while left(store) and time.monotonic() < until:
        what = chance.choice(sorted(actors))
        actors[what].wait_for("ready")
        time.sleep(chance.uniform(0.05, 0.4))
        actors[what].kill()
        said += actors[what].said
        kills += 1
        actors[what] = start(what)
    wait_until_done(store, 15)
    for actor in actors.values():
        actor.kill()
        said += actor.said
    assert kills >= 2
    tasks = {str(one) for one in work.scalars(select(Task.id).where(Task.role == "police"))}
    check_all_done_once(work, {line.removeprefix("done ") for line in said} & tasks)


def test_a_worker_that_slept_longer_than_its_lease_does_nothing_a_second_time(db, store, start):
    """The one that was stopped wakes with a job in hand that another has done: its own doing is undone."""
    make.local_action(db)
    db.commit()
    quick, slow = start("worker"), start("slow_worker")
    slow.wait_for("idle")
    for number in range(4):
        # It says that it is idle just before it sleeps, so it holds nothing when it is stopped.
        quick.wait_for("idle", after=len(quick.said))
        quick.stop()
        job = Job(
            kind="count", payload={}, dedup_key=f"count:{number}", run_at=clock.now() - timedelta(minutes=1)
        )
        db.add(job)
        db.commit()
        slow.wait_for(f"leased {job.id}")
        slow.stop()
        time.sleep(1.2)
        quick.go_on()
        quick.wait_for(f"done {job.id}")
        slow.go_on()
        slow.wait_for(f"lost {job.id}")
    counted = [entry.codes["job"] for entry in db.scalars(select(Entry).where(Entry.verb == "counted"))]
    assert len(counted) == len(set(counted)) == 4
    assert list(journal.verify(db)) == []
