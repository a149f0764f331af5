"""Checking an expression before a case needs it: every problem at once, in words for the editor."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import replace

from engine.expressions.errors import ExpressionError
from engine.expressions.functions import FUNCTIONS, PARTS
from engine.expressions.kinds import (
    ANY,
    DATE,
    NOTHING,
    NUMBER,
    ORDERED,
    YES_NO,
    Kind,
    Kinds,
    Scope,
    calculated,
    dated,
    either,
    family,
    item_of,
    kind_of,
    moment_kind,
    say,
)
from engine.expressions.reading import Expression, read
from engine.expressions.running import KIND_NAMES, evaluate
from engine.expressions.tree import (
    Node,
    arguments,
    bare,
    called,
    clock_name,
    entry,
    is_condition,
    known_name,
    loops,
    name_of,
    parameters,
    walk,
)
from engine.words import N_, Sentence

NO_FACT = N_("There is no fact called “{name}”.")
NO_FACT_BUT = N_("There is no fact called “{name}”. Did you mean “{nearest}”?")
NO_FACT_BUT_CHOICE = N_('“{name}” is an answer, not a fact. Put it in double quotes: "{name}"')
NO_FACT_BUT_WORD = N_("Write “{word}” in small letters where you wrote “{name}”.")
NO_FUNCTION = N_("There is no function called “{name}”.")
NO_FUNCTION_BUT = N_("There is no function called “{name}”. Did you mean “{nearest}”?")
UNGUARDED = N_(
    "“{name}” may have no answer. Say what happens then, for example: if {name} = null then false else …"
)
CANNOT_COMPARE = N_("“{left}” is {left_kind}, but it is compared with {right_kind} ({right}).")
WITHOUT_TIME = N_(
    "“{left}” is {left_kind} and “{right}” is {right_kind}. Compare the dates alone: date({moment})"
)
NO_ORDER = N_("“{text}” is {kind}, which cannot be smaller or greater. Compare it with = or !=.")
CHOICES_HAVE_NO_ORDER = N_(
    "The answers to “{text}” have no order. Name the ones you mean, for example: {text} in ({examples})"
)
NEVER = N_("“{text}” can never be {value}. Its answers are: {choices}.")
NEEDS_YES_NO = N_("“{text}” must be true or false, but it is {kind}.")
NEEDS_KIND = N_("“{text}” must be {needed}, but it is {kind}.")
CANNOT_CALCULATE = N_("“{text}” cannot be calculated: “{left}” is {left_kind} and “{right}” is {right_kind}.")
NO_MOMENT = N_("“{text}” is not {kind}. Write it like this: {example}")
NO_WEEKS = N_("“{text}” counts in weeks. Count in days instead: {days}")
NO_PARTS = N_("“{text}” is {kind} and has no part called “{part}”.")
NOT_A_LIST = N_("“{text}” is {kind}, not a list.")

MISSPELT_WORDS = {"True": "true", "False": "false", "None": "null", "Null": "null", "NULL": "null"}
MISSPELT_WORDS |= {"TRUE": "true", "FALSE": "false"}
EXAMPLES = {
    "@": '@"2027-03-31"',
    "date": 'date("2027-03-31")',
    "time": 'time("14:30:00")',
    "date and time": 'date and time("2027-03-31T14:30:00+01:00")',
    "duration": 'duration("P28D")',
}
LONGEST_QUOTE = 60


def problems(source: str, kinds: Kinds | None = None, expects: str = "yes_no") -> list[str]:
    """Every problem of the expression, each a sentence for the editor; [] when it is fit to run.

    `kinds`: fact key -> Kind, or its name with "?" behind it when the fact may be missing; None when the
    facts are not known (then only what is wrong with any facts is found). "today" and "item" are always
    known. `expects`: the kind that must come out ("any" for every kind).
    """
    return [str(problem) for problem in find(source, kinds, expects)]


def find(source: str, kinds: Kinds | None = None, expects: str = "yes_no") -> list[Sentence]:
    """Like problems, before translation."""
    try:
        expression = read(source)
    except ExpressionError as error:
        return [Sentence(error.sentence, error.words)]
    scope = {"today": DATE, "item": ANY} | {key: kind_of(kind) for key, kind in (kinds or {}).items()}
    check = _Check(expression, scope, closed=kinds is not None)
    check.result(expression.tree, scope, kind_of(expects).name)
    return check.found


def find_in_cell(source: str, asked_of: str, kind: str | Kind, kinds: Kinds | None = None) -> list[Sentence]:
    """Every problem of a cell of a decision table: FEEL's unary tests of `asked_of`, an expression of that kind."""
    try:
        expression, tested = read(source, tests=True), read(asked_of)
    except ExpressionError as error:
        return [Sentence(error.sentence, error.words)]
    scope = {"today": DATE, "item": ANY, "?": kind_of(kind)}
    scope |= {key: kind_of(known) for key, known in (kinds or {}).items()}
    check = _Check(expression, scope, closed=kinds is not None)
    listed = next(part for part in expression.tree.parts if part.name == "PositiveUnaryTests")
    for test in listed.parts:
        if is_condition(test):
            check.result(test, scope, "yes_no")
        else:
            check.test(tested.tree, scope["?"], test, scope)
    return check.found


class _Check:
    """Walks the tree with what is known of each name, and notes what cannot be right."""

    def __init__(self, expression: Expression, facts: Scope, closed: bool) -> None:
        self._expression = expression
        self._facts = facts
        # Names that nobody declared are a problem only where all are declared: not in a filter of records.
        self._closed = closed
        self.found: list[Sentence] = []

    def result(self, node: Node, scope: Scope, expects: str) -> None:
        """Check the expression and each of the values that it may come out as."""
        node = bare(node)
        if node.name == "IfExpression":
            yes, no = self._condition(node.parts[1], scope)
            self.result(node.parts[3], yes, expects)
            self.result(node.parts[5], no, expects)
            return
        kind = self._kind(node, scope)
        if "any" in (expects, kind.name) or kind.name == expects:
            return
        if expects == "yes_no":
            self._note(NEEDS_YES_NO, text=self._quote(node), kind=say(kind))
        else:
            self._note(NEEDS_KIND, text=self._quote(node), needed=KIND_NAMES[expects], kind=say(kind))

    def _kind(self, node: Node, scope: Scope) -> Kind:
        """What the node comes out as."""
        node = bare(node)
        match node.name:
            case "NumericLiteral":
                return NUMBER
            case "StringLiteral":
                return Kind("text", choices=frozenset((node.text[1:-1],)))
            case "BooleanLiteral" | "InstanceOfExpression":
                self._each(node.parts[:1], scope)
                return YES_NO
            case "null":
                return NOTHING
            case "VariableName":
                return self._fact(node, scope)
            case "?":
                return scope["?"]
            case "Comparison" | "Conjunction" | "Disjunction":
                self._condition(node, scope)
                return YES_NO
            case "IfExpression":
                yes, no = self._condition(node.parts[1], scope)
                return either([self._kind(node.parts[3], yes), self._kind(node.parts[5], no)])
            case "ArithmeticExpression":
                return self._arithmetic(node, scope)
            case "List":
                items = either([self._kind(part, scope) for part in node.parts[1:-1]])
                return Kind("list", choices=items.choices)
            case "Interval":
                self._each((node.parts[1], node.parts[3]), scope)
                return Kind("range")
            case "FunctionInvocation" | "DateTimeLiteral":
                return self._call(node, scope)
            case "PathExpression":
                return self._part(node, scope)
            case "FilterExpression":
                return self._filter(node, scope)
            case "ForExpression":
                self._kind(node.parts[-1], self._loop(node, scope))
                return Kind("list")
            case "QuantifiedExpression":
                self._condition(node.parts[-1], self._loop(node, scope))
                return YES_NO
            case "FunctionDefinition":
                self._kind(node.parts[-1], {**scope, **dict.fromkeys(parameters(node), ANY)})
                return Kind("function")
            case "Context":
                for part in node.parts[1:-1]:
                    key, value = entry(part)
                    scope = {**scope, key: self._kind(value, scope)}
                return Kind("record")
        self._each(node.parts, scope)
        return ANY

    def _each(self, nodes: Iterable[Node], scope: Scope) -> list[Kind]:
        return [self._kind(node, scope) for node in nodes]

    def _condition(self, node: Node, scope: Scope) -> tuple[Scope, Scope]:
        """Check what must be true or false. What is known of the names if it is true, and if it is false."""
        node = bare(node)
        if (guard := self._guard(node, scope)) is not None:
            name, is_missing = guard
            present = {**scope, name: replace(scope[name], optional=False)}
            return (scope, present) if is_missing else (present, scope)
        match node.name:
            case "Comparison":
                self._comparison(node, scope)
            case "Conjunction":
                yes, _ = self._condition(node.parts[0], scope)
                yes, _ = self._condition(node.parts[2], yes)
                return yes, scope
            case "Disjunction":
                _, no = self._condition(node.parts[0], scope)
                _, no = self._condition(node.parts[2], no)
                return scope, no
            case "IfExpression":
                yes, no = self._condition(node.parts[1], scope)
                then_yes, _ = self._condition(node.parts[3], yes)
                else_yes, _ = self._condition(node.parts[5], no)
                # `if x = null then false else …` is only true where x has an answer.
                if self._is_false(node.parts[3]):
                    return else_yes, scope
                if self._is_false(node.parts[5]):
                    return then_yes, scope
            case _ if called(node) == "not" and len(arguments(node)) == 1:
                yes, no = self._condition(arguments(node)[0], scope)
                return no, yes
            case _:
                self.result(node, scope, "yes_no")
        return scope, scope

    def _guard(self, node: Node, scope: Scope) -> tuple[str, bool] | None:
        """(x, True) for `x = null`, (x, False) for `x != null` and `is defined(x)`."""
        name, is_missing = known_name(node), False
        if name is None and node.name == "Comparison" and node.parts[1].name == "CompareOp":
            sign = node.parts[1].text
            sides = sorted((bare(node.parts[0]), bare(node.parts[2])), key=lambda side: side.name == "null")
            if sign in ("=", "!=") and [side.name for side in sides] == ["VariableName", "null"]:
                name, is_missing = name_of(sides[0]), sign == "="
        return (name, is_missing) if name is not None and name in scope else None

    def _is_false(self, node: Node) -> bool:
        return bare(node).text == "false"

    def _fact(self, node: Node, scope: Scope) -> Kind:
        name = name_of(node)
        kind = scope.get(name)
        if kind is None:
            if name in FUNCTIONS:
                return Kind("function")
            self._unknown(name)
            return ANY
        if kind.optional:
            self._note(UNGUARDED, name=name)
        return replace(kind, optional=False)

    def _unknown(self, name: str) -> None:
        if not self._closed or name in FUNCTIONS:
            return
        choices = frozenset().union(*(kind.choices for kind in self._facts.values()))
        nearest = difflib.get_close_matches(name.replace(" ", "_").lower(), self._facts, 1, 0.75)
        if name in MISSPELT_WORDS:
            self._note(NO_FACT_BUT_WORD, name=name, word=MISSPELT_WORDS[name])
        elif name in choices:
            self._note(NO_FACT_BUT_CHOICE, name=name)
        elif nearest:
            self._note(NO_FACT_BUT, name=name, nearest=nearest[0])
        else:
            self._note(NO_FACT, name=name)

    def _comparison(self, node: Node, scope: Scope) -> None:
        left, operator, *rest = node.parts
        kind = self._kind(left, scope)
        if operator.name == "between":
            for bound in (rest[0], rest[2]):
                self._compare(left, kind, "<=", bound, self._kind(bound, scope))
        elif operator.name == "in":
            listed = next(part for part in rest if part.name.startswith("PositiveUnaryTest"))
            for test in listed.parts:
                self.test(left, kind, test, scope)
        else:
            self._compare(left, kind, operator.text, rest[0], self._kind(rest[0], scope))

    def test(self, left: Node, kind: Kind, test: Node, scope: Scope) -> None:
        """One of the tests behind `in`."""
        test = bare(test)
        if test.name in ("PositiveUnaryTest", "SimplePositiveUnaryTest") and len(test.parts) == 1:
            self.test(left, kind, test.parts[0], scope)
        elif test.name == "SimplePositiveUnaryTest":
            sign, value = test.parts[0].text, test.parts[1]
            self._compare(left, kind, sign, value, self._kind(value, scope))
        elif test.name == "Interval":
            for bound in (test.parts[1], test.parts[3]):
                self._compare(left, kind, "<=", bound, self._kind(bound, scope))
        elif test.name == "List":
            for item in test.parts[1:-1]:
                self._compare(left, kind, "=", item, self._kind(item, scope))
        else:
            found = self._kind(test, scope)
            self._compare(left, kind, "=", test, ANY if found.name == "list" else found)

    def _compare(self, left: Node, a: Kind, sign: str, right: Node, b: Kind) -> None:
        equality = sign in ("=", "!=")
        if "nothing" in (a.name, b.name):
            return
        if not equality:
            for node, kind in ((left, a), (right, b)):
                if kind.name == "one_of":
                    examples = ", ".join(f'"{choice}"' for choice in sorted(kind.choices)[:2]) or '"…", "…"'
                    self._note(CHOICES_HAVE_NO_ORDER, text=self._quote(node), examples=examples)
                    return
                if kind.name not in ORDERED | {"any"}:
                    self._note(NO_ORDER, text=self._quote(node), kind=say(kind))
                    return
        if "any" in (a.name, b.name):
            return
        if family(a) != family(b):
            if not (dated(a, b) or dated(b, a)):
                self._mismatch(left, a, right, b)
            return
        for node, one, other in ((left, a, b), (right, b, a)):
            self._choose(node, one, other)

    def _choose(self, node: Node, fact: Kind, other: Kind) -> None:
        """A fact with choices is compared with text that is none of them, or shares none of them."""
        if fact.name != "one_of" or not fact.choices:
            return
        never = other.choices - fact.choices
        if other.name == "one_of" and never != other.choices:
            return
        choices = ", ".join(f'"{choice}"' for choice in sorted(fact.choices))
        for value in sorted(never):
            self._note(NEVER, text=self._quote(node), value=f'"{value}"', choices=choices)

    def _mismatch(self, left: Node, a: Kind, right: Node, b: Kind) -> None:
        words: dict[str, str | Sentence] = {"left": self._quote(left), "left_kind": say(a)}
        words |= {"right": self._quote(right), "right_kind": say(b)}
        if {a.name, b.name} == {"date", "datetime"}:
            self._note(WITHOUT_TIME, **words, moment=self._quote(left if a.name == "datetime" else right))
        else:
            self._note(CANNOT_COMPARE, **words)

    def _arithmetic(self, node: Node, scope: Scope) -> Kind:
        if len(node.parts) == 2:
            self.result(node.parts[1], scope, "number")
            return NUMBER
        left, operator, right = node.parts
        a, b = self._kind(left, scope), self._kind(right, scope)
        if "any" in (a.name, b.name):
            return ANY
        result = calculated(family(a), operator.text, family(b))
        if result is None:
            words: dict[str, str | Sentence] = {"left": self._quote(left), "left_kind": say(a)}
            words |= {"right": self._quote(right), "right_kind": say(b)}
            self._note(CANNOT_CALCULATE, text=self._quote(node), **words)
            return ANY
        return Kind(result)

    def _call(self, node: Node, scope: Scope) -> Kind:
        name = called(node)
        if (clock := clock_name(node)) is not None:
            if clock not in scope:
                self._unknown(clock)
            return scope.get(clock, ANY)
        if (guarded := known_name(node)) is not None:
            if guarded not in scope:
                self._unknown(guarded)
            return YES_NO
        if name == "not" and len(arguments(node)) == 1:
            self._condition(arguments(node)[0], scope)
            return YES_NO
        if name is None and node.name == "FunctionInvocation":
            self._kind(node.parts[0], scope)
        given = self._each(arguments(node), scope)
        if node.name == "DateTimeLiteral" and not any(part.name == "VariableName" for part in walk(node)):
            return self._moment(node)
        if name is not None and name not in FUNCTIONS:
            if name in self._expression.unknown_functions:
                nearest = difflib.get_close_matches(name.lower(), FUNCTIONS, 1, 0.75)
                template = NO_FUNCTION_BUT if nearest else NO_FUNCTION
                self._note(template, name=name, **({"nearest": nearest[0]} if nearest else {}))
            return ANY
        if name == "list contains" and len(given) == 2 and given[0].name == "list":
            items = Kind("one_of" if given[0].choices else "any", choices=given[0].choices)
            self._compare(arguments(node)[0], items, "=", arguments(node)[1], given[1])
        elif name in ("list contains", "count") and given and given[0].name not in ("list", "any"):
            self._note(NOT_A_LIST, text=self._quote(arguments(node)[0]), kind=say(given[0]))
        return Kind(FUNCTIONS.get(name or "", "any"))

    def _moment(self, node: Node) -> Kind:
        """A date, time or duration that is written out: it can be tried at once."""
        try:
            value = str(evaluate(node.text, {}))
        except ExpressionError:
            self._no_moment(node)
            return ANY
        name = called(node)
        return Kind(FUNCTIONS[name] if name else moment_kind(value))

    def _no_moment(self, node: Node) -> None:
        name = called(node) or "@"
        if weeks := re.search(r'"P(\d+)W"', node.text):
            days = node.text.replace(weeks[0], f'"P{int(weeks[1]) * 7}D"')
            self._note(NO_WEEKS, text=self._quote(node), days=days)
        else:
            kind = KIND_NAMES[FUNCTIONS.get(name, "date")]
            self._note(NO_MOMENT, text=self._quote(node), kind=kind, example=EXAMPLES[name])

    def _part(self, node: Node, scope: Scope) -> Kind:
        whole, part = self._kind(node.parts[0], scope), node.parts[2].text
        if whole.name in ("any", "record", "list"):
            return ANY
        if part in PARTS.get(whole.name, {}):
            return Kind(PARTS[whole.name][part])
        self._note(NO_PARTS, text=self._quote(node.parts[0]), kind=say(whole), part=part)
        return ANY

    def _filter(self, node: Node, scope: Scope) -> Kind:
        whole, test = self._kind(node.parts[0], scope), bare(node.parts[2])
        if whole.name not in ("any", "list"):
            self._note(NOT_A_LIST, text=self._quote(node.parts[0]), kind=say(whole))
        item = item_of(whole)
        if test.name in ("SimplePositiveUnaryTest", "Interval"):
            self.test(node.parts[0], item, test, scope)
            return whole
        closed = self._closed
        self._closed = closed and item.name != "any"
        found = self._kind(test, {**scope, "item": item})
        self._closed = closed
        return item if found.name == "number" else whole

    def _loop(self, node: Node, scope: Scope) -> Scope:
        for name, through in loops(node):
            if len(through.parts) == 3:
                for bound in (through.parts[0], through.parts[2]):
                    self.result(bound, scope, "number")
                scope = {**scope, name: NUMBER}
                continue
            whole = self._kind(through.parts[0], scope)
            if whole.name not in ("any", "list"):
                self._note(NOT_A_LIST, text=self._quote(through), kind=say(whole))
            scope = {**scope, name: item_of(whole)}
        return {**scope, "partial": Kind("list")}

    def _quote(self, node: Node) -> str:
        return node.text if len(node.text) <= LONGEST_QUOTE else node.text[: LONGEST_QUOTE - 1] + "…"

    def _note(self, template: str, **words: str | Sentence) -> None:
        problem = Sentence(template, words)
        if problem not in self.found:
            self.found.append(problem)
