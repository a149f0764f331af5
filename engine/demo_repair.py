"""A slip in a pathway that stops a case of the demonstration, and is put right in the next version."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from engine import library
from engine.library.publishing import FORMS, WORKFLOWS

DRAWN = "coordinated_release.bpmn"
# Asks for the day of the release instead of the date that is expected: before a release nobody knows it.
RIGHT = 'if release_on = null then false else release_on - today &lt; duration("P56D")'
SLIP = 'released_on - today &lt; duration("P56D")'


@contextmanager
def slip(connect: Callable[[], AbstractContextManager[Session]]) -> Iterator[None]:
    """Inside the block the pathway has the slip; afterwards its current version is right again."""
    with TemporaryDirectory() as folder:
        workflows, form_folder = Path(folder) / "workflows", Path(folder) / "forms"
        shutil.copytree(WORKFLOWS, workflows)
        shutil.copytree(FORMS, form_folder)
        drawn = workflows / DRAWN
        text = drawn.read_text(encoding="utf-8")
        if RIGHT not in text:
            raise ValueError(f"{DRAWN} does not ask any more what the demonstration gets wrong.")
        drawn.write_text(text.replace(RIGHT, SLIP), encoding="utf-8")
        with connect() as db:
            library.publish_folders(db, workflows=workflows, form_folder=form_folder)
    yield
    with connect() as db:
        library.publish_folders(db)
