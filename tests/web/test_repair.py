"""The page of a case that needs repair: read, tried again, decided by hand, told to the editor."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from engine import notices
from engine.models import Case, Notice
from tests import make, stuck


@pytest.fixture
def world(connect, tmp_path):
    with connect() as db:
        make.local_action(db)
        case = stuck.case(db, tmp_path / "pathways")
        stuck.editor(db)
        return SimpleNamespace(id=case.id, path=f"/cases/{case.id}/repair", number=case.number)


@pytest.fixture
def marta(signed_in_as):
    return signed_in_as("coordinator")


def status(connect, world):
    with connect() as db:
        return db.get(Case, world.id).status


def test_the_case_leads_to_its_repair_and_that_says_what_happened(marta, world):
    marta.get(f"/cases/{world.id}")
    (link,) = marta.page.xpath("//a[normalize-space()='What happened, and what can be done']")
    marta.get(link.get("href"))
    assert marta.says(
        "The case could not go on at “Does the participant agree?” in the pathway “Small release”."
    )
    assert marta.says("Announce the release")
    assert marta.says("Given")
    assert marta.says("Day of release Not known yet")
    assert marta.says("yes: to “Write the plan”, “Find housing”")
    assert marta.says("no: to “Leave a card”")


def test_it_is_decided_by_hand(marta, world, connect):
    marta.get(world.path)
    marta.send({"q-flow": "agreed", "q-reason": "The form asks too much."}, button="Go on this way")
    assert marta.says("The case goes on.")
    assert marta.says("Write the plan")
    assert status(connect, world) == "open"


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(marta, world, connect):
    marta.get(world.path)
    answer = marta.send({"q-reason": "The form asks too much."}, button="Go on this way")
    assert answer.status_code == 422
    assert marta.says("Choose how the case goes on")
    assert marta.says("The form asks too much.")
    assert status(connect, world) == "stuck"


def test_it_is_tried_again_in_vain(marta, world):
    marta.get(world.path)
    marta.send(button="Try again")
    assert marta.says("needs repair again or still")
    assert marta.says("What can be done")


def test_the_editor_is_told_once_and_reads_nothing_of_the_case(marta, signed_in_as, world, connect):
    marta.get(world.path)
    marta.send(button="Tell the editor")
    assert marta.says("Whoever edits the pathway has been told where it stopped")
    assert marta.says("Told on ")
    assert not marta.page.xpath("//button[normalize-space()='Tell the editor']")
    rosa = signed_in_as("editor")
    rosa.get("/notices")
    assert rosa.says("Small release, version 2, at “Does the participant agree?”")
    assert world.number not in rosa.text
    assert rosa.get(world.path).status_code == 404
    rosa.get("/notices")
    rosa.send(button="Mark as read")
    with connect() as db:
        assert db.scalars(select(Notice).where(Notice.kind == "editor_told")).one().read_at


def test_who_cannot_repair_it_reads_that_somebody_can(signed_in_as, world):
    nuria = signed_in_as("prison")
    nuria.get(world.path)
    assert nuria.says("The coordinator has been told and can put it right.")
    assert not nuria.says("What can be done")
    assert not nuria.says("Given")


def test_who_does_not_know_the_case_finds_no_page(signed_in_as, world):
    visitor = signed_in_as("probation")
    assert visitor.get(world.path).status_code == 404


def test_a_case_that_goes_on_says_so(marta, world):
    marta.get(world.path)
    marta.send({"q-flow": "not_agreed", "q-reason": "She said no."}, button="Go on this way")
    marta.get(world.path)
    assert marta.says("This case needs no repair")


def test_the_notice_leads_to_the_repair(marta, world, connect):
    with connect() as db:
        case = db.get(Case, world.id)
        notices.tell(db, make.user(db, "coordinator").id, "stuck", case)
    marta.get("/notices")
    marta.send(button="Open")
    assert marta.says("What can be done")
