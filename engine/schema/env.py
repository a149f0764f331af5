"""Runs the migrations on the database that `engine.store.upgrade` hands over."""

from typing import Any, Literal

from alembic import context

from engine.models import Moment, Table

engine = context.config.attributes["engine"]


def written(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """A migration is history: it names no type of today's program."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(thing, Moment) else False


# A migration holds its own lock and may take as long as it needs; it also begins its own transaction.
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        compare_type=True,
        render_item=written,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
