"""The calendar of a local action: where it lies, and the days on which it is closed beside the public holidays."""

import uuid
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import journal, policy, schedule, waiting
from engine.administration.standing import find_agency, find_place
from engine.errors import FieldProblem, Invalid
from engine.models import ClosedDay, LocalAction, User
from engine.words import N_

LONGEST_RANGE = 62
LONGEST_NAME = 200


def change_place(
    db: Session, user: User, place_key: str, *, timezone: str, country: str, region: str | None
) -> LocalAction:
    """Another time zone or other public holidays; open steps follow in the worker. Raises Invalid."""
    place = find_place(db, user, place_key, held=True)
    policy.check(user, "change_place", place)
    problems: list[FieldProblem] = []
    for field, given in (
        ("timezone", (timezone, None, None)),
        ("country", ("UTC", country, None)),
        ("region", ("UTC", country, region or None)),
    ):
        try:
            schedule.Calendar(*given)
        except ValueError as error:
            if field != "region" or not problems:
                problems.append(FieldProblem(field, str(error)))
    if problems:
        raise Invalid(problems)
    place.timezone, place.country, place.region = timezone, country, region or None
    _follow(db, place)
    codes = {"timezone": timezone, "country": country, "region": region or None}
    journal.note(db, user, "changed_place", place, codes=codes)
    return place


def add_closed_days(
    db: Session,
    user: User,
    place_key: str,
    *,
    first: date | None,
    last: date | None = None,
    name: str,
    agency_id: uuid.UUID | None = None,
) -> int:
    """Close the whole local action, or one agency, on the days from `first` to `last`; how many are new.

    Open steps follow in the worker. Raises Invalid with every problem.
    """
    place = find_place(db, user, place_key, held=True)
    policy.check(user, "add_closed_days", place)
    agency = find_agency(db, place, agency_id) if agency_id else None
    name, last = " ".join(name.split()), last or first
    problems = []
    if first is None or last is None:
        problems.append(FieldProblem("first", N_("Enter the day.")))
    elif last < first:
        problems.append(FieldProblem("last", N_("The last day cannot lie before the first.")))
    elif (last - first).days >= LONGEST_RANGE:
        problems.append(FieldProblem("last", N_("Enter at most two months at a time.")))
    if not name or len(name) > LONGEST_NAME:
        problems.append(FieldProblem("name", N_("Enter why it is closed, in up to 200 characters.")))
    if problems or first is None or last is None:
        raise Invalid(problems)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    known = set(
        db.scalars(
            select(ClosedDay.on).where(
                ClosedDay.local_action_id == place.id,
                ClosedDay.agency_id == (agency.id if agency else None),
                ClosedDay.on.in_(days),
            )
        )
    )
    new = [day for day in days if day not in known]
    db.add_all(
        ClosedDay(local_action_id=place.id, agency_id=agency.id if agency else None, on=day, name=name)
        for day in new
    )
    if new:
        _follow(db, place)
    codes = {"first": first.isoformat(), "last": last.isoformat(), "new": len(new)}
    journal.note(db, user, "added_closed_days", place, agency_id=agency_id, codes=codes)
    return len(new)


def remove_closed_day(db: Session, user: User, place_key: str, day_id: uuid.UUID) -> None:
    """Work on a closed day after all; open steps follow in the worker. A day that is gone already is no problem."""
    place = find_place(db, user, place_key, held=True)
    policy.check(user, "remove_closed_day", place)
    found = db.scalar(select(ClosedDay).where(ClosedDay.id == day_id, ClosedDay.local_action_id == place.id))
    if found is None:
        return
    codes = {"on": found.on.isoformat()}
    journal.note(db, user, "removed_closed_day", found, agency_id=found.agency_id, codes=codes)
    db.delete(found)
    _follow(db, place)


def _follow(db: Session, place: LocalAction) -> None:
    place.calendar_mark = uuid.uuid4()
    waiting.replan_place(db, place.id)
