"""What the editor reads about files from elsewhere: what was mended, what is ignored, what to write instead."""

from __future__ import annotations

from engine.diagram.model import Severity
from engine.words import N_

E: Severity = "error"
W: Severity = "warning"

# What the editor can take over with one press.
TRANSLATED = frozenset({"condition_translated", "repeat_translated", "timer_translated"})

BORROWED: dict[str, tuple[Severity, str]] = {
    # ---- Mended
    "namespace_repaired": (
        W,
        N_("The file does not name BPMN 2.0 by its exact address (its namespace). We wrote the right one."),
    ),
    "executable_assumed": (
        W,
        N_(
            "{step} is not marked as executable. It is the only pathway here that could be run, so we marked it."
        ),
    ),
    "executable_unusual": (
        W,
        N_(
            "{step} is marked as executable in an unusual way (“{found}”). We wrote it in the usual way (“true”)."
        ),
    ),
    "id_given": (
        W,
        N_("{step} has no id in the file, so nothing could refer to it. We gave it the id “{id}”."),
    ),
    "id_spaces": (W, N_("{step} has spaces around its id. We took them away.")),
    "reference_spaces": (
        W,
        N_("{step} refers to another element with spaces around its id. We took them away."),
    ),
    "reference_prefix": (
        W,
        N_(
            "{step} refers to another element with a prefix that its id does not have. We took the prefix away."
        ),
    ),
    "drawing_spaces": (
        W,
        N_("The drawing refers to its elements with spaces around their ids. We took them away."),
    ),
    "lane_spaces": (W, N_("The list of steps in the lane {step} has spaces in it. We took them away.")),
    "lane_unknown_node": (
        W,
        N_(
            "The lane {step} lists “{found}”, which is not a step of this pathway. We took it out of the list."
        ),
    ),
    "arrow_lists": (
        W,
        N_(
            "In {step}, some elements do not list the arrows that are drawn at them. What is drawn counts; we put the "
            "lists right."
        ),
    ),
    # ---- Conditions and times in another language
    "condition_translated": (
        E,
        N_("The condition “{found}” of {step} is written for another system. Write: {feel}"),
    ),
    "condition_foreign": (
        E,
        N_(
            "The condition “{found}” of {step} is written for another system and cannot be taken over as it is. "
            "{advice}"
        ),
    ),
    "condition_language": (
        E,
        N_(
            "The condition of {step} is written in “{found}”. Conditions are written in FEEL, for example: agreement = "
            '"given".'
        ),
    ),
    "repeat_translated": (
        E,
        N_("How often {step} is done (“{found}”) is written for another system. Write {feel} instead."),
    ),
    "repeat_foreign": (
        E,
        N_(
            "How often {step} is done (“{found}”) is written for another system and cannot be taken over as it is. "
            "{advice}"
        ),
    ),
    "timer_translated": (
        E,
        N_("The time “{found}” of {step} is written for another system. Write {feel} instead."),
    ),
    "timer_foreign": (
        E,
        N_(
            "The time “{found}” of {step} is worked out by another system. Write a length of time such as P2W (two "
            "weeks), or choose the date to count from, which may be one that a form asks."
        ),
    ),
}
