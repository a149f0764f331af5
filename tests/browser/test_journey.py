"""One real case on the real pathway, carried by people of three agencies, each at an own browser."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine import agencies, facts, forms, library
from engine.models import Agency, Case, Task, User
from tests import make
from tests.pathways import story
from tests.pathways.story import WEEK, ZONE, Story, somebody
from tests.pathways.walking import plainly

AMIRA = "Amira Benali"


@pytest.fixture
def amira(connect: story.Connect, config: Any) -> Story:
    """Vallserena, where nothing has happened yet. The release lies so near that no step has to wait for its time."""
    story.settle(connect)
    with connect() as db:
        prison = db.scalars(select(Agency).where(Agency.key == "prison")).one()
        agencies.add_user(
            db, email="second@x.example", name="Oriol Bosch", password=None, desks=[(prison, "prison")]
        )
        for user in db.scalars(select(User)):
            user.password = make.hashed()
    found = Story(connect, config)
    found.release = found.today + 18 * WEEK
    return found


@pytest.fixture
def at_desk(new_context: Callable[..., Any], live: str) -> Callable[..., Page]:
    """Somebody's own browser, signed in, on the list of tasks."""

    def sign_in(who: str, **window: Any) -> Page:
        page: Page = new_context(base_url=live, **window).new_page()
        page.set_default_timeout(10_000)
        page.goto("/")
        page.get_by_label("Email address").fill(f"{who}@x.example")
        page.get_by_label("Password", exact=True).fill(make.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        titled(page, "My tasks")
        return page

    return sign_in


@pytest.fixture
def look(accessible: Callable[[Page], None]) -> Callable[..., None]:
    """Looks at a page at a desk and on a phone: it fits, and axe finds no fault.

    What looks alike at both is measured once; `cards`: a page that is laid out anew on a phone.
    """

    def at_both(page: Page, *, cards: bool = False) -> None:
        accessible(page)
        page.set_viewport_size({"width": 375, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        if cards:
            accessible(page)
        page.set_viewport_size({"width": 1280, "height": 900})

    return at_both


# ---- what people do


def titled(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def open_task(page: Page, title: str, whose: str = "mine") -> None:
    page.goto(f"/tasks?whose={whose}")
    page.get_by_role("link", name=title, exact=True).click()
    titled(page, title)


def answer(page: Page, amira: Story, step: str, **said: Any) -> None:
    """Type an answer to every question that this step demands."""
    form, raw = asked(amira, step, **said)
    for key, typed in raw.items():
        put(page, form.question(key), typed)


def asked(amira: Story, step: str, **said: Any) -> tuple[forms.Form, dict[str, Any]]:
    """The form of an open step, and what somebody might type into it."""
    with amira.db() as db:
        task = db.scalars(select(Task).where(Task.step == step, Task.status == "open")).one()
        form = library.form_of(db, task)
        given = plainly(
            form,
            said,
            now=datetime.now(ZONE),
            dates={"release_on": amira.release, **facts.dates(db, task.case.participant_id)},
            agencies=story.INVITED,
            people={role: str(somebody(db, role).id) for role in ("coordinator", "mentor")},
        )
    return form, forms.raw(form, given)


def put(page: Page, question: forms.Question, typed: Any) -> None:
    name = f"q-{question.key}"
    if isinstance(typed, dict):
        for part, words in typed.items():
            page.locator(f"[name='{name}-{part}']").fill(words)
    elif isinstance(typed, list):
        for value in typed:
            page.locator(f"[name='{name}'][value='{value}']").check()
    elif page.locator(f"select[name='{name}']").count():
        page.locator(f"select[name='{name}']").select_option(typed)
    elif question.kind in ("yes_no", "one_of", "agency", "user"):
        page.locator(f"[name='{name}'][value='{typed}']").check()
    else:
        page.locator(f"[name='{name}']").fill(typed)


def complete_step(page: Page, amira: Story, step: str, title: str, whose: str = "mine", **said: Any) -> None:
    open_task(page, title, whose)
    answer(page, amira, step, **said)
    complete(page, title)


def complete(page: Page, title: str) -> None:
    page.get_by_role("button", name="Complete").click()
    titled(page, f"Done: {title}")


# ---- the journey


@pytest.mark.parametrize("scripts", [True, False], ids=["with_scripts", "without_scripts"])
def test_from_the_notice_to_the_mentors_first_meeting(
    at_desk: Any, amira: Story, look: Any, scripts: bool
) -> None:
    if not scripts:
        at_desk, look = functools.partial(at_desk, java_script_enabled=False), nobody_looks

    nuria = at_desk("prison")
    look(nuria)
    open_case(nuria, look)
    amira.case_id = only_case(amira)

    title = "Announce the planned release"
    open_task(nuria, title, whose="unclaimed")
    nuria.get_by_role("button", name="Take on").click()
    expect(nuria.get_by_text("You have taken on this task.")).to_be_visible()
    earliest = nuria.get_by_role("group", name="What is the earliest possible date?")
    expect(earliest).to_be_visible(visible=not scripts)
    look(nuria, cards=True)
    nuria.get_by_role("button", name="Complete").click()
    summary = nuria.locator(".govuk-error-summary")
    expect(summary.get_by_role("link", name="Enter the release date")).to_be_visible()
    look(nuria)
    answer(nuria, amira, "notify", earlier_possible=True, legal_supervision=False)
    nuria.get_by_role("button", name="Save draft").click()
    expect(nuria.get_by_text("Draft saved.")).to_be_visible()
    expect(earliest).to_be_visible()
    complete(nuria, title)
    look(nuria)
    hide_names(nuria)

    marta = at_desk("coordinator")
    complete_step(marta, amira, "accept", "Take the case and name the coordinator", whose="team")
    title = "State purpose, recipients and categories"
    complete_step(marta, amira, "state_purpose", title, invited_agencies=story.INVITED)
    amira.do("confirm_basis", "tell_participant", "acknowledge", "book_talk")

    title = "Explain, listen, record the answer"
    open_task(marta, title)
    mentor = marta.get_by_role("group", name="Does the participant want a mentor?")
    expect(mentor).to_be_visible(visible=not scripts)
    answer(marta, amira, "ask_first")
    expect(mentor).to_be_visible()
    look(marta)
    complete(marta, title)

    joan = at_desk("ngo")
    complete_step(joan, amira, "request_mentor", "Find a mentor and ask the participant", whose="team")

    karim = at_desk("mentor")
    look(karim, cards=True)
    complete_step(karim, amira, "first_meeting", "Meet the participant for the first time")
    assert "first_meeting" in amira.done

    find_case(marta, look)
    look(marta, cards=True)
    find_case(nuria, nobody_looks)
    expect(nuria.get_by_text("Karim")).to_have_count(0)


def nobody_looks(_page: Page, *, cards: bool = False) -> None:
    """Without scripts nothing can be measured; what matters is that everything can be done."""


def open_case(nuria: Page, look: Any) -> None:
    """Look whether the participant is known, register her, begin the case."""
    nuria.goto("/cases/open")
    look(nuria)
    nuria.get_by_label("Who is it for?").fill(AMIRA)
    nuria.get_by_role("button", name="Look").click()
    expect(nuria.get_by_text("Nobody is registered with exactly this name or number")).to_be_visible()
    expect(nuria.get_by_label("Name", exact=True)).to_have_value(AMIRA)
    look(nuria)
    nuria.get_by_role("button", name="Register and go on").click()
    titled(nuria, f"Open a case for {AMIRA}")
    look(nuria)
    nuria.get_by_label("Coordinated release").check()
    nuria.get_by_role("button", name="Open the case").click()
    titled(nuria, AMIRA)


def only_case(amira: Story) -> Any:
    with amira.connect() as db:
        return db.scalars(select(Case.id)).one()


def hide_names(page: Page) -> None:
    page.goto("/tasks?whose=team")
    page.get_by_role("button", name="Hide names").click()
    page.goto("/cases")
    expect(page.get_by_text("Name hidden")).to_be_visible()
    expect(page.get_by_text(AMIRA)).to_have_count(0)
    page.get_by_role("button", name="Show names").click()
    expect(page.get_by_text(AMIRA)).to_be_visible()


def find_case(page: Page, look: Any) -> None:
    page.goto("/cases/find")
    page.get_by_label("Name or number").fill(AMIRA)
    page.get_by_role("main").get_by_role("button", name="Find").click()
    expect(page.get_by_text("One case")).to_be_visible()
    look(page)
    page.get_by_role("link", name="TC-").first.click()
    titled(page, AMIRA)


# ---- two at once


def test_who_comes_second_loses_nothing(at_desk: Any, amira: Story, accessible: Any) -> None:
    amira.begins(amira.today)
    title = "Announce the planned release"
    nuria, oriol = at_desk("prison"), at_desk("second")
    for page, prison in ((nuria, "North"), (oriol, "South, wing B")):
        open_task(page, title, whose="team")
        answer(page, amira, "notify", prison_name=prison, selected_by="The <b>whole</b> team.")
    complete(nuria, title)
    oriol.get_by_role("button", name="Complete").click()
    expect(oriol.get_by_text("Núria Ferrer completed this step")).to_be_visible()
    for typed in ("South, wing B", "The <b>whole</b> team.", str(amira.release.year)):
        expect(oriol.locator(".tc-typed").get_by_text(typed).first).to_be_visible()
    accessible(oriol)
