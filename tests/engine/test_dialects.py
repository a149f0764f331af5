"""Files drawn in other tools: opened, told of in helpful words, edited, and saved without touching what is theirs."""

import difflib
from dataclasses import replace
from pathlib import Path

import pytest

from engine import diagram

FILES = {
    path.stem: path.read_text() for path in sorted((Path(__file__).parents[1] / "dialects").glob("*.bpmn"))
}
# As it is saved on Windows: line ends are kept too.
FILES["signavio"] = FILES["signavio"].replace("\n", "\r\n")


def problems(tool):
    return {(one.code, one.element): one.message for one in diagram.read(FILES[tool].encode()).problems}


def changed(before, after):
    """The lines of a file that are different afterwards: (as they were, as they are)."""
    marked = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    return [line[2:] for line in marked if line[0] == "-"], [line[2:] for line in marked if line[0] == "+"]


@pytest.mark.parametrize("tool", FILES)
def test_a_step_edited_is_the_only_line_that_differs(tool):
    xml = FILES[tool]
    (pathway,) = diagram.read(xml.encode()).pathways
    said = diagram.Wording.of(pathway.nodes["Ask"])
    edited = diagram.edit_step(
        xml.encode(), "Ask", said, replace(said, form="ask_whom", due_anchor="release")
    )
    was, now = changed(xml, edited.decode())
    assert len(now) == 1 + ("xmlns:throughcare" in now[0])
    assert len(was) == len(now)
    assert 'throughcare:form="ask_whom"' in now[-1]
    # Taken back, the step says what it said, and the line is the old one.
    back = diagram.edit_step(edited, "Ask", replace(said, form="ask_whom", due_anchor="release"), said)
    assert back.decode().replace(' xmlns:throughcare="urn:throughcare:bpmn:1"', "") == xml


@pytest.mark.parametrize("tool", FILES)
def test_instructions_and_a_name_leave_the_rest_alone(tool):
    xml = FILES[tool]
    (pathway,) = diagram.read(xml.encode()).pathways
    said = diagram.Wording.of(pathway.nodes["Ask"])
    edited = diagram.edit_step(
        xml.encode(), "Ask", said, replace(said, name="Ask & note", instructions="a\nb")
    )
    was, now = changed(xml, edited.decode())
    assert len(was) == 1
    assert [line.strip() for line in now[1:]] == ["<bpmn:documentation>a", "b</bpmn:documentation>"] or [
        line.strip() for line in now[1:]
    ] == ["<documentation>a", "b</documentation>"]
    assert 'name="Ask &amp; note"' in now[0]
    assert ("\r\n" in xml) == all(line.endswith("\r\n") for line in now)


@pytest.mark.parametrize("tool", FILES)
def test_only_what_is_translated_is_different(tool):
    xml = FILES[tool]
    translated = diagram.translate_conditions(xml.encode()).decode()
    offered = [code for code, _ in problems(tool) if code in diagram.TRANSLATED]
    was, now = changed(xml, translated)
    assert len(was) == len(now) == len(offered)
    assert diagram.translate_conditions(translated.encode()).decode() == translated
    left = {one.code for one in diagram.read(translated.encode()).problems}
    assert not left & diagram.TRANSLATED


def test_each_thing_of_camunda_7_is_told_with_what_to_do():
    told = problems("camunda_7")
    assert "asks a form of another system (“embedded:app:forms/ask.html”)" in told["foreign_form", "Ask"]
    assert "is given to “coordinators”" in told["foreign_people", "Ask"]
    assert "(“${plusDays(14)}”)" in told["foreign_deadline", "Ask"]
    assert "camunda:taskListener" in told["foreign_listener", "Ask"]
    assert told["condition_translated", "Flow_3"].endswith('Write: found and mentor != "nobody"')
    assert "program of another system (“mail”)" in told["service_by_program", "Mail"]


def test_each_thing_of_camunda_8_is_told_with_what_to_do():
    told = problems("camunda_8")
    assert "(“ask-whom”)" in told["foreign_form", "Ask"]
    assert "is given to “=coordinator”" in told["foreign_people", "Ask"]
    assert "under other names" in told["foreign_mapping", "Ask"]
    assert "“=patience”" in told["timer_foreign", "Late"]
    assert told["condition_translated", "Flow_3"].endswith('Write: found and mentor != "nobody"')
    assert "calls “mentoring”" in told["call_foreign", "Call"]
    assert "(“io.example:mail:1”)" in told["service_by_program", "Mail"]


def test_each_thing_of_flowable_is_told_with_what_to_do():
    told = problems("flowable")
    assert "(“begin”) before anything else" in told["foreign_start_form", "start"]
    assert "“${initiator}”" in told["foreign_people", "Ask"]
    assert "for each of “${people}”" in told["each_foreign", "Ask"]
    assert told["repeat_translated", "Ask"].endswith("Write found = true instead.")
    assert told["condition_translated", "yes"].endswith("Write: found = true and mentor != null")
    assert told["timer_translated", "wait"].endswith("Write P14D instead.")
    assert "(“${mailer}”)" in told["service_by_program", "mail"]


def test_each_thing_of_spiffarena_is_told_with_what_to_do():
    told = problems("spiffarena")
    assert "(“ask-schema.json”)" in told["foreign_form", "Ask"]
    assert "(its documentation)" in told["foreign_instructions", "Ask"]
    assert "spiffworkflow:postScript" in told["foreign_script", "Ask"]
    assert told["condition_translated", "Flow_3"].endswith(
        'Write: found and mentor in ("Ayse", "Ben \\"B.\\"")'
    )
    assert told["timer_translated", "Wait"].endswith("Write P14D instead.")
    assert "(“smtp/SendHTMLEmail”)" in told["service_by_program", "Mail"]


def test_what_signavio_draws_only_has_to_be_marked_to_be_run():
    assert [code for code, _ in problems("signavio")] == ["nothing_to_run"]
    marked = FILES["signavio"].replace('isExecutable="false"', 'isExecutable="true"').encode()
    assert diagram.read(marked).ok


@pytest.mark.parametrize("language", ["juel", "python", "http://www.python.org"])
def test_a_named_language_that_is_read_here_goes_with_the_translation(language):
    xml = FILES["spiffarena"].replace(
        "<bpmn:conditionExpression>", f'<bpmn:conditionExpression language="{language}">'
    )
    xml = xml.replace(
        "found and mentor in", "found and mentor == 'x' or mentor in" if "py" in language else ""
    )
    xml = xml.replace('["Ayse", \'Ben "B."\']', '["A", "B"]' if "py" in language else "mentor == 'x'")
    assert "condition_language" not in {one.code for one in diagram.read(xml.encode()).problems}
    translated = diagram.translate_conditions(xml.encode()).decode()
    assert "language=" not in translated
    assert 'mentor = "x"' in translated


def test_a_language_that_is_not_read_here_stays():
    xml = FILES["spiffarena"].replace(
        "<bpmn:conditionExpression>", '<bpmn:conditionExpression language="groovy">'
    )
    assert "condition_language" in {one.code for one in diagram.read(xml.encode()).problems}
    assert 'language="groovy">found and mentor in' in diagram.translate_conditions(xml.encode()).decode()
