"""Indexes by which lists and the pages of long cases find their rows."""

from alembic import op

revision = "0004_indexes"
down_revision = "0003_admin"

# table, name, columns until now (None where there was none), columns from now on
INDEXES = (
    ("case_access", "ix_case_access_user", None, ["user_id", "case_id"]),
    ("tasks", "ix_tasks_owner_case", None, ["owner_id", "case_id"]),
    ("tasks", "ix_tasks_step", None, ["case_id", "step", "status"]),
    ("tasks", "ix_tasks_case", ["case_id", "status", "opened_at"], ["case_id", "status", "closed_at"]),
    ("journal", "ix_journal_case", ["case_id", "at"], ["case_id", "at", "number"]),
)


def upgrade() -> None:
    for table, name, before, after in INDEXES:
        if before:
            op.drop_index(name, table)
        op.create_index(name, table, after)


def downgrade() -> None:
    for table, name, before, _after in INDEXES:
        op.drop_index(name, table)
        if before:
            op.create_index(name, table, before)
