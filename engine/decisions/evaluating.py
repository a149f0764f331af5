"""Decides: what a table finds for what a case knows, and by which of its rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine import expressions
from engine.decisions.model import Decision, Output, Rule, Tables, literal_kind, needed
from engine.errors import EngineError
from engine.expressions import ExpressionError
from engine.words import N_, Sentence

Values = Mapping[str, Any]

SEVERAL_FIT = N_(
    "“{table}” allows only one rule to fit (hit policy UNIQUE), but several do: {rules}. Make their cells exclude "
    "each other, or choose another hit policy."
)
SAY_DIFFERENT = N_(
    "“{table}” allows several rules to fit only if they say the same (hit policy ANY), but these say different "
    "things: {rules}."
)
INPUT_UNREADABLE = N_("“{column}” of “{table}” cannot be worked out: {reason}")
CELL_UNREADABLE = N_("Rule {rule}, “{column}”, of “{table}” cannot be decided: {reason}")
NOT_ALLOWED = N_("“{column}” of “{table}” has a value that the table does not allow.")
NOT_LISTED = N_(
    "Rule {rule} of “{table}” gives “{column}” a value that is not among those that the table lists."
)
NOT_OF_KIND = N_("“{column}” of “{table}” must be {needed}, but rule {rule} gives something else.")
CANNOT_ADD = N_("“{table}” adds up “{column}”, but rule {rule} gives no number.")
CANNOT_ORDER = N_(
    "“{table}” looks for the smallest or greatest “{column}”, but what its rules give cannot be ordered."
)


class Undecided(EngineError):
    """A decision that cannot be made as it is written; `code` is that of the ExpressionError behind it, or "table"."""

    def __init__(self, sentence: str, words: dict[str, Any] | None = None, code: str = "table") -> None:
        super().__init__(sentence, words)
        self.code = code


@dataclass(frozen=True)
class Found:
    """What was decided. `value` is as DMN has it, in JSON: one output's value, a record of several, or a list of these.

    `rules` are the ids of the rules by which it was found, for the decision and each that it required.
    """

    value: Any
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def decide(tables: Tables, key: str, values: Values) -> Found:
    """Make a decision, and those that it requires before it. Raises Undecided.

    `values` are facts as `expressions.evaluate` takes them; one that is not known must be there as None. Where no
    rule fits, the defaults are found; without these null, an empty list, or a count of 0.
    """
    found: dict[str, Any] = {}
    rules: dict[str, tuple[str, ...]] = {}
    for ident in needed(tables, key):
        decision = tables[ident]
        scope = {**values, **{tables[one].variable: found[one] for one in decision.requires if one in found}}
        if decision.formula is not None:
            found[ident] = _worked_out(decision, decision.formula, decision.outputs[0].label, scope)
            rules[ident] = ()
            continue
        hits = _hits(decision, scope)
        found[ident] = _settle(decision, hits, scope)
        rules[ident] = tuple(hit.rule.id for hit in hits)
    return Found(found[key], rules)


def facts_of(tables: Tables, key: str, result: str | None, value: Any) -> dict[str, Any]:
    """What a decision found as facts of a case, by the names that `results` gives."""
    decision = tables[key]
    if len(decision.outputs) > 1:
        if result or decision.lists:
            return {result or decision.variable: value}
        return {one.name: (value or {}).get(one.name) for one in decision.outputs}
    return {result or decision.outputs[0].name: value}


@dataclass(frozen=True)
class _Hit:
    """A rule that fits, with what it gives for each output."""

    rule: Rule
    given: tuple[Any, ...]


def _hits(decision: Decision, scope: Values) -> list[_Hit]:
    """The rules by which a table is decided, in the order in which their results count."""
    asked = [_asked(decision, place, scope) for place in range(len(decision.inputs))]
    hits: list[_Hit] = []
    for rule in decision.rules:
        if _fits(decision, rule, asked, scope):
            hits.append(_Hit(rule, _given(decision, rule, scope)))
            if decision.policy == "FIRST":
                break
    numbers = ", ".join(str(decision.number(hit.rule.id)) for hit in hits)
    if decision.policy == "UNIQUE" and len(hits) > 1:
        raise Undecided(SEVERAL_FIT, {"table": decision.name, "rules": numbers})
    if decision.policy == "ANY" and len({json.dumps(hit.given) for hit in hits}) > 1:
        raise Undecided(SAY_DIFFERENT, {"table": decision.name, "rules": numbers})
    if decision.policy in ("PRIORITY", "OUTPUT ORDER"):
        hits.sort(key=lambda hit: _ranks(decision, hit, scope))
    return hits[:1] if decision.policy == "PRIORITY" else hits


def _asked(decision: Decision, place: int, scope: Values) -> Any:
    column = decision.inputs[place]
    value = _worked_out(decision, column.expression, column.label, scope)
    if column.values is not None and value is not None:
        words = {"table": decision.name, "column": column.label}
        try:
            allowed = expressions.fits(column.values, value, scope)
        except ExpressionError as error:
            raise _because(INPUT_UNREADABLE, error, words) from error
        if not allowed:
            raise Undecided(NOT_ALLOWED, words)
    return value


def _fits(decision: Decision, rule: Rule, asked: Sequence[Any], scope: Values) -> bool:
    for column, test, value in zip(decision.inputs, rule.tests, asked, strict=True):
        if test is None:
            continue
        try:
            if not expressions.fits(test, value, scope):
                return False
        except ExpressionError as error:
            words = {"table": decision.name, "column": column.label, "rule": decision.number(rule.id)}
            raise _because(CELL_UNREADABLE, error, words) from error
    return True


def _given(decision: Decision, rule: Rule, scope: Values) -> tuple[Any, ...]:
    """What a rule gives, each of the kind and among the values that its column promises."""
    given = []
    for output, text in zip(decision.outputs, rule.results, strict=True):
        words = {"table": decision.name, "column": output.label, "rule": decision.number(rule.id)}
        try:
            value = None if text is None else _value(text, scope)
        except ExpressionError as error:
            raise _because(CELL_UNREADABLE, error, words) from error
        if not is_of(output.kind, value):
            raise Undecided(NOT_OF_KIND, {**words, "needed": expressions.KIND_NAMES[output.kind]})
        if output.values and value is not None and value not in _listed(decision, output, scope):
            raise Undecided(NOT_LISTED, words)
        given.append(value)
    return tuple(given)


def _settle(decision: Decision, hits: Sequence[_Hit], scope: Values) -> Any:
    """What the rules that fit come to."""
    if decision.aggregation == "COUNT":
        return len(hits)
    found = [hit.given for hit in hits]
    if not found and any(one.default is not None for one in decision.outputs):
        found = [
            tuple(
                None if one.default is None else _worked_out(decision, one.default, one.label, scope)
                for one in decision.outputs
            )
        ]
    if decision.aggregation is not None:
        return _aggregated(decision, [given[0] for given in found], hits)
    values = [_as_one(decision, given) for given in found]
    if decision.lists:
        return values
    return values[0] if values else None


def _as_one(decision: Decision, given: tuple[Any, ...]) -> Any:
    if len(decision.outputs) == 1:
        return given[0]
    return {output.name: value for output, value in zip(decision.outputs, given, strict=True)}


def _aggregated(decision: Decision, values: Sequence[Any], hits: Sequence[_Hit]) -> Any:
    if not values:
        return None
    words = {"table": decision.name, "column": decision.outputs[0].label}
    if decision.aggregation == "SUM":
        for place, value in enumerate(values):
            if value is None or not is_of("number", value):
                number = decision.number(hits[place].rule.id) if hits else "-"
                raise Undecided(CANNOT_ADD, {**words, "rule": number})
        # 0.1 + 0.2 is 0.3 for everybody who reads the table.
        total = sum((Decimal(str(value)) for value in values), Decimal(0))
        return int(total) if total == total.to_integral_value() else float(total)
    alike = {type(value) if isinstance(value, str | bool) else float for value in values}
    if None in values or len(alike) > 1 or bool in alike or not isinstance(values[0], str | int | float):
        raise Undecided(CANNOT_ORDER, words)
    return min(values) if decision.aggregation == "MIN" else max(values)


def _ranks(decision: Decision, hit: _Hit, scope: Values) -> tuple[int, ...]:
    """Where what a rule gives stands in the lists of the outputs: the first output counts most, null comes last."""
    ranks = []
    for output, value in zip(decision.outputs, hit.given, strict=True):
        listed = _listed(decision, output, scope)
        ranks.append(listed.index(value) if value in listed else len(listed))
    return tuple(ranks)


def _listed(decision: Decision, output: Output, scope: Values) -> list[Any]:
    return [_worked_out(decision, text, output.label, scope) for text in output.values]


def _worked_out(decision: Decision, text: str, column: str, scope: Values) -> Any:
    try:
        return _value(text, scope)
    except ExpressionError as error:
        raise _because(INPUT_UNREADABLE, error, {"table": decision.name, "column": column}) from error


def _value(text: str, scope: Values) -> Any:
    """What an expression comes to. Most of what a table gives is written out, and needs no sandbox."""
    if literal_kind(text) in ("number", "yes_no") or (literal_kind(text) == "text" and "\\" not in text):
        return json.loads(text, strict=False)
    return expressions.evaluate(text, scope)


def _because(template: str, error: ExpressionError, words: Mapping[str, Any]) -> Undecided:
    return Undecided(template, {**words, "reason": Sentence(error.sentence, error.words)}, error.code)


_KINDS: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "date": str,
    "datetime": str,
    "time": str,
    "duration": str,
    "yes_no": bool,
    "number": (int, float),
    "list": list,
    "record": dict,
}


def is_of(kind: str, value: Any) -> bool:
    """Is a JSON value of this kind, as far as JSON tells? Everything is of "any", and null of every kind."""
    if value is None or kind not in _KINDS:
        return True
    return isinstance(value, _KINDS[kind]) and (kind == "yes_no" or not isinstance(value, bool))
