"""When a timer fires."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from dateutil.relativedelta import relativedelta

from engine import schedule

from .outcome import Context


def due_at(timer: Mapping[str, str], opened_at: datetime, context: Context) -> datetime | None:
    """The moment a timer fires that was reached at `opened_at`; None while its anchor's date is unknown.

    Always worked out anew, so that an anchored timer follows its date. A literal duration counts calendar
    months as such (31 January and P1M is the last of February) and everything else exactly, in UTC.
    """
    if "anchor" in timer:
        return context.due(timer["anchor"], timer["offset"], timer["days"], opened_at)
    if "date" in timer:
        return _moment(timer["date"])
    length = schedule.parse_offset(timer["duration"])
    return (
        opened_at.astimezone(UTC)
        + relativedelta(years=length.years, months=length.months, weeks=length.weeks, days=length.days)
        + length.clock
    )


def check(timer: Mapping[str, str]) -> None:
    """Raises ValueError, worded, if a literal cannot be read. Anchors are the calendar's business."""
    if "date" in timer:
        _moment(timer["date"])
    elif "duration" in timer and schedule.parse_offset(timer["duration"]).negative:
        raise ValueError("A timer cannot fire before it is reached.")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
