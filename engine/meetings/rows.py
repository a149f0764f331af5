"""What the verbs on meetings share: the rows that they hold, and telling the people of a meeting once."""

import uuid
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from engine import agencies, notices, policy
from engine.errors import Conflict, NotFound
from engine.models import Case, CaseAccess, Meeting, MeetingCase, MeetingCaseDesk, MeetingDesk, User

Desk = tuple[uuid.UUID, str]


def lock_meeting(db: Session, user: User, meeting_id: uuid.UUID) -> Meeting:
    """The meeting, held by this transaction until it ends. Raises NotFound."""
    meeting = db.scalar(
        policy.visible(user, Meeting)
        .where(Meeting.id == meeting_id)
        .with_for_update(of=Meeting)
        .execution_options(populate_existing=True)
    )
    if meeting is None:
        raise NotFound(policy.UNKNOWN[Meeting])
    return meeting


def hold_cases(db: Session, user: User, case_ids: Iterable[uuid.UUID]) -> list[Case]:
    """The cases among these into which `user` sees, held in one order for everybody."""
    return list(
        db.scalars(
            policy.visible(user, Case)
            .where(Case.id.in_(list(case_ids)), Case.id.in_(policy.case_ids(user, policy.CONTENT)))
            .order_by(Case.number)
            .with_for_update(of=Case)
            .execution_options(populate_existing=True)
        )
    )


def items_of(db: Session, user: User, meeting: Meeting) -> list[MeetingCase]:
    """The agenda as the user may know it, in its order, the cases held."""
    items = list(
        db.scalars(
            policy.visible(user, MeetingCase)
            .where(MeetingCase.meeting_id == meeting.id)
            .options(joinedload(MeetingCase.case))
            .order_by(MeetingCase.position)
            .execution_options(populate_existing=True)
        )
    )
    held = {case.id: case for case in hold_cases(db, user, [item.case_id for item in items])}
    return [item for item in items if item.case_id in held]


def desks_of(db: Session, user: User, items: Iterable[MeetingCase]) -> dict[uuid.UUID, list[MeetingCaseDesk]]:
    """Who is asked for each case: by the id of its line of the agenda."""
    rows = db.scalars(
        policy.visible(user, MeetingCaseDesk).where(MeetingCaseDesk.item_id.in_([item.id for item in items]))
    )
    found: dict[uuid.UUID, list[MeetingCaseDesk]] = {}
    for row in rows:
        found.setdefault(row.item_id, []).append(row)
    return found


def asked_desks(meeting: Meeting) -> list[MeetingDesk]:
    """Who is asked to a meeting beside the desk that convenes it."""
    convening = (meeting.agency_id, meeting.role)
    return [one for one in meeting.desks if (one.agency_id, one.role) != convening]


def readers(db: Session, rows: Iterable[MeetingCaseDesk]) -> list[Desk]:
    """Who of those that were asked for a case reads its minutes: who was there, and who sees into the case."""
    rows = list(rows)
    into = {
        (one.case_id, one.agency_id, one.role)
        for one in db.execute(
            select(CaseAccess.case_id, CaseAccess.agency_id, CaseAccess.role).where(
                CaseAccess.case_id.in_({row.case_id for row in rows}), CaseAccess.level >= policy.CONTENT
            )
        )
    }
    return [
        (row.agency_id, row.role)
        for row in rows
        if row.took_part or (row.case_id, row.agency_id, row.role) in into
    ]


def tell(db: Session, user: User, meeting: Meeting, desks: Iterable[Desk], kind: str) -> int:
    """One notice to each person at these desks, however many desks or cases they are asked for; how many."""
    people = {one.id for desk in dict.fromkeys(desks) for one in agencies.takers(db, *desk)} - {user.id}
    for user_id in sorted(people):
        notices.tell_of_meeting(db, user_id, kind, meeting)
    return len(people)


def desk_of(text: str) -> Desk | None:
    """ "agency id/role" as a page sends it."""
    agency_id, _, role = text.partition("/")
    try:
        return uuid.UUID(agency_id), role
    except ValueError:
        return None


def refuse_if_changed(meeting: Meeting, seen: int | None) -> None:
    """Raises Conflict where the meeting is not any more what its reader was shown."""
    if seen is not None and seen != meeting.saves:
        raise Conflict(
            "A colleague changed this meeting while you were working on it. What you typed is shown below: compare, "
            "then save again."
        )
