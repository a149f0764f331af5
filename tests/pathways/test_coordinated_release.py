"""Coordinated release, walked with its real forms: the usual way, and what usually gets in the way."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.pathways.walking import Walk

RELEASE = date(2027, 9, 1)
WEEK = timedelta(weeks=1)
DAY = timedelta(days=1)

ORDINARY = ("papers", "income", "day_activity", "health_continuity", "apply_housing")


def planned(weeks: float = 26, **notice: Any) -> Walk:
    """A release announced so many weeks before, shared as it may be, and the participant told."""
    amira = Walk("coordinated_release", today=RELEASE - timedelta(days=int(weeks * 7)))
    amira.do("notify", release_on=RELEASE.isoformat(), **notice)
    amira.do("accept").do("state_purpose").do("confirm_basis")
    return amira.do("tell_participant").do("acknowledge")


def confer(amira: Walk, **record: Any) -> Walk:
    """A conference in a week's time that everybody comes to."""
    amira.do("request_conference").do("triage")
    amira.do("invite", conference_on=(amira.today + WEEK).isoformat()).do("reply")
    amira.do("collect_view").do("contribute").do("check_quorum").do("hold_conference", **record)
    return amira.do("tell_outcome").do("confirm_minutes")


def prepared(**answer: Any) -> Walk:
    """After the first conference, with the participant's answer to what is offered."""
    amira = planned()
    amira.do("book_talk").do("ask_first", **{"agreement": "given", **answer}).do("needs")
    return confer(amira, has_actions=False)


def released(**answer: Any) -> Walk:
    """On the day of release, met at the gate."""
    amira = prepared(**answer).wait(RELEASE - 6 * WEEK + DAY).do("confirm_four").do("day_plan")
    return amira.do("confirm_one").wait(RELEASE).do("release_day", released_on=RELEASE.isoformat())


def settled(**answer: Any) -> Walk:
    """Two weeks after the release, with the next contact agreed."""
    amira = released(**answer).do("first_appointment").wait(RELEASE + 3 * DAY)
    amira.do("five_points", next_contact_on=(RELEASE + WEEK).isoformat()).wait(RELEASE + 8 * DAY)
    return confer(amira, has_actions=False)


def test_from_notice_to_closure_and_a_year_of_open_door() -> None:
    amira = settled(wants_family_contact="no")
    amira.wait(RELEASE + 9 * DAY)
    assert "ngo_note" in amira.open, "no mentor has been introduced yet, so the exit worker keeps contact"
    amira.do("ngo_note", next_contact_on=(amira.today + WEEK).isoformat(), extra_contact_needed="no")
    assert "ngo_note" not in amira.open
    amira.wait(RELEASE + 6 * WEEK + DAY)
    amira.do("review", next_review_on=(RELEASE + 13 * WEEK).isoformat())
    assert "review" not in amira.open
    amira.wait(RELEASE + 13 * WEEK + DAY).do("review", follow_up_decision="close")
    assert amira.open == ["propose_closure"], "a closure ends contact notes and appointments"

    amira.do("propose_closure").do("hear_participant").do("approve_closure", closure_decision="not_yet")
    amira.do("propose_closure").do("hear_participant")
    amira.do("approve_closure", keep_until=(amira.today + 104 * WEEK).isoformat())
    amira.wait(amira.today + 27 * WEEK).do("check_first")
    amira.wait(amira.today + 27 * WEEK).do("check_second")
    amira.wait(amira.today + 54 * WEEK).do("decide_retention", retention_decision="delete")
    assert amira.run.ended == "closed"


def test_only_prison_and_coordinator_know_until_a_basis_is_found_and_the_participant_told() -> None:
    amira = Walk("coordinated_release", today=RELEASE - 26 * WEEK)
    assert amira.roles() == {"prison"}
    amira.do("notify", release_on=RELEASE.isoformat())
    assert amira.roles() == {"coordinator"}
    amira.do("accept").do("state_purpose")
    assert amira.roles() == {"dpo"}, "the data protection officer decides before anybody hears of the case"
    amira.do("confirm_basis")
    assert amira.open == ["tell_participant"]
    amira.do("tell_participant")
    assert set(amira.open) == {"acknowledge"}


def test_without_a_basis_no_agency_hears_of_the_case() -> None:
    amira = Walk("coordinated_release", today=RELEASE - 26 * WEEK)
    amira.do("notify", release_on=RELEASE.isoformat()).do("accept")
    amira.do("state_purpose").do("confirm_basis", basis_confirmed=False)
    amira.do("choose_alternative", sharing_route="ask_again")
    amira.do("state_purpose").do("confirm_basis", basis_confirmed=False)
    amira.do("choose_alternative", sharing_route="participant_carries")
    assert amira.open == ["prepare_alone"]
    amira.do("prepare_alone", limited_next="check_again")
    amira.do("state_purpose").do("confirm_basis", basis_confirmed=False)
    amira.do("choose_alternative", sharing_route="stop")
    assert amira.run.ended == "nothing_shared"
    assert "acknowledge" not in amira.seen


def test_ordinary_preparation_goes_on_whatever_the_answer() -> None:
    amira = prepared(agreement="refused", may_ask_again="no")
    assert set(ORDINARY) <= set(amira.open)
    assert not {"contact_family", "request_mentor", "transition"} & amira.seen


def test_a_no_to_one_offer_closes_only_that_offer() -> None:
    amira = prepared(wants_mentor="no")
    assert {"contact_family", "transition"} <= set(amira.open)
    assert "request_mentor" not in amira.seen


def test_who_says_no_is_asked_three_times_more_and_then_never_again() -> None:
    amira = planned(30)
    amira.do("book_talk").do("ask_first", agreement="refused", may_ask_again="yes")
    for step in ("ask_again_first", "ask_again_second", "ask_again_third"):
        assert step not in amira.open
        amira.wait(amira.today + 8 * WEEK)
        amira.do(step, agreement="later", may_ask_again="yes")
    amira.wait(RELEASE)
    assert not [step for step in amira.open if step.startswith("ask_again")]


def test_a_yes_to_the_third_offer_opens_the_offers() -> None:
    amira = planned()
    amira.do("book_talk").do("ask_first", agreement="refused", may_ask_again="yes")
    amira.wait(amira.today + 8 * WEEK).do("ask_again_first", agreement="later", may_ask_again="yes")
    amira.wait(amira.today + 8 * WEEK).do("ask_again_second", agreement="given")
    assert {"contact_family", "request_mentor", "transition"} <= set(amira.open)


def test_who_does_not_want_to_be_asked_again_is_not() -> None:
    amira = planned()
    amira.do("book_talk").do("ask_first", agreement="refused", may_ask_again="yes")
    amira.wait(amira.today + 8 * WEEK).do("ask_again_first", agreement="refused", may_ask_again="no")
    amira.wait(RELEASE)
    assert not [step for step in amira.open if step.startswith("ask_again")]


def test_a_mentor_who_does_not_fit_is_replaced_without_a_reason() -> None:
    amira = prepared().do("request_mentor", mentor_accepted="no").do("request_mentor")
    amira.do("first_meeting", mentor_introduced="no").do("request_mentor")
    amira.do("first_meeting", mentor_introduced="yes")
    assert "request_mentor" not in amira.open


def test_the_search_for_a_mentor_may_be_stopped() -> None:
    amira = prepared().do("request_mentor", mentor_accepted="nobody_yet")
    amira.do("request_mentor", mentor_accepted="stop")
    assert not {"request_mentor", "first_meeting"} & set(amira.open)


def test_seventeen_days_before_release_only_the_most_important_is_prepared() -> None:
    amira = planned(17 / 7)
    assert {"fast_needs", "day_plan", "book_talk"} == set(amira.open)
    amira.do("fast_needs").do("short_conference")
    for step in ("fast_papers", "fast_home", "fast_income", "fast_health", "fast_victims"):
        amira.do(step)
    amira.do("fast_plan").do("day_plan").do("confirm_one").do("release_day")
    assert amira.open == ["first_appointment"]


def test_a_home_that_is_not_found_calls_for_more_and_more_people() -> None:
    amira = prepared().do("apply_housing").do("answer_housing", housing_status="confirmed")
    amira.do("check_place", place_suitable=False)
    assert "apply_housing" in amira.open
    amira.wait(RELEASE - 8 * WEEK + DAY)
    assert "plan_no_home" in amira.open
    amira.wait(RELEASE - 4 * WEEK + DAY)
    assert "ask_head" in amira.open
    amira.wait(RELEASE - WEEK + DAY)
    assert "decide_emergency" in amira.open


def test_a_home_that_is_found_calls_for_nobody() -> None:
    amira = prepared().do("apply_housing").do("answer_housing", housing_status="temporary").do("check_place")
    amira.wait(RELEASE - DAY)
    assert not {"plan_no_home", "ask_head", "decide_emergency"} & amira.seen


def test_the_plan_is_changed_until_the_conference_agrees() -> None:
    amira = prepared().do("write_plan")
    confer(amira, conference_decision="change", has_actions=False).do("write_plan")
    confer(amira, conference_decision="go_on", has_actions=False)
    assert "write_plan" not in amira.open


def test_what_is_not_finished_never_holds_up_the_day_of_release() -> None:
    amira = released()
    assert amira.open == ["first_appointment"]


def test_who_is_not_released_gets_a_new_date() -> None:
    amira = prepared().wait(RELEASE - 6 * WEEK + DAY).do("confirm_four").do("day_plan").do("confirm_one")
    amira.wait(RELEASE).do("release_day", release_result="not_released")
    amira.do("new_date", release_on=(RELEASE + 3 * WEEK).isoformat())
    assert "confirm_one" in amira.open


def test_a_changed_date_asks_the_coordinator_what_changes() -> None:
    amira = prepared()
    before = set(amira.open)
    amira.tell("release.dateChanged")
    assert set(amira.open) == before | {"confirm_changes"}


def test_a_withdrawn_agreement_leaves_ordinary_preparation_alone() -> None:
    amira = prepared().tell("consent.withdrawn")
    assert {"decide_before", *ORDINARY} <= set(amira.open)


@pytest.mark.parametrize("answer", ["refused", "later"])
def test_a_withdrawal_of_all_support_ends_the_offers_and_nothing_else(answer: str) -> None:
    amira = prepared().do("request_mentor")
    before = set(amira.open)
    offers = {"contact_family", "first_meeting", "transition"}
    assert offers <= before
    amira.tell("consent.withdrawn").do("decide_before", agreement=answer)
    assert set(amira.open) == before - offers


def test_a_withdrawal_of_one_thing_is_heard_as_often_as_it_comes() -> None:
    amira = prepared()
    before = set(amira.open)
    for _ in range(2):
        amira.tell("consent.withdrawn").do("decide_before", agreement="given")
    assert set(amira.open) == before


def test_a_move_to_another_prison_is_handed_over() -> None:
    amira = prepared().tell("prison.transfer")
    amira.do("write_handover").do("name_successor").do("hold_introduction").do("confirm_handover")
    assert "papers" in amira.open


def test_released_now_starts_the_first_72_hours() -> None:
    amira = prepared().tell("released.now")
    first = {"reach_participant", "bed_tonight", "cash_food", "appointment_now", "support_today"}
    assert set(amira.open) == first
    amira.do("reach_participant").do("bed_tonight")
    amira.wait(amira.today + 2 * DAY).do("mini_conference")
    assert amira.open == ["five_points"], "what is open ends with the mini-conference, which says who goes on"


def test_a_missed_first_appointment_is_followed_by_a_call() -> None:
    amira = released().do("first_appointment", appointment_result="missed").do("reach_out")
    assert amira.open == ["five_points"]


@pytest.mark.parametrize(
    ("route", "then"),
    [("keep_plan", {"supervision_note"}), ("prepare_again", {"book_talk", "needs"})],
)
def test_back_in_custody_is_not_an_end(route: str, then: set[str]) -> None:
    amira = settled().wait(RELEASE + 5 * WEEK).tell("custody.returned")
    assert amira.open == ["state_facts"]
    amira.do("state_facts").do("contact_in_custody", next_contact_on=(amira.today + WEEK).isoformat())
    again = {"release_on": (amira.today + 30 * WEEK).isoformat()} if route == "prepare_again" else {}
    amira.do("decide_after_return", custody_route=route, **again)
    assert set(amira.open) == then


def test_back_in_custody_in_the_first_week_is_heard() -> None:
    amira = released().tell("custody.returned")
    assert amira.open == ["state_facts"], "first appointment and five-point check wait for nobody in custody"
    amira.do("state_facts").do("contact_in_custody", next_contact_on=(amira.today + WEEK).isoformat())
    amira.do("decide_after_return", custody_route="keep_plan")
    assert amira.open == ["supervision_note"]


def test_an_agreement_withdrawn_in_the_first_week_is_heard() -> None:
    amira = released().do("first_appointment").tell("consent.withdrawn")
    assert set(amira.open) == {"decide_after", "five_points"}


def test_the_first_72_hours_hear_of_a_withdrawal_and_of_a_return() -> None:
    amira = prepared().tell("released.now").tell("consent.withdrawn")
    assert {"decide_at_once", "bed_tonight"} <= set(amira.open)
    amira.tell("custody.returned")
    assert set(amira.open) == {"decide_at_once", "state_facts"}
    later = (amira.today + 30 * WEEK).isoformat()
    amira.do("state_facts").do("contact_in_custody", next_contact_on=later)
    amira.do("decide_after_return", custody_route="prepare_again", release_on=later)
    assert "needs" in amira.open


def test_a_release_prepared_again_begins_with_its_own_first_days() -> None:
    amira = prepared().tell("released.now").wait(RELEASE - 15 * WEEK).do("mini_conference")
    assert amira.open == ["five_points"]
    amira.tell("custody.returned").do("state_facts").do(
        "contact_in_custody", next_contact_on=str(amira.today)
    )
    again = amira.today + 7 * WEEK
    amira.do("decide_after_return", custody_route="prepare_again", release_on=again.isoformat())
    amira.do("confirm_four").do("day_plan").do("confirm_one").wait(again)
    amira.do("release_day", released_on=again.isoformat())
    assert amira.open == ["first_appointment"]


def test_voluntary_continuation_is_offered_when_the_end_of_supervision_is_known() -> None:
    amira = settled()
    amira.do("supervision_note", supervision_ends_on=(RELEASE + 20 * WEEK).isoformat())
    amira.wait(RELEASE + 12 * WEEK + DAY).do("offer_continuation").do("introduce_lead")
    amira.wait(RELEASE + 20 * WEEK).do("supervision_note")
    amira.wait(RELEASE + 30 * WEEK)
    assert "supervision_note" not in amira.open, "supervision ends with its last appointment"


def test_without_supervision_probation_is_not_asked() -> None:
    amira = planned(legal_supervision=False).do("book_talk").do("ask_first", agreement="given").do("needs")
    confer(amira, has_actions=False)
    assert "draft_conditions" not in amira.seen


def test_more_support_is_talked_about_in_a_conference() -> None:
    amira = settled().wait(RELEASE + 6 * WEEK + DAY)
    amira.do("review", follow_up_decision="step_up", next_review_on=(amira.today + 4 * WEEK).isoformat())
    assert "request_conference" in amira.open


def test_silence_agrees_with_the_minutes() -> None:
    amira = planned().do("book_talk").do("ask_first", agreement="given").do("needs")
    amira.do("request_conference").do("triage").do("invite", conference_on=amira.today.isoformat())
    amira.do("reply").do("collect_view").do("contribute").do("check_quorum", quorum_decision="postpone")
    amira.do("set_new_date", conference_on=(amira.today + 3 * DAY).isoformat())
    amira.do("hold_conference", has_actions=False).do("tell_outcome")
    assert "papers" not in amira.open
    amira.wait(amira.today + 8 * DAY)
    assert "papers" in amira.open


def test_what_the_agencies_took_on_is_followed_up() -> None:
    amira = planned().do("book_talk").do("ask_first", agreement="given").do("needs")
    confer(amira, has_actions=True, actions_due_on=(amira.today + 2 * WEEK).isoformat())
    amira.do("do_action", action_state="blocked").do("review_actions", actions_decision="new_date")
    amira.do("do_action", action_state="done").do("review_actions", actions_decision="done")
    assert "do_action" not in amira.open


def test_what_was_taken_on_when_the_plan_was_agreed_is_followed_up() -> None:
    amira = prepared().do("write_plan")
    due = (amira.today + 3 * WEEK).isoformat()
    confer(amira, conference_decision="go_on", has_actions=True, actions_due_on=due)
    amira.do("do_action").do("review_actions", actions_decision="done")
    assert not {"do_action", "write_plan"} & set(amira.open)


def test_what_was_taken_on_for_more_support_is_followed_up_until_the_next_review() -> None:
    amira = settled().wait(RELEASE + 6 * WEEK + DAY)
    again = (amira.today + 4 * WEEK).isoformat()
    amira.do("review", follow_up_decision="step_up", next_review_on=again)
    confer(amira, has_actions=True, actions_due_on=again).do("do_action")
    amira.do("review_actions", actions_decision="new_date", actions_due_on=again)
    assert "do_action" in amira.open
    amira.wait(amira.today + 4 * WEEK + DAY)
    assert {"review", "do_action"} & set(amira.open) == {"review"}, "what is not done is looked at there"


def test_a_call_may_be_enough() -> None:
    amira = planned().do("book_talk").do("ask_first", agreement="given").do("needs")
    amira.do("request_conference").do("triage", triage_decision="call").do("note_outcome", has_actions=False)
    assert "papers" in amira.open


def test_a_second_conference_without_actions_leaves_those_of_the_first() -> None:
    amira = planned().do("book_talk").do("ask_first", agreement="given").do("needs")
    confer(amira, has_actions=True, actions_due_on=(amira.today + 2 * WEEK).isoformat())
    amira.do("write_plan")
    confer(amira, has_actions=False)
    amira.do("do_action", action_state="blocked").do("review_actions", actions_decision="new_date")
    assert "do_action" in amira.open


def test_nobody_makes_contact_any_more_after_a_no() -> None:
    amira = settled().wait(RELEASE + 9 * DAY)
    amira.do("ngo_note", next_contact_on=(amira.today + 2 * WEEK).isoformat(), extra_contact_needed="no")
    amira.tell("consent.withdrawn").do("decide_after", agreement="refused")
    amira.wait(RELEASE + 5 * WEEK)
    assert not {"ngo_note", "mentor_note"} & set(amira.open)
    amira.wait(RELEASE + 6 * WEEK + DAY)
    assert "review" in amira.open, "what is ordinary goes on"


def test_who_said_never_again_is_not_asked_in_a_second_preparation() -> None:
    amira = settled(agreement="refused", may_ask_again="no").wait(RELEASE + 5 * WEEK)
    amira.tell("custody.returned").do("state_facts")
    amira.do("contact_in_custody", next_contact_on=amira.today.isoformat())
    later = (amira.today + 30 * WEEK).isoformat()
    amira.do("decide_after_return", custody_route="prepare_again", release_on=later)
    assert amira.open == ["needs"]


def test_a_release_date_that_nobody_knows_any_more_stops_nothing() -> None:
    amira = Walk("coordinated_release", today=RELEASE - 26 * WEEK)
    amira.do("notify", release_on=RELEASE.isoformat()).do("accept").do("state_purpose").do("confirm_basis")
    amira.do("tell_participant")
    amira.values["release_on"] = None
    amira.do("acknowledge")
    assert {"needs", "book_talk"} <= set(amira.open), "without a date there is time"


def test_actions_that_are_done_are_not_asked_for_again_after_a_return() -> None:
    amira = released().do("first_appointment").wait(RELEASE + 8 * DAY)
    amira.do("five_points", next_contact_on=(RELEASE + 9 * WEEK).isoformat())
    confer(amira, has_actions=True, actions_due_on=(RELEASE + 4 * WEEK).isoformat())
    amira.do("do_action").do("review_actions", actions_decision="done").tell("custody.returned")
    amira.do("state_facts").do("contact_in_custody", next_contact_on=(RELEASE + 9 * WEEK).isoformat())
    amira.do("decide_after_return", custody_route="keep_plan")
    assert amira.open == ["supervision_note"]
