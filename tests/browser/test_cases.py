"""A case in a real browser: looked at, noted, opened, with and without scripts, at a desk and on a phone."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests import make

PHONE = {"width": 375, "height": 800}


@pytest.fixture
def world(connect):
    with connect() as db:
        make.local_action(db)
        case = make.prepared_case(db)
        return SimpleNamespace(path=f"/cases/{case.id}", participant=f"/participants/{case.participant_id}")


@pytest.fixture
def marta(page, live, world):
    """Her browser, signed in, on her list of cases."""
    page.goto(f"{live}/sign-in?next=/cases")
    page.get_by_label("Email address").fill("coordinator@catalonia.example")
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cases")
    return page


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_case_is_looked_at_and_noted_in(marta, accessible):
    accessible(marta)
    marta.get_by_role("link", name=re.compile("Case TC-")).click()
    expect(marta.locator("body[data-ready]")).to_be_attached()
    accessible(marta)
    marta.locator("summary", has_text="Add a note").click()
    marta.get_by_role("button", name="Add the note").click()
    expect(marta.locator(".govuk-error-summary")).to_be_focused()
    accessible(marta)
    marta.get_by_role("textbox", name="Note").fill("She wants to call her sister.")
    marta.get_by_role("button", name="Add the note").click()
    marta.get_by_role("link", name=re.compile("Share this note")).click()
    accessible(marta)
    marta.get_by_role("button", name="Share it").click()
    expect(marta.get_by_text("Shared: everyone who works on the whole case reads it")).to_be_visible()
    accessible(marta)


@pytest.mark.parametrize("act", ["ask", "pause", "close", "events"])
def test_the_pages_on_which_one_thing_is_done(marta, live, world, accessible, act):
    marta.goto(f"{live}{world.path}/{act}")
    accessible(marta)
    marta.set_viewport_size(PHONE)
    assert fits(marta)


def test_a_pathway_that_nobody_has_drawn_is_still_there_as_a_list(marta, live, world):
    marta.goto(live + world.path)
    expect(marta.get_by_text("Everything it shows is also in the list below.")).to_be_visible()
    expect(marta.locator(".tc-steps li", has_text="Write the plan").first).to_be_visible()


def test_a_case_is_found_and_one_opened(marta, live, accessible):
    marta.goto(f"{live}/cases/find")
    accessible(marta)
    marta.get_by_label("Name or number").fill("Amira Benali")
    marta.keyboard.press("Enter")
    expect(marta.get_by_role("heading", name="One case")).to_be_visible()
    accessible(marta)
    marta.get_by_role("link", name="Open a case").click()
    marta.get_by_label("Who is it for?").fill("Hugo Marín")
    marta.keyboard.press("Enter")
    expect(marta.get_by_text("Nobody is registered with exactly this name")).to_be_visible()
    accessible(marta)
    marta.get_by_role("button", name="Register and go on").click()
    expect(marta.get_by_role("heading", level=1)).to_have_text("Open a case for Hugo Marín")
    accessible(marta)
    expect(marta.get_by_label("Small release")).to_be_checked()
    marta.get_by_label("Day").fill("40")
    marta.get_by_role("button", name="Open the case").click()
    expect(marta.locator(".govuk-error-summary")).to_be_focused()
    accessible(marta)
    marta.get_by_label("Day").fill("")
    marta.locator("summary", has_text="Which agency does what").click()
    marta.get_by_role("button", name="Open the case").click()
    expect(marta.get_by_role("heading", level=1)).to_have_text("Hugo Marín")


def test_a_date_is_recorded(marta, live, world, accessible):
    marta.goto(live + world.participant)
    accessible(marta)
    marta.get_by_role("button", name="Record the date").click()
    expect(marta.locator(".govuk-error-summary")).to_be_focused()
    accessible(marta)
    marta.set_viewport_size(PHONE)
    assert fits(marta)


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_a_case_is_read_without_scripts(marta, live, world):
    marta.goto(live + world.path)
    expect(marta.locator(".tc-diagram")).to_be_hidden()
    expect(marta.locator(".tc-steps li", has_text="Write the plan").first).to_be_visible()
    marta.locator("summary", has_text="Add a note").click()
    marta.get_by_role("textbox", name="Note").fill("Written without scripts.")
    marta.get_by_role("button", name="Add the note").click()
    expect(marta.get_by_text("Written without scripts.")).to_be_visible()


def test_on_a_phone_nothing_runs_off_the_side(marta, live, world, accessible):
    marta.set_viewport_size(PHONE)
    for path in ("/cases", "/cases/find", "/cases/open", world.path):
        marta.goto(live + path)
        expect(marta.locator("body[data-ready]")).to_be_attached()
        assert fits(marta), path
        accessible(marta)


def test_one_long_word_widens_no_page(marta, live, world):
    with_address = "https://example.org/" + "a" * 600
    marta.goto(live + world.path)
    marta.locator("summary", has_text="Add a note").click()
    marta.get_by_role("textbox", name="Note").fill(with_address)
    marta.get_by_role("button", name="Add the note").click()
    expect(marta.get_by_text(with_address).first).to_be_visible()
    assert fits(marta)
    marta.set_viewport_size(PHONE)
    assert fits(marta)
