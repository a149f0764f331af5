"""Whom a case is for, and what is dated about them."""

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.models.base import Table, new_id
from engine.models.keys import Key
from engine.models.places import Agency, User


class Participant(Table):
    __tablename__ = "participants"

    id: Mapped[uuid.UUID] = new_id()
    key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("keys.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    name: Mapped[bytes]
    details: Mapped[bytes]
    # Keyed hashes for search by exact name or number: they tell nothing without the index key.
    name_index: Mapped[str] = mapped_column(String(64), index=True)
    number_index: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime]
    key: Mapped[Key] = relationship(lazy="joined")
    agency: Mapped[Agency] = relationship()


class ParticipantDate(Table):
    """A dated fact of a participant, with who said it. The newest undisputed row of a key holds."""

    __tablename__ = "participant_dates"
    __table_args__ = (Index("ix_participant_dates_current", "participant_id", "key", "superseded_at"),)

    id: Mapped[uuid.UUID] = new_id()
    participant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("participants.id"))
    key: Mapped[str] = mapped_column(String(60))
    on: Mapped[date | None]
    sure: Mapped[str] = mapped_column(String(20))
    source: Mapped[bytes]
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agencies.id"))
    recorded_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    user: Mapped[User | None] = relationship()
    agency: Mapped[Agency | None] = relationship()
