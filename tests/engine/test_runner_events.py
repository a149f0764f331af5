"""Stories of what is thrown and heard within one case: messages, signals, conditions."""

import pytest

from engine import runner
from engine.errors import Invalid
from tests.engine.drawing import Walk, draw, plan


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
