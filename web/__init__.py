"""The web application: one request is one transaction, committed once at the edge."""

import logging
import secrets
import traceback
from typing import Any

from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from flask_babel import Babel, get_locale, gettext
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from werkzeug.exceptions import HTTPException

from engine import config as engine_config
from engine import expressions, policy, reports
from engine import store as engine_store
from engine.errors import EngineError
from engine.vault import Vault
from web import (
    admin,
    assets,
    auth,
    cases,
    design,
    filters,
    gate,
    handover,
    imports,
    meetings,
    notices,
    once,
    participants,
    pathways,
    providers,
    refusing,
    repair,
    second_step,
    settings,
    stalls,
    tasks,
    wording,
)

log = logging.getLogger("throughcare.web")

# Every other page asks who is there. A test compares this list with the map of all addresses.
PUBLIC = frozenset(
    {
        "static",
        "auth.sign_in",
        "auth.second_step",
        "auth.take_second_step",
        "auth.use_passkey",
        "providers.begin",
        "providers.back",
        "auth.health",
        "settings.calendar",
    }
)
READS = frozenset({"GET", "HEAD", "OPTIONS"})
PAGES = (
    auth.bp,
    tasks.bp,
    notices.bp,
    cases.bp,
    participants.bp,
    meetings.bp,
    handover.bp,
    settings.bp,
    second_step.bp,
    providers.bp,
    imports.bp,
    stalls.bp,
    pathways.bp,
    admin.bp,
    repair.bp,
    design.bp,
)
# The steps of opening a case, for the menu.
OPENING = frozenset(
    {
        "cases.open_case",
        "cases.find_participant",
        "cases.prepare",
        "cases.begin",
        "participants.new",
        "participants.register",
    }
)
LARGEST_REQUEST = 25 * 1024 * 1024

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": Flask-WTF compares the Referer of an HTTPS form with the site's own address.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class App(Flask):
    """Flask with one database session a request: committed when the view ends well, undone when it does not."""

    store: engine_store.Store
    vault: Vault
    settings: engine_config.Config

    def open_session(self, *, write: bool) -> Any:
        """A session with what the engine expects to find in it; the caller closes it."""
        db = self.store.session(write=write)
        db.info["vault"] = self.vault
        return db

    def dispatch_request(self) -> Any:
        if not g.looks_only and (sent_before := once.sent_before(g.db, g.user)):
            return redirect(sent_before, 303)
        response = self.make_response(super().dispatch_request())
        if response.status_code < 400:
            if not g.looks_only:
                once.remember(g.db, response.location)
            g.db.commit()
        else:
            g.db.rollback()
        return response

    def handle_user_exception(self, error: Exception) -> Any:
        # An error's page may look things up; it must not see what the failed view had half done.
        g.db.rollback()
        return super().handle_user_exception(error)


def create_app(config: engine_config.Config | None = None, store: engine_store.Store | None = None) -> App:
    """The site of one installation. Raises Misconfigured, and Unavailable where something is not built yet."""
    expressions.require()
    config = config or engine_config.load()
    app = App(__name__)
    app.settings = config
    app.store = store or engine_store.connect(config.database_url)
    app.vault = Vault(config.keys)
    app.config.from_mapping(_flask_settings(config))
    app.jinja_loader = ChoiceLoader(
        [app.jinja_loader, PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})]
    )
    app.before_request(_begin)
    Babel(
        app,
        default_translation_directories=str(filters.TRANSLATIONS),
        locale_selector=filters.locale,
        timezone_selector=filters.timezone,
    )
    app.session_interface = gate.Sessions()
    gate.visitors.init_app(app)
    CSRFProtect(app)
    assets.bind(app)
    filters.bind(app)
    wording.bind(app)
    once.bind(app, tasks.asked_at)
    app.before_request(_guard)
    app.context_processor(_page)
    app.after_request(_protect)
    app.teardown_request(_end)
    for error in refusing.STATUS:
        app.register_error_handler(error, _say_no)
    app.register_error_handler(CSRFError, auth.ask_again)
    app.register_error_handler(HTTPException, _say_no)
    app.register_error_handler(Exception, _fail)
    for page in PAGES:
        app.register_blueprint(page)
    # Whoever sees no case (an editor, an administrator) begins with what they are here for.
    app.add_url_rule("/", "start", lambda: redirect(_navigation()[0]["href"]))
    return app


def _flask_settings(config: engine_config.Config) -> dict[str, Any]:
    return {
        "SECRET_KEY": config.keys.web,
        "SESSION_COOKIE_NAME": "session" if config.plain_http else "__Host-session",
        "SESSION_COOKIE_SECURE": not config.plain_http,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # The engine ends a sign-in; the cookie lives as long as the longest.
        "PERMANENT_SESSION_LIFETIME": config.longest,
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST,
        # A token lasts as long as its session; and it is checked by `_guard`, after who is there.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "BABEL_DEFAULT_LOCALE": "en",
    }


def _begin() -> None:
    g.nonce = secrets.token_urlsafe(16)
    g.user = None
    g.looks_only = request.method in READS or request.endpoint in PUBLIC | gate.APART
    g.db = current_app.open_session(write=not g.looks_only)


def _guard() -> Any:
    """Nobody comes past here unless signed in, but to the few pages that are public."""
    if request.endpoint not in gate.COOKIELESS:
        g.user = gate.signed_in_user()
    if g.user is None and request.endpoint is not None and request.endpoint not in PUBLIC:
        return auth.ask_to_sign_in()
    if request.endpoint is not None:
        current_app.extensions["csrf"].protect()
    return auth.comes_first()


def _end(_error: BaseException | None) -> None:
    if "db" in g:
        g.db.close()
        gate.note_seen()


def _page() -> dict[str, Any]:
    """What every template may use."""
    return {
        "cspNonce": g.get("nonce"),
        "htmlLang": str(get_locale()).replace("_", "-"),
        "user": g.get("user"),
        "sign_in": g.get("sign_in"),
        "navigation": _navigation,
        "makes_pages": lambda: policy.why_not(g.user, "see_design") is None,
    }


def _navigation() -> list[dict[str, Any]]:
    """The entries of the main menu whose pages exist; the notices with how many are unread."""
    unread = reports.unread(g.db, g.user)
    places = [
        *(_of_cases() if policy.works_on_cases(g.user) else []),
        *([] if policy.why_not(g.user, "open_case") else [("cases.open_case", gettext("Open a case"))]),
        *([] if policy.why_not(g.user, "track_cases") else [("stalls.mine", gettext("Where cases wait"))]),
        *([] if policy.why_not(g.user, "see_figures") else [("stalls.figures", gettext("Figures"))]),
        *([("meetings.mine", gettext("Meetings"))] if policy.may_meet(g.user) else []),
        *([] if policy.why_not(g.user, "import_dates") else [("imports.new", gettext("Import dates"))]),
        *([("admin.places", gettext("Administration"))] if policy.may(g.user, "administer") else []),
        *([] if policy.why_not(g.user, "see_pathways") else [("pathways.mine", gettext("Pathways"))]),
        ("notices.mine", gettext("Notices (%(count)d)", count=unread) if unread else gettext("Notices")),
    ]
    return [
        {"href": url_for(endpoint), "text": text, **_here(endpoint)}
        for endpoint, text in places
        if endpoint in current_app.view_functions
    ]


def _of_cases() -> list[tuple[str, str]]:
    return [
        ("tasks.mine", gettext("My tasks")),
        ("participants.mine", gettext("My participants")),
        ("cases.mine", gettext("Cases")),
        ("cases.find", gettext("Find")),
    ]


def _here(endpoint: str) -> dict[str, bool]:
    if request.endpoint == endpoint:
        return {"current": True}
    if request.endpoint in OPENING:
        return {"active": endpoint == "cases.open_case"}
    # The pages of one task belong under "My tasks"; those of one case and of its participant under "Cases".
    page = (request.endpoint or "").partition(".")[0]
    page = {"participants": "cases", "repair": "cases"}.get(page, page)
    if page in ("admin", "imports"):
        return {"active": endpoint.partition(".")[0] == page}
    apart = ("cases.find", "participants.mine")
    return {"active": endpoint == f"{page}.mine" and request.endpoint not in apart}


def _protect(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=g.get("nonce", "")))
    if not current_app.settings.plain_http:
        response.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    if request.endpoint == "static" and response.status_code == 200:
        # A built file's name carries its content's hash: it never changes.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def _say_no(error: EngineError | HTTPException) -> Any:
    """The page for everything that the engine or the web server refuses, by the one table above."""
    if isinstance(error, EngineError):
        return refusing.refusal(error)
    if error.code is None or error.code < 400:
        return error
    # What is too large to be read cannot be shown again either.
    kept = [] if error.code == 413 else once.kept_fields()
    return render_template("errors/page.html", status=error.code, error=None, kept=kept), error.code


def _fail(error: Exception) -> Any:
    """A fault of ours: tell nobody what it was, but the log."""
    told = engine_store.meaning(error)
    if told is not None:
        return _say_no(told)
    # Where it happened, not what the error says: its words may hold what somebody typed.
    lines = [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(error.__traceback__)]
    log.error("unexpected %s in %s\n%s", type(error).__name__, request.endpoint, "\n".join(lines))
    return render_template("errors/fault.html", user=None, kept=once.kept_fields()), 500
