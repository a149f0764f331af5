"""Signing in and out: no hints, slow guessing, sessions that end."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from sqlalchemy import select

from engine.models import Entry, User
from tests import make

NURIA = "prison@catalonia.example"


@pytest.fixture
def visitor(client, world):
    return client


def try_to_sign_in(visitor, email, password=make.PASSWORD, **kwargs):
    return visitor.submit("/sign-in", {"email": email, "password": password}, button="Sign in", **kwargs)


def test_who_signs_in_lands_on_my_tasks(visitor):
    assert try_to_sign_in(visitor, " Prison@Catalonia.Example ").request.path == "/tasks"
    assert visitor.says("Núria Ferrer, Prison case worker (Prison of Catalonia)")


def test_one_comes_back_to_the_page_that_one_wanted(visitor, world):
    visitor.get(f"/tasks/{world.task}", follow_redirects=True)
    answer = visitor.send({"email": NURIA, "password": make.PASSWORD}, button="Sign in")
    assert answer.request.path == f"/tasks/{world.task}"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "/a\nb"]
)
def test_signing_in_never_leads_to_another_site(visitor, elsewhere):
    visitor.get("/sign-in")
    fields = {"email": NURIA, "password": make.PASSWORD, "next": elsewhere}
    assert visitor.send(fields, button="Sign in", follow_redirects=False).location == "/"


def test_an_unknown_address_and_a_wrong_password_look_alike(visitor):
    texts = []
    for email in (NURIA, "nobody@catalonia.example"):
        answer = try_to_sign_in(visitor, email, "not the password at all")
        assert answer.status_code == 422
        assert visitor.page.findtext(".//title").startswith("Error: ")
        texts.append(visitor.text.replace(email, ""))
    assert texts[0] == texts[1]


def test_an_unknown_address_costs_the_same_work(app, visitor, monkeypatch):
    worked = []
    monkeypatch.setattr("web.auth.hash_password", lambda password: worked.append(password))
    try_to_sign_in(visitor, "nobody@catalonia.example")
    assert worked


def test_who_has_left_cannot_sign_in_and_is_out_at_once(visitor, signed_in_as, connect):
    inside = signed_in_as("prison")
    with connect() as db:
        make.user(db, "prison").active = False
    assert inside.get("/tasks").status_code == 302
    assert try_to_sign_in(visitor, NURIA).status_code == 422


def test_guessing_gets_slow_and_says_so_for_any_address(app, visitor):
    for email in (NURIA, "nobody@catalonia.example"):
        app.extensions["throttle"].__init__()
        with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as clock:
            for _ in range(5):
                assert try_to_sign_in(visitor, email, "wrong").status_code == 422
            answer = try_to_sign_in(visitor, email)
            assert answer.status_code == 429
            assert answer.headers["Retry-After"] == "1"
            clock.shift(2)
            assert try_to_sign_in(visitor, email, "wrong again").status_code == 422
            assert try_to_sign_in(visitor, email).headers["Retry-After"] == "2"


def test_the_wait_is_never_longer_than_five_minutes(app, visitor):
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as clock:
        for _ in range(40):
            clock.shift(301)
            assert try_to_sign_in(visitor, NURIA, "wrong").status_code == 422
        clock.shift(301)
        assert try_to_sign_in(visitor, NURIA).request.path == "/tasks"


def test_signing_out_ends_a_stolen_copy_of_the_session_too(app, signed_in_as):
    nuria = signed_in_as("prison")
    thief = app.test_client()
    thief.set_cookie("session", nuria.get_cookie("session").value)
    assert thief.get("/tasks").status_code == 200
    nuria.get("/tasks")
    nuria.send(button="Sign out")
    assert nuria.says("You are signed out")
    assert thief.get("/tasks").status_code == 302


def test_a_session_ends_after_half_an_hour_of_nothing_and_after_ten_hours_at_the_latest(visitor):
    began = datetime(2026, 11, 23, 8, tzinfo=UTC)
    with time_machine.travel(began, tick=False) as clock:
        try_to_sign_in(visitor, NURIA)
        clock.shift(timedelta(minutes=29))
        assert visitor.get("/tasks").status_code == 200
        clock.shift(timedelta(minutes=31))
        assert visitor.get("/tasks").status_code == 302
        try_to_sign_in(visitor, NURIA)
        for _ in range(24):
            clock.shift(timedelta(minutes=25))
            assert visitor.get("/tasks").status_code == 200
        clock.shift(timedelta(minutes=1))
        assert visitor.get("/tasks").status_code == 302


def test_the_journal_knows_who_came_and_went_and_holds_no_address(visitor, connect):
    try_to_sign_in(visitor, NURIA, "wrong")
    try_to_sign_in(visitor, NURIA)
    visitor.send(button="Sign out")
    with connect() as db:
        lines = db.scalars(select(Entry).where(Entry.verb.startswith("sign"))).all()
        assert [line.verb for line in lines] == ["sign_in_failed", "signed_in", "signed_out"]
        assert [line.user_id is None for line in lines] == [True, False, False]
        assert all(line.codes == {} for line in lines)


def test_passwords_are_kept_as_argon2id(world: SimpleNamespace, connect):
    with connect() as db:
        assert all(user.password.startswith("$argon2id$") for user in db.scalars(select(User)))


def test_health_tells_nothing_but_that_the_site_runs(client):
    assert client.get("/health").text == "ok\n"


def test_names_can_be_hidden_on_every_page(signed_in_as, world):
    nuria = signed_in_as("prison")
    nuria.get("/tasks?whose=team")
    assert nuria.says("Amira Benali")
    answer = nuria.send(button="Hide names")
    assert answer.request.full_path == "/tasks?whose=team"
    for page in ("/tasks?whose=team", f"/tasks/{world.task}"):
        nuria.get(page)
        assert not nuria.says("Amira")
        assert nuria.says("Name hidden")
    nuria.send(button="Show names")
    assert nuria.says("Amira Benali")
