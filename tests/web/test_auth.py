"""Signing in and out: no hints, slow guessing, sessions that end."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace

import pytest
import time_machine
from sqlalchemy import event, select

from engine import agencies
from engine.models import Entry, SignIn, User
from tests import make
from web import create_app

NURIA = "prison@catalonia.example"


@pytest.fixture
def visitor(client, world):
    return client


@pytest.fixture
def sent(store):
    """The SQL that was sent so far."""
    found = []

    def note(_connection, _cursor, sql, *_):
        found.append(sql)

    event.listen(store.engine, "before_cursor_execute", note)
    yield found
    event.remove(store.engine, "before_cursor_execute", note)


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


def test_an_unknown_address_costs_the_same_work(visitor, sent, monkeypatch):
    """One hash, and the same statements: no clock tells who is a user here."""
    hashed = []
    monkeypatch.setattr(agencies, "is_password", lambda user, password: hashed.append("checked"))
    monkeypatch.setattr(agencies, "hash_password", lambda password: hashed.append("hashed"))
    asked = []
    try_to_sign_in(visitor, "somebody@catalonia.example", "wrong")
    hashed.clear()
    for email in (NURIA, "nobody@catalonia.example"):
        visitor.get("/sign-in")
        sent.clear()
        visitor.send({"email": email, "password": "not the password"}, button="Sign in")
        asked.append(sorted(sent))
    assert hashed == ["checked", "hashed"]
    assert asked[0] == asked[1] != []


def test_who_has_left_cannot_sign_in_and_is_out_at_once(visitor, signed_in_as, connect):
    inside = signed_in_as("prison")
    with connect() as db:
        make.user(db, "prison").active = False
    assert inside.get("/tasks").status_code == 302
    assert try_to_sign_in(visitor, NURIA).status_code == 422


def test_guessing_gets_slow_and_says_so_for_any_address(visitor):
    for email in (NURIA, "nobody@catalonia.example"):
        with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as clock:
            for _ in range(5):
                assert try_to_sign_in(visitor, email, "wrong").status_code == 422
            answer = try_to_sign_in(visitor, email)
            assert answer.status_code == 429
            assert answer.headers["Retry-After"] == "1"
            clock.shift(2)
            assert try_to_sign_in(visitor, email, "wrong again").status_code == 422
            assert try_to_sign_in(visitor, email).headers["Retry-After"] == "2"


def test_every_process_of_the_site_counts_the_same(visitor, config, store):
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False):
        for _ in range(5):
            try_to_sign_in(visitor, NURIA, "wrong")
        another = create_app(config, store)
        another.test_client_class = type(visitor)
        assert try_to_sign_in(another.test_client(), NURIA).status_code == 429


def test_signing_in_oneself_does_not_wipe_out_what_was_guessed_from_there(visitor, connect):
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False):
        for n in range(49):
            try_to_sign_in(visitor, f"guess-{n}@catalonia.example", "wrong")
        try_to_sign_in(visitor, NURIA)
        visitor.get("/tasks")
        visitor.send(button="Sign out")
        assert try_to_sign_in(visitor, "guess-50@catalonia.example", "wrong").status_code == 422
        assert try_to_sign_in(visitor, "guess-51@catalonia.example", "wrong").status_code == 429


def test_the_wait_is_never_longer_than_five_minutes(visitor):
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
    assert nuria.says("You are signed out.")
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


def test_signing_out_ends_this_browser_only_and_the_settings_end_the_others(signed_in_as):
    here, home, office = signed_in_as("prison"), signed_in_as("prison"), signed_in_as("prison")
    office.get("/tasks")
    office.send(button="Sign out")
    assert here.get("/tasks").status_code == 200
    here.get("/settings")
    assert len(here.page.xpath("//section[@aria-labelledby='sign-ins']//li")) == 2
    here.send(button="Sign out there")
    assert here.says("You are signed out there.")
    assert home.get("/tasks").status_code == 302
    home = signed_in_as("prison")
    here.submit("/settings", button="Sign out everywhere else")
    assert home.get("/tasks").status_code == 302
    assert here.get("/tasks").status_code == 200


def test_the_list_says_which_browser_it_is(visitor):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    try_to_sign_in(visitor, NURIA, headers={"User-Agent": agent})
    visitor.get("/settings")
    assert visitor.says("Firefox, Linux, here")


def test_nobody_ends_what_is_somebody_else_s(signed_in_as, connect):
    nuria, marta = signed_in_as("prison"), signed_in_as("coordinator")
    with connect() as db:
        hers = db.scalar(select(SignIn.id).where(SignIn.user_id == make.user(db, "coordinator").id))
    nuria.get("/settings")
    token = nuria.page.xpath("//input[@name='csrf_token']/@value")[0]
    assert nuria.post(f"/account/sign-ins/{hers}/end", data={"csrf_token": token}).status_code == 404
    assert marta.get("/tasks").status_code == 200


def test_the_cookie_holds_a_token_and_the_database_only_its_hash(visitor, connect):
    try_to_sign_in(visitor, NURIA)
    with visitor.session_transaction() as session:
        held = dict(session)
    assert {"_user_id", "_id", "_fresh", "_permanent", "csrf_token"} >= set(held)
    with connect() as db:
        [row] = db.scalars(select(SignIn))
        assert held["_user_id"] not in row.digest
        assert row.digest == sha256(held["_user_id"].encode()).hexdigest()


def test_a_click_writes_nothing_and_is_noted_every_few_minutes(visitor, connect):
    def seen():
        with connect() as db:
            return db.scalar(select(SignIn.seen_at))

    began = datetime(2026, 11, 23, 8, tzinfo=UTC)
    with time_machine.travel(began, tick=False) as clock:
        try_to_sign_in(visitor, NURIA)
        clock.shift(timedelta(minutes=2))
        visitor.get("/tasks")
        assert seen() == began
        clock.shift(timedelta(minutes=2))
        visitor.get("/tasks")
        assert seen() == began + timedelta(minutes=4)


def test_who_is_there_is_asked_in_one_statement(visitor, sent):
    try_to_sign_in(visitor, NURIA)
    sent.clear()
    visitor.get("/health")
    assert len([one for one in sent if one.startswith("SELECT")]) == 1


def test_the_journal_knows_who_came_and_went_and_holds_no_address(visitor, connect):
    try_to_sign_in(visitor, NURIA, "wrong")
    try_to_sign_in(visitor, NURIA)
    visitor.send(button="Sign out")
    with connect() as db:
        lines = db.scalars(select(Entry).where(Entry.verb.startswith("sign"))).all()
        assert [line.verb for line in lines] == ["sign_in_failed", "signed_in", "signed_out"]
        assert [line.user_id is None for line in lines] == [True, False, False]
        assert [line.codes for line in lines] == [{}, {"way": "password"}, {}]


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
