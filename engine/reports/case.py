"""One case, as far as its reader sees into it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, column, func, select, type_coerce
from sqlalchemy.orm import Session, joinedload

from engine import agencies, clock, diagram, facts, library, policy, store, vault
from engine.models import (
    Case,
    CaseAccess,
    CaseLane,
    Entry,
    Note,
    Participant,
    ParticipantDate,
    Task,
    User,
    Wait,
)
from engine.reports.handing import HandoverLine, handovers_of
from engine.reports.lines import (
    MESSAGES,
    PROBLEMS,
    STORY,
    CaseHead,
    Line,
    Turn,
    head_of,
    name_for,
    quotes_formula,
    timeline,
    told,
    turns,
)
from engine.reports.meetings import CaseMeeting, case_meetings
from engine.reports.tasks import title_of
from engine.words import Sentence, say

VERBS = (
    "pause",
    "resume",
    "close",
    "retry",
    "ask_colleague",
    "add_note",
    "hand_over",
    "send_message",
    "record_date",
)
STEPS = ("userTask", "manualTask", "task", "callActivity")
REACHED = ("done", "open")
LEVEL_NAMES = {policy.EXISTS: "exists", policy.HEADER: "header", policy.CONTENT: "content"}


@dataclass(frozen=True)
class DateLine:
    """A participant's date and who said it; that is None where the reader may not know."""

    key: str
    label: Sentence
    on: date | None
    sure: Sentence
    source: str | Sentence | None
    who: str | None
    agency: str | None
    recorded_at: datetime


@dataclass(frozen=True)
class NoteLine:
    id: uuid.UUID
    text: str
    author: str
    agency: str
    happened_on: date
    written_at: datetime
    shared: bool
    mine: bool


@dataclass(frozen=True)
class StepLine:
    """A step of the diagram in the list that says the same as the drawing. `state`: done, open, waiting, ahead."""

    name: str
    role: str | None
    state: str


@dataclass(frozen=True)
class DoneLine:
    """A step that is done. `days_late`: how long after its due date it happened, whenever it was entered."""

    id: uuid.UUID
    title: str | Sentence
    who: str | None
    agency: str
    happened_on: date | None
    closed_at: datetime
    days_late: int


@dataclass(frozen=True)
class Picture:
    """A pathway's drawing: which of its steps are done, open, waited at; and the same as a list."""

    pathway: str
    name: str
    done: list[str]
    open: list[str]
    waiting: list[str]
    steps: list[StepLine]


@dataclass(frozen=True)
class CasePage:
    """Everything that the page of a case shows to one reader. `may`: None, or the reason against each verb."""

    head: CaseHead
    level: str
    opened_at: datetime
    closed_at: datetime | None
    paused_until: date | None
    stuck: dict[str, Any] | None
    stuck_step: str | Sentence | None
    turns: list[Turn]
    dates: list[DateLine]
    earlier_dates: list[DateLine]
    details: dict[str, Any]
    notes: list[NoteLine]
    handovers: list[HandoverLine]
    done: list[DoneLine]
    timeline: list[Line]
    why: list[Line]
    pictures: list[Picture]
    meetings: list[CaseMeeting]
    messages: list[tuple[str, Sentence]]
    lanes: list[tuple[str, str]]
    readers: list[str]
    desks: list[tuple[str, Sentence]]
    may: dict[str, str | None]
    moves: int
    today: date


def case_page(db: Session, user: User, case_id: uuid.UUID) -> CasePage:
    """One case as far as `user` sees into it. Raises NotFound."""
    case = policy.find(db, user, Case, case_id)
    known = policy.standing(db, user, case.id)
    level = policy.highest(known)
    into_content = level >= policy.CONTENT
    names = agencies.roles(db)
    may = policy.why_not_each(user, VERBS, case, known)
    edition = library.edition(db, case.version_id)
    # What failed is said to who can repair it: it quotes conditions, and can tell which answer was given.
    stuck = case.stuck if may["retry"] is None else None
    if stuck:
        message = Sentence.read(stuck["message"])
        if quotes_formula(message):
            message = Sentence(PROBLEMS.get(stuck["code"], PROBLEMS["internal"]))
        stuck = {**stuck, "message": message}
    dates = dates_of(db, user, case.participant)
    lines = timeline(db, user, case)
    lanes = _lanes(db, case) if into_content else []
    return CasePage(
        head=head_of(db, user, case),
        level=LEVEL_NAMES[level],
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        paused_until=case.paused_until,
        stuck=stuck,
        stuck_step=edition.node(stuck["pathway"], stuck["step"]).name
        if stuck and stuck.get("step")
        else None,
        turns=turns(db, user, case, known),
        dates=[line for line, holds in dates if holds],
        earlier_dates=[line for line, holds in dates if not holds],
        details=registered(db, case.participant)
        if into_content and policy.may_name_participant(db, user, case.id)
        else {},
        notes=_notes(db, user, case),
        done=done_lines(db, user, case),
        handovers=handovers_of(db, user, case),
        timeline=lines,
        why=_why(db, user, case, edition),
        pictures=_pictures(db, user, case, edition, known, lanes) if into_content else [],
        meetings=case_meetings(db, user, case.id),
        messages=_messages(db, case) if may["send_message"] is None else [],
        lanes=[
            (names[lane.role].name if lane.role in names else lane.role, lane.agency.name) for lane in lanes
        ],
        readers=_readers(db, case) if into_content else [],
        desks=_desks(db, case) if may["ask_colleague"] is None else [],
        may=may,
        moves=case.moves,
        today=clock.today(case.local_action.timezone),
    )


def case_head(db: Session, user: User, case_id: uuid.UUID) -> CaseHead:
    """One case in one line. Raises NotFound."""
    return head_of(db, user, policy.find(db, user, Case, case_id))


def registered(db: Session, participant: Participant) -> dict[str, Any]:
    """What was registered about a participant: {"born_on": date or None, "number", "language", "phone": text}."""
    details: dict[str, Any] = vault.unseal(db, participant.key, "participants.details", participant.details)
    return {**details, "born_on": date.fromisoformat(details["born_on"]) if details.get("born_on") else None}


def dates_of(db: Session, user: User, participant: Participant) -> list[tuple[DateLine, bool]]:
    """Each date that was ever said of a participant, newest first, and whether it holds now."""
    fully = policy.reads_details(db, user, participant)
    rows = db.scalars(
        policy.visible(user, ParticipantDate)
        .where(ParticipantDate.participant_id == participant.id)
        .options(joinedload(ParticipantDate.user), joinedload(ParticipantDate.agency))
        .order_by(ParticipantDate.recorded_at.desc())
        .limit(40)
    )
    return [
        (
            DateLine(
                key=row.key,
                label=Sentence(facts.DATES[row.key]),
                on=row.on,
                sure=Sentence(row.sure),
                source=facts.source(db, participant, row) if fully else None,
                who=name_for(user, row.user) if fully else None,
                agency=row.agency.name if row.agency and fully else None,
                recorded_at=row.recorded_at,
            ),
            row.superseded_at is None,
        )
        for row in rows
    ]


def _notes(db: Session, user: User, case: Case) -> list[NoteLine]:
    rows = db.scalars(
        policy.visible(user, Note)
        .where(Note.case_id == case.id)
        .options(joinedload(Note.author), joinedload(Note.agency))
        .order_by(Note.written_at.desc())
        .limit(50)
    )
    return [
        NoteLine(
            id=row.id,
            text=vault.unseal(db, case.participant.key, "notes.text", row.text),
            author=name_for(user, row.author) or row.agency.name,
            agency=row.agency.name,
            happened_on=row.happened_on,
            written_at=row.written_at,
            shared=row.shared_at is not None,
            mine=row.author_id == user.id,
        )
        for row in rows
    ]


def done_lines(db: Session, user: User, case: Case, limit: int = 50) -> list[DoneLine]:
    """The steps done last that the reader may know of, newest first."""
    rows = db.scalars(
        policy.visible(user, Task)
        .where(Task.case_id == case.id, Task.status == "done")
        .options(joinedload(Task.closer), joinedload(Task.agency))
        .order_by(Task.closed_at.desc())
        .limit(limit)
    )
    zone = ZoneInfo(case.local_action.timezone)
    return [
        DoneLine(
            row.id,
            title_of(row),
            name_for(user, row.closer),
            row.agency.name,
            row.happened_on,
            row.closed_at or row.opened_at,
            _days_late(row, zone),
        )
        for row in rows
    ]


def _days_late(task: Task, zone: ZoneInfo) -> int:
    """By how many days a step happened after the day on which it was due; 0 where it was in time or had no date."""
    if task.due_at is None or task.happened_on is None:
        return 0
    due_on = task.due_at.astimezone(zone).date()
    return max(0, (task.happened_on - due_on).days)


def _why(db: Session, user: User, case: Case, edition: library.Edition) -> list[Line]:
    """The last things that led the case to where it is, oldest first, as sentences that read on."""
    rows = list(
        db.scalars(
            policy.visible(user, Entry)
            .where(Entry.case_id == case.id, Entry.verb.in_(STORY))
            .options(joinedload(Entry.user), joinedload(Entry.agency))
            .order_by(Entry.number.desc())
            .limit(15)
        )
    )
    return list(told(user, edition, reversed(rows), STORY))[-5:]


def _pictures(
    db: Session,
    user: User,
    case: Case,
    edition: library.Edition,
    known: list[policy.Standing],
    bound: Sequence[CaseLane],
) -> list[Picture]:
    """The drawings of the case's pathway and of the ones it calls, those without any sign of life left out."""
    reached = _reached(db, user, case, edition)
    states = {step: "done" for step, marks in reached.items() if "done" in marks}
    waits = db.execute(
        policy.visible(user, Wait)
        .with_only_columns(Wait.pathway, Wait.step)
        .where(Wait.case_id == case.id, Wait.ended_at.is_(None), Wait.kind != "task")
    )
    states |= {(pathway or "", step or ""): "waiting" for pathway, step in waits}
    states |= {step: "open" for step, marks in reached.items() if "open" in marks}
    unsure = _add_calls(edition, states)
    lanes = {lane.role: lane.agency_id for lane in bound}
    names = agencies.roles(db)
    found = []
    for key, pathway in edition.pathways.items():
        here = {step: state for (where, step), state in states.items() if where == key}
        if key != edition.key and not here:
            continue
        steps = [
            StepLine(
                name=node.name or node.id,
                role=names[node.role].name if node.role in names else None,
                state=here.get(node.id, "ahead"),
            )
            for node in pathway.nodes.values()
            if node.kind in STEPS
            and (key, node.id) not in unsure
            # A step for others is left out reached or not: one that vanished when it began would tell that it did.
            and (node.id in here or _may_know(edition, known, lanes, node))
        ]
        marked = {state: sorted(s for s in here if here[s] == state) for state in ("done", "open", "waiting")}
        found.append(Picture(key, pathway.name or key, **marked, steps=steps))
    return found


def _reached(
    db: Session, user: User, case: Case, edition: library.Edition
) -> dict[tuple[str, str], set[str]]:
    """For each step (pathway, step): "done" and "open", as far as the reader may know a task of it that is so.

    Asked step by step, each by an index: a step that was done a thousand times is found as fast as one done once.
    """
    steps = [
        (key, node.id)
        for key, pathway in edition.pathways.items()
        for node in pathway.nodes.values()
        if node.kind in STEPS
    ]
    # One parameter, however many: a list of values would be another statement for each pathway, never met before.
    unfold = func.json_each if store.dialect(db) == "sqlite" else func.json_array_elements
    given = unfold(type_coerce(steps, JSON)).table_valued(column("value", JSON), name="given")
    listed = select(
        given.c.value[0].as_string().label("pathway"), given.c.value[1].as_string().label("step")
    ).cte("steps")
    task = (
        policy.visible(user, Task)
        .with_only_columns(Task.id)
        .where(Task.case_id == case.id, Task.step == listed.c.step, Task.pathway == listed.c.pathway)
    )
    found = db.execute(select(listed, *(task.where(Task.status == one).exists() for one in REACHED)))
    return {
        (pathway, step): {status for status, is_so in zip(REACHED, marks, strict=True) if is_so}
        for pathway, step, *marks in found
    }


def _add_calls(edition: library.Edition, states: dict[tuple[str, str], str]) -> set[tuple[str, str]]:
    """Mark the steps that call another pathway by what is seen in it; returns those of which that cannot be told.

    A pathway that is called in several places does not say from which of them it was called.
    """
    calls = [
        (key, node)
        for key, pathway in edition.pathways.items()
        for node in pathway.nodes.values()
        if node.calls
    ]
    unsure = set()
    for key, node in reversed(calls):
        inside = {state for (pathway, _step), state in states.items() if pathway == node.calls}
        if not inside:
            continue
        if sum(other.calls == node.calls for _key, other in calls) > 1:
            unsure.add((key, node.id))
        else:
            states[key, node.id] = "open" if inside & {"open", "waiting"} else "done"
    return unsure


def _may_know(
    edition: library.Edition,
    known: list[policy.Standing],
    lanes: Mapping[str, uuid.UUID],
    node: diagram.Node,
) -> bool:
    return policy.hears(known, edition.audience(node), lanes.get(node.role or ""))


def _lanes(db: Session, case: Case) -> Sequence[CaseLane]:
    return db.scalars(select(CaseLane).where(CaseLane.case_id == case.id).order_by(CaseLane.role)).all()


def _messages(db: Session, case: Case) -> list[tuple[str, Sentence]]:
    """The events that the case waits for now, by their names in the diagrams."""
    edition = library.edition(db, case.version_id)
    rows = db.execute(
        select(Wait.pathway, Wait.step).where(
            Wait.case_id == case.id, Wait.ended_at.is_(None), Wait.kind == "message"
        )
    )
    nodes = [edition.node(pathway or "", step or "") for pathway, step in rows]
    labels = {
        node.message: MESSAGES.get(node.message, node.name or node.message) for node in nodes if node.message
    }
    return [(name, Sentence(label)) for name, label in sorted(labels.items())]


def _readers(db: Session, case: Case) -> list[str]:
    """The agencies that read what is shared in a case: those that see into it, by name."""
    rows = db.scalars(
        select(CaseAccess).where(CaseAccess.case_id == case.id, CaseAccess.level >= policy.CONTENT)
    )
    return sorted({row.agency.name for row in rows})


def _desks(db: Session, case: Case) -> list[tuple[str, Sentence]]:
    """Whom a colleague can be asked in this local action: ("agency id/role", "Agency: role")."""
    return [
        (f"{agency.id}/{role.key}", say("{agency}: {role}", agency=agency.name, role=Sentence(role.name)))
        for agency, role in agencies.askable(db, case.local_action_id)
    ]
