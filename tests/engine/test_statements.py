"""A page or a verb asks the database the same number of times, however much there is, and finds it by an index."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text

from engine import calendars, cases, clock, participants, policy, reports
from engine.models import Case, Meeting, MeetingCase, Minutes, Task
from tests import make, meet


@pytest.fixture
def place(db):
    make.local_action(db)


@contextmanager
def statements(db):
    """The SQL that is sent inside the block, by a session that knows nothing yet but the user."""
    sent = []

    def note(_connection, _cursor, sql, *_):
        sent.append(sql)

    engine = db.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
        db.flush()
    finally:
        event.remove(engine, "before_cursor_execute", note)


def forget(db, *roles):
    """Flush and let go of everything but the users with these roles, who are loaded whole."""
    db.flush()
    db.expunge_all()
    for kept in [key for key in db.info if key != "vault"]:
        del db.info[kept]
    found = [make.user(db, role) for role in roles]
    for user in found:
        assert [m.as_role.key for m in user.memberships]
    return found


def count(db, role, act):
    [user] = forget(db, role)
    with statements(db) as sent:
        act(user)
    return len(sent)


def more_cases(db, number):
    for n in range(number):
        case = make.case(db, name=f"Person {n}", number=f"N-{n + 100}")
        make.complete(db, case, "announce", by="prison", answers=make.announcement())


LISTS = {
    "my_tasks": lambda db, user: reports.my_tasks(db, user, whose="team", size=50),
    "task_counts": lambda db, user: reports.task_counts(db, user),
    "my_cases": lambda db, user: reports.my_cases(db, user, size=50),
    "find_cases": lambda db, user: reports.find_cases(db, user, "Amira Benali"),
    "notices": lambda db, user: reports.notices(db, user),
}


@pytest.mark.databases("sqlite")
def test_a_list_of_thirty_takes_as_many_statements_as_a_list_of_one(db, place):
    make.prepared_case(db)
    for_one = {
        name: count(db, "coordinator", lambda user, act=act: act(db, user)) for name, act in LISTS.items()
    }
    more_cases(db, 29)
    for_thirty = {
        name: count(db, "coordinator", lambda user, act=act: act(db, user)) for name, act in LISTS.items()
    }
    [coordinator] = forget(db, "coordinator")
    assert len(reports.my_tasks(db, coordinator, whose="team", size=50).rows) == 30
    assert len(reports.my_cases(db, coordinator, size=50).rows) == 30
    assert for_thirty == for_one
    assert max(for_one.values()) <= 4


@pytest.mark.databases("sqlite")
def test_thirty_waiting_cases_take_as_many_statements_as_one(db, place):
    def taken():
        return count(db, "coordinator", lambda user: reports.stalls(db, user, reports.Chosen(), size=50))

    make.prepared_case(db)
    for_one = taken()
    more_cases(db, 29)
    assert taken() == for_one <= 8
    [coordinator] = forget(db, "coordinator")
    assert len(reports.stalls(db, coordinator, reports.Chosen(), size=50).rows) == 30


OWN = {
    "my_participants": lambda db, user: reports.my_participants(db, user),
    "handing_page": lambda db, user: reports.handing_page(db, user),
}


@pytest.mark.databases("sqlite")
def test_a_list_of_thirty_of_one_s_own_takes_as_many_statements_as_a_list_of_one(db, place):
    def taken():
        coordinator = make.user(db, "coordinator")
        for task in db.scalars(select(Task).where(Task.role == "coordinator", Task.owner_id.is_(None))):
            cases.claim_task(db, coordinator, task.id)
        return {
            name: count(db, "coordinator", lambda user, act=act: act(db, user)) for name, act in OWN.items()
        }

    make.prepared_case(db)
    for_one = taken()
    more_cases(db, 29)
    assert taken() == for_one
    [coordinator] = forget(db, "coordinator")
    assert len(reports.my_participants(db, coordinator)) == 30
    assert len(reports.handing_page(db, coordinator).cases) == 30
    assert max(for_one.values()) <= 11


@pytest.mark.databases("sqlite")
def test_a_calendar_is_one_statement(db, place):
    make.prepared_case(db)
    secret = calendars.make_calendar(db, make.user(db, "coordinator"))
    assert count(db, "coordinator", lambda user: calendars.feed(db, secret)) == 1


@pytest.mark.databases("sqlite")
def test_a_case_s_page_takes_as_many_statements_after_a_year_as_on_the_first_day(db, place):
    case = make.prepared_case(db)
    case_id, task_id = case.id, make.task(db, case, "plan").id
    first_day = count(db, "coordinator", lambda user: reports.case_page(db, user, case_id))
    first_task = count(db, "coordinator", lambda user: reports.task_page(db, user, task_id))
    coordinator, housing = forget(db, "coordinator", "housing")
    case = db.get_one(Case, case_id)
    for n in range(10):
        cases.add_note(db, coordinator, case_id, text=f"note {n}")
        make.complete(db, case, "find_housing", by=housing, answers={"found": "no"})
        participants.record_date(
            db,
            coordinator,
            case.participant_id,
            key="release_on",
            on=(clock.now() + timedelta(weeks=20 + n)).date(),
            sure="estimated",
            source=f"letter {n}",
        )
    # One more for the colleagues whose names now stand on the page.
    assert count(db, "coordinator", lambda user: reports.case_page(db, user, case_id)) <= first_day + 2
    assert count(db, "coordinator", lambda user: reports.task_page(db, user, task_id)) <= first_task + 2
    assert first_day <= 25
    assert first_task <= 15


@pytest.mark.databases("sqlite")
def test_a_verb_takes_few_statements_however_long_the_case(db, place):
    case = make.prepared_case(db)
    case_id = case.id

    def again():
        task_id = make.task(db, db.get_one(Case, case_id), "find_housing").id
        return count(
            db,
            "housing",
            lambda user: cases.complete_task(db, user, task_id, cases.Submitted(raw={"found": "no"})),
        )

    taken = [again() for _ in range(8)]
    assert len(set(taken[1:])) == 1
    assert max(taken) <= 17


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("role", ["coordinator", "prison"])
def test_a_meeting_about_twelve_cases_takes_as_many_statements_as_one_about_two(db, role):
    world = meet.recorded(db, 12)
    twelve, case_id = world.meeting.id, world.cases[0].id
    for_twelve = count(db, role, lambda user: reports.meeting_page(db, user, twelve))
    [marta] = forget(db, "coordinator")
    two = meet.about(db, marta, db.scalars(select(Case).order_by(Case.number).limit(2)).all())
    meet.invite(db, two, 2)
    for_two = count(db, role, lambda user: reports.meeting_page(db, user, two.meeting.id))
    assert for_twelve <= for_two + 4  # minutes, what was said to them, who is named there
    assert for_twelve <= 22
    of_a_case = count(db, role, lambda user: reports.case_meetings(db, user, case_id))
    assert of_a_case <= 8
    lists = count(db, role, lambda user: reports.my_meetings(db, user, past=True))
    assert lists <= 4


# ---- indexes


def plan(db, query):
    """How the database would find the rows, as text."""
    compiled = query.compile(db.get_bind(), compile_kwargs={"literal_binds": True})
    if db.get_bind().dialect.name == "sqlite":
        return "\n".join(row.detail for row in db.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))
    # A small table is faster read whole: what counts here is what happens when it is large.
    db.execute(text("SET LOCAL enable_seqscan = off"))
    return "\n".join(row[0] for row in db.execute(text(f"EXPLAIN {compiled}".replace("%%", "%"))))


def test_my_tasks_are_found_by_an_index(db, place):
    make.prepared_case(db)
    for role in ("coordinator", "mentor", "ngo"):
        user = make.user(db, role)
        for whose in ("mine", "team", "unclaimed"):
            found = plan(
                db, query_of(db, lambda user=user, whose=whose: reports.my_tasks(db, user, whose=whose))
            )
            assert "SCAN tasks" not in found, (role, whose, found)
            assert "Seq Scan on tasks" not in found, (role, whose, found)


def test_a_calendar_and_one_s_participants_are_found_by_an_index(db, place):
    make.prepared_case(db)
    coordinator = make.user(db, "coordinator")
    secret = calendars.make_calendar(db, coordinator)
    db.flush()
    for act in (
        lambda: calendars.feed(db, secret),
        lambda: reports.my_participants(db, coordinator),
        lambda: reports.handing_page(db, coordinator),
    ):
        found = plan(db, first_query(db, act))
        for table in ("users", "tasks", "cases", "case_access", "case_lanes", "handovers"):
            assert not re.search(rf"(SCAN|Seq Scan on) {table}\b", found), found


def first_query(db, act):
    found = []

    def note(state):
        if state.is_select:
            found.append(state.statement)

    event.listen(db, "do_orm_execute", note)
    act()
    event.remove(db, "do_orm_execute", note)
    return found[0]


def test_my_cases_are_found_by_an_index(db, place):
    make.prepared_case(db)
    for role in ("coordinator", "mentor", "ngo"):
        user = make.user(db, role)
        found = plan(db, policy.visible(user, Case).with_only_columns(Case.id))
        assert "SCAN cases" not in found, (role, found)
        assert "SCAN case_access" not in found, (role, found)
        assert "Seq Scan on cases" not in found, (role, found)


def query_of(db, act):
    """The first query that `act` sends about tasks."""
    found = []

    def note(state):
        if (
            state.is_select
            and not found
            and Task in {one.get("entity") for one in state.statement.column_descriptions}
        ):
            found.append(state.statement)

    event.listen(db, "do_orm_execute", note)
    act()
    event.remove(db, "do_orm_execute", note)
    return found[0]


def test_the_oldest_page_follows_the_newest_without_a_gap(db, place):
    """Thirty tasks, ten a page: each once, in the order of what presses."""
    more_cases(db, 12)
    coordinator = make.user(db, "coordinator")
    seen, after = [], None
    while True:
        page = reports.my_tasks(db, coordinator, whose="team", size=5, after=after)
        seen += [row.id for row in page.rows]
        after = page.next
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 12
    assert seen == list(
        db.scalars(
            select(Task.id)
            .where(Task.status == "open", Task.role == "coordinator")
            .order_by(Task.press_at, Task.id)
        )
    )


def test_meetings_are_found_by_an_index(db, place):
    for role in ("coordinator", "police"):
        user = make.user(db, role)
        for table, name in (
            (Meeting, "meetings"),
            (MeetingCase, "meeting_cases"),
            (Minutes, "minutes"),
        ):
            found = plan(db, policy.visible(user, table).with_only_columns(table.id))
            assert f"SCAN {name}\n" not in found + "\n", (role, found)
            assert f"Seq Scan on {name} " not in found, (role, found)
