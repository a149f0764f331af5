"""The command that checks diagrams."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.__main__ import main
from tests.engine.test_diagram_problems import line
from tests.make_bpmn import rule, user
from tests.make_dmn import dmn, table

ROOT = Path(__file__).parents[2]
GOOD = line(user("a"), lane="Mentor")
BAD = line(user("a", name=""), lane="Mentor")


@pytest.fixture
def good(tmp_path: Path) -> str:
    return str(_written(tmp_path / "good.bpmn", GOOD))


@pytest.fixture
def bad(tmp_path: Path) -> str:
    return str(_written(tmp_path / "bad.bpmn", BAD))


def _written(path: Path, xml: bytes) -> Path:
    path.write_bytes(xml)
    return path


def test_a_good_diagram_is_ok(good: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", good]) == 0
    assert good in capsys.readouterr().out


def test_a_bad_one_is_explained_below_its_name(
    good: str, bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", bad, good]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{bad}: 1 error")
    assert any("needs a name" in text and "[a]" in text for text in lines[1:])


def test_json_is_one_object_a_line(good: str, bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", good, bad]) == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert set(first) == {"file", "pathways", "problems"}
    assert (first["file"], first["pathways"]) == (good, ["p"])
    problem = next(one for one in second["problems"] if one["severity"] == "error")
    assert problem["code"] == "step_without_name"
    assert set(problem) == {"severity", "code", "element", "name", "message"}


@pytest.mark.parametrize("name", ["", "gone.bpmn", "pipe", "x" * 5000, "nul\0", "loop"])
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert main(["check", "--json", str(tmp_path / name)]) == 1
    [problem] = json.loads(capsys.readouterr().out)["problems"]
    assert problem["code"] == "unreadable_file"


@pytest.mark.parametrize("arguments", [[], ["check"], ["check", "--loud", "f"], ["sing"]])
def test_wrong_usage_ends_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_reader_who_has_read_enough_is_no_fault(good: str) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run(
        [sys.executable, "-m", "engine", "check", "--json", *[good] * 20],
        stdout=writes,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writes)
    assert (done.returncode, done.stderr) == (1, "")


def test_checking_waits_for_no_library_that_only_answers_need() -> None:
    asks = "import sys, engine.__main__; print('jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_from_outside(good: str, bad: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engine", "check", bad], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "needs a name" in done.stdout
    assert done.stderr == ""


def test_decision_tables_are_checked_beside_diagrams(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = _written(tmp_path / "way.dmn", dmn(table("way", ["km"], ["way"], [["< 5", '"walk"']])))
    bad = _written(tmp_path / "bad.dmn", dmn(table("bad", ["km"], ["way"], [["<", '"walk"']])))
    assert main(["check", str(good)]) == 0
    assert capsys.readouterr().out == f"{good}: ok\n"
    assert main(["check", "--json", str(bad), str(good)]) == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert second == {"file": str(good), "pathways": [], "problems": []}
    (problem,) = first["problems"]
    assert problem.keys() == {"severity", "code", "element", "name", "message"}
    assert (problem["code"], problem["element"], problem["name"]) == ("cell_faulty", "bad_1", "bad")


def test_a_table_that_is_handed_in_counts_wherever_it_lies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("workflows", "forms", "elsewhere"):
        (tmp_path / folder).mkdir()
    (tmp_path / "workflows/roles.json").write_bytes((ROOT / "workflows/roles.json").read_bytes())
    drawn = str(_written(tmp_path / "workflows/p.bpmn", line(rule("a"))))
    way = str(_written(tmp_path / "elsewhere/way.dmn", dmn(table("way", ["km"], ["how"], [["-", '"walk"']]))))
    assert main(["check", drawn]) == 1
    assert "(decision_unknown)" in capsys.readouterr().out
    main(["check", drawn, way])
    assert "(decision_unknown)" not in capsys.readouterr().out


def test_a_table_and_a_diagram_are_not_mistaken_for_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table_ = _written(tmp_path / "way.bpmn", dmn(table("way", ["km"], ["way"], [["< 5", '"walk"']])))
    drawn = _written(tmp_path / "drawn.dmn", GOOD)
    assert main(["check", str(table_), str(drawn), str(tmp_path / "none.dmn")]) == 1
    out = capsys.readouterr().out
    assert "(is_dmn)" in out
    assert "(is_bpmn)" in out
    assert "(unreadable_file)" in out
