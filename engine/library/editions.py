"""A version, read: its diagrams and forms, ready to run and to be shown."""

import uuid
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import decisions, diagram, forms, policy, runner
from engine.errors import NotFound
from engine.models import Case, Pathway, Task, User, Version
from engine.words import N_

# A version never changes, so what was read once holds; sixty-four are more than an installation runs at a time.
KEPT = 64
_editions: OrderedDict[uuid.UUID, "Edition"] = OrderedDict()


@dataclass(frozen=True)
class Edition:
    """A version, read: its diagrams and the ones they call, its forms, and the plan that the runner follows."""

    version_id: uuid.UUID
    key: str
    name: str
    number: int
    pathways: Mapping[str, diagram.Pathway]
    forms: Mapping[str, forms.Form]
    sources: Mapping[str, str]
    plan: runner.Plan
    tables: decisions.Tables = field(default_factory=dict)

    def node(self, pathway: str, step: str) -> diagram.Node:
        return self.pathways[pathway].nodes[step]

    def audience(self, node: diagram.Node) -> str:
        """Who may know that a step is there: everyone, unless what it asks, or what its being there tells, is for some.

        A step on one way of a gateway tells which answer led there, so who may not know that answer may not know the
        step either.
        """
        told = {self._asked(node), *self._told.get(node, ())} - {"case"}
        if not told:
            return "case"
        if told == {"agency"}:
            return "agency"
        # For an agency's own people and for some roles: then for nobody but those whose step it is.
        named = [set() if one == "agency" else set(one.strip("|").split("|")) for one in told]
        return policy.audience(tuple(sorted(set.intersection(*named) - {""})))

    def _asked(self, node: diagram.Node) -> str:
        """Whom something of a step's form is for."""
        if not node.form or node.form not in self.forms:
            return "case"
        asked = [policy.audience(question.audience) for question in self.forms[node.form].questions]
        if not asked or "case" in asked:
            return "case"
        if "agency" in asked:
            return "agency"
        return policy.audience(tuple(sorted({role for one in asked for role in one.strip("|").split("|")})))

    @cached_property
    def _told(self) -> dict[diagram.Node, set[str]]:
        """For whom the facts are that a node tells by being reached."""
        return {
            pathway.nodes[node]: {audience for name in names for audience in self._fact_for.get(name, ())}
            for pathway in self.pathways.values()
            for node, names in diagram.telling(pathway).items()
        }

    @cached_property
    def _fact_for(self) -> Mapping[str, set[str]]:
        """For whom each fact is. One that a table finds tells what the table read, and how the case came there."""
        found: dict[str, set[str]] = defaultdict(set)
        for form in self.forms.values():
            for question in form.questions:
                if question.fact:
                    found[question.key].add(policy.audience(question.audience))
        derived = [
            (name, self.reads(node) | diagram.telling(pathway).get(node.id, frozenset()))
            for pathway in self.pathways.values()
            for node in pathway.nodes.values()
            for name in diagram.results_of(node, self.tables)
        ]
        # A table may read what another one found: go on until nobody is shut out any more.
        for _ in derived:
            for name, names in derived:
                found[name] |= {audience for one in names for audience in found.get(one, ())}
        return found

    def reads(self, node: diagram.Node) -> frozenset[str]:
        """The facts that the table of a node asks; none for any other node."""
        if node.decision is None or node.decision not in self.tables:
            return frozenset()
        return decisions.reads(self.tables, node.decision)

    @cached_property
    def found_by(self) -> Mapping[str, tuple[str, str]]:
        """For each fact that a table finds: what its column and the table are called."""
        found = {}
        for node in (node for pathway in self.pathways.values() for node in pathway.nodes.values()):
            for name in diagram.results_of(node, self.tables):
                table = self.tables[node.decision or ""]
                labels = {one.name: one.label for one in table.outputs}
                found[name] = (labels.get(name, table.name), table.name)
        return found

    def audience_of(self, names: Iterable[str]) -> str:
        """Who may know something that tells of all these facts: only who may read each of them."""
        told = {audience for name in names for audience in self._fact_for.get(name, ())} - {"case"}
        if not told:
            return "case"
        if told == {"agency"}:
            return "agency"
        # For an agency's own people and for some roles: then for nobody.
        shared = set.intersection(*(set(one.strip("|").split("|")) for one in told))
        return policy.audience(tuple(sorted(shared - {"agency", ""})))

    @cached_property
    def unasked(self) -> dict[str, None]:
        """Every fact that a form or table of this version can set, as it is before anybody has answered."""
        asked = {q.key: None for form in self.forms.values() for q in form.questions if q.fact}
        nodes = [node for pathway in self.pathways.values() for node in pathway.nodes.values()]
        return asked | {name: None for node in nodes for name in diagram.results_of(node, self.tables)}

    @property
    def roles(self) -> list[str]:
        """Every role that does a step, in the order of the lanes, the caller's before the called's."""
        return list(dict.fromkeys(role for pathway in self.pathways.values() for role in pathway.roles))


# What is asked where the diagram names no form: a word on how it went, or the reply to a colleague's request.
PLAIN = forms.parse(
    {
        "key": "plain",
        "title": N_("This step"),
        "questions": [
            {"key": "remark", "kind": "long_text", "label": N_("What was done?"), "audience": "agency"}
        ],
    }
)
REPLY = forms.parse(
    {
        "key": "reply",
        "title": N_("Reply"),
        "questions": [
            {
                "key": "reply",
                "kind": "long_text",
                "label": N_("Your reply"),
                "required": True,
                "error": N_("Enter your reply"),
                "hint": N_("Whoever asked reads this, and your agency."),
            }
        ],
    }
)


def edition(db: Session, version_id: uuid.UUID) -> Edition:
    """The version with this id, ready to run; read once and kept."""
    found = _editions.get(version_id)
    if found is None:
        found = _read(db.get_one(Version, version_id))
        _editions[version_id] = found
        while len(_editions) > KEPT:
            _editions.popitem(last=False)
    else:
        _editions.move_to_end(version_id)
    return found


def form_of(db: Session, task: Task) -> forms.Form:
    """The form that a task asks, of the version that its case runs on."""
    return _form(db, task.kind, task.case.version_id, task.form)


def _form(db: Session, kind: str, version_id: uuid.UUID, key: str | None) -> forms.Form:
    if kind == "request":
        return REPLY
    return edition(db, version_id).forms[key] if key else PLAIN


@dataclass(frozen=True)
class Belonging:
    """What a task belongs to, and what it asks: that stays as long as the task. `moves` is how often its case moved."""

    case_id: uuid.UUID
    participant_id: uuid.UUID
    moves: int
    form: forms.Form


def belonging(db: Session, user: User, task_id: uuid.UUID) -> Belonging:
    """What a task belongs to, kept for the length of the session. Raises NotFound."""
    kept: dict[tuple[uuid.UUID, uuid.UUID], Belonging] = db.info.setdefault("belongings", {})
    if (user.id, task_id) not in kept:
        found = db.execute(
            policy.visible(user, Task)
            .join(Task.case)
            .with_only_columns(
                Task.case_id, Case.participant_id, Case.moves, Task.kind, Case.version_id, Task.form
            )
            .where(Task.id == task_id)
        ).first()
        if found is None:
            raise NotFound(policy.UNKNOWN[Task])
        form = _form(db, found.kind, found.version_id, found.form)
        kept[user.id, task_id] = Belonging(found.case_id, found.participant_id, found.moves, form)
    return kept[user.id, task_id]


def current(db: Session, key: str) -> Version:
    """The version of pathway `key` that new cases get. Raises NotFound."""
    found = db.scalar(
        select(Version).join(Pathway, Pathway.current_version_id == Version.id).where(Pathway.key == key)
    )
    if found is None:
        raise NotFound("There is no published pathway of that name.")
    return found


def startable(db: Session) -> list[Pathway]:
    """The pathways that a case can be opened on, by name: those that run inside others are not offered."""
    return list(
        db.scalars(
            select(Pathway)
            .where(Pathway.current_version_id.is_not(None), Pathway.opens)
            .order_by(Pathway.name)
        )
    )


def diagram_source(db: Session, user: User, case_id: uuid.UUID, pathway: str) -> str:
    """The XML of one diagram of the version that a case runs on, for who sees into the case. Raises NotFound."""
    case = policy.find(db, user, Case, case_id)
    if policy.level(db, user, case_id) < policy.CONTENT:
        raise NotFound(policy.UNKNOWN[Case])
    try:
        return edition(db, case.version_id).sources[pathway]
    except KeyError:
        raise NotFound("We cannot find that diagram.") from None


@lru_cache(maxsize=KEPT)
def read_alone(xml: str) -> diagram.Diagram:
    """A diagram without anything it may refer to: what it says, not whether that can be published."""
    return diagram.read(xml.encode())


@lru_cache(maxsize=KEPT)
def read_tables(xml: str) -> decisions.Read:
    """A file of decision tables without the facts that it may ask: what it says, not whether that can be published."""
    return decisions.read(xml.encode())


def tables_of(files: Mapping[str, str]) -> dict[str, decisions.Decision]:
    """The decisions of some files (key -> XML), by their own id."""
    return {ident: one for xml in files.values() for ident, one in read_tables(xml).decisions.items()}


def _read(version: Version) -> Edition:
    sources: dict[str, str] = version.content["diagrams"]
    pathways = {pathway.id: pathway for xml in sources.values() for pathway in read_alone(xml).pathways}
    return Edition(
        version_id=version.id,
        key=version.pathway.key,
        name=pathways[version.pathway.key].name or version.pathway.key,
        number=version.number,
        pathways=pathways,
        forms={key: forms.parse(definition) for key, definition in version.content["forms"].items()},
        sources=sources,
        plan=runner.load(version.specs, version.digest),
        tables=tables_of(version.content.get("tables", {})),
    )
