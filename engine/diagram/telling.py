"""What it tells of a case that it has come to a step: the facts by which the ways there were chosen."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from engine import expressions
from engine.diagram.model import ASKING, Flow, Node, Pathway

Events = frozenset[str]


def telling(pathway: Pathway) -> Mapping[str, frozenset[str]]:
    """For each node, by id, the facts of which its being reached says something.

    A step behind only some ways of a gateway tells which way was taken, and so what its conditions read; where all
    ways have come together again, nothing is told any more. A step that is only reached after an event that waits for
    a condition tells that it came true. A node that tells nothing is left out.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for gateway in pathway.nodes.values():
        flows = [pathway.flows[flow] for flow in gateway.outgoing]
        if gateway.kind not in ASKING or not any(flow.condition for flow in flows):
            continue
        reached = [_reached(pathway, flow, gateway) for flow in flows]
        read = [expressions.names(flow.condition) if flow.condition else frozenset() for flow in flows]
        for node in set[str]().union(*reached) - reached[0].intersection(*reached):
            for there, names in zip(reached, read, strict=True):
                # An exclusive gateway tells by each way that its other conditions were not true; in an inclusive one,
                # and after an activity, each way stands for itself.
                if gateway.kind == "exclusiveGateway" or node in there:
                    found[node] |= names
    awaited = {
        node.id: expressions.names(node.condition) for node in pathway.nodes.values() if node.condition
    }
    if awaited:
        for ident, events in _Came(pathway, frozenset(awaited)).true.items():
            found[ident].update(*(awaited[event] for event in events))
    return {node: frozenset(names) for node, names in found.items() if names}


def _reached(pathway: Pathway, flow: Flow, gateway: Node) -> set[str]:
    """Every node to which a case can come along `flow` before it comes to the same gateway again."""
    found: set[str] = set()
    ahead = [flow.target]
    while ahead:
        node = pathway.nodes[ahead.pop()]
        if node.id in found or node.id == gateway.id:
            continue
        found.add(node.id)
        ahead += [pathway.flows[one].target for one in node.outgoing]
        ahead += [one.id for one in pathway.nodes.values() if node.id in (one.attached_to, one.parent)]
        ahead += [one.id for one in pathway.nodes.values() if _hears(one, node)]
    return found


def _hears(node: Node, thrower: Node) -> bool:
    """Does what is thrown at one node let an event at another happen?"""
    if thrower.throws is None:
        return False
    if node.catches is not None:
        return node.catches.catches(thrower.throws)
    heard = {"message": node.message, "signal": node.signal}.get(thrower.throws.kind)
    return heard is not None and heard == thrower.throws.code


class _Came:
    """For each node the conditions that have surely come `true` when a case comes there."""

    def __init__(self, pathway: Pathway, awaited: Events) -> None:
        self._pathway = pathway
        self.true = dict.fromkeys(pathway.nodes, awaited)
        changed = True
        while changed:
            changed = False
            for node in pathway.nodes.values():
                now = self._before(node)
                changed = changed or now != self.true[node.id]
                self.true[node.id] = now

    def _before(self, node: Node) -> Events:
        """What has come true on every way to a node; where branches are joined, on any of them."""
        if node.attached_to:
            return self.true[node.attached_to] | self._heard(node)
        sources = [self._pathway.nodes[self._pathway.flows[flow].source] for flow in node.incoming]
        if not sources:
            # Where its level begins.
            return (self.true[node.parent] if node.parent else frozenset()) | self._heard(node)
        known = [self._after(source) for source in sources]
        joined = frozenset[str]().union if node.kind == "parallelGateway" else known[0].intersection
        return joined(*known) | self._heard(node)

    def _after(self, node: Node) -> Events:
        own = frozenset({node.id}) if node.condition else frozenset[str]()
        level = list(self._pathway.level(node.id))
        ends = [one for one in level if one.kind == "endEvent" and one.incoming]
        inside = _common(self.true[end.id] for end in ends)
        if not any(one.kind in ("startEvent", "endEvent") for one in level):
            # Without an end, each of its last steps has been done, unless another way was taken: it may tell of all.
            inside = frozenset[str]().union(*(self._after(one) for one in level if not one.outgoing))
        return self.true[node.id] | own | inside

    def _heard(self, node: Node) -> Events:
        """What must have come true before what this waits for is thrown; messages also come from outside."""
        if node.message is not None:
            return frozenset()
        return _common(self.true[one.id] for one in self._pathway.nodes.values() if _hears(node, one))


def _common(some: Iterable[Events]) -> Events:
    some = list(some)
    return some[0].intersection(*some[1:]) if some else frozenset()
