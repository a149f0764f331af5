"""A participant's dates: recording what somebody said, and what was said before."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import clock
from engine.models import Case, Participant, ParticipantDate, Task
from tests import make

RELEASE = clock.today("Europe/Madrid") + timedelta(weeks=20)
DAY = {f"q-on-{part}": value for part, value in make.day(RELEASE).items()}
SAID = {"q-key": "release_on", "q-sure": "estimated", **DAY, "q-source": "the court"}


@pytest.fixture
def nuria(signed_in_as):
    return signed_in_as("prison")


@pytest.fixture
def amira(world, connect):
    with connect() as db:
        return f"/participants/{db.get(Case, world.case).participant_id}"


def test_a_date_is_recorded_with_who_said_it_and_due_dates_follow(nuria, amira, world, connect):
    with connect() as db:
        make.complete(db, db.get(Case, world.case), "announce", by="prison", answers=make.announcement())
        before = dict(db.execute(select(Task.step, Task.due_at)).all())
    nuria.submit(amira, SAID, button="Record the date")
    assert nuria.says("Recorded.")
    assert nuria.says("Source: the court.")
    with connect() as db:
        after = dict(db.execute(select(Task.step, Task.due_at)).all())
    assert after["plan"] < before["plan"]
    assert after["announce"] == before["announce"]


def test_what_was_said_before_is_kept(nuria, amira):
    nuria.submit(amira, SAID, button="Record the date")
    nuria.submit(
        amira, {**SAID, "q-sure": "unknown", "q-source": "the second court"}, button="Record the date"
    )
    assert nuria.says("Not known any more")
    assert nuria.says("Source: the second court.")
    (details,) = nuria.page.xpath("//details[.//*[normalize-space()='What was said before']]")
    assert "the court" in details.text_content()


def test_everything_missing_is_said_beside_its_question_with_what_was_typed(nuria, amira, connect):
    answer = nuria.submit(amira, {"q-key": "released_on", "q-on-day": "31"}, button="Record the date")
    assert answer.status_code == 422
    for words in ("Choose how sure it is", "Enter who said so"):
        assert nuria.says(words)
    answer = nuria.send(
        {"q-sure": "confirmed", "q-on-month": "2", "q-on-year": "2027"}, button="Record the date"
    )
    assert answer.status_code == 422
    assert nuria.page.xpath("//input[@id='q-on-day']/@value") == ["31"]
    assert nuria.page.xpath("//input[@value='released_on']/@checked")
    with connect() as db:
        assert db.scalars(select(ParticipantDate)).all() == []


def test_a_day_of_release_cannot_lie_ahead(nuria, amira):
    nuria.submit(amira, {**SAID, "q-key": "released_on"}, button="Record the date")
    assert nuria.says("This day cannot lie in the future.")


def test_the_link_of_a_date_opens_the_form_at_that_date(nuria, amira):
    nuria.get(f"{amira}?date=hearing_on")
    assert nuria.page.xpath("//input[@value='hearing_on']/@checked")


def test_a_participant_of_others_and_one_that_is_not_there_answer_alike(signed_in_as, amira):
    police = signed_in_as("police")
    hidden = police.get(amira)
    missing = police.get(f"/participants/{uuid.uuid4()}")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert police.says("We cannot find that participant.")


def test_who_does_not_record_dates_reads_why_and_no_source(signed_in_as, nuria, amira, world, connect):
    nuria.submit(amira, SAID, button="Record the date")
    with connect() as db:
        make.complete(db, db.get(Case, world.case), "announce", by="prison", answers=make.announcement())
    pau = signed_in_as("housing")
    pau.get(amira)
    assert not pau.page.xpath("//main//form")
    assert pau.says("Your role does not do this.")
    assert "the court" not in pau.text


def test_a_number_is_registered_once(nuria, world, connect):
    answer = nuria.submit(
        "/participants/new", {"q-name": "Amira B.", "q-number": "N-1"}, button="Register and go on"
    )
    assert answer.status_code == 422
    assert nuria.says("A participant with this number is registered already.")
    assert nuria.page.xpath("//input[@id='q-name']/@value") == ["Amira B."]
    with connect() as db:
        assert len(db.scalars(select(Participant)).all()) == 1


def test_a_name_is_needed_and_a_birth_lies_in_the_past(nuria):
    born = {f"q-born_on-{part}": value for part, value in make.day(RELEASE).items()}
    nuria.submit("/participants/new", {"q-name": "", **born}, button="Register and go on")
    assert nuria.says("Enter the participant’s name")


def test_who_does_not_register_people_is_told_why(signed_in_as, world):
    police = signed_in_as("police")
    police.get("/participants/new")
    assert police.says("Your role does not do this.")
    assert police.page.xpath("//main//button[@aria-disabled='true']")
