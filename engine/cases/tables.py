"""What a decision table found, written down: as facts for who may read all that it asked, and in the journal."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from engine import facts, journal, library, policy, runner
from engine.words import N_, Sentence, say

if TYPE_CHECKING:
    from engine.cases.running import Scene

WITHHELD = N_(
    "The decision table of this step cannot decide. Who may read what it asks can see why, and put it right."
)


def note_found(scene: Scene, one: runner.Passed, found: runner.Found) -> None:
    """Keep what a table found, and note by which of its rules: their ids only, and no value.

    No person decided, so the entry has no user. Both are for those who may read every fact that the table asked, and
    that led the case there. As with a way that was taken, a later correction of an answer does not ask the table again.
    """
    db, case = scene.db, scene.case
    audience, agency_id = _readers(scene, one, found)
    audiences = dict.fromkeys(found.facts, audience)
    facts.record(db, case, found.facts, task=None, agency_id=agency_id, user=None, audience=audiences)
    if not found.rules:
        return  # a person left the table out, which has been noted
    journal.note(
        db,
        None,
        "decided",
        case=case,
        agency_id=agency_id,
        audience=audience,
        codes={
            "pathway": one.pathway,
            "step": one.step,
            "decision": found.decision,
            "version": scene.edition.number,
            "rules": {decision: list(rules) for decision, rules in found.rules.items()},
        },
    )


def told_of(edition: library.Edition, stuck: runner.Stuck) -> Sentence:
    """Why a case is stuck, for everyone who repairs it: which rules of a table fit tells what it asked."""
    node = edition.pathways[stuck.pathway].nodes.get(stuck.step)
    if node is None or edition.audience_of(edition.reads(node)) == "case":
        return stuck.message
    return say(WITHHELD)


def _readers(scene: Scene, one: runner.Passed, found: runner.Found) -> tuple[str, uuid.UUID]:
    """The audience of what was found, and the agency that it belongs to."""
    node = scene.edition.node(one.pathway, one.step)
    own = scene.agency_of(node.role or "coordinator")
    audience = scene.edition.audience_of(found.facts)
    if audience != "agency":
        return audience, own.id
    read = facts.current(scene.db, [scene.case], scene.edition.reads(node))
    agencies = {row.agency_id for row, _value in read.values() if row.audience == "agency"}
    if len(agencies) == 1:
        return audience, agencies.pop()
    # Answers of several agencies, each kept to itself: then it is for nobody, and only the diagram reads it.
    return policy.audience(()), own.id
