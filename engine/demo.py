"""Invented agencies, people and cases, so that the site can be tried."""

import json
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import (
    administration,
    agencies,
    cases,
    clock,
    demo_meetings,
    demo_repair,
    forms,
    library,
    participants,
    policy,
    worker,
)
from engine.config import Config
from engine.models import Agency, Case, Job, Membership, Task, User

ACCOUNTS = "demo-accounts.json"

Connect = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Desk:
    """Somebody invented: in which agency, as what."""

    agency: str
    roles: tuple[str, ...]
    name: str


@dataclass(frozen=True)
class Place:
    """A local action with its agencies (key -> (name, phone)) and the people who work there."""

    key: str
    name: str
    country: str
    region: str | None
    timezone: str
    agencies: Mapping[str, tuple[str, str]]
    desks: tuple[Desk, ...]


PLACES = (
    Place(
        key="catalonia",
        name="Catalonia: Vallserena",
        country="ES",
        region="CT",
        timezone="Europe/Madrid",
        agencies={
            "prison": ("Vallserena Prison", "+34 900 000 101"),
            "probation": ("Probation Service, Vallserena team", "+34 900 000 102"),
            "city": ("City of Vallserena", "+34 900 000 103"),
            "health": ("Vallserena Health Centre", "+34 900 000 104"),
            "bridge": ("Fundació El Pont", "+34 900 000 105"),
            "police": ("Regional Police, prevention", "+34 900 000 106"),
        },
        desks=(
            Desk("prison", ("prison", "agency_contact"), "Núria Ferrer"),
            Desk("prison", ("prison_management",), "Jordi Casals"),
            Desk("probation", ("probation", "agency_contact"), "Marc Vidal"),
            Desk("probation", ("victim_support",), "Laia Roca"),
            Desk("city", ("coordinator", "agency_contact"), "Marta Soler"),
            Desk("city", ("chair",), "Oriol Pons"),
            Desk("city", ("housing",), "Pau Riera"),
            Desk("city", ("social",), "Clara Mas"),
            Desk("city", ("dpo",), "Irene Bosch"),
            Desk("city", ("steering",), "Glòria Vila"),
            Desk("city", ("editor",), "Rosa Camí"),
            Desk("probation", ("editor",), "Pere Lluch"),
            Desk("city", ("admin",), "Quim Bosc"),
            Desk("health", ("health", "agency_contact"), "Dr. Anna Puig"),
            Desk("bridge", ("ngo", "agency_contact"), "Joan Serra"),
            Desk("bridge", ("mentor",), "Karim Haddad"),
            Desk("bridge", ("mentor_supervisor",), "Teresa Gil"),
            Desk("bridge", ("family",), "Montse Font"),
            Desk("police", ("police", "agency_contact"), "Albert Camps"),
            # Somebody to hand over to; by name after those above, who are chosen where one of several is meant.
            Desk("city", ("coordinator",), "Mireia Torres"),
            Desk("probation", ("probation",), "Sílvia Roig"),
        ),
    ),
    Place(
        key="the_hague",
        name="The Hague",
        country="NL",
        region=None,
        timezone="Europe/Amsterdam",
        agencies={
            "hague-prison": ("Duinzicht Prison", "+31 900 000 201"),
            "hague-probation": ("Probation The Hague", "+31 900 000 202"),
            "hague-city": ("Municipality of The Hague, Safety House", "+31 900 000 203"),
            "hague-health": ("Duinzicht Health Service", "+31 900 000 204"),
            "hague-harbour": ("Stichting Haven", "+31 900 000 205"),
            "hague-police": ("Police The Hague, prevention", "+31 900 000 206"),
        },
        desks=(
            Desk("hague-prison", ("prison", "agency_contact"), "Sanne de Wit"),
            Desk("hague-prison", ("prison_management",), "Ruud Bakker"),
            Desk("hague-probation", ("probation", "agency_contact"), "Femke Jansen"),
            Desk("hague-probation", ("victim_support",), "Els Visser"),
            Desk("hague-city", ("coordinator", "agency_contact"), "Daan Mulder"),
            Desk("hague-city", ("chair",), "Ingrid Smit"),
            Desk("hague-city", ("housing",), "Bram Meijer"),
            Desk("hague-city", ("social",), "Yasmin Kaya"),
            Desk("hague-city", ("dpo",), "Hans Vos"),
            Desk("hague-city", ("steering",), "Margriet Blom"),
            Desk("hague-city", ("editor",), "Wim de Boer"),
            Desk("hague-probation", ("editor",), "Anja Postma"),
            Desk("hague-city", ("admin",), "Joost Kuiper"),
            Desk("hague-health", ("health", "agency_contact"), "Dr. Lotte Peters"),
            Desk("hague-harbour", ("ngo", "agency_contact"), "Samira Aziz"),
            Desk("hague-harbour", ("mentor",), "Tom van Dijk"),
            Desk("hague-harbour", ("mentor_supervisor",), "Petra Kok"),
            Desk("hague-harbour", ("family",), "Noor Willems"),
            Desk("hague-police", ("police", "agency_contact"), "Kees Brouwer"),
            Desk("hague-city", ("coordinator",), "Sophie Vermeer"),
            Desk("hague-probation", ("probation",), "Lars Hendriks"),
        ),
    ),
)


@dataclass(frozen=True)
class Turn:
    """Something that happens to a case from outside its tasks, `day` days from today, at `hour` UTC."""

    day: int
    does: Callable[[Session, Case], object]
    hour: int = 11


@dataclass(frozen=True)
class Story:
    """A case to show: told backwards from today.

    `opened` and `release` are days from today. `answers` gives answers by form and question where the plausible
    one is not meant, a list for the first, second ... time that the form is asked. `leave` names steps that nobody
    has done yet; `pace` is which part of a step's time people take.
    """

    participant: str
    place: str
    opened: int
    release: int
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    leave: frozenset[str] = frozenset()
    turns: tuple[Turn, ...] = ()
    pace: float = 0.6
    language: str = ""
    born: str = "1994-05-17"


def _says(key: str, day: int, source: str, sure: str = "confirmed") -> Callable[[Session, Case], object]:
    """The prison records a date that lies `day` days from today."""

    def record(db: Session, case: Case) -> object:
        on = datetime.now(UTC).date() + timedelta(days=day)
        prison = _at(db, case, "prison")
        return participants.record_date(
            db, prison, case.participant_id, key=key, on=on, sure=sure, source=source
        )

    return record


def _hears(message: str, role: str = "coordinator") -> Callable[[Session, Case], object]:
    return lambda db, case: cases.send_message(db, _at(db, case, role), case.id, message)


def _pauses(reason: str) -> Callable[[Session, Case], object]:
    return lambda db, case: cases.pause_case(db, _at(db, case, "coordinator"), case.id, reason=reason)


def _notes(text: str, role: str, *, shared: bool) -> Callable[[Session, Case], object]:
    return lambda db, case: cases.add_note(db, _at(db, case, role), case.id, text=text, shared=shared)


def _asks(role: str, text: str) -> Callable[[Session, Case], object]:
    def ask(db: Session, case: Case) -> object:
        agency_id = _at(db, case, role).memberships[0].agency_id
        coordinator = _at(db, case, "coordinator")
        return cases.ask_colleague(db, coordinator, case.id, agency_id=agency_id, role=role, text=text)

    return ask


STORIES = (
    Story(
        "Amira Benali",
        "catalonia",
        opened=-84,
        release=98,
        language="Catalan",
        # So that a mentor has something to do.
        leave=frozenset({"first_meeting"}),
        turns=(
            Turn(
                -20,
                _notes(
                    "Her sister will come to the gate if she is told the time.", "coordinator", shared=True
                ),
            ),
            Turn(-6, _asks("police", "Is anything known about safety around the address in Carrer Nou?")),
        ),
    ),
    Story("Hugo Marín", "catalonia", opened=-3, release=14, language="Spanish", pace=0.3),
    Story(
        "Dani Rovira",
        "catalonia",
        opened=-150,
        release=32,
        turns=(Turn(-1, _says("released_on", -1, "The court, by telephone"), hour=15),),
    ),
    Story(
        "Ilyas Amrani",
        "catalonia",
        opened=-135,
        release=45,
        answers={"agreement_record": {"agreement": ["refused", "given"], "may_ask_again": "yes"}},
        language="Arabic",
    ),
    Story(
        "Pol Ferran",
        "catalonia",
        opened=-120,
        release=60,
        leave=frozenset({"apply_housing"}),
        turns=(Turn(-2, _hears("consent.withdrawn")),),
    ),
    Story(
        "Mila Kovač",
        "the_hague",
        opened=-160,
        release=21,
        answers={"housing_answer": {"housing_status": "none"}},
        leave=frozenset({"answer_housing", "ask_head"}),
        language="Croatian",
    ),
    Story(
        "Sami Rahimi",
        "the_hague",
        opened=-225,
        release=-45,
        turns=(Turn(-10, _hears("custody.returned", "probation")),),
        leave=frozenset({"contact_in_custody"}),
    ),
    Story("Joris Blom", "the_hague", opened=0, release=182),
    Story(
        "Nadia Osman",
        "the_hague",
        opened=-140,
        release=35,
        turns=(
            Turn(-30, _says("release_on", 42, "Letter of the court")),
            Turn(-4, _hears("prison.transfer", "prison")),
        ),
    ),
    Story(
        "Wim Dekker",
        "the_hague",
        opened=-75,
        release=107,
        turns=(Turn(-5, _pauses("In hospital for an operation, back in about two weeks.")),),
    ),
)

# Lived on a version of the pathway that has a slip, so that it stops and waits to be repaired.
STOPPED = Story("Rubén Serrat", "catalonia", opened=-40, release=140, language="Spanish")


def fill(config: Config, connect: Connect) -> list[dict[str, str]]:
    """Make the invented world in an empty database; its accounts, as `accounts` gives them."""
    passwords: dict[str, str] = {}
    with connect() as db:
        library.publish_folders(db)
    with connect() as db:
        for place in PLACES:
            passwords |= _settle(db, place)
        _prepare_change(db)
    for number, story in enumerate(STORIES):
        _tell(connect, config, story, number)
    demo_meetings.hold(connect, "catalonia")
    with demo_repair.slip(connect):
        _tell(connect, config, STOPPED, len(STORIES))
    _forget_mail(connect)
    found = accounts(connect, passwords)
    path = config.home / ACCOUNTS
    path.touch(mode=0o600)
    path.write_text(json.dumps(found, indent=1))
    return found


def _prepare_change(db: Session) -> None:
    """One editor has handed in a shorter deadline: another one can look at it and publish it."""
    rosa = db.scalars(select(User).where(User.email == "editor@catalonia.example")).one()
    step = "name_successor"
    xml = library.current_files(db)["diagrams"]["shared_handover"]
    said = library.wording_of(xml, step, library.role_names(db))
    new = replace(said, due_offset="P2D")
    change = library.edit_step(db, rosa, "shared_handover", ("shared_handover", step), new)
    library.hand_in(db, rosa, change.id)


def accounts(connect: Connect, passwords: Mapping[str, str]) -> list[dict[str, str]]:
    """Who can sign in as what: [{"email", "name", "does", "password"}]."""
    with connect() as db:
        rows = db.execute(
            select(User.email, User.name, Membership.role, Agency.name.label("agency"))
            .join(Membership, Membership.user_id == User.id)
            .join(Agency, Agency.id == Membership.agency_id)
            .where(Membership.role != "agency_contact")
            .order_by(Agency.local_action_id, Agency.name, User.name)
        )
        names = agencies.roles(db)
        return [
            {
                "email": row.email,
                "name": row.name,
                "does": f"{names[row.role].name}, {row.agency}",
                "password": passwords[row.email],
            }
            for row in rows
        ]


def _settle(db: Session, place: Place) -> dict[str, str]:
    local_action = agencies.add_local_action(
        db,
        key=place.key,
        name=place.name,
        country=place.country,
        region=place.region,
        timezone=place.timezone,
    )
    db.flush()
    houses = {
        key: agencies.add_agency(db, local_action, key=key, name=name, phone=phone)
        for key, (name, phone) in place.agencies.items()
    }
    db.flush()
    passwords: dict[str, str] = {}
    for number, desk in enumerate(place.desks):
        name = desk.roles[0].replace("_", "-")
        again = sum(email.startswith(f"{name}@") for email in passwords)
        email = f"{name}{again + 1 if again else ''}@{place.key.replace('_', '-')}.example"
        passwords[email] = secrets.token_urlsafe(9)
        house = houses[desk.agency]
        user = agencies.add_user(
            db,
            email=email,
            name=desk.name,
            password=passwords[email],
            desks=[(house, role) for role in desk.roles],
            phone=f"{house.phone}-{number + 10}",
        )
        house.default_owner_id = house.default_owner_id or user.id
    _administer(db, place)
    return passwords


def _administer(db: Session, place: Place) -> None:
    """A closed day and a parameter of the local action's own, so that the administrator's pages show something."""
    quim = _somebody(db, place.key, "admin")
    bridge_day = clock.today(place.timezone) + timedelta(days=30)
    administration.add_closed_days(db, quim, place.key, first=bridge_day, name="Town festival")
    reason = "The housing service asks for eighteen weeks (invented for the demonstration)."
    administration.set_parameter(db, quim, place.key, "housing_apply_weeks", value=18, reason=reason)


# Where the first choice is not what mostly happens.
USUAL: Mapping[str, Mapping[str, Any]] = {
    "release_notice": {"earlier_possible": "no", "received_on": {"day": "3", "month": "2", "year": "2025"}},
}


# ---- telling a story


def _tell(connect: Connect, config: Config, story: Story, number: int) -> None:
    """Live a case from its opening to today, everything at the moment at which it would have happened."""
    present = datetime.now(UTC)
    moment = present + timedelta(days=story.opened, hours=-1)
    with clock.at(moment), connect() as db:
        user = _somebody(db, story.place, "prison")
        person = participants.register(
            db,
            user,
            name=story.participant,
            born_on=datetime.fromisoformat(story.born).date(),
            number=f"DEMO-{number + 1:03d}",
            language=story.language,
        )
        case_id = cases.open_case(
            db, user, pathway="coordinated_release", participant_id=person.id, lanes={}
        ).id
    turns = sorted(
        (
            ((present + timedelta(days=turn.day)).replace(hour=turn.hour, minute=0), turn)
            for turn in story.turns
        ),
        key=lambda one: one[0],
    )
    asked: dict[str, int] = {}
    while True:
        happening = _next_happening(connect, story, case_id, moment)
        if turns and (happening is None or turns[0][0] < happening[0]):
            moment, turn = turns.pop(0)
            with clock.at(moment), connect() as db:
                turn.does(db, db.get_one(Case, case_id))
            continue
        if happening is None or happening[0] > present:
            return
        moment, task_id = happening
        with clock.at(moment):
            if task_id is None:
                worker.tick(connect, config, moment)
                continue
            with connect() as db:
                _do(db, story, task_id, asked)


def _next_happening(
    connect: Connect, story: Story, case_id: uuid.UUID, moment: datetime
) -> tuple[datetime, uuid.UUID | None] | None:
    """The next thing in a case: a task that somebody completes, or (None) a timer that fires."""
    with connect() as db:
        if db.get_one(Case, case_id).status != "open":
            return None
        found: list[tuple[datetime, uuid.UUID | None]] = [
            (max(moment + timedelta(minutes=20), _done_at(story, task)), task.id)
            for task in db.scalars(select(Task).where(Task.case_id == case_id, Task.status == "open"))
            if task.step not in story.leave and task.kind == "step"
        ]
        timer = db.scalar(select(Job).where(Job.dedup_key == f"timers:{case_id}", Job.state == "ready"))
        if timer is not None:
            found.append((max(moment, timer.run_at), None))
    return min(found, key=lambda one: (one[0], str(one[1]))) if found else None


def _done_at(story: Story, task: Task) -> datetime:
    """When somebody does a task: in the story's pace, on a working day, during the day."""
    planned = task.opened_at + timedelta(days=2)
    if task.due_at is not None:
        planned = task.opened_at + (task.due_at - task.opened_at) * story.pace
        if task.starts_at and planned < task.starts_at < task.due_at:
            planned = task.starts_at
    if not 8 <= planned.hour <= 15:
        planned = planned.replace(hour=9 + task.id.int % 6, minute=task.id.int % 60)
    while planned.weekday() > 4:
        planned += timedelta(days=1)
    return planned


def _do(db: Session, story: Story, task_id: uuid.UUID, asked: dict[str, int]) -> None:
    task = db.get_one(Task, task_id)
    user = task.owner or _at_desk(db, task)
    if policy.why_not(user, "complete", task):
        # A role that sees its own cases only has to be given its tasks by who leads it.
        cases.assign_task(db, _leader(db, task), task_id, user.id)
    form = library.form_of(db, task)
    options = agencies.options_for(db, task.case, asked=form)
    turn = asked[form.key] = asked.get(form.key, 0) + 1
    given = {
        key: one[min(turn, len(one)) - 1] if isinstance(one, list) else one
        for key, one in {**USUAL.get(form.key, {}), **story.answers.get(form.key, {})}.items()
    }
    raw = dict(plausible(form, story, options, _people(db, task.case), given))
    cases.complete_task(db, user, task_id, cases.Submitted(raw=raw))


def plausible(
    form: forms.Form,
    story: Story,
    options: Mapping[str, Mapping[str, str]],
    people: Mapping[str, str],
    given: Mapping[str, Any],
) -> Iterator[tuple[str, Any]]:
    """An answer to each question, the first choice where nothing else is meant: a pathway's forms name the way
    that mostly goes well first."""
    release = datetime.now(UTC).date() + timedelta(days=story.release)
    for question in form.questions:
        if question.key in given:
            yield question.key, given[question.key]
        elif question.date == "release_on":
            yield question.key, _day(release)
        elif question.date == "supervision_ends_on":
            yield question.key, _day(release + timedelta(days=300))
        elif question.kind in ("date", "datetime"):
            day = clock.now().date() if question.max == "today" else clock.now().date() + timedelta(days=7)
            yield (
                question.key,
                _day(day) if question.kind == "date" else {**_day(day), "hour": "10", "minute": "00"},
            )
        elif question.choices:
            value = question.choices[0].value
            yield question.key, [value] if question.kind == "several_of" else value
        elif question.kind == "yes_no":
            yield question.key, "yes"
        elif question.kind == "agency":
            keys = list(options["agency"])
            yield question.key, keys if question.many else keys[0]
        elif question.kind == "user":
            chosen = people.get(question.role or question.key) or next(iter(options[question.chosen_from]))
            yield question.key, [chosen] if question.many else chosen
        elif question.kind == "person":
            person = {"name": "Contact person", "phone": "+00 900 000 000"}
            yield question.key, [person] if question.many else person
        elif question.kind in ("whole_number", "decimal"):
            yield question.key, str(question.min if isinstance(question.min, int) else 1)
        elif question.kind in ("text", "long_text"):
            yield question.key, "As agreed in the conversation (invented for the demonstration)."


def _day(day: Any) -> dict[str, str]:
    return {"day": str(day.day), "month": str(day.month), "year": str(day.year)}


def _people(db: Session, case: Case) -> dict[str, str]:
    """For each role somebody who has it in the case's local action."""
    rows = db.execute(
        select(Membership.role, Membership.user_id)
        .join(Agency, Agency.id == Membership.agency_id)
        .join(User, User.id == Membership.user_id)
        .where(Agency.local_action_id == case.local_action_id)
        .order_by(User.name.desc())
    )
    # Of several the first by name, as everywhere here.
    return {row.role: str(row.user_id) for row in rows}


def _at(db: Session, case: Case, role: str) -> User:
    return _somebody(db, case.local_action.key, role)


def _somebody(db: Session, place: str, role: str) -> User:
    email = f"{role.replace('_', '-')}@{place.replace('_', '-')}.example"
    return db.scalars(select(User).where(User.email == email)).one()


def _at_desk(db: Session, task: Task) -> User:
    return agencies.users_at(db, task.agency_id, task.role)[0]


def _leader(db: Session, task: Task) -> User:
    there = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.agency_id == task.agency_id)
    )
    return next(user for user in db.scalars(there) if (task.agency_id, task.role) in policy.led_desks(user))


def _forget_mail(connect: Connect) -> None:
    """What people would have read in the past months is not sent today."""
    with connect() as db:
        for job in db.scalars(select(Job).where(Job.kind == "mail", Job.state == "ready")):
            job.state = "done"


def read_accounts(home: Path) -> list[dict[str, str]]:
    """Who can sign in to the demonstration that was made earlier; empty when there is none."""
    path = home / ACCOUNTS
    found: list[dict[str, str]] = json.loads(path.read_text()) if path.exists() else []
    return found
