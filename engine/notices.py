"""What we tell people; the worker sends it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from engine import clock, journal, policy
from engine.models import Case, Job, Meeting, Membership, Notice, RepairReport, Task, User
from engine.words import N_

# Editors are told of one fault of a diagram once in this time, however many cases it stops.
QUIET = timedelta(days=1)

# What the site says; a mail only says that there is something to read.
KINDS = {
    "task_for_you": N_("A task is waiting for you."),
    "asked": N_("A colleague asks you to do something."),
    "reply": N_("What you asked for has been done."),
    "handed_over": N_("A colleague has handed over a case to you."),
    "dates_moved": N_("A date has changed, and due dates of your tasks with it."),
    "withdrawn": N_("A task that you had taken on is no longer needed."),
    "pause_over": N_("The day has come to look at a paused case again."),
    "nudged": N_("A step is waiting for you. Somebody asks you to look at it."),
    "stuck": N_("A case needs repair."),
    "closed": N_("A case has been closed."),
    "editor_told": N_("A pathway that you can edit stopped a case."),
    "change_handed_in": N_("A change of a pathway waits for a second person to publish it."),
    "change_sent_back": N_("A change of a pathway that you prepared was sent back."),
    "change_published": N_("A change of a pathway that you prepared has been published."),
    "meeting_invited": N_("You are asked to a meeting."),
    "meeting_changed": N_("A meeting to which you are asked has changed."),
    "meeting_withdrawn": N_("You are not needed at a meeting any more to which you were asked."),
    "meeting_cancelled": N_("A meeting to which you were asked is cancelled."),
    "meeting_recorded": N_(
        "A meeting has been recorded. Read what was agreed, and whether something is yours to do."
    ),
    "meeting_reply": N_("Somebody asks for a correction of the minutes of a meeting."),
    "meeting_amended": N_("The minutes of a meeting were amended. Look at them again."),
    "meeting_answer": N_("A correction that you asked for has been answered."),
}


def tell(db: Session, user_id: uuid.UUID, kind: str, case: Case, task: Task | None = None) -> None:
    """Leave a notice for a user, and one mail without content. The user who acts is never told of the own act."""
    _leave(db, Notice(user_id=user_id, case_id=case.id, task_id=task.id if task else None, kind=kind))


def tell_of_meeting(db: Session, user_id: uuid.UUID, kind: str, meeting: Meeting) -> None:
    """The same about a meeting as a whole. Who has not read the last notice of that kind yet is not told again."""
    unread = select(Notice.id).where(
        Notice.user_id == user_id,
        Notice.meeting_id == meeting.id,
        Notice.kind == kind,
        Notice.read_at.is_(None),
    )
    if db.scalar(unread.limit(1)) is None:
        _leave(db, Notice(user_id=user_id, meeting_id=meeting.id, kind=kind))


def failure_told(db: Session, case: Case) -> RepairReport | None:
    """What editors were told lately about the place at which `case` is stuck; None where they were not."""
    stuck = case.stuck or {}
    return db.scalars(
        select(RepairReport)
        .where(
            RepairReport.version_id == case.version_id,
            RepairReport.pathway == stuck.get("pathway"),
            RepairReport.step == stuck.get("step"),
            RepairReport.made_at > clock.now() - QUIET,
        )
        .order_by(RepairReport.made_at.desc())
        .limit(1)
    ).first()


def tell_of_failure(db: Session, user_id: uuid.UUID, report: RepairReport) -> None:
    """The same to an editor about a diagram that failed: nothing of the case that it failed in."""
    _leave(db, Notice(user_id=user_id, report_id=report.id, kind="editor_told"))


def tell_of_change(db: Session, user_id: uuid.UUID, kind: str) -> None:
    """The same to an editor about a change of a pathway, which their list of pathways shows."""
    _leave(db, Notice(user_id=user_id, kind=kind))


def _leave(db: Session, notice: Notice) -> None:
    notice.id, notice.made_at = uuid.uuid4(), clock.now()
    db.add(notice)
    db.add(
        Job(
            kind="mail",
            payload={"notice": str(notice.id)},
            dedup_key=f"mail:{notice.id}",
            run_at=notice.made_at,
        )
    )


def about(task: Any) -> ColumnElement[bool]:
    """The unread notices that a task, or each of the table, waits for somebody, or that a colleague asks for it."""
    told = select(Membership.user_id).where(Membership.agency_id == task.agency_id)
    return and_(
        Notice.user_id.in_(told),
        Notice.read_at.is_(None),
        Notice.task_id == task.id,
        Notice.kind.in_(("task_for_you", "asked")),
    )


def settle(db: Session, task: Task) -> None:
    """Nobody has to read any more that a task waits for them, or that a colleague asks for it: it is done."""
    db.execute(
        update(Notice)
        .where(about(task))
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def read_all(db: Session, user: User) -> None:
    """Mark every notice of `user` as read."""
    db.execute(
        update(Notice).where(Notice.user_id == user.id, Notice.read_at.is_(None)).values(read_at=clock.now())
    )
    journal.note(db, user, "read_notices")


def read(db: Session, user: User, notice_id: uuid.UUID) -> Notice:
    """Mark one notice as read and return it. Raises NotFound."""
    notice = policy.find(db, user, Notice, notice_id)
    policy.check(user, "read_notice", notice)
    if notice.read_at is None:
        notice.read_at = clock.now()
        journal.note(db, user, "read_notice", notice)
    return notice


@dataclass(frozen=True)
class Letter:
    """What the worker must know to send the mail of a notice: no word of what it is about.

    `how` is the user's own choice. `due_at` is when the task is due that the notice is about, None where it is
    about none.
    """

    user_id: uuid.UUID
    address: str
    language: str
    how: str
    kind: str
    due_at: datetime | None


def letter(db: Session, notice_id: uuid.UUID) -> Letter | None:
    """The mail of a notice; None when the user has left, has read it or was told of it, or wants no mail."""
    found = db.execute(
        select(User, Notice, Task.due_at)
        .join(Notice, Notice.user_id == User.id)
        .outerjoin(Task, Task.id == Notice.task_id)
        .where(Notice.id == notice_id)
    ).first()
    if found is None:
        return None
    user, notice, due_at = found
    if not user.active or user.mail == "none" or notice.read_at is not None or notice.mailed_at is not None:
        return None
    return Letter(user.id, user.email, user.language or "en", user.mail, notice.kind, due_at)


def untold(db: Session, user_id: uuid.UUID) -> list[uuid.UUID]:
    """The notices of a user that are unread and of which no mail has told yet."""
    return list(
        db.scalars(
            select(Notice.id).where(
                Notice.user_id == user_id, Notice.read_at.is_(None), Notice.mailed_at.is_(None)
            )
        )
    )


def mark_told(db: Session, notice_ids: Iterable[uuid.UUID]) -> None:
    """Remember that a mail has told of these notices."""
    db.execute(
        update(Notice)
        .where(Notice.id.in_(list(notice_ids)))
        .values(mailed_at=clock.now())
        .execution_options(synchronize_session=False)
    )
