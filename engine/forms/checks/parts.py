"""The checks that every part of a definition needs: a key, a text, a word that is known."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeGuard

from engine.words import Sentence, say

_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")


def is_key(text: object) -> TypeGuard[str]:
    """Can this be the key of a form, a question or a pathway?"""
    return isinstance(text, str) and _KEY.fullmatch(text) is not None


def unknown_parts(thing: Mapping[str, Any], known: Collection[str], name: Sentence) -> Iterator[Sentence]:
    for part in thing:
        if part not in known:
            yield say(
                "“{part}” is not a part of {name}{meant}.",
                part=part,
                name=name,
                meant=did_you_mean(part, known),
            )


def text_problems(
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
    elif is_unclean(value):
        yield say("“{part}” holds characters that cannot be shown.", part=part)


def is_unclean(text: str) -> bool:
    return any((ord(c) < 32 and c not in "\n\t") or 0xD800 <= ord(c) <= 0xDFFF for c in text)


def did_you_mean(word: object, known: Collection[str]) -> Sentence | str:
    close = (
        difflib.get_close_matches(word, list(known), n=1) if isinstance(word, str) and len(word) < 80 else []
    )
    return say(" (did you mean “{word}”?)", word=close[0]) if close else ""


def text_in(thing: Mapping[str, Any], part: str) -> str:
    """A part that should be a text, fit to be looked up in a set; "" for anything else."""
    value = thing.get(part)
    return value if isinstance(value, str) else ""
