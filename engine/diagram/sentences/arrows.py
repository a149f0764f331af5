"""What the editor reads about where arrows lead, and where a case begins and ends."""

from __future__ import annotations

from engine.problems import E, SentenceTable, W
from engine.words import N_

ARROWS: SentenceTable = {
    "flow_without_source": (
        E,
        N_("{step} comes from nowhere. Connect its beginning to a step, or remove the arrow."),
    ),
    "flow_without_target": (E, N_("{step} leads nowhere. Connect its point to a step, or remove the arrow.")),
    "flow_crosses_scope": (
        E,
        N_(
            "{step} crosses the border of a sub-process or a pool. Let the arrow end at the border, and use a start "
            "and an end inside."
        ),
    ),
    "flow_into_start": (E, N_("{step} leads into a start. Lead it to the first step instead.")),
    "flow_out_of_end": (E, N_("{step} comes out of an end. Remove the arrow, or remove the end.")),
    "flow_into_boundary": (
        E,
        N_("{step} leads into the event on the edge of a step. Lead it to the step itself."),
    ),
    "dead_end": (E, N_("Nothing comes after {step}. Draw an arrow from it to the next step, or to an end.")),
    "unreachable": (E, N_("No case can ever reach {step}. Draw an arrow that leads to it, or remove it.")),
    "implicit_split": (
        W,
        N_(
            "Several arrows leave {step}, and all of them are followed at once. If that is meant, draw a parallel "
            "gateway (+) after it, so that everybody sees it; if one way is meant, draw a decision (×)."
        ),
    ),
    "link_without_name": (
        E,
        N_("{step} is one end of a link without a name. Give both ends of the link the same name."),
    ),
    "link_leads_nowhere": (
        E,
        N_(
            "{step} is a link to “{found}”, but no link of that name is caught at the same level. Draw it, or draw "
            "an arrow instead."
        ),
    ),
    "link_caught_twice": (
        E,
        N_("{step} is one of two places where the link “{found}” leads. Give one of them another name."),
    ),
    "link_on_edge": (E, N_("{step} is a link on the edge of a step. Draw an arrow from the step instead.")),
    "flow_out_of_link": (
        E,
        N_("{step} comes out of a link. The case goes on where the link leads: remove the arrow."),
    ),
    "flow_into_link": (
        E,
        N_("{step} leads into the end of a link. Lead it to what comes after the link."),
    ),
    "no_start": (E, N_("{step} has no start. Draw one start event and lead it to the first step.")),
    "several_starts": (
        E,
        N_(
            "{step} has {count} starts. Keep one, and lead it to a gateway if a case can begin in several ways."
        ),
    ),
    "no_end": (E, N_("{step} has no end. Draw an end event after the last step.")),
    "idle_gateway": (
        W,
        N_("{step} neither splits nor joins anything. Remove it, or draw the missing arrow."),
    ),
}
