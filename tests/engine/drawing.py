"""Draws small pathways from a few words, and walks a case through them."""

import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from engine import decisions, runner, schedule

TAGS = {
    "start": "startEvent",
    "end": "endEvent",
    "user": "userTask",
    "manual": "manualTask",
    "send": "sendTask",
    "receive": "receiveTask",
    "throw": "intermediateThrowEvent",
    "call": "callActivity",
    "exclusive": "exclusiveGateway",
    "parallel": "parallelGateway",
    "inclusive": "inclusiveGateway",
    "first": "eventBasedGateway",
    "catch": "intermediateCatchEvent",
    "boundary": "boundaryEvent",
    "rule": "businessRuleTask",
}
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<bpmn:definitions'
    ' xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' xmlns:throughcare="urn:throughcare:bpmn:1" id="d" targetNamespace="t">\n'
)


def draw(text: str, key: str = "p", heights: Mapping[str, int] | None = None) -> bytes:
    """A BPMN file from lines such as

        user a each=agencies sequential done='item = "x"'
        user a again='more' most=3 test_before
        throw t link=over; catch c link=over
        boundary late on=a timer=P2D beside
        call c runs=shared
        rule r decision=office result=found
        sub s {
        }
        handler h {
            start hs message=m beside
        }
        a -> b -> c
        g -> b : agreement = "given"
        g => c

    or, with semicolons, in one. `=>` is the default flow, `beside` does not interrupt. A flow's id is
    "source-target". `heights` draws shapes, by their y.
    """
    messages: dict[str, str] = {}
    lines = iter(line.strip() for line in text.replace(";", "\n").splitlines())
    body = _level(lines, messages)
    named = "".join(f'<bpmn:message id="{id_}" name={quoteattr(name)}/>' for name, id_ in messages.items())
    shapes = "".join(
        f'<bpmndi:BPMNShape bpmnElement="{id_}"><dc:Bounds x="0" y="{y}" width="9" height="9"/></bpmndi:BPMNShape>'
        for id_, y in (heights or {}).items()
    )
    drawn = f"<bpmndi:BPMNDiagram><bpmndi:BPMNPlane>{shapes}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
    process = f'<bpmn:process id="{key}" isExecutable="true">\n{body}</bpmn:process>\n'
    return (HEAD + named + process + drawn + "</bpmn:definitions>").encode()


def _level(lines: Iterator[str], messages: dict[str, str]) -> str:
    elements, flows, defaults = [], [], {}
    for line in lines:
        if line == "}":
            break
        if not line:
            continue
        if "->" in line or "=>" in line:
            path, _, condition = line.partition(" : ")
            words = path.split()
            for source, arrow, target in zip(words[::2], words[1::2], words[2::2], strict=False):
                id_ = f"{source}-{target}"
                if arrow == "=>":
                    defaults[source] = id_
                said = (
                    '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">'
                    f"{escape(condition)}</bpmn:conditionExpression>"
                    if condition
                    else ""
                )
                ends = f'id="{id_}" sourceRef="{source}" targetRef="{target}"'
                flows.append(f"<bpmn:sequenceFlow {ends}>{said}</bpmn:sequenceFlow>\n")
        else:
            kind, id_, *rest = shlex.split(line)
            inside = _level(lines, messages) if rest and rest[-1] == "{" else ""
            said = dict(word.partition("=")[::2] for word in rest if word != "{")
            elements.append((kind, id_, said, inside))
    return "".join(_element(*one, defaults, messages) for one in elements) + "".join(flows)


def _element(
    kind: str, id_: str, said: dict[str, str], inside: str, defaults: dict[str, str], messages: dict[str, str]
) -> str:
    tag = TAGS.get(kind, "subProcess")
    attributes = f' id="{id_}" name="{id_}"'
    if id_ in defaults:
        attributes += f' default="{defaults[id_]}"'
    if "on" in said:
        attributes += (
            f' attachedToRef="{said["on"]}" cancelActivity="{"false" if "beside" in said else "true"}"'
        )
    if kind == "handler":
        attributes += ' triggeredByEvent="true"'
    if kind == "start" and "beside" in said:
        attributes += ' isInterrupting="false"'
    if "runs" in said:
        attributes += f' calledElement="{said["runs"]}"'
    for name in ("anchor", "offset", "days", "decision", "result"):
        if name in said:
            attributes += f' throughcare:{name}="{said[name]}"'
    if "timer" in said:
        inside += _timer(f"<bpmn:timeDuration>{said['timer']}</bpmn:timeDuration>")
    elif "date" in said:
        inside += _timer(f"<bpmn:timeDate>{said['date']}</bpmn:timeDate>")
    elif "cycle" in said:
        inside += _timer(f"<bpmn:timeCycle>{escape(said['cycle'])}</bpmn:timeCycle>")
    elif "anchor" in said:
        inside += _timer("")
    elif kind == "receive":
        attributes += f' messageRef="{_message_id(said["message"], messages)}"'
    elif "error" in said or "escalation" in said:
        thrown = "error" if "error" in said else "escalation"
        reference = f' {thrown}Ref="{thrown}_{said[thrown]}"' if said[thrown] != "any" else ""
        inside += f"<bpmn:{thrown}EventDefinition{reference}/>"
    elif "link" in said:
        inside += f'<bpmn:linkEventDefinition id="{id_}_link" name="{said["link"]}"/>'
    elif "message" in said:
        id_of = _message_id(said["message"], messages)
        inside += f'<bpmn:messageEventDefinition messageRef="{id_of}"/>'
    elif "terminate" in said:
        inside += "<bpmn:terminateEventDefinition/>"
    if "each" in said or "times" in said:
        each = f" throughcare:each={quoteattr(said['each'])}" if "each" in said else ""
        times = (
            f"<bpmn:loopCardinality>{escape(said['times'])}</bpmn:loopCardinality>" if "times" in said else ""
        )
        done = (
            f"<bpmn:completionCondition>{escape(said['done'])}</bpmn:completionCondition>"
            if "done" in said
            else ""
        )
        one_by_one = "true" if "sequential" in said else "false"
        inside += (
            f'<bpmn:multiInstanceLoopCharacteristics isSequential="{one_by_one}"{each}>'
            f"{times}{done}</bpmn:multiInstanceLoopCharacteristics>"
        )
    if "again" in said or "most" in said:
        inside += _again(said)
    return f"<bpmn:{tag}{attributes}>{inside}</bpmn:{tag}>\n"


def _again(said: dict[str, str]) -> str:
    most = f' loopMaximum="{said["most"]}"' if "most" in said else ""
    before = ' testBefore="true"' if "test_before" in said else ""
    condition = f"<bpmn:loopCondition>{escape(said['again'])}</bpmn:loopCondition>" if "again" in said else ""
    marker = "standardLoopCharacteristics"
    return f"<bpmn:{marker}{most}{before}>{condition}</bpmn:{marker}>"


def _message_id(name: str, messages: dict[str, str]) -> str:
    return messages.setdefault(name, f"message_{len(messages)}")


def _timer(said: str) -> str:
    return f"<bpmn:timerEventDefinition>{said}</bpmn:timerEventDefinition>"


CALENDAR = schedule.Calendar("UTC", None, None, frozenset())
MONDAY = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
_digests = iter(range(10**9))


def plan(text: str, key: str = "p", tables: bytes | None = None, **others: str) -> runner.Plan:
    """The plan of a pathway drawn as `text`, of those it calls by their keys, and of a file of decision tables."""
    sources = {key: draw(text, key), **{other: draw(drawn, other) for other, drawn in others.items()}}
    known = decisions.read(tables).decisions if tables else {}
    return runner.load(runner.prepare(sources, key, known), f"drawn {next(_digests)}")


class Walk:
    """A case on its way: facts, dates and a clock that the test moves. Its state is stored after every step."""

    def __init__(
        self, of: runner.Plan | str, *, dates: Mapping[str, date] | None = None, **facts: Any
    ) -> None:
        self.plan = plan(of) if isinstance(of, str) else of
        self.facts, self.dates, self.now = dict(facts), dict(dates or {}), MONDAY
        self.run = runner.start(self.plan, self.context)

    @property
    def context(self) -> runner.Context:
        return runner.Context(self.facts, self.now, self.due)

    def due(self, anchor: str, offset: str, days: str, opened_at: datetime) -> datetime | None:
        start = {"step_opened": opened_at, **self.dates}.get(anchor)
        return start and schedule.due_at(start, offset, days, CALENDAR)

    @property
    def open(self) -> list[str]:
        return [one.step for one in self.run.open]

    @property
    def items(self) -> list[Any]:
        return [one.item for one in self.run.open]

    @property
    def flows(self) -> list[str | None]:
        return [one.flow for one in self.run.passed]

    def find(self, step: str, item: Any = None) -> runner.Open:
        return next(one for one in self.run.open if one.step == step and item in (None, one.item))

    def done(self, step: str, item: Any = None, **facts: Any) -> "Walk":
        """Somebody completes the oldest open step of that name."""
        self.facts.update(facts)
        self.run = runner.complete(self.plan, self.run.state, self.find(step, item).id, self.context)
        return self

    def hear(self, message: str) -> "Walk":
        self.run = runner.deliver(self.plan, self.run.state, message, self.context)
        return self

    def wake(self, **later: float) -> "Walk":
        self.now += timedelta(**later)
        self.run = runner.wake(self.plan, self.run.state, self.context)
        return self

    def retry(self, **facts: Any) -> "Walk":
        self.facts.update(facts)
        self.run = runner.retry(self.plan, self.run.state, self.context)
        return self

    def move_on(self, step: str, flow: str | None = None) -> "Walk":
        """Somebody decides by hand what the diagram could not."""
        self.run = runner.move_on(self.plan, self.run.state, self.context, runner.Way(step, "p", flow))
        return self
