"""A diagram for each kind of event at each place: the first table of BPMN in README.md.

When a row changes its verdict, its sample changes with it: `Refused(xml, code)` becomes `Supported(xml, trace, script)`
with the trace that the standard demands.
"""

from dataclasses import dataclass
from typing import Any

from tests.engine.test_diagram_problems import MESSAGE, jump, line
from tests.engine.test_play import heard, later
from tests.make_bpmn import (
    both,
    duration,
    end,
    message,
    node,
    pathway,
    start,
    sub,
    user,
)


class Supported:
    """Played with `script`, and then by itself, a case takes exactly this way.

    `others` are the pathways, or files of decision tables, that it calls, by key.
    """

    def __init__(self, xml: bytes, trace: str, *script: dict[str, Any], **others: bytes) -> None:
        self.xml, self.trace, self.script, self.others = xml, trace, script, others


class Refused:
    """The check says these things against it, and nothing else."""

    def __init__(self, xml: bytes, *codes: str) -> None:
        self.xml, self.codes = xml, set(codes)


@dataclass(frozen=True)
class Documentation:
    """A case takes the same way with it as without it; `warned` is what the check says of it, if anything."""

    xml: bytes
    without: bytes
    warned: str | None = None


Sample = Supported | Refused | Documentation


# ---- Events: each kind at each place


def meaning(kind: str, inside: str = "", **attributes: str) -> str:
    """What an event is about, in BPMN."""
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<b:{kind}EventDefinition{said}>{inside}</b:{kind}EventDefinition>"


HEAD = (
    MESSAGE
    + '<b:error id="err" errorCode="gone"/><b:escalation id="esc" escalationCode="help"/>'
    + '<b:signal id="sig" name="all"/>'
)
KINDS = {
    "none": "",
    "message": message(),
    "timer": duration(),
    "error": meaning("error", errorRef="err"),
    "escalation": meaning("escalation", escalationRef="esc"),
    "conditional": meaning("conditional", '<b:condition xsi:type="b:tFormalExpression">1 = 1</b:condition>'),
    "signal": meaning("signal", signalRef="sig"),
    "link": meaning("link", name="over"),
    "terminate": meaning("terminate"),
    "compensate": meaning("compensate"),
    "cancel": meaning("cancel"),
    "multiple": duration() + message(),
    "parallel multiple": duration() + message(),
}
PLACES = ("start", "ESP", "ESP beside", "catch", "throw", "edge", "edge beside", "end")


def event(kind: str, place: str) -> bytes:
    """One event of a kind at a place of a small pathway, next to nothing but steps."""
    inside = KINDS[kind]
    said = {"parallelMultiple": "true"} if kind == "parallel multiple" else {}
    match place:
        case "start":
            begins = node("startEvent", "s", inside, **said)
            return pathway(begins, user("a"), end(), "s > a > e", head=HEAD)
        case "ESP" | "ESP beside":
            drawn = (user("a"), started_by(inside, place, **said))
            return pathway(start(), *drawn, end(), "s > a > e", head=HEAD)
        case "catch":
            return line(node("intermediateCatchEvent", "a", inside, name="It", **said), head=HEAD)
        case "throw":
            return line(node("intermediateThrowEvent", "a", inside, name="It"), head=HEAD)
        case "edge" | "edge beside":
            return pathway(start(), user("a"), *on_edge("a", inside, place, **said), "s > a > e", head=HEAD)
    return pathway(start(), user("a"), end("e", inside), "s > a > e", head=HEAD)


def started_by(inside: str, place: str, **said: str) -> str:
    """An event sub-process with a step in it."""
    if place == "ESP beside":
        said["isInterrupting"] = "false"
    begins = node("startEvent", "hs", inside, **said)
    return sub("h", begins, user("c"), end("he"), "hs > c > he", triggeredByEvent="true")


def on_edge(host: str, inside: str, place: str, **said: str) -> tuple[str, ...]:
    """An event on the edge of something, the step that follows it, and both ends."""
    if place == "edge beside":
        said["cancelActivity"] = "false"
    event = node("boundaryEvent", "b", inside, name="It", attachedToRef=host, **said)
    return event, user("c"), end("e"), end("f"), "b > c > f"


def thrown(kind: str, by: str, place: str) -> bytes:
    """A sub-process in which an end or something on the way throws, and an event that catches it."""
    inside = KINDS[kind]
    if by == "end":
        throws = (start("is"), user("a"), end("ie", inside), "is > a > ie")
    else:
        mark = node("intermediateThrowEvent", "t", inside, name="It")
        throws = (start("is"), mark, user("a"), end("ie"), "is > t > a > ie")
    if place.startswith("ESP"):
        part = sub("part", *throws, started_by(inside, place))
        return pathway(start(), part, end(), "s > part > e", head=HEAD)
    drawn = (sub("part", *throws), *on_edge("part", inside, place))
    return pathway(start(), *drawn, "s > part > e", head=HEAD)


NEWS, TWO_WEEKS = heard("released.now"), later("P2W")
PASSED = "+s -s +a -a +e -e"
STARTED = "+s -s +a !a +h +hs -hs +c -c +he -he -h"
STARTED_BESIDE = "+s -s +a +h +hs -hs +c -a +e -e -c +he -he -h"
INSTEAD = "+s -s +a !a +b -b +c -c +f -f"
BESIDE = "+s -s +a +b -b +c -a +e -e -c +f -f"
JUMP = "+s -s +a -a +t -t +c -c +b -b +e -e"
TERMINATED = pathway(
    *(start(), both("g"), user("a"), user("b"), end("e", KINDS["terminate"]), end("f")),
    "s > g > a > e",
    "g > b > f",
)

EVENTS: dict[tuple[str, str], Sample] = {
    ("none", "start"): Supported(event("none", "start"), PASSED),
    ("none", "throw"): Supported(event("none", "throw"), PASSED),
    ("none", "end"): Supported(event("none", "end"), PASSED),
    ("message", "ESP"): Supported(event("message", "ESP"), STARTED, NEWS),
    ("message", "ESP beside"): Supported(event("message", "ESP beside"), STARTED_BESIDE, NEWS),
    ("message", "catch"): Supported(event("message", "catch"), PASSED, NEWS),
    ("message", "edge"): Supported(event("message", "edge"), INSTEAD, NEWS),
    ("message", "edge beside"): Supported(event("message", "edge beside"), BESIDE, NEWS),
    ("timer", "ESP"): Supported(event("timer", "ESP"), STARTED, TWO_WEEKS),
    ("timer", "ESP beside"): Supported(event("timer", "ESP beside"), STARTED_BESIDE, TWO_WEEKS),
    ("timer", "catch"): Supported(event("timer", "catch"), PASSED, TWO_WEEKS),
    ("timer", "edge"): Supported(event("timer", "edge"), INSTEAD, TWO_WEEKS),
    ("timer", "edge beside"): Supported(event("timer", "edge beside"), BESIDE, TWO_WEEKS),
    ("error", "ESP"): Supported(
        thrown("error", "end", "ESP"),
        "+s -s +part +is -is +a -a +ie -ie +h +hs -hs +c -c +he -he -h -part +e -e",
    ),
    ("error", "edge"): Supported(
        thrown("error", "end", "edge"), "+s -s +part +is -is +a -a +ie -ie !part +b -b +c -c +f -f"
    ),
    ("error", "end"): Supported(
        thrown("error", "end", "edge"), "+s -s +part +is -is +a -a +ie -ie !part +b -b +c -c +f -f"
    ),
    ("escalation", "ESP"): Supported(
        thrown("escalation", "throw", "ESP"),
        "+s -s +part +is -is +t -t +h +hs -hs +c -c +he -he -h -part +e -e",
    ),
    ("escalation", "ESP beside"): Supported(
        thrown("escalation", "throw", "ESP beside"),
        "+s -s +part +is -is +t -t +h +hs +a -hs +c -a +ie -ie -c +he -he -h -part +e -e",
    ),
    ("escalation", "edge"): Supported(
        thrown("escalation", "throw", "edge"), "+s -s +part +is -is +t -t !part +b -b +c -c +f -f"
    ),
    ("escalation", "edge beside"): Supported(
        thrown("escalation", "throw", "edge beside"),
        "+s -s +part +is -is +t -t +b -b +c +a -c +f -f -a +ie -ie -part +e -e",
    ),
    ("escalation", "throw"): Supported(event("escalation", "throw"), PASSED),
    ("escalation", "end"): Supported(
        thrown("escalation", "end", "edge beside"),
        "+s -s +part +is -is +a -a +ie -ie +b -b +c -part +e -e -c +f -f",
    ),
    ("link", "catch"): Supported(jump(), JUMP),
    ("link", "throw"): Supported(jump(), JUMP),
    ("terminate", "end"): Supported(TERMINATED, "+s -s +g -g +a +b -a +e -e !b"),
}
# What the check says of the others, in the order of PLACES; "" where one is supported.
NO_EVENT = "event_without_meaning"
_REFUSED = {
    "none": ("", *("handler_without_event",) * 2, NO_EVENT, "", NO_EVENT, NO_EVENT, ""),
    "message": ("unsupported_start", "", "", "", "unsupported_throw", "", "", "unsupported_end"),
    "timer": ("unsupported_start", "", "", "", "unsupported_throw", "", "", "unsupported_end"),
    "error": (
        *("unsupported_start", "", "error_beside", "unsupported_error"),
        *("unsupported_throw error_uncaught", "", "error_beside", ""),
    ),
    "escalation": ("unsupported_start", "", "", "unsupported_escalation", "", "", "", ""),
    "conditional": (
        *("unsupported_start",) * 3,
        *("unsupported_conditional", "unsupported_throw", *("unsupported_conditional",) * 2),
        "unsupported_end",
    ),
    "signal": (
        *("unsupported_start",) * 3,
        *("unsupported_signal", "unsupported_throw", *("unsupported_signal",) * 2),
        "unsupported_end",
    ),
    "link": (
        *("unsupported_start",) * 3,
        *("", "", "link_on_edge", "link_on_edge", "unsupported_end flow_into_link"),
    ),
    "terminate": (
        *("unsupported_start",) * 3,
        *("unsupported_element", "unsupported_throw", *("unsupported_element",) * 2, ""),
    ),
    "compensate": (*("unsupported_start",) * 3, *("unsupported_compensation",) * 4, "unsupported_end"),
    "cancel": (
        *("unsupported_start",) * 3,
        *("unsupported_cancel", "unsupported_throw", *("unsupported_cancel",) * 2, "unsupported_end"),
    ),
    "multiple": (
        *("several_meanings unsupported_start", *("several_meanings",) * 3),
        *("several_meanings unsupported_throw", *("several_meanings",) * 2),
        "several_meanings unsupported_end",
    ),
    "parallel multiple": (
        *("unsupported_parallel_events unsupported_start", *("unsupported_parallel_events",) * 3),
        *("several_meanings unsupported_throw", *("unsupported_parallel_events",) * 2),
        "several_meanings unsupported_end",
    ),
}
EVENTS |= {
    (kind, place): Refused(event(kind, place), *codes.split())
    for kind, row in _REFUSED.items()
    for place, codes in zip(PLACES, row, strict=True)
    if codes
}
