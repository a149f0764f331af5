"""Recording a meeting: kept as one types, finished case by case or as a whole, its actions become tasks."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from engine import agencies, clock, journal, minutes, notices, policy, vault
from engine.cases.running import Scene, refresh_waits
from engine.cases.talking import open_request
from engine.errors import Conflict, FieldProblem, Invalid
from engine.meetings.rows import Desk, desks_of, items_of, lock_meeting, readers, tell
from engine.models import Agency, Meeting, MeetingCase, MeetingCaseDesk, Minutes, Task, User
from engine.reports.meetings import attendance_of, choices_of, draft_of, value_of
from engine.words import N_


@dataclass(frozen=True)
class Part:
    """What was typed about one case, as `minutes.tidy` takes it.

    `seen`: how often it had been saved when its reader opened the page; `was`: the digest of what stood there then.
    """

    raw: Mapping[str, Any]
    seen: int
    was: str


@dataclass(frozen=True)
class Attendance:
    """Who was there: the desks, the users by id, and whether the statement on confidentiality was read."""

    desks: frozenset[str]
    people: frozenset[str]
    statement_read: bool
    seen: int
    was: str

    def raw(self) -> list[Any]:
        return minutes.attendance(self.desks, self.people, self.statement_read)


@dataclass(frozen=True)
class Sheet:
    """The whole page of the record: who was there, and each case's part by its position on the agenda."""

    attendance: Attendance
    parts: Mapping[int, Part] = field(default_factory=dict)


def save_record(db: Session, user: User, meeting_id: uuid.UUID, sheet: Sheet) -> Meeting:
    """Keep what has been typed so far, right or wrong.

    A part that its sender did not touch stays as a colleague saved it meanwhile. Raises Conflict where both changed
    the same part.
    """
    meeting = lock_meeting(db, user, meeting_id)
    policy.check(user, "record_meeting", meeting)
    _keep(db, user, meeting, items_of(db, user, meeting), sheet)
    return meeting


def finish_record(
    db: Session, user: User, meeting_id: uuid.UUID, sheet: Sheet, position: int | None = None
) -> Meeting:
    """Finish the record of the case at `position`, or of all: minutes are written, and actions become tasks.

    Raises Invalid with every problem of all these cases, Refused before the meeting has begun. Everybody concerned
    gets one notice.
    """
    meeting = lock_meeting(db, user, meeting_id)
    policy.check(user, "finish_record", meeting)
    items = items_of(db, user, meeting)
    _keep(db, user, meeting, items, sheet)
    wanted = [item for item in items if item.status == "open" and position in (None, item.position)]
    contents = _read(db, user, meeting, wanted)
    asked = desks_of(db, user, wanted)
    attended = {(one.agency_id, one.role) for one in meeting.desks if one.attended}
    agreed: list[tuple[uuid.UUID, Task]] = []
    concerned: list[Desk] = []
    for item in wanted:
        if item.id not in contents:
            _leave_out(db, user, item)
            continue
        rows = asked.get(item.id, [])
        for row in rows:
            row.took_part = (row.agency_id, row.role) in attended
        scene = Scene.of(db, item.case)
        content = contents[item.id]
        content["attended"] = _present(db, meeting, rows)
        agreed += _make_tasks(db, user, scene, content)
        write_minutes(db, user, item, content, number=1)
        concerned += readers(db, rows)
    if all(item.status != "open" for item in items):
        meeting.status = "recorded"
        journal.note(db, user, "recorded_meeting", meeting, agency_id=meeting.agency_id, audience="agency")
    tell(db, user, meeting, concerned, "meeting_recorded")
    _tell_of_tasks(db, user, concerned, agreed)
    return meeting


# ---- keeping what is typed


def _keep(db: Session, user: User, meeting: Meeting, items: Iterable[MeetingCase], sheet: Sheet) -> None:
    """Save each part that was touched; none of them where somebody else changed the same part meanwhile."""
    given = sheet.attendance
    raw = given.raw()
    seats_touched = minutes.digest(raw) != given.was and raw != attendance_of(meeting)
    touched = []
    for item in items:
        part = sheet.parts.get(item.position)
        typed = minutes.tidy(part.raw) if part else None
        if part is None or item.status != "open" or minutes.digest(typed) == part.was:
            continue
        if typed != draft_of(db, item):
            touched.append((item, part, typed))
    overtaken = any(part.seen != item.saves for item, part, _typed in touched)
    if overtaken or (seats_touched and given.seen != meeting.saves):
        raise Conflict(
            "A colleague saved a part of this record while you were working on it. Nothing that you typed is lost: "
            "compare, then save again."
        )
    for item, _part, typed in touched:
        item.draft = vault.seal(db, item.case.participant.key, "meeting_cases.draft", typed)
        item.saves += 1
    if seats_touched:
        _take_attendance(meeting, given)
    kept = [item.position for item, _part, _typed in touched]
    if kept or seats_touched:
        journal.note(
            db,
            user,
            "saved_record",
            meeting,
            agency_id=meeting.agency_id,
            audience="agency",
            codes={"parts": kept, "attendance": seats_touched},
        )


def _take_attendance(meeting: Meeting, given: Attendance) -> None:
    for one in meeting.desks:
        text = value_of(one)
        one.attended = text in given.desks
        one.people = sorted(
            person.rpartition("/")[2] for person in given.people if person.startswith(text + "/")
        )
    meeting.statement_read = given.statement_read
    meeting.saves += 1


# ---- finishing


def _read(
    db: Session, user: User, meeting: Meeting, items: Iterable[MeetingCase]
) -> dict[uuid.UUID, dict[str, Any]]:
    """The content of each case that was discussed. Raises Invalid with every problem of all of them."""
    problems: list[FieldProblem] = []
    found = {}
    choices = choices_of(db, meeting)
    for item in items:
        typed = draft_of(db, item)
        if typed["not_discussed"]:
            continue
        reading = minutes.read(typed, f"case-{item.position}", choices)
        problems += reading.problems
        against = policy.why_not(user, "ask_colleague", item.case) if typed["actions"] else None
        if against:
            problems.append(FieldProblem(f"case-{item.position}-actions-0-what", against))
        found[item.id] = reading.content
    if found and not meeting.statement_read:
        problems.insert(
            0, FieldProblem("statement", N_("Say that the statement on confidentiality was read."))
        )
    if found and not any(one.attended for one in meeting.desks):
        problems.insert(0, FieldProblem("desks", N_("Tick who was there.")))
    if problems:
        raise Invalid(problems)
    return found


def _leave_out(db: Session, user: User, item: MeetingCase) -> None:
    item.status = "not_discussed"
    codes = {"meeting": str(item.meeting_id)}
    journal.note(
        db,
        user,
        "left_out_case",
        item,
        case=item.case,
        agency_id=item.meeting.agency_id,
        audience="agency",
        codes=codes,
    )


def _make_tasks(
    db: Session, user: User, scene: Scene, content: dict[str, Any]
) -> list[tuple[uuid.UUID, Task]]:
    """A request for each action; with whom each has to be told of."""
    made = []
    for action in content["actions"]:
        agency_id, role, owner_id = _owner(action["owner"])
        agency = db.get_one(Agency, agency_id)
        task = open_request(
            scene,
            user,
            agency,
            role,
            text=action["what"],
            due_on=date.fromisoformat(action["due_on"]),
            owner_id=owner_id,
        )
        action["task"] = str(task.id)
        people = [owner_id] if owner_id else [one.id for one in agencies.takers(db, agency_id, role)]
        made += [(person, task) for person in people]
    if made:
        refresh_waits(scene)
    return made


def _owner(text: str) -> tuple[uuid.UUID, str, uuid.UUID | None]:
    agency_id, role, *person = text.split("/")
    return uuid.UUID(agency_id), role, uuid.UUID(person[0]) if person else None


def write_minutes(
    db: Session, user: User, item: MeetingCase, content: dict[str, Any], number: int
) -> Minutes:
    written = Minutes(
        id=uuid.uuid4(),
        item_id=item.id,
        case_id=item.case_id,
        number=number,
        content=vault.seal(db, item.case.participant.key, "minutes.content", content),
        written_at=clock.now(),
        written_by=user.id,
    )
    db.add(written)
    item.status, item.draft = "recorded", None
    journal.note(
        db,
        user,
        "recorded_case" if number == 1 else "amended_minutes",
        written,
        case=item.case,
        agency_id=item.meeting.agency_id,
        audience="agency",
        codes={"meeting": str(item.meeting_id), "number": number},
    )
    db.flush()
    return written


def _present(db: Session, meeting: Meeting, rows: Iterable[MeetingCaseDesk]) -> list[dict[str, Any]]:
    """Who was there for a case: only desks that were asked for it, and their people by name as of now."""
    asked = {(row.agency_id, row.role) for row in rows}
    found = []
    for one in meeting.desks:
        if not one.attended or (one.agency_id, one.role) not in asked:
            continue
        names = [
            person.name
            for person in agencies.takers(db, one.agency_id, one.role)
            if str(person.id) in one.people
        ]
        found.append({"agency": one.agency.name, "role": one.role, "people": names})
    return sorted(found, key=lambda line: (line["agency"], line["role"]))


def _tell_of_tasks(
    db: Session, user: User, concerned: Collection[Desk], agreed: Iterable[tuple[uuid.UUID, Task]]
) -> None:
    """One notice to each person who has something to do and is not told of the minutes anyway."""
    told = {user.id, *(one.id for desk in set(concerned) for one in agencies.takers(db, *desk))}
    for person, task in agreed:
        if person not in told:
            told.add(person)
            notices.tell(db, person, "asked", task.case, task)
