"""A case that its diagram stopped: what happened, what was kept, what was read, and what can be done."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session, joinedload

from engine import agencies, diagram, expressions, facts, forms, library, notices, policy, vault
from engine.errors import EngineError
from engine.models import Case, Entry, Fact, Task, User
from engine.reports.case import DoneLine, dates_of, done_lines
from engine.reports.lines import PROBLEMS, CaseHead, head_of, quotes_formula
from engine.reports.task import plain, shown
from engine.reports.tasks import title_of
from engine.words import Sentence, say

VERBS = ("retry", "move_on", "tell_editor", "close", "record_date")
NEWEST = 3


@dataclass(frozen=True)
class ReadFact:
    """A fact that the failing decision reads. `value` is None while nobody has answered.

    `hidden`: the reader may know neither what it is nor what it says. `task_id` is the step in which it was answered,
    `may_correct` None or the reason why the reader does not correct it there. A participant's `date` is recorded anew.
    """

    label: Sentence | None
    value: Any
    hidden: bool
    task_id: uuid.UUID | None = None
    title: str | Sentence | None = None
    may_correct: str | None = None
    date: str | None = None


@dataclass(frozen=True)
class WayOn:
    """An arrow that can be chosen by hand: its name, if it has one, and what it leads to."""

    flow: str
    name: Sentence | None
    leads_to: Sentence


@dataclass(frozen=True)
class RepairPage:
    """What the page on a stuck case shows. What failed, and why, is said to who can repair it: see `CasePage`.

    `formula` is what failed as the diagram has it, for who edits pathways. `remedy` is what can be decided by hand:
    "choose", "now", "skip" or None. `may`: None, or the reason against it.
    """

    head: CaseHead
    opened_at: datetime
    since: datetime | None
    pathway: Sentence | None
    step: str
    step_name: Sentence | None
    problem: Sentence | None
    message: Sentence | None
    formula: Sentence | None
    kept: list[DoneLine]
    facts: list[ReadFact]
    remedy: str | None
    ways: list[WayOn]
    told_at: datetime | None
    may: dict[str, str | None]


def repair_page(db: Session, user: User, case_id: uuid.UUID) -> RepairPage:
    """What stopped a case, as far as `user` may know. Raises NotFound."""
    case = policy.find(db, user, Case, case_id)
    known = policy.standing(db, user, case.id)
    may = policy.why_not_each(user, VERBS, case, known)
    edition = library.edition(db, case.version_id)
    stuck = (case.stuck or {}) if may["retry"] is None else {}
    node = edition.pathways[stuck["pathway"]].nodes.get(stuck["step"]) if stuck else None
    told = notices.failure_told(db, case) if stuck else None
    read = _facts(db, user, case, edition, known, read_at(edition, stuck["pathway"], node)) if node else []
    message = Sentence.read(stuck["message"]) if stuck else None
    quotes = message is not None and quotes_formula(message)
    return RepairPage(
        head=head_of(db, user, case),
        opened_at=case.opened_at,
        since=_since(db, user, case),
        pathway=Sentence(edition.pathways[stuck["pathway"]].name or stuck["pathway"]) if stuck else None,
        step=stuck.get("step", ""),
        step_name=node_name(edition, stuck["pathway"], stuck["step"]) if stuck else None,
        problem=Sentence(PROBLEMS[stuck["code"]]) if stuck else None,
        message=_in_words(read) if quotes else message,
        formula=message if quotes and policy.may(user, "edit_pathways") else None,
        kept=done_lines(db, user, case, limit=NEWEST),
        facts=read,
        remedy=stuck.get("remedy"),
        ways=_ways(edition, known, stuck["pathway"], node)
        if node and stuck.get("remedy") == "choose"
        else [],
        told_at=told.made_at if told else None,
        may=may,
    )


def _in_words(read: Iterable[ReadFact]) -> Sentence:
    """Why a formula could not be worked out, without the formula: what it reads, as far as the reader may know it."""
    told = [say("“{question}”", question=one.label) for one in read if one.label]
    if not told:
        return say("It reads something that is not known yet, or that does not fit.")
    return say(
        "It reads {facts}: that is not known yet, or does not fit what the pathway asks.",
        facts=told,
    )


def node_name(edition: library.Edition, pathway: str, step: str) -> Sentence:
    """What a place in a diagram is called, also where nobody gave it a name."""
    node = edition.pathways[pathway].nodes.get(step)
    if node is None:
        return say("the beginning")
    if node.name:
        return say("“{step}”", step=Sentence(node.name))
    before = [edition.pathways[pathway].flows[flow].source for flow in node.incoming]
    named = [edition.pathways[pathway].nodes[one].name for one in before]
    if len(named) == 1 and named[0]:
        return say("the decision after “{step}”", step=Sentence(named[0]))
    return say("a decision without a name")


def read_at(edition: library.Edition, pathway: str, node: diagram.Node) -> list[str]:
    """The keys of the facts and dates that a step, gateway or event reads in order to go on."""
    flows = [edition.pathways[pathway].flows[flow] for flow in node.outgoing]
    asked = [*(flow.condition for flow in flows), node.cardinality, node.completion, node.again_if]
    found = {name for source in asked if source for name in _names(source)}
    return sorted(found | ({node.each} if node.each else set()) | edition.reads(node))


def _names(source: str) -> Iterable[str]:
    try:
        return expressions.names(source)
    except EngineError:
        return ()  # what cannot be read reads nothing


def _since(db: Session, user: User, case: Case) -> datetime | None:
    return db.scalar(
        policy.visible(user, Entry)
        .with_only_columns(Entry.at)
        .where(Entry.case_id == case.id, Entry.verb == "stuck")
        .order_by(Entry.number.desc())
        .limit(1)
    )


def _facts(
    db: Session,
    user: User,
    case: Case,
    edition: library.Edition,
    known: list[policy.Standing],
    names: list[str],
) -> list[ReadFact]:
    questions = [q for form in edition.forms.values() for q in form.questions if q.fact and q.key in names]
    asked = {question.key: question for question in questions}
    # Not even the question is read by whom one of those who ask it keeps it from.
    closed = {q.key for q in questions if not policy.hears(known, policy.audience(q.audience), None)}
    rows = {
        fact.key: fact
        for fact in db.scalars(
            policy.visible(user, Fact).where(
                Fact.case_id == case.id, Fact.superseded_at.is_(None), Fact.key.in_(names)
            )
        )
    }
    answered = _answered(db, user, case, edition, names)
    options = agencies.options_for(db, case)
    dates = {line.key: line.on for line, holds in dates_of(db, user, case.participant) if holds}
    found = []
    for name in names:
        question, row, task = asked.get(name), rows.get(name), answered.get(name)
        if name in facts.DATES:
            found.append(ReadFact(Sentence(facts.DATES[name]), dates.get(name), hidden=False, date=name))
        elif question is None and name in edition.found_by:
            hidden = row is None and edition.audience_of([name]) != "case"
            label = None if hidden else Sentence(edition.found_by[name][0])
            value = vault.unseal(db, case.participant.key, "facts.value", row.value) if row else None
            found.append(ReadFact(label, plain(value), hidden=hidden))
        elif question is None:
            continue
        elif row is None and name in closed:
            found.append(ReadFact(None, None, hidden=True))
        else:
            value = vault.unseal(db, case.participant.key, "facts.value", row.value) if row else None
            found.append(
                ReadFact(
                    Sentence(question.label),
                    shown(question, value, options) if row else None,
                    hidden=False,
                    task_id=task.id if task else None,
                    title=title_of(task) if task else None,
                    may_correct=policy.why_not(user, "correct", task) if task else None,
                )
            )
    return found


def _answered(
    db: Session, user: User, case: Case, edition: library.Edition, names: list[str]
) -> dict[str, Task]:
    """For each fact the step in which it was asked last, where the reader may know of that step."""
    asking: dict[str, forms.Form] = {
        key: form
        for key, form in edition.forms.items()
        if any(q.fact and q.key in names for q in form.questions)
    }
    tasks = db.scalars(
        policy.visible(user, Task)
        .where(Task.case_id == case.id, Task.status == "done", Task.form.in_(asking))
        .options(joinedload(Task.agency))
        .order_by(Task.closed_at)
    )
    return {q.key: task for task in tasks for q in asking[task.form or ""].questions if q.key in names}


def _ways(
    edition: library.Edition, known: list[policy.Standing], pathway: str, node: diagram.Node
) -> list[WayOn]:
    flows = [edition.pathways[pathway].flows[flow] for flow in node.outgoing]
    return [
        WayOn(
            flow.id,
            Sentence(flow.name) if flow.name else None,
            _leads_to(edition, known, pathway, flow),
        )
        for flow in flows
    ]


def _leads_to(
    edition: library.Edition, known: list[policy.Standing], pathway: str, flow: diagram.Flow
) -> Sentence:
    """The step behind an arrow; past joins that have no name, and no further than one way leads."""
    drawn = edition.pathways[pathway]
    node, seen = drawn.nodes[flow.target], set[str]()
    while not node.name and len(node.outgoing) == 1 and node.id not in seen:
        seen.add(node.id)
        node = drawn.nodes[drawn.flows[node.outgoing[0]].target]
    if not node.name and node.kind == "parallelGateway":
        behind = [drawn.flows[one] for one in node.outgoing]
        return say("{steps}", steps=[_leads_to(edition, known, pathway, one) for one in behind])
    if not policy.hears(known, edition.audience(node), None):
        return say("a step for others")
    if node.name:
        return say("“{step}”", step=Sentence(node.name))
    return say("the end") if not node.outgoing else say("one of several steps")
