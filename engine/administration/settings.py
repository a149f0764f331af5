"""The parameters of a local action: what differs from the defaults, and why."""

import uuid

from sqlalchemy.orm import Session

from engine import clock, journal, parameters, policy, vault, waiting
from engine.administration.standing import find_place
from engine.errors import FieldProblem, Invalid, NotFound
from engine.models import ParameterChange, User
from engine.words import N_, say

LONGEST_REASON = 2000


def set_parameter(
    db: Session, user: User, place_key: str, key: str, *, value: int | None, reason: str
) -> ParameterChange | None:
    """Set a parameter, or put it back to its default (`value` None); open steps follow in the worker.

    None when it had this value already. Raises NotFound, and Invalid with every problem.
    """
    place = find_place(db, user, place_key, held=True)
    policy.check(user, "set_parameter", place)
    one = parameters.CATALOGUE.get(key)
    if one is None:
        raise NotFound
    problems = []
    if value is not None and not one.least <= value <= one.most:
        sentence = say(
            "Enter a whole number from {least} to {most}: the pathways hold only with these.",
            least=one.least,
            most=one.most,
        )
        problems.append(FieldProblem("value", sentence))
    if not reason.strip():
        problems.append(FieldProblem("reason", N_("Enter why it changes.")))
    elif len(reason) > LONGEST_REASON:
        problems.append(FieldProblem("reason", N_("Shorten the reason to 2000 characters.")))
    if problems:
        raise Invalid(problems)
    if place.parameters.get(key) == value:
        return None
    # A new dictionary: a change inside the old one would go unnoticed and unsaved.
    kept = {name: number for name, number in place.parameters.items() if name != key}
    place.parameters = kept if value is None else {**kept, key: value}
    seal_key = vault.new_key(db)
    db.flush()
    change = ParameterChange(
        id=uuid.uuid4(),
        local_action_id=place.id,
        key=key,
        value=value,
        key_id=seal_key.id,
        reason=vault.seal(db, seal_key, "parameter_changes.reason", reason.strip()),
        changed_by=user.id,
        changed_at=clock.now(),
    )
    db.add(change)
    db.flush()
    waiting.replan_place(db, place.id)
    journal.note(db, user, "set_parameter", change, codes={"key": key, "value": value})
    return change
