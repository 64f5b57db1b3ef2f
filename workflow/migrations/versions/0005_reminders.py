"""Reminders: notices, the messages that carry them, and the heartbeat of the schedulers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    op.create_table(
        "notices",
        _text("district"), _text("subject"), _text("code"), _text("stage"), _number("visit"), _number("round"),
        _text("concern"), _text("due_on"), _text("rung"), _text("organisation"), _text("recipient"),
        _text("form"), _text("planned_on"), _text("created_at"), _text("digest_on", nullable=True), _text("status"),
        _text("reason", nullable=True),
        sa.PrimaryKeyConstraint(
            "district", "subject", "code", "stage", "visit", "round", "concern", "due_on", "rung", "organisation",
            "recipient", name=op.f("pk_notices"),
        ),
    )  # fmt: skip
    recipient = ["district", "organisation", "recipient"]
    _index("ix_notices_waiting", "notices", recipient, "status = 'waiting'")
    _index("ix_notices_digest", "notices", [*recipient, "digest_on"], "digest_on IS NOT NULL")
    op.create_table(
        "messages",
        _text("district"), _text("organisation"), _text("recipient"), _text("channel"), _text("day"),
        _number("number"), _text("message_id"), _text("status"), _text("reason", nullable=True), _number("attempts"),
        _text("next_at"), _text("lease_until", nullable=True), _text("claimed_by", nullable=True), _number("fence"),
        _text("created_at"), _text("sent_at", nullable=True),
        sa.PrimaryKeyConstraint("district", "organisation", "recipient", "channel", "day", name=op.f("pk_messages")),
        sa.UniqueConstraint("district", "number", name=op.f("uq_messages_district_number")),
    )  # fmt: skip
    _index("ix_messages_queued", "messages", ["district", "channel", "next_at"], "status = 'queued'")
    _index("ix_messages_refused", "messages", ["district", "number"], "status = 'refused'")
    op.create_table(
        "heartbeat",
        _text("district"), _text("scheduler"), _text("process"), _text("started_at"), _text("at"),
        sa.PrimaryKeyConstraint("district", "scheduler", name=op.f("pk_heartbeat")),
    )  # fmt: skip


def downgrade() -> None:
    for table in ("heartbeat", "messages", "notices"):
        op.drop_table(table)
