"""Signing in, in a real browser: passkeys on a device that Chromium plays, and the pages around the second step."""

import re
import threading
from dataclasses import replace

import pyotp
import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from werkzeug.serving import make_server

from engine import clock
from engine.models import Passkey
from tests import make
from tests.web.conftest import world  # noqa: F401 (a fixture)

NURIA = "prison@catalonia.example"


@pytest.fixture
def named(app, world):  # noqa: F811
    """The running site under a name: browsers keep no passkey for a bare number."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    address = f"http://localhost:{server.server_port}"
    app.settings = replace(app.settings, public_url=address)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield address
    server.shutdown()
    thread.join()


def device(page):
    """A device with a fingerprint reader, whose owner is there."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": kind})
    return session, made["authenticatorId"]


def give_password(page, address):
    page.goto(f"{address}/sign-in")
    page.get_by_label("Email address").fill(NURIA)
    page.get_by_role("textbox", name="Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_is_added_used_beside_the_password_and_in_its_place(named, new_context, accessible):
    page = new_context().new_page()
    session, key = device(page)
    give_password(page, named)
    page.goto(f"{named}/account/second-step")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    accessible(page)

    page.get_by_role("button", name="Sign out").click()
    accessible(page)
    expect(page.get_by_text("The browser gave no passkey.")).to_be_hidden()
    expect(page.get_by_text("Passkeys need JavaScript")).to_be_hidden()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile("/tasks"))

    page.get_by_role("button", name="Sign out").click()
    give_password(page, named)
    expect(page.get_by_role("heading", name="The second step")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page).to_have_url(re.compile("/tasks"))

    # A finger that the device does not know.
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("The browser gave no passkey.")).to_be_visible()
    expect(page).to_have_url(re.compile("/sign-in"))


def test_an_answer_that_was_used_opens_nothing_again(named, new_context, connect):
    page = new_context().new_page()
    device(page)
    give_password(page, named)
    page.goto(f"{named}/account/second-step")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    sent = []
    page.on("request", lambda one: sent.append(one) if one.url.endswith("/sign-in/passkey") else None)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile("/tasks"))
    fields = dict(re.findall(r"(\w+)=([^&]*)", sent[0].post_data))
    with connect() as db:
        # Passkeys that several devices share count nothing: only that each question is answered once helps.
        db.scalars(select(Passkey)).one().sign_count = 0

    thief = new_context().new_page()
    thief.goto(f"{named}/sign-in")
    form = thief.locator("form[data-passkey]")
    for name in ("asked", "answer"):
        form.locator(f"[name={name}]").evaluate(
            "(one, value) => { one.value = decodeURIComponent(value.replaceAll('+', ' ')) }", fields[name]
        )
    form.evaluate("one => one.submit()")
    expect(thief.get_by_role("link", name="The passkey could not be used. Try again.")).to_be_visible()


def test_without_scripts_the_page_says_so_and_the_other_ways_work(named, new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{named}/sign-in")
    expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    give_password(page, named)
    expect(page).to_have_url(re.compile("/tasks"))


def test_an_app_and_printed_codes(named, new_context, accessible):
    page = new_context().new_page()
    page.set_viewport_size({"width": 320, "height": 700})
    give_password(page, named)
    page.goto(f"{named}/account/second-step")
    accessible(page)
    page.get_by_role("button", name="Set up an app").click()
    expect(page.get_by_role("img", name="The same as the letters")).to_be_visible()
    accessible(page)
    fits(page)
    secret = page.locator(".tc-secret").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(pyotp.TOTP(secret).at(clock.now()))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("The app is set up.")).to_be_visible()
    page.get_by_role("button", name="Make a list").click()
    expect(page.locator(".tc-codes li")).to_have_count(20)
    accessible(page)
    fits(page)
    code = page.locator(".tc-codes li").first.inner_text()
    page.goto(f"{named}/settings")
    accessible(page)
    fits(page)
    page.get_by_role("button", name="Sign out", exact=True).click()
    give_password(page, named)
    accessible(page)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(re.compile("/tasks"))
    page.goto(f"{named}/account/confirm")
    accessible(page)
    fits(page)


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
