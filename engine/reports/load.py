"""How many cases wait at each step of a diagram, and figures for those who may see no case."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock, library, policy
from engine.models import Case, LocalAction, Pathway, User, Version, Wait
from engine.reports.stalls import STATES, state_of

# Smaller figures are never told to who may not see the cases: so few people can be recognised.
LEAST = 5


@dataclass(frozen=True)
class StepLoad:
    """What waits at one step: how many cases, for how long in the middle (days), how many of them too long.

    `drawn` is false for a step that only an older version has.
    """

    step: str
    name: str
    role: str | None
    cases: int
    days: int
    late: int
    drawn: bool


@dataclass(frozen=True)
class DiagramLoad:
    """A diagram as it is now, with what waits in it; `others` are those in which something waits: [(key, name)]."""

    key: str
    name: str
    number: int
    steps: list[StepLoad]
    others: list[tuple[str, str]]


def diagram_load(db: Session, user: User, key: str | None) -> DiagramLoad:
    """What waits at the steps of the diagram `key`, of what the reader may know of; None: where most waits.

    Cases of older versions count at the steps that they share with it. Raises NotFound, Refused.
    """
    policy.check(user, "track_cases")
    now = clock.now()
    rows = db.execute(
        policy.visible(user, Wait)
        .join(Case, Case.id == Wait.case_id)
        .where(
            Wait.ended_at.is_(None),
            Wait.kind == "task",
            Wait.step.is_not(None),
            Case.id.in_(policy.case_ids(user, policy.HEADER)),
        )
        .with_only_columns(
            Wait.case_id,
            Wait.pathway,
            Wait.step,
            Wait.title,
            Wait.role,
            Wait.since,
            Wait.late_at,
            Case.status,
        )
    ).all()
    waiting: dict[str, int] = defaultdict(int)
    for row in rows:
        waiting[row.pathway] += 1
    names = {row.key: row.name for row in db.execute(select(Pathway.key, Pathway.name)).all()}
    key = key or max(waiting, key=lambda one: waiting[one], default=next(iter(sorted(names)), ""))
    version = library.current(db, key)
    drawn = library.edition(db, version.id).pathways[key]
    found: dict[str, list[tuple[uuid.UUID, int, bool]]] = defaultdict(list)
    about: dict[str, tuple[str, str | None]] = {}
    for row in rows:
        if row.pathway == key:
            late = row.status in ("open", "follow_up") and row.late_at is not None and row.late_at < now
            found[row.step].append((row.case_id, (now - row.since).days, late))
            about[row.step] = (row.title or row.step, row.role)
    order = {node: place for place, node in enumerate(drawn.nodes)}
    loads = [_load(step, *about[step], found[step], step in order) for step in found]
    return DiagramLoad(
        key=key,
        name=names[key],
        number=version.number,
        steps=sorted(loads, key=lambda one: order.get(one.step, len(order))),
        others=sorted(((one, names[one]) for one in waiting if one in names), key=lambda one: one[1]),
    )


def current_drawing(db: Session, user: User, key: str) -> str:
    """The XML of the diagram `key` as it is now, for who tracks cases. Raises NotFound, Refused."""
    policy.check(user, "track_cases")
    return library.edition(db, library.current(db, key).id).sources[key]


def _load(
    step: str, name: str, role: str | None, waits: list[tuple[uuid.UUID, int, bool]], drawn: bool
) -> StepLoad:
    return StepLoad(
        step=step,
        name=name,
        role=role,
        cases=len({case_id for case_id, _days, _late in waits}),
        days=round(median(days for _case_id, days, _late in waits)),
        late=len({case_id for case_id, _days, late in waits if late}),
        drawn=drawn,
    )


# ---- figures


@dataclass(frozen=True)
class Figures:
    """How many open cases of a local action are in which state, by pathway, and how many wait at which step.

    None stands for fewer than five, none included. There are no totals: from them a hidden figure could be worked
    out.
    """

    local_action: str
    by_pathway: list[tuple[str, Mapping[str, int | None]]]
    by_step: list[tuple[str, int]]


def figures(db: Session, user: User) -> list[Figures]:
    """The figures of the local actions in whose steering group the user is. Raises Refused."""
    policy.check(user, "see_figures")
    places = {
        m.agency.local_action.id: m.agency.local_action
        for m in user.memberships
        if "see_figures" in m.as_role.may
    }
    return [_figures(db, place) for place in sorted(places.values(), key=lambda one: one.name)]


def _figures(db: Session, place: LocalAction) -> Figures:
    # Of all cases, whoever may see them: what leaves here are only figures, and only large ones.
    open_tasks = (Wait.ended_at.is_(None), Wait.kind == "task")
    first = (
        select(Wait.case_id, func.min(Wait.late_at).label("late_at"))
        .where(*open_tasks)
        .group_by(Wait.case_id)
        .subquery()
    )
    state = state_of(first.c.late_at, clock.now())
    here = (Case.local_action_id == place.id, Case.status != "closed")
    states = db.execute(
        select(Pathway.name, state, func.count())
        .select_from(Case)
        .join(Version, Version.id == Case.version_id)
        .join(Pathway, Pathway.id == Version.pathway_id)
        .outerjoin(first, first.c.case_id == Case.id)
        .where(*here)
        .group_by(Pathway.name, state)
    ).all()
    steps = db.execute(
        select(Wait.title, func.count(Wait.case_id.distinct()))
        .join(Case, Case.id == Wait.case_id)
        .where(*open_tasks, *here, Wait.audience == "case", Wait.title.is_not(None))
        .group_by(Wait.title)
    ).all()
    return Figures(
        place.name,
        told(states),
        sorted(large((title or "", count) for title, count in steps), key=lambda one: -one[1]),
    )


def told(states: Iterable[tuple[str, str, int]]) -> list[tuple[str, Mapping[str, int | None]]]:
    """By pathway, the figure of each state that may be told."""
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    for pathway, state, count in states:
        counted[pathway][state] = count
    return [
        (pathway, {state: _least(found.get(state, 0)) for state in STATES})
        for pathway, found in sorted(counted.items())
    ]


def large(steps: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """The steps whose figure may be told."""
    return [(title, count) for title, count in steps if count >= LEAST]


def _least(count: int) -> int | None:
    return count if count >= LEAST else None
