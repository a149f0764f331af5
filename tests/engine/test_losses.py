"""Nothing that a published diagram says is lost on the way to what is run: read from its XML and from its plan."""

import copy
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from engine import decisions, diagram, runner
from engine.errors import Invalid
from tests.engine.bpmn_events import EVENTS, Refused
from tests.engine.bpmn_samples import ATTRIBUTES, ELEMENTS, WAY
from tests.engine.drawing import draw
from tests.engine.losses import BPMN, NODES, losses
from tests.engine.test_runner_random import KINDS, Author, Draughtsman
from tests.make_bpmn import end, pathway, start
from tests.make_dmn import dmn

WORKFLOWS = Path(__file__).parents[2] / "workflows"
SAMPLES = {
    f"{of}": sample.xml
    for table in (EVENTS, ELEMENTS, ATTRIBUTES)
    for of, sample in table.items()
    if not isinstance(sample, Refused)
}
# What changes a case when it is taken out.
MEANT = (
    "default",
    "cancelActivity",
    "isInterrupting",
    "triggeredByEvent",
    "isSequential",
    "testBefore",
    "loopMaximum",
)
TOLD = ("sequenceFlow", "conditionExpression", "loopCondition", "loopCardinality", "completionCondition")
TABLES = decisions.read(WAY).decisions
EMPTY = pathway(start(), end(), "s > e", key="other")


def plan_of(sources: dict[str, bytes], main: str, tables: decisions.Tables = TABLES) -> runner.Plan:
    specs = runner.prepare(sources, main, tables)
    return runner.load(specs, specs)


@pytest.mark.parametrize("kinds", KINDS)
def test_a_random_pathway_is_run_whole(kinds: str) -> None:
    for seed in range(30):
        drawn = Draughtsman(Author(seed, KINDS[kinds], depth=4).block)
        sources = {"p": draw(drawn.main), **{key: draw(text, key) for key, text in drawn.called.items()}}
        plan = plan_of(sources, "p", decisions.read(dmn(*drawn.tables)).decisions)
        for xml in sources.values():
            assert losses(xml, plan) == []


@pytest.mark.parametrize("file", sorted(WORKFLOWS.glob("*.bpmn")), ids=lambda file: file.stem)
def test_our_own_pathways_are_run_whole(file: Path) -> None:
    sources = {one.stem: one.read_bytes() for one in WORKFLOWS.glob("*.bpmn")}
    assert losses(file.read_bytes(), plan_of(sources, file.stem)) == []


def test_whatever_the_table_supports_is_run_whole() -> None:
    for of, xml in SAMPLES.items():
        assert diagram.read(xml).ok
        assert losses(xml, plan_of({"p": xml, "other": EMPTY}, "p")) == [], of


def test_a_loss_is_seen() -> None:
    """Whatever is taken out of a diagram before its plan is made is missed."""
    tried: Counter[str] = Counter()
    for xml in SAMPLES.values():
        whole = etree.fromstring(xml)
        running = [
            one
            for one in whole.find(f"{BPMN}process[@isExecutable='true']").iter(BPMN + "*")
            if one.tag in NODES or str(one.tag).endswith((*TOLD, "EventDefinition", "LoopCharacteristics"))
        ]
        for one in running:
            for name in (None, *(name for name in one.attrib if name in MEANT)):
                less = copy.deepcopy(whole)
                there = less.find(whole.getroottree().getelementpath(one))
                if name is None:
                    joined = [
                        flow
                        for flow in less.iter(BPMN + "sequenceFlow")
                        if one.get("id") in flow.attrib.values()
                    ]
                    for gone in {there, *joined}:
                        gone.getparent().remove(gone)
                else:
                    del there.attrib[name]
                try:
                    plan = plan_of({"p": etree.tostring(less), "other": EMPTY}, "p")
                except Invalid:
                    continue
                tried[str(name or etree.QName(one).localname)] += 1
                assert losses(xml, plan), (etree.tostring(one), name)
    assert tried.keys() >= {
        "userTask",
        "sequenceFlow",
        "terminateEventDefinition",
        "isSequential",
        "cancelActivity",
    }
