"""What a checked diagram consists of: pathways, nodes, flows, problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine.problems import Problem, Severity

__all__ = [
    "ACTIVITIES",
    "ASKING",
    "DECIDING",
    "GATEWAYS",
    "HUMAN",
    "Diagram",
    "Flow",
    "Node",
    "Pathway",
    "Problem",
    "Severity",
    "Timer",
]

# The steps that wait for a person.
HUMAN = frozenset({"userTask", "manualTask", "task", "sendTask"})
ACTIVITIES = HUMAN | {"receiveTask", "subProcess", "callActivity", "businessRuleTask"}
# What its arrows may ask a condition of: a decision takes one or some of its ways, an activity those that hold.
DECIDING = frozenset({"exclusiveGateway", "inclusiveGateway"})
ASKING = DECIDING | ACTIVITIES
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"})


@dataclass(frozen=True)
class Timer:
    """When a timer event fires: an offset from an anchor that may move, or a literal that may not.

    `literal` is as the diagram has it, readable by engine.diagram.times: an ISO 8601 duration from the moment the
    timer is reached (P56D, PT4H), a day or moment, or a cycle (R3/P1W).
    """

    anchor: str | None = None
    offset: str | None = None
    days: str = "calendar"
    literal: str | None = None


@dataclass(frozen=True)
class Node:
    """A step, gateway or event. `kind` is its BPMN local name ("userTask"); absent things are None.

    `incoming` and `outgoing` are flow ids in the order of the file, never of the drawing. `parent` is the
    enclosing sub-process, `attached_to` the activity whose edge a boundary event sits on. `each` names the
    list fact of a multi-instance step, `cardinality` and `completion` are FEEL. A step that is done `again`
    (BPMN's standard loop) goes on as long as `again_if` (FEEL, None: always) holds, asked after each time and with
    `again_first` before the first, and at most `again_most` times. `decision` is the id of the decision that a business
    rule task calls, `result` the fact that holds all it finds (None: each output is a fact).
    """

    id: str
    kind: str
    name: str
    role: str | None = None
    form: str | None = None
    due_anchor: str | None = None
    due_offset: str | None = None
    due_days: str = "calendar"
    start_offset: str | None = None
    takes: str | None = None
    instructions: str | None = None
    multiple: bool = False
    sequential: bool = False
    each: str | None = None
    cardinality: str | None = None
    completion: str | None = None
    again: bool = False
    again_if: str | None = None
    again_first: bool = False
    again_most: int | None = None
    calls: str | None = None
    decision: str | None = None
    result: str | None = None
    parent: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    timer: Timer | None = None
    message: str | None = None
    terminates: bool = False
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """Does a case go through it at once: a gateway, a mark on the way, a table, one end of a link?"""
        caught = self.kind == "intermediateCatchEvent" and self.timer is None and self.message is None
        by_itself = self.kind in ("intermediateThrowEvent", "businessRuleTask")
        return self.kind in GATEWAYS or by_itself or caught


@dataclass(frozen=True)
class Flow:
    """An arrow. `condition` is FEEL; `default` is true for the arrow taken when no condition holds."""

    id: str
    source: str
    target: str
    name: str
    condition: str | None = None
    default: bool = False


@dataclass(frozen=True)
class Pathway:
    """The process that a file runs, with the nodes and flows of all its sub-processes.

    `roles` are the role keys (without a catalogue: the lanes' own words) in the order of the lanes.
    """

    id: str
    name: str
    documentation: str
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    roles: tuple[str, ...] = ()

    def level(self, parent: str | None) -> list[Node]:
        """The nodes directly inside a sub-process, or those of the pathway itself (None)."""
        return [node for node in self.nodes.values() if node.parent == parent]


@dataclass(frozen=True)
class Diagram:
    """What a file says, and everything that is wrong with it.

    `root` is the parsed tree of BPMN definitions, None if the file is not BPMN. Comments are gone from it,
    the process that runs says isExecutable="true" and every other one "false". If `ok`, it runs as drawn.
    """

    pathways: tuple[Pathway, ...]
    problems: tuple[Problem, ...]
    root: etree._Element | None = None

    @property
    def ok(self) -> bool:
        """May this be published?"""
        return not any(problem.severity == "error" for problem in self.problems)
