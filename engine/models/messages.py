"""What cases send to each other."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Table, new_id


class Message(Table):
    """A message that a case sent and that nothing in it waited for, kept until a case of its participant hears it.

    `move` is how often the case had moved by then, and `place` which of the messages of that move it is: none is ever
    kept twice. `audience` is who may know of it. `heard_at` is set once, by whoever delivers it.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("case_id", "move", "place"),
        Index(
            "ix_messages_kept",
            "participant_id",
            "name",
            sqlite_where=text("heard_at IS NULL"),
            postgresql_where=text("heard_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = new_id()
    participant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("participants.id"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    move: Mapped[int]
    place: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    audience: Mapped[str] = mapped_column(String(200))
    sent_at: Mapped[datetime]
    heard_at: Mapped[datetime | None]
