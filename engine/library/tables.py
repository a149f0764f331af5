"""Decision tables as editors read them: row by row, and what is different between two states of one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.decisions import Decision, Rule
from engine.library.editions import read_tables
from engine.library.spelling import Questions
from engine.words import N_, Sentence, say

POLICIES: dict[str, str] = {
    "UNIQUE": N_("One rule fits at most (UNIQUE)."),
    "ANY": N_("Rules that fit at the same time must say the same (ANY)."),
    "FIRST": N_("The first rule that fits counts (FIRST)."),
    "PRIORITY": N_("Of the rules that fit, the one with the most wanted result counts (PRIORITY)."),
    "RULE ORDER": N_("Every rule that fits counts, in the order of the table (RULE ORDER)."),
    "OUTPUT ORDER": N_("Every rule that fits counts, the most wanted result first (OUTPUT ORDER)."),
    "COLLECT": N_("Every rule that fits counts (COLLECT)."),
}
AGGREGATIONS: dict[str, str] = {
    "SUM": N_("What the rules that fit give is added up (COLLECT SUM)."),
    "MIN": N_("The smallest of what the rules that fit give counts (COLLECT MIN)."),
    "MAX": N_("The greatest of what the rules that fit give counts (COLLECT MAX)."),
    "COUNT": N_("It is counted how many rules fit (COLLECT COUNT)."),
}
WHATEVER = N_("anything")


@dataclass(frozen=True)
class Row:
    """A rule: its number, then its cells from left to right as they are written; what the editor noted about it."""

    number: int
    cells: list[Sentence]
    note: str


@dataclass(frozen=True)
class Grid:
    """A decision, to be shown as a table. `file` is the key of its file; `asked` and `found` name the columns.

    Without rows it is worked out by `formula`. `defaults`: what is found where no rule fits, "" where nothing is.
    """

    file: str
    id: str
    name: str
    policy: Sentence
    asked: list[str]
    found: list[str]
    rows: list[Row]
    defaults: list[str]
    formula: str | None
    requires: list[str]


def grids(tables: Mapping[str, str], asked: Questions | None = None) -> list[Grid]:
    """Every decision of some files (key -> XML), each file's own one first; what cannot be read is left out.

    A column without a label of its own is called like the question of `asked` whose answer it asks.
    """
    found = []
    for file, xml in tables.items():
        known = read_tables(xml).decisions
        for decision in sorted(known.values(), key=lambda one: one.id != file):
            found.append(_grid(file, decision, known, asked or {}))
    return found


def _grid(file: str, decision: Decision, known: Mapping[str, Decision], asked: Questions) -> Grid:
    return Grid(
        file=file,
        id=decision.id,
        name=decision.name,
        policy=policy_words(decision),
        asked=[asked[one.label].label if one.label in asked else one.label for one in decision.inputs],
        found=[one.label for one in decision.outputs],
        rows=[
            Row(number, [_cell(text) for text in (*rule.tests, *rule.results)], rule.note)
            for number, rule in enumerate(decision.rules, 1)
        ],
        defaults=[one.default or "" for one in decision.outputs],
        formula=decision.formula,
        requires=[known[one].name for one in decision.requires if one in known],
    )


def policy_words(decision: Decision) -> Sentence:
    """What becomes of the rules that fit."""
    if decision.formula is not None:
        return say(N_("It is worked out by a formula."))
    words = AGGREGATIONS.get(decision.aggregation or "") or POLICIES.get(decision.policy)
    return Sentence(words) if words else say("“{text}”", text=decision.policy)


def _cell(text: str | None) -> Sentence:
    return Sentence(WHATEVER) if text is None else say("{text}", text=text)


# ---- differences


def differences(key: str, before: str | None, after: str | None) -> Iterator[tuple[str, Sentence]]:
    """What is different between two states of a file: the id of the rule or decision ("" for the file), and what."""
    old, new = (read_tables(xml).decisions if xml is not None else {} for xml in (before, after))
    if before is None or after is None:
        names = [one.name for one in (new or old).values()] or [key]
        template = (
            N_("Added: the decision table {names}.")
            if before is None
            else N_("No longer part of it: {names}.")
        )
        yield "", Sentence(template, {"names": [say("“{name}”", name=name) for name in names]})
        return
    told = list(_decisions(old, new))
    # Whoever compares must not believe that two files are the same.
    yield from told or [
        ("", say(N_("The decision table “{key}” is different in its drawing only."), key=key))
    ]


def _decisions(old: Mapping[str, Decision], new: Mapping[str, Decision]) -> Iterator[tuple[str, Sentence]]:
    for ident, decision in old.items():
        if ident not in new:
            yield ident, say(N_("Removed: the decision “{table}”."), table=decision.name)
    for ident, decision in new.items():
        if ident not in old:
            yield ident, say(N_("Added: the decision “{table}”."), table=decision.name)
        elif old[ident] != decision:
            yield from _decision(old[ident], decision)


def _decision(old: Decision, new: Decision) -> Iterator[tuple[str, Sentence]]:
    table = {"table": new.name}
    if old.name != new.name:
        yield new.id, say(N_("The decision “{old}” is now called “{new}”."), old=old.name, new=new.name)
    if (old.policy, old.aggregation) != (new.policy, new.aggregation):
        yield new.id, say(N_("In “{table}” it is now so: {policy}"), **table, policy=policy_words(new))
    if old.formula != new.formula:
        yield (
            new.id,
            say(N_("“{table}” is now worked out so: {formula}"), **table, formula=new.formula or "–"),
        )
    if old.requires != new.requires or old.variable != new.variable:
        yield (
            new.id,
            say(N_("“{table}” now rests on other decisions, or is called otherwise by them."), **table),
        )
    yield from _columns(old, new)
    yield from _rules(old, new)


def _columns(old: Decision, new: Decision) -> Iterator[tuple[str, Sentence]]:
    for kind in ("inputs", "outputs"):
        before, after = ({one.id: one for one in getattr(decision, kind)} for decision in (old, new))
        for ident in before.keys() - after.keys():
            yield (
                new.id,
                say(
                    N_("“{table}” has no column “{column}” any more."),
                    table=new.name,
                    column=before[ident].label,
                ),
            )
        for ident, column in after.items():
            words = {"table": new.name, "column": column.label}
            if ident not in before:
                yield new.id, Sentence(N_("“{table}” has a new column “{column}”."), words)
            elif before[ident] != column:
                yield (
                    new.id,
                    Sentence(
                        N_("In “{table}”, what “{column}” asks, allows or gives by itself is different."),
                        words,
                    ),
                )


def _rules(old: Decision, new: Decision) -> Iterator[tuple[str, Sentence]]:
    before, after = ({rule.id: rule for rule in decision.rules} for decision in (old, new))
    for ident, rule in before.items():
        if ident not in after:
            yield (
                ident,
                say(N_("Removed from “{table}”: the rule {rule}."), table=new.name, rule=_said(old, rule)),
            )
    for number, rule in enumerate(new.rules, 1):
        words = {"table": new.name, "number": number, "rule": _said(new, rule)}
        earlier = before.get(rule.id)
        if earlier is None:
            yield rule.id, Sentence(N_("Added to “{table}” as rule {number}: {rule}."), words)
        elif (earlier.tests, earlier.results) != (rule.tests, rule.results):
            was = _said(old, earlier)
            template = N_("Rule {number} of “{table}” is now: {rule}. It was: {old}.")
            yield rule.id, Sentence(template, {**words, "old": was})
        elif earlier.note != rule.note:
            yield rule.id, Sentence(N_("The note at rule {number} of “{table}” is different."), words)
    kept = [ident for ident in before if ident in after]
    if kept != [ident for ident in after if ident in before]:
        yield new.id, say(N_("In “{table}”, the rules are in another order."), table=new.name)


def _said(decision: Decision, rule: Rule) -> Sentence:
    """A rule as one reads it aloud."""
    asked = [
        say("“{column}” {test}", column=column.label, test=test)
        for column, test in zip(decision.inputs, rule.tests, strict=False)
        if test is not None
    ]
    given = [
        say("“{column}” {value}", column=column.label, value=value or "–")
        for column, value in zip(decision.outputs, rule.results, strict=False)
    ]
    words = {"asked": asked or Sentence(WHATEVER), "given": given}
    return Sentence(N_("for {asked}: {given}"), words)
