"""Pathways, their published versions, and changes that are being prepared."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.models.base import Table, new_id
from engine.models.places import User


class Pathway(Table):
    __tablename__ = "pathways"

    id: Mapped[uuid.UUID] = new_id()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    # Whether a case can be opened on it: false for one that only runs inside others.
    opens: Mapped[bool] = mapped_column(default=True)
    current_version_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("versions.id", use_alter=True, name="fk_pathways_current_version_id")
    )
    current_version: Mapped["Version | None"] = relationship(foreign_keys=current_version_id)


class Version(Table):
    """One published, immutable state of a pathway, with every diagram and table it calls and every form it asks.

    `content` is {"diagrams": {key: XML text}, "forms": {key: definition}}, with "tables": {key: XML text} where it
    calls decision tables; `digest` is its SHA-256.
    """

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("pathway_id", "number"),)

    id: Mapped[uuid.UUID] = new_id()
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

    `files` holds the changed files only: {"diagrams/<key>", "forms/<key>" or "tables/<key>": text}; `bases` the SHA-256
    of each as it was published when its change began (None: it was not there). `editors` are the ids of everyone who
    edited it. `status`: open, handed_in, published, dropped. `comment` is why it was sent back; it names nobody.
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

    id: Mapped[uuid.UUID] = new_id()
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
