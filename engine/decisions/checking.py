"""Says what cannot be right in decisions that could be read: expressions, kinds, rules that clash, scores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import combinations
from typing import Any

from engine import expressions
from engine.decisions.findings import Findings
from engine.decisions.model import (
    NAME,
    POLICIES,
    Decision,
    Rule,
    Tables,
    kind_of,
    needed,
)
from engine.expressions import ExpressionError, Kind
from engine.expressions.kinds import Kinds, family
from engine.expressions.kinds import say as worded
from engine.safe_xml import shown

# Understanding more than that would take more than a few seconds.
MAX_CELLS = 1_000
MAX_LETTERS = 40_000

# What a score of a person is called. A name can hide one: the check reads names, not intentions.
SCORES = frozenset(
    {
        *("score", "scores", "scored", "scoring", "scorecard", "rating", "ratings", "rated"),
        *("risk", "risks", "riskiness", "dangerous", "dangerousness", "recidivism", "reoffending"),
        *("likelihood", "probability", "prediction", "predictions", "predicted"),
        *("trustworthiness", "credibility"),
    }
)
# Added up, these are scores too.
WEIGHTS = SCORES | {"point", "points", "weight", "weights", "grade", "grades"}

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")


def check(decisions: Tables, kinds: Kinds | None, findings: Findings) -> None:
    """Note everything that is wrong; `kinds` are the facts that may be asked, None where nobody knows them."""
    _check_names(decisions, kinds, findings)
    for ident in (ident for ident in decisions if _in_circle(decisions, ident)):
        findings.add("requires_circle", ident, decisions[ident].name)
    for decision in decisions.values():
        _check_scores(decision, findings)
        known = None if kinds is None else {**kinds, **_required(decisions, decision)}
        if decision.formula is not None:
            kind = decision.outputs[0].kind
            for reason in expressions.find(decision.formula, known, kind):
                findings.add("formula_faulty", decision.id, decision.name, reason=reason)
        elif decision.outputs or not findings.tells_of(decision.id):
            _Table(decision, known, findings).check()


def is_hopeless(decisions: Tables, findings: Findings) -> bool:
    """So large that telling everything else that is wrong would take too long."""
    sizes = {
        one.id: (len(one.rules) + 1) * (len(one.inputs) + len(one.outputs)) for one in decisions.values()
    }
    if sum(sizes.values()) > MAX_CELLS:
        largest = decisions[max(sizes, key=lambda ident: sizes[ident])]
        findings.add("too_large", largest.id, largest.name, count=sum(sizes.values()), limit=MAX_CELLS)
        return True
    letters = sum(len(text) for one in decisions.values() for text in (*one.texts(), *one.cells()))
    if letters > MAX_LETTERS:
        findings.add("too_many_letters", limit=MAX_LETTERS)
    return letters > MAX_LETTERS


def _check_names(decisions: Tables, kinds: Kinds | None, findings: Findings) -> None:
    taken: dict[str, Decision] = {}
    required = {one for decision in decisions.values() for one in decision.requires}
    for decision in decisions.values():
        words: dict[str, Any] = {"found": shown(decision.variable)}
        if decision.id in required and not NAME.fullmatch(decision.variable):
            findings.add("variable_unreadable", decision.id, decision.name, **words)
        if decision.id in required and kinds is not None and decision.variable in kinds:
            findings.add("variable_is_fact", decision.id, decision.name, **words)
        other = taken.setdefault(decision.variable, decision)
        if other is not decision and {decision.id, other.id} & required:
            findings.add("variable_twice", decision.id, decision.name, found=other.name)


def _in_circle(decisions: Tables, ident: str) -> bool:
    return any(ident in needed(decisions, one) for one in decisions[ident].requires)


def _required(decisions: Tables, decision: Decision) -> dict[str, Kind]:
    """What a decision knows of those that it requires. Whether they find anything is another question."""
    found = {}
    for one in (decisions[ident] for ident in decision.requires):
        if len(one.outputs) == 1:
            kind = kind_of(one, 0)
            found[one.variable] = Kind(kind.name, choices=kind.choices)
        else:
            found[one.variable] = Kind("list" if one.lists else "record")
    return found


def _check_scores(decision: Decision, findings: Findings) -> None:
    """Refuse what is named like a score of a person; warn of every other sum."""
    adds = decision.policy == "COLLECT" and decision.aggregation == "SUM"
    names = [
        decision.name,
        decision.variable,
        *(text for one in decision.outputs for text in (one.name, one.label)),
    ]
    named = next((name for name in names if _words(name) & (WEIGHTS if adds else SCORES)), None)
    if named is not None:
        findings.add("scores_a_person", decision.id, decision.name, findings.unless_known, found=shown(named))
    elif adds and decision.outputs:
        findings.add("adds_up", decision.id, decision.name, column=decision.outputs[0].label)


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


class _Table:
    """Checks one table."""

    def __init__(self, decision: Decision, kinds: Mapping[str, Any] | None, findings: Findings) -> None:
        self._decision, self._kinds, self._findings = decision, kinds, findings
        self._asked = [self._kind_asked(place) for place in range(len(decision.inputs))]

    def check(self) -> None:
        self._check_policy()
        self._check_inputs()
        self._check_outputs()
        self._check_rules()
        self._check_overlaps()

    def _add(self, code: str, element: str | None, **values: Any) -> None:
        self._findings.add(code, element, self._decision.name, **values)

    def _check_policy(self) -> None:
        decision = self._decision
        if decision.policy not in POLICIES:
            self._add("policy_unknown", decision.id, found=shown(decision.policy))
        if decision.aggregation is not None:
            if decision.aggregation not in _AGGREGATIONS:
                self._add("aggregation_unknown", decision.id, found=shown(decision.aggregation))
            elif decision.policy != "COLLECT":
                self._add("aggregation_without_collect", decision.id, found=decision.aggregation)
            elif len(decision.outputs) > 1:
                self._add("aggregation_several", decision.id, found=decision.aggregation)
            elif decision.aggregation == "SUM" and decision.outputs and not _gives_numbers(decision):
                self._add("aggregation_of_others", decision.id, column=decision.outputs[0].label)
        if decision.policy in ("PRIORITY", "OUTPUT ORDER") and not any(
            one.values for one in decision.outputs
        ):
            self._add("priority_unlisted", decision.id, found=decision.policy)
        if not decision.outputs:
            self._add("no_outputs", decision.id)
        if not decision.rules:
            self._add("no_rules", decision.id)

    # ---- columns

    def _kind_asked(self, place: int) -> Kind:
        """What is known of an input: the fact itself says more than its column does."""
        column = self._decision.inputs[place]
        known = (self._kinds or {}).get(column.expression)
        if isinstance(known, Kind):
            return Kind(known.name, choices=known.choices)
        return Kind(column.kind)

    def _check_inputs(self) -> None:
        for place, column in enumerate(self._decision.inputs):
            wrong = expressions.find(column.expression, self._kinds, "any")
            for reason in wrong:
                self._add("input_faulty", column.id, column=column.label, reason=reason)
            asked = self._asked[place]
            if "any" not in (asked.name, column.kind) and family(asked) != family(Kind(column.kind)):
                words = {
                    "needed": worded(Kind(column.kind)),
                    "found": column.expression,
                    "kind": worded(asked),
                }
                self._add("input_kind", column.id, column=column.label, **words)
            if column.values is not None:
                for reason in expressions.find_in_cell(column.values, column.expression, asked, self._kinds):
                    self._add("values_faulty", column.id, column=column.label, reason=reason)

    def _check_outputs(self) -> None:
        names: set[str] = set()
        for output in self._decision.outputs:
            if not NAME.fullmatch(output.name):
                self._add("output_unreadable", output.id, found=shown(output.name))
            if output.name in names:
                self._add("output_twice", output.id, found=shown(output.name))
            names.add(output.name)
            for text in output.values:
                for reason in expressions.find(text, {}, output.kind):
                    self._add("values_faulty", output.id, column=output.label, reason=reason)
            if output.default not in (None, "null"):
                for reason in expressions.find(output.default or "", self._kinds, output.kind):
                    self._add("default_faulty", output.id, column=output.label, reason=reason)

    # ---- rules

    def _check_rules(self) -> None:
        decision = self._decision
        for number, rule in enumerate(decision.rules, 1):
            for place, test in enumerate(rule.tests):
                if test is None:
                    continue
                column = decision.inputs[place]
                for reason in expressions.find_in_cell(
                    test, column.expression, self._asked[place], self._kinds
                ):
                    self._add("cell_faulty", rule.id, rule=number, column=column.label, reason=reason)
            for output, text in zip(decision.outputs, rule.results, strict=True):
                if text is None:
                    self._add("result_missing", rule.id, rule=number, column=output.label)
                elif text != "null":
                    for reason in expressions.find(text, self._kinds, output.kind):
                        self._add("result_faulty", rule.id, rule=number, column=output.label, reason=reason)
                    if output.values and _STRINGS.fullmatch(text) and text not in output.values:
                        words = {"rule": number, "column": output.label, "found": shown(text)}
                        self._add("result_unlisted", rule.id, **words)

    def _check_overlaps(self) -> None:
        """Only what is plain to see: cells that are empty, the same, or name the same text."""
        decision = self._decision
        if decision.policy in ("UNIQUE", "ANY"):
            for (one, first), (other, second) in combinations(enumerate(decision.rules, 1), 2):
                if not _both_fit(first, second):
                    continue
                if decision.policy == "UNIQUE":
                    self._add("rules_overlap", second.id, rule=f"{one}, {other}")
                elif first.results != second.results and _are_written_out(first, second):
                    self._add("rules_contradict", second.id, rule=f"{one}, {other}")
        elif decision.policy == "FIRST":
            always = [number for number, rule in enumerate(decision.rules, 1) if not any(rule.tests)]
            for number, rule in enumerate(decision.rules, 1):
                if always and number > always[0]:
                    self._add("rule_never", rule.id, rule=number)


def _both_fit(first: Rule, second: Rule) -> bool:
    return all(_meet(one, other) for one, other in zip(first.tests, second.tests, strict=True))


def _meet(one: str | None, other: str | None) -> bool:
    """Is there surely a value that fits both of these cells?"""
    if one is None or other is None or one == other:
        return True
    return bool(_named(one) & _named(other))


@lru_cache(maxsize=MAX_CELLS)
def _named(cell: str) -> frozenset[str]:
    """The texts that a cell names, if it does nothing else."""
    alone = not _STRINGS.sub("", cell).strip(" ,\t\n")
    return frozenset(_STRINGS.findall(cell)) if alone else frozenset()


def _are_written_out(*rules: Rule) -> bool:
    for text in (text for rule in rules for text in rule.results if text is not None):
        try:
            if expressions.names(text):
                return False
        except ExpressionError:
            return False
    return True


def _gives_numbers(decision: Decision) -> bool:
    """May what the rules give be added up?"""
    alone = Decision(
        decision.id, decision.name, decision.variable, outputs=decision.outputs, rules=decision.rules
    )
    return kind_of(alone, 0).name in ("number", "any")
