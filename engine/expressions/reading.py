"""Reading an expression: its tree, the names in it, and the strict form in which it is run."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from engine.expressions import sandbox
from engine.expressions.errors import ExpressionError
from engine.expressions.functions import FUNCTIONS, TYPES
from engine.expressions.strict import Place, Strict
from engine.expressions.tree import (
    Node,
    called,
    clock_name,
    entry,
    grow,
    known_name,
    loops,
    name_of,
    parameters,
    walk,
)
from engine.words import N_

LONGEST = 2000

TOO_LONG = N_("This condition is longer than {most} characters. Split it over two gateways.")
TOO_DEEP = N_("This condition is nested too deeply. Split it over two gateways.")
EMPTY = N_('This condition is empty. Write what must be true, for example: agreement = "given"')

# What people write who know another language, and what FEEL calls it. Longest first.
HINTS = {
    "==": N_("Write = where you wrote ==."),
    "<>": N_("Write != where you wrote <>."),
    "&&": N_("Write and where you wrote &&."),
    "||": N_("Write or where you wrote ||."),
    "“": N_('Put text in straight double quotes, like "this".'),
    "”": N_('Put text in straight double quotes, like "this".'),
    "„": N_('Put text in straight double quotes, like "this".'),
    "'": N_('Put text in double quotes, like "this".'),
    "’": N_('Put text in double quotes, like "this".'),
    "!": N_("Write not(…) where you wrote !."),
}
IS_NULL = N_("Write = null where you wrote “is null”, and != null where you wrote “is not null”.")
INCOMPLETE = N_("This condition is not finished: something is missing at its end.")
CLOSING = N_("This condition is not finished: a closing {bracket} is missing.")
UNFINISHED_TEXT = N_('This condition is not finished: a closing " is missing.')
MISSING_ELSE = N_("This “if” has no “else”. Say what happens otherwise, for example: else false")
NO_TYPE = N_("There is no type called “{name}”. The types are string, number, boolean, date and the like.")
OUT_OF_PLACE = N_("“{found}” is out of place in this condition.")


@dataclass(frozen=True)
class Expression:
    """An expression without syntax errors.

    `names` are the facts it reads; `asked` those of them that may be missing, because `is defined` asks for
    them; `needed` those without which it cannot be evaluated (a name in a filter may belong to the items
    instead). `strict` is what the sandbox runs.
    """

    source: str
    tree: Node
    names: frozenset[str]
    needed: frozenset[str]
    asked: frozenset[str]
    unknown_functions: tuple[str, ...]
    strict: str
    places: tuple[Place, ...]


@lru_cache(maxsize=2048)
def read(source: str, tests: bool = False) -> Expression:
    """Parse an expression, or the `tests` in a cell of a decision table. Raises ExpressionError (too_long, syntax,
    limit)."""
    if len(source) > LONGEST:
        raise ExpressionError("too_long", TOO_LONG, {"most": LONGEST})
    if not source.strip():
        raise ExpressionError("syntax", EMPTY)
    try:
        answer = sandbox.call("parse", source, "tests" if tests else "")
    except sandbox.LimitHit:
        raise ExpressionError("limit", TOO_DEEP) from None
    if answer.get("deep"):
        raise ExpressionError("limit", TOO_DEEP)
    tree = grow(source, answer["tree"])
    if answer["broken"]:
        raise _syntax_error(source, tree, answer["broken"][0])
    for node in walk(tree):
        if _doubled_sign(node):
            raise _syntax_error(source, tree, [node.start, node.end])
        if node.name == "IfExpression" and len(node.parts) < 6:
            raise ExpressionError("syntax", MISSING_ELSE)
        if node.name == "QualifiedName" and name_of(node) not in TYPES:
            raise ExpressionError("unknown_name", NO_TYPE, {"name": name_of(node)})
        if node.name == "Wildcard" or (node.name == "?" and not tests):
            raise ExpressionError("syntax", OUT_OF_PLACE, {"found": node.text})
    rewritten = Strict()
    strict = rewritten.write(tree)
    found = list(_names(tree, frozenset()))
    asked = frozenset(name.text for name in found if name.asked)
    return Expression(
        source=source,
        tree=tree,
        names=frozenset(name.text for name in found),
        needed=frozenset(name.text for name in found if name.needed) - asked,
        asked=asked,
        unknown_functions=tuple(_unknown_functions(tree)),
        strict=strict,
        places=tuple(rewritten.places),
    )


def names(source: str) -> frozenset[str]:
    """The facts that the expression reads (`today()` reads "today"). Raises ExpressionError."""
    return read(source).names


def names_in_cell(source: str) -> frozenset[str]:
    """The facts that the cell of a decision table reads besides what it is asked of. Raises ExpressionError."""
    return read(source, tests=True).names


def items(source: str) -> tuple[str, ...]:
    """The values in a list such as `"high", "low"`, each as it is written. Raises ExpressionError."""
    tree = read(source, tests=True).tree
    listed = next(part for part in tree.parts if part.name == "PositiveUnaryTests")
    return tuple(part.text for part in listed.parts)


def _doubled_sign(node: Node) -> bool:
    """Is it a == b or a <> b, which FEEL takes for a = (= b) and a < (> b)?"""
    if node.name == "SimplePositiveUnaryTest" and len(node.parts) == 2:
        return node.parts[1].name == "SimplePositiveUnaryTest"
    if node.name != "Comparison" or node.parts[1].name != "CompareOp":
        return False
    return any(part.name == "SimplePositiveUnaryTest" for part in node.parts)


class _Found(NamedTuple):
    text: str
    needed: bool
    asked: bool = False


def _names(node: Node, bound: frozenset[str], needed: bool = True) -> Iterator[_Found]:
    """The names that the expression takes from outside."""
    if node.name == "VariableName":
        name = name_of(node)
        if name not in bound and name not in FUNCTIONS:
            yield _Found(name, needed)
        return
    if node.name in ("QualifiedName", "PathName", "Key"):
        return
    if (known := known_name(node)) is not None:
        if known not in bound:
            yield _Found(known, False, True)
        return
    if (clock := clock_name(node)) is not None:
        yield _Found(clock, needed)
        return
    parts = node.parts
    if called(node) is not None:
        parts = parts[1:]
    if node.name in ("ForExpression", "QuantifiedExpression"):
        for name, through in loops(node):
            yield from _names(through, bound, needed)
            bound |= {name}
        parts, bound = parts[-1:], bound | {"partial"}
    elif node.name == "FunctionDefinition":
        bound |= parameters(node)
    elif node.name == "FilterExpression":
        yield from _names(parts[0], bound, needed)
        yield from _names(parts[2], bound | {"item"}, False)
        return
    elif node.name == "Context":
        for part in parts:
            if part.name == "ContextEntry":
                key, value = entry(part)
                yield from _names(value, bound, needed)
                bound |= {key}
        return
    for part in parts:
        yield from _names(part, bound, needed)


def _unknown_functions(tree: Node) -> Iterator[str]:
    bound = {name for node in walk(tree) for name in _bound(node)}
    for node in walk(tree):
        name = called(node)
        if name and name not in FUNCTIONS and name not in bound and clock_name(node) is None:
            yield name


def _bound(node: Node) -> Iterator[str]:
    """The names of functions that the expression itself may have made."""
    if node.name == "FunctionDefinition":
        yield from parameters(node)
    elif node.name == "ContextEntry":
        yield entry(node)[0]


def _syntax_error(source: str, tree: Node, broken: list[int]) -> ExpressionError:
    start, end = broken
    around = source[max(0, start - 1) : end + 1]
    for wrong, hint in HINTS.items():
        if wrong in around:
            return ExpressionError("syntax", hint)
    if source[start:end] in ("null", "not null") and source[:start].rstrip().endswith(" is"):
        return ExpressionError("syntax", IS_NULL)
    if '"' in source[start:end] or source.count('"') % 2:
        return ExpressionError("syntax", UNFINISHED_TEXT)
    if start >= len(source.rstrip()):
        for opening, closing in ("()", "[]", "{}"):
            if source.count(opening) > source.count(closing):
                return ExpressionError("syntax", CLOSING, {"bracket": closing})
        if any(node.name == "IfExpression" and len(node.parts) in (4, 5) for node in walk(tree)):
            return ExpressionError("syntax", MISSING_ELSE)
        return ExpressionError("syntax", INCOMPLETE)
    found = source[start:end].strip() or source[start:].split()[0]
    return ExpressionError("syntax", OUT_OF_PLACE, {"found": found})
