"""The verbs on meetings: planning one, recording it, agreeing on its minutes."""

from engine.meetings.agreeing import answer_correction, reply_to_minutes
from engine.meetings.planning import (
    AgendaItem,
    Asked,
    Plan,
    add_cases,
    arrange_meeting,
    cancel_meeting,
    change_meeting,
    repeat_meeting,
    reply_to_meeting,
    send_invitation,
    write_agenda,
)
from engine.meetings.recording import Attendance, Part, Sheet, finish_record, save_record

__all__ = [
    "AgendaItem",
    "Asked",
    "Attendance",
    "Part",
    "Plan",
    "Sheet",
    "add_cases",
    "answer_correction",
    "arrange_meeting",
    "cancel_meeting",
    "change_meeting",
    "finish_record",
    "repeat_meeting",
    "reply_to_meeting",
    "reply_to_minutes",
    "save_record",
    "send_invitation",
    "write_agenda",
]
