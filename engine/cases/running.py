"""Lets a case move on along its diagram, and writes down everything that follows from it."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session, lazyload

from engine import (
    agencies,
    clock,
    diagram,
    expressions,
    facts,
    journal,
    library,
    notices,
    parameters,
    policy,
    runner,
    schedule,
    vault,
    waiting,
)
from engine.cases import tables
from engine.errors import NotFound
from engine.models import Agency, Case, CaseAccess, CaseLane, Participant, Role, Task, User

# A step whose deadline had passed before it could even begin is due this many working days after it opened:
# a short notice is then visible as short time, not as somebody's lateness.
SHORTEST = 2
Advance = Callable[[runner.Plan, str, runner.Context], runner.Run]


def lock_case(db: Session, user: User, case_id: uuid.UUID) -> Case:
    """The case, held by this transaction until it ends: whoever else wants to change it waits. Raises NotFound."""
    case = db.scalar(
        policy.visible(user, Case)
        .where(Case.id == case_id)
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    )
    if case is None:
        raise NotFound(policy.UNKNOWN[Case])
    return case


def hold_participant(db: Session, participant_id: uuid.UUID) -> None:
    """Let nobody else say a date of this participant, or plan a case by their dates, until this transaction ends.

    Taken before any case is held: a date moves every case of a participant, and two who hold one case each and want
    the other's would wait for each other.
    """
    db.execute(select(Participant.id).where(Participant.id == participant_id).with_for_update(key_share=True))


def open_cases(db: Session, participant_id: uuid.UUID) -> list[Case]:
    """Every case of a participant that is not closed, held by this transaction, in one order for everybody."""
    return list(
        db.scalars(
            select(Case)
            .where(Case.participant_id == participant_id, Case.status != "closed")
            .order_by(Case.number)
            .with_for_update(of=Case)
        )
    )


# Written once: a statement that is written anew each time costs more than the database needs to answer it.
_LANES = (
    select(CaseLane.role, Agency, Role, CaseAccess)
    .join(CaseLane.agency)
    .outerjoin(Role, Role.key == CaseLane.role)
    .outerjoin(
        CaseAccess,
        and_(
            CaseAccess.case_id == CaseLane.case_id,
            CaseAccess.agency_id == CaseLane.agency_id,
            CaseAccess.role == CaseLane.role,
        ),
    )
    .where(CaseLane.case_id == bindparam("case"))
    .options(lazyload(CaseAccess.agency))
)


@dataclass
class Scene:
    """A case with everything that a move needs to know about it, read once, and only what it needs."""

    db: Session
    case: Case
    edition: library.Edition
    values: dict[str, Any]
    _access: dict[policy.Desk, dict[uuid.UUID | None, CaseAccess]] = field(default_factory=dict)

    @classmethod
    def of(cls, db: Session, case: Case) -> "Scene":
        edition = library.edition(db, case.version_id)
        # Who changes facts, dates or lanes writes them at once; what else is pending is written once, in the end.
        with db.no_autoflush:
            return cls(
                db=db,
                case=case,
                edition=edition,
                values={**edition.unasked, **facts.values(db, case)},
            )

    @cached_property
    def lanes(self) -> dict[str, Agency]:
        """Which agency does each role's steps; with them come their roles, and which of them know of the case."""
        lanes = {}
        for role, agency, _, access in self.db.execute(_LANES, {"case": self.case.id}):
            lanes[role] = agency
            known = self._access.setdefault((agency.id, role), {})
            if access is not None:
                known[access.user_id] = access
        return lanes

    @cached_property
    def calendar(self) -> schedule.Calendar:
        return agencies.calendar(self.db, self.case.local_action)

    def access(self, agency_id: uuid.UUID, role: str) -> dict[uuid.UUID | None, CaseAccess]:
        """Who at a desk knows of the case already: by user, where each has only own cases, else one row by None."""
        if (agency_id, role) not in self._access:
            rows = self.db.scalars(
                select(CaseAccess)
                .where(
                    CaseAccess.case_id == self.case.id,
                    CaseAccess.agency_id == agency_id,
                    CaseAccess.role == role,
                )
                .options(lazyload(CaseAccess.agency))
            )
            self._access[agency_id, role] = {row.user_id: row for row in rows}
        return self._access[agency_id, role]

    def agency_of(self, role: str) -> Agency:
        """Who does a role's steps in this case."""
        if role in self.lanes:
            return self.lanes[role]
        # A lane that nobody was bound to is still somebody's turn: the coordinator's, who can assign it on.
        return self.lanes.get("coordinator") or next(iter(self.lanes.values()))

    def anchor(self, name: str, opened_at: datetime) -> date | datetime | None:
        """The day or moment that a deadline counts from; None while nobody knows it."""
        return facts.anchor(self.values, name, opened_at, self.case.opened_at)

    def fires_at(self, anchor: str, offset: str, days: str, opened_at: datetime) -> datetime | None:
        """When an anchored timer fires: as its day begins, for people to find in the morning what it opens."""
        start = self.anchor(anchor, opened_at)
        return schedule.starts_at(start, self.filled(offset), days, self.calendar) if start else None

    def filled(self, offset: str) -> str:
        """An offset of the diagram with the numbers that the case's local action has chosen for its parameters."""
        return parameters.fill(offset, self.case.local_action.parameters)

    def context(self) -> runner.Context:
        return runner.Context(values=self.values, now=clock.now(), due=self.fires_at, zone=self.calendar.zone)


def move(db: Session, case: Case, user: User | None, advance: Advance) -> runner.Run:
    """Let the case go on by `advance`, and make tables, ledger, jobs, journal and notices follow the run."""
    scene = Scene.of(db, case)
    with db.no_autoflush:
        run = advance(scene.edition.plan, state_of(db, case), scene.context())
    follow(scene, user, run)
    return run


def state_of(db: Session, case: Case) -> str:
    return vault.unseal_bytes(db, case.participant.key, "cases.state", case.state).decode()


def follow(scene: Scene, user: User | None, run: runner.Run, planned: Iterable[Task] = ()) -> None:
    """Write down what a run has become; `planned` are open tasks whose due date is now another."""
    db, case = scene.db, scene.case
    case.state = vault.seal_bytes(db, case.participant.key, "cases.state", run.state.encode())
    case.moved_at = clock.now()
    with db.no_autoflush:
        _note_passed(scene, user, run)
        _withdraw(scene, user, [one.id for one in run.finished if one.how == "withdrawn"])
        opened = [_open_task(scene, one) for one in run.opened]
        if run.stuck:
            _stick(scene, user, run.stuck)
        elif run.ended:
            _end(scene, user, run.ended)
        elif case.status == "stuck":
            case.status, case.stuck = "open", None
            journal.note(db, user, "repaired", case=case, codes={})
    db.flush()
    _note_waits(scene, run, [*opened, *planned])
    for task in opened:
        if task.owner_id and task.owner_id != (user.id if user else None):
            notices.tell(db, task.owner_id, "task_for_you", case, task)


def _note_waits(scene: Scene, run: runner.Run, tasks: list[Task]) -> None:
    """Bring the ledger and the worker's job up to what the run waits for; `tasks` are those that are new or changed."""
    db, case = scene.db, scene.case
    finished = {one.id for one in run.finished}
    waited = [*map(_task_wait, tasks), *_event_waits(scene, run.waits)]
    if waiting.renew(db, case, [one for one in waited if one.run_id not in finished], ended=finished):
        asleep = case.status in ("paused", "stuck", "closed")
        waiting.wake_case(db, case, None if asleep else run.wake_at)


def refresh_waits(scene: Scene) -> None:
    """Bring the ledger up to the tasks that are open, when the run itself did not move."""
    tasks = _open_tasks(scene.db, scene.case)
    waiting.renew(scene.db, scene.case, map(_task_wait, tasks), kinds=("task",))


def replan(db: Session, user: User | None, case: Case) -> int:
    """Give every open step and timer of the case the due date that the dates of now lead to; how many moved."""
    if case.status == "closed":
        return 0
    planned = []
    scene = Scene.of(db, case)
    told: set[uuid.UUID] = set()
    for task in _open_tasks(db, case, kind="step"):
        before = task.due_at
        _plan(scene, task)
        if task.due_at == before:
            continue
        planned.append(task)
        journal.note(
            db,
            user,
            "due_moved",
            task,
            case=case,
            agency_id=task.agency_id,
            audience=task.audience,
            codes={"step": task.step, "from": _iso(before), "to": _iso(task.due_at)},
        )
        if task.owner_id and task.owner_id != (user.id if user else None):
            told.add(task.owner_id)
    for user_id in told:
        notices.tell(db, user_id, "dates_moved", case)
    if case.status not in ("paused", "stuck"):
        follow(scene, user, runner.wake(scene.edition.plan, state_of(db, case), scene.context()), planned)
    else:
        refresh_waits(scene)
    return len(planned)


def wake(db: Session, case: Case) -> None:
    """Let the timers of the case fire that are due now; of a paused case, say that its pause is over."""
    if case.status in ("open", "follow_up"):
        move(db, case, None, runner.wake)
    elif case.status == "paused" and case.paused_until and case.coordinator_id:
        notices.tell(db, case.coordinator_id, "pause_over", case)


# ---- what follows from a run


def _open_task(scene: Scene, one: runner.Open) -> Task:
    db, case = scene.db, scene.case
    node = scene.edition.node(one.pathway, one.step)
    role = node.role or "coordinator"
    agency = _agency_for(scene, role, one.item)
    audience = scene.edition.audience(node)
    task = Task(
        id=uuid.uuid4(),
        case_id=case.id,
        run_id=one.id,
        pathway=one.pathway,
        step=one.step,
        title=node.name or one.step,
        form=node.form,
        role=role,
        agency_id=agency.id,
        owner_id=owner_for(scene, role, agency),
        audience=audience,
        opened_at=one.opened_at,
        press_at=one.opened_at,
    )
    task.case, task.agency = case, agency
    _plan(scene, task)
    db.add(task)
    grant(scene, agency.id, role, task.owner_id)
    journal.note(
        db,
        None,
        "opened_step",
        task,
        case=case,
        agency_id=agency.id,
        audience=audience,
        codes={"step": one.step},
    )
    return task


def _plan(scene: Scene, task: Task) -> None:
    """Set when a task can begin, should begin at the latest, and is due."""
    node = scene.edition.node(task.pathway or "", task.step or "")
    start = scene.anchor(node.due_anchor, task.opened_at) if node.due_anchor else None
    if start is None or not node.due_offset:
        task.due_at, task.starts_at, task.press_at = None, None, task.opened_at + waiting.UNHURRIED
        return
    calendar = agencies.calendar(scene.db, scene.case.local_action, task.agency_id)
    due = schedule.due_at(start, scene.filled(node.due_offset), node.due_days, calendar)
    if due < task.opened_at:
        first_day = calendar.day_of(task.opened_at)
        due = calendar.end_of(calendar.add_working(first_day, SHORTEST))
    task.due_at = due
    begin, takes = scene.filled(node.start_offset or ""), scene.filled(node.takes or "")
    task.starts_at = schedule.starts_at(start, begin, node.due_days, calendar) if begin else None
    task.press_at = schedule.latest_start(due, takes, calendar, node.due_days) if takes else due


def _agency_for(scene: Scene, role: str, item: Any) -> Agency:
    """Who does a step: the agency that a multi-instance item names, else the one bound to the role's lane."""
    if isinstance(item, str):
        named = scene.db.scalar(
            select(Agency).where(Agency.key == item, Agency.local_action_id == scene.case.local_action_id)
        )
        if named is not None:
            return named
    return scene.agency_of(role)


def owner_for(scene: Scene, role: str, agency: Agency) -> uuid.UUID | None:
    """The person named for a role in this case or by the agency, else whoever must have it so that somebody has it.

    Named in a case is the answer to a question of kind user whose key is the role's. Who was named and can no longer
    do it is passed over. A task of a role that has only own cases is nobody's to take: where nobody leads the role,
    it goes to the agency's default owner.
    """
    for named in (scene.values.get(role), agency.role_owners.get(role)):
        user = _named(scene.db, named)
        if user is not None and (agency.id, role) in [*policy.desks(user), *policy.led_desks(user)]:
            return user.id
    as_role = agencies.find_role(scene.db, role)
    if as_role is None or as_role.scope != "own" or agencies.leaders(scene.db, agency.id, role):
        return None
    at_desk = agencies.users_at(scene.db, agency.id, role)
    return agency.default_owner_id or (at_desk[0].id if at_desk else None)


def _named(db: Session, named: Any) -> User | None:
    """Somebody active by their id as text."""
    if not isinstance(named, str):
        return None
    try:
        user = db.get(User, uuid.UUID(named))
    except ValueError:
        return None
    return user if user is not None and user.active else None


def grant(
    scene: Scene, agency_id: uuid.UUID, role: str, owner_id: uuid.UUID | None, at_most: int = policy.CONTENT
) -> None:
    """Let a desk know of the case from now on, as far as its role sees and `at_most` so far.

    A role that has only own cases knows through the user that a task was given to; without one, who leads it does.
    """
    as_role = agencies.find_role(scene.db, role)
    if as_role is None or as_role.sees not in policy.LEVELS:
        return
    user_id = owner_id if as_role.scope == "own" else None
    level = min(policy.LEVELS[as_role.sees], at_most)
    known = scene.access(agency_id, role)
    access = known.get(user_id)
    if access is not None and access.level >= level:
        return
    if access is None:
        access = CaseAccess(
            id=uuid.uuid4(),
            case_id=scene.case.id,
            agency_id=agency_id,
            role=role,
            user_id=user_id,
            since=clock.now(),
        )
        scene.db.add(access)
        known[user_id] = access
    access.level = level
    journal.note(
        scene.db,
        None,
        "let_know",
        access,
        case=scene.case,
        agency_id=agency_id,
        codes={"role": role, "level": level, "user": str(user_id) if user_id else None},
    )


def _withdraw(scene: Scene, user: User | None, run_ids: list[str]) -> None:
    if not run_ids:
        return
    db, case = scene.db, scene.case
    for task in db.scalars(
        select(Task).where(Task.case_id == case.id, Task.run_id.in_(run_ids), Task.status == "open")
    ):
        task.status, task.closed_at = "withdrawn", clock.now()
        if task.owner_id:
            notices.tell(db, task.owner_id, "withdrawn", case, task)
        journal.note(
            db,
            user,
            "withdrew_step",
            task,
            case=case,
            agency_id=task.agency_id,
            audience=task.audience,
            codes={"step": task.step},
        )


def _note_passed(scene: Scene, user: User | None, run: runner.Run) -> None:
    """Write down the ways taken, so that anybody can later ask why the case is where it is."""
    for one in run.passed:
        if one.found is not None:
            tables.note_found(scene, one, one.found)
        if not one.flow or not (one.kind.endswith("Gateway") or one.kind in diagram.ACTIVITIES):
            continue
        journal.note(
            scene.db,
            user,
            "passed",
            case=scene.case,
            audience=_way_audience(scene, one),
            codes={"kind": one.kind, "pathway": one.pathway, "step": one.step, "flow": one.flow},
        )


def _way_audience(scene: Scene, one: runner.Passed) -> str:
    """Who may know which way a gateway went: a way tells what its conditions read, so it has their audience."""
    pathway = scene.edition.pathways[one.pathway]
    conditions = [pathway.flows[flow].condition for flow in pathway.nodes[one.step].outgoing]
    read = {name for condition in conditions if condition for name in expressions.names(condition)}
    return scene.edition.audience_of(read)


def _stick(scene: Scene, user: User | None, stuck: runner.Stuck) -> None:
    case = scene.case
    told = {
        "code": stuck.code,
        "step": stuck.step,
        "pathway": stuck.pathway,
        "message": tables.told_of(scene.edition, stuck).kept(),
        "remedy": stuck.remedy,
    }
    if case.status == "stuck" and case.stuck == told:
        return  # still the same; who repairs it knows
    case.status, case.stuck = "stuck", told
    journal.note(
        scene.db,
        user,
        "stuck",
        case=case,
        codes={"code": stuck.code, "step": stuck.step, "pathway": stuck.pathway},
    )
    if case.coordinator_id:
        notices.tell(scene.db, case.coordinator_id, "stuck", case)


def _end(scene: Scene, user: User | None, ended: str) -> None:
    case = scene.case
    case.status, case.ended, case.closed_at, case.stuck = "closed", ended, clock.now(), None
    journal.note(scene.db, user, "closed", case=case, codes={"end": ended})


# ---- the ledger's lines


def _open_tasks(db: Session, case: Case, kind: str | None = None) -> list[Task]:
    query = select(Task).where(Task.case_id == case.id, Task.status == "open")
    return list(db.scalars(query.where(Task.kind == kind) if kind else query))


def _task_wait(task: Task) -> waiting.Waited:
    return waiting.Waited(
        run_id=task.run_id or str(task.id),
        kind="task",
        step=task.step,
        pathway=task.pathway,
        title=task.title,
        audience=task.audience,
        role=task.role,
        agency_id=task.agency_id,
        until=task.due_at,
        late_at=task.due_at or task.opened_at + waiting.UNHURRIED,
    )


def _event_waits(scene: Scene, waits: Iterable[runner.Wait]) -> Iterable[waiting.Waited]:
    for wait in waits:
        node = scene.edition.node(wait.pathway, wait.step)
        yield waiting.Waited(
            run_id=wait.id,
            kind=wait.kind,
            step=wait.step,
            pathway=wait.pathway,
            title=node.name or wait.name,
            # An event at a step tells that the step is there.
            audience=_audience_around(scene.edition, wait.pathway, node),
            role=None,
            agency_id=None,
            until=wait.due_at,
        )


def _audience_around(edition: library.Edition, pathway: str, node: diagram.Node) -> str:
    host = edition.node(pathway, node.attached_to) if node.attached_to else node
    return edition.audience(host)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
