"""A case on its way: what it knows, what time it is, where it came by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from typing import Any, Literal

from engine import facts, forms, parameters, runner, schedule
from engine.errors import Invalid

from .answers import made_up
from .script import Act, time_of
from .stage import BadScript, Stage, named

# A Monday at nine; the same for every play, so that the same script always gives the same trace.
BEGUN = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
MOST_STEPS = 1_000
_CALENDAR = schedule.Calendar()


class Play:
    """A case on its way along a stage: what it knows, what time it is, and what has happened so far."""

    def __init__(self, stage: Stage, most: int = MOST_STEPS) -> None:
        self.stage, self.most, self.taken = stage, most, 0
        self.now = BEGUN
        self.trace: list[dict[str, str]] = []
        self.decided: list[dict[str, Any]] = []
        # Messages and signals from outside that came when nothing waited for them.
        self.unheard: list[tuple[str, str]] = []
        # Messages that the case sent and that nothing waits for yet: whatever comes to wait for one hears it, once.
        self.kept: list[str] = []
        self.values: dict[str, Any] = {
            **stage.unasked,
            **dict.fromkeys(facts.DATES),
            "case_opened_on": BEGUN.date(),
        }
        # Why a form could not be answered by itself.
        self.unanswered = ""
        self.turns: Counter[tuple[str, str]] = Counter()
        self._see(runner.start(stage.plan, self.context))

    @property
    def context(self) -> runner.Context:
        # The runner puts into the values what decision tables find.
        self.values["today"] = self.now.date()
        return runner.Context(self.values, self.now, self._fires_at, listen=self._hear)

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
            elif act.verb in ("message", "signal"):
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
                try:
                    self._complete(one, made_up(form, turn, self.now.date()) if form else {})
                except BadScript as refused:
                    self.unanswered = " ".join(refused.problems)
                    return
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
            self._see(runner.wake(self.stage.plan, self.run.state, self.context))

    def _deliver(self, act: Act) -> None:
        before = self.values
        self.values = {**before, **act.told}
        tell = runner.deliver if act.verb == "message" else runner.signal
        run = tell(self.stage.plan, self.run.state, act.what, self.context)
        if not run.caught:
            self.values = before
            self.unheard.append((act.verb, act.what))
        self._take(run)

    def _advance(self, act: Act) -> None:
        to = time_of(act.what)
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
        """Count a step of the play, and see what has become of the case."""
        self.taken += 1
        self._see(run)

    def _see(self, run: runner.Run) -> None:
        self.run = run
        self._note_decided(run)
        self._keep_sent()

    def _keep_sent(self) -> None:
        """Keep what the case has sent, and let it hear what it has come to wait for."""
        self.kept += [one.name for one in self.run.sent]
        awaited = {one.name for one in self.run.waits if one.kind == "message"}
        name = next((name for name in self.kept if name in awaited), None)
        if name is not None and self.goes_on:
            self.kept.remove(name)
            self._take(runner.deliver(self.stage.plan, self.run.state, name, self.context))

    def _find(self, act: Act) -> runner.Open:
        """The open step that is meant: of several, the oldest."""
        nodes = [(one, self.stage.node(one.pathway, one.step)) for one in self.run.open]
        meant = named(act.what, [node for _, node in nodes])
        found = next((one for one, node in nodes if node in meant), None)
        if found is None:
            listed = ", ".join(f"“{node.name or node.id}”" for _, node in nodes[:8])
            others = f"Open are {listed}." if listed else "Nothing is."
            raise BadScript([f"Step {act.number}: “{act.what}” is not open then. {others}"])
        return found

    def _fires_at(self, anchor: str, offset: str, days: str, opened_at: datetime) -> datetime | None:
        start = facts.anchor(self.values, anchor, opened_at, BEGUN)
        # Nobody has chosen other numbers for the named parameters than those that they begin with.
        return schedule.starts_at(start, parameters.fill(offset, {}), days, _CALENDAR) if start else None

    def _note_decided(self, run: runner.Run) -> None:
        for one in run.passed:
            if one.found is not None:
                rules = list(one.found.rules.get(one.found.decision, ()))
                said = {"element": one.step, "decision": one.found.decision, "rules": rules}
                self.decided.append({**said, "facts": dict(one.found.facts)})

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
        """Everything that waits: {"element", "name", "kind", "for", "due_at"}.

        The kind is task, timer, message, signal or condition; "for" names a message or signal.
        """
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
        if self.unanswered:
            return f"A step cannot be answered without a script. {self.unanswered}"
        if self.taken >= self.most:
            return f"It was stopped after {self.taken:,} steps."
        kinds = Counter(str(one["kind"]) for one in self.open)
        if kinds["task"]:
            return f"Steps wait to be completed: {kinds['task']}."
        if any(one["due_at"] for one in self.open):
            return "It waits for a timer."
        for kind in ("message", "signal"):
            if kinds[kind]:
                names = ", ".join(f"“{one['for']}”" for one in self.open if one["kind"] == kind)
                return f"It waits for a {kind}: {names}."
        if kinds["condition"]:
            return "It waits for a condition to hold."
        return "It waits for a date that nobody has said."

    def told(self) -> dict[str, Any]:
        """All of it as JSON; "decided" only where a decision table was asked."""
        told = {"status": self.status, "trace": self.trace, "open": self.open, "reason": self.reason}
        return {**told, "decided": self.decided} if self.decided else told

    def __str__(self) -> str:
        lines = [
            f"{one['at'][:16].replace('T', ' ')}  {one['event']:9}  {one['name'] or one['element']} [{one['element']}]"
            for one in self.trace
        ]
        for one in self.decided:
            found = ", ".join(f"{name} = {value}" for name, value in one["facts"].items())
            by = ", ".join(one["rules"]) or "no rule"
            lines.append(f"The table “{one['decision']}” found {found} (by {by}) [{one['element']}]")
        lines += [f"Nothing waited for the {kind} “{name}” when it came." for kind, name in self.unheard]
        lines += [f"Nothing has waited yet for the message “{name}” that was sent." for name in self.kept]
        because = f": {self.reason}" if self.reason else "."
        lines.append(f"{self.status.capitalize()} at {self.now:%Y-%m-%d %H:%M}{because}")
        for one in self.open:
            events = {
                "task": "somebody",
                "timer": one["due_at"] or "a date",
                "condition": "a condition to hold",
            }
            waits = events.get(str(one["kind"]), f"“{one['for']}”")
            lines.append(f"  {one['name'] or one['element']} [{one['element']}] waits for {waits}")
        return "\n".join(lines)
