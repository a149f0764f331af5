"""Plays a level with tokens in every possible way, to find joins that wait for ever and steps reached twice.

Every decision may go either way: which conditions exclude each other is not known here. Only steps, events and
the arrows into joins are places where a token can rest; everything between is passed at once, as the runner does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, product

from engine.diagram.levels import Arrow, Level, condition_of, is_event_sub_process
from engine.diagram.model import DECIDING
from engine.diagram.report import Report

MAX_STATES = 8_000
MAX_OUTCOMES = 400
MAX_TOKENS = 2
_JOINS = ("parallelGateway", "inclusiveGateway")

# A marking is a sorted tuple of places, a place named twice if two tokens rest there. A place is
# the id of a node, the id of an arrow into a join, or a node's id with a "*": a non-interrupting event on its
# edge has already happened.
Marking = tuple[str, ...]
_ALL_ENDED = "[ended]"


class _TooMany(Exception):
    """The level is too tangled to be played through."""


@dataclass
class _Played:
    """What playing found: joins left waiting for ever, joins that fired, steps reached, steps reached twice."""

    waiting: set[str] = field(default_factory=set)
    fired: set[str] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)
    twice: set[str] = field(default_factory=set)
    complete: bool = True


def check_tokens(level: Level, report: Report) -> None:
    """Report joins that can wait for ever, and steps that a case can reach twice at once."""
    if level.broken or level.endless or not level.begins:
        return
    plain = _play(level, reminders=False)
    played = plain
    if any(level.stays(event) for event in level.of_kind("boundaryEvent")):
        again = _play(level, reminders=True)
        # A reminder may well come again while its own steps are open; only meeting the main way is odd.
        for node in (again.twice - plain.twice) & plain.reached:
            report.add("may_be_reached_twice", level.nodes[node])
        played = _Played(
            plain.waiting | again.waiting,
            plain.fired | again.fired,
            complete=plain.complete and again.complete,
        )
    for node in plain.twice:
        report.add("reached_twice", level.nodes[node])
    for join in played.waiting:
        never = played.complete and join not in played.fired
        report.add("join_never_complete" if never else "join_may_wait", level.nodes[join])


def _play(level: Level, reminders: bool) -> _Played:
    """Visit every marking; `reminders` lets events that do not interrupt happen, once each time."""
    played = _Played()
    try:
        game = _Game(level, reminders)
        todo = game.first()
        seen = set(todo)
        while todo:
            marking = todo.pop()
            for after in game.moves(marking, played):
                if after not in seen:
                    if len(seen) >= MAX_STATES:
                        raise _TooMany
                    seen.add(after)
                    todo.append(after)
        played.complete = not game.crowded
        played.twice |= game.crowded
    except _TooMany:
        played.complete = False
    return played


class _Game:
    """The moves of one level."""

    def __init__(self, level: Level, reminders: bool) -> None:
        self._level = level
        self._reminders = reminders
        self.crowded: set[str] = set()
        self._outcomes: dict[str, list[Marking]] = {}
        self._left: dict[str, list[Marking]] = {}
        self._passing: set[str] = set()
        self._arrows = {
            arrow.id: join for join in level.nodes if self._is_join(join) for arrow in level.incoming[join]
        }
        self._reaches = {join: self._reach(join) for join in level.of_kind("inclusiveGateway")}

    def first(self) -> list[Marking]:
        """The markings in which a case can begin."""
        level = self._level
        if level.is_bare:
            return list(self._with((), self._all_of(map(self._come, level.begins))))
        return list(
            self._with((), self._together([a for start in level.begins for a in level.outgoing[start]]))
        )

    def moves(self, marking: Marking, played: _Played) -> Iterator[Marking]:
        """The markings that can follow; what is noticed on the way is noted in `played`."""
        joined = self._join(marking, played)
        if joined is not None:
            yield from joined
            return
        movable = [place for place in dict.fromkeys(marking) if place not in self._arrows]
        held = Counter(place.removesuffix("*") for place in marking if place not in self._arrows)
        played.reached.update(held)
        played.twice.update(node for node, count in held.items() if count > 1)
        if marking and not movable:
            played.waiting.update(self._arrows[place] for place in marking)
        for place in movable:
            yield from self._leave(marking, place)

    def _leave(self, marking: Marking, place: str) -> Iterator[Marking]:
        rest = _without(marking, [place])
        if place not in self._left:
            self._left[place] = self._leaving(place)
        yield from self._with(rest, self._left[place])
        if self._reminders and not place.endswith("*"):
            for event in self._level.boundary.get(place, []):
                if self._level.stays(event):
                    yield from self._with((*rest, place + "*"), self._split(event))

    def _leaving(self, place: str) -> list[Marking]:
        """Where a token can come to rest when it leaves a place by itself, or by an event that takes it away."""
        level, node = self._level, place.removesuffix("*")
        if level.kind(node) == "eventBasedGateway":
            left = level.after(node)
        else:
            left = [node, *(event for event in level.boundary.get(node, []) if not level.stays(event))]
        return [outcome for one in left for outcome in self._split(one)]

    def _with(self, rest: Marking, outcomes: list[Marking]) -> Iterator[Marking]:
        for outcome in outcomes:
            merged = () if _ALL_ENDED in outcome else tuple(sorted(rest + outcome))
            # More than MAX_TOKENS of one kind, in what is sorted.
            crowded = [one for one, other in zip(merged, merged[MAX_TOKENS:], strict=False) if one == other]
            if crowded:
                # Counting on could go on for ever. What is seen without these markings can still happen.
                self.crowded.update(self._arrows.get(place, place.removesuffix("*")) for place in crowded)
            else:
                yield merged

    def _join(self, marking: Marking, played: _Played) -> list[Marking] | None:
        """Fire the first join that can fire: the runner does not wait with that either."""
        for join in dict.fromkeys(self._arrows[place] for place in marking if place in self._arrows):
            arrived = {arrow.id for arrow in self._level.incoming[join] if arrow.id in marking}
            missing = {arrow.id for arrow in self._level.incoming[join]} - arrived
            if missing and not (
                self._level.kind(join) == "inclusiveGateway"
                and not self._still_coming(join, marking, arrived, missing)
            ):
                continue
            played.fired.add(join)
            return list(self._with(_without(marking, arrived), self._split(join)))
        return None

    def _still_coming(self, join: str, marking: Marking, arrived: set[str], missing: set[str]) -> bool:
        """BPMN 2.0, 13.4.4: a token elsewhere can reach an empty arrow, and no arrow that has a token."""
        reach = self._reaches[join]
        others = (place for place in marking if self._arrows.get(place) != join)
        reached = (reach.get(self._arrows.get(place, place.removesuffix("*")), set()) for place in others)
        return any(arrows & missing and not arrows & arrived for arrows in reached)

    def _reach(self, join: str) -> dict[str, set[str]]:
        """Which arrows into a join can be reached from a node without passing the join."""
        found: dict[str, set[str]] = {}
        for arrow in self._level.incoming[join]:
            seen, todo = {arrow.source}, [arrow.source]
            while todo:
                for before in self._level.before(todo.pop()):
                    if before not in seen and before != join:
                        seen.add(before)
                        todo.append(before)
            for node in seen:
                found.setdefault(node, set()).add(arrow.id)
        return found

    def _is_join(self, node: str) -> bool:
        return self._level.kind(node) in _JOINS and len(self._level.incoming[node]) > 1

    def _follow(self, arrow: Arrow) -> list[Marking]:
        """Where a token on this arrow can come to rest: one marking for each way the decisions can go."""
        return [(arrow.id,)] if arrow.id in self._arrows else self._come(arrow.target)

    def _come(self, node: str) -> list[Marking]:
        """The same, of a token that comes to a node that joins nothing."""
        kind = self._level.kind(node)
        if kind == "endEvent":
            ends_all = self._level.nodes[node].find("{*}terminateEventDefinition") is not None
            return [(_ALL_ENDED,) if ends_all else ()]
        if kind in ("exclusiveGateway", "parallelGateway", "inclusiveGateway") or self._level.passes(node):
            return self._split(node)
        if kind == "complexGateway" or is_event_sub_process(self._level.nodes[node]):
            raise _TooMany
        if self._may_be_skipped(node):
            return self._split(node)
        return [(node,)]

    def _may_be_skipped(self, node: str) -> bool:
        """A step in the middle of a line adds nothing: whatever happens to it happens to the next place too."""
        level = self._level
        if level.boundary.get(node) or len(level.outgoing[node]) != 1 or len(level.incoming[node]) != 1:
            return False
        if level.kind(node) == "eventBasedGateway":
            return False
        source, target = level.incoming[node][0].source, level.outgoing[node][0].target
        calm = level.kind(source) not in ("exclusiveGateway", "inclusiveGateway", "parallelGateway")
        return calm and level.kind(target) not in ("endEvent", "exclusiveGateway", "inclusiveGateway")

    def _split(self, gateway: str) -> list[Marking]:
        """What can follow when a token leaves a gateway, a step or an event."""
        if gateway in self._outcomes:
            return self._outcomes[gateway]
        ways = self._level.outgoing[gateway]
        kind = self._level.kind(gateway)
        if kind not in DECIDING and not self._level.asks(gateway):
            return self._once(gateway, ways)
        if gateway in self._passing:
            raise _TooMany
        self._passing.add(gateway)
        if kind == "exclusiveGateway":
            choices: list[list[Arrow]] = [[arrow] for arrow in ways]
        else:
            if len(ways) > 6:
                raise _TooMany
            choices = self._choices(gateway)
        found = {outcome: None for some in choices for outcome in self._together(some)}
        self._passing.discard(gateway)
        self._outcomes[gateway] = list(found)
        return self._outcomes[gateway]

    def _choices(self, node: str) -> list[list[Arrow]]:
        """The arrows that can be taken together: some of those with a condition, or the default.

        From an activity an arrow without a condition is taken in any case.
        """
        default, ways = self._level.default(node), self._level.outgoing[node]
        always = [arrow for arrow in ways if self._level.asks(node) and condition_of(arrow.element) is None]
        always = [arrow for arrow in always if arrow.id != default]
        asked = [arrow for arrow in ways if arrow.id != default and arrow not in always]
        choices = [always + list(some) for n in range(1, len(asked) + 1) for some in combinations(asked, n)]
        choices += [[*always, arrow] for arrow in ways if arrow.id == default]
        return choices if default or not always else [*choices, always]

    def _once(self, node: str, arrows: list[Arrow]) -> list[Marking]:
        """All these arrows from a node, worked out once; a ring of nodes that never wait is given up."""
        if node in self._passing:
            raise _TooMany
        self._passing.add(node)
        self._outcomes[node] = self._together(arrows)
        self._passing.discard(node)
        return self._outcomes[node]

    def _together(self, arrows: list[Arrow]) -> list[Marking]:
        """Where tokens on all of these arrows can come to rest."""
        return self._all_of(map(self._follow, arrows))

    def _all_of(self, some: Iterable[list[Marking]]) -> list[Marking]:
        """Every way in which some tokens can come to rest, each in one of its own."""
        found: dict[Marking, None] = {(): None}
        for ahead in some:
            if len(found) * len(ahead) > MAX_OUTCOMES:
                raise _TooMany
            found = {tuple(sorted(one + two)): None for one, two in product(found, ahead)}
        return list(found)


def _without(marking: Marking, places: list[str] | set[str]) -> Marking:
    left = list(marking)
    for place in places:
        left.remove(place)
    return tuple(left)
