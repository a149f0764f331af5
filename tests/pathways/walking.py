"""Walk a real pathway with its real forms: each step answered like somebody would, on a calendar that moves."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from engine import clock, diagram, forms, parameters, runner, schedule

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / "workflows"
FORMS = ROOT / "forms"
SOMEBODY = "3f0c2b4e-8f57-4a5c-9f3e-0d6f8a0b1c2d"
AGENCIES = {"prison": "Prison", "city": "City", "probation": "Probation", "bridge": "Bridge"}


@cache
def catalogue() -> diagram.Catalogue:
    """The roles, forms and pathways of the project."""
    found = diagram.Catalogue.beside(WORKFLOWS / "roles.json")
    assert found
    return found


@cache
def read(key: str) -> diagram.Diagram:
    """The checked diagram of a pathway."""
    return diagram.read((WORKFLOWS / f"{key}.bpmn").read_bytes(), catalogue())


@cache
def form(key: str) -> forms.Form:
    return forms.parse((FORMS / f"{key}.json").read_bytes())


@cache
def sources(key: str) -> dict[str, bytes]:
    """A pathway and everything it calls, by key."""
    found: dict[str, bytes] = {}
    waiting = [key]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found[key] = (WORKFLOWS / f"{key}.bpmn").read_bytes()
            waiting += [node.calls for node in read(key).pathways[0].nodes.values() if node.calls]
    return found


def plainly(
    asked: forms.Form,
    said: Mapping[str, Any],
    *,
    now: datetime,
    dates: Mapping[str, Any],
    agencies: list[str],
    people: Mapping[str, str],
) -> dict[str, Any]:
    """What is `said`, and what anybody might answer to the rest of a form that is demanded or read by a diagram.

    A participant's date stays as `dates` has it; `people` are user ids by role.
    """
    unknown = set(said) - {question.key for question in asked.questions}
    assert not unknown, f"{asked.key} does not ask {unknown}"
    given = dict(said)
    for question in asked.questions:
        missing = question.key not in given and question in forms.visible(asked, given)
        if not missing or not (question.required or question.fact):
            continue
        match question.kind:
            case "yes_no":
                given[question.key] = True
            case "one_of":
                given[question.key] = question.choices[0].value
            case "several_of":
                given[question.key] = [question.choices[0].value]
            case "date":
                given[question.key] = str(dates.get(question.date or "") or now.date())
            case "datetime":
                given[question.key] = now.isoformat()
            case "whole_number":
                given[question.key] = question.min or 1
            case "person":
                given[question.key] = {"name": "Noor Visser", "phone": "0701 234567"}
            case "agency":
                given[question.key] = agencies[:2] if question.many else agencies[0]
            case "user":
                given[question.key] = people.get(question.role or question.key, SOMEBODY)
            case _:
                given[question.key] = "As agreed."
    return given


@cache
def prepared(key: str) -> str:
    """What is stored of a pathway for running it."""
    return runner.prepare(sources(key), key)


class Walk:
    """One case on its way.

    `today` is the day it has come to. Steps are known by their BPMN id: `open` now, `seen` so far.
    """

    def __init__(self, pathway: str, *, today: date, **known: Any) -> None:
        texts = sources(pathway)
        self.steps = {(key, node.id): node for key in texts for node in read(key).pathways[0].nodes.values()}
        # The facts that the gateways may read exist from the beginning, as unknown ones.
        self.values: dict[str, Any] = dict.fromkeys([*catalogue().facts, *forms.DATES])
        self.values |= known
        self.calendar = schedule.Calendar("UTC")
        self.opened = self.today = today
        self.specs = prepared(pathway)
        self.plan = runner.load(self.specs, pathway)
        self.seen: set[str] = set()
        self.go_on(runner.start(self.plan, self.context()))

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, time(9), UTC)

    def context(self) -> runner.Context:
        dates = {"today": self.today, "case_opened_on": self.opened}
        return runner.Context({**self.values, **dates}, self.now, self.due)

    def due(self, anchor: str, offset: str, days: Any, opened_at: datetime) -> datetime | None:
        start: Any = self.values.get("supervision_ends_on" if anchor == "supervision_end" else anchor)
        if anchor == "step_opened":
            start = opened_at
        if anchor == "release":
            start = self.values["released_on"] or self.values["release_on"]
            if self.values["received_on"] and self.values["released_on"]:
                back = self.values["released_on"] < self.values["received_on"]
                start = self.values["release_on"] if back else start
        if isinstance(start, str):
            start = date.fromisoformat(start)
        return schedule.starts_at(start, parameters.fill(offset, {}), days, self.calendar) if start else None

    @property
    def open(self) -> list[str]:
        return sorted(one.step for one in self.run.open)

    def go_on(self, run: runner.Run) -> None:
        assert run.stuck is None, run.stuck
        self.run = run
        self.seen |= {one.step for one in run.opened}

    def do(self, step: str, **answers: Any) -> "Walk":
        """Do an open step, once for each item it is open for; what is not said is answered plainly."""
        mine = [one for one in self.run.open if one.step == step]
        assert mine, f"{step} is not open; open are {self.open}"
        for one in mine:
            asked = form(self.steps[one.pathway, one.step].form or "")
            self.complete(one, self.answers(asked, answers))
        return self

    def complete(self, one: runner.Open, answers: Mapping[str, Any]) -> None:
        """Somebody answers an open step; what the form asks and is left out has no answer from now on."""
        asked = form(self.steps[one.pathway, one.step].form or "")
        with clock.at(self.now):
            given = forms.read(asked, forms.raw(asked, dict(answers)), today=self.today)
        self.values |= {
            question.key: given.get(question.key) for question in asked.questions if question.fact
        }
        self.values |= {key: day for key, day, _ in forms.dates(asked, given)}
        self.go_on(runner.complete(self.plan, self.run.state, one.id, self.context()))

    def answers(self, asked: forms.Form, said: dict[str, Any]) -> dict[str, Any]:
        return plainly(asked, said, now=self.now, dates=self.values, agencies=sorted(AGENCIES), people={})

    def wait(self, until: date) -> "Walk":
        """Let the calendar go on day by day, so that every timer fires on its day."""
        while self.today < until:
            self.today += timedelta(days=1)
            if self.run.wake_at and self.run.wake_at <= self.now:
                self.go_on(runner.wake(self.plan, self.run.state, self.context()))
        return self

    def roles(self) -> set[str]:
        """Whose steps are open."""
        return {self.steps[one.pathway, one.step].role or "" for one in self.run.open}

    def tell(self, message: str) -> "Walk":
        """Deliver a message that the case waits for."""
        self.go_on(runner.deliver(self.plan, self.run.state, message, self.context()))
        assert self.run.caught, f"nothing waits for {message}"
        return self
