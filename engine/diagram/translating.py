"""Says in FEEL what a condition or a time says in the language of another system, where that is surely the same.

JUEL (Camunda 7, Flowable: ${…}), FEEL with a leading = (Camunda 8) and Python (SpiffArena) are read, never run. What
cannot be said in FEEL with the same result for every case is left to the editor, with what to write instead.
"""

from __future__ import annotations

import re

from engine import expressions
from engine.diagram import juel, pythonic
from engine.diagram.feel import Tree, Untranslatable, names_in, write
from engine.words import N_, Sentence, say

_JUEL = re.compile(r"[$#]\{(.*)\}", re.DOTALL)
# Names with which FEEL reads on where another language says something: “not given”, “answer is None”.
_SAYS_MORE = re.compile(r"\s|True|False|None")

SEVERAL = N_("It joins several parts. Write one condition instead.")
TAKEN = N_("“{name}” means something else in FEEL. Ask it in a form under another name.")


def is_foreign(text: str) -> bool:
    """Is it written for another system, so that FEEL does not understand it, or not as it is meant?"""
    text = text.strip()
    if re.match(r"=(?!=)|[$#]\{", text):
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
    whole = _JUEL.fullmatch(text)
    if whole is None and text[:2] in ("${", "#{"):
        raise Untranslatable(say(SEVERAL))
    if whole is not None and re.search(r"\}.*[$#]\{", whole[1], re.DOTALL):
        raise Untranslatable(say(SEVERAL))
    tree = juel.parse(whole[1]) if whole else _bare(text)
    feel = write(tree)
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
