"""What a diagram asks: conditions that can be decided, on facts that are known by then."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from engine import expressions
from engine.diagram import translating
from engine.diagram.catalogue import ANCHORS, DATES, Catalogue
from engine.diagram.feel import Untranslatable
from engine.diagram.knowledge import Knowledge
from engine.diagram.labels import bpmn, shown, text_of
from engine.diagram.levels import Level, condition_of
from engine.diagram.model import ASKING, DECIDING, Node
from engine.diagram.report import Report
from engine.expressions.checking import find

# Far more than a pathway needs; understanding more than that would take more than a few seconds.
MAX_LETTERS = 20_000

_ALONE = re.compile(r"not\(([A-Za-z]\w*)\)|([A-Za-z]\w*)")
_SIMPLE = re.compile(r"(?P<fact>[A-Za-z]\w*)\s*(?P<sign>!?=)\s*(?P<value>\"[^\"]*\"|true|false)")


def check_conditions(
    levels: list[Level],
    nodes: Mapping[str, Node],
    catalogue: Catalogue | None,
    knowledge: Knowledge | None,
    report: Report,
) -> None:
    """Report conditions that cannot be decided, and facts that may be unknown when they are asked for."""
    written = [source for level in levels for source in _expressions(level, nodes)]
    if sum(map(len, written)) > MAX_LETTERS:
        report.add("too_many_conditions", levels[0].element, limit=MAX_LETTERS)
        return
    asker = _Asker(catalogue, knowledge, report)
    for level in levels:
        for arrow in level.arrows.values():
            if level.kind(arrow.source) in ASKING:
                _check_arrow(arrow.element, arrow.source, asker, report)
        for ident in level.nodes:
            node, element = nodes[ident], level.nodes[ident]
            asker.check_repeat(element, node)
            asker.check_anchors(element, node)
            if node.kind in DECIDING or level.asks(ident):
                _check_default(level, ident, catalogue, report)


def _expressions(level: Level, nodes: Mapping[str, Node]) -> list[str]:
    """Everything that would have to be understood."""
    found = [condition_of(arrow.element) for arrow in level.arrows.values()]
    found += [text for node in level.nodes for text in _repeats(nodes[node])]
    return [text for text in found if text is not None]


def _repeats(node: Node) -> tuple[str | None, ...]:
    return node.cardinality, node.completion, node.again_if


def _check_arrow(flow: etree._Element, source: str, asker: _Asker, report: Report) -> None:
    condition = condition_of(flow)
    element = flow.find(bpmn("conditionExpression"))
    if condition is None or element is None:
        return
    if translating.in_unknown_language(element):
        report.add("condition_language", flow, found=shown(element.get("language")))
    elif not _told(flow, element, "condition", report):
        # What an activity asks is known when its arrows are chosen.
        asker.check(flow, source, condition, "yes_no", "condition_faulty", after=True)


def _told(blamed: etree._Element, written: etree._Element, what: str, report: Report) -> bool:
    """Report an expression that is written for another system, in FEEL where it can be said so."""
    found = shown(text_of(written))
    try:
        feel = translating.offered(written)
    except Untranslatable as wrong:
        report.add(f"{what}_foreign", blamed, found=found, advice=wrong.advice)
        return True
    if feel is not None:
        report.add(f"{what}_translated", blamed, found=found, feel=feel)
    return feel is not None


class _Asker:
    """Judges expressions by what the forms ask and by what is known where they are evaluated."""

    def __init__(self, catalogue: Catalogue | None, knowledge: Knowledge | None, report: Report) -> None:
        self._catalogue = catalogue
        self._knowledge = knowledge
        self._report = report
        self._kinds = catalogue.kinds if catalogue else None

    def check(
        self,
        element: etree._Element,
        node: str,
        source: str,
        expects: str,
        code: str,
        *,
        after: bool = False,
    ) -> None:
        """Report what is wrong with an expression evaluated at a node; `element` is to blame.

        `after`: it is evaluated when the node is done.
        """
        wrong = find(source, self._kinds, expects)
        for sentence in wrong:
            self._report.add(code, element, reason=sentence)
        try:
            facts = sorted(expressions.names(source) - {"item", "today"})
        except expressions.ExpressionError:
            return
        if self._kinds is None:
            for fact in facts:
                if fact not in DATES:
                    self._report.add("fact_unknown", element, fact=fact)
            return
        for fact in facts:
            kind = self._kinds.get(fact)
            if kind is not None and fact != "case_opened_on":
                optional = {**self._kinds, fact: expressions.Kind(kind.name, True, kind.choices)}
                guarded = len(find(source, optional, expects)) == len(wrong)
                self._check_known(element, node, fact, guarded, after)

    def check_repeat(self, element: etree._Element, node: Node) -> None:
        """Report a list that is not known when its step begins, and counts that cannot be read."""
        later = bool(node.again_if) and not node.again_first
        for name, source, expects in (
            ("loopCardinality", node.cardinality, "number"),
            ("completionCondition", node.completion, "yes_no"),
            ("loopCondition", node.again_if, "yes_no"),
        ):
            written = element.find(f"*/{bpmn(name)}")
            if source and written is not None and not _told(element, written, "repeat", self._report):
                self.check(element, node.id, source, expects, "repeat_faulty", after=later)
        knowledge = self._knowledge
        if node.each is None or self._catalogue is None or knowledge is None:
            return
        if node.each in self._catalogue.facts and node.each not in knowledge.surely(node.id):
            if node.each not in knowledge.asked_before(node.id):
                self._report.add("each_not_set", element, fact=node.each)
            else:
                self._report.add("each_maybe_missing", element, fact=node.each)

    def check_anchors(self, element: etree._Element, node: Node) -> None:
        """Report a date to count from that no step of the pathway ever asks."""
        if self._catalogue is None or self._knowledge is None:
            return
        asked_by_forms = set(self._catalogue.facts) - {*ANCHORS, *DATES}
        for anchor in (node.due_anchor, node.timer.anchor if node.timer else None):
            if anchor in asked_by_forms and anchor not in self._knowledge.asked():
                self._report.add("anchor_never_asked", element, fact=anchor)

    def _check_known(self, element: etree._Element, node: str, fact: str, guarded: bool, after: bool) -> None:
        knowledge = self._knowledge
        if knowledge is None or fact in knowledge.surely(node, after):
            return
        if fact in DATES:
            if not guarded:
                self._report.add("date_maybe_unknown", element, fact=fact)
        elif fact not in knowledge.asked():
            self._report.add("fact_not_set", element, "warning" if guarded else None, fact=fact)
        elif guarded:
            return
        elif fact not in knowledge.asked_before(node, after):
            self._report.add("fact_too_late", element, fact=fact)
        elif self._catalogue is not None and fact in self._catalogue.found:
            self._report.add("fact_not_always_found", element, fact=fact)
        elif knowledge.always_required(fact):
            self._report.add("fact_on_some_ways", element, fact=fact)
        elif knowledge.may_hide(fact):
            self._report.add("fact_sometimes_hidden", element, fact=fact)
        else:
            self._report.add("fact_optional", element, fact=fact)


def _check_default(level: Level, gateway: str, catalogue: Catalogue | None, report: Report) -> None:
    """A case stops where no condition holds; say so unless the conditions clearly leave nothing out."""
    arrows = level.outgoing[gateway]
    conditions = [condition_of(arrow.element) for arrow in arrows]
    default = level.nodes[gateway].get("default", "")
    if len(arrows) < 2 or any(arrow.id == default for arrow in arrows) or None in conditions:
        return
    if not _leave_nothing_out([condition or "" for condition in conditions], catalogue):
        report.add("no_default", level.nodes[gateway])


def _plain(condition: str) -> str:
    """A condition as FEEL says it, and a question with yes and no compared with the answer."""
    try:
        said = translating.to_feel(condition) if translating.is_foreign(condition) else condition
    except Untranslatable:
        return condition
    alone = _ALONE.fullmatch(said)
    return said if alone is None else f"{alone[1] or alone[2]} = {'false' if alone[1] else 'true'}"


def _leave_nothing_out(conditions: list[str], catalogue: Catalogue | None) -> bool:
    """Do these conditions name every answer of one question? Only the plainest ones are understood."""
    read = [_SIMPLE.fullmatch(_plain(condition)) for condition in conditions]
    simple = [match for match in read if match is not None]
    for fact in {match["fact"] for match in simple}:
        named = {match["value"] for match in simple if match["fact"] == fact and match["sign"] == "="}
        others = {match["value"] for match in simple if match["fact"] == fact and match["sign"] == "!="}
        if named & others or len(others) > 1 or named >= {"true", "false"}:
            return True
        kind = catalogue.kinds.get(fact) if catalogue else None
        if kind is not None and kind.name == "one_of" and kind.choices:
            answers = {f'"{choice}"' for choice in kind.choices}
            if named >= answers:
                return True
    return False
