"""A meeting about several cases: one invitation, one record, tasks for what was agreed, minutes that are agreed on."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import agencies, clock, journal, meetings, policy, reports
from engine.errors import Conflict, Invalid, NotFound, Refused
from engine.models import (
    CaseAccess,
    Entry,
    Job,
    Meeting,
    MeetingCase,
    MeetingCaseDesk,
    MeetingDesk,
    Membership,
    Minutes,
    MinutesReply,
    Notice,
    Task,
)
from tests import make, meet


def notices_of(db, role):
    db.flush()
    return list(
        db.scalars(
            select(Notice.kind).where(Notice.user_id == make.user(db, role).id).order_by(Notice.made_at)
        )
    )


def page(db, role, world):
    return reports.meeting_page(db, make.user(db, role), world.meeting.id)


# ---- the invitation


def test_four_cases_and_three_agencies_make_one_notice_for_each_person(db):
    world = meet.invited(db)
    assert world.told == 3
    for role in meet.ASKED:
        assert notices_of(db, role) == ["meeting_invited"]
    told = [str(one) for one in db.scalars(select(Notice.id))]
    mails = [one.payload["notice"] for one in db.scalars(select(Job).where(Job.kind == "mail"))]
    assert sorted(told) == sorted(set(mails) & set(told))
    assert len(told) == 3
    for role in ("coordinator", "housing", "mentor", "ngo", "health"):
        assert notices_of(db, role) == []


def test_an_agency_sees_the_cases_for_which_it_is_asked_and_counts_no_other(db):
    world = meet.invited(db)
    assert [item.position for item in page(db, "coordinator", world).items] == [1, 2, 3, 4]
    for role, numbers in meet.FOR.items():
        assert [item.position for item in page(db, role, world).items] == [n for n in numbers if n < 5]
        assert [row.cases for row in reports.my_meetings(db, make.user(db, role)).rows] == [
            sum(n < 5 for n in numbers)
        ]
    # Asked for a case it did not know: that it exists, and nothing else of it.
    asked = ("police", "probation")
    rows = db.scalars(select(CaseAccess).where(CaseAccess.role.in_(asked)))
    assert sorted((row.role, row.case_id, row.level) for row in rows) == sorted(
        (role, world.cases[n - 1].id, policy.EXISTS) for role in asked for n in meet.FOR[role]
    )


def test_an_agency_that_works_on_a_case_does_not_find_it_in_a_meeting_where_it_is_not_asked_for_it(db):
    world = meet.prepared(db)
    wanted = meet.agenda(db)
    del wanted[4].desks[meet.desk(db, "prison")]
    meetings.write_agenda(db, world.marta, world.meeting.id, wanted)
    meetings.send_invitation(db, world.marta, world.meeting.id)
    assert policy.level(db, make.user(db, "prison"), world.cases[3].id) == policy.CONTENT
    assert [item.position for item in page(db, "prison", world).items] == [1, 2, 3]
    assert reports.case_meetings(db, make.user(db, "prison"), world.cases[3].id) == []


def test_a_question_is_for_who_was_ticked_to_be_told(db):
    world = meet.invited(db)
    police = page(db, "police", world)
    assert [item.question for item in police.items] == [meet.QUESTIONS[2], None]
    shown = repr(police)
    assert meet.QUESTIONS[1] not in shown
    assert "canary-why-prison" not in shown
    assert "canary-why-police-2" in shown
    assert [seat.name.words["agency"] for seat in police.seats] == ["Police of Catalonia"]


@pytest.mark.parametrize("role", ["mentor", "housing", "ngo", "health"])
def test_who_is_not_asked_finds_no_meeting(db, role):
    world = meet.recorded(db)
    user = make.user(db, role)
    with pytest.raises(NotFound):
        page(db, role, world)
    assert reports.my_meetings(db, user).rows == []
    assert reports.my_meetings(db, user, past=True).rows == []
    for table in (Meeting, MeetingDesk, MeetingCase, MeetingCaseDesk, Minutes, MinutesReply):
        assert list(db.scalars(policy.visible(user, table))) == [], table


def test_until_the_invitation_is_sent_nobody_knows_of_the_meeting(db):
    world = meet.prepared(db)
    meetings.write_agenda(db, world.marta, world.meeting.id, meet.agenda(db))
    meet.forget_notices(db)
    for role in meet.ASKED:
        with pytest.raises(NotFound):
            page(db, role, world)
        assert notices_of(db, role) == []
    assert db.scalars(select(CaseAccess).where(CaseAccess.role == "police")).all() == []


def test_an_invitation_says_all_that_is_missing(db):
    world = meet.prepared(db)
    with pytest.raises(Invalid) as caught:
        meetings.send_invitation(db, world.marta, world.meeting.id)
    assert [one.field for one in caught.value.problems] == [*(f"case-{n}-question" for n in range(1, 5)), ""]
    idle = str(caught.value.problems[-1].message)
    assert "Police of Catalonia: Police prevention liaison, Prison of Catalonia" in idle


def test_nobody_is_asked_for_a_case_without_a_reason(db):
    world = meet.prepared(db)
    wanted = {1: meetings.AgendaItem("", {meet.desk(db, "police"): meetings.Asked(" ")})}
    with pytest.raises(Invalid) as caught:
        meetings.write_agenda(db, world.marta, world.meeting.id, wanted)
    # In the order of their agencies: police, prison, probation.
    assert [one.field for one in caught.value.problems] == ["case-1-question", "case-1-reason-0"]


def test_a_plan_says_everything_that_is_wrong_at_once(db):
    make.local_action(db)
    wrong_plan = meet.plan(db, days=-1, roles=("mentor",), place=" ", mode="", silence_days=0)
    with pytest.raises(Invalid) as caught:
        meetings.arrange_meeting(db, make.user(db, "coordinator"), wrong_plan)
    wrong = [one.field for one in caught.value.problems]
    assert wrong == ["starts_at", "place", "mode", "desks", "silence_days"]


def test_only_a_role_that_holds_meetings_plans_one(db):
    make.local_action(db)
    with pytest.raises(Refused):
        meetings.arrange_meeting(db, make.user(db, "prison"), meet.plan(db))


def test_a_case_into_which_one_does_not_see_cannot_be_put_on_an_agenda(db):
    world = meet.prepared(db)
    make.local_action(db, key="girona")
    there = make.case(db, by=make.user(db, "prison", key="girona"), number="G-1")
    assert meetings.add_cases(db, world.marta, world.meeting.id, [there.id]) == 0


def test_a_reply_counts_once_for_the_meeting_and_can_be_changed(db):
    world = meet.invited(db)
    police = make.user(db, "police")
    meetings.reply_to_meeting(db, police, world.meeting.id, "accept")
    meetings.reply_to_meeting(db, police, world.meeting.id, "written")
    replies = [one.reply for one in world.meeting.desks if one.role == "police"]
    assert replies == ["written"]
    with pytest.raises(Invalid):
        meetings.reply_to_meeting(db, police, world.meeting.id, "perhaps")


def test_another_day_is_told_once_to_who_was_asked(db):
    world = meet.invited(db)
    meet.forget_notices(db)
    for days in (9, 10):
        meetings.change_meeting(db, world.marta, world.meeting.id, meet.plan(db, days=days))
    assert [notices_of(db, role) for role in meet.ASKED] == [["meeting_changed"]] * 3


def test_two_who_change_the_agenda_do_not_overwrite_each_other(db):
    world = meet.prepared(db)
    seen = world.meeting.saves
    meetings.write_agenda(db, world.marta, world.meeting.id, meet.agenda(db), seen)
    with pytest.raises(Conflict):
        meetings.write_agenda(db, world.marta, world.meeting.id, meet.agenda(db), seen)


def test_the_same_again_takes_the_agencies_and_the_cases_that_are_open(db):
    world = meet.recorded(db)
    world.cases[0].status = "closed"
    again = meetings.repeat_meeting(db, world.marta, world.meeting.id, 3)
    world.meeting = again
    found = page(db, "coordinator", world)
    assert found.status == "preparing"
    assert [item.question for item in found.items] == [
        meet.QUESTIONS[2],
        meet.QUESTIONS[3],
        meet.QUESTIONS[4],
    ]
    assert {seat.value for seat in found.seats} == {
        meet.desk(db, role) for role in (*meet.ASKED, "coordinator")
    }
    calendar = agencies.calendar(db, again.local_action)
    assert calendar.is_working(calendar.day_of(again.starts_at))
    before = db.get_one(Meeting, again.follows_id).starts_at.astimezone(calendar.zone)
    assert again.starts_at.astimezone(calendar.zone).time() == before.time()


# ---- the record


def test_what_is_typed_is_kept_right_or_wrong_and_survives_a_crash(db, connect):
    world = meet.begun(db)
    db.commit()
    with connect() as other:
        marta = make.user(other, "coordinator")
        half = {"decisions": [{"text": "", "reason": "only a reason"}], "tell_day": "32"}
        meetings.save_record(other, marta, world.meeting.id, meet.sheet(other, world, {1: half}))
    with pytest.raises(ZeroDivisionError):
        _die_while_finishing(connect, world)
    with connect() as other:
        item = reports.meeting_page(other, make.user(other, "coordinator"), world.meeting.id).items[0]
        assert item.status == "open"
        assert item.draft["decisions"] == [{"text": "", "reason": "only a reason"}]
        assert item.draft["tell_day"] == "32"
        # Nothing is half done: no minutes, no task.
        assert other.scalars(select(Minutes)).all() == []
        assert other.scalars(select(Task).where(Task.kind == "request")).all() == []


def _die_while_finishing(connect, world):
    with connect() as db:
        given = meet.sheet(db, world, {1: meet.typed(1)})
        meetings.finish_record(db, make.user(db, "coordinator"), world.meeting.id, given, 1)
        raise ZeroDivisionError


def test_two_recorders_of_different_cases_do_not_disturb_each_other(db):
    world = meet.invited(db)
    opened = page(db, "coordinator", world)
    first = meet.sheet(db, world, {1: meet.typed(1), 2: {}}, page=opened)
    meetings.save_record(db, world.marta, world.meeting.id, first)
    # The second recorder's page still shows the first case empty, and sends it along untouched.
    second = meetings.Sheet(
        meetings.Attendance(frozenset(), frozenset(), False, opened.saves, opened.was),
        {
            1: meetings.Part({}, 0, opened.items[0].was),
            2: meetings.Part(meet.typed(2), 0, opened.items[1].was),
        },
    )
    meetings.save_record(db, world.marta, world.meeting.id, second)
    found = page(db, "coordinator", world)
    assert [item.draft["facts"] for item in found.items[:2]] == ["canary-facts-1", "canary-facts-2"]
    # Who was there stays as the first recorder ticked it.
    assert [seat.value for seat in found.seats if seat.attended] != []


def test_two_recorders_of_one_case_get_a_conflict_and_nothing_is_overwritten(db):
    world = meet.invited(db)
    opened = page(db, "coordinator", world)
    meetings.save_record(
        db, world.marta, world.meeting.id, meet.sheet(db, world, {1: meet.typed(1)}, page=opened)
    )
    with pytest.raises(Conflict):
        meetings.save_record(
            db, world.marta, world.meeting.id, meet.sheet(db, world, {1: meet.typed(9)}, page=opened)
        )
    assert page(db, "coordinator", world).items[0].draft["facts"] == "canary-facts-1"
    # With what stands now before their eyes they may save theirs.
    again = meet.sheet(db, world, {1: meet.typed(9)})
    meetings.save_record(db, world.marta, world.meeting.id, again)
    assert page(db, "coordinator", world).items[0].draft["facts"] == "canary-facts-9"


def test_a_record_is_finished_when_the_meeting_has_begun_and_not_before(db):
    world = meet.invited(db, 2)
    given = meet.sheet(db, world, {1: meet.typed(1), 2: meet.typed(2)})
    for position in (None, 1):
        with pytest.raises(Refused, match="has not taken place yet"):
            meetings.finish_record(db, world.marta, world.meeting.id, given, position)
    assert page(db, "coordinator", world).may["finish_record"] is not None
    # What is known beforehand can be written down all the same.
    meetings.save_record(db, world.marta, world.meeting.id, given)
    with clock.at(world.meeting.starts_at):
        meetings.finish_record(db, world.marta, world.meeting.id, meet.sheet(db, world, {}))
    assert world.meeting.status == "recorded"


def test_who_did_not_come_is_said_not_to_have_been_there(db):
    world = meet.begun(db, 2)
    assert [seat.absent for seat in page(db, "coordinator", world).seats] == [False] * 4
    given = meet.sheet(db, world, {1: meet.typed(1), 2: meet.typed(2)})
    meetings.finish_record(db, world.marta, world.meeting.id, given)
    absent = {seat.value for seat in page(db, "coordinator", world).seats if seat.absent}
    assert absent == {meet.desk(db, "police"), meet.desk(db, "probation")}


def test_a_notice_of_a_meeting_names_its_day(db):
    world = meet.invited(db, 2)
    (line,) = [one for one in reports.notices(db, make.user(db, "police")) if one.meeting_id]
    assert line.meeting_at == world.meeting.starts_at


def test_everything_that_is_missing_is_said_at_once(db):
    world = meet.begun(db)
    parts = {
        1: {},
        2: meet.typed(2, decisions=[{"text": "Yes", "reason": ""}], actions=[("", "nobody/here")]),
        3: meet.typed(3, tells="", tell_why=""),
        4: {"not_discussed": "yes"},
    }
    with pytest.raises(Invalid) as caught:
        meetings.finish_record(
            db, world.marta, world.meeting.id, meet.sheet(db, world, parts, there=(), statement=False)
        )
    assert [one.field for one in caught.value.problems] == [
        "desks",
        "statement",
        "case-1-decisions-0-text",
        "case-1-tells",
        "case-2-decisions-0-reason",
        "case-2-actions-0-what",
        "case-2-actions-0-owner",
        "case-3-tells",
    ]


def test_actions_become_tasks_and_each_person_gets_one_notice(db):
    world = meet.recorded(db)
    assert world.meeting.status == "recorded"
    tasks = list(db.scalars(select(Task).where(Task.kind == "request", Task.status == "open")))
    assert sorted((task.role, task.case.number) for task in tasks) == sorted(
        (role, case.number) for role in ("police", "housing") for case in world.cases
    )
    assert all(task.due_at and task.asked_by == world.marta.id for task in tasks)
    # Prison and probation see into the cases; the police was not there and has four tasks: one notice.
    assert notices_of(db, "prison") == ["meeting_recorded"]
    assert notices_of(db, "police") == ["asked"]
    assert notices_of(db, "housing") == ["asked"]
    assert notices_of(db, "coordinator") == []
    # An action for somebody who did not know the case: that it exists, and what is asked.
    assert reports.my_tasks(db, make.user(db, "police"), whose="team").rows


def test_an_action_can_be_a_colleague_s_of_the_own_agency_and_of_no_other(db):
    world = meet.begun(db)
    pau, albert = make.user(db, "housing"), make.user(db, "police")
    mine, theirs = f"{meet.desk(db, 'housing')}/{pau.id}", f"{meet.desk(db, 'police')}/{albert.id}"
    given = {1: meet.typed(1, actions=[("Do it", theirs)])}
    with pytest.raises(Invalid) as caught:
        meetings.finish_record(db, world.marta, world.meeting.id, meet.sheet(db, world, given), 1)
    assert [one.field for one in caught.value.problems] == ["case-1-actions-0-owner"]
    db.expire(world.meeting)
    given = {1: meet.typed(1, actions=[("Do it", mine)])}
    meetings.finish_record(db, world.marta, world.meeting.id, meet.sheet(db, world, given), 1)
    (task,) = db.scalars(select(Task).where(Task.kind == "request"))
    assert task.owner_id == pau.id
    assert world.meeting.status == "invited"


def test_somebody_with_two_roles_is_told_apart_by_them(db):
    world = meet.invited(db, 2)
    house = world.marta.memberships[0].agency_id
    db.add(Membership(id=uuid.uuid4(), user_id=world.marta.id, agency_id=house, role="housing"))
    db.flush()
    named = [str(name) for _value, name in page(db, "coordinator", world).owners if "Marta" in str(name)]
    assert named == ["Marta Soler (Case coordinator)", "Marta Soler (Housing officer)"]


def test_what_was_not_discussed_has_no_minutes(db):
    world = meet.begun(db, 2)
    given = {1: meet.typed(1), 2: {"not_discussed": "yes"}}
    meetings.finish_record(db, world.marta, world.meeting.id, meet.sheet(db, world, given))
    assert [(item.status, item.written is None) for item in page(db, "coordinator", world).items] == [
        ("recorded", False),
        ("not_discussed", True),
    ]
    assert world.meeting.status == "recorded"


# ---- the minutes


def written(db, role, world, n=1):
    return next(item for item in page(db, role, world).items if item.position == n).written


def test_minutes_are_read_by_who_was_asked_for_the_case_and_sees_into_it_or_was_there(db):
    world = meet.recorded(db, there=("coordinator", "police"))
    # The prison was not there, but sees into the case; the police was there, for the second and the third.
    assert "canary-decision-1" in repr(written(db, "prison", world))
    assert "canary-decision-2" in repr(written(db, "police", world, 2))
    police = repr(page(db, "police", world)) + repr(
        reports.case_page(db, make.user(db, "police"), world.cases[1].id)
    )
    for n in (1, 4):
        for canary in ("facts", "views", "decision", "reason", "question"):
            assert f"canary-{canary}-{n}" not in police
    assert "canary-decision-3" in police
    (line,) = reports.case_meetings(db, make.user(db, "police"), world.cases[1].id)
    assert line.decisions is not None


def test_who_was_not_there_and_does_not_see_into_the_case_reads_no_minutes(db):
    world = meet.recorded(db, there=("coordinator", "prison"))
    police = page(db, "police", world)
    assert [item.written for item in police.items] == [None, None]
    for canary in ("facts", "views", "decision", "reason"):
        assert f"canary-{canary}" not in repr(police)
    (line,) = reports.case_meetings(db, make.user(db, "police"), world.cases[1].id)
    assert line.decisions is None


def test_the_journal_holds_no_word_of_it(db):
    meet.recorded(db)
    db.flush()
    lines = repr([(entry.codes, entry.thing_id) for entry in db.scalars(select(Entry))])
    assert "canary" not in lines.lower()
    assert list(journal.verify(db)) == []


def test_silence_accepts_the_minutes(db):
    world = meet.recorded(db)
    until = written(db, "prison", world).silent_on
    calendar = agencies.calendar(db, world.meeting.local_action)
    assert calendar.working_days(clock.today("Europe/Madrid"), until) == 5
    minutes_id = written(db, "prison", world).versions[0].id
    with clock.at(calendar.end_of(until) + timedelta(hours=1)):
        found = written(db, "prison", world)
        assert (found.holds, found.may_reply) == (True, False)
        with pytest.raises(Conflict, match="accepted by silence"):
            meetings.reply_to_minutes(db, make.user(db, "prison"), minutes_id, "confirmed")
    meetings.reply_to_minutes(db, make.user(db, "prison"), minutes_id, "confirmed")
    assert [said.kind for said in written(db, "coordinator", world).said] == ["confirmed"]


def test_a_correction_is_read_by_who_convened_and_answered_by_new_minutes_beside_the_old(db):
    world = meet.recorded(db, there=("coordinator", "prison", "probation"))
    meet.forget_notices(db)
    nuria = make.user(db, "prison")
    minutes_id = written(db, "prison", world).versions[0].id
    with pytest.raises(Invalid):
        meetings.reply_to_minutes(db, nuria, minutes_id, "correction", " ")
    said = meetings.reply_to_minutes(db, nuria, minutes_id, "correction", "canary-correction")
    db.flush()
    assert notices_of(db, "coordinator") == ["meeting_reply"]
    assert "canary-correction" in repr(page(db, "coordinator", world))
    # Probation was there and reads the minutes, and not what another agency says to them.
    assert "canary-decision-1" in repr(page(db, "probation", world))
    assert "canary-correction" not in repr(page(db, "probation", world))
    with pytest.raises(Refused):
        meetings.answer_correction(db, nuria, said.id, why="no")
    with pytest.raises(Invalid):
        meetings.answer_correction(db, world.marta, said.id, amended={"facts": "only"})
    meetings.answer_correction(db, world.marta, said.id, amended=meet.typed(1, facts="Put right"))
    found = written(db, "prison", world)
    assert [(one.number, one.content["facts"]) for one in found.versions] == [
        (2, "Put right"),
        (1, "canary-facts-1"),
    ]
    # What was to be done is the same tasks as before.
    assert found.versions[0].content["actions"] == found.versions[1].content["actions"]
    assert notices_of(db, "prison") == ["meeting_answer"]
    assert notices_of(db, "probation") == ["meeting_amended"]
    with pytest.raises(Conflict):
        meetings.answer_correction(db, world.marta, said.id, why="too late")
    with pytest.raises(Conflict, match="amended"):
        meetings.reply_to_minutes(db, nuria, minutes_id, "confirmed")


def test_minutes_can_stay_with_a_reason(db):
    world = meet.recorded(db)
    nuria = make.user(db, "prison")
    said = meetings.reply_to_minutes(
        db, nuria, written(db, "prison", world).versions[0].id, "correction", "No"
    )
    with pytest.raises(Invalid):
        meetings.answer_correction(db, world.marta, said.id)
    meetings.answer_correction(db, world.marta, said.id, why="It was said so.")
    (line,) = written(db, "prison", world).said
    assert (line.answer, line.answer_text) == ("unchanged", "It was said so.")
