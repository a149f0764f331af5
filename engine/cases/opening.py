"""Opens, pauses and closes cases, and tells them what has happened outside."""

import uuid
from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import agencies, clock, journal, library, policy, runner, waiting
from engine.cases.running import (
    Scene,
    follow,
    grant,
    hear_kept,
    hold_participant,
    lock_case,
    replan,
    state_of,
)
from engine.cases.talking import write_note
from engine.errors import Conflict, FieldProblem, Invalid
from engine.models import Agency, Case, CaseLane, Entry, Participant, Task, User, Version
from engine.words import N_, Sentence, say

# The people on both sides of the gate who may know of a case from its first day; everyone else learns of it when
# a step of theirs begins, and not before.
FIRST_TO_KNOW = ("prison", "coordinator")

# What a change of these dates means to a case that waits for the event.
EVENTS = {"released_on": "released.now", "release_on": "release.dateChanged"}

# An event that tells of a refusal is told to who may know of the agreement, and to nobody else who sees the case.
TOLD_TO = {"consent.withdrawn": policy.audience(("coordinator", "mentor_supervisor", "ngo"))}


def open_case(
    db: Session,
    user: User,
    *,
    pathway: str,
    participant_id: uuid.UUID,
    lanes: Mapping[str, uuid.UUID],
) -> Case:
    """Open a case for a participant on the current version of a pathway, and let it begin.

    `lanes` says which agency does each role's steps; a role left out goes to the only agency of the local action
    that has it. Raises Invalid with a problem for each role that nobody could do.
    """
    policy.check(user, "open_case")
    participant = policy.find(db, user, Participant, participant_id)
    policy.check(user, "open_case", participant)
    hold_participant(db, participant.id)
    version = library.current(db, pathway)
    edition = library.edition(db, version.id)
    local_action = participant.agency.local_action
    bound, problems = _bind(db, edition.roles, lanes, local_action.id)
    if problems:
        raise Invalid(problems)
    case = _new_case(db, participant, version, bound, user)
    scene = Scene.of(db, case)
    for desk in user.memberships:
        # Who opened a case knows of it, also where its pathway has no step for them.
        if "open_case" in desk.as_role.may and desk.agency.local_action_id == local_action.id:
            grant(scene, desk.agency_id, desk.role, user.id)
    follow(scene, user, runner.start(edition.plan, scene.context()))
    return case


def begin_case(
    db: Session, participant: Participant, version: Version, lanes: Mapping[str, uuid.UUID]
) -> Case | None:
    """Begin a case because its pathway begins with a message that came; the caller holds the participant.

    A role that nobody could do goes to whoever coordinates the case. None where nobody could do any.
    """
    edition = library.edition(db, version.id)
    bound, _ = _bind(db, edition.roles, lanes, participant.agency.local_action_id, strict=False)
    if not bound:
        return None
    case = _new_case(db, participant, version, bound, None)
    scene = Scene.of(db, case)
    follow(scene, None, runner.start(edition.plan, scene.context()))
    return case


def _new_case(
    db: Session, participant: Participant, version: Version, bound: Mapping[str, Agency], user: User | None
) -> Case:
    """A case that has not begun yet, with its lanes; those who may know of it from the first day do."""
    local_action = participant.agency.local_action
    number = journal.site(db)
    number.case_count += 1
    case = Case(
        id=uuid.uuid4(),
        number=f"TC-{number.case_count:05d}",
        participant_id=participant.id,
        version_id=version.id,
        local_action_id=local_action.id,
        status="open",
        state=b"",
        moves=0,
        opened_at=clock.now(),
        opened_by=user.id if user else None,
        moved_at=clock.now(),
        journal_count=0,
        journal_head="",
    )
    case.participant, case.local_action = participant, local_action
    db.add(case)
    db.flush()
    db.add_all(CaseLane(case_id=case.id, role=role, agency_id=agency.id) for role, agency in bound.items())
    db.flush()
    journal.note(
        db,
        user,
        "opened",
        case,
        case=case,
        agency_id=policy.agencies(user)[0] if user else participant.agency_id,
        codes={"pathway": version.pathway.key, "version": version.number},
    )
    scene = Scene.of(db, case)
    for role in FIRST_TO_KNOW:
        if role in bound:
            grant(scene, bound[role].id, role, None)
    return case


def pause_case(
    db: Session, user: User, case_id: uuid.UUID, *, reason: str, until: date | None = None
) -> Case:
    """Let a case rest: its tasks wait and its timers do not fire until it goes on.

    `until` is the day on which the coordinator is told to look again; only a person lets the case go on.
    """
    case = lock_case(db, user, case_id)
    policy.check(user, "pause", case)
    _demand(reason, "reason", N_("Enter why the case is paused."))
    if until and until <= clock.today(case.local_action.timezone):
        raise Invalid([FieldProblem("until", N_("Choose a day after today."))])
    case.status, case.paused_until = "paused", until
    _keep_reason(db, user, case, "paused", reason, until)
    look_again = agencies.calendar(db, case.local_action).start_of(until) if until else None
    waiting.wake_case(db, case, look_again)
    return case


def resume_case(db: Session, user: User, case_id: uuid.UUID) -> Case:
    """Let a paused case go on: it hears what happened meanwhile, due dates are counted anew, timers fire."""
    case = lock_case(db, user, case_id)
    policy.check(user, "resume", case)
    missed = _missed(db, case)
    case.status, case.paused_until = "open", None
    # Whatever its timers want of the worker follows; that somebody looks again is over.
    waiting.wake_case(db, case, None)
    journal.note(db, user, "resumed", case, case=case)
    for message in missed:
        deliver(db, user, case, message)
    replan(db, user, case)
    scene = Scene.of(db, case)
    hear_kept(scene, runner.waits(scene.edition.plan, state_of(db, case), scene.context()))
    return case


def _missed(db: Session, case: Case) -> list[str]:
    """The events that dates recorded since the case was paused would have been to it."""
    paused = (
        select(func.max(Entry.number))
        .where(Entry.case_id == case.id, Entry.verb == "paused")
        .scalar_subquery()
    )
    recorded = db.scalars(
        select(Entry)
        .where(Entry.case_id == case.id, Entry.verb == "recorded_date", Entry.number > paused)
        .order_by(Entry.number)
    )
    return list(dict.fromkeys(EVENTS[line.codes["key"]] for line in recorded if line.codes["key"] in EVENTS))


def close_case(db: Session, user: User, case_id: uuid.UUID, *, reason: str) -> Case:
    """End a case outside its diagram, for a reason: what is open is withdrawn, what was done stays."""
    case = lock_case(db, user, case_id)
    policy.check(user, "close", case)
    _demand(reason, "reason", N_("Enter why the case is closed."))
    now = clock.now()
    for task in db.scalars(select(Task).where(Task.case_id == case.id, Task.status == "open")):
        task.status, task.closed_at = "withdrawn", now
    case.status, case.closed_at, case.ended, case.stuck = "closed", now, "closed_by_hand", None
    _keep_reason(db, user, case, "closed", reason, None)
    db.flush()
    waiting.renew(db, case, [])
    waiting.wake_case(db, case, None)
    return case


def send_message(db: Session, user: User, case_id: uuid.UUID, message: str) -> Case:
    """Tell a case that something happened outside ("released.now"). Raises Conflict when it does not wait for it."""
    case = lock_case(db, user, case_id)
    policy.check(user, "send_message", case)
    if not deliver(db, user, case, message):
        raise Conflict("This case does not wait for that event now.")
    return case


def deliver(db: Session, user: User | None, case: Case, message: str, audience: str = "case") -> bool:
    """Hand a message to a case that the caller holds; whether it waited for it. `audience` is who may know of it."""
    scene = Scene.of(db, case)
    run = runner.deliver(scene.edition.plan, state_of(db, case), message, scene.context())
    if run.caught:
        # Written down before what follows from it, so that the journal reads in the order of cause and effect.
        journal.note(
            db,
            user,
            "message",
            case,
            case=case,
            audience=audience if audience != "case" else TOLD_TO.get(message, "case"),
            codes={"message": message},
        )
        follow(scene, user, run)
    return run.caught


def _bind(
    db: Session,
    roles: list[str],
    lanes: Mapping[str, uuid.UUID],
    local_action_id: uuid.UUID,
    *,
    strict: bool = True,
) -> tuple[dict[str, Agency], list[FieldProblem]]:
    """An agency for each role, and a problem for every role for which there is none.

    `strict`: an agency that was chosen and cannot do its role is a problem too, and none is taken in its place.
    """
    names = agencies.roles(db)
    bound: dict[str, Agency] = {}
    problems = []
    for role in roles:
        able = agencies.with_role(db, local_action_id, role)
        chosen = [agency for agency in able if agency.id == lanes.get(role)]
        if not chosen and (role not in lanes or not strict):
            chosen = able[:1]
        if chosen:
            bound[role] = chosen[0]
        else:
            name = names[role].name if role in names else role
            problems.append(
                FieldProblem(f"lane-{role}", say("Choose an agency for: {role}.", role=Sentence(name)))
            )
    return bound, problems


def _demand(text: str, field: str, sentence: str) -> None:
    if not text.strip():
        raise Invalid([FieldProblem(field, sentence)])


def _keep_reason(db: Session, user: User, case: Case, verb: str, reason: str, until: date | None) -> None:
    """The reason is free text: it is sealed as a note, and the journal holds the note's id only."""
    note = write_note(db, user, case, text=reason, happened_on=None, shared=True)
    codes = {"note": str(note.id), "until": until.isoformat() if until else None}
    journal.note(db, user, verb, case, case=case, codes=codes)
