"""What is wrong with when a question is shown: “show_if” and the answers it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.forms.checks.parts import did_you_mean, text_in
from engine.forms.definition import CHOICES
from engine.words import Sentence, say


def show_if_problems(
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
    yield from value_problems(parent, list(values))


def value_problems(parent: Mapping[str, Any], values: list[Any]) -> Iterator[Sentence]:
    key, kind = parent.get("key"), text_in(parent, "kind")
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
                    meant=did_you_mean(value, known),
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
