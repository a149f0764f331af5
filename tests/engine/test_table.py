"""The table of BPMN in README.md: whole, and true of the check and of the runner."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine import diagram
from tests.engine import bpmn_names
from tests.engine.bpmn_events import EVENTS, Documentation, Refused, Sample, Supported
from tests.engine.bpmn_samples import ATTRIBUTES, ELEMENTS
from tests.engine.test_play import AUTO, Stage, moves, stage  # noqa: F401 (a fixture)

README = Path(__file__).parents[2] / "README.md"
VERDICTS = {"supported": Supported, "refused": Refused, "documentation only": Documentation}
CELLS = {"yes": "supported", "no": "refused", "–": "refused"}


def tables() -> list[list[list[str]]]:
    """The tables of the section, as rows of cells, the first of them the heads."""
    section = README.read_text().split("## What BPMN a diagram may hold\n")[1].split("\n## ")[0]
    found: list[list[list[str]]] = [[]]
    for line in section.splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def event_rows() -> dict[tuple[str, str], str]:
    """The verdict on each kind of event at each place."""
    heads, _, *rows = tables()[0]
    found = {}
    for kind, *cells, _remark in rows:
        kind = kind.strip("`").removesuffix("EventDefinition")
        for place, cell in zip(heads[1:-1], cells, strict=True):
            found[kind, place] = CELLS[cell]
    return found


def rows(table: list[list[str]]) -> dict[str, str]:
    """The verdict on each name of a table; a name that stands in two rows is an error."""
    found: dict[str, str] = {}
    for first, verdict, _remark in table[2:]:
        names = re.findall("`([^`]+)`", first) or [first]
        for name in names if verdict else ():
            assert name not in found, name
            found[name] = verdict
    return found


EVENT_ROWS, ELEMENT_ROWS, ATTRIBUTE_ROWS = event_rows(), *map(rows, tables()[1:])
SAMPLES: dict[str, tuple[str, Sample]] = {
    **{f"{kind} {place}": (EVENT_ROWS[kind, place], sample) for (kind, place), sample in EVENTS.items()},
    **{f"<{name}>": (ELEMENT_ROWS[name], sample) for name, sample in ELEMENTS.items()},
    **{f"@{name}": (ATTRIBUTE_ROWS[name], sample) for name, sample in ATTRIBUTES.items()},
}


def test_every_row_has_its_sample() -> None:
    assert EVENT_ROWS.keys() == EVENTS.keys()
    assert ELEMENT_ROWS.keys() == ELEMENTS.keys()
    assert ATTRIBUTE_ROWS.keys() == ATTRIBUTES.keys()


def test_every_name_of_the_standard_has_its_row() -> None:
    kinds = {
        f"{kind}EventDefinition"
        for kind, _ in EVENTS
        if kind not in ("none", "multiple", "parallel multiple")
    }
    assert ELEMENT_ROWS.keys() | kinds == bpmn_names.ELEMENTS
    names = {name.partition("=")[0] for name in ATTRIBUTE_ROWS} - {"any other"}
    assert names == bpmn_names.ATTRIBUTES


def test_each_sample_holds_what_it_is_for() -> None:
    for name, sample in ELEMENTS.items():
        assert re.search(f":{name}\\b".encode(), sample.xml), name
    for name, sample in ATTRIBUTES.items():
        assert name == "any other" or f" {name.partition('=')[0]}=".encode() in sample.xml, name


@pytest.mark.parametrize("name", SAMPLES)
def test_check_and_runner_do_what_the_row_says(name: str, stage: Stage) -> None:  # noqa: F811
    verdict, sample = SAMPLES[name]
    assert isinstance(sample, VERDICTS[verdict])
    if isinstance(sample, Refused):
        assert errors(sample.xml) == sample.codes
        code, out, _ = stage.run(stage.draw(sample.xml), options=("--json",))
        assert code == 2
        assert sample.codes <= {problem["code"] for problem in json.loads(out)["problems"]}
    elif isinstance(sample, Supported):
        assert errors(sample.xml) == set()
        assert trace(stage, sample.xml, *sample.script, **sample.others) == sample.trace
    else:
        assert errors(sample.xml) == set()
        assert trace(stage, sample.xml) == trace(stage, sample.without) != ""
        if sample.warned:
            assert sample.warned in {problem.code for problem in diagram.read(sample.xml).problems}


def errors(xml: bytes) -> set[str]:
    return {problem.code for problem in diagram.read(xml).problems if problem.severity == "error"}


def trace(stage: Stage, xml: bytes, *script: dict[str, Any], **others: bytes) -> str:  # noqa: F811
    files = []
    for key, other in others.items():
        files.append(stage.folder / f"{key}.{'dmn' if b'/DMN/' in other else 'bpmn'}")
        files[-1].write_bytes(other)
    return moves(stage.told(stage.draw(xml), *script, others=tuple(map(str, files)), options=AUTO))


ACCEPTED = {sample.xml: None for _, sample in SAMPLES.values() if not isinstance(sample, Refused)}
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
# Where anything may stand, for other programs and for readers, and what only repeats the arrows.
OPEN = ("extensionElements", "documentation", "text", "partitionElement", "rendering", "incoming", "outgoing")


def test_what_has_no_row_is_refused_wherever_it_stands() -> None:
    for xml in ACCEPTED:
        for number, place in enumerate(etree.fromstring(xml).iter(BPMN + "*")):
            around = (place, *place.iterancestors())
            if any(
                etree.QName(one).localname in OPEN or one.get("isExecutable") == "false" for one in around
            ):
                continue
            root = etree.fromstring(xml)
            parent = list(root.iter(BPMN + "*"))[number]
            etree.SubElement(parent, BPMN + "wish", id="wish")
            assert "unknown_element" in errors(etree.tostring(root)), parent.tag


@pytest.mark.parametrize("stranger", ["wish", "{urn:somebody}wish"])
def test_what_is_not_bpmn_is_refused_where_it_could_be_meant_to_run(stranger: str) -> None:
    for place in (f"b:{kind}" for kind in ("process", "userTask", "startEvent", "sequenceFlow")):
        root = etree.fromstring(EVENTS["none", "end"].xml)
        etree.SubElement(root.find(f".//{place}", {"b": BPMN.strip("{}")}), stranger)
        assert errors(etree.tostring(root)) == {"unknown_element"}


@pytest.mark.parametrize("name", [BPMN + "startQuantity", "{http://www.w3.org/2001/XMLSchema-instance}type"])
def test_an_attribute_in_a_namespace_does_not_pass_for_one_without(name: str) -> None:
    root = etree.fromstring(EVENTS["none", "end"].xml)
    root.find(f".//{BPMN}userTask").set(name, "2")
    assert errors(etree.tostring(root)) == {"attribute_misplaced"}


# Of each of these there can be one; other declarations may be many.
ONCE = ("LoopCharacteristics", "conditionExpression", "Condition", "Cardinality", "EventDefinition")


def test_of_two_where_there_can_be_one_none_is_lost() -> None:
    for xml in ACCEPTED:
        for number, one in enumerate(etree.fromstring(xml).iter(BPMN + "*")):
            if etree.QName(one).localname.endswith(ONCE):
                root = etree.fromstring(xml)
                there = list(root.iter(BPMN + "*"))[number]
                there.addnext(copy.deepcopy(there))
                assert errors(etree.tostring(root)), one.tag


def test_a_marker_has_no_language_of_its_own_either() -> None:
    for kind in ("loopCardinality", "completionCondition", "loopCondition"):
        foreign = ELEMENTS[kind].xml.replace(f"<b:{kind}".encode(), f'<b:{kind} language="groovy"'.encode())
        assert errors(foreign) == {"condition_language"}
