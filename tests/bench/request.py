"""What one click costs at the real site: completing a task, and the pages around it."""

import uuid
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from tests.bench.place import Answer, Browser, Place, open_case, open_task, place, run_to, site
from tests.bench.report import middle

ROUNDS = [1, 5000]
TIMES = 30


def measure(options: Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """For each database and round of the loop: milliseconds, statements and commits of each kind of request."""
    return {kind: _at(kind, options.rounds or ROUNDS, say) for kind in options.databases}


def _at(kind: str, rounds: list[int], say: Callable[[str], None]) -> dict[str, Any]:
    with place(kind) as here:
        with here.writing() as db:
            cases = {number: open_case(db, f"N-{number}") for number in rounds}
        for number, case_id in cases.items():
            say(f"  {kind}: to round {number}")
            run_to(here, case_id, number - 1, say)
        here.analyze()
        with site(here) as served:
            browser = Browser(served.port).sign_in()
            for case_id in cases.values():  # so that everything was read once
                _click(here, browser, case_id)
            taken: dict[int, dict[str, list[Answer]]] = {number: {} for number in rounds}
            for _ in range(TIMES):
                for number, case_id in cases.items():
                    for name, answer in _click(here, browser, case_id).items():
                        taken[number].setdefault(name, []).append(answer)
        return {f"round_{number}": _figures(answers) for number, answers in taken.items()}


def _click(here: Place, browser: Browser, case_id: uuid.UUID) -> dict[str, Answer]:
    """What somebody does who completes a task and looks round."""
    with here.reading() as db:
        task_id = open_task(db, case_id)
    page, fields = browser.open_form(task_id)
    return {
        "complete_a_task": browser.send_form(task_id, fields),
        "page_of_a_task": page,
        "page_after_it": browser.get(f"/tasks/{task_id}/done"),
        "page_of_the_case": browser.get(f"/cases/{case_id}"),
        "my_tasks": browser.get("/tasks"),
    }


def _figures(answers: dict[str, list[Answer]]) -> dict[str, Any]:
    return {
        name: {
            "ms": middle([one.ms for one in found]),
            "processor_ms": middle([one.processor_ms for one in found]),
            "statements": max(one.statements for one in found),
            "commits": max(one.commits for one in found),
        }
        for name, found in answers.items()
    }
