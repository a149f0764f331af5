"""How many tasks are completed in a second, by one person and by eight at once."""

import time
import uuid
from argparse import Namespace
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.bench.place import Browser, Place, open_case, open_task, place, site

WORKERS = 2
CLIENTS = (1, 8)
CLICKS = 400

Form = tuple[uuid.UUID, dict[str, str]]


def measure(options: Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """Completions a second by database and number of clients; the clients run on the same machine."""
    return {kind: _at(kind, say) for kind in options.databases}


def _at(kind: str, say: Callable[[str], None]) -> dict[str, Any]:
    with place(kind) as here:
        say(f"  {kind}: {CLICKS} cases")
        cases = []
        for number in range(CLICKS):
            with here.writing() as db:
                cases.append(open_case(db, f"N-{number}"))
        here.analyze()
        with site(here, workers=WORKERS) as served:
            browsers = [Browser(served.port).sign_in() for _ in range(max(CLIENTS))]
            return {f"{number}_clients": _run(here, cases, browsers[:number]) for number in CLIENTS}


def _run(here: Place, cases: list[uuid.UUID], browsers: list[Browser]) -> float:
    """Every case's open task is completed once; the forms were opened before the clock starts."""
    shares = [cases[n :: len(browsers)] for n in range(len(browsers))]
    with ThreadPoolExecutor(len(browsers)) as pool:
        opened = list(pool.map(lambda one: _open(here, *one), zip(browsers, shares, strict=True)))
        began = time.perf_counter()
        list(pool.map(_send, zip(browsers, opened, strict=True)))
        took = time.perf_counter() - began
    return round(len(cases) / took, 1)


def _open(here: Place, browser: Browser, cases: list[uuid.UUID]) -> list[Form]:
    with here.reading() as db:
        tasks = [open_task(db, case_id) for case_id in cases]
    return [(task_id, browser.open_form(task_id)[1]) for task_id in tasks]


def _send(one: tuple[Browser, list[Form]]) -> None:
    browser, opened = one
    for task_id, fields in opened:
        browser.send_form(task_id, fields)
