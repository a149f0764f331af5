"""More than a password: codes of an app, printed codes, and showing again that it is you."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import select

from engine import agencies, clock, vault
from engine.models import Agency, CodeApp, Entry, Key, PrintedCode, SignIn
from tests import make

NURIA = "prison@catalonia.example"
HERE = {"Sec-Fetch-Site": "same-origin"}
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)


def give_password(visitor, email=NURIA, **kwargs):
    visitor.get("/sign-in")
    return visitor.send({"email": email, "password": make.PASSWORD}, button="Sign in", **kwargs)


def set_up(visitor):
    """Set up an app as a person would: the secret is read from the page."""
    visitor.submit("/account/second-step", button="Set up an app")
    [secret] = visitor.page.xpath("//*[contains(@class, 'tc-secret')]/text()")
    app = pyotp.TOTP(secret.replace(" ", ""))
    visitor.send({"code": code(app)}, button="Confirm")
    assert visitor.says("The app is set up.")
    return app


def code(app):
    return app.at(clock.now())


def print_list(visitor, button="Make a list"):
    visitor.submit("/account/second-step", button=button)
    return visitor.page.xpath("//ol[contains(@class, 'tc-codes')]/li/text()")


@pytest.fixture
def at():
    """A clock that only the test moves."""
    with time_machine.travel(MONDAY, tick=False) as moved:
        yield moved


@pytest.fixture
def nuria(at, signed_in_as):
    return signed_in_as("prison")


def test_an_app_is_set_up_and_asked_for_from_then_on(nuria, at, signed_in_as, client):
    office = signed_in_as("prison")
    app = set_up(nuria)
    assert office.get("/tasks").status_code == 302
    at.shift(30)
    give_password(client)
    assert client.says("The six digits that your app shows now.")
    assert client.get("/tasks").status_code == 302
    client.get("/sign-in/second-step")
    assert client.send({"code": "000000"}, button="Go on").status_code == 422
    client.send({"code": code(app)}, button="Go on")
    assert client.says("Núria Ferrer")
    assert client.get("/tasks").status_code == 200


def test_a_code_that_was_used_is_refused(nuria, at, app):
    codes = set_up(nuria)
    thief = app.test_client()
    give_password(thief)
    # The very code that set the app up, looked at over the shoulder: still of this half minute.
    assert thief.send({"code": code(codes)}, button="Go on").status_code == 422
    at.shift(30)
    nuria.get("/tasks")
    nuria.send(button="Sign out")
    give_password(nuria)
    nuria.send({"code": code(codes)}, button="Go on")
    assert nuria.get("/tasks").status_code == 200
    assert thief.send({"code": code(codes)}, button="Go on").status_code == 422
    at.shift(60)
    nuria.get("/tasks")
    nuria.send(button="Sign out")
    give_password(nuria)
    nuria.send({"code": code(codes)}, button="Go on")
    # Nor one that was never used, once a later one was.
    earlier = codes.at(clock.now() - timedelta(seconds=30))
    assert thief.send({"code": earlier}, button="Go on").status_code == 422


def test_the_first_code_must_be_right_before_the_app_counts(nuria, app):
    nuria.submit("/account/second-step", button="Set up an app")
    assert nuria.send({"code": "123456"}, button="Confirm").status_code == 422
    assert nuria.page.xpath("//a[@href='#code' or contains(@href, '#code')]")
    assert give_password(app.test_client()).request.path == "/tasks"


def test_printed_codes_are_shown_once_and_good_once(nuria, app, connect):
    codes = print_list(nuria)
    assert len(set(codes)) == 20
    nuria.get("/account/second-step")
    assert not nuria.says(codes[0])
    with connect() as db:
        assert not set(codes) & set(db.scalars(select(PrintedCode.digest)))
    first, second = app.test_client(), app.test_client()
    give_password(first)
    first.send({"code": f" {codes[7].upper()} "}, button="Go on")
    assert first.get("/tasks").status_code == 200
    first.get("/account/second-step")
    assert first.says("19 codes of your list are left.")
    give_password(second)
    assert second.send({"code": codes[7]}, button="Go on").status_code == 422
    newer = print_list(first, "Make a new list")
    second.get("/sign-in/second-step")
    assert second.says("Email address")
    give_password(second)
    assert second.send({"code": codes[8]}, button="Go on").status_code == 422
    assert second.send({"code": newer[0]}, button="Go on").status_code == 200


def test_one_comes_back_to_the_page_that_one_wanted(nuria, app, world):
    codes = print_list(nuria)
    other = app.test_client()
    other.get(f"/tasks/{world.task}", follow_redirects=True)
    other.send({"email": NURIA, "password": make.PASSWORD}, button="Sign in")
    assert other.send({"code": "wrong"}, button="Go on").status_code == 422
    assert other.send({"code": codes[0]}, button="Go on").request.path == f"/tasks/{world.task}"


def test_the_second_step_cannot_be_put_off(nuria, at, app):
    codes = print_list(nuria)
    other = app.test_client()
    give_password(other)
    at.shift(timedelta(minutes=11))
    assert other.send({"code": codes[0]}, button="Go on").status_code == 401
    assert other.says("That took too long. Sign in again.")


def test_guessing_codes_gets_slow_whatever_the_password(nuria, app):
    set_up(nuria)
    other = app.test_client()
    give_password(other)
    for _ in range(5):
        other.send({"code": "000000"}, button="Go on")
    # Beginning again does not help: counted is the person.
    again = app.test_client()
    give_password(again)
    again.send({"code": "000000"}, button="Go on")
    assert again.says("There were several attempts.")


def test_the_secret_is_sealed_and_goes_with_its_key(nuria, connect):
    app = set_up(nuria)
    with connect() as db:
        row = db.scalars(select(CodeApp)).one()
        key_id = row.key_id
        assert app.secret.encode() not in row.secret
        assert vault.unseal(db, row.key, "code_apps.secret", row.secret) == app.secret
        assert app.secret not in "".join(str(entry.codes) for entry in db.scalars(select(Entry)))
    nuria.submit("/account/second-step", button="Remove the app")
    with connect() as db:
        assert db.get(Key, key_id) is None
        assert db.scalar(select(SignIn.second_step)) is None


@pytest.fixture
def quim(at, connect, world, signed_in_as):
    with connect() as db:
        house = make.user(db, "coordinator").memberships[0].agency
        agencies.add_user(
            db,
            email="admin@catalonia.example",
            name="Quim Bosc",
            password=make.PASSWORD,
            desks=[(house, "admin")],
        )
    return signed_in_as("admin")


def address_of(connect, role):
    with connect() as db:
        return f"/admin/catalonia/people/{make.user(db, role).id}"


def test_an_agency_that_asks_for_it_leads_whoever_has_none(quim, nuria, connect):
    with connect() as db:
        prison = db.scalars(select(Agency.id).where(Agency.key == "catalonia-prison")).one()
    assert nuria.get("/tasks").status_code == 200
    quim.submit(f"/admin/catalonia/agencies/{prison}", {"q-second_step": "yes"}, button="Save")
    assert nuria.get("/tasks").location == "/account/second-step"
    assert nuria.get("/").location == "/account/second-step"
    print_list(nuria)
    assert nuria.get("/tasks").status_code == 200
    nuria.submit("/account/second-step", button="Stop using printed codes")
    assert nuria.get("/tasks").location == "/account/second-step"
    assert quim.get("/admin/catalonia/agencies").status_code == 200


def test_who_has_lost_it_is_helped_by_an_administrator(quim, nuria, connect, client):
    set_up(nuria)
    print_list(nuria)
    quim.submit(address_of(connect, "prison"), button="Take away their second step")
    assert quim.says("Their second step is taken away")
    assert nuria.get("/tasks").status_code == 302
    assert give_password(client).request.path == "/tasks"


def test_an_administrator_who_signed_in_a_while_ago_shows_again_that_it_is_them(quim, at, connect):
    path = address_of(connect, "housing")
    quim.submit(path, {"q-phone": "1"}, button="Save")
    at.shift(timedelta(minutes=16))
    quim.submit(path, {"q-phone": "+34 977 000 000"}, button="Save", headers=HERE)
    assert quim.says("Show that it is you")
    with connect() as db:
        assert make.user(db, "housing").phone == "1"
    assert quim.send({"password": "not it"}, button="Go on").status_code == 422
    quim.send({"password": make.PASSWORD}, button="Go on")
    assert quim.says("+34 977 000 000")
    quim.send(button="Send it now")
    with connect() as db:
        assert make.user(db, "housing").phone == "+34 977 000 000"


def test_a_page_that_asks_again_comes_after_it(quim, at):
    at.shift(timedelta(minutes=16))
    quim.get("/admin/catalonia/people/new", follow_redirects=True)
    assert quim.send({"password": make.PASSWORD}, button="Go on").request.path.endswith("/people/new")


def test_a_code_shows_it_too_and_is_used_up_by_it(nuria, at, app):
    codes = print_list(nuria)
    at.shift(timedelta(minutes=16))
    nuria.submit("/account/second-step", button="Make a new list", headers=HERE)
    assert nuria.says("Show that it is you")
    nuria.send({"code": codes[0]}, button="Go on with the code")
    assert nuria.says("Send it again")
    nuria.send(button="Send it now")
    assert nuria.says("Your printed codes")


def test_everything_that_changes_who_may_what_asks_again(app):
    marked = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "asks_to_confirm", False)
    }
    wanted = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and "GET" not in rule.methods
        if rule.rule.startswith(("/admin/<place>/people", "/account/second-step"))
    }
    assert len(wanted) > 10
    assert wanted - marked == set()
