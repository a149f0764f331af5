"""Every pathway, walked at random with answers that its forms accept: never stuck, and it always ends."""

import json
import random
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from engine import agencies, facts, forms, journal, library, participants, runner
from engine.errors import Invalid
from engine.forms.definition import limit_day
from tests.pathways.story import INVITED, Story, agreed, announced, released
from tests.pathways.walking import AGENCIES, SOMEBODY, WORKFLOWS, Walk, form, plainly, read

START = date(2027, 3, 1)
PATHWAYS = sorted(file.stem for file in WORKFLOWS.glob("*.bpmn"))
# What the pathway that calls another has asked before.
KNOWN: dict[str, dict[str, Any]] = {
    "conference_actions": {
        "has_actions": True,
        "action_agencies": sorted(AGENCIES),
        "actions_due_on": str(START),
    },
    "emergency_release": {"legal_supervision": True, "agreement": "given"},
}
# At random a walk could go round for ever: after so many moves people answer plainly, and decide for the way out.
ROUNDS, LAST = 60, 200
WAY_OUT = {
    "sharing_route": "stop",
    "limited_next": "end",
    "follow_up_decision": "close",
    "custody_route": "keep_plan",
    "next_contact_on": str(START + timedelta(days=3000)),
}
OUTSIDE = ("release_on", "released_on", "received_on", "supervision_ends_on")


FRESH = count()


class RandomWalk(Walk):
    """A walk on which chance decides: which step is done next, with which answers, what happens meanwhile."""

    def __init__(self, pathway: str, seed: int) -> None:
        self.chance, self.trail = random.Random(f"{pathway} {seed}"), [f"{pathway}, seed {seed}"]
        known = {
            key: self.a_day() for key in ("release_on", "supervision_ends_on") if self.chance.random() < 0.5
        }
        super().__init__(pathway, today=START, **{**known, **KNOWN.get(pathway, {})})

    def to_the_end(self) -> None:
        for rounds in range(ROUNDS + LAST):
            if self.run.ended:
                assert not self.run.open, self.told("ended with steps open")
                return
            if rounds % 8 == 0:
                self.reload()
            if rounds < ROUNDS:
                self.any_move()
            else:
                self.way_out()
        raise AssertionError(self.told("does not end"))

    def any_move(self) -> None:
        moves = [self.time_passes, self.a_date_changes]
        if self.run.open:
            moves += [self.a_step_is_done] * 12
        if self.messages():
            moves += [self.a_message_comes]
        self.chance.choice(moves)()

    def way_out(self) -> None:
        """Whatever is open is done plainly; when nothing is, the next date comes. Somebody knows the release date."""
        if self.values["release_on"] is None:
            self.values["release_on"] = self.today
            self.wake()
        elif self.run.open:
            one = self.run.open[0]
            asked = form(self.steps[one.pathway, one.step].form or "")
            way_out = {
                key: value for key, value in WAY_OUT.items() if key in {q.key for q in asked.questions}
            }
            self.answer(one, self.answers(asked, way_out))
        else:
            assert self.run.wake_at, self.told("nothing to do and nothing to wait for")
            self.today = max(self.today, self.run.wake_at.date() + timedelta(days=1))
            self.wake()

    def a_step_is_done(self) -> None:
        one = self.chance.choice(self.run.open)
        asked = form(self.steps[one.pathway, one.step].form or "")
        known = {"dates": self.values, "agencies": sorted(AGENCIES), "people": {}}
        chosen = {question.chosen_from: [SOMEBODY] for question in asked.questions}
        self.answer(one, any_answers(self.chance, asked, self.now, chosen, **known))

    def answer(self, one: runner.Open, answers: dict[str, Any]) -> None:
        facts = {
            q.key for q in form(self.steps[one.pathway, one.step].form or "").questions if q.fact or q.date
        }
        self.trail.append(f"{one.step} { ({key: answers[key] for key in answers if key in facts}) }")
        self.complete(one, answers)

    def time_passes(self) -> None:
        self.today += timedelta(days=self.chance.choice([1, 7, 30, 90]))
        self.wake()

    def a_date_changes(self) -> None:
        """Somebody records a date, as `participants.record_date` does it."""
        key = self.chance.choice(OUTSIDE)
        day = self.a_day() if self.chance.random() < 0.8 else None
        if day and key in ("released_on", "received_on"):
            day = min(day, self.today)
        changed = day != self.values[key]
        self.values[key] = day
        self.trail.append(f"{key} = {day}")
        if changed and key in participants.EVENTS and participants.EVENTS[key] in self.messages():
            self.tell(participants.EVENTS[key])
        self.wake()

    def a_message_comes(self) -> None:
        message = self.chance.choice(self.messages())
        self.trail.append(message)
        self.tell(message)

    def wake(self) -> None:
        self.trail.append(f"{self.today}")
        self.go_on(runner.wake(self.plan, self.run.state, self.context()))

    def reload(self) -> None:
        """Go on from what was stored, on a plan read anew, as another process does after a restart."""
        plan = runner.load(self.specs, f"read anew {next(FRESH)}")
        again = runner.deliver(
            plan, json.loads(json.dumps(self.run.state)), "nobody waits for this", self.context()
        )
        assert (again.open, again.waits, again.wake_at) == (self.run.open, self.run.waits, self.run.wake_at)
        self.plan = plan

    def go_on(self, run: runner.Run) -> None:
        assert run.stuck is None, self.told(str(run.stuck))
        super().go_on(run)

    def messages(self) -> list[str]:
        return sorted({wait.name for wait in self.run.waits if wait.kind == "message" and wait.name})

    def told(self, problem: str) -> str:
        return "\n".join([problem, *self.trail])

    def a_day(self) -> date:
        return getattr(self, "today", START) + timedelta(days=self.chance.randint(-60, 400))


def any_answers(
    chance: random.Random,
    asked: forms.Form,
    now: datetime,
    chosen: Mapping[str, Collection[str]],
    **known: Any,
) -> dict[str, Any]:
    """Any answers that the form accepts at a moment; `known` as for `plainly`."""
    given: dict[str, Any] = {}
    for question in asked.questions:
        if question in forms.visible(asked, given) and (question.required or chance.random() < 0.5):
            answer = _any_answer(chance, question, now.date(), known["agencies"], chosen)
            if answer is not None:
                given[question.key] = answer
    return plainly(asked, given, now=now, **known)


def _any_answer(
    chance: random.Random,
    question: forms.Question,
    today: date,
    agencies: list[str],
    people: Mapping[str, Collection[str]],
) -> Any:
    match question.kind:
        case "yes_no":
            return chance.random() < 0.7
        case "one_of":
            # The way that mostly goes well is named first: with it a little likelier, walks come far.
            return chance.choice((question.choices[0], *question.choices)).value
        case "several_of":
            chosen = chance.sample(question.choices, chance.randint(1, len(question.choices)))
            return [choice.value for choice in question.choices if choice in chosen]
        case "date":
            first = limit_day(str(question.min), today) if question.min else today - timedelta(30)
            last = limit_day(str(question.max), today) if question.max else today + timedelta(200)
            return str(first + timedelta(days=chance.randint(0, (last - first).days)))
        case "agency":
            some = chance.sample(agencies, chance.randint(1, len(agencies)))
            return some if question.many else some[0]
        case "user":
            return chance.choice(sorted(people[question.chosen_from]))
    return None


@pytest.mark.parametrize("pathway", PATHWAYS)
def test_walks_at_random_are_never_stuck_end_and_reach_every_step(pathway: str) -> None:
    ahead = {node.id for node in read(pathway).pathways[0].nodes.values() if node.kind == "userTask"}
    for seed in range(200):
        walk = RandomWalk(pathway, seed)
        walk.to_the_end()
        ahead -= walk.seen
        if not ahead and seed >= 10:
            return
    assert ahead == set(), "no way leads there"


@pytest.mark.long
@pytest.mark.parametrize("pathway", PATHWAYS)
def test_many_walks_at_random_are_never_stuck_and_end(pathway: str) -> None:
    for seed in range(200, 500):
        RandomWalk(pathway, seed).to_the_end()


class RandomStory(Story):
    """A story on real tables on which chance decides."""

    def goes_on_at_random(self, chance: random.Random, moves: int) -> None:
        for _ in range(moves):
            if self.status[0] == "closed":
                return
            self.one_move(chance)
            assert self.status[0] in ("open", "closed"), f"needs repair after {self.done}"

    def one_move(self, chance: random.Random) -> None:
        if not self.open or chance.random() < 0.15:
            self.until(self.today + timedelta(days=chance.choice([3, 20, 60])))
        elif chance.random() < 0.1:
            on = self.today + timedelta(days=chance.randint(-30, 300))
            key = chance.choice(["release_on", "released_on", "supervision_ends_on"])
            # A date that cannot be true beside the others is refused, and the story goes on.
            with suppress(Invalid):
                self.dated(key, min(on, self.today) if key == "released_on" else on)
        else:
            step = chance.choice(self.open)
            with self.db() as db:
                task = self._open(db, step)[0]
                given = any_answers(
                    chance,
                    library.form_of(db, task),
                    self.now,
                    agencies.options_for(db, task.case, asked=library.form_of(db, task)),
                    dates=facts.dates(db, task.case.participant_id),
                    agencies=INVITED,
                    people={},
                )
            self.does(step, **given)


@pytest.mark.parametrize("seed", range(3))
def test_a_story_at_random_never_needs_repair(begin: Callable[..., Any], seed: int) -> None:
    chance = random.Random(seed)
    amira = begin((announced, agreed, released)[seed], RandomStory)
    amira.goes_on_at_random(chance, 60)
    with amira.connect() as db:
        assert list(journal.verify(db)) == []
