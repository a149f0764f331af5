"""Builders: a small local action with its people, participants and cases, on real tables."""

import functools
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import agencies, cases, clock, library, participants
from engine.models import Agency, Case, LocalAction, Participant, Role, Task, User

SMALL = Path(__file__).parent / "small"
PASSWORD = "a long enough password"

# role -> (agency, name)
PEOPLE = {
    "prison": ("prison", "Núria Ferrer"),
    "coordinator": ("city", "Marta Soler"),
    "housing": ("city", "Pau Riera"),
    "health": ("clinic", "Anna Puig"),
    "probation": ("probation", "Marc Vidal"),
    "ngo": ("bridge", "Joan Serra"),
    "mentor": ("bridge", "Karim Haddad"),
    "police": ("police", "Albert Camps"),
}


def local_action(db: Session, *, key: str = "catalonia") -> LocalAction:
    """Agencies and one user per role; e-mail addresses are role@key.example."""
    publish(db)
    found = agencies.add_local_action(
        db, key=key, name=key.title(), country="ES", region="CT", timezone="Europe/Madrid"
    )
    db.flush()
    houses: dict[str, Agency] = {}
    for role, (house, name) in PEOPLE.items():
        if house not in houses:
            houses[house] = agencies.add_agency(
                db,
                found,
                key=f"{key}-{house}",
                name=f"{house.title()} of {key.title()}",
                phone="+34 900 000 000",
            )
            db.flush()
        worker = agencies.add_user(
            db, email=f"{role}@{key}.example", name=name, password=None, desks=[(houses[house], role)]
        )
        worker.password = hashed()
    return found


def editors(db: Session) -> tuple[User, User]:
    """Two pathway editors of the local action: editor@… and editor2@…."""
    may = ["edit_pathways", "publish_pathways"]
    db.add(Role(key="editor", name="Pathway editor", sees="nothing", scope="agency", leads=[], may=may))
    house = db.scalars(select(Agency).order_by(Agency.key)).first()
    assert house is not None
    db.flush()
    for email, name in (("editor", "Rosa Camí"), ("editor2", "Pere Lluch")):
        worker = agencies.add_user(
            db, email=f"{email}@catalonia.example", name=name, password=None, desks=[(house, "editor")]
        )
        worker.password = hashed()
    db.flush()
    return user(db, "editor"), user(db, "editor2")


@functools.cache
def hashed() -> str | None:
    """PASSWORD as it is kept: made once, because making it is slow on purpose."""
    return agencies.hash_password(PASSWORD)


def publish(db: Session, folder: Path = SMALL) -> None:
    library.publish_folders(db, workflows=folder / "workflows", form_folder=folder / "forms")


def user(db: Session, role: str, *, key: str = "catalonia") -> User:
    return db.scalars(select(User).where(User.email == f"{role}@{key}.example")).one()


def participant(
    db: Session, *, by: User, name: str = "Amira Benali", number: str = "N-1", release_on: date | None = None
) -> Participant:
    person = participants.register(db, by, name=name, number=number)
    if release_on:
        participants.record_date(
            db, by, person.id, key="release_on", on=release_on, sure="estimated", source="the court"
        )
    return person


def case(db: Session, *, by: User | None = None, name: str = "Amira Benali", number: str = "N-1") -> Case:
    """A case on the small pathway, just opened by the prison."""
    by = by or user(db, "prison")
    person = participant(db, by=by, name=name, number=number)
    return cases.open_case(db, by, pathway="small_release", participant_id=person.id, lanes={})


def task(db: Session, case: Case, step: str) -> Task:
    """The open task of a step. Fails the test when there is not exactly one."""
    return db.scalars(
        select(Task).where(Task.case_id == case.id, Task.step == step, Task.status == "open")
    ).one()


def open_steps(db: Session, case: Case) -> list[str]:
    return sorted(
        db.scalars(
            select(Task.step).where(Task.case_id == case.id, Task.status == "open", Task.kind == "step")
        )
    )


def day(on: date) -> dict[str, str]:
    return {"day": str(on.day), "month": str(on.month), "year": str(on.year)}


def announcement(*, weeks: int = 26, agreement: str = "given", **more: Any) -> dict[str, Any]:
    """What the prison answers to the first step: the release lies `weeks` ahead."""
    release = clock.today("Europe/Madrid") + timedelta(weeks=weeks)
    return {"release_day": day(release), "how_sure": "estimated", "agreement": agreement, **more}


def complete(
    db: Session,
    case: Case,
    step: str,
    *,
    by: User | str,
    answers: Mapping[str, Any] | None = None,
    **more: Any,
) -> Task:
    worker = user(db, by) if isinstance(by, str) else by
    submitted = cases.Submitted(raw=answers or {}, **more)
    return cases.complete_task(db, worker, task(db, case, step).id, submitted)


def prepared_case(db: Session, **more: Any) -> Case:
    """A case whose participant agreed: the plan, housing and treatment are open."""
    found = case(db)
    complete(db, found, "announce", by="prison", answers=announcement(**more))
    return found
