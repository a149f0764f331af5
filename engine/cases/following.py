"""Cases that follow what changes around them: the days and parameters of their local action, and who works there."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import journal, notices
from engine.cases.running import Scene, grant, hold_participant, owner_for, replan
from engine.models import Case, Task, User


def open_in(db: Session, local_action_id: uuid.UUID) -> list[uuid.UUID]:
    """The cases of a local action that are not closed, for the worker."""
    return list(
        db.scalars(
            select(Case.id)
            .where(Case.local_action_id == local_action_id, Case.status != "closed")
            .order_by(Case.number)
        )
    )


def replan_case(db: Session, case_id: uuid.UUID) -> None:
    """Plan one case anew for the worker, because days or parameters of its local action have changed."""
    participant_id = db.scalar(select(Case.participant_id).where(Case.id == case_id))
    if participant_id is None:
        return
    hold_participant(db, participant_id)
    replan(db, None, db.scalars(select(Case).where(Case.id == case_id).with_for_update(of=Case)).one())


def hand_back(db: Session, user: User, case: Case, tasks: Sequence[Task]) -> None:
    """Give open tasks of a case that somebody can no longer do back to their teams.

    What only its owner sees goes to whoever would have been given it at first, so that somebody has it.
    """
    scene = Scene.of(db, case)
    for task in tasks:
        task.owner_id = owner_for(scene, task.role, task.agency)
        grant(scene, task.agency_id, task.role, task.owner_id)
        if task.owner_id:
            notices.tell(db, task.owner_id, "task_for_you", case, task)
        journal.note(
            db,
            user,
            "gave_back",
            task,
            case=case,
            agency_id=task.agency_id,
            audience=task.audience,
            codes={"step": task.step},
        )


def coordinated_by(db: Session, user_id: uuid.UUID) -> list[Case]:
    """The running cases that somebody coordinates, held by this transaction."""
    return list(
        db.scalars(
            select(Case)
            .where(Case.coordinator_id == user_id, Case.status != "closed")
            .order_by(Case.id)
            .with_for_update(of=Case)
        )
    )


def end_coordination(db: Session, user: User, case: Case) -> None:
    """Nobody coordinates the case by name until the team names somebody again."""
    case.coordinator_id = None
    journal.note(db, user, "ended_coordination", case, case=case)
