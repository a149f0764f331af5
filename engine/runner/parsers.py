"""What each kind of step and gateway says in a diagram: its spec, and where it leads."""

# mypy: allow-subclassing-any
# SpiffWorkflow has no types, so its classes are Any.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser

from engine import decisions
from engine.diagram.rules import called_by
from engine.diagram.source import MODEL, THROUGHCARE
from engine.errors import FieldProblem, Invalid
from engine.safe_xml import text_of

from . import elements, rules

if TYPE_CHECKING:
    from .parsing import ScopeParser

BPMN = f"{{{MODEL}}}"
OURS = f"{{{THROUGHCARE}}}"
LINK = "linkEventDefinition"

# Would change what an element does, and would be ignored here if it were let through.
_NOT_RUN = ("ioSpecification",)


class ElementParser(TaskParser):
    """Reads one element: what it is (`create`), then where it leads (`connect`)."""

    makes: type = elements.Element
    # Whether flows that leave may have conditions; and whether each of them must, but for the default.
    asks = False
    decides = False

    def __init__(self, scope: ScopeParser, node: Any) -> None:
        super().__init__(scope, self.makes, node)

    def create(self) -> None:
        """The element's spec; `task` is what its flows leave from, `entry` what leads to it."""
        for name in _NOT_RUN:
            if self.node.find(BPMN + name) is not None:
                raise invalid(self.node, f"“{name}” cannot be run.")
        self.task = self.entry = self._make(self.makes, self.bpmn_id, self.details())

    def details(self) -> dict[str, Any]:
        """What the element's spec must know besides its kind and flows, as JSON."""
        return {}

    def connect(self, parsers: Mapping[str, ElementParser]) -> None:
        flows = self.process_parser.outgoing.get(self.bpmn_id, ())
        for target in self.process_parser.linked(self.bpmn_id):
            self.task.leads_to(parsers[target].entry, {"id": None, "condition": None, "default": False})
        for flow in flows:
            default = self.asks and flow.get("id") == self.node.get("default")
            condition = text_of(flow.find(BPMN + "conditionExpression"))
            if not self.asks and condition is not None:
                raise invalid(self.node, "A condition is only asked after a decision or a step.")
            if self.decides and condition is None and not default and len(flows) > 1:
                raise invalid(self.node, "A flow without a condition leaves this decision.")
            said = {"id": flow.get("id"), "condition": None if default else condition, "default": default}
            self.task.leads_to(parsers[flow.get("targetRef")].entry, said)

    def _make(self, spec_class: type, name: str, details: dict[str, Any]) -> Any:
        spec = spec_class(self.spec, name, extensions={"kind": local(self.node), **details})
        spec.bpmn_id = self.bpmn_id
        return spec


class ActivityParser(ElementParser):
    """Reads what can be done several times, and can have events on its edge."""

    makes = elements.Step
    asks = True

    def create(self) -> None:
        super().create()
        loop = self.node.find(BPMN + "multiInstanceLoopCharacteristics")
        again = self.node.find(BPMN + "standardLoopCharacteristics")
        if loop is not None and again is not None:
            raise invalid(self.node, "This is repeated in two ways.")
        if loop is not None:
            self._repeat(elements.Each, self._several(loop))
        elif again is not None:
            self._repeat(elements.Again, self._again(again))
        self.boundaries = self.process_parser.boundaries.get(self.bpmn_id, ())
        if self.boundaries:
            self.entry = self._make(elements.Guard, f"{self.bpmn_id} [guard]", {})

    def connect(self, parsers: Mapping[str, ElementParser]) -> None:
        super().connect(parsers)
        if self.boundaries:
            for one in (self, *(parsers[node.get("id")] for node in self.boundaries)):
                self.entry.connect(one.task)

    def _repeat(self, spec_class: type, details: dict[str, Any]) -> None:
        """What was made is the inside of a new spec that takes its name and place."""
        inner, inner.name = self.task, f"{self.bpmn_id} [inner]"
        self.spec.task_specs[inner.name] = self.spec.task_specs.pop(self.bpmn_id)
        self.task = self.entry = self._make(spec_class, self.bpmn_id, {"inner": inner.name, **details})
        inner._inputs = [self.task.name]

    def _several(self, loop: Any) -> dict[str, Any]:
        each, cardinality = loop.get(OURS + "each"), text_of(loop.find(BPMN + "loopCardinality"))
        if (each is None) == (cardinality is None):
            raise invalid(self.node, "Say for which list this is done, or how many times.")
        return {
            "each": each,
            "cardinality": cardinality,
            "completion": text_of(loop.find(BPMN + "completionCondition")),
            "sequential": loop.get("isSequential") in ("true", "1"),
        }

    def _again(self, loop: Any) -> dict[str, Any]:
        condition = text_of(loop.find(BPMN + "loopCondition"))
        maximum = (loop.get("loopMaximum") or "").strip() or None
        if condition is None and maximum is None:
            raise invalid(self.node, "Say as long as what this is done again.")
        if maximum is not None and not (maximum.isdecimal() and int(maximum)):
            raise invalid(self.node, "The number of times cannot be read.")
        return {
            "condition": condition,
            "maximum": int(maximum) if maximum else None,
            "test_before": loop.get("testBefore") in ("true", "1"),
        }


class SubProcessParser(ActivityParser):
    """Reads an embedded sub-process; its inside is a level of its own."""

    makes = elements.Inside

    def details(self) -> dict[str, Any]:
        if is_armed(self.node):
            raise invalid(self.node, "Arrows cannot lead to what an event starts.")
        self.process_parser.inner.append(self.node)
        return {"runs": f"{self.process_parser.key}/{self.bpmn_id}"}


class CallParser(ActivityParser):
    """Reads a call of another pathway."""

    makes = elements.Inside

    def details(self) -> dict[str, Any]:
        called = (self.node.get("calledElement") or "").strip()
        if not called:
            raise invalid(self.node, "This calls no pathway.")
        self.process_parser.parser.called.append(called)
        return {"runs": called}


class RuleParser(ActivityParser):
    """Reads a business rule task, with the decision that it calls."""

    makes = rules.RuleTask

    def details(self) -> dict[str, Any]:
        called, tables = called_by(self.node), self.process_parser.parser.tables
        if called.decision is None:
            raise invalid(self.node, "This calls no decision.")
        if called.decision not in tables:
            raise invalid(self.node, f"This calls the decision “{called.decision}”, which is not there.")
        if any(local(child).endswith("LoopCharacteristics") for child in self.node):
            raise invalid(self.node, "What a table decides is not repeated.")
        kept = decisions.keep(tables, called.decision)
        return {"decision": called.decision, "result": called.result, "tables": kept}


class ParallelParser(ElementParser):
    """Reads a parallel gateway."""

    makes = elements.ParallelGateway


class ExclusiveParser(ElementParser):
    """Reads an exclusive gateway."""

    makes = elements.ExclusiveGateway
    asks = decides = True


class InclusiveParser(ExclusiveParser):
    """Reads an inclusive gateway."""

    makes = elements.InclusiveGateway


# ---- What the file says


def local(node: Any) -> str:
    """The BPMN name of a node; "" for what is not BPMN."""
    tag = node.tag
    return tag[len(BPMN) :] if isinstance(tag, str) and tag.startswith(BPMN) else ""


def definitions(node: Any) -> list[Any]:
    return [one for one in node if local(one).endswith(("EventDefinition", "eventDefinitionRef"))]


def link_of(node: Any) -> str | None:
    """The name of the link that an event is one end of; None for anything else."""
    definition = node.find(BPMN + LINK)
    return None if definition is None else " ".join((definition.get("name") or "").split()) or None


def is_catch(node: Any) -> bool:
    return local(node) == "intermediateCatchEvent"


def is_armed(node: Any) -> bool:
    return node.get("triggeredByEvent") in ("true", "1")


def invalid(where: Any, sentence: str) -> Invalid:
    return Invalid([FieldProblem(where if isinstance(where, str) else where.get("id") or "", sentence)])
