"""What is known when a case comes to a step: which facts were asked on every way there, and which on some."""

from __future__ import annotations

from collections.abc import Mapping

from engine import forms
from engine.diagram.catalogue import Catalogue, Reach, nearest
from engine.diagram.levels import Level
from engine.diagram.model import HUMAN, Node
from engine.diagram.rules import results_of
from engine.expressions import Kind

Facts = frozenset[str]
_NOTHING: Facts = frozenset()


class Knowledge:
    """Follows the answers through one pathway.

    Nothing here is ever forgotten (an answer replaces an earlier one), so what is known at a node is what its
    level asks on every way to it, and what is known where the enclosing sub-process begins. A form that does not
    exist is taken for the one it is most like, or else for one that asks everything: that its name is wrong has
    been said, and every fact it would have asked need not be.
    """

    def __init__(
        self, key: str, levels: list[Level], nodes: Mapping[str, Node], catalogue: Catalogue
    ) -> None:
        self._levels = {level.parent: level for level in levels}
        self._nodes = nodes
        self._catalogue = catalogue
        self._inside: dict[str, Facts] = {}
        self._surely: dict[str, Facts] = {}
        self._at_end = _NOTHING
        for level in reversed(levels):
            self._follow(level)
        self._given = given(key, catalogue)
        self._perhaps = perhaps_given(key, catalogue)

    def surely(self, ident: str, after: bool = False) -> Facts:
        """The facts that are known whenever a case comes to this node, or leaves it when it is done."""
        known = self._given | self._surely.get(ident, _NOTHING)
        if after:
            known |= self._gains(ident)
        parent = self._nodes[ident].parent
        return known if parent is None else known | self.surely(parent)

    def asked(self) -> Facts:
        """The facts that some step of the pathway asks, of a pathway it calls, or of one that calls it."""
        top = self._levels[None]
        here = [self._may(node) for node in top.nodes]
        return self._perhaps.union(*here)

    def asked_before(self, ident: str, after: bool = False) -> Facts:
        """The facts that may be known when a case first comes to this node, or first leaves it when it is done."""
        level = self._levels[self._nodes[ident].parent]
        seen = set(level.begins) - {ident}
        todo = list(seen)
        while todo:
            for node in level.after(todo.pop()):
                if node != ident and node not in seen:
                    seen.add(node)
                    todo.append(node)
        here = _NOTHING.union(*(self._may(node) for node in seen), self._may(ident) if after else _NOTHING)
        parent = self._nodes[ident].parent
        return here | (self._perhaps if parent is None else self.asked_before(parent))

    def always_required(self, fact: str) -> bool:
        """Is some form of the pathway sure to ask this fact, where it is reached?"""
        return any(fact in self._sure(node) for node in self._nodes.values())

    def may_hide(self, fact: str) -> bool:
        """Does some form of the pathway show the question for this fact only after certain answers?"""
        asked = (self._form(node) for node in self._nodes.values())
        questions = (question for form in asked if form for question in form.questions)
        return any(question.key == fact and question.show_if is not None for question in questions)

    def reach(self) -> Reach:
        """What the pathway looks like from one that calls it."""
        gives: dict[str, Facts] = {}
        for node in self._nodes.values():
            if node.calls:
                here = self._local(node.id)
                gives[node.calls] = gives[node.calls] & here if node.calls in gives else here
        asks = _NOTHING.union(*(self._own(node) for node in self._nodes.values()))
        return Reach(asks, self._at_end, frozenset(gives), gives)

    def _local(self, ident: str) -> Facts:
        parent = self._nodes[ident].parent
        here = self._surely.get(ident, _NOTHING)
        return here if parent is None else here | self._local(parent)

    def _follow(self, level: Level) -> None:
        """Work out what is surely known at each node: everything at first, less with every way that lacks it."""
        own = {ident: self._gains(ident) for ident in level.nodes}
        everything = _NOTHING.union(*own.values())
        # What an event starts can begin before anything was asked.
        first = {*level.begins, *level.handlers}
        known = {ident: _NOTHING if ident in first else everything for ident in level.nodes}
        todo = list(level.nodes)
        while todo:
            ident = todo.pop()
            before = [known[one] | own[one] for one in (arrow.source for arrow in level.incoming[ident])]
            if level.kind(ident) == "boundaryEvent":
                # The step may not have been done when the event happens.
                before = [known[one] for one in level.before(ident)]
            if ident in first or not before:
                continue
            joined = level.kind(ident) == "parallelGateway"
            now = before[0].union(*before) if joined else before[0].intersection(*before)
            if now != known[ident]:
                known[ident] = now
                todo += level.after(ident)
        self._surely.update(known)
        ends = [
            known[ident] | own[ident]
            for ident in filter(level.ends, level.nodes)
            if level.is_bare or level.incoming[ident]
        ]
        at_end = ends[0].intersection(*ends[1:]) if ends else _NOTHING
        if level.parent is None:
            self._at_end = at_end
        else:
            self._inside[level.parent] = at_end

    def _gains(self, ident: str) -> Facts:
        """What is surely known after a node that was not before."""
        node = self._nodes[ident]
        if node.multiple or node.again_first:
            # Its list may be empty, or its condition not hold at all.
            return _NOTHING
        if node.calls:
            reach = self._catalogue.reaches.get(node.calls)
            return reach.surely if reach else _NOTHING
        return self._inside.get(ident, _NOTHING) | self._sure(node)

    def _form(self, node: Node) -> forms.Form | None:
        if node.form is None or node.kind not in HUMAN:
            return None
        known = self._catalogue.forms
        return known.get(node.form) or known.get(nearest(node.form, tuple(known)) or "")

    def _unnamed(self, node: Node) -> Facts:
        """Everything, of a step whose form nobody can tell."""
        unknown = node.kind in HUMAN and node.form is not None and self._form(node) is None
        return frozenset(self._catalogue.kinds) if unknown else _NOTHING

    def _sure(self, node: Node) -> Facts:
        form = self._form(node)
        if form is None:
            found = {key for key, kind in self._found(node).items() if not kind.optional}
            return self._unnamed(node) | found
        facts = {key for key, kind in forms.kinds(form).items() if not kind.endswith("?")}
        required = (question for question in form.questions if question.required and question.show_if is None)
        return frozenset(facts | {question.date for question in required if question.date})

    def _found(self, node: Node) -> Mapping[str, Kind]:
        """What a table finds at this node."""
        return results_of(node, self._catalogue.tables)

    def _own(self, node: Node) -> Facts:
        """Everything that a node may ask, itself or in what it calls."""
        form = self._form(node)
        found = set(forms.kinds(form)) if form else {*self._unnamed(node), *self._found(node)}
        found |= {question.date for question in form.questions if question.date} if form else set()
        for key in called_from(node.calls, self._catalogue) if node.calls else ():
            reach = self._catalogue.reaches.get(key)
            found |= reach.asks if reach else set()
        return frozenset(found)

    def _may(self, ident: str) -> Facts:
        """Everything that may be asked at a node or inside it."""
        inner = self._levels.get(ident)
        inside = [self._may(node) for node in inner.nodes] if inner else []
        return self._own(self._nodes[ident]).union(*inside)


def called_from(key: str, catalogue: Catalogue) -> set[str]:
    """A pathway, and every one that it calls, directly or not."""
    seen, todo = {key}, [key]
    while todo:
        reach = catalogue.reaches.get(todo.pop())
        for called in reach.calls if reach else ():
            if called not in seen:
                seen.add(called)
                todo.append(called)
    return seen


def given(key: str, catalogue: Catalogue, seen: Facts = _NOTHING) -> Facts:
    """What is surely known when a pathway begins, because every pathway that calls it asked it before."""
    callers = [caller for caller, reach in catalogue.reaches.items() if key in reach.calls]
    callers = [caller for caller in callers if caller not in seen and caller != key]
    if not callers:
        return _NOTHING
    seen = seen | {key}
    known = [catalogue.reaches[one].gives.get(key, _NOTHING) | given(one, catalogue, seen) for one in callers]
    return known[0].intersection(*known[1:])


def perhaps_given(key: str, catalogue: Catalogue) -> Facts:
    """What may be known when a pathway begins: whatever any pathway asks that leads to it."""
    found: set[str] = set()
    for caller, reach in catalogue.reaches.items():
        if caller != key and key in called_from(caller, catalogue):
            found |= reach.asks
    return frozenset(found)
