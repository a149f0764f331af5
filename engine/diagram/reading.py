"""Reads a diagram: bytes in, a Diagram with every problem out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from lxml import etree

from engine import decisions
from engine.decisions import Tables
from engine.diagram.allowed import check_elements
from engine.diagram.catalogue import Catalogue, Reach
from engine.diagram.conditions import check_conditions
from engine.diagram.drawing import MAX_NODES, Drawing, draw
from engine.diagram.foreign import check_foreign
from engine.diagram.labels import Labels, bpmn, shown
from engine.diagram.levels import FLOW_NODES
from engine.diagram.loops import check_loops
from engine.diagram.model import Diagram, Pathway
from engine.diagram.repairs import has_nodes, only_shows, read_mended
from engine.diagram.report import Report
from engine.diagram.rule_checks import check_rules
from engine.diagram.rules import found_in
from engine.diagram.sending import check_sending
from engine.diagram.source import MAX_BYTES, MODEL, Unreadable
from engine.diagram.throws import check_throws
from engine.diagram.tokens import check_tokens
from engine.diagram.ways import check_ways
from engine.expressions import Kind

# Of many pathways in one file, so many are named.
SHOWN = 8
_NCNAME = re.compile(r"[^\W\d][\w.\-]*")
_DRAWN = tuple(bpmn(kind) for kind in (*FLOW_NODES, "sequenceFlow"))
_OLD_BPMN = ("http://schema.omg.org/spec/BPMN/2.0", "http://www.omg.org/bpmn20")


def read(xml: bytes, catalogue: Catalogue | None = None, key: str | None = None) -> Diagram:
    """Everything a diagram says and everything that is wrong with it; never raises, whatever the bytes.

    `catalogue` holds what the diagram may refer to; without one (a file from outside the project's own
    folders) unknown roles, forms and facts are only warnings; forms and facts also
    where only the folder of the forms is missing. `key` is what the pathway must be called.
    """
    report = Report(strict=catalogue is not None)
    try:
        root, repairs = read_mended(xml)
    except Unreadable as error:
        report.add(error.code, None, None, **error.values)
        return Diagram((), report.problems())
    if root.tag != bpmn("definitions"):
        _say_what_it_is(root, report)
        return Diagram((), report.problems())
    report = Report(root, strict=catalogue is not None)
    for repair in repairs:
        report.add(repair.code, repair.element, None, **repair.values)
    processes = _processes(root, report)
    if _are_hopeless(processes, report):
        return Diagram((), report.problems(), root)
    if catalogue is not None and not catalogue.has_forms:
        report.add("forms_missing")
    check_elements(root, processes, report)
    check_foreign(root, processes, report)
    _check_ids(root, processes, report)
    if key is not None and len(processes) == 1 and processes[0].get("id", key) != key:
        report.add("key_differs", processes[0], found=shown(processes[0].get("id")), key=key)
    pathways = tuple(_check_pathway(process, catalogue, report) for process in processes)
    return Diagram(pathways, report.problems(), root)


def is_table(name: str) -> bool:
    """Is this the name of a file of decision tables?"""
    return name.lower().endswith(".dmn")


def catalogues_of(paths: Iterable[str]) -> dict[Path, Catalogue | None]:
    """What lies beside each of some diagrams, by folder, for `read_file` and `read_decisions`.

    The decision tables among the files count for every diagram among them, in whichever folder they lie.
    """
    catalogues: dict[Path, Catalogue | None] = {}
    files = [file for path in paths if (file := _found(path)) is not None]
    tables = [file for file in files if is_table(file.name)]
    for file in files:
        if file not in tables and file.parent not in catalogues:
            # What is wrong in a folder is said of each file that lies there.
            with suppress(ValueError):
                catalogues[file.parent] = Catalogue.beside(file, tables)
    return catalogues


def read_file(path: str, catalogues: dict[Path, Catalogue | None]) -> Diagram:
    """Like `read`, for a file with whatever lies beside it; never raises.

    `catalogues` keeps what was read of each folder, for the next file.
    """
    report = Report()
    opened = _open(path, catalogues)
    if isinstance(opened, str):
        report.add(opened)
        return Diagram((), report.problems())
    file, xml = opened
    catalogue = catalogues[file.parent]
    return read(xml, catalogue, file.stem if catalogue else None)


def read_decisions(path: str, catalogues: dict[Path, Catalogue | None]) -> decisions.Read:
    """Like `read_file`, for a file of decision tables."""
    opened = _open(path, catalogues)
    if isinstance(opened, str):
        return decisions.unreadable(opened)
    file, xml = opened
    catalogue = catalogues[file.parent]
    if catalogue is None:
        return decisions.read(xml)
    kinds = catalogue.kinds if catalogue.has_forms else None
    return decisions.read(xml, kinds, file.stem, catalogue.taken(file.stem))


def _open(path: str, catalogues: dict[Path, Catalogue | None]) -> tuple[Path, bytes] | str:
    """A file and its content, with what lies beside it read; else the code of the problem."""
    file = _found(path)
    if file is None:
        return "unreadable_file"
    try:
        with file.open("rb") as stream:
            xml = stream.read(MAX_BYTES + 1)
    except OSError:
        return "unreadable_file"
    try:
        if file.parent not in catalogues:
            catalogues[file.parent] = Catalogue.beside(file)
    except ValueError:
        return "folder_unreadable"
    return file, xml


def _found(path: str) -> Path | None:
    """The file of this name; None if there is none. A pipe or a device is none: it would be read for ever."""
    try:
        file = Path(path).resolve(strict=True)
        return file if file.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None


def survey(sources: Mapping[str, bytes], catalogue: Catalogue) -> dict[str, Reach]:
    """What each of some diagrams asks and calls; those that cannot be followed are left out."""
    drawings: dict[str, Drawing] = {}
    for key, xml in sources.items():
        try:
            root, _ = read_mended(xml)
        except Unreadable:
            continue
        unheard = Report(root)
        processes = _processes(root, unheard) if root.tag == bpmn("definitions") else []
        if len(processes) == 1:
            drawings[key] = draw(processes[0], catalogue, unheard)
    reaches: dict[str, Reach] = {}
    # What a pathway surely asks rests on those it calls: look again until nothing more is learnt.
    for _ in range(len(drawings) + 1):
        known = replace(catalogue, reaches=reaches)
        knowledge = {key: drawing.knowledge(known) for key, drawing in drawings.items()}
        found = {key: one.reach() for key, one in knowledge.items() if one is not None}
        if found == reaches:
            break
        reaches = found
    return reaches


def found_by_tables(sources: Mapping[str, bytes], tables: Tables) -> dict[str, dict[str, Kind]]:
    """The facts that the steps of some diagrams take from tables: name -> {decision: kind}."""
    if not tables:
        return {}
    roots = []
    for xml in sources.values():
        try:
            roots.append(read_mended(xml)[0])
        except Unreadable:
            continue
    return found_in(roots, tables)


def _check_pathway(process: etree._Element, catalogue: Catalogue | None, report: Report) -> Pathway:
    drawing = draw(process, catalogue, report)
    if drawing.too_large:
        # What follows takes time that grows faster than the diagram.
        count = max(len(drawing.pathway.nodes), len(drawing.pathway.flows) // 2)
        report.add("too_many_steps", process, count=count, limit=MAX_NODES)
        return drawing.pathway
    sound = [level for level in drawing.levels if check_ways(level, report)]
    check_loops(drawing.levels, report)
    check_throws(drawing.levels, report)
    check_sending(drawing.levels, report)
    for level in sound:
        check_tokens(level, report)
    asking = catalogue if catalogue is not None and catalogue.has_forms else None
    knowledge = drawing.knowledge(asking) if asking is not None else None
    check_conditions(drawing.levels, drawing.pathway.nodes, asking, knowledge, report)
    check_rules(drawing.levels, drawing.pathway.nodes, asking, knowledge, report)
    return drawing.pathway


def _are_hopeless(processes: list[etree._Element], report: Report) -> bool:
    """So large that telling everything else that is wrong with them would take too long."""
    drawn = sum(1 for process in processes for _ in process.iter(*_DRAWN))
    if drawn > 10 * MAX_NODES:
        report.add("too_many_steps", processes[0], count=drawn, limit=MAX_NODES)
    return drawn > 10 * MAX_NODES


def _say_what_it_is(root: etree._Element, report: Report) -> None:
    namespace, _, name = str(root.tag).rpartition("}")
    if "/CMMN/" in namespace:
        report.add("is_cmmn")
    elif "/DMN/" in namespace:
        report.add("is_dmn")
    elif name == "definitions" and any(old in namespace for old in _OLD_BPMN):
        report.add("is_old_bpmn")
    else:
        report.add("not_bpmn", found=shown(name))


def _processes(root: etree._Element, report: Report) -> list[etree._Element]:
    """The processes to run, normally one; the tree says the same afterwards."""
    everything = list(root.iterchildren(bpmn("process")))
    drawn = [process for process in everything if has_nodes(process)]
    marked = [process for process in everything if process.get("isExecutable") == "true"]
    unmarked = [process for process in drawn if not only_shows(process)]
    chosen = marked or unmarked
    if not chosen:
        # Its other problems are worth knowing too.
        chosen = drawn[:1]
        report.add("nothing_to_run", chosen[0] if chosen else None)
    elif len(chosen) > 1:
        labels = Labels(root)
        names = [labels.name(process) or process.get("id", "") for process in chosen[:SHOWN]]
        listed = ", ".join(f"“{shown(name)}”" for name in names) + (" …" if len(chosen) > SHOWN else "")
        report.add("several_pathways", found=listed)
    for process in drawn:
        if process not in chosen:
            report.add("pool_not_run", process)
    for process in everything:
        process.set("isExecutable", "true" if process in chosen else "false")
    return chosen


def _check_ids(root: etree._Element, processes: list[etree._Element], report: Report) -> None:
    seen: set[str] = set()
    for element in root.iter(f"{{{MODEL}}}*"):
        ident = element.get("id")
        if not ident:
            continue
        if ident in seen:
            report.add("duplicate_id", element, id=shown(ident))
        seen.add(ident)
    for process in processes:
        if not process.get("id"):
            report.add("missing_id", process)
        for element in (process, *process.iter(*_DRAWN)):
            ident = element.get("id")
            if ident and not _NCNAME.fullmatch(ident):
                report.add("bad_id", element, id=shown(ident))
