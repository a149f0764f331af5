"""Messages that cases send to each other: kept as they leave one, taken out once by whoever delivers them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import clock, journal, runner, waiting
from engine.models import Case, Message, User

if TYPE_CHECKING:
    from engine.cases.running import Scene


def keep_sent(scene: Scene, user: User | None, run: runner.Run) -> None:
    """Keep what a run sends out of its case, for the worker to deliver. The caller holds the case."""
    db, case = scene.db, scene.case
    for place, sent in enumerate(run.sent):
        # Who may not know that the case came there may not know that it said so.
        audience = scene.edition.audience(scene.edition.node(sent.pathway, sent.step))
        message = Message(
            id=uuid.uuid4(),
            participant_id=case.participant_id,
            case_id=case.id,
            move=case.moves,
            place=place,
            name=sent.name,
            audience=audience,
            sent_at=clock.now(),
        )
        db.add(message)
        codes = {"message": sent.name, "step": sent.step, "pathway": sent.pathway}
        journal.note(db, user, "sent_message", message, case=case, audience=audience, codes=codes)
        waiting.set_anew(db, [(f"message:{message.id}", "message", {"message": str(message.id)})])


def take_awaited(db: Session, case: Case, waits: Iterable[runner.Wait]) -> Message | None:
    """The oldest message kept for the participant that one of `waits` is for; it is then nobody else's."""
    names = {one.name for one in waits if one.kind == "message"}
    if not names:
        return None
    kept = db.scalars(
        select(Message)
        .where(
            Message.participant_id == case.participant_id,
            Message.name.in_(names),
            Message.heard_at.is_(None),
        )
        .order_by(Message.sent_at, Message.case_id, Message.move, Message.place)
    )
    return next((message for message in kept if take(db, message.id)), None)


def take(db: Session, message_id: uuid.UUID) -> bool:
    """Whether a message was still to be heard: it is taken out, whoever asks first, and never heard again."""
    taken = db.execute(
        update(Message)
        .where(Message.id == message_id, Message.heard_at.is_(None))
        .values(heard_at=clock.now())
        .returning(Message.id)
    )
    return taken.first() is not None
