"""Minutes of a case in a meeting: every version that was written, what was said to it, and whether it holds."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session, joinedload

from engine import agencies, clock, minutes, policy, vault
from engine.models import Agency, MeetingCase, Minutes, MinutesReply, Role, User
from engine.reports.lines import name_for
from engine.words import N_, Sentence, say


@dataclass(frozen=True)
class Version:
    """Minutes as they were written once. `content` has "facts", "views", "decisions", "dissent", "attended",
    "actions" with "owner" as a name, "tells" as a sentence, "tell_until"."""

    id: uuid.UUID
    number: int
    content: dict[str, Any]
    written_at: datetime
    author: str | None


@dataclass(frozen=True)
class Said:
    """What a desk said to minutes. `answer`: None while nobody has answered, amended, unchanged."""

    id: uuid.UUID
    number: int
    agency: str
    kind: str
    text: str | None
    at: datetime
    answer: str | None
    answer_text: str | None
    mine: bool


@dataclass(frozen=True)
class Written:
    """The newest version first. `silent_on`: until then it can be answered; `holds`: that day is over."""

    versions: list[Version]
    said: list[Said]
    silent_on: date
    holds: bool
    may_reply: bool


def written_of(db: Session, user: User, items: Sequence[MeetingCase]) -> dict[uuid.UUID, Written]:
    """The minutes that the reader may read, by the line of the agenda. A constant number of statements."""
    if not items:
        return {}
    rows = db.scalars(
        policy.visible(user, Minutes)
        .where(Minutes.item_id.in_([item.id for item in items]))
        .options(joinedload(Minutes.author))
        .order_by(Minutes.number.desc())
    ).all()
    by_item: dict[uuid.UUID, list[Minutes]] = {}
    for row in rows:
        by_item.setdefault(row.item_id, []).append(row)
    if not by_item:
        return {}
    replies = db.scalars(
        policy.visible(user, MinutesReply)
        .where(MinutesReply.minutes_id.in_([row.id for row in rows]))
        .order_by(MinutesReply.at)
    ).all()
    owners = _Owners(db)
    return {
        item.id: _written(db, user, item, by_item[item.id], replies, owners)
        for item in items
        if item.id in by_item
    }


class _Owners:
    """Names for the desks and people that minutes hold by id, each looked up once."""

    def __init__(self, db: Session) -> None:
        self.db = db
        self.roles: dict[str, Role] = agencies.roles(db)
        self.names: dict[str, str] = {}

    def know(self, local_action_id: uuid.UUID) -> None:
        if not self.names:
            for one in agencies.people(self.db, local_action_id):
                self.names[str(one.user_id)] = one.name
                self.names[str(one.agency_id)] = one.agency

    def name(self, text: str) -> Sentence:
        agency_id, role, *person = text.split("/")
        if agency_id not in self.names:
            agency = self.db.get(Agency, uuid.UUID(agency_id))
            self.names[agency_id] = agency.name if agency else ""
        said = say(
            "{agency}: {role}",
            agency=self.names[agency_id],
            role=Sentence(self.roles[role].name if role in self.roles else role),
        )
        if person and person[0] in self.names:
            return say("{person}, {desk}", person=self.names[person[0]], desk=said)
        return said


def _written(
    db: Session,
    user: User,
    item: MeetingCase,
    rows: list[Minutes],
    replies: Sequence[MinutesReply],
    owners: _Owners,
) -> Written:
    meeting = item.meeting
    owners.know(meeting.local_action_id)
    key = item.case.participant.key
    calendar = agencies.calendar(db, meeting.local_action)
    until = minutes.silent_on(rows[0].written_at, meeting.silence_days, calendar)
    holds = clock.today(calendar.timezone) > until
    numbers = {row.id: row.number for row in rows}
    own = set(policy.team_desks(user))
    said = [
        Said(
            id=one.id,
            number=numbers[one.minutes_id],
            agency=one.agency.name,
            kind=one.kind,
            text=vault.unseal(db, key, "minutes_replies.text", one.text) if one.text else None,
            at=one.at,
            answer=one.answer,
            answer_text=vault.unseal(db, key, "minutes_replies.answer_text", one.answer_text)
            if one.answer_text
            else None,
            mine=(one.agency_id, one.role) in own,
        )
        for one in replies
        if one.minutes_id in numbers
    ]
    answered = any(one.mine and one.answer and one.number == rows[0].number for one in said)
    return Written(
        versions=[
            Version(
                id=row.id,
                number=row.number,
                content=_shown(vault.unseal(db, key, "minutes.content", row.content), owners),
                written_at=row.written_at,
                author=name_for(user, row.author),
            )
            for row in rows
        ],
        said=said,
        silent_on=until,
        holds=holds,
        may_reply=not holds and not answered and not policy.convenes(user, meeting),
    )


def _shown(content: dict[str, Any], owners: _Owners) -> dict[str, Any]:
    """The content with names in the place of ids, and days as days."""
    actions = [
        {**one, "owner": owners.name(one["owner"]), "due_on": date.fromisoformat(one["due_on"])}
        for one in content["actions"]
    ]
    attended = [
        {
            **one,
            "role": Sentence(owners.roles[one["role"]].name if one["role"] in owners.roles else one["role"]),
        }
        for one in content["attended"]
    ]
    tells = (
        Sentence(N_("Nobody for now"))
        if content["tells"] == minutes.NOBODY
        else owners.name(content["tells"])
    )
    until = date.fromisoformat(content["tell_until"]) if content["tell_until"] else None
    return {**content, "actions": actions, "attended": attended, "tells": tells, "tell_until": until}
