"""The pages of where cases wait: counts that open their cases, and what is done from a row."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import clock
from engine.models import Notice, Task, Wait
from tests import make


@pytest.fixture
def three(world, connect):
    """Three cases in preparation; in the second, housing is a week over."""
    with connect() as db:
        for n in range(2):
            case = make.case(db, name=f"Person {n}", number=f"P-{n}")
            make.complete(db, case, "announce", by="prison", answers=make.announcement())
        wait = db.scalars(select(Wait).where(Wait.case_id == case.id, Wait.step == "find_housing")).one()
        wait.until = wait.late_at = clock.now() - timedelta(days=7)
        housing = db.scalars(select(Task).where(Task.case_id == case.id, Task.step == "find_housing")).one()
        return {"late": case.number, "task": housing.id}


@pytest.fixture
def marta(signed_in_as):
    return signed_in_as("coordinator")


def rows(visitor):
    return [" ".join(row.text_content().split()) for row in visitor.page.xpath("//tbody/tr")]


def counts(visitor):
    """Each count of the page by its words, with its address."""
    links = visitor.page.find_class("tc-state")
    said = [(link.find_class("tc-state__count")[0], link) for link in links]
    return {" ".join(count.tail.split()): (int(count.text), link.get("href")) for count, link in said}


def test_each_count_opens_exactly_its_cases(marta, three):
    marta.get("/waiting")
    found = counts(marta)
    assert found["All open cases"][0] == 3
    for name, (count, address) in found.items():
        marta.get(address)
        assert len(rows(marta)) == count, name
    marta.get(found["Waiting too long"][1])
    [row] = rows(marta)
    for words in (three["late"], "Person 1", "City of Catalonia: Find housing", "over", "No meeting or call"):
        assert words in row


def test_what_narrows_the_list_stays_while_one_acts(marta, three, connect):
    marta.get("/waiting?state=stalled&release=26")
    assert marta.says("Only: Release: Within 26 weeks.")
    answer = marta.send(button="Remind them", follow_redirects=False)
    assert answer.headers["Location"] == "/waiting?state=stalled&release=26"
    with connect() as db:
        [notice] = db.scalars(select(Notice).where(Notice.kind == "nudged"))
        assert notice.user_id == make.user(db, "housing").id
    marta.get(answer.headers["Location"])
    assert marta.says("They have been reminded.")
    marta.send(button="Remind them")
    assert marta.says("Somebody has already been reminded of this step today.")
    assert len(rows(marta)) == 1


def test_the_reason_is_asked_in_the_words_of_the_step(marta, signed_in_as, three):
    marta.get("/waiting?state=stalled")
    marta.send(button="Ask for the reason")
    assert marta.says("Asked. The answer comes to you as a notice, and stands in the row of the case.")
    pau = signed_in_as("housing")
    pau.get("/tasks?whose=unclaimed")
    pau.get(pau.page.xpath("//a[contains(., 'Why does')]/@href | //th//a/@href")[0])
    assert re.search("Why does .Find housing. wait, and until when", pau.text) or pau.says("Find housing")


def test_the_diagram_has_an_equal_table(marta, three):
    marta.get("/waiting/diagram")
    told = {row.split(" one case")[0].split(" 2 cases")[0]: row for row in rows(marta)}
    housing = next(row for name, row in told.items() if name.startswith("Find housing"))
    assert "2 cases" in housing
    assert "▲ 1" in housing
    drawn = marta.page.xpath("//div[@data-diagram]")[0]
    assert json.loads(drawn.get("data-states"))["find_housing"]["badge"].startswith("2 · 0 d ▲1")
    assert marta.get(drawn.get("data-diagram")).mimetype == "application/xml"


@pytest.mark.parametrize("address", ["/waiting?state=odd", "/waiting?agency=x", "/waiting?release=9"])
def test_an_address_that_no_page_links_to_is_no_page(marta, three, address):
    assert marta.get(address).status_code == 404


@pytest.mark.parametrize("who", ["prison", "housing"])
def test_who_tracks_no_cases_has_no_such_page(signed_in_as, three, who):
    visitor = signed_in_as(who)
    visitor.get("/tasks")
    assert not visitor.says("Where cases wait")
    for address in (
        "/waiting",
        "/waiting/diagram",
        "/waiting/figures",
        "/waiting/diagram/small_release.bpmn",
    ):
        assert visitor.get(address).status_code == 403
