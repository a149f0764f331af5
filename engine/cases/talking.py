"""Notes, and asking a colleague in any agency for something that no diagram foresaw."""

import uuid
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import agencies, clock, journal, notices, policy, vault, waiting
from engine.cases.ledger import refresh_waits
from engine.cases.running import Scene, grant, lock_case
from engine.errors import FieldProblem, Invalid
from engine.models import Agency, Case, CaseAccess, Note, Task, User
from engine.words import N_

LONGEST = 20_000


def add_note(
    db: Session,
    user: User,
    case_id: uuid.UUID,
    *,
    text: str,
    happened_on: date | None = None,
    shared: bool = False,
) -> Note:
    """Write a note in a case: the own agency's, unless it is `shared` with everyone who sees into the case."""
    case = lock_case(db, user, case_id)
    policy.check(user, "add_note", case)
    note = write_note(db, user, case, text=text, happened_on=happened_on, shared=shared)
    journal.note(
        db, user, "noted", note, case=case, agency_id=note.agency_id, audience="case" if shared else "agency"
    )
    return note


def write_note(
    db: Session, user: User, case: Case, *, text: str, happened_on: date | None, shared: bool
) -> Note:
    """A note without an entry of its own in the journal. Raises Invalid with every problem."""
    today = clock.today(case.local_action.timezone)
    problems = []
    if not text.strip():
        problems.append(FieldProblem("text", N_("Enter the note.")))
    elif len(text) > LONGEST:
        problems.append(FieldProblem("text", N_("Shorten the note to 20,000 characters.")))
    if happened_on and happened_on > today:
        problems.append(
            FieldProblem("happened_on", N_("The day on which it happened cannot lie in the future."))
        )
    if problems:
        raise Invalid(problems)
    now = clock.now()
    note = Note(
        id=uuid.uuid4(),
        case_id=case.id,
        agency_id=agency_in(db, user, case),
        author_id=user.id,
        text=vault.seal(db, case.participant.key, "notes.text", text.strip()),
        happened_on=happened_on or today,
        written_at=now,
        shared_at=now if shared else None,
    )
    db.add(note)
    return note


def share_note(db: Session, user: User, note_id: uuid.UUID) -> Note:
    """Let everyone who sees into the case read a note of one's own from now on."""
    note = policy.find(db, user, Note, note_id)
    case = lock_case(db, user, note.case_id)
    policy.check(user, "share_note", note)
    if note.shared_at is None:
        note.shared_at = clock.now()
        journal.note(db, user, "shared_note", note, case=case, agency_id=note.agency_id)
    return note


def ask_colleague(
    db: Session,
    user: User,
    case_id: uuid.UUID,
    *,
    agency_id: uuid.UUID,
    role: str,
    text: str,
    due_on: date | None = None,
) -> Task:
    """Ask a role in any agency of the local action for something; it becomes a task there, answered with a reply.

    The agency learns that the case exists and what is asked, nothing else.
    """
    case = lock_case(db, user, case_id)
    policy.check(user, "ask_colleague", case)
    agency = db.scalar(
        select(Agency).where(Agency.id == agency_id, Agency.local_action_id == case.local_action_id)
    )
    problems = []
    takers = agencies.takers(db, agency.id, role) if agency is not None else []
    if not takers:
        problems.append(FieldProblem("desk", N_("Choose whom to ask.")))
    if not text.strip():
        problems.append(FieldProblem("text", N_("Enter what you ask for.")))
    if due_on and due_on < clock.today(case.local_action.timezone):
        problems.append(FieldProblem("due_on", N_("Choose today or a later day.")))
    if problems or agency is None:
        raise Invalid(problems)
    scene = Scene.of(db, case)
    task = open_request(scene, user, agency, role, text=text, due_on=due_on)
    for colleague in takers:
        if colleague.id != user.id:
            notices.tell(db, colleague.id, "asked", case, task)
    refresh_waits(scene)
    return task


def open_request(
    scene: Scene,
    user: User,
    agency: Agency,
    role: str,
    *,
    text: str,
    due_on: date | None,
    owner_id: uuid.UUID | None = None,
) -> Task:
    """The task of what `user` asks a desk for, in the journal too. Telling people and `refresh_waits` come after."""
    db, case = scene.db, scene.case
    due_at = scene.calendar.end_of(due_on) if due_on else None
    now = clock.now()
    task_id = uuid.uuid4()
    task = Task(
        id=task_id,
        case_id=case.id,
        run_id=str(task_id),
        kind="request",
        request=vault.seal(db, case.participant.key, "tasks.request", text.strip()),
        role=role,
        agency_id=agency.id,
        owner_id=owner_id,
        asked_by=user.id,
        asked_by_agency_id=agency_in(db, user, case),
        audience="agency",
        opened_at=now,
        due_at=due_at,
        press_at=due_at or now + waiting.UNHURRIED,
    )
    task.case, task.agency = case, agency
    db.add(task)
    grant(scene, agency.id, role, owner_id, at_most=policy.EXISTS)
    db.flush()
    journal.note(
        db, user, "asked", task, case=case, agency_id=agency.id, audience="agency", codes={"role": role}
    )
    db.flush()
    return task


def agency_in(db: Session, user: User, case: Case) -> uuid.UUID:
    """The agency for which `user` acts in a case: the one that knows of it, if the user works in several."""
    own = policy.agencies(user)
    known = db.scalar(
        select(CaseAccess.agency_id)
        .where(CaseAccess.case_id == case.id, CaseAccess.agency_id.in_(own))
        .limit(1)
    )
    return known or own[0]
