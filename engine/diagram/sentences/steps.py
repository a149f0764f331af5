"""What the editor reads about steps: who does them, by when, with which form, and how often."""

from __future__ import annotations

from engine.problems import E, SentenceTable, W
from engine.words import N_

STEPS: SentenceTable = {
    # ---- Steps
    "step_without_name": (
        E,
        N_(
            "{step} needs a name, so that everybody knows what to do. Write what is to be done, beginning with a verb."
        ),
    ),
    "step_without_role": (
        E,
        N_(
            "{step} lies in no lane with a role, so nobody would be asked to do it. Draw it in the lane of those who "
            "do it."
        ),
    ),
    "role_unknown": (
        E,
        N_(
            "The lane {step} names the role “{found}”, which is not known here, so nobody would be asked to do its "
            "steps. {advice}"
        ),
    ),
    "step_without_form": (W, N_("{step} has no form: the person can only say that it is done.")),
    "form_unknown": (E, N_("{step} asks for the form “{found}”, which is not known here. {advice}")),
    "form_broken": (E, N_("{step} asks for the form “{found}”, which has problems itself: {reason}")),
    "anchor_unknown": (
        E,
        N_("{step} counts from “{found}”, which is not a known date. Choose one of: {known}."),
    ),
    "offset_unreadable": (E, N_("{step} has a distance that cannot be read: {reason}")),
    "parameter_unknown": (
        E,
        N_("{step} counts with the parameter “{found}”, which does not exist. {advice}"),
    ),
    "parameter_unit": (
        E,
        N_("{step} counts “{found}” in another unit. Write {letter} after its closing bracket."),
    ),
    "days_unknown": (E, N_("{step} counts in “{found}” days. Choose calendar or working days.")),
    "deadline_without_anchor": (
        E,
        N_("{step} has a distance ({found}) but no date to count from. Choose the date."),
    ),
    "start_after_due": (
        E,
        N_(
            "{step} would be due before it can begin. Let it begin earlier ({start}), or be due later ({due})."
        ),
    ),
    "takes_unreadable": (
        E,
        N_("{step} says that it takes “{found}”. Write a length of time such as P2W, without a minus."),
    ),
    "takes_too_long": (
        W,
        N_("{step} takes longer ({takes}) than the time between its earliest start and its due date."),
    ),
    # ---- Lanes
    "two_lanes": (E, N_("{step} lies in two lanes ({found}). Move it so that it lies in one.")),
    # ---- Called pathways
    "call_missing": (E, N_("{step} does not say which pathway it calls. Choose a pathway.")),
    "call_unknown": (E, N_("{step} calls the pathway “{found}”, which does not exist. Choose a pathway.")),
    "call_itself": (
        E,
        N_("{step} calls the pathway it is part of, so a case would never end. Draw an arrow back instead."),
    ),
    "call_circle": (
        E,
        N_(
            "{step} calls “{found}”, which leads back to this pathway, so a case would never end. Draw it without the "
            "circle."
        ),
    ),
    # ---- Several times
    "each_missing": (
        E,
        N_(
            "{step} is marked to be done several times, but not for whom. Choose the list it is done for, or a number."
        ),
    ),
    "each_unknown": (
        E,
        N_("{step} is done for each of “{found}”, which no form asks. Choose a list that a form asks."),
    ),
    "each_not_list": (
        E,
        N_(
            "{step} is done for each of “{found}”, which is not a list. Choose a question with several answers."
        ),
    ),
    "each_not_set": (
        E,
        N_(
            "{step} is done for each of “{fact}”, but no step before it has a form that asks it. Add a step with such "
            "a form before it."
        ),
    ),
    "each_maybe_missing": (
        W,
        N_(
            "{step} is done for each of “{fact}”, which is not asked on every way there or may be left empty. Ask it "
            "before on every way, in a question that must be answered."
        ),
    ),
    "each_and_number": (E, N_("{step} has both a list (“{found}”) and a number of times. Keep one of them.")),
    "repeat_faulty": (E, N_("How often {step} is done cannot be read: {reason}")),
    # ---- Loop markers
    "again_without_condition": (
        E,
        N_(
            "{step} is done again, but nobody can tell how long. Write the condition under which it is done again, or "
            "how many times at the most."
        ),
    ),
    "again_unreadable": (
        E,
        N_("{step} is done “{found}” times at the most, which is no whole number from 1 to {limit}."),
    ),
    "repeated_twice": (
        E,
        N_(
            "{step} is both done again and done several times. Keep one of the two; put the other on a sub-process "
            "around it."
        ),
    ),
}
