"""The tasks of a user and their team, and who waits for each."""

import textwrap
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select, tuple_
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session, joinedload

from engine import agencies, clock, diagram, library, policy, schedule, vault
from engine.models import Case, Pathway, Task, User, Version
from engine.reports.lines import left, name_for, participant_name
from engine.words import N_, Sentence

# What takes less time than this begins when it is seen.
WORTH_SAYING = timedelta(weeks=1)
# So many letters of a colleague's request tell it from others in a list.
FIRST_WORDS = 80


@dataclass(frozen=True)
class TaskRow:
    """A task in a list. `waiting`: roles whose steps come right after. `request`: how a colleague's request begins.

    `begin_by`: when it has to begin to be done by its due date; None where it takes less than a week.
    """

    id: uuid.UUID
    title: str | Sentence
    request: str | None
    kind: str
    pathway_name: str
    case_id: uuid.UUID
    case_number: str
    participant: str
    agency_name: str
    role_name: str
    owner_name: str | None
    mine: bool
    opened_at: datetime
    starts_at: datetime | None
    begin_by: datetime | None
    due_at: datetime | None
    due: schedule.Left | None
    case_status: str
    waiting: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A page of a list; `next` is the key to ask for the following one with, None on the last."""

    rows: list[TaskRow]
    next: str | None


def my_tasks(
    db: Session,
    user: User,
    *,
    whose: str = "mine",
    pathway: str | None = None,
    role: str | None = None,
    late: bool = False,
    after: str | None = None,
    size: int = 25,
) -> Page:
    """The open tasks of a user or their team: what is late first, then what must begin soonest."""
    order = (sql_case((Task.due_at < clock.now(), 0), else_=1), Task.press_at, Task.id)
    found = (
        policy.work(user)
        .with_only_columns(Task.id)
        .where(*_listed(user, whose), *_filtered(pathway, role, late))
        .order_by(*order)
        .limit(size + 1)
    )
    start = _key(after)
    if start:
        found = found.where(tuple_(*order) > tuple_(*start))
    # What is shown of a task is looked up for the page's own tasks only; its agency is mostly the user's, known here.
    query = (
        select(Task)
        .where(Task.id.in_(select(found.subquery().c.id)))
        .options(joinedload(Task.case).lazyload(Case.local_action), joinedload(Task.owner))
        .order_by(*order)
    )
    rows = list(db.scalars(query))
    more = rows[size - 1] if len(rows) > size else None
    return Page(
        rows=[_row(db, user, task) for task in rows[:size]],
        next=_key_of(more) if more else None,
    )


def task_counts(db: Session, user: User) -> dict[str, int]:
    """How many open tasks each list holds, and how many of the user's own are late."""
    now = clock.now()
    mine = Task.owner_id == user.id
    counted = db.execute(
        policy.work(user)
        .with_only_columns(
            func.sum(sql_case((mine, 1), else_=0)),
            func.count(),
            func.sum(sql_case((Task.owner_id.is_(None), 1), else_=0)),
            func.sum(sql_case((mine & (Task.due_at < now), 1), else_=0)),
        )
        .where(*_listed(user, "team"))
    ).one()
    return dict(zip(("mine", "team", "unclaimed", "late"), (n or 0 for n in counted), strict=True))


def task_filters(db: Session, user: User) -> dict[str, list[tuple[str, str]]]:
    """What the list can be narrowed to: {"pathway": [(key, name)], "role": [(key, name)]}.

    Pathways are those in which the user's roles have a step, whether one is open just now or not: to look would be to
    read every task of the team.
    """
    names = agencies.roles(db)
    roles = sorted({role for _, role in [*policy.desks(user), *policy.led_desks(user)]})
    return {
        "pathway": [
            (pathway.key, pathway.name)
            for pathway in library.startable(db)
            if pathway.current_version_id
            and not set(roles).isdisjoint(library.edition(db, pathway.current_version_id).roles)
        ],
        "role": [(role, names[role].name) for role in roles if role in names],
    }


def _listed(user: User, whose: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Task.status == "open"]
    if whose == "mine":
        found.append(Task.owner_id == user.id)
    elif whose == "unclaimed":
        found.append(Task.owner_id.is_(None))
    return found


def _filtered(pathway: str | None, role: str | None, late: bool) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if pathway:
        versions = select(Version.id).join(Version.pathway).where(Pathway.key == pathway)
        found.append(exists().where(Case.id == Task.case_id, Case.version_id.in_(versions)).correlate(Task))
    if role:
        found.append(Task.role == role)
    if late:
        found.append(Task.due_at < clock.now())
    return found


def _key_of(task: Task) -> str:
    late = task.due_at is not None and task.due_at < clock.now()
    return f"{0 if late else 1}~{task.press_at.isoformat()}~{task.id}"


def _key(after: str | None) -> tuple[int, datetime, uuid.UUID] | None:
    try:
        late, moment, row = (after or "").split("~")
        return int(late), datetime.fromisoformat(moment), uuid.UUID(row)
    except ValueError:
        return None


def _row(db: Session, user: User, task: Task) -> TaskRow:
    case = task.case
    names = agencies.roles(db)
    return TaskRow(
        id=task.id,
        title=title_of(task),
        request=_first_words(db, task),
        kind=task.kind,
        pathway_name=library.edition(db, case.version_id).name,
        case_id=case.id,
        case_number=case.number,
        participant=participant_name(db, user, case),
        agency_name=task.agency.name,
        role_name=names[task.role].name if task.role in names else task.role,
        owner_name=name_for(user, task.owner),
        mine=task.owner_id == user.id,
        opened_at=task.opened_at,
        starts_at=task.starts_at,
        begin_by=task.press_at if task.due_at and task.due_at - task.press_at >= WORTH_SAYING else None,
        due_at=task.due_at,
        due=left(db, case, task.due_at, task.agency_id),
        case_status=case.status,
        waiting=who_waits(db, task),
    )


def title_of(task: Task) -> str | Sentence:
    return task.title or Sentence(N_("A colleague's request"))


def _first_words(db: Session, task: Task) -> str | None:
    """How a request begins, for who works on it; the key that opens it was read with its case."""
    if task.request is None:
        return None
    text = vault.unseal(db, task.case.participant.key, "tasks.request", task.request)
    first = textwrap.shorten(text, FIRST_WORDS, placeholder="…")
    # One long word has no place at which it could be broken.
    return first if len(first) > 1 else text.strip()[:FIRST_WORDS] + "…"


def who_waits(db: Session, task: Task) -> tuple[str, ...]:
    """The roles whose steps come right after this one, on this pathway or another: they wait for it."""
    if not task.pathway or not task.step:
        return ()
    names = agencies.roles(db)
    kept: dict[tuple[uuid.UUID, str, str], dict[str, None]] = db.info.setdefault("roles_after", {})
    step = (task.case.version_id, task.pathway, task.step)
    if step not in kept:
        edition = library.edition(db, task.case.version_id)
        kept[step] = _roles_after(edition, task.pathway, task.step, frozenset())
    return tuple(names[role].name for role in kept[step] if role != task.role and role in names)


def _roles_after(
    edition: library.Edition, pathway: str, step: str, inside: frozenset[str]
) -> dict[str, None]:
    """The roles of the first steps after one, into pathways that are called and, at the end, back to the caller.

    A pathway that is called in several places does not say from which: then only who waits wherever it was. What
    comes after a date or an event does not wait for the step. `inside`: pathways whose callers were looked at.
    """
    found: dict[str, None] = {}
    ended = False
    passed, seen = [(pathway, step)], {(pathway, step)}
    while passed:
        where, node_id = passed.pop()
        nodes, flows = edition.pathways[where].nodes, edition.pathways[where].flows
        for node in (nodes[flows[flow_id].target] for flow_id in nodes[node_id].outgoing):
            if (where, node.id) in seen:
                continue
            seen.add((where, node.id))
            if node.kind in diagram.HUMAN:
                found |= {node.role: None} if node.role else {}
            elif node.passes:
                passed.append((where, node.id))
            elif node.calls:
                passed += _starts(edition, node.calls, None)
            elif node.kind == "subProcess":
                passed += _starts(edition, where, node.id)
            elif node.kind == "endEvent" and where == pathway and node.parent is None:
                ended = True
    if ended and pathway not in inside:
        after = [_roles_after(edition, *call, inside | {pathway}) for call in _calls(edition, pathway)]
        found |= {role: None for role in (after[0] if after else ()) if all(role in one for one in after)}
    return found


def _starts(edition: library.Edition, pathway: str, parent: str | None) -> list[tuple[str, str]]:
    """Where a pathway, or a sub-process of it, begins."""
    nodes = edition.pathways[pathway].nodes.values()
    return [(pathway, node.id) for node in nodes if node.kind == "startEvent" and node.parent == parent]


def _calls(edition: library.Edition, pathway: str) -> list[tuple[str, str]]:
    """The steps that call a pathway: (pathway of the step, step)."""
    return [
        (key, node.id)
        for key, other in edition.pathways.items()
        for node in other.nodes.values()
        if node.calls == pathway
    ]
