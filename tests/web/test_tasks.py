"""My tasks, one task from taking it on to correcting it, and what comes after."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine import agencies, cases, clock, facts, notices
from engine.models import Answer, Case, Draft, Task
from tests import make

ANNOUNCED = {
    "q-release_day-day": "1",
    "q-release_day-month": "9",
    "q-release_day-year": str(date.today().year + 1),
    "q-how_sure": "estimated",
    "q-agreement": "given",
}


@pytest.fixture
def nuria(signed_in_as):
    return signed_in_as("prison")


@pytest.fixture
def oriol(signed_in_as):
    return signed_in_as("oriol")


def rows(visitor):
    return [" ".join(row.text_content().split()) for row in visitor.page.xpath("//tbody/tr")]


# ---- the list


def test_a_task_that_nobody_has_stands_under_nobodys_yet(nuria):
    nuria.get("/tasks")
    assert rows(nuria) == []
    assert nuria.says("One task that you could do has nobody yet.")
    nuria.get("/tasks?whose=unclaimed")
    assert len(rows(nuria)) == 1
    for words in ("Announce the release", "Small release", "Amira Benali", "working days left"):
        assert words in rows(nuria)[0]
    assert [
        link.text_content().split()[-1] for link in nuria.page.xpath("//nav[@aria-label='Whose tasks']//a")
    ] == [
        "0",
        "1",
        "1",
    ]


def test_who_is_not_in_the_case_sees_an_empty_list_that_says_so(signed_in_as):
    police = signed_in_as("police")
    police.get("/tasks")
    assert police.says("You have no task just now. A new one will stand here as soon as a case needs you.")


def test_the_list_is_narrowed_and_says_when_nothing_is_left(nuria):
    nuria.get("/tasks?whose=team&pathway=small_release")
    assert len(rows(nuria)) == 1
    nuria.get("/tasks?whose=team&late=yes")
    assert rows(nuria) == []
    assert nuria.says("No task is like that.")
    assert nuria.page.xpath("//details[contains(@class, 'tc-filter')][@open]")


def test_nonsense_in_the_address_is_no_error(nuria):
    for address in (
        "/tasks?whose=everybody",
        "/tasks?after=nonsense",
        "/tasks?pathway=%00&role=x&late=1",
        "/tasks?whose=",
    ):
        assert nuria.get(address).status_code == 200, address


def test_a_long_list_comes_in_pages_the_most_pressing_first(nuria, connect, world):
    with connect() as db:
        for number in range(30):
            make.case(db, name=f"Somebody {number}", number=f"X-{number}")
    nuria.get("/tasks?whose=team")
    first = rows(nuria)
    assert len(first) == 25
    nuria.get(nuria.page.xpath("//a[@rel='next']/@href")[0])
    assert len(rows(nuria)) == 6
    assert not set(first) & set(rows(nuria))
    assert not nuria.page.xpath("//a[@rel='next']")


def test_what_is_late_comes_first_and_what_takes_long_says_when_to_begin(signed_in_as, connect):
    with connect() as db:
        make.complete(
            db, make.case(db, name="A", number="A-1"), "announce", by="prison", answers=make.announcement()
        )
        late = make.case(db, name="B", number="B-1")
        make.complete(db, late, "announce", by="prison", answers=make.announcement(weeks=40))
        make.task(db, late, "plan").due_at = clock.now() - timedelta(hours=3)
    marta = signed_in_as("coordinator")
    marta.get("/tasks?whose=team")
    first, second = rows(marta)
    assert "3 hours over" in first
    assert "Begin by" not in first
    assert "Begin by" in second


def test_a_step_that_is_done_is_no_longer_news(nuria, connect, world):
    with connect() as db:
        cases.assign_task(db, make.user(db, "prison"), world.task, make.user(db, "prison").id)
        notices.tell(
            db, make.user(db, "prison").id, "task_for_you", db.get(Case, world.case), db.get(Task, world.task)
        )
    nuria.get("/notices")
    assert nuria.says("Notices (1)")
    assert nuria.says("A task is waiting for you. Announce the release")
    nuria.submit(f"/tasks/{world.task}", ANNOUNCED, button="Complete")
    assert not nuria.says("Notices (1)")


def test_only_who_may_open_a_case_is_offered_to(signed_in_as):
    offered = {
        who: bool(signed_in_as(who).page.xpath("//a[normalize-space()='Open a case']"))
        for who in ("prison", "housing")
    }
    assert offered == {"prison": True, "housing": False}


def test_no_name_stands_in_an_address(nuria, world):
    for address in ("/tasks?whose=team", f"/tasks/{world.task}"):
        nuria.get(address)
        assert not [link for link in nuria.page.xpath("//@href | //@action") if "amira" in link.lower()]
        assert "Amira" not in nuria.page.findtext(".//title")


# ---- one task


def test_looking_at_a_task_does_not_take_it_on(nuria, world, connect):
    nuria.get(f"/tasks/{world.task}")
    for words in (
        "Announce the release",
        "Amira Benali",
        world.number,
        "Write down what is known.",
        "Case opened",
    ):
        assert nuria.says(words)
    with connect() as db:
        assert db.get(Task, world.task).owner_id is None


def test_completing_takes_on_closes_and_says_whose_turn_it_is(nuria, world, connect):
    answer = nuria.submit(f"/tasks/{world.task}", ANNOUNCED, button="Complete")
    assert answer.request.path == f"/tasks/{world.task}/done"
    assert nuria.says("Done: Announce the release")
    assert nuria.says("City of Catalonia: Write the plan")
    with connect() as db:
        task = db.get(Task, world.task)
        assert (task.status, task.owner.name) == ("done", "Núria Ferrer")


def test_what_the_reader_may_not_know_is_folded_on_the_done_page(nuria, world):
    nuria.submit(f"/tasks/{world.task}", ANNOUNCED, button="Complete")
    assert not nuria.says("mentor")


def test_all_problems_stand_at_the_top_and_at_their_questions_and_nothing_is_lost(nuria, world):
    typed = {
        "q-release_day-day": "31",
        "q-release_day-month": "2",
        "q-release_day-year": "2027",
        "q-wishes": "A dog.",
    }
    answer = nuria.submit(f"/tasks/{world.task}", typed, button="Complete")
    assert answer.status_code == 422
    assert nuria.page.findtext(".//title").startswith("Error: Announce the release")
    links = nuria.page.xpath("//*[contains(@class, 'govuk-error-summary__list')]//a/@href")
    assert len(links) == 3
    for link in links:
        assert nuria.page.xpath(f"//*[@id='{link.partition('#')[2]}']"), link
    form = next(one for one in nuria.page.forms if one.get("id") == "the-form")
    assert form.fields["q-release_day-day"] == "31"
    assert form.fields["q-wishes"] == "A dog."


def test_a_day_in_the_future_did_not_happen(nuria, world):
    tomorrow = clock.today("Europe/Madrid") + timedelta(days=1)
    happened = {f"q-happened_on-{part}": value for part, value in make.day(tomorrow).items()}
    answer = nuria.submit(f"/tasks/{world.task}", {**ANNOUNCED, **happened}, button="Complete")
    assert answer.status_code == 422
    assert nuria.says("cannot lie in the future")
    happened = {"q-happened_on-day": "40", "q-happened_on-month": "x", "q-happened_on-year": "2026"}
    assert (
        nuria.submit(f"/tasks/{world.task}", {**ANNOUNCED, **happened}, button="Complete").status_code == 422
    )
    assert nuria.says("Enter a real date")


def test_when_it_happened_and_the_interpreter_are_kept(nuria, world, connect):
    yesterday = clock.today("Europe/Madrid") - timedelta(days=1)
    more = {f"q-happened_on-{part}": value for part, value in make.day(yesterday).items()}
    more |= {"q-interpreter": "yes", "q-interpreter_language": "Tamazight"}
    nuria.submit(f"/tasks/{world.task}", {**ANNOUNCED, **more}, button="Complete")
    nuria.get(f"/tasks/{world.task}")
    assert nuria.says("Interpreter: Tamazight")
    with connect() as db:
        answer = db.scalars(select(Answer)).one()
        assert (answer.happened_on, answer.interpreter) == (yesterday, "Tamazight")


def test_a_draft_is_the_author_s_alone_and_comes_back(nuria, oriol, world, connect):
    nuria.get(f"/tasks/{world.task}")
    button = next(one for one in nuria.page.xpath("//button") if one.text_content().strip() == "Save draft")
    fields = dict(button.getparent().getparent().form_values())
    nuria.post(button.get("formaction"), data={**fields, "q-wishes": "A quiet room."}, follow_redirects=True)
    assert nuria.says("Draft saved.")
    assert nuria.says("Your draft of")
    assert "A quiet room." in nuria.page.xpath("//textarea[@name='q-wishes']")[0].text_content()
    oriol.get(f"/tasks/{world.task}")
    assert "A quiet room." not in oriol.text
    with connect() as db:
        assert db.scalars(select(Draft)).one().user_id == make.user(db, "prison").id


def test_a_colleague_s_task_is_shown_with_the_reason_why_it_is_closed_to_others(nuria, oriol, world):
    nuria.submit(f"/tasks/{world.task}", {}, button="Take on")
    assert nuria.says("You have taken on this task.")
    oriol.get(f"/tasks/{world.task}")
    assert oriol.says("by Núria Ferrer")
    assert oriol.says(
        "A colleague has taken on this task. Ask them to give it back, or assign it to yourself."
    )
    assert oriol.page.xpath("//fieldset[@disabled]//input[@name='q-release_day-day']")
    assert not [one for one in oriol.page.xpath("//button") if one.text_content().strip() == "Complete"]


def test_a_task_is_given_back_and_handed_to_a_colleague(nuria, oriol, world, connect):
    nuria.submit(f"/tasks/{world.task}", {}, button="Take on")
    nuria.submit(f"/tasks/{world.task}", {}, button="Give back to the team")
    assert nuria.says("given the task back")
    nuria.get(f"/tasks/{world.task}")
    choice = next(
        o for o in nuria.page.xpath("//select[@name='assign_to']/option") if o.text == "Oriol Bosch"
    )
    nuria.send({"assign_to": choice.get("value")}, button="Assign")
    assert nuria.says("Oriol Bosch has this task now and has been told.")
    oriol.get("/notices")
    assert oriol.says("A task is waiting for you.")
    oriol.send(button="Open")
    assert oriol.says("Announce the release")
    oriol.get("/notices")
    assert not oriol.says("New")


def test_assigning_to_nobody_says_what_to_do(nuria, world):
    nuria.get(f"/tasks/{world.task}")
    form = next(one for one in nuria.page.forms if one.get("id") == "the-form")
    fields = {**dict(form.form_values()), "q-wishes": "A quiet room."}
    nuria.post(f"/tasks/{world.task}/draft", data=fields)
    assert nuria.submit(f"/tasks/{world.task}", {"assign_to": ""}, button="Assign").status_code == 422
    assert nuria.says("Choose a colleague")
    assert nuria.says("A quiet room.")


def test_what_was_already_done_needs_a_reason_and_only_what_decides(nuria, world, connect):
    answer = nuria.submit(f"/tasks/{world.task}/already-done", {}, button="Mark as already done")
    assert answer.status_code == 422
    assert nuria.says("Enter how you know that this is done.")
    nuria.send({**ANNOUNCED, "reason": "By letter"}, button="Mark as already done")
    assert nuria.says("Done: Announce the release")
    with connect() as db:
        assert db.get(Task, world.task).closed_as == "already"


def test_a_correction_keeps_what_was_entered_before(nuria, world):
    nuria.submit(f"/tasks/{world.task}", {**ANNOUNCED, "q-wishes": "To move north"}, button="Complete")
    nuria.submit(f"/tasks/{world.task}/correct", {"q-wishes": "To move south"}, button="Save the correction")
    assert nuria.says("Enter why you correct this.")
    nuria.send({"reason": "A slip of the pen"}, button="Save the correction")
    for words in ("Corrected.", "To move south", "To move north", "Reason: A slip of the pen"):
        assert nuria.says(words)


def test_two_corrections_at_once_do_not_overwrite_each_other(nuria, oriol, world):
    nuria.submit(f"/tasks/{world.task}", ANNOUNCED, button="Complete")
    for visitor in (nuria, oriol):
        visitor.get(f"/tasks/{world.task}/correct")
    nuria.send({"q-wishes": "North", "reason": "first"}, button="Save the correction")
    answer = oriol.send({"q-wishes": "South", "reason": "second"}, button="Save the correction")
    assert answer.status_code == 409
    assert oriol.says("Somebody corrected these answers while you were working.")
    assert oriol.page.xpath("//textarea[@name='q-wishes']")[0].text_content().strip() == "South"
    assert oriol.send(button="Save the correction").request.path == f"/tasks/{world.task}"
    assert oriol.says("South")


def test_who_was_slower_sees_who_was_quicker_and_loses_nothing(nuria, oriol, world):
    for visitor in (nuria, oriol):
        visitor.get(f"/tasks/{world.task}")
    nuria.send(ANNOUNCED, button="Complete")
    answer = oriol.send(
        {**ANNOUNCED, "q-wishes": "A garden"}, button="Complete", headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 409
    assert oriol.says("Núria Ferrer completed this step on")
    assert oriol.says("A garden")


def test_the_text_to_copy_holds_the_answers_and_the_reference(nuria, world):
    nuria.submit(
        f"/tasks/{world.task}", {**ANNOUNCED, "q-wishes": "<b>To be & to stay</b>"}, button="Complete"
    )
    answer = nuria.get(f"/tasks/{world.task}/text")
    assert answer.mimetype == "text/plain"
    assert answer.headers["Cache-Control"] == "no-store"
    for words in (world.number, str(world.task), "<b>To be & to stay</b>", "Núria Ferrer"):
        assert words in answer.text


def test_typed_html_stays_text(nuria, world):
    nuria.submit(
        f"/tasks/{world.task}", {**ANNOUNCED, "q-wishes": "<script>alert(1)</script>"}, button="Complete"
    )
    nuria.get(f"/tasks/{world.task}")
    assert nuria.says("<script>alert(1)</script>")


def test_a_task_of_others_is_not_there(signed_in_as, world):
    police = signed_in_as("police")
    for address in ("", "/done", "/text", "/correct", "/already-done"):
        assert police.get(f"/tasks/{world.task}{address}").status_code == 404
        assert police.says("We cannot find")


def test_marking_a_step_as_done_asks_how_sure_its_date_is(nuria, world):
    nuria.get(f"/tasks/{world.task}/already-done")
    asked = {" ".join(one.text_content().split()) for one in nuria.page.xpath("//legend")}
    assert {"When is the release?", "How sure is this?"} <= asked


def test_what_is_known_is_short_and_the_rest_a_click_away(signed_in_as, world, connect):
    with connect() as db:
        case = db.get(Case, world.case)
        make.complete(db, case, "announce", by="prison", answers=make.announcement())
        plan = make.task(db, case, "plan")
        asked = make.task(db, case, "find_housing")
        asked.pathway = "another"
        facts.record(db, case, {"found": True}, task=asked, agency_id=asked.agency_id, user=None, audience={})
        plan_id = plan.id
    marta = signed_in_as("coordinator")
    marta.get(f"/tasks/{plan_id}")
    (known,) = marta.page.xpath("//section[@aria-labelledby='known']")
    at_once = [one.text_content() for one in known.xpath("dl/dt")]
    assert at_once == ["Release date (estimated)", "Does the participant agree?"]
    assert known.xpath("details//dt")[0].text_content() == "Has a place been found?"


def test_a_paused_case_says_why_its_task_waits(nuria, world, connect):
    with connect() as db:
        case = db.get(Case, world.case)
        boss = agencies.add_user(
            db, email="c2@catalonia.example", name="C", password=None,
            desks=[(make.user(db, "coordinator").memberships[0].agency, "coordinator")],
        )  # fmt: skip
        db.refresh(boss)
        cases.pause_case(db, boss, case.id, reason="Illness")
    nuria.get(f"/tasks/{world.task}")
    assert nuria.says("This case is paused. Its tasks can be done when it goes on.")


def test_a_colleague_s_request_is_answered_with_a_reply(nuria, signed_in_as, world, connect):
    with connect() as db:
        coordinator, prison = make.user(db, "coordinator"), make.user(db, "prison")
        asked = cases.ask_colleague(
            db, coordinator, world.case, agency_id=prison.memberships[0].agency_id, role="prison",
            text="Which wing is she in?",
        )  # fmt: skip
        asked_id = asked.id
    nuria.get("/tasks?whose=unclaimed")
    assert nuria.says("A colleague’s request")
    assert nuria.says("Which wing is she in?")
    # Words that somebody typed can hold a name.
    nuria.send(button="Hide names")
    nuria.get("/tasks?whose=unclaimed")
    assert not nuria.says("Which wing is she in?")
    nuria.send(button="Show names")
    nuria.get(f"/tasks/{asked_id}")
    assert nuria.says("Marta Soler asks:")
    assert nuria.says("Which wing is she in?")
    nuria.send({"q-reply": "Wing B"}, button="Complete")
    assert nuria.says("Done:")
    marta = signed_in_as("coordinator")
    marta.get("/notices")
    assert marta.says("What you asked for has been done.")
