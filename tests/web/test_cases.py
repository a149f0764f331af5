"""A user's cases: the list, finding one, its page at each level of sight, what can be done there, opening one."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import cases, clock, participants
from engine.models import Case, Note, ParticipantDate, Task
from tests import make

TODAY = make.day(clock.today("Europe/Madrid"))
HAPPENED = {f"q-happened_on-{part}": value for part, value in TODAY.items()}


@pytest.fixture
def nuria(signed_in_as):
    return signed_in_as("prison")


@pytest.fixture
def marta(signed_in_as):
    return signed_in_as("coordinator")


@pytest.fixture
def prepared(world, connect):
    """The participant agreed: the plan (coordinator), housing and treatment (health) are open."""
    with connect() as db:
        make.complete(db, db.get(Case, world.case), "announce", by="prison", answers=make.announcement())
    return world


def act(connect, world, verb, **given):
    with connect() as db:
        getattr(cases, verb)(db, make.user(db, given.pop("by", "coordinator")), world.case, **given)


def page_of(world):
    return f"/cases/{world.case}"


def section(visitor, heading):
    """What stands under a heading of the page."""
    found = visitor.page.xpath(f"//section[.//h2[normalize-space()='{heading}']]")
    return " ".join(found[0].text_content().split()) if found else ""


def turn(visitor):
    return [" ".join(box.text_content().split()) for box in visitor.page.find_class("tc-turn")]


# ---- the list and finding


def test_the_list_says_whose_turn_it_is(marta, prepared):
    marta.get("/cases")
    (row,) = marta.page.xpath("//tbody/tr")
    told = " ".join(row.text_content().split())
    for words in (
        prepared.number,
        "Amira Benali",
        "Small release",
        "City of Catalonia: ",
        "and one more step",
    ):
        assert words in told


def test_after_the_release_the_list_says_that_it_has_happened(marta, prepared, connect):
    marta.get("/cases")
    assert "Released" not in marta.text
    with connect() as db:
        prison, case = make.user(db, "prison"), db.get(Case, prepared.case)
        participants.record_date(
            db,
            prison,
            case.participant_id,
            key="released_on",
            on=clock.today("Europe/Madrid"),
            sure="confirmed",
            source="the prison",
        )
    marta.get("/cases")
    assert re.search(r"Released \w+ \d+ \w+ \d{4}", marta.text)


def test_a_list_tells_who_takes_part_in_single_steps_no_release_date(signed_in_as, prepared, connect):
    act(connect, prepared, "ask_colleague", **police(connect), text="Is the way home safe?")
    visitor = signed_in_as("police")
    visitor.get("/cases")
    (row,) = visitor.page.xpath("//tbody/tr")
    told = " ".join(row.text_content().split())
    assert "Police of Catalonia: A colleague's request" in told
    assert "Not known yet" in told


def test_closed_cases_stand_in_a_list_of_their_own(marta, world, connect):
    act(connect, world, "close_case", reason="Opened by mistake.")
    marta.get("/cases")
    assert marta.says("You work with no case just now.")
    marta.get("/cases?closed=yes")
    assert marta.says(world.number)


@pytest.mark.parametrize("wanted", ["Amira Benali", " amira  benali ", "N-1", "number"])
def test_a_case_is_found_by_exact_name_or_number(marta, world, wanted):
    marta.submit("/cases/find", {"wanted": world.number.lower() if wanted == "number" else wanted})
    assert marta.says("One case")
    assert marta.says(world.number)


@pytest.mark.parametrize("wanted", ["Amira", "Benali", "N-", "%", "Amira Benal_"])
def test_a_part_of_a_name_finds_nothing(marta, world, wanted):
    marta.submit("/cases/find", {"wanted": wanted})
    assert marta.says("Nothing found")
    assert not marta.says(world.number)


def test_a_case_of_others_is_not_found_and_reads_like_one_that_is_not_there(signed_in_as, world):
    police = signed_in_as("police")
    police.submit("/cases/find", {"wanted": "Amira Benali"})
    hidden = police.text.replace("Amira Benali", "")
    police.submit("/cases/find", {"wanted": "Nobody Such"})
    assert police.text.replace("Nobody Such", "") == hidden


def test_an_empty_search_asks_for_a_name(marta):
    marta.submit("/cases/find", {"wanted": "  "})
    assert marta.says("Enter a name or a number")


def test_a_name_that_was_looked_for_is_in_no_address(marta):
    answer = marta.submit("/cases/find", {"wanted": "Amira Benali"})
    assert "Amira" not in answer.request.url


# ---- whose turn, why, what is open


def test_the_page_says_whose_turn_since_when_until_when_and_whom_to_call(nuria, prepared):
    nuria.get(page_of(prepared))
    (box,) = turn(nuria)
    assert box.startswith("Waiting for City of Catalonia: ")
    for words in ("Since", "Due", "If nothing happens", "Nobody has taken it on yet", "+34 900 000 000"):
        assert words in box


def test_the_page_says_that_it_is_your_turn_and_lets_you_take_it_on(nuria, world):
    nuria.get(page_of(world))
    assert "It is your team’s turn: Announce the release" in turn(nuria)[0]
    nuria.send(button="Take on")
    assert nuria.says("You have taken on this task.")
    nuria.get(page_of(world))
    assert "It is your turn: Announce the release" in turn(nuria)[0]


def test_open_steps_stand_under_their_agency_and_a_hidden_one_is_folded(marta, prepared):
    marta.get(page_of(prepared))
    told = section(marta, "What is open, by agency")
    assert "Write the plan" in told
    assert "Find housing" in told
    assert "Another agency It is their turn" in told
    assert "Clinic" not in told
    assert "Arrange treatment" not in marta.text


def test_a_turn_that_nobody_may_name_is_another_agency_s(signed_in_as, prepared, connect):
    with connect() as db:
        case = db.get(Case, prepared.case)
        make.complete(db, case, "find_housing", by="housing", answers={"found": "yes"})
        make.complete(db, case, "plan", by="coordinator")
    pau = signed_in_as("housing")
    pau.get(page_of(prepared))
    assert turn(pau)[0].startswith("It is another agency’s turn Since")
    assert "None" not in pau.text
    assert "Clinic" not in pau.text


def test_why_a_case_is_here_reads_as_sentences(marta, prepared):
    marta.get(page_of(prepared))
    why = section(marta, "Why is this case here?")
    assert "Núria Ferrer opened the case on " in why
    assert "Núria Ferrer completed “Announce the release” on " in why
    assert "To “Does the participant agree?” the answer was “yes”." in why


def test_what_was_done_late_says_so_calmly(marta, prepared, connect):
    marta.get(page_of(prepared))
    assert "after its due date" not in section(marta, "What has been done")
    with connect() as db:
        (task,) = db.scalars(select(Task).where(Task.status == "done"))
        task.due_at = clock.now() - timedelta(days=3)
    marta.get(page_of(prepared))
    assert "3 days after its due date" in section(marta, "What has been done")


def test_what_has_been_done_leads_to_the_task(marta, world, prepared):
    marta.get(page_of(world))
    (link,) = marta.page.xpath("//section[@aria-labelledby='done']//a")
    assert marta.get(link.get("href")).status_code == 200
    assert marta.says("Announce the release")


# ---- what is hidden


def test_a_hidden_case_and_one_that_is_not_there_answer_alike(signed_in_as, world):
    police = signed_in_as("police")
    pages = {}
    for case_id in (world.case, uuid.uuid4()):
        for path in ("", "/ask", "/pause", "/close", "/events", "/diagrams/small_release"):
            answer = police.get(f"/cases/{case_id}{path}")
            assert answer.status_code == 404
            pages.setdefault(path, set()).add(
                re.sub(r'value="[^"]*"|nonce="[^"]*"', "", answer.text.replace(str(case_id), ""))
            )
    assert {path for path, texts in pages.items() if len(texts) > 1} == set()


def test_who_sees_the_header_sees_no_notes_answers_or_diagram(signed_in_as, prepared, connect):
    act(connect, prepared, "add_note", text="A word to everyone", shared=True)
    pau = signed_in_as("housing")
    pau.get(page_of(prepared))
    assert pau.says("You see whose turn it is, the dates and your own part of this case.")
    assert pau.says("Find housing")
    assert "A word to everyone" not in pau.text
    assert not pau.page.xpath("//*[@data-diagram]")
    assert "Why is this case here?" not in pau.text
    assert pau.get(f"{page_of(prepared)}/diagrams/small_release").status_code == 404


def test_who_was_asked_one_thing_sees_that_and_no_more(signed_in_as, prepared, connect):
    act(connect, prepared, "ask_colleague", **police(connect), text="Is the way home safe?")
    albert = signed_in_as("police")
    albert.get(page_of(prepared))
    assert "A colleague's request" in turn(albert)[0]
    for words in ("Write the plan", "Find housing", "Release date", "estimated", "Who does what"):
        assert words not in albert.text


# ---- notes


def test_a_note_is_the_own_agency_s_until_it_is_shared(nuria, marta, world):
    nuria.submit(page_of(world), {"q-text": "She wants to call her sister."}, button="Add the note")
    assert nuria.says("Only Prison of Catalonia reads it")
    marta.get(page_of(world))
    assert "her sister" not in marta.text

    share = nuria.page.xpath("//a[contains(., 'Share this note')]")[0].get("href")
    nuria.get(share)
    assert nuria.says(
        "It will be read by everyone who works on the whole case, now City of Catalonia, Prison of Catalonia"
    )
    nuria.send(button="Share it")
    marta.get(page_of(world))
    assert marta.says("She wants to call her sister.")
    assert marta.says("Shared: everyone who works on the whole case reads it")
    assert not marta.page.xpath("//a[contains(., 'Share this note')]")


def test_a_colleague_s_note_cannot_be_shared_for_them(signed_in_as, world, connect):
    with connect() as db:
        note = cases.add_note(db, make.user(db, "prison"), world.case, text="Only ours").id
    oriol = signed_in_as("oriol")
    oriol.get(f"{page_of(world)}/notes/{note}/share")
    assert oriol.says("Only the person who wrote a note can share it.")
    assert oriol.page.xpath("//main//form//button[@aria-disabled='true']")


def test_an_empty_note_is_asked_for_again_with_what_was_typed(nuria, world, connect):
    answer = nuria.submit(page_of(world), {"q-text": " ", "q-readers": "case"}, button="Add the note")
    assert answer.status_code == 422
    assert nuria.page.xpath("//a[@href='#q-text' or contains(@href, '#q-text')]")
    assert nuria.page.xpath("//details[@open]//input[@value='case' and @checked]")
    with connect() as db:
        assert db.scalars(select(Note)).all() == []


def test_a_note_that_is_sent_twice_is_kept_once(nuria, world, connect):
    nuria.get(page_of(world))
    page = nuria.page
    for _ in range(2):
        nuria.page = page
        nuria.send({"q-text": "Once is enough."}, button="Add the note")
    with connect() as db:
        assert len(db.scalars(select(Note)).all()) == 1


# ---- acts


def police(connect):
    with connect() as db:
        (desk,) = make.user(db, "police").memberships
        return {"agency_id": desk.agency_id, "role": "police"}


def test_asking_a_colleague_gives_them_a_task(marta, signed_in_as, world, connect):
    asked = police(connect)
    typed = {"q-desk": f"{asked['agency_id']}/police", "q-text": "Is the way home safe?"}
    marta.submit(f"{page_of(world)}/ask", typed, button="Ask")
    assert marta.says("Asked. Police of Catalonia: Police prevention liaison has it as a task now")
    albert = signed_in_as("police")
    albert.get("/tasks?whose=unclaimed")
    assert albert.says("A colleague’s request")


def test_asking_without_words_says_what_is_missing(marta, world):
    answer = marta.submit(f"{page_of(world)}/ask", {"q-text": "Please call"}, button="Ask")
    assert answer.status_code == 422
    assert marta.says("Choose whom to ask")
    assert marta.says("Please call")


def test_a_case_pauses_with_a_reason_and_goes_on(marta, world):
    answer = marta.submit(f"{page_of(world)}/pause", {"q-reason": ""}, button="Pause the case")
    assert answer.status_code == 422
    assert marta.says("Enter why the case pauses")
    marta.send({"q-reason": "She is in hospital."}, button="Pause the case")
    assert marta.says("This case is paused")
    assert marta.says("She is in hospital.")
    marta.send(button="Let the case go on")
    assert marta.says("The case goes on. Due dates were counted anew.")


def test_a_day_to_look_again_lies_ahead(marta, world):
    typed = {"q-reason": "Hospital", **{f"q-until-{part}": value for part, value in TODAY.items()}}
    assert marta.submit(f"{page_of(world)}/pause", typed, button="Pause the case").status_code == 422
    assert marta.says("Choose a day after today.")


def test_a_case_is_closed_for_a_reason(marta, world, connect):
    marta.submit(
        f"{page_of(world)}/close", {"q-reason": "Opened by mistake."}, button="Close the case for good"
    )
    assert marta.says("This case is closed")
    with connect() as db:
        assert db.get(Case, world.case).status == "closed"
        assert db.scalars(select(Task.status)).all() == ["withdrawn"]


def test_what_a_role_does_not_do_is_off_and_says_why(nuria, world):
    nuria.get(page_of(world))
    off = {
        " ".join(one.text_content().split()): " ".join(one.getnext().text_content().split())
        for one in nuria.page.xpath("//button[@aria-disabled='true']")
    }
    assert set(off) == {"Pause the case", "Close the case", "Something has happened"}
    assert all(reason.endswith(".") for reason in off.values())
    answer = nuria.post(f"{page_of(world)}/pause", data={"q-reason": "x", **carried(nuria)})
    assert answer.status_code == 403
    assert nuria.says(off["Pause the case"])


def carried(visitor):
    form = visitor.page.xpath("//main//form")[0]
    return {name: form.fields[name] for name in ("csrf_token", "once")}


def test_a_release_is_recorded_as_a_date_and_not_told_as_an_event(nuria, prepared):
    nuria.get(f"{page_of(prepared)}/events")
    assert nuria.says("The case waits for no event that you could tell it here.")
    assert nuria.says("A release, a new release date or a return to custody is recorded as a date")


def test_an_event_that_no_date_tells_is_told_here(marta, prepared, monkeypatch):
    monkeypatch.setattr(participants, "EVENTS", {})
    marta.submit(f"{page_of(prepared)}/events", button="This has happened: Released now")
    assert marta.says("The case knows that this has happened.")
    assert "Write the plan" not in section(marta, "What is open, by agency")
    marta.get(f"{page_of(prepared)}/events")
    assert marta.says("The case waits for no event")


def test_a_case_that_needs_repair_says_so_and_can_be_tried_again(marta, nuria, world, connect):
    with connect() as db:
        case = db.get(Case, world.case)
        case.status, case.stuck = (
            "stuck",
            {"code": "no_way_out", "step": "agrees", "pathway": "small_release", "message": "No way out."},
        )
    nuria.get(page_of(world))
    assert nuria.says("The coordinator has been told and can put it right.")
    assert nuria.page.xpath("//button[@aria-disabled='true' and normalize-space()='Try again']")
    marta.get(page_of(world))
    assert marta.says("It could not go on at “Does the participant agree?”. No way out.")
    marta.send(button="Try again")
    assert marta.says("The case goes on.")


# ---- the drawing


def test_the_drawing_and_the_list_say_the_same(marta, prepared):
    marta.get(page_of(prepared))
    (drawing,) = marta.page.xpath("//*[@data-diagram]") or [None]
    listed = {
        " ".join(line.text_content().split())
        for line in marta.page.xpath("//ul[contains(@class, 'tc-steps')]/li")
    }
    assert any(line.startswith("✓ Announce the release done") for line in listed)
    assert any(line.startswith("● Write the plan open now") for line in listed)
    if drawing is not None:
        assert '"announce": "done"' in drawing.get("data-states")
        assert "treatment" not in drawing.get("data-states")
        answer = marta.get(drawing.get("data-diagram"))
        assert answer.mimetype == "application/xml"
        assert b'id="announce"' in answer.data


# ---- opening a case


def start(visitor, wanted):
    visitor.submit("/cases/open", {"wanted": wanted}, button="Look up")


def test_a_case_is_opened_for_somebody_new_in_one_go(nuria, world, connect):
    start(nuria, "Hugo Marín")
    assert nuria.says("Nobody is registered with exactly this name or number")
    nuria.send({"q-number": "N-2"}, button="Register and go on")
    assert nuria.says("Open a case for Hugo Marín")
    release = clock.today("Europe/Madrid") + timedelta(weeks=30)
    typed = {f"q-on-{part}": value for part, value in make.day(release).items()}
    nuria.send(
        {"pathway": "small_release", **typed, "q-sure": "estimated", "q-source": "A letter"},
        button="Open the case",
    )
    assert nuria.says("is open.")
    assert nuria.says("Hugo Marín")
    assert nuria.says("Source: A letter.")
    with connect() as db:
        assert db.scalars(select(ParticipantDate.on)).all() == [release]


def test_somebody_registered_is_found_and_not_registered_again(nuria, world):
    start(nuria, "amira benali")
    (link,) = nuria.page.xpath("//ul[contains(@class, 'tc-step-lines')]//a")
    nuria.get(link.get("href"))
    assert nuria.says("There is a running case already:")
    assert nuria.says(world.number)


def test_everything_that_is_missing_is_said_at_once_and_nothing_typed_is_lost(nuria, world, connect):
    with connect() as db:
        hugo = make.participant(db, by=make.user(db, "prison"), name="Hugo Marín", number="N-2").id
    nuria.get(f"/cases/open/{hugo}")
    answer = nuria.send({"pathway": "", "q-on-day": "40", "q-source": "A letter"}, button="Open the case")
    assert answer.status_code == 422
    assert nuria.says("Choose a pathway")
    assert nuria.page.xpath("//input[@id='q-on-day']/@value") == ["40"]
    assert nuria.page.xpath("//input[@id='q-source']/@value") == ["A letter"]
    with connect() as db:
        assert len(db.scalars(select(Case)).all()) == 1


def test_a_date_without_who_said_it_is_not_taken_and_no_case_is_opened(nuria, world, connect):
    with connect() as db:
        hugo = make.participant(db, by=make.user(db, "prison"), name="Hugo Marín", number="N-2").id
    nuria.get(f"/cases/open/{hugo}")
    typed = {"q-on-day": "1", "q-on-month": "9", "q-on-year": str(clock.now().year + 1)}
    assert nuria.send({"pathway": "small_release", **typed}, button="Open the case").status_code == 422
    assert nuria.says("Enter who said so")
    with connect() as db:
        assert len(db.scalars(select(Case)).all()) == 1
        assert db.scalars(select(ParticipantDate)).all() == []


def test_a_source_without_a_day_is_not_lost_silently(nuria, world, connect):
    with connect() as db:
        hugo = make.participant(db, by=make.user(db, "prison"), name="Hugo Marín", number="N-2").id
    nuria.get(f"/cases/open/{hugo}")
    nuria.send({"pathway": "small_release", "q-source": "A letter"}, button="Open the case")
    assert nuria.says("Enter the release date, or leave the questions about it empty")


def test_who_does_not_open_cases_is_told_why(signed_in_as, world):
    police = signed_in_as("police")
    police.get("/cases/open")
    assert police.says("Your role does not do this.")
    assert not police.page.xpath("//main//form")


def test_a_user_of_another_place_cannot_open_a_case_for_somebody_they_do_not_know(
    signed_in_as, world, connect
):
    with connect() as db:
        amira = db.get(Case, world.case).participant_id
    assert signed_in_as("police").get(f"/cases/open/{amira}").status_code == 404


def test_dates_of_participants_reach_the_page(marta, world, connect):
    release = clock.today("Europe/Madrid") + timedelta(weeks=20)
    with connect() as db:
        person = db.get(Case, world.case).participant_id
        for on, source in ((release, "the court"), (release + timedelta(days=9), "a second letter")):
            participants.record_date(
                db, make.user(db, "prison"), person, key="release_on", on=on, sure="confirmed", source=source
            )
    marta.get(page_of(world))
    told = section(marta, "Dates")
    assert "Source: a second letter." in told
    assert told.index("a second letter") < told.index("What was said before") < told.index("the court")
