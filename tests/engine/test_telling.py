"""What a step tells by being reached."""

from engine import diagram
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
