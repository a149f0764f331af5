"""What the editor reads about events: what they wait for or throw, on an edge or in a sub-process of their own."""

from __future__ import annotations

from engine.problems import E, SentenceTable, W
from engine.words import N_

EVENTS: SentenceTable = {
    # ---- Events
    "event_without_meaning": (
        E,
        N_("{step} does not say what it waits for. Make it a timer, a message or another event."),
    ),
    "several_meanings": (
        E,
        N_(
            "{step} waits for several things at once. Keep one; to wait for whichever comes first, use an event "
            "gateway."
        ),
    ),
    "event_by_reference": (
        E,
        N_("{step} takes its meaning from elsewhere in the file. Draw the event again."),
    ),
    "timer_missing": (
        E,
        N_(
            "{step} does not say when. Give it a date to count from and a distance, or a length of time such as P2W."
        ),
    ),
    "timer_cycle": (
        E,
        N_(
            "{step} says “{found}”, but a case waits here only once. Give it a length of time such as P2W, and draw an "
            "arrow back if it should happen again."
        ),
    ),
    "timer_cycle_once": (
        E,
        N_(
            "{step} says “{found}”, but it interrupts, so it can happen only once. Make it one that does not interrupt "
            "(a dashed edge), or give it a length of time such as P2W."
        ),
    ),
    "cycle_unreadable": (
        E,
        N_(
            "How often {step} happens (“{found}”) cannot be read. Write R, the number of times, a slash and a length "
            "of time: R3/P1W is three times, a week apart; R/P1M is every month as long as the step lasts."
        ),
    ),
    "cycle_too_often": (
        E,
        N_(
            "{step} would happen too often (“{found}”). Let it happen at most 500 times, and where that is more than "
            "once a day, say how many times, at most 100: R3/PT4H."
        ),
    ),
    "timer_unreadable": (
        E,
        N_(
            "The time “{found}” of {step} cannot be read. Write a length of time such as P2W (two weeks), P1M (a "
            "month) or PT4H (four hours), a day or moment such as 2027-03-01 or 2027-03-01T09:00, or choose a date to "
            "count from."
        ),
    ),
    "timer_several": (E, N_("{step} has several times. Keep one.")),
    "timer_twice": (
        W,
        N_("{step} has both a date to count from and a time of its own; the time “{found}” is ignored."),
    ),
    "sends_nothing": (E, N_("{step} does not say which message it sends. Choose a message that has a name.")),
    "signal_missing": (E, N_("{step} does not say which signal it is. Choose a signal that has a name.")),
    "signal_never_thrown": (
        W,
        N_(
            "{step} waits for the signal “{found}”, which nothing in this diagram throws. A signal is heard inside "
            "its own case only: throw it here, or in a pathway that calls this one."
        ),
    ),
    "begins_itself": (
        E,
        N_(
            "{step} sends the message “{found}”, which begins this pathway, so cases would be opened for ever. Choose "
            "another message."
        ),
    ),
    "awaited_condition_missing": (
        E,
        N_(
            "{step} waits until a condition holds, but none is written. Write it, for example: agreement = "
            '"given".'
        ),
    ),
    "message_missing": (E, N_("{step} does not say which message it waits for. Choose a message.")),
    "message_without_name": (E, N_("The message of {step} has no name. Give the message a name.")),
    "event_gateway_timers": (
        W,
        N_("Several timers follow {step}. Only the one that comes first will matter."),
    ),
    "boundary_without_host": (
        E,
        N_("{step} is not on the edge of a step. Place it on the edge of the step it belongs to."),
    ),
    "boundary_misplaced": (
        E,
        N_(
            "{step} sits on the edge of something that does not take time: only steps for people, sub-processes and "
            "called pathways do. Move it."
        ),
    ),
    "boundary_without_flow": (
        E,
        N_("Nothing happens after {step}. Draw an arrow from it to what should happen then."),
    ),
    "event_gateway_target": (
        E,
        N_(
            "{step} follows an event gateway, where only something to wait for can come. Put a timer, a message or "
            "another event in between."
        ),
    ),
    "event_gateway_shared": (
        E,
        N_(
            "{step} follows an event gateway, so no other arrow may lead to it. Lead the other arrow to the step after "
            "it."
        ),
    ),
    # ---- Event sub-processes
    "handler_without_event": (
        E,
        N_(
            "{step} begins a sub-process that only an event can start, but waits for nothing. Make it a timer, a "
            "message or another event, or draw an arrow to a plain sub-process."
        ),
    ),
    "handler_connected": (
        E,
        N_(
            "{step} is started by an event, so no arrow leads to it or leaves it. Remove the arrow, or make it a plain "
            "sub-process."
        ),
    ),
    "handler_repeated": (
        E,
        N_(
            "{step} is started by an event, so it has no loop marker and no event on its edge. Remove them, or put "
            "them on a sub-process inside."
        ),
    ),
    # ---- Errors and escalations
    "throw_without_name": (
        E,
        N_(
            "{step} does not say which {found} it is. Choose one, with a code, so that what catches it can be found."
        ),
    ),
    "error_uncaught": (
        E,
        N_(
            "{step} ends with an error that nothing catches. Draw the same error on the edge of the sub-process around "
            "it, or draw a plain end."
        ),
    ),
    "error_beside": (
        E,
        N_(
            "{step} catches an error without ending its step, but an error always ends it. Make it an event that "
            "interrupts, or use an escalation."
        ),
    ),
    "never_thrown": (
        E,
        N_(
            "{step} waits for an {found} that nothing inside can bring about, so the way after it is never taken. Draw "
            "an end with the same {found} inside, or remove the event."
        ),
    ),
}
