"""The people cases are for, and their dates."""

import uuid
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import cases, clock, facts, journal, policy, vault
from engine.cases import EVENTS
from engine.errors import FieldProblem, Invalid
from engine.models import Case, Participant, User
from engine.words import N_

SURE = (N_("estimated"), N_("confirmed"))
LONGEST_NAME = 200
A_YEAR = timedelta(days=366)


def find_participant(db: Session, user: User, participant_id: uuid.UUID) -> Participant:
    """The participant, if the user may know of them. Raises NotFound."""
    return policy.find(db, user, Participant, participant_id)


def name_of(db: Session, participant: Participant) -> str:
    name: str = vault.unseal(db, participant.key, "participants.name", participant.name)
    return name


def details_of(db: Session, participant: Participant) -> dict[str, Any]:
    """What else was registered: {"born_on": ISO date or None, "number": text, "language": text, "phone": text}."""
    details: dict[str, Any] = vault.unseal(db, participant.key, "participants.details", participant.details)
    return details


def register(
    db: Session,
    user: User,
    *,
    name: str,
    born_on: date | None = None,
    number: str = "",
    language: str = "",
    phone: str = "",
) -> Participant:
    """Register a participant, once per own number in the agency. Raises Invalid with every problem."""
    policy.check(user, "register_participant")
    agency_id = next(m.agency_id for m in user.memberships if "register_participant" in m.as_role.may)
    problems = []
    name, number = " ".join(name.split()), number.strip()
    if not name:
        problems.append(FieldProblem("name", N_("Enter the participant's name.")))
    elif len(name) > LONGEST_NAME:
        problems.append(FieldProblem("name", N_("Shorten the name to 200 characters.")))
    if born_on and born_on >= clock.now().date():
        problems.append(FieldProblem("born_on", N_("The date of birth must lie in the past.")))
    journal.site(db)  # held, so that the same person is not registered twice at the same moment
    index = vault.of(db).index
    if number and db.scalar(
        select(Participant.id).where(
            Participant.number_index == index(number), Participant.agency_id == agency_id
        )
    ):
        sentence = N_(
            "A participant with this number is registered already. Find them and open the case there."
        )
        problems.append(FieldProblem("number", sentence))
    if problems:
        raise Invalid(problems)
    key = vault.new_key(db)
    db.flush()
    details = {
        "born_on": born_on.isoformat() if born_on else None,
        "number": number,
        "language": language.strip(),
        "phone": phone.strip(),
    }
    participant = Participant(
        id=uuid.uuid4(),
        key_id=key.id,
        agency_id=agency_id,
        name=vault.seal(db, key, "participants.name", name),
        details=vault.seal(db, key, "participants.details", details),
        name_index=index(name),
        number_index=index(number) if number else None,
        created_at=clock.now(),
    )
    participant.key = key
    db.add(participant)
    db.flush()
    journal.note(db, user, "registered", participant, agency_id=agency_id)
    return participant


def record_date(
    db: Session,
    user: User,
    participant_id: uuid.UUID,
    *,
    key: str,
    on: date | None,
    sure: str,
    source: str,
) -> Participant:
    """Record what somebody says about a date of a participant; every open case of theirs follows it at once.

    `on` None means that the date is not known any more. A day of release, or another release date, is also told to
    the cases that wait for that event, and begins the pathways that begin with it. Raises Invalid with every problem.
    """
    participant = find_participant(db, user, participant_id)
    policy.check(user, "record_date", participant)
    _check_date(participant, key=key, on=on, sure=sure, source=source)
    cases.hold_participant(db, participant.id)
    held = cases.open_cases(db, participant.id)
    agency_id = next((m.agency_id for m in user.memberships if "record_date" in m.as_role.may), None)
    said = facts.Said(key, on, sure, source.strip())
    changed = facts.say(db, participant, [said], user=user, agency_id=agency_id)
    db.flush()
    codes = {"key": key, "on": on.isoformat() if on else None, "sure": sure}
    if not held:
        journal.note(db, user, "recorded_date", participant, agency_id=agency_id, codes=codes)
    for case in held:
        journal.note(db, user, "recorded_date", participant, case=case, agency_id=agency_id, codes=codes)
        if changed:
            _follow_date(db, user, case, key)
    if changed and on and key in EVENTS:
        cases.begin_cases(db, participant.id, EVENTS[key], {})
    return participant


def _follow_date(db: Session, user: User, case: Case, key: str) -> None:
    # A paused case hears of it when it goes on; one that needs repair keeps it until then.
    if key in EVENTS and case.status not in ("paused", "closed"):
        cases.deliver(db, user, case, EVENTS[key])
    cases.replan(db, user, case)


def _check_date(participant: Participant, *, key: str, on: date | None, sure: str, source: str) -> None:
    today = clock.today(participant.agency.local_action.timezone)
    if problems := date_problems(today, key=key, on=on, sure=sure, source=source):
        raise Invalid(problems)


def date_problems(today: date, *, key: str, on: date | None, sure: str, source: str) -> list[FieldProblem]:
    """Everything for which a date cannot be recorded; `today` is where the participant was registered."""
    problems = []
    if key not in facts.DATES:
        problems.append(FieldProblem("key", N_("Choose which date this is.")))
    if sure not in SURE:
        problems.append(FieldProblem("sure", N_("Choose whether the date is estimated or confirmed.")))
    if not source.strip():
        problems.append(FieldProblem("source", N_("Enter who said this.")))
    if on and key in ("released_on", "received_on") and on > today:
        problems.append(FieldProblem("on", N_("This day cannot lie in the future.")))
    if on and key == "release_on" and on < today - A_YEAR:
        sentence = N_("This date lies more than a year back. Check the year.")
        problems.append(FieldProblem("on", sentence))
    if on and abs(on.year - today.year) > 60:
        problems.append(FieldProblem("on", N_("Check the year.")))
    return problems
