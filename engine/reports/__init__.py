"""Reads for pages: lists, one task, one case. Every row comes through `policy.visible`."""

from engine.reports.admin import (
    CalendarPage,
    ParameterLine,
    PeoplePage,
    PersonPage,
    agency_lines,
    calendar_page,
    parameter_changes,
    parameter_lines,
    people_page,
    person_page,
    role_lines,
    would_follow,
)
from engine.reports.case import CasePage, case_head, case_page
from engine.reports.cases import CaseRow, find_cases, my_cases, open_case_choices
from engine.reports.handing import HandingPage, HandoverLine, handing_page
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
from engine.reports.people import PersonRow, my_participants
from engine.reports.task import DonePage, TaskPage, after_task, task_form, task_page
from engine.reports.tasks import Page, TaskRow, my_tasks, task_counts, task_filters

__all__ = [
    "CalendarPage",
    "CaseHead",
    "CaseMeeting",
    "CasePage",
    "CaseRow",
    "DonePage",
    "Found",
    "HandingPage",
    "HandoverLine",
    "Line",
    "MeetingPage",
    "NoticeLine",
    "Page",
    "ParameterLine",
    "ParticipantPage",
    "PeoplePage",
    "PersonPage",
    "PersonRow",
    "TaskPage",
    "TaskRow",
    "Turn",
    "after_task",
    "case_head",
    "case_meetings",
    "agency_lines",
    "calendar_page",
    "case_page",
    "cases_to_discuss",
    "desks_to_ask",
    "find_cases",
    "handing_page",
    "meeting_page",
    "my_cases",
    "my_meetings",
    "my_participants",
    "my_tasks",
    "notices",
    "open_case_choices",
    "parameter_changes",
    "parameter_lines",
    "participant_page",
    "participants_to_open",
    "people_page",
    "person_page",
    "role_lines",
    "task_counts",
    "task_filters",
    "task_form",
    "task_page",
    "unread",
    "would_follow",
]
