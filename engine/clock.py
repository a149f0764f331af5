"""What time it is, and a way to move it for stories and demonstrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_moved: ContextVar[datetime | None] = ContextVar("moved", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _moved.get() or datetime.now(UTC)


def today(timezone: str) -> date:
    """The present day where `timezone` (an IANA name) is kept."""
    return now().astimezone(ZoneInfo(timezone)).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Hold the clock at an aware `moment` inside the block, in this thread only."""
    token = _moved.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _moved.reset(token)
