"""Rules with a life, reviews, anchors, channels."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "export_cursor",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("next_leaf", sa.BigInteger(), nullable=False),
        sa.Column("claim", sa.String(length=36), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_export_cursor")),
    )
    op.create_table(
        "review_rule",
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("effect", sa.String(length=8), nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_review_rule")),
    )
    op.create_table(
        "erasure_order",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("through", sa.String(length=7), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("ordered_by", sa.String(length=200), nullable=False),
        sa.Column("ordered_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("entries", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_erasure_order_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_order")),
    )
    with op.batch_alter_table("erasure_order", schema=None) as batch_op:
        batch_op.create_index("ix_erasure_order_state", ["state", "ordered_at"], unique=False)

    op.create_table(
        "review",
        sa.Column("grant_id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("staff_key", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("reason_code", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="open", nullable=False),
        sa.Column("rank_key", sa.Integer(), server_default="0", nullable=False),
        sa.Column("flags", sa.Text(), server_default="[]", nullable=False),
        sa.Column("weighed_from", sa.Text(), server_default="{}", nullable=False),
        sa.Column("weighed_at", sa.BigInteger(), nullable=True),
        sa.Column("proposal", sa.Text(), server_default="", nullable=False),
        sa.Column("answer_due_at", sa.BigInteger(), nullable=True),
        sa.Column("reminded_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["access_grant.id"], name=op.f("fk_review_grant_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_review_patient_id")),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_review")),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index("ix_review_decided", ["decided_at"], unique=False)
        batch_op.create_index("ix_review_opened", ["opened_at"], unique=False)
        batch_op.create_index("ix_review_patient", ["patient_id", "opened_at"], unique=False)
        batch_op.create_index(
            "ix_review_queue",
            ["rank_key", "opened_at", "grant_id"],
            unique=False,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.create_index("ix_review_reader", ["staff_key", "opened_at"], unique=False)
        batch_op.create_index(
            "ix_review_unweighed",
            ["opened_at"],
            unique=False,
            sqlite_where=sa.text("weighed_at IS NULL"),
            postgresql_where=sa.text("weighed_at IS NULL"),
        )

    op.create_table(
        "contest",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("grant_id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("wish", sa.String(length=24), nullable=False),
        sa.Column("words", sa.String(length=2000), server_default="", nullable=False),
        sa.Column("answer_by", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("promised_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(length=2000), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["review.grant_id"], name=op.f("fk_contest_grant_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_contest_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest")),
    )
    with op.batch_alter_table("contest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contest_grant_id"), ["grant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contest_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contest_received_at"), ["received_at"], unique=False)

    op.create_table(
        "review_step",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("grant_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by_key", sa.String(length=200), server_default="", nullable=False),
        sa.Column("by_name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("words", sa.String(length=2000), server_default="", nullable=False),
        sa.Column("audit_entry_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["review.grant_id"], name=op.f("fk_review_step_grant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_step")),
    )
    with op.batch_alter_table("review_step", schema=None) as batch_op:
        batch_op.create_index("ix_review_step_case", ["grant_id", "at"], unique=False)

    with op.batch_alter_table("access_grant", schema=None) as batch_op:
        batch_op.create_index("ix_access_grant_opened", ["opened_at"], unique=False)

    with op.batch_alter_table("admission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cancelled_at", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("audit_key", schema=None) as batch_op:
        batch_op.create_index("ix_audit_key_by_period", ["period"], unique=False)

    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.add_column(sa.Column("protected", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_column("protected")

    with op.batch_alter_table("audit_key", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_key_by_period")

    with op.batch_alter_table("admission", schema=None) as batch_op:
        batch_op.drop_column("cancelled_at")

    with op.batch_alter_table("access_grant", schema=None) as batch_op:
        batch_op.drop_index("ix_access_grant_opened")

    with op.batch_alter_table("review_step", schema=None) as batch_op:
        batch_op.drop_index("ix_review_step_case")

    op.drop_table("review_step")
    with op.batch_alter_table("contest", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contest_received_at"))
        batch_op.drop_index(batch_op.f("ix_contest_patient_id"))
        batch_op.drop_index(batch_op.f("ix_contest_grant_id"))

    op.drop_table("contest")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_review_unweighed",
            sqlite_where=sa.text("weighed_at IS NULL"),
            postgresql_where=sa.text("weighed_at IS NULL"),
        )
        batch_op.drop_index("ix_review_reader")
        batch_op.drop_index(
            "ix_review_queue",
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.drop_index("ix_review_patient")
        batch_op.drop_index("ix_review_opened")
        batch_op.drop_index("ix_review_decided")

    op.drop_table("review")
    with op.batch_alter_table("erasure_order", schema=None) as batch_op:
        batch_op.drop_index("ix_erasure_order_state")

    op.drop_table("erasure_order")
    op.drop_table("review_rule")
    op.drop_table("export_cursor")
