"""Says in FEEL what a condition or a time says in the language of another system, where that is surely the same.

JUEL (Camunda 7, Flowable: ${…}), FEEL with a leading = (Camunda 8) and Python (SpiffArena) are read, never run. What
cannot be said in FEEL with the same result for every case is left to the editor, with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from engine import expressions
from engine.diagram import juel, pythonic, times
from engine.diagram.feel import Tree, Untranslatable, names_in, write
from engine.diagram.labels import local, text_of
from engine.words import N_, Sentence, say

_JUEL = re.compile(r"[$#]\{(.*)\}", re.DOTALL)
# XPath, and functions that Camunda 7 adds to JUEL.
_CALL = re.compile(r"\b([a-z]\w*:[a-z]\w*)\(", re.IGNORECASE | re.ASCII)
# What other systems count while a step is done several times.
_COUNTS = re.compile(r"nrOf\w*Instances|numberOf\w*Instances|loopCounter")
_LANGUAGES = re.compile(r"python|juel|\bel\b", re.IGNORECASE)
# Names with which FEEL reads on where another language says something: “not given”, “answer is None”.
_SAYS_MORE = re.compile(r"\s|True|False|None")

SEVERAL = N_("It joins several parts. Write one condition instead.")
TIME = N_("Write a length of time such as P2W, or choose the date to count from.")
COUNTED = N_(
    "It counts how often the step was done (“{name}”), which no condition knows here. Ask for an answer: found = true."
)
TAKEN = N_("“{name}” means something else in FEEL. Ask it in a form under another name.")


def offered(written: etree._Element) -> str | None:
    """What to write instead of a condition, number or time that is written for another system; None: it is not.

    Raises Untranslatable where that cannot be said, with what to do.
    """
    text = text_of(written) or ""
    if local(written) in times.READ:
        return _offered_time(text, times.READ[local(written)])
    known = _LANGUAGES.search(written.get("language", ""))
    return to_feel(text) if text and (known or is_foreign(text)) else None


def in_unknown_language(written: etree._Element) -> bool:
    """Does a condition say that it is written in a language that is neither FEEL nor one that is read here?"""
    language = written.get("language", "")
    return bool(language) and "feel" not in language.lower() and not _LANGUAGES.search(language)


def _offered_time(text: str, read: Callable[[str], object]) -> str | None:
    try:
        read(text)
    except times.UnreadableTime:
        said = to_time(text)
    else:
        return None
    if said is None and not re.search(r"[${}()=]", text):
        return None
    if said is None:
        raise Untranslatable(say(TIME))
    try:
        read(said)
    except times.UnreadableTime:
        # It is read as it is meant, and is no time.
        return None
    return said


def is_foreign(text: str) -> bool:
    """Is it written for another system, so that FEEL does not understand it, or not as it is meant?"""
    text = text.strip()
    if re.match(r"=(?!=)|[$#]\{", text) or _CALL.search(text):
        return True
    try:
        names = expressions.names(text)
    except expressions.ExpressionError:
        names = frozenset({"None"})
    if not any(_SAYS_MORE.search(name) for name in names) and not pythonic.chains(text):
        return False
    try:
        return write(_bare(text)) != text
    except Untranslatable as wrong:
        return wrong.understood


def to_feel(text: str) -> str:
    """The same condition or number in FEEL. Raises Untranslatable, with what to write instead."""
    text = text.strip()
    if re.match(r"=(?!=)", text):
        return _checked(text[1:].strip())
    called = _CALL.search(text)
    if called is not None:
        raise Untranslatable(say(juel.CALL, found=called[1]))
    whole = _JUEL.fullmatch(text)
    if whole is None and text[:2] in ("${", "#{"):
        raise Untranslatable(say(SEVERAL))
    if whole is not None and re.search(r"\}.*[$#]\{", whole[1], re.DOTALL):
        raise Untranslatable(say(SEVERAL))
    tree = juel.parse(whole[1]) if whole else _bare(text)
    feel = write(tree)
    for name in sorted(filter(_COUNTS.fullmatch, names_in(tree))):
        raise Untranslatable(say(COUNTED, name=name))
    for name in sorted(names_in(tree) - _names(feel)):
        raise Untranslatable(say(TAKEN, name=name))
    if _names(feel) != names_in(tree):
        raise juel.unknown()
    return feel


def to_time(text: str) -> str | None:
    """What a timer of another system says, as engine.diagram.times reads it; None where it is worked out there."""
    text = text.strip()
    found = _JUEL.fullmatch(text)
    inner = found[1].strip() if found else text.removeprefix("=").strip()
    quoted = re.fullmatch(r"'([^'\\]*)'|\"([^\"\\]*)\"", inner)
    if quoted is not None:
        return next(said for said in quoted.groups() if said is not None)
    return pythonic.length(inner)


def _bare(text: str) -> Tree:
    """Python, or JUEL that has lost its ${…}."""
    try:
        return pythonic.parse(text)
    except Untranslatable as wrong:
        if wrong.understood:
            raise
    return juel.parse(text)


def _checked(feel: str) -> str:
    _names(feel)
    return feel


def _names(feel: str) -> frozenset[str]:
    try:
        return expressions.names(feel)
    except expressions.ExpressionError as wrong:
        raise Untranslatable(Sentence(wrong.sentence, wrong.words)) from wrong
