"""A form as JSON Schema 2020-12, for checking answers here and for callers of the API."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine.forms.definition import Form, Question
from engine.forms.files import FILE_LIMIT, FILE_TYPES

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

NAME_LENGTH = 250
PHONE_LENGTH = 40
_LARGEST = 10**15 - 1


def schema(form: Form, facts_only: bool = False) -> dict[str, Any]:
    """The JSON Schema of a form's answers.

    A question that is not always asked is required, or forbidden, by if/then/else. With `facts_only` only the
    questions that diagrams depend on are required. Limits that move with today's date cannot be said in JSON
    Schema; `forms.read` checks them.
    """
    demanded = _demanded(form, facts_only)
    always = [q.key for q in form.questions if q.show_if is None and q.key in demanded]
    found: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": form.title,
        "type": "object",
        "properties": {q.key: {"title": q.label, **_answer(q)} for q in form.questions},
        "required": always,
        "additionalProperties": False,
    }
    conditions = [_condition(form, q, q.key in demanded) for q in form.questions if q.show_if is not None]
    if conditions:
        found["allOf"] = conditions
    return found


@lru_cache(maxsize=512)
def validator(form: Form, facts_only: bool) -> Draft202012Validator:
    """The compiled check of a form's answers; formats are checked too."""
    # Slow to import, and most processes never read an answer.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema(form, facts_only), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _demanded(form: Form, facts_only: bool) -> frozenset[str]:
    required = {q.key for q in form.questions if q.required}
    if facts_only:
        required &= {q.key for q in form.questions if q.fact or q.date} | {
            q.sure for q in form.questions if q.sure
        }
    return frozenset(required)


def _condition(form: Form, question: Question, demanded: bool) -> dict[str, Any]:
    assert question.show_if is not None
    parent = form.question(question.show_if.key)
    values = list(question.show_if.values)
    wanted = {"contains": {"enum": values}} if parent.kind == "several_of" else {"enum": values}
    return {
        "if": {"properties": {parent.key: wanted}, "required": [parent.key]},
        "then": {"required": [question.key]} if demanded else {},
        "else": {"properties": {question.key: False}},
    }


def _answer(question: Question) -> dict[str, Any]:
    one = _one_answer(question)
    if question.takes_list:
        return {"type": "array", "items": one, "minItems": 1, "maxItems": 200, "uniqueItems": True}
    return one


def _one_answer(question: Question) -> dict[str, Any]:
    match question.kind:
        case "text" | "long_text":
            return {"type": "string", "minLength": 1, "maxLength": question.length}
        case "whole_number" | "decimal":
            return {
                "type": "integer" if question.kind == "whole_number" else "number",
                "minimum": -_LARGEST if question.min is None else question.min,
                "maximum": _LARGEST if question.max is None else question.max,
            }
        case "date":
            return {"type": "string", "format": "date"}
        case "datetime":
            return {"type": "string", "format": "date-time"}
        case "yes_no":
            return {"type": "boolean"}
        case "one_of" | "several_of":
            return {"type": "string", "enum": [choice.value for choice in question.choices]}
        case "person":
            return _closed(
                name={"type": "string", "minLength": 1, "maxLength": NAME_LENGTH},
                phone={"type": "string", "maxLength": PHONE_LENGTH},
            )
        case "file":
            return _closed(
                name={"type": "string", "minLength": 1, "maxLength": NAME_LENGTH},
                type={"type": "string", "enum": list(FILE_TYPES)},
                size={"type": "integer", "minimum": 1, "maximum": FILE_LIMIT},
                file={"type": "string", "minLength": 1, "maxLength": 100},
            )
        case _:  # agency, user: a key that the caller's options are compared with
            return {"type": "string", "minLength": 1, "maxLength": 100}


def _closed(**parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": parts,
        "required": list(parts),
        "additionalProperties": False,
    }
