"""Ways back: loops that never end, and loops that never wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.diagram.levels import Level
from engine.diagram.report import Report
from engine.diagram.sending import sent_of

_PASSING = frozenset(
    {
        "startEvent",
        "endEvent",
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "eventBasedGateway",
    }
)
_THROWING = frozenset({"endEvent", "intermediateThrowEvent"})
Ahead = Callable[[str], list[str]]
_CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway"})


def check_loops(levels: list[Level], report: Report) -> None:
    """Report loops that no case could leave, or could run through for ever without stopping."""
    passing = _passing_sub_processes(levels)
    for level in levels:
        if level.broken:
            continue
        _check_loop_entries(level, report)
        if not _ends_from_outside(level, levels):
            # An event that does not interrupt begins a way of its own: what it was on goes on all the same.
            for loop in _loops(level, {node for node in level.nodes if not level.stays(node)}):
                if not _has_exit(level, loop):
                    report.add("loop_without_exit", level.nodes[_first(level, loop)])
        quick = {node for node in level.nodes if _is_quick(level, node) or node in passing}
        for loop in _loops(level, *_at_once(level, quick)):
            level.endless = True
            report.add("loop_without_wait", level.nodes[_first(level, loop)])
        for node in level.nodes:
            again = level.nodes[node].find("{*}standardLoopCharacteristics")
            if node in passing and again is not None and not again.get("loopMaximum"):
                report.add("loop_without_wait", level.nodes[node])


def _check_loop_entries(level: Level, report: Report) -> None:
    """A parallel gateway that waits for what comes only after it."""
    starts = level.begins
    for gateway in level.of_kind("parallelGateway"):
        arrows = level.incoming[gateway]
        if len(arrows) < 2:
            continue
        elsewhere = _reach_without(level, starts, gateway)
        if any(arrow.source not in elsewhere for arrow in arrows):
            report.add("parallel_loop_entry", level.nodes[gateway])
            level.endless = True


def _reach_without(level: Level, first: list[str], left_out: str) -> set[str]:
    seen = {node for node in first if node != left_out}
    todo = list(seen)
    while todo:
        for node in level.after(todo.pop()):
            if node not in seen and node != left_out:
                seen.add(node)
                todo.append(node)
    return seen


def _ends_from_outside(level: Level, levels: list[Level]) -> bool:
    """Can something outside the loop end it: a terminate end beside it, or an event on the sub-process's edge?"""
    if any(end.find("{*}terminateEventDefinition") is not None for end in level.nodes.values()):
        return True
    if _is_interrupted(level, levels):
        return True
    while level.parent is not None:
        around = next(outer for outer in levels if level.parent in outer.nodes)
        events = around.boundary.get(level.parent, [])
        if not all(around.stays(event) for event in events) or _is_interrupted(around, levels):
            return True
        level = around
    return False


def _is_interrupted(level: Level, levels: list[Level]) -> bool:
    """Can an event sub-process of the level end everything else in it?"""
    inside = [other for other in levels if other.is_handler and other.parent in level.handlers]
    starts = [other.nodes[start] for other in inside for start in other.of_kind("startEvent")]
    return any(start.get("isInterrupting") != "false" for start in starts)


def _has_exit(level: Level, loop: set[str]) -> bool:
    for node in loop:
        ending = [event for event in level.boundary.get(node, []) if not level.stays(event)]
        # A step that an event can end is a choice too: it is done, or the event comes first.
        chooses = ending or level.kind(node) in _CHOOSING or level.asks(node)
        ways = ending + [arrow.target for arrow in level.outgoing[node]]
        if chooses and any(way not in loop for way in ways):
            return True
    return False


def _is_quick(level: Level, node: str) -> bool:
    """Can a token go through it without waiting for anybody?"""
    return level.kind(node) in _PASSING or level.passes(node) or _waits_for_truth(level, node)


def _waits_for_truth(level: Level, node: str) -> bool:
    """Does it wait until a condition holds? It may hold already."""
    return level.nodes[node].find("{*}conditionalEventDefinition") is not None


def _at_once(level: Level, quick: set[str]) -> tuple[set[str], Ahead]:
    """What can be run through without waiting, and where that leads.

    A step is left at once by an event on its edge whose condition holds already, and a signal thrown is heard at once
    by the events on edges that stay.
    """
    heard = [
        (node, event)
        for node in level.nodes
        for events in level.boundary.values()
        for event in events
        if level.stays(event) and level.kind(node) in _THROWING
        if (sent := sent_of(level.nodes[node])) is not None and sent == sent_of(level.nodes[event])
    ]
    hosts = {
        host: [event for event in events if _waits_for_truth(level, event)]
        for host, events in level.boundary.items()
    }
    among = quick | {host for host, events in hosts.items() if events} | {event for _, event in heard}

    def ahead(node: str) -> list[str]:
        left = (
            level.after(node) if node in quick or level.kind(node) == "boundaryEvent" else hosts.get(node, [])
        )
        return left + [event for thrower, event in heard if thrower == node]

    return among, ahead


def _first(level: Level, loop: set[str]) -> str:
    """Where a case enters the loop, or else its first element in the file."""
    inside = [node for node in level.nodes if node in loop]
    return next((node for node in inside if any(b not in loop for b in level.before(node))), inside[0])


def _passing_sub_processes(levels: list[Level]) -> set[str]:
    """The sub-processes that a case can run through without waiting, innermost first."""
    found: set[str] = set()
    for level in reversed(levels):
        if level.parent is None or level.broken:
            continue
        quick = {node for node in level.nodes if _is_quick(level, node) or node in found}
        if level.is_bare and not quick.issuperset(level.begins):
            continue
        reached = set(level.begins)
        todo = list(reached)
        while todo:
            for node in level.after(todo.pop()):
                if node in quick and node not in reached:
                    reached.add(node)
                    todo.append(node)
        if any(map(level.ends, reached)):
            found.add(level.parent)
    return found


def _loops(level: Level, among: set[str], ahead_of: Ahead | None = None) -> Iterable[set[str]]:
    """The strongly connected parts of a level, of more than one node or with an arrow to itself (Tarjan).

    `ahead_of` tells where each of the nodes leads, if not wherever the arrows do.
    """
    ahead_of = ahead_of or level.after
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    stacked: set[str] = set()
    for root in level.nodes:
        if root not in among or root in number:
            continue
        work = [(root, iter(ahead_of(root)))]
        number[root] = lowest[root] = len(number)
        stack.append(root)
        stacked.add(root)
        while work:
            node, ahead = work[-1]
            for after in ahead:
                if after not in among:
                    continue
                if after not in number:
                    number[after] = lowest[after] = len(number)
                    stack.append(after)
                    stacked.add(after)
                    work.append((after, iter(ahead_of(after))))
                    break
                if after in stacked:
                    lowest[node] = min(lowest[node], number[after])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[node])
                if lowest[node] == number[node]:
                    part = set()
                    while node not in part:
                        part.add(stack.pop())
                    stacked -= part
                    if len(part) > 1 or node in ahead_of(node):
                        yield part
