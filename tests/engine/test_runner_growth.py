"""A case costs the same in its last year as in its first week."""

import json

import pytest

from engine.runner import snapshot
from tests.engine.drawing import Walk, plan

# A year of mentoring, round after round: everything that could leave something behind is in the loop.
YEAR = """
    start s
    exclusive again
    parallel f
    user meet
    boundary remind on=meet timer=P7D beside
    user nudge
    end nudged
    boundary cancelled on=meet message=cancelled
    sub talk {
        start ts
        user ask
        end te
        ts -> ask -> te
    }
    boundary urgent on=talk message=urgent beside
    user help
    end helped
    call share runs=sharing each=agencies
    exclusive met
    parallel j
    inclusive of
    user note
    inclusive oj
    first g
    catch pause timer=P1D
    catch ready message=ready
    exclusive x
    exclusive enough
    end e
    s -> again -> f -> meet -> met -> j
    cancelled -> met
    remind -> nudge -> nudged
    urgent -> help -> helped
    f -> talk -> j
    f -> share -> j
    j -> of
    of -> note : true
    of => oj
    note -> oj -> g -> pause -> x
    g -> ready -> x -> enough
    enough -> again : more
    enough => e
"""
SHARING = "start s; user share_it; end e; s -> share_it -> e"


def round_of(case: Walk) -> None:
    case.wake(days=8).done("nudge")
    case.hear("urgent").hear("cancelled")
    case.done("help").done("ask").done("share_it").done("share_it")
    case.done("note").wake(days=1)


def size(case: Walk) -> tuple[int, int]:
    """Bytes of the stored state, and tasks in it once it is read."""
    course = snapshot.restore(case.plan, json.loads(case.run.state), case.context)
    return len(case.run.state), sum(len(scope.tasks) for scope in (course, *course.subprocesses.values()))


def grown(case: Walk, rounds: int) -> None:
    for number in range(rounds):
        assert case.run.stuck is None, number
        round_of(case)


@pytest.fixture
def year() -> Walk:
    return Walk(plan(YEAR, sharing=SHARING), agencies=["ngo", "police"], more=True)


def test_the_thousandth_round_is_as_small_as_the_tenth(year):
    grown(year, 10)
    early = size(year)
    opened = len(year.run.open)
    grown(year, 490)
    assert size(year) == early
    assert len(year.run.open) == opened
    year.facts["more"] = False
    round_of(year)
    assert year.run.ended == "e"


def test_five_thousand_rounds_of_parallel_work():
    case = Walk(
        """
        start s; exclusive again; parallel f; user a; user b; parallel j; exclusive enough; end e
        s -> again -> f -> a -> j -> enough; f -> b -> j; enough -> again : more; enough => e
        """,
        more=True,
    )
    sizes = {}
    for round_ in range(1, 5_001):
        case.done("a").done("b")
        if round_ in (10, 1_000, 5_000):
            sizes[round_] = size(case)
    assert sizes[10] == sizes[1_000] == sizes[5_000]
    assert case.done("a").done("b", more=False).run.ended == "e"


def test_gateway_after_gateway_costs_nothing_ahead():
    """Four ways apart and together, forty times: whoever looks ahead sees four to the fortieth."""
    lines, last = ["start s", "end e"], "s"
    for block in range(40):
        lines += [f"parallel f{block}", f"parallel j{block}", f"{last} -> f{block}"]
        for way in range(4):
            step = f"t{block}_{way}"
            lines += [f"user {step}", f"f{block} -> {step} -> j{block}"]
        last = f"j{block}"
    case = Walk("\n".join([*lines, f"{last} -> e"]))
    for _ in range(160):
        assert size(case)[1] <= 5
        case.done(case.open[0])
    assert case.run.ended == "e"


def test_a_deep_case_is_as_deep_as_its_diagram():
    inner = "start s29; user a; end e29; s29 -> a -> e29"
    for depth in reversed(range(29)):
        inner = (
            f"start s{depth}; sub x{depth} {{; {inner}; }}; end e{depth}; s{depth} -> x{depth} -> e{depth}"
        )
    case = Walk(inner)
    assert case.open == ["a"]
    assert case.done("a").run.ended == "e0"
