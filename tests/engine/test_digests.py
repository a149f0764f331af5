"""One mail on the morning of a working day: counted once, sent once, whatever happens to the worker."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from engine import clock, digests, notices, worker
from engine.errors import Invalid
from engine.models import Case, Job, LocalAction, Notice, User
from tests import make

MADRID = ZoneInfo("Europe/Madrid")
# Thursday before a long weekend: Good Friday is 26 March 2027, and in Catalonia Easter Monday is free too.
THURSDAY = datetime(2027, 3, 25, 15, tzinfo=MADRID)
TUESDAY = datetime(2027, 3, 30, 7, tzinfo=MADRID)


@pytest.fixture
def case(db):
    """A case; its coordinator wants one mail a day."""
    make.local_action(db)
    with clock.at(THURSDAY - timedelta(days=2)):
        found = make.prepared_case(db)
    db.execute(update(Job).values(state="done"))
    db.execute(update(Notice).values(mailed_at=clock.now(), read_at=clock.now()))
    digests.choose_mail(db, make.user(db, "coordinator"), "daily")
    db.commit()
    return found.id


def tell(db, case_id, at, kind="asked", task=None):
    with clock.at(at):
        notices.tell(db, make.user(db, "coordinator").id, kind, db.get_one(Case, case_id), task)
    db.commit()


def work(connect, config, at):
    with clock.at(at):
        worker.tick(connect, config, at)


def mails(config):
    return sorted(one.name for one in config.mail_folder.glob("*.eml")) if config.mail_folder.exists() else []


def text(config):
    [one] = config.mail_folder.glob("*.eml")
    return message_from_bytes(one.read_bytes(), policy=default).get_content()


def hours(start, end):
    while start <= end:
        yield start
        start += timedelta(hours=1)


def test_three_things_over_a_long_weekend_are_one_mail_on_the_next_working_morning(db, config, connect, case):
    for n in range(3):
        tell(db, case, THURSDAY + timedelta(hours=n))
    for moment in hours(THURSDAY, TUESDAY - timedelta(minutes=30)):
        work(connect, config, moment)
    assert mails(config) == []
    for moment in hours(TUESDAY, TUESDAY + timedelta(hours=12)):
        work(connect, config, moment)
    assert len(mails(config)) == 1
    assert "Unread notices: 3" in text(config)
    for told in ("Amira", "TC-", "asks you"):
        assert told not in text(config)


def test_what_was_read_meanwhile_is_not_counted_and_nothing_unread_is_no_mail(db, config, connect, case):
    tell(db, case, THURSDAY)
    work(connect, config, THURSDAY + timedelta(minutes=1))
    db.execute(update(Notice).values(read_at=clock.now()))
    db.commit()
    work(connect, config, TUESDAY)
    work(connect, config, TUESDAY + timedelta(days=1))
    assert mails(config) == []


def test_a_thing_is_counted_once_and_the_next_day_only_what_is_new(db, config, connect, case):
    tell(db, case, THURSDAY)
    work(connect, config, THURSDAY)
    work(connect, config, TUESDAY)
    [first] = mails(config)
    work(connect, config, TUESDAY + timedelta(days=1))
    assert mails(config) == [first]
    tell(db, case, TUESDAY + timedelta(days=1))
    work(connect, config, TUESDAY + timedelta(days=1))
    work(connect, config, TUESDAY + timedelta(days=2))
    [_, second] = mails(config)
    (config.mail_folder / first).unlink()
    assert "Unread notices: 1" in text(config), second


def test_an_outage_of_a_week_is_one_mail(db, config, connect, case):
    for n in range(5):
        tell(db, case, THURSDAY + timedelta(days=n))
    late = TUESDAY + timedelta(days=3, hours=8)
    for moment in hours(late, late + timedelta(hours=5)):
        work(connect, config, moment)
    # Its notices come to the worker at once: they wait for the next working morning, which is Monday's.
    work(connect, config, TUESDAY + timedelta(days=6))
    work(connect, config, TUESDAY + timedelta(days=6, hours=3))
    assert len(mails(config)) == 1
    assert "Unread notices: 5" in text(config)


def test_an_outage_over_a_morning_is_made_up_for_later_that_day(db, config, connect, case):
    tell(db, case, THURSDAY)
    work(connect, config, THURSDAY)
    work(connect, config, TUESDAY + timedelta(hours=7))
    assert len(mails(config)) == 1


def test_an_outage_into_a_holiday_waits_for_the_working_day(db, config, connect, case):
    tell(db, case, THURSDAY - timedelta(days=1))
    work(connect, config, THURSDAY - timedelta(days=1))
    work(connect, config, THURSDAY + timedelta(days=1))  # Good Friday
    assert mails(config) == []
    work(connect, config, TUESDAY)
    assert len(mails(config)) == 1


def test_what_cannot_wait_comes_at_once(db, config, connect, case):
    tell(db, case, THURSDAY, kind="stuck")
    work(connect, config, THURSDAY)
    assert len(mails(config)) == 1
    task = make.task(db, db.get_one(Case, case), "plan")
    task.due_at = TUESDAY - timedelta(hours=1)
    tell(db, case, THURSDAY, kind="task_for_you", task=task)
    work(connect, config, THURSDAY)
    assert len(mails(config)) == 2
    work(connect, config, TUESDAY)
    assert len(mails(config)) == 2, "told of already"


def test_who_wants_no_mail_gets_none_and_who_has_left_neither(db, config, connect, case):
    digests.choose_mail(db, make.user(db, "coordinator"), "none")
    tell(db, case, THURSDAY, kind="stuck")
    work(connect, config, THURSDAY)
    digests.choose_mail(db, make.user(db, "coordinator"), "daily")
    tell(db, case, THURSDAY)
    work(connect, config, THURSDAY)
    make.user(db, "coordinator").active = False
    db.commit()
    work(connect, config, TUESDAY)
    assert mails(config) == []
    with pytest.raises(Invalid):
        digests.choose_mail(db, make.user(db, "coordinator"), "by pigeon")


class Killed(BaseException):
    """What a process that is killed leaves undone; nothing catches it."""


def test_a_worker_that_dies_between_sending_and_noting_sends_nothing_twice_that_day(
    db, config, connect, case, monkeypatch
):
    tell(db, case, THURSDAY)
    work(connect, config, THURSDAY)
    sent, send = [], worker.send_mail

    def send_and_die(*args, **more):
        send(*args, **more)
        sent.append(args)
        raise Killed

    monkeypatch.setattr(worker, "send_mail", send_and_die)
    with pytest.raises(Killed):
        work(connect, config, TUESDAY)
    monkeypatch.setattr(worker, "send_mail", lambda *args, **more: (sent.append(args), send(*args, **more)))
    # The database's own clock says when a lease is over, and the dead worker's job is anybody's then.
    db.execute(update(Job).where(Job.state == "leased").values(lease_until=datetime(2000, 1, 1, tzinfo=UTC)))
    db.commit()
    for moment in hours(TUESDAY + timedelta(minutes=2), TUESDAY + timedelta(hours=10)):
        work(connect, config, moment)
    assert len(sent) == 1
    # What it told of may not have arrived: the next day says it again, and then no more.
    for days in (1, 2, 3):
        work(connect, config, TUESDAY + timedelta(days=days, minutes=1))
    assert len(sent) == 2
    assert len(mails(config)) == 2


def test_a_server_that_says_no_is_asked_again_the_same_day(db, config, connect, case, monkeypatch):
    tell(db, case, THURSDAY)
    work(connect, config, THURSDAY)
    with monkeypatch.context() as broken:

        def refuse(*_args, **_more):
            raise ConnectionRefusedError

        broken.setattr(worker, "send_mail", refuse)
        assert not worker.run_job(connect, config, worker.lease(connect, TUESDAY))
    assert mails(config) == []
    db.execute(update(Job).where(Job.kind == "digest").values(run_at=TUESDAY + timedelta(minutes=5)))
    db.commit()
    work(connect, config, TUESDAY + timedelta(hours=1))
    assert len(mails(config)) == 1


def test_a_place_that_changes_its_time_zone_has_no_day_twice(db, config, connect, case):
    tell(db, case, THURSDAY)
    work(connect, config, THURSDAY)
    work(connect, config, TUESDAY)
    db.execute(update(LocalAction).values(timezone="America/New_York"))
    db.commit()
    tell(db, case, TUESDAY + timedelta(minutes=5))
    for moment in hours(TUESDAY + timedelta(minutes=10), TUESDAY + timedelta(hours=16)):
        work(connect, config, moment)
    assert len(mails(config)) == 1
    work(connect, config, datetime(2027, 3, 31, 7, 1, tzinfo=ZoneInfo("America/New_York")))
    assert len(mails(config)) == 2


def test_the_morning_is_the_place_s_own_before_and_after_the_clocks_change(db, case):
    calendar = digests._calendar(db, make.user(db, "coordinator").id)
    before = digests.next_morning(calendar, datetime(2027, 10, 29, 12, tzinfo=MADRID))
    assert before == datetime(2027, 11, 2, 7, tzinfo=MADRID)  # over the change, and All Saints
    assert before.astimezone(UTC).hour == 6


def test_a_user_has_one_job_however_much_there_is_to_tell(db, config, connect, case):
    for n in range(4):
        tell(db, case, THURSDAY + timedelta(minutes=n))
        work(connect, config, THURSDAY + timedelta(minutes=n))
    assert len(db.scalars(select(Job).where(Job.kind == "digest")).all()) == 1
    assert db.scalar(select(User.mailed_on).where(User.mail == "daily")) is None
