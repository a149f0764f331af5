"""A worker or a clerk as a process of its own, for somebody else to kill or to stop.

Told by its arguments: what it is, the database, the key file, the home folder. It prints a line for each thing that is
surely done, so that whoever kills it can compare what it was told with what is kept.
"""

import random
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from engine import cases, config, journal, library, store, worker
from engine.errors import EngineError
from engine.models import Task, User, Version
from engine.vault import Vault

LEASE = timedelta(seconds=1)


def main() -> None:
    what, url, keys, home = sys.argv[1:]
    settings = config.Config(
        home=Path(home),
        database_url=url,
        keys=config.read_keys(Path(keys)),
        mail_url="folder:",
        public_url="http://127.0.0.1:8000",
        plain_http=True,
    )
    connected = store.connect(url)

    @contextmanager
    def connect():
        with connected.writing() as db:
            db.info["vault"] = Vault(settings.keys)
            yield db

    with connect() as db:
        for version in db.scalars(select(Version)):
            library.edition(db, version.id)  # so that being killed finds it at work, not at reading
    say("ready")
    ACTS[what](connect, settings)


def say(line: str) -> None:
    print(line, flush=True)


def work(connect, settings, pause: float = 0.05) -> None:
    """Do what is due, for ever, with a `pause` (seconds, at most) between taking a job and doing it."""
    worker.HANDS["count"] = count
    while True:
        job = worker.lease(connect, lease_for=LEASE)
        if job is None:
            say("idle")
            time.sleep(0.2)
            continue
        say(f"leased {job.id}")
        time.sleep(random.uniform(pause / 2, pause))
        say(f"{'done' if worker.run_job(connect, settings, job) else 'lost'} {job.id}")


def count(connect, _settings, job) -> None:
    """A job whose doing can be counted: one line in the journal."""
    with connect() as db:
        journal.note(db, None, "counted", codes={"job": str(job.id)})
        worker._finish(db, job)


def complete(connect, _settings) -> None:
    """Complete every task of the police, each with a key as a form carries it."""
    while True:
        with connect() as db:
            user = db.scalars(select(User).where(User.email == "police@catalonia.example")).one()
            tasks = (
                select(Task.id).where(Task.status == "open", Task.role == "police").order_by(Task.opened_at)
            )
            task_id = db.scalars(tasks).first()
        if task_id is None:
            say("idle")
            time.sleep(0.1)
            continue
        try:
            with connect() as db:
                user = db.get_one(User, user.id)
                if journal.once(db, user, f"key-{task_id}", "answer") is None:
                    cases.complete_task(db, user, task_id, cases.Submitted(raw={"reply": "yes"}))
                    journal.remember(db, f"key-{task_id}", f"/tasks/{task_id}")
        except EngineError as error:
            say(f"refused {type(error).__name__}")
        else:
            say(f"done {task_id}")


ACTS = {
    "worker": work,
    "slow_worker": lambda connect, settings: work(connect, settings, pause=0.7),
    "clerk": complete,
}

if __name__ == "__main__":
    main()
