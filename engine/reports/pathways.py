"""The pathways as their editors see them: lists, one pathway in words, what a change does.

How many cases run on a pathway is the only thing an editor learns of cases: a number from five on.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from engine import diagram, forms, library, policy
from engine.errors import NotFound
from engine.library import spelling
from engine.models import Case, Change, Pathway, User, Version
from engine.reports.charts import Chart, charts, read_forms
from engine.words import N_, Sentence, say

FEWEST = 5
VERSIONS_SHOWN = 20


@dataclass(frozen=True)
class PathwayRow:
    """A pathway in the list. `cases`: how many run on it, in words; `change`: "open", "handed_in" or None."""

    key: str
    name: str
    number: int
    published_at: datetime
    publisher: str | None
    opens: bool
    cases: Sentence
    change: str | None


@dataclass(frozen=True)
class VersionRow:
    number: int
    published_at: datetime
    publisher: str | None
    differences: list[Sentence]
    current: bool


@dataclass(frozen=True)
class PathwayPage:
    """One pathway. `stage`: the change that is being prepared is shown ("change") or what is published."""

    key: str
    name: str
    number: int | None
    opens: bool
    cases: Sentence
    versions: list[VersionRow]
    more_versions: bool
    charts: list[Chart]
    forms: list[forms.Form]
    tables: list[library.Grid]
    change: str | None
    may: Mapping[str, str | None]


@dataclass(frozen=True)
class ChangePage:
    """A change. `holding`: names of the other pathways that get a new version; `stale`: files published since."""

    id: uuid.UUID
    key: str
    name: str
    status: str
    seen: int
    files: list[str]
    changed_at: datetime
    changer: str
    presenter: str | None
    comment: str | None
    troubles: list[library.Trouble]
    differences: list[library.Difference]
    holding: list[str]
    stale: list[str]
    cases: Sentence
    charts: list[Chart]
    forms: list[forms.Form]
    tables: list[library.Grid]
    may: Mapping[str, str | None]


def pathway_list(db: Session, user: User) -> list[PathwayRow]:
    """Every published pathway, by name."""
    policy.check(user, "see_pathways")
    rows = db.scalars(
        select(Pathway)
        .where(Pathway.current_version_id.is_not(None))
        .options(joinedload(Pathway.current_version).joinedload(Version.publisher))
        .order_by(Pathway.name)
    )
    running = _running(db)
    changes: dict[str, str] = {
        row.pathway: row.status
        for row in db.execute(
            select(Change.pathway, Change.status).where(Change.status.in_(("open", "handed_in")))
        )
    }
    return [
        PathwayRow(
            key=one.key,
            name=one.name,
            number=one.current_version.number,
            published_at=one.current_version.published_at,
            publisher=one.current_version.publisher.name if one.current_version.publisher else None,
            opens=one.opens,
            cases=_count(running.get(one.id, 0)),
            change=changes.get(one.key),
        )
        for one in rows
        if one.current_version is not None
    ]


def new_pathways(db: Session, user: User) -> list[tuple[str, str]]:
    """Key and status of the changes that prepare a pathway which has not been published yet."""
    policy.check(user, "see_pathways")
    known = select(Pathway.key)
    rows = db.execute(
        select(Change.pathway, Change.status)
        .where(Change.status.in_(("open", "handed_in")), Change.pathway.not_in(known))
        .order_by(Change.pathway)
    )
    return [(row.pathway, row.status) for row in rows]


def pathway_page(db: Session, user: User, key: str, number: int | None = None) -> PathwayPage:
    """One pathway as version `number` says it, or the current one. Raises NotFound."""
    policy.check(user, "see_pathways")
    pathway = _pathway(db, key)
    shown = library.version_of(db, key, number) if number else pathway.current_version
    if shown is None:
        raise NotFound(N_("We cannot find that pathway."))
    rows = db.execute(
        select(Version.id, Version.number, Version.published_at, Version.differences, User.name)
        .outerjoin(User, User.id == Version.published_by)
        .where(Version.pathway_id == pathway.id)
        .order_by(Version.number.desc())
        .limit(VERSIONS_SHOWN + 1)
    ).all()
    change = library.prepared(db, key)
    return PathwayPage(
        key=key,
        name=pathway.name,
        number=shown.number,
        opens=pathway.opens,
        cases=_count(_running(db).get(pathway.id, 0)),
        versions=[
            VersionRow(
                number=row.number,
                published_at=row.published_at,
                publisher=row.name,
                differences=[Sentence.read(one) for one in row.differences],
                current=row.id == pathway.current_version_id,
            )
            for row in rows[:VERSIONS_SHOWN]
        ],
        more_versions=len(rows) > VERSIONS_SHOWN,
        charts=charts(shown.content, library.role_names(db)),
        forms=read_forms(shown.content),
        tables=_grids(shown.content),
        change=change.status if change else None,
        may=policy.why_not_each(user, ("save_change", "go_back"), change),
    )


def version_differences(db: Session, user: User, key: str, number: int) -> list[library.Difference]:
    """What an earlier version says otherwise than the current one."""
    policy.check(user, "see_pathways")
    current = library.current(db, key)
    old = library.version_of(db, key, number)
    return library.compare(current.content, old.content, library.role_names(db))


def change_page(db: Session, user: User, key: str) -> ChangePage:
    """The change that is being prepared for a pathway. Raises NotFound where there is none."""
    policy.check(user, "see_pathways")
    change = library.prepared(db, key)
    if change is None:
        raise NotFound(N_("No change of this pathway is being prepared."))
    roles = library.role_names(db)
    current = library.current_files(db)
    files = library.overlaid(current, change.files)
    content = library.content_of(key, files) if key in files["diagrams"] else {"diagrams": {}, "forms": {}}
    holding = library.affected(db, change)
    names = {row.key: row.name for row in db.execute(select(Pathway.key, Pathway.name))}
    return ChangePage(
        id=change.id,
        key=key,
        name=names.get(key) or _name(files, key),
        status=change.status,
        seen=change.moves,
        files=sorted(change.files),
        changed_at=change.changed_at,
        changer=change.changer.name,
        presenter=change.presenter.name if change.presenter else None,
        comment=change.comment,
        troubles=library.check(db, change),
        differences=library.compare(_touched(current, change.files), _touched(files, change.files), roles),
        holding=[names.get(one, one) for one in holding if one != key],
        stale=library.overtaken(current, change),
        cases=_count(sum(_running(db, holding).values())),
        charts=charts(content, roles),
        forms=read_forms(content),
        tables=_grids(content),
        may=policy.why_not_each(
            user, ("save_change", "hand_in", "send_back", "publish_change", "drop_change"), change
        ),
    )


@dataclass(frozen=True)
class StepPage:
    """A step as it is in the change, or as it is published. `roles`: the roles that the diagram's lanes name."""

    key: str
    chart: Chart
    said: diagram.Wording
    seen: int
    roles: dict[str, str]
    forms: dict[str, str]
    anchors: dict[str, Sentence]
    reason: str | None


def step_page(db: Session, user: User, key: str, chart: str, step: str) -> StepPage:
    """What one step says, and what can be chosen for it. Raises NotFound."""
    policy.check(user, "see_pathways")
    change = library.prepared(db, key)
    roles = library.role_names(db)
    files = library.overlaid(library.current_files(db), change.files if change else {})
    source = files["diagrams"].get(chart, "")
    said = library.wording_of(source, step, roles)
    known = {form.key: form.title for form in read_forms(files)}
    (pathway,) = library.read_alone(source).pathways
    words = diagram.lane_words(source.encode(), step)
    lanes = {
        role: name for role, name in roles.items() if role in words or name in words or role == said.role
    }
    return StepPage(
        key=key,
        chart=Chart(chart, pathway.name, pathway.documentation, []),
        said=said,
        seen=change.moves if change else 0,
        roles=lanes,
        forms=known,
        anchors=_anchors(files, said.due_anchor),
        reason=policy.why_not(user, "save_change", change),
    )


def pathway_file(db: Session, user: User, key: str, path: str, *, changed: bool) -> str:
    """The text of a file ("diagrams/<key>", "forms/<key>", "tables/<key>") of a pathway. Raises NotFound."""
    policy.check(user, "see_pathways")
    change = library.prepared(db, key) if changed else None
    if change is not None and path in change.files:
        text: str = change.files[path]
        return text
    kind, _, name = path.partition("/")
    held = library.current_files(db).get(kind, {}).get(name)
    if held is None:
        raise NotFound(N_("We cannot find that file."))
    return library.form_text(held) if kind == "forms" else held


def form_preview(db: Session, user: User, key: str, form: str, *, changed: bool) -> forms.Form:
    """A form as staff see it. Raises NotFound, also where it cannot be read."""
    found = library.parse_form(pathway_file(db, user, key, f"forms/{form}", changed=changed))
    if found is None:
        raise NotFound(N_("This form has errors, so it cannot be shown. See what is wrong with it first."))
    return found


# ---- what the pages share


def _pathway(db: Session, key: str) -> Pathway:
    found = db.scalar(select(Pathway).where(Pathway.key == key))
    if found is None:
        raise NotFound(N_("We cannot find that pathway."))
    return found


def _running(db: Session, keys: list[str] | None = None) -> dict[uuid.UUID, int]:
    """How many cases run on each pathway: a number of cases nobody can be known by, if it is not small."""
    counted = (
        select(Version.pathway_id, func.count())
        .join(Case, Case.version_id == Version.id)
        .where(Case.status.in_(("open", "paused", "stuck", "follow_up")))
        .group_by(Version.pathway_id)
    )
    if keys is not None:
        counted = counted.join(Pathway, Pathway.id == Version.pathway_id).where(Pathway.key.in_(keys))
    return {row[0]: row[1] for row in db.execute(counted)}


def _count(number: int) -> Sentence:
    if number == 0:
        return say(N_("none"))
    return say(N_("fewer than five")) if number < FEWEST else say("{number}", number=number)


def _touched(files: Mapping[str, Mapping[str, Any]], paths: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Only the files of a change; the other forms are there for their words."""
    found: dict[str, dict[str, Any]] = {"diagrams": {}, "forms": dict(files["forms"]), "tables": {}}
    for path in paths:
        kind, _, key = path.partition("/")
        if key in files.get(kind, {}):
            found[kind][key] = files[kind][key]
    return found


def _name(files: Mapping[str, Mapping[str, Any]], key: str) -> str:
    read = library.read_alone(files["diagrams"].get(key, "")).pathways
    return read[0].name if read and read[0].name else key


def _grids(content: Mapping[str, Mapping[str, Any]]) -> list[library.Grid]:
    return library.grids(content.get("tables", {}), spelling.questions(read_forms(content)))


def _anchors(files: Mapping[str, Mapping[str, Any]], own: str | None) -> dict[str, Sentence]:
    """What a deadline can count from: the dates everybody knows, and the days that forms ask for."""
    asked = spelling.questions(read_forms(files))
    dated = [
        key for key, question in asked.items() if question.kind in ("date", "datetime") and not question.date
    ]
    found = [*diagram.ANCHORS, *sorted(dated), *([own] if own else [])]
    return {key: spelling.anchor_words(key, asked) for key in found}
