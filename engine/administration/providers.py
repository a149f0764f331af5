"""Where an agency's people sign in at their own service, and who each of them is there."""

import uuid

from sqlalchemy.orm import Session

from engine import journal, policy
from engine.accounts import providers
from engine.administration.standing import find_agency, find_place, find_user
from engine.errors import NotFound
from engine.models import Provider, User


def set_provider(
    db: Session,
    user: User,
    place_key: str,
    agency_id: uuid.UUID,
    *,
    issuer: str,
    client_id: str,
    secret: str = "",
    plain_http: bool = False,
) -> Provider:
    """Let an agency's people sign in at this service; without a `secret` the one from before. Raises Invalid.

    `plain_http`: the site is on this machine only, and so may the service be.
    """
    place = find_place(db, user, place_key, held=True)
    policy.check(user, "set_provider", place)
    agency = find_agency(db, place, agency_id)
    issuer, client_id, secret = issuer.strip().rstrip("/"), client_id.strip(), secret.strip()
    found = providers.keep(
        db, agency.id, issuer=issuer, client_id=client_id, secret=secret, plain_http=plain_http
    )
    journal.note(db, user, "set_provider", found, agency_id=agency.id)
    return found


def remove_provider(db: Session, user: User, place_key: str, agency_id: uuid.UUID) -> None:
    """An agency's people sign in here again, with their passwords."""
    place = find_place(db, user, place_key, held=True)
    policy.check(user, "remove_provider", place)
    agency = find_agency(db, place, agency_id)
    found = providers.provider_at(db, agency.id)
    if found is not None:
        providers.forget(db, found)
        journal.note(db, user, "removed_provider", agency_id=agency.id)


def bind_user(
    db: Session, user: User, place_key: str, user_id: uuid.UUID, provider_id: uuid.UUID, *, subject: str
) -> None:
    """Say who somebody is at the provider of an agency where they work. Raises Invalid, NotFound."""
    place = find_place(db, user, place_key, held=True)
    policy.check(user, "bind_user", place)
    person, found = find_user(db, place, user_id), db.get(Provider, provider_id)
    here = found is not None and found.agency.local_action_id == place.id
    if found is None or not here or found.agency_id not in policy.agencies(person):
        raise NotFound
    providers.bind(db, person, found, subject.strip())
    journal.note(db, user, "bound_user", person, codes={"provider": str(found.id)})


def unbind_user(db: Session, user: User, place_key: str, user_id: uuid.UUID, provider_id: uuid.UUID) -> None:
    """Somebody signs in at this provider no more."""
    place = find_place(db, user, place_key, held=True)
    policy.check(user, "unbind_user", place)
    person, found = find_user(db, place, user_id), db.get(Provider, provider_id)
    if found is None or found.agency.local_action_id != place.id:
        raise NotFound
    providers.unbind(db, person, found.id)
    journal.note(db, user, "unbound_user", person, codes={"provider": str(provider_id)})
