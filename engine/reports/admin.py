"""What an administrator reads: people, agencies, days and parameters of a local action, and never a case.

Counts of tasks and cases are of the whole local action and come in words below five, so that they tell of no case.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import holidays
from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from engine import agencies, clock, library, parameters, vault
from engine.models import (
    Agency,
    Case,
    ClosedDay,
    LocalAction,
    Membership,
    ParameterChange,
    Pathway,
    Role,
    Task,
    User,
    Wait,
)
from engine.words import Sentence, say

AT_A_TIME = 30
FEW = 5


@dataclass(frozen=True)
class AgencyLine:
    """An agency with how many people can sign in there."""

    id: uuid.UUID
    name: str
    phone: str | None
    default_owner: str | None
    people: int


@dataclass(frozen=True)
class DeskLine:
    """A role of somebody in an agency of the local action."""

    id: uuid.UUID
    agency: str
    role: str


@dataclass(frozen=True)
class PersonLine:
    """Somebody in the list of people; `waits`: they have not yet chosen a password of their own."""

    id: uuid.UUID
    name: str
    email: str
    active: bool
    waits: bool
    desks: list[DeskLine]


@dataclass(frozen=True)
class PeoplePage:
    """A page of the list of people; `next` is what to ask the following one with, None on the last."""

    rows: list[PersonLine]
    next: str | None


@dataclass(frozen=True)
class PersonPage:
    """Somebody as an administrator sees them. `elsewhere`: they work in another local action too."""

    id: uuid.UUID
    name: str
    email: str
    phone: str | None
    active: bool
    one_time_until: datetime | None
    desks: list[DeskLine]
    elsewhere: bool
    open_tasks: Sentence
    coordinates: Sentence


@dataclass(frozen=True)
class FreeDay:
    """A public holiday."""

    on: date
    name: str


@dataclass(frozen=True)
class ClosedLine:
    """A closed day; `agency` None: closed everywhere in the local action."""

    id: uuid.UUID
    on: date
    name: str
    agency: str | None


@dataclass(frozen=True)
class CalendarPage:
    """What counts as free in a local action this year and next."""

    timezone: str
    country: str
    region: str | None
    holidays: list[FreeDay]
    closed: list[ClosedLine]


@dataclass(frozen=True)
class ParameterLine:
    """A parameter with its value here, and who changed it last; `pathways` are those that count with it."""

    about: parameters.Parameter
    value: int
    pathways: list[str]
    changed: "ChangeLine | None"

    @property
    def is_own(self) -> bool:
        return self.value != self.about.default


@dataclass(frozen=True)
class ChangeLine:
    """One change of a parameter; `value` None: put back to the default."""

    value: int | None
    by: str
    at: datetime
    reason: str


def agency_lines(db: Session, place: LocalAction) -> list[AgencyLine]:
    """The agencies of a local action, by name."""
    working = (
        select(func.count(func.distinct(Membership.user_id)))
        .join(User, User.id == Membership.user_id)
        .where(Membership.agency_id == Agency.id, User.active)
        .scalar_subquery()
    )
    rows = db.execute(
        select(Agency, working)
        .where(Agency.local_action_id == place.id)
        .options(joinedload(Agency.default_owner))
        .order_by(Agency.name)
    )
    return [
        AgencyLine(a.id, a.name, a.phone, a.default_owner.name if a.default_owner else None, count)
        for a, count in rows
    ]


def people_page(db: Session, place: LocalAction, *, text: str = "", after: str | None = None) -> PeoplePage:
    """The people of a local action by name, those whose name or address has `text` in it; the next from `after`."""
    query = _of_place(place).order_by(User.name, User.id).limit(AT_A_TIME + 1)
    if text:
        query = query.where(or_(*(one.icontains(text, autoescape=True) for one in (User.name, User.email))))
    last = _last(db, place, after)
    if last is not None:
        query = query.where(or_(User.name > last.name, (User.name == last.name) & (User.id > last.id)))
    rows = list(db.scalars(query))
    shown = [
        PersonLine(
            one.id, one.name, one.email, one.active, one.one_time_until is not None, _desks(one, place)
        )
        for one in rows[:AT_A_TIME]
    ]
    return PeoplePage(rows=shown, next=str(shown[-1].id) if len(rows) > AT_A_TIME else None)


def person_page(db: Session, place: LocalAction, person: User) -> PersonPage:
    """One person, with how much would be given back to their teams if they left."""
    owned = select(func.count()).select_from(Task).where(Task.owner_id == person.id, Task.status == "open")
    coordinated = (
        select(func.count())
        .select_from(Case)
        .where(Case.coordinator_id == person.id, Case.status != "closed")
    )
    return PersonPage(
        id=person.id,
        name=person.name,
        email=person.email,
        phone=person.phone,
        active=person.active,
        one_time_until=person.one_time_until,
        desks=_desks(person, place),
        elsewhere=any(m.agency.local_action_id != place.id for m in person.memberships),
        open_tasks=in_words(db.scalar(owned) or 0),
        coordinates=in_words(db.scalar(coordinated) or 0),
    )


def in_words(count: int) -> Sentence:
    """A count that tells of no single case."""
    return say("fewer than five") if count < FEW else say("{count}", count=count)


def role_lines(db: Session) -> list[Role]:
    """The catalogue of roles, in the order of their names."""
    return sorted(agencies.roles(db).values(), key=lambda role: role.name)


def calendar_page(db: Session, place: LocalAction) -> CalendarPage:
    """The public holidays of this year and next, and the closed days from this year on."""
    this_year = clock.today(place.timezone).year
    closed = db.execute(
        select(ClosedDay, Agency.name)
        .outerjoin(Agency, Agency.id == ClosedDay.agency_id)
        .where(ClosedDay.local_action_id == place.id, ClosedDay.on >= date(this_year, 1, 1))
        .order_by(ClosedDay.on, Agency.name)
    )
    return CalendarPage(
        timezone=place.timezone,
        country=place.country,
        region=place.region,
        holidays=[
            FreeDay(on, name)
            for year in (this_year, this_year + 1)
            for on, name in _holidays(place.country, place.region, year)
        ],
        closed=[ClosedLine(day.id, day.on, day.name, agency) for day, agency in closed],
    )


def parameter_lines(db: Session, place: LocalAction) -> list[ParameterLine]:
    """Every parameter with which a published pathway counts, in the order of a case's way; the others last."""
    used = _used(db)
    newest = (
        select(ParameterChange.key, func.max(ParameterChange.changed_at).label("at"))
        .where(ParameterChange.local_action_id == place.id)
        .group_by(ParameterChange.key)
        .subquery()
    )
    changes = {
        change.key: _change(db, change)
        for change in db.scalars(
            select(ParameterChange)
            .join(newest, (newest.c.key == ParameterChange.key) & (newest.c.at == ParameterChange.changed_at))
            .where(ParameterChange.local_action_id == place.id)
            .options(joinedload(ParameterChange.user), joinedload(ParameterChange.seal_key))
        )
    }
    lines = [
        ParameterLine(one, place.parameters.get(key, one.default), used.get(key, []), changes.get(key))
        for key, one in parameters.CATALOGUE.items()
    ]
    return sorted(lines, key=lambda line: not line.pathways)


def parameter_changes(db: Session, place: LocalAction, key: str) -> list[ChangeLine]:
    """Every change of one parameter, the newest first."""
    rows = db.scalars(
        select(ParameterChange)
        .where(ParameterChange.local_action_id == place.id, ParameterChange.key == key)
        .options(joinedload(ParameterChange.user), joinedload(ParameterChange.seal_key))
        .order_by(ParameterChange.changed_at.desc())
    )
    return [_change(db, row) for row in rows]


def would_follow(db: Session, place: LocalAction, key: str) -> Sentence:
    """In how many open cases of the local action something that waits now counts with a parameter, in words."""
    versions = db.scalars(
        select(Case.version_id).where(Case.local_action_id == place.id, Case.status != "closed").distinct()
    )
    there = [
        (Case.version_id == version_id) & (Wait.pathway == pathway) & (Wait.step.in_(steps))
        for version_id in versions
        for pathway, steps in _steps(library.edition(db, version_id), key).items()
    ]
    if not there:
        return in_words(0)
    count = db.scalar(
        select(func.count(func.distinct(Wait.case_id)))
        .join(Case, Case.id == Wait.case_id)
        .where(
            Case.local_action_id == place.id, Case.status != "closed", Wait.ended_at.is_(None), or_(*there)
        )
    )
    return in_words(count or 0)


# ---- the parts of these


def _of_place(place: LocalAction) -> Select[User]:
    here = exists().where(
        Membership.user_id == User.id,
        Membership.agency_id == Agency.id,
        Agency.local_action_id == place.id,
    )
    return select(User).where(here)


def _last(db: Session, place: LocalAction, after: str | None) -> User | None:
    try:
        user_id = uuid.UUID(after or "")
    except ValueError:
        return None
    found: User | None = db.scalar(_of_place(place).where(User.id == user_id))
    return found


def _desks(person: User, place: LocalAction) -> list[DeskLine]:
    here = [m for m in person.memberships if m.agency.local_action_id == place.id]
    lines = [DeskLine(m.id, m.agency.name, m.as_role.name) for m in here]
    return sorted(lines, key=lambda line: (line.agency, line.role))


def _change(db: Session, row: ParameterChange) -> ChangeLine:
    reason = vault.unseal(db, row.seal_key, "parameter_changes.reason", row.reason)
    return ChangeLine(row.value, row.user.name, row.changed_at, reason)


def _used(db: Session) -> dict[str, list[str]]:
    """For each parameter, the names of the published pathways whose steps or timers count with it."""
    found: dict[str, list[str]] = {}
    for pathway in db.scalars(
        select(Pathway).where(Pathway.current_version_id.is_not(None)).order_by(Pathway.name)
    ):
        if pathway.current_version_id is None:
            continue
        edition = library.edition(db, pathway.current_version_id)
        for key in parameters.CATALOGUE:
            if pathway.key in _steps(edition, key):
                found.setdefault(key, []).append(pathway.name)
    return found


def _steps(edition: library.Edition, key: str) -> dict[str, list[str]]:
    """The steps and timers of a version that count with a parameter, by pathway."""
    found: dict[str, list[str]] = {}
    for pathway in edition.pathways.values():
        for node in pathway.nodes.values():
            offsets = (node.due_offset, node.start_offset, node.takes, node.timer and node.timer.offset)
            if any(f"{{{key}}}" in text for text in offsets if text):
                found.setdefault(pathway.id, []).append(node.id)
    return found


@lru_cache(maxsize=64)
def _holidays(country: str, region: str | None, year: int) -> tuple[tuple[date, str], ...]:
    found = holidays.country_holidays(country, subdiv=region, years=year, expand=False)
    return tuple(sorted(found.items()))
