"""When things are due: an anchor, an offset, working days, public holidays, time zones.

Nothing here reads the clock or a table. Days are counted in the calendar of the agency that does the step;
every moment that leaves this module is an aware UTC datetime.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

import holidays
from dateutil.relativedelta import relativedelta

Days = Literal["calendar", "working"]
Unit = Literal["hours", "days", "working_days"]
State = Literal["left", "today", "over"]

_OFFSET = re.compile(
    r"(?P<sign>[+-])?P(?:(?P<years>[0-9]{1,3})Y)?(?:(?P<months>[0-9]{1,4})M)?(?:(?P<weeks>[0-9]{1,4})W)?"
    r"(?:(?P<days>[0-9]{1,5})D)?"
    r"(?P<clock>T(?:(?P<hours>[0-9]{1,6})H)?(?:(?P<minutes>[0-9]{1,7})M)?(?:(?P<seconds>[0-9]{1,9})S)?)?"
)
_PARTS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
_WEEKEND = frozenset({5, 6})
_A_DAY = timedelta(days=1)
# Further away than three weeks nobody counts in working days.
_NEAR_DAYS = 21
_TOO_FAR = "That date is too far away to be counted."


@dataclass(frozen=True)
class Offset:
    """A distance from an anchor, read from an ISO 8601 duration. Counts are positive, the sign is apart."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0
    negative: bool = False

    @property
    def sign(self) -> int:
        """-1 before the anchor, 1 after it."""
        return -1 if self.negative else 1

    @property
    def clock(self) -> timedelta:
        """The part that is counted by the clock (hours, minutes, seconds), without its sign."""
        return timedelta(hours=self.hours, minutes=self.minutes, seconds=self.seconds)

    @property
    def whole_days(self) -> bool:
        """True when the offset leads to a day and not to an hour."""
        return not self.clock

    @property
    def zero(self) -> bool:
        """True when the offset does not move its anchor at all."""
        return not any(getattr(self, part) for part in _PARTS)


@dataclass(frozen=True)
class Calendar:
    """The days on which an agency works: a time zone, a country and region, and its own closed days.

    `timezone` is an IANA name. `country` and `region` are ISO 3166 codes ("ES", "CT") as the package
    `holidays` knows them; without a country only weekends are free. Raises ValueError, worded, for a name
    that nobody knows.
    """

    timezone: str = "UTC"
    country: str | None = None
    region: str | None = None
    closed: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        _check_place(self.timezone, self.country, self.region)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def is_working(self, day: date) -> bool:
        """Is this neither weekend, public holiday nor one of the agency's own closed days?"""
        if day in self.closed or day.weekday() in _weekend(self.country, self.region):
            return False
        return day not in _public_holidays(self.country, self.region, day.year)

    def next_working(self, day: date) -> date:
        """This day if it is a working day, otherwise the first working day after it."""
        return self._nearest(day, _A_DAY)

    def previous_working(self, day: date) -> date:
        """This day if it is a working day, otherwise the last working day before it."""
        return self._nearest(day, -_A_DAY)

    def add_working(self, day: date, count: int) -> date:
        """The working day that is `count` working days after `day`, or before it if negative."""
        step = _A_DAY if count > 0 else -_A_DAY
        for _ in range(abs(count)):
            day = self._nearest(_shift(day, step), step)
        return day

    def working_days(self, after: date, until: date) -> int:
        """How many working days lie in (after, until]; negative when `until` lies before `after`."""
        if until < after:
            return -self.working_days(until, after)
        return sum(self.is_working(after + _A_DAY * n) for n in range(1, (until - after).days + 1))

    def day_of(self, moment: datetime) -> date:
        """The local day on which an aware moment falls."""
        return _aware(moment).astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """The first second of a local day, in UTC."""
        return datetime.combine(day, time(0), self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """The last second of a local day, in UTC. Where clocks go back at midnight that is the later one."""
        return datetime.combine(day, time(23, 59, 59), self.zone).replace(fold=1).astimezone(UTC)

    def _nearest(self, day: date, step: timedelta) -> date:
        while not self.is_working(day):
            day = _shift(day, step)
        return day


@dataclass(frozen=True)
class Left:
    """How far a due moment is from now. `number` is never negative; `state` says on which side it lies.

    state "left": `number` of `unit` remain: working days when near; days when far, or when no working day
    lies between; hours for something due at an hour within a day. "today": due later today, `number` hours
    remain. "over": the moment passed `number` `unit` ago (days, or hours within the same day).
    """

    number: int
    unit: Unit
    state: State


def parse_offset(text: str) -> Offset:
    """An ISO 8601 duration with an optional sign: P26W, -P12W, P1M, P1DT4H, PT4H, P0D.

    Raises ValueError whose text is a sentence for a pathway editor.
    """
    found = _OFFSET.fullmatch(text.strip()) if isinstance(text, str) and len(text) < 60 else None
    parts = {part: int(found[part]) for part in _PARTS if found[part]} if found else {}
    if found is None or not parts or found["clock"] == "T":
        shown = text.strip()[:40] if isinstance(text, str) else ""
        raise ValueError(
            f"“{shown}” is not a length of time. Write it like P2W (two weeks), P1M (a month), "
            "PT4H (four hours), with a minus in front for “before”."
        )
    offset = Offset(**parts, negative=found["sign"] == "-")
    # Nobody plans for more than that, and working days that far away would take long to count.
    if offset.years + offset.months / 12 + (offset.weeks * 7 + offset.days + offset.clock.days) / 365 > 100:
        raise ValueError(f"“{text.strip()}” is longer than a hundred years.")
    return offset


def check_offset(text: str, days: str = "calendar") -> Offset:
    """Read an offset and make sure that it can be counted in these days; raises ValueError, worded."""
    offset = parse_offset(text)
    if days not in ("calendar", "working"):
        raise ValueError("Days are counted as “calendar” or as “working” days.")
    if days == "working" and (offset.years or offset.months or not offset.whole_days):
        raise ValueError("Working days are counted in days or weeks; months and hours are not.")
    return offset


def written(number: int, unit: str, *, before: bool = False) -> str:
    """The duration of so many `years`, `months`, `weeks`, `days` or `hours`: written(2, "weeks") is P2W."""
    sign = "-" if before and number else ""
    return f"{sign}PT{number}H" if unit == "hours" else f"{sign}P{number}{unit[0].upper()}"


def in_one_unit(offset: Offset) -> tuple[int, str] | None:
    """The number and the unit of an offset that counts in one unit only; None for one like P1DT4H."""
    counted = [(getattr(offset, part), part) for part in _PARTS if getattr(offset, part)]
    if not counted:
        return 0, "days"
    return counted[0] if len(counted) == 1 and counted[0][1] not in ("minutes", "seconds") else None


def due_at(anchor: date | datetime, offset: str, days: str, calendar: Calendar) -> datetime:
    """The moment something is due, in UTC.

    An offset of whole days is due at the end of that local day. If nobody works that day, it moves to the
    working day before when it counts back from its anchor, to the next one when it counts forward; offset
    zero stays on its day. An offset with hours is exact. Raises ValueError if it cannot be counted.
    """
    parsed = check_offset(offset, days)
    if not parsed.whole_days:
        return move(anchor, parsed, calendar.zone)
    return calendar.end_of(due_on(_local_day(anchor, calendar), parsed, days, calendar))


def due_on(day: date, offset: Offset, days: str, calendar: Calendar) -> date:
    """The day on which something is due that counts in whole days from `day`."""
    if offset.zero:
        return day
    if days == "working":
        working_week = 7 - len(_weekend(calendar.country, calendar.region))
        return calendar.add_working(day, offset.sign * (offset.weeks * working_week + offset.days))
    due = add(day, offset)
    return calendar.previous_working(due) if offset.negative else calendar.next_working(due)


def starts_at(anchor: date | datetime, offset: str, days: str, calendar: Calendar) -> datetime:
    """The earliest moment of the day that an offset leads to, in UTC; exact for an offset with hours.

    For an earliest sensible start and for timers that open something: these begin with their day and do not
    move off a free day unless working days are counted.
    """
    parsed = check_offset(offset, days)
    if not parsed.whole_days:
        return move(anchor, parsed, calendar.zone)
    day = _local_day(anchor, calendar)
    if days == "working":
        return calendar.start_of(due_on(day, parsed, days, calendar))
    return calendar.start_of(add(day, parsed))


def latest_start(due: datetime, takes: str, calendar: Calendar, days: str = "calendar") -> datetime:
    """The last moment, in UTC, at which work that usually takes this long can begin to be ready by `due`."""
    parsed = check_offset(takes, days)
    if parsed.zero:
        return _aware(due).astimezone(UTC)
    return due_at(due, "-" + takes.strip().lstrip("+-"), days, calendar)


def left(due: datetime, now: datetime, calendar: Calendar) -> Left:
    """How long until `due`, in the unit a person would use: working days, days, or hours when it is near."""
    due_day, today = calendar.day_of(due), calendar.day_of(now)
    apart = due - now
    # Only something that is due at an hour is worth counting in hours overnight.
    by_the_hour = due != calendar.end_of(due_day) and abs(apart) < _A_DAY
    hours = int(abs(apart).total_seconds() // 3600)
    if apart < timedelta(0):
        if due_day == today or by_the_hour:
            return Left(hours, "hours", "over")
        return Left((today - due_day).days, "days", "over")
    if due_day == today:
        return Left(hours, "hours", "today")
    if by_the_hour:
        return Left(hours, "hours", "left")
    days = (due_day - today).days
    working = calendar.working_days(today, due_day) if days <= _NEAR_DAYS else 0
    return Left(working, "working_days", "left") if working else Left(days, "days", "left")


def add(day: date, offset: Offset) -> date:
    """Move a day by the years, months, weeks and days of an offset.

    31 January and a month is the end of February. Raises ValueError when the calendar ends before that.
    """
    sign = offset.sign
    try:
        moved = day + relativedelta(years=sign * offset.years, months=sign * offset.months)
        return moved + sign * timedelta(weeks=offset.weeks, days=offset.days)
    except (OverflowError, ValueError) as error:
        raise ValueError(_TOO_FAR) from error


def move(anchor: date | datetime, offset: Offset, zone: tzinfo) -> datetime:
    """The moment that an offset leads to, in UTC: whole days by the wall clock of `zone`, then hours as they pass.

    Not the same when clocks change. Raises ValueError when the calendar ends before that.
    """
    if isinstance(anchor, datetime):
        local = _aware(anchor).astimezone(zone)
    else:
        local = datetime.combine(anchor, time(0), zone)
    moved = datetime.combine(add(local.date(), offset), local.timetz())
    try:
        return moved.astimezone(UTC) + offset.sign * offset.clock
    except OverflowError as error:
        raise ValueError(_TOO_FAR) from error


def _local_day(anchor: date | datetime, calendar: Calendar) -> date:
    return calendar.day_of(anchor) if isinstance(anchor, datetime) else anchor


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A moment must say in which time zone it is.")
    return moment


def _shift(day: date, step: timedelta) -> date:
    try:
        return day + step
    except OverflowError as error:
        raise ValueError(_TOO_FAR) from error


@lru_cache(maxsize=256)
def _check_place(timezone: str, country: str | None, region: str | None) -> None:
    if timezone not in available_timezones():
        raise ValueError(f"“{timezone}” is not a time zone. Write it like Europe/Madrid.")
    if country is None:
        if region is not None:
            raise ValueError("A region needs its country.")
        return
    known = holidays.list_supported_countries(include_aliases=True)
    if country not in known:
        raise ValueError(f"The public holidays of “{country}” are not known. Write a country like ES or NL.")
    if region is not None and region not in known[country]:
        raise ValueError(f"“{region}” is not a region of {country} whose public holidays are known.")


@lru_cache(maxsize=256)
def _weekend(country: str | None, region: str | None) -> frozenset[int]:
    if country is None:
        return _WEEKEND
    return frozenset(holidays.country_holidays(country, subdiv=region).weekend)


@lru_cache(maxsize=4096)
def _public_holidays(country: str | None, region: str | None, year: int) -> frozenset[date]:
    """One year's holidays as plain dates: the package's own object grows while other threads read it."""
    if country is None:
        return frozenset()
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year, expand=False).keys())
