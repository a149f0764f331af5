"""Signing in at an agency's own service: a real one on this machine, which can also be made to lie."""

import base64
import hashlib
import secrets
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select
from werkzeug.serving import make_server

from engine import agencies
from engine.models import Agency, Entry, Provider, ProviderAccount
from tests import make

NURIA = "prison@catalonia.example"


class Service:
    """An OpenID provider whose user is always `subject`; `lies` go into its tokens instead of what is true."""

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.other_key = RSAKey.generate_key(2048, {"kid": "one"})
        self.subject, self.amr, self.lies, self.signing = "Nuria-7", [], {}, self.key
        self.codes = {}
        self.server = make_server("127.0.0.1", 0, self.site(), threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def site(self):
        app = Flask("service")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self.about)
        app.add_url_rule("/keys", view_func=lambda: jsonify(keys=[self.key.as_dict(private=False)]))
        app.add_url_rule("/authorize", view_func=self.authorize)
        app.add_url_rule("/token", view_func=self.token, methods=["POST"])
        return app

    def about(self):
        return jsonify(
            issuer=self.issuer,
            authorization_endpoint=f"{self.issuer}/authorize",
            token_endpoint=f"{self.issuer}/token",
            jwks_uri=f"{self.issuer}/keys",
            id_token_signing_alg_values_supported=["RS256"],
        )

    def authorize(self):
        code = secrets.token_urlsafe(8)
        self.codes[code] = dict(request.args)
        return redirect(f"{request.args['redirect_uri']}?code={code}&state={request.args['state']}")

    def token(self):
        asked = self.codes.pop(request.form["code"])
        proof = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        assert asked["code_challenge"] == base64.urlsafe_b64encode(proof).decode().rstrip("=")
        assert asked["code_challenge_method"] == "S256"
        assert (request.authorization.username, request.authorization.password) == ("throughcare", "s3cret")
        now = int(time.time())
        told = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": "throughcare",
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 60,
            "amr": self.amr,
            "email": "coordinator@catalonia.example",
            "email_verified": True,
            **self.lies,
        }
        id_token = jwt.encode({"alg": "RS256", "kid": "one"}, told, self.signing)
        return jsonify(access_token="a", token_type="Bearer", id_token=id_token)


@pytest.fixture(scope="module")
def running():
    service = Service()
    thread = threading.Thread(target=service.server.serve_forever)
    thread.start()
    yield service
    service.server.shutdown()
    thread.join()


@pytest.fixture
def service(running):
    running.subject, running.amr, running.lies, running.signing = "Nuria-7", [], {}, running.key
    return running


@pytest.fixture
def quim(world, connect, signed_in_as):
    with connect() as db:
        city = db.scalars(select(Agency).where(Agency.key == "catalonia-city")).one()
        agencies.add_user(
            db,
            email="admin@catalonia.example",
            name="Quim Bosc",
            password=make.PASSWORD,
            desks=[(city, "admin")],
        )
    return signed_in_as("admin")


@pytest.fixture
def prison(quim, connect, service):
    """The address of the prison's page, whose people can sign in at the service."""
    with connect() as db:
        house = db.scalars(select(Agency.id).where(Agency.key == "catalonia-prison")).one()
    path = f"/admin/catalonia/agencies/{house}/provider"
    answers = {"q-issuer": service.issuer, "q-client_id": "throughcare", "q-secret": "s3cret"}
    quim.submit(path, answers, button="Save")
    assert quim.says("Saved."), quim.text
    return path


def go(visitor, link):
    """Follow a link to the service and come back, as a browser does."""
    [href] = visitor.page.xpath(f"//main//a[.='{link}']/@href")
    there = visitor.get(href)
    assert there.status_code == 302, visitor.text
    back = urlsplit(requests.get(there.location, allow_redirects=False, timeout=10).headers["Location"])
    return visitor.get(f"{back.path}?{back.query}", follow_redirects=True)


def sign_in_there(visitor):
    visitor.get("/sign-in")
    return go(visitor, "Prison of Catalonia")


def bind(visitor):
    visitor.get("/settings")
    go(visitor, "Sign in at Prison of Catalonia from now on")
    assert visitor.says("From now on you can sign in there."), visitor.text


def test_who_has_bound_an_account_signs_in_with_it(prison, signed_in_as, app, connect):
    bind(signed_in_as("prison"))
    other = app.test_client()
    assert sign_in_there(other).request.path == "/tasks"
    assert other.says("Núria Ferrer")
    with connect() as db:
        codes = [e.codes for e in db.scalars(select(Entry).where(Entry.verb == "signed_in"))]
        assert {"way": "provider"} in codes
        assert "Nuria-7" not in str(codes)


def test_an_address_binds_nobody(prison, service, app):
    """The service says the coordinator's address and that it is verified: that makes nobody the coordinator."""
    visitor = app.test_client()
    assert sign_in_there(visitor).status_code == 403
    assert visitor.says("Your account there belongs to nobody here yet.")
    assert visitor.get("/tasks").status_code == 302


def test_the_administrator_can_say_who_somebody_is_there(prison, quim, connect, app, service):
    with connect() as db:
        oriol, provider = make.user(db, "oriol").id, db.scalar(select(Provider.id))
    path = f"/admin/catalonia/people/{oriol}/providers/{provider}"
    quim.submit(path, {"q-subject": "Oriol-1"}, button="Bind the account")
    assert quim.says("They can sign in there from now on.")
    service.subject = "oriol-1"
    assert sign_in_there(app.test_client()).status_code == 403
    service.subject = "Oriol-1"
    visitor = app.test_client()
    sign_in_there(visitor)
    assert visitor.says("Oriol Bosch")
    quim.submit(path, button="Take the binding away")
    assert sign_in_there(app.test_client()).status_code == 403


def test_one_account_there_is_one_person_here(prison, signed_in_as):
    bind(signed_in_as("prison"))
    oriol = signed_in_as("oriol")
    oriol.get("/settings")
    go(oriol, "Sign in at Prison of Catalonia from now on")
    assert oriol.says("This account belongs to another user of this site.")


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://else.example"},
        {"aud": "another"},
        {"nonce": "old"},
        {"exp": 1, "iat": 0},
        {"sub": None},
    ],
    ids=["issuer", "audience", "nonce", "expired", "nobody"],
)
def test_a_token_that_is_not_for_this_sign_in_opens_nothing(prison, service, signed_in_as, app, lie):
    bind(signed_in_as("prison"))
    service.lies = lie
    visitor = app.test_client()
    assert sign_in_there(visitor).status_code == 403
    assert visitor.says("Signing in at your agency’s own service did not work.")
    assert visitor.get("/tasks").status_code == 302


def test_a_token_signed_by_somebody_else_opens_nothing(prison, service, signed_in_as, app):
    bind(signed_in_as("prison"))
    service.signing = service.other_key
    assert sign_in_there(app.test_client()).status_code == 403


def test_an_answer_to_another_browser_opens_nothing(prison, signed_in_as, app):
    bind(signed_in_as("prison"))
    asker, thief = app.test_client(), app.test_client()
    asker.get("/sign-in")
    [href] = asker.page.xpath("//main//a[.='Prison of Catalonia']/@href")
    there = asker.get(href).location
    assert parse_qs(urlsplit(there).query)["nonce"]
    back = urlsplit(requests.get(there, allow_redirects=False, timeout=10).headers["Location"])
    assert thief.get(f"{back.path}?{back.query}").status_code == 403
    assert thief.get("/tasks").status_code == 302


def test_a_service_that_asked_for_more_than_a_password_is_the_second_step(
    prison, service, signed_in_as, app, connect
):
    nuria = signed_in_as("prison")
    bind(nuria)
    nuria.submit("/account/second-step", button="Make a list")
    code = nuria.page.xpath("//ol[contains(@class, 'tc-codes')]/li/text()")[0]
    alone = app.test_client()
    sign_in_there(alone)
    assert alone.says("A code from your printed list")
    alone.send({"code": code}, button="Go on")
    assert alone.get("/tasks").status_code == 200
    service.amr = ["pwd", "mfa"]
    assert sign_in_there(app.test_client()).request.path == "/tasks"


def test_who_has_left_the_agency_or_was_unbound_stays_out(prison, signed_in_as, app, connect):
    nuria = signed_in_as("prison")
    bind(nuria)
    with connect() as db:
        make.user(db, "prison").active = False
    assert sign_in_there(app.test_client()).status_code == 403
    with connect() as db:
        make.user(db, "prison").active = True
    nuria = signed_in_as("prison")
    nuria.submit("/settings", button="Stop signing in at Prison of Catalonia")
    assert sign_in_there(app.test_client()).status_code == 403
    with connect() as db:
        assert db.scalars(select(ProviderAccount)).all() == []


def test_the_secret_is_sealed_kept_and_never_shown(prison, quim, connect, service):
    with connect() as db:
        assert b"s3cret" not in db.scalars(select(Provider.secret)).one()
    quim.get(prison)
    assert "s3cret" not in quim.text
    quim.submit(prison, {"q-client_id": "throughcare"}, button="Save")
    assert quim.says("Saved.")
    answers = {"q-issuer": "http://inside.example", "q-client_id": ""}
    assert quim.submit(prison, answers, button="Save").status_code == 422
    quim.submit(prison, button="Remove the service")
    with connect() as db:
        assert db.scalar(select(Provider)) is None


def test_a_service_that_does_not_answer_is_said_and_the_password_works_on(prison, quim, connect, app):
    with connect() as db:
        db.scalars(select(Provider)).one().issuer = "http://127.0.0.1:9"
    visitor = app.test_client()
    visitor.get("/sign-in")
    [href] = visitor.page.xpath("//main//a[.='Prison of Catalonia']/@href")
    assert visitor.get(href).status_code == 403
    assert visitor.says("Try again, or tell whoever looks after Throughcare there.")
    assert visitor.submit("/sign-in", {"email": NURIA, "password": make.PASSWORD}, button="Sign in")
