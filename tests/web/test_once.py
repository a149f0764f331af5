"""Every form once, and nothing that was typed is lost."""

import re

import pytest
from sqlalchemy import func, select

from engine.models import Answer, Draft, Entry
from tests import make

HERE = {"Sec-Fetch-Site": "same-origin"}
WISH = "To live near her sister."


@pytest.fixture
def nuria(signed_in_as):
    return signed_in_as("prison")


def filled(nuria, world, **more):
    """What a browser would send from the task's page, well filled in."""
    nuria.get(f"/tasks/{world.task}")
    form = next(one for one in nuria.page.forms if one.get("id") == "the-form")
    fields = dict(form.form_values())
    for key, value in make.announcement(wishes=WISH).items():
        if isinstance(value, dict):
            fields.update({f"q-{key}-{part}": typed for part, typed in value.items()})
        else:
            fields[f"q-{key}"] = value
    return {**fields, **more}


def test_a_form_sent_twice_counts_once_and_leads_to_the_same_page(nuria, world, connect):
    fields = filled(nuria, world)
    first = nuria.post(f"/tasks/{world.task}", data=fields)
    second = nuria.post(f"/tasks/{world.task}", data=fields)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location == f"/tasks/{world.task}/done"
    with connect() as db:
        assert db.scalar(select(func.count()).select_from(Answer)) == 1
        assert db.scalar(select(func.count()).where(Entry.verb == "completed")) == 1


def test_the_same_form_with_other_answers_is_refused_and_the_answers_are_shown(nuria, world, connect):
    fields = filled(nuria, world)
    nuria.post(f"/tasks/{world.task}", data=fields)
    answer = nuria.post(f"/tasks/{world.task}", data={**fields, "q-wishes": "Something else"}, headers=HERE)
    assert answer.status_code == 409
    assert nuria.says("already sent with other answers")
    assert nuria.says("Something else")


def test_a_form_with_a_mistake_can_be_sent_again_once_it_is_right(nuria, world):
    fields = filled(nuria, world)
    answer = nuria.post(f"/tasks/{world.task}", data={**fields, "q-how_sure": ""})
    assert answer.status_code == 422
    assert nuria.post(f"/tasks/{world.task}", data=fields).status_code == 303


def test_a_form_belongs_to_whom_it_was_shown(nuria, signed_in_as, world):
    key = filled(nuria, world)["once"]
    oriol = signed_in_as("oriol")
    answer = oriol.post(f"/tasks/{world.task}", data=filled(oriol, world, once=key))
    assert answer.status_code == 409
    assert oriol.says("opened by somebody else")


def test_what_was_typed_outlives_the_session(nuria, world, connect):
    fields = filled(nuria, world)
    nuria.delete_cookie("session")
    answer = nuria.post(f"/tasks/{world.task}", data=fields, headers=HERE)
    assert answer.status_code == 401
    assert nuria.says("You were signed out")
    # A slip at the password loses nothing either.
    nuria.send({"email": "prison@catalonia.example", "password": "wrong"}, button="Sign in")
    nuria.send({"email": "prison@catalonia.example", "password": make.PASSWORD}, button="Sign in")
    assert nuria.says(WISH)
    answer = nuria.send(button="Send it now")
    assert answer.request.path == f"/tasks/{world.task}/done"
    with connect() as db:
        assert db.scalar(select(func.count()).select_from(Answer)) == 1


def test_what_one_person_typed_is_not_shown_to_the_next(nuria, world):
    fields = filled(nuria, world)
    nuria.delete_cookie("session")
    nuria.post(f"/tasks/{world.task}", data=fields, headers=HERE)
    answer = nuria.send({"email": "oriol@catalonia.example", "password": make.PASSWORD}, button="Sign in")
    assert answer.request.path == "/tasks"
    assert WISH not in nuria.text


def test_what_another_site_made_a_browser_send_is_not_kept(nuria, world):
    fields = filled(nuria, world)
    nuria.delete_cookie("session")
    answer = nuria.post(f"/tasks/{world.task}", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 401
    assert not re.search(r'name="kept"', answer.text)


def test_a_token_that_is_no_longer_good_loses_nothing(nuria, world):
    fields = filled(nuria, world, csrf_token="old")
    answer = nuria.post(f"/tasks/{world.task}", data=fields, headers=HERE)
    assert answer.status_code == 400
    assert nuria.says(WISH)
    assert nuria.send(button="Send it now").request.path == f"/tasks/{world.task}/done"


def test_sending_a_draft_twice_keeps_one(nuria, world, connect):
    fields = filled(nuria, world)
    for _ in range(2):
        assert nuria.post(f"/tasks/{world.task}/draft", data=fields).status_code == 303
    with connect() as db:
        assert db.scalar(select(func.count()).select_from(Draft)) == 1
        assert db.scalar(select(func.count()).where(Entry.verb == "saved_draft")) == 1
