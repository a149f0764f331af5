"""Answers SpiffWorkflow's every question with FEEL, and never runs what a diagram says."""

# mypy: allow-subclassing-any
# SpiffWorkflow has no types, so its classes are Any.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment, PythonScriptEngine

from engine import expressions
from engine.words import Sentence, say

from .outcome import Context, Halt, Trouble

_REFUSED = say("A pathway cannot run program code.")


class NoCode(BasePythonScriptEngineEnvironment):
    """What SpiffWorkflow would evaluate Python in, behind the engine's back: refuses everything."""

    def evaluate(self, *_: Any, **__: Any) -> NoReturn:
        raise Halt("internal", _REFUSED)

    execute = call_service = evaluate


class Judge(PythonScriptEngine):
    """Decides expressions over the facts of one case, as they are now."""

    def __init__(self, context: Context) -> None:
        super().__init__(environment=NoCode())
        self.context = context

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        """The value of a FEEL expression, as JSON; raises Halt."""
        return self._ask(task, expression, expressions.evaluate)

    def decide(self, task: Any, expression: str) -> bool:
        """Exactly true or false; raises Halt for anything else."""
        return bool(self._ask(task, expression, expressions.decide))

    def execute(self, *_: Any, **__: Any) -> NoReturn:
        raise Halt("internal", _REFUSED)

    call_service = execute

    def validate(self, expression: str) -> None:
        """Diagrams are checked before they get here."""

    def known(self, task: Any) -> Mapping[str, Any]:
        """The facts of the case, and what this is done for where it is done for each of a list."""
        found, item = item_of(task)
        return {**self.context.values, "item": item} if found else self.context.values

    def _ask(self, task: Any, expression: str, answer: Any) -> Any:
        values = self.known(task)
        try:
            try:
                return answer(expression, values)
            except expressions.ExpressionError as error:
                if error.code != "limit":
                    raise
                # The limit counts the time of the whole process, so a busy neighbour can trip it.
                return answer(expression, values)
        except expressions.ExpressionError as error:
            code: Trouble = "limit" if error.code == "limit" else "condition_failed"
            reason = Sentence(error.sentence, error.words)
            sentence = say(
                "“{condition}” cannot be decided: {reason}", condition=shortened(expression), reason=reason
            )
            raise Halt(code, sentence, *where(task.task_spec)) from error


def item_of(task: Any) -> tuple[bool, Any]:
    """Is this done for one item of a list, itself or by something around it? And for which?"""
    while task is not None:
        if "item" in task.internal_data:
            return True, task.internal_data["item"]
        task = task.workflow.holder
    return False, None


def where(element: Any) -> tuple[str, str]:
    """The BPMN id of an element, and the pathway it is drawn in, be it in an embedded sub-process."""
    return str(element.bpmn_id), str(element._wf_spec.name).partition("/")[0]


def shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 120 else text[:119] + "…"
