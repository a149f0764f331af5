"""What is known of a value before there is one: its kind, its choices, whether it may be missing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.expressions.running import KIND_NAMES
from engine.words import Sentence

# A form's kinds of question are understood as well.
KINDS = {kind: kind for kind in KIND_NAMES} | {"one_of": "one_of", "long_text": "text", "several_of": "list"}
KINDS |= {"whole_number": "number", "decimal": "number", "agency": "text", "user": "text"}
KINDS |= {"person": "record", "file": "record"}
ORDERED = frozenset(("number", "text", "date", "datetime", "time", "duration"))
MOMENTS = frozenset(("date", "datetime", "time"))


@dataclass(frozen=True)
class Kind:
    """What a fact is: "text", "number", "date", "datetime", "yes_no", "one_of", "list" ...; else "any".

    An `optional` fact may have no answer. `choices` are the values that a one_of can take, or the items of a
    list; empty when not known.
    """

    name: str
    optional: bool = False
    choices: frozenset[str] = frozenset()


Kinds = Mapping[str, str | Kind]
Scope = Mapping[str, Kind]

ANY, YES_NO, NUMBER, DATE, NOTHING = map(Kind, ("any", "yes_no", "number", "date", "nothing"))


def kind_of(given: str | Kind) -> Kind:
    """A kind as it is written, in the words of expressions; "any" for a name that says nothing to them."""
    kind = given if isinstance(given, Kind) else Kind(given.removesuffix("?"), given.endswith("?"))
    return replace(kind, name=KINDS.get(kind.name, "any"))


def say(kind: Kind) -> Sentence:
    """The kind in words: "a number"."""
    return KIND_NAMES["text" if kind.name == "one_of" else kind.name]


def family(kind: Kind) -> str:
    """What the kind can be compared with: the answers to a choice are text."""
    return "text" if kind.name == "one_of" else kind.name


def dated(text: Kind, moment: Kind) -> bool:
    """Is it a date, written as text in the expression, beside a date?"""
    if text.name != "text" or moment.name not in MOMENTS or not text.choices:
        return False
    return all(moment_kind(choice) == moment.name for choice in text.choices)


def moment_kind(text: str) -> str:
    """The kind of a moment or duration in ISO 8601."""
    if re.match(r"-?P", text):
        return "duration"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return "date"
    return "datetime" if re.match(r"\d{4}-\d\d-\d\dT", text) else "time"


def item_of(whole: Kind) -> Kind:
    """What is known of each item of a list."""
    return Kind("one_of", choices=whole.choices) if whole.name == "list" and whole.choices else ANY


def either(kinds: list[Kind]) -> Kind:
    """What is known of a value that is one of these."""
    if not kinds or len({kind.name for kind in kinds}) > 1:
        return ANY
    choices = frozenset().union(*(kind.choices for kind in kinds))
    return Kind(kinds[0].name, choices=choices if all(kind.choices for kind in kinds) else frozenset())


def calculated(left: str, operator: str, right: str) -> str | None:
    """The kind of left operator right, as feelin calculates; None where it cannot."""
    if left == right == "number":
        return "number"
    if operator == "+":
        if left == right and left in ("text", "duration"):
            return left
        if right == "duration" and left in MOMENTS:
            return left
        if left == "duration" and right in MOMENTS:
            return right
    if operator == "-":
        if left in MOMENTS and right == "duration":
            return left
        if left == right and left in MOMENTS | {"duration"}:
            return "duration"
    return None
