"""Handing over, one's participants and one's settings in a real browser, at a desk and on a phone."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from engine import agencies, cases
from tests import make

NARROW = {"width": 320, "height": 800}


@pytest.fixture
def world(connect):
    """Núria has taken on the first step; a colleague with a very long name could take over."""
    with connect() as db:
        make.local_action(db)
        nuria = make.user(db, "prison")
        agencies.add_user(
            db,
            email="oriol@catalonia.example",
            name="Oriol " + "Bartomeu-Casademont" * 3,
            password=None,
            desks=[(nuria.memberships[0].agency, "prison")],
        )
        case = make.case(db, name="Amira " + "Benali" * 8)
        cases.claim_task(db, nuria, make.task(db, case, "announce").id)
        return SimpleNamespace(case=case.id)


@pytest.fixture
def nuria(page, live, world):
    page.goto(live)
    page.get_by_label("Email address").fill("prison@catalonia.example")
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [{"width": 1280, "height": 900}, NARROW], ids=["desk", "phone"])
def test_every_page_is_accessible_and_fits(nuria, live, world, accessible, size):
    nuria.set_viewport_size(size)
    for address in ("/participants", "/settings", "/hand-over", f"/hand-over/{world.case}"):
        nuria.goto(live + address)
        accessible(nuria)
        assert fits(nuria), address
    nuria.goto(live + "/settings")
    nuria.get_by_role("button", name="Make an address").click()
    expect(nuria.get_by_label("Address of your calendar")).to_be_visible()
    accessible(nuria)
    assert fits(nuria)


def test_a_case_is_handed_over_from_its_page(nuria, live, world, accessible):
    nuria.goto(f"{live}/cases/{world.case}")
    nuria.get_by_role("link", name="Hand over to a colleague").click()
    nuria.get_by_role("button", name="Hand over").click()
    expect(nuria.locator(".govuk-error-summary")).to_be_focused()
    accessible(nuria)
    nuria.get_by_label("Oriol").check()
    nuria.get_by_label("Leaving the agency").check()
    nuria.get_by_label("What has been promised").fill("A call to the sister")
    nuria.get_by_role("group", name="Have you introduced").get_by_label("No").check()
    nuria.get_by_role("button", name="Hand over").click()
    expect(nuria.get_by_text("has been told.")).to_be_visible()
    nuria.goto(f"{live}/cases/{world.case}")
    expect(nuria.get_by_text("A call to the sister")).to_be_visible()
    accessible(nuria)
