"""An installation from nothing, by its commands."""

import io
import json

import pytest

from engine import __main__ as commands
from engine import accounts, config, store
from engine.models import User


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("THROUGHCARE_HOME", str(tmp_path))
    return tmp_path


def run(*arguments, typed="", monkeypatch=None):
    if monkeypatch:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return commands.main(arguments)


def test_an_installation_is_set_up_step_by_step(home, capsys, monkeypatch):
    assert run("make-keys") == 0
    assert run("upgrade") == 0
    assert run("publish") == 0
    assert "Coordinated release: version 1" in capsys.readouterr().out
    assert run("publish") == 0
    assert "Nothing is new." in capsys.readouterr().out
    assert run("add-local-action", "girona", "Girona", "ES", "Europe/Madrid", "--region", "CT") == 0
    assert run("add-agency", "girona", "city", "City of Girona", "--phone", "+34 900 000 000") == 0
    user = ["add-user", "Anna@Girona.example", "Anna Puig", "city/coordinator"]
    assert run(*user, typed="a long enough password\n", monkeypatch=monkeypatch) == 0
    with store.connect(config.load().database_url).reading() as db:
        anna = db.query(User).one()
        assert anna.email == "anna@girona.example"
        assert anna.password.startswith("$argon2id$")
    capsys.readouterr()
    assert run("verify-journal") == 0
    said, *heads = capsys.readouterr().out.splitlines()
    assert said == "Every line is in its place."
    assert None in [json.loads(head)["case"] for head in heads]
    assert run("dead-jobs") == 0


def test_who_is_locked_out_is_let_in_by_whoever_runs_the_installation(home, capsys, monkeypatch):
    run("make-keys")
    run("upgrade")
    run("publish")
    run("add-local-action", "girona", "Girona", "ES", "Europe/Madrid")
    run("add-agency", "girona", "city", "City of Girona")
    user = ["add-user", "anna@girona.example", "Anna Puig", "city/admin"]
    run(*user, typed="a long enough password\n", monkeypatch=monkeypatch)
    settings = config.load()
    connect = commands._connected(settings)
    with connect() as db:
        anna = db.query(User).one()
        token = accounts.begin_sign_in(db, anna, settings, device="")
        accounts.print_codes(db, anna, accounts.sign_ins(db, anna, settings)[0].id)
    capsys.readouterr()
    assert run("let-in", "Anna@girona.example") == 0
    password = capsys.readouterr().out.strip()
    with connect() as db:
        anna = accounts.user_with(db, "anna@girona.example", password)
        assert anna.one_time_until is not None
        assert not accounts.second_steps(db, anna)
        assert accounts.find_sign_in(db, settings, token) is None
    assert run("let-in", "nobody@girona.example") == 1


def test_everything_that_is_wrong_with_a_new_user_is_said(home, capsys, monkeypatch):
    run("make-keys")
    run("upgrade")
    assert run("add-user", "nobody", "N", "no/where", typed="short\n", monkeypatch=monkeypatch) == 1
    said = capsys.readouterr().err
    assert all(word in said for word in ("e-mail address", "12 characters", "no/where"))


def test_wrong_places_are_refused_in_words(home, capsys):
    run("make-keys")
    run("upgrade")
    assert run("add-local-action", "x", "X", "ES", "Europe/Nowhere") == 1
    assert run("add-agency", "nowhere", "city", "City") == 1
    assert "There is no local action" in capsys.readouterr().err


def test_keys_are_never_overwritten(home, capsys):
    assert run("make-keys") == 0
    before = (home / "keys.json").read_bytes()
    assert run("make-keys") == 1
    assert (home / "keys.json").read_bytes() == before


def test_without_keys_a_command_says_what_to_do(home, capsys):
    assert run("upgrade") == 1
    assert "make-keys" in capsys.readouterr().err


def test_what_was_published_can_be_written_to_folders_again(home, capsys):
    run("make-keys")
    run("upgrade")
    run("publish")
    assert run("export", str(home / "out")) == 0
    for diagram in (config.ROOT / "workflows").glob("*.bpmn"):
        assert (home / "out/workflows" / diagram.name).read_bytes() == diagram.read_bytes()
    exported = {path.name: json.loads(path.read_text()) for path in (home / "out/forms").glob("*.json")}
    assert exported
    for name, form in exported.items():
        assert form == json.loads((config.ROOT / "forms" / name).read_text())
    capsys.readouterr()
    assert run("export", str(home / "out")) == 0
    assert "The folders have everything already." in capsys.readouterr().out
