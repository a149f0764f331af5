"""A case passes a decision table by itself: what is found is known at once, and again after a crash."""

import json

import pytest

from engine import runner
from engine.errors import Invalid
from tests.engine.drawing import Walk, draw, plan
from tests.make_dmn import dmn, table

OFFICE = table(
    "office",
    ["region", "urgent"],
    ["office", "weeks"],
    [['"north"', "-", '"A"', "2"], ['"south"', "true", '"B"', "1"], ['"south"', "not(true)", '"C"', "4"]],
)
ROUTED = """
    start s; user ask; rule r decision=office; exclusive g; user at_a; user elsewhere; end e
    s -> ask -> r -> g; g -> at_a : office = "A"; g => elsewhere; at_a -> e; elsewhere -> e
"""


def routed(text: str = ROUTED, tables: str = OFFICE, **facts: object) -> Walk:
    return Walk(plan(text, tables=dmn(tables)), **facts)


def test_a_case_goes_the_way_that_the_table_found_without_waiting_for_anybody() -> None:
    case = routed().done("ask", region="north", urgent=None)
    assert case.open == ["at_a"]
    found = next(one.found for one in case.run.passed if one.found)
    assert found == runner.Found("office", {"office": ("office_1",)}, {"office": "A", "weeks": 2})
    assert case.facts["weeks"] == 2


@pytest.mark.parametrize(("urgent", "weeks"), [(True, 1), (False, 4), (None, 4)])
def test_the_facts_decide_as_they_are_when_the_case_comes_there(urgent: bool | None, weeks: int) -> None:
    case = routed(region="north", urgent=None).done("ask", region="south", urgent=urgent)
    assert case.open == ["elsewhere"]
    assert case.facts["weeks"] == weeks


def test_what_is_found_has_one_name_where_the_step_wants_one() -> None:
    text = ROUTED.replace("decision=office", "decision=office result=found").replace(
        "office =", "found.office ="
    )
    case = routed(text).done("ask", region="north", urgent=None)
    assert case.open == ["at_a"]
    assert case.facts["found"] == {"office": "A", "weeks": 2}


def test_the_state_holds_no_answer_and_goes_on_after_a_crash() -> None:
    case = routed().done("ask", region="north", urgent=None)
    assert "weeks" not in json.loads(case.run.state)
    assert '"A"' not in case.run.state
    again = routed(region="north", urgent=None, office="A", weeks=2)
    again.run = runner.wake(again.plan, case.run.state, again.context)
    assert again.open == ["at_a"]
    again.run = runner.complete(again.plan, again.run.state, again.find("at_a").id, again.context)
    assert again.run.ended == "e"


def test_a_table_that_cannot_decide_leaves_the_case_where_it_is_with_nothing_found() -> None:
    both = table("office", ["region"], ["office"], [['"north"', '"A"'], ["-", '"B"']])
    case = routed(tables=both).done("ask", region="north", urgent=None)
    assert case.run.stuck is not None
    assert (case.run.stuck.code, case.run.stuck.step, case.run.stuck.remedy) == (
        "condition_failed",
        "r",
        "skip",
    )
    assert "only one rule to fit (hit policy UNIQUE), but several do: 1, 2" in str(case.run.stuck.message)
    assert "office" not in case.facts
    # Once the facts are put right, it goes on from there.
    case.retry(region="south")
    assert case.open == ["elsewhere"]
    assert case.facts["office"] == "B"


def test_what_one_table_found_is_taken_back_where_the_next_one_gets_stuck() -> None:
    text = "start s; user ask; rule r decision=office; rule q decision=next; end e; s -> ask -> r -> q -> e"
    broken = table("next", ["weeks"], ["more"], [["2", "1"], ["< 3", "2"]])
    case = routed(text, OFFICE + broken).done("ask", region="north", urgent=None)
    assert case.run.stuck is not None
    assert case.run.stuck.step == "q"
    assert "weeks" not in case.facts
    assert case.run.passed == ()


def test_a_person_can_let_the_case_go_on_without_the_table() -> None:
    both = table("office", ["region"], ["office"], [['"north"', '"A"'], ["-", '"B"']])
    text = "start s; user ask; rule r decision=office; user next; end e; s -> ask -> r -> next -> e"
    case = routed(text, both).done("ask", region="north").move_on("r")
    assert case.open == ["next"]
    assert case.facts["office"] is None


def test_an_unknown_fact_is_said_in_words() -> None:
    case = routed().done("ask", region="south")
    assert case.run.stuck is not None
    assert "no fact called “urgent”" in str(case.run.stuck.message)


def test_the_item_of_what_is_done_for_each_can_be_asked() -> None:
    text = """
        start s; user ask; sub each_part each=regions sequential {
            start is; rule r decision=office; user step; end ie; is -> r -> step -> ie
        }
        end e; s -> ask -> each_part -> e
    """
    by_item = table("office", ["item"], ["office"], [['"north"', '"A"'], ['"south"', '"B"']])
    case = routed(text, by_item).done("ask", regions=["south", "north"])
    assert case.facts["office"] == "B"
    case.done("step")
    assert case.facts["office"] == "A"


def test_arrows_out_of_a_table_may_ask_what_it_found() -> None:
    text = """
        start s; user ask; rule r decision=office; user at_a; user elsewhere; end e; end f
        s -> ask -> r; r -> at_a : office = "A"; r => elsewhere; at_a -> e; elsewhere -> f
    """
    case = routed(text).done("ask", region="north", urgent=True)
    assert case.open == ["at_a"]
    assert [one.flow for one in case.run.passed if one.flow] == ["r-at_a"]


def test_running_cases_keep_their_table() -> None:
    case = routed()
    other = routed(tables=OFFICE.replace('"A"', '"Z"').replace("&quot;A", "&quot;Z"))
    assert case.plan is not other.plan
    assert case.done("ask", region="north", urgent=None).facts["office"] == "A"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("rule r", "calls no decision"),
        ("rule r decision=nowhere", "is not there"),
        ("rule r decision=office times=2", "not repeated"),
    ],
)
def test_what_cannot_be_decided_is_no_plan(line: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        plan(ROUTED.replace("rule r decision=office", line), tables=dmn(OFFICE))
    assert sentence in str(refused.value.problems[0].message)
    assert draw(ROUTED)
