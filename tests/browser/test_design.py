"""The page that shows what pages are made of, in a real browser."""

from playwright.sync_api import expect

from tests import make, stuck


def test_the_parts_are_shown_at_a_desk_and_on_a_phone(page, live, connect, accessible):
    with connect() as db:
        make.local_action(db)
        stuck.editor(db)
    page.goto(f"{live}/sign-in?next=/design")
    page.get_by_label("Email address").fill("editor@catalonia.example")
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How pages are made")
    accessible(page)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
