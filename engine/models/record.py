"""The record: the journal, the installation, what was uploaded and sent."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.models.base import Table, new_id
from engine.models.keys import Key
from engine.models.places import Agency, User


class Entry(Table):
    """One line of the journal: who did what to which thing, by ids and codes only, chained to the line before."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        Index("ix_journal_case", "case_id", "at", "number"),
    )

    id: Mapped[uuid.UUID] = new_id()
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agencies.id"))
    verb: Mapped[str] = mapped_column(String(60))
    thing: Mapped[str | None] = mapped_column(String(40))
    thing_id: Mapped[str | None] = mapped_column(String(60))
    audience: Mapped[str] = mapped_column(String(200))
    codes: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))
    user: Mapped[User | None] = relationship()
    agency: Mapped[Agency | None] = relationship()


class Site(Table):
    """The one row of the installation: the head of the journal of everything that belongs to no case."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    journal_count: Mapped[int] = mapped_column(default=0)
    journal_head: Mapped[str] = mapped_column(String(64), default="")
    case_count: Mapped[int] = mapped_column(default=0)


class Upload(Table):
    """A file that waits for its sender's word, its content sealed; it goes at `until`, and its key with it."""

    __tablename__ = "uploads"

    id: Mapped[uuid.UUID] = new_id()
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("keys.id"))
    content: Mapped[bytes]
    until: Mapped[datetime]
    key: Mapped[Key] = relationship(lazy="joined")


class Submission(Table):
    """A form that was sent once: the key it carried, and where its sender was led."""

    __tablename__ = "submissions"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    digest: Mapped[str] = mapped_column(String(64))
    location: Mapped[str | None] = mapped_column(String(400))
    at: Mapped[datetime]
