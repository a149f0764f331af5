"""What an import would do, line by line, and doing it: all lines, or the right ones at somebody's express word."""

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, journal, library, participants, policy, vault
from engine.errors import Conflict, FieldProblem, Invalid
from engine.imports import keeping, reading
from engine.imports.reading import Row
from engine.models import Agency, Case, Participant, ParticipantDate, Task, User
from engine.words import N_, Sentence, say

AT_A_TIME = 500
# Each date that changes moves every step of its cases: as many as one page can wait for.
MOST_CHANGES = 200

UNKNOWN_NUMBER = N_(
    "Nobody whom you registered has this number. Check it, or register the participant first."
)


@dataclass(frozen=True)
class Line:
    """What one line would do. `state`: new, same, changed or problem; `follow`: open steps that move, of those seen."""

    row: Row
    state: str
    on: date | None = None
    known: date | None = None
    follow: int = 0
    problems: tuple[Sentence, ...] = ()
    participant_id: uuid.UUID | None = None

    @property
    def rank(self) -> int:
        """Where a reader wants to find it: what needs them first."""
        return ("problem", "changed", "new", "same").index(self.state)


@dataclass(frozen=True)
class Report:
    """What a file would do. `asks_order`: its days can be read in two ways, so nothing else is said yet.

    `seen` stands for all that the report says: taking the file with an older one is refused. `taken`: how many dates
    were recorded when the file was taken; `lines` are then those that were left.
    """

    upload_id: uuid.UUID
    asks_order: bool
    lines: tuple[Line, ...]
    counts: dict[str, int]
    seen: str
    until: datetime
    taken: int | None


def start_import(db: Session, user: User, content: bytes) -> uuid.UUID:
    """Read a file and keep it for the report. Raises Invalid when it cannot be read, Refused."""
    policy.check(user, "import_dates")
    rows = reading.read(content)
    upload = keeping.keep(db, user, {"rows": [asdict(row) for row in rows], "order": None, "taken": None})
    journal.note(db, user, "started_import", upload, codes={"lines": len(rows)})
    return upload.id


def choose_order(db: Session, user: User, upload_id: uuid.UUID, order: str) -> None:
    """Say which stands first in days like 03/04/2027: "day" or "month". Raises Invalid."""
    policy.check(user, "import_dates")
    upload = keeping.find(db, user, upload_id, held=True)
    if order not in ("day", "month"):
        raise Invalid([FieldProblem("order", N_("Choose which stands first."))])
    keeping.change(db, upload, {**keeping.content_of(db, upload), "order": order})
    journal.note(db, user, "chose_order", upload, codes={"order": order})


def upload_report(db: Session, user: User, upload_id: uuid.UUID) -> Report:
    """What a file that was sent would do now. Raises NotFound, Refused."""
    policy.check(user, "import_dates")
    upload = keeping.find(db, user, upload_id)
    content = keeping.content_of(db, upload)
    rows = [Row(**one) for one in content["rows"]]
    order: str | None = content["order"]
    if content["taken"] is not None:
        lines = tuple(
            Line(row, "problem", problems=tuple(map(Sentence.read, why)))
            for row, why in zip(rows, content["why"], strict=True)
        )
    elif order is None and reading.needs_order(rows):
        return Report(upload.id, True, (), {}, "", upload.until, None)
    else:
        lines = tuple(_lines(db, user, rows, reading.month_first(rows, order)))
    counts = Counter(line.state for line in lines)
    return Report(upload.id, False, lines, dict(counts), _seen(lines), upload.until, content["taken"])


def take_import(db: Session, user: User, upload_id: uuid.UUID, *, seen: str, only_right: bool) -> int:
    """Record what the file says, all in this transaction; how many dates were recorded.

    With problems nothing is taken unless `only_right`: then the lines with problems are kept to be handed back.
    Raises Conflict when something has changed since the report was `seen`, Invalid, NotFound, Refused.
    """
    policy.check(user, "import_dates")
    upload = keeping.find(db, user, upload_id, held=True)
    report = upload_report(db, user, upload_id)
    if report.taken is not None:
        return report.taken
    if report.asks_order:
        raise Invalid([FieldProblem("order", N_("Choose which stands first."))])
    if report.seen != seen:
        raise Conflict(
            N_("Something has changed since this report was made. Nothing was taken: look at the new report.")
        )
    left = [line for line in report.lines if line.state == "problem"]
    to_record = [line for line in report.lines if line.state in ("new", "changed")]
    if left and not only_right:
        sentence = N_("Some lines have problems. Tick the box to take the right ones only.")
        raise Invalid([FieldProblem("only_right", sentence)])
    if len(to_record) > MOST_CHANGES:
        most = say("At most {most} dates can change at a time. Send the file in parts.", most=MOST_CHANGES)
        raise Invalid([FieldProblem("only_right", most)])
    # In one order for everybody, so that two imports at the same moment do not wait for each other.
    for line in sorted(to_record, key=lambda line: str(line.participant_id)):
        if line.participant_id is not None:
            sure, source = line.row.sure.lower(), line.row.source
            participants.record_date(
                db, user, line.participant_id, key="release_on", on=line.on, sure=sure, source=source
            )
    content = {
        "rows": [asdict(line.row) for line in left],
        "why": [[one.kept() for one in line.problems] for line in left],
        "order": None,
        "taken": len(to_record),
    }
    keeping.change(db, upload, content)
    codes = {"taken": len(to_record), "left": len(left), "same": report.counts.get("same", 0)}
    journal.note(db, user, "took_import", upload, codes=codes)
    return len(to_record)


def rest_of(db: Session, user: User, upload_id: uuid.UUID, translate: Any = str) -> str:
    """The lines with problems as CSV, each with its problem in words. Raises NotFound, Refused."""
    report = upload_report(db, user, upload_id)
    return reading.write(
        (line.row, " ".join(one.said(translate) for one in line.problems))
        for line in report.lines
        if line.state == "problem"
    )


# ---- the report


def _lines(db: Session, user: User, rows: Sequence[Row], month_first: bool) -> Iterable[Line]:
    index = vault.of(db).index
    numbers = {row.number: index(row.number) for row in rows if row.number}
    found = _found(db, user, set(numbers.values()))
    ids = [one.id for one in found.values()]
    known, follow = _known(db, ids), _follow(db, user, ids)
    times = Counter(numbers[row.number] for row in rows if row.number)
    for row in rows:
        on = reading.day_of(row.date, month_first)
        person = found.get(numbers.get(row.number, ""))
        wrong = _problems(row, on, person, known, times[numbers.get(row.number, "")])
        if wrong or person is None:
            yield Line(row, "problem", on, problems=wrong)
            continue
        before = known.get((person.id, "release_on"))
        state = "new" if before is None else "same" if _is_same(row, on, before) else "changed"
        yield Line(
            row,
            state,
            on,
            before[0] if before else None,
            follow.get(person.id, 0) if before is None or before[0] != on else 0,
            participant_id=person.id,
        )


def _problems(
    row: Row,
    on: date | None,
    person: Participant | None,
    known: dict[tuple[uuid.UUID, str], tuple[date | None, str]],
    times: int,
) -> tuple[Sentence, ...]:
    """Every reason why a line cannot be taken; none when it can."""
    wrong: list[str | Sentence] = []
    if not row.number:
        wrong.append(N_("Enter the participant's number."))
    elif person is None:
        wrong.append(UNKNOWN_NUMBER)
    if times > 1:
        wrong.append(N_("This number stands in the file more than once. Keep the line that is right."))
    if not row.date:
        wrong.append(N_("Enter the date."))
    elif on is None:
        wrong.append(N_("There is no such day. Write it like 2027-03-27 or 27.3.2027."))
    zone = person.agency.local_action.timezone if person else "UTC"
    checked = participants.date_problems(
        clock.today(zone), key="release_on", on=on, sure=row.sure.lower(), source=row.source
    )
    wrong += [
        N_("Write “estimated” or “confirmed” for how sure it is.") if one.field == "sure" else one.message
        for one in checked
    ]
    if person is not None and on is not None and _is_out(person, known, on):
        wrong.append(N_("This participant has been released already. Check the number."))
    return tuple(one if isinstance(one, Sentence) else Sentence(one) for one in wrong)


def _is_out(
    person: Participant, known: dict[tuple[uuid.UUID, str], tuple[date | None, str]], on: date
) -> bool:
    released = (known.get((person.id, "released_on")) or (None, ""))[0]
    received = (known.get((person.id, "received_on")) or (None, ""))[0]
    return released is not None and not (received is not None and received > released) and on != released


def _is_same(row: Row, on: date | None, before: tuple[date | None, str]) -> bool:
    return before == (on, row.sure.lower())


def _found(db: Session, user: User, indexes: set[str]) -> dict[str, Participant]:
    """The participants with these numbers whom an agency registered in which the user records dates."""
    own = [m.agency_id for m in user.memberships if "record_date" in m.as_role.may]
    found: dict[str, Participant] = {}
    for some in _parts(sorted(indexes)):
        rows = db.scalars(
            policy.visible(user, Participant).where(
                Participant.number_index.in_(some), Participant.agency_id.in_(own)
            )
        )
        found |= {row.number_index: row for row in rows if row.number_index}
    houses = {one.agency_id for one in found.values()}
    # One look for all, so that each participant finds their agency in the session.
    db.scalars(select(Agency).where(Agency.id.in_(houses))).all()
    return found


def _known(db: Session, ids: Sequence[uuid.UUID]) -> dict[tuple[uuid.UUID, str], tuple[date | None, str]]:
    known: dict[tuple[uuid.UUID, str], tuple[date | None, str]] = {}
    for some in _parts(ids):
        rows = db.execute(
            select(
                ParticipantDate.participant_id, ParticipantDate.key, ParticipantDate.on, ParticipantDate.sure
            ).where(
                ParticipantDate.participant_id.in_(some),
                ParticipantDate.key.in_(("release_on", "released_on", "received_on")),
                ParticipantDate.superseded_at.is_(None),
            )
        )
        known |= {(row.participant_id, row.key): (row.on, row.sure) for row in rows}
    return known


def _follow(db: Session, user: User, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many open steps of each participant count from the release date, of those that the user may know of."""
    found: Counter[uuid.UUID] = Counter()
    for some in _parts(ids):
        seen = policy.visible(user, Task).where(Task.status == "open", Task.kind == "step").subquery()
        rows = db.execute(
            select(Case.participant_id, Case.version_id, seen.c.pathway, seen.c.step)
            .join(seen, seen.c.case_id == Case.id)
            .where(Case.participant_id.in_(some))
        )
        for participant_id, version_id, pathway, step in rows:
            node = library.edition(db, version_id).node(pathway, step)
            found[participant_id] += node.due_anchor in ("release", "release_on")
    return found


def _parts(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + AT_A_TIME] for start in range(0, len(values), AT_A_TIME))


def _seen(lines: Iterable[Line]) -> str:
    said = [[one.row.line, one.state, str(one.on), str(one.known), str(one.participant_id)] for one in lines]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]
