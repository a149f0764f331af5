"""The agencies of a local action."""

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext

from engine import administration, reports
from engine.errors import EngineError
from web import filters, questions
from web.admin import asked
from web.admin.frame import bp, shown, shows_again
from web.gate import confirmed


@bp.get("/<place>/agencies")
def agency_list(place: str) -> Any:
    here = administration.find_place(g.db, g.user, place)
    return render_template("admin/agencies.html", place=here, rows=reports.agency_lines(g.db, here))


def _new_agency(place: str, error: EngineError | None = None) -> str:
    here = administration.find_place(g.db, g.user, place)
    return shown("admin/new_agency.html", asked.agency(), error=error, place=here)


@bp.get("/<place>/agencies/new")
def new_agency(place: str) -> Any:
    return _new_agency(place)


@bp.post("/<place>/agencies/new")
@shows_again(_new_agency)
def add_agency(place: str) -> Any:
    said = questions.read(asked.agency())
    agency = administration.add_agency(g.db, g.user, place, name=said["name"], phone=said["phone"] or "")
    flash(gettext("%(agency)s is added. Add its people next.", agency=agency.name), "success")
    return redirect(url_for(".agency_list", place=place), 303)


def _agency(place: str, agency_id: uuid.UUID, error: EngineError | None = None) -> str:
    here = administration.find_place(g.db, g.user, place)
    agency = administration.find_agency(g.db, here, agency_id)
    owners, desks = _owners(agency_id), _desks(agency_id)
    known = {
        "name": agency.name,
        "phone": agency.phone or "",
        "default_owner": str(agency.default_owner_id or asked.NOBODY),
        "second_step": "yes" if agency.second_step else "no",
        # Somebody who can no longer do it is passed over, and so is no choice here.
        **{
            f"owner_{role}": owner if (owner := agency.role_owners.get(role)) in people else asked.NOBODY
            for role, _name, people in desks
        },
    }
    form = asked.agency(is_known=True, has_people=bool(owners), desks=desks)
    return shown("admin/agency.html", form, known, error, place=here, agency=agency, options={"user": owners})


@bp.get("/<place>/agencies/<uuid:agency_id>")
def agency(place: str, agency_id: uuid.UUID) -> Any:
    return _agency(place, agency_id)


@bp.post("/<place>/agencies/<uuid:agency_id>")
@confirmed
@shows_again(_agency)
def change_agency(place: str, agency_id: uuid.UUID) -> Any:
    administration.find_agency(g.db, administration.find_place(g.db, g.user, place), agency_id)
    owners, desks = _owners(agency_id), _desks(agency_id)
    form = asked.agency(is_known=True, has_people=bool(owners), desks=desks)
    said = questions.read(form, {"user": owners})
    named = {role: _chosen(said.get(f"owner_{role}")) for role, _name, _people in desks}
    administration.change_agency(
        g.db,
        g.user,
        place,
        agency_id,
        name=said["name"],
        phone=said["phone"] or "",
        default_owner=_chosen(said.get("default_owner")),
        role_owners={role: owner for role, owner in named.items() if owner},
        second_step=said["second_step"],
    )
    flash(gettext("Saved."), "success")
    return redirect(url_for(".agency_list", place=place), 303)


def _owners(agency_id: uuid.UUID) -> dict[str, str]:
    people = {str(one.id): one.name for one in administration.active_at(g.db, agency_id)}
    return {asked.NOBODY: gettext("Nobody"), **people} if people else {}


def _desks(agency_id: uuid.UUID) -> list[asked.Desk]:
    return [
        (role.key, filters.say(role.name), {str(one.id): one.name for one in people})
        for role, people in administration.desks_of(g.db, agency_id)
    ]


def _chosen(value: str | None) -> uuid.UUID | None:
    return uuid.UUID(value) if value and value != asked.NOBODY else None


@bp.get("/<place>/roles")
def roles(place: str) -> Any:
    here = administration.find_place(g.db, g.user, place)
    return render_template("admin/roles.html", place=here, rows=reports.role_lines(g.db))
