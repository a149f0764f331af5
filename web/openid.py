"""Talks to an agency's own sign-in service by OpenID Connect, with Authlib."""

import logging
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from joserfc.errors import JoseError
from requests import RequestException

from engine.accounts.providers import ProviderFacts
from engine.errors import Refused
from engine.words import N_

log = logging.getLogger("throughcare.web")

PATIENCE_SECONDS = 10
FAILED = N_(
    "Signing in at your agency’s own service did not work. Try again, or tell whoever looks after Throughcare there."
)
FAULTS = (AuthlibBaseError, JoseError, RequestException, RuntimeError, ValueError, KeyError, TypeError)


def lead(provider: ProviderFacts, back: str) -> Any:
    """The way to the service, which leads `back`; what it must answer to is kept in this browser. Raises Refused."""
    try:
        return _client(provider).authorize_redirect(back)
    except FAULTS as error:
        raise _failed(error) from error


def told(provider: ProviderFacts) -> dict[str, Any]:
    """What the service says of somebody, in a token that it signed for us, just now and for this browser.

    At least `sub`, and `amr` where it says how they signed in. Raises Refused.
    """
    wanted = {"iss": {"essential": True, "values": [provider.issuer]}, "sub": {"essential": True}}
    try:
        found: dict[str, Any] = _client(provider).authorize_access_token(claims_options=wanted)["userinfo"]
        if not isinstance(found["sub"], str):
            raise TypeError("sub")
    except FAULTS as error:
        raise _failed(error) from error
    return found


def _client(provider: ProviderFacts) -> FlaskOAuth2App:
    name = str(provider.id)
    return FlaskOAuth2App(
        FlaskIntegration(name),
        name,
        client_id=provider.client_id,
        client_secret=provider.secret,
        server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid",
            "code_challenge_method": "S256",
            "default_timeout": PATIENCE_SECONDS,
        },
    )


def _failed(error: Exception) -> Refused:
    # Its words may hold what the service said about somebody.
    log.warning("signing in at a provider failed: %s", type(error).__name__)
    return Refused(FAILED)
