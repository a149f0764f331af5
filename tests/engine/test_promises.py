"""What holds for every verb, every table and every setting, whoever adds the next one."""

import ast
import re
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine import policy
from engine.models import Case, Table

ROOT = Path(__file__).parent.parent.parent
MODULES = [
    *(ROOT / "engine" / "cases").glob("*.py"),
    *(ROOT / "engine" / "meetings").glob("*.py"),
    *(ROOT / "engine" / "administration").glob("*.py"),
    *(ROOT / "engine" / "accounts").glob("*.py"),
    *(
        ROOT / "engine" / f"{n}.py"
        for n in ("participants", "notices", "digests", "calendars", "library/changes")
    ),
]


def functions():
    """Every function of the modules with verbs: name -> (its arguments, the dotted names that it calls)."""
    found = {}
    for module in MODULES:
        for node in ast.parse(module.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                calls = {ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
                found[node.name] = ([argument.arg for argument in node.args.args], calls)
    return found


def reached(name, known):
    """What a function calls, itself or through the functions beside it."""
    calls, ahead = set(), [name]
    while ahead:
        for call in known[ahead.pop()][1] - calls:
            calls.add(call)
            if call in known:
                ahead.append(call)
    return calls


# They change nothing, or only what a verb that has asked already hands to them.
NOT_VERBS = {
    "end_coordination",
    "find_participant",
    "find_place",
    "hand_back",
    "places",
    "read_file",
    "lock_case",
    "agency_in",
    "deliver",
    "move",
    "replan",
    "replan_all",
    "write_note",
    "write_minutes",
    "lock_meeting",
    "hold_cases",
    "items_of",
    "desks_of",
    "tell",
}
OWN_THINGS = {"read_all"}
VERBS = sorted(
    name
    for name, (arguments, _) in functions().items()
    if arguments[:2] == ["db", "user"] and not name.startswith("_") and name not in NOT_VERBS
)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_asks_the_policy_and_writes_the_journal(verb):
    calls = reached(verb, functions())
    assert "journal.note" in calls
    assert "policy.check" in calls or verb in OWN_THINGS


def test_every_rule_is_asked_by_somebody():
    asked = set()
    for path in (*(ROOT / "engine").rglob("*.py"), *(ROOT / "web").rglob("*.py")):
        asked |= set(re.findall(r'policy\.(?:check|why_not)\([^)]*?"(\w+)"', path.read_text()))
    assert set(policy.RULES) <= asked | {"mark_done", "complete"}


def test_every_table_that_belongs_to_a_case_has_a_rule_of_who_sees_it():
    of_cases = {
        mapper.class_
        for mapper in Table.registry.mappers
        if {"case_id", "task_id", "participant_id"} & set(mapper.columns.keys())
    }
    # A draft is read by its author only, by its key; lanes and access are the rules themselves.
    apart = {"Draft", "CaseLane", "CaseAccess"}
    assert {one.__name__ for one in of_cases} - apart <= {one.__name__ for one in policy.VISIBLE}
    assert Case in policy.VISIBLE


def test_a_table_without_a_rule_shows_nothing():
    from engine.models import User

    with pytest.raises(KeyError):
        policy.visible(User(), User)


def test_every_setting_is_in_the_readme():
    read = "".join(
        (ROOT / name).read_text()
        for name in ("engine/config.py", "engine/__main__.py", "run.py", "tests/conftest.py")
    )
    settings = set(re.findall(r'environ(?:\.get)?[\[(]"([A-Z_]+)"', read)) - {"PATH"}
    assert len(settings) > 5
    readme = (ROOT / "README.md").read_text()
    assert [name for name in sorted(settings) if f"`{name}`" not in readme] == []


def test_a_session_for_reading_cannot_write(store):
    with pytest.raises(DBAPIError), store.reading() as db:
        db.execute(text("DELETE FROM jobs"))
