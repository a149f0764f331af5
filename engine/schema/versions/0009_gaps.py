"""Agencies name for their roles who gets new tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0009_gaps"
down_revision = "0008_repair"


def upgrade() -> None:
    op.add_column("agencies", sa.Column("role_owners", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("agencies", "role_owners")
