"""What is wrong with a question, one small check each; every check survives whatever the others found."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine.forms.checks.limits import choice_problems, limit_problems
from engine.forms.checks.parts import did_you_mean, is_key, text_in, text_problems, unknown_parts
from engine.forms.checks.showing import show_if_problems
from engine.forms.definition import (
    CHOICES,
    DATES,
    DAYS,
    KINDS,
    LISTS,
    NEVER_FACTS,
    NUMBERS,
    RESERVED,
    SURE,
    TEXTS,
)
from engine.words import Sentence, say

# A fact of one of these names would hide FEEL's own function from every expression of the diagram.
_FUNCTIONS = (
    "abs after all any append before ceiling coincides concatenate contains context count date decimal "
    "during duration even exp finishes flatten floor includes intersects log lower matches max mean "
    "median meets min mode modulo now number odd overlaps partial product random range remove replace "
    "reverse sort split sqrt starts stddev string sublist substring sum time today trim union upper week"
)
QUESTION_PARTS = (
    "key kind label hint required choices min max max_length many show_if fact date sure audience error role"
)
_ONLY_FOR: Mapping[str, Collection[str]] = {
    "choices": CHOICES,
    "min": NUMBERS | DAYS,
    "max": NUMBERS | DAYS,
    "max_length": TEXTS,
    "many": LISTS,
    "date": {"date"},
    "sure": {"date"},
}


def question_problems(
    question: Mapping[str, Any], position: int, questions: Collection[Any], roles: Collection[str] | None
) -> Iterator[Sentence]:
    earlier = [q for q in list(questions)[: position - 1] if isinstance(q, Mapping)]
    later = [q for q in list(questions)[position:] if isinstance(q, Mapping)]
    yield from unknown_parts(question, QUESTION_PARTS.split(), say("a question"))
    yield from text_problems(
        question,
        "label",
        500,
        say("Question {position} has no label: write what is asked.", position=position),
    )
    yield from text_problems(question, "hint", 2_000)
    yield from text_problems(question, "error", 500)
    for part in ("required", "many", "fact"):
        if not isinstance(question.get(part, False), bool):
            yield say(
                "{question}: “{part}” is true or false.", question=_named(question, position), part=part
            )
    role = text_in(question, "role")
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
        *choice_problems(question),
        *limit_problems(question),
        *show_if_problems(question, earlier, later),
        *_fact_problems(question),
        *_date_problems(question, earlier, later),
        *_audience_problems(question, roles),
    ):
        yield say("{question}: {problem}", question=_named(question, position), problem=problem)


def _key_problems(question: Mapping[str, Any], earlier: list[Mapping[str, Any]]) -> Iterator[Sentence]:
    key = question.get("key")
    if not is_key(key):
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
            meant=did_you_mean(kind, KINDS),
            kinds=", ".join(KINDS),
        )
        return
    for part, allowed in _ONLY_FOR.items():
        if _given(question, part) and kind not in allowed:
            yield say("“{part}” has no meaning for {kind}.", part=part, kind=Sentence(KINDS[kind]))


def _fact_problems(question: Mapping[str, Any]) -> Iterator[Sentence]:
    if question.get("fact") is not True:
        return
    kind = text_in(question, "kind")
    if kind in NEVER_FACTS:
        yield say(
            "{kind} cannot be a fact, because free text and names must never reach a diagram.",
            kind=Sentence(KINDS[kind]),
        )
    if text_in(question, "key") in DATES:
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
        {text_in(c, "value") for c in choices if isinstance(c, Mapping)}
        if isinstance(choices, list)
        else set()
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
            yield say("there is no role “{role}”{meant}.", role=role, meant=did_you_mean(role, roles))


def _named(question: Mapping[str, Any], position: int) -> Sentence:
    label = question.get("label")
    if isinstance(label, str) and label.strip():
        return say("“{label}”", label=label.strip()[:80])
    return say("Question {position}", position=position)


def _given(question: Mapping[str, Any], part: str) -> bool:
    """Does the question say anything about this part? An empty list of choices and a plain “no” do not."""
    value = question.get(part)
    return (
        value is not None
        and not (part == "many" and value is False)
        and not (part == "choices" and value == [])
    )
