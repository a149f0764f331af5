"""The tables."""

from engine.models.accounts import Attempt, CodeApp, Passkey, PrintedCode, Provider, ProviderAccount, SignIn
from engine.models.base import Moment, Table
from engine.models.cases import Answer, Case, CaseAccess, CaseLane, Draft, Fact, File, Note, Task
from engine.models.handovers import Handover
from engine.models.keys import Key
from engine.models.meetings import Meeting, MeetingCase, MeetingCaseDesk, MeetingDesk, Minutes, MinutesReply
from engine.models.messages import Message
from engine.models.participants import Participant, ParticipantDate
from engine.models.pathways import Change, Pathway, Version
from engine.models.places import Agency, ClosedDay, LocalAction, Membership, ParameterChange, Role, User
from engine.models.record import Entry, Site, Submission, Upload
from engine.models.waiting import Job, Notice, RepairReport, Wait

__all__ = [
    "Agency",
    "Answer",
    "Attempt",
    "Case",
    "CaseAccess",
    "CaseLane",
    "Change",
    "ClosedDay",
    "CodeApp",
    "Draft",
    "Entry",
    "Fact",
    "File",
    "Handover",
    "Job",
    "Key",
    "LocalAction",
    "Meeting",
    "MeetingCase",
    "MeetingCaseDesk",
    "MeetingDesk",
    "Membership",
    "Message",
    "Minutes",
    "MinutesReply",
    "Moment",
    "Note",
    "Notice",
    "ParameterChange",
    "Participant",
    "ParticipantDate",
    "Passkey",
    "Pathway",
    "PrintedCode",
    "Provider",
    "ProviderAccount",
    "RepairReport",
    "Role",
    "SignIn",
    "Site",
    "Submission",
    "Table",
    "Task",
    "Upload",
    "User",
    "Version",
    "Wait",
]
