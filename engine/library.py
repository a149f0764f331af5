"""The pathways' versions: publish from the folders, and open one for running."""

import hashlib
import json
import uuid
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock, diagram, forms, journal, policy, runner
from engine.config import ROOT
from engine.errors import EngineError, NotFound
from engine.models import Case, Pathway, Role, Task, User, Version
from engine.words import N_

WORKFLOWS, FORMS = ROOT / "workflows", ROOT / "forms"

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
        fact_for: dict[str, set[str]] = defaultdict(set)
        for form in self.forms.values():
            for question in form.questions:
                if question.fact:
                    fact_for[question.key].add(policy.audience(question.audience))
        return {
            pathway.nodes[node]: {audience for name in names for audience in fact_for[name]}
            for pathway in self.pathways.values()
            for node, names in diagram.telling(pathway).items()
        }

    @cached_property
    def unasked(self) -> dict[str, None]:
        """Every fact that a form of this version can set, as it is before anybody has answered."""
        return {q.key: None for form in self.forms.values() for q in form.questions if q.fact}

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


class NotPublishable(EngineError):
    """A diagram or a form has errors; `problems` holds all of them by file name."""

    def __init__(self, problems: Mapping[str, list[Any]]) -> None:
        super().__init__(N_("Some diagrams or forms cannot be published yet."))
        self.problems = problems


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
    """What a task belongs to, and what it asks: that stays as long as the task."""

    case_id: uuid.UUID
    participant_id: uuid.UUID
    form: forms.Form


def belonging(db: Session, user: User, task_id: uuid.UUID) -> Belonging:
    """What a task belongs to, kept for the length of the session. Raises NotFound."""
    kept: dict[tuple[uuid.UUID, uuid.UUID], Belonging] = db.info.setdefault("belongings", {})
    if (user.id, task_id) not in kept:
        found = db.execute(
            policy.visible(user, Task)
            .join(Task.case)
            .with_only_columns(Task.case_id, Case.participant_id, Task.kind, Case.version_id, Task.form)
            .where(Task.id == task_id)
        ).first()
        if found is None:
            raise NotFound(policy.UNKNOWN[Task])
        form = _form(db, found.kind, found.version_id, found.form)
        kept[user.id, task_id] = Belonging(found.case_id, found.participant_id, form)
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


def publish_folders(
    db: Session, user: User | None = None, workflows: Path = WORKFLOWS, form_folder: Path = FORMS
) -> list[Version]:
    """Publish every pathway of the folders that differs from its current version; the new versions are returned.

    Raises NotPublishable with all problems of all files; then nothing is published.
    """
    catalogue = diagram.Catalogue.beside(workflows / "any.bpmn")
    read: dict[str, diagram.Diagram] = {}
    problems: dict[str, list[Any]] = _form_problems(form_folder, catalogue.roles if catalogue else None)
    sources = {path.stem: path.read_bytes() for path in sorted(workflows.glob("*.bpmn"))}
    for key, xml in sources.items():
        read[key] = diagram.read(xml, catalogue, key)
        wrong_here = [problem for problem in read[key].problems if problem.severity == "error"]
        if wrong_here:
            problems[f"{key}.bpmn"] = wrong_here
    if problems:
        raise NotPublishable(problems)
    _keep_roles(db, json.loads((workflows / "roles.json").read_text())["roles"])
    published = [_publish(db, user, key, read, sources, form_folder) for key in sources]
    inside = {name for key in sources for name in _called(key, read)[1:]}
    for pathway in db.scalars(select(Pathway).where(Pathway.key.in_(sources))):
        pathway.opens = pathway.key not in inside
    return [version for version in published if version is not None]


def _form_problems(folder: Path, roles: Collection[str] | None) -> dict[str, list[Any]]:
    """What is wrong with the forms of a folder, by file name."""
    found: dict[str, list[Any]] = {}
    files = sorted(folder.glob("*.json"))
    for path in files:
        wrong = forms.problems(path.read_bytes(), roles)
        if not wrong:
            unknown = set(forms.parse(path.read_bytes()).shows) - {file.stem for file in files}
            wrong = [forms.Problem("", f"It shows “{key}”, which is no form.") for key in sorted(unknown)]
        if wrong:
            found[path.name] = list(wrong)
    return found


def _publish(
    db: Session,
    user: User | None,
    key: str,
    read: Mapping[str, diagram.Diagram],
    sources: Mapping[str, bytes],
    form_folder: Path,
) -> Version | None:
    needed = _called(key, read)
    asked = sorted(
        {
            node.form
            for name in needed
            for pathway in read[name].pathways
            for node in pathway.nodes.values()
            if node.form
        }
    )
    content = {
        "diagrams": {name: sources[name].decode() for name in needed},
        "forms": {name: json.loads((form_folder / f"{name}.json").read_text()) for name in asked},
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    pathway = db.scalar(select(Pathway).where(Pathway.key == key))
    name = next(p.name for p in read[key].pathways if p.id == key) or key
    if pathway is None:
        pathway = Pathway(id=uuid.uuid4(), key=key, name=name)
        db.add(pathway)
        db.flush()
    elif pathway.current_version and pathway.current_version.digest == digest:
        return None
    last = db.scalar(select(func.max(Version.number)).where(Version.pathway_id == pathway.id))
    version = Version(
        id=uuid.uuid4(),
        pathway_id=pathway.id,
        number=(last or 0) + 1,
        digest=digest,
        content=content,
        specs=runner.prepare({name: sources[name] for name in needed}, key),
        published_at=clock.now(),
        published_by=user.id if user else None,
    )
    db.add(version)
    db.flush()
    pathway.name, pathway.current_version_id = name, version.id
    journal.note(
        db, user, "published", version, codes={"pathway": key, "number": version.number, "digest": digest}
    )
    return version


def _called(key: str, read: Mapping[str, diagram.Diagram]) -> list[str]:
    """`key` and every pathway that it calls, however deep, itself first."""
    found, ahead = [key], [key]
    while ahead:
        for pathway in read[ahead.pop()].pathways:
            for node in pathway.nodes.values():
                if node.calls and node.calls not in found:
                    found.append(node.calls)
                    ahead.append(node.calls)
    return found


def _read(version: Version) -> Edition:
    sources: dict[str, str] = version.content["diagrams"]
    pathways = {
        pathway.id: pathway
        for xml in sources.values()
        for pathway in diagram.read(xml.encode(), None).pathways
    }
    return Edition(
        version_id=version.id,
        key=version.pathway.key,
        name=pathways[version.pathway.key].name or version.pathway.key,
        number=version.number,
        pathways=pathways,
        forms={key: forms.parse(definition) for key, definition in version.content["forms"].items()},
        sources=sources,
        plan=runner.load(version.specs, version.digest),
    )


def _keep_roles(db: Session, roles: list[dict[str, Any]]) -> None:
    """Take over the catalogue of roles as the folders have it; a role that someone holds is never dropped."""
    for given in roles:
        role = db.get(Role, given["key"]) or Role(key=given["key"])
        role.name, role.sees = given["name"], given["sees"]
        role.scope, role.leads, role.may, role.names = (
            given.get("scope", "agency"),
            given.get("leads", []),
            given.get("may", []),
            given.get("names", True),
        )
        db.add(role)
    db.flush()
