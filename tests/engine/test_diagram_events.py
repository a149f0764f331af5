"""What the check says of messages, signals and conditions, and how they are put in words."""

import json

import pytest

from engine import diagram, library
from engine.library import spelling
from engine.words import Sentence
from tests.engine.drawing import draw
from tests.engine.test_diagram_problems import CATALOGUE, YES, line
from tests.make_bpmn import catch, edge, end, pathway, start, sub, user, xor


def codes(xml: bytes) -> set[tuple[str, str | None]]:
    return {(one.code, one.element) for one in diagram.read(xml, CATALOGUE, "p").problems}


def waiting(condition: str, **attributes: str) -> str:
    said = (
        f"<b:conditionalEventDefinition><b:condition>{condition}</b:condition></b:conditionalEventDefinition>"
    )
    return catch("c", said, **attributes)


def until(condition: str, form: str = "agree") -> bytes:
    return line(waiting(condition), user("a", t_form=form))


def test_events_are_read_as_drawn() -> None:
    [read] = diagram.read(
        draw("""
            start s message=begin; user a; send b message=news; throw t signal=alarm; end e message=over
            boundary m on=a signal=alarm beside; catch c condition='agreement = "given"'; end d
            s -> a -> b -> t -> e; m -> c -> d
        """)
    ).pathways
    nodes = read.nodes
    assert nodes["s"].message == "begin"
    assert nodes["b"].throws == diagram.Thrown("message", "news")
    assert nodes["t"].throws == diagram.Thrown("signal", "alarm")
    assert nodes["e"].throws == diagram.Thrown("message", "over")
    assert (nodes["m"].signal, nodes["m"].interrupting, nodes["c"].condition) == ("alarm", False, YES)
    assert not nodes["c"].passes


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ('agreement = "gven"', "condition_faulty"),
        ("agreement", "condition_faulty"),
        ("1 +", "condition_faulty"),
        ("= agreement", "condition_translated"),
        ('age = 3 and agreement = "given"', "fact_not_set"),
    ],
)
def test_a_condition_that_is_waited_for_is_checked_like_any_other(condition: str, code: str) -> None:
    assert codes(until(condition)) == {(code, "c")}


def test_what_is_waited_for_may_be_asked_later() -> None:
    assert codes(until(YES)) == set()
    assert codes(until(YES, "agree_perhaps")) == set()


def round_and_round(back: str, beside: str = "true") -> bytes:
    holds = f"<b:conditionalEventDefinition><b:condition>{YES}</b:condition></b:conditionalEventDefinition>"
    event = edge("b", "a", holds, cancelActivity=beside)
    return pathway(
        start(),
        user("q", t_form="agree"),
        xor("m"),
        user("a"),
        event,
        end(),
        end("f"),
        "s > q > m > a > e",
        back,
    )


def test_a_condition_that_holds_already_does_not_stop_a_loop() -> None:
    assert codes(round_and_round("b > f")) == {("idle_gateway", "m")}
    assert ("loop_without_wait", "m") in codes(round_and_round("b > m"))
    assert ("loop_without_wait", "m") in codes(round_and_round("b > m", "false"))
    alone = pathway(start(), user("q", t_form="agree"), xor("m"), waiting(YES), xor("x", default="x_e"), end(),
                    "s > q > m > c > x > e", f"x > m : {YES}")  # fmt: skip
    assert codes(alone) == {("loop_without_wait", "m")}


def test_a_step_with_such_an_event_may_be_repeated_as_long_as_the_event_leads_out() -> None:
    holds = f"<b:conditionalEventDefinition><b:condition>{YES}</b:condition></b:conditionalEventDefinition>"
    review = pathway(
        start(), xor("m"), user("a", t_form="agree"), edge("b", "a", holds), xor("x", default="x_e"), end(), end("f"),
        "s > m > a > x > e", f"x > m : {YES}", "b > f",
    )  # fmt: skip
    assert codes(review) == set()


def test_a_signal_from_inside_or_from_what_is_called_is_thrown() -> None:
    signal = '<b:signal id="g" name="alarm"/>'
    alarm = '<b:signalEventDefinition signalRef="g"/>'
    part = sub("h", start("hs"), user("ha"), end("he", alarm), "hs > ha > he")
    inside = pathway(start(), part, edge("b", "h", alarm), end(), end("f"), "s > h > e", "b > f", head=signal)
    assert codes(inside) == set()


def test_events_in_words() -> None:
    drawn = """
        start s message=begin; throw t {kind}=news; catch c condition='agreement = "given"'; user a; end e
        s -> t -> c -> a -> e
    """
    before, after = (draw(drawn.replace("{kind}", kind)).decode() for kind in ("message", "signal"))
    nodes = diagram.read(before.encode()).pathways[0].nodes
    assert [[str(one) for one in spelling.event(nodes[ident], {})] for ident in "stc"] == [
        ["A case begins here when this is told: “begin”."],
        ["It sends the message “news”."],
        ["It happens as soon as this holds: “agreement” is “given”."],
    ]
    contents = [{"diagrams": {"p": xml}, "forms": {}} for xml in (before, after)]
    assert [str(one.words) for one in library.compare(*contents)] == [
        "“t” is another event now: It gives the signal “news”, for everything in the case that waits for it."
    ]


def test_a_sentence_with_a_list_of_sentences_can_be_kept() -> None:
    drawn = "start s; throw t message=news; user a; end e; s -> t -> a -> e"
    before, after = (draw(text).decode() for text in (drawn, drawn.replace("message", "signal")))
    [told] = library.compare(*({"diagrams": {"p": xml}, "forms": {}} for xml in (before, after)))
    kept = json.loads(json.dumps(told.words.kept()))
    assert str(Sentence.read(kept)) == str(told.words)
