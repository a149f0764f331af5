"""Collects everything that is wrong with one diagram, in the order of the file."""

from __future__ import annotations

from lxml import etree

from engine.diagram.labels import Label, Labels
from engine.diagram.model import Problem, Severity
from engine.diagram.sentences import SENTENCES
from engine.words import Sentence

LIMIT = 500


class Report:
    """The problems found so far. `strict` is false outside the project's own folders (no catalogue)."""

    def __init__(self, root: etree._Element | None = None, strict: bool = True) -> None:
        self.strict = strict
        self.errors = 0
        self.labels = Labels(root) if root is not None else None
        # Elements are kept, because lxml forgets the identity of those that nobody holds.
        self._order = {element: n for n, element in enumerate(root.iter())} if root is not None else {}
        self._found: dict[tuple[str, str | None, str], tuple[int, Problem]] = {}

    @property
    def unless_known(self) -> Severity | None:
        """How grave a step without a role is: a warning where we have no list of them."""
        return None if self.strict else "warning"

    def add(
        self,
        code: str,
        element: etree._Element | None = None,
        severity: Severity | None = None,
        **values: Label | int,
    ) -> None:
        """Note a problem of an element (None: of the file); `values` fill its sentence."""
        default, template = SENTENCES[code]
        if element is not None and self.labels is not None:
            values["step"] = self.labels.of(element, first=template.startswith("{step}"))
        words = Sentence(template, values)
        found = Problem(
            severity=severity or default,
            code=code,
            element=element.get("id") if element is not None else None,
            name=self.labels.name(element) if element is not None and self.labels else "",
            message=str(words),
            words=words,
        )
        position = self._order.get(element, -1) if element is not None else -1
        key = (code, found.element, found.message)
        if key not in self._found:
            self._found[key] = (position, found)
            self.errors += found.severity == "error"

    def problems(self) -> tuple[Problem, ...]:
        """All problems in the order of the file; a hopeless file's are cut off, errors kept first."""
        ranked = sorted(self._found.values(), key=lambda item: item[0])
        if len(ranked) <= LIMIT:
            return tuple(problem for _, problem in ranked)
        ranked = sorted(ranked, key=lambda item: item[1].severity)[:LIMIT]
        default, template = SENTENCES["too_many_problems"]
        words = Sentence(template, {"limit": LIMIT})
        last = Problem(default, "too_many_problems", None, "", str(words), words)
        return (*(problem for _, problem in sorted(ranked, key=lambda item: item[0])), last)
