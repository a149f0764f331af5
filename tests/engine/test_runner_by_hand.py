"""What people decide by hand where the diagram cannot decide."""

import pytest

from engine import runner
from engine.errors import Conflict
from tests.engine.drawing import Walk

CHOICE = """
    start s; user a; exclusive g; user x; user y; end e
    s -> a -> g; g -> x : n = 1; g -> y : n = 2; x -> e; y -> e
"""


@pytest.mark.parametrize("facts", [{"n": 3}, {}], ids=["no way out", "cannot be decided"])
def test_the_chosen_arrow_is_taken_and_no_condition_is_said_to_hold(facts):
    case = Walk(CHOICE, m=0).done("a", **facts)
    assert case.run.stuck.remedy == "choose"
    case.move_on("g", "g-y")
    assert case.run.stuck is None
    assert case.open == ["y"]
    assert case.run.passed == (runner.Passed("g", "p", "exclusiveGateway", "g-y", None),)
    assert case.done("y").run.ended == "e"


def test_an_arrow_of_another_gateway_is_refused():
    case = Walk(CHOICE).done("a", n=3)
    for step, flow in [("g", "a-g"), ("g", None), ("x", "g-x"), ("a", "g-x")]:
        with pytest.raises(Conflict):
            case.move_on(step, flow)
    assert case.retry(n=1).open == ["x"]


def test_what_the_conditions_can_decide_by_now_they_decide():
    case = Walk(CHOICE).done("a", n=3)
    case.facts["n"] = 1
    with pytest.raises(Conflict):
        case.move_on("g", "g-y")
    assert case.retry().open == ["x"]


def test_a_case_that_does_not_need_repair_is_not_moved():
    with pytest.raises(Conflict):
        Walk(CHOICE).move_on("g", "g-y")


def test_an_inclusive_gateway_takes_the_chosen_arrow_only():
    case = Walk(
        """
        start s; user a; inclusive g; user x; user y; end e; end f
        s -> a -> g; g -> x : n = 1; g -> y : n = 2; x -> e; y -> f
        """
    ).done("a", n=3)
    assert case.move_on("g", "g-x").open == ["x"]


def test_a_step_that_has_conditions_after_it_is_left_by_the_chosen_arrow():
    case = Walk(
        "start s; user a; user x; user y; end e; s -> a; a -> x : n = 1; a -> y : n = 2; x -> e; y -> e"
    )
    case.done("a", n=3)
    assert (case.run.stuck.step, case.run.stuck.remedy) == ("a", "choose")
    assert case.move_on("a", "a-x").open == ["x"]


def test_a_timer_that_cannot_be_worked_out_happens_now_and_other_timers_go_first():
    case = Walk(
        """
        start s; parallel p; catch t anchor=step_opened offset=P9000Y; user late; catch u timer=P1D
        user x; end e; end f; s -> p; p -> t -> late -> e; p -> u -> x -> f
        """
    )
    assert (case.run.stuck.step, case.run.stuck.remedy) == ("t", "now")
    assert case.move_on("t").open == ["late"]
    assert case.wake(days=2).open == ["late", "x"]


def test_a_step_for_a_list_that_is_missing_is_skipped():
    case = Walk("start s; user a each=list; user b; end e; s -> a -> b -> e")
    assert (case.run.stuck.step, case.run.stuck.remedy) == ("a", "skip")
    assert case.move_on("a").open == ["b"]


def test_a_decision_counts_once():
    case = Walk(CHOICE.replace("x -> e", "x -> a")).done("a", n=3).move_on("g", "g-x")
    assert case.done("x").done("a").run.stuck.step == "g"


def test_a_case_that_gets_stuck_again_further_on_remembers_the_first_decision():
    case = Walk(
        """
        start s; user a; exclusive g; exclusive h; user x; user y; end e
        s -> a -> g; g -> h : n = 1; g -> x : n = 2; h -> x : m = 1; h -> y : m = 2; x -> e; y -> e
        """
    ).done("a", n=3, m=3)
    case.move_on("g", "g-h")
    assert case.run.stuck.step == "h"
    assert case.move_on("h", "h-y").open == ["y"]
    assert case.flows == ["g-h", "h-y"]
    assert "ways" not in case.run.state


def test_a_case_can_be_moved_on_before_its_first_step():
    case = Walk(
        "start s; exclusive g; user x; user y; end e; s -> g; g -> x : n = 1; g -> y : n = 2; x -> e; y -> e",
        n=0,
    )
    assert case.move_on("g", "g-y").open == ["y"]


@pytest.mark.parametrize(
    "text",
    [
        """
        start s; user a; exclusive g; user x; user y; parallel j; end e
        s -> a -> g; g -> x : true; g => y; x -> j; y -> j -> e
        """,
        "start s; user a each=list; end e; s -> a -> e",
        "start s; exclusive m; exclusive g; end e; s -> m -> g; g -> m : true; g => e",
    ],
    ids=["a join that waits for ever", "too long a list", "a loop without an end"],
)
def test_what_nobody_can_decide_has_no_remedy(text):
    case = Walk(text, list=list(range(501)))
    for step in ("a", "x"):
        if step in case.open:
            case.done(step)
    assert case.run.stuck.remedy is None
    for flow in (None, "g-e", "g-x"):
        with pytest.raises(Conflict):
            case.move_on(case.run.stuck.step, flow)
