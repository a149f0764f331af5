"""Passkeys (WebAuthn): added, and used beside the password or in its place.

The device itself checks a finger, a face or a PIN each time, so that a passkey alone is two steps in one.
Only the site needs this module, so only the site pays for its library.
"""

import hashlib
import ipaddress
import uuid
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from engine import clock, journal, policy
from engine.accounts.signins import LONGEST_DEVICE, strengthen
from engine.config import Config
from engine.errors import FieldProblem, Invalid
from engine.models import Passkey, User
from engine.words import N_

VERIFIED = UserVerificationRequirement.REQUIRED
WRONG_PASSKEY = N_("The passkey could not be used. Try again.")


def work(config: Config) -> bool:
    """Whether the site has a name: browsers keep no passkey for a bare number such as 127.0.0.1."""
    try:
        ipaddress.ip_address(_host(config))
    except ValueError:
        return True
    return False


def question_to_add(db: Session, person: User, config: Config, challenge: bytes) -> str:
    """What the browser is asked in order to make a passkey, as JSON."""
    return options_to_json(
        generate_registration_options(
            rp_id=_host(config),
            rp_name="Throughcare",
            user_id=person.handle.encode(),
            user_name=person.email,
            user_display_name=person.name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED, user_verification=VERIFIED
            ),
            exclude_credentials=_known(db, person),
        )
    )


def question_to_use(db: Session, config: Config, challenge: bytes, person: User | None = None) -> str:
    """What the browser is asked in order to use a passkey, of `person` or of whoever sits there, as JSON."""
    return options_to_json(
        generate_authentication_options(
            rp_id=_host(config),
            challenge=challenge,
            allow_credentials=_known(db, person) if person is not None else [],
            user_verification=VERIFIED,
        )
    )


def add_passkey(
    db: Session,
    user: User,
    sign_in_id: uuid.UUID,
    config: Config,
    challenge: bytes,
    answer: str,
    *,
    device: str,
) -> None:
    """Keep the passkey that the browser made. Raises Invalid."""
    policy.check(user, "add_passkey")
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(config),
            expected_origin=_origin(config),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        raise Invalid([FieldProblem("passkey", WRONG_PASSKEY)]) from None
    if not _is_first(db, challenge) or db.scalar(
        select(Passkey.id).where(Passkey.credential == made.credential_id)
    ):
        raise Invalid([FieldProblem("passkey", WRONG_PASSKEY)])
    found = Passkey(
        id=uuid.uuid4(),
        user_id=user.id,
        credential=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        device=device[:LONGEST_DEVICE],
        created_at=clock.now(),
    )
    db.add(found)
    strengthen(db, user, sign_in_id, "passkey")
    db.flush()
    journal.note(db, user, "added_passkey", found)


def take_passkey(
    db: Session, config: Config, challenge: bytes, answer: str, person: User | None = None
) -> uuid.UUID | None:
    """Who has shown with a passkey that it is them, `person` where one is meant; None where it is not right.

    An answer is taken once: the same one sent again opens nothing.
    """
    try:
        credential = parse_authentication_credential_json(answer)
        found = db.scalar(
            select(Passkey).where(Passkey.credential == credential.raw_id).with_for_update(of=Passkey)
        )
        if found is None or (person is not None and found.user_id != person.id) or not found.user.active:
            return None
        used = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(config),
            expected_origin=_origin(config),
            credential_public_key=found.public_key,
            credential_current_sign_count=found.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        return None
    if not _is_first(db, challenge):
        return None
    found.sign_count, found.used_at = used.new_sign_count, clock.now()
    return found.user_id


def _known(db: Session, person: User) -> list[PublicKeyCredentialDescriptor]:
    held = db.scalars(select(Passkey.credential).where(Passkey.user_id == person.id))
    return [PublicKeyCredentialDescriptor(id=one) for one in held]


def _is_first(db: Session, challenge: bytes) -> bool:
    """Whether a question of ours is answered, and for the first time."""
    if not challenge:
        return False
    key = hashlib.sha256(b"passkey" + challenge).hexdigest()
    return journal.once(db, None, key, key) is None


def _host(config: Config) -> str:
    return urlsplit(config.public_url).hostname or ""


def _origin(config: Config) -> str:
    parts = urlsplit(config.public_url)
    return f"{parts.scheme}://{parts.netloc}"
