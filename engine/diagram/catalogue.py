"""What a pathway may refer to: roles, forms, facts, dates and the other pathways."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from engine import decisions, expressions, forms
from engine.decisions import Decision, Tables
from engine.errors import EngineError
from engine.forms import Form
from engine.words import Sentence, say

# The dates that expressions may read; only the last two are always known.
DATES = (*forms.DATES, "case_opened_on", "today")
# What a deadline or a timer may count from, besides the dates and dated facts.
ANCHORS = ("release", "case_opened", "step_opened", "supervision_end")


@dataclass(frozen=True)
class Reach:
    """What a pathway does as seen from another one that calls it.

    `asks` are the facts that some step of it asks, `surely` those known on every way to its end, `calls` the
    pathways it calls, `gives` for each of them what is surely known by then.
    """

    asks: frozenset[str] = frozenset()
    surely: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    gives: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Catalogue:
    """Roles as {key: name}, forms as {key: Form}, the keys of the pathways beside this one.

    `broken` gives the first problem of each form that has some; `reaches` says what the pathways beside this
    one ask and call, as far as they are known. Without `has_forms` nobody knows any form, nor what it would ask.
    `tables` are the decisions by id, `broken_tables` the first problem of each that has some, `table_files` the files
    that hold each; `found` are the facts that steps take from them: {name: {decision: kind}}.
    """

    roles: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    pathways: frozenset[str] = frozenset()
    broken: Mapping[str, str] = field(default_factory=dict)
    reaches: Mapping[str, Reach] = field(default_factory=dict)
    has_forms: bool = True
    tables: Tables = field(default_factory=dict)
    broken_tables: Mapping[str, str] = field(default_factory=dict)
    table_files: Mapping[str, frozenset[str]] = field(default_factory=dict)
    found: Mapping[str, Mapping[str, expressions.Kind]] = field(default_factory=dict)

    @cached_property
    def facts(self) -> dict[str, str]:
        """Every fact that some form asks or some table finds, with its kind; "?" if it may be missing."""
        tables = {
            key: kind.name + ("?" if kind.optional else "")
            for key, by in self.found.items()
            for kind in by.values()
        }
        return {**tables, **self.asked}

    @cached_property
    def asked(self) -> dict[str, str]:
        """Every fact that some form asks, with its kind for expressions; "?" if a form may leave it out."""
        found: dict[str, str] = {}
        for form in self.forms.values():
            for key, kind in forms.kinds(form).items():
                optional = kind.endswith("?") or found.get(key, "").endswith("?")
                found[key] = kind.rstrip("?") + ("?" if optional else "")
        return found

    @cached_property
    def kinds(self) -> dict[str, expressions.Kind]:
        """Every fact and date with its kind and choices; whether it may be missing is another question."""
        found = dict.fromkeys(DATES, expressions.Kind("date"))
        for key, by in self.found.items():
            kind_found = next(iter(by.values()))
            found[key] = expressions.Kind(kind_found.name, choices=kind_found.choices)
        for key, kind in self.asked.items():
            asked = [q for form in self.forms.values() for q in form.questions if q.key == key and q.fact]
            # Agencies and users are offered when the form is filled in: nobody can list them here.
            open_ended = any(not question.choices for question in asked)
            choices = {choice.value for question in asked for choice in question.choices}
            name = kind.rstrip("?")
            found[key] = expressions.Kind(name, choices=frozenset() if open_ended else frozenset(choices))
        return found

    def taken(self, file: str) -> frozenset[str]:
        """The ids of decisions that stand in other files than this one."""
        return frozenset(key for key, files in self.table_files.items() if files - {file})

    @cached_property
    def dates(self) -> frozenset[str]:
        """Everything that has a date to count from: the known dates, and the facts that are dates."""
        dated = {key for key, kind in self.facts.items() if kind.rstrip("?") in ("date", "datetime")}
        given = {
            question.date for form in self.forms.values() for question in form.questions if question.date
        }
        return frozenset(dated | given | set(DATES))

    def role(self, word: str) -> str | None:
        """The key of the role that has this key or name; None if there is none."""
        word = " ".join(word.split())
        if word in self.roles:
            return word
        named = (key for key, name in self.roles.items() if name.casefold() == word.casefold())
        return next(named, None)

    @classmethod
    def of(
        cls,
        roles: Mapping[str, str],
        known: Mapping[str, Form],
        sources: Mapping[str, bytes],
        broken: Mapping[str, str] | None = None,
        has_forms: bool = True,
        tables: Mapping[str, bytes] | None = None,
    ) -> Catalogue:
        """The catalogue of some roles and forms, and of the diagrams and tables (key -> XML) beside each other."""
        # The reading of a diagram needs a catalogue, and here a catalogue needs diagrams read.
        from engine.diagram.reading import found_by_tables, survey

        decided, broken_tables, files = _tables(tables or {})
        alone = cls(
            roles,
            known,
            frozenset(sources),
            broken or {},
            has_forms=has_forms,
            tables=decided,
            broken_tables=broken_tables,
            table_files=files,
            found=found_by_tables(sources, decided),
        )
        return replace(alone, reaches=survey(sources, alone))

    @classmethod
    def beside(cls, path: Path | str, given: Iterable[Path] = ()) -> Catalogue | None:
        """The catalogue of the folder a diagram lies in: roles.json and the diagrams beside it, ../forms/*.json.

        `given` are files of decision tables that count as if they lay there.
        None if there is no roles.json: the diagram then lies outside the project's own folders. Raises
        ValueError, worded, if roles.json cannot be read.
        """
        folder = Path(path).resolve().parent
        if not (folder / "roles.json").is_file():
            return None
        form_folder = folder.parent / "forms"
        known, broken = _forms(form_folder)
        sources = {file.stem: _bytes(file) for file in sorted(folder.glob("*.bpmn"))}
        tables = {file.stem: _bytes(file) for file in (*sorted(folder.glob("*.dmn")), *given)}
        return cls.of(_roles(folder / "roles.json"), known, sources, broken, form_folder.is_dir(), tables)


@lru_cache(maxsize=1024)
def nearest(word: str, known: tuple[str, ...]) -> str | None:
    """What somebody may have meant by a word that is not known; None if nothing is like it."""
    return next(iter(difflib.get_close_matches(word, known, 1, 0.75)), None)


def did_you_mean(near: str | None, otherwise: str) -> Sentence:
    """Advice about a word that is not known: the one that is near, or what to do where there is none."""
    return say("Did you mean “{nearest}”?", nearest=near) if near else Sentence(otherwise)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        # What is wrong with that file is said when it is checked itself.
        return b""


def _tables(
    sources: Mapping[str, bytes],
) -> tuple[dict[str, Decision], dict[str, str], dict[str, frozenset[str]]]:
    """The decisions of some files, the first error of each that has one, and the files that hold each."""
    known: dict[str, Decision] = {}
    broken: dict[str, str] = {}
    files: dict[str, frozenset[str]] = {}
    for name, xml in sources.items():
        read = decisions.read(xml, elsewhere=files)
        first = next((one.message for one in read.problems if one.severity == "error"), None)
        for key, decision in read.decisions.items():
            known.setdefault(key, decision)
            files[key] = files.get(key, frozenset()) | {name}
            if first is not None:
                broken.setdefault(key, first)
    return known, broken, files


def _roles(path: Path) -> dict[str, str]:
    try:
        listed = json.loads(path.read_text("utf-8"))["roles"]
        return {str(role["key"]): str(role["name"]) for role in listed}
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError("roles.json beside this file cannot be read; mend it first.") from error


def _forms(folder: Path) -> tuple[dict[str, Form], dict[str, str]]:
    known: dict[str, Form] = {}
    broken: dict[str, str] = {}
    for file in sorted(folder.glob("*.json")):
        try:
            definition: Any = file.read_bytes()
            known[file.stem] = forms.parse(definition)
        except (OSError, EngineError) as error:
            broken[file.stem] = str(error)
    return known, broken
