"""Every problem that a diagram can have: one minimal diagram each, and nothing else said about it."""

import pytest

from engine import decisions, diagram, forms
from engine.diagram.source import MAX_BYTES
from engine.expressions import Kind
from tests.make_bpmn import (
    HEAD,
    arrows,
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
    rule,
    several,
    start,
    sub,
    user,
    xor,
)
from tests.make_dmn import dmn, table

CHOICES = [{"value": "given", "label": "Yes"}, {"value": "refused", "label": "No"}]
AGREEMENT = {"key": "agreement", "kind": "one_of", "label": "Agreed?", "choices": CHOICES, "fact": True}
LIST = {"key": "helpers", "kind": "several_of", "label": "Who?", "choices": CHOICES, "fact": True}


def form(key: str, *questions: dict[str, object]) -> forms.Form:
    return forms.parse({"key": key, "title": key, "questions": list(questions)})


ANSWERS = [["null", '"nobody"'], ['"given"', '"north"'], ["-", '"south"']]
TABLES = decisions.read(
    dmn(
        table("way", ["agreement"], ["office"], ANSWERS, policy="FIRST"),
        table("young", ["age"], ["wing"], [["< 21", '"A"']]),
        table("lost", ["nowhere"], ["lost_way"], ANSWERS, policy="FIRST"),
        table("clashing", ["agreement"], ["helpers"], ANSWERS, policy="FIRST"),
        table("this", ["agreement"], ["shared"], ANSWERS, policy="FIRST"),
    )
).decisions
CATALOGUE = diagram.Catalogue(
    roles={"mentor": "Mentor", "prison": "Prison case worker"},
    forms={
        one.key: one
        for one in (
            form("note", {"key": "text", "kind": "long_text", "label": "What happened?"}),
            form("agree", AGREEMENT | {"required": True}),
            form("agree_perhaps", AGREEMENT),
            form(
                "agree_sometimes",
                {"key": "met", "kind": "yes_no", "label": "Met?", "required": True},
                AGREEMENT | {"required": True, "show_if": {"key": "met", "in": [True]}},
            ),
            form("who", LIST | {"required": True}),
            form("who_perhaps", LIST),
            form(
                "age", {"key": "age", "kind": "whole_number", "label": "Age", "required": True, "fact": True}
            ),
            form(
                "day", {"key": "hearing_on", "kind": "date", "label": "Day", "required": True, "fact": True}
            ),
        )
    },
    pathways=frozenset({"other", "circle"}),
    tables=TABLES,
    broken_tables={"torn": "It has no rules."},
    found={
        **{name: {key: kind} for key in TABLES for name, kind in decisions.results(TABLES, key).items()},
        "shared": {"this": Kind("text"), "that": Kind("text")},
    },
    broken={"torn": "It has no title."},
    reaches={"circle": diagram.Reach(calls=frozenset({"p"}))},
)
YES = 'agreement = "given"'
MESSAGE = '<b:message id="m" name="released.now"/>'


def line(*steps: str, **how: str) -> bytes:
    """Start, some elements one after the other, end. Arrows may follow as lines with “>”."""
    idents = [
        step.split('id="')[1].split('"')[0]
        for step in steps
        if step.startswith("<b:") and "attachedTo" not in step
    ]
    return pathway(start(), *steps, end(), " > ".join(["s", *idents, "e"]), **how)


def deciding(condition: str, *, after: str = "agree", default: bool = True) -> bytes:
    """A step with a form, then a decision on what it asked."""
    return pathway(
        start(),
        user("a", t_form=after),
        xor("x", **({"default": "x_f"} if default else {})),
        end("e"),
        end("f"),
        "s > a > x > f",
        f"x > e : {condition}",
    )


def added(extension: str) -> str:
    return f"<b:extensionElements>{extension}</b:extensionElements>"


def around(kind: str, inside: str = "", **attributes: str) -> bytes:
    """One element of any kind between start and end."""
    return line(node(kind, "a", inside, **{"name": "It"} | attributes))


def event(inside: str, **attributes: str) -> bytes:
    return line(catch("a", inside, **attributes), head=MESSAGE)


def remind(cycle: str, **attributes: str) -> bytes:
    """A step with a timer on its edge that repeats."""
    said = f"<b:timerEventDefinition><b:timeCycle>{cycle}</b:timeCycle></b:timerEventDefinition>"
    drawn = (user("a"), edge("b", "a", said, **attributes), user("c"), end("f"))
    return pathway(start(), *drawn, end(), "s > a > e", "b > c > f")


def loop(inside: str = "", form: str = "note", **attributes: str) -> bytes:
    """A step that is done several times, after one that asks who."""
    return line(user("q", t_form=form), user("a", several(inside, **attributes)))


def link(ident: str, name: str, kind: str = "intermediateThrowEvent") -> str:
    return node(kind, ident, f'<b:linkEventDefinition name="{name}"/>', name=f"Link {ident}")


def jump(throw: str = link("t", "over"), more: str = "") -> bytes:
    """Two steps with a link between them."""
    caught = link("c", "over", "intermediateCatchEvent")
    return pathway(start(), user("a"), throw, caught, user("b"), end(), more, "s > a > t", "c > b > e")


def handler(inside: str = message(), more: str = "") -> str:
    """A sub-process that an event starts."""
    part = [start("hs", inside), user("ha"), end("he"), "hs > ha > he"]
    return sub("h", *part, inside=more, triggeredByEvent="true")


def within(thrown: str, caught: str) -> bytes:
    """A sub-process that ends with something thrown, and an event on its edge."""
    part = sub("h", start("hs"), user("ha"), end("he", thrown), "hs > ha > he")
    beyond = [end("f"), "b > f"] if caught else []
    return pathway(start(), part, caught, end(), "s > h > e", *beyond)


def handled(part: str, *more: str) -> bytes:
    return pathway(start(), user("a"), end(), part, "s > a > e", *more, head=MESSAGE)


def on_edge(inside: str = "", **attributes: str) -> bytes:
    return pathway(
        start(),
        user("a"),
        edge("b", "a", inside, **attributes),
        end("e"),
        end("f"),
        "s > a > e",
        "b > f",
        head=MESSAGE,
    )


# code -> (the element to blame, a diagram that has this problem and no other)
CASES: dict[str, tuple[str | None, bytes]] = {
    # ---- The file
    "too_big": (None, b" " * (MAX_BYTES + 1)),
    "empty_file": (None, b" \n"),
    "not_utf8": (None, '<?xml version="1.0"?><a>é</a>'.encode("latin-1")),
    "not_xml": (None, b"<a><b></a>"),
    "has_doctype": (None, b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    "too_deep": (None, b"<a>" * 101 + b"</a>" * 101),
    "too_many_elements": (None, b"<a>" + b"<b/>" * 50_000 + b"</a>"),
    "too_many_attributes": (None, b"<a " + b" ".join(b'b%d=""' % n for n in range(201)) + b"/>"),
    "is_cmmn": (None, b'<definitions xmlns="http://www.omg.org/spec/CMMN/20151109/MODEL"/>'),
    "is_dmn": (None, b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'),
    "is_old_bpmn": (None, b'<definitions xmlns="http://schema.omg.org/spec/BPMN/2.0"/>'),
    "not_bpmn": (None, b"<html/>"),
    "import_refused": (
        None,
        line(user("a"), head='<b:import namespace="n" location="http://127.0.0.1/x" importType="t"/>'),
    ),
    "external_content": (None, line(user("a", '<xi:include href="file:///etc/hostname"/>'))),
    "unknown_element": ("a", line(user("a", "<b:wish/>"))),
    "too_many_problems": (None, line(*(user(f"a{n}", name="") for n in range(501)), lane="")),
    # ---- The pathway
    "nothing_to_run": ("p", line(user("a"), marked='isExecutable="false"')),
    "empty_pathway": ("p", pathway(lane="")),
    "several_pathways": (
        None,
        file(
            "".join(
                f'<b:process id="{key}" isExecutable="true">{start("s" + key)}{end("e" + key)}'
                f'<b:sequenceFlow id="f{key}" sourceRef="s{key}" targetRef="e{key}"/></b:process>'
                for key in "pq"
            )
        ),
    ),
    "pool_not_run": (
        "q",
        line(user("a"), head=f'<b:process id="q" isExecutable="false">{start("other")}</b:process>'),
    ),
    "too_many_steps": ("p", line(*(user(f"a{n}") for n in range(299)))),
    "too_many_conditions": (
        "p",
        pathway(
            start(),
            user("a", t_form="age"),
            xor("x", default="x_f"),
            end("f"),
            "s > a > x > f",
            *(end(f"e{n}") for n in range(14)),
            *(f"x > e{n} : age > {'1' * 1500}" for n in range(14)),
        ),
    ),
    # ---- Identities
    "missing_id": ("", line(user("a"), key="")),
    "duplicate_id": ("a", pathway(start(), user("a"), user("a"), end(), "s > a > e")),
    "bad_id": (
        "a b",
        pathway(
            start(),
            user("a b"),
            end(),
            '<b:sequenceFlow id="f" sourceRef="s" targetRef="a b"/>',
            '<b:sequenceFlow id="g" sourceRef="a b" targetRef="e"/>',
        ),
    ),
    # ---- Arrows
    "flow_without_source": (
        "f",
        pathway(start(), end(), "s > e", '<b:sequenceFlow id="f" sourceRef="nobody" targetRef="e"/>'),
    ),
    "flow_without_target": ("f", pathway(start(), end(), "s > e", '<b:sequenceFlow id="f" sourceRef="s"/>')),
    "flow_crosses_scope": (
        "i_e",
        pathway(
            start(), sub("c", start("cs"), user("i"), end("ce"), "cs > i > ce"), end(), "s > c > e", "i > e"
        ),
    ),
    "flow_into_start": (
        "x_s",
        pathway(
            start(),
            user("a", t_form="agree"),
            xor("x", default="x_s"),
            end(),
            "s > a > x > s",
            f"x > e : {YES}",
        ),
    ),
    "flow_out_of_end": (
        "e_m",
        pathway(
            start(),
            user("a", t_form="agree"),
            xor("x", default="x_e"),
            xor("m"),
            end("e"),
            end("f"),
            "s > a > x > e > m > f",
            f"x > m : {YES}",
        ),
    ),
    "flow_into_boundary": ("a_b", pathway(start(), user("a"), edge("b", "a"), end(), "s > a > b > e")),
    "dead_end": (
        "b",
        pathway(
            start(),
            user("a", t_form="agree"),
            xor("x", default="x_e"),
            user("b"),
            end(),
            "s > a > x > e",
            f"x > b : {YES}",
        ),
    ),
    "unreachable": ("b", pathway(start(), user("a"), user("b"), end(), "s > a > e", "b > e")),
    "implicit_split": ("a", pathway(start(), user("a"), end("e"), end("f"), "s > a > e", "a > f")),
    "link_without_name": ("t", jump(throw=link("t", ""))),
    "link_leads_nowhere": ("t", pathway(start(), user("a"), link("t", "over"), end(), "s > a > t")),
    "link_caught_twice": (
        "v",
        jump(more=link("v", "over", "intermediateCatchEvent") + arrows("v > b")),
    ),
    "link_on_edge": ("b", on_edge('<b:linkEventDefinition name="over"/>')),
    "flow_out_of_link": ("t_b", jump(more=arrows("t > b"))),
    "flow_into_link": (
        "x_c",
        pathway(
            start(),
            user("a", t_form="agree"),
            xor("x", default="x_t"),
            link("t", "over"),
            link("c", "over", "intermediateCatchEvent"),
            end(),
            "s > a > x > t",
            f"x > c : {YES}",
            "c > e",
        ),
    ),
    "no_start": ("p", pathway(end(), lane="")),
    "several_starts": ("p", pathway(start("s"), start("t"), user("a"), end(), "s > a > e", "t > a")),
    "no_end": ("p", pathway(start(), user("a"), xor("x"), "s > x > a > x")),
    "idle_gateway": ("x", line(xor("x"), user("a"))),
    # ---- Event sub-processes
    "handler_without_event": ("hs", handled(handler(""))),
    "handler_connected": ("h", handled(handler(), "h > e")),
    "handler_repeated": ("h", handled(handler(more='<b:standardLoopCharacteristics loopMaximum="2"/>'))),
    # ---- Errors and escalations
    "throw_without_name": ("he", within("<b:escalationEventDefinition/>", "")),
    "error_uncaught": ("he", within('<b:errorEventDefinition errorRef="wrong"/>', "")),
    "error_beside": (
        "b",
        within(
            '<b:errorEventDefinition errorRef="wrong"/>',
            edge("b", "h", "<b:errorEventDefinition/>", cancelActivity="false"),
        ),
    ),
    "never_thrown": ("b", within("", edge("b", "h", '<b:errorEventDefinition errorRef="wrong"/>'))),
    # ---- Loop markers
    "again_without_condition": ("a", line(user("a", "<b:standardLoopCharacteristics/>"))),
    "again_unreadable": ("a", line(user("a", '<b:standardLoopCharacteristics loopMaximum="0"/>'))),
    "repeated_twice": (
        "a",
        line(
            user("q", t_form="who"),
            user("a", several(t_each="helpers") + '<b:standardLoopCharacteristics loopMaximum="2"/>'),
        ),
    ),
    # ---- Conditions
    "condition_missing": (
        "x_e",
        pathway(
            start(),
            user("a", t_form="agree"),
            xor("x", default="x_f"),
            end("e"),
            end("f"),
            "s > a > x > f",
            "x > e",
        ),
    ),
    "condition_on_default": (
        "x_f",
        pathway(
            start(),
            user("a", t_form="agree"),
            xor("x", default="x_f"),
            end("e"),
            end("f"),
            "s > a > x",
            f"x > e : {YES}",
            f"x > f : {YES}",
        ),
    ),
    "condition_out_of_place": (
        "w_e",
        pathway(start(), user("a", t_form="agree"), catch("w"), end(), "s > a > w", f"w > e : {YES}"),
    ),
    "default_unknown": (
        "x",
        pathway(
            start(),
            user("a", t_form="agree"),
            xor("x", default="gone"),
            end("e"),
            end("f"),
            "s > a > x",
            f"x > e : {YES}",
            'x > f : agreement = "refused"',
        ),
    ),
    "default_out_of_place": ("a", pathway(start(), user("a", default="a_e"), end(), "s > a > e")),
    "condition_language": ("x_e", deciding(YES).replace(b"xsi:type", b'language="text/javascript" xsi:type')),
    "condition_faulty": ("x_e", deciding("agreement = 1")),
    "fact_not_set": ("x_e", deciding("age > 18")),
    "fact_too_late": (
        "x_a",
        pathway(
            start(),
            xor("x", default="x_f"),
            user("a", t_form="agree"),
            end("e"),
            end("f"),
            "s > x > f",
            f"x > a : {YES}",
            "a > e",
        ),
    ),
    "fact_optional": ("x_e", deciding(YES, after="agree_perhaps")),
    "fact_sometimes_hidden": ("x_e", deciding(YES, after="agree_sometimes")),
    "fact_on_some_ways": (
        "x_e",
        pathway(
            start(),
            user("a", t_form="age"),
            xor("w", default="w_x"),
            user("b", t_form="agree"),
            xor("x", default="x_f"),
            end("e"),
            end("f"),
            "s > a > w > x > f",
            "w > b : age > 18",
            "b > x",
            f"x > e : {YES}",
        ),
    ),
    "date_maybe_unknown": ("x_e", deciding("release_on > today")),
    "anchor_never_asked": ("a", line(user("a", t_dueAnchor="hearing_on", t_dueOffset="-P2W"))),
    "no_default": (
        "x",
        pathway(
            start(),
            user("a", t_form="age"),
            xor("x"),
            end("e"),
            end("f"),
            "s > a > x",
            "x > e : age > 18",
            "x > f : age < 18",
        ),
    ),
    # ---- Gateways that wait
    "parallel_loop_entry": (
        "g",
        pathway(
            start(),
            both("g"),
            user("a", t_form="agree"),
            xor("x", default="x_e"),
            end(),
            "s > g > a > x > e",
            f"x > g : {YES}",
        ),
    ),
    "join_never_complete": (
        "g",
        pathway(
            start(),
            user("q", t_form="agree"),
            xor("x", default="x_b"),
            user("a"),
            user("b"),
            both("g"),
            end(),
            "s > q > x > b > g > e",
            f"x > a : {YES}",
            "a > g",
        ),
    ),
    "join_may_wait": (
        "g",
        pathway(
            start(),
            both("h"),
            user("a", t_form="agree"),
            user("b"),
            xor("x", default="x_g"),
            end("f"),
            both("g"),
            end("e"),
            "s > h > a > x > g > e",
            "h > b > g",
            f"x > f : {YES}",
        ),
    ),
    "reached_twice": (
        "c",
        pathway(start(), both("h"), user("a"), user("b"), user("c"), end(), "s > h > a > c > e", "h > b > c"),
    ),
    "may_be_reached_twice": (
        "c",
        pathway(
            start(),
            user("a"),
            edge("b", "a", cancelActivity="false"),
            user("c"),
            end(),
            "s > a > c > e",
            "b > c",
        ),
    ),
    "loop_without_exit": (
        "x",
        pathway(start(), xor("x"), user("a"), both("g"), end(), "s > x > a > g > x", "g > e"),
    ),
    "loop_without_wait": (
        "x",
        pathway(
            start(),
            user("q", t_form="agree"),
            xor("x"),
            xor("y", default="y_e"),
            end(),
            "s > q > x > y > e",
            f"y > x : {YES}",
        ),
    ),
    # ---- Events
    "event_without_meaning": ("a", around("intermediateCatchEvent")),
    "several_meanings": ("a", event(duration() + message())),
    "event_by_reference": ("a", event("<b:eventDefinitionRef>d</b:eventDefinitionRef>" + message())),
    "timer_missing": ("a", event("<b:timerEventDefinition/>")),
    "timer_cycle": (
        "a",
        event("<b:timerEventDefinition><b:timeCycle>R3/P1D</b:timeCycle></b:timerEventDefinition>"),
    ),
    "timer_cycle_once": ("b", remind("R3/P1D", cancelActivity="true")),
    "cycle_unreadable": ("b", remind("R3/7D", cancelActivity="false")),
    "cycle_too_often": ("b", remind("R/PT1H", cancelActivity="false")),
    "timer_unreadable": ("a", event(duration("two weeks"))),
    "timer_several": (
        "a",
        event(
            "<b:timerEventDefinition><b:timeDate>2027-03-01T09:00:00Z</b:timeDate>"
            "<b:timeDuration>P2W</b:timeDuration></b:timerEventDefinition>"
        ),
    ),
    "timer_twice": ("a", event(duration(), t_anchor="release", t_offset="-P8W")),
    "message_missing": ("a", event("<b:messageEventDefinition/>")),
    "message_without_name": (
        "a",
        line(catch("a", message()), head='<b:message id="m"/>'),
    ),
    "event_gateway_timers": (
        "g",
        pathway(start(), first("g"), catch("a"), catch("b"), end(), "s > g > a > e", "g > b > e"),
    ),
    "boundary_without_host": (
        "b",
        pathway(start(), user("a"), edge("b", "gone"), end(), "s > a > e", "b > e"),
    ),
    "boundary_misplaced": (
        "b",
        pathway(
            start(), catch("m"), user("a"), xor("x"), edge("b", "m"), end(), "s > m > a > x > e", "b > x"
        ),
    ),
    "boundary_without_flow": ("b", pathway(start(), user("a"), edge("b", "a"), end(), "s > a > e")),
    "event_gateway_target": (
        "b",
        pathway(start(), first("g"), catch("a"), user("b"), end(), "s > g > a > e", "g > b > e"),
    ),
    "event_gateway_shared": (
        "a",
        pathway(
            start(),
            user("q", t_form="agree"),
            xor("x", default="x_g"),
            first("g"),
            catch("a"),
            catch("b", message()),
            end(),
            "s > q > x > g > a > e",
            "g > b > e",
            f"x > a : {YES}",
            head=MESSAGE,
        ),
    ),
    # ---- Steps
    "step_without_name": ("a", line(user("a", name=""))),
    "step_without_role": ("a", line(user("a"), lane="")),
    "role_unknown": ("lane_0", line(user("a"), lane="Astronauts")),
    "step_without_form": ("a", line(user("a", t_form=""))),
    "form_unknown": ("a", line(user("a", t_form="gone"))),
    "form_broken": ("a", line(user("a", t_form="torn"))),
    "anchor_unknown": ("a", line(user("a", t_dueAnchor="easter", t_dueOffset="P1D"))),
    "offset_unreadable": ("a", line(user("a", t_dueAnchor="release", t_dueOffset="26 weeks"))),
    "parameter_unknown": ("a", line(user("a", t_dueAnchor="release", t_dueOffset="-P{shoe_size}W"))),
    "parameter_unit": ("a", line(user("a", t_dueAnchor="release", t_dueOffset="-P{housing_apply_weeks}D"))),
    "days_unknown": ("a", line(user("a", t_dueAnchor="release", t_dueOffset="P1D", t_dueDays="school"))),
    "deadline_without_anchor": ("a", line(user("a", t_dueOffset="-P26W"))),
    "start_after_due": (
        "a",
        line(user("a", t_dueAnchor="release", t_dueOffset="-P8W", t_startOffset="-P4W")),
    ),
    "takes_unreadable": ("a", line(user("a", t_dueAnchor="release", t_takes="-P2W"))),
    "takes_too_long": (
        "a",
        line(user("a", t_dueAnchor="release", t_dueOffset="-P8W", t_startOffset="-P9W", t_takes="P1M")),
    ),
    # ---- Called pathways
    "call_missing": ("a", line(call("a", ""))),
    "call_unknown": ("a", line(call("a", "nowhere"))),
    "call_itself": ("a", line(call("a", "p"))),
    "call_circle": ("a", line(call("a", "circle"))),
    # ---- Several times
    "each_missing": ("a", loop()),
    "each_unknown": ("a", loop(t_each="agencies")),
    "each_not_list": ("a", loop(t_each="agreement", form="agree")),
    "each_not_set": ("a", loop(t_each="helpers")),
    "each_maybe_missing": ("a", loop(t_each="helpers", form="who_perhaps")),
    "each_and_number": (
        "a",
        loop("<b:loopCardinality>3</b:loopCardinality>", t_each="helpers", form="who"),
    ),
    "repeat_faulty": ("a", loop("<b:loopCardinality>3 +</b:loopCardinality>")),
    # ---- Lanes
    "two_lanes": (
        "a",
        pathway(lanes(("mentor", ["a"]), ("prison", ["a"])), start(), user("a"), end(), "s > a > e"),
    ),
    # ---- Mended
    "encoding_repaired": ("diagram", b"<?xml version='1.0' encoding='ISO-8859-1'?>" + line(user("a"))),
    "namespace_repaired": ("diagram", line(user("a")).replace(b'MODEL"', b'MODEL/"')),
    "executable_assumed": ("p", line(user("a"), marked="")),
    "executable_unusual": ("p", line(user("a"), marked='isExecutable="True"')),
    "id_given": (
        "s_to_a",
        pathway(start(), user("a"), end(), '<b:sequenceFlow sourceRef="s" targetRef="a"/>', "a > e"),
    ),
    "id_spaces": ("a", line(user("a")).replace(b'id="a"', b'id=" a "')),
    "reference_spaces": ("s_a", line(user("a")).replace(b'sourceRef="s"', b'sourceRef="s "')),
    "reference_prefix": ("s_a", line(user("a")).replace(b'targetRef="a"', b'targetRef="tns:a"')),
    "drawing_spaces": (
        "diagram",
        file(
            pathway(start(), user("a"), end(), "s > a > e")
            .decode()
            .split(HEAD)[1]
            .split("</b:definitions>")[0]
            + '<di:BPMNShape xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" id="d" bpmnElement=" a"/>'
        ),
    ),
    "lane_spaces": ("lane_0", pathway(lanes(("mentor", [" a\n"])), start(), user("a"), end(), "s > a > e")),
    "lane_unknown_node": (
        "lane_0",
        pathway(lanes(("mentor", ["a", "gone"])), start(), user("a"), end(), "s > a > e"),
    ),
    "arrow_lists": ("p", line(user("a", "<b:incoming>s_a</b:incoming><b:incoming>gone</b:incoming>"))),
    # ---- Conditions and times in another language
    "condition_translated": ("x_e", deciding("${agreement == 'given'}")),
    "condition_foreign": ("x_e", deciding("${judge.agrees(agreement)}")),
    "repeat_translated": ("a", loop("<b:loopCardinality>${3}</b:loopCardinality>")),
    "repeat_foreign": ("a", loop("<b:loopCardinality>${list.size()}</b:loopCardinality>")),
    "timer_translated": ("a", event(duration("timedelta(days=14)"))),
    "timer_foreign": ("a", event(duration("${waitingTime}"))),
    # ---- What other systems add
    "import_ignored": (
        None,
        line(
            user("a"),
            head='<b:import namespace="n" location="t.xsd" importType="http://www.w3.org/2001/XMLSchema"/>',
        ),
    ),
    "attribute_unknown": ("a", line(user("a", t_colour="red"))),
    "foreign_ignored": ("a", line(user("a", **{"camunda:asyncBefore": "true"}))),
    "foreign_form": ("a", line(user("a", t_form="", **{"camunda:formKey": "embedded:app:ask.html"}))),
    "foreign_start_form": (
        "s",
        pathway(node("startEvent", "s", **{"camunda:formKey": "ask"}), user("a"), end(), "s > a > e"),
    ),
    "foreign_people": ("a", line(user("a", **{"camunda:assignee": "kermit"}))),
    "foreign_deadline": ("a", line(user("a", **{"camunda:dueDate": "${soon}"}))),
    "foreign_instructions": (
        "a",
        line(
            user(
                "a",
                added(
                    '<w:instructionsForEndUser xmlns:w="http://spiffworkflow.org/bpmn/schema/1.0/core">Ask.'
                    "</w:instructionsForEndUser>"
                ),
            )
        ),
    ),
    "foreign_program": (
        "a",
        line(node("sendTask", "a", name="Tell", **{"camunda:class": "org.example.Mail"})),
    ),
    "foreign_worker": ("a", line(node("sendTask", "a", name="Tell", **{"camunda:topic": "mail"}))),
    "foreign_script": ("a", line(user("a", added('<camunda:script scriptFormat="groovy"/>')))),
    "foreign_listener": ("a", line(user("a", added("<camunda:executionListener/>")))),
    "foreign_mapping": (
        "a",
        line(
            node(
                "callActivity",
                "a",
                added('<camunda:in variables="all"/>'),
                name="Call",
                calledElement="other",
            )
        ),
    ),
    "service_by_program": ("a", around("serviceTask", **{"camunda:class": "org.example.Mail"})),
    "each_foreign": ("a", loop(**{"camunda:collection": "people"})),
    "call_foreign": (
        "a",
        line(
            node(
                "callActivity",
                "a",
                added('<z:calledElement xmlns:z="http://camunda.org/schema/zeebe/1.0" processId="other"/>'),
                name="Call",
            )
        ),
    ),
    "person_ignored": ("a", line(user("a", "<b:potentialOwner/>"))),
    # ---- What cannot be run yet
    "unsupported_script_task": ("a", around("scriptTask", "<b:script>1</b:script>")),
    "unsupported_service_task": ("a", around("serviceTask")),
    "unsupported_complex_gateway": ("a", around("complexGateway")),
    "unsupported_start": ("s", pathway(start("s", duration()), user("a"), end(), "s > a > e")),
    "unsupported_end": ("e", pathway(start(), user("a"), end("e", message()), "s > a > e", head=MESSAGE)),
    "unsupported_throw": ("a", line(node("intermediateThrowEvent", "a", message(), name="It"), head=MESSAGE)),
    "unsupported_signal": ("b", on_edge('<b:signalEventDefinition signalRef="g"/>')),
    "unsupported_escalation": ("a", event("<b:escalationEventDefinition/>")),
    "unsupported_error": ("a", event("<b:errorEventDefinition/>")),
    "unsupported_conditional": ("b", on_edge("<b:conditionalEventDefinition/>")),
    "unsupported_compensation": ("a", around("intermediateThrowEvent", "<b:compensateEventDefinition/>")),
    "unsupported_cancel": ("b", on_edge("<b:cancelEventDefinition/>")),
    "unsupported_parallel_events": ("a", event(duration() + message(), parallelMultiple="true")),
    "unsupported_transaction": ("a", around("transaction", start("ts") + end("te"))),
    "unsupported_ad_hoc": ("a", around("adHocSubProcess", user("inner", name=""))),
    "unsupported_loop_data": (
        "a",
        loop("<b:loopDataInputRef>list</b:loopDataInputRef>", t_each="helpers", form="who"),
    ),
    "unsupported_data": (
        "d",
        pathway(start(), user("a"), '<b:dataObjectReference id="d"/>', end(), "s > a > e"),
    ),
    "unsupported_data_in_step": ("a", line(user("a", "<b:ioSpecification/>"))),
    "unsupported_quantity": ("a", line(user("a", startQuantity="2"))),
    "unsupported_instantiate": (
        "g",
        pathway(
            start(),
            first("g", instantiate="true"),
            catch("a"),
            catch("b", message()),
            end(),
            "s > g > a > e",
            "g > b > e",
            head=MESSAGE,
        ),
    ),
    "unsupported_correlation": (
        "k",
        pathway(start(), user("a"), '<b:correlationSubscription id="k"/>', end(), "s > a > e"),
    ),
    "unsupported_choreography": ("k", line(user("a"), head='<b:choreography id="k"/>')),
    "unsupported_global_task": ("k", line(user("a"), head='<b:globalUserTask id="k"/>')),
    "unsupported_element": ("a", around("implicitThrowEvent")),
    "element_twice": ("a", line(user("a", '<b:standardLoopCharacteristics loopMaximum="2"/>' * 2))),
    # ---- Attributes
    "attribute_misplaced": ("a", line(user("a", cancelActivity="false"))),
    "switch_unreadable": ("b", on_edge(cancelActivity="no")),
    "flow_not_immediate": (
        "s_a",
        line(user("a")).replace(b'id="s_a"', b'id="s_a" isImmediate="false"'),
    ),
    "pathway_public": ("p", line(user("a"), marked='isExecutable="true" processType="Public"')),
    "extension_required": (
        "diagram",
        line(user("a"), head='<b:extension mustUnderstand="true" definition="x:secret"/>'),
    ),
}
ASKED = user("q", t_form="agree")
CASES |= {
    # ---- Decision tables
    "rule_without_decision": ("a", around("businessRuleTask")),
    "decision_foreign": ("r", line(ASKED, rule("r", "${table}"))),
    "decision_named_twice": ("r", line(ASKED, rule("r", **{"camunda:decisionRef": "other"}))),
    "decision_unknown": ("r", line(ASKED, rule("r", "wya"))),
    "decision_broken": ("r", line(ASKED, rule("r", "torn"))),
    "result_unreadable": ("r", line(ASKED, rule("r", t_result="two words"))),
    "rule_repeated": (
        "r",
        line(ASKED, rule("r", inside=several("<b:loopCardinality>2</b:loopCardinality>"))),
    ),
    "result_clash": ("r", line(ASKED, rule("r", "clashing"))),
    "result_twice": ("r", line(ASKED, rule("r", "this"))),
    "table_fact_unknown": ("r", line(ASKED, rule("r", "lost"))),
    "table_fact_not_set": ("r", line(user("q"), rule("r"))),
    "table_fact_too_late": ("r", line(user("q"), rule("r"), user("z", t_form="agree"))),
    "table_fact_maybe_missing": (
        "r",
        pathway(
            start(),
            ASKED,
            xor("x", default="x_r"),
            user("a", t_form="age"),
            rule("r", "young"),
            end(),
            "s > q > x > r > e",
            f"x > a : {YES}",
            "a > r",
        ),
    ),
    "fact_not_always_found": (
        "x_a",
        pathway(
            start(),
            user("q", t_form="age"),
            rule("r", "young"),
            xor("x", default="x_b"),
            user("a"),
            user("b"),
            end(),
            "s > q > r > x > b > e",
            'x > a : wing = "A"',
            "a > e",
        ),
    ),
    "ends_unseen": (
        "x",
        pathway(
            start(),
            ASKED,
            rule("r"),
            xor("x", default="x_a"),
            user("a"),
            end(),
            end("f"),
            "s > q > r > x > a > e",
            'x > f : office = "nobody"',
        ),
    ),
}
# Said elsewhere: what only the command or the folder knows, or nobody can know without a catalogue.
ELSEWHERE = {
    "unreadable_file",
    "folder_unreadable",
    "forms_missing",
    "key_differs",
    "fact_unknown",
    "decision_unseen",
}
# A file of which nothing else can be told, or whose one mistake is two.
WITH_OTHERS: dict[str, set[str]] = {
    "too_many_problems": {"step_without_name", "step_without_role", "too_many_steps"},
    "no_end": {"loop_without_exit"},
}


def said(xml: bytes) -> list[str]:
    return [problem.message for problem in diagram.read(xml, CATALOGUE).problems]


def test_arrows_of_the_same_name_are_told_apart_by_their_ends() -> None:
    wrong = '<b:conditionExpression xsi:type="b:tFormalExpression">agremeent</b:conditionExpression>'
    yes = [
        node("sequenceFlow", f"f{number}", wrong, name="yes", sourceRef=one, targetRef=two)
        for number, (one, two) in enumerate([("x", "a"), ("y", "b")])
    ]
    steps = [user("q", t_form="agree"), xor("x", name="Agreed?", default="x_y"), xor("y", default="y_e")]
    xml = pathway(start(), *steps, user("a"), user("b"), *yes, end(), "s > q > x > y > e", "a > e", "b > e")
    here, there = said(xml)
    assert here.startswith("The condition of “yes” (from “Agreed?” to “Step a”) cannot be used:")
    assert "“yes” (from “Decision y” to “Step b”)" in there


def test_arrows_that_begin_at_each_other_are_told_of_and_not_followed() -> None:
    lost = [node("sequenceFlow", one, sourceRef=other, targetRef="e") for one, other in ("xy", "yx", "zz")]
    told = said(pathway(start(), end(), "s > e", *lost))
    nowhere = "The arrow to the end comes from nowhere. Connect its beginning to a step, or remove the arrow."
    assert told == [nowhere] * 3


@pytest.mark.parametrize(
    ("name", "advice"), [("agre", "Did you mean “agree”?"), ("completely_other", "Choose a form.")]
)
def test_a_wrong_form_is_said_once_and_not_again_with_each_of_its_facts(name: str, advice: str) -> None:
    [only] = said(deciding(YES, after=name))
    assert f"“{name}”" in only
    assert only.endswith(advice)


def test_what_comes_too_late_is_said_of_a_wrong_form_too() -> None:
    late = pathway(
        start(), xor("x", default="x_a"), user("a", t_form="agre"), end(), "s > x > a > e", f"x > e : {YES}"
    )
    assert any("comes later" in message for message in said(late))


def test_a_wrong_role_is_named_with_the_roles_there_are() -> None:
    lane = node("lane", "lane_0", "<b:flowNodeRef>a</b:flowNodeRef>", name="Visitor", t_role="mentro")
    [only] = said(pathway(f'<b:laneSet id="l">{lane}</b:laneSet>', start(), user("a"), end(), "s > a > e"))
    assert "“Visitor” names the role “mentro”" in only
    assert only.endswith(
        "Did you mean “mentor”? The roles are: Mentor (mentor), Prison case worker (prison)."
    )


def test_every_problem_has_its_diagram() -> None:
    assert set(CASES) | ELSEWHERE == set(diagram.SENTENCES)


@pytest.mark.parametrize("code", CASES)
def test_says_this_and_nothing_else(code: str) -> None:
    element, xml = CASES[code]
    read = diagram.read(xml, CATALOGUE)
    others = WITH_OTHERS.get(code, set())
    found = [(problem.code, problem.element) for problem in read.problems if problem.code not in others]
    assert found == [(code, element)]
    severity = diagram.SENTENCES[code][0]
    assert read.ok == (severity == "warning" and not others)
    said = next(problem for problem in read.problems if problem.code == code)
    assert said.severity == severity
    assert said.message == str(said.words)
    assert said.message[0].isupper() or not said.message[0].isalpha()
    assert said.message.endswith((".", ")", '"'))
