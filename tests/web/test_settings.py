"""Your settings: how mail comes, and a calendar address that is a key."""

import re
from datetime import UTC, datetime

from sqlalchemy import select

from engine import cases
from engine.models import Entry, Task
from tests import make


def make_address(visitor):
    visitor.submit("/settings", button="Make an address")
    [field] = visitor.page.xpath("//input[@id='address']")
    return field.get("value").replace("http://127.0.0.1:8000", "")


def take_on(connect, world, due_at):
    with connect() as db:
        nuria = make.user(db, "prison")
        task = cases.claim_task(db, nuria, world.task)
        task.due_at = due_at


def test_mail_is_chosen_and_a_way_that_is_none_is_refused(signed_in_as, connect):
    nuria = signed_in_as("prison")
    nuria.submit("/settings", {"q-mail": "daily"}, button="Save")
    assert nuria.says("Saved.")
    with connect() as db:
        assert make.user(db, "prison").mail == "daily"
    answer = nuria.submit("/settings", {"q-mail": "by pigeon"}, button="Save")
    assert answer.status_code == 422
    assert nuria.page.xpath("//a[contains(@href, '#q-mail')]")
    with connect() as db:
        assert make.user(db, "prison").mail == "daily"


def test_a_calendar_tells_a_number_a_day_and_nothing_else(signed_in_as, client, connect, world):
    # The last second of 1 March in Madrid is still 1 March there, whatever day it is in Greenwich.
    take_on(connect, world, datetime(2027, 3, 1, 22, 59, 59, tzinfo=UTC))
    address = make_address(signed_in_as("prison"))
    answer = client.get(address)
    text = answer.get_data(as_text=True)
    assert answer.mimetype == "text/calendar"
    assert "SUMMARY:Throughcare: one task due\r\n" in text
    assert "DTSTART;VALUE=DATE:20270301\r\n" in text
    assert "DTEND;VALUE=DATE:20270302\r\n" in text
    assert re.findall(r"(?<!\r)\n", text) == []
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    for told in ("Amira", world.number, "Prison", "Announce", "prison@"):
        assert told not in text
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(address).get_data(as_text=True) == text


def test_a_calendar_in_a_browser_that_is_signed_in_carries_no_cookie(signed_in_as, world):
    nuria = signed_in_as("prison")
    assert "Set-Cookie" not in nuria.get(make_address(nuria)).headers


def test_an_address_ends_with_a_new_one_with_the_switch_and_with_the_user(
    signed_in_as, client, connect, world
):
    nuria = signed_in_as("prison")
    first = make_address(nuria)
    nuria.submit("/settings", button="Make a new address")
    [field] = nuria.page.xpath("//input[@id='address']")
    second = field.get("value").replace("http://127.0.0.1:8000", "")
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    with connect() as db:
        make.user(db, "prison").active = False
    assert client.get(second).status_code == 404
    with connect() as db:
        make.user(db, "prison").active = True
    nuria.submit("/settings", button="Switch the calendar off")
    assert client.get(second).status_code == 404


def test_the_address_is_shown_once_and_kept_nowhere(signed_in_as, connect, world):
    nuria = signed_in_as("prison")
    secret = make_address(nuria).removeprefix("/calendar/").removesuffix(".ics")
    assert len(secret) >= 40
    nuria.get("/settings")
    assert secret not in nuria.text
    with connect() as db:
        user = make.user(db, "prison")
        assert secret not in user.calendar_digest
        assert db.scalar(select(Entry.verb).where(Entry.verb == "made_calendar"))


def test_guessing_addresses_becomes_slow(client, world):
    answers = [client.get(f"/calendar/guess-{n}.ics").status_code for n in range(30)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_sending_the_form_again_makes_no_other_address(signed_in_as, client, world):
    nuria = signed_in_as("prison")
    nuria.get("/settings")
    page = nuria.page
    nuria.send(button="Make an address")
    [field] = nuria.page.xpath("//input[@id='address']")
    nuria.page = page
    nuria.send(button="Make an address")
    assert nuria.says("You have an address.")
    assert client.get(field.get("value").replace("http://127.0.0.1:8000", "")).status_code == 200


def test_a_case_that_rests_has_no_due_day(signed_in_as, client, connect, world):
    take_on(connect, world, datetime(2027, 3, 1, 12, tzinfo=UTC))
    address = make_address(signed_in_as("prison"))
    with connect() as db:
        db.get_one(Task, world.task).case.status = "paused"
    assert "VEVENT" not in client.get(address).get_data(as_text=True)
