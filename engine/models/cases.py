"""Cases, their steps, and everything that was answered and written down in them."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.models.base import Table, new_id
from engine.models.participants import Participant
from engine.models.pathways import Version
from engine.models.places import Agency, LocalAction, User


class Case(Table):
    """One participant's way along one version of a pathway.

    `status`: open, paused, stuck, follow_up, closed. `state` is the run's own state, sealed. `moves` counts every
    change: a write that read an older count is refused. The journal's head stands here, so that adding an entry
    locks nothing but the case.
    """

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint("status in ('open','paused','stuck','follow_up','closed')", name="status"),
        Index("ix_cases_status", "status", "opened_at"),
    )

    id: Mapped[uuid.UUID] = new_id()
    number: Mapped[str] = mapped_column(String(20), unique=True)
    participant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("participants.id"), index=True)
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("versions.id"), index=True)
    local_action_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("local_actions.id"))
    coordinator_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    stuck: Mapped[dict[str, Any] | None]
    state: Mapped[bytes]
    moves: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    opened_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]
    ended: Mapped[str | None]
    paused_until: Mapped[date | None]
    # Projections for lists: when the case last moved, and the last day on which somebody met or spoke with the
    # participant. A contact that did not take place leaves no trace here.
    moved_at: Mapped[datetime]
    contact_on: Mapped[date | None]
    journal_count: Mapped[int] = mapped_column(default=0)
    journal_head: Mapped[str] = mapped_column(String(64), default="")
    participant: Mapped[Participant] = relationship(lazy="joined")
    version: Mapped[Version] = relationship()
    local_action: Mapped[LocalAction] = relationship(lazy="joined")
    coordinator: Mapped[User | None] = relationship(foreign_keys=coordinator_id)
    lanes: Mapped[list["CaseLane"]] = relationship(back_populates="case")

    __mapper_args__ = {"version_id_col": moves}  # noqa: RUF012 (SQLAlchemy reads it from the class)


class CaseLane(Table):
    """Which agency does a role's steps in this case, and who there, where somebody is named for them."""

    __tablename__ = "case_lanes"
    __table_args__ = (UniqueConstraint("case_id", "role"),)

    id: Mapped[uuid.UUID] = new_id()
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    role: Mapped[str] = mapped_column(String(40))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    case: Mapped[Case] = relationship(back_populates="lanes")
    agency: Mapped[Agency] = relationship(lazy="joined")


class CaseAccess(Table):
    """An agency's role knows of this case, since a step of it was theirs. With `user_id`: this one user only."""

    __tablename__ = "case_access"
    __table_args__ = (
        UniqueConstraint("case_id", "agency_id", "role", "user_id"),
        Index("ix_case_access_agency", "agency_id", "role", "case_id"),
        Index("ix_case_access_user", "user_id", "case_id"),
    )

    id: Mapped[uuid.UUID] = new_id()
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"))
    role: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    level: Mapped[int]
    since: Mapped[datetime]
    agency: Mapped[Agency] = relationship(lazy="joined")


class Task(Table):
    """A step that waits, or waited, for a person.

    `status`: open, done, withdrawn. `kind`: step (the diagram's) or request (a colleague asked for it). `press_at` is
    the latest safe start, what lists are sorted by. `audience` says who may know the step's name beside the
    agency that does it. `title` is null for a request: its words are sealed in `request`.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("status in ('open','done','withdrawn')", name="status"),
        Index("ix_tasks_lane", "agency_id", "role", "status", "press_at", "id"),
        Index("ix_tasks_owner", "owner_id", "status", "press_at", "id"),
        Index("ix_tasks_owner_case", "owner_id", "case_id"),
        Index("ix_tasks_step", "case_id", "step", "status"),
        Index("ix_tasks_case", "case_id", "status", "closed_at"),
    )

    id: Mapped[uuid.UUID] = new_id()
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    run_id: Mapped[str | None] = mapped_column(String(40))
    pathway: Mapped[str | None]
    step: Mapped[str | None]
    kind: Mapped[str] = mapped_column(String(20), default="step")
    title: Mapped[str | None] = mapped_column(String(400))
    form: Mapped[str | None]
    request: Mapped[bytes | None]
    role: Mapped[str] = mapped_column(String(40))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"))
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    asked_by_agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agencies.id"))
    audience: Mapped[str] = mapped_column(String(200), default="case")
    status: Mapped[str] = mapped_column(String(20), default="open")
    opened_at: Mapped[datetime]
    starts_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    press_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    happened_on: Mapped[date | None]
    contact_on: Mapped[date | None]
    closed_as: Mapped[str | None] = mapped_column(String(20))
    case: Mapped[Case] = relationship()
    agency: Mapped[Agency] = relationship(foreign_keys=agency_id)
    owner: Mapped[User | None] = relationship(foreign_keys=owner_id)
    closer: Mapped[User | None] = relationship(foreign_keys=closed_by)
    asker: Mapped[User | None] = relationship(foreign_keys=asked_by)
    answers: Mapped[list["Answer"]] = relationship(back_populates="task", order_by="Answer.number")


class Answer(Table):
    """What was answered to a task's form; a correction adds the next number and keeps the old.

    `values` is sealed JSON {question key: value}; `happened_at` is when it happened, `entered_at` when it was entered.
    """

    __tablename__ = "answers"
    __table_args__ = (UniqueConstraint("task_id", "number"),)

    id: Mapped[uuid.UUID] = new_id()
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id"))
    number: Mapped[int]
    values: Mapped[bytes]
    reason: Mapped[bytes | None]
    interpreter: Mapped[str | None] = mapped_column(String(60))
    happened_on: Mapped[date]
    entered_at: Mapped[datetime]
    entered_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    task: Mapped[Task] = relationship(back_populates="answers")
    author: Mapped[User] = relationship()


class Draft(Table):
    """What a user has typed so far into a task's form, sealed raw answers."""

    __tablename__ = "drafts"

    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    raw: Mapped[bytes]
    saved_at: Mapped[datetime]


class File(Table):
    """A file handed in with an answer, name and bytes sealed."""

    __tablename__ = "files"

    id: Mapped[uuid.UUID] = new_id()
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tasks.id"), index=True)
    question: Mapped[str]
    name: Mapped[bytes]
    type: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes]
    added_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[datetime]


class Fact(Table):
    """An answer that the diagram may read, sealed; at most one row of a key in a case is not superseded."""

    __tablename__ = "facts"
    __table_args__ = (
        Index(
            "ix_facts_current",
            "case_id",
            "key",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = new_id()
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    key: Mapped[str] = mapped_column(String(60))
    value: Mapped[bytes]
    task_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("tasks.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"))
    audience: Mapped[str] = mapped_column(String(200))
    recorded_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    task: Mapped[Task | None] = relationship()
    user: Mapped[User | None] = relationship()
    agency: Mapped[Agency] = relationship()


class Note(Table):
    """What a worker writes down about a case: the agency's own until it is shared with everyone in the case."""

    __tablename__ = "notes"
    __table_args__ = (
        Index("ix_notes_case", "case_id", "written_at"),
        Index("ix_notes_author", "author_id", "case_id", "happened_on"),
    )

    id: Mapped[uuid.UUID] = new_id()
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    text: Mapped[bytes]
    happened_on: Mapped[date]
    written_at: Mapped[datetime]
    shared_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship()
    author: Mapped[User] = relationship()
    agency: Mapped[Agency] = relationship()
