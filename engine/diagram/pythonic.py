"""Reads the conditions of SpiffArena (Python) as a tree; nothing of them is ever run."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from decimal import Decimal

from engine.diagram.feel import Among, Choice, Literal, Minus, Name, Not, Tree, Two, Untranslatable
from engine.diagram.juel import CALL, ORDER, POSITION, part, unknown
from engine.words import N_, say

LONGEST = 2000
_SIGNS: dict[type, str] = {
    ast.Eq: "=",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
_LENGTHS = ("weeks", "days", "hours", "minutes", "seconds")

INSIDE = N_(
    'It asks whether something is in a list. Write list contains(answers, "one"), or contains(text, "part") for a text.'
)
COUNT = N_("It asks how long something is. Write count(answers) for a list, string length(text) for a text.")
REMAINDER = N_("It uses a sign that FEEL does not have. Write modulo(a, b) for %, floor(a / b) for //.")
BEYOND = N_("It does more than compare. Let a form ask for what it works out, and compare the answer.")


def parse(text: str) -> Tree:
    """The tree of a condition. Raises Untranslatable, not `understood` where it is no Python at all."""
    tree = _read(text)
    if tree is None:
        raise unknown()
    try:
        return _tree(tree)
    except RecursionError:
        raise unknown() from None


def chains(text: str) -> bool:
    """Does it compare several things in a row (1 < age < 18), of which FEEL makes nonsense?"""
    tree = _read(text)
    return tree is not None and any(
        isinstance(node, ast.Compare) and len(node.ops) > 1 for node in ast.walk(tree)
    )


def length(text: str) -> str | None:
    """A length of time (timedelta(days=14)) in ISO 8601; None if it is none."""
    call = _read(text)
    if not isinstance(call, ast.Call) or call.args:
        return None
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = {one.arg: getattr(one.value, "value", None) for one in call.keywords}
    numbers = {name: value for name, value in given.items() if type(value) is int and 0 <= value < 10_000}
    if called != "timedelta" or not numbers or numbers.keys() != given.keys():
        return None
    if not numbers.keys() <= set(_LENGTHS):
        return None
    return _iso(timedelta(**{str(name): value for name, value in numbers.items()}))


def _read(text: str) -> ast.expr | None:
    """Python's own tree; None where it is no Python, or too long to be written by hand."""
    if len(text) > LONGEST:
        return None
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _iso(span: timedelta) -> str | None:
    seconds = span.seconds
    clock = "".join(
        f"{count}{letter}"
        for count, letter in ((seconds // 3600, "H"), (seconds // 60 % 60, "M"), (seconds % 60, "S"))
        if count
    )
    days = f"{span.days}D" if span.days else ""
    return f"P{days}{'T' if clock else ''}{clock}" if days or clock else None


def _tree(node: ast.expr) -> Tree:
    match node:
        case ast.Constant(value):
            return _constant(value)
        case ast.Name(name):
            return Name((name,))
        case ast.Attribute(value, name):
            return part(_tree(value), name)
        case ast.Subscript(value, ast.Constant(str(key))) if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key):
            return part(_tree(value), key)
        case ast.Subscript():
            raise Untranslatable(say(POSITION))
        case ast.UnaryOp(ast.Not(), it):
            return Not(_tree(it))
        case ast.UnaryOp(ast.USub(), it):
            return Minus(_tree(it))
        case ast.BoolOp(sign, parts):
            word = "and" if isinstance(sign, ast.And) else "or"
            tree = _tree(parts[0])
            for one in parts[1:]:
                tree = Two(word, tree, _tree(one))
            return tree
        case ast.BinOp(left, sign, right) if type(sign) in _SIGNS:
            return Two(_SIGNS[type(sign)], _tree(left), _tree(right))
        case ast.BinOp():
            raise Untranslatable(say(REMAINDER))
        case ast.Compare(left, signs, others):
            return _comparison(left, signs, others)
        case ast.IfExp(condition, then, otherwise):
            return Choice(_tree(condition), _tree(then), _tree(otherwise))
        case ast.Call():
            return _call(node)
    raise Untranslatable(say(BEYOND))


def _constant(value: object) -> Literal:
    if value is None or isinstance(value, str | bool):
        return Literal(value)
    if isinstance(value, int | float) and value == value and abs(value) != float("inf"):
        return Literal(Decimal(repr(value)))
    raise Untranslatable(say(BEYOND))


def _comparison(left: ast.expr, signs: list[ast.cmpop], others: list[ast.expr]) -> Tree:
    """One comparison, or several in a row (1 < a < 5), which all have to hold."""
    sides = [left, *others]
    found = [_compared(one, sign, two) for one, sign, two in zip(sides, signs, sides[1:], strict=False)]
    tree = found[0]
    for more in found[1:]:
        tree = Two("and", tree, more)
    return tree


def _compared(left: ast.expr, sign: ast.cmpop, right: ast.expr) -> Tree:
    if isinstance(sign, ast.In | ast.NotIn):
        if not isinstance(right, ast.List | ast.Tuple | ast.Set) or not right.elts:
            raise Untranslatable(say(INSIDE))
        one, of = _tree(left), tuple(_plain(item) for item in right.elts)
        among: Tree = Among(one, of) if len(of) > 1 else Two("=", one, of[0])
        return Not(among) if isinstance(sign, ast.NotIn) else among
    one, two = _tree(left), _tree(right)
    if isinstance(sign, ast.Is | ast.IsNot):
        # Only of these there is one each, so that being the same and being equal is one thing.
        if not isinstance(two, Literal) or not (two.value is None or isinstance(two.value, bool)):
            raise Untranslatable(say(BEYOND))
        return Two("=" if isinstance(sign, ast.Is) else "!=", one, two)
    texts = [side for side in (one, two) if isinstance(side, Literal) and isinstance(side.value, str)]
    if texts and not isinstance(sign, ast.Eq | ast.NotEq):
        raise Untranslatable(say(ORDER))
    return Two(_SIGNS[type(sign)], one, two)


def _plain(node: ast.expr) -> Literal:
    found = _tree(node)
    if not isinstance(found, Literal) or found.value is None:
        raise Untranslatable(say(INSIDE))
    return found


def _call(call: ast.Call) -> Tree:
    """Only what takes a part out of something by its name is no program."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "len":
        raise Untranslatable(say(COUNT))
    raise Untranslatable(say(CALL, found=name or "…"))
