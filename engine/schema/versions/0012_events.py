"""What cases send to each other, kept until it is heard."""

import sqlalchemy as sa
from alembic import op

revision = "0012_events"
down_revision = "0011_signin"


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("move", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participants.id"], name=op.f("fk_messages_participant_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_messages_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("case_id", "move", "place", name=op.f("uq_messages_case_id_move_place")),
    )
    op.create_index(
        "ix_messages_kept",
        "messages",
        ["participant_id", "name"],
        unique=False,
        sqlite_where=sa.text("heard_at IS NULL"),
        postgresql_where=sa.text("heard_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("messages")
