"""What a user is: where they work, which roles they lead, whom they may name."""

import uuid

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import object_session
from sqlalchemy.orm.attributes import set_committed_value

from engine.models import Membership, User

NOTHING, EXISTS, HEADER, CONTENT = 0, 1, 2, 3
LEVELS = {"exists": EXISTS, "header": HEADER, "content": CONTENT}

Desk = tuple[uuid.UUID, str]


def desks(user: User) -> list[Desk]:
    """Where the user works: (agency, role)."""
    return [(m.agency_id, m.role) for m in user.memberships]


def led_desks(user: User) -> list[Desk]:
    """Desks of the same agency whose tasks the user may see and hand out."""
    return [(m.agency_id, role) for m in user.memberships for role in m.as_role.leads]


def team_desks(user: User) -> list[Desk]:
    """The user's desks whose cases are everybody's there; at the others each has only their own."""
    return [(m.agency_id, m.role) for m in user.memberships if m.as_role.scope == "agency"]


def agencies(user: User) -> list[uuid.UUID]:
    return [m.agency_id for m in user.memberships]


def may(user: User, verb: str) -> bool:
    """Whether one of the user's roles carries `verb` at all."""
    return any(verb in m.as_role.may for m in user.memberships)


def works_on_cases(user: User) -> bool:
    """Whether some role of the user sees anything of a case at all."""
    return any(m.as_role.sees in LEVELS for m in user.memberships)


def needs_second_step(user: User) -> bool:
    """Whether an agency of the user asks for more than a password."""
    return any(m.agency.second_step for m in user.memberships)


def administered(user: User) -> list[uuid.UUID]:
    """The local actions that `user` administers: those of the agencies where they are administrator."""
    return list(
        dict.fromkeys(m.agency.local_action_id for m in user.memberships if "administer" in m.as_role.may)
    )


def may_name(reader: User, person: User) -> bool:
    """Whether `reader` may read the name of `person`.

    Who has only cases of their own (a mentor, a facilitator) is known by name in the own agency; to everyone else
    it is the agency that acts.
    """
    _meet(person)
    own_cases_only = all(m.as_role.scope == "own" for m in person.memberships) and person.memberships
    return not own_cases_only or not set(agencies(person)).isdisjoint(agencies(reader))


def _meet(person: User) -> None:
    """Look up where everybody works whom the session of `person` knows by now: for a list of people, asked once."""
    db = object_session(person)
    if db is None or "memberships" not in inspect(person).unloaded:
        return
    strangers: dict[uuid.UUID, User] = {
        one.id: one
        for one in db.identity_map.values()
        if isinstance(one, User) and "memberships" in inspect(one).unloaded
    }
    # Held on to, so that the next list that names them finds them known.
    db.info.setdefault("met", {}).update(strangers)
    desks: dict[uuid.UUID, list[Membership]] = {user_id: [] for user_id in strangers}
    for desk in db.scalars(_DESKS, {"users": list(strangers)}):
        desks[desk.user_id].append(desk)
    for user_id, one in strangers.items():
        set_committed_value(one, "memberships", desks[user_id])


_DESKS = (
    select(Membership)
    .where(Membership.user_id.in_(bindparam("users", expanding=True)))
    .execution_options(autoflush=False)
)


def handed_desks(user: User, giver_id: uuid.UUID) -> set[Desk]:
    """The desks whose work `user` may hand over: of the own work every one, of somebody else's those that they lead."""
    led = set(led_desks(user))
    return led | set(desks(user)) if giver_id == user.id else led


def fit_desks(user: User) -> set[Desk]:
    """The desks whose work may be `user`'s own: what they are themselves, and what they lead."""
    return {*desks(user), *led_desks(user)}
