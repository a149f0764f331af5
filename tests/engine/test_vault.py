"""What is sealed opens only where it belongs, and never again once its key is gone."""

import base64
import json

import pytest
from cryptography.exceptions import InvalidTag

from engine import config, vault
from engine.models import Key


def test_what_was_sealed_opens_again(db):
    key = vault.new_key(db)
    box = vault.seal(db, key, "notes.text", {"ñ": [1, None]})
    assert vault.unseal(db, key, "notes.text", box) == {"ñ": [1, None]}


def test_a_box_does_not_open_in_another_column_or_for_another_participant(db):
    one, other = vault.new_key(db), vault.new_key(db)
    box = vault.seal(db, one, "notes.text", "x")
    with pytest.raises(InvalidTag):
        vault.unseal(db, one, "facts.value", box)
    with pytest.raises(InvalidTag):
        vault.unseal(db, other, "notes.text", box)


def test_a_changed_box_does_not_open(db):
    key = vault.new_key(db)
    box = bytearray(vault.seal(db, key, "notes.text", "x"))
    box[-1] ^= 1
    with pytest.raises(InvalidTag):
        vault.unseal(db, key, "notes.text", bytes(box))


def test_deleting_the_key_erases(db):
    key = vault.new_key(db)
    box = vault.seal(db, key, "notes.text", "x")
    key.wrapped = None
    db.info.pop("opened_keys")
    with pytest.raises(vault.Erased):
        vault.unseal(db, key, "notes.text", box)


def test_a_key_wrapped_anew_opens_what_was_sealed_before(db, keys):
    key = vault.new_key(db)
    box = vault.seal(db, key, "notes.text", "x")
    renewed = config.Keys(
        {**keys.master, "next": bytes(range(32))}, "next", keys.index, keys.journal, keys.web
    )
    db.info["vault"] = vault.Vault(renewed)
    vault.rotate(db, key)
    db.info.pop("opened_keys")
    assert key.master == "next"
    assert vault.unseal(db, key, "notes.text", box) == "x"


def test_a_wrapped_key_belongs_to_its_row(db):
    key = vault.new_key(db)
    stolen = Key(wrapped=key.wrapped, master=key.master, created_at=key.created_at)
    db.add(stolen)
    db.flush()
    with pytest.raises(InvalidTag):
        vault.seal(db, stolen, "notes.text", "x")


def test_names_are_found_whatever_their_case_accents_and_spaces(db):
    index = vault.of(db).index
    assert index("Núria  FERRER") == index("nuria ferrer")
    assert index("Nuria Ferrer") != index("Nuria Ferres")


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path):
    path = tmp_path / "keys.json"
    config.make_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        config.make_keys(path)
    made = json.loads(path.read_text())
    assert len(base64.b64decode(made["index"])) == 32


def test_a_missing_or_broken_key_file_says_what_to_do(tmp_path):
    with pytest.raises(config.Misconfigured, match="make-keys"):
        config.read_keys(tmp_path / "none.json")
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(config.Misconfigured, match="safe copy"):
        config.read_keys(tmp_path / "broken.json")


def test_plain_http_is_for_this_machine_only(tmp_path):
    config.make_keys(tmp_path / "keys.json")
    home = {"THROUGHCARE_HOME": str(tmp_path)}
    assert config.load(home).plain_http
    with pytest.raises(config.Misconfigured):
        config.load({**home, "THROUGHCARE_URL": "http://throughcare.example"})
    assert not config.load({**home, "THROUGHCARE_URL": "https://throughcare.example"}).plain_http
