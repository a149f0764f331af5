"""Agencies, their users, roles and calendars."""

import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import clock, forms, journal, policy, schedule
from engine.errors import FieldProblem, Invalid
from engine.models import Agency, Case, ClosedDay, LocalAction, Membership, Role, User
from engine.words import N_, say

CALENDARS_KEPT = 200
_calendars: dict[Any, schedule.Calendar] = {}

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1024


def calendar(db: Session, local_action: LocalAction, agency_id: uuid.UUID | None = None) -> schedule.Calendar:
    """The working days of a local action, or of one agency in it, kept until its closed days change."""
    place = (local_action.timezone, local_action.country, local_action.region)
    known = (local_action.id, local_action.calendar_mark, place, agency_id)
    if known not in _calendars:
        if len(_calendars) >= CALENDARS_KEPT:
            _calendars.clear()
        closed = select(ClosedDay.on).where(
            ClosedDay.local_action_id == local_action.id,
            or_(ClosedDay.agency_id.is_(None), ClosedDay.agency_id == agency_id),
        )
        _calendars[known] = schedule.Calendar(*place, closed=frozenset(db.scalars(closed)))
    return _calendars[known]


def roles(db: Session) -> dict[str, Role]:
    """Every role by its key, kept for the length of the session."""
    kept: dict[str, Role] | None = db.info.get("roles")
    if kept is None:
        kept = db.info["roles"] = {role.key: role for role in db.scalars(select(Role))}
    return kept


def find_role(db: Session, key: str) -> Role | None:
    """One role; asked for only where this session has not met it yet."""
    return db.get(Role, key)


def add_local_action(
    db: Session, *, key: str, name: str, country: str, region: str | None, timezone: str
) -> LocalAction:
    found = LocalAction(
        id=uuid.uuid4(), key=key, name=name, country=country, region=region, timezone=timezone
    )
    db.add(found)
    journal.note(db, None, "added_local_action", found, codes={"key": key})
    return found


def find_local_action(db: Session, key: str) -> LocalAction | None:
    return db.scalar(select(LocalAction).where(LocalAction.key == key))


def add_agency(
    db: Session, local_action: LocalAction, *, key: str, name: str, phone: str | None = None
) -> Agency:
    found = Agency(id=uuid.uuid4(), key=key, name=name, local_action_id=local_action.id, phone=phone)
    found.local_action = local_action
    db.add(found)
    journal.note(db, None, "added_agency", found, codes={"key": key})
    return found


def add_user(
    db: Session,
    *,
    email: str,
    name: str,
    password: str | None,
    desks: Iterable[tuple[Agency, str]],
    phone: str | None = None,
) -> User:
    """A new user who works at `desks` (agency, role). Of the password only an argon2id hash is kept."""
    found = User(
        id=uuid.uuid4(),
        email=email.lower(),
        name=name,
        phone=phone,
        password=hash_password(password),
        created_at=clock.now(),
    )
    db.add(found)
    db.flush()
    for agency, role in desks:
        db.add(Membership(user_id=found.id, agency_id=agency.id, role=role))
    db.flush()
    journal.note(db, None, "added_user", found)
    return found


def hash_password(password: str | None) -> str | None:
    """An argon2id hash with the library's defaults (RFC 9106), as the sign-in page checks it; None: cannot sign in."""
    # One way to write each character: the same password typed on another keyboard is the same password.
    return PasswordHasher().hash(unicodedata.normalize("NFKD", password)) if password else None


def is_password(user: User, password: str) -> bool:
    """Whether this is the user's password."""
    try:
        PasswordHasher().verify(
            user.password or "", unicodedata.normalize("NFKD", password[:LONGEST_PASSWORD])
        )
    except (VerificationError, InvalidHashError):
        return False
    return True


def add_named_user(db: Session, *, email: str, name: str, password: str, desks: Iterable[str]) -> User:
    """A new user at desks given as "agency key/role key". Raises Invalid with every problem."""
    problems = []
    if "@" not in email:
        problems.append(FieldProblem("email", N_("Enter an e-mail address.")))
    elif db.scalar(select(User.id).where(User.email == email.lower())):
        problems.append(FieldProblem("email", N_("Somebody with this e-mail address is a user already.")))
    if len(password) < SHORTEST_PASSWORD:
        problems.append(FieldProblem("password", N_("Enter a password of at least 12 characters.")))
    found: list[tuple[Agency, str]] = []
    for desk in desks:
        agency_key, _, role = desk.partition("/")
        agency = db.scalar(select(Agency).where(Agency.key == agency_key))
        if agency is None or role not in roles(db):
            problems.append(FieldProblem("desks", say("There is no agency and role “{desk}”.", desk=desk)))
        else:
            found.append((agency, role))
    if problems:
        raise Invalid(problems)
    return add_user(db, email=email, name=name, password=password, desks=found)


def users_at(db: Session, agency_id: uuid.UUID, role: str) -> list[User]:
    """The active users who are `role` in an agency, by name."""
    return list(
        db.scalars(
            select(User)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.agency_id == agency_id, Membership.role == role, User.active)
            .order_by(User.name)
        )
    )


def users_who_may(db: Session, verb: str) -> list[User]:
    """The active users of whom some role carries `verb`, by name."""
    carrying = [key for key, one in roles(db).items() if verb in one.may]
    return list(
        db.scalars(
            select(User)
            .where(User.active, User.memberships.any(Membership.role.in_(carrying)))
            .order_by(User.name)
        )
    )


def leaders(db: Session, agency_id: uuid.UUID, role: str) -> list[User]:
    """The active users of an agency who lead `role`: they see its tasks and hand them out."""
    leading = [key for key, one in roles(db).items() if role in one.leads]
    return list(
        db.scalars(
            select(User)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.agency_id == agency_id, Membership.role.in_(leading), User.active)
            .distinct()
            .order_by(User.name)
        )
    )


def takers(db: Session, agency_id: uuid.UUID, role: str) -> list[User]:
    """Who can take on what comes to a desk that nobody is named for; nobody, where nobody could even see it."""
    as_role = roles(db).get(role)
    if as_role is None or as_role.sees not in policy.LEVELS:
        return []
    return users_at(db, agency_id, role) if as_role.scope == "agency" else leaders(db, agency_id, role)


def colleagues(db: Session, user: User) -> list[User]:
    """The active users of the agencies where `user` works, by name."""
    return list(
        db.scalars(
            select(User)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.agency_id.in_(policy.agencies(user)), User.active)
            .distinct()
            .order_by(User.name)
        )
    )


@dataclass(frozen=True)
class Colleague:
    """Somebody at a desk; `by_name`: everyone in the case may read the name."""

    user_id: uuid.UUID
    name: str
    agency_id: uuid.UUID
    agency: str
    by_name: bool
    role: str


def people(db: Session, local_action_id: uuid.UUID) -> list[Colleague]:
    """Every active user of a local action, by name, once for each desk."""
    rows = db.execute(
        select(User.id, User.name, Agency.id, Agency.name, Role.scope == "agency", Role.key)
        .join(Membership, Membership.user_id == User.id)
        .join(Role, Role.key == Membership.role)
        .join(Agency, Agency.id == Membership.agency_id)
        .where(Agency.local_action_id == local_action_id, User.active)
        .order_by(User.name, Agency.name, Role.key)
    )
    return [Colleague(*row) for row in rows]


def options_for(
    db: Session, case: Case, *, asked: forms.Form | None = None, reader: User | None = None
) -> dict[str, dict[str, str]]:
    """What questions for an agency or a user may be answered with in a case, kept for the length of the session.

    With a form and its `reader`: only for the kinds that are `asked`, and only people whose name the reader may read;
    and for questions about somebody with a role, those who have it, by `Question.chosen_from`.
    """
    kinds = {"agency", "user"}
    if asked is not None:
        kinds &= {question.kind for question in asked.questions}
    kept: dict[tuple[str, uuid.UUID], Any] = db.info.setdefault("options", {})
    found = {}
    if "agency" in kinds:
        if ("agency", case.local_action_id) not in kept:
            kept["agency", case.local_action_id] = of_case(db, case)
        found["agency"] = {agency.key: agency.name for agency in kept["agency", case.local_action_id]}
    if "user" in kinds:
        if ("user", case.local_action_id) not in kept:
            kept["user", case.local_action_id] = people(db, case.local_action_id)
        own = set(policy.agencies(reader)) if reader is not None else None
        people_here = [
            one
            for one in kept["user", case.local_action_id]
            if own is None or one.by_name or one.agency_id in own
        ]
        found["user"] = _by_id(people_here)
        for question in asked.questions if asked else ():
            if question.role:
                found[question.chosen_from] = _by_id(
                    [one for one in people_here if one.role == question.role]
                )
    return found


def _by_id(people: Iterable[Colleague]) -> dict[str, str]:
    return {str(one.user_id): f"{one.name} ({one.agency})" for one in people}


def with_role(db: Session, local_action_id: uuid.UUID, role: str) -> list[Agency]:
    """The agencies of a local action where somebody has `role`."""
    return list(
        db.scalars(
            select(Agency)
            .where(
                Agency.local_action_id == local_action_id,
                Agency.id.in_(select(Membership.agency_id).where(Membership.role == role)),
            )
            .order_by(Agency.name)
        )
    )


def choose_language(db: Session, user: User, language: str) -> None:
    """Show the site to `user` in this language from now on."""
    user.language = language
    journal.note(db, user, "chose_language", user, codes={"language": language})


def hide_names(db: Session, user: User, *, hidden: bool) -> None:
    """Show or hide participants' names in the user's lists, for work where others can see the screen."""
    user.hides_names = hidden
    journal.note(db, user, "hid_names" if hidden else "showed_names", user)


def of_case(db: Session, case: Case) -> list[Agency]:
    """The agencies that a case's local action has, by name: whom a colleague can be asked in."""
    return list(
        db.scalars(select(Agency).where(Agency.local_action_id == case.local_action_id).order_by(Agency.name))
    )


def askable(db: Session, local_action_id: uuid.UUID) -> list[tuple[Agency, Role]]:
    """The desks of a local action at which somebody could take on what is asked of them, as `takers` says it."""
    rows = db.execute(
        select(Agency, Membership.role)
        .join(Membership, Membership.agency_id == Agency.id)
        .join(User, User.id == Membership.user_id)
        .where(Agency.local_action_id == local_action_id, User.active)
        .distinct()
        .order_by(Agency.name, Membership.role)
    ).all()
    known = roles(db)
    held = {(agency.id, role) for agency, role in rows}
    found = []
    for agency, key in rows:
        role = known[key]
        led = any((agency.id, other.key) in held for other in known.values() if key in other.leads)
        if role.sees in policy.LEVELS and (role.scope == "agency" or led):
            found.append((agency, role))
    return found
