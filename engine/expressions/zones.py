"""The clock changes of a time zone, for a sandbox that knows none."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1970, 2100
# Nowhere has the clock been changed and changed back within a week.
STRIDE = 7 * 86_400

Changes = list[tuple[int | None, int]]


@lru_cache(maxsize=64)
def offsets(zone: str) -> Changes:
    """[(None, offset), (epoch second, offset from then on), ...] in seconds; [] for an unknown zone.

    From 1970 to 2100; earlier and later moments get the first and the last offset.
    """
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return []
    moment, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (FIRST_YEAR, LAST_YEAR))
    offset = _offset(place, moment)
    changes: Changes = [(None, offset)]
    while moment < end:
        later = _offset(place, moment + STRIDE)
        if later != offset:
            changes.append((_change(place, moment, moment + STRIDE), later))
        moment, offset = moment + STRIDE, later
    return changes


def _change(place: ZoneInfo, before: int, after: int) -> int:
    start = _offset(place, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(place, middle) == start:
            before = middle
        else:
            after = middle
    return after


def _offset(place: ZoneInfo, moment: int) -> int:
    delta = datetime.fromtimestamp(moment, place).utcoffset()
    return int(delta.total_seconds()) if delta else 0
