"""Stories of cases that are played from the command line, and what their traces say."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import parameters, play
from engine.__main__ import main
from tests.engine.drawing import draw
from tests.engine.test_diagram_problems import line
from tests.make_bpmn import pathway, user
from tests.make_dmn import dmn, table


class Stage:
    """A folder with drawn diagrams, and plays of them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def draw(self, drawn: str | bytes, key: str = "p") -> str:
        file = self.folder / f"{key}.bpmn"
        file.write_bytes(draw(drawn, key) if isinstance(drawn, str) else drawn)
        return str(file)

    def told(
        self, drawn: str, *script: dict[str, Any], options: tuple[str, ...] = (), others: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """What a play of a diagram, drawn or in a file, says as JSON."""
        file = drawn if os.path.exists(drawn) else self.draw(drawn)
        code, out, err = self.run(file, *script, options=(*others, "--json", *options))
        assert code == 0, out + err
        told: dict[str, Any] = json.loads(out)
        if told["status"] == "completed":
            # Whatever was entered was left or taken back.
            events = [(one["element"], one["event"] == "entered") for one in told["trace"]]
            assert sorted(one for one, entered in events if entered) == sorted(
                one for one, entered in events if not entered
            )
        return told

    def run(self, file: str, *script: Any, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
        steps = self.folder / "steps.json"
        steps.write_text(json.dumps(script))
        code = main(["play", file, *options, *(["--script", str(steps)] if script else [])])
        return (code, *self.capsys.readouterr())


@pytest.fixture
def stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Stage:
    return Stage(tmp_path, capsys)


def moves(told: dict[str, Any]) -> str:
    """A trace in short: + entered, - left, ! cancelled."""
    signs = {"entered": "+", "left": "-", "cancelled": "!"}
    return " ".join(signs[one["event"]] + one["element"] for one in told["trace"])


def done(step: str, **answers: Any) -> dict[str, Any]:
    return {"complete": step, "answers": answers}


def heard(message: str, **payload: Any) -> dict[str, Any]:
    return {"message": message, "payload": payload}


def alarm(signal: str) -> dict[str, Any]:
    return {"signal": signal}


def later(by: str) -> dict[str, Any]:
    return {"advance": by}


AUTO = ("--auto",)
LINE = "start s; user a; manual b; end e; s -> a -> b -> e"


def test_a_line(stage: Stage) -> None:
    told = stage.told(LINE, options=AUTO)
    assert (told["status"], told["open"], told["reason"]) == ("completed", [], None)
    assert moves(told) == "+s -s +a -a +b -b +e -e"
    assert told["trace"][0] == {
        "at": play.BEGUN.isoformat(),
        "event": "entered",
        "element": "s",
        "name": "s",
    }


def test_without_a_script_it_begins_and_waits(stage: Stage) -> None:
    told = stage.told(LINE)
    assert (told["status"], told["reason"]) == ("open", "Steps wait to be completed: 1.")
    assert told["open"] == [{"element": "a", "name": "a", "kind": "task", "for": None, "due_at": None}]


def test_a_decision_and_a_loop(stage: Stage) -> None:
    told = stage.told(
        """start s; exclusive m; user a; exclusive g; end e; s -> m -> a -> g; g -> m : needs = "more"; g => e""",
        done("a", needs="more"),
        done("a", needs="none"),
    )
    assert moves(told) == "+s -s +m -m +a -a +g -g +m -m +a -a +g -g +e -e"


def test_parallel_branches_are_joined_once(stage: Stage) -> None:
    told = stage.told(
        "start s; parallel f; user a; user b; parallel j; end e; s -> f -> a -> j -> e; f -> b -> j",
        done("b"),
        done("a"),
    )
    assert moves(told) == "+s -s +f -f +a +b -b -a +j -j +e -e"


def test_inclusive_branches(stage: Stage) -> None:
    drawn = """
        start s; inclusive f; user a; user b; user c; inclusive j; end e
        s -> f; f -> a : 1 < 2; f -> b : 2 < 1; f -> c : 2 < 3; a -> j; b -> j; c -> j; j -> e
    """
    assert moves(stage.told(drawn, options=AUTO)) == "+s -s +f -f +a +c -a -c +j -j +e -e"


GATEWAY = """
    start s; first g; catch m message=answer; catch t timer=P14D; user a; user b; end e; end f
    s -> g; g -> m -> a -> e; g -> t -> b -> f
"""


def test_an_event_gateway_takes_what_comes_first(stage: Stage) -> None:
    told = stage.told(GATEWAY, heard("answer"), done("a"))
    assert moves(told) == "+s -s +g -g +m +t !t -m +a -a +e -e"
    late = stage.told(GATEWAY, later("P13D"), later("P1D"), options=AUTO)
    assert moves(late) == "+s -s +g -g +m +t !m -t +b -b +f -f"
    assert {one["at"] for one in late["trace"] if one["element"] == "b"} == {"2027-01-18T09:00:00+00:00"}


EDGE = """
    start s; user a; boundary late on=a timer=P2D; boundary ask on=a message=question beside
    user b; user c; end e; end f; end g
    s -> a -> e; late -> b -> f; ask -> c -> g
"""


def test_a_timer_on_an_edge_cancels_the_step(stage: Stage) -> None:
    assert moves(stage.told(EDGE, later("P2D"))) == "+s -s +a !a +late -late +b"


def test_a_message_on_an_edge_comes_beside_and_again(stage: Stage) -> None:
    told = stage.told(EDGE, heard("question"), heard("question"), options=AUTO)
    assert moves(told) == "+s -s +a +ask -ask +c +ask -ask +c -a +e -e -c +g -g -c +g -g"


def test_a_timer_that_repeats_tells_its_true_dates(stage: Stage) -> None:
    drawn = """
        start s; user a; boundary t on=a cycle=R3/PT1H beside; user b; end e; end f; s -> a -> e; t -> b -> f
    """
    told = stage.told(drawn, later("P1D"))
    assert [one["at"][11:16] for one in told["trace"] if one["element"] == "t"] == [
        "10:00", "10:00", "11:00", "11:00", "12:00", "12:00"
    ]  # fmt: skip


def test_a_step_done_several_times(stage: Stage) -> None:
    drawn = "start s; user a times=3; end e; s -> a -> e"
    assert moves(stage.told(drawn, options=AUTO)) == "+s -s +a +a +a -a -a -a +e -e"
    one_by_one = "start s; user a times=2 sequential; end e; s -> a -> e"
    assert moves(stage.told(one_by_one, options=AUTO)) == "+s -s +a -a +a -a +e -e"
    enough = """start s; user a times=3 done='item = item'; end e; s -> a -> e"""
    assert moves(stage.told(enough, done("a"))) == "+s -s +a +a +a -a !a !a +e -e"
    never = "start s; user a times=0; end e; s -> a -> e"
    assert moves(stage.told(never)) == "+s -s +a -a +e -e"


SUB = """
    start s; sub part {
        start is; user a; end ie; is -> a -> ie
    }
    boundary late on=part timer=P1W; user b; end e; end f
    s -> part -> e; late -> b -> f
"""


def test_a_sub_process_and_its_end_from_outside(stage: Stage) -> None:
    assert moves(stage.told(SUB, options=AUTO)) == "+s -s +part +is -is +a -a +ie -ie -part +e -e"
    assert moves(stage.told(SUB, later("P1W"))) == "+s -s +part +is -is +a !part !a +late -late +b"


def test_what_an_event_starts(stage: Stage) -> None:
    drawn = """
        start s; user a; end e; s -> a -> e
        handler h { ; start hs message=recalled ; user b ; end he ; hs -> b -> he ; }
    """
    told = stage.told(drawn, heard("recalled"), options=AUTO)
    assert moves(told) == "+s -s +a !a +h +hs -hs +b -b +he -he -h"
    assert moves(stage.told(drawn, done("a"))) == "+s -s +a -a +e -e"


def test_an_end_that_terminates(stage: Stage) -> None:
    drawn = """
        start s; parallel f; user a; user b; end e terminate; end g; s -> f -> a -> e; f -> b -> g
    """
    assert moves(stage.told(drawn, done("a"))) == "+s -s +f -f +a +b -a +e -e !b"


def test_a_pathway_in_another_file_is_called(stage: Stage) -> None:
    other = stage.draw("start os; user x; end oe; os -> x -> oe", "other")
    caller = stage.draw("start s; call c runs=other; end e; s -> c -> e")
    trace = "+s -s +c +os -os +x -x +oe -oe -c +e -e"
    beside = stage.told(caller, options=AUTO)
    assert moves(beside) == trace
    assert stage.told(caller, options=AUTO, others=(other,)) == beside
    assert moves(stage.told(other, others=(caller,), options=(*AUTO, "--start", "p"))) == trace
    alone = stage.told(caller, others=(other,), options=(*AUTO, "--start", "other"))
    assert moves(alone) == "+os -os +x -x +oe -oe"


def test_the_same_play_twice_gives_the_same_trace(stage: Stage) -> None:
    assert stage.run(stage.draw(EDGE), later("P1D"), options=AUTO) == stage.run(
        stage.draw(EDGE), later("P1D"), options=AUTO
    )


def test_by_itself_it_lets_time_pass_only_where_nobody_is_asked(stage: Stage) -> None:
    told = stage.told("start s; catch t date=2027-03-01T09:00; user a; end e; s -> t -> a -> e", options=AUTO)
    assert (told["status"], told["trace"][-1]["at"]) == ("completed", "2027-03-01T09:00:00+00:00")
    waits = stage.told("start s; catch m message=news; end e; s -> m -> e", options=AUTO)
    assert (waits["status"], waits["reason"]) == ("open", "It waits for a message: “news”.")


def test_a_named_parameter_counts_as_it_is_before_anybody_changes_it(stage: Stage) -> None:
    told = stage.told("start s; catch t anchor=case_opened offset=P{reoffer_weeks}W; end e; s -> t -> e")
    weeks = parameters.CATALOGUE["reoffer_weeks"].default
    assert told["open"][0]["due_at"] == str((play.BEGUN + timedelta(weeks=weeks)).date()) + "T00:00:00+00:00"


def test_by_itself_it_stops_after_so_many_steps(stage: Stage) -> None:
    drawn = """
        start s; exclusive m; user a; exclusive g; end e; s -> m -> a -> g; g -> m : 1 < 2; g => e
    """
    told = stage.told(drawn, options=(*AUTO, "--steps", "7"))
    assert (told["status"], told["reason"]) == ("open", "It was stopped after 7 steps.")
    assert moves(told).count("-a") == 7


def test_a_case_that_gets_stuck_says_where_and_stands_where_it_stood(stage: Stage) -> None:
    drawn = "start s; user a; exclusive g; user b; end e; end f; s -> a -> g; g -> b : ready; g => e; b -> f"
    told = stage.told(drawn, done("a", ready="yes"), done("b"))
    assert told["status"] == "stuck"
    assert told["reason"].startswith("“g”: “ready” cannot be decided")
    assert moves(told) == "+s -s +a"


def test_a_message_that_nobody_waits_for_changes_nothing(stage: Stage) -> None:
    file = stage.draw(GATEWAY)
    code, out, _ = stage.run(file, heard("answer"), heard("answer"))
    assert code == 0
    assert "Nothing waited for the message “answer” when it came." in out
    assert moves(stage.told(GATEWAY, heard("answer"), heard("answer"))) == moves(
        stage.told(GATEWAY, heard("answer"))
    )


def test_what_was_said_with_a_message_is_known_afterwards(stage: Stage) -> None:
    drawn = """
        start s; catch m message=news; exclusive g; user a; user b; end e; end f
        s -> m -> g; g -> a : good; g => b; a -> e; b -> f
    """
    assert moves(stage.told(drawn, heard("news", good=True))).endswith("+a")
    later_on = """
        start s; user a; exclusive g; catch m message=news; user b; end e; end f
        s -> a -> g; g -> b : good; g => m; m -> e; b -> f
    """
    unheard = (heard("news", good=True), done("a", good=False))
    assert stage.told(later_on, *unheard)["open"][0]["element"] == "m"
    assert stage.told(later_on, heard("news", good=True), done("a"))["status"] == "stuck"


def test_the_trace_can_be_read(stage: Stage) -> None:
    code, out, _ = stage.run(stage.draw(LINE), done("a"))
    assert code == 0
    assert "2027-01-04 09:00  entered    a [a]" in out
    assert out.splitlines()[-2:] == [
        "Open at 2027-01-04 09:00: Steps wait to be completed: 1.",
        "  b [b] waits for somebody",
    ]


# ---- What cannot be played


def test_a_diagram_that_is_refused_is_explained_as_the_check_does(stage: Stage) -> None:
    file = stage.draw(line(user("a", name=""), lane="Mentor"))
    main(["check", file])
    checked = stage.capsys.readouterr().out
    assert stage.run(file) == (2, checked, "")
    main(["check", "--json", file])
    checked = stage.capsys.readouterr().out
    assert stage.run(file, options=("--json",)) == (2, checked, "")


def test_a_pathway_that_is_not_there_is_said_with_the_near_one(stage: Stage) -> None:
    file = stage.draw(LINE, "release")
    assert stage.run(file, options=("--start", "relaese")) == (
        2, "", "There is no pathway “relaese”. Did you mean “release”?\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ([{"complete": "first_metting"}], ["no step “first_metting”. Did you mean “first_meeting”?"]),
        ([{"complete": "e"}], ["“e” is no step that a person completes"]),
        ([{"message": "anwser"}], ["the message “anwser”. Did you mean “answer”?"]),
        ([{"advance": "7D"}], ["“7D” is neither a length of time nor a date"]),
        ([{"advance": "P1D", "answers": {}}], ["“answers”. It may say “advance”."]),
        ([{"complete": "first_meeting", "answers": 3}], ["“answers” must be an object"]),
        ([{"complete": 3}], ["followed by a text"]),
        ([3, {}], ["Step 1 must say one of", "Step 2 must say one of"]),
        (
            [{"complete": "x", "advance": "P1D"}, {"advance": "P"}],
            ["Step 1 must say one of", "Step 2: “P” is"],
        ),
        (
            [{"complete": "first_meeting"}, {"complete": "first_meeting"}],
            ["Step 2: “first_meeting” is not open then"],
        ),
        ([{"advance": "2026-01-01"}], ["time does not go back"]),
    ],
)
def test_a_bad_script_is_told_whole_in_words(stage: Stage, script: list[Any], said: list[str]) -> None:
    file = stage.draw(
        "start s; user first_meeting; catch m message=answer; end e; s -> first_meeting -> m -> e"
    )
    code, out, err = stage.run(file, *script)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == len(said)
    assert all(one in line for one, line in zip(said, err.splitlines(), strict=True))
    code, out, _ = stage.run(file, *script, options=("--json",))
    assert (code, json.loads(out)) == (2, {"status": "refused", "problems": err.splitlines()})


@pytest.mark.parametrize("text", ["", "{}", "[", "[" * 100_000, "\xff"])
def test_a_script_that_cannot_be_read_is_said(stage: Stage, text: str) -> None:
    file = stage.draw(LINE)
    script = stage.folder / "bad.json"
    script.write_bytes(text.encode("latin-1"))
    assert main(["play", file, "--script", str(script)]) == 2
    assert "script" in stage.capsys.readouterr().err


def test_a_script_that_is_not_there_is_said(stage: Stage) -> None:
    assert main(["play", stage.draw(LINE), "--script", str(stage.folder / "gone.json")]) == 2
    assert "cannot be read" in stage.capsys.readouterr().err


# ---- With forms beside the diagram


@pytest.fixture
def formed(stage: Stage) -> Stage:
    """A pathway whose step asks a form, in folders as the project has them."""
    folder = stage.folder / "workflows"
    folder.mkdir()
    (stage.folder / "forms").mkdir()
    questions = [
        {"key": "ready", "kind": "yes_no", "label": "Is it ready?", "required": True, "fact": True},
        {"key": "release", "kind": "date", "label": "Release", "date": "release_on", "required": True},
    ]
    form = {"key": "note", "title": "Note", "questions": questions}
    (stage.folder / "forms" / "note.json").write_text(json.dumps(form))
    (folder / "roles.json").write_text(
        json.dumps({"roles": [{"key": "mentor", "name": "Mentor", "sees": "content"}]})
    )
    stage.folder = folder
    wait = '<b:intermediateCatchEvent id="w" name="Wait" t:anchor="release" t:offset="-P1W">'
    drawn = pathway(
        '<b:startEvent id="s"/>',
        user("a"),
        '<b:exclusiveGateway id="g" name="Ready?" default="g_w"/>',
        wait + "<b:timerEventDefinition/></b:intermediateCatchEvent>",
        '<b:endEvent id="e"/>',
        '<b:endEvent id="f"/>',
        "s > a > g",
        "g > e : ready",
        "g > w > f",
    )
    stage.draw(drawn)
    return stage


def test_answers_go_through_the_form_and_dates_move_timers(formed: Stage) -> None:
    file = str(formed.folder / "p.bpmn")
    told = formed.told(file, done("Step a", ready="no", release="2027-03-15"))
    assert [(one["element"], one["due_at"]) for one in told["open"]] == [("w", "2027-03-08T00:00:00+00:00")]
    assert formed.told(file, done("a", ready=True, release="15/3/2027"))["status"] == "completed"


def test_answers_that_the_form_refuses_are_told_in_its_words(formed: Stage) -> None:
    file = str(formed.folder / "p.bpmn")
    code, _, err = formed.run(file, done("a", ready="perhaps"))
    assert code == 2
    assert err.splitlines() == [
        "Step 1: ready: Choose yes or no for “Is it ready?”",
        "Step 1: release: Enter the release",
    ]
    code, _, err = formed.run(file, done("a", raedy="yes"))
    assert (code, err) == (2, "Step 1: the form of “a” does not ask “raedy”. Did you mean “ready”?\n")


def test_by_itself_it_answers_what_the_form_must_know(formed: Stage) -> None:
    assert formed.told(str(formed.folder / "p.bpmn"), options=AUTO)["status"] == "completed"


def test_by_itself_it_answers_otherwise_the_next_time_so_that_a_loop_ends(formed: Stage) -> None:
    drawn = pathway(
        '<b:startEvent id="s"/>',
        '<b:exclusiveGateway id="m"/>',
        user("a"),
        '<b:exclusiveGateway id="g" name="Ready?" default="g_e"/>',
        '<b:endEvent id="e"/>',
        "s > m > a > g > e",
        "g > m : ready",
    )
    told = formed.told(formed.draw(drawn), options=AUTO)
    assert (told["status"], moves(told).count("-a")) == ("completed", 2)


SENDING = """
    start s; user a; throw t message=news; user b; catch c message=news; user z; end e
    s -> a -> t -> b -> c -> z -> e
"""


def test_what_is_sent_is_kept_until_something_waits_for_it_and_heard_once(stage: Stage) -> None:
    waiting = stage.told(SENDING, done("a"))
    assert moves(waiting) == "+s -s +a -a +t -t +b"
    told = stage.told(SENDING, done("a"), done("b"))
    assert moves(told) == "+s -s +a -a +t -t +b -b +c -c +z"
    code, out, _ = stage.run(stage.draw(SENDING), done("a"))
    assert "Nothing has waited yet for the message “news” that was sent." in out
    again = """
        start s; throw t message=news; catch c message=news; catch x message=news; end e; s -> t -> c -> x -> e
    """
    once = stage.told(again)
    assert moves(once) == "+s -s +t -t +c -c +x"
    assert once["reason"] == "It waits for a message: “news”."


def test_a_send_task_reaches_a_called_pathway(stage: Stage) -> None:
    caller = """
        start s; parallel f; send a message=go; end e; call c runs=q; end g; s -> f -> a -> e; f -> c -> g
    """
    stage.draw("start qs; catch qc message=go; end qe; qs -> qc -> qe", "q")
    told = stage.told(caller, done("a"))
    assert moves(told) == "+s -s +f -f +a +c +qs -qs +qc -a +e -qc +qe -e -qe -c +g -g"


def test_a_signal_reaches_everything_that_waits_for_it(stage: Stage) -> None:
    drawn = """
        start s; parallel f; user a; throw t signal=alarm; end e; s -> f -> a -> t -> e
        catch c signal=alarm; end g; f -> c -> g
        user b; boundary m on=b signal=alarm; end h; end i; f -> b -> h; m -> i
    """
    told = stage.told(drawn, done("a"))
    assert moves(told) == "+s -s +f -f +a +c +b -a +t -t !b +e -c +g +m -m +i -e -g -i"
    from_outside = stage.told(drawn, alarm("alarm"))
    assert [one["element"] for one in from_outside["open"]] == ["a"]
    code, out, _ = stage.run(stage.draw(drawn), alarm("alarm"), alarm("alarm"))
    assert "Nothing waited for the signal “alarm” when it came." in out


def test_a_condition_is_looked_at_whenever_something_becomes_known(stage: Stage) -> None:
    drawn = """
        start s; parallel f; user ask; end e; user home; boundary m on=home condition='consent = "withdrawn"'
        end g; end h; s -> f -> ask -> e; f -> home -> g; m -> h
    """
    told = stage.told(drawn, done("ask", consent="withdrawn"))
    assert moves(told) == "+s -s +f -f +ask +home -ask +e -e !home +m -m +h -h"
    assert stage.told(drawn, done("ask", consent="given"))["open"] == [
        {"element": "home", "name": "home", "kind": "task", "for": None, "due_at": None},
        {"element": "m", "name": "m", "kind": "condition", "for": None, "due_at": None},
    ]


# ---- decision tables

ROUTED = "start s; user ask; rule r decision=way; exclusive g; user walk; user ride; end e; "
ROUTED += 's -> ask -> r -> g; g -> walk : how = "walk"; g => ride; walk -> e; ride -> e'
WAY = dmn(
    table("way", ["km"], ["how"], [["null", '"ask"'], ["< 5", '"walk"'], ["-", '"ride"']], policy="FIRST")
)


def asked(km: int | None) -> dict[str, Any]:
    return {"complete": "ask", "answers": {"km": km}}


@pytest.mark.parametrize(("km", "how"), [(1, "walk"), (9, "ride")])
def test_a_table_that_is_given_decides_the_way(stage: Stage, km: int, how: str) -> None:
    (stage.folder / "tables.dmn").write_bytes(WAY)
    told = stage.told(stage.draw(ROUTED), asked(km), others=(str(stage.folder / "tables.dmn"),))
    assert moves(told).endswith(f"+r -r +g -g +{how}")
    rules = ["way_2" if how == "walk" else "way_3"]
    assert told["decided"] == [{"element": "r", "decision": "way", "rules": rules, "facts": {"how": how}}]


def test_a_table_from_elsewhere_counts_for_a_diagram_that_lies_in_a_pathways_folder(stage: Stage) -> None:
    (stage.folder / "roles.json").write_text('{"roles": []}')
    file, elsewhere = stage.draw(ROUTED), stage.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "way.dmn").write_bytes(WAY)
    _, out, err = stage.run(file)
    assert "(decision_unknown)" in out + err
    _, out, err = stage.run(file, options=(str(elsewhere / "way.dmn"),))
    assert "(decision_unknown)" not in out + err


def test_a_table_may_come_before_the_diagram_and_stand_beside_it(stage: Stage) -> None:
    (stage.folder / "way.dmn").write_bytes(WAY)
    file = stage.draw(ROUTED)
    assert stage.told(file, asked(None))["decided"][0]["facts"] == {"how": "ask"}
    code, out, _ = stage.run(str(stage.folder / "way.dmn"), asked(1), options=(file,))
    assert code == 0
    assert "The table “way” found how = walk (by way_2) [r]" in out


def test_a_fact_that_nobody_has_said_is_null_for_a_table(stage: Stage) -> None:
    (stage.folder / "way.dmn").write_bytes(WAY)
    assert stage.told(stage.draw(ROUTED), options=("--auto",))["decided"][0]["rules"] == ["way_1"]


def test_without_its_table_or_with_a_broken_one_nothing_is_played(stage: Stage) -> None:
    code, _, err = stage.run(stage.draw(ROUTED))
    assert code == 2
    assert "calls the decision “way”, which is not there" in err
    (stage.folder / "way.dmn").write_bytes(WAY.replace(b"&lt; 5", b"&lt;"))
    code, out, _ = stage.run(stage.draw(ROUTED))
    assert code == 2
    assert "way.dmn: 1 error" in out


def test_a_table_that_two_rules_fit_gets_the_case_stuck_in_words(stage: Stage) -> None:
    (stage.folder / "way.dmn").write_bytes(WAY.replace(b'hitPolicy="FIRST"', b'hitPolicy="UNIQUE"'))
    told = stage.told(stage.draw(ROUTED), asked(1))
    assert told["status"] == "stuck"
    assert "only one rule to fit (hit policy UNIQUE), but several do: 2, 3" in told["reason"]
    assert "decided" not in told
