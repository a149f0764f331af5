"""Reminds people of steps that wait, and asks why one waits."""

import uuid
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import agencies, clock, journal, notices, policy
from engine.cases.running import lock_case
from engine.cases.talking import ask_colleague
from engine.errors import Conflict
from engine.models import Notice, Task, User

# Who is reminded more often than once a day stops reading reminders.
BETWEEN = timedelta(days=1)
# In how many working days the reason is wanted: the step itself waits too long already.
TO_ANSWER = 2


def nudge(db: Session, user: User, task_id: uuid.UUID) -> Task:
    """Remind whoever has a step, or could take it on, that it waits.

    Raises Conflict when that was done within a day, or where nobody could be told; Refused, NotFound.
    """
    task = _hold(db, user, task_id)
    policy.check(user, "nudge", task)
    lately = select(Notice.id).where(
        Notice.task_id == task.id, Notice.kind == "nudged", Notice.made_at > clock.now() - BETWEEN
    )
    if db.scalar(lately.limit(1)) is not None:
        raise Conflict("Somebody has already been reminded of this step today. Call, or ask for a reason.")
    owner = [task.owner] if task.owner and task.owner.active else []
    told = owner or agencies.takers(db, task.agency_id, task.role)
    if not told:
        raise Conflict("Nobody at that desk could be told. Call the agency.")
    for colleague in told:
        notices.tell(db, colleague.id, "nudged", task.case, task)
    journal.note(
        db,
        user,
        "nudged",
        task,
        case=task.case,
        agency_id=task.agency_id,
        audience=task.audience,
        codes={"step": task.step},
    )
    return task


def ask_reason(db: Session, user: User, task_id: uuid.UUID, text: str) -> Task:
    """Ask the desk of a step, in the words `text`, why it waits; the answer comes as a reply.

    The new task is returned. Raises Conflict where the desk was asked already and has not answered, Refused, NotFound.
    """
    task = _hold(db, user, task_id)
    policy.check(user, "ask_reason", task)
    asked = select(Task.id).where(
        Task.case_id == task.case_id,
        Task.kind == "request",
        Task.status == "open",
        Task.asked_by == user.id,
        Task.agency_id == task.agency_id,
        Task.role == task.role,
    )
    if db.scalar(asked.limit(1)) is not None:
        raise Conflict("You have already asked this desk, and it has not answered yet. Call, or remind it.")
    calendar = agencies.calendar(db, task.case.local_action, task.agency_id)
    due_on = calendar.add_working(calendar.day_of(clock.now()), TO_ANSWER)
    return ask_colleague(
        db, user, task.case_id, agency_id=task.agency_id, role=task.role, text=text, due_on=due_on
    )


def _hold(db: Session, user: User, task_id: uuid.UUID) -> Task:
    """The task as it is now, its case held by this transaction. Raises NotFound."""
    task = policy.find(db, user, Task, task_id)
    task.case = lock_case(db, user, task.case_id)
    db.refresh(task, ["status", "owner_id"])
    return task
