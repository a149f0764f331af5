"""Sub-processes without a start and an end: everything to which no arrow leads begins, and all of it must be over."""

from engine import diagram
from tests.engine.test_play import AUTO, Stage, done, later, moves, stage  # noqa: F401 (a fixture)
from tests.make_bpmn import arrows, catch, duration, edge, end, pathway, start, sub, user, xor


def around(*inside: str) -> bytes:
    return pathway(start(), sub("q", *inside), end(), "s > q > e")


def errors(xml: bytes) -> set[str]:
    return {problem.code for problem in diagram.read(xml).problems if problem.severity == "error"}


def test_all_of_it_begins_at_once_and_it_is_over_with_the_last(stage: Stage) -> None:  # noqa: F811
    told = stage.told(stage.draw(around(user("a"), user("b"))), done("b"), options=AUTO)
    assert moves(told) == "+s -s +q +a +b -b -a -q +e -e"


def test_what_ends_beside_something_open_does_not_end_it(stage: Stage) -> None:  # noqa: F811
    told = stage.told(stage.draw(around(user("a"), user("b"))), done("a"))
    assert [one["element"] for one in told["open"]] == ["b"]


def test_a_way_that_is_not_taken_keeps_nobody_waiting(stage: Stage) -> None:  # noqa: F811
    xml = around(user("a"), xor("g"), user("b"), user("c"), "a > g", "g > b : k = 1", "g > c : k != 1")
    told = stage.told(stage.draw(xml), done("a", k=1), options=AUTO)
    assert moves(told) == "+s -s +q +a -a +g -g +b -b -q +e -e"


def test_an_event_on_the_edge_of_one_of_its_steps_leads_on(stage: Stage) -> None:  # noqa: F811
    xml = around(user("a"), user("b"), edge("t", "a", duration("P1D")), user("c"), "t > c")
    told = stage.told(stage.draw(xml), later("P2D"), done("c"), done("b"))
    assert told["status"] == "completed"
    assert "!a +t -t +c -c -b -q" in moves(told)


def test_an_event_on_its_own_edge_ends_all_of_it(stage: Stage) -> None:  # noqa: F811
    parts = (sub("q", user("a"), catch("w", duration("P9D"))), edge("t", "q", duration("P1D")), end("f"))
    xml = pathway(start(), *parts, end(), "s > q > e", "t > f")
    assert moves(stage.told(stage.draw(xml), later("P2D"))).endswith("+t -t +f -f")


def test_only_one_of_start_and_end_is_refused() -> None:
    assert errors(around(user("a"), end("i"), "a > i")) == {"no_start"}
    assert errors(around(start("i"), user("a"), "i > a")) == {"no_end", "dead_end"}


def test_a_ring_begins_nowhere() -> None:
    assert "no_start" in errors(around(user("a"), xor("g"), arrows("a > g"), arrows("g > a")))


def test_a_gateway_leads_on_even_there() -> None:
    assert "dead_end" in errors(around(user("a"), xor("g"), "a > g"))


def test_a_pathway_itself_has_both() -> None:
    assert {"no_start", "no_end"} <= errors(pathway(user("a")))
