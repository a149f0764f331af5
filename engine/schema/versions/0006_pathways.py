"""Where a version came from and what is different in it; what editors prepare."""

import sqlalchemy as sa
from alembic import op

revision = "0006_pathways"
down_revision = "0005_staff"

PREPARED = sa.text("status in ('open','handed_in')")


def upgrade() -> None:
    op.add_column(
        "versions", sa.Column("origin", sa.String(length=10), nullable=False, server_default="folders")
    )
    op.add_column("versions", sa.Column("differences", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pathway", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("bases", sa.JSON(), nullable=False),
        sa.Column("editors", sa.JSON(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("handed_in_by", sa.Uuid(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status in ('open','handed_in','published','dropped')", name=op.f("ck_changes_status")
        ),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_changes_changed_by")),
        sa.ForeignKeyConstraint(["handed_in_by"], ["users.id"], name=op.f("fk_changes_handed_in_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(
        "ix_changes_prepared",
        "changes",
        ["pathway"],
        unique=True,
        sqlite_where=PREPARED,
        postgresql_where=PREPARED,
    )
