"""What the editor reads about the file itself: that it cannot be read, what it holds, its ids."""

from __future__ import annotations

from engine.problems import E, SentenceTable, W
from engine.words import N_

FILES: SentenceTable = {
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
}
