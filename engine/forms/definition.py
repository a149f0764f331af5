"""What a form asks: its questions, frozen as they were published."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from engine import schedule
from engine.words import N_

KINDS: Mapping[str, str] = {
    "text": N_("a short text"),
    "long_text": N_("a longer text"),
    "whole_number": N_("a whole number"),
    "decimal": N_("a number"),
    "date": N_("a date"),
    "datetime": N_("a date and a time"),
    "yes_no": N_("yes or no"),
    "one_of": N_("one of several choices"),
    "several_of": N_("any of several choices"),
    "person": N_("a person with a phone number"),
    "agency": N_("an agency"),
    "user": N_("a colleague"),
    "file": N_("a file"),
}
"""Every kind of question, with the words an editor knows it by."""

DATES: Mapping[str, str] = {
    "release_on": N_("the expected release date"),
    "earliest_release_on": N_("the earliest possible release date"),
    "released_on": N_("the day of release"),
    "supervision_ends_on": N_("the end of supervision"),
    "received_on": N_("the day of reception in custody"),
}
"""The dates of a participant that a question may give."""

COMPUTED = frozenset({"case_opened_on", "today", "item"})
"""What expressions may read without anybody having been asked."""

_KEYWORDS = (
    "and between else every external false for function if in instance not null of or return satisfies "
    "some then true is"
)
RESERVED = frozenset(_KEYWORDS.split()) | COMPUTED | frozenset(DATES)
"""Names that no question may have; a date's name is open to the question that gives this date."""

SURE = frozenset({"estimated", "confirmed"})
LISTS = frozenset({"agency", "user", "person"})
CHOICES = frozenset({"one_of", "several_of"})
NUMBERS = frozenset({"whole_number", "decimal"})
DAYS = frozenset({"date", "datetime"})
TEXTS: Mapping[str, int] = {"text": 250, "long_text": 10_000}
LONGEST_TEXT = 20_000

# Free text and names must never reach a diagram: what a gateway reads is shown to everyone who sees the case.
NEVER_FACTS = frozenset({"text", "long_text", "file", "person"})

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Choice:
    """One of the answers to choose from; `value` is kept and read by diagrams, `label` is what people see."""

    value: str
    label: str


@dataclass(frozen=True)
class ShowIf:
    """Ask only when the earlier question `key` has one of these values (for several_of: any of them)."""

    key: str
    values: tuple[str | bool, ...]

    def met(self, answer: object) -> bool:
        """Does this answer (None when there is none) make the question appear?"""
        if isinstance(answer, list):
            return any(value in answer for value in self.values)
        # True == 1 in Python; an answer of another type must not slip through.
        return any(type(answer) is type(value) and answer == value for value in self.values)


@dataclass(frozen=True)
class Question:
    """One question. `min` and `max` are numbers, or days: "2027-01-31", "today", "today+P1Y".

    `role`: of a question for a user, only those who have this role may be chosen.
    """

    key: str
    kind: str
    label: str
    hint: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    min: int | float | str | None = None
    max: int | float | str | None = None
    max_length: int | None = None
    many: bool = False
    show_if: ShowIf | None = None
    fact: bool = False
    date: str | None = None
    sure: str | None = None
    audience: str | tuple[str, ...] = "case"
    error: str = ""
    role: str | None = None

    @property
    def chosen_from(self) -> str:
        """The list of options that the answer comes from: "agency", "user", or "user/<role>"."""
        return f"{self.kind}/{self.role}" if self.role else self.kind

    @property
    def length(self) -> int | None:
        """The most characters a text may have; None for other kinds."""
        return self.max_length or TEXTS.get(self.kind)

    @property
    def takes_list(self) -> bool:
        """Is the answer a list?"""
        return self.many or self.kind == "several_of"

    def choice(self, value: object) -> Choice | None:
        """The choice with this value, if there is one."""
        return next((choice for choice in self.choices if choice.value == value), None)


@dataclass(frozen=True)
class Form:
    """A form as it was published: immutable, hashable, equal when its definition is equal.

    `shows` are the keys of earlier forms whose newest answers whoever does this step must read to do it. A form that
    records a `contact` tells that somebody met or spoke with the participant: whenever it is answered, or only when
    the question `contact_if.key` has one of its values.
    """

    key: str
    title: str
    questions: tuple[Question, ...]
    intro: str = ""
    shows: tuple[str, ...] = ()
    contact: bool = False
    contact_if: ShowIf | None = None

    def is_contact(self, answers: Mapping[str, object]) -> bool:
        """Do these answers tell of a contact that took place?"""
        return self.contact and (
            self.contact_if is None or self.contact_if.met(answers.get(self.contact_if.key))
        )

    def question(self, key: str) -> Question:
        """The question with this key. Raises KeyError."""
        for question in self.questions:
            if question.key == key:
                return question
        raise KeyError(key)


def kinds(form: Form) -> dict[str, str]:
    """Each fact's kind as expressions know it: number, date, datetime, yes_no, one_of, text or list.

    A trailing "?" says that the fact may be missing, because its question is optional or not always asked.
    """
    found = {}
    for question in form.questions:
        if question.fact:
            kind = "list" if question.takes_list else _EXPRESSION_KINDS.get(question.kind, question.kind)
            certain = question.required and question.show_if is None
            found[question.key] = kind if certain else kind + "?"
    return found


_EXPRESSION_KINDS = {"whole_number": "number", "decimal": "number", "agency": "text", "user": "text"}


def limit_day(limit: str, today: date) -> date:
    """The day that a limit ("2027-01-31", "today", "today+P1Y") means on `today`. Raises ValueError."""
    if _ISO_DAY.fullmatch(limit):
        return date.fromisoformat(limit)
    if limit == "today":
        return today
    if limit.startswith(("today+P", "today-P")):
        offset = schedule.parse_offset(limit.removeprefix("today"))
        if offset.whole_days:
            return schedule.add(today, offset)
    raise ValueError(
        N_("A limit for a date is a day such as 2027-01-31, or “today”, “today+P1Y”, “today-P18Y”.")
    )
