"""How much memory a worker of the site holds once it has served everything."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.place import Browser, open_case, open_task, place, site

TIMES = 100


def measure(options: Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """Megabytes of a gunicorn worker (resident set), by database, at its start and after some hundred requests."""
    return {kind: _at(kind) for kind in options.databases}


def _at(kind: str) -> dict[str, Any]:
    with place(kind) as here:
        with here.writing() as db:
            case_id = open_case(db)
        with site(here) as served:
            [worker] = served.workers
            at_start = _resident(worker)
            browser = Browser(served.port).sign_in()
            for _ in range(TIMES):
                with here.reading() as db:
                    task_id = open_task(db, case_id)
                browser.send_form(task_id, browser.open_form(task_id)[1])
                browser.get(f"/cases/{case_id}")
                browser.get("/tasks")
            return {"at_start_mb": at_start, "after_warm_up_mb": _resident(worker)}


def _resident(process: int) -> float:
    [line] = [
        one for one in Path(f"/proc/{process}/status").read_text().splitlines() if one.startswith("VmRSS")
    ]
    return round(int(line.split()[1]) / 1024, 1)
