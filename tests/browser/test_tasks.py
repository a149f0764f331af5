"""A user's day in a real browser: with and without scripts, at a desk and on a phone."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests import make


@pytest.fixture
def world(connect):
    with connect() as db:
        make.local_action(db)
        case = make.case(db)
        return SimpleNamespace(task=make.task(db, case, "announce").id)


@pytest.fixture
def nuria(page, live, world):
    """Her browser, signed in, on her list of tasks."""
    page.goto(live)
    page.get_by_label("Email address").fill("prison@catalonia.example")
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My tasks")
    return page


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def fill_in(page):
    release = page.get_by_role("group", name="When is the release?")
    for part, value in (("Day", "1"), ("Month", "9"), ("Year", "2028")):
        release.get_by_label(part).fill(value)
    page.get_by_label("Estimated").check()
    page.get_by_label("Given").check()


def test_a_task_is_found_done_and_looked_at_again(nuria, accessible):
    accessible(nuria)
    nuria.get_by_role("link", name="One task that you could do has nobody yet.").click()
    accessible(nuria)
    nuria.get_by_role("link", name="Announce the release").click()
    accessible(nuria)
    fill_in(nuria)
    nuria.get_by_role("button", name="Complete").click()
    expect(nuria.get_by_role("heading", level=1)).to_have_text("Done: Announce the release")
    accessible(nuria)
    nuria.get_by_role("link", name="Look at what you entered").click()
    accessible(nuria)
    nuria.get_by_role("link", name="Correct this").click()
    accessible(nuria)


def test_the_keyboard_lands_on_what_is_wrong(nuria, live, world, accessible):
    nuria.goto(f"{live}/tasks/{world.task}")
    nuria.get_by_role("button", name="Complete").click()
    expect(nuria.locator(".govuk-error-summary")).to_be_focused()
    accessible(nuria)
    nuria.get_by_role("link", name="Enter the release date").click()
    expect(nuria.get_by_role("group", name="When is the release?").get_by_label("Day")).to_be_focused()


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_everything_works_without_scripts(nuria, live, world):
    nuria.goto(f"{live}/tasks/{world.task}")
    fill_in(nuria)
    nuria.get_by_role("button", name="Save draft").click()
    expect(nuria.get_by_text("Draft saved.")).to_be_visible()
    nuria.get_by_role("button", name="Complete").click()
    expect(nuria.get_by_role("heading", level=1)).to_have_text("Done: Announce the release")
    nuria.get_by_role("button", name="Sign out").click()
    expect(nuria.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.browser_context_args(viewport={"width": 375, "height": 800})
def test_nothing_sticks_out_on_a_phone(nuria, live, world, accessible):
    for address in (
        "/tasks?whose=team",
        f"/tasks/{world.task}",
        f"/tasks/{world.task}/already-done",
        "/notices",
    ):
        nuria.goto(live + address)
        assert fits(nuria), address
        accessible(nuria)


def test_the_browser_keeps_nothing_of_it(nuria, live, world):
    nuria.goto(f"{live}/tasks/{world.task}")
    assert nuria.evaluate("localStorage.length + sessionStorage.length") == 0
    assert nuria.evaluate(
        "navigator.serviceWorker === undefined || navigator.serviceWorker.controller === null"
    )
