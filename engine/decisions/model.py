"""What a decision consists of: inputs, outputs, rules, and the decisions that it requires."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine import expressions
from engine.expressions import ExpressionError, Kind

POLICIES = ("UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT")
# These give a list: one item for each rule that fits.
LISTING = frozenset({"RULE ORDER", "OUTPUT ORDER", "COLLECT"})
NAME = re.compile(r"[^\W\d]\w{0,59}")

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DATE = re.compile(r'(?:date\(|@)"\d{4}-\d\d-\d\d"\)?')


@dataclass(frozen=True)
class Input:
    """A column that is asked: FEEL over facts and what the required decisions found.

    `kind` is a kind of expressions ("text", "number", "any" ...), `values` the unary tests that every value must fit.
    """

    id: str
    label: str
    expression: str
    kind: str = "any"
    values: str | None = None


@dataclass(frozen=True)
class Output:
    """A column that is found. `values` are FEEL, the most wanted first; `default` is FEEL, for when no rule fits."""

    id: str
    name: str
    label: str
    kind: str = "any"
    values: tuple[str, ...] = ()
    default: str | None = None


@dataclass(frozen=True)
class Rule:
    """A row: a cell of unary tests for each input (None: whatever it is), one of FEEL for each output (None: null)."""

    id: str
    tests: tuple[str | None, ...]
    results: tuple[str | None, ...]
    note: str = ""


@dataclass(frozen=True)
class Decision:
    """A decision table, or a single `formula` (FEEL).

    `variable` is what decisions that require this one, and diagrams, call what it found; `requires` are ids.
    `policy` is one of POLICIES, `aggregation` SUM, MIN, MAX or COUNT where a COLLECT gives one value.
    """

    id: str
    name: str
    variable: str
    requires: tuple[str, ...] = ()
    policy: str = "UNIQUE"
    aggregation: str | None = None
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    rules: tuple[Rule, ...] = ()
    formula: str | None = None

    @property
    def lists(self) -> bool:
        """Does it find a list, one item for each rule that fits?"""
        return self.formula is None and self.policy in LISTING and self.aggregation is None

    def number(self, rule: str) -> int:
        """Which row of the table a rule is, counted from 1; 0 if it is none of it."""
        return next((place for place, one in enumerate(self.rules, 1) if one.id == rule), 0)

    def texts(self) -> Iterable[str]:
        """Every expression that is evaluated, but for the cells with tests."""
        if self.formula is not None:
            yield self.formula
        yield from (one.expression for one in self.inputs)
        yield from (text for rule in self.rules for text in rule.results if text is not None)
        yield from (one.default for one in self.outputs if one.default is not None)

    def cells(self) -> Iterable[str]:
        """Every cell with tests."""
        yield from (text for rule in self.rules for text in rule.tests if text is not None)
        yield from (one.values for one in self.inputs if one.values is not None)


# Decisions by id.
Tables = Mapping[str, Decision]


def needed(tables: Tables, key: str) -> list[str]:
    """A decision and all that it requires, each after those that it requires itself. A circle is cut, anywhere."""
    found: list[str] = []
    seen = {key}
    ahead = [(key, iter(tables[key].requires))]
    while ahead:
        ident, rest = ahead[-1]
        after = next((one for one in rest if one in tables and one not in seen), None)
        if after is None:
            found.append(ident)
            ahead.pop()
        else:
            seen.add(after)
            ahead.append((after, iter(tables[after].requires)))
    return found


def top_of(tables: Tables) -> list[str]:
    """The decisions that no other of them requires."""
    required = {one for decision in tables.values() for one in decision.requires if one != decision.id}
    return [ident for ident in tables if ident not in required]


def reads(tables: Tables, key: str) -> frozenset[str]:
    """The facts that a decision reads, itself or in what it requires."""
    return frozenset().union(*(_reads(tables, ident) for ident in needed(tables, key)))


def _reads(tables: Tables, ident: str) -> frozenset[str]:
    decision = tables[ident]
    found: set[str] = set()
    for texts, names in (
        (decision.texts(), expressions.names),
        (decision.cells(), expressions.names_in_cell),
    ):
        for text in texts:
            try:
                found |= names(text)
            except ExpressionError:
                continue  # said when the table is checked
    return frozenset(found) - {tables[one].variable for one in decision.requires if one in tables}


def results(tables: Tables, key: str, result: str | None = None) -> dict[str, Kind]:
    """The facts that a step which calls this decision sets, each with its kind; optional where it may be null.

    `result` is the name that the step gives to all of it; else each output is a fact of its own name, but for a list
    of several outputs, which is one fact called like the decision.
    """
    decision = tables[key]
    several = len(decision.outputs) > 1
    if several and decision.lists:
        return {result or decision.variable: Kind("list")}
    if several and result:
        return {result: Kind("record", not catches_all(decision))}
    found = {one.name: kind_of(decision, place) for place, one in enumerate(decision.outputs)}
    return {result or name: kind for name, kind in found.items()}


def kind_of(decision: Decision, place: int) -> Kind:
    """What is known of one output before anything was decided."""
    output = decision.outputs[place]
    written = [rule.results[place] for rule in decision.rules] + ([output.default] if output.default else [])
    listed = output.values or tuple(text for text in written if text is not None)
    kind, choices = output.kind, frozenset[str]()
    if listed and all(_TEXT.fullmatch(text) for text in listed) and kind in ("any", "text"):
        kind, choices = "one_of", frozenset(text[1:-1] for text in listed)
    elif kind == "any" and listed:
        kinds = {literal_kind(text) for text in listed}
        kind = kinds.pop() if len(kinds) == 1 else "any"
    if decision.lists:
        return Kind("list", choices=choices)
    if decision.aggregation:
        number = decision.aggregation in ("SUM", "COUNT") or kind == "number"
        sure = decision.aggregation == "COUNT" or catches_all(decision, place)
        return Kind("number" if number else kind, not sure, frozenset() if number else choices)
    return Kind(kind, not catches_all(decision, place), choices)


def literal_kind(text: str) -> str:
    """The kind of a value that is written out; "any" for everything that has to be worked out."""
    if _TEXT.fullmatch(text):
        return "text"
    if _NUMBER.fullmatch(text):
        return "number"
    if _DATE.fullmatch(text):
        return "date"
    return "yes_no" if text in ("true", "false") else "any"


def catches_all(decision: Decision, place: int | None = None) -> bool:
    """Does it surely find something, whatever it is asked? `place`: something for this output."""
    if decision.formula is not None:
        return literal_kind(decision.formula) != "any"
    places = range(len(decision.outputs)) if place is None else (place,)
    for one in places:
        given = [rule.results[one] for rule in decision.rules]
        if any(text in (None, "null") for text in given):
            return False
        if decision.outputs[one].default in (None, "null") and not any(
            all(test is None for test in rule.tests) for rule in decision.rules
        ):
            return False
    return True


def copes(tables: Tables, key: str, fact: str) -> bool:
    """Does a decision say what it finds where this fact has no answer?"""
    for decision in (tables[ident] for ident in needed(tables, key)):
        if fact not in _reads(tables, decision.id) or decision.lists or catches_all(decision):
            continue
        columns = [place for place, one in enumerate(decision.inputs) if one.expression == fact]
        cells = [rule.tests[place] or "" for rule in decision.rules for place in columns]
        if not any("null" in cell for cell in cells):
            return False
    return True


def keep(tables: Tables, key: str) -> list[dict[str, Any]]:
    """A decision and what it requires as JSON, in the order in which they are decided; `restore` gives them back."""
    return [asdict(tables[ident]) for ident in needed(tables, key)]


def restore(kept: Iterable[Mapping[str, Any]]) -> dict[str, Decision]:
    """What `keep` wrote, by id, in the same order."""
    return {one["id"]: _restored(one) for one in kept}


def _restored(kept: Mapping[str, Any]) -> Decision:
    rows: dict[str, Any] = {
        "requires": tuple(kept["requires"]),
        "inputs": tuple(Input(**one) for one in kept["inputs"]),
        "outputs": tuple(Output(**{**one, "values": tuple(one["values"])}) for one in kept["outputs"]),
        "rules": tuple(
            Rule(**{**one, "tests": tuple(one["tests"]), "results": tuple(one["results"])})
            for one in kept["rules"]
        ),
    }
    return Decision(**{**kept, **rows})
