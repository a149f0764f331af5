"""The tree of an expression, and what its shapes mean in FEEL."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.expressions.functions import CLOCK


class Node(NamedTuple):
    """A part of the expression: its grammatical name, where it stands, its parts."""

    name: str
    start: int
    end: int
    text: str
    parts: "tuple[Node, ...]"


def grow(source: str, raw: list[Any]) -> Node:
    """The tree as web/frontend/feel/entry.js gives it: [name, start, end, [parts]]."""
    name, start, end, parts = raw
    return Node(name, start, end, source[start:end], tuple(grow(source, part) for part in parts))


def walk(node: Node) -> Iterator[Node]:
    """The node and everything in it, in the order of the text."""
    yield node
    for part in node.parts:
        yield from walk(part)


def bare(node: Node) -> Node:
    """The node without the parentheses around it."""
    while node.name in ("ParenthesizedExpression", "Expression", "PositiveUnaryTest", "FunctionBody"):
        node = node.parts[1 if node.name == "ParenthesizedExpression" else 0]
    return node


def is_condition(test: Node) -> bool:
    """Is this test in a cell of a decision table a condition by itself, and not a value or a range to compare with?"""
    test = bare(test)
    conditions = ("Comparison", "Conjunction", "Disjunction", "QuantifiedExpression")
    return test.name in conditions or any(node.name == "?" for node in walk(test))


def called(node: Node) -> str | None:
    """The name of the function that this node calls, if it calls one by name."""
    if node.name == "FunctionInvocation" and node.parts[0].name == "VariableName":
        return name_of(node.parts[0])
    if node.name == "DateTimeLiteral" and node.parts[0].name == "DateTimeConstructor":
        return name_of(node.parts[0])
    return None


def arguments(node: Node) -> tuple[Node, ...]:
    """What a call hands to its function, named or not."""
    parameters = next((part for part in node.parts if part.name.endswith("Parameters")), None)
    if parameters is None:
        return ()
    return tuple(part.parts[-1] if part.name == "NamedParameter" else part for part in parameters.parts)


def known_name(node: Node) -> str | None:
    """x, if the node is `is defined(x)`."""
    if called(node) == "is defined":
        given = arguments(node)
        if len(given) == 1 and bare(given[0]).name == "VariableName":
            return name_of(bare(given[0]))
    return None


def clock_name(node: Node) -> str | None:
    """The fact that `today()` or `now()` stands for."""
    return CLOCK.get(called(node) or "") if not arguments(node) else None


def loops(node: Node) -> list[tuple[str, Node]]:
    """The names that a `for`, `some` or `every` binds, each with what it goes through."""
    bound = next(part for part in node.parts if part.name == "InExpressions")
    return [(name_of(part.parts[0]), part.parts[-1]) for part in bound.parts if part.parts]


def parameters(node: Node) -> frozenset[str]:
    """The names of a function's parameters."""
    listed = next((part for part in node.parts if part.name == "FormalParameters"), None)
    return frozenset(name_of(part.parts[0]) for part in listed.parts) if listed else frozenset()


def entry(node: Node) -> tuple[str, Node]:
    """Key and value of an entry in {...}."""
    return node.parts[0].text.strip('"'), node.parts[-1]


def name_of(node: Node) -> str:
    """The name as it is looked up: one space between its words, no backticks."""
    return " ".join(node.text.replace("`", "").split())
