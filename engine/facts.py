"""What the diagrams may read: answers marked as facts, and a participant's dates."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import LargeBinary, bindparam, insert, null, select, type_coerce, union_all, update
from sqlalchemy.orm import Session

from engine import clock, vault
from engine.models import Case, Fact, Participant, ParticipantDate, Task, User
from engine.words import N_, Sentence

# The dates a participant can have. Deadlines count from "release": the actual day once known, else the expected.
DATES = {
    "release_on": N_("Release date"),
    "earliest_release_on": N_("Earliest release date"),
    "released_on": N_("Day of release"),
    "supervision_ends_on": N_("End of legal supervision"),
    "received_on": N_("Day of reception in custody"),
    "hearing_on": N_("Court hearing"),
}


@dataclass(frozen=True)
class Said:
    """A date that somebody said: `on` None means that it is no longer known.

    `source` is who said so, in somebody's words, or the step in which it was entered, as a Sentence.
    """

    key: str
    on: date | None
    sure: str
    source: str | Sentence


def values(db: Session, case: Case) -> dict[str, Any]:
    """Every current fact of `case` and every date of its participant, by key, as JSON values and dates.

    A date that is not known is None, so that a diagram can ask for it.
    """
    found: dict[str, Any] = dict.fromkeys(DATES)
    found["case_opened_on"] = case.opened_at.astimezone(ZoneInfo(case.local_action.timezone)).date()
    found["today"] = clock.today(case.local_action.timezone)
    of_case = {"participant": case.participant_id, "case": case.id}
    for key, on, sealed in db.execute(_KNOWN, of_case):
        found[key] = on if sealed is None else vault.unseal(db, case.participant.key, "facts.value", sealed)
    return found


def anchor(
    values: Mapping[str, Any], name: str, opened_at: datetime, case_opened_at: datetime
) -> date | datetime | None:
    """The day or moment that something counts from, by what the case knows; None while nobody knows it.

    `opened_at` is when the step or timer was reached.
    """
    if name == "step_opened":
        return opened_at
    if name == "case_opened":
        return case_opened_at
    if name == "release":
        return _release(values)
    found: date | datetime | str | None = values.get(
        "supervision_ends_on" if name == "supervision_end" else name
    )
    return date.fromisoformat(found) if isinstance(found, str) else found


def _release(values: Mapping[str, Any]) -> date | None:
    released, received = values.get("released_on"), values.get("received_on")
    if released and received and released < received:
        # Back in custody since that release: what counts is the next one.
        released = None
    found: date | None = released or values.get("release_on")
    return found


# A date that cannot be true beside another said in the same breath: (it, the earlier of the two, the later, what to
# say). Dates said at different times may well disagree: a supervision can end while somebody is back in custody.
ORDER = (
    (
        "earliest_release_on",
        "earliest_release_on",
        "release_on",
        N_("The earliest release date cannot come after the release date. Check both."),
    ),
    (
        "supervision_ends_on",
        "release_on",
        "supervision_ends_on",
        N_("Supervision cannot end before the release. Check both dates."),
    ),
)


def contradictions(said: Mapping[str, date]) -> dict[str, str]:
    """For each of the dates that are `said` together and that cannot be true beside another: a sentence."""
    return {
        key: sentence
        for key, earlier, later, sentence in ORDER
        if earlier in said and later in said and said[earlier] > said[later]
    }


def dates(db: Session, participant_id: uuid.UUID) -> dict[str, date | None]:
    """The dates of a participant that hold now, by key."""
    return {row.key: row.on for row in db.execute(_SAID, {"participant": participant_id})}


# Written once: a statement that is written anew each time costs more than the database needs to answer it.
_SAID = select(ParticipantDate.key, ParticipantDate.on).where(
    ParticipantDate.participant_id == bindparam("participant"), ParticipantDate.superseded_at.is_(None)
)
_KNOWN = union_all(
    _SAID.add_columns(type_coerce(null(), LargeBinary)),
    select(Fact.key, null(), Fact.value).where(
        Fact.case_id == bindparam("case"), Fact.superseded_at.is_(None)
    ),
)
_REPLACED = (
    update(Fact)
    .where(
        Fact.case_id == bindparam("case"),
        Fact.key.in_(bindparam("keys", expanding=True)),
        Fact.superseded_at.is_(None),
    )
    .values(superseded_at=bindparam("now", type_=Fact.superseded_at.type))
    # What else is pending is written in the end, at once.
    .execution_options(synchronize_session=False, autoflush=False)
)


def record(
    db: Session,
    case: Case,
    found: Mapping[str, Any],
    *,
    task: Task | None,
    agency_id: uuid.UUID,
    user: User | None,
    audience: Mapping[str, str],
) -> None:
    """Keep `found` as the case's current facts; what they replace stays, marked as superseded.

    None means that there is no longer an answer: the old fact ends and none takes its place. Without a `task` a
    decision table has found them.
    """
    if not found:
        return
    now = clock.now()
    db.execute(_REPLACED, {"case": case.id, "keys": list(found), "now": now})
    new = [
        {
            "case_id": case.id,
            "key": key,
            "value": vault.seal(db, case.participant.key, "facts.value", value),
            "task_id": task.id if task else None,
            "agency_id": agency_id,
            "audience": audience.get(key, "case"),
            "recorded_by": user.id if user else None,
            "recorded_at": now,
        }
        for key, value in found.items()
        if value is not None
    ]
    if new:
        db.execute(insert(Fact), new, execution_options={"autoflush": False})


def current(
    db: Session, cases: Iterable[Case], keys: Iterable[str]
) -> dict[tuple[uuid.UUID, str], tuple[Fact, Any]]:
    """The current facts of `cases` with these keys: {(case id, key): (row, value)}."""
    by_id = {case.id: case for case in cases}
    rows = db.scalars(
        select(Fact).where(
            Fact.case_id.in_(list(by_id)), Fact.key.in_(list(keys)), Fact.superseded_at.is_(None)
        )
    )
    return {
        (row.case_id, row.key): (
            row,
            vault.unseal(db, by_id[row.case_id].participant.key, "facts.value", row.value),
        )
        for row in rows
    }


def renew(db: Session, case: Case, old: Fact, value: Any, *, user: User | None) -> None:
    """Put another value in the place of a current fact: for the same people to read, from the same step and agency."""
    old.superseded_at = clock.now()
    db.flush()
    db.add(
        Fact(
            case_id=case.id,
            key=old.key,
            value=vault.seal(db, case.participant.key, "facts.value", value),
            task_id=old.task_id,
            agency_id=old.agency_id,
            audience=old.audience,
            recorded_by=user.id if user else None,
            recorded_at=old.superseded_at,
        )
    )


def say(
    db: Session,
    participant: Participant,
    said: Iterable[Said],
    *,
    user: User | None,
    agency_id: uuid.UUID | None,
) -> list[str]:
    """Keep what was said about a participant's dates; the keys whose date is now another are returned."""
    now = clock.now()
    changed = []
    for one in said:
        current = db.scalar(
            select(ParticipantDate).where(
                ParticipantDate.participant_id == participant.id,
                ParticipantDate.key == one.key,
                ParticipantDate.superseded_at.is_(None),
            )
        )
        if current is None or current.on != one.on:
            changed.append(one.key)
        if current is not None:
            current.superseded_at = now
        db.add(
            ParticipantDate(
                participant_id=participant.id,
                key=one.key,
                on=one.on,
                sure=one.sure,
                source=vault.seal(
                    db,
                    participant.key,
                    "participant_dates.source",
                    one.source.kept() if isinstance(one.source, Sentence) else one.source,
                ),
                agency_id=agency_id,
                recorded_by=user.id if user else None,
                recorded_at=now,
            )
        )
    return changed


def source(db: Session, participant: Participant, row: ParticipantDate) -> str | Sentence:
    """Who said a date, as it was given to `say`."""
    kept = vault.unseal(db, participant.key, "participant_dates.source", row.source)
    return kept if isinstance(kept, str) else Sentence.read(kept)
