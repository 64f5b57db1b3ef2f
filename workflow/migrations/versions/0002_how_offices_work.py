"""Letters, drafts, change requests, exceptions, delegations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delegation",
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("absent", sa.String(), nullable=False),
        sa.Column("deputy", sa.String(), nullable=False),
        sa.Column("from_on", sa.String(), nullable=False),
        sa.Column("to_on", sa.String(), nullable=False),
        sa.Column("stages", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("ended_on", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("district", "number", name=op.f("pk_delegation")),
    )
    op.create_table(
        "changes",
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("lifecycle", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("happened_on", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("ended_on", sa.String(), nullable=True),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district", "lifecycle", "subject"],
            ["cases.district", "cases.lifecycle", "cases.id"],
            name=op.f("fk_changes_cases"),
        ),
        sa.PrimaryKeyConstraint("district", "lifecycle", "subject", "division", "position", name=op.f("pk_changes")),
        sa.UniqueConstraint(
            "district",
            "lifecycle",
            "subject",
            "division",
            "number",
            name=op.f("uq_changes_district_lifecycle_subject_division_number"),
        ),
    )
    op.create_table(
        "consents",
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("lifecycle", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("happened_on", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district", "lifecycle", "subject"],
            ["cases.district", "cases.lifecycle", "cases.id"],
            name=op.f("fk_consents_cases"),
        ),
        sa.PrimaryKeyConstraint("district", "lifecycle", "subject", "division", "position", name=op.f("pk_consents")),
        sa.UniqueConstraint(
            "district",
            "lifecycle",
            "subject",
            "division",
            "number",
            name=op.f("uq_consents_district_lifecycle_subject_division_number"),
        ),
    )
    op.create_table(
        "drafts",
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("lifecycle", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("scheme", sa.Integer(), nullable=False),
        sa.Column("remit", sa.String(), nullable=False),
        sa.Column("drafted_by", sa.String(), nullable=False),
        sa.Column("happened_on", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("ended_on", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district", "lifecycle", "subject"],
            ["cases.district", "cases.lifecycle", "cases.id"],
            name=op.f("fk_drafts_cases"),
        ),
        sa.PrimaryKeyConstraint("district", "lifecycle", "subject", "division", "position", name=op.f("pk_drafts")),
        sa.UniqueConstraint(
            "district",
            "lifecycle",
            "subject",
            "division",
            "number",
            name=op.f("uq_drafts_district_lifecycle_subject_division_number"),
        ),
    )
    op.create_table(
        "exceptions",
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("lifecycle", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lifts", sa.String(), nullable=False),
        sa.Column("saw", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("happened_on", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district", "lifecycle", "subject"],
            ["cases.district", "cases.lifecycle", "cases.id"],
            name=op.f("fk_exceptions_cases"),
        ),
        sa.PrimaryKeyConstraint("district", "lifecycle", "subject", "division", "position", name=op.f("pk_exceptions")),
        sa.UniqueConstraint(
            "district",
            "lifecycle",
            "subject",
            "division",
            "number",
            name=op.f("uq_exceptions_district_lifecycle_subject_division_number"),
        ),
    )
    op.create_table(
        "paper_replies",
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("lifecycle", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sign_off", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("letter_on", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("recorded_on", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("contested_on", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district", "lifecycle", "subject"],
            ["cases.district", "cases.lifecycle", "cases.id"],
            name=op.f("fk_paper_replies_cases"),
        ),
        sa.PrimaryKeyConstraint(
            "district", "lifecycle", "subject", "division", "position", name=op.f("pk_paper_replies")
        ),
        sa.UniqueConstraint(
            "district",
            "lifecycle",
            "subject",
            "division",
            "number",
            name=op.f("uq_paper_replies_district_lifecycle_subject_division_number"),
        ),
    )


def downgrade() -> None:
    for table in ("paper_replies", "drafts", "changes", "consents", "exceptions", "delegation"):
        op.drop_table(table)
