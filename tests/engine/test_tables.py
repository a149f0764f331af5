"""Decision tables in real cases: published with their pathway, asked without a person, told to those who may know."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import cases, clock, diagram, journal, library, policy, reports, runner
from engine.errors import Invalid, NotFound
from engine.models import Case, Entry, Fact
from tests import make, routed
from tests.make_bpmn import rule
from tests.make_dmn import dmn, table
from tests.routed import DRAWN, NOTICE, notice


@pytest.fixture
def folder(tmp_path):
    return routed.folder(tmp_path)


@pytest.fixture
def place(db, folder):
    found = make.local_action(db)
    make.publish(db, folder)
    return found


def opened(db):
    person = make.participant(db, by=make.user(db, "prison"))
    return cases.open_case(
        db, make.user(db, "prison"), pathway="small_notice", participant_id=person.id, lanes={}
    )


def announced(db, agreement="given"):
    case = opened(db)
    make.complete(db, case, "ask", by="prison", answers=make.announcement(agreement=agreement))
    return case


def facts_seen(db, role, case):
    rows = db.scalars(
        policy.visible(make.user(db, role), Fact).where(Fact.case_id == case.id, Fact.superseded_at.is_(None))
    )
    return {row.key for row in rows}


def decided(db, case):
    return db.scalars(select(Entry).where(Entry.case_id == case.id, Entry.verb == "decided")).all()


# ---- a case


def test_the_table_says_whose_turn_it_is_and_no_person_is_asked(db, place):
    assert make.open_steps(db, announced(db)) == ["early"]


def test_the_journal_says_which_table_which_version_and_which_rules_and_no_value(db, place):
    case = announced(db)
    (entry,) = decided(db, case)
    assert entry.user_id is None
    assert entry.codes == {
        "pathway": "small_notice",
        "step": "r",
        "decision": "notice_period",
        "version": 1,
        "rules": {"notice_period": ["notice_period_1"]},
    }
    assert list(journal.verify(db)) == []


def test_what_a_table_found_is_for_those_who_may_read_all_that_it_asked(db, place):
    case = announced(db, agreement="refused")
    assert make.open_steps(db, case) == ["late"]
    assert {"agreement", "notice", "notice_weeks"} <= facts_seen(db, "coordinator", case)
    assert not {"agreement", "notice", "notice_weeks"} & facts_seen(db, "housing", case)
    (entry,) = decided(db, case)
    assert entry.audience == "|coordinator|prison|"
    # The step behind the gateway tells what was found, so it tells what was asked.
    edition = library.edition(db, case.version_id)
    assert edition.audience(edition.node("small_notice", "late")) == "|coordinator|prison|"


def test_why_tells_of_the_table_to_who_may_know(db, place):
    case = announced(db)
    page = reports.case_page(db, make.user(db, "coordinator"), case.id)
    told = [str(line.sentence) for line in page.why]
    assert any(
        "the decision table “Notice period” (version 1) was asked: rule 1 fitted." in one for one in told
    )
    task = make.task(db, case, "early")
    page = reports.task_page(db, make.user(db, "coordinator"), task.id)
    assert "Decision table “Notice period”, version 1: rule 1 fitted" in [
        str(one.sentence) for one in page.why
    ]
    known = {str(one.label): (one.value, str(one.source)) for one in page.known}
    assert known["notice_weeks"] == ("8", "the table “Notice period”")


def test_a_stored_case_goes_on_after_everything_in_memory_is_lost(connect, folder):
    with connect() as db:
        make.local_action(db)
        make.publish(db, folder)
        case_id = announced(db).id
    library.editions._editions.clear()
    runner.plans._plans.clear()
    with connect() as db:
        case = db.get_one(Case, case_id)
        make.complete(db, case, "early", by="coordinator", answers={"found": "yes"})
        assert (case.status, case.ended) == ("closed", "e")


def test_a_table_that_cannot_decide_keeps_the_answers_and_tells_nobody_what_they_say(db, place, folder):
    (folder / "workflows/notice_period.dmn").write_text(notice(policy="UNIQUE"))
    make.publish(db, folder)
    case = announced(db)
    assert case.status == "stuck"
    # Which rules fit would tell what was answered to everyone who repairs cases.
    assert "cannot decide" in case.stuck["message"]["template"]
    assert case.stuck["message"]["words"] == {}
    page = reports.repair_page(db, make.user(db, "coordinator"), case.id)
    assert "Does the participant agree?" in [str(one.label) for one in page.facts]
    marta, reason = make.user(db, "coordinator"), "The prison asks for more time."
    cases.move_on(db, marta, case.id, step="r", reason=reason)
    # Without what the table would have found, the next decision is a person's too.
    assert (case.status, case.stuck["step"]) == ("stuck", "x")
    cases.move_on(db, marta, case.id, step="x", flow="x_early", reason=reason)
    assert make.open_steps(db, case) == ["early"]
    assert decided(db, case) == []


def test_what_rests_on_an_agency_s_own_answers_stays_with_that_agency(db, folder):
    form = folder / "forms/announcement.json"
    form.write_text(form.read_text().replace('["prison", "coordinator"]', '"agency"'))
    make.local_action(db)
    make.publish(db, folder)
    case = announced(db, agreement="refused")
    fact = db.scalars(select(Fact).where(Fact.case_id == case.id, Fact.key == "notice")).one()
    prison = make.user(db, "prison").memberships[0].agency_id
    assert (fact.audience, fact.agency_id, fact.task_id) == ("agency", prison, None)
    assert "notice" in facts_seen(db, "prison", case)
    assert "notice" not in facts_seen(db, "coordinator", case)


def test_a_deadline_may_count_from_a_day_that_a_table_found(db, folder):
    outputs = [("notice", "string"), ("answer_by", "date")]
    rules = [['"given"', '"early"', 'today + duration("P10D")'], ["-", '"late"', "today"]]
    given = dmn(table("notice_period", ["agreement"], outputs, rules, policy="FIRST"))
    (folder / "workflows/notice_period.dmn").write_bytes(given)
    drawn = DRAWN.replace(b'id="early"', b'id="early" t:dueAnchor="answer_by" t:dueOffset="P2D"')
    (folder / "workflows/small_notice.bpmn").write_bytes(drawn)
    make.local_action(db)
    make.publish(db, folder)
    due = make.task(db, announced(db), "early").due_at
    assert due.date() == clock.today("Europe/Madrid") + timedelta(days=12)


# ---- files of an edition


def test_a_version_holds_its_tables_and_running_cases_keep_theirs(db, place, folder):
    case = opened(db)
    (folder / "workflows/notice_period.dmn").write_text(notice([['"refused"', "4", '"early"'], NOTICE[1]]))
    make.publish(db, folder)
    assert [
        one.number for one in [library.current(db, "small_notice"), library.current(db, "small_release")]
    ] == [2, 1]
    assert set(library.current(db, "small_notice").content["tables"]) == {"notice_period"}
    assert "tables" not in library.current(db, "small_release").content
    make.complete(db, case, "ask", by="prison", answers=make.announcement())
    assert make.open_steps(db, case) == ["early"]
    assert decided(db, case)[0].codes["version"] == 1


def test_export_writes_the_tables_back(db, place, tmp_path):
    written = library.export_folders(db, tmp_path / "out/workflows", tmp_path / "out/forms")
    assert (tmp_path / "out/workflows/notice_period.dmn") in written
    assert (tmp_path / "out/workflows/notice_period.dmn").read_text() == notice()


def test_a_table_with_errors_is_not_published(db, place, folder):
    (folder / "workflows/notice_period.dmn").write_text(notice([['"given"', '"eight"', '"early"']]))
    with pytest.raises(library.NotPublishable) as refused:
        make.publish(db, folder)
    assert "must be a number" in str(refused.value.problems["notice_period.dmn"][0].message)
    assert "has problems itself" in str(refused.value.problems["small_notice.bpmn"][0].message)


def test_an_editor_uploads_a_table_and_a_second_one_publishes_it(db, place):
    rosa, pere = make.editors(db)
    path, text = library.read_file("table (1).dmn", notice([["-", "4", '"late"']]).encode())
    assert path == "tables/notice_period"
    change = library.save_change(db, rosa, "small_notice", {path: text})
    assert [str(one.words) for one in reports.change_page(db, rosa, "small_notice").differences] == [
        'Removed from “Notice period”: the rule for anything: “notice_weeks” 2, “notice” "late".',
        'Rule 1 of “Notice period” is now: for anything: “notice_weeks” 4, “notice” "late". It was: for “agreement” '
        '"given": “notice_weeks” 8, “notice” "early".',
    ]
    # A way that is drawn can never be taken now.
    assert ["notice" in str(one.words) for one in library.check(db, change)] == [True]
    text = notice([['"given"', "4", '"early"'], NOTICE[1]])
    library.save_change(db, rosa, "small_notice", {path: text})
    library.hand_in(db, rosa, change.id)
    (version,) = library.publish_change(db, pere, change.id)
    assert (version.pathway.key, version.number) == ("small_notice", 2)
    library.go_back(db, rosa, "small_notice", 1)
    assert json.loads(json.dumps(library.prepared(db, "small_notice").files)) == {path: notice()}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (dmn(), "no decision in this file"),
        (dmn(table("Notice", ["a"], ["n"], [["-", "1"]])), "small letters, digits and _"),
        (
            dmn(*(table(key, ["a"], ["n"], [["-", "1"]]) for key in ("one", "two"))),
            "one decision that pathways call",
        ),
        (b"<html/>", "not a DMN decision table"),
    ],
)
def test_what_is_no_table_of_ours_is_refused_in_a_sentence(content, sentence):
    with pytest.raises(Invalid) as refused:
        library.read_file("table.dmn", content)
    assert sentence in str(refused.value.problems[0].message)


def test_a_table_that_no_step_calls_is_said_to_be_of_no_use(db, place):
    rosa, _ = make.editors(db)
    text = dmn(table("other", ["agreement"], ["n"], [["-", "1"]])).decode()
    change = library.save_change(db, rosa, "small_notice", {"tables/other": text})
    assert [str(one.words) for one in library.check(db, change)] == [
        "No step calls this table, so it would not be published."
    ]


def test_editors_read_the_table_rule_by_rule_and_nobody_else_does(db, place):
    rosa, _ = make.editors(db)
    (grid,) = reports.pathway_page(db, rosa, "small_notice").tables
    assert (grid.name, grid.asked, grid.found) == (
        "Notice period",
        ["Does the participant agree?"],
        ["notice_weeks", "notice"],
    )
    assert [[str(cell) for cell in row.cells] for row in grid.rows] == [
        ['"given"', "8", '"early"'],
        ["anything", "2", '"late"'],
    ]
    assert reports.pathway_file(db, rosa, "small_notice", "tables/notice_period", changed=False) == notice()
    with pytest.raises(NotFound):
        reports.pathway_file(db, rosa, "small_notice", "tables/nothing", changed=False)


# ---- what lies beside a diagram


def codes(path: Path) -> list[str]:
    catalogues: dict = {}
    read = diagram.read_decisions(str(path), catalogues)
    return [one.code for one in read.problems]


def test_a_table_of_our_folders_is_checked_with_the_facts_there_are(folder):
    workflows = folder / "workflows"
    assert codes(workflows / "notice_period.dmn") == []
    (workflows / "notice_period.dmn").write_text(notice([['"maybe"', "8", '"early"']]))
    assert codes(workflows / "notice_period.dmn") == ["cell_faulty"]
    (workflows / "another_name.dmn").write_text(notice())
    assert codes(workflows / "another_name.dmn") == ["decided_elsewhere", "key_differs"]
    assert codes(folder / "nothing.dmn") == ["unreadable_file"]
    (workflows / "roles.json").write_text("[")
    assert codes(workflows / "notice_period.dmn") == ["folder_unreadable"]


def test_what_two_tables_of_one_pathway_find_must_have_two_names(folder):
    workflows = folder / "workflows"
    (workflows / "second.dmn").write_text(
        dmn(table("second", ["agreement"], ["notice"], [["-", '"late"']])).decode()
    )
    twice = DRAWN.replace(b"s_ask", b"s_ask").replace(
        b"</b:process>", rule("r2", "second").encode() + b"</b:process>"
    )
    (workflows / "small_notice.bpmn").write_bytes(twice)
    read = diagram.read_file(str(workflows / "small_notice.bpmn"), {})
    assert {"result_twice"} <= {one.code for one in read.problems}
