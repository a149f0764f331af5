"""A form on a page: every kind of question shown, typed into, read back, and put right."""

import io
import json
from typing import Any

import pytest
from flask import render_template_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html
from werkzeug.datastructures import FileStorage, MultiDict

from engine import forms
from engine.errors import FieldProblem, Invalid
from tests import visitor
from tests.strategies import A_DAY, answers_for, definitions
from web import fields

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ form.title }}</title></head><body>
<h1>{{ form.title }}</h1>
{% from "fields/form.html" import form_questions %}{% from "macros.html" import error_summary %}
{{ error_summary(problems, targets) }}
<form method="post"><input type="hidden" name="csrf_token" value="x">
{{ form_questions(form, raw, problems, options) }}<button>Send</button></form></body></html>"""
OPTIONS: dict[str, Any] = {
    "agency": {"agency_1": "Housing <desk>", "agency_2": "Mentor network"},
    "user": {f"user_{n}": f"Colleague {n}" for n in range(1, 10)},
    "file": {"f-1": {"name": "letter.pdf", "type": "application/pdf", "size": 14}},
}
EVERY_KIND: dict[str, Any] = {
    "key": "every_kind",
    "title": "Every kind",
    "questions": [
        {"key": kind, "kind": kind, "label": f"A “{kind}” & more", "hint": "1 < 2", "required": True}
        | (
            {"choices": [{"value": v, "label": v.upper()} for v in "ab"]}
            if kind in ("one_of", "several_of")
            else {}
        )
        | ({"audience": "agency"} if kind == "long_text" else {})
        for kind in forms.KINDS
        if kind != "date"
    ]
    + [
        {"key": "date_", "kind": "date", "label": "Day", "required": True},
        {"key": "people", "kind": "person", "label": "People", "many": True},
        {"key": "agencies", "kind": "agency", "label": "Agencies", "many": True},
        {
            "key": "why",
            "kind": "text",
            "label": "Why not?",
            "required": True,
            "show_if": {"key": "yes_no", "in": [False]},
        },
        {
            "key": "which",
            "kind": "one_of",
            "label": "Which?",
            "choices": [{"value": v, "label": v.upper()} for v in "cd"],
            "show_if": {"key": "several_of", "in": ["a", "b"]},
        },
    ],
}


@pytest.fixture
def show(app):
    """A function that gives the page of a form, checked, as lxml's tree."""

    def page(
        form: forms.Form, raw: Any = None, problems: Any = (), options: Any = OPTIONS
    ) -> html.HtmlElement:
        with app.test_request_context("/"):
            targets = fields.targets(form, problems)
            text = render_template_string(
                PAGE, form=form, raw=raw or {}, problems=problems, options=options, targets=targets
            )
        found = visitor.problems(text)
        assert found == [], found
        return html.fromstring(text)

    return page


@pytest.fixture
def form() -> forms.Form:
    return forms.parse(EVERY_KIND)


def sent_from(page: html.HtmlElement) -> MultiDict[str, str]:
    return MultiDict(page.forms[0].form_values())


def test_every_box_has_a_label_and_every_group_a_legend(show, form):
    page = show(form)
    for box in page.xpath("//form//input[not(@type='hidden')] | //form//select | //form//textarea"):
        assert page.xpath("//label[@for=$id]", id=box.get("id")), html.tostring(box)
    for choice in page.xpath("//input[@type='radio' or @type='checkbox']"):
        assert choice.xpath("ancestor::fieldset/legend"), html.tostring(choice)
    for described in page.xpath("//@aria-describedby"):
        for name in described.split():
            assert page.xpath("//*[@id=$id]", id=name), name
    assert {box.get("autocomplete") for box in page.xpath("//input[@inputmode='numeric']")} == {"off"}
    assert "Only your agency sees this." in page.text_content()
    assert "1 < 2" in page.text_content()
    assert "Agencies (optional)" in page.text_content()
    assert "Day (optional)" not in page.text_content()


def test_every_message_stands_beside_its_question_and_its_link_leads_to_a_box(show, form):
    with pytest.raises(Invalid) as refused:
        forms.read(form, {"yes_no": "no"}, OPTIONS)
    problems = refused.value.problems
    assert len(problems) == len(forms.KINDS), "one for each kind but yes or no, which shows one question more"
    page = show(form, {"yes_no": "no"}, problems)
    links = page.xpath("//*[contains(@class, 'govuk-error-summary__list')]//a")
    assert [link.text_content().strip() for link in links] == [problem.message for problem in problems]
    for link, problem in zip(links, problems, strict=True):
        (box,) = page.xpath("//*[@id=$id]", id=link.get("href").removeprefix("#"))
        assert box.tag in ("input", "textarea", "select"), problem
        group = box.xpath("ancestor::*[contains(@class, 'govuk-form-group--error')]")[0]
        assert problem.message in group.text_content()


def test_only_the_boxes_at_fault_are_marked(show, form):
    with pytest.raises(Invalid) as refused:
        forms.read(form, {"date_": {"day": "27", "month": "", "year": "2027"}})
    (problem,) = [problem for problem in refused.value.problems if problem.field == "date_"]
    page = show(form, {"date_": {"day": "27", "month": "", "year": "2027"}}, [problem])
    assert fields.targets(form, [problem]) == {"date_": "q-date_-month"}
    marked = page.xpath("//input[contains(@class, 'govuk-input--error')]/@id")
    assert marked == ["q-date_-month"]
    everywhere = show(form, {}, [FieldProblem("date_", "Wrong")])
    assert len(everywhere.xpath("//input[contains(@class, 'govuk-input--error')]")) == 3


def test_a_conditional_question_says_when_it_is_asked_and_tells_the_script(show, form):
    page = show(form)
    why, which = page.xpath("//*[@data-show-if]")
    assert why.get("data-show-if") == "q-yes_no"
    assert json.loads(why.get("data-show-for")) == [False]
    assert "Only if the answer to “A “yes_no” & more” is: No" in why.text_content()
    assert json.loads(which.get("data-show-for")) == ["a", "b"]
    assert which.get("hidden") is None, "without a script it must be there"


def test_what_was_typed_is_shown_again_even_if_it_is_wrong(show, form):
    raw = {
        "text": '"><script>alert(1)</script>',
        "whole_number": "many",
        "date_": {"day": "31", "month": "2", "year": "soon"},
        "datetime": {"day": "1", "hour": "25", "minute": "61", "fold": "1"},
        "person": {"name": "", "phone": "ask"},
        "people": [{"name": "Jan", "phone": "1"}, {"name": "", "phone": "2"}],
        "several_of": ["b"],
        "yes_no": "yes",
        "one_of": "a",
        "agency": "agency_2",
        "agencies": ["agency_1"],
        "user": "user_3",
    }
    page = show(form, raw)
    assert not page.xpath("//script")
    again = fields.posted(form, sent_from(page))
    for key, typed in raw.items():
        assert _without_blanks(again[key]) == _without_blanks(typed), key


def _without_blanks(value: Any) -> Any:
    return {part: text for part, text in value.items() if text} if isinstance(value, dict) else value


@pytest.mark.parametrize(
    "raw", [{q["key"]: value for q in EVERY_KIND["questions"]} for value in (7, "x", [], {}, [{}])]
)
def test_a_draft_of_another_shape_breaks_no_page(show, form, raw):
    show(form, raw)


def test_nothing_ticked_is_an_answer_and_a_question_not_shown_is_none(form):
    sent = MultiDict([("q-several_of", ""), ("q-text", " "), ("else", "7"), ("q-unknown", "x")])
    assert fields.posted(form, sent) == {"several_of": [], "text": " "}


def test_a_file_is_described_kept_replaced_and_removed(show, form):
    letter = FileStorage(io.BytesIO(b"%PDF-1.7 words"), "letter.exe", content_type="text/html")
    files = MultiDict([("q-file", letter), ("q-text", letter), ("other", letter)])
    described = {"name": "letter.exe", "type": "application/pdf", "size": 14, "file": ""}
    assert fields.posted(form, MultiDict(), files)["file"] == described
    assert list(fields.sent_files(files, form)) == [
        ("file", {"name": "letter.exe", "type": "application/pdf", "content": b"%PDF-1.7 words"})
    ]
    assert [key for key, _ in fields.sent_files(files)] == ["file", "text"]
    assert list(fields.sent_files(MultiDict([("q-file", FileStorage(io.BytesIO(), ""))]), form)) == []

    kept = {"name": "letter.pdf", "type": "application/pdf", "size": 14, "file": "f-1"}
    page = show(form, {"file": kept})
    assert "Kept: letter.pdf." in page.text_content()
    again = sent_from(page)
    assert fields.posted(form, again)["file"] == {**kept, "size": "14"}
    assert fields.posted(form, again, files)["file"]["file"] == ""
    assert fields.posted(form, MultiDict([*again.items(multi=True), ("q-file-remove", "yes")]))["file"] == {
        "file": ""
    }


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_valid_answers_survive_the_way_through_the_page(show, data):
    form = forms.parse(data.draw(definitions()))
    answers = data.draw(answers_for(form, OPTIONS, today=A_DAY))
    page = show(form, forms.raw(form, answers))
    typed = fields.posted(form, sent_from(page))
    assert _sorted(form, forms.read(form, typed, OPTIONS, today=A_DAY)) == _sorted(form, answers)


def _sorted(form: forms.Form, answers: dict[str, Any]) -> dict[str, Any]:
    """Agencies and users come back in the order in which the page shows them."""
    by_name = {q.key for q in form.questions if q.many and q.kind != "person"}
    return {key: sorted(answer) if key in by_name else answer for key, answer in answers.items()}
