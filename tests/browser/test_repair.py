"""The page of a case that needs repair in a real browser, at a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from tests import make, stuck

PHONE = {"width": 320, "height": 800}


@pytest.fixture
def path(connect, tmp_path):
    with connect() as db:
        make.local_action(db)
        stuck.editor(db)
        return f"/cases/{stuck.case(db, tmp_path / 'pathways').id}/repair"


@pytest.fixture
def marta(page, live, path):
    page.goto(f"{live}/sign-in?next={path}")
    page.get_by_label("Email address").fill("coordinator@catalonia.example")
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This case needs repair")
    return page


def test_a_case_is_repaired(marta, accessible):
    accessible(marta)
    marta.get_by_role("button", name="Go on this way").click()
    expect(marta.locator(".govuk-error-summary")).to_be_focused()
    accessible(marta)
    marta.get_by_role("button", name="Tell the editor").click()
    expect(marta.get_by_text("Told on")).to_be_visible()
    accessible(marta)
    marta.get_by_role("radio", name="no: to “Leave a card”").check()
    marta.get_by_label("Why do you decide this by hand?").fill("She told me so.")
    marta.get_by_role("button", name="Go on this way").click()
    expect(marta.get_by_text("The case goes on.")).to_be_visible()


def test_on_a_phone_nothing_has_to_be_scrolled_sideways(marta, path):
    marta.set_viewport_size(PHONE)
    assert marta.evaluate("document.documentElement.scrollWidth <= innerWidth")
