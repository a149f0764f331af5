"""What a step tells by being reached."""

from engine import diagram
from tests.engine.drawing import draw
from tests.pathways.walking import read


def told(key: str, step: str) -> set[str]:
    return set(diagram.telling(read(key).pathways[0]).get(step, ()))


def test_a_step_behind_one_way_of_a_gateway_tells_what_its_conditions_read() -> None:
    assert told("shared_consent", "ask_again_first") == {"agreement", "may_ask_again"}
    assert told("shared_consent", "ask_first") == set()


def test_a_timer_on_that_way_tells_it_too() -> None:
    assert told("shared_consent", "wait_first") == {"agreement", "may_ask_again"}


def test_where_all_ways_have_come_together_again_nothing_is_told() -> None:
    assert "appointment_result" in told("coordinated_release", "reach_out")
    assert "appointment_result" not in told("coordinated_release", "five_points")
    assert "legal_supervision" not in told("coordinated_release", "five_points")


def test_the_ways_of_an_inclusive_gateway_tell_of_themselves_only() -> None:
    assert {"agreement", "wants_family_contact"} <= told("voluntary_offers", "contact_family")
    assert not {"wants_mentor", "wants_programme"} & told("voluntary_offers", "contact_family")


def drawn(text: str) -> diagram.Pathway:
    return diagram.read(draw(text)).pathways[0]


def test_what_is_only_reached_after_a_condition_came_true_tells_it() -> None:
    pathway = drawn("""
        start s; user a; exclusive m; user b; user c; end e; end d
        boundary b1 on=a condition='agreement = "refused"'
        boundary b2 on=a condition='ill' beside
        user refused; user visit
        s -> a -> m -> b -> e; b1 -> refused -> m; b2 -> visit -> d
    """)
    told = {ident: set(names) for ident, names in diagram.telling(pathway).items()}
    assert told == {"refused": {"agreement"}, "visit": {"ill"}, "d": {"ill"}}


def test_a_branch_that_waited_for_a_condition_tells_it_after_the_join_too() -> None:
    pathway = drawn("""
        start s; parallel f; catch c condition='found'; user a; parallel j; user b; end e
        sub x { ; start xs; catch xc condition='ready'; end xe; xs -> xc -> xe; }
        s -> f -> c -> j; f -> a -> j -> x -> b -> e
    """)
    told = diagram.telling(pathway)
    assert "a" not in told
    assert "c" not in told, "that it is waited for is another thing"
    assert told["x"] == {"found"}
    assert told["b"] == told["e"] == {"found", "ready"}


def test_what_an_event_starts_tells_its_condition_and_what_is_thrown_tells_the_way_there() -> None:
    pathway = drawn("""
        start s; user a; exclusive g; user b; throw t signal=refusal; end e; end d
        handler h { ; start hs condition='ill' beside ; user visit ; end he ; hs -> visit -> he ; }
        handler i { ; start is signal=refusal beside ; user card ; end ie ; is -> card -> ie ; }
        s -> a -> g; g => b -> e; g -> t : agreement = "refused"; t -> d
    """)
    told = diagram.telling(pathway)
    assert told["visit"] == {"ill"}
    assert told["card"] == {"agreement"}
    assert "a" not in told


def test_a_sub_process_without_an_end_tells_what_each_of_its_lines_waited_for() -> None:
    pathway = drawn("""
        start s; user b; end e
        sub x { ; catch c condition='found'; user a; }
        s -> x -> b -> e
    """)
    told = diagram.telling(pathway)
    assert "x" not in told
    assert "a" not in told
    assert told["b"] == told["e"] == {"found"}
