"""What one colleague hands over to the next."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.models.base import Table, new_id
from engine.models.cases import Case
from engine.models.places import Agency, User


class Handover(Table):
    """A case passed from one colleague to another of the same agency, with what the successor must know.

    `note` is sealed JSON {"promises", "works", "avoid", "open": text, "introduced": bool}. `passed_on_at`: the
    successor has handed it over in turn. `given_by` is who did it: the giver, or who leads the giver's role.
    """

    __tablename__ = "handovers"
    __table_args__ = (
        Index("ix_handovers_case", "case_id", "handed_at"),
        Index("ix_handovers_taker", "taker_id", "passed_on_at", "case_id"),
    )

    id: Mapped[uuid.UUID] = new_id()
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"))
    giver_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    taker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    given_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[bytes]
    handed_at: Mapped[datetime]
    passed_on_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship()
    agency: Mapped[Agency] = relationship()
    giver: Mapped[User] = relationship(foreign_keys=giver_id)
    taker: Mapped[User] = relationship(foreign_keys=taker_id)
