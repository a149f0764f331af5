"""Writes small BPMN diagrams for tests, one element or arrow a line."""

import re
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:t="urn:throughcare:bpmn:1" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:xi="http://www.w3.org/2001/XInclude" id="diagram" targetNamespace="urn:test">'
)


def pathway(
    *lines: str, key: str = "p", marked: str = 'isExecutable="true"', head: str = "", lane: str = "mentor"
) -> bytes:
    """A diagram with one pathway. Its nodes lie in one lane, unless a line is a laneSet or `lane` is empty.

    A line is an element (`start("s")`, or any XML), or arrows: "s > a > e", "x > a : age > 18". An arrow's id
    is its ends: "s_a".
    """
    drawn = [line if line.lstrip().startswith("<") else arrows(line) for line in lines]
    nodes = [
        match[1]
        for line in drawn
        if (match := re.match(r'<b:(?!sequenceFlow|laneSet)\w+ id="([^"]+)"', line))
    ]
    if lane and not any("<b:laneSet" in line for line in drawn):
        drawn.insert(0, lanes((lane, nodes)))
    body = "".join(drawn)
    return f'{HEAD}{head}<b:process id="{key}" name="Pathway" {marked}>{body}</b:process></b:definitions>'.encode()


def file(body: str) -> bytes:
    """A diagram of anything."""
    return f"{HEAD}{body}</b:definitions>".encode()


def node(kind: str, ident: str, inside: str = "", name: str = "", **attributes: str) -> str:
    """An element; attributes of our own namespace begin with t_."""
    said = "".join(
        f" {key.replace('t_', 't:', 1) if key.startswith('t_') else key}={quoteattr(value)}"
        for key, value in attributes.items()
    )
    called = f" name={quoteattr(name)}" if name else ""
    return f'<b:{kind} id="{ident}"{called}{said}>{inside}</b:{kind}>'


def start(ident: str = "s", inside: str = "") -> str:
    return node("startEvent", ident, inside)


def end(ident: str = "e", inside: str = "") -> str:
    return node("endEvent", ident, inside)


def user(ident: str, inside: str = "", **attributes: str) -> str:
    """A step for a person, with a name and the form "note" unless said otherwise."""
    return node("userTask", ident, inside, **{"name": f"Step {ident}", "t_form": "note"} | attributes)


def xor(ident: str, **attributes: str) -> str:
    return node("exclusiveGateway", ident, **{"name": f"Decision {ident}"} | attributes)


def both(ident: str) -> str:
    return node("parallelGateway", ident, name=f"All of {ident}")


def some(ident: str, **attributes: str) -> str:
    return node("inclusiveGateway", ident, **{"name": f"Some of {ident}"} | attributes)


def first(ident: str, **attributes: str) -> str:
    return node("eventBasedGateway", ident, **{"name": f"First of {ident}"} | attributes)


def catch(ident: str, inside: str = "", **attributes: str) -> str:
    return node(
        "intermediateCatchEvent", ident, inside or duration(), **{"name": f"Event {ident}"} | attributes
    )


def edge(ident: str, host: str, inside: str = "", **attributes: str) -> str:
    said = {"name": f"Edge {ident}", "attachedToRef": host} | attributes
    return node("boundaryEvent", ident, inside or duration(), **said)


def sub(ident: str, *lines: str, inside: str = "", **attributes: str) -> str:
    drawn = "".join(line if line.startswith("<") else arrows(line) for line in lines)
    return node("subProcess", ident, inside + drawn, **{"name": f"Part {ident}"} | attributes)


def call(ident: str, called: str = "other", **attributes: str) -> str:
    return node("callActivity", ident, **{"name": f"Call {ident}", "calledElement": called} | attributes)


def rule(ident: str, decision: str = "way", inside: str = "", **attributes: str) -> str:
    """A step that a decision table does."""
    said = {"name": f"Rule {ident}"} | ({"t_decision": decision} if decision else {}) | attributes
    return node("businessRuleTask", ident, inside, **said)


def duration(text: str = "P2W") -> str:
    return f"<b:timerEventDefinition><b:timeDuration>{text}</b:timeDuration></b:timerEventDefinition>"


def moment(text: str) -> str:
    return f"<b:timerEventDefinition><b:timeDate>{text}</b:timeDate></b:timerEventDefinition>"


def message(reference: str = "m") -> str:
    return f'<b:messageEventDefinition messageRef="{reference}"/>'


def several(inside: str = "", **attributes: str) -> str:
    said = "".join(f" {key.replace('t_', 't:', 1)}={quoteattr(value)}" for key, value in attributes.items())
    return f"<b:multiInstanceLoopCharacteristics{said}>{inside}</b:multiInstanceLoopCharacteristics>"


def lanes(*named: tuple[str, list[str]]) -> str:
    """Lanes by name, each with its nodes."""
    inside = ""
    for number, (name, nodes) in enumerate(named):
        listed = "".join(f"<b:flowNodeRef>{ident}</b:flowNodeRef>" for ident in nodes)
        inside += node("lane", f"lane_{number}", listed, name=name)
    return f'<b:laneSet id="lanes">{inside}</b:laneSet>'


def arrows(line: str) -> str:
    path, _, condition = line.partition(" : ")
    ends = [word.strip() for word in path.split(">")]
    said = (
        f'<b:conditionExpression xsi:type="b:tFormalExpression">{escape(condition)}</b:conditionExpression>'
    )
    return "".join(
        f'<b:sequenceFlow id="{one}_{two}" sourceRef="{one}" targetRef="{two}">{said if condition else ""}'
        "</b:sequenceFlow>"
        for one, two in zip(ends, ends[1:], strict=False)
    )
