"""What every pathway and form that we ship must keep to."""

import json
import re
from collections import defaultdict
from typing import Any

import pytest
from lxml import etree

from engine import expressions, forms
from engine.diagram import Node
from tests.pathways.walking import FORMS, ROOT, WORKFLOWS, catalogue, form, read

PATHWAYS = sorted(file.stem for file in WORKFLOWS.glob("*.bpmn"))
FORM_KEYS = sorted(file.stem for file in FORMS.glob("*.json"))
ROLES = {role["key"] for role in json.loads((WORKFLOWS / "roles.json").read_text("utf-8"))["roles"]}

# Those who may act on a breach must never see a voluntary meeting that did not take place.
ENFORCING = {"prison", "prison_management", "probation", "police"}
# Nobody is called by a suspicion or by what they once believed.
NEVER_SAID = (
    "terror",
    "extremis",
    "radical",
    "risk level",
    "suspect",
    "offender",
    "inmate",
    "client",
    "score",
)


def steps(key: str) -> list[Node]:
    return [node for node in read(key).pathways[0].nodes.values() if node.kind == "userTask"]


@pytest.mark.parametrize("key", PATHWAYS)
def test_every_diagram_passes_its_check(key: str) -> None:
    found = read(key)
    assert [problem.message for problem in found.problems if problem.severity == "error"] == []
    assert [pathway.id for pathway in found.pathways] == [key]


@pytest.mark.parametrize("key", FORM_KEYS)
def test_every_form_passes_its_check(key: str) -> None:
    definition = json.loads((FORMS / f"{key}.json").read_text("utf-8"))
    assert forms.problems(definition, ROLES) == []
    assert definition["key"] == key


def test_every_form_is_used() -> None:
    used = {node.form for key in PATHWAYS for node in steps(key)}
    assert set(FORM_KEYS) - used == set()


@pytest.mark.parametrize("key", PATHWAYS)
def test_every_fact_that_a_condition_reads_is_set_by_a_form(key: str) -> None:
    set_somewhere = set(catalogue().facts) | set(forms.DATES) | {"case_opened_on", "today", "item"}
    for flow in read(key).pathways[0].flows.values():
        if flow.condition:
            assert expressions.names(flow.condition) <= set_somewhere, flow.id


@pytest.mark.parametrize("key", PATHWAYS)
def test_every_step_says_what_to_do_and_what_if_not(key: str) -> None:
    for node in steps(key):
        sentences = re.findall(r"[.?!](?:\s|$)", node.instructions or "")
        assert 1 <= len(sentences) <= 4, f"{node.id} takes {len(sentences)} sentences to explain"
        assert re.search(r"\bif\b", node.instructions, re.IGNORECASE), f"{node.id} does not say what if"
        assert node.form, f"{node.id} asks nothing"
        assert node.due_anchor, f"{node.id} is never due"


def test_one_fact_means_one_thing() -> None:
    """Forms that ask for the same fact ask it in the same way, or a gateway would misread one of them."""
    asked: dict[str, set[Any]] = defaultdict(set)
    for key in FORM_KEYS:
        for question in form(key).questions:
            if question.fact:
                values = frozenset(choice.value for choice in question.choices)
                asked[question.key].add((question.kind, question.many, values))
    assert {key for key, ways in asked.items() if len(ways) > 1} == set()


def test_every_decision_has_its_reason() -> None:
    for key in FORM_KEYS:
        questions = {question.key: question for question in form(key).questions}
        if any(
            question.fact and name.endswith(("_decision", "_route")) for name, question in questions.items()
        ):
            reason = questions.get("reason")
            assert reason, f"{key} has no reason"
            assert (reason.kind, reason.required, reason.fact) == ("long_text", True, False), key


def test_a_missed_voluntary_meeting_is_never_seen_by_those_who_enforce() -> None:
    for key in ("contact_note", "extra_contact", "emergency_support", "mentor_meeting"):
        for question in form(key).questions:
            if question.key not in {"shareable", "stop_explained"}:
                assert isinstance(question.audience, tuple), f"{key}.{question.key} is seen by everybody"
                assert not ENFORCING & set(question.audience), f"{key}.{question.key}"


def test_housing_never_learns_why_a_place_does_not_fit() -> None:
    for question in form("place_check").questions:
        if question.key != "place_suitable":
            assert question.audience == ("coordinator", "prison")


def test_health_content_stays_with_health() -> None:
    told = {
        question.key for question in form("health_continuity").questions if question.audience != ("health",)
    }
    assert told == {"health_arranged"}


def test_an_answer_to_an_offer_is_told_only_to_those_who_offer() -> None:
    for question in form("agreement_record").questions:
        if question.fact:
            assert isinstance(question.audience, tuple), question.key
            assert not ENFORCING & set(question.audience), question.key


def test_what_a_relative_says_stays_with_the_family_worker() -> None:
    for question in form("family_contact").questions:
        if question.kind in {"long_text", "person", "text"}:
            shared = {"family", "coordinator"} if question.key == "to_share" else {"family"}
            assert set(question.audience) == shared, question.key


@pytest.mark.parametrize("folder", ["workflows", "forms"])
def test_people_are_spoken_of_with_respect(folder: str) -> None:
    for file in (ROOT / folder).iterdir():
        text = file.read_text("utf-8").casefold()
        assert [word for word in NEVER_SAID if word in text] == [], file.name


@pytest.mark.parametrize("key", PATHWAYS)
def test_every_diagram_is_drawn_and_nothing_lies_on_top_of_anything(key: str) -> None:
    names = {
        "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
        "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
        "dc": "http://www.omg.org/spec/DD/20100524/DC",
    }
    root = etree.parse(str(WORKFLOWS / f"{key}.bpmn")).getroot()
    pathway = read(key).pathways[0]
    drawn = {
        shape.get("bpmnElement"): tuple(
            float(shape.find("dc:Bounds", names).get(side)) for side in ("x", "y", "width", "height")
        )
        for shape in root.iterfind(".//bpmndi:BPMNShape", names)
    }
    assert set(pathway.nodes) <= set(drawn)
    assert set(pathway.flows) <= {
        edge.get("bpmnElement") for edge in root.iterfind(".//bpmndi:BPMNEdge", names)
    }
    placed = [node for node in pathway.nodes.values() if not node.attached_to]
    for one in placed:
        for other in placed:
            if one.id < other.id and one.parent == other.parent:
                x, y, width, height = drawn[one.id]
                u, v, across, down = drawn[other.id]
                apart = x + width <= u or u + across <= x or y + height <= v or v + down <= y
                assert apart, f"{one.id} and {other.id} overlap"
