"""What is played: diagrams that are read and checked, and the forms that their steps ask."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import decisions, diagram, forms, library, runner
from engine.diagram.catalogue import nearest
from engine.errors import EngineError, Invalid
from engine.words import N_

Read = tuple[str, diagram.Diagram | decisions.Read]


class NotPlayable(EngineError):
    """Some diagrams or tables have errors; `read` holds what `check` says of each file."""

    def __init__(self, read: Sequence[Read]) -> None:
        super().__init__(N_("Some diagrams have errors, so no case can follow them."))
        self.read = read


class BadScript(EngineError):
    """What was asked for cannot be played; `problems` are all that were found, each a sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(N_("This cannot be played as it is written."))
        self.problems = problems


@dataclass(frozen=True)
class Stage:
    """What is played: the pathways by key, the one that the case follows, and its plan.

    `asks` are the forms that its steps ask, None where no catalogue lies beside the diagrams; `unasked` are the facts
    that it, or a pathway that calls it, can come to know, be they asked or found by a table.
    """

    main: str
    pathways: Mapping[str, diagram.Pathway]
    asks: Mapping[str, forms.Form] | None
    unasked: Mapping[str, None]
    plan: runner.Plan

    def node(self, pathway: str, step: str) -> diagram.Node:
        return self.pathways[pathway].nodes[step]

    def form_of(self, node: diagram.Node) -> forms.Form | None:
        """The form that a step asks; None where anything may be answered."""
        if self.asks is None:
            return None
        return self.asks.get(node.form or "", library.PLAIN)

    @property
    def nodes(self) -> list[diagram.Node]:
        return [node for pathway in self.pathways.values() for node in pathway.nodes.values()]


def set_stage(files: Sequence[str], start: str | None = None) -> Stage:
    """Read diagrams and decision tables, and those they call that lie beside them.

    The case follows `start`, or the first diagram.

    Raises NotPlayable, with what `check` says, and BadScript when there is no such pathway.
    """
    catalogues = diagram.catalogues_of(files)
    read: list[Read] = []
    sources: dict[str, bytes] = {}
    pathways: dict[str, diagram.Pathway] = {}
    twice: list[str] = []
    tables = _Tables(catalogues)
    for name in dict.fromkeys(files):
        if diagram.is_table(name):
            read.append((name, tables.take(name)))
    ahead = [name for name in dict.fromkeys(files) if not diagram.is_table(name)]
    for name in ahead:
        found = diagram.read_file(name, catalogues)
        read.append((name, found))
        for pathway in found.pathways if found.ok else ():
            if pathway.id in pathways:
                twice.append(f"Two of these files hold a pathway “{pathway.id}”. Leave one of them out.")
            pathways[pathway.id], sources[pathway.id] = pathway, Path(name).read_bytes()
            ahead += _beside(name, pathway, ahead)
            read += tables.beside(name, pathway)
    if not all(found.ok for _, found in read):
        raise NotPlayable(read)
    main = start or next(iter(pathways), "")
    if main not in pathways:
        twice.append(unknown("There is no pathway", main, pathways, "The pathways are"))
    if twice:
        raise BadScript(twice)
    try:
        specs = runner.prepare(sources, main, tables.known)
    except Invalid as invalid:
        raise BadScript([f"{one.field}: {one.message}" for one in invalid.problems]) from invalid
    known = [catalogue for catalogue in catalogues.values() if catalogue is not None]
    asked = {node.form for pathway in pathways.values() for node in pathway.nodes.values()}
    given = {key: form for catalogue in known for key, form in catalogue.forms.items() if key in asked}
    has_forms = any(catalogue.has_forms for catalogue in known)
    plan = runner.load(specs, hashlib.sha256(specs.encode()).hexdigest())
    unasked = dict.fromkeys(q.key for form in given.values() for q in form.questions if q.fact)
    for catalogue in known:
        unasked |= dict.fromkeys(_callers_ask(main, catalogue.reaches))
    unasked |= dict.fromkeys(tables.facts(pathways.values(), asked_too=not has_forms))
    return Stage(main, pathways, given if has_forms else None, unasked, plan)


class _Tables:
    """The decisions by id: those given, those of the catalogues, and those that lie beside the diagrams."""

    def __init__(self, catalogues: dict[Path, diagram.Catalogue | None]) -> None:
        self._catalogues = catalogues
        self.known: dict[str, decisions.Decision] = {}

    def take(self, name: str) -> decisions.Read:
        found = diagram.read_decisions(name, self._catalogues)
        self.known |= found.decisions
        return found

    def beside(self, name: str, pathway: diagram.Pathway) -> list[Read]:
        """Look for what a diagram calls where it lies; what was read that way."""
        catalogue = self._catalogues.get(Path(name).resolve().parent)
        if catalogue is not None:
            self.known = {**catalogue.tables, **self.known}
        read: list[Read] = []
        for key in dict.fromkeys(node.decision for node in pathway.nodes.values() if node.decision):
            file = Path(name).parent / f"{key}.dmn"
            if key not in self.known and "/" not in key and file.is_file():
                read.append((str(file), self.take(str(file))))
        return read

    def facts(self, pathways: Iterable[diagram.Pathway], *, asked_too: bool) -> Iterable[str]:
        """What the tables find; and what they ask, where nobody can tell what forms do: it is null until it is said."""
        for node in (node for pathway in pathways for node in pathway.nodes.values()):
            if node.decision in self.known:
                yield from decisions.results(self.known, node.decision, node.result)
                if asked_too:
                    yield from sorted(decisions.reads(self.known, node.decision) - {"today", "item"})


def _callers_ask(key: str, reaches: Mapping[str, diagram.Reach]) -> Iterable[str]:
    """The facts that are asked where a pathway is called from: a case of a caller would know of them."""
    callers, before = {key}, set[str]()
    while callers != before:
        before = set(callers)
        callers |= {one for one, reach in reaches.items() if reach.calls & callers}
    return sorted({fact for one in callers - {key} if one in reaches for fact in reaches[one].asks})


def _beside(name: str, pathway: diagram.Pathway, known: Iterable[str]) -> list[str]:
    """The files beside this one that hold the pathways it calls."""
    have = {Path(one).resolve() for one in known}
    called = dict.fromkeys(node.calls for node in pathway.nodes.values() if node.calls)
    files = [Path(name).parent / f"{key}.bpmn" for key in called if "/" not in key]
    return [str(file) for file in files if file.is_file() and file.resolve() not in have]


def named(what: str, nodes: Iterable[diagram.Node]) -> list[diagram.Node]:
    """The elements that have this id; if there are none, those that have it as a name."""
    nodes = list(nodes)
    return [node for node in nodes if node.id == what] or [node for node in nodes if node.name == what]


def unknown(said: str, word: str, known: Iterable[str], listing: str) -> str:
    """Say that a word is not known, with the near match or else a few that are."""
    known = tuple(dict.fromkeys(known))
    near = nearest(word, known)
    if near:
        return f"{said} “{word[:60]}”. Did you mean “{near}”?"
    listed = ", ".join(f"“{one}”" for one in known[:8]) + (" …" if len(known) > 8 else "")
    return f"{said} “{word[:60]}”." + (f" {listing} {listed}." if listed else "")
