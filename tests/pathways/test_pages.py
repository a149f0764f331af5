"""What the pages say of a release: who it is for, who waits, what was late, and when it happened."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import cases, forms, library, reports
from engine.errors import Invalid, NotFound
from engine.models import Case, Membership, Task, User
from tests.pathways.story import (
    DAY,
    RELEASE,
    ROLES,
    WEEK,
    Story,
    announced,
    released,
    somebody,
    told,
)

Begin = Callable[..., Story]

# ---- who a case is for


def test_the_basis_is_confirmed_without_the_name(begin: Begin) -> None:
    amira = begin(announced).do("accept", "state_purpose")
    with amira.db() as db:
        irene, case = somebody(db, "dpo"), db.get_one(Case, amira.case_id)
        assert [row.participant for row in reports.my_tasks(db, irene, whose="team").rows] == [case.number]
        assert reports.find_cases(db, irene, "Amira Benali") == reports.find_cases(db, irene, "N-1") == []
        (row,) = reports.find_cases(db, irene, case.number)
        assert (row.participant, row.release_on) == (case.number, None)
        page = reports.case_page(db, irene, case.id)
        assert (page.head.participant, page.level, page.dates, page.details) == (
            case.number,
            "exists",
            [],
            {},
        )
        with pytest.raises(NotFound):
            reports.participant_page(db, irene, case.participant_id)
        number = case.number
    amira.do("confirm_basis")
    with amira.db() as db:
        (done,) = db.scalars(select(Task).where(Task.step == "confirm_basis"))
        assert reports.after_task(db, somebody(db, "dpo"), done.id).case.participant == number
    read_by = amira.read_by_all()
    assert number in read_by["dpo"]
    named = {role for role in ROLES if "Amira Benali" in read_by[role] or "N-1" in read_by[role]}
    assert named == {"prison", "coordinator"}, "until she has been told, nobody else knows who it is"


def test_who_knows_a_case_in_another_role_too_is_told_the_name(begin: Begin) -> None:
    amira = begin(announced).do("accept", "state_purpose")
    with amira.db() as db:
        irene = somebody(db, "dpo")
        city = irene.memberships[0].agency_id
        db.add(Membership(user_id=irene.id, agency_id=city, role="housing"))
        db.flush()
        db.refresh(irene)
        assert "Amira Benali" not in amira_of(db, irene), "housing does not know of this case"
        db.add(Membership(user_id=irene.id, agency_id=city, role="coordinator"))
        db.flush()
        db.refresh(irene)
        assert amira_of(db, irene) == ["Amira Benali"]
        assert reports.find_cases(db, irene, "Amira Benali") != []


def amira_of(db: Session, user: User) -> list[str]:
    return [row.participant for row in reports.my_cases(db, user).rows]


# ---- who waits for a step


def test_who_waits_is_found_beyond_the_pathway_that_the_step_is_on(begin: Begin) -> None:
    amira = begin(announced).do("accept")
    assert waiting(amira, "state_purpose") == ("Data protection officer",)
    amira.do("state_purpose")
    assert waiting(amira, "confirm_basis") == ("Case coordinator",), "whichever pathway asked for the check"


def test_at_the_end_of_a_called_pathway_the_caller_s_next_step_waits(begin: Begin) -> None:
    amira = begin(told)
    assert waiting(amira, "needs") == ("Case coordinator",), (
        "who asks for the conference, a pathway of its own"
    )
    amira.dated("released_on", amira.today)
    assert "Case coordinator" in waiting(amira, "bed_tonight"), (
        "the five points come after the first 72 hours"
    )


def waiting(amira: Story, step: str) -> tuple[str, ...]:
    with amira.db() as db:
        user = somebody(db, amira.turns[step])
        return next(
            row.waiting
            for row in reports.my_tasks(db, user, whose="team").rows
            if db.get_one(Task, row.id).step == step
        )


# ---- when it happened, and when it was entered


def test_a_step_is_late_when_it_happened_late_not_when_it_was_entered_late(begin: Begin) -> None:
    amira = begin(announced)
    due = amira.due("accept")
    assert due
    accepted(amira.until(due + WEEK), due)
    assert days_late(amira) == {
        "Announce the planned release": 0,
        "Take the case and name the coordinator": 0,
    }

    amira = begin(announced)
    accepted(amira.until(due + WEEK), due + 3 * DAY)
    assert days_late(amira)["Take the case and name the coordinator"] == 3


def accepted(amira: Story, on: date) -> None:
    """The coordinator enters today that the case was taken on a day before."""
    with amira.db() as db:
        (task,) = db.scalars(select(Task).where(Task.step == "accept"))
        user = somebody(db, "coordinator")
        person = {"name": "Jan Roig", "phone": "+34 900 000 001"}
        answers = {"coordinator": str(user.id), "coordinator_contact": person}
        raw = forms.raw(library.form_of(db, task), answers)
        cases.complete_task(db, user, task.id, cases.Submitted(raw=raw, happened_on=on))


def days_late(amira: Story) -> dict[str, int]:
    with amira.db() as db:
        page = reports.case_page(db, somebody(db, "coordinator"), amira.case_id)
        return {str(line.title): line.days_late for line in page.done}


def test_a_list_says_when_the_participant_was_released(begin: Begin) -> None:
    amira = begin(released)
    with amira.db() as db:
        (row,) = reports.my_cases(db, somebody(db, "coordinator")).rows
        assert (row.release_on, row.released_on) == (RELEASE, RELEASE)


# ---- what a step is about


def test_who_decides_reads_what_to_decide_on(begin: Begin) -> None:
    amira = begin(announced).do("accept").does("state_purpose", purpose="Housing and papers in good time")
    with amira.db() as db:
        (task,) = db.scalars(select(Task).where(Task.step == "confirm_basis"))
        (about,) = reports.task_page(db, somebody(db, "dpo"), task.id).basis
        assert "Housing and papers in good time" in [value for _, value in about.rows]
        assert reports.task_page(db, somebody(db, "coordinator"), task.id).basis == []


def test_only_who_has_the_role_can_be_named_for_it(begin: Begin) -> None:
    amira = begin(announced)
    with amira.db() as db:
        (task,) = db.scalars(select(Task).where(Task.step == "accept"))
        coordinator, police = somebody(db, "coordinator"), somebody(db, "police")
        choices = reports.task_page(db, coordinator, task.id).options["user/coordinator"]
        assert str(coordinator.id) in choices
        assert str(police.id) not in choices
        with pytest.raises(Invalid):
            cases.complete_task(
                db, coordinator, task.id, cases.Submitted(raw={"coordinator": str(police.id)})
            )


def test_dates_that_cannot_be_true_together_are_refused_beside_the_wrong_one(begin: Begin) -> None:
    amira = begin().begins(RELEASE - 26 * WEEK)
    said = {
        "release_on": str(RELEASE),
        "earlier_possible": True,
        "earliest_release_on": str(RELEASE + DAY),
        "legal_supervision": True,
        "supervision_ends_on": str(RELEASE - DAY),
    }
    with pytest.raises(Invalid) as caught:
        amira.does("notify", **said)
    wrong = {problem.field: str(problem.message) for problem in caught.value.problems}
    assert "cannot come after" in wrong["earliest_release_on"]
    assert "cannot end before" in wrong["supervision_ends_on"]
    assert "release_on" not in wrong
