"""Handing over: from a case, from my tasks, and what the successor then finds."""

import pytest

from engine import cases
from engine.models import Case
from tests import make


@pytest.fixture
def nuria(signed_in_as, connect, world):
    """She has taken on the first step; Oriol, her colleague in the prison, could too."""
    with connect() as db:
        cases.claim_task(db, make.user(db, "prison"), world.task)
    return signed_in_as("prison")


def oriol_id(connect):
    with connect() as db:
        return str(make.user(db, "oriol").id)


def test_a_case_is_handed_over_and_the_successor_reads_what_matters(nuria, signed_in_as, connect, world):
    nuria.get(f"/cases/{world.case}")
    assert "Hand over to a colleague" in nuria.text
    nuria.get(f"/hand-over/{world.case}")
    assert "Announce the release" in nuria.text
    nuria.send(
        {
            "q-to": oriol_id(connect),
            "q-reason": "worker_left",
            "q-promises": "A call to the sister before Easter",
            "q-avoid": "Mornings",
            "q-introduced": "yes",
        },
        button="Hand over",
    )
    assert nuria.says("Handed over. Oriol Bosch has been told.")
    assert nuria.says("You have no task just now.")
    oriol = signed_in_as("oriol")
    assert oriol.says("Announce the release")
    oriol.get("/notices")
    assert oriol.says("A colleague has handed over a case to you.")
    oriol.get(f"/cases/{world.case}")
    assert oriol.says("A call to the sister before Easter")
    assert oriol.says("Handed over by Núria Ferrer to Oriol Bosch")
    coordinator = signed_in_as("coordinator")
    coordinator.get(f"/cases/{world.case}")
    assert not coordinator.says("A call to the sister")


def test_several_cases_go_at_once_each_with_its_own_text(nuria, signed_in_as, connect, world):
    with connect() as db:
        second = make.case(db, name="Lea Roca", number="N-2")
        cases.claim_task(db, make.user(db, "prison"), make.task(db, second, "announce").id)
        second_id = second.id
    nuria.get("/hand-over")
    assert "Amira Benali" in nuria.text
    fields = {
        "q-cases": [str(world.case), str(second_id)],
        "q-to": oriol_id(connect),
        "q-reason": "leave",
        f"q-open_{second_id.hex}": "The letter from the court",
    }
    nuria.send(fields, button="Hand over")
    assert nuria.says("2 cases are handed over. Oriol Bosch has been told."), nuria.text
    oriol = signed_in_as("oriol")
    oriol.get(f"/cases/{second_id}")
    assert oriol.says("The letter from the court")
    oriol.get(f"/cases/{world.case}")
    assert not oriol.says("The letter from the court")


def test_what_is_wrong_is_said_at_once_and_nothing_typed_is_lost(nuria, world):
    nuria.get(f"/hand-over/{world.case}")
    answer = nuria.send({"q-promises": "A call to the sister"}, button="Hand over")
    assert answer.status_code == 422
    for problem in ("Choose who takes over", "Choose why the work changes hands", "whether the two have met"):
        assert nuria.says(problem)
    assert nuria.page.xpath("//textarea[@id='q-promises']")[0].value.strip() == "A call to the sister"
    answer = nuria.submit("/hand-over", {"q-reason": "leave"}, button="Hand over")
    assert answer.status_code == 422
    assert nuria.says("Choose at least one case")


def test_nobody_to_take_over_is_said_before_anything_is_typed(signed_in_as, connect, world):
    with connect() as db:
        make.complete(db, world_case(db, world), "announce", by="prison", answers=make.announcement())
        task = make.task(db, world_case(db, world), "plan")
        cases.claim_task(db, make.user(db, "coordinator"), task.id)
    marta = signed_in_as("coordinator")
    marta.get(f"/hand-over/{world.case}")
    assert marta.says("nobody could take over")


def test_a_stranger_finds_neither_page_nor_person(signed_in_as, connect, world):
    marc = signed_in_as("probation")
    assert marc.get(f"/hand-over/{world.case}").status_code == 404
    assert marc.get(f"/hand-over?of={oriol_id(connect)}").status_code == 404
    assert marc.get("/hand-over?of=nonsense").status_code == 404
    marc.get("/hand-over")
    assert marc.says("there is nothing to hand over")


def world_case(db, world):
    return db.get_one(Case, world.case)


def test_my_participants_shows_each_person_once_and_says_what_to_do_when_empty(nuria, signed_in_as, world):
    nuria.get("/participants")
    assert nuria.says("Amira Benali")
    assert nuria.says("Announce the release")
    assert nuria.says(world.number)
    marc = signed_in_as("probation")
    marc.get("/participants")
    assert marc.says("You work with no participant just now.")
