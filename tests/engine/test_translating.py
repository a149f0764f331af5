"""Conditions of other systems in FEEL: whatever the facts are, the translation decides as the original did.

The originals are worked out here, by tiny evaluators of their own: Python's by its tree, JUEL's by the rules of the
Jakarta Expression Language 4.0 (sections 1.6 to 1.14).
"""

import ast
import itertools
import operator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import expressions
from engine.diagram import translating
from engine.diagram.feel import Untranslatable

TEXTS = [
    "",
    "given",
    "no",
    "ä ß",
    "it's",
    'a "b"',
    "back\\slash",
    "two\nlines",
    "0",
    "true",
    "None",
    "2027-01-01",
]
DAYS = ["2027-01-01", "2026-12-31", "2027-02-28"]
# Facts by their kind, so that most of what is drawn compares like with like. Answers left empty are nothing.
FACTS = {
    "agreed": st.booleans(),
    "tried_before": st.booleans() | st.none(),
    "age": st.integers(-2, 3),
    "weeks": st.integers(-2, 6).map(lambda number: number / 2),
    "answer": st.sampled_from(TEXTS[1:-1]),
    "reason": st.sampled_from(TEXTS[1:-1]) | st.none(),
    "day": st.sampled_from(DAYS),
    "person": st.fixed_dictionaries({"role": st.sampled_from(TEXTS[1:-1]), "age": st.integers(0, 3)}),
}
several = st.lists(st.fixed_dictionaries(FACTS), min_size=4, max_size=4)


class Undefined(Exception):
    """The original has no value here either."""


# ---- Python


def python(node, known):
    match node:
        case ast.Expression(body):
            return python(body, known)
        case ast.Constant(value):
            return value
        case ast.Name(name):
            return known[name]
        case ast.Attribute(of, name) | ast.Subscript(of, ast.Constant(name)):
            return python(of, known)[name]
        case ast.List(items) | ast.Tuple(items):
            return [python(one, known) for one in items]
        case ast.UnaryOp(ast.Not(), it):
            return not python(it, known)
        case ast.UnaryOp(ast.USub(), it):
            return -python(it, known)
        case ast.BoolOp(sign, parts):
            stops = isinstance(sign, ast.Or)
            value = None
            for one in parts:
                value = python(one, known)
                if bool(value) == stops:
                    return value
            return value
        case ast.BinOp(left, sign, right):
            return ARITHMETIC[type(sign)](python(left, known), python(right, known))
        case ast.IfExp(condition, then, otherwise):
            return python(then if python(condition, known) else otherwise, known)
        case ast.Compare(left, signs, others):
            value = python(left, known)
            for sign, other in zip(signs, others, strict=True):
                next_one = python(other, known)
                if not COMPARING[type(sign)](value, next_one):
                    return False
                value = next_one
            return True
    raise AssertionError(ast.dump(node))


ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
COMPARING = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}


def quoted(text):
    return st.sampled_from(
        [repr(text), '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"']
    )


def spread(*parts):
    """Parts of a condition, some of them in parentheses."""
    return st.tuples(*(part.flatmap(lambda one: st.sampled_from([one, f"({one})"])) for part in parts))


numbers = st.recursive(
    st.sampled_from(["age", "weeks", "0", "1", "2.5", "2", "person.age", "-3", "person['age']"]),
    lambda inner: st.one_of(
        spread(inner, st.sampled_from(["+", "-", "*"]).map(str), inner).map(
            lambda p: f"({p[0]} {bare(p[1])} {p[2]})"
        ),
        spread(inner, inner).map(lambda p: f"{p[0]} - {p[1]}"),
        spread(inner, inner).map(lambda p: f"{p[0]} + {p[1]}"),
        inner.map(lambda one: f"-({one})"),
        inner.map(lambda one: f"({one}) / 4"),
    ),
    max_leaves=3,
)
python_texts = st.sampled_from(TEXTS).flatmap(quoted) | st.sampled_from(["answer", "reason", "person.role"])


def bare(text):
    return text.strip("()")


def conditions(simple, both, either, never):
    """Conditions made of simple ones, in the words of a language."""
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            spread(inner, inner).map(lambda p: f"{p[0]} {both} {p[1]}"),
            spread(inner, inner).map(lambda p: f"{p[0]} {either} {p[1]}"),
            inner.map(lambda one: f"{never}({one})"),
        ),
        max_leaves=4,
    )


order = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
same = st.sampled_from(["==", "!="])
python_simple = st.one_of(
    st.sampled_from(["agreed", "tried_before", "True", "False", "not agreed", "agreed is True"]),
    st.tuples(numbers, order, numbers).map(" ".join),
    st.tuples(numbers, order, numbers, order, numbers).map(" ".join),
    st.tuples(python_texts, same, python_texts).map(" ".join),
    st.tuples(st.just("day"), same, st.sampled_from(DAYS).map(repr)).map(" ".join),
    st.tuples(st.sampled_from(["reason", "tried_before"]), st.sampled_from(["is", "is not", "=="])).map(
        lambda p: f"{p[0]} {p[1]} None"
    ),
    st.tuples(
        st.sampled_from(["answer", "reason"]),
        st.sampled_from(["in", "not in"]),
        st.lists(st.sampled_from(TEXTS).map(repr), min_size=1, max_size=3).map(", ".join),
    ).map(lambda p: f"{p[0]} {p[1]} [{p[2]}]"),
    st.tuples(numbers, numbers).map(lambda p: f"(1 if agreed else {p[0]}) < {p[1]}"),
)
python_conditions = python_simple | conditions(python_simple, "and", "or", "not ")


def agrees(original, feel, known):
    """The translation decides the same; where it has no answer, the case stops and is never led the wrong way."""
    try:
        decided = expressions.decide(feel, known)
    except expressions.ExpressionError:
        # Nothing to compare with: FEEL says so, where other languages take it for false.
        return any(known[name] is None for name in expressions.names(feel))
    return decided == original


@given(python_conditions, several)
@settings(max_examples=250, deadline=None)
def test_python_and_its_translation_decide_the_same(text, cases):
    feel, tree = translating.to_feel(text), ast.parse(text, mode="eval")
    for known in cases:
        assert agrees(bool(python(tree, known)), feel, known), feel


# ---- JUEL


def juel_equal(one, two):
    if one is None or two is None:
        return one is two
    if isinstance(one, bool) or isinstance(two, bool):
        return juel_bool(one) == juel_bool(two)
    if isinstance(one, (int, float)) or isinstance(two, (int, float)):
        return juel_number(one) == juel_number(two)
    return one == two


def juel_bool(value):
    if value is None or value == "":
        return False
    if isinstance(value, (bool, str)):
        return value is True or str(value).lower() == "true"
    raise Undefined


def juel_number(value):
    if value is None or value == "":
        return 0
    if isinstance(value, bool):
        raise Undefined
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Undefined from None


def juel_before(one, two, orders):
    if one is None or two is None:
        return False
    if isinstance(one, (int, float)) or isinstance(two, (int, float)):
        return orders(juel_number(one), juel_number(two))
    if isinstance(one, str) or isinstance(two, str):
        return orders(str(one), str(two))
    raise Undefined


SIGNS = {
    "+": lambda one, two: juel_number(one) + juel_number(two),
    "-": lambda one, two: juel_number(one) - juel_number(two),
    "*": lambda one, two: juel_number(one) * juel_number(two),
    "/": lambda one, two: juel_number(one) / juel_number(two),
    "==": juel_equal,
    "!=": lambda one, two: not juel_equal(one, two),
    "<": lambda one, two: juel_before(one, two, operator.lt),
    "<=": lambda one, two: juel_equal(one, two) or juel_before(one, two, operator.le),
    ">": lambda one, two: juel_before(one, two, operator.gt),
    ">=": lambda one, two: juel_equal(one, two) or juel_before(one, two, operator.ge),
}
SAID = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
SAID |= {"&&": "and", "||": "or", "!": "not", "/": "div"}


def translated(text):
    """(the translation, None), or (None, what to write instead)."""
    try:
        return translating.to_feel(text), None
    except Untranslatable as wrong:
        return None, str(wrong.advice)


def drawn(draw, kind, deep):
    """(the text, what it is for some facts) of a random part of a condition that gives a value of a kind."""
    return draw(st.sampled_from(list(PARTS[kind][: 3 if deep <= 0 else None])))(draw, deep - 1)


def fact(*names):
    def pick(draw, _deep):
        name = draw(st.sampled_from(names))
        return name, lambda known: known[name]

    return pick


def constant(*values):
    def pick(draw, _deep):
        value = draw(st.sampled_from(values))
        if not isinstance(value, str):
            return ("true" if value else "false") if isinstance(value, bool) else str(
                value
            ), lambda _known: value
        sign = draw(st.sampled_from("'\""))
        return sign + value.replace("\\", "\\\\").replace(sign, "\\" + sign) + sign, lambda _known: value

    return pick


def two(kind, *signs):
    def pick(draw, deep):
        sign = draw(st.sampled_from(signs))
        (one, left), (other, right) = drawn(draw, kind, deep), drawn(draw, kind, deep)
        word = draw(st.sampled_from([sign, SAID.get(sign, sign)]))
        return f"({one}) {word} ({other})", lambda known: SIGNS[sign](left(known), right(known))

    return pick


def logic(sign):
    def pick(draw, deep):
        (one, left), (other, right) = drawn(draw, "yes", deep), drawn(draw, "yes", deep)
        word = draw(st.sampled_from([sign, SAID[sign]]))
        stops = sign == "||"
        return (
            f"({one}) {word} ({other})",
            lambda known: stops if juel_bool(left(known)) == stops else juel_bool(right(known)),
        )

    return pick


def not_(draw, deep):
    one, value = drawn(draw, "yes", deep)
    return draw(st.sampled_from(["!", "not "])) + f"({one})", lambda known: not juel_bool(value(known))


def empty(draw, _deep):
    name = draw(st.sampled_from(["reason", "tried_before", "answer"]))
    return f"empty {name}", lambda known: known[name] in (None, "")


def equals(draw, deep):
    (one, left), (other, right) = drawn(draw, "text", 0), drawn(draw, "text", 0)
    assume(one not in ("reason", "person.role"))
    return f"{one}.equals({other})", lambda known: left(known) == right(known)


def choice(kind):
    def pick(draw, deep):
        (asked, decides), (one, then) = drawn(draw, "yes", deep), drawn(draw, kind, deep)
        other, otherwise = drawn(draw, kind, deep)
        return (
            f"({asked}) ? ({one}) : ({other})",
            lambda known: then(known) if juel_bool(decides(known)) else otherwise(known),
        )

    return pick


def minus(draw, deep):
    one, value = drawn(draw, "number", deep)
    return f"-({one})", lambda known: -juel_number(value(known))


def quarter(draw, deep):
    one, value = drawn(draw, "number", deep)
    return f"({one}) / 4", lambda known: juel_number(value(known)) / 4


def role(draw, _deep):
    return draw(st.sampled_from(["person.role", 'person["role"]'])), lambda known: known["person"]["role"]


COMPARED = two("number", *(sign for sign in SIGNS if sign not in "+-*/"))
PARTS = {
    "number": (
        fact("age", "weeks"),
        constant(0, 1, 2, 2.5),
        two("number", "+", "-", "*"),
        minus,
        quarter,
        choice("number"),
    ),
    "text": (fact("answer", "reason"), constant(*TEXTS), role, choice("text")),
    "yes": (
        fact("agreed", "tried_before"),
        constant(True, False),
        two("text", "==", "!="),
        COMPARED,
        two("yes", "==", "!="),
        logic("&&"),
        logic("||"),
        not_,
        empty,
        equals,
        choice("yes"),
    ),
}  # fmt: skip


@st.composite
def juel_conditions(draw):
    # Half of them plain comparisons, which differ most where two numbers are the same.
    plain = draw(st.booleans())
    return COMPARED(draw, draw(st.integers(0, 1))) if plain else drawn(draw, "yes", draw(st.integers(1, 3)))


@given(juel_conditions(), several, st.sampled_from("$#"))
@settings(max_examples=250, deadline=None)
def test_juel_and_its_translation_decide_the_same(condition, cases, mark):
    text, value = condition
    feel, advice = translated(f"{mark}{{ {text} }}")
    if feel is None:
        assert "adds what may be text" in advice
        return
    for known in cases:
        assert agrees(juel_bool(value(known)), feel, known), feel


@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">="])
def test_each_comparison_of_each_pair_of_small_numbers(sign):
    for one, two_ in itertools.product(range(3), repeat=2):
        known = {"a": one, "b": two_}
        decided = python(ast.parse(f"a {sign} b", mode="eval"), known)
        for original in (f"${{a {sign} b}}", f"#{{a {SAID[sign]} b}}", f"not (not a {sign} b)"):
            assert expressions.decide(translating.to_feel(original), known) == decided


def test_a_sum_in_juel_is_never_taken_for_a_text():
    """ "1" + "2" is 3 there and "12" in FEEL."""
    assert translating.to_feel("${age + weeks > 3}") == "age + weeks > 3"
    assert translating.to_feel("${age + 1 == weeks}") == "age + 1 = weeks"
    with pytest.raises(Untranslatable, match="adds what may be text"):
        translating.to_feel("${age + weeks == total}")


@pytest.mark.parametrize(
    ("original", "feel"),
    [
        ("${approved}", "approved"),
        ("#{approved == 'yes' && !late}", 'approved = "yes" and not(late)'),
        ("${not empty reason and (age ge 18 or agreed)}", "reason != null and (age >= 18 or agreed)"),
        ('${execution.getVariable("answer") == "x"}', 'answer = "x"'),
        ("${'given'.equals(answer)}", '"given" = answer'),
        ("${age - (weeks - 1) > 2 * (age + 1)}", "age - (weeks - 1) > 2 * (age + 1)"),
        ("${(age > 3) == agreed}", "(age > 3) = agreed"),
        ("${agreed ? age > 1 : age > 2}", "if agreed then age > 1 else age > 2"),
        ('= answer = "given"', 'answer = "given"'),
        ("=age>=18", "age>=18"),
        ('answer == "given" and not late', 'answer = "given" and not(late)'),
        ("answer in ['a', 'b'] or late is not None", 'answer in ("a", "b") or late != null'),
        ("not (1 < age <= 18)", "not(1 < age and age <= 18)"),
        ("person['role'] == 'x'", 'person.role = "x"'),
        ("answer == 'x' && late", 'answer = "x" and late'),
    ],
)  # fmt: skip
def test_reads_as_an_editor_would_write_it(original, feel):
    assert translating.is_foreign(original)
    assert translating.to_feel(original) == feel
    assert not translating.is_foreign(feel)


@pytest.mark.parametrize(
    ("original", "advice"),
    [
        ("${bean.isGood(answer)}", "asks a program (“isGood”)"),
        ("${isGood(answer)}", "asks a program (“isGood”)"),
        ("${answers[0] == 'x'}", "by its place"),
        ("${nrOfCompletedInstances / nrOfInstances > 0.5}", "counts how often"),
        ("${age % 2 == 0}", "modulo(a, b) = 0"),
        ("${answer > 'x'}", "which of two texts"),
        ("${a}${b}", "joins several parts"),
        ("${a} == 'x'", "joins several parts"),
        ("${count > 3}", "“count” means something else in FEEL"),
        ("${answer == }", "cannot be read to its end"),
        ("${" + "(" * 80 + "a" + ")" * 80 + "}", "cannot be read to its end"),
        ("${age == 12345678901234567890}", "too long to compare exactly"),
        ("len(answers) > 3 and not late", "count(answers)"),
        ("'x' in answers and not late", "list contains(answers"),
        ("not answer.startswith('x')", "asks a program (“startswith”)"),
        ("not (age // 2 == 1)", "floor(a / b)"),
        ("not [one for one in answers]", "does more than compare"),
        ("when == '2027-01-01T10:00' and not late", "date and time"),
        ("= answer =", "is not finished"),
    ],
)
def test_what_is_not_surely_the_same_is_left_with_advice(original, advice):
    assert translating.is_foreign(original)
    with pytest.raises(Untranslatable) as wrong:
        translating.to_feel(original)
    assert advice in str(wrong.value.advice)


@pytest.mark.parametrize(
    "text", ['answer = "given"', "age > 18 and agreed", "agreed", "count(answers) > 2", "age >", "two weeks"]
)
def test_what_is_feel_or_a_slip_in_it_is_nobody_elses(text):
    assert not translating.is_foreign(text)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_never_raises_anything_else(text):
    translating.is_foreign(text)
    translating.to_time(text)
    for one in (text, "${" + text + "}", "=" + text):
        feel, advice = translated(one)
        if feel is None:
            assert len(advice) > 20
        else:
            expressions.names(feel)


def test_nothing_of_another_language_is_ever_run():
    sources = Path(translating.__file__).parent
    text = "".join(
        (sources / name).read_text() for name in ("translating.py", "juel.py", "pythonic.py", "feel.py")
    )
    assert not any(word in text for word in ("eval(", "exec(", "compile(text", "literal_eval", "__import__"))


@pytest.mark.parametrize(
    ("original", "time"),
    [
        ("${'P14D'}", "P14D"),
        ('= "PT4H"', "PT4H"),
        ('"P3D"', "P3D"),
        ("timedelta(days=14)", "P14D"),
        ("datetime.timedelta(hours=36, minutes=5)", "P1DT12H5M"),
        ("${dueDate}", None),
        ("timedelta(days=wait)", None),
        ("timedelta(days=-1)", None),
        ("now()", None),
    ],
)
def test_times(original, time):
    assert translating.to_time(original) == time
