"""Whom a case waits for, work for the worker, and what people are told."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.models.base import Table, new_id
from engine.models.pathways import Version
from engine.models.places import Agency


class Wait(Table):
    """Whom or what an open case waits for, since when, until when. A row without `ended_at` is waiting now.

    `late_at` is when a task begins to wait too long: past its due date, or after two weeks where it has none.
    """

    __tablename__ = "waits"
    __table_args__ = (
        Index("ix_waits_case", "case_id", "ended_at"),
        # One thing is waited for once.
        Index(
            "ix_waits_now",
            "case_id",
            "run_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = new_id()
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    run_id: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    step: Mapped[str | None]
    pathway: Mapped[str | None]
    title: Mapped[str | None] = mapped_column(String(400))
    audience: Mapped[str] = mapped_column(String(200), default="case")
    role: Mapped[str | None] = mapped_column(String(40))
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agencies.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    late_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    agency: Mapped[Agency | None] = relationship()


class Job(Table):
    """Work for the worker: due at `run_at`, leased by the database's clock, done once.

    `state`: ready, leased, done, dead. `payload` holds ids only.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("state in ('ready','leased','done','dead')", name="state"),
        Index("ix_jobs_due", "state", "run_at"),
    )

    id: Mapped[uuid.UUID] = new_id()
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]]
    dedup_key: Mapped[str] = mapped_column(unique=True)
    run_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="ready")
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(Text)


class Notice(Table):
    """Something a user should know, shown in the site in full and sent by mail without its content."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_user", "user_id", "read_at", "made_at"),)

    id: Mapped[uuid.UUID] = new_id()
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id"))
    task_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("tasks.id"))
    meeting_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("meetings.id"))
    report_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("repair_reports.id"))
    kind: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    # When a mail told of it, by itself or counted in a daily one.
    mailed_at: Mapped[datetime | None]
    report: Mapped["RepairReport | None"] = relationship()


class RepairReport(Table):
    """What the editors of the pathways are told of a diagram that failed: where and how, nothing of any case."""

    __tablename__ = "repair_reports"
    __table_args__ = (Index("ix_repair_reports_version", "version_id", "pathway", "step", "made_at"),)

    id: Mapped[uuid.UUID] = new_id()
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("versions.id"))
    pathway: Mapped[str]
    step: Mapped[str]
    code: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    version: Mapped[Version] = relationship()
