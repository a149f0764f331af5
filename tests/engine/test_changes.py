"""Two editors change a pathway: kept, checked, compared, published by the second person, and gone back from."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from engine import journal, library, policy
from engine.config import ROOT
from engine.errors import Conflict, Invalid, NotFound, Refused
from engine.models import Case, Entry
from engine.words import Sentence, say
from tests import make

PATH = "diagrams/small_release"
PLACE = ("small_release", "announce")


@pytest.fixture
def rosa(db):
    make.local_action(db)
    return make.editors(db)[0]


@pytest.fixture
def pere(db, rosa):
    return make.user(db, "editor2")


def source(db):
    return library.current_files(db)["diagrams"]["small_release"]


def said(db, step="announce"):
    return library.wording_of(source(db), step, library.role_names(db))


def longer(db, user, days=10):
    """A change in which the first step has this many working days."""
    return library.edit_step(db, user, "small_release", PLACE, replace(said(db), due_offset=f"P{days}D"))


def published(db, rosa, pere, days=10):
    change = longer(db, rosa, days)
    library.hand_in(db, rosa, change.id)
    return library.publish_change(db, pere, change.id)


def words(db, change):
    files = library.overlaid(library.current_files(db), change.files)
    return [str(one.words) for one in library.compare(library.current_files(db), files)]


def test_a_longer_deadline_is_for_new_cases_only(db, rosa, pere):
    old = make.case(db)
    due = make.task(db, old, "announce").due_at
    (version,) = published(db, rosa, pere)
    assert (version.number, version.origin, version.published_by) == (2, "site", pere.id)
    new = make.case(db, name="Bram Visser", number="N-2")
    assert make.task(db, new, "announce").due_at >= due + timedelta(days=7)
    assert make.task(db, old, "announce").due_at == due
    assert old.version_id != new.version_id == version.id
    assert version.differences[0]["template"] == "{step} is due {new}, no longer {old}."


def test_what_was_done_stands_in_the_journal(db, rosa, pere):
    change = longer(db, rosa)
    library.hand_in(db, rosa, change.id)
    library.send_back(db, pere, change.id, "Ten days are too many.")
    library.hand_in(db, rosa, change.id)
    library.publish_change(db, pere, change.id)
    db.flush()
    lines = (
        db.query(Entry)
        .filter(Entry.verb.like("%change%") | (Entry.verb == "published"))
        .order_by(Entry.number)
    )
    assert [line.verb for line in lines][1:] == [
        "change_saved",
        "change_handed_in",
        "change_sent_back",
        "change_handed_in",
        "published",
        "change_published",
    ]
    assert "Ten days" not in json.dumps([line.codes for line in lines])
    assert list(journal.verify(db)) == []


def test_nobody_publishes_what_they_took_part_in(db, rosa, pere):
    change = longer(db, rosa)
    library.hand_in(db, rosa, change.id)
    with pytest.raises(Refused, match="another editor"):
        library.publish_change(db, rosa, change.id)
    library.send_back(db, pere, change.id, "See below.")
    library.edit_step(db, pere, "small_release", PLACE, replace(said(db), due_offset="P11D"))
    library.hand_in(db, rosa, change.id)
    for editor in (rosa, pere):
        with pytest.raises(Refused, match="another editor"):
            library.publish_change(db, editor, change.id)


def test_a_change_that_waits_is_left_alone(db, rosa, pere):
    change = longer(db, rosa)
    with pytest.raises(Refused, match="not been handed in"):
        library.publish_change(db, pere, change.id)
    library.hand_in(db, rosa, change.id)
    for act in (
        lambda: longer(db, pere, 12),
        lambda: library.take_out(db, rosa, change.id, PATH),
        lambda: library.drop_change(db, rosa, change.id),
        lambda: library.go_back(db, rosa, "small_release", 1),
    ):
        with pytest.raises(Refused, match="waits to be published"):
            act()
    with pytest.raises(Invalid):
        library.send_back(db, pere, change.id, "  ")


def test_who_is_no_editor_does_nothing_of_this(db, rosa):
    change = longer(db, rosa)
    marta = make.user(db, "coordinator")
    for act in (
        lambda: library.save_change(db, marta, "small_release", {PATH: source(db)}),
        lambda: library.hand_in(db, marta, change.id),
        lambda: library.drop_change(db, marta, change.id),
        lambda: library.go_back(db, marta, "small_release", 1),
    ):
        with pytest.raises(Refused, match="editors"):
            act()
    library.hand_in(db, rosa, change.id)
    with pytest.raises(Refused):
        library.publish_change(db, marta, change.id)


def test_a_file_with_errors_is_kept_and_not_published(db, rosa):
    broken = source(db).replace('throughcare:form="announcement"', 'throughcare:form="anouncement"')
    change = library.save_change(db, rosa, "small_release", {PATH: broken})
    assert change.files[PATH] == broken
    troubles = library.check(db, change)
    assert [(one.file, one.severity, one.element) for one in troubles if one.severity == "error"][0] == (
        PATH,
        "error",
        "announce",
    )
    with pytest.raises(Refused, match="wrong"):
        library.hand_in(db, rosa, change.id)


def test_a_question_that_a_diagram_reads_cannot_go(db, rosa):
    form = library.current_files(db)["forms"]["announcement"]
    less = {**form, "questions": [one for one in form["questions"] if one["key"] != "agreement"]}
    change = library.save_change(db, rosa, "small_release", {"forms/announcement": json.dumps(less)})
    assert any(one.file == PATH and one.severity == "error" for one in library.check(db, change))
    assert any("is asked no more" in line for line in words(db, change))


def test_a_role_that_is_not_there_hinders(db, rosa):
    other = source(db).replace('throughcare:role="housing"', 'throughcare:role="hausing"')
    change = library.save_change(db, rosa, "small_release", {PATH: other})
    assert any("hausing" in str(one.words) for one in library.check(db, change))


def test_the_same_file_again_is_no_change(db, rosa):
    change = library.save_change(db, rosa, "small_release", {PATH: source(db)})
    assert change.files == {}
    with pytest.raises(Refused, match="Nothing is different"):
        library.hand_in(db, rosa, change.id)


def test_two_editors_at_once_do_not_overwrite_each_other(db, rosa, pere):
    change = longer(db, rosa)
    db.flush()
    seen = change.moves
    library.save_change(db, rosa, "small_release", {PATH: source(db).replace("Announce the", "Tell of the")})
    db.flush()
    with pytest.raises(Conflict, match="in between"):
        library.edit_step(db, pere, "small_release", PLACE, replace(said(db), name="X"), seen=seen)


def test_what_was_published_in_between_is_not_undone_unseen(db, rosa, pere):
    change = longer(db, rosa)
    library.hand_in(db, rosa, change.id)
    folder = source(db).replace("Announce the release", "Tell everybody of the release")
    files = library.current_files(db)
    files["diagrams"]["small_release"] = folder
    from engine.library.publishing import publish

    publish(db, None, files)
    assert library.overtaken(library.current_files(db), change) == [PATH]
    with pytest.raises(Conflict, match="small_release"):
        library.publish_change(db, pere, change.id)
    library.send_back(db, pere, change.id, "Compare it with what is published.")
    library.take_over(db, rosa, change.id)
    assert any("now called" in line for line in words(db, change))
    library.hand_in(db, rosa, change.id)
    (version,) = library.publish_change(db, pere, change.id)
    assert version.number == 3


def test_going_back_is_a_new_version_that_says_the_old(db, rosa, pere):
    first = source(db)
    published(db, rosa, pere)
    assert source(db) != first
    change = library.go_back(db, rosa, "small_release", 1)
    assert words(db, change) == [
        "“Announce the release” is due 5 working days after the opening of the case, "
        "no longer 10 working days after the opening of the case."
    ]
    library.hand_in(db, rosa, change.id)
    (version,) = library.publish_change(db, pere, change.id)
    assert (version.number, source(db)) == (3, first)
    with pytest.raises(Refused, match="says the same"):
        library.go_back(db, rosa, "small_release", 3)
    with pytest.raises(NotFound):
        library.go_back(db, rosa, "small_release", 9)


def test_a_given_up_change_leaves_nothing(db, rosa):
    change = longer(db, rosa)
    library.drop_change(db, rosa, change.id)
    db.flush()
    assert library.prepared(db, "small_release") is None
    longer(db, rosa)


def test_a_new_pathway_that_calls_and_is_called(db, rosa, pere):
    new = source(db).replace(
        'id="small_release" name="Small release"', 'id="short_release" name="Short release"'
    )
    change = library.save_change(db, rosa, "short_release", {"diagrams/short_release": new})
    assert library.affected(db, change) == ["short_release"]
    library.hand_in(db, rosa, change.id)
    (version,) = library.publish_change(db, pere, change.id)
    assert (version.pathway.key, version.number) == ("short_release", 1)
    with pytest.raises(Invalid, match="problem"):
        library.save_change(db, rosa, "small_release", {"diagrams/short_release": new})


def test_a_shared_form_gives_every_pathway_that_asks_it_a_new_version(db, rosa, pere):
    new = source(db).replace(
        'id="small_release" name="Small release"', 'id="short_release" name="Short release"'
    )
    first = library.save_change(db, rosa, "short_release", {"diagrams/short_release": new})
    library.hand_in(db, rosa, first.id)
    library.publish_change(db, pere, first.id)
    form = {**library.current_files(db)["forms"]["announcement"], "title": "Release announced"}
    change = library.save_change(db, rosa, "small_release", {"forms/announcement": json.dumps(form)})
    assert library.affected(db, change) == ["small_release", "short_release"]
    library.hand_in(db, rosa, change.id)
    assert {one.pathway.key: one.number for one in library.publish_change(db, pere, change.id)} == {
        "small_release": 2,
        "short_release": 2,
    }


def test_the_folders_do_not_overwrite_what_editors_published(db, rosa, pere, tmp_path):
    published(db, rosa, pere)
    with pytest.raises(Conflict, match="Small release"):
        make.publish(db)
    written = library.export_folders(db, tmp_path / "workflows", tmp_path / "forms")
    assert tmp_path / "workflows/small_release.bpmn" in written
    assert (tmp_path / "workflows/small_release.bpmn").read_text() == source(db)
    assert library.export_folders(db, tmp_path / "workflows", tmp_path / "forms") == []
    make.publish(db, tmp_path)
    folder = make.SMALL
    (version,) = library.publish_folders(
        db, workflows=folder / "workflows", form_folder=folder / "forms", replace=True
    )
    assert (version.number, version.origin) == (3, "folders")


def test_what_was_published_from_the_folders_is_exported_as_it_stands_there(db, tmp_path):
    library.publish_folders(db)
    copied, empty = tmp_path / "copied", tmp_path / "empty"
    for name in ("workflows", "forms"):
        shutil.copytree(ROOT / name, copied / name)
    assert library.export_folders(db, copied / "workflows", copied / "forms") == []
    written = library.export_folders(db, empty / "workflows", empty / "forms")
    for path in written:
        # The roles stand in the order of the file; a new file has them by key.
        if path.name != "roles.json":
            assert path.read_bytes() == (ROOT / path.relative_to(empty)).read_bytes(), path.name
    roles = json.loads((empty / "workflows/roles.json").read_text())["roles"]
    ours = json.loads((ROOT / "workflows/roles.json").read_text())["roles"]
    assert roles == sorted(ours, key=lambda role: role["key"])


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><definitions>&b;</definitions>'


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.bpmn", b"", "empty"),
        ("a.bpmn", b"  \n", "empty"),
        ("a.bpmn", b"\x89PNG\r\n\x1a\n\x00", ""),
        ("a.bpmn", b"not a diagram", ""),
        ("a.bpmn", LAUGHS, ""),
        ("a.bpmn", b"<html><body/></html>", ""),
        ("a.bpmn", b"<a>" + b"x" * 10_000_000 + b"</a>", "5"),
        ("a.json", b"{", "JSON"),
        ("a.json", b"[]", "key"),
        ("a.json", b'{"key": "Bad Key"}', "key"),
        ("a.json", b"\xff\xfe{}", "JSON"),
        ("a.json", b"[" * 100_000, "JSON"),
        ("a.json", b'{"key": "' + b"x" * 2_000_000 + b'"}', "1 MB"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_in_a_sentence(name, content, told):
    with pytest.raises(Invalid) as refused:
        library.read_file(name, content)
    (problem, *_) = refused.value.problems
    assert problem.field == "file"
    assert told in str(problem.message)
    assert len(str(problem.message)) > 20


def test_a_file_is_known_by_what_it_says_and_not_by_its_name(db, rosa):
    assert library.read_file("small (1).bpmn", source(db).encode())[0] == PATH
    form = json.dumps(library.current_files(db)["forms"]["housing"]).encode()
    assert library.read_file("download", form)[0] == "forms/housing"


@pytest.mark.parametrize(
    ("new", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"form": "nothing"}, "form"),
        ({"role": "nobody"}, "role"),
        ({"due_anchor": None}, "anchor"),
        ({"due_offset": "P1M"}, "number"),
        ({"instructions": "bell \x07"}, "instructions"),
    ],
)
def test_what_cannot_be_written_into_a_step(db, rosa, new, field):
    with pytest.raises(Invalid) as refused:
        library.edit_step(db, rosa, "small_release", PLACE, replace(said(db), **new))
    assert [one.field for one in refused.value.problems] == [field]
    assert library.prepared(db, "small_release") is None


def test_an_editor_sees_no_case(db, rosa):

    make.case(db)
    assert db.scalars(policy.visible(rosa, Case)).all() == []


# ---- files from elsewhere


def test_an_untidy_file_is_told_of_as_it_came_and_published_mended(db, rosa, pere):
    untidy = source(db).replace('id="f1" ', "").replace('targetRef="agrees"', 'targetRef=" agrees"')
    untidy = untidy.replace("Announce the", "Tell of the")
    change = library.save_change(db, rosa, "small_release", {PATH: untidy})
    told = [str(one.words) for one in library.check(db, change)]
    assert any("We gave it the id “start_to_announce”" in line for line in told)
    assert any("spaces around its id" in line for line in told)
    assert {one.severity for one in library.check(db, change)} <= {"warning"}
    library.hand_in(db, rosa, change.id)
    library.publish_change(db, pere, change.id)
    assert 'id="start_to_announce"' in source(db)
    assert 'targetRef="agrees"' in source(db)


def test_a_file_that_only_has_to_be_mended_is_no_change(db, rosa):
    untidy = source(db).replace('targetRef="agrees"', 'targetRef=" agrees"')
    assert library.save_change(db, rosa, "small_release", {PATH: untidy}).files == {}


def test_foreign_conditions_are_refused_until_an_editor_takes_over_the_translation(db, rosa, pere):
    foreign = (
        source(db)
        .replace('agreement = "given"', "${agreement == 'given'}")
        .replace("found = true", "= found")
    )
    change = library.save_change(db, rosa, "small_release", {PATH: foreign})
    offered = {one.element: str(one.words) for one in library.check(db, change) if one.translated}
    assert offered.keys() == {"agreed", "is_found"}
    assert offered["agreed"].endswith('Write: agreement = "given"')
    with pytest.raises(Refused, match="Mend what is listed"):
        library.hand_in(db, rosa, change.id)
    library.translate_conditions(db, rosa, "small_release", "small_release", "agreed")
    assert change.files[PATH] == foreign.replace("${agreement == 'given'}", 'agreement = "given"')
    library.translate_conditions(db, rosa, "small_release", "small_release")
    assert 'Expression">found<' in change.files[PATH]
    library.hand_in(db, rosa, change.id)
    library.publish_change(db, pere, change.id)
    with pytest.raises(NotFound, match="left to be translated"):
        library.translate_conditions(db, rosa, "small_release", "small_release")


def test_a_translation_is_not_taken_over_what_somebody_else_wrote(db, rosa, pere):
    foreign = source(db).replace('agreement = "given"', "${agreement == 'given'}")
    change = library.save_change(db, rosa, "small_release", {PATH: foreign})
    db.flush()
    seen = change.moves
    library.save_change(db, pere, "small_release", {PATH: foreign.replace("Announce the", "Tell of the")})
    db.flush()
    with pytest.raises(Conflict, match="in between"):
        library.translate_conditions(db, rosa, "small_release", "small_release", seen=seen)


def test_a_difference_is_kept_with_the_lists_in_its_words():
    told = say("The roles are now: {roles}.", roles=[say("Mentor"), "N-1"])
    kept = Sentence.read(json.loads(json.dumps(told.kept())))
    assert kept == told
    assert str(kept) == "The roles are now: Mentor, N-1."
