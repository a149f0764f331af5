"""Handing over a case to a colleague of the same agency, with what they must know."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import agencies, clock, facts, journal, notices, policy, vault
from engine.cases.running import Scene, grant, lock_case
from engine.errors import FieldProblem, Invalid, Refused
from engine.models import Case, CaseLane, Handover, User
from engine.reports.handing import Work, successors, works_of
from engine.words import N_

LONGEST = 10_000
# Seen from who gives the work away, the most frequent first. None says anything about a person's health or work.
REASONS = {
    "leave": N_("Away for a time: holiday, leave or training"),
    "worker_left": N_("Leaving the agency"),
    "transfer": N_("Changing to other work in the agency"),
    "workload": N_("The team shares out its cases anew"),
    "mentor_change": N_("A colleague fits the participant better"),
    "lead_change": N_("A colleague takes the lead in the case"),
}
NOBODY = N_("Choose a colleague of your agency who has this role, or leads it.")
TEXTS = ("promises", "works", "avoid", "open")


def hand_over(
    db: Session,
    user: User,
    case_id: uuid.UUID,
    *,
    to: uuid.UUID,
    reason: str,
    note: Mapping[str, Any],
    giver_id: uuid.UUID | None = None,
) -> Handover:
    """Pass what is the giver's in a case to a colleague of the same agency, with a note for them.

    The giver is `user`, or somebody whose role `user` leads. `note`: {"promises", "works", "avoid", "open": text,
    "introduced": bool}, what is missing is empty. What the colleague's role cannot do stays the giver's. Raises
    Invalid with every problem, Refused, NotFound.
    """
    case = lock_case(db, user, case_id)
    policy.check(user, "hand_over", case)
    giver = db.get(User, giver_id) if giver_id else user
    if giver is None:
        raise Refused(N_("You can hand over your own work, and that of a role that you lead."))
    work = works_of(db, [case], giver)[case.id].at(policy.handed_desks(user, giver.id))
    if not work.desks:
        raise Refused(N_("There is nothing in this case that you could hand over."))
    taker = next((one for one in successors(db, work.desks, giver.id) if one.id == to), None)
    kept = _checked(taker, reason, note)
    if taker is None:
        raise Invalid([FieldProblem("to", NOBODY)])
    # One hand-over stays inside one agency: the first at which the colleague can go on.
    work = work.at(work.desks & policy.fit_desks(taker))
    agency_id = sorted(work.desks, key=str)[0][0]
    work = work.at({desk for desk in work.desks if desk[0] == agency_id})
    found = _keep(db, user, case, giver, taker, agency_id, reason, kept)
    _pass_on(db, user, case, giver, taker, work)
    if taker.id != user.id:
        notices.tell(db, taker.id, "handed_over", case)
    # What a mentor's colleagues may know of them stays in their agency.
    own_cases_only = any(agencies.roles(db)[role].scope == "own" for _, role in work.desks)
    journal.note(
        db,
        user,
        "handed_over",
        found,
        case=case,
        agency_id=agency_id,
        audience="agency" if own_cases_only else "case",
        codes={
            "from": str(giver.id),
            "to": str(taker.id),
            "roles": sorted({role for _, role in work.desks}),
            "tasks": [str(task.id) for task in work.tasks],
        },
    )
    db.flush()
    return found


def hand_over_cases(
    db: Session,
    user: User,
    notes: Mapping[uuid.UUID, Mapping[str, Any]],
    *,
    to: uuid.UUID,
    reason: str,
    giver_id: uuid.UUID | None = None,
) -> list[Handover]:
    """The same for several cases at once, all or none: `notes` are by case. Raises Invalid, Refused, NotFound."""
    if not notes:
        raise Invalid([FieldProblem("cases", N_("Choose at least one case."))])
    # In the order in which everybody holds several cases, so that nobody waits for each other.
    in_order = db.scalars(
        policy.visible(user, Case)
        .with_only_columns(Case.id)
        .where(Case.id.in_(list(notes)))
        .order_by(Case.number)
    ).all()
    more = [case_id for case_id in notes if case_id not in in_order]
    return [
        hand_over(db, user, case_id, to=to, reason=reason, note=notes[case_id], giver_id=giver_id)
        for case_id in [*in_order, *more]
    ]


def name_users(db: Session, case: Case, named: Mapping[str, Any]) -> None:
    """Let the lanes of a case say who is named for their role: {role: user id as text, or None}."""
    if not named:
        return
    for lane in db.scalars(select(CaseLane).where(CaseLane.case_id == case.id, CaseLane.role.in_(named))):
        value = named[lane.role]
        lane.user_id = uuid.UUID(value) if isinstance(value, str) else None


# ---- the parts of the verb


def _checked(taker: User | None, reason: str, note: Mapping[str, Any]) -> dict[str, Any]:
    problems = []
    if taker is None:
        problems.append(FieldProblem("to", NOBODY))
    if reason not in REASONS:
        problems.append(FieldProblem("reason", N_("Choose why the work changes hands.")))
    kept = {key: str(note.get(key) or "").strip() for key in TEXTS}
    problems += [
        FieldProblem(key, N_("Shorten this to 10,000 characters."))
        for key, text in kept.items()
        if len(text) > LONGEST
    ]
    if problems:
        raise Invalid(problems)
    return {**kept, "introduced": bool(note.get("introduced"))}


def _keep(
    db: Session,
    user: User,
    case: Case,
    giver: User,
    taker: User,
    agency_id: uuid.UUID,
    reason: str,
    note: dict[str, Any],
) -> Handover:
    db.execute(
        update(Handover)
        .where(Handover.case_id == case.id, Handover.taker_id == giver.id, Handover.passed_on_at.is_(None))
        .values(passed_on_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    found = Handover(
        id=uuid.uuid4(),
        case_id=case.id,
        agency_id=agency_id,
        giver_id=giver.id,
        taker_id=taker.id,
        given_by=user.id,
        reason=reason,
        note=vault.seal(db, case.participant.key, "handovers.note", note),
        handed_at=clock.now(),
    )
    found.case = case
    db.add(found)
    db.flush()
    return found


def _pass_on(db: Session, user: User, case: Case, giver: User, taker: User, work: Work) -> None:
    """Tasks, names and the coordination become the taker's, who knows of the case through each of these desks."""
    for task in work.tasks:
        task.owner_id = taker.id
    said = facts.current(db, [case], [role for _, role in work.named])
    for _, role in work.named:
        facts.renew(db, case, said[case.id, role][0], str(taker.id), user=user)
        name_users(db, case, {role: str(taker.id)})
    if work.coordinates:
        case.coordinator_id = taker.id
    db.flush()
    scene = Scene.of(db, case)
    for agency_id, role in sorted(work.desks, key=str):
        grant(scene, agency_id, role, taker.id)
