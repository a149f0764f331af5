"""Lets a case that its diagram stopped go on again: tried anew, decided by hand, or told to who edits the pathway."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import agencies, clock, journal, library, notices, policy, runner
from engine.cases.running import lock_case, move
from engine.cases.talking import LONGEST, write_note
from engine.errors import Conflict, FieldProblem, Invalid
from engine.models import Case, RepairReport, User, Version
from engine.words import N_


def retry_case(db: Session, user: User, case_id: uuid.UUID) -> Case:
    """Try the step again at which a case needed repair, with the facts as they are now."""
    case = lock_case(db, user, case_id)
    policy.check(user, "retry", case)
    journal.note(db, user, "retried", case, case=case)
    move(db, case, user, runner.retry)
    return case


def move_on(
    db: Session, user: User, case_id: uuid.UUID, *, step: str, reason: str, flow: str | None = None
) -> Case:
    """Decide by hand, for a reason, what the diagram could not decide at `step`.

    `flow` is the id of the arrow to take, where there are arrows to choose from; an event happens now, and a step
    for a list that is missing is skipped. Raises Invalid with every problem, Conflict where the case is stuck
    somewhere else by now, Refused where nobody can decide.
    """
    case = lock_case(db, user, case_id)
    policy.check(user, "move_on", case)
    stuck = case.stuck or {}
    if stuck["step"] != step:
        raise Conflict("This case stopped at another step meanwhile. Look at it again.")
    _demand(db, case, reason, flow)
    note = write_note(db, user, case, text=reason, happened_on=None, shared=True)
    way = runner.Way(step, stuck["pathway"], flow if stuck["remedy"] == "choose" else None)
    codes = {"step": way.step, "pathway": way.pathway, "flow": way.flow, "note": str(note.id)}
    journal.note(db, user, "moved_on", case, case=case, codes=codes)
    move(db, case, user, lambda plan, state, context: runner.move_on(plan, state, context, way))
    return case


def _demand(db: Session, case: Case, reason: str, flow: str | None) -> None:
    stuck, problems = case.stuck or {}, []
    node = library.edition(db, case.version_id).node(stuck["pathway"], stuck["step"])
    if stuck["remedy"] == "choose" and flow not in node.outgoing:
        problems.append(FieldProblem("flow", N_("Choose how the case goes on.")))
    if not reason.strip():
        problems.append(FieldProblem("reason", N_("Enter why you decide this by hand.")))
    elif len(reason) > LONGEST:
        problems.append(FieldProblem("reason", N_("Shorten the reason to 20,000 characters.")))
    if problems:
        raise Invalid(problems)


def tell_editor(db: Session, user: User, case_id: uuid.UUID) -> RepairReport:
    """Tell everybody who edits pathways where a diagram failed, and nothing of the case.

    Raises Conflict where they were told of it within a day already, or where there is nobody to tell.
    """
    case = lock_case(db, user, case_id)
    policy.check(user, "tell_editor", case)
    stuck = case.stuck or {}
    # Held, so that two cases that the same fault stops do not tell of it at the same moment.
    db.execute(select(Version.id).where(Version.id == case.version_id).with_for_update())
    if notices.failure_told(db, case) is not None:
        raise Conflict("Whoever edits the pathway has been told of this within the last day.")
    editors = agencies.users_who_may(db, "edit_pathways")
    if not editors:
        raise Conflict("Nobody edits pathways here yet. Ask the administrator for somebody who does.")
    report = RepairReport(
        id=uuid.uuid4(),
        version_id=case.version_id,
        pathway=stuck["pathway"],
        step=stuck["step"],
        code=stuck["code"],
        made_at=clock.now(),
    )
    db.add(report)
    db.flush()
    for editor in editors:
        notices.tell_of_failure(db, editor.id, report)
    journal.note(db, user, "told_editor", case, case=case, codes={"report": str(report.id)})
    return report
