"""Who works here: local actions, agencies, people and their roles."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.models.base import Table, new_id
from engine.models.keys import Key


class LocalAction(Table):
    """A municipality's or region's own set-up: its agencies, its calendar.

    `parameters` holds the durations that it has set for itself, {key: number}; the others are at their defaults.
    `calendar_mark` is another after each change of its closed days: what was read of them holds as long as it does.
    """

    __tablename__ = "local_actions"

    id: Mapped[uuid.UUID] = new_id()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    country: Mapped[str] = mapped_column(String(2))
    region: Mapped[str | None]
    timezone: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    calendar_mark: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4)


class Agency(Table):
    """An organisation with its people. `role_owners`: who gets the new tasks of a role there, {role: user id}.

    `second_step`: whoever works here signs in with more than a password.
    """

    __tablename__ = "agencies"

    id: Mapped[uuid.UUID] = new_id()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    local_action_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("local_actions.id"), index=True)
    phone: Mapped[str | None]
    second_step: Mapped[bool] = mapped_column(default=False, server_default=false())
    default_owner_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("users.id", use_alter=True, name="fk_agencies_default_owner_id")
    )
    # JSONB on PostgreSQL: plain JSON cannot be compared there, and agencies are selected as distinct rows.
    role_owners: Mapped[dict[str, Any]] = mapped_column(
        JSON().with_variant(JSONB(), "postgresql"), default=dict, server_default="{}"
    )
    local_action: Mapped[LocalAction] = relationship(lazy="joined")
    default_owner: Mapped["User | None"] = relationship(foreign_keys=default_owner_id)


class ClosedDay(Table):
    """A day on which a local action, or one agency of it, does not work, beside its public holidays."""

    __tablename__ = "closed_days"

    id: Mapped[uuid.UUID] = new_id()
    local_action_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("local_actions.id"), index=True)
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agencies.id"))
    on: Mapped[date]
    name: Mapped[str]


class ParameterChange(Table):
    """A parameter that a local action has set, or put back to its default (`value` None); the reason is sealed."""

    __tablename__ = "parameter_changes"
    __table_args__ = (Index("ix_parameter_changes_of", "local_action_id", "key", "changed_at"),)

    id: Mapped[uuid.UUID] = new_id()
    local_action_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("local_actions.id"))
    key: Mapped[str] = mapped_column(String(60))
    value: Mapped[int | None]
    key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("keys.id"))
    reason: Mapped[bytes]
    changed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime]
    user: Mapped["User"] = relationship()
    seal_key: Mapped["Key"] = relationship()


class User(Table):
    """Who signs in. `one_time_until`: somebody else gave the password; it is good until then, and must be changed."""

    __tablename__ = "users"
    # The constraint's name is older than the column's, and SQLite cannot rename it.
    __table_args__ = (UniqueConstraint("handle", name="uq_users_fs_uniquifier"),)

    id: Mapped[uuid.UUID] = new_id()
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    one_time_until: Mapped[datetime | None]
    # What a passkey knows the user by: random, and used for nothing else.
    handle: Mapped[str] = mapped_column(String(64), default=lambda: uuid.uuid4().hex)
    language: Mapped[str | None] = mapped_column(String(10))
    hides_names: Mapped[bool] = mapped_column(default=False)
    # How mail comes: at_once, daily or none; and the last day, where the user works, on which a daily one went out.
    mail: Mapped[str] = mapped_column(String(10), default="at_once")
    mailed_on: Mapped[date | None]
    # SHA-256 of the secret in the address of the user's calendar; None: there is none.
    calendar_digest: Mapped[str | None] = mapped_column(String(64), unique=True, index=True)
    created_at: Mapped[datetime]
    memberships: Mapped[list["Membership"]] = relationship(back_populates="user")


class Role(Table):
    """What a user is in an agency; a lane names one.

    `sees`: how far the role sees into a case that it works on ("exists", "header", "content"). `scope`: "agency"
    (every case of the agency) or "own" (only cases where the user has a task). `leads`: roles of the same
    agency whose tasks this role may see and hand out. `may`: the verbs beside doing tasks ("open_case", "pause" ...).
    `names`: whether it may know who a case is for, or knows the case by its number only.
    """

    __tablename__ = "roles"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str]
    sees: Mapped[str] = mapped_column(String(10))
    scope: Mapped[str] = mapped_column(String(10))
    leads: Mapped[list[Any]]
    may: Mapped[list[Any]]
    names: Mapped[bool] = mapped_column(default=True)


class Membership(Table):
    """A user is somebody in an agency: the role."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "agency_id", "role"),)

    id: Mapped[uuid.UUID] = new_id()
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    role: Mapped[str] = mapped_column(ForeignKey("roles.key"))
    user: Mapped[User] = relationship(back_populates="memberships")
    agency: Mapped[Agency] = relationship(lazy="joined")
    as_role: Mapped[Role] = relationship(lazy="joined")
