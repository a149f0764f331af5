"""Nobody learns what they may not know, on no page and by no verb."""

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import agencies, cases, clock, library, notices, participants, policy, reports, vault
from engine.cases.running import Scene, grant, owner_for
from engine.errors import Conflict, Invalid, NotFound, Refused
from engine.models import (
    Agency,
    Case,
    CaseAccess,
    Draft,
    Entry,
    File,
    Note,
    Notice,
    Table,
    Task,
    User,
)
from engine.policy import seeing
from tests import make

# What is decided in Python is the same on every database; what SQL decides is tried on both.
one_database = pytest.mark.databases("sqlite")

# One word for each thing that only some may read, found nowhere else.
NAME, NUMBER, PHONE = "Canaria Nomen", "CANARY-NUMBER", "CANARY-PHONE"
WISHES, SECURITY, REMARK, TREATMENT, UNSUITABLE = (
    "canary-wishes",
    "canary-security",
    "canary-remark",
    "canary-treatment",
    "canary-unsuitable",
)
SOURCE, NOTE, SHARED, REQUEST, REPLY, DRAFT, REASON = (
    "canary-source",
    "canary-note",
    "canary-shared",
    "canary-request",
    "canary-reply",
    "canary-draft",
    "canary-reason",
)
AGREEMENT, HEALTH_STEP = "'Given'", "Arrange treatment"
CANARIES = {
    "name": NAME,
    "number": NUMBER,
    "phone": PHONE,
    "wishes": WISHES,
    "security": SECURITY,
    "remark": REMARK,
    "treatment": TREATMENT,
    "unsuitable": UNSUITABLE,
    "source": SOURCE,
    "note": NOTE,
    "shared": SHARED,
    "request": REQUEST,
    "reply": REPLY,
    "draft": DRAFT,
    "reason": REASON,
    "agreement": AGREEMENT,
    "health step": HEALTH_STEP,
}


@dataclass
class World:
    db: object
    case: Case
    other: Case
    tasks: dict[str, Task]
    note: Note
    shared: Note

    def user(self, role, key="catalonia"):
        return make.user(self.db, role, key=key)

    def agency(self, house, key="catalonia"):
        return self.db.scalars(select(Agency).where(Agency.key == f"{key}-{house}")).one()

    def hire(self, name, *desks):
        """Somebody at desks given as (local action, agency, role)."""
        found = agencies.add_user(
            self.db,
            email=f"{name}@hired.example",
            name=name,
            password=None,
            desks=[(self.agency(house, key), role) for key, house, role in desks],
        )
        self.db.refresh(found)
        return found

    def let_know(self, role, house):
        grant(Scene.of(self.db, self.case), self.agency(house).id, role, None)
        self.db.flush()


@pytest.fixture
def world(db):
    """A case with one secret of every kind, at the point where health works and housing looks for a place."""
    make.local_action(db)
    make.local_action(db, key="veneto")
    prison, coordinator, housing, police = (
        make.user(db, r) for r in ("prison", "coordinator", "housing", "police")
    )
    person = participants.register(db, prison, name=NAME, number=NUMBER, phone=PHONE)
    case = cases.open_case(db, prison, pathway="small_release", participant_id=person.id, lanes={})
    make.complete(
        db, case, "announce", by="prison", answers=make.announcement(wishes=WISHES, security=SECURITY)
    )
    participants.record_date(
        db, prison, person.id, key="hearing_on", on=clock.now().date(), sure="estimated", source=SOURCE
    )
    tasks = {step: make.task(db, case, step) for step in ("plan", "find_housing", "treatment")}
    tasks["announce"] = db.scalars(select(Task).where(Task.case_id == case.id, Task.step == "announce")).one()
    note = cases.add_note(db, coordinator, case.id, text=NOTE)
    shared = cases.add_note(db, coordinator, case.id, text=SHARED, shared=True)
    tasks["request"] = cases.ask_colleague(
        db, coordinator, case.id, agency_id=police.memberships[0].agency_id, role="police", text=REQUEST
    )
    cases.save_draft(db, housing, tasks["find_housing"].id, {"unsuitable": DRAFT})
    other = cases.open_case(
        db,
        make.user(db, "prison", key="veneto"),
        pathway="small_release",
        participant_id=participants.register(
            db, make.user(db, "prison", key="veneto"), name="Bruno Altro"
        ).id,
        lanes={},
    )
    return World(db, case, other, tasks, note, shared)


def finish(world):
    """What the others answer: from here on every secret is in the case."""
    db, case = world.db, world.case
    make.complete(db, case, "plan", by="coordinator", answers={"remark": REMARK})
    cases.complete_task(
        db, world.user("police"), world.tasks["request"].id, cases.Submitted(raw={"reply": REPLY})
    )
    make.complete(db, case, "find_housing", by="housing", answers={"found": "no", "unsuitable": UNSUITABLE})
    cases.correct_answer(
        db,
        world.user("housing"),
        world.tasks["find_housing"].id,
        cases.Submitted(raw={"found": "yes", "unsuitable": UNSUITABLE}, reason=REASON),
    )
    make.complete(db, case, "treatment", by="health", answers={"treatment": TREATMENT})
    make.complete(db, case, "find_housing", by="housing", answers={"found": "yes"})
    world.tasks["first_meeting"] = make.task(db, case, "first_meeting")
    db.flush()


def everything(world, user):
    """All that the pages show to a user, as one text."""
    db = world.db
    found = [
        *(reports.my_tasks(db, user, whose=whose) for whose in ("mine", "team", "unclaimed")),
        reports.task_counts(db, user),
        reports.task_filters(db, user),
        reports.my_cases(db, user),
        reports.my_cases(db, user, closed=True),
        reports.notices(db, user),
        *(reports.find_cases(db, user, text) for text in (NAME, NUMBER, world.case.number)),
    ]
    if policy.may(user, "open_case"):
        found.append(reports.participants_to_open(db, user, NAME))
    for page, ids in (
        (reports.case_page, [world.case.id]),
        (reports.participant_page, [world.case.participant_id]),
        (reports.task_page, db.scalars(select(Task.id)).all()),
        (reports.after_task, db.scalars(select(Task.id)).all()),
    ):
        for row_id in ids:
            try:
                # A form says what can be asked, not what was answered.
                shown = page(db, user, row_id)
                found.append(replace(shown, form=None) if hasattr(shown, "form") else shown)
            except NotFound:
                found.append(None)
    return repr(found)


def told(world, user):
    text = everything(world, user)
    return {secret for secret, word in CANARIES.items() if word in text}


PERSON = {"name"}
INSIDE = PERSON | {"number", "phone", "source", "wishes", "shared"}


def test_each_reads_what_is_theirs_and_nothing_else(world):
    finish(world)
    told_to = {role: told(world, world.user(role)) for role in make.PEOPLE}
    assert told_to == {
        "prison": INSIDE | {"agreement", "security"},
        "coordinator": INSIDE | {"agreement", "note", "remark", "request", "reply", "unsuitable", "reason"},
        # Its own steps and what it said there; whatever else goes on in the case is not housing's.
        "housing": PERSON | {"unsuitable", "reason"},
        "health": PERSON | {"treatment", "health step"},
        "probation": set(),
        "ngo": PERSON,
        "mentor": set(),
        "police": PERSON | {"request", "reply"},
    }


@one_database
def test_nobody_of_another_local_action_learns_anything(world):
    finish(world)
    for role in make.PEOPLE:
        assert told(world, world.user(role, key="veneto")) == set(), role


@one_database
def test_who_sees_into_the_case_is_still_not_told_what_is_for_some_roles_only(world):
    world.let_know("probation", "probation")
    finish(world)
    assert told(world, world.user("probation")) == INSIDE


def test_a_role_held_elsewhere_opens_nothing_here(world):
    """Probation here sees into the case; that the same person is a doctor and a coordinator elsewhere adds nothing."""
    world.let_know("probation", "probation")
    finish(world)
    double = world.hire(
        "double",
        ("catalonia", "probation", "probation"),
        ("veneto", "clinic", "health"),
        ("veneto", "city", "coordinator"),
        ("catalonia", "city", "social"),
    )
    assert told(world, double) == INSIDE
    for verb in (
        lambda: cases.pause_case(world.db, double, world.case.id, reason="because"),
        lambda: cases.close_case(world.db, double, world.case.id, reason="because"),
        lambda: cases.open_case(
            world.db, double, pathway="small_release", participant_id=world.case.participant_id, lanes={}
        ),
    ):
        with pytest.raises(Refused):
            verb()
    assert reports.case_page(world.db, double, world.case.id).may["close"] is not None


def test_the_note_of_an_agency_is_not_for_somebody_who_knows_the_case_from_another(world):
    """Housing sits in the coordinator's agency and knows the case only in part; prison sees into it."""
    double = world.hire("both", ("catalonia", "prison", "prison"), ("catalonia", "city", "housing"))
    assert "note" not in told(world, double)
    assert "shared" in told(world, double)


@one_database
def test_before_the_diagram_reaches_a_lane_only_prison_and_coordinator_know(db):
    make.local_action(db)
    case = make.case(db)
    knowing = {row.role for row in db.scalars(select(CaseAccess).where(CaseAccess.case_id == case.id))}
    assert knowing == {"prison", "coordinator"}
    for role in set(make.PEOPLE) - knowing:
        user = make.user(db, role)
        assert reports.my_cases(db, user).rows == []
        assert reports.find_cases(db, user, "Amira Benali") == []
        assert reports.notices(db, user) == []
        with pytest.raises(NotFound):
            reports.case_page(db, user, case.id)
        with pytest.raises(NotFound):
            reports.participant_page(db, user, case.participant_id)


# ---- what may not be seen cannot be had by any verb


def verbs(world, user, *, case, task, note, notice, file, participant):
    """Every verb on every kind of thing."""
    db, submitted = world.db, cases.Submitted(raw={})
    return {
        "claim": lambda: cases.claim_task(db, user, task),
        "give back": lambda: cases.give_back_task(db, user, task),
        "assign": lambda: cases.assign_task(db, user, task, user.id),
        "draft": lambda: cases.save_draft(db, user, task, {"remark": "x"}),
        "complete": lambda: cases.complete_task(db, user, task, submitted),
        "already": lambda: cases.complete_task(db, user, task, cases.Submitted(already=True, reason="so")),
        "correct": lambda: cases.correct_answer(db, user, task, cases.Submitted(reason="so")),
        "keep file": lambda: cases.keep_file(
            db, user, task, question="paper", name="a.txt", type="text/plain", content=b"x"
        ),
        "read file": lambda: cases.read_file(db, user, file),
        "task page": lambda: reports.task_page(db, user, task),
        "after task": lambda: reports.after_task(db, user, task),
        "case page": lambda: reports.case_page(db, user, case),
        "diagram": lambda: library.diagram_source(db, user, case, "small_release"),
        "note": lambda: cases.add_note(db, user, case, text="x"),
        "share": lambda: cases.share_note(db, user, note),
        "ask": lambda: cases.ask_colleague(
            db, user, case, agency_id=world.agency("police").id, role="police", text="x"
        ),
        "hand over": lambda: cases.hand_over(db, user, case, to=user.id, reason="leave", note={}),
        "handing page": lambda: reports.handing_page(db, user, case_id=case),
        "pause": lambda: cases.pause_case(db, user, case, reason="x"),
        "resume": lambda: cases.resume_case(db, user, case),
        "close": lambda: cases.close_case(db, user, case, reason="x"),
        "retry": lambda: cases.retry_case(db, user, case),
        "move on": lambda: cases.move_on(db, user, case, step="agrees", reason="x", flow="agreed"),
        "tell editor": lambda: cases.tell_editor(db, user, case),
        "repair page": lambda: reports.repair_page(db, user, case),
        "message": lambda: cases.send_message(db, user, case, "released.now"),
        "participant": lambda: reports.participant_page(db, user, participant),
        "find participant": lambda: participants.find_participant(db, user, participant),
        "record date": lambda: participants.record_date(
            db, user, participant, key="release_on", on=None, sure="estimated", source="x"
        ),
        "read notice": lambda: notices.read(db, user, notice),
    }


def answer_of(verb):
    try:
        verb()
    except (NotFound, Refused, Invalid, Conflict) as error:
        return type(error), error.sentence
    return "done"


def outsiders(world):
    yield world.user("probation")  # this local action, but no step of theirs
    yield world.user("mentor")
    yield from (world.user(role, key="veneto") for role in ("prison", "coordinator", "health"))


def test_what_is_hidden_reads_like_what_is_not_there(world):
    finish(world)
    notice = world.db.scalars(
        select(Notice.id).where(Notice.user_id == world.user("coordinator").id).limit(1)
    ).one()
    file = a_file(world)
    hidden = {
        "case": world.case.id,
        "task": world.tasks["plan"].id,
        "note": world.note.id,
        "notice": notice,
        "file": file,
        "participant": world.case.participant_id,
    }
    missing = {kind: uuid.uuid4() for kind in hidden}
    for user in outsiders(world):
        there, not_there = verbs(world, user, **hidden), verbs(world, user, **missing)
        for name, verb in there.items():
            answer = answer_of(verb)
            assert answer == answer_of(not_there[name]), (user.email, name)
            assert answer[0] is NotFound, (user.email, name, answer)


def a_file(world):
    """A file beside the first step, put there as an earlier form would have asked for it."""
    key = world.case.participant.key
    file = File(
        task_id=world.tasks["announce"].id,
        question="security",
        name=vault.seal(world.db, key, "files.name", "a.txt"),
        type="text/plain",
        size=1,
        content=vault.seal_bytes(world.db, key, "files.content", b"x"),
        added_by=world.user("prison").id,
        added_at=clock.now(),
    )
    world.db.add(file)
    world.db.flush()
    return file.id


@one_database
def test_a_file_is_for_who_reads_the_answer_it_belongs_to(world):
    finish(world)
    file = a_file(world)
    assert cases.read_file(world.db, world.user("prison"), file)[2] == b"x"
    for role in set(make.PEOPLE) - {"prison"}:
        with pytest.raises(NotFound):
            cases.read_file(world.db, world.user(role), file)


# ---- the table itself


@one_database
def test_every_table_that_belongs_to_a_case_has_its_rule_and_no_other_is_visible(world):
    of_a_case = {
        table
        for table in (mapper.class_ for mapper in Table.registry.mappers)
        if {"case_id", "task_id", "participant_id"} & set(table.__table__.columns.keys())
    }
    # Never read by users; they say who may read.
    inner = {"CaseLane", "CaseAccess"}
    assert {table for table in of_a_case if table.__name__ not in inner} <= set(policy.VISIBLE)
    for table in (User, CaseAccess, Agency):
        with pytest.raises(KeyError):
            policy.visible(world.user("coordinator"), table)


@one_database
def test_a_verb_without_a_rule_is_never_allowed(world):
    with pytest.raises(KeyError):
        policy.why_not(world.user("coordinator"), "erase_everything", world.case)


def test_the_task_s_rule_in_sql_and_in_python_is_the_same(world):
    finish(world)
    for user in world.db.scalars(select(User)):
        in_sql = set(world.db.scalars(select(Task.id).where(policy.workable(user))))
        assert in_sql == {task.id for task in world.db.scalars(select(Task)) if policy.works_on(user, task)}


def test_who_hears_a_row_is_the_same_in_sql_and_in_python(world):
    world.let_know("probation", "probation")
    finish(world)
    for user in world.db.scalars(select(User)):
        known = policy.standing(world.db, user, world.case.id)
        in_sql = set(
            world.db.scalars(
                select(Entry.id).where(Entry.case_id == world.case.id, seeing._heard(user, Entry))
            )
        )
        lines = world.db.scalars(select(Entry).where(Entry.case_id == world.case.id))
        assert in_sql == {line.id for line in lines if policy.hears(known, line.audience, line.agency_id)}


def test_a_user_without_any_desk_sees_nothing(world):
    finish(world)
    nobody = world.hire("nobody")
    assert told(world, nobody) == set()
    for table in policy.VISIBLE:
        assert world.db.scalars(policy.visible(nobody, table)).all() == []


@one_database
def test_who_left_the_agency_sees_nothing_more(world):
    finish(world)
    coordinator = world.user("coordinator")
    assert reports.my_cases(world.db, coordinator).rows
    for membership in list(coordinator.memberships):
        world.db.delete(membership)
    world.db.flush()
    world.db.refresh(coordinator)
    assert told(world, coordinator) == set()
    assert all(
        line.case_id is None and line.task_id is None for line in reports.notices(world.db, coordinator)
    )


# ---- lists and counts


def test_somebody_s_work_is_what_they_may_know_of_and_do(world):
    """The lists ask in fewer words than the rule of what is visible, and find the same."""
    finish(world)
    nobody_knows = world.db.scalars(select(CaseAccess).where(CaseAccess.role == "housing")).first()
    world.db.delete(nobody_knows)
    world.db.flush()
    for user in world.db.scalars(select(User)):
        seen = policy.visible(user, Task).where(policy.workable(user))
        assert {one.id for one in world.db.scalars(policy.work(user))} == {
            one.id for one in world.db.scalars(seen)
        }, user.email


def test_the_counts_are_what_the_lists_hold(world):
    finish(world)
    for user in world.db.scalars(select(User)):
        counts = reports.task_counts(world.db, user)
        for whose in ("mine", "team", "unclaimed"):
            rows = reports.my_tasks(world.db, user, whose=whose, size=100).rows
            assert counts[whose] == len(rows), (user.email, whose)
            assert {row.id for row in rows} <= set(
                world.db.scalars(policy.visible(user, Task).with_only_columns(Task.id))
            )
        late = reports.my_tasks(world.db, user, late=True, size=100).rows
        assert counts["late"] == len(late)
        assert reports.unread(world.db, user) == sum(
            not line.is_read for line in reports.notices(world.db, user)
        )


# ---- restraint


@one_database
def test_a_refusal_is_told_to_nobody_who_may_not_know(db):
    make.local_action(db)
    case = make.case(db)
    grant(Scene.of(db, case), make.user(db, "probation").memberships[0].agency_id, "probation", None)
    make.complete(db, case, "announce", by="prison", answers=make.announcement(agreement="refused"))
    page = reports.case_page(db, make.user(db, "probation"), case.id)
    assert page.level == "content"
    assert "Refused" not in repr(page)
    assert not any("agree" in repr(line) for line in [*page.timeline, *page.why])
    insider = reports.case_page(db, make.user(db, "coordinator"), case.id)
    assert any("agree" in repr(line) for line in insider.timeline)


@one_database
def test_that_health_works_on_a_case_is_told_to_health_only(world):
    world.let_know("probation", "probation")
    for role in ("prison", "coordinator", "probation", "housing"):
        page = reports.case_page(world.db, world.user(role), world.case.id)
        shown = repr([page.turns, page.timeline, page.why, page.pictures, page.done])
        assert HEALTH_STEP not in shown, role
        assert "Clinic" not in shown, role
        assert "treatment" not in shown, role
    page = reports.case_page(world.db, world.user("health"), world.case.id)
    assert [turn.title for turn in page.turns if turn.title] == [HEALTH_STEP]


@one_database
def test_a_drawing_does_not_tell_by_a_gap_when_a_hidden_step_began(world):
    """The list of steps is the same before and while health works."""
    before = make.case(world.db, name="Second Person", number="N-2")
    coordinator = world.user("coordinator")
    steps = {
        case.id: [step.name for step in reports.case_page(world.db, coordinator, case.id).pictures[0].steps]
        for case in (before, world.case)
    }
    assert steps[before.id] == steps[world.case.id]


@one_database
def test_who_moves_a_date_is_not_told_whose_hidden_steps_move_with_it(world):
    prison = world.user("prison")
    participants.record_date(
        world.db,
        prison,
        world.case.participant_id,
        key="release_on",
        on=(clock.now() + timedelta(weeks=40)).date(),
        sure="confirmed",
        source="court",
    )
    page = reports.case_page(world.db, prison, world.case.id)
    assert "Write the plan" in repr(page.timeline)
    assert HEALTH_STEP not in repr(page.timeline)


@one_database
def test_who_does_a_step_is_not_told_the_way_that_others_answers_led_to(world):
    """Entering a step lets the diagram go on; which way it took is for who may read what it read."""
    entry = Entry(
        case_id=world.case.id,
        number=10_000,
        at=clock.now(),
        user_id=world.user("housing").id,
        verb="passed",
        audience="|prison|coordinator|",
        codes={"kind": "exclusiveGateway", "pathway": "small_release", "step": "agrees", "flow": "agreed"},
        previous="",
        seal="",
    )
    world.db.add(entry)
    world.db.flush()
    housing = world.user("housing")
    assert world.db.scalar(policy.visible(housing, Entry).where(Entry.id == entry.id)) is None
    assert (
        world.db.scalar(policy.visible(world.user("prison"), Entry).where(Entry.id == entry.id)) is not None
    )


@one_database
def test_housing_never_reads_why_a_place_is_unsuitable_unless_it_wrote_it(world):
    colleague = world.hire("colleague", ("catalonia", "city", "housing"))
    finish(world)
    assert "unsuitable" not in told(world, colleague)
    assert "reason" not in told(world, colleague)
    [newest, first] = reports.task_page(world.db, colleague, world.tasks["find_housing"].id).answers
    assert newest.rows == [("Has a place been found?", True)]


@one_database
def test_how_many_questions_are_for_others_does_not_tell_whether_they_were_answered(world):
    colleague = world.hire("colleague", ("catalonia", "city", "housing"))
    finish(world)
    done = world.db.scalars(
        select(Task)
        .where(Task.case_id == world.case.id, Task.step == "find_housing")
        .order_by(Task.opened_at)
    ).all()
    assert {
        answer.hidden for task in done for answer in reports.task_page(world.db, colleague, task.id).answers
    } == {1}


@one_database
def test_a_correction_by_a_colleague_keeps_what_the_colleague_may_not_read(world):
    colleague = world.hire("colleague", ("catalonia", "city", "housing"))
    make.complete(
        world.db, world.case, "find_housing", by="housing", answers={"found": "no", "unsuitable": UNSUITABLE}
    )
    task = world.tasks["find_housing"]
    assert reports.task_page(world.db, colleague, task.id).raw == {"found": "no"}
    cases.correct_answer(world.db, colleague, task.id, cases.Submitted(raw={"found": "yes"}, reason="a slip"))
    newest = reports.task_page(world.db, world.user("coordinator"), task.id).answers[0]
    assert ("Why is a place not suitable?", UNSUITABLE) in newest.rows


@one_database
def test_a_draft_is_its_author_s_only(world):
    colleague = world.hire("colleague", ("catalonia", "city", "housing"))
    assert "draft" in told(world, world.user("housing"))
    assert "draft" not in told(world, colleague)
    assert world.db.scalars(policy.visible(colleague, Draft)).all() == []


# ---- mentors


def test_mentors_know_their_own_participants_only(world):
    finish(world)
    second = world.hire("Second Mentor", ("catalonia", "bridge", "mentor"))
    first, lead = world.user("mentor"), world.user("ngo")
    meeting = world.tasks["first_meeting"]
    # Nobody is named yet: the lead sees it and hands it out, no mentor knows.
    assert [row.id for row in reports.my_tasks(world.db, lead, whose="unclaimed").rows] == [meeting.id]
    for mentor in (first, second):
        assert reports.my_cases(world.db, mentor).rows == []
        with pytest.raises(NotFound):
            cases.claim_task(world.db, mentor, meeting.id)
    cases.assign_task(world.db, lead, meeting.id, first.id)
    assert [row.id for row in reports.my_tasks(world.db, first).rows] == [meeting.id]
    assert told(world, second) == set()
    # Another mentor takes over: from then on it is hers and no longer his.
    cases.assign_task(world.db, lead, meeting.id, second.id)
    assert [row.id for row in reports.my_cases(world.db, second).rows] == [world.case.id]
    assert told(world, first) == set()
    assert [line.case_number for line in reports.notices(world.db, first)] == [None]


@one_database
def test_a_mentor_s_name_stays_in_the_agency(world):
    finish(world)
    lead, mentor = world.user("ngo"), world.user("mentor")
    cases.assign_task(world.db, lead, world.tasks["first_meeting"].id, mentor.id)
    cases.save_draft(world.db, mentor, world.tasks["first_meeting"].id, {"remark": "x"})
    assert mentor.name in everything(world, lead)
    for role in ("prison", "coordinator", "housing", "police"):
        assert mentor.name not in everything(world, world.user(role)), role
    make.complete(world.db, world.case, "first_meeting", by=mentor)
    for role in ("prison", "coordinator"):
        text = everything(world, world.user(role))
        assert mentor.name not in text, role
        assert "Bridge of Catalonia" in text


@one_database
def test_who_is_only_asked_learns_no_more_although_the_role_would_see_more(world):
    probation = world.user("probation")
    task = cases.ask_colleague(
        world.db,
        world.user("coordinator"),
        world.case.id,
        agency_id=world.agency("probation").id,
        role="probation",
        text="canary-question",
    )
    page = reports.case_page(world.db, probation, world.case.id)
    assert (page.level, page.dates, page.notes, page.timeline, page.pictures) == ("exists", [], [], [], [])
    assert told(world, probation) == PERSON
    assert reports.task_page(world.db, probation, task.id).known == []
    # A step of theirs lets them see as far as their role does.
    world.let_know("probation", "probation")
    assert reports.case_page(world.db, probation, world.case.id).level == "content"


@one_database
def test_only_who_could_answer_can_be_asked(world):
    coordinator = world.user("coordinator")
    world.hire("Steering Member", ("catalonia", "city", "steering"))
    desks = dict(reports.case_page(world.db, coordinator, world.case.id).desks)
    assert f"{world.agency('city').id}/steering" not in desks
    with pytest.raises(Invalid):
        cases.ask_colleague(
            world.db, coordinator, world.case.id, agency_id=world.agency("city").id, role="steering", text="x"
        )
    # Mentors have no common list: their lead is asked.
    task = cases.ask_colleague(
        world.db, coordinator, world.case.id, agency_id=world.agency("bridge").id, role="mentor", text="x"
    )
    assert [line.task_id for line in reports.notices(world.db, world.user("ngo"))] == [task.id]
    assert reports.notices(world.db, world.user("mentor")) == []


@one_database
def test_the_step_of_a_role_that_nobody_leads_goes_to_somebody(world):
    """A facilitator has own cases only and no lead: the agency's default owner gets what nobody is named for."""
    facilitator = world.hire("Facilitator", ("catalonia", "city", "facilitator"))
    city = world.agency("city")
    scene = Scene.of(world.db, world.case)
    assert owner_for(scene, "facilitator", city) == facilitator.id
    city.default_owner_id = world.user("housing").id
    assert owner_for(scene, "facilitator", city) == world.user("housing").id


@one_database
def test_pages_offer_only_what_the_form_asks_and_names_that_may_be_read(world):
    finish(world)
    assert reports.task_page(world.db, world.user("health"), world.tasks["treatment"].id).options == {}
    people = reports.task_page(world.db, world.user("prison"), world.tasks["announce"].id).options["user"]
    names = " ".join(people.values())
    assert "Marta Soler" in names
    assert "Karim Haddad" not in names
