"""Whether the arrows of a drawing make sense: starts, ends, splits, gateways, what follows what."""

from __future__ import annotations

from engine.diagram.allowed import definitions_of
from engine.diagram.labels import bpmn, local
from engine.diagram.levels import Arrow, Level, condition_of, is_event_sub_process, link_of
from engine.diagram.model import ASKING, DECIDING, GATEWAYS
from engine.diagram.report import Report

_SPLITTING = GATEWAYS | {"complexGateway"}


def check_ways(level: Level, report: Report) -> bool:
    """Report every arrow or node of a level that is not connected as it should be; is everything right?"""
    errors = report.errors
    _check_ends(level, report)
    for node in level.nodes:
        _check_node(level, node, report)
    for arrow in level.arrows.values():
        _check_arrow(level, arrow, report)
    if not level.broken:
        _check_reached(level, report)
    return not level.broken and report.errors == errors


def may_be_unconnected(level: Level, node: str) -> bool:
    """Nodes that no arrow needs to lead to, or to leave."""
    element = level.nodes[node]
    undoes = element.get("isForCompensation") == "true"
    return (
        undoes or is_event_sub_process(element) or element.find(bpmn("compensateEventDefinition")) is not None
    )


def _check_ends(level: Level, report: Report) -> None:
    if not level.nodes:
        report.add("empty_pathway", level.element)
        level.broken = True
        return
    if not level.begins:
        report.add("no_start", level.element)
        level.broken = True
    elif len(level.begins) > 1 and not level.is_bare:
        report.add("several_starts", level.element, count=len(level.begins))
    if not any(map(level.ends, level.nodes)):
        report.add("no_end", level.element)


def _check_node(level: Level, node: str, report: Report) -> None:
    element, kind = level.nodes[node], level.kind(node)
    incoming, outgoing = level.incoming[node], level.outgoing[node]
    if is_event_sub_process(element):
        _check_handler(level, node, report)
    if kind == "endEvent":
        for arrow in outgoing:
            report.add("flow_out_of_end", arrow.element)
    elif not outgoing and not _may_be_last(level, node):
        report.add("boundary_without_flow" if kind == "boundaryEvent" else "dead_end", element)
    if link_of(element) is not None:
        _check_link(level, node, report)
    elif len(outgoing) > 1 and kind not in _SPLITTING and kind != "endEvent" and not level.asks(node):
        report.add("implicit_split", element)
    if kind in GATEWAYS and len(incoming) <= 1 and len(outgoing) == 1:
        report.add("idle_gateway", element)
    if kind in DECIDING or level.asks(node):
        default = level.default(node)
        if default and default not in {arrow.id for arrow in outgoing}:
            report.add("default_unknown", element)
    elif element.get("default", "").strip():
        report.add("default_out_of_place", element)
    if kind == "eventBasedGateway":
        _check_event_gateway(level, node, report)


def _may_be_last(level: Level, node: str) -> bool:
    return level.ends(node) or may_be_unconnected(level, node) or _throws_link(level, node)


def _check_link(level: Level, node: str, report: Report) -> None:
    """A link takes the place of an arrow, so no arrow leaves where it begins or leads to where it ends."""
    begins = _throws_link(level, node)
    for arrow in level.outgoing[node] if begins else level.incoming[node]:
        if link_of(arrow.element) is None:
            report.add("flow_out_of_link" if begins else "flow_into_link", arrow.element)


def _check_handler(level: Level, node: str, report: Report) -> None:
    """What an event starts stands alone."""
    element = level.nodes[node]
    if level.incoming[node] or level.outgoing[node]:
        report.add("handler_connected", element)
    if level.boundary.get(node) or any(local(child).endswith("LoopCharacteristics") for child in element):
        report.add("handler_repeated", element)


def _check_event_gateway(level: Level, node: str, report: Report) -> None:
    timers = 0
    for arrow in level.outgoing[node]:
        target = level.nodes[arrow.target]
        meanings = {local(definition) for definition in definitions_of(target)}
        if local(target) == "intermediateCatchEvent":
            timers += "timerEventDefinition" in meanings
        if local(target) not in ("intermediateCatchEvent", "receiveTask") or _is_more(level, arrow.target):
            report.add("event_gateway_target", target)
        if len(level.incoming[arrow.target]) > 1:
            report.add("event_gateway_shared", target)
    if timers > 1:
        report.add("event_gateway_timers", level.nodes[node])


def _throws_link(level: Level, node: str) -> bool:
    return level.kind(node) == "intermediateThrowEvent" and link_of(level.nodes[node]) is not None


def _is_more(level: Level, node: str) -> bool:
    """Is it more than a plain wait: a link, something with events on its edge, or done several times?"""
    element = level.nodes[node]
    several = any(local(child).endswith("LoopCharacteristics") for child in element)
    return several or link_of(element) is not None or bool(level.boundary.get(node))


def _check_arrow(level: Level, arrow: Arrow, report: Report) -> None:
    source, target = level.kind(arrow.source), level.kind(arrow.target)
    if target == "startEvent":
        report.add("flow_into_start", arrow.element)
    elif target == "boundaryEvent":
        report.add("flow_into_boundary", arrow.element)
    condition = condition_of(arrow.element)
    default = level.default(arrow.source) == arrow.id
    if source not in ASKING:
        if condition is not None and source != "complexGateway":
            report.add("condition_out_of_place", arrow.element)
    elif default and condition is not None:
        report.add("condition_on_default", arrow.element)
    elif source in DECIDING and not default and condition is None and len(level.outgoing[arrow.source]) > 1:
        report.add("condition_missing", arrow.element)


def _check_reached(level: Level, report: Report) -> None:
    reached = level.reach(level.begins)
    lost = [node for node in level.nodes if node not in reached and not may_be_unconnected(level, node)]
    remaining = set(lost)
    # Of a piece that hangs loose, only its beginning is named.
    for node in sorted(lost, key=lambda node: bool(level.before(node))):
        if node in remaining:
            report.add("unreachable", level.nodes[node])
            remaining -= level.reach([node])
