"""The administrator's pages and the import in a real browser, at a desk and on a phone."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from engine import accounts, agencies, clock
from engine.accounts import providers
from engine.models import Agency
from tests import make

PHONE = {"width": 375, "height": 800}
PAGES = [
    "agencies",
    "agencies/new",
    "people",
    "people/new",
    "roles",
    "calendar",
    "calendar/place",
    "settings",
    "settings/housing_apply_weeks",
]


@pytest.fixture
def sign_in(page, live, connect):
    with connect() as db:
        make.local_action(db)
        make.prepared_case(db)
        city = db.scalars(select(Agency).where(Agency.key == "catalonia-city")).one()
        quim = agencies.add_user(
            db, email="admin@catalonia.example", name="Quim Bosc", password=None, desks=[(city, "admin")]
        )
        quim.password = make.hashed()

    def signed_in(who, to):
        page.goto(f"{live}/sign-in?next={to}")
        page.get_by_label("Email address").fill(f"{who}@catalonia.example")
        page.get_by_label("Password", exact=True).fill(make.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator(".tc-header__who")).to_be_visible()
        return page

    return signed_in


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def of_sign_in(sign_in, config, connect):
    """The pages about an agency's own sign-in service, and about somebody who signs in there."""
    with connect() as db:
        pau = make.user(db, "housing")
        city = pau.memberships[0].agency_id
        about = {"issuer": "https://login.example", "client_id": "throughcare", "secret": "s"}
        found = providers.keep(db, city, **about, plain_http=False)
        providers.bind(db, pau, found, "7")
        accounts.begin_sign_in(db, pau, config, device="Firefox, Linux")
        people = f"/admin/catalonia/people/{pau.id}"
        return [
            f"/admin/catalonia/agencies/{city}",
            f"/admin/catalonia/agencies/{city}/provider",
            people,
            f"{people}/providers/{found.id}",
            "/settings",
            "/account/second-step",
        ]


def test_every_page_of_an_administrator(sign_in, of_sign_in, live, accessible):
    page = sign_in("admin", "/admin")
    for path in PAGES:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{live}/admin/catalonia/{path}")
        accessible(page)
        page.set_viewport_size(PHONE)
        accessible(page)
        assert fits(page), path
    for path in of_sign_in:
        page.goto(f"{live}{path}")
        accessible(page)
        assert fits(page), path
    page.goto(f"{live}/account/password")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    accessible(page)
    page.context.clear_cookies()
    page.goto(f"{live}/sign-in")
    expect(page.get_by_role("link", name="City of Catalonia")).to_be_visible()
    accessible(page)


def test_a_person_is_added_looked_at_and_stopped(sign_in, live, accessible):
    page = sign_in("admin", "/admin/catalonia/people/new")
    page.get_by_role("button", name="Add the person").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    accessible(page)
    page.get_by_label("Name", exact=True).fill("Pep Mas")
    page.get_by_label("Email address").fill("pep@nova.example")
    page.get_by_label("City of Catalonia").check()
    page.get_by_label("Role").select_option("housing")
    page.get_by_role("button", name="Add the person").click()
    expect(page.get_by_text("This is shown once.")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Go on to Pep Mas").click()
    accessible(page)
    page.set_viewport_size(PHONE)
    accessible(page)
    assert fits(page)
    page.get_by_role("link", name="Stop this person from signing in").click()
    accessible(page)
    assert fits(page)
    page.get_by_role("button", name="Stop them from signing in").click()
    expect(page.get_by_text("They cannot sign in any more.")).to_be_visible()


def test_a_list_of_dates_is_sent_and_taken(sign_in, accessible):
    page = sign_in("prison", "/imports/new")
    accessible(page)
    page.get_by_role("button", name="Show what it would do").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    accessible(page)
    day = clock.today("Europe/Madrid") + timedelta(weeks=20)
    text = f"N-1;{day};confirmed;the court\nN-9;{day};confirmed;the court\n"
    page.get_by_label("File").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Show what it would do").click()
    expect(page.get_by_text("Nobody whom you registered has this number")).to_be_visible()
    accessible(page)
    page.set_viewport_size(PHONE)
    accessible(page)
    assert fits(page)
    page.get_by_label("Take the right lines only").check()
    page.get_by_role("button", name="Record the dates").click()
    expect(page.get_by_text("1 date is recorded.")).to_be_visible()
    accessible(page)
    assert fits(page)
