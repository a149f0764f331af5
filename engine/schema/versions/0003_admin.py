"""Parameters of a local action, one-time passwords, and files that wait for their sender's word."""

import sqlalchemy as sa
from alembic import op

revision = "0003_admin"
down_revision = "0002_meetings"


def upgrade() -> None:
    op.add_column("local_actions", sa.Column("parameters", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("users", sa.Column("one_time_until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "parameter_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("local_action_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_parameter_changes_changed_by")),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_parameter_changes_key_id")),
        sa.ForeignKeyConstraint(
            ["local_action_id"], ["local_actions.id"], name=op.f("fk_parameter_changes_local_action_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parameter_changes")),
    )
    op.create_index(
        "ix_parameter_changes_of",
        "parameter_changes",
        ["local_action_id", "key", "changed_at"],
        unique=False,
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_uploads_key_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_uploads_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )


def downgrade() -> None:
    op.drop_table("uploads")
    op.drop_index("ix_parameter_changes_of", table_name="parameter_changes")
    op.drop_table("parameter_changes")
    op.drop_column("users", "one_time_until")
    op.drop_column("local_actions", "parameters")
