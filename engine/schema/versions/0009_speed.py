"""A click asks less: the ledger is kept by its own key, and calendars are read again only after they changed."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0009_speed"
down_revision = "0008_repair"

NOW = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_waits_now", "waits", ["case_id", "run_id"], unique=True, sqlite_where=NOW, postgresql_where=NOW
    )
    op.add_column("local_actions", sa.Column("calendar_mark", sa.Uuid(), nullable=True))
    places = sa.table("local_actions", sa.column("calendar_mark", sa.Uuid()))
    # Marks need not differ between places: only a change must make another.
    op.execute(places.update().values(calendar_mark=uuid.uuid4()))
    with op.batch_alter_table("local_actions") as changed:
        changed.alter_column("calendar_mark", existing_type=sa.Uuid(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("local_actions") as changed:
        changed.drop_column("calendar_mark")
    op.drop_index("ix_waits_now", "waits")
