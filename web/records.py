"""What is typed into the pages of a meeting: an agenda, the record of several cases at once; and shown again."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from engine import meetings, minutes

Posted = MultiDict[str, str] | ImmutableMultiDict[str, str]

ROW = re.compile(r"case-(\d+)-(decisions|actions)-(\d+)-(\w+)")
PART = re.compile(r"case-(\d+)-(\w+)")
ATTENDANCE = "all"


@dataclass(frozen=True)
class Shown:
    """One part of the record as a page shows it; `theirs`: what a colleague saved meanwhile, to be compared."""

    raw: Any
    theirs: Any = None


def state(page: Any) -> str:
    """What the page of a record was made from, to be sent back with it: saves and digest of each part."""
    parts = [(ATTENDANCE, page.saves, page.was), *((one.position, one.saves, one.was) for one in page.items)]
    return ";".join(f"{key}:{saves}:{was}" for key, saves, was in parts)


def sheet(sent: Posted) -> meetings.Sheet:
    """The record as it was typed, each part with what its page was made from."""
    stood = _stood(sent)
    raw: dict[int, dict[str, Any]] = {}
    for name, value in sent.items():
        if row := ROW.fullmatch(name):
            position, kind, number, part = row.groups()
            rows = raw.setdefault(int(position), {}).setdefault(kind, {})
            rows.setdefault(int(number), {})[part] = value
        elif part_of := PART.fullmatch(name):
            raw.setdefault(int(part_of[1]), {})[part_of[2]] = value
    parts = {}
    for position, typed in raw.items():
        if str(position) in stood:
            rows = {kind: [row for _, row in sorted(typed.get(kind, {}).items())] for kind in minutes.ROWS}
            parts[position] = meetings.Part({**typed, **rows}, *stood[str(position)])
    attendance = meetings.Attendance(
        frozenset(sent.getlist("desks")) - {""},
        frozenset(sent.getlist("people")) - {""},
        sent.get("statement") == "yes",
        *stood.get(ATTENDANCE, (0, "")),
    )
    return meetings.Sheet(attendance, parts)


def shown(page: Any, sent: meetings.Sheet | None) -> tuple[Shown, dict[int, Shown]]:
    """Attendance, and each part: what was typed where its sender touched it, else what stands."""
    stands = minutes.attendance(
        [one.value for one in page.seats if one.attended],
        [value for one in page.seats for value, _name, there in one.people if there],
        page.statement_read,
    )
    found = {one.position: Shown(one.draft) for one in page.items}
    if sent is None:
        return Shown(stands), found
    for one in page.items:
        part = sent.parts.get(one.position)
        typed = minutes.tidy(part.raw) if part else None
        if part is not None and minutes.digest(typed) != part.was:
            found[one.position] = Shown(
                typed, one.draft if part.was != one.was and typed != one.draft else None
            )
    given = sent.attendance.raw()
    touched = minutes.digest(given) != sent.attendance.was
    return Shown(given, stands if sent.attendance.was != page.was else None) if touched else Shown(
        stands
    ), found


def agenda(sent: Posted, page: Any) -> dict[int, meetings.AgendaItem]:
    """The agenda as it was typed, by position."""
    desks = [one.value for one in page.seats if not one.convening]
    found = {}
    for item in page.items:
        at = f"case-{item.position}"
        if f"{at}-question" not in sent:
            continue
        asked, told = sent.getlist(f"{at}-asked"), sent.getlist(f"{at}-told")
        found[item.position] = meetings.AgendaItem(
            question=sent.get(f"{at}-question", "").strip(),
            desks={
                desk: meetings.Asked(sent.get(f"{at}-reason-{number}", "").strip(), desk in told)
                for number, desk in enumerate(desks)
                if desk in asked
            },
            drop=sent.get(f"{at}-drop") == "yes",
        )
    return found


def agenda_as_it_stands(items: Iterable[Any]) -> dict[int, meetings.AgendaItem]:
    return {
        item.position: meetings.AgendaItem(
            question=item.question or "",
            desks={desk: meetings.Asked(reason, told) for desk, (reason, told) in item.asked.items()},
        )
        for item in items
    }


def amendment(sent: Posted) -> dict[str, Any]:
    """Minutes as somebody typed them anew."""
    # The same fields as a case's part of the record has, under another name.
    renamed = MultiDict((name.replace("amend-", "case-0-", 1), value) for name, value in sent.items())
    renamed["seen"] = "0:0:"
    part = sheet(renamed).parts.get(0)
    return minutes.tidy(part.raw if part else {})


def _stood(sent: Posted) -> dict[str, tuple[int, str]]:
    found = {}
    for one in sent.get("seen", "").split(";"):
        key, _, rest = one.partition(":")
        saves, _, was = rest.partition(":")
        if saves.isdigit():
            found[key] = (int(saves), was)
    return found
