"""Plays a case of some diagrams with the engine that runs real ones, in memory and with a clock of its own."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal

from engine import diagram, facts, forms, library, runner, schedule
from engine.diagram import times
from engine.diagram.catalogue import nearest
from engine.errors import EngineError, Invalid
from engine.forms.definition import limit_day
from engine.words import N_

# A Monday at nine; the same for every play, so that the same script always gives the same trace.
BEGUN = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
MOST_STEPS = 1_000
_CALENDAR = schedule.Calendar()
_ACTS = {"complete": "answers", "message": "payload", "advance": None}

Read = tuple[str, diagram.Diagram]


class NotPlayable(EngineError):
    """Some diagrams have errors; `read` holds what `check` says of each file."""

    def __init__(self, read: Sequence[Read]) -> None:
        super().__init__(N_("Some diagrams have errors, so no case can follow them."))
        self.read = read


class BadScript(EngineError):
    """What was asked for cannot be played; `problems` are all that were found, each a sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(N_("This cannot be played as it is written."))
        self.problems = problems


@dataclass(frozen=True)
class Act:
    """One line of a script: what to do, with what, and the answers or payload that come along."""

    number: int
    verb: Literal["complete", "message", "advance"]
    what: str
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """What is played: the pathways by key, the one that the case follows, and its plan.

    `asks` are the forms that its steps ask, None where no catalogue lies beside the diagrams; `unasked` are the facts
    that it, or a pathway that calls it, can come to know.
    """

    main: str
    pathways: Mapping[str, diagram.Pathway]
    asks: Mapping[str, forms.Form] | None
    unasked: Mapping[str, None]
    plan: runner.Plan

    def node(self, pathway: str, step: str) -> diagram.Node:
        return self.pathways[pathway].nodes[step]

    def form_of(self, node: diagram.Node) -> forms.Form | None:
        """The form that a step asks; None where anything may be answered."""
        if self.asks is None:
            return None
        return self.asks.get(node.form or "", library.PLAIN)

    @property
    def nodes(self) -> list[diagram.Node]:
        return [node for pathway in self.pathways.values() for node in pathway.nodes.values()]


def set_stage(files: Sequence[str], start: str | None = None) -> Stage:
    """Read diagrams, and those they call that lie beside them. The case follows `start`, or the first of them.

    Raises NotPlayable, with what `check` says, and BadScript when there is no such pathway.
    """
    catalogues: dict[Path, diagram.Catalogue | None] = {}
    read: list[Read] = []
    sources: dict[str, bytes] = {}
    pathways: dict[str, diagram.Pathway] = {}
    twice: list[str] = []
    ahead = list(dict.fromkeys(files))
    for name in ahead:
        found = diagram.read_file(name, catalogues)
        read.append((name, found))
        for pathway in found.pathways if found.ok else ():
            if pathway.id in pathways:
                twice.append(f"Two of these files hold a pathway “{pathway.id}”. Leave one of them out.")
            pathways[pathway.id], sources[pathway.id] = pathway, Path(name).read_bytes()
            ahead += _beside(name, pathway, ahead)
    if not all(found.ok for _, found in read):
        raise NotPlayable(read)
    main = start or next(iter(pathways), "")
    if main not in pathways:
        twice.append(_unknown("There is no pathway", main, pathways, "The pathways are"))
    if twice:
        raise BadScript(twice)
    try:
        specs = runner.prepare(sources, main)
    except Invalid as invalid:
        raise BadScript([f"{one.field}: {one.message}" for one in invalid.problems]) from invalid
    known = [catalogue for catalogue in catalogues.values() if catalogue is not None]
    asked = {node.form for pathway in pathways.values() for node in pathway.nodes.values()}
    given = {key: form for catalogue in known for key, form in catalogue.forms.items() if key in asked}
    has_forms = any(catalogue.has_forms for catalogue in known)
    plan = runner.load(specs, hashlib.sha256(specs.encode()).hexdigest())
    unasked = dict.fromkeys(q.key for form in given.values() for q in form.questions if q.fact)
    for catalogue in known:
        unasked |= dict.fromkeys(_callers_ask(main, catalogue.reaches))
    return Stage(main, pathways, given if has_forms else None, unasked, plan)


def _callers_ask(key: str, reaches: Mapping[str, diagram.Reach]) -> Iterable[str]:
    """The facts that are asked where a pathway is called from: a case of a caller would know of them."""
    callers, before = {key}, set[str]()
    while callers != before:
        before = set(callers)
        callers |= {one for one, reach in reaches.items() if reach.calls & callers}
    return sorted({fact for one in callers - {key} if one in reaches for fact in reaches[one].asks})


def _beside(name: str, pathway: diagram.Pathway, known: Iterable[str]) -> list[str]:
    """The files beside this one that hold the pathways it calls."""
    have = {Path(one).resolve() for one in known}
    called = dict.fromkeys(node.calls for node in pathway.nodes.values() if node.calls)
    files = [Path(name).parent / f"{key}.bpmn" for key in called if "/" not in key]
    return [str(file) for file in files if file.is_file() and file.resolve() not in have]


# ---- The script


def read_script(text: str, stage: Stage) -> list[Act]:
    """A script: a JSON list of {"complete", "answers"}, {"message", "payload"} and {"advance"}.

    Raises BadScript with everything that is wrong, as far as it can be seen before playing.
    """
    try:
        lines = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadScript(["The script is not JSON. Write a list such as [{“advance”: “P1D”}]."]) from error
    if not isinstance(lines, list):
        raise BadScript(
            ["The script is not a list. Put what happens in square brackets, one after the other."]
        )
    problems: list[str] = []
    acts = [_read_act(number, line, stage, problems) for number, line in enumerate(lines, 1)]
    if problems:
        raise BadScript(problems)
    return [act for act in acts if act is not None]


def _read_act(number: int, line: Any, stage: Stage, problems: list[str]) -> Act | None:
    before = len(problems)
    verbs = [verb for verb in _ACTS if isinstance(line, dict) and verb in line]
    if len(verbs) != 1:
        problems.append(f"Step {number} must say one of “complete”, “message” and “advance”.")
        return None
    verb, extra = verbs[0], _ACTS[verbs[0]]
    allowed = [one for one in (verb, extra) if one]
    problems += [
        f"Step {number}: {_unknown('nobody knows what to do with', key, allowed, 'It may say')}"
        for key in line
        if key not in allowed
    ]
    what, told = line[verb], line.get(extra, {}) if extra else {}
    if not isinstance(told, dict):
        problems.append(f"Step {number}: “{extra}” must be an object, such as {{“decision”: “yes”}}.")
        told = {}
    if not isinstance(what, str) or not what.strip():
        problems.append(f"Step {number}: “{verb}” must be followed by a text in quotes.")
    elif verb == "complete":
        problems += [f"Step {number}: {one}" for one in _wrong_step(what, told, stage)]
    elif verb == "message":
        problems += [f"Step {number}: {one}" for one in _wrong_message(what, told, stage)]
    elif _time(what) is None:
        problems.append(
            f"Step {number}: “{what[:60]}” is neither a length of time nor a date. Write it like P14D, PT4H or "
            "2027-03-01."
        )
    return None if len(problems) > before else Act(number, verb, what, told)  # type: ignore[arg-type]


def _wrong_step(what: str, answers: Mapping[str, Any], stage: Stage) -> Iterable[str]:
    nodes = _named(what, stage.nodes)
    steps = [node for node in nodes if node.kind in diagram.HUMAN]
    human = [node for node in stage.nodes if node.kind in diagram.HUMAN]
    if not nodes:
        words = [word for node in human for word in (node.name, node.id) if word]
        yield _unknown("there is no step", what, words, "The steps are")
    elif not steps:
        yield f"“{what}” is no step that a person completes."
    asked = [form for form in map(stage.form_of, steps) if form is not None]
    if asked:
        keys = [question.key for form in asked for question in form.questions]
        for key in answers:
            if key not in keys:
                yield _unknown(f"the form of “{what}” does not ask", key, keys, "It asks")


def _wrong_message(what: str, payload: Mapping[str, Any], stage: Stage) -> Iterable[str]:
    names = [node.message for node in stage.nodes if node.message]
    if what not in names:
        yield _unknown("nothing ever waits for the message", what, names, "The messages are")
    if stage.asks is not None:
        for key in payload:
            if key not in stage.unasked:
                yield _unknown("no form asks the fact", key, stage.unasked, "The facts are")


def _named(what: str, nodes: Iterable[diagram.Node]) -> list[diagram.Node]:
    """The elements that have this id; if there are none, those that have it as a name."""
    nodes = list(nodes)
    return [node for node in nodes if node.id == what] or [node for node in nodes if node.name == what]


def _unknown(said: str, word: str, known: Iterable[str], listing: str) -> str:
    """Say that a word is not known, with the near match or else a few that are."""
    known = tuple(dict.fromkeys(known))
    near = nearest(word, known)
    if near:
        return f"{said} “{word[:60]}”. Did you mean “{near}”?"
    listed = ", ".join(f"“{one}”" for one in known[:8]) + (" …" if len(known) > 8 else "")
    return f"{said} “{word[:60]}”." + (f" {listing} {listed}." if listed else "")


def _time(text: str) -> schedule.Offset | date | None:
    for read in (times.read_length, times.read_moment):
        try:
            return read(text)
        except times.UnreadableTime:
            continue
    return None


# ---- The play


class Play:
    """A case on its way along a stage: what it knows, what time it is, and what has happened so far."""

    def __init__(self, stage: Stage, most: int = MOST_STEPS) -> None:
        self.stage, self.most, self.taken = stage, most, 0
        self.now = BEGUN
        self.trace: list[dict[str, str]] = []
        # Messages that came when nothing waited for them.
        self.unheard: list[str] = []
        self.values: dict[str, Any] = {
            **stage.unasked,
            **dict.fromkeys(facts.DATES),
            "case_opened_on": BEGUN.date(),
        }
        self.turns: Counter[tuple[str, str]] = Counter()
        self.run = runner.start(stage.plan, self.context)

    @property
    def context(self) -> runner.Context:
        values = {**self.values, "today": self.now.date()}
        return runner.Context(values, self.now, self._fires_at, listen=self._hear)

    @property
    def goes_on(self) -> bool:
        return not (self.run.ended or self.run.stuck) and self.taken < self.most

    def follow(self, acts: Iterable[Act]) -> None:
        """Do what a script says, one thing after the other. Raises BadScript where that cannot be done then."""
        for act in acts:
            if not self.goes_on and (self.run.stuck or not self.run.ended):
                return
            if act.verb == "complete":
                self._complete(self._find(act), act.told, act.number)
            elif act.verb == "message":
                self._deliver(act)
            else:
                self._advance(act)

    def go_on(self) -> None:
        """Complete whatever is open, the oldest first, and let time pass where only timers wait."""
        while self.goes_on:
            if self.run.open:
                one = self.run.open[0]
                form = self.stage.form_of(self.stage.node(one.pathway, one.step))
                turn = self.turns[one.pathway, one.step]
                self._complete(one, _made_up(form, turn, self.now.date()) if form else {})
            elif self.run.wake_at is not None:
                self._pass_time(self.run.wake_at)
            else:
                return

    # ---- What can happen

    def _complete(self, one: runner.Open, answers: Mapping[str, Any], number: int | None = None) -> None:
        node = self.stage.node(one.pathway, one.step)
        form = self.stage.form_of(node)
        where = f"Step {number}" if number else f"“{node.name or node.id}”"
        moved = False
        if form is None:
            self.values |= answers
        else:
            try:
                read = forms.read(form, answers, today=self.now.date())
            except Invalid as invalid:
                raise BadScript(
                    [f"{where}: {one.field}: {one.message}" for one in invalid.problems]
                ) from invalid
            dates = {key: on for key, on, _ in forms.dates(form, read)}
            wrong = facts.contradictions(dates)
            if wrong:
                raise BadScript([f"{where}: {sentence}" for sentence in wrong.values()])
            moved = any(self.values.get(key) != on for key, on in dates.items())
            self.values |= {q.key: read.get(q.key) for q in form.questions if q.fact} | dates
        self.turns[one.pathway, one.step] += 1
        self._take(runner.complete(self.stage.plan, self.run.state, one.id, self.context))
        if moved and not self.run.ended and not self.run.stuck:
            # As in a real case: whatever counts from the dates follows them at once.
            self.run = runner.wake(self.stage.plan, self.run.state, self.context)

    def _deliver(self, act: Act) -> None:
        self.values |= act.told
        self._take(runner.deliver(self.stage.plan, self.run.state, act.what, self.context))
        if not self.run.caught:
            self.unheard.append(act.what)

    def _advance(self, act: Act) -> None:
        to = _time(act.what)
        if isinstance(to, schedule.Offset):
            try:
                until = schedule.move(self.now, to, UTC)
            except ValueError as error:
                raise BadScript([f"Step {act.number}: {error}"]) from error
        else:
            assert to is not None
            until = to if isinstance(to, datetime) else datetime.combine(to, time(0))
            until = until.astimezone(UTC) if until.tzinfo else until.replace(tzinfo=UTC)
        if until < self.now:
            then = f"{self.now:%Y-%m-%d %H:%M}"
            raise BadScript(
                [f"Step {act.number}: it is {then} by then; time does not go back to {act.what}."]
            )
        self._pass_time(until)

    def _pass_time(self, until: datetime) -> None:
        """Let each timer fire when it is due."""
        while self.goes_on and self.run.wake_at is not None and self.run.wake_at <= until:
            self.now = max(self.now, self.run.wake_at)
            self._take(runner.wake(self.stage.plan, self.run.state, self.context))
        if not self.run.stuck and self.taken < self.most:
            self.now = max(self.now, until)

    def _take(self, run: runner.Run) -> None:
        self.run = run
        self.taken += 1

    def _find(self, act: Act) -> runner.Open:
        """The open step that is meant: of several, the oldest."""
        nodes = [(one, self.stage.node(one.pathway, one.step)) for one in self.run.open]
        meant = _named(act.what, [node for _, node in nodes])
        found = next((one for one, node in nodes if node in meant), None)
        if found is None:
            listed = ", ".join(f"“{node.name or node.id}”" for _, node in nodes[:8])
            others = f"Open are {listed}." if listed else "Nothing is."
            raise BadScript([f"Step {act.number}: “{act.what}” is not open then. {others}"])
        return found

    def _fires_at(self, anchor: str, offset: str, days: str, opened_at: datetime) -> datetime | None:
        start = facts.anchor(self.values, anchor, opened_at, BEGUN)
        return schedule.starts_at(start, offset, days, _CALENDAR) if start else None

    def _hear(self, moved: runner.Moved) -> None:
        self.trace.append(
            {
                "at": self.now.isoformat(),
                "event": moved.event,
                "element": moved.step,
                "name": self.stage.node(moved.pathway, moved.step).name,
            }
        )

    # ---- What has become of it

    @property
    def status(self) -> Literal["completed", "open", "stuck"]:
        if self.run.stuck:
            return "stuck"
        return "completed" if self.run.ended else "open"

    @property
    def open(self) -> list[dict[str, str | None]]:
        """Everything that waits: {"element", "name", "kind": task, timer or message, "for", "due_at"}."""
        found = [self._waiting(one, "task") for one in self.run.open]
        return found + [self._waiting(one, one.kind, one.name, one.due_at) for one in self.run.waits]

    def _waiting(
        self,
        one: runner.Open | runner.Wait,
        kind: str,
        message: str | None = None,
        due_at: datetime | None = None,
    ) -> dict[str, str | None]:
        name = self.stage.node(one.pathway, one.step).name
        due = due_at.isoformat() if due_at else None
        return {"element": one.step, "name": name, "kind": kind, "for": message, "due_at": due}

    @property
    def reason(self) -> str | None:
        """Why it is not completed, in words."""
        stuck = self.run.stuck
        if stuck:
            node = self.stage.pathways[stuck.pathway].nodes.get(stuck.step)
            return f"“{(node and node.name) or stuck.step}”: {stuck.message}"
        if self.run.ended:
            return None
        if self.taken >= self.most:
            return f"It was stopped after {self.taken:,} steps."
        kinds = Counter(str(one["kind"]) for one in self.open)
        if kinds["task"]:
            return f"Steps wait to be completed: {kinds['task']}."
        if any(one["due_at"] for one in self.open):
            return "It waits for a timer."
        if kinds["message"]:
            return (
                "It waits for a message: "
                + ", ".join(f"“{one['for']}”" for one in self.open if one["for"])
                + "."
            )
        return "It waits for a date that nobody has said."

    def told(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {"status": self.status, "trace": self.trace, "open": self.open, "reason": self.reason}

    def __str__(self) -> str:
        lines = [
            f"{one['at'][:16].replace('T', ' ')}  {one['event']:9}  {one['name'] or one['element']} [{one['element']}]"
            for one in self.trace
        ]
        lines += [f"Nothing waited for the message “{name}” when it came." for name in self.unheard]
        because = f": {self.reason}" if self.reason else "."
        lines.append(f"{self.status.capitalize()} at {self.now:%Y-%m-%d %H:%M}{because}")
        for one in self.open:
            events = {"timer": one["due_at"] or "a date", "message": f"“{one['for']}”"}
            waits = events.get(str(one["kind"]), "somebody")
            lines.append(f"  {one['name'] or one['element']} [{one['element']}] waits for {waits}")
        return "\n".join(lines)


def _made_up(form: forms.Form, turn: int, today: date) -> dict[str, Any]:
    """Answers to a form; another choice each time, so that a case that goes round comes out again."""
    answers: dict[str, Any] = {}
    for question in form.questions:
        if (question.required or question.fact or question.date) and question in forms.visible(form, answers):
            one = _made_up_one(question, turn, today)
            answers[question.key] = [one] if question.takes_list else one
    return answers


def _made_up_one(question: forms.Question, turn: int, today: date) -> Any:
    match question.kind:
        case "one_of" | "several_of":
            return question.choices[turn % len(question.choices)].value
        case "yes_no":
            return turn % 2 == 0
        case "whole_number" | "decimal":
            return question.min if question.min is not None else min(1, question.max or 1)
        case "date" | "datetime":
            day = today
            if isinstance(question.min, str):
                day = max(day, limit_day(question.min, today))
            if isinstance(question.max, str):
                day = min(day, limit_day(question.max, today))
            return day.isoformat() if question.kind == "date" else f"{day}T12:00:00+00:00"
        case "file":
            return {"file": "played", "name": "played.pdf", "type": "application/pdf", "size": 1}
        case "person":
            return {"name": "Somebody"}
    return "played"
