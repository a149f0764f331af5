"""Every problem that a decision table can have: its code, how grave it is, and what the editor reads.

{table} is what the decision is called, {column} and {rule} the place in it.
"""

from engine.problems import E, SentenceTable, W
from engine.words import N_

SENTENCES: SentenceTable = {
    # ---- The file
    "unreadable_file": (
        E,
        N_("This file cannot be opened. Check its name, and that it is a file you may read."),
    ),
    "folder_unreadable": (
        E,
        N_("The roles in roles.json beside this file cannot be read. Mend that file first."),
    ),
    "too_big": (E, N_("This file is larger than {limit} MB. A decision table is far smaller.")),
    "empty_file": (E, N_("This file is empty. Save the decision table again.")),
    "not_utf8": (E, N_("This file is not written in UTF-8. Save the table again, with encoding UTF-8.")),
    "not_xml": (E, N_("This file is damaged near line {line}. Save the table again.")),
    "has_doctype": (
        E,
        N_(
            "This file contains a document type or entities (“<!DOCTYPE …>”), which are not allowed. Remove them, or "
            "save the table again."
        ),
    ),
    "too_deep": (E, N_("This file is nested more than {limit} levels deep. Save the table again.")),
    "too_many_elements": (E, N_("This file has more than {limit} elements. Split the table into several.")),
    "too_many_attributes": (
        E,
        N_("An element in this file has more than {limit} attributes. Save the table again."),
    ),
    "is_bpmn": (
        E,
        N_("This is a BPMN diagram. Give its name the ending .bpmn, and the ending .dmn to decision tables."),
    ),
    "not_dmn": (
        E,
        N_("This is not a DMN decision table: it begins with “{found}”. Save the table as DMN 1.3."),
    ),
    "unknown_dmn": (
        E,
        N_("This table is written in a version of DMN that is not known here. Save it as DMN 1.3 to 1.5."),
    ),
    "no_decision": (E, N_("There is no decision in this file. Draw a decision table.")),
    "missing_id": (E, N_("The decision {table} has no id. Saving the table again gives it one.")),
    "duplicate_id": (E, N_("The id “{id}” is given twice in this file. Give each its own.")),
    "decided_elsewhere": (
        E,
        N_("There is a decision with the id “{id}” in another file too. Give one of them another id."),
    ),
    "key_differs": (
        E,
        N_(
            "This file is called “{key}”, so the decision that pathways call must have the id “{key}”; it has "
            "“{found}”. Change one of the two."
        ),
    ),
    "too_large": (
        E,
        N_(
            "{table} has {count} cells; at most {limit} can be surveyed. Split it into decisions that it requires."
        ),
    ),
    "too_many_letters": (
        E,
        N_(
            "The cells of this file hold more than {limit} characters together. Split it into several tables."
        ),
    ),
    # ---- What DMN has and is not decided here
    "unsupported_knowledge_model": (
        E,
        N_(
            "{table} is a business knowledge model, which cannot be run here. Write what it says into the table "
            "that uses it."
        ),
    ),
    "unsupported_service": (
        E,
        N_("{table} is a decision service, which cannot be run here. Call its decision directly."),
    ),
    "unsupported_import": (
        E,
        N_(
            "The file takes parts from another file ({found}). Put the decisions that it needs into this one."
        ),
    ),
    "unsupported_logic": (
        E,
        N_("{table} is decided by a {found}, which cannot be run here. Make it a decision table."),
    ),
    "unsupported_knowledge": (
        E,
        N_("{table} uses a business knowledge model. Write what that says into the table itself."),
    ),
    "no_logic": (E, N_("{table} does not say how it is decided. Draw its decision table.")),
    "two_logics": (E, N_("{table} is decided in two ways. Keep one of them.")),
    "unknown_element": (
        E,
        N_("{table} holds something that is no part of a decision table ({found}). Remove it."),
    ),
    "expression_language": (E, N_("{table} is written in “{found}”. Only FEEL is understood here.")),
    "type_structured": (
        E,
        N_(
            "“{column}” of {table} has a type of several parts ({found}). Give each part a column of its own."
        ),
    ),
    "type_unknown": (
        W,
        N_(
            "“{column}” of {table} has a type that is not known here ({found}). Its values are taken as they come."
        ),
    ),
    # ---- What requires what
    "requires_unknown": (
        E,
        N_("{table} requires “{found}”, which is no decision of this file. Draw it again."),
    ),
    "requires_circle": (
        E,
        N_(
            "{table} requires itself, directly or through others. Take one of the arrows of that circle away."
        ),
    ),
    "variable_unreadable": (
        E,
        N_(
            "{table} is required by another decision, but tables cannot read the name “{found}”. Give its variable a "
            "name of letters, digits and _."
        ),
    ),
    "variable_twice": (
        E,
        N_(
            "{table} and “{found}” give what they find the same name. Give the variable of one of them another."
        ),
    ),
    "variable_is_fact": (
        E,
        N_("What {table} finds is called like the fact “{found}”. Give its variable another name."),
    ),
    # ---- The table
    "policy_unknown": (
        E,
        N_(
            "{table} has the hit policy “{found}”. There are UNIQUE, ANY, FIRST, PRIORITY, RULE ORDER, OUTPUT ORDER "
            "and COLLECT."
        ),
    ),
    "aggregation_unknown": (
        E,
        N_("{table} collects by “{found}”. There are SUM, MIN, MAX and COUNT."),
    ),
    "aggregation_without_collect": (
        E,
        N_(
            "{table} says {found}, which only the hit policy COLLECT can do. Choose COLLECT, or take it away."
        ),
    ),
    "aggregation_several": (
        E,
        N_("{table} makes one number ({found}) of several outputs. Keep one output, or plain COLLECT."),
    ),
    "aggregation_of_others": (
        E,
        N_("{table} adds up “{column}”, which is not a number. Choose plain COLLECT, or COUNT."),
    ),
    "no_outputs": (E, N_("{table} has no output. Add a column for what it finds.")),
    "no_rules": (E, N_("{table} has no rules. Add a row, or nothing is ever found.")),
    "input_empty": (E, N_("A column of {table} does not say what it asks. Enter a fact.")),
    "input_faulty": (E, N_("“{column}” of {table} cannot be read: {reason}")),
    "input_kind": (
        E,
        N_(
            "“{column}” of {table} says that it asks {needed}, but “{found}” is {kind}. Change the type of the column."
        ),
    ),
    "output_unnamed": (E, N_("An output of {table} has no name. Give each output one.")),
    "output_unreadable": (
        E,
        N_("The output “{found}” of {table} cannot be the name of a fact. Use letters, digits and _."),
    ),
    "output_twice": (E, N_("Two outputs of {table} are called “{found}”. Give each its own name.")),
    "values_faulty": (E, N_("The values listed for “{column}” of {table} cannot be read: {reason}")),
    "default_faulty": (E, N_("What “{column}” of {table} is when no rule fits cannot be read: {reason}")),
    "priority_unlisted": (
        E,
        N_(
            "{table} goes by the order of its output values ({found}), but lists none. List them, the first first."
        ),
    ),
    "cells_missing": (E, N_("Rule {rule} of {table} has {count} cells where there are {limit} columns.")),
    "cell_faulty": (E, N_("Rule {rule}, “{column}”, of {table}: {reason}")),
    "result_faulty": (E, N_("Rule {rule} of {table}, what “{column}” is then: {reason}")),
    "result_missing": (
        W,
        N_(
            "Rule {rule} of {table} does not say what “{column}” is. It then has no value; write null if you mean that."
        ),
    ),
    "result_unlisted": (
        E,
        N_("Rule {rule} of {table} gives “{column}” {found}, which is not among the values listed for it."),
    ),
    "formula_faulty": (E, N_("What {table} finds cannot be worked out: {reason}")),
    "rules_overlap": (
        W,
        N_(
            "Rules {rule} of {table} can fit at once, and the hit policy UNIQUE allows only one. A case for which they "
            "do needs repair."
        ),
    ),
    "rules_contradict": (
        W,
        N_(
            "Rules {rule} of {table} can fit at once and say different things, which the hit policy ANY does not "
            "allow. A case for which they do needs repair."
        ),
    ),
    "rule_never": (
        W,
        N_("Rule {rule} of {table} is never reached: an earlier one always fits. Put that one last."),
    ),
    # ---- Routing, not scoring
    "scores_a_person": (
        E,
        N_(
            "“{found}” of {table} is named like a score. Throughcare never scores a person and never decides about "
            "one: a table may say which office, which way or which notice period, and a professional decides the rest "
            "in a form."
        ),
    ),
    "adds_up": (
        W,
        N_(
            "{table} adds numbers up into “{column}”. That is right for weeks or costs; never weigh the answers about "
            "a person and add them up, because Throughcare does not score people."
        ),
    ),
    # ---- What other systems add
    "foreign_ignored": (W, N_("{table} carries settings of another system ({found}). They are ignored.")),
}
