"""Stories of cases that move along small diagrams."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from engine import runner
from engine.errors import Conflict, Invalid
from tests.engine.drawing import MONDAY, Walk, draw, plan

REVIEW = """
    start s
    user meet
    exclusive again
    exclusive enough
    user close
    end over
    s -> again -> meet -> enough
    enough -> again : needs = "more"
    enough => close -> over
"""


def test_a_case_goes_from_step_to_step():
    case = Walk("start s; user a; manual b; end e; s -> a -> b -> e")
    assert case.open == ["a"]
    assert case.run.opened == case.run.open
    assert case.run.open[0].opened_at == MONDAY
    first = case.run.open[0]
    case.done("a")
    assert case.run.finished == (runner.Finished(first.id, "a", "p", "done"),)
    assert case.open == ["b"]
    case.done("b")
    assert case.open == []
    assert case.run.ended == "e"
    assert [(one.step, one.kind) for one in case.run.passed] == [("e", "endEvent")]


def test_an_open_step_keeps_its_id():
    case = Walk(
        "start s; parallel f; user a; user b; user c; end e; end g; s -> f -> a -> e; f -> b -> c -> g"
    )
    step = case.find("a")
    case.done("b")
    assert case.find("a") == step
    assert [one.step for one in case.run.opened] == ["c"]


def test_all_arrows_that_leave_a_step_are_followed():
    case = Walk("start s; user a; user b; user c; end e; end f; s -> a; a -> b -> e; a -> c -> f")
    assert case.done("a").open == ["b", "c"]


def test_after_a_step_the_arrows_whose_conditions_hold_are_followed_beside_those_without():
    drawn = """
        start s; user a; user always; user urgent; user money; user nothing; end e; end f; end g; end h
        s -> a; a -> always -> e; a -> urgent : hurry; a -> money : poor; a => nothing
        urgent -> f; money -> g; nothing -> h
    """
    assert Walk(drawn).done("a", hurry=True, poor=True).open == ["always", "urgent", "money"]
    assert Walk(drawn).done("a", hurry=False, poor=True).open == ["always", "money"]
    calm = Walk(drawn).done("a", hurry=False, poor=False)
    assert calm.open == ["always", "nothing"]
    assert [(one.step, one.flow) for one in calm.run.passed] == [("a", "a-always"), ("a", "a-nothing")]


def test_a_step_after_which_no_way_is_open_needs_repair_and_keeps_what_was_done():
    case = Walk("start s; user a; user b; end e; s -> a; a -> b : more; b -> e").done("a", more=False)
    assert (case.run.stuck.code, case.run.stuck.step) == ("no_way_out", "a")
    assert case.retry(more=True).open == ["b"]


def test_a_link_leads_on_where_it_is_caught():
    case = Walk(
        "start s; user a; throw t link=over; catch c link=over; user b; end e; s -> a -> t; c -> b -> e"
    )
    assert case.done("a").open == ["b"]
    assert case.done("b").run.ended == "e"


def test_a_task_that_receives_waits_for_its_message_and_can_be_cut_short():
    drawn = """
        start s; receive r message=answer; boundary late on=r timer=P2D; user a; user chase; end e; end f
        s -> r -> a -> e; late -> chase -> f
    """
    waiting = Walk(drawn)
    assert [(one.step, one.kind, one.name) for one in waiting.run.waits if one.name] == [
        ("r", "message", "answer")
    ]
    assert waiting.hear("answer").open == ["a"]
    assert waiting.run.waits == ()
    late = Walk(drawn).wake(days=2)
    assert (late.open, late.hear("answer").run.caught) == (["chase"], False)


def test_what_an_event_starts_ends_everything_else_at_its_level():
    drawn = """
        start s; user a; user b; parallel f; end e; end g; s -> f -> a -> e; f -> b -> g
        handler h { ; start hs message=recalled ; user visit ; end he ; hs -> visit -> he ; }
    """
    case = Walk(drawn)
    assert [(one.step, one.name) for one in case.run.waits] == [("hs", "recalled")]
    assert case.hear("recalled").open == ["visit"]
    assert [one.step for one in case.run.finished] == ["a", "b"]
    assert case.run.waits == ()
    assert case.done("visit").run.ended


def test_what_an_event_starts_beside_may_come_again_and_ends_with_its_level():
    drawn = """
        start s; user a; end e; s -> a -> e
        handler h { ; start hs message=news beside ; user read ; end he ; hs -> read -> he ; }
    """
    case = Walk(drawn)
    assert case.hear("news").hear("news").open == ["a", "read", "read"]
    assert case.done("a").run.ended is None
    assert case.done("read").hear("news").open == ["read", "read"]
    assert case.done("read").done("read").run.ended
    assert Walk(drawn).done("a").run.ended == "e"


def test_a_timer_starts_a_sub_process_once_the_level_has_lasted_so_long():
    drawn = """
        start s; user before; sub x {
            start xs; user a; end xe; xs -> a -> xe
            handler h { ; start hs timer=P2D beside ; user remind ; end he ; hs -> remind -> he ; }
        }
        end e; s -> before -> x -> e
    """
    case = Walk(drawn).wake(days=5).done("before")
    assert case.wake(days=1).open == ["a"]
    assert case.wake(days=1).open == ["a", "remind"]
    assert case.wake(days=9).open == ["a", "remind"]
    assert case.done("a").done("remind").run.ended == "e"


THROWING = """
    start s
    sub x { ; start xs; user a; parallel f; user b; end xe; end xg {thrown}; xs -> f -> a -> xg; f -> b -> xe; }
    boundary all on=x {kind}=any; boundary own on=x {kind}=late {beside}
    user generally; user lately; end e; end g; end h
    s -> x -> e; all -> generally -> g; own -> lately -> h
"""


def throwing(thrown: str, beside: str = "") -> Walk:
    kind = thrown.partition("=")[0]
    text = THROWING.replace("{thrown}", thrown).replace("{kind}", kind).replace("{beside}", beside)
    return Walk(text)


def test_an_error_ends_where_it_was_thrown_and_goes_on_where_it_is_caught():
    case = throwing("error=late")
    assert case.run.waits == ()
    assert case.done("a").open == ["lately"]
    assert [(one.step, one.how) for one in case.run.finished] == [("a", "done"), ("b", "withdrawn")]
    assert case.done("lately").run.ended == "h"
    assert throwing("error=other").done("a").open == ["generally"]


def test_an_escalation_beside_ends_nothing():
    case = throwing("escalation=late", "beside").done("a")
    assert case.open == ["b", "lately"]
    assert case.done("b").done("lately").run.ended


def test_an_error_in_a_called_pathway_is_caught_around_the_call():
    caller = (
        "start s; call c runs=q; boundary b on=c error=late; user x; end e; end f; s -> c -> e; b -> x -> f"
    )
    case = Walk(plan(caller, q="start qs; user a; end qe error=late; qs -> a -> qe"))
    assert case.done("a").open == ["x"]


def test_what_an_event_sub_process_throws_goes_past_its_own_level():
    case = Walk("""
        start s; sub x {
            start xs; user a; end xe error=late; xs -> a -> xe
            handler h { ; start hs error=late ; user tell ; end he error=late ; hs -> tell -> he ; }
        }
        boundary b on=x error=any; user after; end e; end f; s -> x -> e; b -> after -> f
    """)
    assert case.done("a").open == ["tell"]
    assert case.done("tell").open == ["after"]


def test_an_escalation_that_nobody_catches_is_forgotten():
    assert Walk("start s; throw t escalation=late; user a; end e; s -> t -> a -> e").open == ["a"]


def test_a_step_is_done_again_as_long_as_its_condition_holds():
    case = Walk("start s; user a again=more most=3; end e; s -> a -> e", more=True)
    assert case.done("a").open == case.done("a").open == ["a"]
    assert case.done("a").run.ended == "e"
    once = Walk("start s; user a again=more; end e; s -> a -> e", more=False)
    assert once.open == ["a"]
    assert once.done("a").run.ended == "e"
    assert Walk("start s; user a again=more test_before; end e; s -> a -> e", more=False).run.ended == "e"


def test_what_has_waited_longest_comes_first():
    case = Walk(
        """
        start s; sub x {; start xs; user a; end xe; xs -> a -> xe; }; user b; user c; parallel f; end e
        s -> f -> x -> e; f -> b -> c -> e
        """
    )
    assert case.done("b").open == ["a", "c"]


def test_a_step_is_completed_once():
    case = Walk("start s; user a; user b; end e; s -> a -> b -> e")
    step = case.find("a")
    case.done("a")
    with pytest.raises(Conflict):
        runner.complete(case.plan, case.run.state, step.id, case.context)
    with pytest.raises(Conflict):
        runner.complete(case.plan, case.run.state, "", case.context)


def test_a_case_that_has_ended_stays_as_it_is():
    case = Walk("start s; user a; end e; s -> a -> e").done("a")
    state = case.run.state
    assert case.wake(days=99).run == runner.Run(state=state, ended="e")
    assert case.hear("hello").run == runner.Run(state=state, ended="e")
    with pytest.raises(Conflict):
        runner.complete(case.plan, state, "any", case.context)


def test_the_end_that_was_reached_is_told():
    text = """
        start s
        user ask
        exclusive g
        end agreed
        end refused
        s -> ask -> g
        g -> agreed : agreement = "given"
        g => refused
    """
    assert Walk(text).done("ask", agreement="given").run.ended == "agreed"
    assert Walk(text).done("ask", agreement="refused").run.ended == "refused"


def test_same_inputs_same_outputs():
    def told(case):
        return [(one.step, one.opened_at) for one in case.run.open], case.run.passed, case.run.ended

    first, second = Walk(REVIEW, needs="more"), Walk(REVIEW, needs="more")
    for case in first, second:
        case.done("meet")
        case.done("meet", needs="nothing")
    assert told(first) == told(second)


def test_a_state_can_be_stored_between_any_two_steps_and_holds_no_fact():
    case = Walk(REVIEW, needs="more", secret="the name of her sister").done("meet")
    assert json.loads(case.run.state)
    assert "sister" not in case.run.state
    assert "more" not in case.run.state


# ---- Decisions

CHOICE = """
    start s
    user a
    exclusive g
    user low
    user high
    user other
    end e
    s -> a -> g
    g -> high : score > 5
    g -> low : score > 1
    g => other
    low -> e
    high -> e
    other -> e
"""


def test_the_first_condition_in_the_file_wins_wherever_it_is_drawn():
    sources = {"p": draw(CHOICE, heights={"high": 900, "low": 10, "other": 0})}
    drawn = runner.load(runner.prepare(sources, "p"), "drawn with heights")
    case = Walk(drawn).done("a", score=7)
    assert case.open == ["high"]
    assert case.run.passed == (runner.Passed("g", "p", "exclusiveGateway", "g-high", "score > 5"),)


def test_the_drawing_does_not_matter():
    text = draw(CHOICE, heights={"high": 1}).replace(b'y="1"', b'y="high up"')
    assert runner.prepare({"p": text}, "p") == runner.prepare({"p": draw(CHOICE)}, "p")


def test_the_default_is_taken_when_no_condition_holds():
    case = Walk(CHOICE).done("a", score=0)
    assert case.open == ["other"]
    assert case.run.passed == (runner.Passed("g", "p", "exclusiveGateway", "g-other", None),)


def test_without_a_way_out_the_case_is_stuck_and_goes_on_once_the_facts_are_right():
    case = Walk("start s; user a; exclusive g; end x; end y; s -> a -> g; g -> x : n = 1; g -> y : n = 2")
    step = case.find("a")
    case.done("a", n=3)
    assert (case.run.stuck.code, case.run.stuck.step, case.run.stuck.pathway) == ("no_way_out", "g", "p")
    assert case.run.finished == (runner.Finished(step.id, "a", "p", "done"),)
    assert case.open == []
    assert case.retry().run.stuck.code == "no_way_out"
    assert case.run.finished == ()
    assert case.retry(n=2).run.stuck is None
    assert case.run.ended == "y"
    assert case.run.finished == ()


@pytest.mark.parametrize("facts", [{}, {"x": None}, {"x": "high"}, {"x": 3, "y": 4}], ids=str)
@pytest.mark.parametrize("condition", ["x > y", "x", "if x > 1 then null else 5", "x +", "unknown thing"])
def test_a_condition_that_is_not_true_or_false_never_decides(condition, facts):
    case = Walk(f"start s; user a; exclusive g; end x; end y; s -> a -> g; g -> x : {condition}; g => y")
    case.done("a", **facts)
    if condition == "x > y" and facts == {"x": 3, "y": 4}:
        assert case.run.ended == "y"
    else:
        assert case.run.stuck.code == "condition_failed"
        assert case.run.stuck.step == "g"
        assert condition in str(case.run.stuck.message)
        assert case.run.ended is None


def test_a_case_that_is_stuck_can_be_repaired_after_weeks_and_other_steps():
    case = Walk(
        """
        start s
        parallel f
        user a
        user b
        user c
        exclusive g
        end e1
        end e2
        s -> f -> a -> g
        f -> b -> c -> e2
        g -> e1 : ok
        g => c
        """
    )
    b = case.find("b")
    case.done("a")
    assert case.run.stuck.code == "condition_failed"
    assert case.open == ["b"]
    case.done("b")
    assert case.run.stuck.code == "condition_failed"
    assert [(one.id, one.how) for one in case.run.finished] == [(b.id, "done")]
    assert case.open == []
    with pytest.raises(Conflict):
        runner.complete(case.plan, case.run.state, b.id, case.context)
    case.now += timedelta(weeks=5)
    assert case.retry(ok=True).run.stuck is None
    assert case.open == ["c"]
    assert case.run.open[0].opened_at == MONDAY + timedelta(weeks=5)


def test_what_a_failing_move_had_begun_is_undone():
    case = Walk(
        """
        start s; user a; user b; catch m message=hello; parallel f; user c; exclusive g; end e
        s -> s2; parallel s2; s2 -> a -> f -> c -> e; s2 -> b -> e; s2 -> m -> e; f -> g; g -> e : ok
        """
    )
    before = case.run
    case.done("a")
    assert case.run.stuck.step == "g"
    assert case.run.open == before.open[1:]
    assert case.run.opened == case.run.passed == ()
    assert case.run.waits == before.waits
    assert case.retry(ok=True).open == ["b", "c"]


def test_repairs_are_made_one_after_the_other():
    case = Walk(
        """
        start s; parallel f; user a; user b; exclusive ga; exclusive gb; user c; end e; end e2
        s -> f -> a -> ga; f -> b -> gb; ga -> c : x; gb -> e2 : y; c -> e
        """
    )
    case.done("a").done("b")
    assert case.run.stuck.step == "ga"
    assert case.retry(x=True).run.stuck.step == "gb"
    assert case.open == ["c"]
    assert [one.step for one in case.run.passed] == ["ga"]
    assert case.retry(y=True).run.stuck is None
    assert [one.step for one in case.run.passed] == ["gb", "e2"]
    assert case.run.opened == ()
    assert case.done("c").run.ended == "e"


def test_one_repair_may_be_enough_for_everything():
    case = Walk(
        """
        start s; parallel f; user a; user b; exclusive ga; exclusive gb; end e; end e2
        s -> f -> a -> ga; f -> b -> gb; ga -> e : x; gb -> e2 : x
        """
    )
    case.done("a").done("b").retry(x=True)
    assert [one.step for one in case.run.passed] == ["ga", "e", "gb", "e2"]
    assert case.run.ended == "e2"


def test_a_case_that_is_stuck_is_not_woken():
    case = Walk(
        """
        start s; parallel f; user a; catch t timer=P1D; exclusive g; end e
        s -> f -> a -> g; f -> t -> e; g -> e : x
        """
    )
    assert case.run.wake_at == MONDAY + timedelta(days=1)
    case.done("a")
    assert case.run.wake_at is None
    assert case.run.waits[0].due_at == MONDAY + timedelta(days=1)
    assert case.retry(x=True).run.wake_at == MONDAY + timedelta(days=1)


def test_a_case_may_get_stuck_by_itself():
    case = Walk(
        """
        start s; parallel f; user a; catch t timer=P1D; catch m message=hello; exclusive g; user b; end e
        s -> f -> a -> e; f -> m -> e; f -> t -> g; g -> b : x; g => e; b -> e
        """
    )
    before = case.run
    case.wake(days=2)
    assert case.run.stuck.step == "g"
    assert (case.run.open, case.run.waits) == (before.open, before.waits)
    assert case.hear("nothing that it waits for").run.stuck.step == "g"
    assert case.done("a").run.stuck.step == "g"
    assert case.hear("hello").run.stuck.step == "g"
    assert case.open == []
    assert case.retry(x=True).run.stuck is None
    assert case.open == ["b"]
    assert case.run.waits == ()
    assert case.done("b").run.ended == "e"


def test_a_timer_that_cannot_be_worked_out_is_told():
    case = Walk("start s; catch t anchor=step_opened offset=P9000Y; end e; s -> t -> e")
    assert (case.run.stuck.code, case.run.stuck.step) == ("condition_failed", "t")


def test_a_case_can_be_stuck_before_its_first_step():
    case = Walk("start s; exclusive g; user a; end e; s -> g; g -> a : ready; g => e; a -> e")
    assert case.run.stuck.code == "condition_failed"
    assert case.run.passed == case.run.open == ()
    assert case.retry().run.stuck.code == "condition_failed"
    assert case.retry(ready=True).open == ["a"]


def test_a_message_that_comes_while_a_case_is_stuck_is_not_lost():
    case = Walk(
        """
            start s; user a; exclusive g; catch m message=hello; end e
            s -> a -> g; g -> m : ok; g => e; m -> e
            """
    )
    case.done("a").hear("hello")
    assert case.run.caught
    assert case.run.stuck.code == "condition_failed"
    assert case.retry(ok=True).run.ended == "e"


# ---- Branches


def test_a_parallel_join_waits_for_every_branch():
    case = Walk(
        """
            start s; parallel f; user a; user b; parallel j; user c; end e
            s -> f -> a -> j; f -> b -> j -> c -> e
            """
    )
    assert case.open == ["a", "b"]
    assert case.done("a").open == ["b"]
    assert case.done("b").open == ["c"]
    assert case.done("c").run.ended == "e"


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_branches_in_a_loop_are_joined_in_every_round(kind):
    condition = " : true" if kind == "inclusive" else ""
    case = Walk(
        f"""
        start s
        exclusive again
        {kind} f
        user a
        user b
        {kind} j
        exclusive enough
        end e
        s -> again -> f
        f -> a{condition}
        f -> b{condition}
        a -> j
        b -> j -> enough
        enough -> again : more
        enough => e
        """,
        more=True,
    )
    for round_ in range(12):
        first, second = ("a", "b") if round_ % 2 else ("b", "a")
        assert sorted(case.open) == ["a", "b"]
        assert case.done(first).open == [second]
        case.done(second, more=round_ < 11)
    assert case.run.ended == "e"


def test_the_clock_may_stand_still_for_all_that():
    """Everything here happens in one frozen moment, rounds and all: joins count tokens, not seconds."""
    case = Walk(
        """
        start s
        exclusive again
        inclusive f
        user a
        user b
        inclusive j
        exclusive enough
        end e
        s -> again -> f
        f -> a : true
        f => b
        a -> j
        b -> j -> enough
        enough -> again : more
        enough => e
        """,
        more=True,
    )
    for _ in range(5):
        assert case.open == ["a"]
        case.done("a")
    assert case.done("a", more=False).run.ended == "e"
    assert case.now == MONDAY


INCLUSIVE = """
    start s
    inclusive f
    user a
    user b
    user c
    inclusive j
    user d
    end e
    s -> f
    f -> a : x
    f -> b : y
    f => c
    a -> j
    b -> j
    c -> j -> d -> e
"""


@pytest.mark.parametrize(
    ("facts", "opened"),
    [
        ({"x": True, "y": True}, ["a", "b"]),
        ({"x": True, "y": False}, ["a"]),
        ({"x": False, "y": False}, ["c"]),
    ],
)
def test_an_inclusive_gateway_takes_every_way_that_holds_and_joins_just_those(facts, opened):
    case = Walk(INCLUSIVE, **facts)
    assert case.open == opened
    conditions = {"a": "x", "b": "y", "c": None}
    assert [(one.flow, one.because) for one in case.run.passed if one.step == "f"] == [
        (f"f-{step}", conditions[step]) for step in opened
    ]
    for step in opened:
        assert "d" not in case.open
        case.done(step)
    assert case.open == ["d"]


def test_an_inclusive_join_waits_for_a_loop_in_one_of_its_branches():
    case = Walk(
        """
        start s
        inclusive f
        user a
        exclusive again
        user b
        exclusive enough
        inclusive j
        end e
        s -> f
        f -> a : true
        f -> again : true
        again -> b -> enough
        enough -> again : more
        enough => j
        a -> j -> e
        """,
        more=True,
    )
    case.done("a").done("b").done("b")
    assert case.open == ["b"]
    assert case.done("b", more=False).run.ended == "e"


def test_an_inclusive_join_does_not_wait_for_a_token_that_may_come_another_way():
    """BPMN 2.0, 13.4.4: a token elsewhere that can reach a flow which already has one does not hold it up."""
    case = Walk(
        """
        start s; parallel f; user a; user b; exclusive g; exclusive m; user c; inclusive j; user d; end e
        s -> f -> m -> a -> j; f -> b -> g; g -> m : x; g => c; c -> j -> d -> e
        """
    )
    assert case.done("a").open == ["b", "d"]


def test_tokens_queue_at_a_join_and_none_is_lost():
    """Two tokens come along one branch; each needs its own from the other."""
    case = Walk(
        """
        start s
        parallel f
        user a
        user b
        exclusive m
        user c
        user d
        parallel j
        user z
        end e
        s -> f -> a -> m -> c -> j
        f -> b -> m
        f -> d -> j -> z -> e
        """
    )
    case.done("a").done("b").done("c").done("c")
    assert case.open == ["d"]
    assert case.done("d").open == ["z"]
    case.done("z")
    # BPMN: a token that can never be joined keeps the case from being complete; somebody has to look at it.
    assert case.run.stuck.code == "no_way_out"
    assert case.run.stuck.step == "j"


def test_a_join_that_can_never_be_complete_is_told_and_not_waited_for():
    case = Walk(
        """
            start s; user a; exclusive g; user x; user y; parallel j; end e
            s -> a -> g; g -> x : true; g => y; x -> j; y -> j -> e
            """
    )
    case.done("a").done("x")
    assert (case.run.stuck.code, case.run.stuck.step) == ("no_way_out", "j")
    assert case.run.ended is None


def test_terminate_ends_everything_at_its_level():
    case = Walk(
        """
        start s
        parallel f
        sub inner {
            start is
            parallel if
            user a
            user b
            end stop terminate
            end ie
            is -> if -> a -> stop
            if -> b -> ie
        }
        user c
        user d
        end e1
        end e2 terminate
        s -> f -> inner -> d -> e2
        f -> c -> e1
        """
    )
    b, c = case.find("b"), case.find("c")
    case.done("a")
    assert sorted(case.open) == ["c", "d"]
    assert (b.id, "withdrawn") in {(one.id, one.how) for one in case.run.finished}
    case.done("d")
    assert case.run.ended == "e2"
    assert (c.id, "withdrawn") in {(one.id, one.how) for one in case.run.finished}


# ---- Levels

CONSENT = """
    start s; user ask; exclusive g; user explain; end e
    s -> ask -> g; g -> explain : unsure; g => e; explain -> e
    """


def test_a_called_pathway_runs_inside_and_tells_its_own_name():
    caller = plan(
        "start s; call consent runs=shared; user next; end e; s -> consent -> next -> e", shared=CONSENT
    )
    case = Walk(caller, unsure=True)
    assert [(one.step, one.pathway) for one in case.run.open] == [("ask", "shared")]
    assert [(one.step, one.pathway, one.kind, one.because) for one in case.run.passed] == [
        ("s", "p", "startEvent", None),
        ("consent", "p", "callActivity", "shared"),
        ("s", "shared", "startEvent", None),
    ]
    case.done("ask")
    assert [(one.step, one.pathway) for one in case.run.open] == [("explain", "shared")]
    case.done("explain")
    assert [(one.step, one.pathway) for one in case.run.open] == [("next", "p")]


def test_steps_of_a_sub_process_belong_to_the_pathway_it_is_drawn_in():
    text = """
        start s; sub x {; start xs; sub y {; start ys; user a; end ye; ys -> a -> ye; }; end xe
        xs -> y -> xe; }; end e
        s -> x -> e
        """
    case = Walk(text)
    assert [(one.step, one.pathway) for one in case.run.open] == [("a", "p")]
    assert case.done("a").run.ended == "e"


def test_ids_may_be_the_same_in_two_files():
    inner = "start s; sub x {; start Start; user a; end End; Start -> a -> End; }; end e; s -> x -> e"
    case = Walk(
        plan(inner.replace("end e; ", "call c runs=q; end e; ").replace("x -> e", "x -> c -> e"), q=inner)
    )
    assert [(one.step, one.pathway) for one in case.run.open] == [("a", "p")]
    case.done("a")
    assert [(one.step, one.pathway) for one in case.run.open] == [("a", "q")]
    assert case.done("a").run.ended == "e"


def test_a_pathway_is_called_again_in_every_round():
    caller = plan(
        """
            start s; exclusive again; call c runs=shared; exclusive g; end e
            s -> again -> c -> g; g -> again : more; g => e
            """,
        shared=CONSENT,
    )
    case = Walk(caller, more=True, unsure=False)
    for _ in range(20):
        case.done("ask")
    assert case.done("ask", more=False).run.ended == "e"


def test_pathways_that_call_each_other_for_ever_are_stopped():
    text = "start s; call c runs={}; end e; s -> c -> e"
    case = Walk(plan(text.format("q"), q=text.format("p")))
    assert case.run.stuck.code == "depth"
    assert case.run.stuck.step == "c"


# ---- Done several times


def test_a_step_is_done_once_for_each_of_a_list():
    case = Walk(
        "start s; user invite each=agencies; user next; end e; s -> invite -> next -> e",
        agencies=["ngo", "police", "ngo2"],
    )
    assert case.open == ["invite"] * 3
    assert case.items == ["ngo", "police", "ngo2"]
    case.done("invite", "police", agencies=["changed", "meanwhile"])
    assert case.items == ["ngo", "ngo2"]
    case.done("invite").done("invite")
    assert case.open == ["next"]
    assert case.items == [None]


def test_one_after_the_other_if_so_drawn():
    case = Walk(
        "start s; user invite each=agencies sequential; end e; s -> invite -> e",
        agencies=["ngo", {"key": "police"}],
    )
    assert case.items == ["ngo"]
    case.done("invite", agencies=[])
    assert case.items == [{"key": "police"}]
    assert case.done("invite").run.ended == "e"


@pytest.mark.parametrize("way", ["", "sequential"])
def test_an_empty_list_passes_straight_through(way):
    assert Walk(f"start s; user a each=list {way}; end e; s -> a -> e", list=[]).run.ended == "e"


@pytest.mark.parametrize("facts", [{}, {"list": None}, {"list": "ngo"}, {"list": {"a": 1}}], ids=str)
def test_a_list_that_is_not_there_yet_is_not_an_empty_list(facts):
    case = Walk("start s; user a each=list; end e; s -> a -> e", **facts)
    assert (case.run.stuck.code, case.run.stuck.step) == ("condition_failed", "a")
    assert case.retry(list=["x"]).open == ["a"]


def test_a_list_that_is_too_long_is_not_begun():
    case = Walk("start s; user a each=list; end e; s -> a -> e", list=list(range(501)))
    assert case.run.stuck.code == "limit"


def test_a_number_of_times():
    case = Walk("start s; user a times='n + 1'; end e; s -> a -> e", n=2)
    assert case.items == [1, 2, 3]
    for wrong in (None, "two", 1.5, -3, True):
        assert (
            Walk(
                """
                start s; user a times=n; end e
                s -> a -> e
                """,
                n=wrong,
            ).run.stuck.code
            == "condition_failed"
        )
    assert Walk("start s; user a times=n; end e; s -> a -> e", n=10**9).run.stuck.code == "limit"


@pytest.mark.parametrize("way", ["", "sequential"])
def test_enough_is_enough(way):
    case = Walk(
        f"start s; user a each=list {way} done='found = true and item != null'; end e; s -> a -> e",
        list=["x", "y", "z"],
        found=False,
    )
    case.done("a")
    assert case.run.ended is None
    others = {one.id for one in case.run.open}
    step = case.find("a").id
    case.done("a", found=True)
    assert case.run.ended == "e"
    withdrawn = {one.id for one in case.run.finished if one.how == "withdrawn"}
    assert withdrawn == others - {step}


def test_a_called_pathway_for_each_of_a_list_knows_its_item():
    caller = plan(
        "start s; call c runs=q each=agencies; end e; s -> c -> e",
        q='start s; user a; exclusive g; user b; end e; s -> a -> g; g -> b : item = "police"; g => e; b -> e',
    )
    case = Walk(caller, agencies=["ngo", "police"])
    assert [(one.step, one.item) for one in case.run.open] == [("a", "ngo"), ("a", "police")]
    case.done("a", "police").done("a", "ngo")
    assert [(one.step, one.item) for one in case.run.open] == [("b", "police")]
    assert case.done("b").run.ended == "e"


def test_several_times_within_several_times():
    caller = plan(
        "start s; call c runs=q each=towns; end e; s -> c -> e",
        q="start s; user a each=agencies sequential; end e; s -> a -> e",
    )
    case = Walk(caller, towns=["north", "south"], agencies=[1, 2])
    assert case.items == [1, 1]
    for _ in range(4):
        assert case.run.ended is None
        case.done("a")
    assert case.run.ended == "e"


# ---- Events


def test_a_message_is_heard_by_what_waits_for_it():
    case = Walk("start s; catch m message=released.now; user a; end e; s -> m -> a -> e")
    assert [(one.step, one.kind, one.name, one.due_at) for one in case.run.waits] == [
        ("m", "message", "released.now", None)
    ]
    assert case.run.wake_at is None
    before = case.run
    case.hear("something else")
    assert not case.run.caught
    assert (case.run.state, case.run.waits) == (before.state, before.waits)
    case.hear("released.now")
    assert case.run.caught
    assert case.open == ["a"]
    assert case.run.passed == (runner.Passed("m", "p", "message", "m-a", "released.now"),)
    assert not case.hear("released.now").run.caught


def test_a_message_is_heard_once_even_where_the_way_leads_back_to_it():
    case = Walk(
        """
            start s; exclusive x; catch m message=hello; user a; end e
            s -> x -> m -> x2; exclusive x2; x2 -> x : again; x2 => a; a -> e
            """,
        again=True,
    )
    case.hear("hello").hear("hello")
    assert [one.step for one in case.run.waits] == ["m"]
    assert case.run.stuck is None


def test_every_branch_that_waits_for_a_message_hears_it():
    case = Walk(
        """
            start s; parallel f; catch m message=hello; catch n message=hello; parallel j; end e
            s -> f -> m -> j; f -> n -> j -> e
            """
    )
    assert case.hear("hello").run.ended == "e"


BOUNDARY = """
    start s
    user a
    boundary b on=a message=stop {way}
    user next
    user instead
    end e
    end e2
    s -> a -> next -> e
    b -> instead -> e2
"""


def test_an_interrupting_message_takes_the_step_back():
    case = Walk(BOUNDARY.format(way=""))
    step = case.find("a")
    case.hear("stop")
    assert case.open == ["instead"]
    assert case.run.finished == (runner.Finished(step.id, "a", "p", "withdrawn"),)
    assert case.run.waits == ()
    assert not case.hear("stop").run.caught
    assert case.done("instead").run.ended == "e2"


def test_a_message_beside_a_step_starts_its_way_once_for_each_time_it_comes():
    case = Walk(BOUNDARY.format(way="beside"))
    step = case.find("a")
    case.hear("stop")
    assert case.open == ["a", "instead"]
    case.hear("stop")
    assert case.open == ["a", "instead", "instead"]
    assert case.find("a") == step
    case.done("a")
    assert case.open == ["instead", "instead", "next"]
    assert case.run.waits == ()
    assert not case.hear("stop").run.caught


def test_a_step_that_is_done_takes_its_events_with_it():
    case = Walk(BOUNDARY.format(way=""))
    case.done("a")
    assert case.run.waits == ()
    assert not case.hear("stop").run.caught


@pytest.mark.parametrize("holder", ["sub", "call", "each", "nested"])
def test_an_interrupting_event_ends_everything_inside(holder):
    inner = """
        start is; parallel f; user a; user b each=list; catch t timer=P9D
        boundary late on=a timer=P1D beside; user c; end e1; end e2; end e3; end e4
        is -> f -> a -> e1; f -> b -> e2; f -> t -> e3; late -> c -> e4
        """
    outer = """
        start s; {}; boundary stop on=x message=stop; user after; end e
        s -> x -> e; stop -> after -> e
        """
    drawn = {
        "sub": plan(outer.format("sub x {; " + inner + "; }")),
        "call": plan(outer.format("call x runs=q"), q=inner),
        "each": plan(outer.format("call x runs=q each=list"), q=inner),
        "nested": plan(outer.format("sub x {; start xs; call xc runs=q; end xe; xs -> xc -> xe; }"), q=inner),
    }[holder]
    case = Walk(drawn, list=["u", "v"])
    case.wake(days=2)
    inside = {one.id for one in case.run.open}
    assert len(inside) == (8 if holder == "each" else 4)
    case.hear("stop")
    assert case.open == ["after"]
    assert {one.id for one in case.run.finished if one.how == "withdrawn"} == inside
    assert case.run.waits == ()
    assert len(case.run.state) < 300
    assert case.done("after").run.ended == "e"


def test_an_event_in_a_loop_is_armed_anew_in_every_round():
    text = (
        BOUNDARY.format(way="")
        .replace("s -> a", "exclusive x; s -> x -> a")
        .replace("instead -> e2", "instead -> x")
    )
    case = Walk(text.replace("end e2; ", ""))
    for _ in range(12):
        case.hear("stop").done("instead")
    assert case.open == ["a"]
    assert case.done("a").open == ["next"]


def test_whichever_comes_first():
    text = """
        start s; first g; catch m message=yes; catch t timer=P14D; user a; user b; end e
        s -> g -> m -> a -> e; g -> t -> b -> e
        """
    case = Walk(text)
    assert {(one.step, one.due_at) for one in case.run.waits} == {
        ("m", None),
        ("t", MONDAY + timedelta(days=14)),
    }
    case.hear("yes")
    assert case.open == ["a"]
    assert case.run.waits == ()
    late = Walk(text).wake(days=14)
    assert late.open == ["b"]
    assert late.run.waits == ()


# ---- Timers

TIMER = "start s; catch t {}; user a; end e; s -> t -> a -> e"


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("timer=P56D", MONDAY + timedelta(days=56)),
        ("timer=PT4H", MONDAY + timedelta(hours=4)),
        ("timer=P1M", datetime(2027, 4, 1, 9, tzinfo=UTC)),
        ("timer=P1Y2M3DT4H5M6S", datetime(2028, 5, 4, 13, 5, 6, tzinfo=UTC)),
        ("date=2027-06-01T09:00:00+02:00", datetime(2027, 6, 1, 7, tzinfo=UTC)),
        ("anchor=release offset=-P2W", datetime(2027, 5, 17, 23, 59, 59, tzinfo=UTC)),
        ("anchor=step_opened offset=PT3H", MONDAY + timedelta(hours=3)),
        ("anchor=release offset=P3D days=working", datetime(2027, 6, 3, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_timer_fires_when_it_is_due_and_not_before(said, due):
    case = Walk(TIMER.format(said), dates={"release": date(2027, 5, 31)})
    assert [(one.step, one.kind, one.due_at) for one in case.run.waits] == [("t", "timer", due)]
    assert case.run.wake_at == due
    case.now = due - timedelta(seconds=1)
    assert case.wake().open == []
    assert case.wake(seconds=1).open == ["a"]
    assert case.run.passed[0] == runner.Passed("t", "p", "timer", "t-a", due.isoformat())
    assert case.run.wake_at is None


def test_the_last_of_january_and_a_month_is_the_last_of_february():
    case = Walk(TIMER.format("timer=P1M"))
    case.now = datetime(2027, 1, 31, 12, tzinfo=UTC)
    case.run = runner.start(case.plan, case.context)
    assert case.run.wake_at == datetime(2027, 2, 28, 12, tzinfo=UTC)


def test_a_timer_follows_the_date_it_is_anchored_to():
    case = Walk(TIMER.format("anchor=release offset=-P2W"), dates={"release": date(2027, 5, 31)})
    case.dates["release"] = date(2027, 8, 31)
    assert case.wake(days=80).open == []
    assert case.run.wake_at == datetime(2027, 8, 17, 23, 59, 59, tzinfo=UTC)
    case.dates["release"] = date(2027, 5, 1)
    assert case.wake().open == ["a"]


def test_a_timer_waits_without_a_date_until_one_is_known():
    case = Walk(TIMER.format("anchor=release offset=-P2W"))
    assert [one.due_at for one in case.run.waits] == [None]
    assert case.run.wake_at is None
    assert case.wake(weeks=500).open == []
    case.dates["release"] = case.now.date() + timedelta(weeks=50)
    assert case.wake().run.wake_at is not None
    assert runner.waits(case.plan, case.run.state, case.context) == case.run.waits
    assert case.wake(weeks=50).open == ["a"]


def test_a_date_that_has_passed_is_not_waited_for():
    case = Walk(TIMER.format("anchor=release offset=-P2W"), dates={"release": date(2027, 3, 1)})
    assert case.open == ["a"]


def test_a_reminder_comes_once_and_the_deadline_ends_the_step():
    case = Walk(
        """
        start s
        user a
        boundary remind on=a timer=P7D beside
        boundary late on=a timer=P14D
        user nudge
        user escalate
        end e
        s -> a -> e
        remind -> nudge -> e
        late -> escalate -> e
        """
    )
    assert case.wake(days=8).open == ["a", "nudge"]
    assert case.wake(days=1).open == ["a", "nudge"]
    assert [one.step for one in case.run.waits] == ["late"]
    assert case.wake(days=5).open == ["nudge", "escalate"]
    assert case.run.finished[0].how == "withdrawn"


def test_timers_that_are_due_together_fire_in_the_order_of_their_dates():
    text = """
        start s; user a; boundary x on=a timer=P3D; boundary y on=a timer=P2D; user bx; user by; end e
        s -> a -> e; x -> bx -> e; y -> by -> e
        """
    assert Walk(text).wake(days=30).open == ["by"]


def test_what_somebody_has_done_counts_even_if_the_deadline_has_passed_unnoticed():
    case = Walk("start s; user a; boundary late on=a timer=P1D; user b; end e; s -> a -> e; late -> b -> e")
    case.now += timedelta(days=3)
    assert case.done("a").run.ended == "e"


def test_a_loop_of_timers_that_never_wait_is_stopped():
    case = Walk(
        """
            start s; exclusive x; catch t timer=PT0S; exclusive g; end e
            s -> x -> t -> g; g -> x : again; g => e
            """,
        again=True,
    )
    assert case.run.stuck.code == "endless"
    assert case.retry(again=False).run.ended == "e"


# ---- For ever


def test_a_loop_without_anybody_in_it_is_stopped_and_never_called_complete():
    case = Walk(
        "start s; user a; exclusive m; exclusive g; end e; s -> a -> m -> g; g -> m : again; g => e",
        again=True,
    )
    case.done("a")
    assert case.run.stuck.code == "endless"
    assert case.run.ended is None
    assert case.run.stuck.step in ("m", "g")
    assert case.retry(again=False).run.ended == "e"


def test_branches_that_multiply_for_ever_are_stopped():
    case = Walk(
        """
            start s; user a; exclusive m; parallel f; end e
            s -> a -> m -> f -> m2; exclusive m2; f -> m2 -> m
            """
    )
    assert case.done("a").run.stuck.code == "endless"


def test_a_loop_through_a_called_pathway_is_stopped():
    caller = plan(
        "start s; exclusive m; call c runs=q; exclusive g; end e; s -> m -> c -> g; g -> m : again; g => e",
        q="start s; end e; s -> e",
    )
    assert Walk(caller, again=True).run.stuck.code == "endless"


def test_a_loop_with_a_person_in_it_may_last_for_years():
    case = Walk(REVIEW, needs="more")
    for _ in range(300):
        case.done("meet")
    assert case.open == ["meet"]
    assert case.run.stuck is None


def test_three_hundred_people_are_not_an_endless_loop():
    caller = plan(
        "start s; call c runs=q each=list; end e; s -> c -> e",
        q="start s; exclusive g; user a; end e; s -> g; g -> a : item < 0; g => e; a -> e",
    )
    assert Walk(caller, list=list(range(300))).run.ended == "e"


def test_people_times_people_are_more_than_one_click_can_begin():
    caller = plan(
        "start s; call c runs=q each=list; end e; s -> c -> e",
        q="start s; user a each=list; end e; s -> a -> e",
    )
    case = Walk(caller, list=list(range(200)))
    assert case.run.stuck.code == "limit"
    assert case.retry(list=list(range(40))).run.stuck is None
    assert len(case.open) == 1_600


def test_a_thousand_steps_in_a_row():
    steps = [f"a{n}" for n in range(1200)]
    text = (
        "start s; end e; "
        + "; ".join(f"user {step}" for step in steps)
        + "; s -> "
        + " -> ".join(steps)
        + " -> e"
    )
    case = Walk(text)
    for step in steps:
        case.done(step)
    assert case.run.ended == "e"


def test_a_loop_of_hundreds_of_steps():
    steps = [f"a{n}" for n in range(600)]
    text = "start s; exclusive m; exclusive g; end e; " + "; ".join(f"user {step}" for step in steps)
    case = Walk(text + "; s -> m -> " + " -> ".join(steps) + " -> g; g -> m : again; g => e", again=True)
    for step in steps:
        case.done(step)
    assert case.open == ["a0"]


def test_what_goes_wrong_inside_is_told_without_internals(monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("<object at 0x7f00> knows that Amira is ill")

    monkeypatch.setattr("engine.runner.elements.ExclusiveGateway.choose", fail)
    case = Walk(CHOICE).done("a", score=7)
    assert (case.run.stuck.code, case.run.stuck.step) == ("internal", "g")
    for told in (str(case.run.stuck.message), caplog.text):
        assert "0x7f" not in told
        assert "Amira" not in told
    assert "RuntimeError" in caplog.text
    monkeypatch.undo()
    assert case.retry().open == ["high"]


def test_running_out_of_python_is_a_problem_and_not_an_end(monkeypatch):
    def fail(*_):
        raise RecursionError

    monkeypatch.setattr("engine.runner.course.Course._fire_join", fail)
    case = Walk(CHOICE)
    assert case.run.stuck.code == "internal"
    assert case.run.ended is None


# ---- Plans


def test_a_plan_is_shared_by_cases_and_learns_nothing_from_them():
    shared = plan(REVIEW)
    before = {
        name: vars(spec).copy() for scope in shared.specs.values() for name, spec in scope.task_specs.items()
    }
    first, second = Walk(shared, needs="more"), Walk(shared, needs="nothing")
    for _ in range(5):
        first.done("meet")
    second.done("meet")
    assert (first.open, second.open) == (["meet"], ["close"])
    after = {name: vars(spec) for scope in shared.specs.values() for name, spec in scope.task_specs.items()}
    assert after == before


def test_a_plan_is_kept_by_its_digest():
    specs = runner.prepare({"p": draw(REVIEW)}, "p")
    assert runner.load(specs, "digest of a review") is runner.load(specs, "digest of a review")
    assert runner.load(specs, "another digest") is not runner.load(specs, "digest of a review")


def test_the_same_diagrams_make_the_same_specs():
    sources = {
        "p": draw("start s; call c runs=q; end e; s -> c -> e"),
        "q": draw(REVIEW, "q"),
        "unused": b"<",
    }
    assert runner.prepare(sources, "p") == runner.prepare(dict(reversed(sources.items())), "p")
    assert "unused" not in runner.prepare(sources, "p")


@pytest.mark.parametrize(
    "text",
    [
        "user a; end e; a -> e",
        "start s; start t; end e; s -> e; t -> e",
        "start s; call c runs=nowhere; end e; s -> c -> e",
        "start s; call c; end e; s -> c -> e",
        "start s; exclusive g; end e; end f; s -> g -> e; g -> f",
        "start s; catch m message=now; end e; s -> m -> e : true",
        "start s; throw t link=away; end e; s -> t; t -> e",
        "start s; user a most=0; end e; s -> a -> e",
        "start s; catch t timer=soon; end e; s -> t -> e",
        "start s; catch t timer=-P1D; end e; s -> t -> e",
        "start s; catch t; end e; s -> t -> e",
        "start s timer=P1D; end e; s -> e",
        "start s signal=hello; end e; s -> e",
        "start s; throw t timer=P1D; end e; s -> t -> e",
        "start s; catch c condition='1 +'; end e; s -> c -> e",
        "start s; sub x { ; start xs message=m; end xe; xs -> xe; }; end e; s -> x -> e",
        "start s; first g; user a; end e; s -> g -> a -> e",
        "start s; user a; s -> a -> nowhere",
        "start s; exclusive g; boundary t on=g timer=P1D; user a; end e; s -> g -> e; t -> a -> e",
        "start s; boundary t on=nowhere timer=P1D; user a; end e; s -> e; t -> a -> e",
    ],
)
def test_what_would_not_run_as_drawn_is_refused(text):
    with pytest.raises(Invalid):
        plan(text)
