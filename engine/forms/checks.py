"""A form's definition, read strictly: every problem in words for its editor."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.errors import EngineError
from engine.forms.definition import (
    CHOICES,
    DATES,
    DAYS,
    KINDS,
    LISTS,
    LONGEST_TEXT,
    NEVER_FACTS,
    NUMBERS,
    RESERVED,
    SURE,
    TEXTS,
    Choice,
    Form,
    Question,
    ShowIf,
    limit_day,
)
from engine.words import Sentence, say

_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
# A fact of one of these names would hide FEEL's own function from every expression of the diagram.
_FUNCTIONS = (
    "abs after all any append before ceiling coincides concatenate contains context count date decimal "
    "during duration even exp finishes flatten floor includes intersects log lower matches max mean "
    "median meets min mode modulo now number odd overlaps partial product random range remove replace "
    "reverse sort split sqrt starts stddev string sublist substring sum time today trim union upper week"
)
_FORM_PARTS = ("key", "title", "intro", "shows", "contact", "questions")
_QUESTION_PARTS = (
    "key kind label hint required choices min max max_length many show_if fact date sure audience error role"
)
_MOST_QUESTIONS = 100
_MOST_CHOICES = 200


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


def is_key(text: str) -> bool:
    """Can this be the key of a form, a question or a pathway?"""
    return _KEY.fullmatch(text) is not None


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
                shown = question.get("key") if isinstance(question.get("key"), str) else ""
                messages = list(_question_problems(question, position, questions, roles))
            else:
                shown, messages = (
                    "",
                    [
                        say(
                            "Question {position} is not an object with a key, a kind and a label.",
                            position=position,
                        )
                    ],
                )
            found += [Problem(shown or "", message, position) for message in messages]
    return found


def _loaded(definition: Mapping[str, Any] | str | bytes) -> Any:
    if isinstance(definition, (str, bytes)):
        return json.loads(definition, parse_constant=_refuse_constant)
    return definition


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number.")


def _question(read: Mapping[str, Any]) -> Question:
    parts = {part: read[part] for part in _QUESTION_PARTS.split() if read.get(part) is not None}
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


# ---- problems of a definition, one small check each; every check survives whatever the others found ----


def _form_problems(form: Mapping[str, Any]) -> Iterator[Sentence]:
    yield from _unknown(form, _FORM_PARTS, say("a form"))
    key = form.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        yield say("Give the form a key of small letters, digits and underscores, such as release_notice.")
    yield from _text(form, "title", 200, say("Give the form a title."))
    yield from _text(form, "intro", 5_000)
    shows = form.get("shows", [])
    if not isinstance(shows, (list, tuple)) or not all(
        isinstance(k, str) and _KEY.fullmatch(k) for k in shows
    ):
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
        yield from _show_if_value_problems(parent, list(contact["in"]))


def _question_problems(
    question: Mapping[str, Any], position: int, questions: Collection[Any], roles: Collection[str] | None
) -> Iterator[Sentence]:
    earlier = [q for q in list(questions)[: position - 1] if isinstance(q, Mapping)]
    later = [q for q in list(questions)[position:] if isinstance(q, Mapping)]
    yield from _unknown(question, _QUESTION_PARTS.split(), say("a question"))
    yield from _text(
        question,
        "label",
        500,
        say("Question {position} has no label: write what is asked.", position=position),
    )
    yield from _text(question, "hint", 2_000)
    yield from _text(question, "error", 500)
    for part in ("required", "many", "fact"):
        if not isinstance(question.get(part, False), bool):
            yield say(
                "{question}: “{part}” is true or false.", question=_named(question, position), part=part
            )
    role = _name(question, "role")
    if question.get("role") is not None and (
        question.get("kind") != "user" or not role or (roles is not None and role not in roles)
    ):
        yield say(
            "{question}: “role” names a role, for a question of kind user.",
            question=_named(question, position),
        )
    for problem in (
        *_key_problems(question, earlier),
        *_kind_problems(question),
        *_choice_problems(question),
        *_limit_problems(question),
        *_show_if_problems(question, earlier, later),
        *_fact_problems(question),
        *_date_problems(question, earlier, later),
        *_audience_problems(question, roles),
    ):
        yield say("{question}: {problem}", question=_named(question, position), problem=problem)


def _key_problems(question: Mapping[str, Any], earlier: list[Mapping[str, Any]]) -> Iterator[Sentence]:
    key = question.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        yield say("it needs a key of small letters, digits and underscores that starts with a letter.")
        return
    if any(other.get("key") == key for other in earlier):
        yield say("another question already has the key “{key}”.", key=key)
    if key in DATES:
        if question.get("date") != key:
            yield say(
                "the key “{key}” is kept for the question that gives {date}.",
                key=key,
                date=Sentence(DATES[key]),
            )
    elif key in RESERVED:
        yield say("the key “{key}” has a meaning of its own in conditions; choose another one.", key=key)
    elif key in _FUNCTIONS.split() and question.get("fact") is True:
        yield say("the key “{key}” is a function in conditions; a fact needs another key.", key=key)


def _kind_problems(question: Mapping[str, Any]) -> Iterator[Sentence]:
    kind = question.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        yield say(
            "it needs a kind of answer{meant}. Kinds are: {kinds}.",
            meant=_did_you_mean(kind, KINDS),
            kinds=", ".join(KINDS),
        )
        return
    for part, allowed in _ONLY_FOR.items():
        if _given(question, part) and kind not in allowed:
            yield say("“{part}” has no meaning for {kind}.", part=part, kind=Sentence(KINDS[kind]))


_ONLY_FOR: Mapping[str, Collection[str]] = {
    "choices": CHOICES,
    "min": NUMBERS | DAYS,
    "max": NUMBERS | DAYS,
    "max_length": TEXTS,
    "many": LISTS,
    "date": {"date"},
    "sure": {"date"},
}


def _choice_problems(question: Mapping[str, Any]) -> Iterator[Sentence]:
    if _name(question, "kind") not in CHOICES:
        return
    choices = question.get("choices")
    fewest = 2 if question["kind"] == "one_of" else 1
    if not isinstance(choices, (list, tuple)) or len(choices) < fewest:
        yield say("write at least two choices.") if fewest == 2 else say("write at least one choice.")
        return
    if len(choices) > _MOST_CHOICES:
        yield say("write at most {most} choices.", most=_MOST_CHOICES)
    values: list[object] = []
    labels: list[object] = []
    for place, choice in enumerate(choices[:_MOST_CHOICES], start=1):
        if not isinstance(choice, Mapping) or set(choice) != {"value", "label"}:
            yield say("choice {place} needs a value and a label, and nothing else.", place=place)
            continue
        value, label = choice["value"], choice["label"]
        if (
            not isinstance(value, str)
            or not 0 < len(value) <= 100
            or value.strip() != value
            or _unclean(value)
        ):
            yield say(
                "the value of choice {place} must be a short text without spaces around it.", place=place
            )
        if not isinstance(label, str) or not label.strip() or len(label) > 500 or _unclean(label):
            yield say("choice {place} has no label: write what people see.", place=place)
        if value in values:
            yield say("two choices have the value “{value}”.", value=value)
        if label in labels:
            yield say("two choices read “{label}”.", label=label)
        values.append(value)
        labels.append(label)


def _limit_problems(question: Mapping[str, Any]) -> Iterator[Sentence]:
    kind, low, high = _name(question, "kind"), question.get("min"), question.get("max")
    length = question.get("max_length")
    if length is not None and kind in TEXTS and not (_is_whole(length) and 1 <= length <= LONGEST_TEXT):
        yield say("“max_length” is a whole number from 1 to {most}.", most=LONGEST_TEXT)
    if kind in NUMBERS:
        numbers = [limit for limit in (low, high) if limit is not None]
        # Both are numbers where they are compared below, which no type says.
        if not all(_is_whole(n) if kind == "whole_number" else _is_number(n) for n in numbers):
            yield say(
                "“min” and “max” must be {numbers}.",
                numbers=say("whole numbers") if kind == "whole_number" else say("numbers"),
            )
        elif len(numbers) == 2 and low > high:  # type: ignore[operator]
            yield say("“min” is larger than “max”: no answer would be possible.")
    if kind in DAYS:
        # Any day serves to see whether both limits can be read and leave a day between them.
        some_day = date(2027, 1, 15)
        days = []
        for limit in (low, high):
            try:
                days.append(limit_day(limit, some_day) if isinstance(limit, str) else limit)
            except ValueError as error:
                yield Sentence(str(error))
                return
        if any(not isinstance(day, date) for day in days if day is not None):
            yield say("“min” and “max” of a date are texts, such as “2027-01-31” or “today+P1Y”.")
        elif days[0] and days[1] and days[0] > days[1] and _same_origin(low, high):
            yield say("“min” lies after “max”: no answer would be possible.")


def _same_origin(low: object, high: object) -> bool:
    """Only two fixed days, or two days counted from today, can be compared once and for all."""
    return str(low).startswith("today") == str(high).startswith("today")


def _show_if_problems(
    question: Mapping[str, Any], earlier: list[Mapping[str, Any]], later: list[Mapping[str, Any]]
) -> Iterator[Sentence]:
    show_if = question.get("show_if")
    if show_if is None:
        return
    if not isinstance(show_if, Mapping) or set(show_if) != {"key", "in"}:
        yield say("“show_if” needs a key and the list “in”, and nothing else.")
        return
    key, values = show_if["key"], show_if["in"]
    if key == question.get("key"):
        yield say("it is shown depending on its own answer, so it would never be shown.")
        return
    parent = next((other for other in earlier if other.get("key") == key), None)
    if parent is None:
        if any(other.get("key") == key for other in later):
            circle = _waits_for(key, question.get("key"), [*earlier, question, *later])
            yield (
                say("it and “{key}” wait for each other, so neither would be shown.", key=key)
                if circle
                else say("it is shown depending on “{key}”, which is asked later; move one of them.", key=key)
            )
        else:
            yield say("it is shown depending on “{key}”, and there is no question with this key.", key=key)
        return
    if not isinstance(values, (list, tuple)) or not values:
        yield say("“show_if” needs at least one answer in the list “in”.")
        return
    yield from _show_if_value_problems(parent, list(values))


def _show_if_value_problems(parent: Mapping[str, Any], values: list[Any]) -> Iterator[Sentence]:
    key, kind = parent.get("key"), _name(parent, "kind")
    if kind == "yes_no":
        if not all(isinstance(value, bool) for value in values):
            yield say("“{key}” is answered by yes or no: write true or false in the list “in”.", key=key)
    elif kind in CHOICES:
        choices = parent.get("choices")
        known = {
            choice["value"]
            for choice in (choices if isinstance(choices, (list, tuple)) else ())
            if isinstance(choice, Mapping) and isinstance(choice.get("value"), str)
        }
        for value in values:
            if not isinstance(value, str) or value not in known:
                yield say(
                    "“{value}” is not one of the choices of “{key}”{meant}.",
                    value=value,
                    key=key,
                    meant=_did_you_mean(value, known),
                )
    else:
        yield say("“{key}” is not a question with choices, so nothing can be shown depending on it.", key=key)


def _waits_for(start: object, target: object, questions: list[Mapping[str, Any]]) -> bool:
    """Does the question `start` depend, directly or by others, on the question `target`?"""
    parents = {
        q["key"]: q["show_if"].get("key")
        for q in questions
        if isinstance(q.get("key"), str) and isinstance(q.get("show_if"), Mapping)
    }
    seen: set[object] = set()
    while isinstance(start, str) and start not in seen:
        if start == target:
            return True
        seen.add(start)
        start = parents.get(start)
    return False


def _fact_problems(question: Mapping[str, Any]) -> Iterator[Sentence]:
    if question.get("fact") is not True:
        return
    kind = _name(question, "kind")
    if kind in NEVER_FACTS:
        yield say(
            "{kind} cannot be a fact, because free text and names must never reach a diagram.",
            kind=Sentence(KINDS[kind]),
        )
    if _name(question, "key") in DATES:
        yield say("diagrams already read this date; it need not be a fact too.")


def _date_problems(
    question: Mapping[str, Any], earlier: list[Mapping[str, Any]], later: list[Mapping[str, Any]]
) -> Iterator[Sentence]:
    name, sure = question.get("date"), question.get("sure")
    if name is not None:
        if not isinstance(name, str) or name not in DATES:
            yield say(
                "“{name}” is not a date of a participant. Dates are: {dates}.",
                name=name,
                dates=", ".join(DATES),
            )
        elif any(other.get("date") == name for other in earlier):
            yield say("another question already gives {date}.", date=Sentence(DATES[name]))
    if sure is None:
        return
    if name is None:
        yield say("“sure” has a meaning only for a question that gives a date of the participant.")
    other = next((q for q in [*earlier, *later] if q.get("key") == sure), None)
    choices = other.get("choices") if other is not None and other.get("kind") == "one_of" else None
    values = (
        {_name(c, "value") for c in choices if isinstance(c, Mapping)} if isinstance(choices, list) else set()
    )
    if values != SURE:
        yield say("“sure” names a question whose choices have the values “estimated” and “confirmed”.")


def _audience_problems(question: Mapping[str, Any], roles: Collection[str] | None) -> Iterator[Sentence]:
    audience = question.get("audience", "case")
    if audience in ("case", "agency"):
        return
    if (
        not isinstance(audience, (list, tuple))
        or not audience
        or not all(isinstance(r, str) for r in audience)
    ):
        yield say("“audience” is “case”, “agency” or a list of roles.")
        return
    for role in audience:
        if roles is not None and role not in roles:
            yield say("there is no role “{role}”{meant}.", role=role, meant=_did_you_mean(role, roles))


def _unknown(thing: Mapping[str, Any], known: Collection[str], name: Sentence) -> Iterator[Sentence]:
    for part in thing:
        if part not in known:
            yield say(
                "“{part}” is not a part of {name}{meant}.",
                part=part,
                name=name,
                meant=_did_you_mean(part, known),
            )


def _text(
    thing: Mapping[str, Any], part: str, most: int, when_missing: Sentence | None = None
) -> Iterator[Sentence]:
    value = thing.get(part)
    if value is None or value == "":
        if when_missing:
            yield when_missing
    elif not isinstance(value, str):
        yield say("“{part}” must be a text.", part=part)
    elif not value.strip() and when_missing:
        yield when_missing
    elif len(value) > most:
        yield say("“{part}” is longer than {most} characters.", part=part, most=most)
    elif _unclean(value):
        yield say("“{part}” holds characters that cannot be shown.", part=part)


def _unclean(text: str) -> bool:
    return any((ord(c) < 32 and c not in "\n\t") or 0xD800 <= ord(c) <= 0xDFFF for c in text)


def _named(question: Mapping[str, Any], position: int) -> Sentence:
    label = question.get("label")
    if isinstance(label, str) and label.strip():
        return say("“{label}”", label=label.strip()[:80])
    return say("Question {position}", position=position)


def _did_you_mean(word: object, known: Collection[str]) -> Sentence | str:
    close = (
        difflib.get_close_matches(word, list(known), n=1) if isinstance(word, str) and len(word) < 80 else []
    )
    return say(" (did you mean “{word}”?)", word=close[0]) if close else ""


def _name(thing: Mapping[str, Any], part: str) -> str:
    """A part that should be a text, fit to be looked up in a set; "" for anything else."""
    value = thing.get(part)
    return value if isinstance(value, str) else ""


def _given(question: Mapping[str, Any], part: str) -> bool:
    """Does the question say anything about this part? An empty list of choices and a plain “no” do not."""
    value = question.get(part)
    return (
        value is not None
        and not (part == "many" and value is False)
        and not (part == "choices" and value == [])
    )


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15


def _is_number(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, float) and abs(value) < 10**15)
