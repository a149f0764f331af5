"""When a case last moved, when the participant was last met, and when a wait becomes too long."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0007_waiting"
down_revision = "0006_pathways"

# What engine.waiting said when this was written; a migration must not change with it.
UNHURRIED = timedelta(days=14)


def upgrade() -> None:
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True))
        cases.add_column(sa.Column("contact_on", sa.Date(), nullable=True))
    op.execute("UPDATE cases SET moved_at = opened_at")
    with op.batch_alter_table("cases") as cases:
        cases.alter_column("moved_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    with op.batch_alter_table("tasks") as tasks:
        tasks.add_column(sa.Column("contact_on", sa.Date(), nullable=True))
    with op.batch_alter_table("waits") as waits:
        waits.add_column(sa.Column("late_at", sa.DateTime(timezone=True), nullable=True))
    waits = sa.table(
        "waits",
        *(sa.column(name, sa.DateTime(timezone=True)) for name in ("since", "until", "ended_at", "late_at")),
        sa.column("id", sa.Uuid()),
        sa.column("kind", sa.String()),
    )
    connection = op.get_bind()
    open_tasks = sa.select(waits.c.id, waits.c.since, waits.c.until).where(
        waits.c.kind == "task", waits.c.ended_at.is_(None)
    )
    for row in connection.execute(open_tasks).all():
        late_at = row.until or row.since + UNHURRIED
        connection.execute(sa.update(waits).where(waits.c.id == row.id).values(late_at=late_at))
