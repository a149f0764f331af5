"""Builders: a case that its diagram stopped, because a condition reads a date that nobody can know yet."""

import shutil
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from engine.models import Case, User
from tests import make

ASKS = 'agreement = "given"'
ASKS_TOO_MUCH = 'agreement = "given" and released_on &gt;= release_on'


def publish(db: Session, folder: Path) -> None:
    """A new version of the small pathway whose first decision cannot be made for who agrees."""
    shutil.copytree(make.SMALL, folder, dirs_exist_ok=True)
    drawn = folder / "workflows" / "small_release.bpmn"
    text = drawn.read_text()
    assert text.count(ASKS) == 1
    drawn.write_text(text.replace(ASKS, ASKS_TOO_MUCH))
    make.publish(db, folder)


def case(db: Session, folder: Path, **more: Any) -> Case:
    """A case that stands at “Does the participant agree?” and can go neither way."""
    publish(db, folder)
    found = make.case(db)
    make.complete(db, found, "announce", by="prison", answers=make.announcement(**more))
    assert found.status == "stuck"
    return found


def editor(db: Session) -> User:
    """Somebody who edits the pathways and sees no case; the second editor has left."""
    rosa, second = make.editors(db)
    second.active = False
    # Roles are read once a session, and this one came after that.
    db.info.pop("roles", None)
    db.flush()
    return rosa
