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
    if engine.dialect.name == "sqlite":
        # SQLite changes a column by writing the table anew, which it refuses while other tables refer to it. It hears
        # this only outside a transaction; that no reference was broken is looked at below.
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        compare_type=True,
        render_item=written,
    )
    with context.begin_transaction():
        context.run_migrations()
        if engine.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"References that lead nowhere: {broken[:5]}")
    connection.commit()
