"""What people typed -> answers, all problems at once -> facts and dates; and back, to refill a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from engine import clock
from engine.errors import FieldProblem, Invalid
from engine.forms.definition import DAYS, Form, Question, limit_day
from engine.forms.schema import validator
from engine.forms.typed import Options, Reading, Wrong, check_file, plain, read_one
from engine.words import N_, Sentence

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_MONTHS = "January February March April May June July August September October November December"
_NO_ARTICLE = (
    "a an and any are at can could did do does every for has have he her his how if in is it may my on "
    "other our she should some that the their there they this those was we were what when where which who "
    "whom whose why will with would you your"
)
_PREPOSITIONS = "about after at before by for from in of on since to until with"


@dataclass(frozen=True)
class AnswerProblem(FieldProblem):
    """What is wrong with one answer. `sentence`, with `words` for its placeholders, can be translated.

    `parts` names the boxes at fault ("day", "month", "year", "hour", "minute", "name", "phone"); none when
    it is the whole answer.
    """

    message: str
    sentence: str = ""
    words: Mapping[str, Any] = field(default_factory=dict, hash=False)
    parts: tuple[str, ...] = ()


def read(
    form: Form,
    raw: Mapping[str, Any],
    options: Options | None = None,
    facts_only: bool = False,
    *,
    timezone: str = "UTC",
    today: date | None = None,
) -> dict[str, Any]:
    """Answers as JSON values, in the order of the questions, from raw (posted) or JSON values.

    `options` gives the permitted agencies and users ({"agency": {key: name}, "user": {id: name}}) and the
    files kept for this task ({"file": {id: {"name", "type", "size"}}}); None permits any. `timezone` is where
    times were typed, `today` the day that moving limits count from. With `facts_only` only what diagrams
    depend on is demanded. Unknown keys are ignored, questions that are not shown are dropped, empty answers
    are left out.
    Raises Invalid with every problem, in the order of the questions.
    """
    reading = Reading(options, ZoneInfo(timezone), today or clock.today(timezone))
    raw = raw if isinstance(raw, Mapping) else {}
    answers: dict[str, Any] = {}
    wrong: dict[str, Wrong] = {}
    for question in form.questions:
        if not _shown(question, answers):
            continue
        try:
            answer = read_one(question, raw.get(question.key), reading)
            if answer is not None:
                answers[question.key] = answer
        except Wrong as problem:
            wrong[question.key] = problem
    for key, broken in _against_schema(form, answers, facts_only):
        wrong.setdefault(key, broken)
    for question in form.questions:
        if question.kind in DAYS and question.key in answers and question.key not in wrong:
            late_or_early = _limit_problem(question, answers[question.key], reading)
            if late_or_early is not None:
                wrong[question.key] = late_or_early
    if wrong:
        raise Invalid([_worded(q, wrong[q.key]) for q in form.questions if q.key in wrong])
    return answers


def raw(form: Form, answers: Mapping[str, Any], *, timezone: str = "UTC") -> dict[str, Any]:
    """Raw values that refill a form with these answers: what a person would have typed."""
    zone = ZoneInfo(timezone)
    return {
        q.key: _raw_one(q, answers[q.key], zone) for q in form.questions if answers.get(q.key) is not None
    }


def visible(form: Form, answers: Mapping[str, Any]) -> tuple[Question, ...]:
    """The questions that are asked of someone who gave these answers, in order."""
    kept: dict[str, Any] = {}
    shown = []
    for question in form.questions:
        if _shown(question, kept):
            shown.append(question)
            kept[question.key] = answers.get(question.key)
    return tuple(shown)


def facts(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that a diagram may read, by key."""
    return {q.key: answers[q.key] for q in form.questions if q.fact and q.key in answers}


def dates(form: Form, answers: Mapping[str, Any]) -> list[tuple[str, date, str | None]]:
    """The participant's dates in these answers: (date key, day, "estimated" | "confirmed" | None)."""
    return [
        (q.date, date.fromisoformat(answers[q.key]), answers.get(q.sure) if q.sure else None)
        for q in form.questions
        if q.date and q.key in answers
    ]


def file_problem(name: str, media_type: str, size: int) -> str | None:
    """Why a file cannot be taken, as a sentence; None when it can. `size` in bytes."""
    try:
        check_file(name, media_type, size)
    except Wrong as problem:
        return problem.sentence.format(**problem.words)
    return None


def _shown(question: Question, answers: Mapping[str, Any]) -> bool:
    return question.show_if is None or question.show_if.met(answers.get(question.show_if.key))


# ---- all answers, against the schema, in words ----


def _against_schema(form: Form, answers: dict[str, Any], facts_only: bool) -> Iterator[tuple[str, Wrong]]:
    for error in validator(form, facts_only).iter_errors(answers):
        if error.validator == "required" and not error.absolute_path:
            for key in error.validator_value:
                if key not in answers:
                    yield key, _empty(form.question(key))
        elif error.absolute_path:
            question = form.question(str(error.absolute_path[0]))
            yield question.key, _broken(question, error)


def _empty(question: Question) -> Wrong:
    if question.error:
        return Wrong("{error}", error=Sentence(question.error))
    plain_name = _takes_article(question.label)
    match question.kind:
        case "yes_no":
            return Wrong(N_("Choose yes or no for “{label}”"))
        case "several_of":
            return Wrong(N_("Choose at least one answer for “{label}”"))
        case "one_of" | "agency" | "user":
            return Wrong(N_("Choose the {phrase}") if plain_name else N_("Choose one answer for “{label}”"))
        case "file":
            return Wrong(N_("Choose a file for “{label}”"))
    return Wrong(N_("Enter the {phrase}") if plain_name else N_("Answer “{label}”"))


def _broken(question: Question, error: ValidationError) -> Wrong:
    match error.validator:
        case "enum":
            if len(question.choices) <= 5:
                return Wrong(
                    N_("Choose one of: {choices}"),
                    choices=[Sentence(choice.label) for choice in question.choices],
                )
            return Wrong(N_("Choose one of the answers shown for “{label}”"))
        case "minimum":
            return Wrong(N_("{subject} must be {least} or more"), least=error.validator_value)
        case "maximum":
            return Wrong(N_("{subject} must be {most} or less"), most=error.validator_value)
        case "maxLength":
            return Wrong(N_("{subject} must be {most} characters or fewer"), most=error.validator_value)
        case "maxItems":
            return Wrong(N_("Choose at most {most} answers for “{label}”"), most=error.validator_value)
    return Wrong(N_("Check the answer to “{label}”"))


def _limit_problem(question: Question, answer: str, reading: Reading) -> Wrong | None:
    day = (
        datetime.fromisoformat(answer).astimezone(reading.zone).date()
        if "T" in answer
        else date.fromisoformat(answer)
    )
    for limit, sign, today, other in (
        (
            question.min,
            1,
            N_("{subject} must be today or in the future"),
            N_("{subject} must be on or after {day}"),
        ),
        (
            question.max,
            -1,
            N_("{subject} must be today or in the past"),
            N_("{subject} must be on or before {day}"),
        ),
    ):
        if isinstance(limit, str):
            edge = limit_day(limit, reading.today)
            if (day - edge).days * sign < 0:
                return Wrong(today if limit == "today" else other, "day", "month", "year", day=edge)
    return None


def _worded(question: Question, problem: Wrong) -> AnswerProblem:
    label = Sentence(question.label)
    is_question = question.label.rstrip().endswith("?")
    words = {
        **problem.words,
        "label": label,
        "subject": Sentence(N_("“{label}”"), {"label": label}) if is_question else label,
        "phrase": Sentence(question.label, inside=True),
    }
    message = Sentence(problem.sentence, words).said(show=_written)
    return AnswerProblem(question.key, message, problem.sentence, words, problem.parts)


def _written(word: object) -> str:
    return (
        f"{word.day} {_MONTHS.split()[word.month - 1]} {word.year}" if isinstance(word, date) else str(word)
    )


def _takes_article(label: str) -> bool:
    """Does “Enter the <label>” read well? Not for whole questions, nor for “Your name” or “Ask again on”."""
    first, last = label.split()[0].lower(), label.split()[-1].lower()
    odd = first in _NO_ARTICLE.split() or last in _PREPOSITIONS.split()
    return not odd and not last.endswith(("?", ".", "!", ":"))


# ---- and back ----


def _raw_one(question: Question, answer: Any, zone: ZoneInfo) -> Any:
    match question.kind:
        case "whole_number" | "decimal":
            return plain(answer) if isinstance(answer, float) else str(answer)
        case "date":
            day = date.fromisoformat(answer)
            return {"day": str(day.day), "month": str(day.month), "year": str(day.year)}
        case "datetime":
            moment = datetime.fromisoformat(answer).astimezone(zone)
            boxes = {part: str(getattr(moment, part)) for part in ("day", "month", "year", "hour")}
            boxes["minute"] = f"{moment.minute:02}"
            # The second of two equal hours, when clocks go back: nobody types that, but it is not lost.
            return {**boxes, "fold": "1"} if moment.fold else boxes
        case "yes_no":
            return "yes" if answer else "no"
    return answer
