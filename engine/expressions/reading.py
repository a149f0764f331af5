"""Reading an expression: its tree, the names in it, and the strict form in which it is run."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from engine.expressions import sandbox
from engine.expressions.errors import ExpressionError
from engine.expressions.functions import CLOCK, FUNCTIONS, TYPES
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


class Node(NamedTuple):
    """A part of the expression: its grammatical name, where it stands, its parts."""

    name: str
    start: int
    end: int
    parts: "tuple[Node, ...]"


class Place(NamedTuple):
    """Where a check stands in the expression, in the expression's own words."""

    text: str
    left: str = ""
    right: str = ""


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

    def text(self, node: Node) -> str:
        """The node as it is written."""
        return self.source[node.start : node.end]


@lru_cache(maxsize=2048)
def read(source: str) -> Expression:
    """Parse. Raises ExpressionError (too_long, syntax, limit)."""
    if len(source) > LONGEST:
        raise ExpressionError("too_long", TOO_LONG, {"most": LONGEST})
    if not source.strip():
        raise ExpressionError("syntax", EMPTY)
    try:
        answer = sandbox.call("parse", source)
    except sandbox.LimitHit:
        raise ExpressionError("limit", TOO_DEEP) from None
    if answer.get("deep"):
        raise ExpressionError("limit", TOO_DEEP)
    tree = _node(answer["tree"])
    if answer["broken"]:
        raise _syntax_error(source, tree, answer["broken"][0])
    for node in walk(tree):
        if _doubled_sign(node):
            raise _syntax_error(source, tree, [node.parts[1].start, node.parts[2].end])
        if node.name == "IfExpression" and len(node.parts) < 6:
            raise ExpressionError("syntax", MISSING_ELSE)
        if node.name == "QualifiedName" and name_of(source, node) not in TYPES:
            raise ExpressionError("unknown_name", NO_TYPE, {"name": name_of(source, node)})
        if node.name in ("?", "Wildcard"):
            raise ExpressionError("syntax", OUT_OF_PLACE, {"found": source[node.start : node.end]})
    rewritten = _Strict(source)
    strict = rewritten.write(tree)
    found = list(_names(source, tree, frozenset()))
    asked = frozenset(name.text for name in found if name.asked)
    return Expression(
        source=source,
        tree=tree,
        names=frozenset(name.text for name in found),
        needed=frozenset(name.text for name in found if name.needed) - asked,
        asked=asked,
        unknown_functions=tuple(_unknown_functions(source, tree)),
        strict=strict,
        places=tuple(rewritten.places),
    )


def names(source: str) -> frozenset[str]:
    """The facts that the expression reads (`today()` reads "today"). Raises ExpressionError."""
    return read(source).names


def walk(node: Node) -> Iterator[Node]:
    """The node and everything in it, in the order of the text."""
    yield node
    for part in node.parts:
        yield from walk(part)


def _doubled_sign(node: Node) -> bool:
    """Is it a == b or a <> b, which FEEL takes for a = (= b) and a < (> b)?"""
    if node.name != "Comparison" or node.parts[1].name != "CompareOp":
        return False
    return any(part.name == "SimplePositiveUnaryTest" for part in node.parts)


def bare(node: Node) -> Node:
    """The node without the parentheses around it."""
    while node.name in ("ParenthesizedExpression", "Expression", "PositiveUnaryTest", "FunctionBody"):
        node = node.parts[1 if node.name == "ParenthesizedExpression" else 0]
    return node


def called(source: str, node: Node) -> str | None:
    """The name of the function that this node calls, if it calls one by name."""
    if node.name == "FunctionInvocation" and node.parts[0].name == "VariableName":
        return name_of(source, node.parts[0])
    if node.name == "DateTimeLiteral" and node.parts[0].name == "DateTimeConstructor":
        return name_of(source, node.parts[0])
    return None


def arguments(node: Node) -> tuple[Node, ...]:
    """What a call hands to its function, named or not."""
    parameters = next((part for part in node.parts if part.name.endswith("Parameters")), None)
    if parameters is None:
        return ()
    return tuple(part.parts[-1] if part.name == "NamedParameter" else part for part in parameters.parts)


def known_name(source: str, node: Node) -> str | None:
    """x, if the node is `is defined(x)`."""
    if called(source, node) == "is defined":
        given = arguments(node)
        if len(given) == 1 and bare(given[0]).name == "VariableName":
            return name_of(source, bare(given[0]))
    return None


def clock_name(source: str, node: Node) -> str | None:
    """The fact that `today()` or `now()` stands for."""
    return CLOCK.get(called(source, node) or "") if not arguments(node) else None


def loops(source: str, node: Node) -> list[tuple[str, Node]]:
    """The names that a `for`, `some` or `every` binds, each with what it goes through."""
    bound = next(part for part in node.parts if part.name == "InExpressions")
    return [(name_of(source, part.parts[0]), part.parts[-1]) for part in bound.parts if part.parts]


def parameters(source: str, node: Node) -> frozenset[str]:
    """The names of a function's parameters."""
    listed = next((part for part in node.parts if part.name == "FormalParameters"), None)
    return frozenset(name_of(source, part.parts[0]) for part in listed.parts) if listed else frozenset()


def entry(source: str, node: Node) -> tuple[str, Node]:
    """Key and value of an entry in {...}."""
    return source[node.parts[0].start : node.parts[0].end].strip('"'), node.parts[-1]


def _node(raw: list[Any]) -> Node:
    name, start, end, parts = raw
    return Node(name, start, end, tuple(map(_node, parts)))


def name_of(source: str, node: Node) -> str:
    """The name as it is looked up: one space between its words, no backticks."""
    return " ".join(source[node.start : node.end].replace("`", "").split())


class _Found(NamedTuple):
    text: str
    needed: bool
    asked: bool = False


def _names(source: str, node: Node, bound: frozenset[str], needed: bool = True) -> Iterator[_Found]:
    """The names that the expression takes from outside."""
    if node.name == "VariableName":
        name = name_of(source, node)
        if name not in bound and name not in FUNCTIONS:
            yield _Found(name, needed)
        return
    if node.name in ("QualifiedName", "PathName", "Key"):
        return
    if (known := known_name(source, node)) is not None:
        if known not in bound:
            yield _Found(known, False, True)
        return
    if (clock := clock_name(source, node)) is not None:
        yield _Found(clock, needed)
        return
    parts = node.parts
    if called(source, node) is not None:
        parts = parts[1:]
    if node.name in ("ForExpression", "QuantifiedExpression"):
        for name, through in loops(source, node):
            yield from _names(source, through, bound, needed)
            bound |= {name}
        parts, bound = parts[-1:], bound | {"partial"}
    elif node.name == "FunctionDefinition":
        bound |= parameters(source, node)
    elif node.name == "FilterExpression":
        yield from _names(source, parts[0], bound, needed)
        yield from _names(source, parts[2], bound | {"item"}, False)
        return
    elif node.name == "Context":
        for part in parts:
            if part.name == "ContextEntry":
                key, value = entry(source, part)
                yield from _names(source, value, bound, needed)
                bound |= {key}
        return
    for part in parts:
        yield from _names(source, part, bound, needed)


def _unknown_functions(source: str, tree: Node) -> Iterator[str]:
    bound = {name for node in walk(tree) for name in _bound(source, node)}
    for node in walk(tree):
        name = called(source, node)
        if name and name not in FUNCTIONS and name not in bound and clock_name(source, node) is None:
            yield name


def _bound(source: str, node: Node) -> Iterator[str]:
    """The names of functions that the expression itself may have made."""
    if node.name == "FunctionDefinition":
        yield from parameters(source, node)
    elif node.name == "ContextEntry":
        yield entry(source, node)[0]


class _Strict:
    """Writes the expression again, each comparison and condition as a call of web/frontend/feel/checks.js.

    FEEL answers null where operands do not fit, and takes null for false: a case would silently go the
    wrong way. `and` and `or` look at their right side only when they must, so that `x != null and x > 3` is
    a guard. Calls are compared with true, because in a filter FEEL takes a comparison for a condition and
    any call for a position.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self.places: list[Place] = []

    def write(self, node: Node) -> str:
        match node.name:
            case "Comparison":
                return f"({self._comparison(node)} = true)"
            case "Conjunction":
                left, right = self._yes(node.parts[0]), self._yes(node.parts[2])
                return f"((if {left} then {right} else false) = true)"
            case "Disjunction":
                left, right = self._yes(node.parts[0]), self._yes(node.parts[2])
                return f"((if {left} then true else {right}) = true)"
            case "IfExpression":
                condition, then, otherwise = self._yes(node.parts[1]), node.parts[3], node.parts[5]
                return f"if {condition} then {self.write(then)} else {self.write(otherwise)}"
            case "QuantifiedExpression":
                start = self._copy(node, node.parts[:-1], node.parts[-1].start)
                return f"{start}{self._yes(node.parts[-1])}"
            case "FilterExpression" if node.parts[2].name in ("SimplePositiveUnaryTest", "Interval"):
                at = self._place(node.parts[2])
                test = self.write(node.parts[2])
                return f"{self.write(node.parts[0])}[(__among(item, [{test}], {at}) = true)]"
            case "FunctionInvocation":
                if known_name(self._source, node) is not None:
                    return f"(__known({self.write(arguments(node)[0])}) = true)"
                if (clock := clock_name(self._source, node)) is not None:
                    return clock
        return self._copy(node, node.parts, node.end)

    def _copy(self, node: Node, parts: tuple[Node, ...], end: int) -> str:
        written, at = [], node.start
        for part in parts:
            written += [self._source[at : part.start], self.write(part)]
            at = part.end
        return "".join(written) + self._source[at:end]

    def _yes(self, node: Node) -> str:
        at = self._place(node)
        return f"__yes({self.write(node)}, {at})"

    def _comparison(self, node: Node) -> str:
        left, operator, *rest = node.parts
        value = self.write(left)
        if operator.name == "between":
            low, high = rest[0], rest[2]
            at = self._place(node, left, low)
            return f"__between({value}, {self.write(low)}, {self.write(high)}, {at})"
        if operator.name == "in":
            tests = next(part for part in rest if part.name.startswith("PositiveUnaryTest"))
            at = self._place(node, left, tests)
            return f"__among({value}, [{self.write(tests)}], {at})"
        right = rest[0]
        sign = self._source[operator.start : operator.end]
        if "null" in (bare(left).name, bare(right).name) and sign in ("=", "!="):
            other = self.write(right if bare(left).name == "null" else left)
            return f"__known({other}) {'!=' if sign == '=' else '='} true"
        at = self._place(node, left, right)
        return f'__compare({value}, "{sign}", {self.write(right)}, {at})'

    def _place(self, node: Node, left: Node | None = None, right: Node | None = None) -> int:
        texts = [self._source[part.start : part.end] if part else "" for part in (node, left, right)]
        self.places.append(Place(*texts))
        return len(self.places) - 1


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
