"""One answer, from what was typed to a JSON value, or a sentence that says what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.forms.definition import Question
from engine.forms.files import FILE_LIMIT, FILE_TYPES
from engine.forms.schema import NAME_LENGTH
from engine.words import N_

Options = Mapping[str, Mapping[str, Any]]

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,15}(?:[.,][0-9]{0,15})?|[.,][0-9]{1,15})")
_THOUSANDS = re.compile(r"(?<=[0-9])[ \u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")
_DIGITS = re.compile(r"[0-9]{1,4}")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TYPED_DAY = re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})")
_PHONE = re.compile(r"[0-9+()./\- ]{3,40}")
# Dates outside these years are slips of the finger.
_YEARS = range(1900, 2201)


class Wrong(Exception):
    """One answer cannot be taken; the sentence's placeholders besides the label come as words."""

    def __init__(self, sentence: str, *parts: str, **words: object) -> None:
        super().__init__(sentence)
        self.sentence, self.parts, self.words = sentence, parts, words


@dataclass(frozen=True)
class Reading:
    """What the conversion of a raw answer may depend on besides its question."""

    options: Options | None
    zone: ZoneInfo
    today: date


def read_one(question: Question, value: object, reading: Reading) -> Any:
    convert = _CONVERT[question.kind]
    if not question.takes_list:
        return convert(question, _single(value), reading)
    answers = []
    for one in value if isinstance(value, (list, tuple)) else [value]:
        answer = convert(question, one, reading)
        if answer is not None and answer not in answers:
            answers.append(answer)
    if question.choices:
        # The order of the choices, so that the same ticks are always the same answer.
        order = [choice.value for choice in question.choices]
        answers.sort(key=lambda a: order.index(a) if a in order else len(order))
    return answers or None


def _single(value: object) -> object:
    """The last of several values under one name, as a browser's own later field wins."""
    if isinstance(value, (list, tuple)):
        return value[-1] if value else None
    return value


def _read_text(question: Question, value: object, reading: Reading) -> str | None:
    return _clean(value, lines=question.kind == "long_text") or None


def _read_whole(question: Question, value: object, reading: Reading) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15:
        return value
    text = _number_text(value)
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise Wrong(N_("{subject} must be a whole number, such as 3"))
    return int(text)


def _read_decimal(question: Question, value: object, reading: Reading) -> int | float | None:
    text = _number_text(plain(value) if isinstance(value, float) else value)
    if not text:
        return None
    if not _DECIMAL.fullmatch(text):
        raise Wrong(N_("{subject} must be a number, such as 3 or 2.5"))
    number = float(text.replace(",", "."))
    return int(number) if number.is_integer() else number


def _read_date(question: Question, value: object, reading: Reading) -> str | None:
    boxes = _boxes(value, ("day", "month", "year"))
    if boxes is None:
        return None
    return _day(boxes).isoformat()


def _read_datetime(question: Question, value: object, reading: Reading) -> str | None:
    if isinstance(value, str) and "T" in value and len(value) < 60:
        return _read_written_moment(value.strip(), reading.zone).isoformat()
    boxes = _boxes(value, ("day", "month", "year", "hour", "minute"))
    if boxes is None:
        return None
    day = _day(boxes)
    missing = [part for part in ("hour", "minute") if not boxes[part]]
    if missing:
        raise Wrong(N_("{subject} must include a time, such as 14 30"), *missing)
    hour, minute = boxes["hour"], boxes["minute"]
    if not (_DIGITS.fullmatch(hour) and int(hour) < 24):
        raise Wrong(N_("{subject} must have a real time, such as 14 30"), "hour")
    if not (_DIGITS.fullmatch(minute) and int(minute) < 60):
        raise Wrong(N_("{subject} must have a real time, such as 14 30"), "minute")
    later = isinstance(value, Mapping) and value.get("fold") == "1"
    moment = datetime(
        day.year, day.month, day.day, int(hour), int(minute), tzinfo=reading.zone, fold=int(later)
    )
    return _existing(moment).isoformat()


def _read_written_moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except (ValueError, OverflowError):
        raise Wrong(N_("{subject} must be a real date and time, such as 27 3 2027, 14 30")) from None
    if moment.year not in _YEARS:
        raise Wrong(N_("{subject} must be a real date, such as 27 3 2027"), "year")
    return _existing(moment.replace(second=0, microsecond=0))


def _existing(moment: datetime) -> datetime:
    """The same wall-clock moment, refused if the clocks jump over it."""
    if moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise Wrong(N_("{subject} must be another time: the clocks go forward then, and skip it"), "hour")
    return moment


def _read_yes_no(question: Question, value: object, reading: Reading) -> bool | None:
    if isinstance(value, bool):
        return value
    answer = {"yes": True, "no": False}.get(_clean(value))
    if answer is None and _clean(value):
        raise Wrong(N_("Choose yes or no for “{label}”"))
    return answer


def _read_choice(question: Question, value: object, reading: Reading) -> str | None:
    # The schema says whether it is one of the choices. A value is compared as it was published, not cleaned.
    if value is None or value == "":
        return None
    return value if isinstance(value, str) and question.choice(value) else "\ufffd"


def _read_person(question: Question, value: object, reading: Reading) -> dict[str, str] | None:
    if isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, Mapping):
        if value is None:
            return None
        raise Wrong(N_("Enter a name for “{label}”"), "name")
    name, phone = _clean(value.get("name")), _clean(value.get("phone"))
    if not name and not phone:
        return None
    if not name:
        raise Wrong(N_("Enter the name that belongs to this phone number"), "name")
    if len(name) > NAME_LENGTH:
        raise Wrong(N_("The name must be {most} characters or fewer"), "name", most=NAME_LENGTH)
    if phone and not (_PHONE.fullmatch(phone) and sum(c.isdigit() for c in phone) >= 3):
        raise Wrong(N_("Enter a phone number in figures, such as +34 93 123 45 67"), "phone")
    return {"name": name, "phone": phone}


def _read_option(question: Question, value: object, reading: Reading) -> str | None:
    key = _clean(value)
    if not key:
        return None
    if len(key) > 100 or (
        reading.options is not None and key not in reading.options.get(question.chosen_from, {})
    ):
        raise Wrong(N_("Choose one of the answers shown for “{label}”"))
    return key


def _read_file(question: Question, value: object, reading: Reading) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        if value is None or value == "":
            return None
        raise Wrong(N_("Choose the file again for “{label}”"))
    kept = _clean(value.get("file"))
    name = _clean(value.get("name")).replace("\\", "/").rpartition("/")[2]
    if not kept and not name:
        return None
    known: Mapping[str, Any] = value
    if kept and reading.options is not None and "file" in reading.options:
        # What was noted when the file was kept counts, never what the browser says about it now.
        known = reading.options.get("file", {}).get(kept, {})
        name = _clean(known.get("name"))
    size = known.get("size")
    if isinstance(size, str) and _WHOLE.fullmatch(size):
        size = int(size)
    media_type = _clean(known.get("type"))
    if kept and not (name and isinstance(size, int) and not isinstance(size, bool)):
        raise Wrong(N_("Choose the file again for “{label}”"))
    check_file(name, media_type, size if isinstance(size, int) else 0)
    if not kept or len(kept) > 100:
        raise Wrong(N_("Choose the file again for “{label}”"))
    return {"name": name, "type": media_type, "size": size, "file": kept}


def check_file(name: str, media_type: str, size: int) -> None:
    if len(name) > NAME_LENGTH:
        raise Wrong(N_("The name of the file must be {most} characters or fewer"), most=NAME_LENGTH)
    if size < 1:
        raise Wrong(N_("The file “{name}” is empty"), name=name)
    if size > FILE_LIMIT:
        raise Wrong(
            N_("The file “{name}” must be smaller than {most} MB"), name=name, most=FILE_LIMIT // 2**20
        )
    if media_type not in FILE_TYPES:
        types = ", ".join(FILE_TYPES.values())
        raise Wrong(N_("The file “{name}” must be one of these types: {types}"), name=name, types=types)


_CONVERT: Mapping[str, Callable[[Question, Any, Reading], Any]] = {
    "text": _read_text,
    "long_text": _read_text,
    "whole_number": _read_whole,
    "decimal": _read_decimal,
    "date": _read_date,
    "datetime": _read_datetime,
    "yes_no": _read_yes_no,
    "one_of": _read_choice,
    "several_of": _read_choice,
    "person": _read_person,
    "agency": _read_option,
    "user": _read_option,
    "file": _read_file,
}


def _clean(value: object, lines: bool = False) -> str:
    """Text without what cannot be seen or stored; one line unless `lines`. What is not a text is empty."""
    if not isinstance(value, str):
        return ""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = "".join(c for c in value if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    value = unicodedata.normalize("NFC", value)
    return value.strip() if lines else " ".join(value.split())


def _number_text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        # Python refuses to write integers of thousands of digits; these are no answers either.
        return str(value) if abs(value) < 10**15 else "∞"
    return _THOUSANDS.sub("", _clean(value)).replace("\u2212", "-")


def plain(number: float) -> str:
    """A float as a person writes it: 0.000001, not 1e-06."""
    return format(Decimal(repr(number)), "f")


def _boxes(value: object, parts: tuple[str, ...]) -> dict[str, str] | None:
    """The date's boxes as texts; None when all are empty. A written day fills the boxes."""
    if isinstance(value, str):
        text = _clean(value)
        if not text:
            return None
        iso, typed = _ISO_DAY.fullmatch(text), _TYPED_DAY.fullmatch(text)
        if iso:
            day, month, year = iso[3], iso[2], iso[1]
        elif typed:
            day, month, year = typed[1], typed[2], typed[3]
        else:
            raise Wrong(N_("{subject} must be a real date, such as 27 3 2027"))
        boxes = {"day": day, "month": month, "year": year}
    elif isinstance(value, Mapping):
        boxes = {part: _number_text(value.get(part)) for part in parts}
    elif value is None:
        return None
    else:
        raise Wrong(N_("{subject} must be a real date, such as 27 3 2027"))
    boxes = {part: boxes.get(part, "") for part in parts}
    return boxes if any(boxes.values()) else None


def _day(boxes: Mapping[str, str]) -> date:
    missing = [part for part in ("day", "month", "year") if not boxes[part]]
    if len(missing) == 3:
        raise Wrong(N_("{subject} must include a day, a month and a year"), *missing)
    if missing:
        raise Wrong(_MISSING[tuple(missing)], *missing)
    for part, most in (("day", 31), ("month", 12), ("year", 9999)):
        if not _DIGITS.fullmatch(boxes[part]) or not 1 <= int(boxes[part]) <= most:
            raise Wrong(N_("{subject} must be a real date, such as 27 3 2027"), part)
    if len(boxes["year"]) != 4:
        raise Wrong(N_("Year must include 4 numbers in “{label}”"), "year")
    if int(boxes["year"]) not in _YEARS:
        raise Wrong(N_("{subject} must be a real date, such as 27 3 2027"), "year")
    try:
        return date(int(boxes["year"]), int(boxes["month"]), int(boxes["day"]))
    except ValueError:
        raise Wrong(N_("{subject} must be a real date, such as 27 3 2027"), "day", "month", "year") from None


# Whole sentences, so that each can be translated.
_MISSING: Mapping[tuple[str, ...], str] = {
    ("day",): N_("{subject} must include a day"),
    ("month",): N_("{subject} must include a month"),
    ("year",): N_("{subject} must include a year"),
    ("day", "month"): N_("{subject} must include a day and a month"),
    ("day", "year"): N_("{subject} must include a day and a year"),
    ("month", "year"): N_("{subject} must include a month and a year"),
}
