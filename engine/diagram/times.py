"""What a timer says in ISO 8601: a length of time, a moment or a cycle, bare or as a literal of FEEL."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from engine import schedule
from engine.schedule import Offset

# What was missed is made up for, each time once; these keep what can come together after a long pause small.
MOST_TIMES = 500
MOST_TIMES_A_DAY = 100

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_CYCLE = re.compile(r"R(?P<times>\d{0,9})/(?P<every>P[^/]+)", re.ASCII)
_FEEL = re.compile(r'=?\s*(?:(?:duration|date|date and time)\s*\(\s*"([^"]*)"\s*\)|"([^"]*)"|([^"=]*))')
_A_DAY = timedelta(days=1)
# Dates outside these years are slips of the finger.
_YEARS = range(1900, 2201)


class UnreadableTime(ValueError):
    """What a timer says cannot be right; `code` is that of the problem's sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"“{text[:60]}” is not a time that a timer can wait for.")
        self.code = code


@dataclass(frozen=True)
class Cycle:
    """How often something happens (None: as long as its step lasts), and how far apart."""

    times: int | None
    every: Offset

    def distance(self, number: int) -> Offset:
        """From the moment that a cycle begins to the time `number`, the first being 1.

        Counted from the beginning, not from the time before, so that a month stays on its day: 31 January, 28
        February, 31 March.
        """
        parts = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
        return replace(self.every, **{part: getattr(self.every, part) * number for part in parts})


def read_length(text: str) -> Offset:
    """A length of time, such as P14D or PT36H. Raises UnreadableTime."""
    try:
        length = schedule.parse_offset(bare(text))
    except ValueError as error:
        raise UnreadableTime("timer_unreadable", text) from error
    if length.negative:
        raise UnreadableTime("timer_unreadable", text)
    return length


def read_moment(text: str) -> date | datetime:
    """A day, or a moment; one without a time zone is kept where the case is. Raises UnreadableTime."""
    said = bare(text)
    try:
        moment = datetime.fromisoformat(said) if _MOMENT.fullmatch(said) else None
    except ValueError as error:
        raise UnreadableTime("timer_unreadable", text) from error
    if moment is None or moment.year not in _YEARS:
        raise UnreadableTime("timer_unreadable", text)
    return moment if "T" in said else moment.date()


def read_cycle(text: str) -> Cycle:
    """A cycle, such as R3/PT1H or R/P1M. Raises UnreadableTime."""
    found = _CYCLE.fullmatch(bare(text))
    if found is None or found["times"].strip("0") == "" != found["times"]:
        raise UnreadableTime("cycle_unreadable", text)
    try:
        every = schedule.parse_offset(found["every"])
    except ValueError as error:
        raise UnreadableTime("cycle_unreadable", text) from error
    if every.zero:
        raise UnreadableTime("cycle_unreadable", text)
    times = int(found["times"]) if found["times"] else None
    begun = datetime(2000, 1, 1, tzinfo=UTC)
    often = schedule.move(begun, every, UTC) - begun < _A_DAY
    if (often and (times is None or times > MOST_TIMES_A_DAY)) or (times or 0) > MOST_TIMES:
        raise UnreadableTime("cycle_too_often", text)
    return Cycle(times, every)


READ: dict[str, Callable[[str], object]] = {
    "timeDuration": read_length,
    "timeDate": read_moment,
    "timeCycle": read_cycle,
}


def bare(text: str) -> str:
    """What a literal of FEEL says: P14D for duration("P14D") and for "P14D"."""
    found = _FEEL.fullmatch(text.strip())
    return next((said for said in found.groups() if said is not None), "").strip() if found else text.strip()
