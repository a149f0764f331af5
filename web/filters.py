"""How dates, names, lengths of time and the engine's sentences are shown."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from babel import Locale
from babel.numbers import format_decimal
from flask import Flask, current_app, g, request
from flask_babel import format_date, format_datetime, get_locale, gettext, ngettext, to_user_timezone

from engine import clock
from engine.errors import FieldProblem
from engine.forms import Form, Question
from engine.schedule import Left
from engine.words import N_, Sentence

TRANSLATIONS = Path(__file__).with_name("translations")
# So near that a task is marked: fewer working days than this are left.
SOON = 4
# Unicode's directions: those that steer what follows, and all that do not run from left to right.
STEERING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
OTHER_WAY = STEERING | {"R", "AL"}
# The boxes of questions that have more than one.
PARTS = {
    "day": N_("Day"),
    "month": N_("Month"),
    "year": N_("Year"),
    "hour": N_("Hour"),
    "minute": N_("Minute"),
    "name": N_("Name"),
    "phone": N_("Telephone"),
}


def bind(app: Flask) -> None:
    """Give every template these filters."""
    for show in (
        day,
        short_day,
        moment,
        left,
        nearness,
        participant,
        say,
        shown,
        problem_text,
        field_name,
        told,
        first_sentence,
        country,
    ):
        app.jinja_env.filters[show.__name__] = show
    for ask in (has_page, here, language, message_for):
        app.jinja_env.globals[ask.__name__] = ask
    app.jinja_env.globals["now"] = clock.now
    app.jinja_env.globals["languages"] = {code: Locale.parse(code).display_name for code in languages()}


def languages() -> list[str]:
    """The languages in which the site can be shown, English first."""
    return [
        "en",
        *sorted(found.parent.parent.name for found in TRANSLATIONS.glob("*/LC_MESSAGES/messages.mo")),
    ]


def language() -> str:
    """The user's own choice, or what the browser asks for."""
    chosen = g.user.language if g.get("user") else None
    if chosen in languages():
        return str(chosen)
    return str(request.accept_languages.best_match(languages(), "en"))


def country(code: str) -> str:
    """A country in the user's language."""
    return str(get_locale().territories.get(code, code))


def locale() -> str:
    """How words, dates and numbers are written; English dates the European way."""
    return "en_GB" if language() == "en" else language()


def timezone() -> str:
    """The time zone where the user works."""
    places = g.user.memberships if g.get("user") else []
    return places[0].agency.local_action.timezone if places else "UTC"


def day(when: date | datetime | None) -> str:
    """23 November 2026"""
    return format_date(_local(when), "long") if when else ""


def short_day(when: date | datetime | None) -> str:
    """Mon 23 Nov 2026"""
    if not when:
        return ""
    return format_date(_local(when), "EEE d MMM y" if str(get_locale()).startswith("en") else "medium")


def moment(when: datetime | None) -> str:
    """23 November 2026 at 10:32, in the user's own time zone"""
    if not when:
        return ""
    return gettext("%(day)s at %(time)s", day=day(when), time=format_datetime(when, "HH:mm"))


def left(due: Left) -> str:
    """How far a due date is away, in the words that a colleague would use."""
    if due.state == "today":
        return gettext("Due today")
    if due.state == "over":
        if due.unit == "hours":
            return (
                ngettext("%(num)d hour over", "%(num)d hours over", due.number)
                if due.number
                else gettext("Just over")
            )
        return ngettext("%(num)d day over", "%(num)d days over", due.number)
    if due.unit == "hours":
        return ngettext("%(num)d hour left", "%(num)d hours left", due.number)
    if due.unit == "working_days":
        return ngettext("%(num)d working day left", "%(num)d working days left", due.number)
    if due.number > 60:
        return ngettext("%(num)d week left", "%(num)d weeks left", due.number // 7)
    return ngettext("%(num)d day left", "%(num)d days left", due.number)


def nearness(due: Left | None) -> str:
    """late, soon or later: what a due date is marked with, beside its words."""
    if due is None:
        return "later"
    if due.state == "over":
        return "late"
    near = due.state == "today" or due.unit == "hours" or (due.unit == "working_days" and due.number < SOON)
    return "soon" if near else "later"


def participant(name: str | None) -> str:
    """A participant's name, unless the user hides names because others can see the screen."""
    if not name or (g.get("user") and g.user.hides_names):
        return gettext("Name hidden")
    return isolated(name)


def isolated(text: str) -> str:
    """What somebody typed, so that its direction of writing ends with it.

    Text that runs one way only stays as it is; signs that steer the direction of what follows are left out.
    """
    directions = {unicodedata.bidirectional(sign) for sign in text}
    if directions.isdisjoint(OTHER_WAY):
        return text
    plain = "".join(sign for sign in text if unicodedata.bidirectional(sign) not in STEERING)
    return f"\u2068{plain}\u2069"


def say(sentence: Any) -> str:
    """A sentence of the engine in the user's language, with its words in it."""
    template = getattr(sentence, "sentence", None)
    if template:
        sentence = Sentence(template, getattr(sentence, "words", {}))
    if isinstance(sentence, str):
        sentence = Sentence(sentence)
    return sentence.said(gettext, _word) if isinstance(sentence, Sentence) else str(sentence or "")


def shown(value: Any) -> str:
    """An answer as people read it: what somebody typed stays as it is, a form's own words are translated."""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, list | tuple):
        return ", ".join(shown(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(str(value[part]) for part in ("name", "phone") if value.get(part))
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int | float):
        return number(value)
    return say(value) if isinstance(value, Sentence) else isolated(str(value or ""))


def number(value: int | float) -> str:
    """2.5 or 2,5. Thousands stay together: the number may be one that is only copied."""
    return format_decimal(value, locale=get_locale(), group_separator=False, decimal_quantization=False)


def first_sentence(text: str) -> str:
    """What a text says first."""
    first, stop, _rest = " ".join(text.split()).partition(". ")
    return first + stop.strip()


def problem_text(problem: FieldProblem) -> str:
    """What is wrong with one answer, in the user's language."""
    return say(problem if getattr(problem, "sentence", "") else problem.message)


def message_for(field: str, problems: Iterable[FieldProblem]) -> dict[str, str] | None:
    """The error message of one question, as the GOV.UK macros take it."""
    found = next((problem for problem in problems if problem.field == field), None)
    return {"text": problem_text(found), "visuallyHiddenText": gettext("Error")} if found else None


def field_name(name: str, asked: Iterable[Form] = ()) -> str:
    """What a posted field was asked as, in one of the forms `asked`; else its own name, fit to be read."""
    key, _, part = name.removeprefix("q-").partition("-")
    question = next((q for form in asked for q in form.questions if q.key == key), None)
    if question is None:
        return name.removeprefix("q-").replace("_", " ").replace("-", ", ").capitalize()
    box = PARTS.get(part.rpartition("-")[2])
    return f"{say(question.label)}: {gettext(box)}" if box else say(question.label)


def told(
    sent: Iterable[tuple[str, str]],
    asked: Iterable[Form] = (),
    options: Mapping[str, Mapping[str, str]] | None = None,
) -> list[tuple[str, str]]:
    """What was posted as people read it: [(label, answer)], the boxes of one question together.

    What none of the forms `asked` knows keeps its own name, fit to be read.
    """
    questions = {question.key: question for form in asked for question in form.questions}
    known: dict[str, dict[str, list[str]]] = {}
    found: list[tuple[str, str]] = []
    for name, value in sent:
        key, _, part = name.removeprefix("q-").partition("-")
        if key not in questions:
            found.append((field_name(name), value))
        elif value.strip():
            known.setdefault(key, {}).setdefault(part, []).append(value)
    lines = ((questions[key], _told(questions[key], boxes, options or {})) for key, boxes in known.items())
    return [*((say(question.label), line) for question, line in lines if line), *found]


def _told(question: Question, boxes: dict[str, list[str]], options: Mapping[str, Mapping[str, str]]) -> str:
    typed = {part: values[0] for part, values in boxes.items()}
    if question.kind in ("date", "datetime"):
        return _told_day(typed)
    if question.kind == "file":
        return typed.get("name", "")
    if question.kind == "person":
        return ", ".join(typed.values())
    values = [value for some in boxes.values() for value in some]
    if question.kind == "yes_no":
        return ", ".join(gettext("Yes") if value == "yes" else gettext("No") for value in values)
    names = options.get(question.kind, {})
    labels = {choice.value: say(choice.label) for choice in question.choices}
    return ", ".join(labels.get(value) or names.get(value) or value for value in values)


def _told_day(typed: Mapping[str, str]) -> str:
    """The day in words; where it is none, its boxes as they were typed."""
    boxes = [typed.get(part, "") for part in ("day", "month", "year")]
    time = ":".join(typed[part].zfill(2) for part in ("hour", "minute") if typed.get(part))
    try:
        on = day(date(*(int(box) for box in reversed(boxes))))
    except (ValueError, OverflowError):
        on = " ".join(box for box in boxes if box)
    return gettext("%(day)s at %(time)s", day=on, time=time) if on and time else on or time


def has_page(endpoint: str) -> bool:
    """Whether this site has that page."""
    return endpoint in current_app.view_functions


def here() -> str:
    """The address of the page that is open, to come back to."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def _word(word: Any) -> Any:
    if isinstance(word, datetime):
        return moment(word)
    if isinstance(word, int | float):
        # A limit or a count, never something to be copied.
        return format_decimal(word, locale=get_locale(), decimal_quantization=False)
    return day(word) if isinstance(word, date) else word


def _local(when: date | datetime) -> date:
    return to_user_timezone(when).date() if isinstance(when, datetime) else when
