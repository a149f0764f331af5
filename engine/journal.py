"""What happened: append-only, chained per case, ids and codes only."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import clock, store, vault
from engine.errors import Conflict
from engine.models import Case, Entry, Site, Submission, User


def note(
    db: Session,
    user: User | None,
    verb: str,
    thing: Any = None,
    *,
    case: Case | None = None,
    agency_id: uuid.UUID | None = None,
    audience: str = "case",
    codes: dict[str, Any] | None = None,
) -> Entry:
    """Add one line to the journal of `case`, or of the site when there is none.

    `codes` holds ids, enumerated values and dates: never a name, a free text or an answer, so that the chain
    outlives erasure. `audience` is who may see the line: "case", "agency" or "|role|role|".
    The caller holds the case's row (the head stands there), so two lines never get the same number.
    """
    head = case if case is not None else site(db)
    entry = Entry(
        id=uuid.uuid4(),
        case_id=case.id if case is not None else None,
        number=head.journal_count + 1,
        at=clock.now(),
        user_id=user.id if user else None,
        agency_id=agency_id,
        verb=verb,
        thing=type(thing).__name__.lower() if thing is not None else None,
        thing_id=str(thing.id) if thing is not None else None,
        audience=audience,
        codes=codes or {},
        previous=head.journal_head,
    )
    entry.seal = vault.of(db).chain(entry.previous, _line(entry))
    head.journal_count, head.journal_head = entry.number, entry.seal
    db.add(entry)
    return entry


def site(db: Session) -> Site:
    """The installation's own row, locked until this transaction ends."""
    found = db.get(Site, 1, with_for_update=True)
    if found is None:
        db.execute(
            store.insert(store.dialect(db))(Site)
            .values(id=1, journal_count=0, journal_head="", case_count=0)
            .on_conflict_do_nothing(index_elements=["id"])
        )
        found = db.get_one(Site, 1, with_for_update=True)
    return found


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold: the case (None for the site's own chain), the line's number, and how."""

    case_id: uuid.UUID | None
    number: int
    how: str


def verify(db: Session) -> Iterator[Break]:
    """Every place where the journal was changed, cut or reordered since it was written.

    A chain whose last lines and head were both put back to an older state looks whole: only a head that somebody
    else keeps (`heads`) tells.
    """
    sealer = vault.of(db)
    heads = {case_id: (count, head) for case_id, count, head in _heads(db)}
    seen: dict[uuid.UUID | None, tuple[int, str]] = {}
    lines = db.scalars(select(Entry).order_by(Entry.case_id, Entry.number).execution_options(yield_per=1000))
    for entry in lines:
        count, head = seen.get(entry.case_id, (0, ""))
        if entry.number != count + 1:
            yield Break(entry.case_id, count + 1, "missing")
        elif entry.previous != head:
            yield Break(entry.case_id, entry.number, "unchained")
        elif sealer.chain(entry.previous, _line(entry)) != entry.seal:
            yield Break(entry.case_id, entry.number, "changed")
        seen[entry.case_id] = (entry.number, entry.seal)
    for case_id, expected in heads.items():
        if seen.get(case_id, (0, "")) != expected:
            yield Break(case_id, expected[0], "cut")


def heads(db: Session) -> list[dict[str, Any]]:
    """The head of each chain, to be kept by somebody else: with it even a cut tail is found."""
    return [
        {"case": str(case_id) if case_id else None, "count": count, "head": head}
        for case_id, count, head in _heads(db)
    ]


def once(db: Session, user: User | None, key: str, digest: str, location: str | None = None) -> str | None:
    """Take a form's `key` for this transaction, or say where its first sending led.

    None: this is the first time; go on, and call `remember` if it leads elsewhere than to `location`. The row is
    written before anything else, so a second sending that comes at the same moment waits here and then finds the
    first one's answer.
    Raises Conflict when the same key comes with another content.
    """
    taken = db.execute(
        store.insert(store.dialect(db))(Submission)
        .values(key=key, user_id=user.id if user else None, digest=digest, location=location, at=clock.now())
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Submission.key)
    )
    if taken.first() is not None:
        return None
    first = db.get_one(Submission, key)
    if first.digest != digest or first.user_id != (user.id if user else None):
        raise Conflict(
            "This page was already sent with other answers. Open it again, then send what you want to change."
        )
    return first.location or "/"


def remember(db: Session, key: str, location: str) -> None:
    """Keep where the form sent with `key` led, for the next time that it is sent."""
    db.execute(
        update(Submission)
        .where(Submission.key == key)
        .values(location=location)
        .execution_options(synchronize_session=False, autoflush=False)
    )


def _heads(db: Session) -> list[tuple[uuid.UUID | None, int, str]]:
    found: list[tuple[uuid.UUID | None, int, str]] = [
        (row.id, row.journal_count, row.journal_head)
        for row in db.execute(select(Case.id, Case.journal_count, Case.journal_head))
    ]
    own = db.get(Site, 1)
    if own is not None:
        found.append((None, own.journal_count, own.journal_head))
    return found


def _line(entry: Entry) -> str:
    """The canonical text of a line: every column but the seals."""
    return json.dumps(
        [
            str(entry.case_id) if entry.case_id else None,
            entry.number,
            _moment(entry.at),
            str(entry.user_id) if entry.user_id else None,
            str(entry.agency_id) if entry.agency_id else None,
            entry.verb,
            entry.thing,
            entry.thing_id,
            entry.audience,
            entry.codes,
        ],
        sort_keys=True,
        separators=(",", ":"),
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
