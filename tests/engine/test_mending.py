"""What is mended in a file without asking: told, the same each time, and written into what is published."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import diagram, library, runner
from engine.diagram.originals import Original
from tests import make
from tests.make_bpmn import end, pathway, start, user

PLAIN = pathway(
    start("s", "<b:outgoing>s_a</b:outgoing>"),
    user("a", "<b:incoming>s_a</b:incoming><b:outgoing>a_e</b:outgoing>"),
    end("e", "<b:incoming>a_e</b:incoming>"),
    "s > a > e",
).replace(b"<b:userTask", b"\n  <!-- a note -->\n  <b:userTask ")
# One slip each, by its code: what it puts where.
SLIPS = {
    "namespace_repaired": ("http://www.omg.org/spec/BPMN", "https://www.omg.org/spec/BPMN"),
    "executable_assumed": (' isExecutable="true"', ""),
    "executable_unusual": ('isExecutable="true"', 'isExecutable="1"'),
    "id_given": ('<b:sequenceFlow id="s_a"', "<b:sequenceFlow"),
    "id_spaces": ('id="a" name', 'id=" a " name'),
    "reference_spaces": ('targetRef="a"', 'targetRef="\n a"'),
    "reference_prefix": ('sourceRef="a"', 'sourceRef="tns:a"'),
    "lane_spaces": ("<b:flowNodeRef>a</b:flowNodeRef>", "<b:flowNodeRef>\n   a </b:flowNodeRef>"),
    "lane_unknown_node": ("<b:flowNodeRef>s", "<b:flowNodeRef>gone</b:flowNodeRef><b:flowNodeRef>s"),
    "arrow_lists": ("<b:incoming>a_e</b:incoming>", ""),
}
MENDED = {*SLIPS, "drawing_spaces", "encoding_repaired"}


def slipped(*codes):
    text = PLAIN.decode()
    for code in codes:
        right, wrong = SLIPS[code]
        assert right in text
        text = text.replace(right, wrong, 1)
    return text.encode()


def told(xml):
    return {problem.code for problem in diagram.read(xml).problems} & MENDED


def test_a_file_in_which_nothing_is_to_be_mended_is_the_same_bytes():
    assert told(PLAIN) == set()
    assert diagram.mended(PLAIN) is PLAIN
    assert diagram.mended(b"<nothing") == b"<nothing"


@pytest.mark.parametrize("code", SLIPS)
def test_each_slip_is_told_and_mended(code):
    xml = slipped(code)
    assert told(xml) == {code}
    whole = diagram.mended(xml)
    assert told(whole) == set()
    assert diagram.read(whole).pathways == diagram.read(xml).pathways
    assert b"\n  <!-- a note -->\n  <b:userTask  id=" in whole
    # An arrow is called as both its ends list it.
    assert 'id="s_a"' in whole.decode()
    if code in ("namespace_repaired", "executable_unusual", "id_spaces", "reference_prefix", "lane_spaces"):
        assert whole == PLAIN


@settings(deadline=None, max_examples=60)
@given(st.sets(st.sampled_from(sorted(SLIPS.keys() - {"executable_unusual"}))))
def test_any_slips_together_are_mended_once_and_always_in_the_same_way(codes):
    xml = slipped(*codes)
    whole = diagram.mended(xml)
    assert told(xml) >= codes
    assert diagram.mended(xml) == whole
    assert diagram.mended(whole) is whole
    assert diagram.read(whole).pathways == diagram.read(xml).pathways
    assert diagram.read(whole).ok == diagram.read(xml).ok


def test_what_was_mended_runs_under_the_names_that_the_check_gives():
    xml = pathway(
        start(), user("a"), end(), '<b:sequenceFlow sourceRef="s " targetRef="a"/>', "a > e", marked=""
    )
    (read,) = diagram.read(xml).pathways
    assert read.nodes["s"].outgoing == ("s_to_a",)
    assert runner.prepare({"p": diagram.mended(xml)}, "p") == runner.prepare({"p": xml}, "p")


def test_a_step_without_an_id_has_the_same_one_each_time_and_never_that_of_another():
    xml = pathway(start(), user("userTask_1"), '<b:userTask name="Lost"/>', end(), "s > userTask_1 > e")
    for _ in range(2):
        (read,) = diagram.read(xml).pathways
        assert read.nodes["userTask_2"].name == "Lost"
    assert b'<b:userTask name="Lost" id="userTask_2"/>' in diagram.mended(xml)


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        # Which of two is meant, nobody can tell.
        (PLAIN.replace(b'id="e"', b'id="a"'), "duplicate_id"),
        (PLAIN.replace(b'targetRef="a"', b'targetRef="nobody"'), "flow_without_target"),
        (PLAIN.replace(b'isExecutable="true"', b'isExecutable="false"'), "nothing_to_run"),
        (PLAIN.replace(b'id="p"', b""), "missing_id"),
    ],
)
def test_what_could_mean_two_things_stays_a_mistake(xml, code):
    assert code in {problem.code for problem in diagram.read(xml).problems if problem.severity == "error"}


def test_a_file_without_any_namespace_is_read_as_bpmn():
    bare = re.sub(rb"<(/?)b:", rb"<\1", PLAIN).replace(
        b'xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" ', b""
    )
    assert told(bare) == {"namespace_repaired"}
    assert diagram.read(diagram.mended(bare)).pathways == diagram.read(PLAIN).pathways
    assert [problem.code for problem in diagram.read(b"<definitions><case/></definitions>").problems] == [
        "not_bpmn"
    ]


def test_an_older_encoding_is_told_and_read_unless_the_file_may_be_in_utf_8_after_all():
    named = PLAIN.replace(b"Step a", "Wörter".encode())
    head = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    old = (head + named.decode()).encode("latin-1")
    assert told(old) == {"encoding_repaired"}
    assert diagram.mended(old) == head.replace("ISO-8859-1", "UTF-8").encode() + named
    assert library.read_file("p.bpmn", old)[1].encode() == diagram.mended(old)
    assert [problem.code for problem in diagram.read(head.encode() + named).problems] == ["not_utf8"]


def test_the_folders_publish_the_mended_diagram(tmp_path, db):
    forms, workflows = tmp_path / "forms", tmp_path / "workflows"
    forms.mkdir()
    workflows.mkdir()
    (workflows / "roles.json").write_bytes((make.SMALL / "workflows/roles.json").read_bytes())
    steps = (start(), user("a", t_form=""), end(), '<b:sequenceFlow sourceRef="s" targetRef="a"/>', "a > e")
    (workflows / "p.bpmn").write_bytes(pathway(*steps))
    (version,) = library.publish_folders(db, None, workflows, forms)
    assert 'id="s_to_a"' in version.content["diagrams"]["p"]
    assert told(version.content["diagrams"]["p"].encode()) == set()
    assert library.publish_folders(db, None, workflows, forms) == []


# ---- whatever the bytes are


FILES = [
    PLAIN,
    *(path.read_bytes() for path in sorted((Path(__file__).parents[1] / "dialects").glob("*.bpmn"))),
]
BITS = [
    b"",
    b" ",
    b"\r\n",
    b"'",
    b"<",
    b">",
    b"/>",
    b"<!-- -- -->",
    b"<![CDATA[ ]]>",
    b"<?x y?>",
    b"&amp;",
    b"\xc3\xa4",
    b"t:",
    b' id=" z "',
]


@settings(deadline=None)
@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(BITS)), max_size=4),
)
def test_a_file_torn_anywhere_is_mended_once_or_left_alone(xml, tears):
    for where, length, bit in tears:
        at = int(where * len(xml))
        xml = xml[:at] + bit + xml[at + length :]
    whole = diagram.mended(xml)
    assert diagram.mended(whole) == whole
    read, again = diagram.read(xml), diagram.read(whole)
    assert again.pathways == read.pathways
    assert not {problem.code for problem in again.problems} & MENDED
    if read.root is not None:
        assert Original(whole).written() == whole
        said = diagram.translate_conditions(whole)
        assert diagram.translate_conditions(said) == said
