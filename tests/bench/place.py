"""An installation to be measured: a database that keeps what it is given, people, and the site over it."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from engine import cases, config, store
from engine.models import Task, User
from engine.vault import Vault
from tests import make, postgresql

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
WHO = "coordinator"
PATHWAY = "contact_loop"
ANSWERS = {"again": "yes", "how_it_went": "As agreed."}
ON_PAPER = {"q-again": "yes", "q-how_it_went": "As agreed.", "q-interpreter": "no"}


@dataclass(frozen=True)
class Place:
    """One installation; `writing` and `reading` give sessions as a request has them."""

    settings: config.Config
    store: store.Store
    key_file: Path

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with self.store.writing() as db:
            db.info["vault"] = Vault(self.settings.keys)
            yield db

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.store.reading() as db:
            db.info["vault"] = Vault(self.settings.keys)
            yield db

    def analyze(self) -> None:
        """Let the database learn how many rows there are, as it does by itself in time."""
        with self.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE" if self.store.is_sqlite else "VACUUM ANALYZE"))


@contextmanager
def place(kind: str) -> Iterator[Place]:
    """A place on "sqlite" or "postgresql", with the people of the tests and the loop published; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="throughcare-bench-") as folder, _database(kind, folder) as url:
        key_file = Path(folder) / "keys.json"
        config.make_keys(key_file)
        settings = config.Config(
            home=Path(folder),
            database_url=url,
            keys=config.read_keys(key_file),
            mail_url="folder:",
            public_url="http://127.0.0.1:8000",
            plain_http=True,
        )
        found = Place(settings, store.connect(url), key_file)
        with found.writing() as db:
            make.local_action(db)
            make.publish(db, HERE)
        try:
            yield found
        finally:
            found.store.dispose()


@contextmanager
def _database(kind: str, folder: str) -> Iterator[str]:
    if kind == "sqlite":
        url = f"sqlite:///{folder}/throughcare.db"
        store.upgrade(url)
        yield url
        return
    given = os.environ.get("TEST_DATABASE_URL")
    server = postgresql.Server(given, durable=True)
    url = server.create()
    try:
        yield url
    finally:
        server.drop(url)
        server.stop()
        postgresql.end_run(given)


# ---- a case on its way


def open_case(db: Session, number: str = "N-1") -> uuid.UUID:
    """A new case at its first contact; its id."""
    user = make.user(db, WHO)
    person = make.participant(db, by=user, name=f"Amira {number}", number=number)
    return cases.open_case(db, user, pathway=PATHWAY, participant_id=person.id, lanes={}).id


def open_task(db: Session, case_id: uuid.UUID) -> uuid.UUID:
    return db.scalars(select(Task.id).where(Task.case_id == case_id, Task.status == "open")).one()


def one_round(place: Place, case_id: uuid.UUID) -> float:
    """Complete the case's contact in a transaction of its own, as a request does; the milliseconds that it took."""
    with place.reading() as db:
        task_id, user_id = open_task(db, case_id), make.user(db, WHO).id
    began = time.perf_counter()
    with place.writing() as db:
        user = db.get_one(User, user_id)
        cases.complete_task(db, user, task_id, cases.Submitted(raw=ANSWERS))
    return (time.perf_counter() - began) * 1000


def run_to(place: Place, case_id: uuid.UUID, rounds: int, say: Callable[[str], None]) -> None:
    """Complete contacts until the case has `rounds` behind it, one transaction each."""
    with place.reading() as db:
        done = len(db.scalars(select(Task.id).where(Task.case_id == case_id, Task.status == "done")).all())
    for number in range(done, rounds):
        one_round(place, case_id)
        if number and number % 1000 == 0:
            say(f"  {number} rounds")


# ---- the site


@dataclass(frozen=True)
class Site:
    """Real gunicorn over a place."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def workers(self) -> list[int]:
        """The process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(one) for one in children.split()]


@contextmanager
def site(place: Place, workers: int = 1) -> Iterator[Site]:
    """The site, as `run.py demo` serves it, on a free port; every answer says how often it asked the database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "tests.bench.counting:create_app()"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", "4"]
    env = {
        **os.environ,
        "THROUGHCARE_HOME": str(place.settings.home),
        "THROUGHCARE_KEYS": str(place.key_file),
        "THROUGHCARE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": place.settings.database_url,
    }
    process = subprocess.Popen(
        [*command, "--no-control-socket", "--log-level", "warning"], cwd=ROOT, env=env, stdout=sys.stderr
    )
    try:
        _wait_for(port, process)
        yield Site(port, process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("The site did not start; what it said is above.")
        with suppress(OSError):
            Browser(port).get("/health")
            return
        time.sleep(0.1)
    raise RuntimeError("The site does not answer.")


@dataclass(frozen=True)
class Answer:
    """What came back, how long it took, and how often the database was asked for it.

    `processor_ms` is what the site's own thread spent of it, which a busy machine changes little.
    """

    status: int
    text: str
    location: str
    ms: float
    statements: int
    commits: int
    processor_ms: float


class Browser:
    """Somebody at the site, with a connection and a cookie of their own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}

    def sign_in(self, role: str = WHO) -> "Browser":
        page = self.get("/sign-in")
        sent = self.post(
            "/sign-in",
            {"email": f"{role}@catalonia.example", "password": make.PASSWORD, "csrf_token": token(page.text)},
        )
        assert sent.status in (302, 303), sent.text[:500]
        return self

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        return self._ask("POST", path, urlencode(fields))

    def open_form(self, task_id: uuid.UUID) -> tuple["Answer", dict[str, str]]:
        """Open a task's page and fill in its form: the page, and what is to be sent."""
        page = self.get(f"/tasks/{task_id}")
        assert page.status == 200, page.text[:500]
        return page, filled_in(page.text)

    def send_form(self, task_id: uuid.UUID, fields: dict[str, str]) -> Answer:
        """Complete a task with a form that was opened before."""
        sent = self.post(f"/tasks/{task_id}", fields)
        assert sent.status == 303, (sent.status, sent.text[:2000])
        return sent

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
        except (RemoteDisconnected, ConnectionError):
            # Idle for some seconds, it was closed; a form that is sent again counts once.
            self._connection.close()
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
        text = response.read().decode()
        ms = (time.perf_counter() - began) * 1000
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(
            response.status,
            text,
            response.headers.get("Location", ""),
            ms,
            int(response.headers.get("X-Statements", 0)),
            int(response.headers.get("X-Commits", 0)),
            float(response.headers.get("X-Processor", 0)),
        )


def token(page: str) -> str:
    return re.findall(r'name="csrf_token" value="([^"]+)"', page)[-1]


def filled_in(page: str) -> dict[str, str]:
    """The fields of a task's form as a browser would send them."""
    carried = {}
    for field in re.findall(r"<input[^>]*>", page[page.index("<main") :]):
        found = dict(re.findall(r'(\w+)="([^"]*)"', field))
        if found.get("type") == "hidden" or found.get("name", "").startswith("q-happened_on"):
            carried[found["name"]] = found.get("value", "")
    return {**carried, **ON_PAPER}
