"""A small language for stories: one case on real tables, lived forward by the people of a local action."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import agencies, cases, clock, facts, forms, library, participants, policy, reports, worker
from engine.config import Config
from engine.models import Agency, Case, Job, Task, User
from tests.pathways.walking import plainly

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
RELEASE = date(2027, 9, 1)
ZONE = ZoneInfo("Europe/Madrid")

# agency -> role -> who
PEOPLE = {
    "prison": {"prison": "Núria Ferrer", "prison_management": "Jordi Casals"},
    "probation": {"probation": "Marc Vidal", "victim_support": "Laia Roca"},
    "city": {
        "coordinator": "Marta Soler",
        "chair": "Oriol Pons",
        "housing": "Pau Riera",
        "social": "Clara Mas",
        "dpo": "Irene Bosch",
    },
    "clinic": {"health": "Anna Puig"},
    "bridge": {
        "ngo": "Joan Serra",
        "mentor": "Karim Haddad",
        "mentor_supervisor": "Teresa Gil",
        "family": "Montse Font",
    },
    "police": {"police": "Albert Camps"},
}
CONTACTS = {"prison": "Rosa Vila", "city": "Jan Roig", "bridge": "Emma Sala", "probation": "Nil Costa"}
ROLES = [role for people in PEOPLE.values() for role in people]
# Whom the story's sharing check and conferences invite.
INVITED = ["prison", "probation"]

Connect = Callable[[], Any]


def settle(connect: Connect) -> None:
    """The real pathways and forms, and one local action with a user for each role, who has the role's name."""
    with connect() as db:
        library.publish_folders(db)
        vallserena = agencies.add_local_action(
            db, key="vallserena", name="Vallserena", country="ES", region="CT", timezone=ZONE.key
        )
        db.flush()
        for key, people in PEOPLE.items():
            house = agencies.add_agency(db, vallserena, key=key, name=key.title(), phone="+34 900 000 000")
            db.flush()
            for role, name in people.items():
                agencies.add_user(
                    db, email=f"{role}@x.example", name=name, password=None, desks=[(house, role)]
                )
            if key in CONTACTS:
                email = f"contact-{key}@x.example"
                agencies.add_user(
                    db, email=email, name=CONTACTS[key], password=None, desks=[(house, "agency_contact")]
                )


class Story:
    """One case and the moment to which its story has come.

    People are named by their role ("housing"), steps by their id in the diagrams. Whoever is asked to act is the
    person whose step it is: owner, or colleague at the desk to whom the leader gives it.
    """

    def __init__(self, connect: Connect, config: Config) -> None:
        self.connect, self.config = connect, config
        self.now = datetime.now(ZONE)
        self.case_id = uuid.UUID(int=0)

    @property
    def today(self) -> date:
        return self.now.date()

    @contextmanager
    def db(self) -> Iterator[Session]:
        with clock.at(self.now), self.connect() as db:
            yield db

    # ---- what people do

    def begins(self, on: date) -> "Story":
        """The prison registers the participant and opens the case."""
        self.now = datetime.combine(on, time(9), ZONE)
        with self.db() as db:
            prison = somebody(db, "prison")
            amira = participants.register(db, prison, name="Amira Benali", number="N-1")
            self.case_id = cases.open_case(
                db, prison, pathway="coordinated_release", participant_id=amira.id, lanes={}
            ).id
        return self

    def does(self, step: str, **answers: Any) -> "Story":
        """Everybody whose step this is does it; what is not said is answered plainly."""
        with self.db() as db:
            tasks = self._open(db, step)
            assert tasks, f"{step} is not open; open are {self.open}"
            for task_id in [task.id for task in tasks]:
                self._do(db, db.get_one(Task, task_id), answers)
        return self

    def do(self, *steps: str) -> "Story":
        for step in steps:
            self.does(step)
        return self

    def hears(self, message: str, *, by: str = "coordinator") -> "Story":
        """Somebody tells the case that something has happened outside."""
        with self.db() as db:
            cases.send_message(db, somebody(db, by), self.case_id, message)
        return self

    def dated(self, key: str, on: date | None, *, by: str = "prison", sure: str = "confirmed") -> "Story":
        """Somebody records what they were told about a date."""
        with self.db() as db:
            amira = db.get_one(Case, self.case_id).participant_id
            participants.record_date(
                db, somebody(db, by), amira, key=key, on=on, sure=sure, source="the court"
            )
        return self

    def until(
        self, day: date, hour: time = time(9), *, doing: Mapping[str, Mapping[str, Any]] | None = None
    ) -> "Story":
        """Time passes until `day`, nine in the morning; every timer fires at its moment.

        Whenever a step of `doing` is open it is done, with these answers; a function there is called for its answer.
        """
        goal = datetime.combine(day, hour, ZONE)
        while True:
            for step in sorted(set(doing or ()) & set(self.open)):
                said = (doing or {})[step].items()
                self.does(step, **{key: one() if callable(one) else one for key, one in said})
            with self.connect() as db:
                job = db.scalar(
                    select(Job).where(
                        Job.dedup_key == f"timers:{self.case_id}", Job.state == "ready", Job.run_at <= goal
                    )
                )
                at = job.run_at if job else None
            if at is None:
                self.now = goal
                return self
            self.now = max(self.now, at.astimezone(ZONE))
            with clock.at(self.now):
                worker.tick(self.connect, self.config, self.now)

    def confers(self, **record: Any) -> "Story":
        """A conference within a week, with everybody's answer."""
        self.does("request_conference", conference_agencies=INVITED).do("triage")
        self.does("invite", conference_on=str(self.today + 3 * DAY)).do("reply", "collect_view", "contribute")
        self.do("check_quorum").until(self.today + 3 * DAY)
        self.does("hold_conference", **{"has_actions": False, **record})
        return self.do("tell_outcome", "confirm_minutes")

    # ---- what there is to notice

    @property
    def open(self) -> list[str]:
        """The steps that somebody has to do now."""
        with self.connect() as db:
            return sorted({task.step or "" for task in self._open(db)})

    @property
    def turns(self) -> dict[str, str]:
        """Whose turn it is: role by step."""
        with self.connect() as db:
            return {task.step or "": task.role for task in self._open(db)}

    @property
    def status(self) -> tuple[str, str | None]:
        """The case's status and, once it has ended, the end that it came to."""
        with self.connect() as db:
            case = db.get_one(Case, self.case_id)
            return case.status, case.ended

    @property
    def done(self) -> list[str]:
        """The steps done so far, in their order."""
        with self.connect() as db:
            query = select(Task).where(Task.case_id == self.case_id, Task.status == "done")
            return [task.step or "" for task in db.scalars(query.order_by(Task.closed_at))]

    def due(self, step: str) -> date | None:
        """The day on which an open step is due."""
        at = self.due_at(step)
        return at.date() if at else None

    def due_at(self, step: str) -> datetime | None:
        with self.connect() as db:
            (task,) = self._open(db, step)
            return task.due_at.astimezone(ZONE) if task.due_at else None

    @property
    def dues(self) -> dict[str, date | None]:
        with self.connect() as db:
            return {
                task.step or "": task.due_at.astimezone(ZONE).date() if task.due_at else None
                for task in self._open(db)
            }

    @property
    def knowing(self) -> set[str]:
        """Every role whose person can find the case."""
        with self.connect() as db:
            return {role for role in ROLES if policy.level(db, somebody(db, role), self.case_id)}

    def reads(self, role: str) -> str:
        """Everything that this person can read about the case on its pages, of each step the newest, as one text."""
        with self.db() as db:
            user = somebody(db, role)
            if not policy.level(db, user, self.case_id):
                return ""
            found: list[Any] = [
                reports.case_page(db, user, self.case_id),
                reports.my_tasks(db, user, whose="team").rows,
                reports.my_cases(db, user).rows,
                reports.notices(db, user),
            ]
            mine = policy.visible(user, Task).where(Task.case_id == self.case_id).order_by(Task.opened_at)
            for task in {(task.pathway, task.step): task for task in db.scalars(mine)}.values():
                page = reports.task_page(db, user, task.id)
                found += [task.step, page.title, page.answers, page.known, page.why, page.raw]
            return "\n".join(map(repr, found))

    def read_by_all(self) -> dict[str, str]:
        """What each person can read, by role."""
        return {role: self.reads(role) for role in ROLES}

    # ---- the parts of these

    def _open(self, db: Session, step: str | None = None) -> list[Task]:
        query = select(Task).where(Task.case_id == self.case_id, Task.status == "open")
        return list(db.scalars(query.where(Task.step == step) if step else query))

    def _do(self, db: Session, task: Task, answers: Mapping[str, Any]) -> None:
        user = task.owner or agencies.users_at(db, task.agency_id, task.role)[0]
        if policy.why_not(user, "complete", task):
            cases.assign_task(db, _leader(db, task), task.id, user.id)
        form = library.form_of(db, task)
        # Every free text names its question, so that a story can ask who came to read it.
        texts = {q.key: f"{form.key}.{q.key}" for q in form.questions if q.kind in ("text", "long_text")}
        given = plainly(
            form,
            {**texts, **answers},
            now=self.now,
            dates=facts.dates(db, task.case.participant_id),
            agencies=INVITED,
            people={role: str(somebody(db, role).id) for role in ("coordinator", "mentor", "chair")},
        )
        cases.complete_task(db, user, task.id, cases.Submitted(raw=forms.raw(form, given)))


def somebody(db: Session, role: str) -> User:
    """The person of a role; "contact-city" is the contact person of an agency."""
    return db.scalars(select(User).where(User.email == f"{role}@x.example")).one()


def _leader(db: Session, task: Task) -> User:
    house = db.get_one(Agency, task.agency_id)
    colleagues = agencies.colleagues(db, agencies.users_at(db, house.id, task.role)[0])
    return next(user for user in colleagues if (house.id, task.role) in policy.led_desks(user))


# ---- how stories begin: each of these goes on where the one before ends


def announced(amira: Story) -> None:
    """Half a year before, the prison says when the release is planned."""
    amira.begins(RELEASE - 26 * WEEK)
    supervised = {"legal_supervision": True, "supervision_ends_on": str(RELEASE + 40 * WEEK)}
    amira.does("notify", release_on=str(RELEASE), **supervised)


def told(amira: Story) -> None:
    """The coordinator has the case, sharing has a basis, the participant and the agencies know."""
    amira.do("accept").does("state_purpose", invited_agencies=INVITED).do("confirm_basis")
    amira.do("tell_participant", "acknowledge")


def agreed(amira: Story) -> None:
    """The participant says yes to everything that is offered, and talks about needs."""
    amira.until(RELEASE - 24 * WEEK).do("book_talk", "ask_first", "needs")


def shared_out(amira: Story) -> None:
    """The first conference has said who does what."""
    amira.until(RELEASE - 20 * WEEK).confers()


def released(amira: Story) -> None:
    """Everything was ready in time, and the participant was met at the gate."""
    amira.do("contact_family", "request_mentor", "first_meeting", "transition")
    amira.until(RELEASE - 14 * WEEK)
    amira.do("papers", "income", "day_activity", "health_continuity", "draft_conditions", "check_victims")
    amira.do("answer_safety", "apply_housing", "answer_housing", "check_place", "write_plan").confers()
    amira.until(RELEASE - 5 * WEEK).do("confirm_four").until(RELEASE - 2 * WEEK).do("day_plan")
    amira.until(RELEASE - WEEK).do("confirm_one").until(RELEASE)
    amira.does("release_day", released_on=str(RELEASE))


def settled(amira: Story) -> None:
    """Three weeks after release, the first difficult days are over and follow-up has begun."""
    amira.do("first_appointment").until(RELEASE + 3 * DAY)
    amira.does("five_points", next_contact_on=str(RELEASE + 2 * WEEK)).until(RELEASE + 9 * DAY).confers()


BEGINNINGS = (announced, told, agreed, shared_out, released, settled)
Beginning = Callable[[Story], None]


def chapters(until: Beginning) -> tuple[Beginning, ...]:
    """The beginnings that lead to the end of this one."""
    return BEGINNINGS[: BEGINNINGS.index(until) + 1]
