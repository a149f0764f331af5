"""A form's definition, read strictly: every problem in words for its editor."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError
from engine.forms.checks.parts import is_key, text_in, text_problems, unknown_parts
from engine.forms.checks.questions import QUESTION_PARTS, question_problems
from engine.forms.checks.showing import value_problems
from engine.forms.definition import Choice, Form, Question, ShowIf
from engine.words import Sentence, say

__all__ = ["InvalidForm", "Problem", "is_key", "parse", "problems"]

_FORM_PARTS = ("key", "title", "intro", "shows", "contact", "questions")
_MOST_QUESTIONS = 100


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a definition, in `words`.

    `question` is the key of the question ("" for the form itself), `position` its place, counted from 1.
    """

    question: str
    words: Sentence
    position: int = 0

    @property
    def message(self) -> str:
        return str(self.words)


class InvalidForm(EngineError):
    """A definition that cannot be used; `problems` holds every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(
            "This form has problems: {problems}", {"problems": " ".join(p.message for p in problems)}
        )
        self.problems = problems


def parse(definition: Mapping[str, Any] | str | bytes) -> Form:
    """A checked Form from a definition or its JSON text. Raises InvalidForm with every problem."""
    found = problems(definition)
    if found:
        raise InvalidForm(found)
    read = _loaded(definition)
    contact = read.get("contact", False)
    return Form(
        key=read["key"],
        title=read["title"].strip(),
        intro=(read.get("intro") or "").strip(),
        questions=tuple(_question(question) for question in read["questions"]),
        shows=tuple(read.get("shows", ())),
        contact=bool(contact),
        contact_if=ShowIf(contact["key"], tuple(contact["in"])) if isinstance(contact, Mapping) else None,
    )


def problems(
    definition: Mapping[str, Any] | str | bytes, roles: Collection[str] | None = None
) -> list[Problem]:
    """Everything that is wrong with a definition, in plain sentences; an empty list when it can be used.

    With `roles` (keys of the catalogue) the audiences are compared with them. Never raises.
    """
    try:
        form = _loaded(definition)
    except (ValueError, RecursionError) as error:
        return [Problem("", say("The form is not valid JSON: {error}", error=str(error)))]
    if not isinstance(form, Mapping):
        return [Problem("", say("A form is an object with a key, a title and questions."))]
    found = [Problem("", message) for message in _form_problems(form)]
    questions = form.get("questions")
    if isinstance(questions, (list, tuple)):
        for position, question in enumerate(questions[:_MOST_QUESTIONS], start=1):
            if isinstance(question, Mapping):
                key = text_in(question, "key")
                messages = question_problems(question, position, questions, roles)
                found += [Problem(key, message, position) for message in messages]
            else:
                words = say(
                    "Question {position} is not an object with a key, a kind and a label.", position=position
                )
                found.append(Problem("", words, position))
    return found


def _loaded(definition: Mapping[str, Any] | str | bytes) -> Any:
    if isinstance(definition, (str, bytes)):
        return json.loads(definition, parse_constant=_refuse_constant)
    return definition


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number.")


def _question(read: Mapping[str, Any]) -> Question:
    parts = {part: read[part] for part in QUESTION_PARTS.split() if read.get(part) is not None}
    for part in ("label", "hint", "error"):
        if part in parts:
            parts[part] = parts[part].strip()
    if "choices" in parts:
        parts["choices"] = tuple(Choice(c["value"], c["label"].strip()) for c in parts["choices"])
    if "show_if" in parts:
        parts["show_if"] = ShowIf(parts["show_if"]["key"], tuple(parts["show_if"]["in"]))
    if isinstance(parts.get("audience"), (list, tuple)):
        parts["audience"] = tuple(parts["audience"])
    return Question(**parts)


def _form_problems(form: Mapping[str, Any]) -> Iterator[Sentence]:
    yield from unknown_parts(form, _FORM_PARTS, say("a form"))
    key = form.get("key")
    if not is_key(key):
        yield say("Give the form a key of small letters, digits and underscores, such as release_notice.")
    yield from text_problems(form, "title", 200, say("Give the form a title."))
    yield from text_problems(form, "intro", 5_000)
    shows = form.get("shows", [])
    if not isinstance(shows, (list, tuple)) or not all(map(is_key, shows)):
        yield say('“shows” is a list of keys of forms, such as ["release_notice"].')
    questions = form.get("questions")
    yield from _contact_problems(form.get("contact", False), questions)
    if not isinstance(questions, (list, tuple)) or not questions:
        yield say("Ask at least one question.")
    elif len(questions) > _MOST_QUESTIONS:
        yield say("Ask at most {most} questions; nobody fills in more.", most=_MOST_QUESTIONS)


def _contact_problems(contact: object, questions: object) -> Iterator[Sentence]:
    """What is wrong with how a form says that the participant was met or spoken with."""
    if isinstance(contact, bool):
        return
    if not isinstance(contact, Mapping) or set(contact) != {"key", "in"}:
        yield say(
            '“contact” is true, or names the answers that tell of one: {"key": "reached", "in": ["yes"]}.'
        )
        return
    asked = questions if isinstance(questions, (list, tuple)) else ()
    parent = next((q for q in asked if isinstance(q, Mapping) and q.get("key") == contact["key"]), None)
    if parent is None:
        yield say("“contact” depends on “{key}”, and there is no question with this key.", key=contact["key"])
    elif not isinstance(contact["in"], (list, tuple)) or not contact["in"]:
        yield say("“contact” needs at least one answer in the list “in”.")
    else:
        yield from value_problems(parent, list(contact["in"]))
