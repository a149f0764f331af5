"""Makes guessing slow: after a few failures in a row, each next try has to wait longer.

Counted in the database, so that every process of the site counts the same; by a keyed hash of what was typed and of
the network address, whether or not the account exists. It never locks anybody out for good.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from engine import clock, vault
from engine.models import Attempt

# So many failures cost nothing: of one account, and from one network address, behind which a whole agency may sit.
FREE = {"account": 5, "source": 50, "calendar": 20}
LONGEST_WAIT = 300
KEPT = timedelta(days=1)


def take(db: Session, tries: Mapping[str, str]) -> int:
    """Count one try before it is heard; the seconds to wait where it is not heard yet, and then nothing is counted.

    `tries` says by what it is counted: {"account": address, "source": network address}. Counted first and given back
    by `passed`, because many tries at once would otherwise all be heard before the first failure is known.
    """
    now = clock.now()
    _forget(db, now)
    rows = [(_held(db, _key(db, kind, what), now), FREE[kind]) for kind, what in tries.items()]
    wait = max(_wait(row, free, now) for row, free in rows)
    if not wait:
        for row, _free in rows:
            row.count, row.last_at = row.count + 1, now
    return wait


def seconds(db: Session, tries: Mapping[str, str]) -> int:
    """How long until the next try is heard; 0 is now."""
    found = {_key(db, kind, what): FREE[kind] for kind, what in tries.items()}
    rows = db.scalars(select(Attempt).where(Attempt.key.in_(found)))
    return max((_wait(row, found[row.key], clock.now()) for row in rows), default=0)


def passed(db: Session, tries: Mapping[str, str]) -> None:
    """The try was right. An account begins anew; a network address gets back this one try only.

    Else a guesser could wipe the address's count by signing in as himself.
    """
    for kind, what in tries.items():
        row = db.get(Attempt, _key(db, kind, what), with_for_update=True)
        if row is None:
            continue
        if kind == "source" and row.count > 1:
            row.count -= 1
        else:
            db.delete(row)


def _wait(row: Attempt, free: int, now: datetime) -> int:
    if row.count < free:
        return 0
    delay = min(2.0 ** min(row.count - free, 20), LONGEST_WAIT)
    return max(0, math.ceil((row.last_at - now).total_seconds() + delay))


def _held(db: Session, key: str, now: datetime) -> Attempt:
    """The row with this key, made where there is none, held until this transaction ends."""
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    db.execute(
        insert(Attempt).values(key=key, count=0, last_at=now).on_conflict_do_nothing(index_elements=["key"])
    )
    return db.get_one(Attempt, key, with_for_update=True, populate_existing=True)


def _forget(db: Session, now: datetime) -> None:
    # Rows that somebody else holds just now are left for the next time: waiting for them could be a deadlock.
    old = select(Attempt.key).where(Attempt.last_at < now - KEPT).with_for_update(skip_locked=True)
    keys = list(db.scalars(old))
    if keys:
        db.execute(delete(Attempt).where(Attempt.key.in_(keys)))


def _key(db: Session, kind: str, what: str) -> str:
    return vault.of(db).index(f"{kind} {what}")
