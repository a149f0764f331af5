"""My tasks, one task, and what comes after it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from engine import agencies, clock, facts, forms, library, policy, schedule, vault
from engine.models import Answer, Case, Draft, Entry, Fact, ParticipantDate, Pathway, Task, User, Version
from engine.reports.lines import CaseHead, Line, Turn, head_of, left, name_for, participant_name, told, turns
from engine.words import N_, Sentence, say

WHOSE = ("mine", "team", "unclaimed")
# What takes less time than this begins when it is seen.
WORTH_SAYING = timedelta(weeks=1)
# As much as a reader takes in beside a form; the rest is one click away.
AT_ONCE = 8
VERBS = ("claim", "give_back", "assign", "save_draft", "complete", "mark_done", "correct")


@dataclass(frozen=True)
class TaskRow:
    """A task in a list. `waiting`: roles whose steps come right after.

    `begin_by`: when it has to begin to be done by its due date; None where it takes less than a week.
    """

    id: uuid.UUID
    title: str | Sentence
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
    owner = aliased(User)
    order = (sql_case((Task.due_at < clock.now(), 0), else_=1), Task.press_at, Task.id)
    query = (
        policy.visible(user, Task)
        .join(Task.case)
        .outerjoin(owner, Task.owner_id == owner.id)
        .options(
            contains_eager(Task.case), joinedload(Task.agency), contains_eager(Task.owner.of_type(owner))
        )
        .where(_listed(user, whose), *_filtered(pathway, role, late))
        .order_by(*order)
        .limit(size + 1)
    )
    start = _key(after)
    if start:
        query = query.where(tuple_(*order) > tuple_(*start))
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
        select(
            func.sum(sql_case((mine, 1), else_=0)),
            func.count(),
            func.sum(sql_case((Task.owner_id.is_(None), 1), else_=0)),
            func.sum(sql_case((mine & (Task.due_at < now), 1), else_=0)),
        ).where(Task.id.in_(policy.visible(user, Task).with_only_columns(Task.id)), _listed(user, "team"))
    ).one()
    return dict(zip(("mine", "team", "unclaimed", "late"), (n or 0 for n in counted), strict=True))


def task_filters(db: Session, user: User) -> dict[str, list[tuple[str, str]]]:
    """What the list can be narrowed to: {"pathway": [(key, name)], "role": [(key, name)]}."""
    names = agencies.roles(db)
    roles = sorted({role for _, role in [*policy.desks(user), *policy.led_desks(user)]})
    pathways = db.execute(
        select(Pathway.key, Pathway.name)
        .where(
            Pathway.id.in_(
                select(Version.pathway_id)
                .join(Case, Case.version_id == Version.id)
                .where(Case.id.in_(policy.case_ids(user)))
            )
        )
        .order_by(Pathway.name)
    )
    return {
        "pathway": [(row.key, row.name) for row in pathways],
        "role": [(role, names[role].name) for role in roles if role in names],
    }


def _listed(user: User, whose: str) -> ColumnElement[bool]:
    if whose == "mine":
        return (Task.status == "open") & (Task.owner_id == user.id)
    team = (Task.status == "open") & policy.workable(user)
    return team & Task.owner_id.is_(None) if whose == "unclaimed" else team


def _filtered(pathway: str | None, role: str | None, late: bool) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if pathway:
        found.append(
            Case.version_id.in_(
                select(Version.id)
                .join(Pathway, Pathway.id == Version.pathway_id)
                .where(Pathway.key == pathway)
            )
        )
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


def who_waits(db: Session, task: Task) -> tuple[str, ...]:
    """The roles whose steps come right after this one, on this pathway or another: they wait for it."""
    if not task.pathway or not task.step:
        return ()
    names = agencies.roles(db)
    edition = library.edition(db, task.case.version_id)
    waiting = _roles_after(edition, task.pathway, task.step, frozenset())
    return tuple(names[role].name for role in waiting if role != task.role and role in names)


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
            if node.kind == "task" or node.kind.endswith("Task"):
                found |= {node.role: None} if node.role else {}
            elif node.kind.endswith("Gateway"):
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


# ---- one task


@dataclass(frozen=True)
class KnownFact:
    """Something known already, so that nobody asks twice. `source` is the step that it came from, or who said it.

    `first`: it is shown at once, the others when they are asked for.
    """

    label: Sentence
    value: Any
    source: str | Sentence | None
    on: datetime | None
    first: bool


@dataclass(frozen=True)
class AnswerView:
    """One state of a task's answers, as far as the reader may read them.

    `hidden` is how many questions are for others, answered or not: it does not tell whether there is something.
    """

    number: int
    entered_at: datetime
    entered_by: str
    happened_on: date
    interpreter: str | None
    reason: str | None
    rows: list[tuple[str, Any]]
    hidden: int
    current: bool


@dataclass(frozen=True)
class Basis:
    """What was answered in an earlier step that this one is about: minutes to confirm, a plan to approve."""

    title: str | Sentence
    rows: list[tuple[str, Any]]
    entered_by: str
    happened_on: date


@dataclass(frozen=True)
class TaskPage:
    """Everything that the page of a task shows. `may` gives for each verb None, or the reason against it."""

    id: uuid.UUID
    title: str | Sentence
    kind: str
    status: str
    owner_name: str | None
    mine: bool
    role_name: str
    agency_name: str
    opened_at: datetime
    starts_at: datetime | None
    due_at: datetime | None
    due: schedule.Left | None
    closed_at: datetime | None
    closed_by: str | None
    happened_on: date | None
    request: str | None
    asked_by: str | None
    instructions: str | None
    case: CaseHead
    form: forms.Form
    raw: Mapping[str, Any]
    drafted_at: datetime | None
    options: dict[str, dict[str, str]]
    known: list[KnownFact]
    basis: list[Basis]
    why: list[Line]
    may: dict[str, str | None]
    colleagues: list[tuple[str, str]]
    answers: list[AnswerView]
    seen: int
    today: date
    timezone: str


def task_page(db: Session, user: User, task_id: uuid.UUID) -> TaskPage:
    """One task, whole. Raises NotFound."""
    task = policy.find(db, user, Task, task_id)
    case = task.case
    edition = library.edition(db, case.version_id)
    node = edition.node(task.pathway, task.step) if task.pathway and task.step else None
    form = library.form_of(db, task)
    draft = db.get(Draft, (task.id, user.id)) if task.status == "open" else None
    key = case.participant.key
    answers = _answers(db, user, task, form)
    names = agencies.roles(db)
    may = policy.why_not_each(user, VERBS, task)
    able = agencies.users_at(db, task.agency_id, task.role) if may["assign"] is None else []
    zone = task.agency.local_action.timezone
    return TaskPage(
        id=task.id,
        title=title_of(task),
        kind=task.kind,
        status=task.status,
        owner_name=name_for(user, task.owner),
        mine=task.owner_id == user.id,
        role_name=names[task.role].name if task.role in names else task.role,
        agency_name=task.agency.name,
        opened_at=task.opened_at,
        starts_at=task.starts_at,
        due_at=task.due_at,
        due=left(db, case, task.due_at, task.agency_id) if task.status == "open" else None,
        closed_at=task.closed_at,
        closed_by=name_for(user, task.closer),
        happened_on=task.happened_on,
        request=vault.unseal(db, key, "tasks.request", task.request) if task.request else None,
        asked_by=name_for(user, task.asker),
        instructions=node.instructions if node else None,
        case=head_of(db, user, case),
        form=form,
        raw=_raw(db, user, task, form, draft),
        drafted_at=draft.saved_at if draft else None,
        options=agencies.options_for(db, case, asked=form, reader=user),
        known=known(db, user, task, form, edition),
        basis=_basis(db, user, task, form, edition) if may["complete"] is None else [],
        why=why(db, user, task, edition),
        may=may,
        colleagues=[(str(one.id), one.name) for one in able if one.id not in (task.owner_id, user.id)],
        answers=answers,
        seen=max((one.number for one in answers), default=0),
        today=clock.today(zone),
        timezone=zone,
    )


def task_form(db: Session, user: User, task_id: uuid.UUID) -> forms.Form:
    """What a task asks, and nothing else of its page. Raises NotFound."""
    return library.form_of(db, policy.find(db, user, Task, task_id))


def _raw(db: Session, user: User, task: Task, form: forms.Form, draft: Draft | None) -> Mapping[str, Any]:
    """What the form is filled with: the draft, else what was answered (to be corrected) and the reader may read."""
    key = task.case.participant.key
    if draft is not None:
        kept: Mapping[str, Any] = vault.unseal(db, key, "drafts.raw", draft.raw)
        return kept
    if task.status != "done":
        return {}
    newest = db.scalar(
        policy.visible(user, Answer).where(Answer.task_id == task.id).order_by(Answer.number.desc()).limit(1)
    )
    if newest is None:
        return {}
    readable = policy.fields(user, policy.standing(db, user, task.case_id), task, form, newest.entered_by)
    values = vault.unseal(db, key, "answers.values", newest.values)
    return forms.raw(form, {name: value for name, value in values.items() if name in readable})


def _basis(db: Session, user: User, task: Task, form: forms.Form, edition: library.Edition) -> list[Basis]:
    """The newest answers to the forms that this task's form shows, without the questions that are for others."""
    found = []
    own = {m.role for m in user.memberships if m.agency_id == task.agency_id}
    for shown_form in (edition.forms[key] for key in form.shows if key in edition.forms):
        earlier = db.scalar(
            select(Task)
            .where(Task.case_id == task.case_id, Task.form == shown_form.key, Task.status == "done")
            .order_by(Task.closed_at.desc())
            .limit(1)
        )
        if earlier is None:
            continue
        answer = max(earlier.answers, key=lambda one: one.number)
        values = vault.unseal(db, task.case.participant.key, "answers.values", answer.values)
        options = agencies.options_for(db, task.case)
        rows = [
            (question.label, shown(question, values[question.key], options))
            for question in shown_form.questions
            if question.key in values and (question.audience == "case" or own.intersection(question.audience))
        ]
        author = name_for(user, answer.author) or earlier.agency.name
        found.append(Basis(title_of(earlier), rows, author, answer.happened_on))
    return found


def _answers(db: Session, user: User, task: Task, form: forms.Form) -> list[AnswerView]:
    """Every state of the answers, newest first, each with the questions that the reader may read."""
    rows = list(
        db.scalars(
            policy.visible(user, Answer)
            .where(Answer.task_id == task.id)
            .options(joinedload(Answer.author))
            .order_by(Answer.number.desc())
        )
    )
    if not rows:
        return []
    key = task.case.participant.key
    options = agencies.options_for(db, task.case)
    known = policy.standing(db, user, task.case_id)
    found = []
    for row in rows:
        values = vault.unseal(db, key, "answers.values", row.values)
        readable = policy.fields(user, known, task, form, row.entered_by)
        hidden = sum(1 for question in form.questions if question.key not in readable)
        found.append(
            AnswerView(
                number=row.number,
                entered_at=row.entered_at,
                entered_by=name_for(user, row.author) or task.agency.name,
                happened_on=row.happened_on,
                interpreter=row.interpreter,
                # A reason is free text and may repeat any answer: it is for who reads all of them.
                reason=vault.unseal(db, key, "answers.reason", row.reason)
                if row.reason and not hidden
                else None,
                rows=[
                    (question.label, shown(question, values[question.key], options))
                    for question in form.questions
                    if question.key in values and question.key in readable
                ],
                hidden=hidden,
                current=row is rows[0],
            )
        )
    return found


def shown(question: forms.Question, value: Any, options: Mapping[str, Mapping[str, str]]) -> Any:
    """An answer as people read it: labels (as sentences) instead of values; what else it is stays what it is."""
    if isinstance(value, list):
        return [shown(question, one, options) for one in value]
    chosen = question.choice(value) if isinstance(value, str) else None
    if chosen is not None:
        return Sentence(chosen.label)
    if question.kind in ("agency", "user"):
        return options.get(question.kind, {}).get(value, value)
    if question.kind == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    if question.kind == "datetime" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def known(db: Session, user: User, task: Task, form: forms.Form, edition: library.Edition) -> list[KnownFact]:
    """What the reader may know of the case already: its dates, then what was answered elsewhere, the newest first.

    First comes what was asked on the case's own pathway or on this task's: what another pathway needed in order to
    go on (whether a conference could be held, say) tells a reader little.
    """
    case = task.case
    own = {edition.key, task.pathway}
    found = _known_dates(db, user, case)
    asked = {(one.key, q.key): q for one in edition.forms.values() for q in one.questions if q.fact}
    somewhere = {key: question for (_form, key), question in asked.items()}
    options = agencies.options_for(db, case)
    rows = db.scalars(
        policy.visible(user, Fact)
        .where(Fact.case_id == case.id, Fact.superseded_at.is_(None))
        .options(joinedload(Fact.task))
        .order_by(Fact.recorded_at.desc(), Fact.key)
    )
    asked_here = {question.key for question in form.questions}
    for fact in rows:
        # Several forms may ask for a fact; it is named as the one did that was answered.
        question = asked.get((fact.task.form or "" if fact.task else "", fact.key)) or somewhere.get(fact.key)
        if question is None or fact.key in asked_here or question.date:
            continue
        value = vault.unseal(db, case.participant.key, "facts.value", fact.value)
        found.append(
            KnownFact(
                Sentence(question.label),
                shown(question, value, options),
                Sentence(str(title_of(fact.task))) if fact.task else None,
                fact.recorded_at,
                first=(fact.task is None or fact.task.pathway in own)
                and sum(one.first for one in found) < AT_ONCE,
            )
        )
    return found


def _known_dates(db: Session, user: User, case: Case) -> list[KnownFact]:
    """The participant's dates, in the order in which they are always named."""
    fully = policy.reads_details(db, user, case.participant)
    rows = db.scalars(
        policy.visible(user, ParticipantDate).where(
            ParticipantDate.participant_id == case.participant_id, ParticipantDate.superseded_at.is_(None)
        )
    )
    said = {row.key: row for row in rows if row.on is not None}
    return [
        KnownFact(
            say("{date} ({sure})", date=Sentence(name), sure=Sentence(said[key].sure)),
            said[key].on,
            facts.source(db, case.participant, said[key]) if fully else None,
            said[key].recorded_at,
            first=True,
        )
        for key, name in facts.DATES.items()
        if key in said
    ]


def why(db: Session, user: User, task: Task, edition: library.Edition) -> list[Line]:
    """Why this task is here: what was completed and decided just before it opened, oldest first."""
    rows = list(
        db.scalars(
            policy.visible(user, Entry)
            .where(
                Entry.case_id == task.case_id,
                Entry.at <= task.opened_at,
                Entry.verb.in_(("opened", "completed", "marked_done", "passed", "message")),
            )
            .options(joinedload(Entry.user), joinedload(Entry.agency))
            .order_by(Entry.number.desc())
            .limit(12)
        )
    )
    return list(told(user, edition, reversed(rows)))[-3:]


# ---- after a task


@dataclass(frozen=True)
class DonePage:
    """What happened with a task that was just completed, and whose turn it is now."""

    id: uuid.UUID
    title: str | Sentence
    case: CaseHead
    turns: list[Turn]
    next_mine: list[TaskRow]
    as_text: AnswerView | None
    closed_at: datetime | None


def after_task(db: Session, user: User, task_id: uuid.UUID) -> DonePage:
    """What follows a completed task. Raises NotFound."""
    task = policy.find(db, user, Task, task_id)
    known = policy.standing(db, user, task.case_id)
    answers = _answers(db, user, task, library.form_of(db, task))
    return DonePage(
        id=task.id,
        title=title_of(task),
        case=head_of(db, user, task.case),
        turns=turns(db, user, task.case, known),
        next_mine=my_tasks(db, user, whose="mine", size=3).rows,
        as_text=answers[0] if answers else None,
        closed_at=task.closed_at,
    )
