"""What is recorded of one case in a meeting: as it is typed, compared, and read.

As typed it is {"facts", "views", "dissent", "tells", "tell_day", "tell_month", "tell_year", "tell_why",
"not_discussed": text, "decisions": [{"text", "reason"}], "actions": [{"what", "owner", "day", "month", "year"}]}.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from engine.errors import FieldProblem
from engine.schedule import Calendar
from engine.words import N_

TEXTS = (
    "facts",
    "views",
    "dissent",
    "tells",
    "tell_day",
    "tell_month",
    "tell_year",
    "tell_why",
    "not_discussed",
)
ROWS = {"decisions": ("text", "reason"), "actions": ("what", "owner", "day", "month", "year")}
LONGEST = 10_000
MOST_ROWS = 40
# Nobody tells the participant for now, for the reason that is given.
NOBODY = "nobody"


@dataclass(frozen=True)
class Choices:
    """Whom an action can be given to, and which desk can tell the participant; what is typed must be one of them."""

    owners: Collection[str]
    tellers: Collection[str]
    today: date


@dataclass
class Reading:
    """`content` as minutes keep it, and every problem, each at the name of its field after `prefix`."""

    prefix: str
    content: dict[str, Any] = field(default_factory=dict)
    problems: list[FieldProblem] = field(default_factory=list)

    def wrong(self, name: str, message: str) -> None:
        self.problems.append(FieldProblem(f"{self.prefix}-{name}", message))


def tidy(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed in one way of writing it: every key there, no row that is empty."""
    found: dict[str, Any] = {key: _text(raw.get(key)) for key in TEXTS}
    for key, parts in ROWS.items():
        rows = [{part: _text(row.get(part)) for part in parts} for row in raw.get(key) or ()]
        found[key] = [row for row in rows if any(row.values())][:MOST_ROWS]
    return found


def digest(raw: Any) -> str:
    """Tells whether what comes back from a page is what it was shown with."""
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()[:32]


def silent_on(written_at: datetime, silence_days: int, calendar: Calendar) -> date:
    """The last day on which minutes can be answered: from the day after it, silence counts as yes."""
    return calendar.add_working(calendar.day_of(written_at), silence_days)


def attendance(desks: Iterable[str], people: Iterable[str], statement_read: bool) -> list[Any]:
    """Who was there ("agency id/role", and with "/user id"), in the one way in which it is compared."""
    return [sorted(desks), sorted(people), statement_read]


def read(raw: Mapping[str, Any], prefix: str, choices: Choices) -> Reading:
    """The record of a case, to be finished. A decision without a reason is none, and neither is an action of nobody."""
    typed = tidy(raw)
    reading = Reading(prefix)
    texts = {key: typed[key] for key in ("facts", "views", "dissent")}
    for key, text in texts.items():
        if len(text) > LONGEST:
            reading.wrong(key, N_("Shorten this to 10,000 characters."))
    reading.content = {
        **texts,
        "decisions": _decisions(typed["decisions"], reading),
        "actions": _actions(typed["actions"], reading, choices),
        **_telling(typed, reading, choices),
    }
    return reading


def read_amendment(raw: Mapping[str, Any], before: Mapping[str, Any], prefix: str) -> Reading:
    """Minutes put right: their words may change, the actions, which are tasks by now, stay."""
    typed = tidy(raw)
    reading = Reading(prefix)
    texts = {key: typed[key] for key in ("facts", "views", "dissent")}
    reading.content = {**before, **texts, "decisions": _decisions(typed["decisions"], reading)}
    return reading


def _decisions(rows: list[dict[str, str]], reading: Reading) -> list[dict[str, str]]:
    for number, row in enumerate(rows):
        if not row["text"]:
            reading.wrong(f"decisions-{number}-text", N_("Enter what was decided."))
        if not row["reason"]:
            reading.wrong(f"decisions-{number}-reason", N_("Enter the reason for this decision."))
    if not rows:
        reading.wrong(
            "decisions-0-text", N_("Enter what was decided, also if it is that nothing changes for now.")
        )
    return rows


def _actions(rows: list[dict[str, str]], reading: Reading, choices: Choices) -> list[dict[str, Any]]:
    found = []
    for number, row in enumerate(rows):
        at = f"actions-{number}"
        if not row["what"]:
            reading.wrong(f"{at}-what", N_("Enter what is to be done."))
        if row["owner"] not in choices.owners:
            reading.wrong(f"{at}-owner", N_("Choose who does it."))
        due_on = _day(row, "", at, reading, choices.today)
        found.append(
            {"what": row["what"], "owner": row["owner"], "due_on": due_on.isoformat() if due_on else None}
        )
    return found


def _telling(typed: Mapping[str, str], reading: Reading, choices: Choices) -> dict[str, Any]:
    tells, until = typed["tells"], None
    if tells == NOBODY:
        if not typed["tell_why"]:
            reading.wrong("tell_why", N_("Enter why the participant is not told for now."))
    elif tells not in choices.tellers:
        reading.wrong("tells", N_("Choose who tells the participant."))
    else:
        until = _day(typed, "tell_", "tell", reading, choices.today)
    return {
        "tells": tells,
        "tell_until": until.isoformat() if until else None,
        "tell_why": typed["tell_why"] if tells == NOBODY else "",
    }


def _day(boxes: Mapping[str, str], start: str, at: str, reading: Reading, today: date) -> date | None:
    try:
        on = date(*(int(boxes[f"{start}{part}"]) for part in ("year", "month", "day")))
    except (ValueError, OverflowError):
        reading.wrong(f"{at}-day" if not start else "tell_day", N_("Enter a real date, such as 27 3 2027."))
        return None
    if on < today:
        reading.wrong(f"{at}-day" if not start else "tell_day", N_("Choose today or a later day."))
    return on


def _text(value: Any) -> str:
    return str(value or "").replace("\r\n", "\n").strip()
