"""Who may see what, who may do what, and why not."""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, tuple_
from sqlalchemy.orm import Session, object_session

from engine import forms
from engine.errors import NotFound, Refused
from engine.models import (
    Answer,
    Case,
    CaseAccess,
    Entry,
    Fact,
    File,
    Note,
    Notice,
    Participant,
    ParticipantDate,
    Task,
    User,
    Wait,
)
from engine.words import N_

NOTHING, EXISTS, HEADER, CONTENT = 0, 1, 2, 3
LEVELS = {"exists": EXISTS, "header": HEADER, "content": CONTENT}

Row = TypeVar("Row")
Desk = tuple[uuid.UUID, str]


# ---- what a user is


def desks(user: User) -> list[Desk]:
    """Where the user works: (agency, role)."""
    return [(m.agency_id, m.role) for m in user.memberships]


def led_desks(user: User) -> list[Desk]:
    """Desks of the same agency whose tasks the user may see and hand out."""
    return [(m.agency_id, role) for m in user.memberships for role in m.as_role.leads]


def agencies(user: User) -> list[uuid.UUID]:
    return [m.agency_id for m in user.memberships]


def may(user: User, verb: str) -> bool:
    """Whether one of the user's roles carries `verb` at all."""
    return any(verb in m.as_role.may for m in user.memberships)


# ---- what is visible: one select per kind of row


def visible(user: User, model: type[Row]) -> Select[Row]:
    """The rows of `model` that `user` may know of: the only way to select a row that belongs to a case.

    A list, a count, a search and a single page all begin here, so what a user may not see does not exist.
    Raises KeyError for a table that has no rule: nothing is visible by default.
    """
    return select(model).where(VISIBLE[model](user))


def find(db: Session, user: User, model: type[Row], row_id: uuid.UUID) -> Row:
    """The row with this id, if the user may know of it. Raises NotFound, alike whether it is hidden or not there."""
    table: Any = model
    found = db.scalar(visible(user, model).where(table.id == row_id))
    if found is None:
        raise NotFound(UNKNOWN[model])
    return found


def case_ids(user: User, at_least: int = EXISTS) -> Select[uuid.UUID]:
    """The ids of cases into which the user sees `at_least` this far."""
    return select(CaseAccess.case_id).where(_access(user), CaseAccess.level >= at_least)


def level(db: Session, user: User, case_id: uuid.UUID) -> int:
    """How far the user sees into a case: NOTHING, EXISTS, HEADER or CONTENT."""
    found = db.scalar(select(func.max(CaseAccess.level)).where(CaseAccess.case_id == case_id, _access(user)))
    return found or NOTHING


def workable(user: User) -> ColumnElement[bool]:
    """The tasks that are the user's to do, or to hand out: those of the own desks and of the desks led."""
    shared = [(m.agency_id, m.role) for m in user.memberships if m.as_role.scope == "agency"]
    return or_(
        Task.owner_id == user.id,
        _at_desk(Task.agency_id, Task.role, [*shared, *led_desks(user)]),
    )


def _access(user: User) -> ColumnElement[bool]:
    at_own = and_(
        _at_desk(CaseAccess.agency_id, CaseAccess.role, desks(user)),
        or_(CaseAccess.user_id.is_(None), CaseAccess.user_id == user.id),
    )
    return or_(at_own, _at_desk(CaseAccess.agency_id, CaseAccess.role, led_desks(user)))


def _at_desk(agency: Any, role: Any, where: list[Desk]) -> ColumnElement[bool]:
    return tuple_(agency, role).in_(where) if where else false()


def _cases(user: User) -> ColumnElement[bool]:
    return Case.id.in_(case_ids(user))


def _tasks(user: User) -> ColumnElement[bool]:
    of_others = and_(Task.case_id.in_(case_ids(user, CONTENT)), _heard(user, Task))
    return or_(and_(workable(user), Task.case_id.in_(case_ids(user))), Task.asked_by == user.id, of_others)


def _heard(user: User, model: Any) -> ColumnElement[bool]:
    """Whether `user` belongs to the audience of a row that has `audience` and `agency_id`."""
    named = [model.audience.contains(f"|{m.role}|", autoescape=True) for m in user.memberships]
    return or_(
        model.audience == "case",
        and_(model.audience == "agency", model.agency_id.in_(agencies(user))),
        *named,
    )


def _facts(user: User) -> ColumnElement[bool]:
    own = Fact.task_id.in_(select(Task.id).where(workable(user)))
    named = [Fact.audience.contains(f"|{m.role}|", autoescape=True) for m in user.memberships]
    return or_(
        and_(Fact.case_id.in_(case_ids(user, CONTENT)), _heard(user, Fact)),
        and_(Fact.case_id.in_(case_ids(user)), or_(own, *named)),
    )


def _notes(user: User) -> ColumnElement[bool]:
    into_content = Note.case_id.in_(case_ids(user, CONTENT))
    own_agency = Note.agency_id.in_(agencies(user))
    return or_(
        and_(Note.author_id == user.id, Note.case_id.in_(case_ids(user))),
        and_(into_content, or_(own_agency, Note.shared_at.is_not(None))),
    )


def _entries(user: User) -> ColumnElement[bool]:
    return and_(
        Entry.case_id.in_(case_ids(user)),
        or_(
            Entry.user_id == user.id,
            and_(Entry.case_id.in_(case_ids(user, CONTENT)), _heard(user, Entry)),
        ),
    )


def _participants(user: User) -> ColumnElement[bool]:
    registrars = [m.agency_id for m in user.memberships if "open_case" in m.as_role.may]
    return or_(
        Participant.id.in_(select(Case.participant_id).where(_cases(user))),
        Participant.agency_id.in_(registrars),
    )


def _dates(user: User) -> ColumnElement[bool]:
    return ParticipantDate.participant_id.in_(select(Participant.id).where(_participants(user)))


def _waits(user: User) -> ColumnElement[bool]:
    own = _at_desk(Wait.agency_id, Wait.role, [*desks(user), *led_desks(user)])
    return or_(
        and_(Wait.case_id.in_(case_ids(user)), own),
        and_(Wait.case_id.in_(case_ids(user, CONTENT)), _heard(user, Wait)),
    )


VISIBLE: dict[type[Any], Callable[[User], ColumnElement[bool]]] = {
    Case: _cases,
    Task: _tasks,
    Answer: lambda user: Answer.task_id.in_(select(Task.id).where(_tasks(user))),
    File: lambda user: File.task_id.in_(
        select(Task.id).where(and_(workable(user), Task.case_id.in_(case_ids(user))))
    ),
    Fact: _facts,
    Note: _notes,
    Entry: _entries,
    Participant: _participants,
    ParticipantDate: _dates,
    Wait: _waits,
    Notice: lambda user: Notice.user_id == user.id,
}


# What a person reads who asks for what is not there, or not for them.
UNKNOWN: dict[type[Any], str] = {
    Case: N_("We cannot find that case."),
    Task: N_("We cannot find that task."),
    Note: N_("We cannot find that note."),
    Notice: N_("We cannot find that notice."),
    Participant: N_("We cannot find that participant."),
    File: N_("We cannot find that file."),
}


def fields(user: User, task: Task, form: forms.Form, author_id: uuid.UUID | None) -> frozenset[str]:
    """The keys of the questions of `form` whose answers `user` may read in `task`.

    The author and who asked for it read all of them; a question for some roles is read by those roles; a question of the agency by the
    agency; the rest by everyone who sees into the case.
    """
    if user.id in (author_id, task.asked_by):
        return frozenset(question.key for question in form.questions)
    at_desk = (task.agency_id, task.role) in desks(user) or (task.agency_id, task.role) in led_desks(user)
    return frozenset(
        question.key
        for question in form.questions
        if _may_read(user, task, audience(question.audience), at_desk)
    )


def _may_read(user: User, task: Task, audience: str, at_desk: bool) -> bool:
    if audience.startswith("|"):
        return any(f"|{m.role}|" in audience for m in user.memberships)
    return at_desk or audience == "case" or task.agency_id in agencies(user)


def audience(told: str | tuple[str, ...]) -> str:
    """An audience as the tables keep it: "case", "agency" or "|role|role|"."""
    return told if isinstance(told, str) else "|" + "|".join(told) + "|"


# ---- what may be done


def why_not(user: User, verb: str, thing: Any = None) -> str | None:
    """The first reason against it, in words for the user. None means go ahead."""
    return next(filter(None, (rule(user, verb, thing) for rule in RULES[verb])), None)


def check(user: User, verb: str, thing: Any = None) -> None:
    """Raises Refused with the reason against it, if there is one."""
    reason = why_not(user, verb, thing)
    if reason:
        raise Refused(reason)


def _role_carries_it(user: User, verb: str, _thing: Any) -> str | None:
    return None if may(user, verb) else N_("Your role does not do this. Ask the case coordinator.")


def _task_is_open(_user: User, _verb: str, task: Task) -> str | None:
    if task.status == "done":
        return N_("This task is already done.")
    return N_("This task is no longer needed.") if task.status == "withdrawn" else None


def _task_is_done(_user: User, _verb: str, task: Task) -> str | None:
    return None if task.status == "done" else N_("Only a task that is done can be corrected.")


def _task_is_mine(user: User, _verb: str, task: Task) -> str | None:
    led = (task.agency_id, task.role) in led_desks(user)
    return (
        None
        if task.owner_id == user.id or led
        else N_("You can give back only a task that you have taken on.")
    )


def _case_runs(_user: User, _verb: str, thing: Case | Task) -> str | None:
    return PAUSES.get(_case_of(thing).status)


def _case_is_open(_user: User, _verb: str, thing: Case | Task | Note) -> str | None:
    return N_("This case is closed.") if _case_of(thing).status == "closed" else None


def _case_is_paused(_user: User, _verb: str, case: Case) -> str | None:
    return None if case.status == "paused" else N_("This case is not paused.")


def _case_is_stuck(_user: User, _verb: str, case: Case) -> str | None:
    return None if case.status == "stuck" else N_("This case does not need repair.")


def _works_in_lane(user: User, _verb: str, task: Task) -> str | None:
    session = object_session(task)
    found = session.scalar(select(Task.id).where(Task.id == task.id, workable(user))) if session else None
    return None if found else N_("This task belongs to another role or agency.")


def _nobody_else_has_it(user: User, _verb: str, task: Task) -> str | None:
    if task.owner_id is None or task.owner_id == user.id:
        return None
    return N_("A colleague has taken on this task. Ask them to give it back, or assign it to yourself.")


def _sees_into_case(user: User, _verb: str, case: Case) -> str | None:
    session = object_session(case)
    enough = session is not None and level(session, user, case.id) >= CONTENT
    return None if enough else N_("You take part in single tasks of this case only.")


def _knows_case(user: User, _verb: str, case: Case) -> str | None:
    session = object_session(case)
    return (
        None if session is not None and level(session, user, case.id) else N_("You do not work on this case.")
    )


def _wrote_it(user: User, _verb: str, note: Note) -> str | None:
    return None if note.author_id == user.id else N_("Only the person who wrote a note can share it.")


def _case_of(thing: Any) -> Case:
    found: Case = thing if isinstance(thing, Case) else thing.case
    return found


PAUSES = {
    "paused": N_("This case is paused. Its tasks can be done when it goes on."),
    "stuck": N_("This case needs repair before it can go on. The coordinator has been told."),
    "closed": N_("This case is closed."),
}

RULES: dict[str, list[Callable[[User, str, Any], str | None]]] = {
    "open_case": [_role_carries_it],
    "register_participant": [_role_carries_it],
    "claim": [_task_is_open, _case_runs, _works_in_lane, _nobody_else_has_it],
    "give_back": [_task_is_open, _task_is_mine],
    "assign": [_task_is_open, _works_in_lane],
    "save_draft": [_task_is_open, _works_in_lane, _nobody_else_has_it],
    "complete": [_task_is_open, _case_runs, _works_in_lane, _nobody_else_has_it],
    "mark_done": [_task_is_open, _case_runs, _works_in_lane, _nobody_else_has_it],
    "correct": [_task_is_done, _case_is_open, _works_in_lane],
    "ask_colleague": [_case_is_open, _sees_into_case],
    "add_note": [_case_is_open, _knows_case],
    "share_note": [_case_is_open, _wrote_it],
    "record_date": [_role_carries_it],
    "send_message": [_role_carries_it, _case_runs, _sees_into_case],
    "pause": [_role_carries_it, _case_runs, _sees_into_case],
    "resume": [_role_carries_it, _case_is_paused, _sees_into_case],
    "close": [_role_carries_it, _case_is_open, _sees_into_case],
    "retry": [_role_carries_it, _case_is_stuck, _sees_into_case],
    "read_notice": [],
}
