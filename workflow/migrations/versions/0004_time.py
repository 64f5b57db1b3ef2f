"""Limits that run, news, duties, extensions, and the mailbox of an account."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    with op.batch_alter_table("account") as account:
        account.add_column(_text("address", nullable=True))
    op.create_table(
        "running_limits",
        _text("district"), _text("subject"), _text("code"), _text("stage"), _number("visit"), _number("round"),
        _text("concern"), _text("party"), _text("lead"), _text("started_on"), _text("due_on", nullable=True),
        _number("provisional"), _text("remind_on", nullable=True),
        sa.PrimaryKeyConstraint(
            "district", "subject", "code", "stage", "visit", "round", "concern", name=op.f("pk_running_limits")
        ),
    )  # fmt: skip
    due = sa.text("remind_on IS NOT NULL")
    op.create_index(
        "ix_running_limits_remind_on", "running_limits", ["district", "remind_on"], sqlite_where=due, postgresql_where=due
    )
    op.create_index("ix_running_limits_due_on", "running_limits", ["district", "due_on"])
    op.create_table(
        "news",
        _text("district"), _text("subject"), _number("entry"), _number("number"), _text("kind"), _text("stage"),
        _text("concern"), _text("organisations"), _text("recorded_at"), _number("told"),
        sa.PrimaryKeyConstraint("district", "subject", "entry", "number", name=op.f("pk_news")),
    )  # fmt: skip
    untold = sa.text("told = 0")
    op.create_index("ix_news_untold", "news", ["district", "recorded_at"], sqlite_where=untold, postgresql_where=untold)
    op.create_table(
        "duty_reports",
        _text("district"), _text("code"), _text("organisation"), _text("period"), _text("done_on"), _text("document"),
        _text("recorded_at"), _text("recorded_by"),
        sa.PrimaryKeyConstraint("district", "code", "organisation", "period", name=op.f("pk_duty_reports")),
    )  # fmt: skip
    key = ("district", "lifecycle", "subject", "division")
    op.create_table(
        "extensions",
        *(_text(name) for name in key), _number("position"), _number("number"), _text("limit"), _text("concern"),
        _number("by"), _text("reason"), _text("document"), _text("body"), _text("level"), _text("approved_by"),
        _text("happened_on"), _text("recorded_at"),
        sa.ForeignKeyConstraint(key[:3], ["cases.district", "cases.lifecycle", "cases.id"], name=op.f("fk_extensions_cases")),
        sa.PrimaryKeyConstraint(*key, "position", name=op.f("pk_extensions")),
        sa.UniqueConstraint(*key, "number", name=op.f("uq_extensions_district_lifecycle_subject_division_number")),
    )  # fmt: skip


def downgrade() -> None:
    for table in ("extensions", "duty_reports", "news", "running_limits"):
        op.drop_table(table)
    with op.batch_alter_table("account") as account:
        account.drop_column("address")
