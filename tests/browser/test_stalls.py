"""Where cases wait in a real browser: at a desk, on a phone, on the diagram and on paper."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from engine import clock
from engine.models import Wait
from tests import make

PHONE = {"width": 320, "height": 800}


@pytest.fixture
def marta(page, live, connect):
    """The coordinator, signed in, with a case that waits too long and has an unusually long name."""
    with connect() as db:
        make.local_action(db)
        for n, name in enumerate(("Amira Benali", "Maximiliana" * 7)):
            case = make.case(db, name=name, number=f"N-{n}")
            make.complete(db, case, "announce", by="prison", answers=make.announcement())
        for wait in db.scalars(select(Wait).where(Wait.case_id == case.id, Wait.kind == "task")):
            wait.until = wait.late_at = clock.now() - timedelta(days=9)
    page.goto(f"{live}/sign-in?next=/waiting")
    page.get_by_label("Email address").fill("coordinator@catalonia.example")
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where cases wait")
    return page


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_list_at_a_desk_and_on_a_phone(marta, accessible):
    accessible(marta)
    marta.locator(".tc-acts summary").first.click()
    marta.locator(".tc-filter summary").click()
    accessible(marta)
    marta.set_viewport_size(PHONE)
    accessible(marta)
    assert fits(marta)


def test_the_diagram_leads_to_the_cases_of_a_step(marta, accessible):
    marta.get_by_role("link", name="The same on the diagram").click()
    expect(marta.locator("body[data-ready]")).to_be_attached()
    accessible(marta)
    marta.get_by_role("link", name="2 cases").first.click()
    expect(marta.get_by_role("heading", level=1)).to_have_text("Where cases wait")
    marta.go_back()
    marta.set_viewport_size(PHONE)
    assert fits(marta)


def test_paper_shows_the_rows_and_no_buttons(marta):
    marta.emulate_media(media="print")
    expect(marta.get_by_role("link", name="Amira Benali")).to_be_visible()
    expect(marta.get_by_text("As of")).to_be_visible()
    expect(marta.locator(".tc-acts").first).to_be_hidden()
    expect(marta.get_by_text("Show only some of them")).to_be_hidden()
