"""What a form asks, what it takes for an answer, and what it says when it cannot."""

import copy
import io
import json
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine import clock, forms
from engine.errors import Invalid
from tests.strategies import A_DAY, answers_for, definitions

RELEASE_NOTICE: dict[str, Any] = {
    "key": "release_notice",
    "title": "Release notice",
    "intro": "Tell the others when this person is to be released.",
    "questions": [
        {
            "key": "release_on",
            "kind": "date",
            "label": "Release date",
            "required": True,
            "date": "release_on",
            "sure": "date_status",
            "min": "today",
            "max": "today+P2Y",
        },
        {
            "key": "date_status",
            "kind": "one_of",
            "label": "How sure is this date?",
            "required": True,
            "choices": [
                {"value": "estimated", "label": "Estimated"},
                {"value": "confirmed", "label": "Confirmed"},
            ],
        },
        {"key": "supervised", "kind": "yes_no", "label": "Is there supervision afterwards?", "fact": True},
        {
            "key": "supervision_ends_on",
            "kind": "date",
            "label": "Supervision ends on",
            "required": True,
            "date": "supervision_ends_on",
            "show_if": {"key": "supervised", "in": [True]},
            "error": "Enter the day supervision ends, or ask probation for it",
        },
        {
            "key": "languages",
            "kind": "several_of",
            "label": "Languages",
            "choices": [{"value": v, "label": v.upper()} for v in ("ca", "es", "nl", "ar")],
            "fact": True,
        },
        {
            "key": "interpreter",
            "kind": "one_of",
            "label": "Interpreter",
            "choices": [
                {"value": "phone", "label": "By telephone"},
                {"value": "present", "label": "In the room"},
            ],
            "required": True,
            "show_if": {"key": "languages", "in": ["ar"]},
        },
        {
            "key": "booking",
            "kind": "text",
            "label": "Booking number",
            "max_length": 12,
            "required": True,
            "show_if": {"key": "interpreter", "in": ["present"]},
        },
        {"key": "contact", "kind": "person", "label": "Contact in prison", "required": True},
        {"key": "leads", "kind": "agency", "label": "Agencies to invite", "many": True, "fact": True},
        {"key": "leave", "kind": "long_text", "label": "Known leave", "audience": ["prison", "probation"]},
        {
            "key": "weeks",
            "kind": "whole_number",
            "label": "Weeks of notice",
            "min": 0,
            "max": 104,
            "fact": True,
        },
        {"key": "savings", "kind": "decimal", "label": "Savings", "min": 0},
        {"key": "call", "kind": "datetime", "label": "Next call", "max": "today+P4W"},
        {"key": "letter", "kind": "file", "label": "Letter", "audience": "agency"},
    ],
}
GOOD: dict[str, Any] = {
    "release_on": {"day": "31", "month": "3", "year": "2027"},
    "date_status": "confirmed",
    "contact": {"name": "Núria Pons", "phone": "+34 93 123 45 67"},
}
OPTIONS = {"agency": {"housing_desk": "Housing desk", "mentor_network": "Mentor network"}}


@pytest.fixture(autouse=True)
def _mid_january():
    with clock.at(datetime.fromisoformat("2027-01-15T09:00:00+01:00")):
        yield


@pytest.fixture
def form() -> forms.Form:
    return forms.parse(RELEASE_NOTICE)


def form_of(*questions: dict[str, Any]) -> forms.Form:
    return forms.parse({"key": "short", "title": "Short", "questions": list(questions)})


def messages(form: forms.Form, raw: Any, **how: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        forms.read(form, raw, **how)
    found = {problem.field: problem.message for problem in refused.value.problems}
    assert len(found) == len(refused.value.problems)
    return found


def wrong(question: dict[str, Any], raw: Any, **how: Any) -> str:
    return messages(form_of({"key": "asked", **question}), {"asked": raw}, **how)["asked"]


def right(question: dict[str, Any], raw: Any, **how: Any) -> Any:
    return forms.read(form_of({"key": "asked", **question}), {"asked": raw}, **how).get("asked")


def found_in(*questions: Any, **parts: Any) -> str:
    definition = {"key": "short", "title": "Short", "questions": list(questions), **parts}
    return " / ".join(problem.message for problem in forms.problems(definition))


# ---- reading answers


def test_a_release_notice_as_it_is_typed(form):
    answers = forms.read(
        form, {**GOOD, "weeks": " 26 ", "savings": "1 250,50", "leave": " none \r\n so far "}
    )
    assert answers == {
        "release_on": "2027-03-31",
        "date_status": "confirmed",
        "contact": {"name": "Núria Pons", "phone": "+34 93 123 45 67"},
        "leave": "none \n so far",
        "weeks": 26,
        "savings": 1250.5,
    }
    assert list(answers) == [q.key for q in form.questions if q.key in answers]


def test_every_problem_is_told_at_once_in_the_order_of_the_questions(form):
    assert messages(form, {"supervised": "yes", "weeks": "many", "call": {"day": "1"}}) == {
        "release_on": "Enter the release date",
        "date_status": "Choose one answer for “How sure is this date?”",
        "supervision_ends_on": "Enter the day supervision ends, or ask probation for it",
        "contact": "Enter the contact in prison",
        "weeks": "Weeks of notice must be a whole number, such as 3",
        "call": "Next call must include a month and a year",
    }


def test_a_problem_can_be_translated_and_names_the_boxes_at_fault(form):
    with pytest.raises(Invalid) as refused:
        forms.read(form, {**GOOD, "release_on": {"day": "31", "month": "", "year": "2027"}})
    (problem,) = refused.value.problems
    assert problem.sentence == "{subject} must include a month"
    assert problem.sentence.format(**problem.words) == problem.message == "Release date must include a month"
    assert problem.parts == ("month",)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"day": "31", "month": "2", "year": "2027"}, "Day must be a real date, such as 27 3 2027"),
        ({"day": "29", "month": "2", "year": "2027"}, "Day must be a real date, such as 27 3 2027"),
        ({"day": "0", "month": "2", "year": "2027"}, "Day must be a real date, such as 27 3 2027"),
        ({"day": "1", "month": "13", "year": "2027"}, "Day must be a real date, such as 27 3 2027"),
        ({"day": "1", "month": "March", "year": "2027"}, "Day must be a real date, such as 27 3 2027"),
        ({"day": "1", "month": "3", "year": "27"}, "Year must include 4 numbers in “Day”"),
        ({"day": "1", "month": "3", "year": "1027"}, "Day must be a real date, such as 27 3 2027"),
        ({"day": "١", "month": "3", "year": "2027"}, "Day must be a real date, such as 27 3 2027"),
        ({"year": "2027"}, "Day must include a day and a month"),
        ({"day": "1", "month": "3"}, "Day must include a year"),
        ("next week", "Day must be a real date, such as 27 3 2027"),
        (20270301, "Day must be a real date, such as 27 3 2027"),
    ],
)
def test_dates_that_do_not_exist(typed, message):
    assert wrong({"kind": "date", "label": "Day"}, typed) == message


@pytest.mark.parametrize(
    "typed",
    [{"day": " 29", "month": "02", "year": "2028 "}, "2028-02-29", "29/2/2028", "29.02.2028", ["2028-02-29"]],
)
def test_dates_however_they_are_written(typed):
    assert right({"kind": "date", "label": "Day"}, typed) == "2028-02-29"


@pytest.mark.parametrize(
    ("limits", "day", "message"),
    [
        ({"max": "today"}, "2027-01-16", "Seen on must be today or in the past"),
        ({"min": "today"}, "2027-01-14", "Seen on must be today or in the future"),
        ({"min": "today+P1W"}, "2027-01-21", "Seen on must be on or after 22 January 2027"),
        ({"max": "today-P18Y"}, "2009-01-16", "Seen on must be on or before 15 January 2009"),
        ({"min": "2027-02-01"}, "2027-01-31", "Seen on must be on or after 1 February 2027"),
    ],
)
def test_limits_of_a_date_hold_and_their_edges_are_allowed(limits, day, message):
    question = {"kind": "date", "label": "Seen on", **limits}
    assert wrong(question, day) == message
    day_inside = date.fromisoformat(day).toordinal() + (1 if "min" in limits else -1)
    assert right(question, date.fromordinal(day_inside).isoformat())


def test_today_is_the_day_where_the_agency_is():
    question = {"kind": "date", "label": "Seen on", "max": "today"}
    with clock.at(datetime.fromisoformat("2027-01-15T23:30:00+00:00")):
        assert right(question, "2027-01-16", timezone="Europe/Madrid")
        assert wrong(question, "2027-01-16", timezone="UTC")


def test_a_time_is_the_agencys_own_and_says_so():
    boxes = {"day": "28", "month": "3", "year": "2027", "hour": "14", "minute": "05"}
    question = {"kind": "datetime", "label": "Meeting"}
    assert right(question, boxes, timezone="Europe/Madrid") == "2027-03-28T14:05:00+02:00"
    assert right(question, "2027-03-28T12:05:00Z", timezone="Europe/Madrid") == "2027-03-28T14:05:00+02:00"
    assert right(question, "2027-03-28T14:05", timezone="Europe/Madrid") == "2027-03-28T14:05:00+02:00"


def test_a_time_that_the_clocks_skip_is_refused_and_one_that_comes_twice_is_kept():
    skipped = {"day": "28", "month": "3", "year": "2027", "hour": "2", "minute": "30"}
    meeting = {"kind": "datetime", "label": "Meeting"}
    assert "clocks go forward" in wrong(meeting, skipped, timezone="Europe/Madrid")
    twice = {"day": "31", "month": "10", "year": "2027", "hour": "2", "minute": "30"}
    assert right(meeting, twice, timezone="Europe/Madrid") == "2027-10-31T02:30:00+02:00"
    later = "2027-10-31T02:30:00+01:00"
    assert right(meeting, later, timezone="Europe/Madrid") == later
    form = form_of({"key": "asked", **meeting})
    typed = forms.raw(form, {"asked": later}, timezone="Europe/Madrid")
    assert forms.read(form, typed, timezone="Europe/Madrid") == {"asked": later}


@pytest.mark.parametrize(
    ("hour", "minute", "message"),
    [
        ("", "", "Meeting must include a time, such as 14 30"),
        ("14", "", "Meeting must include a time, such as 14 30"),
        ("24", "00", "Meeting must have a real time, such as 14 30"),
        ("14", "60", "Meeting must have a real time, such as 14 30"),
        ("2pm", "0", "Meeting must have a real time, such as 14 30"),
    ],
)
def test_times_that_do_not_exist(hour, minute, message):
    boxes = {"day": "28", "month": "3", "year": "2027", "hour": hour, "minute": minute}
    assert wrong({"kind": "datetime", "label": "Meeting"}, boxes) == message


@pytest.mark.parametrize(
    ("kind", "typed", "answer"),
    [
        ("whole_number", "1 000", 1000),
        ("whole_number", "+7", 7),
        ("whole_number", "\u22127", -7),
        ("decimal", "2,5", 2.5),
        ("decimal", "2.50", 2.5),
        ("decimal", ",5", 0.5),
        ("decimal", "3,", 3),
        ("decimal", 2.5, 2.5),
        ("text", "  José\u0000 \n Pérez ", "José Pérez"),
        ("text", "Jose\u0301", "José"),
        ("long_text", "a\r\nb\rc", "a\nb\nc"),
        ("text", " \u00a0 ", None),
        ("yes_no", "no", False),
        ("yes_no", True, True),
        ("yes_no", "", None),
    ],
)
def test_what_is_typed_becomes_a_value(kind, typed, answer):
    assert right({"kind": kind, "label": "Asked"}, typed) == answer


@pytest.mark.parametrize(
    ("kind", "typed", "message"),
    [
        ("whole_number", "2.5", "Asked must be a whole number, such as 3"),
        ("whole_number", "1.000", "Asked must be a whole number, such as 3"),
        ("whole_number", "9" * 5000, "Asked must be a whole number, such as 3"),
        ("decimal", "1.234,5", "Asked must be a number, such as 3 or 2.5"),
        ("decimal", "1e3", "Asked must be a number, such as 3 or 2.5"),
        ("decimal", float("nan"), "Asked must be a number, such as 3 or 2.5"),
        ("decimal", "²", "Asked must be a number, such as 3 or 2.5"),
        ("yes_no", "perhaps", "Choose yes or no for “Asked”"),
        ("text", "x" * 251, "Asked must be 250 characters or fewer"),
        ("person", {"name": "", "phone": "12345"}, "Enter the name that belongs to this phone number"),
        (
            "person",
            {"name": "Jan", "phone": "ask"},
            "Enter a phone number in figures, such as +34 93 123 45 67",
        ),
        ("file", {"name": "a.exe", "type": "application/exe", "size": 3}, "must be one of these types: PDF,"),
        ("file", {"name": "a.pdf", "type": "application/pdf", "size": 0}, "The file “a.pdf” is empty"),
        ("file", {"name": "a.pdf", "type": "application/pdf", "size": 2**24}, "must be smaller than 10 MB"),
        (
            "file",
            {"name": "a.pdf", "type": "application/pdf", "size": 3},
            "Choose the file again for “Asked”",
        ),
    ],
)
def test_what_cannot_be_taken_is_said_in_words(kind, typed, message):
    assert message in wrong({"kind": kind, "label": "Asked"}, typed)


def test_numbers_outside_their_limits_and_choices_nobody_offered(form):
    found = messages(
        form, {**GOOD, "weeks": "105", "savings": "-1", "date_status": "sure", "languages": ["xx"]}
    )
    assert found == {
        "date_status": "Choose one of: Estimated, Confirmed",
        "languages": "Choose one of: CA, ES, NL, AR",
        "weeks": "Weeks of notice must be 104 or less",
        "savings": "Savings must be 0 or more",
    }


def test_a_choice_is_taken_as_it_was_offered():
    question = {
        "kind": "one_of",
        "label": "Asked",
        "choices": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}],
    }
    assert wrong(question, " a") == "Choose one of: A, B"


def test_ticks_are_kept_once_and_in_the_order_of_the_choices(form):
    assert forms.read(form, {**GOOD, "languages": ["nl", "ca", "nl"]})["languages"] == ["ca", "nl"]


def test_questions_appear_by_earlier_answers_and_hidden_ones_are_dropped(form):
    chain = {"languages": ["ar"], "interpreter": "present", "booking": "B-7"}
    assert forms.read(form, {**GOOD, **chain})["booking"] == "B-7"
    assert messages(form, {**GOOD, "languages": ["ar"]}) == {"interpreter": "Choose the interpreter"}
    answers = forms.read(form, {**GOOD, **chain, "languages": ["es"]})
    assert "interpreter" not in answers
    assert "booking" not in answers, "a question below a hidden one is hidden too"
    assert (
        forms.read(form, {**GOOD, "supervised": "no", "supervision_ends_on": "garbage"})["supervised"]
        is False
    )


def test_only_what_was_asked_is_taken(form):
    answers = forms.read(form, {**GOOD, "agreement": "given", "__class__": "x", 7: 8})
    assert set(answers) == set(GOOD)


def test_agencies_users_and_files_are_those_offered(form):
    raw = {**GOOD, "leads": ["housing_desk", "secret_service"]}
    assert messages(form, raw, options=OPTIONS) == {
        "leads": "Choose one of the answers shown for “Agencies to invite”"
    }
    assert forms.read(form, {**GOOD, "leads": "housing_desk"}, OPTIONS)["leads"] == ["housing_desk"]
    assert messages(form, {**GOOD, "leads": ["housing_desk"]}, options={}).keys() == {"leads"}


def test_a_file_is_what_was_noted_when_it_was_kept_and_not_what_the_browser_says(form):
    kept = {"file": {"f1": {"name": "letter.pdf", "type": "application/pdf", "size": 9}}}
    raw = {**GOOD, "letter": {"file": "f1", "name": "evil.exe", "type": "application/x", "size": -1}}
    assert forms.read(form, raw, kept)["letter"] == {**kept["file"]["f1"], "file": "f1"}
    raw["letter"]["file"] = "someone elses"
    assert messages(form, raw, options=kept) == {"letter": "Choose the file again for “Letter”"}
    assert forms.file_problem("x.pdf", "application/pdf", 1) is None
    assert forms.file_problem("x.pdf", "application/pdf", 0) == "The file “x.pdf” is empty"


def _zip(**entries: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name.replace("__", "/"), text)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (_zip(**{"[Content_Types].xml": "", "word__document.xml": "<w/>"}), "Word (docx)"),
        (_zip(mimetype="application/vnd.oasis.opendocument.text"), "OpenDocument (odt)"),
        (_zip(**{"word__document.xml": "<w/>", "word__vbaProject.bin": "macro"}), None),
        (_zip(mimetype="application/vnd.oasis.opendocument.spreadsheet"), None),
        (b"PK\x03\x04 broken", None),
        (b"MZ a program, named letter.pdf", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_bytes_say(content, kind):
    assert forms.FILE_TYPES.get(forms.file_type(content)) == kind


def test_marking_as_already_done_demands_only_what_diagrams_depend_on(form):
    found = messages(form, {"supervised": "yes"}, facts_only=True)
    assert list(found) == ["release_on", "date_status", "supervision_ends_on"]
    short = {key: GOOD[key] for key in ("release_on", "date_status")}
    assert set(forms.read(form, short, facts_only=True)) == set(short)
    assert messages(form, {**short, "savings": "none"}, facts_only=True).keys() == {"savings"}


def test_facts_and_dates_are_what_the_form_marks(form):
    raw = {**GOOD, "supervised": "yes", "supervision_ends_on": "2028-03-31", "weeks": "3", "leave": "secret"}
    answers = forms.read(form, raw)
    assert forms.facts(form, answers) == {"supervised": True, "weeks": 3}
    assert forms.dates(form, answers) == [
        ("release_on", date(2027, 3, 31), "confirmed"),
        ("supervision_ends_on", date(2028, 3, 31), None),
    ]
    assert forms.kinds(form) == {
        "supervised": "yes_no?",
        "languages": "list?",
        "leads": "list?",
        "weeks": "number?",
    }


def test_a_form_is_refilled_with_what_was_answered(form):
    answers = forms.read(form, {**GOOD, "savings": "0,1", "supervised": "no"})
    assert forms.raw(form, answers) == {
        "release_on": {"day": "31", "month": "3", "year": "2027"},
        "date_status": "confirmed",
        "supervised": "no",
        "contact": GOOD["contact"],
        "savings": "0.1",
    }


def test_the_schema_is_json_schema_2020_12_and_knows_the_conditions(form):
    schema = forms.schema(form)
    Draft202012Validator.check_schema(schema)
    json.dumps(schema)
    check = Draft202012Validator(schema)
    answers = forms.read(form, GOOD)
    assert check.is_valid(answers)
    assert not check.is_valid({**answers, "supervised": True})
    assert check.is_valid({**answers, "supervised": True, "supervision_ends_on": "2028-01-01"})
    assert not check.is_valid({**answers, "supervision_ends_on": "2028-01-01"})
    assert not check.is_valid({**answers, "unasked": 1})


# ---- definitions


def test_a_parsed_form_cannot_change_and_equals_its_like(form):
    assert form == forms.parse(json.dumps(RELEASE_NOTICE))
    assert hash(form) == hash(forms.parse(json.dumps(RELEASE_NOTICE).encode()))
    assert form.question("leave").audience == ("prison", "probation")
    assert form.question("date_status").choices[1] == forms.Choice("confirmed", "Confirmed")
    with pytest.raises(AttributeError):
        form.title = "Other"
    with pytest.raises(KeyError):
        form.question("nothing")


def test_an_unusable_definition_tells_all_its_problems_when_parsed():
    with pytest.raises(forms.InvalidForm) as refused:
        forms.parse({"key": "f", "questions": [{"key": "if", "kind": "text"}]})
    assert [(p.question, p.position) for p in refused.value.problems] == [("", 0), ("if", 1), ("if", 1)]
    assert "Give the form a title." in str(refused.value)


A_YES_NO = {"key": "told", "kind": "yes_no", "label": "Told?"}
A_CHOICE = {
    "key": "how",
    "kind": "one_of",
    "label": "How",
    "choices": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}],
}


def asked(kind: str, key: str = "x", label: str = "X", **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "label": label, **more}


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (asked("txet"), "needs a kind of answer (did you mean “text”?)"),
        (asked("text", label=" "), "has no label"),
        (asked("text", requierd=True), "(did you mean “required”?)"),
        (asked("text", key="X"), "needs a key of small letters"),
        (asked("text", key="x\n"), "needs a key of small letters"),
        (asked("text", key="told"), "another question already has the key “told”"),
        (asked("text", key="null"), "has a meaning of its own"),
        (asked("date", key="today"), "has a meaning of its own"),
        (asked("date", key="release_on"), "kept for the question that gives the expected"),
        (asked("whole_number", key="count", fact=True), "is a function in conditions"),
        (asked("one_of"), "write at least two choices"),
        (asked("several_of", choices=[]), "write at least one choice"),
        (
            {**A_CHOICE, "key": "x", "choices": [{"value": "a", "label": "A"}] * 2},
            "two choices have the value “a”",
        ),
        ({**A_CHOICE, "key": "x", "choices": [{"value": "a"}, {}]}, "choice 1 needs a value and a label"),
        (asked("text", choices=A_CHOICE["choices"]), "“choices” has no meaning"),
        (asked("text", min=3), "“min” has no meaning for a short text"),
        (asked("yes_no", max_length=3), "“max_length” has no meaning"),
        (asked("date", many=True), "“many” has no meaning for a date"),
        (asked("text", max_length=0), "whole number from 1 to"),
        (asked("whole_number", min=0.5), "must be whole numbers"),
        (asked("decimal", min=3, max=2), "“min” is larger than “max”"),
        (asked("date", min="tomorrow"), "A limit for a date is a day such as"),
        (asked("date", min="2027-02-30"), "day is out of range"),
        (asked("date", min="today+PT4H"), "A limit for a date is a day such as"),
        (asked("date", min="today+P1Y", max="today"), "“min” lies after “max”"),
        (asked("date", min=5), "are texts, such as"),
        (asked("text", show_if={"key": "tld", "in": [True]}), "no question with this"),
        (asked("text", show_if={"key": "late", "in": [True]}), "which is asked later"),
        (asked("text", show_if={"key": "x", "in": ["a"]}), "its own answer"),
        (asked("text", show_if={"key": "how", "in": ["c"]}), "“c” is not one of"),
        (asked("text", show_if={"key": "how", "in": []}), "at least one answer"),
        (asked("text", show_if={"key": "told", "in": ["yes"]}), "write true or false"),
        (asked("text", show_if={"key": "note", "in": ["a"]}), "not a question with"),
        (asked("text", show_if={"key": "told"}), "needs a key and the list"),
        (asked("text", fact=True), "free text and names must never reach a diagram"),
        (asked("long_text", fact=True), "must never reach a diagram"),
        (asked("file", fact=True), "must never reach a diagram"),
        (asked("person", fact=True), "must never reach a diagram"),
        (asked("date", date="born_on"), "is not a date of a participant"),
        (asked("text", date="released_on"), "“date” has no meaning for a short text"),
        (asked("date", date="released_on", sure="how"), "“estimated” and"),
        (asked("date", sure="how"), "only for a question that gives a date"),
        (asked("text", audience="everyone"), "“audience” is “case”, “agency” or"),
        (asked("text", audience=[]), "“audience” is “case”, “agency” or"),
        (asked("text", required="yes"), "“required” is true or false"),
        (asked("text", hint=3), "“hint” must be a text"),
        (asked("text", label="X" * 501), "longer than 500 characters"),
    ],
)
def test_what_an_editor_is_told(question, message):
    note = {"key": "note", "kind": "text", "label": "Note"}
    late = {"key": "late", "kind": "yes_no", "label": "Late?"}
    assert message in found_in(A_YES_NO, A_CHOICE, note, question, late)
    assert found_in(A_YES_NO, A_CHOICE, note, late) == ""


def test_questions_that_wait_for_each_other_are_told_so():
    first = {"key": "a", "kind": "yes_no", "label": "A", "show_if": {"key": "c", "in": [True]}}
    second = {"key": "b", "kind": "yes_no", "label": "B", "show_if": {"key": "a", "in": [True]}}
    third = {"key": "c", "kind": "yes_no", "label": "C", "show_if": {"key": "b", "in": [True]}}
    assert found_in(first, second, third) == "“A”: it and “c” wait for each other, so neither would be shown."


def test_a_date_of_the_participant_is_given_once():
    day = {"kind": "date", "label": "Day", "date": "released_on"}
    assert "already gives the day of release" in found_in({"key": "a", **day}, {"key": "b", **day})


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"key": NaN}', "[" * 100_000, b"\xff\xfe"])
def test_a_file_that_holds_no_form_is_a_problem_and_not_a_crash(text):
    assert forms.problems(text)


def test_what_is_null_is_as_if_it_were_not_there():
    form = {"key": "f", "title": "F", "questions": [{"key": "x", "kind": "text", "label": "X", "hint": None}]}
    assert forms.parse(form | {"intro": None}) == forms.parse(form)


@pytest.mark.parametrize("role", ["", ["prison"], {}, 3, "nobody"])
def test_a_colleague_is_chosen_by_one_role_that_exists(role):
    question = {"key": "who", "kind": "user", "label": "Who?", "role": role}
    found = forms.problems({"key": "f", "title": "F", "questions": [question]}, roles={"prison": "Prison"})
    assert [problem.message for problem in found] == [
        "“Who?”: “role” names a role, for a question of kind user."
    ]


def test_roles_of_an_audience_are_compared_with_the_catalogue():
    definition = {
        "key": "f",
        "title": "F",
        "questions": [{"key": "x", "kind": "text", "label": "X", "audience": ["prsion"]}],
    }
    assert forms.problems(definition) == []
    (problem,) = forms.problems(definition, roles=["prison", "probation"])
    assert (problem.question, problem.position) == ("x", 1)
    assert problem.message == "“X”: there is no role “prsion” (did you mean “prison”?)."


# ---- for any form and any answer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
PARTS = ["day", "month", "year", "hour", "minute", "fold", "name", "phone", "type", "size", "file"]
TYPED = st.text(max_size=8) | st.integers(-10, 10**20).map(str) | st.dates().map(str) | JSON
GARBAGE = TYPED | st.lists(TYPED, max_size=3) | st.dictionaries(st.sampled_from(PARTS), TYPED)


@settings(deadline=None)
@given(st.data())
def test_valid_answers_survive_the_way_through_the_form(data):
    form = forms.parse(data.draw(definitions()))
    zone = data.draw(st.sampled_from(["UTC", "Europe/Madrid", "America/Santiago"]))
    answers = data.draw(answers_for(form, today=A_DAY, timezone=zone))
    assert forms.read(form, answers, timezone=zone, today=A_DAY) == answers
    typed = json.loads(json.dumps(forms.raw(form, answers, timezone=zone)))
    assert forms.read(form, typed, timezone=zone, today=A_DAY) == answers
    assert Draft202012Validator(forms.schema(form)).is_valid(answers)
    assert set(answers) <= {question.key for question in forms.visible(form, answers)}


@settings(deadline=None)
@given(st.data())
def test_garbage_is_answered_and_never_a_crash(data):
    form = forms.parse(data.draw(definitions()))
    garbage = data.draw(st.fixed_dictionaries({}, optional={q.key: GARBAGE for q in form.questions}) | JSON)
    facts_only = data.draw(st.booleans())
    try:
        answers = forms.read(form, garbage, facts_only=facts_only, today=A_DAY)
    except Invalid as refused:
        for problem in refused.problems:
            assert problem.message
            assert "{" not in problem.sentence.format(**dict.fromkeys(problem.words, ""))
            assert form.question(problem.field)
    else:
        assert Draft202012Validator(forms.schema(form, facts_only)).is_valid(answers)
        assert forms.read(form, forms.raw(form, answers), facts_only=facts_only, today=A_DAY) == answers
        json.dumps(answers, allow_nan=False).encode()


@settings(deadline=None)
@given(JSON)
def test_no_definition_crashes_the_check(definition):
    assert forms.problems(definition)
    assert forms.problems({"key": "f", "title": "F", "questions": definition})
    assert forms.problems({"key": "f", "title": "F", "questions": [definition, definition]})


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_part_of_a_definition_crashes_the_check(data):
    definition = copy.deepcopy(RELEASE_NOTICE)
    question = data.draw(st.sampled_from(definition["questions"]))
    question[data.draw(st.sampled_from([*question, "show_if", "min", "choices", "audience"]))] = data.draw(
        JSON
    )
    found = forms.problems(json.loads(json.dumps(definition)))
    if not found:
        hash(forms.parse(definition))
