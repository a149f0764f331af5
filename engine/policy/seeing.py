"""What is visible to whom: one select for each kind of row, and which fields of it."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select
from sqlalchemy.orm import Session, aliased

from engine import forms
from engine.errors import NotFound
from engine.models import (
    Answer,
    Case,
    CaseAccess,
    Draft,
    Entry,
    Fact,
    File,
    Handover,
    Meeting,
    MeetingCase,
    MeetingCaseDesk,
    MeetingDesk,
    Membership,
    Message,
    Minutes,
    MinutesReply,
    Note,
    Notice,
    Participant,
    ParticipantDate,
    Task,
    User,
    Wait,
)
from engine.policy.rules import rule
from engine.policy.users import (
    CONTENT,
    EXISTS,
    HEADER,
    LEVELS,
    NOTHING,
    Desk,
    desks,
    led_desks,
    team_desks,
)
from engine.words import N_

Row = TypeVar("Row")


def visible(user: User, model: type[Row]) -> Select[Row]:
    """The rows of `model` that `user` may know of: the only way to select a row that belongs to a case.

    A list, a count, a search and a single page all begin here, so what a user may not see does not exist.
    Raises KeyError for a table that has no rule: nothing is visible by default.
    """
    return select(model).where(rule(user, model, VISIBLE[model]))


def work(user: User) -> Select[Task]:
    """The tasks that are the user's to do or to hand out: those that are `visible` and `workable`, in fewer words.

    Whether others may hear of a task does not matter for who works on it, and is much to ask of long lists.
    """
    return select(Task).where(rule(user, Task, _work))


def find(db: Session, user: User, model: type[Row], row_id: uuid.UUID) -> Row:
    """The row with this id, if the user may know of it. Raises NotFound, alike whether it is hidden or not there."""
    table: Any = model
    found = db.scalar(visible(user, model).where(table.id == row_id))
    if found is None:
        raise NotFound(UNKNOWN[model])
    return found


def case_ids(user: User, at_least: int = EXISTS) -> Select[uuid.UUID]:
    """The ids of cases into which the user sees `at_least` this far."""
    return select(CaseAccess.case_id).where(rule(user, CaseAccess, knows_of), CaseAccess.level >= at_least)


def named_case_ids(user: User, at_least: int = EXISTS) -> Select[uuid.UUID]:
    """The same, but only cases of which the user may know who they are for.

    Some roles decide about a case by its number (a data protection officer): whoever knows it through these alone
    is told no name.
    """
    naming = [m for m in user.memberships if m.as_role.names]
    if len(naming) == len(user.memberships):
        return case_ids(user, at_least)
    roles = {role for m in naming for role in (m.role, *m.as_role.leads)}
    return select(CaseAccess.case_id).where(
        knows_of(user, naming), CaseAccess.role.in_(roles), CaseAccess.level >= at_least
    )


def may_name_participant(db: Session, user: User, case_id: uuid.UUID) -> bool:
    """Whether `user` may know who a case is for."""
    if all(m.as_role.names for m in user.memberships):
        return True
    return db.scalar(named_case_ids(user).where(CaseAccess.case_id == case_id).limit(1)) is not None


@dataclass(frozen=True)
class Standing:
    """How a user knows of a case: through which desk, and how far. `held`: the desk is the own, not one led."""

    agency_id: uuid.UUID
    role: str
    level: int
    held: bool


def standing(db: Session, user: User, case_id: uuid.UUID) -> list[Standing]:
    """Every way in which the user knows of a case; none when the user does not."""
    rows = db.execute(
        select(CaseAccess.agency_id, CaseAccess.role, CaseAccess.level).where(
            CaseAccess.case_id == case_id, rule(user, CaseAccess, knows_of)
        )
    )
    return [Standing(*row, held=(row.agency_id, row.role) in desks(user)) for row in rows]


def standings(db: Session, user: User, case_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Standing]]:
    """The same as `standing`, of several cases at once."""
    found: dict[uuid.UUID, list[Standing]] = {case_id: [] for case_id in case_ids}
    rows = db.execute(
        select(CaseAccess.case_id, CaseAccess.agency_id, CaseAccess.role, CaseAccess.level).where(
            CaseAccess.case_id.in_(case_ids), rule(user, CaseAccess, knows_of)
        )
    )
    for row in rows:
        held = (row.agency_id, row.role) in desks(user)
        found[row.case_id].append(Standing(row.agency_id, row.role, row.level, held))
    return found


def level(db: Session, user: User, case_id: uuid.UUID) -> int:
    """How far the user sees into a case: NOTHING, EXISTS, HEADER or CONTENT."""
    return highest(standing(db, user, case_id))


def highest(known: list[Standing]) -> int:
    return max((one.level for one in known), default=NOTHING)


def hears(known: list[Standing], audience: str, agency_id: uuid.UUID | None) -> bool:
    """Whether who stands so in a case belongs to the audience of something that `agency_id` did or does in it."""
    if audience == "agency":
        return any(one.agency_id == agency_id and one.level >= CONTENT for one in known)
    if audience.startswith("|"):
        return any(one.held and f"|{one.role}|" in audience for one in known)
    return audience == "case" and highest(known) >= CONTENT


def workable(user: User) -> ColumnElement[bool]:
    """The tasks that are the user's to do, or to hand out: those of the own desks and of the desks led."""
    return or_(
        Task.owner_id == user.id,
        *_at_desk(Task.agency_id, Task.role, [*team_desks(user), *led_desks(user)]),
    )


def works_on(user: User, task: Task) -> bool:
    """The same as `workable`, of one task."""
    return task.owner_id == user.id or at_desk(user, task)


def at_desk(user: User, task: Task) -> bool:
    return (task.agency_id, task.role) in [*team_desks(user), *led_desks(user)]


def knows_of(user: User, among: Sequence[Membership] | None = None) -> ColumnElement[bool]:
    """The rows of CaseAccess that are the user's, or only those that come from some of the memberships.

    Who has only own cases knows a case as long as a task of it is, or was, theirs, or it was handed over to them and
    they have not handed it on: a colleague's case they do not.
    """
    held = user.memberships if among is None else among
    shared = [(m.agency_id, m.role) for m in held if m.as_role.scope == "agency"]
    led = [(m.agency_id, role) for m in held for role in m.as_role.leads]
    own = aliased(Task)
    had = exists().where(own.case_id == CaseAccess.case_id, own.owner_id == user.id).correlate(CaseAccess)
    handed = (
        exists()
        .where(
            Handover.case_id == CaseAccess.case_id,
            Handover.taker_id == user.id,
            Handover.passed_on_at.is_(None),
        )
        .correlate(CaseAccess)
    )
    named = and_(
        CaseAccess.user_id == user.id,
        CaseAccess.agency_id.in_([m.agency_id for m in held]),
        or_(had, handed),
    )
    return or_(named, *_at_desk(CaseAccess.agency_id, CaseAccess.role, [*shared, *led]))


def _at_desk(agency: Any, role: Any, where: Iterable[Desk]) -> list[ColumnElement[bool]]:
    """One term a desk: SQLite finds each by its index, but reads the whole table for a pair in a list."""
    return [and_(agency == at, role == as_role) for at, as_role in dict.fromkeys(where)]


def _knows(
    user: User, model: Any, *through: ColumnElement[bool], among: Sequence[Membership] | None = None
) -> ColumnElement[bool]:
    """Whether the user knows of the case that a row belongs to, by a line of CaseAccess that is as `through` says.

    Looked up for each row that is found otherwise: a list of all the user's cases would be as long as they are many.
    """
    known = (CaseAccess.case_id == model.case_id, knows_of(user, among), *through)
    return exists().where(*known).correlate(model)


def _cases(user: User) -> ColumnElement[bool]:
    return Case.id.in_(case_ids(user))


def _tasks(user: User) -> ColumnElement[bool]:
    return and_(_knows(user, Task), or_(workable(user), Task.asked_by == user.id, _heard_inside(user, Task)))


def _work(user: User) -> ColumnElement[bool]:
    return and_(_knows(user, Task), workable(user))


def _heard_inside(user: User, model: Any) -> ColumnElement[bool]:
    """The same as `_heard`, for who sees into the case."""
    return and_(_knows(user, model, CaseAccess.level >= CONTENT), _heard(user, model))


def _heard(user: User, model: Any) -> ColumnElement[bool]:
    """Whether `user` belongs to the audience of a row that has `audience` and `agency_id`, as `hears` says it.

    A role counts only where it stands in this case, and an agency only through a desk that sees into it: what
    somebody is elsewhere opens nothing here.
    """
    inside = CaseAccess.level >= CONTENT
    return or_(
        and_(model.audience == "case", _knows(user, model, inside)),
        and_(model.audience == "agency", _knows(user, model, inside, _same_agency(model))),
        *_named(user, model),
    )


def _same_agency(model: Any) -> ColumnElement[bool]:
    same: ColumnElement[bool] = CaseAccess.agency_id == model.agency_id
    return same


def _named(user: User, model: Any) -> list[ColumnElement[bool]]:
    """For each role of the user: the row names it, and the role knows of the case."""
    by_role: dict[str, list[Membership]] = {}
    for membership in user.memberships:
        by_role.setdefault(membership.role, []).append(membership)
    return [
        and_(
            model.audience.contains(f"|{role}|", autoescape=True),
            _knows(user, model, CaseAccess.role == role, among=among),
        )
        for role, among in by_role.items()
    ]


def _facts(user: User) -> ColumnElement[bool]:
    at_own_desk = exists().where(Task.id == Fact.task_id, workable(user)).correlate(Fact)
    return and_(
        _knows(user, Fact),
        or_(
            _heard(user, Fact),
            Fact.recorded_by == user.id,
            # A fact for some roles is for them, not for everyone at the desk that entered it.
            and_(at_own_desk, Fact.audience.in_(("case", "agency"))),
        ),
    )


def _notes(user: User) -> ColumnElement[bool]:
    inside = CaseAccess.level >= CONTENT
    return or_(
        and_(Note.author_id == user.id, _knows(user, Note)),
        _knows(user, Note, inside, _same_agency(Note)),
        and_(Note.shared_at.is_not(None), _knows(user, Note, inside)),
    )


def _handovers(user: User) -> ColumnElement[bool]:
    """The two whom it is about, who wrote it, and those of the own agency who see into the case."""
    inside = _knows(user, Handover, CaseAccess.level >= CONTENT, _same_agency(Handover))
    concerned = or_(Handover.taker_id == user.id, Handover.giver_id == user.id, Handover.given_by == user.id)
    return and_(_knows(user, Handover), or_(concerned, inside))


# What happens because of somebody's act is not theirs: who records a date is not told whose steps move with it.
CONSEQUENCES = ("passed", "due_moved", "withdrew_step", "opened_step", "let_know")


def _entries(user: User) -> ColumnElement[bool]:
    own = and_(Entry.user_id == user.id, Entry.verb.not_in(CONSEQUENCES))
    return and_(_knows(user, Entry), or_(own, _heard_inside(user, Entry)))


def _participants(user: User) -> ColumnElement[bool]:
    return or_(
        Participant.id.in_(select(Case.participant_id).where(Case.id.in_(named_case_ids(user)))),
        Participant.agency_id.in_(_registrars(user)),
    )


def _registrars(user: User) -> list[uuid.UUID]:
    """The agencies whose own participants the user may look up."""
    return [m.agency_id for m in user.memberships if "open_case" in m.as_role.may]


def _dates(user: User) -> ColumnElement[bool]:
    planned = select(Case.participant_id).where(Case.id.in_(case_ids(user, HEADER)))
    registered = select(Participant.id).where(Participant.agency_id.in_(_registrars(user)))
    return or_(
        ParticipantDate.participant_id.in_(planned),
        ParticipantDate.participant_id.in_(registered),
    )


def reads_details(db: Session, user: User, participant: Participant) -> bool:
    """Whether the user reads what was registered about a participant, and who said what about their dates.

    Only the agency that registered the person does, and who sees into one of their cases.
    """
    if participant.agency_id in _registrars(user):
        return True
    inside = select(Case.id).where(
        Case.participant_id == participant.id, Case.id.in_(named_case_ids(user, CONTENT))
    )
    return db.scalar(inside.limit(1)) is not None


def _waits(user: User) -> ColumnElement[bool]:
    own = or_(
        Wait.run_id.in_(select(Task.run_id).where(Task.owner_id == user.id, Task.status == "open")),
        *_at_desk(Wait.agency_id, Wait.role, [*team_desks(user), *led_desks(user)]),
    )
    return and_(_knows(user, Wait), or_(own, _heard_inside(user, Wait)))


# Meetings: who convenes one sees all of it; a desk that is asked there sees itself, and the cases it is asked for.


def _own_desk(user: User, model: Any) -> ColumnElement[bool]:
    return or_(false(), *_at_desk(model.agency_id, model.role, team_desks(user)))


def convening_desks(user: User) -> list[Desk]:
    """The user's desks that may hold a meeting."""
    carrying = {(m.agency_id, m.role) for m in user.memberships if "hold_meeting" in m.as_role.may}
    return [desk for desk in team_desks(user) if desk in carrying]


def may_meet(user: User) -> bool:
    """Whether the user can be asked to a meeting, or hold one: who has only own cases, or none, cannot."""
    return bool(convening_desks(user)) or any(
        m.as_role.scope == "agency" and m.as_role.sees in LEVELS for m in user.memberships
    )


def convenes(user: User, meeting: Meeting) -> bool:
    """Whether a meeting is convened by a desk of the user."""
    return (meeting.agency_id, meeting.role) in convening_desks(user)


def _convened(user: User) -> Select[uuid.UUID]:
    return select(Meeting.id).where(
        or_(false(), *_at_desk(Meeting.agency_id, Meeting.role, convening_desks(user)))
    )


def _meetings(user: User) -> ColumnElement[bool]:
    # The desk that convenes has a seat too. Until the invitation is sent, nobody else knows of the meeting.
    asked = select(MeetingDesk.meeting_id).where(_own_desk(user, MeetingDesk))
    own = or_(false(), *_at_desk(Meeting.agency_id, Meeting.role, convening_desks(user)))
    return and_(Meeting.id.in_(asked), or_(own, Meeting.status != "preparing"))


def _meeting_ids(user: User) -> Select[uuid.UUID]:
    return select(Meeting.id).where(_meetings(user))


def _meeting_desks(user: User) -> ColumnElement[bool]:
    return and_(
        MeetingDesk.meeting_id.in_(_meeting_ids(user)),
        or_(_own_desk(user, MeetingDesk), MeetingDesk.meeting_id.in_(_convened(user))),
    )


def _meeting_cases(user: User) -> ColumnElement[bool]:
    asked = select(MeetingCaseDesk.item_id).where(_own_desk(user, MeetingCaseDesk))
    return and_(
        MeetingCase.id.in_(asked),
        MeetingCase.meeting_id.in_(_meeting_ids(user)),
        MeetingCase.case_id.in_(case_ids(user)),
    )


def _convened_items(user: User) -> Select[uuid.UUID]:
    """The lines of agendas of which the user reads everything: who convenes, and sees into the case."""
    return select(MeetingCase.id).where(
        MeetingCase.meeting_id.in_(_convened(user)), MeetingCase.case_id.in_(case_ids(user, CONTENT))
    )


def _meeting_case_desks(user: User) -> ColumnElement[bool]:
    own = and_(
        _own_desk(user, MeetingCaseDesk),
        MeetingCaseDesk.item_id.in_(select(MeetingCase.id).where(_meeting_cases(user))),
    )
    return or_(MeetingCaseDesk.item_id.in_(_convened_items(user)), own)


def _minutes(user: User) -> ColumnElement[bool]:
    """Minutes are for a desk that was asked for this very case, and sees into it or was there."""
    asked = select(MeetingCaseDesk.item_id).where(
        _own_desk(user, MeetingCaseDesk),
        MeetingCaseDesk.item_id.in_(select(MeetingCase.id).where(_meeting_cases(user))),
        or_(MeetingCaseDesk.took_part, MeetingCaseDesk.case_id.in_(case_ids(user, CONTENT))),
    )
    return Minutes.item_id.in_(asked)


def _minutes_replies(user: User) -> ColumnElement[bool]:
    """What a desk says to minutes is read by itself and by who convened."""
    convened = select(Minutes.id).where(Minutes.item_id.in_(_convened_items(user)))
    own = and_(
        _own_desk(user, MinutesReply), MinutesReply.minutes_id.in_(select(Minutes.id).where(_minutes(user)))
    )
    return or_(MinutesReply.minutes_id.in_(convened), own)


VISIBLE: dict[type[Any], Callable[[User], ColumnElement[bool]]] = {
    Case: _cases,
    Task: _tasks,
    Answer: lambda user: Answer.task_id.in_(select(Task.id).where(_tasks(user))),
    # Until its step is done, a file is a draft.
    File: lambda user: File.task_id.in_(
        select(Task.id).where(_tasks(user), or_(workable(user), Task.status == "done"))
    ),
    Draft: lambda user: and_(
        Draft.user_id == user.id, Draft.task_id.in_(select(Task.id).where(_tasks(user)))
    ),
    Fact: _facts,
    Note: _notes,
    Handover: _handovers,
    Entry: _entries,
    Participant: _participants,
    ParticipantDate: _dates,
    Wait: _waits,
    Meeting: _meetings,
    MeetingDesk: _meeting_desks,
    MeetingCase: _meeting_cases,
    MeetingCaseDesk: _meeting_case_desks,
    Minutes: _minutes,
    MinutesReply: _minutes_replies,
    Notice: lambda user: Notice.user_id == user.id,
    # What cases send to each other nobody reads: that it was sent and heard stands in the journal.
    Message: lambda _user: false(),
}


# What a person reads who asks for what is not there, or not for them.
UNKNOWN: dict[type[Any], str] = {
    Case: N_("We cannot find that case."),
    Task: N_("We cannot find that task."),
    Note: N_("We cannot find that note."),
    Notice: N_("We cannot find that notice."),
    Participant: N_("We cannot find that participant."),
    File: N_("We cannot find that file."),
    Meeting: N_("We cannot find that meeting."),
    MeetingCase: N_("We cannot find that case."),
    Minutes: N_("We cannot find those minutes."),
    MinutesReply: N_("We cannot find that correction."),
}


def fields(
    user: User, known: list[Standing], task: Task, form: forms.Form, author_id: uuid.UUID
) -> frozenset[str]:
    """The keys of the questions of `form` whose answers `user`, who stands so in the case, may read in `task`.

    The author reads all of them; a question for some roles is read by those roles; a question of the agency by the
    agency; the rest by everyone who may know of the task.
    """
    if author_id == user.id:
        return frozenset(question.key for question in form.questions)
    return frozenset(
        question.key
        for question in form.questions
        if _may_read(user, known, task, audience(question.audience))
    )


def _may_read(user: User, known: list[Standing], task: Task, audience: str) -> bool:
    if audience == "case" or hears(known, audience, task.agency_id):
        return True
    return audience == "agency" and (works_on(user, task) or task.asked_by == user.id)


def audience(told: str | tuple[str, ...]) -> str:
    """An audience as the tables keep it: "case", "agency" or "|role|role|"."""
    return told if isinstance(told, str) else "|" + "|".join(told) + "|"
