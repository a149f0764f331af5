"""Coordinated release as its people live it: real tables, real diagrams, real forms, eighteen months."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest

from tests.pathways.story import (
    DAY,
    RELEASE,
    ROLES,
    WEEK,
    ZONE,
    Story,
    agreed,
    announced,
    released,
    settled,
    shared_out,
    told,
)
from tests.pathways.walking import FORMS, WORKFLOWS, form, read

Begin = Callable[..., Story]

ORDINARY = {"papers", "income", "day_activity", "health_continuity", "apply_housing", "write_plan"}
FIRST_72_HOURS = {"reach_participant", "bed_tonight", "cash_food", "appointment_now"}


def in_weeks(amira: Story, weeks: int) -> Callable[[], str]:
    """A day so many weeks from when it is asked for."""
    return lambda: str(amira.today + weeks * WEEK)


def routine(amira: Story, weeks: int = 4) -> dict[str, dict[str, Any]]:
    """What goes on beside a story after release: contact notes and appointments."""
    note = {"next_contact_on": in_weeks(amira, weeks), "extra_contact_needed": "no"}
    return {"mentor_note": note, "ngo_note": note, "supervision_note": {}}


# ---- the usual way


@pytest.mark.databases("sqlite", "postgresql")
def test_from_the_notice_to_the_last_open_door_call(begin: Begin) -> None:
    amira = begin()
    announced(amira)
    assert amira.knowing == {"prison", "coordinator"}
    assert amira.turns == {"accept": "coordinator"}

    told(amira)
    assert amira.knowing == {"prison", "coordinator", "dpo"}
    assert amira.dues["needs"] == RELEASE - 22 * WEEK

    agreed(amira)
    assert amira.knowing == {"prison", "coordinator", "dpo", "ngo", "family"}

    shared_out(amira)
    assert (
        amira.dues.items()
        >= {
            "contact_family": RELEASE - 20 * WEEK,
            "request_mentor": RELEASE - 18 * WEEK,
            "apply_housing": RELEASE - 16 * WEEK,
            "papers": RELEASE - 12 * WEEK,
            "transition": RELEASE - 12 * WEEK,
            "draft_conditions": RELEASE - 10 * WEEK,
            "income": RELEASE - 8 * WEEK,
            "day_activity": RELEASE - 8 * WEEK,
            "check_victims": RELEASE - 8 * WEEK,
            "write_plan": RELEASE - 8 * WEEK,
            "health_continuity": RELEASE - 4 * WEEK,
        }.items()
    )

    released(amira)
    assert amira.turns == {"first_appointment": "probation"}
    assert amira.due("first_appointment") == RELEASE + DAY
    assert not {"plan_no_home", "ask_head", "decide_emergency"} & set(amira.done)

    settled(amira)
    amira.until(RELEASE + 6 * WEEK + DAY, doing=routine(amira))
    assert "review" in amira.open
    amira.does("review", next_review_on=str(RELEASE + 52 * WEEK))
    amira.until(RELEASE + 32 * WEEK + DAY, doing=routine(amira, 8))
    assert amira.due("offer_continuation") == RELEASE + 34 * WEEK
    amira.do("offer_continuation", "introduce_lead")
    amira.until(RELEASE + 52 * WEEK + DAY, doing=routine(amira, 8))
    assert amira.done.count("supervision_note") == 21, "every two weeks, and none after supervision ended"
    amira.does("review", follow_up_decision="close")
    assert amira.turns == {"propose_closure": "coordinator"}

    amira.do("propose_closure", "hear_participant")
    amira.does("approve_closure", keep_until=str(RELEASE + 156 * WEEK))
    for check in ("check_first", "check_second"):
        assert amira.open == []
        amira.until(amira.today + 27 * WEEK)
        assert amira.turns == {check: "coordinator"}
        amira.do(check)
    amira.until(RELEASE + 156 * WEEK + DAY)
    assert amira.turns == {"decide_retention": "dpo"}
    amira.does("decide_retention", retention_decision="delete")
    assert amira.status == ("closed", "closed")


def test_only_who_has_a_step_knows_of_the_case(begin: Begin) -> None:
    amira = begin(announced).do("accept").does("state_purpose")
    assert amira.knowing == {"prison", "coordinator", "dpo"}, "to confirm the basis, and for nothing else"
    amira.do("confirm_basis")
    assert amira.turns == {"tell_participant": "prison"}
    assert amira.knowing == {"prison", "coordinator", "dpo"}


def test_nobody_learns_of_a_case_that_has_no_basis(begin: Begin) -> None:
    amira = begin(announced).do("accept", "state_purpose").does("confirm_basis", basis_confirmed=False)
    amira.does("choose_alternative", sharing_route="stop")
    assert amira.status == ("closed", "nothing_shared")
    assert amira.knowing == {"prison", "coordinator", "dpo"}


# ---- time that runs short, or moves


def test_seventeen_days_before_release_the_short_way_is_taken(begin: Begin) -> None:
    amira = begin()
    amira.begins(RELEASE - 17 * DAY).does("notify", release_on=str(RELEASE))
    assert amira.due("accept") == date(2027, 8, 18), "three working days: Saturday and Sunday do not count"
    told(amira)
    assert set(amira.open) == {"fast_needs", "book_talk", "day_plan"}
    amira.do("book_talk", "ask_first", "fast_needs", "short_conference")
    fast = {"fast_papers", "fast_home", "fast_income", "fast_health", "fast_victims"}
    assert fast <= set(amira.open)
    assert {amira.due(step) for step in fast} == {date(2027, 8, 17)}, "two working days, whatever it is"
    amira.do(*sorted(fast), "fast_plan", "day_plan").until(RELEASE - WEEK).do("confirm_one")
    amira.until(RELEASE).does("release_day", released_on=str(RELEASE))
    assert amira.open == ["first_appointment"]


def test_released_by_the_court_on_a_friday_afternoon(begin: Begin) -> None:
    amira = begin(shared_out).do("papers", "apply_housing")
    before = amira.done
    friday = date(2027, 5, 21)
    amira.until(friday, time(16, 30)).dated("released_on", friday)

    assert set(amira.open) == {*FIRST_72_HOURS, "support_today"}, "the preparation ends at once"
    assert amira.due_at("reach_participant") == datetime(2027, 5, 21, 20, 30, tzinfo=ZONE)
    assert amira.due_at("bed_tonight") == datetime(2027, 5, 22, 0, 30, tzinfo=ZONE)
    assert amira.due("cash_food") == date(2027, 5, 24), "the next working day is Monday"
    assert amira.done == before, "nothing that was done is lost"
    assert "papers" in amira.reads("coordinator")

    amira.do("reach_participant", "bed_tonight", "support_today").until(date(2027, 5, 24))
    amira.do("cash_food", "appointment_now", "mini_conference")
    assert amira.turns == {"five_points": "coordinator"}
    assert amira.due("five_points") == date(2027, 5, 24)
    amira.does("five_points", next_contact_on=str(friday + 2 * WEEK)).until(friday + 8 * DAY)
    assert amira.open == ["request_conference"], "from here on the way is the usual one"


def test_released_before_anybody_asked_the_participant(begin: Begin) -> None:
    amira = begin(told).until(RELEASE - 25 * WEEK).dated("released_on", RELEASE - 25 * WEEK)
    assert set(amira.open) == FIRST_72_HOURS, "nobody calls as a mentor who was never agreed to"


@pytest.mark.parametrize("weeks", [-3, 5])
def test_a_date_that_moves_takes_every_open_step_with_it(begin: Begin, weeks: int) -> None:
    amira = begin(shared_out).do("papers", "transition")
    before, done = amira.dues, amira.done
    by_case = {"answer_safety"}
    amira.dated("release_on", RELEASE + weeks * WEEK)

    after = amira.dues
    assert after.pop("confirm_changes") is not None
    assert set(after) == set(before), "no step comes or goes because a date moves"
    for step, due in before.items():
        assert due
        assert after[step] == (due if step in by_case else due + weeks * WEEK), step
    assert amira.done == done

    amira.dated("release_on", RELEASE + weeks * WEEK)
    assert amira.dues.items() >= after.items()
    amira.do("confirm_changes")
    assert "confirm_changes" not in amira.open, "the same date said twice is one change"


def test_what_waits_for_a_date_follows_it(begin: Begin) -> None:
    later = RELEASE + 6 * WEEK
    amira = begin(shared_out).dated("release_on", later).do("confirm_changes")
    amira.until(RELEASE - 4 * WEEK)
    assert not {"plan_no_home", "confirm_four"} & set(amira.open)
    amira.until(later - 6 * WEEK + DAY)
    assert "confirm_four" in amira.open
    amira.dated("release_on", RELEASE - 2 * WEEK)
    assert {"plan_no_home", "ask_head"} <= set(amira.open), "what was weeks away is due at once"


def test_a_date_that_nobody_knows_any_more_leaves_no_due_date(begin: Begin) -> None:
    amira = begin(shared_out).dated("release_on", None, sure="estimated")
    assert amira.status == ("open", None)
    assert amira.dues["papers"] is None
    amira.dated("release_on", RELEASE)
    assert amira.dues["papers"] == RELEASE - 12 * WEEK


def test_a_home_that_is_not_found_calls_for_more_and_more_people(begin: Begin) -> None:
    amira = begin(shared_out).do("apply_housing").does("answer_housing", housing_status="none")
    seen = set(amira.open)
    for weeks, step in ((8, "plan_no_home"), (4, "ask_head"), (1, "decide_emergency")):
        amira.until(RELEASE - weeks * WEEK - DAY)
        assert step not in amira.open
        amira.until(RELEASE - weeks * WEEK + DAY)
        assert step in amira.open
    assert seen <= set(amira.open), "the search for a home goes on beside"


# ---- what the participant says


def test_a_no_to_one_offer_leaves_everything_else(begin: Begin) -> None:
    amira = begin(told).until(RELEASE - 24 * WEEK).do("book_talk").does("ask_first", wants_mentor="no")
    assert {"contact_family", "transition", "needs"} == set(amira.open)
    amira.do("needs").confers()
    assert set(amira.open) >= ORDINARY
    amira.until(RELEASE - WEEK)
    assert "request_mentor" not in {*amira.open, *amira.done}


def refused(amira: Story, **answer: Any) -> Story:
    """The first answer is no."""
    amira.until(RELEASE - 24 * WEEK).do("book_talk")
    return amira.does("ask_first", agreement="refused", **{"may_ask_again": "yes", **answer})


def test_a_no_to_everything_leaves_the_ordinary_preparation(begin: Begin) -> None:
    amira = refused(begin(told), may_ask_again="no").do("needs").confers()
    assert set(amira.open) >= ORDINARY
    amira.until(RELEASE - 5 * WEEK).do("confirm_four").until(RELEASE - 2 * WEEK).do("day_plan")
    amira.until(RELEASE - WEEK).do("confirm_one").until(RELEASE)
    amira.does("release_day", released_on=str(RELEASE))
    settled(amira)
    amira.until(RELEASE + 12 * WEEK, doing=routine(amira))
    assert not {"ask_again_first", "request_mentor", "mentor_note", "ngo_note"} & {*amira.open, *amira.done}


def test_a_yes_at_the_second_time_of_asking(begin: Begin) -> None:
    amira = refused(begin(told)).until(RELEASE - 16 * WEEK - DAY)
    assert "ask_again_first" not in amira.open
    amira.until(RELEASE - 16 * WEEK + DAY)
    assert "ask_again_first" in amira.open
    amira.does("ask_again_first", agreement="given")
    assert {"contact_family", "request_mentor", "transition"} <= set(amira.open)


def test_the_participant_is_asked_three_times_more_at_most(begin: Begin) -> None:
    amira = refused(begin(told))
    again = {"agreement": "later", "may_ask_again": "yes"}
    asking = {f"ask_again_{time}": again for time in ("first", "second", "third")}
    # A long notice, so that all three lie before release.
    amira.dated("release_on", RELEASE + 52 * WEEK).until(RELEASE + 40 * WEEK, doing=asking)
    assert [step for step in amira.done if step.startswith("ask_")] == ["ask_first", *asking]
    assert not [step for step in amira.open if step.startswith("ask_")]


def test_who_does_not_want_to_be_asked_again_is_not(begin: Begin) -> None:
    amira = refused(begin(told), may_ask_again="no").until(RELEASE - DAY)
    assert not [step for step in amira.open if step.startswith("ask_")]


def test_a_refusal_is_told_to_nobody_who_did_not_make_the_offer(begin: Begin) -> None:
    amira = refused(begin(told)).do("needs").confers().until(RELEASE - 16 * WEEK - 2 * DAY)
    waiting = amira.read_by_all()
    amira.until(RELEASE - 16 * WEEK + DAY)
    assert "ask_again_first" in amira.open
    asking = amira.read_by_all()
    assert "Time to offer it again" in waiting["coordinator"]
    assert "Offer again (1 of 3)" in asking["coordinator"]
    for read_by in (waiting, asking):
        for telling in ("ask_again", "Offer again", "Time to offer it again", "refused", "The answer?"):
            knowing = {role for role in ROLES if telling in read_by[role]}
            assert knowing <= {"coordinator", "ngo", "mentor_supervisor"}, f"{knowing} read “{telling}”"


def test_an_agreement_withdrawn_leaves_the_ordinary_preparation(begin: Begin) -> None:
    amira = begin(shared_out).do("request_mentor").hears("consent.withdrawn")
    assert "decide_before" in amira.open
    assert amira.due("decide_before") == date(2027, 4, 20), "two working days"
    assert set(amira.open) >= ORDINARY
    amira.does("decide_before", withdrawn_what=["family"])
    assert "first_meeting" in amira.open, "what was not withdrawn goes on"


# ---- after release


def test_back_in_custody_after_five_weeks_and_out_again_after_four(begin: Begin) -> None:
    amira = begin(settled)
    back = RELEASE + 5 * WEEK
    amira.until(back, doing=routine(amira)).hears("custody.returned", by="probation")
    assert amira.turns == {"state_facts": "probation"}
    amira.until(back + DAY).do("state_facts").until(back + WEEK)
    assert amira.open == ["contact_in_custody"], "nothing else goes on meanwhile"
    amira.does("contact_in_custody", next_contact_on=str(back + 5 * WEEK))
    amira.does("decide_after_return", custody_route="keep_plan")
    assert amira.status == ("open", None), "a return is not an end"
    out = back + 4 * WEEK
    amira.until(out, doing=routine(amira)).dated("released_on", out)
    amira.until(out + WEEK, doing=routine(amira))
    assert "mentor_note" in amira.done, "the mentor goes on"


def test_after_a_long_stay_the_preparation_begins_again(begin: Begin) -> None:
    amira = begin(settled).until(RELEASE + 5 * WEEK).hears("custody.returned", by="probation")
    amira.do("state_facts", "contact_in_custody")
    again = RELEASE + 60 * WEEK
    amira.does("decide_after_return", custody_route="prepare_again", release_on=str(again))
    assert amira.due("needs") == again - 22 * WEEK, "counted to the next release, not to the last"


@pytest.mark.parametrize(("wanted", "then"), [("yes", {"introduce_lead"}), ("no", set()), ("later", set())])
def test_eight_weeks_before_supervision_ends_more_is_offered(
    begin: Begin, wanted: str, then: set[str]
) -> None:
    amira = begin(settled)
    amira.until(RELEASE + 7 * WEEK, doing=routine(amira))
    ends = RELEASE + 22 * WEEK
    amira.does("review", next_review_on=str(RELEASE + 52 * WEEK)).dated(
        "supervision_ends_on", ends, by="probation"
    )
    amira.until(ends - 8 * WEEK - DAY, doing=routine(amira))
    assert "offer_continuation" not in amira.open
    amira.until(ends - 8 * WEEK + DAY, doing=routine(amira))
    assert amira.turns["offer_continuation"] == "probation"
    assert amira.due("offer_continuation") == ends - 6 * WEEK
    amira.does("offer_continuation", continuation_wanted=wanted)
    assert {"introduce_lead"} & set(amira.open) == then
    assert amira.status == ("open", None), "what is voluntary does not end with supervision"


# ---- what may not be known


def test_housing_never_reads_why_a_place_does_not_fit(begin: Begin) -> None:
    why = "The former milieu meets in the cellar"
    amira = begin(shared_out).do("apply_housing", "answer_housing")
    amira.does("check_place", place_suitable=False, not_suitable_why=why)
    assert "apply_housing" in amira.open, "they look for another place"
    assert {role for role, text in amira.read_by_all().items() if why in text} == {"coordinator", "prison"}


def test_who_reads_what_after_a_meeting_was_missed(begin: Begin) -> None:
    """Through the whole of a story every free text named its question: who reads which of them now?"""
    amira = begin(settled).until(RELEASE + 2 * WEEK + DAY)
    amira.does("mentor_note", contact_type="missed", extra_contact_needed="yes")
    assert "extra_contact" in amira.open
    read_by = amira.read_by_all()

    for telling in (
        "contact_note.next_step",
        "Missed",
        "extra_contact",
        "Is extra contact needed?",
        "Make extra contact",
    ):
        knowing = {role for role in ROLES if telling in read_by[role]}
        assert knowing <= {"ngo", "mentor", "mentor_supervisor"}, f"{knowing} read “{telling}”"

    steps: dict[str, set[str | None]] = {}
    for path in WORKFLOWS.glob("*.bpmn"):
        for node in read(path.stem).pathways[0].nodes.values():
            steps.setdefault(node.form or "", set()).add(node.role)
    keys = "|".join(path.stem for path in FORMS.glob("*.json"))
    wrong, right = set(), set()
    for role, text in read_by.items():
        for form_key, question in set(re.findall(rf"\b({keys})\.([a-z][a-z0-9_]*)", text)):
            audience = form(form_key).question(question).audience
            fits = role in steps[form_key] or audience == "case" or role in audience
            (right if fits else wrong).add((role, form_key, question))
    assert wrong == set()
    assert ("family", "family_contact", "observes") in right
    assert ("health", "health_continuity", "health_details") in right
    assert ("probation", "release_plan", "first_goal") in right


def test_a_date_confirmed_as_another_day_moves_what_is_open(begin: Begin) -> None:
    amira = begin(shared_out).until(RELEASE - 5 * WEEK)
    amira.does("confirm_four", release_on=str(RELEASE + 2 * WEEK))
    assert amira.due("papers") == RELEASE - 10 * WEEK
    assert amira.due("day_plan") == RELEASE
