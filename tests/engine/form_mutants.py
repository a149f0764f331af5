"""Takes a good form and does to its JSON whatever an editor, a slip or an attacker could do."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from tests.engine.mutants import WORDS, cut, flip, splice

Dice = random.Random
Json = Any


def spoilt_form(text: str, dice: Dice) -> bytes:
    """A form that is a little, or much, unlike this one."""
    form = json.loads(text)
    for _ in range(dice.choice((1, 1, 2, 4))):
        _spoil(form, dice)
    written = json.dumps(form, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
    if dice.random() < 0.1:
        written = dice.choice((cut, splice, flip))(written, dice)
    elif dice.random() < 0.05:
        written = b"[" * 100_000 + written
    return written


def _spoil(form: Json, dice: Dice) -> None:
    """Replace, remove, double or rename something somewhere inside."""
    places = [
        (holder, key)
        for holder in _holders(form)
        for key in (holder if isinstance(holder, dict) else range(len(holder)))
    ]
    if not places:
        return
    holder, key = dice.choice(places)
    match dice.choice(("replace", "replace", "remove", "double", "rename", "exchange")):
        case "remove":
            del holder[key]
        case "double" if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case "rename" if isinstance(holder, dict):
            holder[dice.choice(FORM_WORDS)] = holder.pop(key)
        case "exchange":
            other, there = dice.choice(places)
            holder[key], other[there] = copy.deepcopy((other[there], holder[key]))
        case _:
            holder[key] = copy.deepcopy(dice.choice((*VALUES, dice.choice(WORDS), dice.choice(FORM_WORDS))))


def _keys(holder: Json) -> list[Any]:
    return list(holder) if isinstance(holder, dict) else list(range(len(holder)))


def _holders(one: Json) -> Iterator[Json]:
    if isinstance(one, dict | list):
        yield one
        for inner in one.values() if isinstance(one, dict) else one:
            yield from _holders(inner)


VALUES: tuple[Json, ...] = (
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        10**30,
        1.5,
        1e308,
        float("nan"),
        float("inf"),
        [],
        {},
        [[]],
        [{}],
        "\ud800",
    ),
    *(
        {"key": "agreement", "in": []},
        {"key": 1},
        ["a", "a"],
        [1, "1", True],
        "today+P1Y",
        "today-P9999999Y",
        "2027-13-01",
    ),
)
FORM_WORDS = (
    *(
        "key",
        "kind",
        "label",
        "hint",
        "required",
        "choices",
        "min",
        "max",
        "max_length",
        "many",
        "show_if",
        "fact",
        "date",
    ),
    *(
        "sure",
        "error",
        "audience",
        "role",
        "contact",
        "title",
        "questions",
        "intro",
        "shows",
        "value",
        "in",
        "text",
    ),
    *(
        "whole_number",
        "decimal",
        "datetime",
        "yes_no",
        "one_of",
        "several_of",
        "person",
        "agency",
        "user",
        "file",
    ),
    *("release_on", "item", "today", "case", "mentor"),
)
