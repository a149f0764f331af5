"""What could be handed over, to whom, and what was handed over before."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from engine import agencies, facts, library, policy, vault
from engine.errors import NotFound
from engine.models import Case, CaseLane, Handover, Task, User
from engine.policy import Desk
from engine.reports.lines import name_for, participant_name
from engine.reports.tasks import title_of
from engine.words import Sentence


@dataclass(frozen=True)
class Work:
    """What is somebody's in a case: open tasks, the roles for which they are named, where they coordinate it."""

    tasks: tuple[Task, ...]
    named: tuple[Desk, ...]
    coordinates: Desk | None

    @property
    def desks(self) -> set[Desk]:
        """Where the work is: (agency, role)."""
        found = {(task.agency_id, task.role) for task in self.tasks} | set(self.named)
        return found | ({self.coordinates} if self.coordinates else set())

    def at(self, desks: set[Desk]) -> "Work":
        """The part of it that is at these desks."""
        return Work(
            tasks=tuple(task for task in self.tasks if (task.agency_id, task.role) in desks),
            named=tuple(desk for desk in self.named if desk in desks),
            coordinates=self.coordinates if self.coordinates in desks else None,
        )


@dataclass(frozen=True)
class HandingCase:
    """A case with what is the giver's in it. `roles` are those of the work; `coordinates`: the giver leads the case."""

    id: uuid.UUID
    number: str
    participant: str
    pathway_name: str
    tasks: list[str | Sentence]
    roles: list[str]
    coordinates: bool


@dataclass(frozen=True)
class HandingPage:
    """Whose work could be handed over, and to whom: `successors` and `others` are {user id: name}.

    `others` are colleagues whose work the reader may hand over because the reader leads their role.
    """

    giver_id: uuid.UUID
    giver: str
    mine: bool
    cases: list[HandingCase]
    successors: dict[str, str]
    others: dict[str, str]


@dataclass(frozen=True)
class HandoverLine:
    """A hand-over with its note: texts are empty where nothing was said."""

    giver: str
    taker: str
    reason: str
    handed_at: datetime
    promises: str
    works: str
    avoid: str
    open: str
    introduced: bool
    agency: str


def handing_page(
    db: Session, user: User, *, giver_id: uuid.UUID | None = None, case_id: uuid.UUID | None = None
) -> HandingPage:
    """What `user` may hand over: the own work, or with `giver_id` that of somebody whose role `user` leads.

    With `case_id` in this case only. Raises NotFound for a case or person that the user may not know of so.
    """
    others = _others(db, user)
    giver = user if giver_id in (None, user.id) else others.get(giver_id) if giver_id else None
    if giver is None:
        raise NotFound("We cannot find that colleague.")
    found = [policy.find(db, user, Case, case_id)] if case_id else _cases_of(db, user, giver)
    allowed = policy.handed_desks(user, giver.id)
    works = {key: work.at(allowed) for key, work in works_of(db, found, giver).items()}
    kept = [case for case in found if works[case.id].desks]
    desks = {desk for case in kept for desk in works[case.id].desks}
    return HandingPage(
        giver_id=giver.id,
        giver=giver.name,
        mine=giver.id == user.id,
        cases=[_line(db, user, case, works[case.id]) for case in kept],
        successors={str(one.id): one.name for one in successors(db, desks, giver.id)},
        others={str(key): one.name for key, one in others.items()},
    )


def works_of(db: Session, cases: Sequence[Case], giver: User) -> dict[uuid.UUID, Work]:
    """Everything in each of `cases` that would be without its owner if `giver` were gone."""
    ids = [case.id for case in cases]
    tasks = db.scalars(
        select(Task)
        .where(Task.owner_id == giver.id, Task.status == "open", Task.case_id.in_(ids))
        .order_by(Task.press_at)
    ).all()
    lanes = {
        (lane.case_id, lane.role): lane.agency_id
        for lane in db.execute(
            select(CaseLane.case_id, CaseLane.role, CaseLane.agency_id).where(CaseLane.case_id.in_(ids))
        )
    }
    said = facts.current(db, cases, {role for _, role in lanes})
    coordinating = [desk for desk in policy.desks(giver) if desk[1] == "coordinator"]
    found = {}
    for case in cases:
        named = tuple(
            (lanes[case.id, key], key)
            for (where, key), (_, value) in said.items()
            if where == case.id and value == str(giver.id) and (case.id, key) in lanes
        )
        at_lane = [desk for desk in coordinating if desk[0] == lanes.get((case.id, "coordinator"))]
        coordinates = next(iter(at_lane or coordinating), None)
        found[case.id] = Work(
            tasks=tuple(task for task in tasks if task.case_id == case.id),
            named=named,
            coordinates=coordinates if case.coordinator_id == giver.id else None,
        )
    return found


def successors(db: Session, desks: set[Desk], giver_id: uuid.UUID) -> list[User]:
    """Active colleagues who have one of these roles in its agency, or lead it there, by name."""
    found = {
        user.id: user
        for agency_id, role in desks
        for user in [*agencies.users_at(db, agency_id, role), *agencies.leaders(db, agency_id, role)]
        if user.id != giver_id
    }
    return sorted(found.values(), key=lambda user: user.name)


def handovers_of(db: Session, user: User, case: Case, limit: int = 5) -> list[HandoverLine]:
    """The newest hand-overs of a case that the reader may read, newest first."""
    rows = db.scalars(
        policy.visible(user, Handover)
        .where(Handover.case_id == case.id)
        .options(joinedload(Handover.giver), joinedload(Handover.taker), joinedload(Handover.agency))
        .order_by(Handover.handed_at.desc())
        .limit(limit)
    )
    return [
        HandoverLine(
            giver=name_for(user, row.giver) or "",
            taker=name_for(user, row.taker) or "",
            reason=row.reason,
            handed_at=row.handed_at,
            agency=row.agency.name,
            **vault.unseal(db, case.participant.key, "handovers.note", row.note),
        )
        for row in rows
    ]


def _others(db: Session, user: User) -> dict[uuid.UUID, User]:
    """Who has work at a desk that `user` leads, whether they still work there or not."""
    led = policy.led_desks(user)
    if not led:
        return {}
    at_led = or_(*((Task.agency_id == agency_id) & (Task.role == role) for agency_id, role in led))
    at_lane = or_(*((CaseLane.agency_id == agency_id) & (CaseLane.role == role) for agency_id, role in led))
    found = db.scalars(
        select(User)
        .where(
            or_(
                User.id.in_(select(Task.owner_id).where(at_led, Task.status == "open")),
                User.id.in_(select(CaseLane.user_id).where(at_lane, CaseLane.user_id.is_not(None))),
            ),
            User.id != user.id,
        )
        .order_by(User.name)
    )
    return {one.id: one for one in found}


def _cases_of(db: Session, user: User, giver: User) -> list[Case]:
    """The cases in which something is the giver's, as far as the reader knows of them."""
    theirs = or_(
        Case.id.in_(select(Task.case_id).where(Task.owner_id == giver.id, Task.status == "open")),
        Case.id.in_(select(CaseLane.case_id).where(CaseLane.user_id == giver.id)),
        Case.coordinator_id == giver.id,
    )
    return list(
        db.scalars(policy.visible(user, Case).where(theirs, Case.status != "closed").order_by(Case.number))
    )


def _line(db: Session, user: User, case: Case, work: Work) -> HandingCase:
    names = agencies.roles(db)
    return HandingCase(
        id=case.id,
        number=case.number,
        participant=participant_name(db, user, case),
        pathway_name=library.edition(db, case.version_id).name,
        tasks=[title_of(task) for task in work.tasks],
        roles=sorted({names[role].name for _, role in work.desks if role in names}),
        coordinates=work.coordinates is not None,
    )
