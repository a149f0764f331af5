"""The tables."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware point in time, kept in UTC: SQLite has no time zones and would silently drop one."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it from the class)
        datetime: Moment,
        uuid.UUID: Uuid,
        str: String(200),
        dict[str, Any]: JSON,
        list[Any]: JSON,
        bytes: LargeBinary,
    }


def _id() -> Mapped[uuid.UUID]:
    return mapped_column(primary_key=True, default=uuid.uuid4)


# ---- who works here


class LocalAction(Table):
    """A municipality's or region's own set-up: its agencies, its calendar.

    `parameters` holds the durations that it has set for itself, {key: number}; the others are at their defaults.
    """

    __tablename__ = "local_actions"

    id: Mapped[uuid.UUID] = _id()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    country: Mapped[str] = mapped_column(String(2))
    region: Mapped[str | None]
    timezone: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class Agency(Table):
    __tablename__ = "agencies"

    id: Mapped[uuid.UUID] = _id()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    local_action_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("local_actions.id"), index=True)
    phone: Mapped[str | None]
    default_owner_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("users.id", use_alter=True, name="fk_agencies_default_owner_id")
    )
    local_action: Mapped[LocalAction] = relationship(lazy="joined")
    default_owner: Mapped["User | None"] = relationship(foreign_keys=default_owner_id)


class ClosedDay(Table):
    """A day on which a local action, or one agency of it, does not work, beside its public holidays."""

    __tablename__ = "closed_days"

    id: Mapped[uuid.UUID] = _id()
    local_action_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("local_actions.id"), index=True)
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agencies.id"))
    on: Mapped[date]
    name: Mapped[str]


class ParameterChange(Table):
    """A parameter that a local action has set, or put back to its default (`value` None); the reason is sealed."""

    __tablename__ = "parameter_changes"
    __table_args__ = (Index("ix_parameter_changes_of", "local_action_id", "key", "changed_at"),)

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    one_time_until: Mapped[datetime | None]
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: uuid.uuid4().hex)
    language: Mapped[str | None] = mapped_column(String(10))
    hides_names: Mapped[bool] = mapped_column(default=False)
    # How mail comes: at_once, daily or none; and the last day, where the user works, on which a daily one went out.
    mail: Mapped[str] = mapped_column(String(10), default="at_once")
    mailed_on: Mapped[date | None]
    # SHA-256 of the secret in the address of the user's calendar; None: there is none.
    calendar_digest: Mapped[str | None] = mapped_column(String(64), unique=True, index=True)
    created_at: Mapped[datetime]
    memberships: Mapped[list["Membership"]] = relationship(lazy="selectin", back_populates="user")


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

    id: Mapped[uuid.UUID] = _id()
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    role: Mapped[str] = mapped_column(ForeignKey("roles.key"))
    user: Mapped[User] = relationship(back_populates="memberships")
    agency: Mapped[Agency] = relationship(lazy="joined")
    as_role: Mapped[Role] = relationship(lazy="joined")


# ---- whom a case is for


class Key(Table):
    """The key that seals what is personal to one participant; deleting it erases all of that for good."""

    __tablename__ = "keys"

    id: Mapped[uuid.UUID] = _id()
    wrapped: Mapped[bytes | None]
    master: Mapped[str]
    created_at: Mapped[datetime]


class Participant(Table):
    __tablename__ = "participants"

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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


# ---- what happens


class Pathway(Table):
    __tablename__ = "pathways"

    id: Mapped[uuid.UUID] = _id()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    # Whether a case can be opened on it: false for one that only runs inside others.
    opens: Mapped[bool] = mapped_column(default=True)
    current_version_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("versions.id", use_alter=True, name="fk_pathways_current_version_id")
    )
    current_version: Mapped["Version | None"] = relationship(foreign_keys=current_version_id)


class Version(Table):
    """One published, immutable state of a pathway, with every diagram it calls and every form it asks.

    `content` is {"diagrams": {key: XML text}, "forms": {key: definition}, "roles": [..]}; `digest` is its SHA-256.
    """

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("pathway_id", "number"),)

    id: Mapped[uuid.UUID] = _id()
    pathway_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pathways.id"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]]
    specs: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    published_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    # Where it came from: "folders" (the command line) or "site" (an editor).
    origin: Mapped[str] = mapped_column(String(10), default="folders")
    # What is different from the version before, as kept sentences.
    differences: Mapped[list[Any]] = mapped_column(default=list)
    pathway: Mapped[Pathway] = relationship(foreign_keys=pathway_id, lazy="joined")
    publisher: Mapped[User | None] = relationship()


class Change(Table):
    """What editors prepare for a pathway, until a second person publishes it.

    `files` holds the changed files only: {"diagrams/<key>" or "forms/<key>": text}; `bases` the SHA-256 of each as it
    was published when its change began (None: it was not there). `editors` are the ids of everyone who edited it.
    `status`: open, handed_in, published, dropped. `comment` is why it was sent back; it names no participant.
    """

    __tablename__ = "changes"
    __table_args__ = (
        CheckConstraint("status in ('open','handed_in','published','dropped')", name="status"),
        Index(
            "ix_changes_prepared",
            "pathway",
            unique=True,
            sqlite_where=text("status in ('open','handed_in')"),
            postgresql_where=text("status in ('open','handed_in')"),
        ),
    )

    id: Mapped[uuid.UUID] = _id()
    pathway: Mapped[str]
    status: Mapped[str] = mapped_column(String(10), default="open")
    files: Mapped[dict[str, Any]]
    bases: Mapped[dict[str, Any]]
    editors: Mapped[list[Any]]
    begun_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    handed_in_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    comment: Mapped[str | None] = mapped_column(Text)
    moves: Mapped[int] = mapped_column(default=0)
    changer: Mapped[User] = relationship(foreign_keys=changed_by)
    presenter: Mapped[User | None] = relationship(foreign_keys=handed_in_by)

    __mapper_args__ = {"version_id_col": moves}  # noqa: RUF012 (SQLAlchemy reads it from the class)


# ---- cases


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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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


# ---- meetings


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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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


# ---- from one colleague to the next


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

    id: Mapped[uuid.UUID] = _id()
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


# ---- waiting and time


class Wait(Table):
    """Whom or what an open case waits for, since when, until when. A row without `ended_at` is waiting now.

    `late_at` is when a task begins to wait too long: past its due date, or after two weeks where it has none.
    """

    __tablename__ = "waits"
    __table_args__ = (Index("ix_waits_case", "case_id", "ended_at"),)

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("versions.id"))
    pathway: Mapped[str]
    step: Mapped[str]
    code: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    version: Mapped[Version] = relationship()


# ---- the record


class Entry(Table):
    """One line of the journal: who did what to which thing, by ids and codes only, chained to the line before."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        Index("ix_journal_case", "case_id", "at", "number"),
    )

    id: Mapped[uuid.UUID] = _id()
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

    id: Mapped[uuid.UUID] = _id()
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
