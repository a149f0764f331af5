"""How users are recognised: sign-ins that end, and guessing that gets slow, the same on both databases."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from engine import accounts, clock
from engine import config as engine_config
from engine.accounts import attempts, providers
from engine.config import Misconfigured
from engine.errors import Invalid
from engine.models import Attempt, SignIn
from tests import make

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def nuria(db):
    make.local_action(db)
    return make.user(db, "prison")


def test_an_old_sign_in_goes_when_the_same_person_signs_in_again(db, config, nuria):
    with clock.at(MONDAY):
        accounts.begin_sign_in(db, nuria, config, device="Firefox, Linux")
    with clock.at(MONDAY + timedelta(days=1)):
        token = accounts.begin_sign_in(db, nuria, config, device="")
        assert accounts.find_sign_in(db, config, token).user is nuria
        assert len(db.scalars(select(SignIn)).all()) == 1


def test_what_has_ended_stays_ended_however_late_it_is_seen(db, config, nuria):
    token = accounts.begin_sign_in(db, nuria, config, device="")
    sign_in = accounts.find_sign_in(db, config, token)
    accounts.end_sign_in(db, nuria, sign_in.id)
    accounts.note_seen(db, sign_in.id)
    assert accounts.find_sign_in(db, config, token) is None


def test_many_tries_at_once_are_all_counted(connect, world_of_tries):
    """Each is counted before it is heard: of twenty at the same moment no more are heard than were free."""
    heard, start = [], Barrier(20)

    def guess():
        start.wait()
        with clock.at(MONDAY), connect() as db:
            heard.append(attempts.take(db, world_of_tries))

    threads = [Thread(target=guess) for _ in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(heard) == [0] * 5 + [1] * 15


@pytest.fixture
def world_of_tries():
    return {"account": "nuria@prison.example", "source": "192.0.2.1"}


def test_what_was_tried_is_kept_as_a_hash_and_forgotten_after_a_day(connect, world_of_tries):
    with clock.at(MONDAY), connect() as db:
        for _ in range(6):
            attempts.take(db, world_of_tries)
        assert attempts.seconds(db, world_of_tries) == 1
        kept = db.scalars(select(Attempt.key)).all()
        assert all(len(key) == 64 and "nuria" not in key and "192" not in key for key in kept)
    with clock.at(MONDAY + timedelta(days=1, minutes=1)), connect() as db:
        attempts.take(db, {"calendar": "192.0.2.7"})
        assert len(db.scalars(select(Attempt)).all()) == 1
        assert attempts.seconds(db, world_of_tries) == 0


def test_a_code_that_comes_twice_at_once_is_taken_once(connect, config):
    """Two browsers send the same code at the same moment, one of the app and one of the list."""
    with clock.at(MONDAY), connect() as db:
        make.local_action(db)
        nuria = make.user(db, "prison")
        accounts.begin_sign_in(db, nuria, config, device="")
        here = accounts.sign_ins(db, nuria, config)[0].id
        accounts.set_up_app(db, nuria)
        app = accounts.offered_app(db, nuria)
        accounts.confirm_app(db, nuria, here, app.at(MONDAY))
        printed = accounts.print_codes(db, nuria, here)
        assert accounts.second_steps(db, nuria) == accounts.SecondSteps(app=True, printed=20, passkeys=0)
        assert accounts.take_code(db, nuria, app.at(MONDAY)) is None
    later = MONDAY + timedelta(seconds=30)
    for code, kind in ((app.at(later), "app"), (printed[3], "printed")):
        taken, start = [], Barrier(4)

        def send(code=code, taken=taken, start=start):
            start.wait()
            with clock.at(later), connect() as db:
                taken.append(accounts.take_code(db, make.user(db, "prison"), code))

        threads = [Thread(target=send) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert sorted(taken, key=str) == [None, None, None, kind]


def test_another_issuer_is_another_service(db, config, nuria):
    """Whoever was bound to the old one is nobody at the new one, although the subject is the same."""
    agency = nuria.memberships[0].agency_id
    about = {"client_id": "throughcare", "plain_http": False}
    first = providers.keep(db, agency, issuer="https://old.example", secret="s", **about)
    providers.bind_account(db, nuria, first.id, "7")
    assert providers.user_at(db, providers.find_provider(db, first.id), "7") is nuria
    providers.keep(db, agency, issuer="https://new.example", secret="", **about)
    found = providers.find_provider(db, first.id)
    assert found.secret == "s"
    assert "s'" not in repr(found)
    assert providers.user_at(db, found, "7") is None
    with pytest.raises(Invalid):
        providers.keep(db, agency, issuer="http://127.0.0.1:9", secret="s", **about)


def test_a_setting_that_cannot_be_is_refused_in_words(tmp_path):
    engine_config.make_keys(tmp_path / "keys.json")
    environ = {"THROUGHCARE_HOME": str(tmp_path)}
    assert engine_config.load(environ).idle == timedelta(minutes=30)
    with pytest.raises(Misconfigured, match="from 5 to 120"):
        engine_config.load({**environ, "THROUGHCARE_IDLE_MINUTES": "never"})
