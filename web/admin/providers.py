"""An agency's own sign-in service, and who its people are there."""

import uuid
from typing import Any

from flask import flash, g, redirect, url_for
from flask_babel import gettext

from engine import administration, reports
from engine.accounts import providers
from engine.errors import EngineError, NotFound
from web import questions
from web.admin import asked
from web.admin.frame import bp, shown, shows_again
from web.gate import config, confirmed


def _provider(place: str, agency_id: uuid.UUID, error: EngineError | None = None) -> str:
    here = administration.find_place(g.db, g.user, place)
    agency = administration.find_agency(g.db, here, agency_id)
    found = providers.provider_at(g.db, agency.id)
    known = {"issuer": found.issuer, "client_id": found.client_id} if found else None
    form = asked.provider(is_known=found is not None)
    return shown(
        "admin/provider.html", form, known, error, place=here, agency=agency, found=found, **_ours(found)
    )


@bp.get("/<place>/agencies/<uuid:agency_id>/provider")
@confirmed
def provider(place: str, agency_id: uuid.UUID) -> Any:
    return _provider(place, agency_id)


@bp.post("/<place>/agencies/<uuid:agency_id>/provider")
@confirmed
@shows_again(_provider)
def set_provider(place: str, agency_id: uuid.UUID) -> Any:
    here = administration.find_place(g.db, g.user, place)
    agency = administration.find_agency(g.db, here, agency_id)
    said = questions.read(asked.provider(is_known=providers.provider_at(g.db, agency.id) is not None))
    given = {key: said[key] or "" for key in ("issuer", "client_id", "secret")}
    administration.set_provider(g.db, g.user, place, agency_id, **given, plain_http=config().plain_http)
    flash(gettext("Saved. Try it yourself before you tell others."), "success")
    return redirect(url_for(".provider", place=place, agency_id=agency_id), 303)


@bp.post("/<place>/agencies/<uuid:agency_id>/provider/remove")
@confirmed
def remove_provider(place: str, agency_id: uuid.UUID) -> Any:
    administration.remove_provider(g.db, g.user, place, agency_id)
    flash(gettext("Removed. People of this agency sign in here with their passwords."), "success")
    return redirect(url_for(".agency", place=place, agency_id=agency_id), 303)


def _account(place: str, user_id: uuid.UUID, provider_id: uuid.UUID, error: EngineError | None = None) -> str:
    here = administration.find_place(g.db, g.user, place)
    person = administration.find_user(g.db, here, user_id)
    lines = [one for one in providers.providers_for(g.db, person) if one.id == provider_id]
    if not lines:
        raise NotFound
    page = reports.person_page(g.db, here, person)
    return shown("admin/account.html", asked.account(), None, error, place=here, page=page, at=lines[0])


@bp.get("/<place>/people/<uuid:user_id>/providers/<uuid:provider_id>")
@confirmed
def account(place: str, user_id: uuid.UUID, provider_id: uuid.UUID) -> Any:
    return _account(place, user_id, provider_id)


@bp.post("/<place>/people/<uuid:user_id>/providers/<uuid:provider_id>")
@confirmed
@shows_again(_account)
def bind_user(place: str, user_id: uuid.UUID, provider_id: uuid.UUID) -> Any:
    said = questions.read(asked.account())
    administration.bind_user(g.db, g.user, place, user_id, provider_id, subject=said["subject"])
    flash(gettext("They can sign in there from now on."), "success")
    return redirect(url_for(".person", place=place, user_id=user_id), 303)


@bp.post("/<place>/people/<uuid:user_id>/providers/<uuid:provider_id>/unbind")
@confirmed
def unbind_user(place: str, user_id: uuid.UUID, provider_id: uuid.UUID) -> Any:
    administration.unbind_user(g.db, g.user, place, user_id, provider_id)
    flash(gettext("They sign in there no more."), "success")
    return redirect(url_for(".person", place=place, user_id=user_id), 303)


def _ours(found: Any) -> dict[str, str]:
    """The address that the service has to know as ours."""
    path = url_for("providers.back", provider_id=found.id) if found else ""
    return {"ours": f"{config().public_url}{path}"}
