"""What a decision table does when a token reaches it: it decides, and the case knows what was found."""

# mypy: allow-subclassing-any
# SpiffWorkflow has no types, so its classes are Any.

from __future__ import annotations

from typing import Any

from engine import decisions
from engine.words import Sentence

from .elements import Element, Flow, tell_chosen
from .judging import where
from .outcome import Found, Halt, Trouble


class RuleTask(Element):
    """A business rule task. "decision" is the id of what decides, "result" the one name for all that is found (None:
    a fact for each output), "tables" that decision and those that it requires, as they were published.

    Where the table cannot decide, a person can let the case go on without it: what it would have found is null then.
    """

    def _on_complete(self, my_task: Any) -> None:
        scope, key = my_task.workflow, self.extensions["decision"]
        tables = decisions.restore(self.extensions["tables"])
        try:
            value, rules = self._decide(my_task, tables, key)
        except Halt as halt:
            scope.top_workflow.by_hand(self, halt, "skip")
            value, rules = None, {}
        facts = decisions.facts_of(tables, key, self.extensions["result"], value)
        scope.top_workflow.learn(facts)
        scope.note(self, found=Found(key, rules, facts))
        super()._on_complete(my_task)

    def _decide(
        self, my_task: Any, tables: decisions.Tables, key: str
    ) -> tuple[Any, dict[str, tuple[str, ...]]]:
        known = my_task.workflow.judge.known(my_task)
        try:
            try:
                found = decisions.decide(tables, key, known)
            except decisions.Undecided as error:
                if error.code != "limit":
                    raise
                # The limit counts the time of the whole process, so a busy neighbour can trip it.
                found = decisions.decide(tables, key, known)
        except decisions.Undecided as error:
            code: Trouble = "limit" if error.code == "limit" else "condition_failed"
            raise Halt(code, Sentence(error.sentence, error.words), *where(self)) from error
        return found.value, dict(found.rules)

    def tell(self, my_task: Any, flows: list[Flow]) -> None:
        """What was found is noted, but for the ways out."""
        tell_chosen(self, my_task, flows)
