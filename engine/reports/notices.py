"""A user's notices."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from engine import library, policy
from engine.models import Case, Meeting, Notice, RepairReport, Task, User
from engine.notices import KINDS
from engine.reports.lines import PROBLEMS
from engine.reports.repair import node_name
from engine.words import Sentence, say


@dataclass(frozen=True)
class NoticeLine:
    """One notice. `title` names the step that it is about, where it is about one and the reader may know it.

    `meeting_at`: when the meeting begins that it is about. `failure` says where a diagram failed and how, to who
    edits it.
    """

    id: uuid.UUID
    sentence: Sentence
    title: str | None
    failure: Sentence | None
    case_id: uuid.UUID | None
    case_number: str | None
    task_id: uuid.UUID | None
    meeting_id: uuid.UUID | None
    meeting_at: datetime | None
    made_at: datetime
    is_read: bool


def notices(db: Session, user: User, limit: int = 50) -> list[NoticeLine]:
    """The newest notices of `user`, newest first."""
    rows = db.execute(
        policy.visible(user, Notice)
        .add_columns(Case.number, Task.title, Meeting.starts_at)
        .select_from(Notice)
        .outerjoin(Case, (Case.id == Notice.case_id) & Case.id.in_(policy.case_ids(user)))
        .outerjoin(
            Task,
            (Task.id == Notice.task_id) & Task.id.in_(policy.visible(user, Task).with_only_columns(Task.id)),
        )
        # The day alone, also of a meeting at which its reader is not needed any more: they were asked for that day.
        .outerjoin(Meeting, Meeting.id == Notice.meeting_id)
        .options(joinedload(Notice.report))
        .order_by(Notice.made_at.desc())
        .limit(limit)
    )
    return [
        NoticeLine(
            id=notice.id,
            sentence=Sentence(KINDS[notice.kind]),
            title=title,
            failure=_failure(db, notice.report) if notice.report else None,
            case_id=notice.case_id if number else None,
            case_number=number,
            task_id=notice.task_id if number else None,
            meeting_id=notice.meeting_id,
            meeting_at=starts_at,
            made_at=notice.made_at,
            is_read=notice.read_at is not None,
        )
        for notice, number, title, starts_at in rows
    ]


def _failure(db: Session, report: RepairReport) -> Sentence:
    edition = library.edition(db, report.version_id)
    return say(
        "{pathway}, version {number}, at {step}: {problem}",
        pathway=Sentence(edition.name),
        number=edition.number,
        step=node_name(edition, report.pathway, report.step),
        problem=Sentence(PROBLEMS.get(report.code, PROBLEMS["internal"])),
    )


def unread(db: Session, user: User) -> int:
    return (
        db.scalar(
            select(func.count())
            .select_from(Notice)
            .where(Notice.user_id == user.id, Notice.read_at.is_(None))
        )
        or 0
    )
