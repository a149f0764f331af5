"""Builders: a meeting about several cases of the small local action, planned, invited to, recorded."""

from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import select

from engine import clock, meetings, minutes, reports
from engine.models import Notice
from tests import make

QUESTIONS = {n: f"canary-question-{n}" for n in range(1, 13)}
ASKED = ("prison", "police", "probation")
# For which cases each desk is asked, and whether it is told the question.
FOR = {"prison": range(1, 13), "police": (2, 3), "probation": (1,)}


def desk(db, role):
    user = make.user(db, role)
    return f"{user.memberships[0].agency_id}/{role}"


def plan(db, *, days=7, roles=ASKED, **more):
    return meetings.Plan(
        **{
            "starts_at": clock.now() + timedelta(days=days),
            "place": "Room 2",
            "mode": "in_person",
            "desks": tuple(desk(db, role) for role in roles),
            **more,
        }
    )


def agenda(db, numbers=(1, 2, 3, 4)):
    return {
        n: meetings.AgendaItem(
            QUESTIONS[n],
            {
                desk(db, role): meetings.Asked(f"canary-why-{role}-{n}", told=role != "police" or n == 2)
                for role in ASKED
                if n in FOR[role]
            },
        )
        for n in numbers
    }


def prepared(db, number=4):
    """Marta's meeting about some cases; nobody is told yet."""
    make.local_action(db)
    cases = []
    for n in range(1, number + 1):
        case = make.case(db, name=f"Canaria Nomen {n}", number=f"N-{n}")
        make.complete(db, case, "announce", by="prison", answers=make.announcement())
        cases.append(case)
    return about(db, make.user(db, "coordinator"), cases)


def about(db, marta, cases):
    """A meeting about these cases, without an invitation."""
    meeting = meetings.arrange_meeting(db, marta, plan(db))
    meetings.add_cases(db, marta, meeting.id, [case.id for case in cases])
    return SimpleNamespace(meeting=meeting, cases=cases, marta=marta)


def invited(db, number=4):
    world = prepared(db, number)
    forget_notices(db)
    invite(db, world, number)
    return world


def begun(db, number=4):
    """The invitation was sent eight days ago, and since yesterday the record can be finished."""
    with clock.at(clock.now() - timedelta(days=8)):
        return invited(db, number)


def invite(db, world, number):
    """Write the agenda and ask everybody; `world.told`: how many people."""
    meetings.write_agenda(db, world.marta, world.meeting.id, agenda(db, range(1, number + 1)))
    world.told = meetings.send_invitation(db, world.marta, world.meeting.id)
    db.flush()


def forget_notices(db):
    for notice in db.scalars(select(Notice)):
        db.delete(notice)
    db.flush()


def typed(n=1, *, actions=(), **more):
    day = clock.today("Europe/Madrid") + timedelta(days=20)
    boxes = make.day(day)
    return {
        "facts": f"canary-facts-{n}",
        "views": f"canary-views-{n}",
        "decisions": [{"text": f"canary-decision-{n}", "reason": f"canary-reason-{n}"}],
        "actions": [{"what": what, "owner": owner, **boxes} for what, owner in actions],
        "tells": minutes.NOBODY,
        "tell_why": "They were there.",
        **more,
    }


def sheet(db, world, parts, *, there=("coordinator", "prison"), page=None, statement=True):
    """What a recorder sends who opened the page as `page` shows it, or just now."""
    page = page or reports.meeting_page(db, world.marta, world.meeting.id)
    stood = {item.position: item for item in page.items}
    return meetings.Sheet(
        meetings.Attendance(
            frozenset(desk(db, role) for role in there), frozenset(), statement, page.saves, page.was
        ),
        {n: meetings.Part(raw, stood[n].saves, stood[n].was) for n, raw in parts.items()},
    )


def recorded(db, number=4, **more):
    world = begun(db, number)
    forget_notices(db)
    for n in range(1, number + 1):
        actions = [(f"canary-action-{n}", desk(db, "police")), ("Call the sister.", desk(db, "housing"))]
        meetings.save_record(
            db, world.marta, world.meeting.id, sheet(db, world, {n: typed(n, actions=actions)}, **more)
        )
    meetings.finish_record(db, world.marta, world.meeting.id, sheet(db, world, {}, **more))
    db.flush()
    return world


def written(db, user, world, n=1):
    """The id of the newest minutes of a case, as `user` finds them."""
    items = reports.meeting_page(db, user, world.meeting.id).items
    return next(item for item in items if item.position == n).written.versions[0].id


def ask_for_correction(db, user, minutes_id):
    return meetings.reply_to_minutes(db, user, minutes_id, "correction", "It was the other street.").id
