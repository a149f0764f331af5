"""Random pathways, walked by the runner and by an oracle that knows only what the blocks mean."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine import decisions, runner
from tests.engine.drawing import Walk, draw
from tests.make_dmn import dmn, table

MESSAGES = ("m0", "m1", "m2")
SIGNALS = ("g0", "g1")
# Heard by nothing that stays: what is sent without a step before it must not set itself off for ever.
LONE = "alone"


# ---- Pathways, as blocks within blocks


@dataclass
class Block:
    """`kind` is a step, a gateway with branches, a loop, an event, or an activity with something inside."""

    kind: str
    id: str
    parts: list["Block"] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)
    edges: list["Edge"] = field(default_factory=list)


@dataclass
class Edge:
    """An event on the edge of an activity, and what happens then."""

    id: str
    interrupting: bool
    event: dict[str, Any]
    then: Block


class Author:
    """Makes up a pathway, and the facts that it will ask for."""

    def __init__(self, seed: int, kinds: list[str], depth: int) -> None:
        self.random, self.kinds, self.count = random.Random(seed), kinds, 0
        self.choices: dict[str, Callable[[random.Random], Any]] = {}
        self.caught: list[dict[str, Any]] = []
        self.conditions = self.k = 0
        self.rounds: list[str] = []
        self.block = self.make(depth)

    def id(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def make(self, depth: int) -> Block:
        kind = self.random.choice(self.kinds) if depth > 0 else "step"
        return getattr(self, f"_{kind}")(depth - 1)

    def _step(self, depth: int) -> Block:
        return self._activity(Block("step", self.id("t")), depth)

    def _sub(self, depth: int) -> Block:
        return self._activity(Block("sub", self.id("s"), [self.make(depth)]), depth)

    def _bare(self, depth: int) -> Block:
        """A sub-process without a start and an end, of one or several lines that all begin at once."""
        lines = []
        for _ in range(self.random.randint(1, 3)):
            kinds = ["step", "wait", "sub", "bare"] if depth > 0 else ["step", "wait"]
            line = [self.random.choice(kinds) for _ in range(self.random.randint(1, 2))]
            lines.append(Block("seq", "", [getattr(self, f"_{kind}")(depth - 1) for kind in line]))
        return self._activity(Block("bare", self.id("s"), [Block("all", "", lines)]), depth)

    def _guarded(self, depth: int) -> Block:
        """A sub-process with event sub-processes inside."""
        block = Block("guarded", self.id("s"), [self.make(depth)])
        for _ in range(self.random.choice([1, 1, 2])):
            edge = self.id("h")
            block.edges.append(Edge(edge, self.random.random() < 0.5, self.event(), self.make(depth)))
        return block

    def _catching(self, depth: int) -> Block:
        """A sub-process that catches an error or an escalation from inside, on its edge."""
        block = Block("catching", self.id("s"))
        kind = self.random.choice(["error", "escalation"])
        self.caught.append({kind: block.id})
        block.parts = [self.make(depth)]
        event = self.caught.pop()
        interrupting = kind == "error" or self.random.random() < 0.5
        block.edges = [Edge(self.id("b"), interrupting, event, self.make(depth))]
        return block

    def _raise(self, depth: int) -> Block:
        """A step after which something may be thrown that is caught somewhere around it."""
        if not self.caught:
            return self._catching(depth)
        block = Block(
            "raise", self.id("z"), [Block("step", self.id("t"))], said=self.random.choice(self.caught)
        )
        self.choices[block.id] = lambda random: random.random() < 0.6
        return block

    def _call(self, depth: int) -> Block:
        return self._activity(Block("call", self.id("c"), [self.make(depth)]), depth)

    def _activity(self, block: Block, depth: int) -> Block:
        if "each" in self.kinds and depth >= 0 and self.random.random() < 0.25:
            fact = f"{block.id}_list"
            block.said = {
                "each": fact,
                "sequential": self.random.random() < 0.4,
                "done": f"{block.id}_enough" if self.random.random() < 0.4 else None,
            }
            self.choices[fact] = lambda random: list(range(random.choice([0, 1, 2, 3, 3])))
            self.choices[f"{block.id}_enough"] = lambda random: random.random() < 0.4
        if "edge" in self.kinds and depth >= 0:
            for _ in range(self.random.choice([0, 0, 0, 1, 1, 2])):
                edge = self.id("b")
                block.edges.append(Edge(edge, self.random.random() < 0.5, self.event(), self.make(depth)))
        return block

    def event(self, once: bool = False) -> dict[str, Any]:
        """What is waited for; `once` by something that does not stay when it has come."""
        kinds = ["message", "timer", *("signal" for one in ("alarm",) if one in self.kinds)]
        kinds += ["condition", "condition"] if "until" in self.kinds else []
        kind = self.random.choice(kinds)
        if kind == "message":
            return {"message": self.random.choice([*MESSAGES, *([LONE] if once else [])])}
        if kind == "signal":
            return {"signal": self.random.choice([*SIGNALS, *([LONE] if once else [])])}
        if kind == "condition":
            return self.condition()
        # Whole hours and a second of its own, so that no two timers are due in the same moment.
        self.count += 1
        return {"seconds": 3600 * self.random.randint(0, 30) + self.count}

    def condition(self) -> dict[str, Any]:
        """One that holds as long as the fact k is its own number, so that no two come true in the same moment."""
        self.conditions += 1
        return {"when": self.conditions}

    def _until(self, depth: int) -> Block:
        return Block("wait", self.id("u"), said=self.condition())

    def _send(self, depth: int) -> Block:
        return self._sending("message", MESSAGES, ["throw", "end", "task", "first"])

    def _alarm(self, depth: int) -> Block:
        return self._sending("signal", SIGNALS, ["throw", "end", "first"])

    def _sending(self, kind: str, names: tuple[str, ...], how: list[str]) -> Block:
        """A step and something sent: by it, after it, at an end beside the way on, or before it."""
        block = Block("send", self.id("v"), [Block("step", self.id("t"))])
        block.said = {"as": self.random.choice(how)}
        block.said[kind] = LONE if block.said["as"] == "first" else self.random.choice(names)
        return block

    def _each(self, depth: int) -> Block:
        return self._step(depth)

    _edge = _each

    def _seq(self, depth: int) -> Block:
        return Block("seq", "", [self.make(depth) for _ in range(self.random.randint(2, 3))])

    def _one(self, depth: int) -> Block:
        block = Block("one", self.id("x"), [self.make(depth) for _ in range(self.random.randint(2, 3))])
        self.choices[block.id] = lambda random: random.randrange(len(block.parts))
        return block

    def _ruled(self, depth: int) -> Block:
        """A table that says which of several ways is taken."""
        block = self._one(depth)
        block.kind = "ruled"
        return block

    def _all(self, depth: int) -> Block:
        return Block("all", self.id("a"), [self.make(depth) for _ in range(self.random.randint(2, 3))])

    def _some(self, depth: int) -> Block:
        block = Block("some", self.id("o"), [self.make(depth) for _ in range(self.random.randint(2, 3))])
        for number in range(len(block.parts) - 1):
            self.choices[f"{block.id}_{number}"] = lambda random: random.random() < 0.5
        return block

    def _ask(self, depth: int) -> Block:
        """A step whose own arrows have conditions; with no gateway, it means what one after it would."""
        return Block("ask", self.id("k"), [Block("step", self.id("t")), self._some(depth)])

    def _fork(self, depth: int) -> Block:
        """A step that several arrows leave at once."""
        return Block("fork", self.id("k"), [Block("step", self.id("t")), self._all(depth)])

    def _jump(self, depth: int) -> Block:
        """Two parts with a link between them, and a mark on the way."""
        return Block("jump", self.id("j"), [self.make(depth), self.make(depth)])

    def _receive(self, depth: int) -> Block:
        return Block("receive", self.id("w"), said={"message": self.random.choice(MESSAGES)})

    def _again(self, depth: int) -> Block:
        # With a step of its own: what is done for each of an empty list would go round without waiting.
        inner = Block("seq", "", [Block("step", self.id("t")), self.make(depth)])
        block = Block("again", self.id("n"), [inner])
        block.said = {"most": self.random.choice([None, 2, 3]), "before": self.random.random() < 0.4}
        self.choices[block.id] = lambda random: random.random() < 0.6
        self.rounds.append(block.id)
        return block

    def _loop(self, depth: int) -> Block:
        block = Block("loop", self.id("l"), [Block("step", self.id("t")), self.make(depth)])
        self.choices[block.id] = lambda random: random.random() < 0.7
        self.rounds.append(block.id)
        return block

    def _wait(self, depth: int) -> Block:
        return Block("wait", self.id("w"), said=self.event(once=True))

    def _race(self, depth: int) -> Block:
        parts = []
        for number in range(self.random.randint(2, 3)):
            event = self.event(once=True)
            if number and "when" not in event:
                event = {"message": MESSAGES[number]}
            parts.append(Block("seq", "", [Block("wait", self.id("w"), said=event), self.make(depth)]))
        return Block("race", self.id("r"), parts)

    def _stop(self, depth: int) -> Block:
        """A step after which everything at its level may end."""
        block = Block("stop", self.id("q"), [Block("step", self.id("t"))])
        self.choices[block.id] = lambda random: random.random() < 0.5
        return block

    def facts(self, dice: random.Random, awaited: list[int] | None = None) -> dict[str, Any]:
        """What is known next; what is `awaited` often comes true, and stays so."""
        found = {fact: choose(dice) for fact, choose in self.choices.items()}
        self.k = found["k"] = dice.choice([0, self.k, dice.choice(awaited or [0])])
        if found["k"]:
            # A condition that holds already lets a case through at once: it must not go round.
            found |= dict.fromkeys(self.rounds, False)
        return found


# ---- Blocks as BPMN


class Draughtsman:
    """Draws blocks as lines for `draw`; called pathways become files of their own."""

    def __init__(self, block: Block) -> None:
        self.called: dict[str, str] = {}
        self.tables: list[str] = []
        self.main = self.level("p", block)

    def level(self, name: str, block: Block) -> str:
        lines, first, last = self.lines(block)
        start, end = f"{name}_start", f"{name}_end"
        return "\n".join([f"start {start}", f"end {end}", *lines, f"{start} -> {first}", f"{last} -> {end}"])

    def lines(self, block: Block) -> tuple[list[str], str, str]:
        """The lines of a block, the id it is entered by and the id it is left by."""
        return getattr(self, f"_{block.kind}")(block)

    def _step(self, block: Block) -> tuple[list[str], str, str]:
        return self._edges(block, f"user {block.id}{self._several(block)}")

    def _sub(self, block: Block) -> tuple[list[str], str, str]:
        inside = self.level(block.id, block.parts[0])
        return self._edges(block, f"sub {block.id}{self._several(block)} {{\n{inside}\n}}")

    def _bare(self, block: Block) -> tuple[list[str], str, str]:
        inside = "\n".join(line for part in block.parts[0].parts for line in self.lines(part)[0])
        return self._edges(block, f"sub {block.id}{self._several(block)} {{\n{inside}\n}}")

    def _catching(self, block: Block) -> tuple[list[str], str, str]:
        return self._sub(block)

    def _raise(self, block: Block) -> tuple[list[str], str, str]:
        inner, first, last = self.lines(block.parts[0])
        lines = [*inner, f"exclusive {block.id}", f"exclusive {block.id}_on", f"{last} -> {block.id}"]
        lines += [f"{block.id} -> {block.id}_up : {block.id}", f"{block.id} => {block.id}_on"]
        if "error" in block.said:
            lines.append(f"end {block.id}_up{_event(block.said)}")
        else:
            lines += [f"throw {block.id}_up{_event(block.said)}", f"{block.id}_up -> {block.id}_on"]
        return lines, first, f"{block.id}_on"

    def _guarded(self, block: Block) -> tuple[list[str], str, str]:
        lines = [f"sub {block.id} {{", self.level(block.id, block.parts[0])]
        for edge in block.edges:
            inner, first, last = self.lines(edge.then)
            beside = "" if edge.interrupting else " beside"
            lines += [f"handler {edge.id}_part {{", f"start {edge.id}{_event(edge.event)}{beside}"]
            lines += [*inner, f"end {edge.id}_end", f"{edge.id} -> {first}", f"{last} -> {edge.id}_end", "}"]
        return [*lines, "}"], block.id, block.id

    def _call(self, block: Block) -> tuple[list[str], str, str]:
        key = f"{block.id}_called"
        self.called[key] = self.level(key, block.parts[0])
        return self._edges(block, f"call {block.id} runs={key}{self._several(block)}")

    def _several(self, block: Block) -> str:
        if not block.said:
            return ""
        done = f" done={block.said['done']}" if block.said["done"] else ""
        return f" each={block.said['each']}{' sequential' if block.said['sequential'] else ''}{done}"

    def _edges(self, block: Block, line: str) -> tuple[list[str], str, str]:
        lines, last = [line], block.id
        if any(edge.interrupting for edge in block.edges):
            last = f"{block.id}_after"
            lines += [f"exclusive {last}", f"{block.id} -> {last}"]
        for edge in block.edges:
            inner, first, end = self.lines(edge.then)
            beside = "" if edge.interrupting else " beside"
            lines += [
                f"boundary {edge.id} on={block.id}{_event(edge.event)}{beside}",
                *inner,
                f"{edge.id} -> {first}",
            ]
            if edge.interrupting:
                lines.append(f"{end} -> {last}")
            else:
                lines += [f"end {edge.id}_end", f"{end} -> {edge.id}_end"]
        return lines, block.id, last

    def _seq(self, block: Block) -> tuple[list[str], str, str]:
        drawn = [self.lines(part) for part in block.parts]
        joints = [f"{one[2]} -> {two[1]}" for one, two in zip(drawn, drawn[1:], strict=False)]
        return [line for lines, _, _ in drawn for line in lines] + joints, drawn[0][1], drawn[-1][2]

    def _one(self, block: Block) -> tuple[list[str], str, str]:
        return self._split(block, "exclusive", [f"{block.id} = {n}" for n in range(len(block.parts) - 1)])

    def _ruled(self, block: Block) -> tuple[list[str], str, str]:
        way, last = f"{block.id}_way", len(block.parts) - 1
        rules = [[str(n), str(n)] for n in range(last)]
        self.tables.append(table(block.id, [block.id], [way], [*rules, ["-", str(last)]], policy="FIRST"))
        lines, gateway, end = self._split(block, "exclusive", [f"{way} = {n}" for n in range(last)])
        rule = f"{block.id}_rule"
        return [f"rule {rule} decision={block.id}", f"{rule} -> {gateway}", *lines], rule, end

    def _all(self, block: Block) -> tuple[list[str], str, str]:
        return self._split(block, "parallel", [])

    def _some(self, block: Block) -> tuple[list[str], str, str]:
        return self._split(block, "inclusive", [f"{block.id}_{n}" for n in range(len(block.parts) - 1)])

    def _ask(self, block: Block) -> tuple[list[str], str, str]:
        return self._without_gateway(block)

    def _fork(self, block: Block) -> tuple[list[str], str, str]:
        return self._without_gateway(block)

    def _without_gateway(self, block: Block) -> tuple[list[str], str, str]:
        """The step does what the gateway after it would do, so that gateway is not drawn."""
        step, gateway = block.parts
        lines, _, last = self.lines(gateway)
        drawn = lines[1:]
        for number, line in enumerate(drawn):
            source, *rest = line.split(" ")
            if source == gateway.id and rest and rest[0] in ("->", "=>"):
                drawn[number] = " ".join([step.id, *rest])
        return [f"user {step.id}", *drawn], step.id, last

    def _jump(self, block: Block) -> tuple[list[str], str, str]:
        (lines, first, before), (more, after, last) = map(self.lines, block.parts)
        link = block.id
        over = [f"throw {link} link={link}", f"catch {link}_to link={link}", f"throw {link}_mark"]
        joints = [f"{before} -> {link}", f"{link}_to -> {link}_mark -> {after}"]
        return [*lines, *more, *over, *joints], first, last

    def _send(self, block: Block) -> tuple[list[str], str, str]:
        step, sent = block.parts[0].id, _event(block.said)
        match block.said["as"]:
            case "task":
                return [f"send {step}{sent}"], step, step
            case "first":
                return [f"throw {block.id}{sent}", f"user {step}", f"{block.id} -> {step}"], block.id, step
            case "throw":
                return [f"user {step}", f"throw {block.id}{sent}", f"{step} -> {block.id}"], step, block.id
        fork = f"{block.id}_fork"
        lines = [f"user {step}", f"parallel {fork}", f"end {block.id}{sent}"]
        return [*lines, f"{step} -> {fork} -> {block.id}"], step, fork

    def _receive(self, block: Block) -> tuple[list[str], str, str]:
        return [f"receive {block.id} message={block.said['message']}"], block.id, block.id

    def _again(self, block: Block) -> tuple[list[str], str, str]:
        most = f" most={block.said['most']}" if block.said["most"] else ""
        before = " test_before" if block.said["before"] else ""
        inside = self.level(block.id, block.parts[0])
        return [f"sub {block.id} again={block.id}{most}{before} {{\n{inside}\n}}"], block.id, block.id

    def _split(self, block: Block, kind: str, conditions: list[str]) -> tuple[list[str], str, str]:
        lines = [f"{kind} {block.id}", f"{kind} {block.id}_end"]
        for number, part in enumerate(block.parts):
            inner, first, last = self.lines(part)
            lines += [*inner, f"{last} -> {block.id}_end"]
            if number < len(conditions):
                lines.append(f"{block.id} -> {first} : {conditions[number]}")
            else:
                lines.append(f"{block.id} {'=>' if conditions else '->'} {first}")
        return lines, block.id, f"{block.id}_end"

    def _loop(self, block: Block) -> tuple[list[str], str, str]:
        inner, first, last = self._seq(block)
        entry, exit_ = f"{block.id}_in", f"{block.id}_out"
        lines = [*inner, f"exclusive {entry}", f"exclusive {block.id}", f"exclusive {exit_}"]
        lines += [f"{entry} -> {first}", f"{last} -> {block.id}", f"{block.id} -> {entry} : {block.id}"]
        return [*lines, f"{block.id} => {exit_}"], entry, exit_

    def _wait(self, block: Block) -> tuple[list[str], str, str]:
        return [f"catch {block.id}{_event(block.said)}"], block.id, block.id

    def _race(self, block: Block) -> tuple[list[str], str, str]:
        lines = [f"first {block.id}", f"exclusive {block.id}_end"]
        for part in block.parts:
            inner, first, last = self.lines(part)
            lines += [*inner, f"{block.id} -> {first}", f"{last} -> {block.id}_end"]
        return lines, block.id, f"{block.id}_end"

    def _stop(self, block: Block) -> tuple[list[str], str, str]:
        inner, first, last = self._seq(block)
        lines = [
            *inner,
            f"exclusive {block.id}",
            f"end {block.id}_stop terminate",
            f"exclusive {block.id}_on",
        ]
        lines += [f"{last} -> {block.id} => {block.id}_on", f"{block.id} -> {block.id}_stop : {block.id}"]
        return lines, first, f"{block.id}_on"


def _event(event: dict[str, Any]) -> str:
    for kind in ("error", "escalation", "signal"):
        if kind in event:
            return f" {kind}={event[kind]}"
    if "when" in event:
        return f" condition='k = {event['when']}'"
    return f" message={event['message']}" if "message" in event else f" timer=PT{event['seconds']}S"


# ---- The oracle


class Level:
    """A pathway or sub-process: it is over when nothing in it is alive."""

    def __init__(self, over: Callable[[], None]) -> None:
        self.alive: list[Leaf] = []
        self.over: Callable[[], None] | None = over

    @property
    def busy(self) -> bool:
        return any(leaf.counts for leaf in self.alive)

    def check(self) -> None:
        if not self.busy and self.over:
            over, self.over = self.over, None
            over()


@dataclass(eq=False)
class Leaf:
    """A step that is open, an event that is waited for, or a level inside."""

    level: Level
    name: str
    item: Any = None
    message: str | None = None
    signal: str | None = None
    when: int | None = None
    held: bool = False
    sends: dict[str, Any] | None = None
    due: datetime | None = None
    inside: Level | None = None
    then: Callable[[], None] = lambda: None
    counts: bool = True
    catches: tuple[dict[str, Any], Callable[[], None]] | None = None

    @property
    def waits(self) -> bool:
        return bool(self.message or self.signal or self.when or self.due)


class Oracle:
    """Plays the blocks by their meaning: no graph, no tokens, no gateways."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.facts: dict[str, Any] = {}
        self.now: datetime = datetime.min
        self.leaves: list[Leaf] = []
        # What is sent once everything else has come to rest.
        self.late: list[Leaf] = []
        self.sent: list[tuple[str, str]] = []
        # The meaning leaves open which of two things sent in the same moment is heard first.
        self.unclear = False
        self.ended = False

    def begin(self) -> None:
        self.root = Level(self._end)
        self.enter(self.root, self.block, None, lambda: None)
        self.settle()

    def _end(self) -> None:
        self.ended = True

    def add(self, leaf: Leaf) -> Leaf:
        self.leaves.append(leaf)
        leaf.level.alive.append(leaf)
        return leaf

    def kill(self, leaf: Leaf) -> None:
        if leaf in self.leaves:
            self.leaves.remove(leaf)
            leaf.level.alive.remove(leaf)
            if leaf.inside:
                leaf.inside.over = None
                for inner in list(leaf.inside.alive):
                    self.kill(inner)

    def finish(self, leaf: Leaf) -> None:
        self.kill(leaf)
        leaf.then()

    # What the blocks mean

    def enter(self, level: Level, block: Block, item: Any, then: Callable[[], None]) -> None:
        getattr(self, f"_{block.kind}")(level, block, item, then)

    def _seq(self, level, block, item, then, number=0):
        if number == len(block.parts):
            then()
        else:
            self.enter(
                level, block.parts[number], item, lambda: self._seq(level, block, item, then, number + 1)
            )

    def _one(self, level, block, item, then):
        self.enter(level, block.parts[self.facts[block.id]], item, then)

    def _all(self, level, block, item, then):
        self._together(level, block.parts, item, then)

    def _some(self, level, block, item, then):
        held = [part for n, part in enumerate(block.parts[:-1]) if self.facts[f"{block.id}_{n}"]]
        self._together(level, held or block.parts[-1:], item, then)

    def _together(self, level, parts, item, then):
        left = [len(parts)]

        def one_done():
            left[0] -= 1
            if not left[0]:
                then()

        for part in parts:
            self.enter(level, part, item, one_done)

    _ask = _fork = _jump = _seq
    _ruled = _one

    def _receive(self, level, block, item, then):
        self._wait(level, block, item, then)

    def _again(self, level, block, item, then, times=0):
        asked = times or block.said["before"]
        if times == block.said["most"] or (asked and not self.facts[block.id]):
            then()
            return
        leaf = self.add(Leaf(level, block.id, item))
        leaf.then = lambda: self._again(level, block, item, then, times + 1)
        leaf.inside = Level(lambda: self.finish(leaf))
        self.enter(leaf.inside, block.parts[0], item, lambda: None)

    def _loop(self, level, block, item, then):
        def again():
            if self.facts[block.id]:
                self._loop(level, block, item, then)
            else:
                then()

        self._seq(level, block, item, again)

    def _stop(self, level, block, item, then):
        def decide():
            if self.facts[block.id]:
                for leaf in list(level.alive):
                    self.kill(leaf)
            else:
                then()

        self._seq(level, block, item, decide)

    def _wait(self, level, block, item, then):
        self.add(self._event_leaf(level, block.id, block.said, then))

    def _event_leaf(self, level, name, event, then):
        due = self.now + timedelta(seconds=event["seconds"]) if "seconds" in event else None
        what = {kind: event.get(kind) for kind in ("message", "signal", "when")}
        return Leaf(level, name, due=due, then=then, **what)

    def _send(self, level, block, item, then):
        (step,) = block.parts
        match block.said["as"]:
            case "task":
                self.add(Leaf(level, step.id, item, sends=block.said, then=then))
            case "first":
                self._throw(level, block, lambda: self.enter(level, step, item, then))
            case "throw":
                self.enter(level, step, item, lambda: self._throw(level, block, then))
            case "end":

                def part():
                    self._throw(level, block, lambda: None)
                    then()

                self.enter(level, step, item, part)

    def _throw(self, level, block, then):
        self.late.append(self.add(Leaf(level, block.id, sends=block.said, then=then)))

    def _race(self, level, block, item, then):
        waiting: list[Leaf] = []
        for part in block.parts:
            wait, rest = part.parts

            def come(rest=rest):
                for other in waiting:
                    self.kill(other)
                self.enter(level, rest, item, then)

            waiting.append(self.add(self._event_leaf(level, wait.id, wait.said, come)))

    def _step(self, level, block, item, then):
        self._activity(level, block, item, then)

    _sub = _bare = _call = _step

    def _guarded(self, level, block, item, then):
        around = self.add(Leaf(level, block.id, item, then=then))
        around.inside = inside = Level(lambda: self.finish(around))
        for edge in block.edges:
            self._arm(inside, edge, item)
        self.enter(inside, block.parts[0], item, lambda: None)

    def _catching(self, level, block, item, then):
        (edge,) = block.edges
        host = self.add(Leaf(level, block.id, item, then=then))
        host.inside = Level(lambda: self.finish(host))

        def caught():
            if edge.interrupting:
                self.kill(host)
                self.enter(level, edge.then, item, then)
            else:
                self.enter(level, edge.then, item, lambda: None)

        host.catches = (edge.event, caught)
        self.enter(host.inside, block.parts[0], item, lambda: None)

    def _raise(self, level, block, item, then):
        def decide():
            if not self.facts[block.id]:
                then()
                return
            where = level
            while where is not self.root:
                holder = next(leaf for leaf in self.leaves if leaf.inside is where)
                if holder.catches and holder.catches[0] == block.said:
                    thrower = Leaf(level, block.id)
                    level.alive.append(thrower)
                    holder.catches[1]()
                    if thrower in level.alive:
                        level.alive.remove(thrower)
                    lives = holder in self.leaves
                    break
                where = holder.level
            if "escalation" in block.said and lives:
                then()

        self._seq(level, block, item, decide)

    def _arm(self, inside, edge, item):
        def begin():
            part = self.add(Leaf(inside, edge.id, item))
            part.inside = Level(lambda: self.finish(part))
            self.enter(part.inside, edge.then, item, lambda: None)

        def happen():
            if edge.interrupting:
                for leaf in list(inside.alive):
                    self.kill(leaf)
            elif "seconds" not in edge.event:
                self.leaves.append(leaf_)
                inside.alive.append(leaf_)
            begin()

        leaf_ = self._event_leaf(inside, edge.id, edge.event, happen)
        leaf_.counts = False
        self.add(leaf_)

    def _activity(self, level, block, item, then):
        hosts: list[Leaf] = []
        edges: list[Leaf] = []

        def end_all():
            for leaf in hosts + edges:
                self.kill(leaf)

        def done():
            end_all()
            then()

        def arm(edge):
            leaf = self._event_leaf(level, edge.id, edge.event, lambda: happen(edge, leaf))
            edges.append(self.add(leaf))

        def happen(edge, leaf):
            if edge.interrupting:
                end_all()
                self.enter(level, edge.then, item, then)
            else:
                if "seconds" not in edge.event:
                    self.leaves.append(leaf)
                    level.alive.append(leaf)
                self.enter(level, edge.then, item, lambda: None)

        def begin(each):
            hosts.append(self.one(level, block, each, one_done))

        if not block.said:
            for edge in block.edges:
                arm(edge)
            hosts.append(self.one(level, block, item, done))
            return
        items = list(self.facts[block.said["each"]])
        if not items:
            then()
            return
        left = [len(items)]
        ahead = items[1:] if block.said["sequential"] else []

        def one_done():
            left[0] -= 1
            enough = block.said["done"] and self.facts[block.said["done"]]
            if enough or not left[0]:
                done()
            elif ahead:
                begin(ahead.pop(0))

        for edge in block.edges:
            arm(edge)
        for each in items[:1] if block.said["sequential"] else items:
            begin(each)

    def one(self, level, block, item, then):
        """One time that an activity is done."""
        if block.kind == "step":
            return self.add(Leaf(level, block.id, item, then=then))
        leaf = self.add(Leaf(level, block.id, item, then=then))
        leaf.inside = Level(lambda: self.finish(leaf))
        self.enter(leaf.inside, block.parts[0], item, lambda: None)
        return leaf

    # What happens

    def settle(self) -> None:
        self.check()
        while self._sends() or self._is_due() or self._comes_true():
            self.check()

    def _sends(self) -> bool:
        self.late = [leaf for leaf in self.late if leaf in self.leaves]
        self.unclear = self.unclear or len(self.late) > 1
        if not self.late:
            return False
        leaf = self.late.pop(0)
        self.send(leaf.name, leaf.sends)
        if leaf in self.leaves:
            self.finish(leaf)
        return True

    def _is_due(self) -> bool:
        due = [leaf for leaf in self.leaves if leaf.due and leaf.due <= self.now]
        if due:
            self.finish(min(due, key=lambda leaf: leaf.due))
        return bool(due)

    def _comes_true(self) -> bool:
        for leaf in self.leaves:
            if leaf.when:
                before, leaf.held = leaf.held, leaf.when == self.facts["k"]
                if leaf.held and not before:
                    self.finish(leaf)
                    return True
        return False

    def check(self) -> None:
        """Levels in which nothing is alive any more are over, the innermost first."""
        while empty := [
            leaf for leaf in self.leaves if leaf.inside and leaf.inside.over and not leaf.inside.busy
        ]:
            empty[-1].inside.check()
        self.root.check()

    def complete(self, name: str, item: Any) -> None:
        leaf = next(leaf for leaf in self.steps() if (leaf.name, leaf.item) == (name, item))
        if leaf.sends:
            self.send(leaf.name, leaf.sends)
        if leaf in self.leaves:
            self.finish(leaf)
        self.settle()

    def deliver(self, kind: str, name: str) -> bool:
        heard = self.hear(kind, name)
        if heard:
            self.settle()
        return heard

    def hear(self, kind: str, name: str) -> bool:
        heard = [leaf for leaf in self.leaves if getattr(leaf, kind) == name]
        for leaf in heard:
            if leaf in self.leaves:
                self.finish(leaf)
        return bool(heard)

    def send(self, place: str, said: dict[str, Any]) -> None:
        kind = "message" if "message" in said else "signal"
        if not self.hear(kind, said[kind]) and kind == "message":
            self.sent.append((place, said[kind]))

    def steps(self) -> list[Leaf]:
        return [leaf for leaf in self.leaves if not leaf.inside and not leaf.waits and leaf not in self.late]

    def told(self) -> tuple[Any, ...]:
        return (
            Counter((leaf.name, leaf.item) for leaf in self.steps()),
            Counter((leaf.name, leaf.message or leaf.signal, leaf.due) for leaf in self.leaves if leaf.waits),
            Counter(self.sent),
            self.ended,
        )


# ---- Both, side by side

KINDS = {
    "branches": ["step", "seq", "one", "all", "some"],
    "loops": ["step", "seq", "one", "all", "some", "loop", "loop"],
    "parallel loops": ["step", "seq", "all", "loop"],
    "inclusive loops": ["step", "seq", "some", "loop"],
    "levels": ["step", "seq", "one", "all", "loop", "sub", "call", "stop"],
    "bare": ["step", "seq", "all", "loop", "sub", "bare", "bare", "stop", "each"],
    "several": ["step", "seq", "all", "loop", "sub", "call", "each"],
    "events": ["step", "seq", "all", "loop", "wait", "race", "edge", "sub"],
    "handlers": ["step", "seq", "all", "loop", "wait", "sub", "guarded", "guarded", "edge", "stop"],
    "thrown": ["step", "seq", "all", "loop", "sub", "call", "each", "edge", "catching", "raise", "raise"],
    "without gateways": ["step", "seq", "ask", "fork", "jump", "loop", "receive", "again"],
    "messages": ["step", "seq", "all", "loop", "wait", "race", "edge", "sub", "call", "send", "send"],
    "signals": ["step", "seq", "all", "loop", "wait", "race", "edge", "sub", "guarded", "alarm", "alarm"],
    "conditions": ["step", "seq", "all", "loop", "again", "race", "edge", "edge", "sub", "guarded", "until"],
    "tables": ["step", "seq", "ruled", "ruled", "loop", "all", "sub", "call", "wait", "edge", "stop"],
    "everything": [
        *("step", "seq", "one", "all", "some", "loop", "wait", "race", "stop"),
        *("ask", "fork", "jump", "receive", "again"),
        *("sub", "call", "each", "edge", "guarded", "catching", "raise"),
        *("send", "alarm", "until"),
    ],
}


def walk(seed: int, kinds: str, depth: int, actions: int) -> int:
    """Walk one random pathway with random actions; how many were done. Every state is stored and read again."""
    author, dice = Author(seed, KINDS[kinds], depth), random.Random(seed + 1)
    drawn = Draughtsman(author.block)
    sources = {"p": draw(drawn.main), **{key: draw(text, key) for key, text in drawn.called.items()}}
    tables = decisions.read(dmn(*drawn.tables)).decisions
    plan = runner.load(runner.prepare(sources, "p", tables), f"random {kinds} {depth} {seed}")
    facts = author.facts(dice)
    case, oracle = Walk(plan, **facts), Oracle(author.block)
    oracle.facts, oracle.now = facts, case.now
    oracle.begin()
    history = []
    for done in range(actions):
        assert case.run.stuck is None, (case.run.stuck, history)
        assert told(case) == oracle.told(), history
        if oracle.ended or oracle.unclear:
            return done
        oracle.sent = []
        case.facts = oracle.facts = author.facts(dice, [leaf.when for leaf in oracle.leaves if leaf.when])
        steps, known = oracle.steps(), {one.id for one in case.run.open}
        action = dice.random()
        if steps and action < 0.6:
            leaf = dice.choice(steps)
            history.append((leaf.name, leaf.item))
            case.run = runner.complete(plan, case.run.state, find(case, leaf), case.context)
            oracle.complete(leaf.name, leaf.item)
        elif action < 0.85:
            kind = "signal" if "alarm" in KINDS[kinds] and dice.random() < 0.5 else "message"
            name = dice.choice((*(SIGNALS if kind == "signal" else MESSAGES), LONE))
            history.append(name)
            tell = case.hear_signal if kind == "signal" else case.hear
            assert tell(name).run.caught == oracle.deliver(kind, name), history
        else:
            hours = dice.choice([0, 1, 5, 20])
            history.append(hours)
            oracle.now += timedelta(hours=hours)
            case.wake(hours=hours)
            oracle.settle()
        now_known = {one.id for one in case.run.open}
        assert {one.id for one in case.run.opened} == now_known - known
        assert {one.id for one in case.run.finished} == known - now_known
    return actions


def find(case: Walk, leaf: Leaf) -> str:
    return next(one.id for one in case.run.open if (one.step, one.item) == (leaf.name, leaf.item))


def told(case: Walk) -> tuple[Any, ...]:
    return (
        Counter((one.step, one.item) for one in case.run.open),
        Counter((one.step, one.name, one.due_at) for one in case.run.waits),
        Counter((one.step, one.name) for one in case.run.sent),
        case.run.ended is not None,
    )


@pytest.mark.parametrize("kinds", KINDS)
def test_random_pathways_go_as_they_are_meant(kinds):
    assert sum(walk(seed, kinds, depth=3 + seed % 2, actions=25) for seed in range(24))


@pytest.mark.long
@pytest.mark.parametrize("kinds", KINDS)
def test_many_more_random_pathways_go_as_they_are_meant(kinds):
    assert sum(walk(seed, kinds, depth=4, actions=60) for seed in range(1000, 1250))
