"""What the editor reads about branches: those that wait for ever, come together wrongly or go round for ever."""

from __future__ import annotations

from engine.problems import E, SentenceTable, W
from engine.words import N_

GATEWAYS: SentenceTable = {
    "parallel_loop_entry": (
        E,
        N_(
            "{step} would wait for ever: one of its incoming arrows comes from a later step that can only be reached "
            "through it. Let the way back end at a decision (×) before it."
        ),
    ),
    "join_never_complete": (
        E,
        N_(
            "{step} would wait for ever: no case reaches it on all its incoming arrows. Branches that begin at a "
            "decision (×) must come together at a decision (×) too."
        ),
    ),
    "join_may_wait": (
        E,
        N_(
            "{step} can wait for ever, because one of its branches does not always arrive. Let every branch that "
            "begins at the parallel gateway (+) lead here, or close the branch's other ways before."
        ),
    ),
    "reached_twice": (
        E,
        N_(
            "A case can be at {step} twice at the same time, because parallel branches come together before it. Join "
            "them with a parallel (+) or inclusive (○) gateway first."
        ),
    ),
    "may_be_reached_twice": (
        W,
        N_(
            "A case can be at {step} twice at the same time: once on its way, and once from an event on the edge of a "
            "step that does not stop the step."
        ),
    ),
    "loop_without_exit": (
        E,
        N_(
            "A case that comes to {step} goes round for ever: no decision leads out of this loop. Draw a way out."
        ),
    ),
    "loop_without_wait": (
        E,
        N_(
            "A case can go round at {step} without ever waiting for a person or a date. Put a step, a date or a "
            "message into the loop."
        ),
    ),
}
