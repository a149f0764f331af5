"""Meetings: the list of them, one of them as far as its reader sees into it, and those of a case."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, tuple_
from sqlalchemy.orm import Session, joinedload

from engine import agencies, clock, minutes, policy, vault
from engine.models import Agency, Case, Meeting, MeetingCase, MeetingCaseDesk, MeetingDesk, Role, User
from engine.reports.lines import participant_name
from engine.reports.minutes import Written, written_of
from engine.words import N_, Sentence, say

VERBS = (
    "change_meeting",
    "send_invitation",
    "reply_to_meeting",
    "record_meeting",
    "finish_record",
    "repeat_meeting",
    "answer_correction",
)
REPLIES = {
    "accept": N_("We come"),
    "substitute": N_("Somebody else of our agency comes"),
    "written": N_("We write to the cases instead"),
    "not_concerned": N_("This does not concern us"),
}
AHEAD = ("preparing", "invited")


@dataclass(frozen=True)
class MeetingRow:
    """A meeting in a list. `cases`: how many of its cases the reader may know of. `mine`: the reader convenes it."""

    id: uuid.UUID
    starts_at: datetime
    place: str
    mode: str
    agency: str
    status: str
    cases: int
    mine: bool
    reply: Sentence | None


@dataclass(frozen=True)
class MeetingList:
    rows: list[MeetingRow]
    next: str | None


@dataclass(frozen=True)
class Seat:
    """A desk that is asked. `value` is "agency id/role"; `people`: (value, name, was there).

    `absent`: the record is finished, others were there, and this desk was not.
    """

    value: str
    name: Sentence
    convening: bool
    reply: Sentence | None
    reply_key: str | None
    attended: bool
    absent: bool
    people: list[tuple[str, str, bool]]


@dataclass(frozen=True)
class Item:
    """A case on the agenda. `question` is None where the reader is not told it.

    `asked`: {desk: (reason, is told)}, of others only for who convenes. `draft`, `saves` and `was` are for recording.
    """

    id: uuid.UUID
    position: int
    case_id: uuid.UUID
    case_number: str
    participant: str
    case_status: str
    status: str
    question: str | None
    asked: dict[str, tuple[str, bool]]
    draft: dict[str, Any]
    saves: int
    was: str
    written: Written | None


@dataclass(frozen=True)
class MeetingPage:
    """Everything that the pages of a meeting show. `may`: None, or the reason against each verb."""

    id: uuid.UUID
    starts_at: datetime
    place: str
    mode: str
    silence_days: int
    agency: str
    status: str
    convening: bool
    seats: list[Seat]
    own: list[Seat]
    items: list[Item]
    statement_read: bool
    saves: int
    was: str
    owners: list[tuple[str, Sentence]]
    tellers: list[tuple[str, Sentence]]
    desks: list[tuple[str, Sentence]]
    may: dict[str, str | None]
    today: date


@dataclass(frozen=True)
class CaseMeeting:
    """A meeting about a case, on the case's page. `decisions` are None where the reader may not read the minutes."""

    id: uuid.UUID
    starts_at: datetime
    agency: str
    status: str
    decisions: list[dict[str, str]] | None


def my_meetings(
    db: Session, user: User, *, past: bool = False, after: str | None = None, size: int = 20
) -> MeetingList:
    """The meetings that the user convenes or is asked to: what lies ahead, soonest first; or what is over."""
    query = policy.visible(user, Meeting)
    order = (Meeting.starts_at, Meeting.id)
    start = _key(after)
    if past:
        query = query.where(Meeting.status.not_in(AHEAD)).order_by(*(one.desc() for one in order))
        query = query.where(tuple_(*order) < tuple_(*start)) if start else query
    else:
        query = query.where(Meeting.status.in_(AHEAD)).order_by(*order)
        query = query.where(tuple_(*order) > tuple_(*start)) if start else query
    rows = list(db.scalars(query.limit(size + 1)))
    counted = {
        row.meeting_id: row.number
        for row in db.execute(
            policy.visible(user, MeetingCase)
            .with_only_columns(MeetingCase.meeting_id, func.count().label("number"))
            .where(MeetingCase.meeting_id.in_([one.id for one in rows[:size]]))
            .group_by(MeetingCase.meeting_id)
        )
    }
    more = rows[size - 1] if len(rows) > size else None
    return MeetingList(
        rows=[_row(user, one, counted.get(one.id, 0)) for one in rows[:size]],
        next=f"{more.starts_at.isoformat()}~{more.id}" if more else None,
    )


def meeting_page(db: Session, user: User, meeting_id: uuid.UUID) -> MeetingPage:
    """One meeting as far as `user` sees into it. Raises NotFound."""
    meeting = policy.find(db, user, Meeting, meeting_id)
    convening = policy.convenes(user, meeting)
    names = agencies.roles(db)
    askable = agencies.askable(db, meeting.local_action_id) if convening else []
    people = agencies.people(db, meeting.local_action_id) if convening else []
    rows = db.scalars(policy.visible(user, MeetingDesk).where(MeetingDesk.meeting_id == meeting.id))
    seats = [_seat(meeting, one, people, names) for one in in_order(rows)]
    own = {f"{agency_id}/{role}" for agency_id, role in policy.team_desks(user)}
    return MeetingPage(
        id=meeting.id,
        starts_at=meeting.starts_at,
        place=meeting.place,
        mode=meeting.mode,
        silence_days=meeting.silence_days,
        agency=meeting.agency.name,
        status=meeting.status,
        convening=convening,
        seats=seats,
        own=[one for one in seats if one.value in own and not one.convening],
        items=_items(db, user, meeting, convening),
        statement_read=meeting.statement_read,
        saves=meeting.saves,
        was=minutes.digest(attendance_of(meeting)) if convening else "",
        owners=_owners(meeting, askable, people),
        tellers=_named(askable),
        desks=_named([(agency, role) for agency, role in askable if role.scope == "agency"]),
        may={verb: policy.why_not(user, verb, meeting) for verb in VERBS},
        today=clock.today(meeting.local_action.timezone),
    )


def desks_to_ask(db: Session, user: User) -> list[tuple[str, Sentence]]:
    """Whom a user can ask to a new meeting: ("agency id/role", "Agency: role"). Raises Refused."""
    policy.check(user, "hold_meeting")
    agency_id, _role = policy.convening_desks(user)[0]
    place = next(m.agency.local_action_id for m in user.memberships if m.agency_id == agency_id)
    return _named([(agency, role) for agency, role in agencies.askable(db, place) if role.scope == "agency"])


def cases_to_discuss(
    db: Session, user: User, meeting_id: uuid.UUID, limit: int = 100
) -> list[tuple[str, str, str]]:
    """The newest open cases into which the user sees, and that are not on the agenda: (id, number, participant)."""
    meeting = policy.find(db, user, Meeting, meeting_id)
    policy.check(user, "change_meeting", meeting)
    there = policy.visible(user, MeetingCase).with_only_columns(MeetingCase.case_id)
    rows = db.scalars(
        policy.visible(user, Case)
        .where(
            Case.id.in_(policy.case_ids(user, policy.CONTENT)),
            Case.local_action_id == meeting.local_action_id,
            Case.status != "closed",
            Case.id.not_in(there.where(MeetingCase.meeting_id == meeting.id)),
        )
        .order_by(Case.number.desc())
        .limit(limit)
    )
    return [(str(case.id), case.number, participant_name(db, user, case)) for case in rows]


def case_to_discuss(db: Session, user: User, case_id: uuid.UUID) -> tuple[str, str, str]:
    """A case for which a meeting is to be planned: (id, number, participant). Raises NotFound."""
    case = policy.find(db, user, Case, case_id)
    return str(case.id), case.number, participant_name(db, user, case)


def case_meetings(db: Session, user: User, case_id: uuid.UUID, limit: int = 5) -> list[CaseMeeting]:
    """The meetings about a case that the reader may know of, newest first; what was decided to who may read it."""
    items = list(
        db.scalars(
            policy.visible(user, MeetingCase)
            .join(MeetingCase.meeting)
            .where(MeetingCase.case_id == case_id, Meeting.status != "cancelled")
            .options(joinedload(MeetingCase.meeting), joinedload(MeetingCase.case))
            .order_by(Meeting.starts_at.desc())
            .limit(limit)
        )
    )
    written = written_of(db, user, items) if items else {}
    return [
        CaseMeeting(
            id=item.meeting_id,
            starts_at=item.meeting.starts_at,
            agency=item.meeting.agency.name,
            status=item.meeting.status,
            decisions=written[item.id].versions[0].content["decisions"] if item.id in written else None,
        )
        for item in items
    ]


# ---- what the verbs on meetings go by as well


def in_order(rows: Iterable[MeetingDesk]) -> list[MeetingDesk]:
    """Who is asked, in the order in which pages number them."""
    return sorted(rows, key=lambda one: (one.agency.name, one.role))


def value_of(one: MeetingDesk | MeetingCaseDesk) -> str:
    return f"{one.agency_id}/{one.role}"


def attendance_of(meeting: Meeting) -> list[Any]:
    """Who was there so far, as `minutes.attendance` has it."""
    return minutes.attendance(
        [value_of(one) for one in meeting.desks if one.attended],
        [f"{value_of(one)}/{person}" for one in meeting.desks for person in one.people],
        meeting.statement_read,
    )


def draft_of(db: Session, item: MeetingCase) -> dict[str, Any]:
    """What has been typed so far about a case, tidy."""
    if item.draft is None:
        return minutes.tidy({})
    return minutes.tidy(vault.unseal(db, item.case.participant.key, "meeting_cases.draft", item.draft))


def choices_of(db: Session, meeting: Meeting) -> minutes.Choices:
    """Whom something can be given to in this meeting.

    An agency commits only itself: of the one that convenes it can be a person, elsewhere the desk is asked.
    """
    askable = agencies.askable(db, meeting.local_action_id)
    owners = _owners(meeting, askable, agencies.people(db, meeting.local_action_id))
    return minutes.Choices(
        owners={value for value, _name in owners},
        tellers={value for value, _name in _named(askable)},
        today=clock.today(meeting.local_action.timezone),
    )


# ---- the parts of these pages


def _row(user: User, meeting: Meeting, cases: int) -> MeetingRow:
    own = set(policy.team_desks(user))
    replies = [one.reply for one in meeting.desks if (one.agency_id, one.role) in own and one.reply]
    mine = policy.convenes(user, meeting)
    return MeetingRow(
        id=meeting.id,
        starts_at=meeting.starts_at,
        place=meeting.place,
        mode=meeting.mode,
        agency=meeting.agency.name,
        status=meeting.status,
        cases=cases,
        mine=mine,
        reply=Sentence(REPLIES[replies[0]]) if replies and not mine else None,
    )


def _key(after: str | None) -> tuple[datetime, uuid.UUID] | None:
    try:
        moment, row = (after or "").split("~")
        found = datetime.fromisoformat(moment)
        return (found, uuid.UUID(row)) if found.tzinfo else None
    except ValueError:
        return None


def _named(askable: Iterable[tuple[Agency, Role]]) -> list[tuple[str, Sentence]]:
    return [(f"{agency.id}/{role.key}", desk_name(agency.name, role)) for agency, role in askable]


def desk_name(agency: str, role: Role | None) -> Sentence:
    return say("{agency}: {role}", agency=agency, role=Sentence(role.name if role else ""))


def _owners(
    meeting: Meeting, askable: Sequence[tuple[Agency, Role]], people: Iterable[agencies.Colleague]
) -> list[tuple[str, Sentence]]:
    """Every desk, and the people of the agency that convenes who can take something on themselves.

    Somebody who has several roles there is told apart by them.
    """
    able = {
        role.key: role
        for agency, role in askable
        if agency.id == meeting.agency_id and role.scope == "agency"
    }
    own = [
        (
            f"{one.agency_id}/{one.role}/{one.user_id}",
            say("{person} ({role})", person=one.name, role=Sentence(able[one.role].name)),
        )
        for one in people
        if one.agency_id == meeting.agency_id and one.role in able
    ]
    return [*own, *_named(askable)]


def _seat(
    meeting: Meeting, one: MeetingDesk, people: Iterable[agencies.Colleague], names: dict[str, Role]
) -> Seat:
    there = [
        (f"{value_of(one)}/{person.user_id}", person.name, str(person.user_id) in one.people)
        for person in people
        if (person.agency_id, person.role) == (one.agency_id, one.role)
    ]
    return Seat(
        value=value_of(one),
        name=desk_name(one.agency.name, names.get(one.role)),
        convening=(one.agency_id, one.role) == (meeting.agency_id, meeting.role),
        reply=Sentence(REPLIES[one.reply]) if one.reply else None,
        reply_key=one.reply,
        attended=one.attended,
        absent=meeting.status == "recorded"
        and not one.attended
        and any(seat.attended for seat in meeting.desks),
        people=there,
    )


def _items(db: Session, user: User, meeting: Meeting, convening: bool) -> list[Item]:
    items = list(
        db.scalars(
            policy.visible(user, MeetingCase)
            .where(MeetingCase.meeting_id == meeting.id)
            .options(joinedload(MeetingCase.case))
            .order_by(MeetingCase.position)
        )
    )
    rows = db.scalars(
        policy.visible(user, MeetingCaseDesk).where(MeetingCaseDesk.item_id.in_([item.id for item in items]))
    )
    asked: dict[uuid.UUID, list[MeetingCaseDesk]] = {}
    for row in rows:
        asked.setdefault(row.item_id, []).append(row)
    written = written_of(db, user, items)
    return [_item(db, user, one, asked.get(one.id, []), written.get(one.id), convening) for one in items]


def _item(
    db: Session,
    user: User,
    item: MeetingCase,
    asked: list[MeetingCaseDesk],
    written: Written | None,
    convening: bool,
) -> Item:
    key = item.case.participant.key
    told = convening or any(row.told for row in asked)
    draft = draft_of(db, item) if convening else minutes.tidy({})
    return Item(
        id=item.id,
        position=item.position,
        case_id=item.case_id,
        case_number=item.case.number,
        participant=participant_name(db, user, item.case),
        case_status=item.case.status,
        status=item.status,
        question=vault.unseal(db, key, "meeting_cases.question", item.question)
        if told and item.question
        else None,
        asked={
            value_of(row): (vault.unseal(db, key, "meeting_case_desks.reason", row.reason), row.told)
            for row in asked
        },
        draft=draft,
        saves=item.saves,
        was=minutes.digest(draft),
        written=written,
    )
