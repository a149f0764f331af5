"""Collects everything that is wrong with one file of decisions, in the order in which it was found."""

from __future__ import annotations

from typing import Any

from engine.decisions.sentences import SENTENCES
from engine.errors import EngineError
from engine.problems import Problem, Severity
from engine.words import N_, Sentence, say

LIMIT = 500
NAMELESS = N_("the decision without a name")


class Findings:
    """The problems found so far. `strict` is false outside the project's own folders (the facts are not known)."""

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self._found: dict[tuple[str, str | None, str], Problem] = {}

    @property
    def unless_known(self) -> Severity | None:
        """How grave it is what only our own folders forbid: a warning elsewhere."""
        return None if self.strict else "warning"

    def add(
        self,
        code: str,
        element: str | None = None,
        name: str = "",
        severity: Severity | None = None,
        **values: Any,
    ) -> None:
        """Note a problem of an element (None: of the file) of the decision `name`; `values` fill its sentence."""
        default, template = SENTENCES[code]
        words = {
            key: Sentence(value.sentence, value.words) if isinstance(value, EngineError) else value
            for key, value in values.items()
        }
        words["table"] = say("“{name}”", name=name) if name else Sentence(NAMELESS)
        sentence = Sentence(template, words)
        found = Problem(severity or default, code, element, name, str(sentence), sentence)
        self._found.setdefault((code, element, found.message), found)

    def tells_of(self, element: str) -> bool:
        """Has an error of this element been noted?"""
        return any(one.element == element and one.severity == "error" for one in self._found.values())

    def problems(self) -> tuple[Problem, ...]:
        """All of them; of a hopeless file the first, errors before warnings."""
        everything = list(self._found.values())
        if len(everything) > LIMIT:
            everything.sort(key=lambda one: one.severity)
        return tuple(everything[:LIMIT])
