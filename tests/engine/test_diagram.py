"""What a diagram says, read."""

import json
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import diagram, runner
from engine.diagram.model import Timer
from tests.engine.drawing import Walk
from tests.engine.test_diagram_problems import CASES, CATALOGUE, MESSAGE, YES, deciding, line
from tests.make_bpmn import (
    both,
    call,
    catch,
    duration,
    edge,
    end,
    file,
    first,
    lanes,
    message,
    node,
    pathway,
    several,
    some,
    start,
    sub,
    user,
    xor,
)

EVERYTHING = pathway(
    lanes(("Prison case worker", ["q", "part"]), ("mentor", ["a", "b", "w", "ask"])),
    "<b:documentation>What this is for.</b:documentation>",
    '<b:textAnnotation id="t"><b:text>Note</b:text></b:textAnnotation>',
    start(),
    user(
        "q",
        "<b:documentation>Ask\n  gently.</b:documentation>",
        t_form="who",
        t_dueAnchor="release",
        t_dueOffset="-P26W",
        t_dueDays="working",
        t_startOffset="-P30W",
        t_takes="P2W",
    ),
    both("split"),
    user("a", several(isSequential="true", t_each="helpers")),
    node(
        "manualTask",
        "b",
        several(
            "<b:completionCondition>item = 2</b:completionCondition><b:loopCardinality>3</b:loopCardinality>"
        ),
        name="By hand",
    ),
    both("join"),
    user("ask", t_form="agree"),
    some("o", default="o_c"),
    call("c"),
    sub("part", start("ps"), user("pu"), end("pe", "<b:terminateEventDefinition/>"), "ps > pu > pe"),
    some("oj"),
    first("g"),
    catch("w", t_anchor="release", t_offset="-P8W", inside="<b:timerEventDefinition/>"),
    catch("n", message()),
    end(),
    edge("late", "part", cancelActivity="false"),
    edge("told", "c", message()),
    end("e2"),
    "s > q > split > a > join > ask > o > c > oj > g > w > e",
    "split > b > join",
    f"o > part : {YES}",
    "part > oj",
    "g > n > e",
    "late > e2",
    "told > e2",
    head=MESSAGE,
)


def test_everything_that_can_be_drawn_is_read_as_drawn() -> None:
    read = diagram.read(EVERYTHING, CATALOGUE, "p")
    assert read.problems == ()
    [pathway] = read.pathways
    assert (pathway.id, pathway.name, pathway.documentation) == ("p", "Pathway", "What this is for.")
    assert pathway.roles == ("prison", "mentor")
    q = pathway.nodes["q"]
    assert (q.kind, q.name, q.role, q.form) == ("userTask", "Step q", "prison", "who")
    assert (q.due_anchor, q.due_offset, q.due_days) == ("release", "-P26W", "working")
    assert (q.start_offset, q.takes, q.instructions) == ("-P30W", "P2W", "Ask\n  gently.")
    a, b = pathway.nodes["a"], pathway.nodes["b"]
    assert (a.multiple, a.sequential, a.each, a.role) == (True, True, "helpers", "mentor")
    assert (b.multiple, b.sequential, b.cardinality, b.completion) == (True, False, "3", "item = 2")
    assert pathway.nodes["c"].calls == "other"
    assert pathway.nodes["w"].timer == Timer("release", "-P8W", "calendar")
    assert pathway.nodes["late"].timer == Timer(literal="P2W")
    assert (pathway.nodes["late"].attached_to, pathway.nodes["late"].interrupting) == ("part", False)
    assert (pathway.nodes["told"].message, pathway.nodes["told"].interrupting) == ("released.now", True)
    assert pathway.nodes["pu"].parent == "part"
    assert pathway.nodes["pu"].role == "prison", (
        "a step inside a sub-process is done by the sub-process's lane"
    )
    assert pathway.nodes["pe"].terminates
    assert not pathway.nodes["e"].terminates
    assert [one.id for one in pathway.level("part")] == ["ps", "pu", "pe"]
    assert pathway.nodes["split"].outgoing == ("split_a", "split_b")
    assert pathway.flows["o_part"].condition == YES
    assert pathway.flows["o_c"].default
    assert pathway.flows["o_c"].condition is None


def test_what_may_be_published_can_be_prepared() -> None:
    other = line(user("a"), key="other")
    runner.prepare({"p": EVERYTHING, "other": other}, "p")


def test_two_ways_may_meet_at_a_step_if_only_one_is_taken() -> None:
    xml = pathway(
        start(),
        user("q", t_form="agree"),
        xor("x", default="x_b"),
        user("a"),
        user("b"),
        end(),
        "s > q > x > b > e",
        f"x > a : {YES}",
        "a > b",
    )
    assert diagram.read(xml, CATALOGUE).problems == ()


def test_a_way_back_to_a_step_is_a_loop_like_any_other() -> None:
    xml = pathway(
        start(), user("q", t_form="agree"), xor("x", default="x_e"), end(), "s > q > x > e", f"x > q : {YES}"
    )
    assert diagram.read(xml, CATALOGUE).problems == ()


def test_a_loop_that_an_event_ends_has_a_way_out() -> None:
    xml = pathway(
        start(),
        xor("x"),
        sub("c", start("cs"), user("i"), end("ce"), "cs > i > ce"),
        edge("b", "c", message()),
        user("a"),
        end(),
        "s > x > c > e",
        "b > a > x",
        head=MESSAGE,
    )
    assert diagram.read(xml, CATALOGUE).problems == ()


def test_a_sub_process_may_repeat_until_an_event_on_its_edge() -> None:
    body = sub("c", start("cs"), xor("m"), user("i"), catch("w"), "cs > m > i > w > m", end("ce"))
    xml = pathway(start(), body, edge("b", "c", message()), end(), "s > c > e", "b > e", head=MESSAGE)
    codes = [problem.code for problem in diagram.read(xml, CATALOGUE).problems]
    assert "loop_without_exit" not in codes


def test_branches_that_end_apart_need_no_join() -> None:
    xml = pathway(start(), both("h"), user("a"), user("b"), end("e"), end("f"), "s > h > a > e", "h > b > f")
    assert diagram.read(xml, CATALOGUE).problems == ()


def test_an_inclusive_join_waits_only_for_what_can_come() -> None:
    xml = pathway(
        start(),
        user("q", t_form="agree"),
        some("o", default="o_b"),
        user("a"),
        user("b"),
        some("j"),
        end(),
        "s > q > o > b > j > e",
        f"o > a : {YES}",
        "a > j",
    )
    assert diagram.read(xml, CATALOGUE).problems == ()


def test_a_terminate_end_leaves_no_join_waiting() -> None:
    xml = pathway(
        start(),
        both("h"),
        user("a", t_form="agree"),
        user("b"),
        xor("x", default="x_g"),
        end("f", "<b:terminateEventDefinition/>"),
        both("g"),
        end(),
        "s > h > a > x > g > e",
        "h > b > g",
        f"x > f : {YES}",
    )
    assert diagram.read(xml, CATALOGUE).problems == ()


def test_a_join_that_only_a_reminder_completes_may_wait() -> None:
    xml = pathway(
        start(), user("a"), edge("b", "a", cancelActivity="false"), both("g"), end(), "s > a > g > e", "b > g"
    )
    assert [problem.code for problem in diagram.read(xml, CATALOGUE).problems] == ["join_may_wait"]


@pytest.mark.parametrize(
    "condition",
    [
        'agreement = "given"',
        'if agreement = null then false else agreement = "given"',
        "if release_on = null then false else release_on > today",
    ],
)
def test_conditions_on_what_is_known_are_right(condition: str) -> None:
    assert diagram.read(deciding(condition), CATALOGUE).problems == ()


def test_a_guard_makes_an_optional_answer_right() -> None:
    guarded = 'if agreement = null then false else agreement = "given"'
    assert diagram.read(deciding(guarded, after="agree_perhaps"), CATALOGUE).problems == ()


def test_a_misspelt_answer_is_found() -> None:
    [problem] = diagram.read(deciding('agreement = "givn"'), CATALOGUE).problems
    assert problem.code == "condition_faulty"
    assert "given" in problem.message


def test_naming_every_answer_leaves_nothing_out() -> None:
    xml = pathway(
        start(),
        user("a", t_form="agree"),
        xor("x"),
        end("e"),
        end("f"),
        "s > a > x",
        f"x > e : {YES}",
        'x > f : agreement = "refused"',
    )
    assert diagram.read(xml, CATALOGUE).problems == ()


def test_yes_and_no_leave_nothing_out() -> None:
    for yes, no in [
        ("agreed", "not(agreed)"),
        ("${agreed}", "${!agreed}"),
        ("agreed == True", "agreed == False"),
    ]:
        steps = (
            start(),
            user("a"),
            xor("x"),
            end("e"),
            end("f"),
            "s > a > x",
            f"x > e : {yes}",
            f"x > f : {no}",
        )
        assert "no_default" not in {problem.code for problem in diagram.read(pathway(*steps)).problems}
        once = pathway(*steps[:-1], f"x > f : {yes}")
        assert "no_default" in {problem.code for problem in diagram.read(once).problems}


def test_both_branches_of_a_parallel_gateway_have_asked_at_the_join() -> None:
    xml = pathway(
        start(),
        both("h"),
        user("a", t_form="agree"),
        user("b", t_form="age"),
        both("j"),
        xor("x", default="x_f"),
        end("e"),
        end("f"),
        "s > h > a > j > x > f",
        "h > b > j",
        f"x > e : {YES} and age > 18",
    )
    assert diagram.read(xml, CATALOGUE).problems == ()


def test_an_event_may_happen_before_the_step_was_done() -> None:
    xml = pathway(
        start(),
        user("a", t_form="agree"),
        edge("b", "a"),
        xor("x", default="x_f"),
        end("e"),
        end("f"),
        "s > a > e",
        "b > x > f",
        f"x > e : {YES}",
    )
    assert [problem.code for problem in diagram.read(xml, CATALOGUE).problems] == ["fact_on_some_ways"]


def test_lanes_name_roles_by_key_name_or_attribute_and_may_be_nested() -> None:
    inner = node("lane", "inner", "<b:flowNodeRef>b</b:flowNodeRef>", name="Mornings")
    outer = node(
        "lane",
        "outer",
        f"<b:flowNodeRef>a</b:flowNodeRef><b:flowNodeRef>b</b:flowNodeRef><b:childLaneSet>{inner}</b:childLaneSet>",
        name="Ours",
        t_role="mentor",
    )
    xml = pathway(
        f'<b:laneSet id="ls">{outer}</b:laneSet>', start(), user("a"), user("b"), end(), "s > a > b > e"
    )
    read = diagram.read(xml, CATALOGUE)
    assert read.problems == ()
    assert [read.pathways[0].nodes[ident].role for ident in "ab"] == ["mentor", "mentor"]


def test_without_a_catalogue_what_is_unknown_is_only_worth_a_warning() -> None:
    xml = pathway(
        start(),
        user("a", several(t_each="nobody"), t_form="gone", t_dueAnchor="easter"),
        call("c", "nowhere"),
        xor("x", default="x_e"),
        end("e"),
        end("f"),
        "s > a > c > x > e",
        "x > f : unheard > 1",
        lane="Astronauts",
    )
    read = diagram.read(xml)
    assert read.ok
    found = {problem.code for problem in read.problems}
    assert found == {"form_unknown", "each_unknown", "anchor_unknown", "call_unknown", "fact_unknown"}
    assert read.pathways[0].nodes["a"].role == "Astronauts"


def test_the_pathway_is_called_like_its_file() -> None:
    xml = line(user("a"))
    assert diagram.read(xml, CATALOGUE, "p").problems == ()
    assert [problem.code for problem in diagram.read(xml, CATALOGUE, "q").problems] == ["key_differs"]


def test_other_pools_and_messages_between_them_are_only_shown() -> None:
    pools = (
        '<b:collaboration id="co"><b:participant id="one" processRef="p"/><b:participant id="two" name="Court"/>'
        '<b:messageFlow id="mf" sourceRef="a" targetRef="two"/></b:collaboration>'
    )
    assert diagram.read(line(user("a"), head=pools), CATALOGUE).problems == ()


def test_every_problem_is_told_at_once() -> None:
    xml = pathway(start(), user("a", name="", t_form="gone"), node("scriptTask", "b", name="B"), "s > a > b")
    codes = {problem.code for problem in diagram.read(xml, CATALOGUE).problems}
    assert codes == {"step_without_name", "form_unknown", "unsupported_script_task", "dead_end", "no_end"}


def test_an_element_without_a_name_is_found_by_its_neighbours() -> None:
    xml = pathway(start(), user("a"), node("parallelGateway", "g"), end(), "s > a > g > e")
    [problem] = diagram.read(xml, CATALOGUE).problems
    assert problem.message.startswith("The parallel gateway (+) after “Step a” neither")
    assert (problem.element, problem.name) == ("g", "")


def test_legal_variants_are_read_alike() -> None:
    xml = pathway(
        start(),
        user("a", several(isSequential="1", t_each=" helpers ")),
        edge("b", "a", message("x:m"), cancelActivity="0"),
        end(),
        '<b:sequenceFlow id="f" sourceRef=" s " targetRef="a"/>',
        "a > e",
        "b > e",
        head=MESSAGE,
    )
    read = diagram.read(xml, diagram.Catalogue({"mentor": "Mentor"}, CATALOGUE.forms))
    nodes = read.pathways[0].nodes
    assert (nodes["a"].sequential, nodes["a"].each) == (True, "helpers")
    assert (nodes["b"].interrupting, nodes["b"].message) == (False, "released.now")
    assert nodes["a"].incoming == ("f",)


def test_what_says_nothing_changes_nothing() -> None:
    three = several("<b:loopCardinality>3</b:loopCardinality>", t_each=" ")
    xml = pathway(
        start(), user("a", three, t_dueAnchor=""), end(), "s > a > e", head='<b:message name="lost"/>'
    )
    assert diagram.read(xml, CATALOGUE).problems == ()
    runner.prepare({"p": xml}, "p")


# ---- Pathways beside each other


def folder(tmp_path: Path, **diagrams: bytes) -> Path:
    workflows = tmp_path / "workflows"
    workflows.mkdir()
    (tmp_path / "forms").mkdir()
    (workflows / "roles.json").write_text(json.dumps({"roles": [{"key": "mentor", "name": "Mentor"}]}))
    for key, form in CATALOGUE.forms.items():
        questions = (
            [{"key": "agreement", "kind": "yes_no", "label": "Agreed?", "required": True, "fact": True}]
            if key == "agree"
            else [{"key": "text", "kind": "text", "label": "Text"}]
        )
        (tmp_path / "forms" / f"{key}.json").write_text(
            json.dumps({"key": key, "title": form.title, "questions": questions})
        )
    for key, xml in diagrams.items():
        (workflows / f"{key}.bpmn").write_bytes(xml)
    return workflows


def reading(key: str, condition: str, *before: str) -> bytes:
    """A pathway that decides on something, after some steps."""
    idents = " > ".join(step.split('id="')[1].split('"')[0] for step in before)
    return pathway(
        start(),
        *before,
        xor("x", default="x_f"),
        end("e"),
        end("f"),
        f"s > {idents} > x > f",
        f"x > e : {condition}",
        key=key,
    )


def test_what_a_called_pathway_asks_is_known_afterwards(tmp_path: Path) -> None:
    workflows = folder(
        tmp_path,
        asks=line(user("a", t_form="agree"), key="asks"),
        reads=reading("reads", "agreement", call("c", "asks")),
    )
    assert diagram.read_file(str(workflows / "reads.bpmn"), {}).problems == ()


def test_what_was_asked_before_the_call_is_known_in_the_called_pathway(tmp_path: Path) -> None:
    workflows = folder(
        tmp_path,
        outer=line(user("a", t_form="agree"), call("c", "middle"), key="outer"),
        middle=line(user("a"), call("c", "inner"), key="middle"),
        inner=reading("inner", "agreement", user("a")),
    )
    assert diagram.read_file(str(workflows / "inner.bpmn"), {}).problems == ()


def test_pathways_that_call_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    workflows = folder(tmp_path, one=line(call("c", "two"), key="one"), two=line(call("c", "one"), key="two"))
    problems = diagram.read_file(str(workflows / "one.bpmn"), {}).problems
    assert [problem.code for problem in problems] == ["call_circle"]


def test_a_broken_form_is_named_with_its_first_problem(tmp_path: Path) -> None:
    workflows = folder(tmp_path, p=line(user("a")))
    (tmp_path / "forms" / "note.json").write_text("{}")
    [problem] = diagram.read_file(str(workflows / "p.bpmn"), {}).problems
    assert problem.code == "form_broken"


def test_missing_forms_are_one_mistake_and_what_they_would_ask_is_only_doubted(tmp_path: Path) -> None:
    steps = (user("a", t_form="agree", t_dueAnchor="hearing_on"), user("b", several(t_each="helpers")))
    workflows = folder(tmp_path, p=reading("p", "agreement", *steps))
    shutil.rmtree(tmp_path / "forms")
    problems = diagram.read_file(str(workflows / "p.bpmn"), {}).problems
    assert [problem.code for problem in problems if problem.severity == "error"] == ["forms_missing"]
    doubted = {problem.code for problem in problems if problem.severity == "warning"}
    assert doubted == {"form_unknown", "anchor_unknown", "each_unknown", "fact_unknown"}


@pytest.mark.parametrize("written", ["[", "[" * 100_000, "[]", '{"roles": 3}'])
def test_a_folder_without_readable_roles_is_said(written: str, tmp_path: Path) -> None:
    workflows = folder(tmp_path, p=line(user("a")))
    (workflows / "roles.json").write_text(written)
    [problem] = diagram.read_file(str(workflows / "p.bpmn"), {}).problems
    assert problem.code == "folder_unreadable"


def test_beside_nothing_there_is_no_catalogue(tmp_path: Path) -> None:
    assert diagram.Catalogue.beside(tmp_path / "p.bpmn") is None


# ---- Whatever the bytes


def test_of_thousands_of_pathways_a_few_are_named_and_none_is_looked_into() -> None:
    one = '<b:process id="p{0}" isExecutable="true">{1}</b:process>'
    xml = file("".join(one.format(n, start(f"s{n}") + end(f"e{n}")) for n in range(2_000)))
    several, many = diagram.read(xml, CATALOGUE).problems
    assert (several.code, many.code) == ("several_pathways", "too_many_steps")
    assert "“p0”, “p1”" in several.message
    assert "“p7” …" in several.message
    assert "“p8”" not in several.message


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_never_raises_whatever_becomes_of_the_bytes(data: st.DataObject) -> None:
    xml = bytearray(
        data.draw(st.sampled_from([EVERYTHING, *(xml for _, xml in CASES.values() if len(xml) < 20_000)]))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(xml)))
        how = data.draw(st.sampled_from(["drop", "put", "swap", "copy"]))
        if how == "drop":
            del xml[at : at + data.draw(st.integers(1, 40))]
        elif how == "put":
            xml[at:at] = data.draw(st.binary(max_size=8))
        elif how == "swap":
            words = [
                b"userTask",
                b"endEvent",
                b"process",
                b"subProcess",
                b"lane",
                b"id",
                b'"s"',
                b'"a"',
                b"sourceRef",
                b"default",
            ]
            one, two = data.draw(st.sampled_from(words)), data.draw(st.sampled_from(words))
            xml = bytearray(bytes(xml).replace(one, two, data.draw(st.integers(1, 3))))
        else:
            end_of_copy = at + data.draw(st.integers(1, 200))
            xml[at:at] = xml[at:end_of_copy]
    for catalogue in (None, CATALOGUE):
        read = diagram.read(bytes(xml), catalogue)
        assert all(problem.message for problem in read.problems)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_never_raises_for_anything_at_all(xml: bytes) -> None:
    assert not diagram.read(xml).ok


KINDS = {"u": user, "x": xor, "p": both, "o": some}


@st.composite
def scribbles(draw: st.DrawFn) -> bytes:
    """Gateways and steps with arrows between any of them, every decision with a default."""
    kinds = draw(st.lists(st.sampled_from("uuxxpo"), min_size=2, max_size=8))
    idents = [f"{kind}{number}" for number, kind in enumerate(kinds)]
    ways: dict[str, list[str]] = {}
    for number, ident in enumerate(idents):
        count = 1 if ident[0] == "u" else draw(st.integers(1, 2))
        near = st.integers(max(0, number - 2), number + 3).map(
            lambda n: ([*idents, "e", "e", "e"])[min(n, len(idents) + 1)]
        )
        ways[ident] = draw(st.lists(near, min_size=count, max_size=count, unique=True))
    drawn = [start(), end(), f"s > {idents[0]}"]
    for ident, targets in ways.items():
        deciding = ident[0] in "xo" and len(targets) > 1
        drawn.append(KINDS[ident[0]](ident, **({"default": f"{ident}_{targets[0]}"} if deciding else {})))
        for number, target in enumerate(targets):
            drawn.append(f"{ident} > {target}" + (f" : go_{ident}" if deciding and number else ""))
    return pathway(*drawn)


@settings(max_examples=150, deadline=None)
@given(scribbles(), st.randoms(use_true_random=False))
def test_a_case_never_sleeps_for_ever_in_a_diagram_that_may_be_published(
    xml: bytes, chance: random.Random
) -> None:
    read = diagram.read(xml)
    if not read.ok:
        return
    [drawn] = read.pathways
    plan = runner.load(runner.prepare({"p": xml}, "p"), str(hash(xml)))
    facts = {f"go_{ident}": False for ident in drawn.nodes}
    case = Walk(plan, **facts)
    for _ in range(25):
        assert case.run.stuck is None, case.run.stuck
        if case.run.ended:
            return
        assert case.open, "nobody has anything to do, and nothing is waited for"
        assert len(case.open) == len(set(case.open)), "a step is open twice"
        case.done(chance.choice(case.open), **{fact: chance.random() < 0.5 for fact in facts})


def test_a_plain_file_of_anything_has_nothing_to_run() -> None:
    assert [problem.code for problem in diagram.read(file("")).problems] == ["nothing_to_run"]


def test_a_long_timer_and_a_moment_with_its_zone_are_read() -> None:
    xml = line(
        catch("a", duration("P56D")),
        catch(
            "b",
            "<b:timerEventDefinition><b:timeDate>2027-03-01T09:00:00+01:00</b:timeDate></b:timerEventDefinition>",
        ),
    )
    nodes = diagram.read(xml, CATALOGUE).pathways[0].nodes
    assert nodes["a"].timer == Timer(literal="P56D")
    assert nodes["b"].timer == Timer(literal="2027-03-01T09:00:00+01:00")
