"""Writing an expression again, so that it cannot pass over what does not fit."""

from typing import NamedTuple

from engine.expressions.tree import Node, arguments, bare, called, clock_name, is_condition

# What a cell of a decision table is asked of, and what it calls `?`.
TESTED = "__tested"


class Place(NamedTuple):
    """Where a check stands in the expression, in the expression's own words."""

    text: str
    left: str = ""
    right: str = ""


class Strict:
    """Writes the expression again, each comparison and condition as a call of web/frontend/feel/checks.js.

    FEEL answers null where operands do not fit, and takes null for false: a case would silently go the
    wrong way. `and` and `or` look at their right side only when they must, so that `x != null and x > 3` is
    a guard. Calls are compared with true, because in a filter FEEL takes a comparison for a condition and
    any call for a position.
    """

    def __init__(self) -> None:
        self.places: list[Place] = []

    def write(self, node: Node) -> str:
        """The node in its strict form; adds to `places`."""
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
                if called(node) == "is defined" and len(arguments(node)) == 1:
                    return f"(__known({self.write(arguments(node)[0])}) = true)"
                if (clock := clock_name(node)) is not None:
                    return clock
            case "Interval":
                # ]1..5[ is what (1..5) is, and can stand in a list.
                opening, low, _, high, closing = node.parts
                signs = ("(" if opening.text in "](" else "[", ")" if closing.text in "[)" else "]")
                return f"{signs[0]}{self.write(low)}..{self.write(high)}{signs[1]}"
            case "UnaryTests":
                return self._cell(node)
            case "?":
                return TESTED
        return self._copy(node, node.parts, node.end)

    def _cell(self, node: Node) -> str:
        """The tests in a cell of a decision table; one that is a condition becomes a function of what it asks."""
        tests = next(part for part in node.parts if part.name == "PositiveUnaryTests")
        at = len(self.places)
        self.places.append(Place(node.text, "?", tests.text))
        written = [
            f"(function({TESTED}) {self.write(test)})" if is_condition(test) else self.write(test)
            for test in tests.parts
        ]
        negated = "true" if node.parts[0].name == "not" else "false"
        return f"(__fits({TESTED}, [{', '.join(written)}], {negated}, {at}) = true)"

    def _copy(self, node: Node, parts: tuple[Node, ...], end: int) -> str:
        written, at = [], node.start
        for part in parts:
            written += [node.text[at - node.start : part.start - node.start], self.write(part)]
            at = part.end
        return "".join(written) + node.text[at - node.start : end - node.start]

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
        sign = operator.text
        if "null" in (bare(left).name, bare(right).name) and sign in ("=", "!="):
            other = self.write(right if bare(left).name == "null" else left)
            return f"__known({other}) {'!=' if sign == '=' else '='} true"
        at = self._place(node, left, right)
        return f'__compare({value}, "{sign}", {self.write(right)}, {at})'

    def _place(self, node: Node, left: Node | None = None, right: Node | None = None) -> int:
        texts = [part.text if part else "" for part in (node, left, right)]
        self.places.append(Place(*texts))
        return len(self.places) - 1
