"""Meetings in a real browser: every page with and without scripts, at a desk and on a phone."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from engine import clock
from tests import make, meet

PHONE = {"width": 375, "height": 800}
SMALLEST = {"width": 320, "height": 800}
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def world(connect):
    """A meeting that is recorded, with a correction to answer; about the same cases one that lies ahead, and one that
    has begun."""
    with connect() as db:
        over = meet.recorded(db, 2)
        nuria = make.user(db, "prison")
        minutes = meet.written(db, nuria, over)
        said = meet.ask_for_correction(db, nuria, minutes)
        ahead = meet.about(db, over.marta, over.cases)
        meet.invite(db, ahead, 2)
        with clock.at(clock.now() - timedelta(days=8)):
            begun = meet.about(db, over.marta, over.cases)
            meet.invite(db, begun, 2)
        return SimpleNamespace(
            ahead=f"/meetings/{ahead.meeting.id}",
            begun=f"/meetings/{begun.meeting.id}",
            over=f"/meetings/{over.meeting.id}",
            correction=f"/meetings/{over.meeting.id}/corrections/{said}",
            minutes=f"/meetings/{over.meeting.id}/minutes/{minutes}",
        )


def sign_in(page, live, role):
    page.goto(f"{live}/sign-in?next=/meetings")
    page.get_by_label("Email address").fill(f"{role}@catalonia.example")
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meetings")


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_page_of_a_meeting_at_both_widths(page, live, world, accessible):
    sign_in(page, live, "coordinator")
    accessible(page)
    paths = ["/meetings", "/meetings?past=yes", "/meetings/new", world.over, world.correction, world.ahead]
    paths += [f"{world.ahead}/{part}" for part in ("agenda", "record", "cases", "change")]
    paths.append(f"{world.begun}/record")
    for path in paths:
        page.set_viewport_size(DESK)
        page.goto(live + path)
        expect(page.locator("body[data-ready]")).to_be_attached()
        accessible(page)
        for size in (PHONE, SMALLEST):
            page.set_viewport_size(size)
            assert fits(page), path
        accessible(page)


def test_who_is_asked_answers_on_a_phone(page, live, world, accessible):
    page.set_viewport_size(PHONE)
    sign_in(page, live, "prison")
    page.goto(live + world.ahead)
    page.get_by_label("We come").check()
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_text("Your answer counts for the whole meeting")).to_be_visible()
    accessible(page)
    assert fits(page)
    page.goto(live + world.minutes)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    accessible(page)


def test_a_record_without_scripts(new_context, live, world, accessible):
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, live, "coordinator")
    page.goto(live + world.begun)
    page.get_by_role("link", name="Record the meeting").click()
    first = page.locator("#case-1")
    first.get_by_label("What was decided").fill("She goes to her sister.")
    page.locator("#case-2").get_by_label("Facts (optional)").fill("Typed in another case.")
    first.get_by_role("button", name="Add another decision").click()
    assert page.url.endswith("#case-1")
    expect(first.get_by_label("What was decided")).to_have_count(2)
    expect(first.get_by_label("What was decided").first).to_have_value("She goes to her sister.")
    expect(page.locator("#case-2").get_by_label("Facts (optional)")).to_have_value("Typed in another case.")
    first.get_by_role("button", name="Finish the record of this case").click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(first.get_by_label("What was decided").first).to_have_value("She goes to her sister.")


def test_what_is_wrong_is_found_from_the_summary(page, live, world, accessible):
    sign_in(page, live, "coordinator")
    page.goto(f"{live}{world.begun}/record")
    page.get_by_role("button", name="Finish the record of the whole meeting").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    accessible(page)
    page.get_by_role("link", name="Case TC-00001: Choose who tells the participant.").click()
    expect(page.locator("#case-1-tells")).to_be_focused()
    page.goto(f"{live}{world.ahead}/agenda")
    page.locator("#case-1-reason-1").fill("")
    page.get_by_role("button", name="Save the agenda").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    accessible(page)
