"""What it tells of a case that it has come to a step: the facts by which the ways there were chosen."""

from collections import defaultdict
from collections.abc import Mapping

from engine import expressions
from engine.diagram.model import ASKING, Flow, Node, Pathway


def telling(pathway: Pathway) -> Mapping[str, frozenset[str]]:
    """For each node, by id, the facts of which its being reached says something.

    A step behind only some ways of a gateway tells which way was taken, and so what its conditions read; where all
    ways have come together again, nothing is told any more. A node that tells nothing is left out.
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
    return found
