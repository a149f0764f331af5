"""Reads for pages: lists, one task, one case. Every row comes through `policy.visible`."""

from engine.reports.case import CasePage, case_page
from engine.reports.cases import CaseRow, find_cases, my_cases, open_case_choices
from engine.reports.lines import CaseHead, Line, Turn
from engine.reports.notices import NoticeLine, notices, unread
from engine.reports.participants import Found, ParticipantPage, participant_page, participants_to_open
from engine.reports.task import DonePage, TaskPage, after_task, task_form, task_page
from engine.reports.tasks import Page, TaskRow, my_tasks, task_counts, task_filters

__all__ = [
    "CaseHead",
    "CasePage",
    "CaseRow",
    "DonePage",
    "Found",
    "Line",
    "NoticeLine",
    "Page",
    "ParticipantPage",
    "TaskPage",
    "TaskRow",
    "Turn",
    "after_task",
    "case_page",
    "find_cases",
    "my_cases",
    "my_tasks",
    "notices",
    "open_case_choices",
    "participant_page",
    "participants_to_open",
    "task_counts",
    "task_filters",
    "task_form",
    "task_page",
    "unread",
]
