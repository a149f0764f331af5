"""One task, whole, and what comes after it."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from engine import agencies, clock, facts, forms, library, policy, schedule, vault
from engine.models import Answer, Case, Draft, Entry, Fact, ParticipantDate, Task, User
from engine.reports.lines import CaseHead, Line, Turn, head_of, left, name_for, told, turns
from engine.reports.tasks import TaskRow, my_tasks, title_of
from engine.words import N_, Sentence, say

# As much as a reader takes in beside a form; the rest is one click away.
AT_ONCE = 8
VERBS = ("claim", "give_back", "assign", "save_draft", "complete", "mark_done", "correct")
# The pathway whose steps prepare and hold a conference about the case.
CONFERENCE = "case_conference"


ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


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
    """Everything that the page of a task shows. `may` gives for each verb None, or the reason against it.

    `plans_meeting`: the step belongs to a conference, and the reader may plan a meeting for it.
    """

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
    plans_meeting: bool
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
        plans_meeting=task.pathway == CONFERENCE and policy.why_not(user, "hold_meeting") is None,
        seen=max((one.number for one in answers), default=0),
        today=clock.today(zone),
        timezone=zone,
    )


def task_form(db: Session, user: User, task_id: uuid.UUID) -> forms.Form:
    """What a task asks, and nothing else of its page. Raises NotFound."""
    return library.belonging(db, user, task_id).form


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
        if question is None and fact.key in edition.found_by and fact.key not in asked_here:
            found.append(_found(db, case, fact, edition))
            continue
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


def _found(db: Session, case: Case, fact: Fact, edition: library.Edition) -> KnownFact:
    """What a decision table found."""
    label, table = edition.found_by[fact.key]
    value = vault.unseal(db, case.participant.key, "facts.value", fact.value)
    return KnownFact(
        Sentence(label),
        plain(value),
        say(N_("the table “{table}”"), table=table),
        fact.recorded_at,
        first=False,
    )


def plain(value: Any) -> Any:
    """A value that no question explains, as somebody would read it."""
    if isinstance(value, bool):
        return Sentence(N_("yes") if value else N_("no"))
    if isinstance(value, list):
        return ", ".join(str(plain(one)) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {plain(one)}" for name, one in value.items())
    if isinstance(value, str) and ISO_DAY.fullmatch(value):
        return date.fromisoformat(value)
    return value if value is None else str(value)


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
    # What the case passed on its way here was noted after the moment at which the task opened, but before its opening.
    line = aliased(Entry)
    noted = (
        select(line.at)
        .where(
            line.case_id == task.case_id,
            line.at >= task.opened_at,
            line.verb == "opened_step",
            line.thing_id == str(task.id),
        )
        .order_by(line.at)
        .limit(1)
        .scalar_subquery()
    )
    rows = list(
        db.scalars(
            policy.visible(user, Entry)
            .where(
                Entry.case_id == task.case_id,
                Entry.at <= func.coalesce(noted, task.opened_at),
                Entry.verb.in_(("opened", "completed", "marked_done", "passed", "decided", "message")),
            )
            .options(joinedload(Entry.user), joinedload(Entry.agency))
            .order_by(Entry.at.desc(), Entry.number.desc())
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
