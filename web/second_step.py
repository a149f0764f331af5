"""The second step of signing in: setting up an app, printing codes, taking them away."""

from typing import Any
from uuid import UUID

import segno
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import accounts, policy
from engine.errors import FieldProblem, Invalid
from web import devices, passkeys
from web.gate import confirmed

bp = Blueprint("second_step", __name__, url_prefix="/account/second-step")


@bp.get("")
def mine() -> Any:
    return _page()


@bp.post("/app")
@confirmed
def set_up_app() -> Any:
    accounts.set_up_app(g.db, g.user)
    return redirect(url_for(".app"), 303)


@bp.get("/app")
@confirmed
def app() -> Any:
    return _app_page()


@bp.post("/app/confirm")
@confirmed
def confirm_app() -> Any:
    try:
        accounts.confirm_app(g.db, g.user, g.sign_in.id, request.form.get("code", ""))
    except Invalid as error:
        return _app_page(error.problems), 422
    flash(gettext("The app is set up. From now on you are asked for its code when you sign in."), "success")
    return redirect(url_for(".mine"), 303)


@bp.post("/app/remove")
@confirmed
def remove_app() -> Any:
    accounts.remove_app(g.db, g.user)
    flash(gettext("The app is removed. Its codes count no more."), "success")
    return redirect(url_for(".mine"), 303)


@bp.post("/codes")
@confirmed
def print_codes() -> Any:
    # Shown once, on the very page that answers: the codes are kept nowhere, so they cannot be shown again.
    codes = accounts.print_codes(g.db, g.user, g.sign_in.id)
    return render_template("second_step/codes.html", codes=codes)


@bp.get("/codes")
def codes_given() -> Any:
    """Where somebody comes who sends the same form again: the codes are not shown a second time."""
    return redirect(url_for(".mine"))


@bp.post("/codes/drop")
@confirmed
def drop_codes() -> Any:
    accounts.drop_codes(g.db, g.user)
    flash(gettext("The printed codes count no more. Destroy the sheet."), "success")
    return redirect(url_for(".mine"), 303)


@bp.post("/passkeys")
@confirmed
def add_passkey() -> Any:
    try:
        passkeys.add(devices.told(request.headers.get("User-Agent", "")))
    except Invalid as error:
        return _page(error.problems), 422
    flash(gettext("The passkey is added. You can sign in with it alone."), "success")
    return redirect(url_for(".mine"), 303)


@bp.post("/passkeys/<uuid:passkey_id>/remove")
@confirmed
def remove_passkey(passkey_id: UUID) -> Any:
    accounts.remove_passkey(g.db, g.user, passkey_id)
    flash(gettext("The passkey is removed here. Delete it on its device too."), "success")
    return redirect(url_for(".mine"), 303)


def _page(problems: list[FieldProblem] | None = None) -> str:
    return render_template(
        "second_step/mine.html",
        problems=problems or [],
        steps=accounts.second_steps(g.db, g.user),
        needed=policy.needs_second_step(g.user),
        passkeys=accounts.passkeys_of(g.db, g.user),
        passkey=passkeys.to_add(),
    )


def _app_page(problems: list[FieldProblem] | None = None) -> Any:
    offered = accounts.offered_app(g.db, g.user)
    if offered is None:
        return redirect(url_for(".mine"))
    address = offered.provisioning_uri(name=g.user.email, issuer_name="Throughcare")
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="white")
    groups = [offered.secret[start : start + 4] for start in range(0, len(offered.secret), 4)]
    return render_template(
        "second_step/app.html", problems=problems or [], picture=picture, secret=" ".join(groups)
    )
