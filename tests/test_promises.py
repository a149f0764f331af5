"""The repository keeps its word."""

import ast
import configparser
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from jsonschema import Draft202012Validator
from sqlalchemy import DateTime

from engine import diagram, forms
from engine.models import Moment, Table

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for folder in ("engine", "web", "tests") for path in (ROOT / folder).rglob("*.py"))

# Addresses of package registries, and paths that exist on one machine only.
FORBIDDEN = re.compile(
    r"(https?|git\+ssh)://[^\s/]*(pypi|pythonhosted|npmjs|yarnpkg|registry|artifactory|nexus|jfrog|deb\.debian)"
    r"|--(extra-)?index-url|--find-links|\"resolved\":"
    r"|(?<![\w.])/(home|Users|work|root)/\w"
)
# Where a reader must find the very words that are forbidden elsewhere.
EXEMPT = {"tests/test_promises.py"}


def tracked() -> list[Path]:
    """The files that git keeps, with those that are about to be added."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def run(*command: str) -> None:
    """Run one of our tools; its findings are the failure."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_its_one_job_in_its_first_line(path):
    if path.name == "__init__.py" and not path.read_text().strip():
        return  # an empty file has no job
    told = ast.get_docstring(ast.parse(path.read_text()))
    assert told, "no docstring"
    assert told.splitlines()[0].endswith((".", ":", "?")), "the first line is not a sentence"


def test_imports_keep_to_the_layers():
    # importlinter has no __main__: `python -m` would say nothing and succeed.
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_the_linter_is_content():
    run("ruff", "check", ".")


def test_the_formatting_is_the_tool_s():
    run("ruff", "format", "--check", ".")


def test_the_engine_s_types_fit():
    run("mypy")


def test_nothing_built_or_binary_is_kept():
    binary = [path for path in tracked() if b"\0" in path.read_bytes()[:8000]]
    built = [
        path
        for path in tracked()
        if path.name == "feel.js" or "node_modules" in path.parts or "dist" in path.parts
    ]
    assert binary + built == []


def test_no_address_of_a_registry_and_no_path_of_one_machine():
    found = []
    for path in tracked():
        name = str(path.relative_to(ROOT))
        if name in EXEMPT:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if match := FORBIDDEN.search(line):
                found.append(f"{name}:{number}: {match.group()}")
    assert found == []


def test_the_locks_hold_what_setup_cfg_asks_for():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    run_time = config["options"]["install_requires"].split()
    extras = config["options.extras_require"]
    for lock, wanted in (
        ("requirements.lock", run_time),
        ("tests/requirements.lock", run_time + extras["test"].split()),
        ("web/frontend/requirements.lock", extras["build"].split()),
    ):
        locked = set(re.findall(r"^[a-z0-9.-]+==[^\s;]+", (ROOT / lock).read_text(), re.MULTILINE))
        pins = {re.sub(r"\[.*?\]", "", one).lower().replace("_", "-") for one in wanted}
        assert pins - locked == set(), f"{lock} is older than setup.cfg: python3 run.py lock"


def test_both_locks_agree():
    run_time, tests = (
        set(re.findall(r"^[a-z0-9.-]+==[^\s;]+", (ROOT / lock).read_text(), re.MULTILINE))
        for lock in ("requirements.lock", "tests/requirements.lock")
    )
    assert run_time - tests == set()


@pytest.mark.databases("sqlite", "postgresql")
def test_the_migrations_make_the_tables_of_the_models(store):
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": _differ})
        assert compare_metadata(context, Table.metadata) == []


def _differ(context, column, _model_column, found, wanted):
    # A Moment is a time stamp; Alembic compares the names of types.
    return None if not isinstance(wanted, Moment) else not isinstance(found, DateTime)


@pytest.mark.parametrize("path", sorted(ROOT.glob("forms/*.json")), ids=lambda path: path.stem)
def test_every_form_can_be_published(path):
    assert forms.problems(json.loads(path.read_text())) == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("workflows/*.bpmn")), ids=lambda path: path.stem)
def test_every_diagram_can_be_published(path):
    read = diagram.read(path.read_bytes(), diagram.Catalogue.beside(path))
    assert [str(one.message) for one in read.problems if one.severity == "error"] == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("workflows/*.bpmn")), ids=lambda path: path.stem)
def test_every_step_of_every_diagram_is_told_of_in_a_story(path):
    told = "".join(story.read_text() for story in (ROOT / "tests/pathways").glob("*.py"))
    (pathway,) = diagram.read(path.read_bytes(), diagram.Catalogue.beside(path)).pathways
    steps = [node.id for node in pathway.nodes.values() if node.kind in diagram.HUMAN]
    assert steps
    assert [step for step in steps if f'"{step}"' not in told] == []


def test_the_formats_that_forms_use_are_checked():
    # jsonschema says nothing when the package that knows a format is missing: everything is then valid.
    assert {"date", "date-time"} <= set(Draft202012Validator.FORMAT_CHECKER.checkers)
