"""Where cases wait: each open case in one state, counted and listed alike, and told only to who may know."""

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine import agencies, cases, clock, notices, reports
from engine.errors import Conflict, NotFound, Refused
from engine.models import Case, Notice, Task, Wait
from engine.reports.load import LEAST, large, told
from tests import make

NOW = datetime.fromisoformat("2027-03-01T09:00:00+00:00")


@pytest.fixture(autouse=True)
def at_nine():
    with clock.at(NOW):
        yield


@pytest.fixture
def place(db):
    return make.local_action(db)


def ids(found: reports.Stalls) -> list[str]:
    return [row.number for row in found.rows]


def everything(db, user, chosen: reports.Chosen, size: int = 2) -> list[str]:
    """Every case of a list, page by page."""
    found, after = [], None
    while True:
        page = reports.stalls(db, user, chosen, after=after, size=size)
        found += ids(page)
        after = page.next
        if after is None:
            return found


def person(db, n: int, **more) -> Case:
    case = make.case(db, name=f"Person {n}", number=f"N-{n}")
    make.complete(db, case, "announce", by="prison", answers=make.announcement(**more))
    return case


def set_state(db, case: Case, state: str) -> None:
    """Bring a case into a state by what its rows say, as time and failures would."""
    coordinator = make.user(db, "coordinator")
    if state == "paused":
        cases.pause_case(db, coordinator, case.id, reason="in hospital")
    elif state == "stuck":
        case.status, case.stuck = "stuck", {"code": "no_way_out", "step": "", "pathway": "", "message": ""}
    elif state == "stalled":
        for wait in db.scalars(select(Wait).where(Wait.case_id == case.id, Wait.kind == "task")):
            wait.late_at = clock.now() - timedelta(days=1)
    elif state == "nobody":
        for wait in db.scalars(select(Wait).where(Wait.case_id == case.id)):
            wait.ended_at = clock.now()
    db.flush()


def test_every_open_case_is_in_exactly_one_state(db, place):
    wanted = ["planned", "stalled", "paused", "nobody", "stuck", "stalled"]
    made = [person(db, n) for n in range(len(wanted))]
    for case, state in zip(made, wanted, strict=True):
        set_state(db, case, state)
    coordinator = make.user(db, "coordinator")
    found = reports.stalls(db, coordinator, reports.Chosen(), size=20)
    assert {row.number: row.state for row in found.rows} == {
        case.number: state for case, state in zip(made, wanted, strict=True)
    }
    assert found.counts == {"stalled": 2, "planned": 1, "paused": 1, "nobody": 1, "stuck": 1}


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(st.sampled_from([*reports.STATES]), min_size=0, max_size=6), seed=st.integers(0, 99))
def test_each_count_is_the_length_of_its_list_for_every_filter(db, seed, states):
    db.rollback()
    make.local_action(db)
    for n, state in enumerate(states):
        set_state(db, person(db, n, weeks=[2, 10, 20, 40][(seed + n) % 4]), state)
    coordinator = make.user(db, "coordinator")
    choices = reports.stall_choices(db, coordinator)
    narrowed = [
        reports.Chosen(),
        *(reports.Chosen(pathway=key) for key, _ in choices.pathway),
        *(reports.Chosen(step=key) for key, _ in choices.step),
        *(reports.Chosen(release=window) for window in reports.WINDOWS),
        reports.Chosen(unmet=True),
        *(
            reports.Chosen(step=step, release=window)
            for (step, _), window in product(choices.step[:2], ("12", "past"))
        ),
    ]
    for chosen in narrowed:
        counts = reports.stalls(db, coordinator, chosen).counts
        for state in reports.STATES:
            asked = reports.Chosen(**{**chosen.__dict__, "state": state})
            listed = everything(db, coordinator, asked)
            assert len(listed) == len(set(listed)) == counts[state], (asked, counts)
        assert len(everything(db, coordinator, chosen)) == sum(counts.values())
    db.rollback()


def test_the_longest_over_its_limit_stands_first(db, place):
    made = [person(db, n) for n in range(3)]
    for days, case in zip((2, 9, 5), made, strict=True):
        for wait in db.scalars(select(Wait).where(Wait.case_id == case.id, Wait.kind == "task")):
            wait.late_at = clock.now() - timedelta(days=days)
    db.flush()
    listed = everything(db, make.user(db, "coordinator"), reports.Chosen(state="stalled"), size=1)
    assert listed == [made[1].number, made[2].number, made[0].number]


def test_a_step_that_is_hidden_from_the_reader_makes_no_case_late_for_them(db, place):
    case = person(db, 1)
    hidden = db.scalars(select(Wait).where(Wait.case_id == case.id, Wait.step == "treatment")).one()
    hidden.audience, hidden.late_at = "|health|", clock.now() - timedelta(days=30)
    db.flush()
    coordinator = make.user(db, "coordinator")
    [row] = reports.stalls(db, coordinator, reports.Chosen()).rows
    assert row.state == "planned"
    assert row.step != hidden.title
    assert hidden.title not in dict(reports.stall_choices(db, coordinator).step).values()


def test_a_step_without_a_deadline_waits_too_long_after_two_weeks(db, place):
    case = person(db, 1)
    cases.ask_colleague(
        db,
        make.user(db, "coordinator"),
        case.id,
        agency_id=make.user(db, "police").memberships[0].agency_id,
        role="police",
        text="Is anything known?",
    )
    wait = db.scalars(select(Wait).where(Wait.case_id == case.id, Wait.step.is_(None))).one()
    assert (wait.until, wait.late_at) == (None, NOW + timedelta(days=14))


def test_who_sees_no_case_has_no_list(db, place):
    person(db, 1)
    for role in ("prison", "housing", "mentor", "police"):
        with pytest.raises(Refused):
            reports.stalls(db, make.user(db, role), reports.Chosen())


def test_one_colleague_s_cases_are_listed_and_not_counted(db, place):
    case = person(db, 1)
    person(db, 2)
    coordinator = make.user(db, "coordinator")
    cases.claim_task(db, coordinator, make.task(db, case, "plan").id)
    db.flush()
    found = reports.stalls(db, coordinator, reports.Chosen(worker=coordinator.id))
    assert (ids(found), found.counts) == ([case.number], None)
    with pytest.raises(NotFound):
        reports.stalls(db, coordinator, reports.Chosen(worker=make.user(db, "prison").id))


# ---- the last contact


def look_at_a_place(db, case: Case, found: str, on: date) -> Task:
    """In the small pathway whoever finds a place meets the participant there; who finds none meets nobody."""
    return make.complete(db, case, "find_housing", by="housing", answers={"found": found}, happened_on=on)


def test_only_a_contact_that_took_place_moves_the_day_of_the_last_one(db, place):
    case = person(db, 1)
    look_at_a_place(db, case, "no", date(2027, 2, 27))
    assert case.contact_on is None
    look_at_a_place(db, case, "yes", date(2027, 2, 26))
    assert case.contact_on == date(2027, 2, 26)


def test_putting_a_contact_right_moves_the_day_back(db, place):
    case = person(db, 1)
    task = look_at_a_place(db, case, "yes", date(2027, 2, 27))
    wrong = cases.Submitted(raw={"found": "no"}, happened_on=date(2027, 2, 27), reason="Nobody came.")
    cases.correct_answer(db, make.user(db, "housing"), task.id, wrong)
    assert (case.contact_on, task.contact_on) == (None, None)


def test_nobody_met_for_five_weeks_shows_although_every_step_is_green(db, place):
    case = person(db, 1)
    coordinator = make.user(db, "coordinator")
    [row] = reports.stalls(db, coordinator, reports.Chosen()).rows
    assert (row.told_contact, row.contact_on, row.unmet) == (True, None, False)
    with clock.at(NOW + timedelta(weeks=5, days=1)):
        [row] = reports.stalls(db, coordinator, reports.Chosen(unmet=True)).rows
        assert row.unmet
    case.contact_on = date(2027, 3, 20)
    db.flush()
    with clock.at(NOW + timedelta(weeks=5, days=1)):
        assert reports.stalls(db, coordinator, reports.Chosen(unmet=True)).rows == []


# ---- what can be done from a row


def test_a_reminder_goes_to_who_has_the_step_and_once_a_day(db, place):
    case = person(db, 1)
    coordinator = make.user(db, "coordinator")
    task = make.task(db, case, "find_housing")
    cases.nudge(db, coordinator, task.id)
    db.flush()
    told = db.scalars(select(Notice).where(Notice.kind == "nudged")).all()
    assert [notice.user_id for notice in told] == [make.user(db, "housing").id]
    with pytest.raises(Conflict):
        cases.nudge(db, coordinator, task.id)
    with clock.at(NOW + timedelta(days=1, minutes=1)):
        cases.nudge(db, coordinator, task.id)
    assert "nudged" in notices.KINDS


def test_the_reason_is_asked_once_and_its_answer_comes_back(db, place):
    case = person(db, 1)
    coordinator, housing = make.user(db, "coordinator"), make.user(db, "housing")
    task = make.task(db, case, "find_housing")
    asked = cases.ask_reason(db, coordinator, task.id, "Why does this wait?")
    assert (asked.agency_id, asked.role, asked.kind) == (task.agency_id, "housing", "request")
    with pytest.raises(Conflict):
        cases.ask_reason(db, coordinator, task.id, "Why does this wait?")
    cases.complete_task(db, housing, asked.id, cases.Submitted(raw={"reply": "The list is long."}))
    kinds = Counter(db.scalars(select(Notice.kind).where(Notice.user_id == coordinator.id)))
    assert kinds["reply"] == 1


def test_the_row_says_that_the_reason_was_asked_for_and_that_an_answer_came(db, place):
    case, other = person(db, 1), person(db, 2)
    coordinator, housing = make.user(db, "coordinator"), make.user(db, "housing")
    task = make.task(db, case, "find_housing")

    def rows(reader=coordinator):
        chosen = reports.Chosen(step="small_release/find_housing")
        return {row.id: row.asked for row in reports.stalls(db, reader, chosen).rows}

    asked = cases.ask_reason(db, coordinator, task.id, "Why does this wait?")
    assert rows() == {case.id: reports.Question(asked.id, "City of Catalonia", NOW, None), other.id: None}
    with clock.at(NOW + timedelta(days=1)):
        cases.complete_task(db, housing, asked.id, cases.Submitted(raw={"reply": "The list is long."}))
        assert rows() == {
            case.id: reports.Question(asked.id, "City of Catalonia", NOW, NOW + timedelta(days=1)),
            other.id: None,
        }


def test_who_does_not_track_cases_reminds_nobody(db, place):
    case = person(db, 1)
    with pytest.raises((Refused, NotFound)):
        cases.nudge(db, make.user(db, "prison"), make.task(db, case, "find_housing").id)


# ---- on the diagram, and as figures


def test_the_diagram_tells_what_the_list_of_each_step_shows(db, place):
    for n in range(3):
        person(db, n)
    coordinator = make.user(db, "coordinator")
    with clock.at(NOW + timedelta(days=8)):
        load = reports.diagram_load(db, coordinator, None)
        assert load.key == "small_release"
        for step in load.steps:
            listed = everything(db, coordinator, reports.Chosen(step=f"{load.key}/{step.step}"))
            assert (step.cases, step.days) == (len(listed), 8)
        assert load.steps


@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.sampled_from([*reports.STATES]), st.integers(0, 12)),
        unique_by=lambda one: one[:2],
    )
)
def test_no_small_figure_can_be_told_from_what_is_published(counted):
    """Whatever a hidden figure is, from none to four, the published page would be the same."""
    published = told(counted)
    for place, (pathway, state, count) in enumerate(counted):
        if count >= LEAST:
            continue
        for other in range(LEAST):
            changed = [*counted[:place], (pathway, state, other), *counted[place + 1 :]]
            assert told(changed) == published
    assert all(count >= LEAST for _, count in large([(state, count) for _, state, count in counted]))


def test_the_steering_group_reads_large_figures_and_no_case(db, place):
    city = make.user(db, "coordinator").memberships[0].agency
    steering = agencies.add_user(
        db, email="steering@catalonia.example", name="Glòria Vila", password=None, desks=[(city, "steering")]
    )
    db.expire(steering)
    for n in range(5):
        person(db, n)
    set_state(db, db.scalars(select(Case).order_by(Case.number)).first(), "paused")
    [figures] = reports.figures(db, steering)
    [(_, counts)] = figures.by_pathway
    assert counts == dict.fromkeys(reports.STATES)
    person(db, 6)
    [figures] = reports.figures(db, steering)
    assert dict(figures.by_pathway)[figures.by_pathway[0][0]]["planned"] == 5
    with pytest.raises(Refused):
        reports.stalls(db, steering, reports.Chosen())
