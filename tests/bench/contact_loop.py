"""What one completed task costs in a case that goes round and round, at its 10th round and at its 5,000th."""

import json
import sqlite3
import tempfile
import time
import uuid
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

from engine import facts, library, runner
from engine.cases.running import state_of
from engine.models import Case
from engine.runner import snapshot
from tests.bench.place import HERE, Place, one_round, open_case, place, run_to
from tests.bench.report import middle

ROUNDS = [10, 100, 1000, 5000]
# So many rounds on either side of the one that is measured.
AROUND = 9
# Where plain SpiffWorkflow becomes too slow to go on.
PLAIN_ROUNDS = 100


def measure(options: Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """Milliseconds of one completed task, commit included, by database and round; the first database on top."""
    found = {kind: _loop(kind, options.rounds or ROUNDS, say) for kind in options.databases}
    say("  plain SpiffWorkflow")
    return {
        **found[options.databases[0]],
        **{kind: found[kind] for kind in options.databases[1:]},
        "plain_spiffworkflow": _plain(min(PLAIN_ROUNDS, max(options.rounds or ROUNDS))),
    }


def _loop(kind: str, rounds: list[int], say: Callable[[str], None]) -> dict[str, Any]:
    with place(kind) as here:
        with here.writing() as db:
            warm = open_case(db, "warm-up")
            cases = {number: open_case(db, f"N-{number}") for number in rounds}
        run_to(here, warm, 30, say)
        for number, case_id in cases.items():
            say(f"  {kind}: to round {number}")
            run_to(here, case_id, max(0, number - AROUND - 1), say)
        # In turns, so that a machine that is busy meanwhile slows every round alike.
        times: dict[int, list[float]] = {number: [] for number in rounds}
        for _ in range(2 * AROUND + 1):
            for number, case_id in cases.items():
                times[number].append(one_round(here, case_id))
        sizes = {number: _size(here, case_id) for number, case_id in cases.items()}
        ms = {str(number): middle(times[number]) for number in rounds}
        last = str(rounds[-1])
        return {
            "rounds": ms,
            "ratio": round(ms[last] / ms[str(rounds[0])], 2),
            "state_bytes": sizes[rounds[-1]][0],
            "live_tasks": sizes[rounds[-1]][1],
            "state_bytes_by_round": {str(number): size for number, (size, _) in sizes.items()},
            "bare_commit_ms": _bare_commit(here),
        }


def _size(here: Place, case_id: uuid.UUID) -> tuple[int, int]:
    """Bytes of the case's stored state, and SpiffWorkflow's tasks in it once it is read."""
    with here.reading() as db:
        case = db.get_one(Case, case_id)
        state = state_of(db, case)
        edition = library.edition(db, case.version_id)
        context = runner.Context(
            values=facts.values(db, case), now=case.opened_at, due=lambda *_: case.opened_at
        )
        course = snapshot.restore(edition.plan, json.loads(state), context)
        return len(case.state), sum(len(scope.tasks) for scope in (course, *course.subprocesses.values()))


# ---- beside it


def _plain(rounds: int) -> dict[str, Any]:
    """The same loop by SpiffWorkflow as it comes: the whole workflow read and written at each step."""
    xml = (HERE / "workflows" / "contact_loop.bpmn").read_text().replace("again = true", "again")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "loop.bpmn"
        file.write_text(xml)
        parser = BpmnParser()
        parser.add_bpmn_file(str(file))
    workflow = BpmnWorkflow(parser.get_spec("contact_loop"))
    workflow.do_engine_steps()
    serializer = BpmnWorkflowSerializer()
    kept = serializer.serialize_json(workflow)
    times, sizes = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        workflow = serializer.deserialize_json(kept)
        [task] = workflow.get_tasks(state=TaskState.READY, manual=True)
        task.data["again"] = True
        task.run()
        workflow.do_engine_steps()
        kept = serializer.serialize_json(workflow)
        times.append((time.perf_counter() - began) * 1000)
        sizes.append(len(kept))
    first = min(10, rounds)
    return {
        "rounds": {
            str(first): middle(times[max(0, first - 5) : first + 5]),
            str(rounds): middle(times[-10:]),
        },
        "state_bytes": {str(first): sizes[first - 1], str(rounds): sizes[-1]},
        "note": "no database, no rights, no journal; nothing but the step and the state",
    }


def _bare_commit(here: Place) -> float:
    """Milliseconds of changing one row and waiting for the disk, by the driver alone: nobody can be faster."""
    url = here.store.engine.url
    if here.store.is_sqlite:
        connection: Any = sqlite3.connect(Path(str(url.database)).with_name("bare.db"), isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    else:
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg.connect(plain, autocommit=True)
    connection.execute("CREATE TABLE bare (id integer PRIMARY KEY, n integer)")
    connection.execute("INSERT INTO bare VALUES (1, 0)")
    times = []
    for _ in range(300):
        began = time.perf_counter()
        connection.execute("UPDATE bare SET n = n + 1 WHERE id = 1")
        times.append((time.perf_counter() - began) * 1000)
    connection.execute("DROP TABLE bare")
    connection.close()
    return middle(times)
