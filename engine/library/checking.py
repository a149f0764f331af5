"""Everything that hinders a change from being published, in words beside its step or question."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from engine import decisions, diagram, forms
from engine.errors import FieldProblem, Invalid
from engine.library.comparing import form_definition
from engine.library.publishing import (
    Content,
    content_of,
    current_files,
    digest_of,
    form_problems,
    mended,
    role_names,
    table_problems,
)
from engine.models import Change
from engine.words import N_, Sentence, say

FORM_BYTES = 1_000_000
# What was judged once holds for the same files; a change is looked at many times before it is different.
KEPT = 32
_judged: OrderedDict[str, list["Trouble"]] = OrderedDict()


@dataclass(frozen=True)
class Trouble:
    """One thing wrong with a file: `element` is the step's id or the question's key, "" for the file itself.

    An `error` hinders publishing, a `warning` does not. `translated`: the sentence says what to write instead, and
    `translate_conditions` writes it.
    """

    file: str
    severity: diagram.Severity
    element: str
    words: Sentence
    translated: bool = False


def check(db: Session, change: Change) -> list[Trouble]:
    """What is wrong with the files of a change, and with those that it would spoil."""
    files, roles = overlaid(current_files(db), change.files), role_names(db)
    key = hashlib.sha256(json.dumps([files, roles, change.files], sort_keys=True).encode()).hexdigest()
    if key not in _judged:
        _judged[key] = list(_judge(files, change.files, affected(db, change), roles))
        while len(_judged) > KEPT:
            _judged.popitem(last=False)
    _judged.move_to_end(key)
    return _judged[key]


def affected(db: Session, change: Change) -> list[str]:
    """The keys of the pathways that get a new version when a change is published, its own first."""
    current = current_files(db)
    files = overlaid(current, change.files)
    found = [
        key
        for key in files["diagrams"]
        if key not in current["diagrams"]
        or digest_of(content_of(key, files)) != digest_of(content_of(key, current))
    ]
    return sorted(found, key=lambda key: (key != change.pathway, key))


# How the text of a file of each kind is published; a decision table's as it is.
_PUBLISHED: dict[str, Callable[[str], Any]] = {"diagrams": mended, "forms": form_definition}


def overlaid(files: Content, changed: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """All files as they are once the changed ones are published: a diagram with what could be mended in it."""
    found = {kind: dict(held) for kind, held in files.items()}
    for path, text in changed.items():
        kind, _, key = path.partition("/")
        found.setdefault(kind, {})[key] = _PUBLISHED.get(kind, str)(text)
    return found


def read_file(name: str, content: bytes) -> tuple[str, str]:
    """Where an uploaded file belongs ("diagrams/<key>", "forms/<key>" or "tables/<key>"), and its text.

    What it is and what it is called is read from the file itself, since browsers rename files. Raises Invalid when
    nothing can be made of it; what is merely wrong with it is told by `check`.
    """
    if not content.strip():
        raise _unusable(
            N_("This file is empty. Choose a diagram (.bpmn), a form (.json) or a decision table (.dmn).")
        )
    if name.lower().endswith(".json") or content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _read_form(content)
    table = decisions.read(content)
    if table.known or name.lower().endswith(".dmn"):
        return _read_table(table, content)
    return _read_diagram(content)


def _read_form(content: bytes) -> tuple[str, str]:
    if len(content) > FORM_BYTES:
        raise _unusable(N_("This form is larger than 1 MB. A form of 100 questions is far smaller."))
    try:
        text = content.decode("utf-8-sig")
        read = json.loads(text)
    except (ValueError, RecursionError):
        raise _unusable(
            N_("This file is not a form: it is no JSON in UTF-8. Save it again and upload it.")
        ) from None
    key = read.get("key") if isinstance(read, dict) else None
    if not isinstance(key, str) or not forms.is_key(key):
        raise _unusable(
            N_("This form does not say its key: small letters, digits and _, beginning with a letter.")
        )
    return f"forms/{key}", text


def _read_diagram(content: bytes) -> tuple[str, str]:
    read = diagram.read(content)
    if read.root is None:
        raise Invalid([FieldProblem("file", problem.words) for problem in read.problems])
    if len(read.pathways) != 1 or not forms.is_key(read.pathways[0].id):
        raise _unusable(
            N_(
                "This file must hold one pathway whose id is made of small letters, digits and _. "
                "Set the id of the process in your diagram editor."
            )
        )
    return f"diagrams/{read.pathways[0].id}", diagram.in_utf8(content).decode()


def _read_table(read: decisions.Read, content: bytes) -> tuple[str, str]:
    if not read.known or not read.decisions:
        raise Invalid([FieldProblem("file", problem.words) for problem in read.problems])
    tops = decisions.top_of(read.decisions)
    if len(tops) != 1 or not forms.is_key(tops[0]):
        raise _unusable(
            N_(
                "This file must hold one decision that pathways call, beside those that it requires, and its id must "
                "be made of small letters, digits and _. Set the id of the decision in your editor."
            )
        )
    return f"tables/{tops[0]}", content.decode("utf-8")


def _judge(
    files: Content, changed: Mapping[str, str], pathways: Collection[str], roles: Mapping[str, str]
) -> Iterator[Trouble]:
    known: dict[str, forms.Form] = {}
    broken: dict[str, str] = {}
    for key, definition in files["forms"].items():
        try:
            known[key] = forms.parse(definition)
        except forms.InvalidForm as wrong:
            broken[key] = str(wrong)
    sources = {key: xml.encode() for key, xml in files["diagrams"].items()}
    tables = {key: xml.encode() for key, xml in files.get("tables", {}).items()}
    catalogue = diagram.Catalogue.of(roles, known, sources, broken, tables=tables)
    contents = {key: content_of(key, files) for key in pathways}
    texts = {path[6:]: text for path, text in changed.items() if path.startswith("forms/")}
    for key, problems in form_problems(texts, files["forms"], roles).items():
        for problem in problems:
            yield Trouble(f"forms/{key}", "error", problem.question, problem.words)
    asked = {key for content in contents.values() for key in content["forms"]}
    for key in sorted(texts.keys() - asked):
        yield Trouble(
            f"forms/{key}", "warning", "", say(N_("No step asks this form, so it would not be published."))
        )
    held = {key for content in contents.values() for key in content.get("tables", {})}
    given = {path[7:] for path in changed if path.startswith("tables/")}
    for key in sorted(given - held):
        yield Trouble(
            f"tables/{key}", "warning", "", say(N_("No step calls this table, so it would not be published."))
        )
    for key in sorted(given | held):
        for one in table_problems(key, tables[key], catalogue):
            if one.severity == "error" or key in given:
                yield Trouble(f"tables/{key}", one.severity, one.element or "", one.words)
    touched = {path[9:] for path in changed if path.startswith("diagrams/")}
    for key in sorted(touched | {name for content in contents.values() for name in content["diagrams"]}):
        # As the editor sent it, so that what was mended is told.
        source = changed.get(f"diagrams/{key}", files["diagrams"][key]).encode()
        for found in diagram.read(source, catalogue, key).problems:
            # Elsewhere only what the change spoils is of interest here.
            if found.severity == "error" or key in touched:
                offers = found.code in diagram.TRANSLATED and key in touched
                yield Trouble(f"diagrams/{key}", found.severity, found.element or "", found.words, offers)


def _unusable(sentence: str) -> Invalid:
    return Invalid([FieldProblem("file", sentence)])
