"""Agencies and the people who work there: added, changed, given their desks, and let go so that nothing is stuck."""

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from engine import accounts, agencies, cases, clock, journal, policy
from engine.administration.standing import (
    UNKNOWN_USER,
    administrators,
    find_agency,
    find_place,
    find_user,
    works_elsewhere,
)
from engine.errors import FieldProblem, Invalid, NotFound, Refused
from engine.models import Agency, Case, CaseAccess, LocalAction, Membership, Role, Task, User
from engine.words import N_, say

LONGEST = 200
# As long as a letter with it may take; then it is asked for again.
ONE_TIME = timedelta(days=7)

ELSEWHERE = N_(
    "This person works in another local action too. Here only their roles in your agencies can be changed."
)
LAST_ADMINISTRATOR = N_("Somebody must administer this local action. Give the role to a colleague first.")


# ---- agencies


def add_agency(db: Session, user: User, place_key: str, *, name: str, phone: str = "") -> Agency:
    """A new agency of a local action. Raises Invalid with every problem."""
    place = find_place(db, user, place_key, held=True)
    policy.check(user, "add_agency", place)
    name, phone = _plain(name), _plain(phone)
    _refuse([*_agency_problems(db, place, name, None), *_phone_problems(phone)])
    found = Agency(
        id=uuid.uuid4(),
        key=_new_key(db, place, name),
        name=name,
        phone=phone or None,
        local_action_id=place.id,
    )
    db.add(found)
    db.flush()
    journal.note(db, user, "added_agency", found, agency_id=found.id, codes={"key": found.key})
    return found


def change_agency(
    db: Session,
    user: User,
    place_key: str,
    agency_id: uuid.UUID,
    *,
    name: str,
    phone: str = "",
    default_owner: uuid.UUID | None = None,
    role_owners: Mapping[str, uuid.UUID] | None = None,
    second_step: bool = False,
) -> Agency:
    """Another name, number, default owner, or who gets the new tasks of each role: active people of the agency.

    `role_owners` {role: user id} holds every role that somebody is named for; None leaves them. `second_step`: from
    the next click on, whoever works here and has none is led to set one up. Raises Invalid.
    """
    place = find_place(db, user, place_key, held=True)
    policy.check(user, "change_agency", place)
    agency = find_agency(db, place, agency_id)
    name, phone = _plain(name), _plain(phone)
    problems = [*_agency_problems(db, place, name, agency.id), *_phone_problems(phone)]
    if default_owner and default_owner not in {one.id for one in active_at(db, agency.id)}:
        problems.append(FieldProblem("default_owner", N_("Choose somebody who works in this agency.")))
    able = {role.key: {one.id for one in people} for role, people in desks_of(db, agency.id)}
    for role, owner in (role_owners or {}).items():
        if owner not in able.get(role, ()):
            problems.append(FieldProblem(f"owner_{role}", N_("Choose somebody who has this role here.")))
    _refuse(problems)
    agency.name, agency.phone, agency.default_owner_id = name, phone or None, default_owner
    agency.second_step = second_step
    if role_owners is not None:
        agency.role_owners = {role: str(owner) for role, owner in role_owners.items()}
    codes = {
        "default_owner": str(default_owner) if default_owner else None,
        "role_owners": dict(agency.role_owners),
        "second_step": second_step,
    }
    journal.note(db, user, "changed_agency", agency, agency_id=agency.id, codes=codes)
    return agency


def active_at(db: Session, agency_id: uuid.UUID) -> list[User]:
    """The active people of an agency, by name."""
    at = select(Membership.user_id).where(Membership.agency_id == agency_id)
    return list(db.scalars(select(User).where(User.id.in_(at), User.active).order_by(User.name)))


def desks_of(db: Session, agency_id: uuid.UUID) -> list[tuple[Role, list[User]]]:
    """The roles of an agency that do steps of cases, by name, each with its active people."""
    rows = db.execute(
        select(Role, User)
        .join(Membership, Membership.role == Role.key)
        .join(User, User.id == Membership.user_id)
        .where(Membership.agency_id == agency_id, User.active, Role.sees.in_(policy.LEVELS))
        .order_by(Role.name, User.name)
    )
    found: dict[str, tuple[Role, list[User]]] = {}
    for role, person in rows:
        found.setdefault(role.key, (role, []))[1].append(person)
    return list(found.values())


def _agency_problems(db: Session, place: LocalAction, name: str, own: uuid.UUID | None) -> list[FieldProblem]:
    if not name:
        return [FieldProblem("name", N_("Enter the agency's name."))]
    if len(name) > LONGEST:
        return [FieldProblem("name", N_("Shorten the name to 200 characters."))]
    same = db.scalars(
        select(Agency.id).where(Agency.local_action_id == place.id, func.lower(Agency.name) == name.lower())
    )
    if any(one != own for one in same):
        return [FieldProblem("name", N_("There is an agency of this name already. Choose another name."))]
    return []


def _new_key(db: Session, place: LocalAction, name: str) -> str:
    """A short name for forms and diagrams, which never changes, whatever the agency is called later."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    start = "-".join([place.key, *re.findall("[a-z0-9]+", plain)])[:60].strip("-")
    taken = set(db.scalars(select(Agency.key).where(Agency.key.startswith(start, autoescape=True))))
    return next(
        key for key in (start, *(f"{start}-{number}" for number in range(2, 10_000))) if key not in taken
    )


# ---- people


def add_user(
    db: Session,
    user: User,
    place_key: str,
    *,
    name: str,
    email: str,
    agency_id: uuid.UUID,
    role: str,
    phone: str = "",
) -> tuple[User, str]:
    """A new person at a first desk, and the one-time password with which they sign in. Raises Invalid."""
    place = find_place(db, user, place_key, held=True)
    policy.check(user, "add_user", place)
    agency = find_agency(db, place, agency_id)
    name, email, phone = _plain(name), _plain(email).lower(), _plain(phone)
    problems = [*_person_problems(db, name, email, None), *_phone_problems(phone)]
    if role not in agencies.roles(db):
        problems.append(FieldProblem("role", N_("Choose a role.")))
    _refuse(problems)
    password = new_password()
    found = User(
        id=uuid.uuid4(),
        email=email,
        name=name,
        phone=phone or None,
        password=agencies.hash_password(password),
        one_time_until=clock.now() + ONE_TIME,
        created_at=clock.now(),
    )
    db.add(found)
    db.flush()
    db.add(Membership(user_id=found.id, agency_id=agency.id, role=role))
    db.flush()
    journal.note(db, user, "added_user", found, agency_id=agency.id, codes={"role": role})
    return found, password


def change_user(
    db: Session,
    user: User,
    place_key: str,
    user_id: uuid.UUID,
    *,
    name: str,
    email: str,
    phone: str = "",
) -> User:
    """Another name, address or number; a new address signs the person out. Raises Invalid, Refused."""
    place, person = _hold(db, user, place_key, user_id)
    policy.check(user, "change_user", place)
    _refuse_elsewhere(person, place)
    name, email, phone = _plain(name), _plain(email).lower(), _plain(phone)
    _refuse([*_person_problems(db, name, email, person.id), *_phone_problems(phone)])
    changed = [
        key
        for key, value in (("name", name), ("email", email), ("phone", phone or None))
        if getattr(person, key) != value
    ]
    if "email" in changed:
        accounts.end_all(db, person)
    person.name, person.email, person.phone = name, email, phone or None
    journal.note(db, user, "changed_user", person, codes={"changed": changed})
    return person


def give_password(db: Session, user: User, place_key: str, user_id: uuid.UUID) -> tuple[User, str]:
    """A new one-time password for somebody who cannot sign in; the old one ends, and they are signed out."""
    place, person = _hold(db, user, place_key, user_id)
    policy.check(user, "give_password", place)
    _refuse_elsewhere(person, place)
    if person.id == user.id:
        raise Refused(N_("Change your own password on the page of your account."))
    if not person.active:
        raise Refused(N_("This person cannot sign in. Let them sign in again first."))
    password = new_password()
    person.password, person.one_time_until = agencies.hash_password(password), clock.now() + ONE_TIME
    accounts.end_all(db, person)
    journal.note(db, user, "gave_password", person)
    return person, password


def sign_out_user(db: Session, user: User, place_key: str, user_id: uuid.UUID) -> User:
    """Sign somebody out in every browser, when a device is lost or left open. They can sign in again."""
    place, person = _hold(db, user, place_key, user_id)
    policy.check(user, "sign_out_user", place)
    accounts.end_all(db, person)
    journal.note(db, user, "signed_out_user", person)
    return person


def reset_second_step(db: Session, user: User, place_key: str, user_id: uuid.UUID) -> User:
    """Take away somebody's second step, who has lost it: they are signed out and set up another. Raises Refused."""
    place, person = _hold(db, user, place_key, user_id)
    policy.check(user, "reset_second_step", place)
    _refuse_elsewhere(person, place)
    if person.id == user.id:
        raise Refused(N_("You cannot do this for yourself. Ask another administrator."))
    accounts.forget_codes(db, person)
    accounts.forget_passkeys(db, person)
    accounts.end_all(db, person)
    journal.note(db, user, "reset_second_step", person)
    return person


def let_in(db: Session, email: str) -> str:
    """A one-time password for an active person who lost every way to sign in; their second step goes, and they are out.

    For whoever runs the installation: where the last administrator is locked out, no page helps. Raises NotFound.
    """
    person = db.scalar(select(User).where(User.email == email.strip().lower(), User.active))
    if person is None:
        raise NotFound(UNKNOWN_USER)
    password = accounts.drawn(4)
    person.password, person.one_time_until = agencies.hash_password(password), clock.now() + ONE_TIME
    accounts.forget_codes(db, person)
    accounts.forget_passkeys(db, person)
    accounts.end_all(db, person)
    journal.note(db, None, "let_in", person)
    return password


def new_password() -> str:
    """Sixteen characters in four groups: nobody guesses it, and it can be read out."""
    return accounts.drawn(4)


def add_desk(
    db: Session, user: User, place_key: str, user_id: uuid.UUID, *, agency_id: uuid.UUID, role: str
) -> Membership:
    """Let somebody work in an agency as `role` as well, from the next page on. Raises Invalid, Refused."""
    place, person = _hold(db, user, place_key, user_id)
    policy.check(user, "add_desk", place)
    agency = find_agency(db, place, agency_id)
    if person.id == user.id:
        # Who administers sees no case: giving oneself a role that does needs a second person.
        raise Refused(N_("You cannot give yourself a role. Ask another administrator."))
    if role not in agencies.roles(db):
        _refuse([FieldProblem("role", N_("Choose a role."))])
    if any(m.agency_id == agency.id and m.role == role for m in person.memberships):
        _refuse([FieldProblem("role", N_("This person has that role in this agency already."))])
    found = Membership(id=uuid.uuid4(), user_id=person.id, agency_id=agency.id, role=role)
    db.add(found)
    db.flush()
    journal.note(db, user, "added_desk", person, agency_id=agency.id, codes={"role": role})
    return found


def leave_desk(db: Session, user: User, place_key: str, user_id: uuid.UUID, membership_id: uuid.UUID) -> User:
    """Somebody is no longer `role` in an agency; their open tasks there go back to the team. Raises Refused."""
    place, person = _hold(db, user, place_key, user_id)
    policy.check(user, "leave_desk", place)
    desk = next(
        (m for m in person.memberships if m.id == membership_id and m.agency.local_action_id == place.id),
        None,
    )
    if desk is None:
        return person  # gone already: another administrator was quicker
    if len(person.memberships) == 1:
        raise Refused(N_("This is their only role. Stop them from signing in instead."))
    _refuse_last(db, place, person, "administer" in desk.as_role.may)
    others = [m for m in person.memberships if m.id != desk.id]
    if desk.agency_id not in {m.agency_id for m in others}:
        _refuse_default_owner(db, person, [desk.agency_id])
    agency_id, role = desk.agency_id, desk.role
    person.memberships.remove(desk)
    db.delete(desk)
    db.execute(
        delete(CaseAccess).where(
            CaseAccess.user_id == person.id, CaseAccess.agency_id == agency_id, CaseAccess.role == role
        )
    )
    db.flush()
    at_desk = (Task.agency_id == agency_id) & (Task.role == role)
    _hand_back(db, user, select(Task).where(Task.owner_id == person.id, at_desk))
    journal.note(db, user, "left_desk", person, agency_id=agency_id, codes={"role": role})
    return person


def deactivate_user(db: Session, user: User, place_key: str, user_id: uuid.UUID) -> User:
    """Let somebody sign in no more, at once; what they had open goes back to their teams. Raises Refused."""
    place, person = _hold(db, user, place_key, user_id)
    policy.check(user, "deactivate_user", place)
    _refuse_elsewhere(person, place)
    _refuse_last(db, place, person, person.id in administrators(db, place))
    _refuse_default_owner(db, person, policy.agencies(person))
    person.active = False
    accounts.end_all(db, person)
    db.flush()
    _hand_back(db, user, select(Task).where(Task.owner_id == person.id))
    for case in cases.coordinated_by(db, person.id):
        cases.end_coordination(db, user, case)
    journal.note(db, user, "deactivated_user", person)
    return person


def activate_user(db: Session, user: User, place_key: str, user_id: uuid.UUID) -> User:
    """Let somebody sign in again, with the password and the roles that they had."""
    place, person = _hold(db, user, place_key, user_id)
    policy.check(user, "activate_user", place)
    _refuse_elsewhere(person, place)
    person.active = True
    journal.note(db, user, "activated_user", person)
    return person


def why_not_let_go(db: Session, place: LocalAction, person: User) -> str | None:
    """What has to be put right before somebody can be deactivated; None when nothing has."""
    try:
        _refuse_elsewhere(person, place)
        _refuse_last(db, place, person, person.id in administrators(db, place))
        _refuse_default_owner(db, person, policy.agencies(person))
    except Refused as no:
        return str(no)
    return None


# ---- the parts of these


def _hold(db: Session, user: User, place_key: str, user_id: uuid.UUID) -> tuple[LocalAction, User]:
    place = find_place(db, user, place_key, held=True)
    return place, find_user(db, place, user_id)


def _hand_back(db: Session, user: User, query: Select[Task]) -> None:
    """Give open tasks back to their teams, case by case in one order for everybody."""
    for case_id in db.scalars(
        query.with_only_columns(Task.case_id)
        .join(Case, Case.id == Task.case_id)
        .where(Task.status == "open")
        .distinct()
        .order_by(Task.case_id)
    ).all():
        case = db.scalars(select(Case).where(Case.id == case_id).with_for_update(of=Case)).one()
        held = query.where(Task.case_id == case.id, Task.status == "open")
        cases.hand_back(db, user, case, db.scalars(held).all())


def _refuse(problems: Iterable[FieldProblem]) -> None:
    if found := list(problems):
        raise Invalid(found)


def _refuse_elsewhere(person: User, place: LocalAction) -> None:
    if works_elsewhere(person, place):
        raise Refused(ELSEWHERE)


def _refuse_last(db: Session, place: LocalAction, person: User, administers: bool) -> None:
    if administers and administrators(db, place) == {person.id}:
        raise Refused(LAST_ADMINISTRATOR)


def _refuse_default_owner(db: Session, person: User, agency_ids: list[uuid.UUID]) -> None:
    owned = db.scalars(
        select(Agency.name)
        .where(Agency.default_owner_id == person.id, Agency.id.in_(agency_ids))
        .order_by(Agency.name)
    ).all()
    if owned:
        sentence = N_("This person is the default owner of {agencies}. Choose another one there first.")
        raise Refused(sentence, {"agencies": ", ".join(owned)})


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())


def _phone_problems(phone: str) -> list[FieldProblem]:
    if len(phone) > 60:
        return [FieldProblem("phone", N_("Shorten the telephone number to 60 characters."))]
    return []


def _person_problems(db: Session, name: str, email: str, own: uuid.UUID | None) -> list[FieldProblem]:
    problems = []
    if not name:
        problems.append(FieldProblem("name", N_("Enter the person's name.")))
    elif len(name) > LONGEST:
        problems.append(FieldProblem("name", N_("Shorten the name to 200 characters.")))
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", email) or len(email) > LONGEST:
        problems.append(FieldProblem("email", N_("Enter an e-mail address, such as name@agency.example.")))
    else:
        holder = db.scalar(select(User.id).where(User.email == email))
        if holder is not None and holder != own:
            sentence = say("Somebody with this e-mail address is a user already.")
            problems.append(FieldProblem("email", sentence))
    return problems
