"""What somebody administers; everything else does not exist for them as an administrator."""

import uuid
from collections.abc import Iterable

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine import agencies, policy
from engine.errors import NotFound
from engine.models import Agency, LocalAction, Membership, User
from engine.words import N_

UNKNOWN_PLACE = N_("We cannot find that local action.")
UNKNOWN_AGENCY = N_("We cannot find that agency.")
UNKNOWN_USER = N_("We cannot find that person.")


def places(db: Session, user: User) -> list[LocalAction]:
    """The local actions that `user` administers, by name."""
    return list(
        db.scalars(
            select(LocalAction)
            .where(LocalAction.id.in_(policy.administered(user)))
            .order_by(LocalAction.name)
        )
    )


def find_place(db: Session, user: User, key: str, *, held: bool = False) -> LocalAction:
    """The local action with this key; `held` by this transaction, so that two changes wait for each other.

    Raises NotFound where the user administers none of that key.
    """
    wanted = select(LocalAction).where(LocalAction.key == key, LocalAction.id.in_(policy.administered(user)))
    found = db.scalar(wanted.with_for_update().execution_options(populate_existing=True) if held else wanted)
    if found is None:
        raise NotFound(UNKNOWN_PLACE)
    return found


def find_agency(db: Session, place: LocalAction, agency_id: uuid.UUID) -> Agency:
    """An agency of the local action. Raises NotFound."""
    found = db.scalar(select(Agency).where(Agency.id == agency_id, Agency.local_action_id == place.id))
    if found is None:
        raise NotFound(UNKNOWN_AGENCY)
    return found


def find_user(db: Session, place: LocalAction, user_id: uuid.UUID) -> User:
    """A person who works in the local action. Raises NotFound, alike for who works elsewhere and who is not there."""
    here = exists().where(
        Membership.user_id == User.id,
        Membership.agency_id == Agency.id,
        Agency.local_action_id == place.id,
    )
    found = db.scalar(select(User).where(User.id == user_id, here))
    if found is None:
        raise NotFound(UNKNOWN_USER)
    return found


def administrators(db: Session, place: LocalAction) -> set[uuid.UUID]:
    """The active users who administer the local action."""
    carrying = [key for key, role in agencies.roles(db).items() if "administer" in role.may]
    return set(
        db.scalars(
            select(Membership.user_id)
            .join(Agency, Agency.id == Membership.agency_id)
            .join(User, User.id == Membership.user_id)
            .where(Agency.local_action_id == place.id, Membership.role.in_(carrying), User.active)
        )
    )


def works_elsewhere(person: User, place: LocalAction) -> bool:
    """Whether somebody works in another local action too: their account is then not this one's alone."""
    return any(m.agency.local_action_id != place.id for m in person.memberships)


def desks_of(person: User, agency_ids: Iterable[uuid.UUID]) -> list[Membership]:
    wanted = set(agency_ids)
    return [m for m in person.memberships if m.agency_id in wanted]
