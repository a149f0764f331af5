"""The worker does everything that is due once, whoever dies or dawdles."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import clock, notices, waiting, worker
from engine.models import Job, Notice
from tests import make


@pytest.fixture
def job(db):
    """A mail that is due."""
    make.local_action(db)
    case = make.prepared_case(db)
    db.execute(update(Job).values(state="done"))
    notices.tell(db, make.user(db, "coordinator").id, "asked", case)
    db.commit()
    found = db.scalars(select(Job).where(Job.kind == "mail", Job.state == "ready")).one()
    db.commit()
    return found


def state(db, job):
    db.commit()
    db.refresh(job)
    db.commit()
    return job.state


def mails(config):
    return list(config.mail_folder.glob("*.eml")) if config.mail_folder.exists() else []


def test_a_mail_says_only_that_there_is_something_to_read(db, config, connect, job):
    assert worker.tick(connect, config) == 1
    [mail] = mails(config)
    text = mail.read_text()
    assert "coordinator@catalonia.example" in text
    assert "Amira" not in text
    assert "TC-" not in text
    assert state(db, job) == "done"


def test_nothing_is_sent_to_somebody_who_has_read_it_already(db, config, connect, job):
    db.execute(update(Notice).values(read_at=clock.now()))
    db.commit()
    worker.tick(connect, config)
    assert mails(config) == []


def test_two_workers_do_not_take_the_same_job(connect, job):
    assert worker.lease(connect) is not None
    assert worker.lease(connect) is None


def test_a_job_whose_holder_was_not_heard_of_is_taken_over_and_done_once(db, config, connect, job):
    slow = worker.lease(connect)
    db.execute(update(Job).values(lease_until=clock.now() - timedelta(seconds=1)))
    db.commit()
    quick = worker.lease(connect)
    assert worker.run_job(connect, config, quick)
    assert not worker.run_job(connect, config, slow)
    assert state(db, job) == "done"


def test_a_job_set_anew_while_it_runs_is_done_again_with_what_is_true_by_then(db, config, connect):
    make.local_action(db)
    case = make.prepared_case(db)
    db.execute(update(Job).where(Job.kind == "mail").values(state="done"))
    waiting.wake_case(db, case, clock.now() - timedelta(seconds=1))
    db.commit()
    held = worker.lease(connect)
    waiting.wake_case(db, case, clock.now() + timedelta(days=1))
    db.commit()
    assert not worker.run_job(connect, config, held)
    job = db.scalars(select(Job).where(Job.dedup_key == f"timers:{case.id}")).one()
    assert state(db, job) == "ready"


def test_what_fails_is_tried_again_later_and_in_the_end_kept_for_a_person(db, config, connect, job):
    db.execute(update(Job).where(Job.id == job.id).values(payload={"notice": "nonsense"}))
    db.commit()
    assert worker.tick(connect, config) == 0
    assert state(db, job) == "ready"
    assert job.run_at > clock.now()
    db.execute(
        update(Job)
        .where(Job.id == job.id)
        .values(attempts=len(worker.PATIENCE), run_at=clock.now() - timedelta(seconds=1))
    )
    db.commit()
    worker.tick(connect, config)
    assert state(db, job) == "dead"
    assert job.problem == "ValueError"
    assert [one.id for one in worker.dead(db)] == [job.id]
    assert worker.revive(db) == 1
    assert state(db, job) == "ready"
    assert worker.dead(db) == []


def test_a_timer_fires_by_the_clock_that_all_share_even_if_the_worker_s_own_is_slow(db, config, connect):
    """Otherwise nothing would fire, and the same job would be due again at once, over and over."""
    make.local_action(db)
    case = make.prepared_case(db)
    db.execute(update(Job).where(Job.kind == "mail").values(state="done"))
    job = db.scalars(select(Job).where(Job.dedup_key == f"timers:{case.id}")).one()
    due = job.run_at + timedelta(minutes=1)
    db.commit()
    assert worker.run_job(connect, config, worker.lease(connect, due))
    db.expire_all()
    assert "contingency" in make.open_steps(db, case)
