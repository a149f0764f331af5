"""Reads for pages: lists, one task, one case. Every row comes through `policy.visible`."""

from engine.reports.case import CasePage, case_page
from engine.reports.cases import CaseRow, find_cases, my_cases, open_case_choices
from engine.reports.lines import CaseHead, Line, Turn
from engine.reports.meetings import (
    CaseMeeting,
    MeetingPage,
    case_meetings,
    cases_to_discuss,
    desks_to_ask,
    meeting_page,
    my_meetings,
)
from engine.reports.notices import NoticeLine, notices, unread
from engine.reports.participants import Found, ParticipantPage, participant_page, participants_to_open
from engine.reports.repair import ReadFact, RepairPage, WayOn, repair_page
from engine.reports.task import DonePage, TaskPage, after_task, task_form, task_page
from engine.reports.tasks import Page, TaskRow, my_tasks, task_counts, task_filters

__all__ = [
    "CaseHead",
    "CaseMeeting",
    "CasePage",
    "CaseRow",
    "DonePage",
    "Found",
    "Line",
    "MeetingPage",
    "NoticeLine",
    "Page",
    "ParticipantPage",
    "ReadFact",
    "RepairPage",
    "TaskPage",
    "TaskRow",
    "Turn",
    "WayOn",
    "after_task",
    "case_meetings",
    "case_page",
    "cases_to_discuss",
    "desks_to_ask",
    "find_cases",
    "meeting_page",
    "my_cases",
    "my_meetings",
    "my_tasks",
    "notices",
    "open_case_choices",
    "participant_page",
    "participants_to_open",
    "repair_page",
    "task_counts",
    "task_filters",
    "task_form",
    "task_page",
    "unread",
]
