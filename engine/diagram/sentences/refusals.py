"""What the editor reads about BPMN elements that cannot be run: what to draw instead."""

from __future__ import annotations

from engine.problems import E, SentenceTable
from engine.words import N_

REFUSALS: SentenceTable = {
    "unsupported_script_task": (
        E,
        N_(
            "{step} is a script. A pathway cannot run program code; make it a step for a person, or leave it out."
        ),
    ),
    "unsupported_service_task": (
        E,
        N_("{step} is a service task, done by a machine. Make it a step for the person who sees to it."),
    ),
    "unsupported_complex_gateway": (
        E,
        N_(
            "{step} is a complex gateway. Use a decision (×), a parallel gateway (+) or an inclusive gateway (○)."
        ),
    ),
    "unsupported_start": (
        E,
        N_(
            "{step} begins by itself ({found}). Cases are opened by a person or by a message, and an event sub-process "
            "begins by an event: draw one of these, and a step after it."
        ),
    ),
    "unsupported_end": (
        E,
        N_(
            "{step} does something when it is reached ({found}). Draw a plain end, one that ends everything "
            "(terminate), or one that sends a message or a signal."
        ),
    ),
    "unsupported_throw": (
        E,
        N_(
            "{step} throws what cannot be thrown here ({found}). Send a message or a signal, or leave it out."
        ),
    ),
    "unsupported_escalation": (
        E,
        N_("{step} waits for an escalation. Put it on the edge of the sub-process in which it is escalated."),
    ),
    "unsupported_error": (
        E,
        N_("{step} waits for an error. Put it on the edge of the sub-process that ends with the error."),
    ),
    "unsupported_compensation": (
        E,
        N_(
            "{step} undoes earlier steps (compensation). Draw the steps that undo them as a way of their own."
        ),
    ),
    "unsupported_cancel": (
        E,
        N_("{step} cancels a transaction. Draw a decision (×) and a way for what happens then."),
    ),
    "unsupported_parallel_events": (
        E,
        N_(
            "{step} waits until several events have all happened. Draw a parallel gateway (+) with one event on each "
            "branch."
        ),
    ),
    "unsupported_transaction": (E, N_("{step} is a transaction. Draw a plain sub-process.")),
    "unsupported_ad_hoc": (
        E,
        N_(
            "{step} is an ad hoc sub-process. Draw the order of its steps; for steps in any order, use a parallel "
            "gateway (+)."
        ),
    ),
    "unsupported_loop_data": (
        E,
        N_(
            "{step} is done several times with drawn data, or ends in a way that cannot be run here. Choose the list "
            "that it is done for instead, and remove its data."
        ),
    ),
    "unsupported_data": (
        E,
        N_(
            "{step} cannot be run: what a form asks is kept without it. Remove it, and write a text annotation to show "
            "a document."
        ),
    ),
    "unsupported_data_in_step": (
        E,
        N_(
            "{step} takes or gives drawn data. What a form asks is kept without it: remove the data and its dotted "
            "arrows."
        ),
    ),
    "unsupported_quantity": (
        E,
        N_("{step} starts or ends several times at once (quantity). Set the quantity to 1."),
    ),
    "unsupported_instantiate": (E, N_("{step} begins a case by itself. Draw a plain start before it.")),
    "unsupported_correlation": (
        E,
        N_(
            "{step} says how messages find their case (correlation). That is not needed here: remove it in the "
            "properties of your diagram editor."
        ),
    ),
    "unsupported_choreography": (
        E,
        N_(
            "This diagram shows a choreography or a conversation ({found}), which cannot be run. Draw a pathway with "
            "steps in lanes."
        ),
    ),
    "unsupported_global_task": (
        E,
        N_("{step} is a task defined outside the pathway. Draw it as a step of the pathway."),
    ),
    "unsupported_element": (
        E,
        N_(
            "{step} is a kind of element that cannot be run here ({found}). Draw it with steps, gateways and plain "
            "events."
        ),
    ),
    "element_twice": (
        E,
        N_("{step} has “{found}” twice, where there can be only one. Remove one of the two."),
    ),
    # ---- Attributes
    "attribute_misplaced": (
        E,
        N_(
            "{step} carries “{found}”, which BPMN does not know there, so it would do nothing. Correct the word, or "
            "remove it."
        ),
    ),
    "switch_unreadable": (
        E,
        N_("{step} says “{found}” for {attribute}, which is neither true nor false. Choose one of the two."),
    ),
    "flow_not_immediate": (
        E,
        N_(
            "{step} leaves room for steps that are not drawn (isImmediate is false), and a case takes none. Draw the "
            "arrow again, with whatever comes in between."
        ),
    ),
    "pathway_public": (
        E,
        N_(
            "{step} is a public process: it tells others what they see, and is not run. Make its type private, or "
            "leave the type out."
        ),
    ),
    "extension_required": (
        E,
        N_(
            "{step} must only be run by those who understand “{found}”, which is not known here. Remove that extension."
        ),
    ),
}
