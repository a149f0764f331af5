"""Signing in at an agency's own service (OpenID Connect): which there are, and who a user is there.

A user is known by issuer and subject, never by an e-mail address: an address can be given to somebody else.
"""

import hashlib
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from engine import clock, journal, policy, vault
from engine.errors import FieldProblem, Invalid, NotFound
from engine.models import Agency, Membership, Provider, ProviderAccount, User
from engine.words import N_

COLUMN = "providers.secret"
LONGEST_ISSUER = 400
LONGEST = 200


@dataclass(frozen=True)
class ProviderLine:
    """A provider by the name of its agency; `bound`: the user signs in there already."""

    id: uuid.UUID
    agency: str
    bound: bool = False


@dataclass(frozen=True)
class ProviderFacts:
    """What the site needs to talk to a provider; the secret stays out of every print."""

    id: uuid.UUID
    issuer: str
    client_id: str
    secret: str = field(repr=False)


def providers(db: Session) -> list[ProviderLine]:
    """Every provider, by its agency's name."""
    rows = db.execute(
        select(Provider.id, Agency.name).join(Agency, Agency.id == Provider.agency_id).order_by(Agency.name)
    )
    return [ProviderLine(row.id, row.name) for row in rows]


def providers_for(db: Session, person: User) -> list[ProviderLine]:
    """The providers of the agencies where somebody works."""
    bound = exists().where(ProviderAccount.provider_id == Provider.id, ProviderAccount.user_id == person.id)
    rows = db.execute(
        select(Provider.id, Agency.name, bound.label("bound"))
        .join(Agency, Agency.id == Provider.agency_id)
        .where(Provider.agency_id.in_(policy.agencies(person)))
        .order_by(Agency.name)
    )
    return [ProviderLine(row.id, row.name, row.bound) for row in rows]


def find_provider(db: Session, provider_id: uuid.UUID) -> ProviderFacts:
    """A provider with its secret. Raises NotFound."""
    found = db.get(Provider, provider_id)
    if found is None:
        raise NotFound
    secret = vault.unseal(db, found.key, COLUMN, found.secret)
    return ProviderFacts(found.id, found.issuer, found.client_id, secret)


def user_at(db: Session, provider: ProviderFacts, subject: str) -> User | None:
    """Who is bound to this subject, is active, and works at the provider's agency still."""
    works_there = exists().where(Membership.user_id == User.id, Membership.agency_id == Provider.agency_id)
    return db.scalar(
        select(User)
        .join(ProviderAccount, ProviderAccount.user_id == User.id)
        .join(Provider, Provider.id == ProviderAccount.provider_id)
        .where(
            ProviderAccount.digest == _digest(db, provider.issuer, subject),
            Provider.id == provider.id,
            User.active,
            works_there,
        )
    )


def bind_account(db: Session, user: User, provider_id: uuid.UUID, subject: str) -> None:
    """Let the user, who has just shown who they are there, sign in at this provider. Raises Invalid, NotFound."""
    policy.check(user, "bind_account")
    if provider_id not in {one.id for one in providers_for(db, user)}:
        raise NotFound
    bind(db, user, db.get_one(Provider, provider_id), subject)
    journal.note(db, user, "bound_account", user, codes={"provider": str(provider_id)})


def unbind_account(db: Session, user: User, provider_id: uuid.UUID) -> None:
    """The user signs in at this provider no more."""
    policy.check(user, "unbind_account")
    unbind(db, user, provider_id)
    journal.note(db, user, "unbound_account", user, codes={"provider": str(provider_id)})


def bind(db: Session, person: User, provider: Provider, subject: str) -> None:
    """Bind somebody to a subject in place of any other: for a verb that has asked the policy. Raises Invalid."""
    if not subject or len(subject) > 255:
        raise Invalid([FieldProblem("subject", N_("Enter the subject, in up to 255 characters."))])
    digest = _digest(db, provider.issuer, subject)
    holder = db.scalar(select(ProviderAccount.user_id).where(ProviderAccount.digest == digest))
    if holder is not None and holder != person.id:
        raise Invalid([FieldProblem("subject", N_("This account belongs to another user of this site."))])
    unbind(db, person, provider.id)
    db.add(ProviderAccount(digest=digest, user_id=person.id, provider_id=provider.id, bound_at=clock.now()))
    db.flush()


def unbind(db: Session, person: User, provider_id: uuid.UUID) -> None:
    """Take the binding away: for a verb that has asked the policy."""
    db.execute(
        delete(ProviderAccount).where(
            ProviderAccount.user_id == person.id, ProviderAccount.provider_id == provider_id
        )
    )


def provider_at(db: Session, agency_id: uuid.UUID) -> Provider | None:
    """The provider of an agency."""
    return db.scalar(select(Provider).where(Provider.agency_id == agency_id))


def keep(
    db: Session, agency_id: uuid.UUID, *, issuer: str, client_id: str, secret: str, plain_http: bool
) -> Provider:
    """Keep what a provider is reached with; without a `secret` the one from before.

    Another issuer is another service: whoever was bound to the old one is bound no more. For a verb that has asked
    the policy. Raises Invalid with every problem.
    """
    found = provider_at(db, agency_id)
    _refuse(issuer, client_id, secret or ("kept" if found else ""), plain_http)
    if found is None:
        key = vault.new_key(db)
        db.flush()
        found = Provider(id=uuid.uuid4(), agency_id=agency_id, key_id=key.id, key=key, issuer=issuer)
        db.add(found)
    elif found.issuer != issuer:
        db.execute(delete(ProviderAccount).where(ProviderAccount.provider_id == found.id))
    found.issuer, found.client_id = issuer, client_id
    if secret:
        found.secret = vault.seal(db, found.key, COLUMN, secret)
    db.flush()
    return found


def forget(db: Session, provider: Provider) -> None:
    """Nobody signs in at this provider any more: for a verb that has asked the policy."""
    key = provider.key
    db.execute(delete(ProviderAccount).where(ProviderAccount.provider_id == provider.id))
    db.delete(provider)
    db.flush()
    db.delete(key)


def _refuse(issuer: str, client_id: str, secret: str, plain_http: bool) -> None:
    problems = []
    parts = urlsplit(issuer)
    here = plain_http and parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    if not (parts.scheme == "https" or here) or not parts.hostname or parts.query or parts.fragment:
        problems.append(FieldProblem("issuer", N_("Enter the issuer’s address; it begins with https://.")))
    elif len(issuer) > LONGEST_ISSUER:
        problems.append(FieldProblem("issuer", N_("Shorten the address to 400 characters.")))
    if not client_id or len(client_id) > LONGEST:
        problems.append(
            FieldProblem("client_id", N_("Enter the client’s name there, in up to 200 characters."))
        )
    if not secret:
        problems.append(FieldProblem("secret", N_("Enter the secret.")))
    if problems:
        raise Invalid(problems)


def _digest(db: Session, issuer: str, subject: str) -> str:
    # Subjects are told apart by capital letters, which `index` does not see: so a hash of them goes in.
    return vault.of(db).index(f"account {hashlib.sha256(f'{issuer} {subject}'.encode()).hexdigest()}")
