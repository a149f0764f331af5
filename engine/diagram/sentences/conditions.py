"""What the editor reads about conditions on arrows, and the facts and dates they ask for."""

from __future__ import annotations

from engine.problems import E, SentenceTable, W
from engine.words import N_

CONDITIONS: SentenceTable = {
    "condition_missing": (
        E,
        N_(
            "{step} has no condition, so nobody can tell when to take it. Write the condition on it, or make it the "
            "default: the way that is taken when no other condition holds."
        ),
    ),
    "condition_on_default": (
        E,
        N_(
            "{step} is the default of its gateway, so its condition is never looked at. Remove the condition, or make "
            "another arrow the default."
        ),
    ),
    "condition_out_of_place": (
        E,
        N_(
            "{step} has a condition, but comes from where nothing is decided: conditions stand on the arrows after a "
            "step, a decision (×) or an inclusive gateway (○). Draw a decision before it, or remove the condition."
        ),
    ),
    "default_unknown": (
        E,
        N_("The default way of {step} is not one of its arrows. Choose the default again."),
    ),
    "default_out_of_place": (
        W,
        N_(
            "{step} has a default way, but none of its arrows has a condition, so there is nothing to choose. It is "
            "followed with the others."
        ),
    ),
    "condition_faulty": (E, N_("The condition of {step} cannot be used: {reason}")),
    "fact_unknown": (
        W,
        N_("{step} asks for “{fact}”, which cannot be checked without the forms of this project."),
    ),
    "fact_not_set": (
        E,
        N_(
            "{step} asks for “{fact}”, but no step of this pathway has a form that asks it. Add a step with such a "
            "form before it."
        ),
    ),
    "fact_too_late": (
        E,
        N_(
            "{step} asks for “{fact}”, but every form that asks it comes later. Move that step before the decision."
        ),
    ),
    "fact_optional": (
        E,
        N_(
            "{step} asks for “{fact}”, but that question may be left empty. Make it a question that must be answered, "
            "or say in the condition what happens if it is empty (if {fact} = null then …)."
        ),
    ),
    "fact_sometimes_hidden": (
        W,
        N_(
            "{step} asks for “{fact}”, but that question is not always shown. If it can be hidden here, say in the "
            "condition what happens then (if {fact} = null then …)."
        ),
    ),
    "fact_on_some_ways": (
        W,
        N_(
            "{step} asks for “{fact}”, which is not asked on every way there. Ask it on every way, or say in the "
            "condition what happens without it (if {fact} = null then …)."
        ),
    ),
    "date_maybe_unknown": (
        W,
        N_(
            "{step} asks for the date “{fact}”, which may not be known by then. Say in the condition what happens "
            "without it (if {fact} = null then …)."
        ),
    ),
    "anchor_never_asked": (
        W,
        N_(
            "{step} counts from “{fact}”, but no step of this pathway has a form that asks it, so the date may never "
            "be known."
        ),
    ),
    "no_default": (
        W,
        N_(
            "{step} has no way for a case in which none of its conditions holds; the case would stop and need repair. "
            "Make one arrow the default."
        ),
    ),
}
