"""Decision tables decide as DMN has it; what they cannot, they refuse in words."""

import random
import re
from collections import Counter
from datetime import date
from typing import Any

import pytest

from engine import decisions
from engine.decisions import Decision, Undecided
from engine.expressions import Kind
from tests.make_dmn import DMN, decision, dmn, formula, table


def read(*written: str) -> dict[str, Decision]:
    found = decisions.read(dmn(*written))
    assert found.ok, [str(one.message) for one in found.problems]
    return found.decisions


def decide(written: str, **values: Any) -> decisions.Found:
    tables = read(written)
    return decisions.decide(tables, next(iter(tables)), values)


def value(written: str, **values: Any) -> Any:
    return decide(written, **values).value


# Both rules fit what lies from 5 to 9.
def overlapping(policy: str, *, second: str = '"far"', values: str | None = None, **more: Any) -> str:
    rules = [["< 10", '"near"'], [">= 5", second]]
    return table("t", ["km"], [("way", "string", values)], rules, policy=policy, **more)


# ---- hit policies


@pytest.mark.parametrize(("km", "way"), [(1, "near"), (20, "far")])
def test_unique_takes_the_one_rule_that_fits(km: int, way: str) -> None:
    assert value(overlapping("UNIQUE"), km=km) == way


def test_unique_refuses_when_two_rules_fit_and_names_them() -> None:
    with pytest.raises(
        Undecided, match=r"only one rule to fit \(hit policy UNIQUE\), but several do: 1, 2\."
    ):
        decide(overlapping("UNIQUE"), km=7)


def test_any_lets_several_rules_fit_that_say_the_same() -> None:
    found = decide(overlapping("ANY", second='"near"'), km=7)
    assert found.value == "near"
    assert found.rules == {"t": ("t_1", "t_2")}


def test_any_refuses_when_rules_that_fit_say_different_things() -> None:
    with pytest.raises(Undecided, match=r"these say different things: 1, 2\."):
        decide(overlapping("ANY"), km=7)


def test_first_takes_the_first_that_fits_in_the_order_of_the_table() -> None:
    found = decide(overlapping("FIRST"), km=7)
    assert (found.value, found.rules) == ("near", {"t": ("t_1",)})


def test_priority_takes_the_most_wanted_output_whatever_the_order_of_the_rules() -> None:
    found = decide(overlapping("PRIORITY", values='"far", "near"'), km=7)
    assert (found.value, found.rules) == ("far", {"t": ("t_2",)})


def test_priority_looks_at_the_second_output_where_the_first_is_the_same() -> None:
    outputs = [("a", "string", '"x", "y"'), ("b", "number", "1, 2")]
    rules = [["-", '"y"', "1"], ["-", '"x"', "2"], ["-", '"x"', "1"]]
    assert value(table("t", ["km"], outputs, rules, policy="PRIORITY"), km=1) == {"a": "x", "b": 1}


def test_rule_order_lists_in_the_order_of_the_table() -> None:
    assert value(overlapping("RULE ORDER"), km=7) == ["near", "far"]


def test_output_order_lists_the_most_wanted_first() -> None:
    assert value(overlapping("OUTPUT ORDER", values='"far", "near"'), km=7) == ["far", "near"]


def test_collect_lists_what_every_rule_that_fits_gives() -> None:
    assert value(overlapping("COLLECT"), km=7) == ["near", "far"]
    assert value(overlapping("COLLECT"), km=1) == ["near"]


WEEKS = [['"housing"', "2.1"], ['"housing", "health"', "4.2"], ["-", "1"]]


@pytest.mark.parametrize(
    ("aggregation", "comes_to"), [("SUM", 7.3), ("MIN", 1), ("MAX", 4.2), ("COUNT", 3), (None, [2.1, 4.2, 1])]
)
def test_collect_aggregates(aggregation: str | None, comes_to: Any) -> None:
    written = table("t", ["need"], [("weeks", "number")], WEEKS, policy="COLLECT", aggregation=aggregation)
    assert value(written, need="housing") == comes_to


def test_a_sum_has_no_dust_of_binary_fractions_and_whole_numbers_stay_whole() -> None:
    rules = [["-", "0.1"], ["-", "0.2"], ["-", "0.7"]]
    written = table("t", ["x"], [("weeks", "number")], rules, policy="COLLECT", aggregation="SUM")
    found = value(written, x=1)
    assert found == 1
    assert isinstance(found, int)


def test_min_and_max_know_days() -> None:
    rules = [["-", 'date("2027-03-01")'], ["-", 'date("2026-12-01")']]
    for aggregation, day in (("MIN", "2026-12-01"), ("MAX", "2027-03-01")):
        written = table("t", ["x"], [("on", "date")], rules, policy="COLLECT", aggregation=aggregation)
        assert value(written, x=1) == day


def test_a_sum_of_what_is_no_number_is_refused_with_its_rule() -> None:
    written = table("t", ["x"], ["n"], [["-", "1"], ["-", "x"]], policy="COLLECT", aggregation="SUM")
    with pytest.raises(Undecided, match="adds up “n”, but rule 2 gives no number"):
        decide(written, x="a")


def test_min_of_what_cannot_be_ordered_is_refused() -> None:
    written = table("t", ["x"], ["n"], [["-", "1"], ["-", "x"]], policy="COLLECT", aggregation="MIN")
    with pytest.raises(Undecided, match="cannot be ordered"):
        decide(written, x="a")


# ---- no rule fits


@pytest.mark.parametrize("policy", ["UNIQUE", "ANY", "FIRST"])
def test_where_no_rule_fits_nothing_is_found(policy: str) -> None:
    found = decide(table("t", ["x"], ["n"], [["1", "1"]], policy=policy), x=2)
    assert (found.value, found.rules) == (None, {"t": ()})


@pytest.mark.parametrize(
    ("policy", "aggregation", "comes_to"),
    [
        ("COLLECT", None, []),
        ("RULE ORDER", None, []),
        ("COLLECT", "COUNT", 0),
        ("COLLECT", "SUM", None),
        ("COLLECT", "MAX", None),
    ],
)
def test_lists_are_empty_where_no_rule_fits(policy: str, aggregation: str | None, comes_to: Any) -> None:
    written = table("t", ["x"], [("n", "number")], [["1", "1"]], policy=policy, aggregation=aggregation)
    assert value(written, x=2) == comes_to


def test_the_default_is_found_where_no_rule_fits() -> None:
    written = table("t", ["x"], [("n", "number", None, "9"), ("m", "string")], [["1", "1", '"a"']])
    assert value(written, x=2) == {"n": 9, "m": None}
    assert value(written, x=1) == {"n": 1, "m": "a"}


def test_the_default_is_what_an_empty_collect_comes_to() -> None:
    rules = [["1", "5"]]
    for aggregation, comes_to in ((None, [9]), ("SUM", 9), ("COUNT", 0)):
        written = table(
            "t", ["x"], [("n", "number", None, "9")], rules, policy="COLLECT", aggregation=aggregation
        )
        assert value(written, x=2) == comes_to


def test_a_rule_that_leaves_an_output_empty_gives_null() -> None:
    written = table("t", ["x"], ["n", "m"], [["-", "1", None]])
    assert value(written, x=1) == {"n": 1, "m": None}


# ---- cells


@pytest.mark.parametrize(
    ("cell", "fits", "fits_not"),
    [
        ("5", [5], [4, None]),
        ("< 5", [4], [5, None]),
        ("[1..5]", [1, 5], [0, 6, None]),
        ("]1..5[", [2], [1, 5]),
        ("(1..5)", [2], [1, 5]),
        ("1, 3, [7..9]", [1, 3, 8], [2, 10, None]),
        ('"a", "b"', ["a", "b"], ["c", None]),
        ('not("a", "b")', ["c", None], ["a", "b"]),
        ("not(< 5)", [5], [4, None]),
        ("null", [None], [0, 1]),
        ("not(null)", [0, 1], [None]),
        ("-", [0, None], []),
        ("", [0, None], []),
        ("true", [True], [False, None]),
        ("? > 5 and ? < 8", [6], [5, 8, None]),
        ('starts with(?, "ab")', ["abc"], ["bc"]),
        ("> limit", [11], [10, 9, None]),
        ("limit", [10], [9, None]),
        ('date("2027-01-10")', ["2027-01-10"], ["2027-01-11", None]),
        ('< date("2027-01-10")', ["2027-01-09", date(2027, 1, 9)], ["2027-01-10", None]),
        ('[date("2027-01-01")..date("2027-01-31")]', ["2027-01-31"], ["2027-02-01"]),
        ("> today", ["2027-01-02"], ["2027-01-01"]),
        ('list contains(?, "a")', [["a", "b"]], [["b"], None]),
    ],
)
def test_cells_fit(cell: str, fits: list[Any], fits_not: list[Any]) -> None:
    written = table("t", ["x"], ["n"], [[cell, "true"]])
    for expected, tried in ((True, fits), (None, fits_not)):
        for x in tried:
            assert value(written, x=x, limit=10, today=date(2027, 1, 1)) is expected, x


def test_a_value_of_another_kind_fits_nothing_silently() -> None:
    with pytest.raises(Undecided, match="Rule 1, “x”, of “t” cannot be decided"):
        decide(table("t", ["x"], ["n"], [["< 5", "true"]]), x="a")


def test_what_takes_too_long_is_given_up() -> None:
    slow = "count(for i in 1..10000, j in 1..10000 return i * j) > ?"
    with pytest.raises(Undecided) as given_up:
        decide(table("t", ["x"], ["n"], [[slow, "true"]]), x=1)
    assert given_up.value.code == "limit"
    # Nothing of it is left for the next one.
    assert value(table("t", ["x"], ["n"], [["1", "true"]]), x=1) is True


def test_every_input_must_fit_and_inputs_may_be_worked_out() -> None:
    written = table(
        "t", ["a + b", "c"], ["n"], [["> 3", "true", '"both"'], ["> 3", "-", '"one"']], policy="FIRST"
    )
    assert value(written, a=2, b=2, c=True) == "both"
    assert value(written, a=2, b=2, c=None) == "one"
    assert value(written, a=1, b=2, c=True) is None


def test_outputs_may_be_worked_out() -> None:
    written = table("t", ["x"], [("until", "date")], [["-", 'day + duration("P7D")']])
    assert value(written, x=1, day="2027-01-01") == "2027-01-08"


def test_a_result_must_be_among_the_listed_values_and_of_its_kind() -> None:
    listed = table("t", ["x"], [("n", "string", '"a", "b"')], [["-", "x"]])
    assert value(listed, x="a") == "a"
    with pytest.raises(Undecided, match="not among those that the table lists"):
        decide(listed, x="c")
    with pytest.raises(Undecided, match="“n” of “t” must be a number, but rule 1 gives something else"):
        decide(table("t", ["x"], [("n", "number")], [["-", "x"]]), x="c")


def test_an_input_must_be_one_of_its_values() -> None:
    written = table("t", ["x"], ["n"], [["-", "1"]]).replace(
        "</inputExpression>", '</inputExpression><inputValues><text>"a", "b"</text></inputValues>'
    )
    assert value(written, x="a") == 1
    assert value(written, x=None) == 1
    with pytest.raises(Undecided, match="has a value that the table does not allow"):
        decide(written, x="c")


# ---- required decisions

ZONE = table("zone", ["km"], [("zone", "string")], [["< 10", '"near"'], [">= 10", '"far"']])
OFFICE = table(
    "office",
    ["zone", "urgent"],
    ["office"],
    [['"near"', "-", '"north"'], ['"far"', "true", '"mobile"']],
    requires=["zone"],
)


def test_a_decision_rests_on_those_that_it_requires() -> None:
    tables = read(OFFICE, ZONE)
    found = decisions.decide(tables, "office", {"km": 20, "urgent": True})
    assert found.value == "mobile"
    assert found.rules == {"zone": ("zone_2",), "office": ("office_2",)}
    assert decisions.reads(tables, "office") == {"km", "urgent"}
    assert decisions.top_of(tables) == ["office"]


def test_a_required_decision_of_several_outputs_is_read_by_its_parts() -> None:
    first = table("a", ["km"], ["x", "y"], [["-", "1", "km"]], variable="both")
    second = table("b", ["both.y"], ["n"], [["> 5", "both.x"]], requires=["a"])
    assert decisions.decide(read(first, second), "b", {"km": 6}).value == 1


def test_a_decision_sees_only_what_it_requires() -> None:
    other = table("other", ["zone"], ["n"], [['"near"', "1"]])
    both = table("both", ["zone", "other"], ["n"], [['"near"', "1", '"yes"']], requires=["zone", "other"])
    found = decisions.decide(read(ZONE, other, both), "both", {"km": 1, "zone": "elsewhere"})
    assert found.rules == {"zone": ("zone_1",), "other": (), "both": ()}


def test_a_formula_may_be_required() -> None:
    tables = read(
        formula("twice", "km * 2"), table("t", ["twice"], ["n"], [["> 10", "true"]], requires=["twice"])
    )
    assert decisions.decide(tables, "t", {"km": 6}).value is True


def test_a_circle_is_refused() -> None:
    one, two = (
        table(a, ["km", b], ["n"], [["-", "-", "1"]], requires=[b]) for a, b in (("a", "b"), ("b", "a"))
    )
    read_ = decisions.read(dmn(one, two))
    assert [problem.code for problem in read_.problems] == ["requires_circle", "requires_circle"]
    assert not read_.ok
    # Whoever decides all the same gets an end.
    assert decisions.needed(read_.decisions, "a") == ["b", "a"]


# ---- facts


def test_each_output_is_a_fact_unless_the_step_wants_one() -> None:
    tables = read(table("t", ["x"], ["office", "weeks"], [["-", '"north"', "2"]]))
    found = decisions.decide(tables, "t", {"x": 1}).value
    assert decisions.facts_of(tables, "t", None, found) == {"office": "north", "weeks": 2}
    assert decisions.facts_of(tables, "t", "all", found) == {"all": {"office": "north", "weeks": 2}}
    assert decisions.facts_of(tables, "t", None, None) == {"office": None, "weeks": None}


def test_a_list_of_several_outputs_is_one_fact() -> None:
    tables = read(
        table("t", ["x"], ["a", "b"], [["-", "1", "2"], ["-", "3", "4"]], policy="COLLECT", variable="all")
    )
    found = decisions.decide(tables, "t", {"x": 1}).value
    assert decisions.facts_of(tables, "t", None, found) == {"all": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}
    assert decisions.results(tables, "t") == {"all": Kind("list")}


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (
            table("t", ["x"], ["n"], [["-", '"a"'], ["1", '"b"']], policy="FIRST"),
            Kind("one_of", False, frozenset("ab")),
        ),
        (table("t", ["x"], ["n"], [["1", '"a"']]), Kind("one_of", True, frozenset("a"))),
        (table("t", ["x"], [("n", "number", None, "3")], [["1", "2"]]), Kind("number")),
        (table("t", ["x"], ["n"], [["-", "2"], ["1", "null"]]), Kind("any", True)),
        (table("t", ["x"], ["n"], [["1", "2"]], policy="COLLECT", aggregation="COUNT"), Kind("number")),
        (table("t", ["x"], ["n"], [["1", "2"]], policy="COLLECT", aggregation="MAX"), Kind("number", True)),
        (table("t", ["x"], ["n"], [["1", '"a"']], policy="COLLECT"), Kind("list", choices=frozenset("a"))),
        (table("t", ["x"], [("n", "date")], [["-", "x"]]), Kind("date")),
    ],
)
def test_what_is_known_of_a_fact_before_it_is_found(written: str, kind: Kind) -> None:
    assert decisions.results(read(written), "t") == {"n": kind}


def test_what_is_kept_decides_the_same() -> None:
    tables = read(OFFICE, ZONE)
    kept = decisions.restore(decisions.keep(tables, "office"))
    assert kept == {"zone": tables["zone"], "office": tables["office"]}


# ---- what other programs write


def test_types_of_the_file_are_followed() -> None:
    typed = (
        '<itemDefinition name="tWay"><typeRef>string</typeRef><allowedValues><text>"far", "near"</text>'
        "</allowedValues></itemDefinition>"
    )
    written = dmn(
        typed, table("t", ["km"], [("way", "tWay")], [["-", '"near"'], ["-", '"far"']], policy="PRIORITY")
    )
    found = decisions.read(written)
    assert found.ok
    assert decisions.decide(found.decisions, "t", {"km": 1}).value == "far"


def test_the_type_of_what_is_found_is_not_that_of_each_output() -> None:
    """A list of words, or how many there are, is of another kind than they are."""
    for aggregation, kind, comes_to in (("COUNT", "number", 2), (None, "list", ["a", "b"])):
        written = table(
            "t", ["x"], [""], [["-", '"a"'], ["-", '"b"']], policy="COLLECT", aggregation=aggregation
        )
        typed = written.replace(
            "<decisionTable", f'<variable name="found" typeRef="{kind}"/><decisionTable', 1
        )
        tables = read(typed)
        assert decisions.decide(tables, "t", {"x": 1}).value == comes_to
        assert set(decisions.results(tables, "t")) == {"found"}


def test_an_output_without_a_name_is_called_like_its_decision() -> None:
    for variable, name in (("found", "found"), ("two words", "t")):
        tables = read(table("t", ["x"], [""], [["-", "1"]], variable=variable))
        assert decisions.facts_of(tables, "t", None, 1) == {name: 1}


@pytest.mark.parametrize("namespace", decisions.NAMESPACES)
def test_every_dmn_from_1_1_is_read(namespace: str) -> None:
    found = decisions.read(dmn(table("t", ["x"], ["n"], [["1", "true"]]), namespace=namespace))
    assert decisions.decide(found.decisions, "t", {"x": 1}).value is True


def test_drawings_notes_and_input_data_change_nothing() -> None:
    more = (
        '<inputData id="i" name="x"/><knowledgeSource id="k" name="Act"/><textAnnotation id="n"><text>!</text>'
        '</textAnnotation><association id="as"/><d:DMNDI xmlns:d="https://www.omg.org/spec/DMN/20191111/DMNDI/"/>'
    )
    found = decisions.read(dmn(table("t", ["x"], ["n"], [["1", "true"]]), more=more))
    assert found.problems == ()


# ---- every problem, once

KINDS = {"way": Kind("one_of", choices=frozenset({"walk", "bus"})), "km": Kind("number"), "on": Kind("date")}
PLAIN = table("t", ["way"], [("office", "string")], [['"walk"', '"north"']])


def logic(inside: str) -> bytes:
    return dmn(decision("t", inside))


PROBLEMS: dict[str, bytes] = {
    "too_big": b" " * 5_000_001,
    "empty_file": b" \n",
    "not_utf8": b"\xff\xfe",
    "not_xml": b"<definitions",
    "has_doctype": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><definitions>&a;</definitions>',
    "too_deep": b"<a>" * 101 + b"</a>" * 101,
    "too_many_elements": b"<a>" + b"<b/>" * 50_001 + b"</a>",
    "too_many_attributes": b"<a " + b" ".join(b'a%d=""' % n for n in range(201)) + b"/>",
    "is_bpmn": b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
    "not_dmn": b"<html/>",
    "unknown_dmn": b'<definitions xmlns="http://www.omg.org/spec/DMN/20130901"/>',
    "no_decision": dmn(),
    "missing_id": dmn(PLAIN, PLAIN.replace('id="t"', "", 1).replace('"t_', '"u_')),
    "duplicate_id": dmn(PLAIN, PLAIN),
    "unsupported_knowledge_model": dmn(PLAIN, more='<businessKnowledgeModel id="b" name="b"/>'),
    "unsupported_service": dmn(PLAIN, more='<decisionService id="b" name="b"/>'),
    "unsupported_import": dmn(PLAIN, more='<import namespace="urn:other" locationURI="other.dmn"/>'),
    "unsupported_logic": logic("<context/>"),
    "unsupported_knowledge": dmn(PLAIN.replace("<decisionTable", "<knowledgeRequirement/><decisionTable")),
    "no_logic": logic(""),
    "two_logics": logic("<literalExpression><text>1</text></literalExpression>" * 2),
    "unknown_element": dmn(PLAIN, more="<pivot/>"),
    "expression_language": dmn(PLAIN.replace("<decisionTable ", '<decisionTable expressionLanguage="juel" ')),
    "type_structured": dmn(
        '<itemDefinition name="tPair"><itemComponent name="a"/></itemDefinition>',
        PLAIN.replace('typeRef="string"', 'typeRef="tPair"'),
    ),
    "type_unknown": dmn(PLAIN.replace('typeRef="string"', 'typeRef="money"')),
    "requires_unknown": dmn(table("t", ["way"], ["office"], [["-", '"north"']], requires=["nowhere"])),
    "requires_circle": dmn(table("t", ["way"], ["office"], [["-", '"north"']], requires=["t"], variable="t")),
    "variable_unreadable": dmn(
        table("a", ["way"], ["n"], [["-", "1"]], variable="two words"),
        table("t", ["km"], ["m"], [["-", "1"]], requires=["a"]),
    ),
    "variable_twice": dmn(
        table("a", ["way"], ["n"], [["-", "1"]], variable="same"),
        table("t", ["same"], ["m"], [["-", "1"]], requires=["a"], variable="same"),
    ),
    "variable_is_fact": dmn(
        table("a", ["way"], ["n"], [["-", "1"]], variable="km"),
        table("t", ["km"], ["m"], [["-", "1"]], requires=["a"]),
    ),
    "policy_unknown": dmn(table("t", ["way"], ["n"], [["-", "1"]], policy="LAST")),
    "aggregation_unknown": dmn(
        table("t", ["way"], ["n"], [["-", "1"]], policy="COLLECT", aggregation="MEAN")
    ),
    "aggregation_without_collect": dmn(table("t", ["way"], ["n"], [["-", "1"]], aggregation="MAX")),
    "aggregation_several": dmn(
        table("t", ["way"], ["n", "m"], [["-", "1", "2"]], policy="COLLECT", aggregation="MAX")
    ),
    "no_outputs": dmn(table("t", ["way"], [], [['"walk"']])),
    "no_rules": dmn(table("t", ["way"], ["n"], [])),
    "input_empty": dmn(table("t", [""], ["n"], [["-", "1"]])),
    "input_faulty": dmn(table("t", ["weg"], ["n"], [["-", "1"]])),
    "input_kind": dmn(table("t", [("way", "number")], ["n"], [["-", "1"]])),
    "output_unnamed": dmn(table("t", ["way"], ["", "m"], [["-", "1", "2"]])),
    "output_unreadable": dmn(table("t", ["way"], ["two words"], [["-", "1"]])),
    "output_twice": dmn(table("t", ["way"], ["n", "n"], [["-", "1", "2"]])),
    "values_faulty": dmn(table("t", ["way"], [("n", "number", '"a", "b"')], [["-", "1"]])),
    "default_faulty": dmn(table("t", ["way"], [("n", "number", None, '"a"')], [["-", "1"]])),
    "priority_unlisted": dmn(table("t", ["way"], ["n"], [["-", "1"]], policy="PRIORITY")),
    "cells_missing": dmn(table("t", ["way"], ["n"], [["-", "1"]]).replace("<rule ", '<rule id="r"/><rule ')),
    "cell_faulty": dmn(table("t", ["way"], ["n"], [['"swim"', "1"]])),
    "result_faulty": dmn(table("t", ["way"], [("n", "number")], [["-", '"a"']])),
    "result_missing": dmn(table("t", ["way"], ["n", "m"], [["-", "1", None]])),
    "result_unlisted": dmn(table("t", ["way"], [("n", "string", '"a", "b"')], [["-", '"c"']])),
    "formula_faulty": dmn(formula("t", "kn * 2")),
    "rules_overlap": dmn(
        table("t", ["way", "km"], ["n"], [['"walk", "bus"', "-", "1"], ['"bus"', "> 5", "2"]])
    ),
    "rules_contradict": dmn(
        table("t", ["way"], ["n"], [['"walk"', "1"], ['"walk", "bus"', "2"]], policy="ANY")
    ),
    "rule_never": dmn(table("t", ["way"], ["n"], [["-", "1"], ['"walk"', "2"]], policy="FIRST")),
    "scores_a_person": dmn(table("t", ["way"], ["risk_level"], [["-", '"high"']])),
    "adds_up": dmn(
        table("t", ["way"], [("weeks", "number")], [["-", "1"]], policy="COLLECT", aggregation="SUM")
    ),
    "foreign_ignored": dmn(
        PLAIN.replace("<input ", '<input xmlns:c="http://camunda.org/schema/1.0/dmn" c:inputVariable="w" ', 1)
    ),
    "too_large": dmn(table("t", ["way", "km"], ["n"], [["-", "-", "1"]] * 400, policy="COLLECT")),
    "too_many_letters": dmn(
        table("t", ["way"], ["n"], [["-", " + ".join(["1"] * 450)]] * 25, policy="COLLECT")
    ),
    "aggregation_of_others": dmn(
        table("t", ["way"], [("n", "string")], [["-", '"a"']], policy="COLLECT", aggregation="SUM")
    ),
}
BESIDE = {
    # What else is wrong with a file that cannot be right without it.
    "requires_circle": {"input_kind"},
    "aggregation_of_others": {"adds_up"},
}
# Said of a file for where it lies: tested below and in tests/engine/test_check_command.py.
ELSEWHERE = {"unreadable_file", "folder_unreadable", "decided_elsewhere", "key_differs"}


@pytest.mark.parametrize("code", PROBLEMS)
def test_says_this_and_nothing_else(code: str) -> None:
    found = decisions.read(PROBLEMS[code], KINDS)
    assert {one.code for one in found.problems} - BESIDE.get(code, set()) == {code}
    for problem in found.problems:
        assert problem.severity == decisions.SENTENCES[problem.code][0]
        assert "{" not in problem.message.replace("{}", "")


def test_every_problem_has_its_file() -> None:
    assert PROBLEMS.keys() | ELSEWHERE == decisions.SENTENCES.keys()


def test_a_file_must_hold_what_it_is_called_by_and_nothing_that_another_holds() -> None:
    found = decisions.read(dmn(PLAIN), KINDS, key="other", elsewhere={"t"})
    assert [one.code for one in found.problems] == ["decided_elsewhere", "key_differs"]


@pytest.mark.parametrize("name", ["riskScore", "Risk of reoffending", "credit_rating", "likelihood"])
def test_a_score_of_a_person_is_refused_here_and_warned_of_elsewhere(name: str) -> None:
    written = dmn(table("t", ["way"], ["n"], [["-", "1"]], name=name))
    (here,), (elsewhere,) = decisions.read(written, KINDS).problems, decisions.read(written).problems
    assert (here.code, here.severity) == ("scores_a_person", "error")
    assert (elsewhere.code, elsewhere.severity) == ("scores_a_person", "warning")


def test_points_are_a_score_only_where_they_are_added_up() -> None:
    counted = table("t", ["way"], [("points", "number")], [["-", "1"]], policy="COLLECT", aggregation="SUM")
    assert [one.code for one in decisions.read(dmn(counted), KINDS).problems] == ["scores_a_person"]
    assert decisions.read(dmn(table("t", ["way"], ["meeting_points"], [["-", "1"]])), KINDS).ok


def test_a_file_as_large_as_files_may_be_is_judged_at_once() -> None:
    """Nothing in it is understood, or asked to be, before it is known to be of a size that people survey."""
    columns = [f"a{number}" for number in range(9_000)]
    many = "".join(formula(f"d{number}", "1 +", requires=[f"d{number + 1}"]) for number in range(9_000))
    for written in (table("t", columns, ["n"], []), many):
        found = decisions.read(dmn(written), KINDS)
        assert {one.code for one in found.problems} <= {"too_large", "requires_unknown"}
        assert found.decisions == {}


def test_a_table_of_nonsense_is_never_more_than_a_list_of_problems() -> None:
    for inside in (
        "<decisionTable/>",
        "<decisionTable><rule/></decisionTable>",
        "<decisionTable><input/><output/></decisionTable>",
    ):
        assert not decisions.read(logic(inside), KINDS).ok
    assert DMN in decisions.NAMESPACES


WORDS = [
    b"null",
    b"-",
    b"not(",
    b")",
    b"?",
    b"&lt;",
    b"[1..",
    b"1",
    b"true",
    b"COLLECT",
    b"SUM",
    b"PRIORITY",
    b"km",
]
WORDS += [
    b"way",
    b"",
    b"for i in 1..9 return i",
    b"function(x) x",
    b'date("x")',
    b"list",
    b"boolean",
    b"t",
    b"{",
]


def spoilt(dice: random.Random) -> bytes:
    """A file with some of its texts, attributes and elements replaced, doubled or gone."""
    xml = dice.choice([one for one in PROBLEMS.values() if len(one) < 6_000] + [dmn(OFFICE, ZONE)])
    for _ in range(dice.randint(1, 4)):
        parts = re.split(rb'(>[^<]*<|"[^"]*")', xml)
        place, word = dice.randrange(len(parts)), dice.choice(WORDS)
        if parts[place].startswith(b">"):
            parts[place] = b">" + word + b"<"
        elif parts[place].startswith(b'"'):
            parts[place] = b'"' + word.replace(b'"', b"") + b'"'
        elif dice.random() < 0.3:
            parts[place] *= dice.choice([0, 2])
        xml = b"".join(parts)
    return xml


def test_spoilt_files_are_refused_or_decided_in_words() -> None:
    became: Counter[str] = Counter()
    for seed in range(1_500):
        dice = random.Random(seed)
        found = decisions.read(spoilt(dice), KINDS if dice.random() < 0.5 else None)
        assert all(one.message and one.code in decisions.SENTENCES for one in found.problems), seed
        for key in found.decisions:
            facts = {*decisions.reads(found.decisions, key), "km", "way", "urgent"}
            known = {
                fact: dice.choice([None, 1, "walk", True, ["a"], "2027-01-01"]) for fact in sorted(facts)
            }
            try:
                comes_to = decisions.decide(found.decisions, key, known) if found.ok else None
                became["decided" if comes_to else "refused"] += 1
            except Undecided as undecided:
                became["undecided" if str(undecided) else "silent"] += 1
    assert became.keys() == {"decided", "refused", "undecided"}
