"""The lines that several pages share: a case in short, whose turn it is, what happened."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, object_session

from engine import agencies, clock, diagram, library, policy, schedule, vault
from engine.facts import DATES
from engine.models import Case, Entry, Task, User, Wait
from engine.words import N_, Sentence, say


@dataclass(frozen=True)
class CaseHead:
    """A case in one line. `participant` is the name, or the case's number for who may not know it."""

    id: uuid.UUID
    number: str
    participant_id: uuid.UUID
    participant: str
    pathway_name: str
    status: str
    coordinator: str | None
    coordinator_phone: str | None


@dataclass(frozen=True)
class Turn:
    """One thing that a case waits for: whose turn, since when, until when, what if nothing happens, whom to call.

    `title` is None where the reader may not know which step it is. `who` is an agency's or a person's name, None for
    a date or an event. `otherwise` says what follows when nothing happens.
    """

    title: str | None
    kind: str
    who: str | None
    role: str | None
    since: datetime
    due_at: datetime | None
    due: schedule.Left | None
    owner: str | None
    phone: str | None
    otherwise: Sentence | None
    task_id: uuid.UUID | None
    mine: bool


@dataclass(frozen=True)
class Line:
    """One line of the timeline."""

    at: datetime
    sentence: Sentence
    who: str | None


def quotes_formula(message: Sentence) -> bool:
    """Whether what the runner says of a failure has words in it that only who edits diagrams understands."""
    return not QUOTED.isdisjoint(message.words)


def head_of(db: Session, user: User, case: Case) -> CaseHead:
    coordinator = case.coordinator
    return CaseHead(
        id=case.id,
        number=case.number,
        participant_id=case.participant_id,
        participant=participant_name(db, user, case),
        pathway_name=pathway_name(db, case.version_id),
        status=case.status,
        coordinator=coordinator.name if coordinator else None,
        coordinator_phone=coordinator.phone if coordinator else None,
    )


def participant_name(db: Session, user: User, case: Case) -> str:
    """Who a case is for, as `user` may know it: the name, or else the case's number."""
    if not policy.may_name_participant(db, user, case.id):
        return case.number
    name: str = vault.unseal(db, case.participant.key, "participants.name", case.participant.name)
    return name


def pathway_name(db: Session, version_id: uuid.UUID) -> str:
    return library.edition(db, version_id).name


def left(
    db: Session, case: Case, due_at: datetime | None, agency_id: uuid.UUID | None
) -> schedule.Left | None:
    if due_at is None:
        return None
    return schedule.left(due_at, clock.now(), agencies.calendar(db, case.local_action, agency_id))


def turns(db: Session, user: User, case: Case, standing: list[policy.Standing]) -> list[Turn]:
    """Whose turn it is in a case, the most pressing first.

    What the reader may not know of is folded: of an ordinary step the agency stays to be seen; of a step that is
    for some only, not even that, because an agency's name alone can tell (a clinic's, an illness).
    """
    known = set(
        db.scalars(
            policy.visible(user, Wait)
            .with_only_columns(Wait.id)
            .where(Wait.case_id == case.id, Wait.ended_at.is_(None))
        )
    )
    sees = policy.highest(standing) >= policy.HEADER
    tasks = {
        task.run_id or str(task.id): task
        for task in db.scalars(
            policy.visible(user, Task)
            .where(Task.case_id == case.id, Task.status == "open")
            .options(joinedload(Task.owner), joinedload(Task.agency))
        )
    }
    rows = db.scalars(
        select(Wait)
        .where(Wait.case_id == case.id, Wait.ended_at.is_(None))
        .options(joinedload(Wait.agency))
        .order_by(Wait.until.is_(None), Wait.until, Wait.since)
    )
    edition = library.edition(db, case.version_id)
    found = []
    folded: set[uuid.UUID | None] = set()
    for wait in rows:
        open_to_reader = wait.id in known
        agency = wait.agency if open_to_reader or wait.audience == "case" else None
        if not open_to_reader:
            # Header readers learn that somebody is working; below that, not even that much.
            if not sees or wait.kind != "task" or (agency and agency.id) in folded:
                continue
            folded.add(agency.id if agency else None)
        task = tasks.get(wait.run_id) if open_to_reader else None
        owner = task.owner if task and task.owner and policy.may_name(user, task.owner) else None
        found.append(
            Turn(
                title=(wait.title or N_("A colleague's request")) if open_to_reader else None,
                kind=wait.kind,
                who=agency.name if agency else None,
                role=wait.role if open_to_reader else None,
                since=wait.since,
                due_at=wait.until if open_to_reader else None,
                due=left(db, case, wait.until, wait.agency_id) if open_to_reader else None,
                owner=owner.name if owner else None,
                phone=(owner.phone if owner else None) or (agency.phone if agency else None),
                otherwise=_otherwise(edition, wait) if open_to_reader else None,
                task_id=task.id if task else None,
                mine=task is not None and policy.works_on(user, task),
            )
        )
    return found


def _otherwise(edition: library.Edition, wait: Wait) -> Sentence | None:
    """What happens when nobody does anything: the diagram's own timer at this step, or lateness that shows."""
    if wait.kind != "task":
        return None
    if wait.pathway and wait.step:
        for node in edition.pathways[wait.pathway].nodes.values():
            if node.attached_to == wait.step and node.timer is not None:
                after = _next_node(edition, wait, node)
                if edition.audience(after) == "case":
                    return say(
                        "After its time, the pathway goes on with “{step}”.",
                        step=Sentence(after.name or node.name),
                    )
    if wait.until is None:
        return say("It has no deadline and waits until it is done.")
    return say(
        "After the due date it shows as waiting too long, here and in the lists of everyone concerned."
    )


def _next_node(edition: library.Edition, wait: Wait, node: diagram.Node) -> diagram.Node:
    pathway = edition.pathways[wait.pathway or ""]
    return pathway.nodes[pathway.flows[node.outgoing[0]].target] if node.outgoing else node


def name_for(reader: User, person: User | None) -> str | None:
    """The name of a person, or of their agency where the reader may not know who it is there."""
    if person is None:
        return None
    return person.name if policy.may_name(reader, person) else person.memberships[0].agency.name


# What the timeline says for each verb of the journal. A verb without a sentence is not part of the story.
SENTENCES = {
    "opened": N_("Case opened"),
    "completed": N_("Completed: {step}"),
    "marked_done": N_("Marked as already done: {step}"),
    "corrected": N_("Answers corrected: {step}"),
    "claimed": N_("Taken on: {step}"),
    "gave_back": N_("Given back to the team: {step}"),
    "assigned": N_("Assigned: {step}"),
    "opened_step": N_("Now open: {step}"),
    "withdrew_step": N_("No longer needed: {step}"),
    "due_moved": N_("Due date moved: {step}"),
    "noted": N_("Note added"),
    "shared_note": N_("Note shared with everyone in the case"),
    "asked": N_("A colleague was asked for something"),
    "handed_over": N_("Handed over by {giver} to {taker}"),
    "recorded_date": N_("{date}: {on} ({sure})"),
    "message": N_("Event: {message}"),
    "paused": N_("Case paused"),
    "resumed": N_("Case goes on"),
    "closed": N_("Case closed"),
    "stuck": N_("The case needs repair"),
    "repaired": N_("The case was repaired and goes on"),
    "retried": N_("Tried again"),
    "moved_on": N_("Moved on by hand; the reason is among the notes"),
    "told_editor": N_("Whoever edits the pathway was told"),
    "passed": N_("{gateway} – {way}"),
    "decided": N_("Decision table “{table}”, version {version}: {rules}"),
    "put_on_agenda": N_("Put on the agenda of a meeting"),
    "recorded_case": N_("A meeting recorded what was decided"),
    "amended_minutes": N_("The minutes of a meeting were amended"),
}
# The same where it is told on end, to say why a case is where it is: only what moved the case.
STORY = {
    "opened": N_("{who} opened the case on {when}."),
    "completed": N_("{who} completed “{step}” on {when}."),
    "marked_done": N_("{who} marked “{step}” as already done on {when}."),
    "recorded_date": N_("{who} recorded on {when}: {date} {on}, {sure}."),
    "message": N_("{who} said on {when} that this had happened: {message}."),
    "paused": N_("{who} paused the case on {when}."),
    "resumed": N_("{who} let the case go on, on {when}."),
    "stuck": N_("On {when} the case could not go on by itself."),
    "moved_on": N_("{who} decided by hand on {when} how it goes on."),
    "passed": N_("To “{gateway}” the answer was “{way}”."),
    "decided": N_("On {when} the decision table “{table}” (version {version}) was asked: {rules}."),
}


def timeline(db: Session, user: User, case: Case, limit: int = 50) -> list[Line]:
    """The newest lines of a case's journal that the reader may see, newest first."""
    rows = db.scalars(
        policy.visible(user, Entry)
        .where(Entry.case_id == case.id, Entry.verb.in_(SENTENCES))
        .options(joinedload(Entry.user), joinedload(Entry.agency))
        .order_by(Entry.number.desc())
        .limit(limit)
    )
    return list(told(user, library.edition(db, case.version_id), rows))


def told(
    reader: User,
    edition: library.Edition,
    entries: Iterable[Entry],
    sentences: Mapping[str, str] = SENTENCES,
) -> Iterable[Line]:
    """Entries as sentences. A gateway without a name has no sentence: its ways say nothing to a reader."""
    for entry in entries:
        words = _handing(reader, entry) if entry.verb == "handed_over" else _words(edition, entry)
        if words is None:
            continue
        who = name_for(reader, entry.user)
        if entry.verb in ("opened_step", "withdrew_step", "asked") and entry.agency:
            who = entry.agency.name
        by = {"who": who or Sentence(N_("Throughcare")), "when": entry.at.date()}
        yield Line(entry.at, Sentence(sentences[entry.verb], {**by, **words}), who)


def _words(edition: library.Edition, entry: Entry) -> dict[str, object] | None:
    codes = entry.codes
    if entry.verb == "passed":
        return _way(edition, codes)
    if entry.verb == "decided":
        return _table(edition, codes)
    if entry.verb == "recorded_date":
        return {
            "date": Sentence(DATES.get(codes["key"], codes["key"])),
            "on": date.fromisoformat(codes["on"]) if codes["on"] else "–",
            "sure": Sentence(codes["sure"]),
        }
    if entry.verb == "message":
        return {"message": Sentence(MESSAGES.get(codes["message"], codes["message"]))}
    if "step" in codes:
        return {"step": step_name(edition, codes["step"])}
    return {}


def _handing(reader: User, entry: Entry) -> dict[str, object]:
    """Who gave and who took, as the reader may know them."""
    db = object_session(entry)
    people = {key: db.get(User, uuid.UUID(entry.codes[key])) if db else None for key in ("from", "to")}
    return {"giver": name_for(reader, people["from"]), "taker": name_for(reader, people["to"])}


def _way(edition: library.Edition, codes: dict[str, str]) -> dict[str, object] | None:
    pathway = edition.pathways.get(codes.get("pathway") or "")
    node = pathway.nodes.get(codes.get("step") or "") if pathway else None
    flow = pathway.flows.get(codes.get("flow") or "") if pathway else None
    if node is None or flow is None or not node.name or not flow.name:
        return None
    return {"gateway": Sentence(node.name), "way": Sentence(flow.name)}


def _table(edition: library.Edition, codes: Mapping[str, Any]) -> dict[str, object] | None:
    """Which table was asked, and which of its rules fitted: by their place in it, as an editor sees them."""
    table = edition.tables.get(codes.get("decision") or "")
    if table is None:
        return None
    numbers = [table.number(rule) for rule in codes["rules"].get(table.id, ())]
    if table.formula is not None:
        rules = Sentence(N_("it was worked out"))
    elif not numbers:
        rules = Sentence(N_("no rule fitted"))
    else:
        template = N_("rule {rules} fitted") if len(numbers) == 1 else N_("rules {rules} fitted")
        rules = Sentence(template, {"rules": ", ".join(map(str, numbers))})
    return {"table": Sentence(table.name), "version": codes["version"], "rules": rules}


def step_name(edition: library.Edition, step: str | None) -> Sentence:
    if step is None:
        return Sentence(N_("A colleague's request"))
    for pathway in edition.pathways.values():
        if step in pathway.nodes:
            return Sentence(pathway.nodes[step].name or step)
    return Sentence(step)


# What is wrong, by the runner's codes, in words that need no knowledge of diagrams.
PROBLEMS = {
    "condition_failed": N_("What the pathway asks here cannot be answered with what is known."),
    "no_way_out": N_("The pathway offers no way that fits."),
    "endless": N_("The pathway goes round here without an end."),
    "limit": N_("Too much would happen here at once."),
    "depth": N_("Pathways call each other too deep here."),
    "internal": N_("The program that runs the pathways failed here."),
}
# What the words of the runner's messages are called that come out of a diagram as they stand there.
QUOTED = frozenset({"condition", "count", "fact"})


# What the events are called where people tell a case that they happened.
MESSAGES = {
    "released.now": N_("Released now"),
    "release.dateChanged": N_("Release date changed"),
    "custody.returned": N_("Back in custody"),
    "consent.withdrawn": N_("Agreement withdrawn"),
    "prison.transfer": N_("Transferred to another prison"),
}
