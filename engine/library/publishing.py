"""Makes new versions: from the folders, and out to them again."""

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock, decisions, diagram, forms, journal, runner
from engine.config import ROOT
from engine.errors import Conflict, EngineError
from engine.library.comparing import compare
from engine.library.editions import read_alone, read_tables, tables_of
from engine.models import Pathway, Role, User, Version
from engine.problems import Problem
from engine.words import N_, say

WORKFLOWS, FORMS = ROOT / "workflows", ROOT / "forms"

Content = Mapping[str, Mapping[str, Any]]


class NotPublishable(EngineError):
    """A diagram or a form has errors; `problems` holds all of them by file name."""

    def __init__(self, problems: Mapping[str, list[Any]]) -> None:
        super().__init__(N_("Some diagrams or forms cannot be published yet."))
        self.problems = problems


def publish_folders(
    db: Session,
    user: User | None = None,
    workflows: Path = WORKFLOWS,
    form_folder: Path = FORMS,
    *,
    replace: bool = False,
) -> list[Version]:
    """Publish every pathway of the folders that differs from its current version; the new versions are returned.

    Raises NotPublishable with all problems of all files, and Conflict where editors have published something in the
    site that the folders do not have, unless they are to `replace` it; then nothing is published.
    """
    catalogue = diagram.Catalogue.beside(workflows / "any.bpmn")
    problems: dict[str, list[Any]] = _form_problems(form_folder, catalogue.roles if catalogue else None)
    sources = {path.stem: path.read_bytes() for path in sorted(workflows.glob("*.bpmn"))}
    tables = {path.stem: path.read_bytes() for path in sorted(workflows.glob("*.dmn"))}
    found = {f"{key}.bpmn": diagram.read(xml, catalogue, key).problems for key, xml in sources.items()}
    found |= {f"{key}.dmn": table_problems(key, xml, catalogue) for key, xml in tables.items()}
    for name, everything in found.items():
        wrong_here = [problem for problem in everything if problem.severity == "error"]
        if wrong_here:
            problems[name] = wrong_here
    if problems:
        raise NotPublishable(problems)
    _keep_roles(db, json.loads((workflows / "roles.json").read_text())["roles"])
    diagrams = {key: mended(xml.decode()) for key, xml in sources.items()}
    definitions = {path.stem: json.loads(path.read_text()) for path in sorted(form_folder.glob("*.json"))}
    files = {
        "diagrams": diagrams,
        "forms": definitions,
        "tables": {key: xml.decode() for key, xml in tables.items()},
    }
    return publish(db, user, files, replace=replace)


def publish(
    db: Session, user: User | None, files: Content, *, origin: str = "folders", replace: bool = True
) -> list[Version]:
    """A new version of each pathway in `files` that differs from its current one. The files have been checked.

    `files` is {"diagrams": {key: XML text}, "forms": {key: definition}, "tables": {key: XML text}}, everything that the
    diagrams refer to.
    """
    journal.site(db)
    known = {one.key: one for one in db.scalars(select(Pathway).where(Pathway.key.in_(files["diagrams"])))}
    contents = {key: content_of(key, files) for key in files["diagrams"]}
    differing = [
        key
        for key, content in contents.items()
        if key not in known
        or known[key].current_version is None
        or _current(known[key]).digest != digest_of(content)
    ]
    edited = [known[key] for key in differing if key in known and known[key].current_version]
    edited = [one for one in edited if _current(one).origin == "site"]
    if edited and not replace:
        raise Conflict(
            N_(
                "Editors published these pathways in the site, and the folders do not have it: {names}. "
                "Run “export” first; with --replace the folders win."
            ),
            {"names": ", ".join(one.name for one in edited)},
        )
    published = [_publish(db, user, key, known.get(key), contents[key], origin) for key in differing]
    inside = {name for key in files["diagrams"] for name in called(key, files["diagrams"])[1:]}
    for pathway in db.scalars(select(Pathway).where(Pathway.key.in_(files["diagrams"]))):
        pathway.opens = pathway.key not in inside
    return published


def export_folders(db: Session, workflows: Path = WORKFLOWS, form_folder: Path = FORMS) -> list[Path]:
    """Write the files of all current versions, and the roles, into the folders; those that changed are returned."""
    files = current_files(db)
    wanted = {workflows / f"{key}.bpmn": xml.encode() for key, xml in files["diagrams"].items()}
    wanted |= {workflows / f"{key}.dmn": xml.encode() for key, xml in files["tables"].items()}
    wanted |= {form_folder / f"{key}.json": form_text(form).encode() for key, form in files["forms"].items()}
    wanted[workflows / "roles.json"] = _roles_text(db, workflows / "roles.json").encode()
    written = []
    for path, content in wanted.items():
        if path.exists() and _says_the_same(path, content):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        written.append(path)
    return written


def role_names(db: Session) -> dict[str, str]:
    """The names of all roles by key."""
    return {role.key: role.name for role in db.scalars(select(Role).order_by(Role.key))}


def current_files(db: Session) -> dict[str, dict[str, Any]]:
    """Every file of the current versions: {"diagrams": {key: XML}, "forms": {key: definition}, "tables": {key: XML}}.

    A diagram is taken from its own pathway; what pathways share is the same in all of them.
    """
    found: dict[str, dict[str, Any]] = {"diagrams": {}, "forms": {}, "tables": {}}
    rows = db.execute(
        select(Pathway.key, Version.content).join(Version, Pathway.current_version_id == Version.id)
    ).all()
    for key, content in rows:
        found["diagrams"][key] = content["diagrams"][key]
        found["forms"] |= content["forms"]
        found["tables"] |= content.get("tables", {})
    return {kind: dict(sorted(held.items())) for kind, held in found.items()}


def mended(xml: str) -> str:
    """A diagram as it is published: with everything mended that the check tells as mended."""
    return diagram.mended(xml.encode()).decode()


def form_text(definition: Any) -> str:
    """A form as a file."""
    return json.dumps(definition, indent=2, ensure_ascii=False) + "\n"


def content_of(key: str, files: Content) -> dict[str, dict[str, Any]]:
    """What a version of pathway `key` holds: its diagram, those it calls, and the forms and tables of their steps."""
    needed = called(key, files["diagrams"])
    nodes = [
        node
        for name in needed
        for pathway in read_alone(files["diagrams"][name]).pathways
        for node in pathway.nodes.values()
    ]
    asked = sorted({node.form for node in nodes if node.form})
    decided = {node.decision for node in nodes if node.decision}
    tables = {
        name: xml
        for name, xml in sorted(files.get("tables", {}).items())
        if decided & read_tables(xml).decisions.keys()
    }
    content = {
        "diagrams": {name: files["diagrams"][name] for name in needed},
        "forms": {name: files["forms"][name] for name in asked if name in files["forms"]},
    }
    # Without tables it stays what it was before there were any, and so does its digest.
    return {**content, "tables": tables} if tables else content


def digest_of(content: Content) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def called(key: str, diagrams: Mapping[str, str]) -> list[str]:
    """`key` and every pathway that it calls, however deep, itself first; those that are not there are left out."""
    found, ahead = [key], [key]
    while ahead:
        for pathway in read_alone(diagrams[ahead.pop()]).pathways:
            for node in pathway.nodes.values():
                if node.calls and node.calls not in found and node.calls in diagrams:
                    found.append(node.calls)
                    ahead.append(node.calls)
    return found


def table_problems(key: str, xml: bytes, catalogue: diagram.Catalogue | None) -> tuple[Problem, ...]:
    """What is wrong with a file of decision tables beside everything else that is published."""
    kinds = catalogue.kinds if catalogue else None
    return decisions.read(xml, kinds, key, catalogue.taken(key) if catalogue else ()).problems


def form_problems(
    texts: Mapping[str, str | bytes], known: Iterable[str], roles: Collection[str] | None
) -> dict[str, list[forms.Problem]]:
    """What is wrong with some forms (key -> JSON), by key; `known` are all forms that there are."""
    found: dict[str, list[forms.Problem]] = {}
    for key, text in texts.items():
        wrong = forms.problems(text, roles)
        if not wrong:
            unknown = set(forms.parse(text).shows) - set(known)
            wrong = [
                forms.Problem("", say("It shows “{form}”, which is no form.", form=one))
                for one in sorted(unknown)
            ]
        if wrong:
            found[key] = wrong
    return found


def _form_problems(folder: Path, roles: Collection[str] | None) -> dict[str, list[Any]]:
    """What is wrong with the forms of a folder, by file name."""
    texts = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.json"))}
    return {f"{key}.json": list(wrong) for key, wrong in form_problems(texts, texts, roles).items()}


def _current(pathway: Pathway) -> Version:
    assert pathway.current_version is not None
    return pathway.current_version


def _publish(
    db: Session,
    user: User | None,
    key: str,
    pathway: Pathway | None,
    content: dict[str, dict[str, Any]],
    origin: str,
) -> Version:
    name = next(p.name for p in read_alone(content["diagrams"][key]).pathways if p.id == key) or key
    if pathway is None:
        pathway = Pathway(id=uuid.uuid4(), key=key, name=name)
        db.add(pathway)
        db.flush()
    before = pathway.current_version
    last = db.scalar(select(func.max(Version.number)).where(Version.pathway_id == pathway.id))
    digest = digest_of(content)
    version = Version(
        id=uuid.uuid4(),
        pathway_id=pathway.id,
        number=(last or 0) + 1,
        digest=digest,
        content=content,
        specs=runner.prepare(
            {one: xml.encode() for one, xml in content["diagrams"].items()},
            key,
            tables_of(content.get("tables", {})),
        ),
        published_at=clock.now(),
        published_by=user.id if user else None,
        origin=origin,
        differences=[one.words.kept() for one in compare(before.content, content, role_names(db))]
        if before
        else [],
    )
    db.add(version)
    db.flush()
    pathway.name, pathway.current_version_id = name, version.id
    pathway.current_version = version
    journal.note(
        db, user, "published", version, codes={"pathway": key, "number": version.number, "digest": digest}
    )
    return version


def _says_the_same(path: Path, content: bytes) -> bool:
    """Whether a file holds this already; a form may be laid out in another way."""
    held = path.read_bytes()
    if held == content or path.suffix != ".json":
        return held == content
    try:
        return bool(json.loads(held) == json.loads(content))
    except ValueError:
        return False


def _roles_text(db: Session, path: Path) -> str:
    """The catalogue of roles as a file: one a line, in the order of the file that is there, what is new last."""
    order = [one["key"] for one in json.loads(path.read_text())["roles"]] if path.exists() else []
    held = {role.key: role for role in db.scalars(select(Role).order_by(Role.key))}
    keys = [*(key for key in order if key in held), *(key for key in held if key not in order)]
    lines = [json.dumps(_told(held[key]), ensure_ascii=False) for key in keys]
    return '{\n  "roles": [\n    ' + ",\n    ".join(lines) + "\n  ]\n}\n"


def _told(role: Role) -> dict[str, Any]:
    """A role as `_keep_roles` reads it; what goes without saying is left out."""
    told: dict[str, Any] = {"key": role.key, "name": role.name, "sees": role.sees}
    if role.scope != "agency":
        told["scope"] = role.scope
    told |= {name: list(value) for name, value in (("leads", role.leads), ("may", role.may)) if value}
    return told if role.names else {**told, "names": False}


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
