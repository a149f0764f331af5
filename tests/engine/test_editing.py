"""A step changed without drawing: nothing else of the file moves, and changed back it says the same."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from engine import diagram, library
from engine.diagram.layout import DC, DI, Box
from engine.errors import Invalid

ROOT = Path(__file__).parents[2]
FILES = sorted(ROOT.glob("workflows/*.bpmn"))
# Every lane of it is taken up at the same place: there is no room for another step.
FULL = ("emergency_release",)
BPMN = f"{{{diagram.MODEL}}}"


def steps(xml):
    (pathway,) = library.read_alone(xml.decode()).pathways
    return {one.id: diagram.Wording.of(one) for one in pathway.nodes.values() if one.kind in diagram.HUMAN}


def lines(xml, other):
    return [two for one, two in zip(xml.splitlines(), other.splitlines(), strict=True) if one != two]


def differences(xml, other):
    old, new = ({"diagrams": {"it": one.decode()}, "forms": {}} for one in (xml, other))
    return [str(one.words) for one in library.compare(old, new)]


def otherwise(said):
    """Every thing that the page can change, changed."""
    return replace(
        said,
        name=f"{said.name} & more <now>",
        instructions=None if said.instructions else "Begin here.",
        due_anchor=None if said.due_anchor == "release" else "release",
        due_offset=None if said.due_anchor == "release" else "-P3W",
        start_offset=None if said.start_offset or said.due_anchor == "release" else "-P9W",
        takes=None if said.takes else "P1D",
        due_days="working" if said.due_days == "calendar" else "calendar",
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_step_changed_and_changed_back(path):
    before = path.read_bytes()
    told = steps(before)
    xml = before
    for ident, said in told.items():
        xml = diagram.edit_step(xml, ident, said, otherwise(said))
    assert steps(xml) == {ident: otherwise(said) for ident, said in told.items()}
    assert len(differences(before, xml)) >= 4 * len(told)
    for ident, said in told.items():
        xml = diagram.edit_step(xml, ident, otherwise(said), said)
    assert steps(xml) == told
    assert [one for one in differences(before, xml) if "only the drawing" not in one] == []
    catalogue = diagram.Catalogue.beside(path)
    assert [one for one in diagram.read(xml, catalogue, path.stem).problems if one.severity == "error"] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_step_moved_into_every_lane_and_back(path, request):
    before = path.read_bytes()
    told = steps(before)
    (pathway,) = library.read_alone(before.decode()).pathways
    moved, refused = 0, []
    ways = [(*one, role) for one in told.items() for role in pathway.roles if role != one[1].role]
    # Of a large diagram some of them; all of them take minutes.
    every = 1 if request.config.getoption("--long") else len(ways) // 60 + 1
    for ident, said, role in ways[::every]:
        try:
            there = diagram.edit_step(before, ident, said, replace(said, role=role))
        except Invalid as no:
            refused.append(str(no.problems[0].message))
            continue
        moved += 1
        well_drawn(there, ident, role)
        back = diagram.edit_step(there, ident, replace(said, role=role), said)
        # What is in a lane has no order; the rest of the model is as it was, to the byte.
        assert model_of(back) == model_of(before)
    assert [one for one in refused if "diagram editor" not in one] == []
    assert moved > 0 or path.stem in FULL or not refused


def model_of(xml):
    root = etree.fromstring(xml)
    for lane in root.iter(BPMN + "lane"):
        lane[:] = sorted(lane, key=lambda one: one.text or "")
        for one in (lane, *lane):
            one.tail = one.text if one.text and one.text.strip() else None
        lane.text = None
    for drawing in list(root.iter(f"{{{DI}}}BPMNDiagram")):
        drawing.getparent().remove(drawing)
    return etree.tostring(root)


def well_drawn(xml, ident, role):
    """The step's shape lies in the lane that names the role, and on no other shape."""
    root = etree.fromstring(xml)
    (lane,) = [
        one
        for one in root.iter(BPMN + "lane")
        if ident in [ref.text for ref in one.iterchildren(BPMN + "flowNodeRef")]
    ]
    assert lane.get("{urn:throughcare:bpmn:1}role") == role
    boxes = {}
    for shape in root.iter(f"{{{DI}}}BPMNShape"):
        bounds = shape.find(f"{{{DC}}}Bounds")
        boxes[shape.get("bpmnElement")] = Box(
            *(float(bounds.get(one)) for one in ("x", "y", "width", "height"))
        )
    if lane.get("id") not in boxes:
        return  # the lanes inside a part of the pathway are not drawn
    band, own = boxes[lane.get("id")], boxes[ident]
    assert band.y <= own.y
    assert own.y + own.height <= band.y + band.height
    places = {one.get("id") for one in root.iter(BPMN + "userTask", BPMN + "exclusiveGateway")} - {ident}
    assert [one for one in places if one in boxes and own.meets(boxes[one])] == []


def test_one_deadline_is_one_line_of_the_file():
    xml = (ROOT / "workflows/shared_handover.bpmn").read_bytes()
    said = steps(xml)["name_successor"]
    assert diagram.edit_step(xml, "name_successor", said, said) is xml
    (line,) = lines(xml, diagram.edit_step(xml, "name_successor", said, replace(said, due_offset="P4D")))
    assert b'dueOffset="P4D"' in line
    assert b'dueOffset="P3D"' not in line


def test_two_weeks_and_fourteen_days_are_left_as_they_are_written():
    xml = (ROOT / "workflows/shared_handover.bpmn").read_bytes().replace(b'"P3D"', b'"P0Y3D"', 1)
    said = steps(xml)["name_successor"]
    assert diagram.edit_step(xml, "name_successor", said, replace(said, due_offset="P3D")) == xml


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        (b"", b""),
        (b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\r\n<!-- made <by> hand -->\r\n", b"\n\n"),
        (b'<?xml version="1.0"?>\n<?mso-thing a="b"?>\n', b""),
    ],
)
def test_what_is_not_ours_stays(head, tail):
    body = (
        b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/x" '
        b'xmlns:unused="urn:u" id="d"><process id="p" isExecutable="true"><!-- a note --><extensionElements>'
        b'<camunda:thing a="1"><![CDATA[ <kept> ]]></camunda:thing></extensionElements>'
        b'<startEvent id="s"/><userTask id="t" name="Ask"  camunda:x="y"/></process></definitions>'
    )
    said = diagram.Wording("Ask")
    new = diagram.edit_step(head + body + tail, "t", said, replace(said, form="f"))
    assert new.startswith(head)
    assert new.endswith(b"</definitions>" + tail)
    for kept in (b"<!-- a note -->", b"<![CDATA[ <kept> ]]>", b'camunda:x="y"', b'xmlns:unused="urn:u"'):
        assert kept in new
    assert b'throughcare:form="f"' in new
    assert b"ns0" not in new


def test_a_role_without_a_lane_and_a_full_lane_say_what_to_do():
    xml = (ROOT / "workflows/shared_handover.bpmn").read_bytes()
    said = steps(xml)["name_successor"]
    with pytest.raises(Invalid) as refused:
        diagram.edit_step(xml, "name_successor", said, replace(said, role="mentor"))
    assert "No lane" in str(refused.value.problems[0].message)
    full = xml.replace(b'<dc:Bounds x="370" y="230"', b'<dc:Bounds x="570" y="230"')
    with pytest.raises(Invalid) as refused:
        diagram.edit_step(full, "name_successor", said, replace(said, role="coordinator"))
    assert "no room" in str(refused.value.problems[0].message)


# ---- what is different, in words


def content():
    return {
        "diagrams": {"shared_handover": (ROOT / "workflows/shared_handover.bpmn").read_text()},
        "forms": {"successor": json.loads((ROOT / "forms/successor.json").read_text())},
    }


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name="Handover" isExec', 'name="Handing over" isExec', "“Handover” is now called “Handing over”"),
        ('"Name who takes over"', '"Say who takes over"', "“Name who takes over” is now called “Say who takes over”"),
        ('form="successor"', 'form="handover_note"', "asks the form “handover_note”, no longer"),
        ('dueOffset="P3D"', 'dueOffset="P1W"', "is due 1 week of working days after"),
        ('"P3D" throughcare:dueDays="working"', '"P3D"', "3 days after the beginning of the step, no longer 3 working"),
        (
            'throughcare:dueAnchor="step_opened" throughcare:dueOffset="P3D" ',
            "",
            "has no due date any more; it was due 3 working days",
        ),
        ('"P3D" throughcare:dueDays="working" throughcare:takes="P1D"', '"P3D" throughcare:dueDays="working"', "takes"),
        ("Agree with the agency", "Settle with the agency", "The instructions of “Name who takes over” are now: S"),
        ('role="chair"', 'role="mentor"', "is done by mentor, no longer by chair"),
        (
            'targetRef="hold_introduction"/>',
            'targetRef="confirm_handover"/>',
            "Added: the way from “Name who takes over” to “Confirm the open tasks”",
        ),
        ('isSequential="false"', 'isSequential="true"', "repeated in another way"),
        ('id="handed_over" name="Handed over"', 'id="handed_over" name="Done"', "“Handed over” is now called “Done”"),
        ('x="570" y="370"', 'x="571" y="370"', "only the drawing is different"),
        ('takes over" throughcare', 'takes over" throughcare:startOffset="P1D" throughcare', "can begin 1 working day"),
    ],
)  # fmt: skip
def test_each_kind_of_change_to_a_diagram(old, new, told):
    before, after = content(), content()
    assert old in after["diagrams"]["shared_handover"]
    after["diagrams"]["shared_handover"] = after["diagrams"]["shared_handover"].replace(old, new, 1)
    found = [str(one.words) for one in library.compare(before, after)]
    assert any(told in one for one in found), found
    assert library.compare(before, before) == []


def test_a_condition_that_is_different():
    path = ROOT / "workflows/shared_closure.bpmn"
    before, after = content(), content()
    before["diagrams"] = {"shared_closure": path.read_text()}
    after["diagrams"] = {
        "shared_closure": path.read_text().replace(
            'retention_decision = "hold"', 'retention_decision = "keep"', 1
        )
    }
    (found,) = library.compare(before, after)
    assert "is taken if “retention_decision” is “keep”, no longer if “retention_decision” is “hold”" in str(
        found.words
    )


def test_a_step_that_goes_and_one_that_comes():
    before, after = content(), content()
    after["diagrams"] = {
        key: xml.replace("hold_introduction", "meet") for key, xml in before["diagrams"].items()
    }
    found = [str(one.words) for one in library.compare(before, after)]
    assert "Removed: “Hold a meeting of three”." in found
    assert "Added: “Hold a meeting of three”, done by coordinator." in found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda form: form.update(title="Successor"), "is now called “Successor”"),
        (lambda form: form.update(intro="Read this"), "introduction"),
        (lambda form: form["questions"].pop(), "is asked no more"),
        (lambda form: form["questions"].reverse(), "in another order"),
        (lambda form: form["questions"][0].update(label="Who?"), "now reads “Who?”"),
        (lambda form: form["questions"][0].update(hint="A hint"), "hint"),
        (lambda form: form["questions"][0].update(required=False), "may be left out"),
        (lambda form: form["questions"][0].update(audience="agency"), "others than before read"),
        (
            lambda form: form["questions"].append(
                {"key": "new_one", "kind": "yes_no", "label": "Is it new?"}
            ),
            "a new question: Is it new?",
        ),
    ],
)
def test_each_kind_of_change_to_a_form(change, told):
    before, after = content(), content()
    before["forms"]["successor"]["questions"][0]["required"] = True
    after["forms"]["successor"]["questions"][0]["required"] = True
    change(after["forms"]["successor"])
    found = [str(one.words) for one in library.compare(before, after)]
    assert any(told in one for one in found), found


def test_choices_that_come_go_and_are_reworded():
    form = json.loads((ROOT / "forms/handover_note.json").read_text())
    other = json.loads(json.dumps(form))
    choices = other["questions"][0]["choices"]
    choices[0]["label"], choices[-1] = "Gone", {"value": "other", "label": "Something else"}
    found = library.compare(
        {"diagrams": {}, "forms": {"handover_note": form}},
        {"diagrams": {}, "forms": {"handover_note": other}},
    )
    told = " ".join(str(one.words) for one in found)
    for one in ("no more", "also offers “Something else”", "now reads “Gone”"):
        assert one in told
