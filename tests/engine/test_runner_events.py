"""Stories of what is thrown and heard within one case: messages, signals, conditions."""

import pytest

from engine import runner
from engine.errors import Invalid
from tests.engine.drawing import Walk, draw, plan
from tests.make_dmn import dmn, table


def trace(text: str, **others: str) -> list[str]:
    """Where a case comes by that waits for nobody: "entered s", "left s" ..."""
    heard: list[runner.Moved] = []
    walk = Walk(plan("start s; user go; end e; s -> go -> e"))
    context = runner.Context({}, walk.now, walk.due, listen=heard.append)
    runner.start(plan(text, **others), context)
    return [f"{one.event} {one.step}" for one in heard]


# ---- Messages


def test_a_message_is_heard_by_whatever_waits_for_it_in_the_case():
    case = Walk("""
        start s; parallel f; user a; throw t message=news; end e; s -> f -> a -> t -> e
        catch c message=news; user read; end g; f -> c -> read -> g
    """)
    assert case.done("a").open == ["read"]
    assert case.run.sent == ()
    assert [one.kind for one in case.run.passed if one.step == "c"] == ["message"]


@pytest.mark.parametrize("order", [("t -> e", "c -> d"), ("c -> d", "t -> e")])
def test_which_branch_was_drawn_first_does_not_matter(order):
    ways = {"t -> e": "f -> t -> e", "c -> d": "f -> c -> d"}
    for kind in ("message", "signal"):
        first, second = (ways[way] for way in order)
        case = Walk(f"""
            start s; parallel f; throw t {kind}=news; end e; catch c {kind}=news; end d
            s -> f; {first}; {second}
        """)
        assert case.run.ended is not None, kind


def test_a_message_reaches_called_pathways_and_those_that_called():
    caller = """
        start s; parallel f; call x runs=q; end e; s -> f -> x -> e; catch c message=up; user told; end g
        f -> c -> told -> g
    """
    called = """
        start qs; throw t message=up; sub z { ; start zs; catch zc message=down; end ze; zs -> zc -> ze; }
        user after; end qe; qs -> t -> z -> after -> qe
    """
    case = Walk(plan(caller, q=called))
    assert case.open == ["told"]
    assert case.hear("down").open == ["told", "after"]


def test_a_message_that_nothing_waits_for_leaves_the_case():
    case = Walk("start s; user a; throw t message=news; end e message=over; s -> a -> t -> e").done("a")
    assert case.run.ended == "e"
    assert case.run.sent == (runner.Sent("t", "p", "news"), runner.Sent("e", "p", "over"))


def test_an_end_that_sends_a_message_ends_its_branch_like_any_other():
    moves = ["entered s", "left s", "entered f", "left f", "entered c", "entered e", "left e", "left c"]
    assert trace("""
        start s; parallel f; end e message=news; catch c message=news; end d; s -> f -> c -> d; f -> e
    """) == [*moves, "entered d", "left d"]


def test_a_step_that_sends_does_so_when_it_is_done_and_hears_nothing_of_it_itself():
    case = Walk("""
        start s; send a message=news; boundary b on=a message=news; user mine; end e; end g
        s -> a -> e; b -> mine -> g
    """)
    assert [one.name for one in case.run.waits] == ["news"]
    assert case.done("a").run.ended == "e"
    assert [one.name for one in case.run.sent] == ["news"]
    assert Walk("start s; send a; end e; s -> a -> e").done("a").run.sent == ()


def test_what_is_thrown_may_end_the_level_in_which_it_was_thrown():
    case = Walk("""
        start s; sub x { ; start xs; user a; throw t message=stop; user b; end xe; xs -> a -> t -> b -> xe; }
        boundary m on=x message=stop; user after; end e; end g; s -> x -> e; m -> after -> g
    """)
    assert case.done("a").open == ["after"]
    assert case.run.sent == ()


def test_a_message_without_a_name_cannot_be_sent():
    nameless = draw("start s; throw t message=x; end e; s -> t -> e").replace(b'name="x"', b"")
    with pytest.raises(Invalid):
        runner.prepare({"p": nameless}, "p")


# ---- Signals


def test_a_signal_is_heard_by_everything_that_waits_for_it_now_and_by_nothing_later():
    case = Walk(
        plan(
            """
            start s; parallel f; user a; throw t signal=alarm; catch late signal=alarm; end e
            s -> f -> a -> t -> late -> e
            catch c signal=alarm; user one; end d; f -> c -> one -> d
            user b; boundary m on=b signal=alarm; user two; end g; end h; f -> b -> g; m -> two -> h
            call x runs=q; end i; f -> x -> i
            """,
            q="start qs; catch qc signal=alarm; user three; end qe; qs -> qc -> three -> qe",
        )
    )
    assert case.done("a").open == ["one", "two", "three"]
    assert [one.step for one in case.run.waits] == ["late"]
    assert case.run.sent == ()


def test_a_signal_beside_a_step_may_come_again():
    case = Walk("""
        start s; user a; boundary m on=a signal=alarm beside; user b; end e; end g; s -> a -> e; m -> b -> g
    """)
    assert case.hear_signal("alarm").hear_signal("alarm").open == ["a", "b", "b"]
    assert not case.hear("alarm").run.caught, "a message of the same name is another thing"
    assert case.done("a").hear_signal("alarm").open == ["b", "b"]


@pytest.mark.parametrize(("beside", "left"), [("", ["handle"]), (" beside", ["b", "handle"])])
def test_a_signal_starts_an_event_sub_process(beside, left):
    case = Walk(f"""
        start s; parallel f; user a; end e signal=alarm; user b; end d; s -> f -> a -> e; f -> b -> d
        handler h {{ ; start hs signal=alarm{beside} ; user handle ; end he ; hs -> handle -> he ; }}
    """)
    assert case.done("a").open == left


def test_a_signal_ends_the_waiting_of_an_event_gateway():
    case = Walk("""
        start s; first g; catch m signal=alarm; catch t timer=P1D; user a; user b; end e; end d
        s -> g; g -> m -> a -> e; g -> t -> b -> d
    """)
    assert case.hear_signal("alarm").open == ["a"]
    assert case.run.waits == ()


def test_an_end_with_a_signal_interrupts_what_is_around_it():
    case = Walk("""
        start s; sub x { ; start xs; parallel f; user a; end xe signal=stop; user b; end xd; xs -> f -> a -> xe
            f -> b -> xd ; }
        boundary m on=x signal=stop; user after; end e; end d; s -> x -> e; m -> after -> d
    """)
    assert case.done("a").open == ["after"]
    assert [(one.step, one.how) for one in case.run.finished] == [("a", "done"), ("b", "withdrawn")]


def test_signals_that_call_each_other_without_end_are_stopped():
    drawn = """
        start s; user a; end e; s -> a -> e
        handler h { ; start hs signal=ping beside ; end he signal=ping ; hs -> he ; }
    """
    case = Walk(drawn).hear_signal("ping")
    assert case.run.stuck.code == "endless"
    assert case.open == ["a"]


# ---- Conditions


def test_a_condition_is_waited_for_and_may_hold_at_once():
    drawn = "start s; user a; catch c condition='found'; user b; end e; s -> a -> c -> b -> e"
    waiting = Walk(drawn, found=False).done("a")
    assert [(one.step, one.kind, one.name, one.due_at) for one in waiting.run.waits] == [
        ("c", "condition", None, None)
    ]
    assert waiting.know(other=1).open == []
    assert waiting.know(found=True).open == ["b"]
    assert [(one.kind, one.because) for one in waiting.run.passed] == [("condition", "found")]
    assert Walk(drawn, found=True).done("a").open == ["b"]


def test_a_step_done_elsewhere_makes_a_condition_come_true():
    case = Walk(
        """
        start s; parallel f; user ask; end e; user home; boundary m on=home condition='consent = "withdrawn"'
        user stop; end d; end g; s -> f -> ask -> e; f -> home -> d; m -> stop -> g
        """,
        consent=None,
    )
    assert case.done("ask", consent="withdrawn").open == ["stop"]
    assert [(one.step, one.how) for one in case.run.finished] == [("ask", "done"), ("home", "withdrawn")]


@pytest.mark.parametrize(
    "drawn",
    [
        "start s; user a; boundary m on=a condition='late' beside; user b; end e; end g; s -> a -> e; m -> b -> g",
        """
        start s; user a; end e; s -> a -> e
        handler h { ; start hs condition='late' beside ; user b ; end he ; hs -> b -> he ; }
        """,
    ],
)
def test_beside_a_step_it_happens_once_each_time_it_comes_true(drawn):
    case = Walk(drawn, late=False)
    assert case.know(late=True).open == ["a", "b"]
    assert case.know(other=1).wake(days=1).know(late=True).open == ["a", "b"]
    assert case.know(late=False).open == ["a", "b"]
    assert case.know(late=True).open == ["a", "b", "b"]
    assert Walk(drawn, late=True).know(other=1).open == ["a", "b"], "what holds at once happens once"


def test_a_condition_starts_what_ends_everything_else():
    case = Walk(
        """
        start s; user a; end e; s -> a -> e
        handler h { ; start hs condition='dead' ; user tell ; end he ; hs -> tell -> he ; }
        """,
        dead=False,
    )
    assert case.know(dead=True).open == ["tell"]
    assert case.done("tell").run.ended == "h"


def test_after_an_event_gateway_the_first_condition_that_holds_goes_on():
    drawn = """
        start s; first g; catch m condition='one'; catch n condition='two'; catch t timer=P1D
        user a; user b; user c; end e; end d; end h; s -> g; g -> m -> a -> e; g -> n -> b -> d; g -> t -> c -> h
    """
    assert Walk(drawn, one=False, two=True).open == ["b"]
    assert Walk(drawn, one=True, two=True).open == ["a"]
    late = Walk(drawn, one=False, two=False)
    assert late.wake(days=2).open == ["c"]
    assert late.know(one=True).open == ["c"]


def test_a_timer_that_was_due_before_comes_first():
    case = Walk(
        """
        start s; user a; boundary t on=a timer=P1D; boundary m on=a condition='late'
        user b; user c; end e; end g; end h; s -> a -> e; t -> b -> g; m -> c -> h
        """,
        late=False,
    )
    case.facts["late"] = True
    assert case.wake(days=2).open == ["b"]


def test_what_nobody_knows_yet_does_not_hold_yet_and_what_cannot_be_decided_is_put_right_by_hand():
    drawn = "start s; catch c condition='age > 17'; user a; end e; s -> c -> a -> e"
    case = Walk(drawn, age=None)
    assert case.run.stuck is None
    assert case.know(age=17).know(age=18).open == ["a"]
    wrong = Walk(drawn, age=None).know(age="old")
    assert (wrong.run.stuck.code, wrong.run.stuck.step, wrong.run.stuck.remedy) == (
        "condition_failed",
        "c",
        "now",
    )
    assert wrong.move_on("c").open == ["a"]


def test_a_condition_on_the_day_is_looked_at_when_another_day_begins():
    drawn = "start s; catch c condition='today >= date(\"2027-03-03\")'; user a; end e; s -> c -> a -> e"
    case = Walk(drawn, today="2027-03-01")
    assert case.run.wake_at is not None
    assert case.run.wake_at.isoformat() == "2027-03-02T00:00:00+00:00"
    calm = Walk("start s; catch c condition='found'; user a; end e; s -> c -> a -> e", found=False)
    assert calm.run.wake_at is None


def test_a_condition_that_holds_round_and_round_is_stopped():
    case = Walk(
        """
        start s; exclusive m; user a; boundary b on=a condition='late'; end e; s -> m -> a -> e; b -> m
        """,
        late=False,
    ).know(late=True)
    assert case.run.stuck.code == "endless"
    assert case.know(late=False).open == ["a"]


def test_what_a_table_finds_may_make_a_condition_come_true_that_was_looked_at_before():
    way = dmn(table("way", ["km"], ["how"], [["< 5", '"walk"'], ["-", '"ride"']], policy="FIRST"))
    drawn = """
        start s; parallel f; user home; boundary m on=home condition='how = "walk"'; user tell; end g; end h
        user b; catch c condition='go'; rule r decision=way; end e
        s -> f -> home -> g; m -> tell -> h; f -> b -> c -> r -> e
    """
    assert Walk(plan(drawn, tables=way), how=None, go=True, km=9).done("b").open == ["home"]
    assert Walk(plan(drawn, tables=way), how=None, go=True, km=1).done("b").open == ["tell"]
