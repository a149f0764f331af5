"""How long a user's list takes in an installation with a thousand, a hundred thousand and a million open tasks."""

import hashlib
import time
import uuid
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from engine import reports
from engine.models import Agency, Case, CaseAccess, Task
from tests import make
from tests.bench.place import WHO, Browser, Place, open_case, open_task, place, site
from tests.bench.report import middle

TASKS = {"sqlite": [1_000, 100_000], "postgresql": [1_000, 100_000, 1_000_000]}
# Of all open tasks so many are at the user's own desk, and of these every tenth is the user's and every third nobody's.
SHARE, MOST = 20, 2_000
PEOPLE, AGENCIES = 50, 100
TIMES = 15


def measure(options: Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """For each database and number of open tasks: milliseconds of the list (each sort), of its page, and statements."""
    return {
        kind: {f"{n}_tasks": _at(kind, n, say) for n in options.tasks or TASKS[kind]}
        for kind in options.databases
    }


def _at(kind: str, number: int, say: Callable[[str], None]) -> dict[str, Any]:
    with place(kind) as here:
        own = min(number // SHARE, MOST)
        say(f"  {kind}: {number} open tasks, {own} at the user's desk")
        _fill(here, number, own)
        here.analyze()
        lists = {
            f"list_{whose}_ms": _time(
                here, lambda db, user, whose=whose: reports.my_tasks(db, user, whose=whose)
            )
            for whose in ("mine", "team", "unclaimed")
        }
        with site(here) as served:
            browser = Browser(served.port).sign_in()
            browser.get("/tasks")
            pages = {
                name: [browser.get(path) for _ in range(TIMES)]
                for name, path in (("page", "/tasks"), ("page_team", "/tasks?whose=team"))
            }
        return {
            "team": own,
            **lists,
            "counts_ms": _time(here, reports.task_counts),
            "filters_ms": _time(here, reports.task_filters),
            **{f"{name}_ms": middle([one.ms for one in found]) for name, found in pages.items()},
            "page_statements": max(one.statements for one in pages["page"]),
        }


def _time(here: Place, act: Callable[..., Any]) -> float:
    """Milliseconds of `act`, each time in a session that knows nothing yet but the user."""
    times = []
    for _ in range(TIMES):
        with here.reading() as db:
            user = make.user(db, WHO)
            assert [m.as_role.key for m in user.memberships]
            began = time.perf_counter()
            act(db, user)
            times.append((time.perf_counter() - began) * 1000)
    return middle(times)


# ---- rows by the million


def _fill(here: Place, number: int, own: int) -> None:
    """Open tasks, two of a case, as copies of a real one: some at the user's own desk, the rest in other agencies."""
    with here.writing() as db:
        user = make.user(db, WHO)
        colleague = make.user(db, "housing")
        real = [db.get_one(Case, open_case(db, f"N-{n}")) for n in range(PEOPLE)]
        agency = user.memberships[0].agency
        agencies = [agency.id]
        for n in range(AGENCIES):
            agencies.append(uuid.uuid4())
            db.add(
                Agency(
                    id=agencies[-1],
                    key=f"other-{n}",
                    name=f"Other {n}",
                    local_action_id=agency.local_action_id,
                )
            )
        db.flush()
        rows = Copies(db, here.store.is_sqlite)
        people = rows.listed("p", [case.participant_id for case in real])
        desks = rows.listed("a", agencies)
        # The first `own` tasks are at the user's own desk.
        desk_of_task = f"CASE WHEN n <= {own} THEN 0 ELSE 1 + n % {AGENCIES} END"
        desk_of_case = f"CASE WHEN n * 2 <= {own} THEN 0 ELSE 1 + (n * 2) % {AGENCIES} END"
        rows.copy(
            Case,
            real[0].id,
            number // 2,
            id=rows.id("case", "n"),
            number="'B-' || n",
            participant_id=people(f"n % {PEOPLE}"),
        )
        access_id = db.scalars(select(CaseAccess.id).where(CaseAccess.case_id == real[0].id)).first()
        rows.copy(
            CaseAccess,
            access_id,
            number // 2,
            id=rows.id("access", "n"),
            case_id=rows.id("case", "n"),
            agency_id=desks(desk_of_case),
            role="'coordinator'",
            user_id="NULL",
        )
        owner = f"CASE WHEN n > {own} OR n % 3 = 0 THEN NULL WHEN n % 10 = 1 THEN {rows.literal(user.id)} "
        rows.copy(
            Task,
            open_task(db, real[0].id),
            number,
            id=rows.id("task", "n"),
            case_id=rows.id("case", "(n + 1) / 2"),
            run_id=f"'{uuid.uuid4().hex}' || n",
            agency_id=desks(desk_of_task),
            owner_id=f"{owner} ELSE {rows.literal(colleague.id)} END",
            # Every tenth is late.
            due_at=rows.hours_later("due_at", "(n % 3000) * 7 % 3000 - 600"),
            press_at=rows.hours_later("due_at", "(n % 3000) * 7 % 3000 - 600"),
        )


class Copies:
    """Writes rows as copies of one that is there, inside the database, numbered n = 1, 2, 3 ..."""

    def __init__(self, db: Session, is_sqlite: bool) -> None:
        self._db, self._is_sqlite = db, is_sqlite
        if is_sqlite:
            connection: Any = db.connection().connection.dbapi_connection
            connection.create_function("md5", 1, lambda words: hashlib.md5(words.encode()).hexdigest())
        else:
            db.execute(text("SET LOCAL statement_timeout = 0"))

    def copy(self, table: type[Any], row_id: Any, times: int, **changed: str) -> None:
        names = [column.name for column in table.__table__.columns]
        values = ", ".join(changed.get(name, f"t.{name}") for name in names)
        count = (
            f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {times}) SELECT n FROM c)"
            if self._is_sqlite
            else f"generate_series(1, {times})"
        )
        self._db.execute(
            text(
                f"INSERT INTO {table.__tablename__} ({', '.join(names)}) SELECT {values} "
                f"FROM {table.__tablename__} t CROSS JOIN {count} AS s{'' if self._is_sqlite else '(n)'} "
                f"WHERE t.id = {self.literal(row_id)}"
            )
        )

    def id(self, kind: str, n: str) -> str:
        """The id of the copy that has this number: the same each time, and in no order, as real ids are."""
        drawn = f"md5('{kind}' || ({n}))"
        return drawn if self._is_sqlite else f"CAST({drawn} AS uuid)"

    def literal(self, value: uuid.UUID) -> str:
        return f"'{value.hex}'" if self._is_sqlite else f"CAST('{value}' AS uuid)"

    def listed(self, name: str, values: list[uuid.UUID]) -> Callable[[str], str]:
        """A way to say "the value at this place of the list"."""
        kind = "text" if self._is_sqlite else "uuid"
        self._db.execute(
            text(f"CREATE TEMPORARY TABLE list_{name} (place integer PRIMARY KEY, value {kind})")
        )
        for place_, value in enumerate(values):
            self._db.execute(text(f"INSERT INTO list_{name} VALUES ({place_}, {self.literal(value)})"))
        return lambda at: f"(SELECT value FROM list_{name} WHERE place = {at})"

    def hours_later(self, column: str, hours: str) -> str:
        if self._is_sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%f', t.{column}, ({hours}) || ' hours')"
        return f"t.{column} + ({hours}) * interval '1 hour'"
