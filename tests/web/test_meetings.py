"""The pages of meetings: planned, invited to, recorded without a script, agreed on."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from engine import clock
from engine.models import Case, Meeting, Minutes, Notice, Task
from tests import make, meet


@pytest.fixture
def world(connect):
    """Two cases, a meeting about them whose invitation is sent."""
    with connect() as db:
        found = meet.invited(db, 2)
        return SimpleNamespace(
            path=f"/meetings/{found.meeting.id}",
            id=found.meeting.id,
            case=found.cases[0].id,
            police=meet.desk(db, "police"),
            prison=meet.desk(db, "prison"),
            city=meet.desk(db, "coordinator"),
        )


@pytest.fixture
def begun(connect, world):
    """The same two cases, with a meeting that has begun."""
    with connect() as db:
        meeting = db.get_one(Meeting, world.id)
        meeting.starts_at = clock.now() - timedelta(hours=1)
    return world


def day(prefix, part=""):
    return {f"{prefix}{part}day": "27", f"{prefix}{part}month": "3", f"{prefix}{part}year": "2099"}


def whole(world, n):
    """Everything that the record of a case needs."""
    return {
        f"case-{n}-facts": f"Facts of case {n}.",
        f"case-{n}-decisions-0-text": f"Decision {n}",
        f"case-{n}-decisions-0-reason": "It helps.",
        f"case-{n}-actions-0-what": f"Action {n}",
        f"case-{n}-actions-0-owner": world.police,
        **day(f"case-{n}-actions-0-"),
        f"case-{n}-tells": world.prison,
        **day(f"case-{n}-tell_"),
    }


def value(visitor, name):
    (field,) = visitor.page.xpath(f"//*[@name='{name}']")
    return field.text_content().strip() if field.tag == "textarea" else field.get("value")


def test_a_meeting_is_planned_page_by_page(signed_in_as, world, connect):
    marta = signed_in_as("coordinator")
    marta.submit("/meetings/new", {"q-place": "", "q-desks": ""}, button="Go on to the cases")
    for problem in ("Enter the day and the time", "Enter the place, or how one joins", "Choose whom to ask"):
        assert marta.says(problem)
    answers = {
        "q-starts_at-day": "27",
        "q-starts_at-month": "3",
        "q-starts_at-year": "2099",
        "q-starts_at-hour": "10",
        "q-starts_at-minute": "0",
        "q-place": "Room 7",
        "q-mode": "video",
        "q-desks": [world.police],
    }
    marta.send(answers, button="Go on to the cases")
    assert marta.says("Which cases are discussed?")
    marta.send({"cases": str(world.case)}, button="Put these on the agenda")
    path = marta.page.xpath("//form/@action")[-1].removesuffix("/agenda")
    marta.send({"case-1-question": "What next?", "case-1-asked": world.police}, button="Save the agenda")
    assert marta.says("Enter why they are needed for this case.")
    assert value(marta, "case-1-question") == "What next?"
    marta.send({"case-1-reason-0": "They know the street."}, button="Save the agenda")
    assert marta.says("The agenda is saved.")
    marta.submit(path, button="Send the invitation")
    assert marta.says("One person has got one notice.")


def test_a_meeting_that_is_planned_from_a_case_has_it_on_its_agenda(signed_in_as, world, connect):
    marta = signed_in_as("coordinator")
    marta.get(f"/meetings/new?case={world.case}")
    assert marta.says("About Canaria Nomen 1")
    answers = {"q-starts_at-day": "27", "q-starts_at-month": "3", "q-starts_at-year": "2099"}
    marta.send(answers, button="Go on to the agenda")
    # Something is missing, and the case is still chosen.
    assert marta.says("About Canaria Nomen 1")
    more = {"q-starts_at-hour": "10", "q-starts_at-minute": "0", "q-place": "Room 7", "q-mode": "video"}
    marta.send({**answers, **more, "q-desks": [world.police]}, button="Go on to the agenda")
    assert value(marta, "case-1-question") == ""
    assert marta.says("Canaria Nomen 1")
    assert not marta.says("Canaria Nomen 2")


def test_a_step_of_a_conference_leads_there_for_who_plans_meetings(signed_in_as, world, connect, monkeypatch):
    with connect() as db:
        case = db.get_one(Case, world.case)
        planning = {
            "coordinator": make.task(db, case, "plan").id,
            "housing": make.task(db, case, "find_housing").id,
        }
    for role in planning:
        visitor = signed_in_as(role)
        visitor.get(f"/tasks/{planning[role]}")
        assert not visitor.says("Plan a meeting about this case")
    monkeypatch.setattr("engine.reports.task.CONFERENCE", "small_release")
    for role, led in (("coordinator", True), ("housing", False)):
        visitor = signed_in_as(role)
        visitor.get(f"/tasks/{planning[role]}")
        assert bool(visitor.page.xpath(f"//a[contains(@href, '/meetings/new?case={world.case}')]")) == led


def test_nobody_plans_a_meeting_about_a_case_that_they_do_not_know(signed_in_as, world):
    assert signed_in_as("mentor").get(f"/meetings/new?case={world.case}").status_code == 404


def test_who_is_asked_sees_their_cases_and_answers_once(signed_in_as, world):
    albert = signed_in_as("police")
    albert.get("/meetings")
    albert.get(world.path)
    assert albert.says("Canaria Nomen 2")
    assert not albert.says("Canaria Nomen 1")
    assert not albert.says("Prison of Catalonia")
    albert.send({"reply": "written"}, button="Answer")
    assert albert.says("We write to the cases instead")
    albert.get("/meetings")
    assert albert.says("We write to the cases instead")


@pytest.mark.parametrize("where", ["", "/record", "/agenda", "/change", "/cases"])
def test_who_is_not_asked_finds_no_page(signed_in_as, world, where):
    for role in ("mentor", "housing"):
        visitor = signed_in_as(role)
        assert visitor.get(world.path + where).status_code == 404
    visitor.get("/meetings")
    assert "Room 2" not in visitor.text


@pytest.mark.parametrize("where", ["/record", "/agenda"])
def test_who_is_asked_does_not_record_or_plan(signed_in_as, world, where):
    albert = signed_in_as("police")
    assert albert.get(world.path + where).status_code == 404
    assert albert.get(world.path + "/cases").status_code == 403


def test_the_record_is_typed_in_steps_and_nothing_is_lost(signed_in_as, begun):
    world = begun
    marta = signed_in_as("coordinator")
    first = {"case-1-decisions-0-text": "Decision 1", "case-2-facts": "Facts of another case"}
    marta.submit(world.path + "/record", {**first, "go": "add-1-decisions"}, button="Save everything")
    assert value(marta, "case-1-decisions-0-text") == "Decision 1"
    assert value(marta, "case-1-decisions-1-text") == ""
    # Both cases were kept, although the button stood in the first.
    assert value(marta, "case-2-facts") == "Facts of another case"
    more = {"case-1-decisions-1-text": "Decision 2", "case-1-actions-0-what": "Call", "go": "add-1-actions"}
    marta.send(more, button="Save everything")
    assert value(marta, "case-1-decisions-1-text") == "Decision 2"
    assert value(marta, "case-1-actions-0-what") == "Call"
    assert value(marta, "case-1-actions-1-what") == ""
    answer = marta.send({}, button="Finish the record of the whole meeting")
    assert answer.status_code == 422
    for problem in (
        "Tick who was there.",
        "Say that the statement on confidentiality was read.",
        "Enter the reason for this decision.",
        "Choose who does it.",
        "Enter what was decided, also if it is that nothing changes for now.",
    ):
        assert marta.says(problem)
    assert value(marta, "case-1-decisions-1-text") == "Decision 2"
    links = [
        one.rpartition("#")[2] for one in marta.page.xpath("//*[contains(@class,'error-summary')]//a/@href")
    ]
    assert links
    assert [one for one in links if not marta.page.xpath(f"//*[@id='{one}']")] == []


def test_before_the_meeting_the_record_can_be_kept_and_not_finished(signed_in_as, world):
    marta = signed_in_as("coordinator")
    marta.get(world.path + "/record")
    assert marta.says("This meeting has not taken place yet. Its record can be finished once it has begun.")
    finishing = marta.page.xpath("//button[starts-with(normalize-space(), 'Finish the record')]")
    assert [one.get("aria-disabled") for one in finishing] == ["true"]
    # A page that was open, or a form sent without it: refused in words, and what was typed is there.
    answer = marta.send({"case-1-facts": "Known already", "go": "finish"}, button="Save everything")
    assert answer.status_code == 403
    assert marta.says("has not taken place yet")
    assert value(marta, "case-1-facts") == "Known already"


def test_two_recorders_are_told_and_both_texts_stand_on_the_page(signed_in_as, world):
    marta, colleague = signed_in_as("coordinator"), signed_in_as("coordinator")
    marta.get(world.path + "/record")
    colleague.submit(
        world.path + "/record",
        {"case-1-facts": "Hers", "case-2-facts": "Only hers"},
        button="Save everything",
    )
    answer = marta.send({"case-1-facts": "Mine", "case-1-views": "Mine too"}, button="Save everything")
    assert answer.status_code == 409
    assert value(marta, "case-1-facts") == "Mine"
    assert value(marta, "case-1-views") == "Mine too"
    assert marta.says("Theirs:")
    assert marta.page.xpath("//dl[@class='tc-typed']/dd[text()='Hers']")
    # What only the colleague typed is there, and stays.
    assert value(marta, "case-2-facts") == "Only hers"
    answer = marta.send({}, button="Save everything")
    assert answer.status_code == 200
    assert (value(marta, "case-1-facts"), value(marta, "case-2-facts")) == ("Mine", "Only hers")


def test_a_finished_record_makes_tasks_and_its_minutes_are_corrected(signed_in_as, begun, connect):
    world = begun
    marta = signed_in_as("coordinator")
    given = {**whole(world, 1), **whole(world, 2), "desks": [world.city, world.prison], "statement": "yes"}
    marta.submit(world.path + "/record", given, button="Finish the record of the whole meeting")
    assert marta.says("The record is finished.")
    with connect() as db:
        tasks = db.scalars(select(Task).where(Task.kind == "request")).all()
        assert len(tasks) == 2
        notices = db.scalars(
            select(Notice.kind).where(
                Notice.user_id == make.user(db, "prison").id, Notice.kind == "meeting_recorded"
            )
        ).all()
        assert notices == ["meeting_recorded"]
    nuria = signed_in_as("prison")
    nuria.get("/notices")
    nuria.send(button="Open")
    nuria.get(world.path)
    assert nuria.says("Decision 1")
    link = nuria.page.xpath("//a[contains(@href, '/minutes/')]/@href")[0]
    nuria.submit(link, {"kind": "correction"}, button="Send")
    assert nuria.says("Enter what is not right, and how it should read.")
    nuria.send({"kind": "correction", "text": "It was the other street."}, button="Send")
    assert nuria.says("It was the other street.")
    marta.get(world.path)
    link = marta.page.xpath("//a[contains(@href, '/corrections/')]/@href")[0]
    marta.submit(link, {"amend-decisions-0-reason": ""}, button="Amend the minutes")
    assert marta.says("Enter the reason for this decision.")
    marta.send(
        {"amend-decisions-0-reason": "It helps.", "amend-facts": "The other street."},
        button="Amend the minutes",
    )
    assert marta.says("The minutes were amended.")
    assert marta.says("Version 1, as it was before")
    nuria.get(f"/cases/{world.case}")
    assert nuria.says("Decision 1")
    with connect() as db:
        assert sorted(db.scalars(select(Minutes.number))) == [1, 1, 2]


def test_a_long_record_is_read_in_parts(signed_in_as, world, connect):
    with connect() as db:
        cases = [make.case(db, name=f"Person {n}", number=f"P-{n}") for n in range(3, 9)]
        for case in cases:
            make.complete(db, case, "announce", by="prison", answers=make.announcement())
        held = meet.about(db, make.user(db, "coordinator"), cases)
        held.meeting.status, path = "recorded", f"/meetings/{held.meeting.id}"
    marta = signed_in_as("coordinator")

    def shown():
        return marta.page.xpath("//article/h3/text()")

    marta.get(path)
    assert [name.strip() for name in shown()] == [f"Person {n}" for n in range(3, 7)]
    marta.get(marta.page.xpath("//a[@rel='next']/@href")[0])
    assert [name.strip() for name in shown()] == ["Person 7", "Person 8"]
    assert not marta.page.xpath("//a[@rel='next']")
    # Every case is named on every part, and its name leads to where it stands.
    marta.get(marta.page.xpath("//nav[@aria-label='Cases of this meeting']//a/@href")[0])
    assert [name.strip() for name in shown()][0] == "Person 3"


def test_the_same_again_is_one_click(signed_in_as, world, connect):
    marta = signed_in_as("coordinator")
    marta.submit(world.path, {"weeks": "none"}, button="Prepare the next meeting")
    assert marta.says("Enter a number of weeks from 1 to 52.")
    marta.send({"weeks": "2"}, button="Prepare the next meeting")
    assert marta.says("This is the next meeting.")
    assert marta.says("Being prepared")
    assert marta.says("Canaria Nomen 1")
    with connect() as db:
        assert len(db.scalars(select(Meeting)).all()) == 2


def test_a_meeting_is_cancelled(signed_in_as, world):
    marta = signed_in_as("coordinator")
    marta.submit(world.path, button="Cancel the meeting")
    assert marta.says("The meeting is cancelled.")
    marta.get(world.path + "/record")
    albert = signed_in_as("police")
    albert.get("/meetings?past=yes")
    assert albert.says("Cancelled")
    assert re.search(r"Room 2", albert.text)


def test_hidden_names_stay_hidden_on_every_page_of_a_meeting(signed_in_as, world):
    marta = signed_in_as("coordinator")
    marta.submit(world.path, button="Hide names")
    for where in ("", "/record", "/agenda"):
        marta.get(world.path + where)
        assert "Canaria" not in marta.text
