"""What the editor reads about files from elsewhere: what was mended, what is ignored, what to write instead."""

from __future__ import annotations

from engine.problems import E, SentenceTable, W
from engine.words import N_

# What the editor can take over with one press.
TRANSLATED = frozenset({"condition_translated", "repeat_translated", "timer_translated"})

BORROWED: SentenceTable = {
    # ---- Mended
    "encoding_repaired": (
        W,
        N_("The file is written in an older encoding. We wrote it in UTF-8."),
    ),
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
    # ---- What other systems add
    "attribute_unknown": (
        E,
        N_("{step} carries “{found}”, which is not known here, so nothing would come of it. {advice}"),
    ),
    "person_ignored": (
        W,
        N_("{step} names people or groups itself. That is ignored: the lane says who does a step."),
    ),
    "foreign_ignored": (W, N_("{step} carries settings of another system ({found}). They are ignored.")),
    "import_ignored": (
        W,
        N_(
            "The diagram names a file of data types ({found}), which only a program would use. It is ignored: forms "
            "say what is asked."
        ),
    ),
    "foreign_form": (
        W,
        N_(
            "{step} asks a form of another system (“{found}”), which nobody would see here. Choose a form for the "
            "step, or write one that asks the same."
        ),
    ),
    "foreign_start_form": (
        W,
        N_(
            "{step} asks a form of another system (“{found}”) before anything else. Here a case begins without "
            "questions: draw a first step that asks them."
        ),
    ),
    "foreign_people": (
        W,
        N_(
            "{step} is given to “{found}” in the way of another system. That is ignored: the lane says who does a "
            "step. Draw the step in the lane of that role."
        ),
    ),
    "foreign_deadline": (
        W,
        N_(
            "{step} has a date in the way of another system (“{found}”). It is ignored: give the step a date to count "
            "from, and a distance."
        ),
    ),
    "foreign_instructions": (
        W,
        N_(
            "{step} has instructions in the way of another system, which nobody would see here. Write them as the "
            "step’s instructions (its documentation)."
        ),
    ),
    "foreign_program": (
        E,
        N_(
            "{step} is done by a program of another system ({found}), and a pathway runs none. Make it a step for the "
            "person who sees to it, and take the program out."
        ),
    ),
    "foreign_worker": (
        W,
        N_(
            "{step} is done by a program in another system (“{found}”). Here the people in its lane are asked to do it."
        ),
    ),
    "foreign_script": (
        E,
        N_(
            "{step} runs a script before or after it ({found}), and a pathway runs none. Take the script out; what it "
            "worked out, a form can ask."
        ),
    ),
    "foreign_listener": (
        E,
        N_(
            "{step} lets a program of another system run beside it ({found}), and a pathway runs none. Take it out; if "
            "somebody has to do something, draw a step for it."
        ),
    ),
    "foreign_mapping": (
        E,
        N_(
            "{step} takes or gives values under other names ({found}). Here every step knows what was answered before, "
            "under the names that the forms give. Take the renaming out."
        ),
    ),
    "service_by_program": (
        E,
        N_(
            "{step} is done by a program of another system (“{found}”), and a pathway runs none. Make it a step for "
            "the person who sees to it. If it only tells people of their work, leave it out: they are told anyway."
        ),
    ),
    "each_foreign": (
        E,
        N_(
            "{step} is done for each of “{found}”, a list of another system. Choose the list that it is done for here: "
            "a question with several answers."
        ),
    ),
    "call_foreign": (
        E,
        N_("{step} calls “{found}” in the way of another system. Choose the pathway that it calls here."),
    ),
}
