"""The keys that seal what is personal."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Mapped

from engine.models.base import Table, new_id


class Key(Table):
    """The key that seals what is personal to one participant; deleting it erases all of that for good."""

    __tablename__ = "keys"

    id: Mapped[uuid.UUID] = new_id()
    wrapped: Mapped[bytes | None]
    master: Mapped[str]
    created_at: Mapped[datetime]
