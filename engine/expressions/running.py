"""Running an expression on the facts of a case."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from engine.expressions import sandbox
from engine.expressions.errors import ExpressionError
from engine.expressions.reading import Expression, read
from engine.expressions.strict import TESTED, Place
from engine.words import N_, Sentence, say

ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
ISO_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")

KIND_NAMES = {
    "nothing": say("nothing"),
    "text": say("text"),
    "number": say("a number"),
    "yes_no": say("yes or no"),
    "date": say("a date"),
    "datetime": say("a date with a time"),
    "time": say("a time of day"),
    "duration": say("a length of time"),
    "list": say("a list"),
    "record": say("a group of values"),
    "range": say("a range"),
    "function": say("a function"),
    "any": say("a condition"),
}
NO_FACT = N_("This case has no fact called “{name}”.")
NO_FUNCTION = N_("There is no function called “{name}”.")
NOTHING_HERE = N_("“{text}” has no value in this case.")
NOT_COMPARABLE = N_("“{left}” is {left_kind} and “{right}” is {right_kind}: they cannot be compared.")
NO_ORDER = N_("“{text}”: {kind} cannot be smaller or greater.")
NOT_YES_NO = N_("“{text}” must be true or false, but it is {kind}.")
# FEEL's own message could repeat an answer, and this sentence is kept with the case.
CANNOT_WORK = N_("“{text}” cannot be worked out: what it puts together does not fit, or is not a real date.")
TOO_MUCH = N_("“{text}” takes too much time or memory. Write it more simply.")
TOO_BIG = N_("“{text}” comes to a number that is too big.")
NOT_A_RESULT = N_("“{text}” gives {kind}, which is not a value.")


def evaluate(source: str, values: Mapping[str, Any]) -> Any:
    """What the expression gives for these values, as JSON (dates, times and durations as ISO text).

    `values`: fact key -> JSON value, date or aware datetime; text that is exactly an ISO date, or an ISO
    moment with its offset, counts as a date. Only the values that the expression names enter the sandbox.
    Numbers are IEEE doubles; comparisons look at 15 digits. Raises ExpressionError.
    """
    return _run(read(source), values)


def fits(source: str, value: Any, values: Mapping[str, Any]) -> bool:
    """Does a value fit the cell of a decision table: FEEL's unary tests, such as `< 5`, `"a", "b"`, `not(null)`?

    `?` in the cell is the value. Without one (None), only null and what is surely true fit. Raises ExpressionError.
    """
    return bool(_run(read(source, tests=True), {**values, TESTED: value}))


def _run(expression: Expression, values: Mapping[str, Any]) -> Any:
    source = expression.source
    for name in expression.unknown_functions:
        raise ExpressionError("unknown_name", NO_FUNCTION, {"name": name})
    for name in sorted(expression.needed - values.keys()):
        raise ExpressionError("unknown_name", NO_FACT, {"name": name})
    present = ((expression.names | {TESTED}) & values.keys()) | expression.asked
    named = {name: _sendable(values.get(name)) for name in present}
    try:
        answer = sandbox.call("run", expression.strict, json.dumps(named, allow_nan=False))
    except sandbox.LimitHit:
        raise ExpressionError("limit", TOO_MUCH, {"text": source}) from None
    if "trouble" in answer:
        raise _error(expression, answer["trouble"])
    return answer["value"]


def decide(source: str, values: Mapping[str, Any]) -> bool:
    """Like evaluate, for a condition: anything but true or false is an ExpressionError "not_boolean"."""
    result = evaluate(source, values)
    if not isinstance(result, bool):
        raise ExpressionError("not_boolean", NOT_YES_NO, {"text": source, "kind": _kind_of(result)})
    return result


def _sendable(value: Any) -> Any:
    """The value as JSON, in which dates are marked (see web/frontend/feel/entry.js)."""
    match value:
        case datetime():
            if value.utcoffset() is None:
                raise ValueError("A date with a time needs its time zone.")
            return {"@datetime": value.isoformat()}
        case date():
            return {"@date": value.isoformat()}
        case str():
            return _dated(value)
        case Mapping():
            return {key: _sendable(item) for key, item in value.items()}
        case list() | tuple():
            return [_sendable(item) for item in value]
    return value


def _dated(text: str) -> Any:
    """Facts are stored as JSON, where a date is text of a certain form."""
    try:
        if ISO_DATE.fullmatch(text):
            return {"@date": date.fromisoformat(text).isoformat()}
        if ISO_DATETIME.fullmatch(text):
            return {"@datetime": datetime.fromisoformat(text).isoformat()}
    except ValueError:
        pass
    return text


def _error(expression: Expression, trouble: dict[str, Any]) -> ExpressionError:
    code, left, right = trouble["code"], trouble.get("left"), trouble.get("right")
    place = expression.places[trouble["at"]] if "at" in trouble else Place(expression.source)
    if code == "unknown_name":
        return ExpressionError(code, NO_FACT, {"name": trouble["name"]})
    if code == "limit":
        return ExpressionError(code, TOO_BIG if "kind" in trouble else TOO_MUCH, {"text": place.text})
    if code == "not_boolean":
        if left == "nothing":
            return ExpressionError(code, NOTHING_HERE, {"text": place.text})
        return ExpressionError(code, NOT_YES_NO, {"text": place.text, "kind": KIND_NAMES[str(left)]})
    if "result" in trouble:
        kind = KIND_NAMES[trouble["result"]]
        return ExpressionError("type", NOT_A_RESULT, {"text": place.text, "kind": kind})
    if left == "nothing":
        return ExpressionError("type", NOTHING_HERE, {"text": place.left or place.text})
    if right == "nothing":
        return ExpressionError("type", NOTHING_HERE, {"text": place.right or place.text})
    if left is None:
        return ExpressionError(code, CANNOT_WORK, {"text": place.text})
    if left == right:
        return ExpressionError("type", NO_ORDER, {"text": place.text, "kind": KIND_NAMES[left]})
    words = {
        "left": place.left or place.text,
        "left_kind": KIND_NAMES[left],
        "right": place.right or place.text,
        "right_kind": KIND_NAMES[str(right)],
    }
    return ExpressionError("type", NOT_COMPARABLE, words)


def _kind_of(result: Any) -> Sentence:
    match result:
        case None:
            return KIND_NAMES["nothing"]
        case int() | float():
            return KIND_NAMES["number"]
        case str():
            return KIND_NAMES["text"]
        case list():
            return KIND_NAMES["list"]
    return KIND_NAMES["record"]
