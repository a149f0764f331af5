"""A file that waits for its sender's word, sealed with a key of its own that goes when it does."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, vault
from engine.errors import NotFound
from engine.models import Job, Upload, User
from engine.words import N_

# Long enough to look at a report; a list of who is released when should not lie about.
KEPT = timedelta(hours=2)


def keep(db: Session, user: User, content: dict[str, Any]) -> Upload:
    """Keep what a user has sent, for them alone and not for long."""
    key = vault.new_key(db)
    db.flush()
    sealed = vault.seal(db, key, "uploads.content", content)
    found = Upload(id=uuid.uuid4(), user_id=user.id, key_id=key.id, content=sealed, until=clock.now() + KEPT)
    found.key = key
    db.add(found)
    db.add(
        Job(
            kind="forget_upload",
            payload={"upload": str(found.id)},
            dedup_key=f"forget_upload:{found.id}",
            run_at=found.until,
        )
    )
    db.flush()
    return found


def find(db: Session, user: User, upload_id: uuid.UUID, *, held: bool = False) -> Upload:
    """What `user` has sent. Raises NotFound, also when it was somebody else or has been forgotten."""
    query = select(Upload).where(
        Upload.id == upload_id, Upload.user_id == user.id, Upload.until > clock.now()
    )
    found = db.scalar(query.with_for_update(of=Upload) if held else query)
    if found is None:
        raise NotFound(N_("This file is not kept any more. Send it again."))
    return found


def content_of(db: Session, upload: Upload) -> dict[str, Any]:
    content: dict[str, Any] = vault.unseal(db, upload.key, "uploads.content", upload.content)
    return content


def change(db: Session, upload: Upload, content: dict[str, Any]) -> None:
    upload.content = vault.seal(db, upload.key, "uploads.content", content)


def forget(db: Session, upload_id: uuid.UUID) -> None:
    """Delete a file with its key."""
    upload = db.get(Upload, upload_id)
    if upload is not None:
        key = upload.key
        db.delete(upload)
        db.flush()
        db.delete(key)
