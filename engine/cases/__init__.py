"""The verbs on cases and their tasks."""

from engine.cases.chasing import ask_reason, nudge
from engine.cases.following import (
    coordinated_by,
    end_coordination,
    hand_back,
    open_in,
    replan_case,
)
from engine.cases.handing import REASONS, hand_over, hand_over_cases
from engine.cases.messaging import begin_cases, deliver_message
from engine.cases.opening import (
    EVENTS,
    close_case,
    deliver,
    open_case,
    pause_case,
    resume_case,
    send_message,
)
from engine.cases.repairing import move_on, retry_case, tell_editor
from engine.cases.running import hold_participant, lock_case, open_cases, replan, wake
from engine.cases.talking import add_note, ask_colleague, share_note
from engine.cases.tasks import (
    Submitted,
    assign_task,
    claim_task,
    complete_task,
    correct_answer,
    give_back_task,
    keep_file,
    read_file,
    save_draft,
)

__all__ = [
    "EVENTS",
    "REASONS",
    "Submitted",
    "add_note",
    "ask_colleague",
    "ask_reason",
    "assign_task",
    "begin_cases",
    "claim_task",
    "close_case",
    "complete_task",
    "coordinated_by",
    "correct_answer",
    "deliver",
    "deliver_message",
    "end_coordination",
    "give_back_task",
    "hand_back",
    "hand_over",
    "hand_over_cases",
    "hold_participant",
    "keep_file",
    "lock_case",
    "move_on",
    "nudge",
    "open_case",
    "open_cases",
    "open_in",
    "pause_case",
    "read_file",
    "replan",
    "replan_case",
    "resume_case",
    "retry_case",
    "save_draft",
    "send_message",
    "share_note",
    "tell_editor",
    "wake",
]
