"""What the editor reads about steps that a decision table does."""

from __future__ import annotations

from engine.problems import E, SentenceTable, W
from engine.words import N_

RULES: SentenceTable = {
    "rule_without_decision": (
        E,
        N_(
            "{step} is a business rule task, but does not say which decision it calls. Choose a decision table, or "
            "draw a decision (×) with a condition on each arrow instead."
        ),
    ),
    "decision_foreign": (
        E,
        N_("{step} finds out which decision it calls by a formula ({found}). Enter the id of the decision."),
    ),
    "decision_named_twice": (
        E,
        N_("{step} calls several decisions ({found}). Keep one of them."),
    ),
    "decision_unknown": (E, N_("{step} calls the decision “{found}”, which does not exist. {advice}")),
    "decision_unseen": (
        W,
        N_(
            "{step} calls the decision “{found}”, which cannot be checked without the tables of this project."
        ),
    ),
    "decision_broken": (E, N_("{step} calls the decision “{found}”, which has problems itself: {reason}")),
    "result_unreadable": (
        E,
        N_(
            "{step} keeps what is found as “{found}”, which cannot be the name of a fact. Use letters, digits and _."
        ),
    ),
    "rule_repeated": (
        E,
        N_("{step} is decided by a table and marked to be done several times. Take that mark away."),
    ),
    "result_clash": (
        E,
        N_(
            "{step} finds “{fact}”, but that is asked by a form too, or is a date or a word of its own. Give the "
            "output of the table another name."
        ),
    ),
    "result_twice": (
        E,
        N_("{step} finds “{fact}”, which the decision “{found}” finds too. Give one of them another name."),
    ),
    "table_fact_unknown": (
        E,
        N_("{step} is decided by “{found}”, which asks for “{fact}”. No form asks that: correct the table."),
    ),
    "table_fact_not_set": (
        E,
        N_(
            "{step} is decided by “{found}”, which asks for “{fact}”, but no step of this pathway has a form that asks "
            "it. Add a step with such a form before it."
        ),
    ),
    "table_fact_too_late": (
        E,
        N_(
            "{step} is decided by “{found}”, which asks for “{fact}”, but every form that asks it comes later. Move "
            "that step before it."
        ),
    ),
    "table_fact_maybe_missing": (
        W,
        N_(
            "{step} is decided by “{found}”, which asks for “{fact}”, and that may have no answer by then. Add a rule "
            "for it (null), or one at the end that fits everything."
        ),
    ),
    "fact_not_always_found": (
        E,
        N_(
            "{step} asks for “{fact}”, but its table does not always find it. Add a rule that fits everything or a "
            "default to the table, or say in the condition what happens without it (if {fact} = null then …)."
        ),
    ),
    "ends_unseen": (
        W,
        N_(
            "After {step}, what a table found can end the case without anybody having looked. A table may route, but "
            "never decide about a person: draw a step for a person before that end."
        ),
    ),
}
