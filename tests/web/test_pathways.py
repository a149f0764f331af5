"""The pages of pathway editors: looked at, changed, refused, published by the second person."""

import io
import re

import pytest

from engine import library
from tests import make, routed

SMALL = "/pathways/small_release"
CHANGE = f"{SMALL}/change"
STEP = f"{SMALL}/diagrams/small_release/steps/announce"
HAND_IN, PUBLISH = "Hand in for publishing", "Publish for new cases"


@pytest.fixture
def rosa(world, connect, signed_in_as):
    with connect() as db:
        make.editors(db)
    return signed_in_as("editor")


@pytest.fixture
def pere(rosa, signed_in_as):
    return signed_in_as("editor2")


def upload(visitor, name, content, at=SMALL):
    visitor.get(at)
    return visitor.send(
        {"file": (io.BytesIO(content), name)}, button="Upload", content_type="multipart/form-data"
    )


def source(connect):
    with connect() as db:
        return library.current_files(db)["diagrams"]["small_release"]


def test_only_editors_have_the_pages(rosa, signed_in_as):
    rosa.get("/pathways")
    assert rosa.says("Small release")
    assert rosa.says("fewer than five")
    nuria = signed_in_as("prison")
    nuria.get("/tasks")
    assert "Pathways" not in nuria.text
    for path in ("/pathways", SMALL, STEP, f"{SMALL}/forms/housing", f"{SMALL}/files/diagrams/small_release"):
        assert nuria.get(path).status_code == 403
    assert rosa.get("/cases").status_code == 200
    assert "TC-" not in rosa.text


def test_how_many_cases_run_is_never_a_small_number(rosa, connect):
    with connect() as db:
        for number in range(2, 6):
            make.case(db, name=f"Person {number}", number=f"N-{number}")
    rosa.get(SMALL)
    assert rosa.says("Running cases 5")


def test_a_pathway_is_read_without_its_drawing(rosa):
    rosa.get(SMALL)
    for words in (
        "Step: Prison case worker",
        "Write down what is known.",
        "Due 5 working days after the opening of the case.",
        "Decision: one way is taken",
        "if no other way is",
        "Version 1, the current one",
    ):
        assert rosa.says(words)
    rosa.get(f"{SMALL}/forms/announcement")
    assert rosa.says("As staff see it")
    answer = rosa.get(f"{SMALL}/files/diagrams/small_release")
    assert "attachment" in answer.headers["Content-Disposition"]
    for path in (
        "/pathways/nothing",
        f"{SMALL}/versions/7",
        f"{SMALL}/forms/nothing",
        f"{SMALL}/files/keys/web",
        CHANGE,
    ):
        assert rosa.get(path).status_code == 404


def test_one_prepares_and_another_publishes(rosa, pere, connect):
    rosa.submit(STEP, {"number": "2", "unit": "weeks", "days": "calendar"}, button="Keep this in the change")
    assert rosa.says("is due 2 weeks after the opening of the case, no longer 5 working days")
    rosa.send(button=HAND_IN)
    assert rosa.says("Waits to be published")
    assert rosa.says("You took part in this change, so another editor publishes it")
    pere.submit(CHANGE, {"comment": ""}, button="Send it back")
    assert pere.says("Enter what is still to be done")
    pere.send({"comment": "Three weeks, please."}, button="Send it back")
    rosa.get(CHANGE)
    assert rosa.says("Three weeks, please.")
    rosa.submit(STEP, {"number": "3"}, button="Keep this in the change")
    rosa.send(button=HAND_IN)
    pere.submit(CHANGE, button=PUBLISH)
    assert pere.says("Version 2, the current one")
    assert pere.says("is due 3 weeks after the opening of the case")
    assert "P3W" in source(connect)
    rosa.submit(f"{SMALL}/versions/1", button="Go back to this version")
    assert rosa.says("no longer 3 weeks after")


def test_what_is_typed_wrongly_is_kept_beside_its_sentence(rosa):
    answer = rosa.submit(
        STEP, {"name": "", "number": "many", "takes_number": "x"}, button="Keep this in the change"
    )
    assert answer.status_code == 422
    assert rosa.says("Enter a whole number, such as 2")
    assert 'value="many"' in answer.text
    answer = rosa.send({"name": "", "number": "2", "takes_number": ""}, button="Keep this in the change")
    assert rosa.says("Enter a name of at most 120 characters")


def test_an_unchanged_step_is_no_change(rosa):
    rosa.submit(STEP, button="Keep this in the change")
    assert rosa.says("Nothing is different yet.")
    assert rosa.send(button=HAND_IN).status_code == 403
    assert rosa.says("Nothing is different yet.")
    rosa.send(button="Throw it away")
    assert rosa.says("The change was given up")


def test_somebody_else_was_quicker(rosa, pere):
    pere.get(STEP)
    rosa.submit(STEP, {"number": "7"}, button="Keep this in the change")
    answer = pere.send({"number": "8"}, button="Keep this in the change")
    assert answer.status_code == 409
    assert pere.says("Somebody else has worked on this change")
    assert 'value="8"' in answer.text


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.bpmn", b"", "This file is empty"),
        ("a.bpmn", b"Dear colleague", "There is a problem"),
        ("a.bpmn", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "There is a problem"),
        ("a.bpmn", b"<a>" + b"x" * 10_000_000, "5 MB"),
        ("a.json", b"{]", "it is no JSON"),
    ],
    ids=["empty", "text", "entities", "large", "json"],
)
def test_rubbish_gets_a_sentence(rosa, name, content, told):
    assert upload(rosa, name, content).status_code == 422
    assert rosa.says(told)
    rosa.get("/pathways")
    assert not rosa.says("Being prepared")


def test_a_file_with_errors_is_kept_and_told_of(rosa, connect):
    wrong = source(connect).replace('throughcare:form="announcement"', 'throughcare:form="anouncement"')
    assert upload(rosa, "release (2).bpmn", wrong.encode()).status_code == 200
    assert rosa.says("The file is kept")
    assert rosa.says("To be mended:")
    assert rosa.says("anouncement")
    assert rosa.send(button=HAND_IN).status_code == 403
    assert rosa.get(f"{SMALL}/files/diagrams/small_release?change=yes").text == wrong


def test_a_file_of_another_pathway_is_sent_where_it_belongs(rosa, connect):
    other = source(connect).replace('id="small_release"', 'id="short_release"').encode()
    assert upload(rosa, "a.bpmn", other).status_code == 422
    assert rosa.says("This file holds another pathway")
    upload(rosa, "a.bpmn", other, at="/pathways")
    assert rosa.says("Added: the pathway “Small release”.")
    assert upload(rosa, "a.bpmn", source(connect).encode(), at="/pathways").status_code == 422
    assert rosa.says("There is a pathway with this id already")
    assert rosa.says("short_release")


def test_looking_writes_nothing_and_strange_ids_are_not_found(rosa):
    rosa.get("/pathways")
    token = re.search(r'name="csrf_token" value="([^"]+)"', rosa.get(SMALL).text)[1]
    for act in ("hand-in", "publish", "give-up", "take-over", "take-out", "send-back"):
        answer = rosa.post(f"{CHANGE}/{act}", data={"csrf_token": token, "change": "nonsense"})
        assert answer.status_code == 404


def test_each_hand_s_turn_is_told_in_the_site(rosa, pere):
    rosa.submit(STEP, {"number": "9"}, button="Keep this in the change")
    rosa.send(button=HAND_IN)
    pere.get("/notices")
    assert pere.says("A change of a pathway waits for a second person to publish it.")
    pere.submit(CHANGE, {"comment": "Nine days are too many."}, button="Send it back")
    rosa.get("/notices")
    assert rosa.says("A change of a pathway that you prepared was sent back.")
    assert not rosa.says("waits for a second person")


def test_a_translation_is_taken_over_with_one_press(rosa, connect):
    foreign = source(connect).replace('agreement = "given"', "#{agreement eq 'given'}")
    foreign = foreign.replace("found = true", "found is True")
    upload(rosa, "camunda.bpmn", foreign.encode())
    assert rosa.says("is written for another system. Write: agreement =")
    assert rosa.says("Write all 2 as shown")
    assert rosa.send(button="Write it so").status_code == 200
    assert rosa.says("Written in FEEL")
    assert not rosa.says("Write all 2 as shown")
    text = rosa.get(f"{SMALL}/files/diagrams/small_release?change=yes").text
    assert text.count("#{agreement") + text.count("found is True") == 1
    rosa.get(CHANGE)
    stale = rosa.send(button="Write it so")
    assert stale.status_code == 200
    assert rosa.says("Nothing is wrong")


# ---- decision tables


@pytest.fixture
def notice(rosa, connect, tmp_path):
    with connect() as db:
        make.publish(db, routed.folder(tmp_path))
    return "/pathways/small_notice"


def test_a_table_is_read_rule_by_rule_and_downloaded(rosa, notice):
    rosa.get(notice)
    for words in (
        "Decided by a table, without a person",
        "The decision table is “Notice period”.",
        "The first rule that fits counts (FIRST).",
        "Rule Does the participant agree? Then: notice_weeks Then: notice",
        'Rule 1 "given" 8 "early"',
        'Rule 2 anything 2 "late"',
    ):
        assert rosa.says(words)
    answer = rosa.get(f"{notice}/files/tables/notice_period")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="notice_period.dmn"'
    assert answer.data == routed.notice().encode()


def test_a_table_is_changed_like_a_diagram(rosa, pere, notice):
    changed = routed.notice([['"given"', "6", '"early"'], routed.NOTICE[1]]).encode()
    upload(rosa, "notice_period.dmn", changed, at=notice)
    assert rosa.says('Rule 1 of “Notice period” is now: for “agreement” "given": “notice_weeks” 6')
    assert rosa.says("notice_period (decision table)")
    rosa.send({}, button=HAND_IN)
    pere.get(f"{notice}/change")
    pere.send({}, button=PUBLISH)
    assert pere.says("Version 2, the current one")


def test_what_is_wrong_with_a_table_is_said_beside_it(rosa, notice):
    wrong = routed.notice([['"perhaps"', "6", '"early"'], routed.NOTICE[1]]).encode()
    upload(rosa, "notice_period.dmn", wrong, at=notice)
    assert rosa.says('Rule 1, “agreement”, of “Notice period”: “agreement” can never be "perhaps".')
    upload(rosa, "torn.dmn", b"<definitions/>", at=notice)
    assert rosa.says("This is not a DMN decision table")


def test_a_table_is_no_new_pathway(rosa, notice):
    upload(rosa, "notice_period.dmn", routed.notice().encode(), at="/pathways")
    assert rosa.says("Upload it on the page of the pathway that calls it.")
