"""Meetings about several cases, their minutes, and notices of a meeting."""

import sqlalchemy as sa
from alembic import op

revision = "0002_meetings"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("local_action_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("silence_days", sa.Integer(), nullable=False),
        sa.Column("statement_read", sa.Boolean(), nullable=False),
        sa.Column("follows_id", sa.Uuid(), nullable=True),
        sa.Column("saves", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status in ('preparing','invited','recorded','cancelled')", name=op.f("ck_meetings_status")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_meetings_agency_id")),
        sa.ForeignKeyConstraint(["follows_id"], ["meetings.id"], name=op.f("fk_meetings_follows_id")),
        sa.ForeignKeyConstraint(
            ["local_action_id"], ["local_actions.id"], name=op.f("fk_meetings_local_action_id")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_meetings_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
    )
    op.create_index("ix_meetings_agency", "meetings", ["agency_id", "role"], unique=False)
    op.create_index("ix_meetings_starts", "meetings", ["starts_at", "id"], unique=False)
    op.create_table(
        "meeting_desks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("reply", sa.String(length=20), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_by", sa.Uuid(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attended", sa.Boolean(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_meeting_desks_agency_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_desks_meeting_id")),
        sa.ForeignKeyConstraint(["replied_by"], ["users.id"], name=op.f("fk_meeting_desks_replied_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_desks")),
        sa.UniqueConstraint(
            "meeting_id", "agency_id", "role", name=op.f("uq_meeting_desks_meeting_id_agency_id_role")
        ),
    )
    op.create_index(
        "ix_meeting_desks_agency", "meeting_desks", ["agency_id", "role", "meeting_id"], unique=False
    )
    op.create_table(
        "meeting_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=True),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("saves", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "status in ('open','recorded','not_discussed')", name=op.f("ck_meeting_cases_status")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_meeting_cases_case_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_cases_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_cases")),
        sa.UniqueConstraint("meeting_id", "case_id", name=op.f("uq_meeting_cases_meeting_id_case_id")),
        sa.UniqueConstraint("meeting_id", "position", name=op.f("uq_meeting_cases_meeting_id_position")),
    )
    op.create_index("ix_meeting_cases_case", "meeting_cases", ["case_id"], unique=False)
    op.create_table(
        "meeting_case_desks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("took_part", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_meeting_case_desks_agency_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_meeting_case_desks_case_id")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["meeting_cases.id"], name=op.f("fk_meeting_case_desks_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_case_desks")),
        sa.UniqueConstraint(
            "item_id", "agency_id", "role", name=op.f("uq_meeting_case_desks_item_id_agency_id_role")
        ),
    )
    op.create_index(
        "ix_meeting_case_desks_agency", "meeting_case_desks", ["agency_id", "role", "item_id"], unique=False
    )
    op.create_table(
        "minutes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_minutes_case_id")),
        sa.ForeignKeyConstraint(["item_id"], ["meeting_cases.id"], name=op.f("fk_minutes_item_id")),
        sa.ForeignKeyConstraint(["written_by"], ["users.id"], name=op.f("fk_minutes_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_minutes_item_id_number")),
    )
    op.create_table(
        "minutes_replies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("minutes_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=True),
        sa.Column("answer_text", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_minutes_replies_agency_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_minutes_replies_case_id")),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name=op.f("fk_minutes_replies_minutes_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_minutes_replies_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_replies")),
        sa.UniqueConstraint(
            "minutes_id", "agency_id", "role", name=op.f("uq_minutes_replies_minutes_id_agency_id_role")
        ),
    )
    # SQLite cannot add a reference to a table that is there: the table is written anew.
    with op.batch_alter_table("notices") as notices:
        notices.add_column(sa.Column("meeting_id", sa.Uuid(), nullable=True))
        notices.create_foreign_key(op.f("fk_notices_meeting_id"), "meetings", ["meeting_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("notices") as notices:
        notices.drop_constraint(op.f("fk_notices_meeting_id"), type_="foreignkey")
        notices.drop_column("meeting_id")
    for table in (
        "minutes_replies",
        "minutes",
        "meeting_case_desks",
        "meeting_cases",
        "meeting_desks",
        "meetings",
    ):
        op.drop_table(table)
