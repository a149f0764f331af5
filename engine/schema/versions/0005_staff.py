"""Hand-overs, how mail comes, and calendars."""

import sqlalchemy as sa
from alembic import op

revision = "0005_staff"
down_revision = "0004_indexes"


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("giver_id", sa.Uuid(), nullable=False),
        sa.Column("taker_id", sa.Uuid(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_handovers_agency_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_handovers_case_id")),
        sa.ForeignKeyConstraint(["given_by"], ["users.id"], name=op.f("fk_handovers_given_by")),
        sa.ForeignKeyConstraint(["giver_id"], ["users.id"], name=op.f("fk_handovers_giver_id")),
        sa.ForeignKeyConstraint(["taker_id"], ["users.id"], name=op.f("fk_handovers_taker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index("ix_handovers_case", "handovers", ["case_id", "handed_at"])
    op.create_index("ix_handovers_taker", "handovers", ["taker_id", "passed_on_at", "case_id"])
    op.add_column("users", sa.Column("mail", sa.String(10), nullable=False, server_default="at_once"))
    op.add_column("users", sa.Column("mailed_on", sa.Date(), nullable=True))
    op.add_column("users", sa.Column("calendar_digest", sa.String(64), nullable=True))
    op.create_index(op.f("ix_users_calendar_digest"), "users", ["calendar_digest"], unique=True)
    op.add_column("notices", sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True))
    # Every notice had its own mail until now.
    op.execute("UPDATE notices SET mailed_at = made_at")
    if op.get_bind().dialect.name == "sqlite":
        # SQLite adds a key that points elsewhere only together with its column.
        op.execute(
            "ALTER TABLE case_lanes ADD COLUMN user_id CHAR(32) "
            "CONSTRAINT fk_case_lanes_user_id REFERENCES users (id)"
        )
    else:
        op.add_column("case_lanes", sa.Column("user_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f("fk_case_lanes_user_id"), "case_lanes", "users", ["user_id"], ["id"])
    op.create_index(op.f("ix_case_lanes_user_id"), "case_lanes", ["user_id"])
    op.create_index(op.f("ix_cases_coordinator_id"), "cases", ["coordinator_id"])
    op.create_index("ix_notes_author", "notes", ["author_id", "case_id", "happened_on"])


def downgrade() -> None:
    op.drop_index("ix_notes_author", table_name="notes")
    op.drop_index(op.f("ix_cases_coordinator_id"), table_name="cases")
    op.drop_index(op.f("ix_case_lanes_user_id"), table_name="case_lanes")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("fk_case_lanes_user_id"), "case_lanes", type_="foreignkey")
    op.drop_column("case_lanes", "user_id")
    op.drop_column("notices", "mailed_at")
    op.drop_index(op.f("ix_users_calendar_digest"), table_name="users")
    for column in ("calendar_digest", "mailed_on", "mail"):
        op.drop_column("users", column)
    op.drop_index("ix_handovers_taker", table_name="handovers")
    op.drop_index("ix_handovers_case", table_name="handovers")
    op.drop_table("handovers")
