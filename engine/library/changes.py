"""Verbs of pathway editors: prepare a change, hand it in, publish it with four eyes, go back."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, diagram, journal, notices, policy, schedule
from engine.errors import Conflict, FieldProblem, Invalid, NotFound, Refused
from engine.library.checking import affected, check, overlaid
from engine.library.comparing import form_definition
from engine.library.editions import read_alone
from engine.library.publishing import current_files, mended, publish, role_names
from engine.models import Change, Membership, Pathway, Role, User, Version
from engine.words import N_

LONGEST_NAME, LONGEST_TEXT, LONGEST_COMMENT = 120, 10_000, 2_000


def prepared(db: Session, pathway: str) -> Change | None:
    """The change that is being prepared for a pathway, if there is one."""
    return db.scalar(
        select(Change).where(Change.pathway == pathway, Change.status.in_(("open", "handed_in")))
    )


def save_change(
    db: Session, user: User, pathway: str, files: Mapping[str, str], *, seen: int | None = None
) -> Change:
    """Put changed files ("diagrams/<key>", "forms/<key>" or "tables/<key>": text) into the change of a pathway.

    The change begins with its first file. What is wrong with a file does not hinder that it is kept. `seen` is the
    state of the change that the user looked at. Raises Invalid for a diagram of another pathway.
    """
    journal.site(db)
    change = prepared(db, pathway)
    policy.check(user, "save_change", change)
    _unchanged_since(change, seen)
    current = current_files(db)
    if change is None:
        change = _begin(db, user, pathway)
    _belong(pathway, files, current)
    kept, bases = dict(change.files), dict(change.bases)
    for path, text in files.items():
        bases.setdefault(path, _digest(current, path))
        kept[path] = text
        if _same(current, path, text):
            del kept[path], bases[path]
    change.files, change.bases = kept, bases
    _touch(change, user)
    journal.note(db, user, "change_saved", change, codes={"pathway": pathway, "files": sorted(files)})
    return change


def take_out(db: Session, user: User, change_id: uuid.UUID, path: str) -> Change:
    """Take one file out of a change again."""
    change = _lock(db, change_id)
    policy.check(user, "save_change", change)
    if path not in change.files:
        raise NotFound(N_("That file is not part of this change."))
    change.files = {one: text for one, text in change.files.items() if one != path}
    change.bases = {one: digest for one, digest in change.bases.items() if one != path}
    _touch(change, user)
    journal.note(db, user, "change_saved", change, codes={"pathway": change.pathway, "files": [path]})
    return change


def edit_step(
    db: Session,
    user: User,
    pathway: str,
    place: tuple[str, str],
    new: diagram.Wording,
    *,
    seen: int | None = None,
) -> Change:
    """Change what one step says; `place` is its diagram and its id. Raises Invalid, with every problem."""
    journal.site(db)
    change = prepared(db, pathway)
    policy.check(user, "save_change", change)
    key, step = place
    current = current_files(db)
    files = overlaid(current, change.files if change else {})
    roles = role_names(db)
    was = wording_of(files["diagrams"].get(key, ""), step, roles)
    problems = list(_wrong(new, was, roles, files["forms"]))
    if problems:
        raise Invalid(problems)
    name = roles.get(new.role or "", "")
    edited = diagram.edit_step(files["diagrams"][key].encode(), step, was, new, name)
    return save_change(db, user, pathway, {f"diagrams/{key}": edited.decode()}, seen=seen)


def translate_conditions(
    db: Session, user: User, pathway: str, key: str, element: str | None = None, *, seen: int | None = None
) -> Change:
    """Write in FEEL what diagram `key` says in another system's language: all that can be, or one element's.

    `element` is the id of an arrow, a step or an event. Raises NotFound where there is nothing to translate.
    """
    journal.site(db)
    change = prepared(db, pathway)
    policy.check(user, "save_change", change)
    xml = overlaid(current_files(db), change.files if change else {})["diagrams"].get(key, "").encode()
    translated = diagram.translate_conditions(xml, element) if xml else xml
    if translated == xml:
        raise NotFound(N_("Nothing in this diagram is left to be translated."))
    return save_change(db, user, pathway, {f"diagrams/{key}": translated.decode()}, seen=seen)


def wording_of(xml: str, step: str, roles: Mapping[str, str]) -> diagram.Wording:
    """What a step for people says. Raises NotFound where the diagram has none of that id."""
    nodes = [
        pathway.nodes[step]
        for pathway in (read_alone(xml).pathways if xml else ())
        if step in pathway.nodes and pathway.nodes[step].kind in diagram.HUMAN
    ]
    if not nodes:
        raise NotFound(N_("We cannot find that step."))
    said = diagram.Wording.of(nodes[0])
    named = next((key for key, name in roles.items() if said.role in (key, name)), said.role)
    return diagram.Wording(**{**vars(said), "role": named})


def drop_change(db: Session, user: User, change_id: uuid.UUID) -> Change:
    """Give up a change."""
    change = _lock(db, change_id)
    policy.check(user, "drop_change", change)
    change.status = "dropped"
    journal.note(db, user, "change_dropped", change, codes={"pathway": change.pathway})
    return change


def hand_in(db: Session, user: User, change_id: uuid.UUID) -> Change:
    """Give a change to a second person, who publishes it or sends it back. Raises Refused while it has errors."""
    change = _lock(db, change_id)
    policy.check(user, "hand_in", change)
    _publishable(db, change)
    change.status, change.handed_in_by, change.comment = "handed_in", user.id, None
    _tell(db, "change_handed_in", _publishers(db) - _authors(change))
    journal.note(db, user, "change_handed_in", change, codes={"pathway": change.pathway})
    return change


def send_back(db: Session, user: User, change_id: uuid.UUID, comment: str) -> Change:
    """Give a change back to those who prepare it, with what is still to be done."""
    change = _lock(db, change_id)
    policy.check(user, "send_back", change)
    comment = comment.strip()
    if not comment:
        raise Invalid([FieldProblem("comment", N_("Enter what is still to be done"))])
    if len(comment) > LONGEST_COMMENT:
        raise Invalid([FieldProblem("comment", N_("Enter at most 2000 characters"))])
    change.status, change.comment = "open", comment
    _tell(db, "change_sent_back", _authors(change))
    journal.note(db, user, "change_sent_back", change, codes={"pathway": change.pathway})
    return change


def publish_change(db: Session, user: User, change_id: uuid.UUID) -> list[Version]:
    """Publish what somebody else prepared: a new version of every pathway that holds a changed file.

    Running cases keep their version. Raises Refused while something is wrong, and Conflict where one of the files was
    published anew since the change began.
    """
    change = _lock(db, change_id)
    policy.check(user, "publish_change", change)
    _publishable(db, change)
    files = overlaid(current_files(db), change.files)
    holding = affected(db, change)
    published = publish(db, user, files, origin="site")
    change.status = "published"
    _tell(db, "change_published", _authors(change))
    journal.note(db, user, "change_published", change, codes={"pathway": change.pathway, "pathways": holding})
    return published


def take_over(db: Session, user: User, change_id: uuid.UUID) -> Change:
    """Let a change count from what is published now, by somebody who has compared the two."""
    change = _lock(db, change_id)
    policy.check(user, "take_over", change)
    current = current_files(db)
    change.files = {path: text for path, text in change.files.items() if not _same(current, path, text)}
    change.bases = {path: _digest(current, path) for path in change.files}
    _touch(change, user)
    journal.note(db, user, "change_taken_over", change, codes={"pathway": change.pathway})
    return change


def go_back(db: Session, user: User, pathway: str, number: int) -> Change:
    """Prepare a change that brings back what an earlier version said. Its number is a new one all the same."""
    journal.site(db)
    change = prepared(db, pathway)
    policy.check(user, "go_back", change)
    if change is not None and change.files:
        raise Refused(N_("A change of this pathway is being prepared. Publish it or give it up first."))
    old = version_of(db, pathway, number)
    current = current_files(db)
    paths = {
        f"{kind}/{key}": json.dumps(held, indent=2, ensure_ascii=False) if kind == "forms" else held
        for kind, files in old.content.items()
        for key, held in files.items()
        if current.get(kind, {}).get(key) != held
    }
    if not paths:
        raise Refused(N_("The current version says the same."))
    change = change or _begin(db, user, pathway)
    change.files = paths
    change.bases = {path: _digest(current, path) for path in paths}
    _touch(change, user)
    journal.note(
        db, user, "change_saved", change, codes={"pathway": pathway, "files": sorted(paths), "from": number}
    )
    return change


def version_of(db: Session, pathway: str, number: int) -> Version:
    """One version of a pathway. Raises NotFound."""
    found = db.scalar(
        select(Version)
        .join(Pathway, Version.pathway_id == Pathway.id)
        .where(Pathway.key == pathway, Version.number == number)
    )
    if found is None:
        raise NotFound(N_("We cannot find that version."))
    return found


def overtaken(current: Mapping[str, Mapping[str, Any]], change: Change) -> list[str]:
    """The files of a change that were published anew since it began."""
    return [path for path, digest in sorted(change.bases.items()) if _digest(current, path) != digest]


# ---- what the verbs share


def _lock(db: Session, change_id: uuid.UUID) -> Change:
    # The site's row orders everything that editors do: two people cannot publish at the same moment.
    journal.site(db)
    change = db.get(Change, change_id, populate_existing=True)
    if change is None:
        raise NotFound(N_("We cannot find that change."))
    return change


def _begin(db: Session, user: User, pathway: str) -> Change:
    change = Change(
        id=uuid.uuid4(),
        pathway=pathway,
        status="open",
        files={},
        bases={},
        editors=[],
        begun_at=clock.now(),
        changed_at=clock.now(),
        changed_by=user.id,
    )
    db.add(change)
    return change


def _touch(change: Change, user: User) -> None:
    change.changed_at, change.changed_by = clock.now(), user.id
    if str(user.id) not in change.editors:
        change.editors = [*change.editors, str(user.id)]


def _unchanged_since(change: Change | None, seen: int | None) -> None:
    if seen is not None and seen != (change.moves if change else 0):
        raise Conflict(
            N_("Somebody else has worked on this change in between. Look at it again, then enter yours.")
        )


def _belong(pathway: str, files: Mapping[str, str], current: Mapping[str, Mapping[str, str]]) -> None:
    """Raises Invalid for the diagram of a pathway that this one does not run."""
    for path, text in files.items():
        kind, _, key = path.partition("/")
        around = read_alone(current["diagrams"][pathway]).pathways if pathway in current["diagrams"] else ()
        called = {node.calls for one in around for node in one.nodes.values() if node.calls}
        if kind == "diagrams" and key != pathway and key not in called:
            raise Invalid(
                [
                    FieldProblem(
                        "file",
                        N_(
                            "This file holds another pathway than this one. Upload it on that pathway’s own page, "
                            "or under “New pathway” if it is new."
                        ),
                    )
                ]
            )
        if len(text.encode()) > diagram.MAX_BYTES:
            raise Invalid([FieldProblem("file", N_("This file is too large."))])


def _publishable(db: Session, change: Change) -> None:
    stale = overtaken(current_files(db), change)
    if stale:
        raise Conflict(
            N_(
                "Somebody published these files since this change began: {files}. Compare the two, then take over "
                "what is published, or take the file out of the change."
            ),
            {"files": ", ".join(path.partition("/")[2] for path in stale)},
        )
    if not change.files:
        raise Refused(N_("Nothing is different yet."))
    if any(one.severity == "error" for one in check(db, change)):
        raise Refused(N_("Something in this change is wrong. Mend what is listed, then go on."))


def _wrong(
    new: diagram.Wording, was: diagram.Wording, roles: Mapping[str, str], known: Mapping[str, Any]
) -> list[FieldProblem]:
    """What cannot be written into a step at all; whether it fits the rest is told by `check`."""
    found = []
    if not new.name.strip() or len(new.name) > LONGEST_NAME:
        found.append(FieldProblem("name", N_("Enter a name of at most 120 characters")))
    if len(new.instructions or "") > LONGEST_TEXT:
        found.append(FieldProblem("instructions", N_("Enter at most 10000 characters")))
    if new.role != was.role and new.role not in roles:
        found.append(FieldProblem("role", N_("Choose who does this step")))
    if new.form != was.form and new.form and new.form not in known:
        found.append(FieldProblem("form", N_("Choose a form from the list")))
    if new.due_anchor is None and (new.due_offset or new.start_offset):
        found.append(FieldProblem("anchor", N_("Choose what the deadline counts from")))
    for field, text in (
        ("number", new.due_offset),
        ("start_number", new.start_offset),
        ("takes_number", new.takes),
    ):
        if text:
            found += _unreadable(field, text, new.due_days)
    unclean = f"{new.name}{new.instructions or ''}"
    if any(ord(sign) < 32 and sign not in "\n\t" or ord(sign) in (0xFFFE, 0xFFFF) for sign in unclean):
        found.append(FieldProblem("instructions", N_("Take out the signs that cannot be shown")))
    return found


def _unreadable(field: str, text: str, days: str) -> list[FieldProblem]:
    try:
        schedule.check_offset(text, days)
    except ValueError as error:
        return [FieldProblem(field, str(error))]
    return []


def _held(current: Mapping[str, Mapping[str, Any]], path: str) -> Any:
    kind, _, key = path.partition("/")
    return current.get(kind, {}).get(key)


def _digest(current: Mapping[str, Mapping[str, Any]], path: str) -> str | None:
    held = _held(current, path)
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest() if held is not None else None


def _same(current: Mapping[str, Mapping[str, Any]], path: str, text: str) -> bool:
    held = _held(current, path)
    if held is None:
        return False
    if path.startswith("forms/"):
        return bool(held == form_definition(text))
    return bool(held == (mended(text) if path.startswith("diagrams/") else text))


def _authors(change: Change) -> set[uuid.UUID]:
    return {uuid.UUID(editor) for editor in change.editors}


def _publishers(db: Session) -> set[uuid.UUID]:
    """Everybody who may publish what somebody else prepared."""
    rows = db.execute(
        select(User.id, Role.may)
        .join(Membership, Membership.user_id == User.id)
        .join(Role, Role.key == Membership.role)
        .where(User.active)
    )
    return {row.id for row in rows if "publish_pathways" in row.may}


def _tell(db: Session, kind: str, people: set[uuid.UUID]) -> None:
    for person in sorted(people):
        notices.tell_of_change(db, person, kind)
