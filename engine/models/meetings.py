"""Meetings about several cases, and their minutes."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.models.base import Table, new_id
from engine.models.cases import Case
from engine.models.places import Agency, LocalAction, User


class Meeting(Table):
    """A conference about several cases of a local action. `agency_id` and `role` are the desk that convenes it.

    `status`: preparing (nobody else knows of it), invited, recorded, cancelled. `saves` counts the changes to
    everything that is not about one case. `place` is short and says nothing about a person.
    """

    __tablename__ = "meetings"
    __table_args__ = (
        CheckConstraint("status in ('preparing','invited','recorded','cancelled')", name="status"),
        Index("ix_meetings_starts", "starts_at", "id"),
        Index("ix_meetings_agency", "agency_id", "role"),
    )

    id: Mapped[uuid.UUID] = new_id()
    local_action_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("local_actions.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"))
    role: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20), default="preparing")
    starts_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(120))
    mode: Mapped[str] = mapped_column(String(20))
    silence_days: Mapped[int] = mapped_column(default=5)
    statement_read: Mapped[bool] = mapped_column(default=False)
    follows_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("meetings.id"))
    saves: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    made_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    local_action: Mapped[LocalAction] = relationship(lazy="joined")
    agency: Mapped[Agency] = relationship(lazy="joined")
    desks: Mapped[list["MeetingDesk"]] = relationship(back_populates="meeting", lazy="selectin")


class MeetingDesk(Table):
    """Who is asked to a meeting: a role of an agency, the convening one too.

    `reply`: null, accept, substitute, written, not_concerned. `people`: the ids of the users who were there.
    """

    __tablename__ = "meeting_desks"
    __table_args__ = (
        UniqueConstraint("meeting_id", "agency_id", "role"),
        Index("ix_meeting_desks_agency", "agency_id", "role", "meeting_id"),
    )

    id: Mapped[uuid.UUID] = new_id()
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meetings.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"))
    role: Mapped[str] = mapped_column(String(40))
    reply: Mapped[str | None] = mapped_column(String(20))
    replied_at: Mapped[datetime | None]
    replied_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    told_at: Mapped[datetime | None]
    attended: Mapped[bool] = mapped_column(default=False)
    people: Mapped[list[Any]] = mapped_column(default=list)
    meeting: Mapped[Meeting] = relationship(back_populates="desks")
    agency: Mapped[Agency] = relationship(lazy="joined")


class MeetingCase(Table):
    """A case on the agenda. `question` is sealed; so is `draft`, what was typed so far into its part of the record.

    `status`: open, recorded, not_discussed. `saves` counts the changes to the draft.
    """

    __tablename__ = "meeting_cases"
    __table_args__ = (
        CheckConstraint("status in ('open','recorded','not_discussed')", name="status"),
        UniqueConstraint("meeting_id", "position"),
        UniqueConstraint("meeting_id", "case_id"),
        Index("ix_meeting_cases_case", "case_id"),
    )

    id: Mapped[uuid.UUID] = new_id()
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meetings.id"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    position: Mapped[int]
    question: Mapped[bytes | None]
    draft: Mapped[bytes | None]
    saves: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(String(20), default="open")
    meeting: Mapped[Meeting] = relationship()
    case: Mapped[Case] = relationship()


class MeetingCaseDesk(Table):
    """A desk is asked to a meeting for this case, with the sealed reason; `told`: it also reads the question.

    `took_part`: it was there when the case was discussed.
    """

    __tablename__ = "meeting_case_desks"
    __table_args__ = (
        UniqueConstraint("item_id", "agency_id", "role"),
        Index("ix_meeting_case_desks_agency", "agency_id", "role", "item_id"),
    )

    id: Mapped[uuid.UUID] = new_id()
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting_cases.id"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"))
    role: Mapped[str] = mapped_column(String(40))
    reason: Mapped[bytes]
    told: Mapped[bool] = mapped_column(default=False)
    took_part: Mapped[bool] = mapped_column(default=False)
    agency: Mapped[Agency] = relationship(lazy="joined")


class Minutes(Table):
    """What a meeting recorded of one case, sealed; an amendment adds the next number and keeps the old."""

    __tablename__ = "minutes"
    __table_args__ = (UniqueConstraint("item_id", "number"),)

    id: Mapped[uuid.UUID] = new_id()
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting_cases.id"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    content: Mapped[bytes]
    written_at: Mapped[datetime]
    written_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    item: Mapped[MeetingCase] = relationship()
    author: Mapped[User] = relationship()


class MinutesReply(Table):
    """A desk confirms minutes, or asks for a correction. `kind`: confirmed, correction.

    `answer`: null, amended, unchanged; `answer_text` says why nothing was changed.
    """

    __tablename__ = "minutes_replies"
    __table_args__ = (UniqueConstraint("minutes_id", "agency_id", "role"),)

    id: Mapped[uuid.UUID] = new_id()
    minutes_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("minutes.id"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"))
    role: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[bytes | None]
    at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(String(20))
    answer_text: Mapped[bytes | None]
    answered_at: Mapped[datetime | None]
    minutes: Mapped[Minutes] = relationship()
    agency: Mapped[Agency] = relationship(lazy="joined")
