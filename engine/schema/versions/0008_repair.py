"""What the editors of the pathways are told of a diagram that failed."""

import sqlalchemy as sa
from alembic import op

revision = "0008_repair"
down_revision = "0007_waiting"


def upgrade() -> None:
    op.create_table(
        "repair_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("pathway", sa.String(length=200), nullable=False),
        sa.Column("step", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_repair_reports_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair_reports")),
    )
    op.create_index(
        "ix_repair_reports_version",
        "repair_reports",
        ["version_id", "pathway", "step", "made_at"],
        unique=False,
    )
    # SQLite cannot add a reference to a table that is there: the table is written anew.
    with op.batch_alter_table("notices") as notices:
        notices.add_column(sa.Column("report_id", sa.Uuid(), nullable=True))
        notices.create_foreign_key(op.f("fk_notices_report_id"), "repair_reports", ["report_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("notices") as notices:
        notices.drop_constraint(op.f("fk_notices_report_id"), type_="foreignkey")
        notices.drop_column("report_id")
    op.drop_table("repair_reports")
