"""What a condition says, whatever language it was written in, and how FEEL says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from engine.words import N_, Sentence, say

# Comparisons look at as many digits.
_DIGITS = 15
_BINDS = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 3,
    "<=": 3,
    ">": 3,
    ">=": 3,
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
}
_LOOSE, _TIGHT = 0, 6
_SIGNS = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d.*")
_NUMBER = N_("It has a number that is too long to compare exactly: {found}. Write it with at most 15 digits.")
_TEXT = N_("It has a text with signs that cannot be seen. Write the text anew.")
_WHEN = N_('It compares a text with a moment. Write date and time("{found}").')


class Untranslatable(Exception):
    """Nothing in FEEL says the same; `advice` is a whole sentence, `understood` whether the language was known."""

    def __init__(self, advice: Sentence, understood: bool = True) -> None:
        super().__init__(str(advice))
        self.advice = advice
        self.understood = understood


@dataclass(frozen=True)
class Literal:
    """A text, a number, yes or no, or nothing."""

    value: str | Decimal | bool | None


@dataclass(frozen=True)
class Name:
    """A fact, or a part of one."""

    path: tuple[str, ...]


@dataclass(frozen=True)
class Not:
    it: Tree


@dataclass(frozen=True)
class Minus:
    it: Tree


@dataclass(frozen=True)
class Two:
    """Two things and what stands between them in FEEL: "and", "=", "<", "+" …"""

    sign: str
    left: Tree
    right: Tree


@dataclass(frozen=True)
class Choice:
    condition: Tree
    then: Tree
    otherwise: Tree


@dataclass(frozen=True)
class Among:
    it: Tree
    of: tuple[Tree, ...]


Tree = Literal | Name | Not | Minus | Two | Choice | Among


def write(tree: Tree, binds: int = _LOOSE) -> str:
    """The tree as FEEL, in parentheses where it binds less than what is around it."""
    match tree:
        case Literal(value):
            return _literal(value)
        case Name(path):
            return ".".join(path)
        case Not(Two("=", it, Literal(None) as nothing)):
            text, own = write(Two("!=", it, nothing)), _BINDS["!="]
        case Not(it):
            return f"not({write(it)})"
        case Minus(it):
            text, own = f"-{write(it, _TIGHT)}", 5
        case Two(sign, left, right):
            own = _BINDS[sign]
            # Comparisons do not follow one another; the others go from left to right.
            text = f"{write(left, own + (own == 3))} {sign} {write(right, own + 1)}"
        case Among(it, of):
            text, own = f"{write(it, 4)} in ({', '.join(write(one) for one in of)})", 3
        case Choice(condition, then, otherwise):
            text, own = f"if {write(condition)} then {write(then)} else {write(otherwise)}", _LOOSE
    return f"({text})" if own < binds else text


def names_in(tree: Tree) -> frozenset[str]:
    """The facts that the tree reads."""
    match tree:
        case Name(path):
            return frozenset(path[:1])
        case Not(it) | Minus(it):
            return names_in(it)
        case Two(_, left, right):
            return names_in(left) | names_in(right)
        case Among(it, of):
            return names_in(it).union(*map(names_in, of))
        case Choice(condition, then, otherwise):
            return names_in(condition) | names_in(then) | names_in(otherwise)
    return frozenset()


def surely_number(tree: Tree) -> bool:
    """Is it a number, whatever the facts are?"""
    match tree:
        case Literal(value):
            return isinstance(value, Decimal)
        case Minus():
            return True
        case Two(sign, left, right):
            return sign in ("-", "*", "/") or (sign == "+" and (surely_number(left) or surely_number(right)))
    return False


def _literal(value: str | Decimal | bool | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        if len(value.as_tuple().digits) > _DIGITS or abs(value.adjusted()) > _DIGITS:
            raise Untranslatable(say(_NUMBER, found=str(value)[:40]))
        return f"{value:f}"
    if _MOMENT.fullmatch(value):
        raise Untranslatable(say(_WHEN, found=value[:40]))
    if any(ord(sign) < 32 and sign not in _SIGNS for sign in value):
        raise Untranslatable(say(_TEXT))
    return '"' + "".join(_SIGNS.get(sign, sign) for sign in value) + '"'
