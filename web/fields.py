"""A form definition -> the names and ids of its fields; a posted form -> raw answers."""

from collections.abc import Iterable, Iterator
from typing import Any

from werkzeug.datastructures import FileStorage, ImmutableMultiDict, MultiDict

from engine import forms
from engine.errors import FieldProblem

PREFIX = "q-"
DAY = ("day", "month", "year")
BOXES = {"date": DAY, "datetime": (*DAY, "hour", "minute", "fold"), "person": ("name", "phone")}
KEPT_FILE = ("file", "name", "type", "size")
# As many people as one question can be asked to hold; the page shows a few empty rows at a time.
MOST_PEOPLE = 30

Posted = MultiDict[str, str] | ImmutableMultiDict[str, str]
Files = MultiDict[str, FileStorage] | ImmutableMultiDict[str, FileStorage]


def posted(form: forms.Form, sent: Posted, files: Files | None = None) -> dict[str, Any]:
    """What was typed into a form, by question, as `forms.read` takes it; questions the page did not show are absent.

    A file that was just chosen is described only: {"name", "type", "size", "file": ""}. Keep what `sent_files`
    gives and put the kept file's id in its place.
    """
    raw = {question.key: _one(question, sent, files) for question in form.questions}
    return {key: value for key, value in raw.items() if value is not None}


def sent_files(files: Files, form: forms.Form | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each file that was chosen: its question's key, and its name, type (by its bytes) and content.

    With a `form`, only files that this form asks for.
    """
    asked = {q.key for q in form.questions if q.kind == "file"} if form else None
    for name, file in files.items():
        key = name.removeprefix(PREFIX)
        if file.filename and name.startswith(PREFIX) and (asked is None or key in asked):
            content = _content(file)
            yield key, {"name": file.filename, "type": forms.file_type(content), "content": content}


def targets(form: forms.Form, problems: Iterable[FieldProblem]) -> dict[str, str]:
    """Where the error summary's links lead: {question key: id of the first box that is wrong}."""
    found: dict[str, str] = {}
    for problem in problems:
        question = next((q for q in form.questions if q.key == problem.field), None)
        if question is not None:
            found.setdefault(problem.field, _target(question, getattr(problem, "parts", ())))
    return found


def _target(question: forms.Question, parts: tuple[str, ...]) -> str:
    start = PREFIX + question.key
    if question.kind == "person" and question.many:
        start += "-0"
    boxes = BOXES.get(question.kind)
    return f"{start}-{parts[0] if parts else boxes[0]}" if boxes else start


def _one(question: forms.Question, sent: Posted, files: Files | None) -> Any:
    name = PREFIX + question.key
    if question.kind == "file":
        return _file(name, sent, files)
    if question.kind == "person" and question.many:
        rows = (_boxes(f"{name}-{row}", BOXES["person"], sent) for row in range(MOST_PEOPLE))
        people = [row for row in rows if row is not None]
        return [row for row in people if any(row.values())] if people else None
    if question.kind in BOXES:
        return _boxes(name, BOXES[question.kind], sent)
    if question.takes_list:
        # No box ticked sends nothing at all; the page's own empty field says that the question was there.
        return [value for value in sent.getlist(name) if value] if name in sent else None
    return sent.get(name)


def _boxes(name: str, parts: Iterable[str], sent: Posted) -> dict[str, str] | None:
    boxes = {part: sent[f"{name}-{part}"] for part in parts if f"{name}-{part}" in sent}
    return boxes or None


def _file(name: str, sent: Posted, files: Files | None) -> dict[str, Any] | None:
    chosen = files.get(name) if files else None
    if chosen is not None and chosen.filename:
        content = _content(chosen)
        return {"name": chosen.filename, "type": forms.file_type(content), "size": len(content), "file": ""}
    if f"{name}-remove" in sent:
        return {"file": ""}
    return _boxes(name, KEPT_FILE, sent)


def _content(file: FileStorage) -> bytes:
    """The bytes of a file that others may want to read after us."""
    content = file.stream.read()
    file.stream.seek(0)
    return content
