"""What somebody who uses the site for the first time stumbled over."""

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import delete

from engine import cases, clock, forms, participants
from engine.models import Case, ParticipantDate
from tests import make
from tests.make_bpmn import catch, edge, end, node, pathway, start
from web import filters

HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def nuria(signed_in_as):
    return signed_in_as("prison")


@pytest.fixture
def page(world):
    return f"/tasks/{world.task}"


def form_of(*questions):
    return forms.parse({"key": "x", "title": "x", "questions": list(questions)})


def announced(nuria, page):
    nuria.get(page)
    form = next(one for one in nuria.page.forms if one.get("id") == "the-form")
    told = {
        f"q-release_day-{part}": value
        for part, value in zip(("day", "month", "year"), ("3", "5", "2031"), strict=True)
    }
    return {**dict(form.form_values()), **told, "q-how_sure": "estimated", "q-agreement": "given"}


def typed(visitor):
    labels = [one.text_content() for one in visitor.page.xpath("//dl[@class='tc-typed']/dt")]
    answers = [one.text_content() for one in visitor.page.xpath("//dl[@class='tc-typed']/dd")]
    return dict(zip(labels, answers, strict=True))


def test_what_was_typed_comes_back_in_the_words_of_the_form(nuria, page):
    sent = announced(nuria, page)
    nuria.delete_cookie("session")
    nuria.post(page, data=sent, headers=HERE)
    assert nuria.says("What you typed is kept")
    assert not nuria.says("nothing happened")
    nuria.send({"email": "prison@catalonia.example", "password": make.PASSWORD}, button="Sign in")
    told = typed(nuria)
    assert told["When is the release?"] == "3 May 2031"
    assert told["How sure is this?"] == "Estimated"
    assert "estimated" not in told.values()


def test_what_came_too_late_comes_back_in_the_words_of_the_form(nuria, page):
    sent = announced(nuria, page)
    nuria.post(page, data=sent)
    answer = nuria.post(page, data={**sent, "q-wishes": "Something else"}, headers=HERE)
    assert answer.status_code == 409
    assert typed(nuria)["When is the release?"] == "3 May 2031"


def test_a_day_that_is_none_comes_back_as_it_was_typed(app):
    with app.test_request_context():
        sent = [("q-on-day", "31"), ("q-on-month", "2"), ("q-on-year", "2031"), ("reason", "Seen")]
        form = form_of({"key": "on", "kind": "date", "label": "When?"})
        assert filters.told(sent, [form]) == [("When?", "31 2 2031"), ("Reason", "Seen")]


def test_the_direction_of_a_name_ends_with_it(app):
    with app.test_request_context():
        assert filters.isolated("Amira") == "Amira"
        assert filters.isolated("\u202eevil") == "\u2068evil\u2069"
        assert filters.shown("سلام") == "\u2068سلام\u2069"


def test_a_limit_is_written_with_its_thousands(app):
    with app.test_request_context():
        assert filters.say(filters.Sentence("At most {most}", {"most": 10000})) == "At most 10,000"


def test_who_said_a_date_is_asked_only_with_a_date(nuria, world, connect):
    with connect() as db:
        participant = db.get(Case, world.case).participant_id
    opening = f"/cases/open/{participant}"
    nuria.get(opening)
    assert not nuria.says("How sure is it? (optional)")
    assert not nuria.says("Who said so? (optional)")
    assert nuria.says("Needed when you give a date")
    assert nuria.says("Release date (optional)")
    day = {"q-on-day": "3", "q-on-month": "5", "q-on-year": "2031"}
    assert nuria.submit(opening, day, button="Open the case").status_code == 422
    assert nuria.says("Choose how sure it is")
    assert nuria.says("Enter who said so")
    nuria.submit(opening, {"pathway": "small_release"}, button="Open the case")
    assert nuria.says("is open.")


def test_something_has_happened_is_grey_where_the_case_listens_for_nothing(nuria, world):
    nuria.get(f"/cases/{world.case}")
    assert nuria.page.xpath("//button[@aria-disabled='true'][text()='Something has happened']")
    assert nuria.says("The case waits for no event that you could tell it here.")


def test_who_may_see_no_date_is_not_told_that_there_is_none(signed_in_as, world, connect):
    with connect() as db:
        make.complete(db, db.get(Case, world.case), "announce", by="prison", answers=make.announcement())
        db.execute(delete(ParticipantDate))
    health = signed_in_as("health")
    health.get(f"/cases/{world.case}")
    assert health.says("There is no date that you may see.")
    assert not health.says("No date has been recorded yet")


def test_whoever_must_act_is_named_without_saying_that_somebody_works(signed_in_as, world):
    marta = signed_in_as("coordinator")
    marta.get(f"/cases/{world.case}")
    assert not marta.says("is working on this")


def test_a_pathway_is_introduced_by_the_first_sentence_of_its_diagram():
    assert (
        filters.first_sentence("One plan: the same\n  people. And more. Much more.")
        == "One plan: the same people."
    )
    assert filters.first_sentence("Short") == "Short"


def test_what_a_case_only_listens_for_is_folded_and_can_be_told(signed_in_as, world, connect, monkeypatch):
    monkeypatch.setattr(participants, "EVENTS", {})
    with connect() as db:
        make.complete(db, db.get(Case, world.case), "announce", by="prison", answers=make.announcement())
    marta = signed_in_as("coordinator")
    marta.get(f"/cases/{world.case}")
    (folded,) = marta.page.xpath("//details[contains(summary, 'It also listens for events')]")
    assert "Released now" in folded.text_content()
    assert marta.page.xpath("//a[text()='Something has happened']")


def test_which_of_two_days_counts_is_said(signed_in_as, world, connect):
    with connect() as db:
        case, nuria = db.get(Case, world.case), make.user(db, "prison")
        told = {"sure": "confirmed", "source": "Letter"}
        today = clock.today("Europe/Madrid")
        for key, on in {"release_on": today + timedelta(days=9), "released_on": today}.items():
            participants.record_date(db, nuria, case.participant_id, key=key, on=on, **told)
    marta = signed_in_as("coordinator")
    marta.get(f"/cases/{world.case}")
    assert marta.says("Deadlines count from the day of release.")


def test_signals_and_conditions_that_a_case_waits_for_are_events_like_messages(
    signed_in_as, world, connect, tmp_path
):
    alarm = '<b:signalEventDefinition signalRef="g"/>'
    asks = "<b:condition>released_on != null</b:condition>"
    holds = f"<b:conditionalEventDefinition>{asks}</b:conditionalEventDefinition>"
    drawn = pathway(
        start(), node("manualTask", "a", name="Step a"), edge("b", "a", alarm), catch("c", holds),
        end(), end("z"), "s > a > c > e", "b > z", key="watching", lane="coordinator",
        head='<b:signal id="g" name="alarm"/>',
    )  # fmt: skip
    shutil.copytree(make.SMALL, tmp_path / "pathways")
    (tmp_path / "pathways" / "workflows" / "watching.bpmn").write_bytes(drawn)
    with connect() as db:
        make.publish(db, tmp_path / "pathways")
        nuria = make.user(db, "prison")
        person = make.participant(db, by=nuria, name="Samir", number="N-9")
        case = cases.open_case(db, nuria, pathway="watching", participant_id=person.id, lanes={}).id
    marta = signed_in_as("coordinator")
    marta.get(f"/cases/{case}")
    (folded,) = marta.page.xpath("//details[contains(summary, 'It also listens for events')]")
    assert "Edge b" in folded.text_content()
    with connect() as db:
        make.complete(db, db.get(Case, case), "a", by="coordinator")
    marta.get(f"/cases/{case}")
    assert "Waiting for an event: Event c" in marta.page.text_content()
    assert "No due date" not in marta.page.text_content()
    marta.get("/cases")
    assert "TC-" in marta.page.text_content()
