"""What holds for every page: who may come in, what is sent along, one commit, one page for each kind of no."""

import logging
import re

import pytest
from flask import g
from flask.testing import FlaskClient

from engine import agencies, errors
from engine import store as engine_store
from tests import make
from web import PUBLIC, create_app

EXAMPLE = {
    "uuid": "00000000-0000-4000-8000-000000000001",
    "string": "x",
    "default": "x",
    "path": "x",
    "int": "1",
}


def addresses(app, method):
    """(endpoint, address) of every page that takes `method`, with made-up values in the address."""
    for rule in app.url_map.iter_rules():
        if method in rule.methods:
            values = {name: EXAMPLE.get(_converter(rule, name), "x") for name in rule.arguments}
            yield rule.endpoint, app.url_map.bind("localhost").build(rule.endpoint, values, method=method)


def unchecked(visitor, address):
    """The answer as it is: a visitor would fail the test at every 500."""
    return FlaskClient.open(visitor, address)


def _converter(rule, name):
    found = re.search(rf"<(?:(\w+)(?:\(.*?\))?:)?{name}>", rule.rule)
    return (found and found[1]) or "default"


def test_every_page_asks_who_is_there_unless_it_is_listed(app, client):
    assert {
        "static",
        "auth.sign_in",
        "auth.second_step",
        "auth.take_second_step",
        "auth.use_passkey",
        "providers.begin",
        "providers.back",
        "auth.health",
        "settings.calendar",
    } == PUBLIC
    for endpoint, address in addresses(app, "GET"):
        answer = client.get(address)
        if endpoint in PUBLIC:
            assert answer.status_code in (200, 404), endpoint
        else:
            assert answer.status_code == 302, endpoint
            assert answer.location.startswith("/sign-in"), endpoint
    for endpoint, address in addresses(app, "POST"):
        if endpoint not in PUBLIC:
            assert client.post(address).status_code == 401, endpoint


def test_nothing_is_changed_without_the_page_s_own_token(app, signed_in_as):
    sara = signed_in_as("prison")
    for endpoint, address in addresses(app, "POST"):
        assert sara.post(address).status_code == 400, endpoint


def test_a_page_that_changes_something_is_never_a_get(app):
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods and "GET" in rule.methods:
            # A search is sent so that no name stands in an address.
            assert rule.endpoint in ("auth.sign_in", "cases.find", "admin.people"), rule


def test_every_answer_carries_the_protections(app, signed_in_as):
    visitor = signed_in_as("prison")
    for address in ("/tasks", "/nowhere", "/sign-in", "/health", "/static/nothing.css"):
        headers = visitor.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        if not address.startswith("/static"):
            assert headers["Cache-Control"] == "no-store"


def test_what_everybody_may_keep_carries_nobody_s_cookie(app, signed_in_as):
    visitor = signed_in_as("prison")
    answer = visitor.get("/static/dist/manifest.json")
    assert "Set-Cookie" not in answer.headers
    assert (
        answer.status_code == 404 or answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    )
    assert "Set-Cookie" in visitor.get("/tasks").headers


def test_scripts_of_the_page_carry_the_nonce_of_the_policy(client):
    first, second = client.get("/sign-in"), client.get("/sign-in")
    nonces = [
        re.search(r"'nonce-([^']+)'", one.headers["Content-Security-Policy"])[1] for one in (first, second)
    ]
    assert nonces[0] != nonces[1]
    assert f'nonce="{nonces[1]}"' in second.text


def test_outside_this_machine_cookies_need_https(config, store):
    safe = create_app(
        type(config)(**{**vars(config), "plain_http": False, "public_url": "https://x.example"}), store
    )
    answer = safe.test_client().get("/sign-in", base_url="https://x.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert all(flag in cookie for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "max-age=" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("We cannot find that case."), 404),
        (errors.Refused("Your role does not do this."), 403),
        (errors.Conflict("{who} was quicker.", {"who": "Anna"}), 409),
        (errors.Invalid([errors.FieldProblem("", "Choose one.")]), 422),
        (errors.Unavailable("The mail server does not answer."), 503),
    ],
)
def test_each_no_of_the_engine_has_one_page(app, signed_in_as, error, status):
    def refuse():
        raise error

    app.view_functions["notices.mine"] = refuse
    answer = unchecked(signed_in_as("prison"), "/notices")
    assert answer.status_code == status
    assert ("Choose one." if status == 422 else str(error)) in answer.text


def test_a_fault_tells_the_visitor_nothing_and_the_log_only_where_it_was(app, signed_in_as, caplog):
    def fail():
        raise RuntimeError("the secret of Amira Benali")

    app.view_functions["notices.mine"] = fail
    visitor = signed_in_as("prison")
    with caplog.at_level(logging.ERROR):
        answer = unchecked(visitor, "/notices")
    assert answer.status_code == 500
    assert "Amira" not in answer.text
    assert "Something went wrong" in answer.text
    assert "RuntimeError" in caplog.text
    assert "test_app.py" in caplog.text
    assert "Amira" not in caplog.text


def test_what_a_failed_view_did_is_undone(app, signed_in_as):
    def half():
        g.user.name = "Somebody Else"
        g.db.flush()
        raise errors.Refused("Not today.")

    app.view_functions["notices.read_all"] = half
    visitor = signed_in_as("prison")
    visitor.get("/notices")
    token = visitor.page.xpath("//input[@name='csrf_token']/@value")[0]
    assert visitor.post("/notices/read", data={"csrf_token": token}).status_code == 403
    assert visitor.says("Núria Ferrer")


def test_an_answer_that_is_an_error_is_not_committed_either(app, signed_in_as):
    def half():
        g.user.name = "Somebody Else"
        return "no\n", 422, {"Content-Type": "text/plain"}

    app.view_functions["notices.read_all"] = half
    visitor = signed_in_as("prison")
    visitor.get("/notices")
    token = visitor.page.xpath("//input[@name='csrf_token']/@value")[0]
    visitor.post("/notices/read", data={"csrf_token": token})
    visitor.get("/notices")
    assert visitor.says("Núria Ferrer")


def test_a_look_only_opens_a_session_that_only_reads(app, signed_in_as):
    asked = []
    opened = engine_store.Store.session

    def remember(self, *, write):
        asked.append(write)
        return opened(self, write=write)

    visitor = signed_in_as("prison")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_store.Store, "session", remember)
        visitor.get("/tasks")
        assert asked == [False]


def test_pages_work_before_style_sheets_are_built(config, store, monkeypatch, tmp_path):
    monkeypatch.setattr("flask.Flask.static_folder", str(tmp_path), raising=False)
    plain = create_app(config, store)
    answer = plain.test_client().get("/sign-in")
    assert answer.status_code == 200
    assert "stylesheet" not in answer.text


def test_no_page_breaks_for_who_may_not_use_it(app, signed_in_as):
    """Whoever follows an address that a colleague sent reads why it is not for them."""
    plain = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and not rule.arguments and rule.endpoint not in ("static", "auth.sign_in")
    ]
    for role in ("housing", "mentor", "police", "coordinator"):
        visitor = signed_in_as(role)
        for address in plain:
            assert visitor.get(address).status_code in (200, 302, 303, 403, 404), (role, address)


def test_who_sees_no_case_begins_with_what_they_are_here_for(connect, signed_in_as):
    with connect() as db:
        city = make.user(db, "coordinator").memberships[0].agency
        for role in ("admin", "steering"):
            agencies.add_user(
                db, email=f"{role}@catalonia.example", name=role, password=make.PASSWORD, desks=[(city, role)]
            )
    for role, place in (("admin", "/admin"), ("steering", "/waiting/figures"), ("housing", "/tasks")):
        visitor = signed_in_as(role)
        assert visitor.get("/").location.startswith(place)
        visitor.get(place, follow_redirects=True)
        assert visitor.says("My tasks") == (role == "housing")
