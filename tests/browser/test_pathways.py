"""The editor's job in a real browser, with and without scripts, at a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from tests import make, routed

PHONE = {"width": 375, "height": 800}
STEP = "/pathways/small_release/diagrams/small_release/steps/announce"


@pytest.fixture
def world(connect):
    with connect() as db:
        make.local_action(db)
        make.editors(db)


def signed_in(page, live, who):
    page.goto(f"{live}/sign-in?next=/pathways")
    page.get_by_label("Email address").fill(f"{who}@catalonia.example")
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pathways")
    return page


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_deadline_is_changed_and_published_by_another(page, live, world, accessible):
    signed_in(page, live, "editor")
    accessible(page)
    page.get_by_role("link", name="Small release").click()
    accessible(page)
    page.goto(f"{live}{STEP}")
    accessible(page)
    page.get_by_label("How many", exact=True).fill("many")
    page.get_by_role("button", name="Keep this in the change").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    accessible(page)
    page.get_by_label("How many", exact=True).fill("9")
    page.get_by_role("button", name="Keep this in the change").click()
    expect(page.get_by_text("is due 9 working days after")).to_be_visible()
    accessible(page)
    page.set_viewport_size(PHONE)
    assert fits(page)
    page.get_by_role("button", name="Hand in for publishing").click()
    accessible(page)
    page.context.clear_cookies()
    signed_in(page, live, "editor2")
    assert fits(page)
    page.goto(f"{live}/pathways/small_release/change")
    page.get_by_role("button", name="Publish for new cases").click()
    expect(page.get_by_text("Version 2, the current one")).to_be_visible()
    accessible(page)
    for path in ("versions/1", "forms/announcement"):
        page.goto(f"{live}/pathways/small_release/{path}")
        accessible(page)
        assert fits(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_translation_is_taken_over_with_the_keyboard(browser, live, world, scripts, accessible):
    page = browser.new_context(java_script_enabled=scripts).new_page()
    signed_in(page, live, "editor")
    foreign = (make.SMALL / "workflows/small_release.bpmn").read_text()
    foreign = foreign.replace('agreement = "given"', "${agreement == 'given'}").replace(
        "found = true", "= found"
    )
    page.goto(f"{live}/pathways/small_release")
    file = {"name": "other.bpmn", "mimeType": "application/xml", "buffer": foreign.encode()}
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("button", name="Write all 2 as shown")).to_be_visible()
    if scripts:
        accessible(page)
    page.get_by_role("button", name="Write it so").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Written in FEEL")).to_be_visible()
    page.set_viewport_size(PHONE)
    if scripts:
        assert fits(page)
        accessible(page)
    page.get_by_role("button", name="Write it so").click()
    expect(page.get_by_text("Write all")).to_have_count(0)
    expect(page.get_by_text("is written for another system")).to_have_count(0)
    page.context.close()


def test_a_decision_table_is_read_at_a_desk_and_on_a_phone(page, live, world, connect, accessible, tmp_path):
    with connect() as db:
        make.publish(db, routed.folder(tmp_path))
    signed_in(page, live, "editor")
    page.goto(f"{live}/pathways/small_notice")
    page.get_by_role("link", name="Decision tables").click()
    expect(page.get_by_role("table", name="Rules of “Notice period”")).to_be_visible()
    accessible(page)
    page.set_viewport_size({"width": 320, "height": 800})
    assert fits(page)
    accessible(page)
