"""How users sign in: where they are signed in, and what was tried."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.models.base import Table, new_id
from engine.models.places import User


class SignIn(Table):
    """Somebody is signed in in one browser, whose cookie holds a random token; `digest` is its SHA-256.

    `seen_at` is noted every few minutes only. `confirmed_at`: when they last showed that it is them.
    """

    __tablename__ = "sign_ins"

    id: Mapped[uuid.UUID] = new_id()
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(60))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    user: Mapped[User] = relationship()


class Attempt(Table):
    """How often in a row something was tried in vain; `key` is a keyed hash of who or where."""

    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
