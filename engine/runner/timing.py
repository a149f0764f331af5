"""When a timer fires."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from engine import schedule
from engine.diagram import times

from .outcome import Context


def due_at(
    timer: Mapping[str, str], opened_at: datetime, context: Context, fired: int = 0
) -> datetime | None:
    """The moment a timer fires that was reached at `opened_at` and has `fired` so often.

    None while its anchor's date is unknown. Always worked out anew, so that an anchored timer follows its date.
    Days and months are the calendar's where the case is (31 January and P1M is the last of February, at the same
    hour), hours are exact; a day alone begins there at midnight. Raises ValueError or OverflowError.
    """
    if "anchor" in timer:
        return context.due(timer["anchor"], timer["offset"], timer["days"], opened_at)
    if "date" in timer:
        moment = times.read_moment(timer["date"])
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time(0))
        return (moment if moment.tzinfo else moment.replace(tzinfo=context.zone)).astimezone(UTC)
    if "cycle" in timer:
        length = times.read_cycle(timer["cycle"]).distance(fired + 1)
    else:
        length = times.read_length(timer["duration"])
    return schedule.move(opened_at, length, context.zone)


def next_day(context: Context) -> datetime:
    """The moment at which another day begins where the case is."""
    tomorrow = context.now.astimezone(context.zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(0), context.zone).astimezone(UTC)


def goes_on(timer: Mapping[str, str], fired: int) -> bool:
    """Will a timer that has `fired` so often fire again?"""
    if "cycle" not in timer:
        return False
    most = times.read_cycle(timer["cycle"]).times
    return most is None or fired < most


def check(timer: Mapping[str, str]) -> None:
    """Raises ValueError, worded, if a literal cannot be read. Anchors are the calendar's business."""
    if "date" in timer:
        times.read_moment(timer["date"])
    elif "cycle" in timer:
        times.read_cycle(timer["cycle"])
    elif "duration" in timer:
        times.read_length(timer["duration"])
