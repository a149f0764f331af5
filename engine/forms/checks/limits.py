"""What is wrong with what may be answered: the choices of a question, the least and the most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from engine.forms.checks.parts import is_unclean, text_in
from engine.forms.definition import CHOICES, DAYS, LONGEST_TEXT, NUMBERS, TEXTS, limit_day
from engine.words import Sentence, say

_MOST_CHOICES = 200


def choice_problems(question: Mapping[str, Any]) -> Iterator[Sentence]:
    if text_in(question, "kind") not in CHOICES:
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
            or is_unclean(value)
        ):
            yield say(
                "the value of choice {place} must be a short text without spaces around it.", place=place
            )
        if not isinstance(label, str) or not label.strip() or len(label) > 500 or is_unclean(label):
            yield say("choice {place} has no label: write what people see.", place=place)
        if value in values:
            yield say("two choices have the value “{value}”.", value=value)
        if label in labels:
            yield say("two choices read “{label}”.", label=label)
        values.append(value)
        labels.append(label)


def limit_problems(question: Mapping[str, Any]) -> Iterator[Sentence]:
    kind, low, high = text_in(question, "kind"), question.get("min"), question.get("max")
    length = question.get("max_length")
    if length is not None and kind in TEXTS and not (_is_whole(length) and 1 <= length <= LONGEST_TEXT):
        yield say("“max_length” is a whole number from 1 to {most}.", most=LONGEST_TEXT)
    if kind in NUMBERS:
        numbers = [limit for limit in (low, high) if limit is not None]
        if not all(_is_whole(n) if kind == "whole_number" else _is_number(n) for n in numbers):
            yield say(
                "“min” and “max” must be {numbers}.",
                numbers=say("whole numbers") if kind == "whole_number" else say("numbers"),
            )
        elif len(numbers) == 2 and numbers[0] > numbers[1]:
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


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15


def _is_number(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, float) and abs(value) < 10**15)
