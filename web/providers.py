"""Signing in at an agency's own service (OpenID Connect), and binding an account there to a user here."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, session, url_for
from flask_babel import gettext

from engine import accounts
from engine.accounts import providers
from engine.errors import Invalid, Refused
from engine.words import N_
from web import filters, gate

bp = Blueprint("providers", __name__)
UNKNOWN = N_(
    "Your account there belongs to nobody here yet. Sign in with your password and bind it in your settings, or "
    "ask the person who looks after Throughcare in your agency."
)
# What a service says in `amr` (RFC 8176) when it asked for more than a password.
SECOND_STEPS = frozenset({"mfa", "otp", "hwk", "swk", "pop", "fpt", "face", "iris", "sc"})


@bp.get("/sign-in/at/<uuid:provider_id>")
def begin(provider_id: UUID) -> Any:
    session["provider"] = {"next": gate.wanted(), "binds": None}
    return _lead(provider_id)


@bp.get("/account/providers/<uuid:provider_id>")
@gate.confirmed
def bind(provider_id: UUID) -> Any:
    session["provider"] = {"next": None, "binds": str(g.user.id)}
    return _lead(provider_id)


@bp.post("/account/providers/<uuid:provider_id>/unbind")
@gate.confirmed
def unbind(provider_id: UUID) -> Any:
    providers.unbind_account(g.db, g.user, provider_id)
    flash(gettext("You sign in there no more."), "success")
    return redirect(url_for("settings.mine", _anchor="providers"), 303)


@bp.get("/sign-in/back/<uuid:provider_id>")
def back(provider_id: UUID) -> Any:
    """Where the service sends somebody back to, with a code that is good once."""
    from web import openid

    provider = providers.find_provider(g.db, provider_id)
    asked = session.pop("provider", {})
    told = openid.told(provider)
    if asked.get("binds"):
        return _bind(provider, told["sub"], asked["binds"])
    user = providers.user_at(g.db, provider, told["sub"])
    if user is None:
        raise Refused(UNKNOWN)
    stronger = bool(SECOND_STEPS & set(told.get("amr") or ()))
    waits = not stronger and bool(accounts.second_steps(g.db, user))
    with gate.writing_apart() as db:
        person = accounts.user_by_id(db, user.id)
        gate.begin(db, person, way="provider", second_step="provider" if stronger else None, waits=waits)
    if waits:
        return redirect(url_for("auth.second_step", next=asked.get("next")), 303)
    return redirect(asked.get("next") or url_for("start"), 303)


def _bind(provider: providers.ProviderFacts, subject: str, user_id: str) -> Any:
    if g.user is None or str(g.user.id) != user_id:
        raise Refused(UNKNOWN)
    try:
        with gate.writing_apart() as db:
            providers.bind_account(db, accounts.user_by_id(db, g.user.id), provider.id, subject)
    except Invalid as error:
        flash(filters.say(error.problems[0].message), "notice")
    else:
        flash(gettext("From now on you can sign in there."), "success")
    return redirect(url_for("settings.mine", _anchor="providers"), 303)


def _lead(provider_id: UUID) -> Any:
    from web import openid  # only who signs in this way should wait for its libraries

    provider = providers.find_provider(g.db, provider_id)
    return openid.lead(provider, f"{gate.config().public_url}{url_for('.back', provider_id=provider_id)}")
