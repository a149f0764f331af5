"""Agencies name for their roles who gets new tasks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_gaps"
down_revision = "0009_speed"


def upgrade() -> None:
    kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("agencies", sa.Column("role_owners", kind, server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("agencies", "role_owners")
