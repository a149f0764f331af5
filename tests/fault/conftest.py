"""Processes to kill and to stop, over a database with work waiting."""

import random
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from engine import cases, clock
from engine import config as engine_config
from engine.models import Job
from tests import make

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def key_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "keys.json"
    engine_config.make_keys(file)
    return file


@pytest.fixture(scope="session")
def keys(key_file):
    return engine_config.read_keys(key_file)


class Process:
    """A process of `actor` and what it has said so far."""

    def __init__(self, what, config, key_file):
        arguments = [what, config.database_url, str(key_file), str(config.home)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.fault.actor", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said = []
        self._heard = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            with self._heard:
                self.said.append(line.strip())
                self._heard.notify_all()

    def wait_for(self, word, seconds=30, after=0):
        """The first line, after the first `after` ones, that begins with `word`."""
        with self._heard:
            found = []

            def heard():
                found[:] = [line for line in self.said[after:] if line.startswith(word)]
                return bool(found) or self.process.poll() is not None

            assert self._heard.wait_for(heard, seconds), f"no “{word}” in {self.said[-5:]}"
            assert found, f"it ended by itself: {self.said[-5:]}"
            return found[0]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def start(config, key_file):
    """Start an actor; all of them have ended when the test has."""
    started = []

    def starting(what):
        started.append(Process(what, config, key_file))
        return started[-1]

    yield starting
    for one in started:
        if one.process.poll() is None:
            one.go_on()
            one.kill()


@pytest.fixture
def chance():
    """Random choices that a failure can be repeated with: the seed is in the output."""
    seed = random.randrange(10_000)
    print("seed", seed)
    return random.Random(seed)


@pytest.fixture
def work(db):
    """Twelve cases whose timer is due, thirty jobs to count, and thirty tasks for the police."""
    make.local_action(db)
    coordinator, police = make.user(db, "coordinator"), make.user(db, "police")
    due = clock.now() - timedelta(minutes=1)
    for number in range(12):
        with clock.at(clock.now() - timedelta(weeks=30)):
            case = make.case(db, name=f"Person {number}", number=f"N-{number}")
            make.complete(db, case, "announce", by="prison", answers=make.announcement())
            for question in range(3):
                cases.ask_colleague(
                    db,
                    coordinator,
                    case.id,
                    agency_id=police.memberships[0].agency_id,
                    role="police",
                    text=f"Question {question}?",
                )
    db.add_all(Job(kind="count", payload={}, dedup_key=f"count:{n}", run_at=due) for n in range(30))
    db.flush()
    db.execute(update(Job).where(Job.state == "ready").values(run_at=due))
    db.commit()
    return db
