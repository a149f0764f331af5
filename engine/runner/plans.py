"""The specs of a version: as JSON for storage, and ready to run, kept by digest."""

# mypy: allow-subclassing-any
# SpiffWorkflow has no types, so its classes are Any.

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import BpmnTaskSpecConverter
from SpiffWorkflow.bpmn.serializer.helpers import BpmnConverter
from SpiffWorkflow.bpmn.specs import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BpmnStartTask
from SpiffWorkflow.specs import WorkflowSpec

from . import elements, rules

# As many versions as an installation can be expected to run cases of at a time.
KEPT = 64

_ROOT = "[root]"


class ScopeSpec(BpmnProcessSpec):
    """The graph of one level, without SpiffWorkflow's own "Start", "End" and its join.

    Those names would clash with ids that people give, and the join searches the whole tree: a level ends when
    its last token does. No BPMN id has brackets or a slash, so ours never clash.
    """

    def __init__(self, name: str) -> None:
        WorkflowSpec.__init__(self, name=name)
        self.start = BpmnStartTask(self, _ROOT)
        self.bpmn_start_events: list[Any] = []
        self.data_objects: dict[str, Any] = {}
        self.io_specification = None
        self.correlation_keys: dict[str, Any] = {}


class ScopeConverter(BpmnConverter):
    """Writes a level's graph as JSON and reads it back."""

    def to_dict(self, spec: ScopeSpec) -> dict[str, Any]:
        return {
            "name": spec.name,
            "entries": spec.start._outputs,
            "elements": [
                self.registry.convert(one) for one in spec.task_specs.values() if one is not spec.start
            ],
        }

    def from_dict(self, kept: dict[str, Any]) -> ScopeSpec:
        spec = ScopeSpec(kept["name"])
        spec.start._outputs = kept["entries"]
        for element in kept["elements"]:
            self.registry.restore({**element, "wf_spec": spec})
        return spec


class ElementConverter(BpmnTaskSpecConverter):
    """Writes only what is not the same for every element; what the diagram says is in its extensions."""

    def to_dict(self, spec: Any) -> dict[str, Any]:
        return {
            "name": spec.name,
            "bpmn_id": spec.bpmn_id,
            "inputs": spec._inputs,
            "outputs": spec._outputs,
            "extensions": spec.extensions,
        }


ELEMENTS = (
    elements.Element,
    elements.Step,
    elements.Throwing,
    elements.EndEvent,
    elements.ParallelGateway,
    elements.ExclusiveGateway,
    elements.InclusiveGateway,
    elements.EventGateway,
    elements.CatchEvent,
    elements.BoundaryEvent,
    elements.ArmedStart,
    elements.ReceiveTask,
    elements.Guard,
    elements.Inside,
    elements.Each,
    elements.Again,
    rules.RuleTask,
)
_CONVERTERS: dict[type, type] = {ScopeSpec: ScopeConverter, **dict.fromkeys(ELEMENTS, ElementConverter)}
_registry = BpmnWorkflowSerializer.configure(_CONVERTERS)


@dataclass(frozen=True)
class Plan:
    """What cases of a version follow: every level's spec by name. Shared by all of them, and never changed."""

    main: str
    specs: Mapping[str, Any]


_plans: OrderedDict[str, Plan] = OrderedDict()
_lock = Lock()


def write(main: str, specs: Mapping[str, ScopeSpec]) -> str:
    """JSON of the specs, for storage; the same for the same diagrams."""
    kept = {"main": main, "specs": [_registry.convert(specs[name]) for name in sorted(specs)]}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def load(specs: str, digest: str) -> Plan:
    """The plan that `prepare` wrote. `digest` stands for the text: what was loaded under it once is kept."""
    with _lock:
        plan = _plans.get(digest)
        if plan is None:
            kept = json.loads(specs)
            restored = [_registry.restore(one) for one in kept["specs"]]
            plan = _plans[digest] = Plan(kept["main"], {spec.name: spec for spec in restored})
        _plans.move_to_end(digest)
        while len(_plans) > KEPT:
            _plans.popitem(last=False)
        return plan
