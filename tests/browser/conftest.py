"""A real Chromium, the site it visits, and what no page may do in it."""

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page
from werkzeug.serving import make_server

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web/frontend/node_modules/axe-core/axe.min.js"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

# GOV.UK Frontend says aria-expanded on a radio that reveals a question, which ARIA does not list for radios.
KNOWN = {"aria-allowed-attr": ".govuk-radios__input, .govuk-checkboxes__input"}


def pytest_configure(config: pytest.Config) -> None:
    """A test that fails leaves a picture of every page that was open."""
    if config.getoption("screenshot") == "off":
        config.option.screenshot = "only-on-failure"
        config.option.full_page_screenshot = True
    if config.getoption("output") == "test-results":
        config.option.output = str(ROOT / "build" / "browser")


def chromium() -> str | None:
    """Where the machine's Chromium is."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    found = chromium()
    if found is None:
        pytest.fail(
            "There is no Chromium. Install it (Debian: apt-get install chromium fonts-liberation), "
            'or leave these tests out: python3 run.py test -m "not browser"',
            pytrace=False,
        )
    # Chromium's own sandbox cannot start for root. The rest keeps it from calling home.
    quiet = [
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
        "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
    ]  # fmt: skip
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": found, "args": [*quiet, *as_root]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "en-GB",
        "timezone_id": "Europe/London",
        "reduced_motion": "reduce",
        "viewport": {"width": 1280, "height": 900},
    }


@pytest.fixture
def new_context(new_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., BrowserContext]]:
    """Browser windows in which a page that breaks its own policy, or logs an error, fails the test."""
    told: list[str] = []

    def watched(**more: Any) -> BrowserContext:
        context = new_context(**more)
        context.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error("
            "`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile || ''}`))"
        )
        context.on("console", lambda one: told.append(one.text) if one.type == "error" else None)
        context.on("weberror", lambda one: told.append(str(one.error)))
        return context

    yield watched
    # The browser logs every 4xx answer as an error; a test that asks for one asserts it itself.
    assert [one for one in told if "Failed to load resource" not in one] == []


@pytest.fixture
def live(app: Any) -> Iterator[str]:
    """The address of the running site."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Asserts that axe finds no fault with a page (WCAG 2.2 A and AA, and best practice)."""

    def check(page: Page) -> None:
        page.evaluate(AXE.read_text())
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = page.evaluate(f"axe.run({json.dumps({'runOnly': rules})})")
        faults = [
            f"{one['id']} ({one['impact']}): {node['html'][:200]} -- {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
            if not _known(page, one["id"], node["target"])
        ]
        assert faults == [], page.url

    return check


def _known(page: Page, rule: str, target: list[str]) -> bool:
    return rule in KNOWN and page.evaluate(
        "([at, known]) => document.querySelector(at)?.matches(known)", [target[0], KNOWN[rule]]
    )
