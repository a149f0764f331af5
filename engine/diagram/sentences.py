"""Every problem that a diagram can have: its code, how grave it is, and what the editor reads.

One table (with those of engine.diagram.borrowed, refusals and rule_sentences), so that nothing is said in two ways
and everything can be translated. {step} is the element the problem belongs to, as engine.diagram.labels calls it.
"""

from __future__ import annotations

from engine.diagram.borrowed import BORROWED
from engine.diagram.model import Severity
from engine.diagram.refusals import REFUSALS
from engine.diagram.rule_sentences import RULES
from engine.words import N_

E: Severity = "error"
W: Severity = "warning"

SENTENCES: dict[str, tuple[Severity, str]] = {
    # ---- The file
    "folder_unreadable": (
        E,
        N_("The roles in roles.json beside this file cannot be read. Mend that file first."),
    ),
    "forms_missing": (
        E,
        N_(
            "No folder “forms” lies beside “workflows”: forms and facts cannot be checked. Copy the folder “forms” "
            "there too."
        ),
    ),
    "unreadable_file": (
        E,
        N_("This file cannot be opened. Check its name, and that it is a file you may read."),
    ),
    "too_big": (
        E,
        N_("This file is larger than {limit} MB. Split the pathway, or export it again without pictures."),
    ),
    "empty_file": (E, N_("This file is empty. Export the diagram again.")),
    "not_utf8": (E, N_("This file is not written in UTF-8. Export the diagram again, with encoding UTF-8.")),
    "not_xml": (E, N_("This file is damaged near line {line}. Export the diagram again.")),
    "has_doctype": (
        E,
        N_(
            "This file contains a document type or entities (“<!DOCTYPE …>”), which are not allowed. Remove them, or "
            "export the diagram again."
        ),
    ),
    "too_deep": (
        E,
        N_(
            "This file is nested more than {limit} levels deep. Draw the inner parts as pathways of their own."
        ),
    ),
    "too_many_elements": (
        E,
        N_("This file has more than {limit} elements. Split the diagram into several pathways."),
    ),
    "too_many_attributes": (
        E,
        N_("An element in this file has more than {limit} attributes. Export the diagram again."),
    ),
    "is_cmmn": (E, N_("This is a CMMN case model. A pathway is drawn as a BPMN diagram.")),
    "is_dmn": (
        E,
        N_("This is a DMN decision table. Give its name the ending .dmn, and the ending .bpmn to diagrams."),
    ),
    "is_old_bpmn": (
        E,
        N_(
            "This diagram is written in a draft of BPMN from before 2011. Open it in a current BPMN editor and save it "
            "again."
        ),
    ),
    "not_bpmn": (
        E,
        N_("This is not a BPMN 2.0 diagram: it begins with “{found}”. Export the diagram as BPMN 2.0 XML."),
    ),
    "import_refused": (
        E,
        N_("The diagram takes parts from another file ({found}). Draw them here, or call the other pathway."),
    ),
    "external_content": (E, N_("The diagram pulls in content from elsewhere ({found}). Remove it.")),
    "unknown_element": (
        E,
        N_("{step} contains “{found}”, which is not BPMN or does not belong there. Remove it."),
    ),
    "too_many_problems": (E, N_("There are more problems than the {limit} listed here. Mend these first.")),
    # ---- The pathway
    "nothing_to_run": (
        E,
        N_(
            "Nothing in this diagram is marked to be run. In the properties of the pathway in your diagram editor, "
            "mark it as executable."
        ),
    ),
    "empty_pathway": (E, N_("{step} has no steps yet. Draw a start, at least one step and an end.")),
    "several_pathways": (
        E,
        N_(
            "This diagram holds several pathways that can be run: {found}. Keep one executable, and save the others as "
            "files of their own."
        ),
    ),
    "pool_not_run": (W, N_("{step} is only shown, not run: a diagram runs one pathway.")),
    "key_differs": (
        E,
        N_(
            "The pathway is called “{found}” inside the file, but the file is called “{key}”. Both must be the same."
        ),
    ),
    "too_many_steps": (
        E,
        N_(
            "The pathway has {count} steps, gateways and events; at most {limit} can be run. Draw parts of it as "
            "pathways of their own and call them."
        ),
    ),
    "too_many_conditions": (
        E,
        N_(
            "The conditions of the pathway are longer than {limit} letters altogether. Draw parts of it as pathways of "
            "their own and call them."
        ),
    ),
    # ---- Identities
    "missing_id": (
        E,
        N_(
            "{step} has no id, by which it is known here. Give it one in your diagram editor, of small letters, digits "
            "and _."
        ),
    ),
    "duplicate_id": (
        E,
        N_(
            "{step} has the same id as another element (“{id}”). Give one of them another id, or draw it again."
        ),
    ),
    "bad_id": (
        E,
        N_(
            "The id “{id}” of {step} cannot be used: an id begins with a letter or “_” and has only letters, digits, "
            "“_”, “-” and “.”."
        ),
    ),
    # ---- Arrows
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
    # ---- Conditions
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
    # ---- Gateways that wait
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
    # ---- Lanes
    "two_lanes": (E, N_("{step} lies in two lanes ({found}). Move it so that it lies in one.")),
    # ---- What other systems add
    "attribute_unknown": (
        E,
        N_("{step} carries “{found}”, which is not known here, so nothing would come of it. {advice}"),
    ),
    "person_ignored": (
        W,
        N_("{step} names people or groups itself. That is ignored: the lane says who does a step."),
    ),
    **BORROWED,
    **REFUSALS,
    **RULES,
}
