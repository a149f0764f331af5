"""What the runner is told, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal

from engine.words import Sentence

Due = Callable[[str, str, str, datetime], datetime | None]
Trouble = Literal["condition_failed", "no_way_out", "endless", "limit", "depth", "internal"]
# What a person can do by hand where the diagram cannot: choose the arrow, let the event happen now, skip the step.
Remedy = Literal["choose", "now", "skip"]


@dataclass(frozen=True)
class Moved:
    """A token came to an element, went on from it, or was taken back from it.

    A gateway that joins is entered once for all the tokens that it joins, an event on an edge or before an event
    sub-process when it happens, and a step that is done several times as often as it is begun.
    """

    event: Literal["entered", "left", "cancelled"]
    step: str
    pathway: str


@dataclass(frozen=True)
class Context:
    """What a case knows now.

    `values` are the facts and dates that expressions read, as JSON; what decision tables find is put into it while the
    case moves, and taken out again where it gets stuck. `now` is aware. `due(anchor, offset, days,
    opened_at)` is the moment that an anchored timer fires; None while the anchor's date is unknown. `zone` is the
    time zone where the case is: days of timers begin there. Whoever wants to hear of every move of a token gives
    `listen`; what a run that gets stuck takes back is not told.
    """

    values: MutableMapping[str, Any]
    now: datetime
    due: Due
    zone: tzinfo = UTC
    listen: Callable[[Moved], None] | None = None


@dataclass(frozen=True)
class Open:
    """A step that waits for a person. `id` stays the same as long as it is open.

    `item` is what a step that is done several times is done for here, or the nearest such step around it.
    """

    id: str
    step: str
    pathway: str
    item: Any
    opened_at: datetime


@dataclass(frozen=True)
class Finished:
    """A step that was open and no longer is: somebody did it, or the diagram took it back."""

    id: str
    step: str
    pathway: str
    how: Literal["done", "withdrawn"]


@dataclass(frozen=True)
class Wait:
    """An event that has not happened yet. `name` is the message; `due_at` is None while nobody knows when."""

    id: str
    step: str
    pathway: str
    kind: Literal["timer", "message"]
    name: str | None
    due_at: datetime | None


@dataclass(frozen=True)
class Found:
    """What a decision found: the ids of the rules by which it did, for it and each that it required, and the facts.

    `rules` are empty where a person let the case go on without it.
    """

    decision: str
    rules: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Passed:
    """Something the case went through by itself.

    `kind` is "timer" or "message" for an event that happened, else the element's BPMN name. `flow` is the one
    flow taken (a gateway that takes several has an entry for each). `because` is the condition that held (None
    for a default or an only way), the message, the moment a timer was due (ISO), or the pathway called. `found` is what
    a table has found there.
    """

    step: str
    pathway: str
    kind: str
    flow: str | None
    because: str | None
    found: Found | None = None


@dataclass(frozen=True)
class Stuck:
    """Why a case cannot go on before somebody repairs it: the element, and a sentence without internals.

    `remedy` is what `move_on` can do about it; None where nothing but another diagram or other facts helps.
    """

    code: Trouble
    step: str
    pathway: str
    message: Sentence
    remedy: Remedy | None = None


@dataclass(frozen=True)
class Way:
    """What somebody decides by hand at an element; `flow` is the arrow chosen, None where there is none to choose."""

    step: str
    pathway: str
    flow: str | None = None


@dataclass(frozen=True)
class Run:
    """What has become of a case. `state` is to be stored, and means nothing to anybody but the runner.

    `open` and `waits` are everything that is open now, oldest first; `opened`, `finished` and `passed` is what
    this call changed. `wake_at` is the next moment at which a timer is due. `ended` is the BPMN id of the last
    element of the last branch, once the case is through. `caught` tells whether anything waited for the
    message delivered. With `stuck`, the case stands where it stood before, and remembers what was done since:
    once the reason is gone, `retry` goes on from there.
    """

    state: str
    open: tuple[Open, ...] = ()
    opened: tuple[Open, ...] = ()
    finished: tuple[Finished, ...] = ()
    waits: tuple[Wait, ...] = ()
    passed: tuple[Passed, ...] = ()
    wake_at: datetime | None = None
    ended: str | None = None
    stuck: Stuck | None = None
    caught: bool = False


class Halt(Exception):
    """Raised inside an advance to give it up: the diagram cannot go on at this element."""

    def __init__(self, code: Trouble, message: Sentence, step: str = "", pathway: str = "") -> None:
        super().__init__(str(message))
        self.code, self.message, self.step, self.pathway = code, message, step, pathway
        self.remedy: Remedy | None = None
