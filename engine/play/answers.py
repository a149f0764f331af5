"""Answers that are made up where nobody gives any."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import forms
from engine.forms.definition import limit_day


def made_up(form: forms.Form, turn: int, today: date) -> dict[str, Any]:
    """Answers to a form; another choice each time, so that a case that goes round comes out again."""
    answers: dict[str, Any] = {}
    for question in form.questions:
        if (question.required or question.fact or question.date) and question in forms.visible(form, answers):
            one = _made_up_one(question, turn, today)
            answers[question.key] = [one] if question.takes_list else one
    return answers


def _made_up_one(question: forms.Question, turn: int, today: date) -> Any:
    match question.kind:
        case "one_of" | "several_of":
            return question.choices[turn % len(question.choices)].value
        case "yes_no":
            return turn % 2 == 0
        case "whole_number" | "decimal":
            return question.min if question.min is not None else min(1, question.max or 1)
        case "date" | "datetime":
            day = today
            if isinstance(question.min, str):
                day = max(day, limit_day(question.min, today))
            if isinstance(question.max, str):
                day = min(day, limit_day(question.max, today))
            return day.isoformat() if question.kind == "date" else f"{day}T12:00:00+00:00"
        case "file":
            return {"file": "played", "name": "played.pdf", "type": "application/pdf", "size": 1}
        case "person":
            return {"name": "Somebody"}
    return "played"
