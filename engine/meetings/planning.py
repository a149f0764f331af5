"""Planning a meeting: when, with whom, about which cases; asking everybody once; the same again."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine import agencies, clock, journal, policy, vault
from engine.cases.running import Scene, grant
from engine.errors import FieldProblem, Invalid
from engine.meetings.rows import (
    Desk,
    asked_desks,
    desk_of,
    desks_of,
    hold_cases,
    items_of,
    lock_meeting,
    refuse_if_changed,
    tell,
)
from engine.models import Case, LocalAction, Meeting, MeetingCase, MeetingCaseDesk, MeetingDesk, User
from engine.reports.meetings import desk_name, in_order, value_of
from engine.words import N_, say

MODES = ("in_person", "video", "telephone")
REPLIES = ("accept", "substitute", "written", "not_concerned")
LONGEST_PLACE = 120
LONGEST_TEXT = 2_000
MOST_CASES = 40


@dataclass(frozen=True)
class Plan:
    """When, where and with whom; `desks` are "agency id/role". `silence_days`: working days until minutes hold."""

    starts_at: datetime
    place: str
    mode: str
    desks: tuple[str, ...]
    silence_days: int = 5


@dataclass(frozen=True)
class Asked:
    """Why a desk is needed for a case, and whether it is told the question."""

    reason: str
    told: bool = False


@dataclass(frozen=True)
class AgendaItem:
    """A case on the agenda as it is typed: the question, and who is asked for it by "agency id/role"."""

    question: str
    desks: Mapping[str, Asked] = field(default_factory=dict)
    drop: bool = False


def arrange_meeting(db: Session, user: User, plan: Plan, case_ids: Collection[uuid.UUID] = ()) -> Meeting:
    """Begin to prepare a meeting, those of the cases on its agenda that can be; nobody is told yet.

    Raises Invalid with every problem.
    """
    policy.check(user, "hold_meeting")
    agency_id, role = policy.convening_desks(user)[0]
    local_action = next(m.agency.local_action for m in user.memberships if m.agency_id == agency_id)
    wanted = _read_plan(db, local_action, plan)
    meeting = _new(db, user, local_action, (agency_id, role), plan)
    _seat(db, meeting, {(agency_id, role), *wanted})
    for number, case in enumerate(_possible(db, user, meeting, case_ids), 1):
        _put_on_agenda(db, user, meeting, case, number)
    journal.note(db, user, "arranged_meeting", meeting, agency_id=agency_id, audience="agency")
    return meeting


def change_meeting(
    db: Session, user: User, meeting_id: uuid.UUID, plan: Plan, seen: int | None = None
) -> Meeting:
    """Another day, place or circle of people. Who had been asked already is told that it changed."""
    meeting = lock_meeting(db, user, meeting_id)
    policy.check(user, "change_meeting", meeting)
    refuse_if_changed(meeting, seen)
    wanted = _read_plan(db, meeting.local_action, plan)
    before = (meeting.starts_at, meeting.place, meeting.mode)
    meeting.starts_at, meeting.place, meeting.mode = plan.starts_at, plan.place.strip(), plan.mode
    meeting.silence_days, meeting.saves = plan.silence_days, meeting.saves + 1
    _unseat(db, user, meeting, wanted)
    _seat(db, meeting, wanted)
    if meeting.status == "invited" and before != (meeting.starts_at, meeting.place, meeting.mode):
        tell(db, user, meeting, _told(meeting), "meeting_changed")
    journal.note(db, user, "changed_meeting", meeting, agency_id=meeting.agency_id, audience="agency")
    return meeting


def add_cases(db: Session, user: User, meeting_id: uuid.UUID, case_ids: Iterable[uuid.UUID]) -> int:
    """Put cases on the agenda into which the user sees, the convening desk asked for each; how many are new."""
    meeting = lock_meeting(db, user, meeting_id)
    policy.check(user, "change_meeting", meeting)
    known = {item.case_id: item for item in items_of(db, user, meeting)}
    chosen = _possible(db, user, meeting, set(case_ids) - set(known))
    if len(known) + len(chosen) > MOST_CASES:
        raise Invalid([FieldProblem("cases", N_("Choose at most 40 cases for one meeting."))])
    last = _last_position(db, meeting)
    for number, case in enumerate(chosen, last + 1):
        _put_on_agenda(db, user, meeting, case, number)
    if not chosen and not known:
        raise Invalid([FieldProblem("cases", N_("Choose the cases to be discussed."))])
    meeting.saves += 1
    return len(chosen)


def write_agenda(
    db: Session,
    user: User,
    meeting_id: uuid.UUID,
    given: Mapping[int, AgendaItem],
    seen: int | None = None,
) -> Meeting:
    """Keep for each position the question and who is asked for the case and why. Raises Invalid, Conflict."""
    meeting = lock_meeting(db, user, meeting_id)
    policy.check(user, "change_meeting", meeting)
    refuse_if_changed(meeting, seen)
    items = [item for item in items_of(db, user, meeting) if item.position in given and item.status == "open"]
    _refuse_wrong(meeting, items, given)
    asked = desks_of(db, user, items)
    new: list[Desk] = []
    for item in items:
        wanted = given[item.position]
        if wanted.drop:
            _take_off(db, user, item)
            continue
        key = item.case.participant.key
        item.question = vault.seal(db, key, "meeting_cases.question", wanted.question.strip())
        new += _ask(db, meeting, item, wanted, asked.get(item.id, []))
        journal.note(
            db,
            user,
            "wrote_agenda",
            item,
            case=item.case,
            agency_id=meeting.agency_id,
            audience="agency",
            codes={"meeting": str(meeting.id)},
        )
    meeting.saves += 1
    db.flush()
    if meeting.status == "invited":
        before = _told(meeting)
        _let_know(db, user, meeting)
        tell(db, user, meeting, before & set(new), "meeting_changed")
    return meeting


def send_invitation(db: Session, user: User, meeting_id: uuid.UUID) -> int:
    """Ask everybody once for the whole meeting; how many people. Raises Invalid while something is missing."""
    meeting = lock_meeting(db, user, meeting_id)
    policy.check(user, "send_invitation", meeting)
    items = items_of(db, user, meeting)
    asked = {(row.agency_id, row.role) for rows in desks_of(db, user, items).values() for row in rows}
    problems = [
        FieldProblem(f"case-{item.position}-question", N_("Enter the question to be discussed."))
        for item in items
        if item.question is None
    ]
    if meeting.starts_at < clock.now():
        problems.append(FieldProblem("", N_("The day of this meeting is over. Choose another first.")))
    if not items:
        problems.append(FieldProblem("", N_("Put the cases on the agenda first.")))
    names = agencies.roles(db)
    idle = [
        desk_name(one.agency.name, names.get(one.role))
        for one in in_order(asked_desks(meeting))
        if (one.agency_id, one.role) not in asked
    ]
    if idle:
        sentence = say(
            "Asked to the meeting, but for no case: {desks}. Tick a case, or do not ask them.", desks=idle
        )
        problems.append(FieldProblem("", sentence))
    if problems:
        raise Invalid(problems)
    meeting.status = "invited"
    meeting.saves += 1
    told = _let_know(db, user, meeting)
    journal.note(db, user, "sent_invitation", meeting, agency_id=meeting.agency_id, audience="agency")
    return told


def reply_to_meeting(db: Session, user: User, meeting_id: uuid.UUID, reply: str) -> Meeting:
    """Say once for the whole meeting whether one's desk comes; it can be said anew until the meeting is recorded."""
    meeting = lock_meeting(db, user, meeting_id)
    policy.check(user, "reply_to_meeting", meeting)
    if reply not in REPLIES:
        raise Invalid([FieldProblem("reply", N_("Choose whether your agency comes."))])
    own = set(policy.team_desks(user))
    for one in asked_desks(meeting):
        if (one.agency_id, one.role) in own:
            one.reply, one.replied_at, one.replied_by = reply, clock.now(), user.id
            codes = {"reply": reply, "role": one.role}
            journal.note(
                db,
                user,
                "replied_to_meeting",
                meeting,
                agency_id=one.agency_id,
                audience="agency",
                codes=codes,
            )
    return meeting


def cancel_meeting(db: Session, user: User, meeting_id: uuid.UUID) -> Meeting:
    """The meeting does not take place; who was asked is told."""
    meeting = lock_meeting(db, user, meeting_id)
    policy.check(user, "change_meeting", meeting)
    if meeting.status == "invited":
        tell(
            db,
            user,
            meeting,
            [(one.agency_id, one.role) for one in asked_desks(meeting)],
            "meeting_cancelled",
        )
    meeting.status = "cancelled"
    journal.note(db, user, "cancelled_meeting", meeting, agency_id=meeting.agency_id, audience="agency")
    return meeting


def repeat_meeting(db: Session, user: User, meeting_id: uuid.UUID, weeks: int) -> Meeting:
    """Prepare the same again, at the same hour of a working day in `weeks`, with the cases that are still open."""
    before = lock_meeting(db, user, meeting_id)
    policy.check(user, "repeat_meeting", before)
    if not 1 <= weeks <= 52:
        raise Invalid([FieldProblem("weeks", N_("Enter a number of weeks from 1 to 52."))])
    plan = Plan(_weeks_later(db, before, weeks), before.place, before.mode, (), before.silence_days)
    meeting = _new(db, user, before.local_action, (before.agency_id, before.role), plan)
    meeting.follows_id = before.id
    _seat(db, meeting, {(one.agency_id, one.role) for one in before.desks})
    items = [item for item in items_of(db, user, before) if item.case.status != "closed"]
    asked = desks_of(db, user, items)
    for number, item in enumerate(items, 1):
        again = _put_on_agenda(db, user, meeting, item.case, number)
        again.question = item.question
        for row in asked.get(item.id, []):
            if (row.agency_id, row.role) != (meeting.agency_id, meeting.role):
                db.add(_asked_for(again, (row.agency_id, row.role), row.reason, told=row.told))
    journal.note(
        db,
        user,
        "repeated_meeting",
        meeting,
        agency_id=meeting.agency_id,
        audience="agency",
        codes={"follows": str(before.id), "weeks": weeks},
    )
    return meeting


# ---- the parts of these verbs


def _read_plan(db: Session, local_action: LocalAction, plan: Plan) -> set[Desk]:
    """The desks that are asked. Raises Invalid with every problem."""
    problems = []
    # A role that has only own cases is asked for single things, never to a meeting about several.
    able = {
        (agency.id, role.key)
        for agency, role in agencies.askable(db, local_action.id)
        if role.scope == "agency"
    }
    wanted = {desk for text in plan.desks if (desk := desk_of(text)) in able and desk}
    if plan.starts_at < clock.now():
        problems.append(FieldProblem("starts_at", N_("Choose a day and time that lie ahead.")))
    if not plan.place.strip():
        problems.append(FieldProblem("place", N_("Enter the place, or how one joins.")))
    elif len(plan.place) > LONGEST_PLACE:
        problems.append(FieldProblem("place", N_("Shorten the place to 120 characters.")))
    if plan.mode not in MODES:
        problems.append(FieldProblem("mode", N_("Choose how the meeting is held.")))
    if not wanted:
        problems.append(FieldProblem("desks", N_("Choose whom to ask.")))
    if not 1 <= plan.silence_days <= 30:
        problems.append(FieldProblem("silence_days", N_("Enter a number of working days from 1 to 30.")))
    if problems:
        raise Invalid(problems)
    return wanted


def _new(db: Session, user: User, local_action: LocalAction, desk: Desk, plan: Plan) -> Meeting:
    meeting = Meeting(
        id=uuid.uuid4(),
        local_action_id=local_action.id,
        agency_id=desk[0],
        role=desk[1],
        status="preparing",
        starts_at=plan.starts_at,
        place=plan.place.strip(),
        mode=plan.mode,
        silence_days=plan.silence_days,
        saves=0,
        made_at=clock.now(),
        made_by=user.id,
    )
    db.add(meeting)
    db.flush()
    return meeting


def _seat(db: Session, meeting: Meeting, desks: Iterable[Desk]) -> None:
    """Add the desks that are not there yet; the one that convenes comes, of course."""
    there = {(one.agency_id, one.role) for one in meeting.desks}
    for desk in sorted(set(desks) - there):
        comes = desk == (meeting.agency_id, meeting.role)
        meeting.desks.append(
            MeetingDesk(
                id=uuid.uuid4(), agency_id=desk[0], role=desk[1], reply="accept" if comes else None, people=[]
            )
        )
    db.flush()


def _unseat(db: Session, user: User, meeting: Meeting, wanted: set[Desk]) -> None:
    """Let go of the desks that are not wanted any more, for every case that is still to be discussed."""
    items = select(MeetingCase.id).where(MeetingCase.meeting_id == meeting.id, MeetingCase.status == "open")
    gone = _told(meeting) - wanted
    tell(db, user, meeting, gone, "meeting_withdrawn")
    for one in asked_desks(meeting):
        if (one.agency_id, one.role) in wanted:
            continue
        db.execute(
            delete(MeetingCaseDesk).where(
                MeetingCaseDesk.item_id.in_(items),
                MeetingCaseDesk.agency_id == one.agency_id,
                MeetingCaseDesk.role == one.role,
            )
        )
        meeting.desks.remove(one)
        db.delete(one)
    db.flush()


def _possible(db: Session, user: User, meeting: Meeting, case_ids: Collection[uuid.UUID]) -> list[Case]:
    """Those of the cases that can be discussed: open ones of the local action into which the user sees."""
    return [
        case
        for case in (hold_cases(db, user, case_ids) if case_ids else ())
        if case.local_action_id == meeting.local_action_id and case.status != "closed"
    ]


def _last_position(db: Session, meeting: Meeting) -> int:
    # Counted over all rows: a position that the user cannot see is taken all the same.
    return db.scalar(select(func.max(MeetingCase.position)).where(MeetingCase.meeting_id == meeting.id)) or 0


def _put_on_agenda(db: Session, user: User, meeting: Meeting, case: Case, position: int) -> MeetingCase:
    item = MeetingCase(
        id=uuid.uuid4(), meeting_id=meeting.id, case_id=case.id, position=position, saves=0, status="open"
    )
    item.case = case
    db.add(item)
    db.flush()
    convening = (meeting.agency_id, meeting.role)
    why = vault.seal(db, case.participant.key, "meeting_case_desks.reason", "")
    db.add(_asked_for(item, convening, why, told=True))
    journal.note(
        db,
        user,
        "put_on_agenda",
        item,
        case=case,
        agency_id=meeting.agency_id,
        audience="agency",
        codes={"meeting": str(meeting.id)},
    )
    return item


def _asked_for(item: MeetingCase, desk: Desk, reason: bytes, *, told: bool) -> MeetingCaseDesk:
    return MeetingCaseDesk(
        id=uuid.uuid4(),
        item_id=item.id,
        case_id=item.case_id,
        agency_id=desk[0],
        role=desk[1],
        reason=reason,
        told=told,
        took_part=False,
    )


def _refuse_wrong(meeting: Meeting, items: Iterable[MeetingCase], given: Mapping[int, AgendaItem]) -> None:
    problems = []
    numbers = {value_of(desk): number for number, desk in enumerate(in_order(asked_desks(meeting)))}
    for item in items:
        wanted, at = given[item.position], f"case-{item.position}"
        if wanted.drop:
            continue
        if not wanted.question.strip():
            problems.append(FieldProblem(f"{at}-question", N_("Enter the question to be discussed.")))
        elif len(wanted.question) > LONGEST_TEXT:
            problems.append(FieldProblem(f"{at}-question", N_("Shorten the question to 2,000 characters.")))
        for desk, number in numbers.items():
            if desk in wanted.desks and not wanted.desks[desk].reason.strip():
                problems.append(
                    FieldProblem(f"{at}-reason-{number}", N_("Enter why they are needed for this case."))
                )
    if problems:
        raise Invalid(problems)


def _take_off(db: Session, user: User, item: MeetingCase) -> None:
    journal.note(
        db,
        user,
        "took_off_agenda",
        item,
        case=item.case,
        agency_id=item.meeting.agency_id,
        audience="agency",
        codes={"meeting": str(item.meeting_id)},
    )
    db.flush()
    db.execute(delete(MeetingCaseDesk).where(MeetingCaseDesk.item_id == item.id))
    db.delete(item)
    db.flush()


def _ask(
    db: Session, meeting: Meeting, item: MeetingCase, wanted: AgendaItem, rows: Iterable[MeetingCaseDesk]
) -> list[Desk]:
    """Make the rows of who is asked for a case what is wanted; the desks that are new there."""
    kept = {(row.agency_id, row.role): row for row in rows}
    kept.pop((meeting.agency_id, meeting.role), None)
    able = {(one.agency_id, one.role) for one in asked_desks(meeting)}
    asked = {desk: one for text, one in wanted.desks.items() if (desk := desk_of(text)) in able and desk}
    for desk, row in kept.items():
        if desk not in asked:
            db.delete(row)
    new = []
    for desk, one in asked.items():
        reason = vault.seal(
            db, item.case.participant.key, "meeting_case_desks.reason", one.reason.strip()[:LONGEST_TEXT]
        )
        if desk in kept:
            kept[desk].reason, kept[desk].told = reason, one.told
        else:
            db.add(_asked_for(item, desk, reason, told=one.told))
            new.append(desk)
    return new


def _let_know(db: Session, user: User, meeting: Meeting) -> int:
    """Every desk learns that the cases exist for which it is asked; each person who is new gets one notice."""
    items = items_of(db, user, meeting)
    asked = desks_of(db, user, items)
    convening = (meeting.agency_id, meeting.role)
    for item in items:
        scene = Scene.of(db, item.case)
        for row in asked.get(item.id, []):
            if (row.agency_id, row.role) != convening:
                grant(scene, row.agency_id, row.role, None, at_most=policy.EXISTS)
    db.flush()
    there = {(row.agency_id, row.role) for rows in asked.values() for row in rows}
    new = [one for one in asked_desks(meeting) if not one.told_at and (one.agency_id, one.role) in there]
    for one in new:
        one.told_at = clock.now()
    return tell(db, user, meeting, [(one.agency_id, one.role) for one in new], "meeting_invited")


def _told(meeting: Meeting) -> set[Desk]:
    """The desks that have had the invitation."""
    return {(one.agency_id, one.role) for one in asked_desks(meeting) if one.told_at is not None}


def _weeks_later(db: Session, meeting: Meeting, weeks: int) -> datetime:
    calendar = agencies.calendar(db, meeting.local_action)
    local = meeting.starts_at.astimezone(calendar.zone)
    day = calendar.next_working((local + timedelta(weeks=weeks)).date())
    return datetime.combine(day, local.time(), calendar.zone)
