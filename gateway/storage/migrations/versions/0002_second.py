"""Rules with a life, reviews, anchors, channels."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anchor_duty",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("claim", sa.String(length=36), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("head", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("day", sa.String(length=10), server_default="", nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("fault", sa.String(length=40), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_anchor_duty")),
    )
    op.create_table(
        "audit_anchor",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_anchor")),
    )
    with op.batch_alter_table("audit_anchor", schema=None) as batch_op:
        batch_op.create_index("ix_audit_anchor_newest", ["kind", "name", "time"], unique=False)

    op.create_table(
        "audit_subject",
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_audit_subject")),
    )
    op.create_table(
        "early_receipt",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("provider_reference", sa.String(length=200), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "provider_reference", name=op.f("pk_early_receipt")),
    )
    with op.batch_alter_table("early_receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_early_receipt_received_at"), ["received_at"], unique=False)

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
        "notice_channel",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_notice", sa.String(length=36), server_default="", nullable=False),
        sa.Column("last_failure", sa.String(length=200), server_default="", nullable=False),
        sa.Column("down_since", sa.BigInteger(), nullable=True),
        sa.Column("probe_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_notice_channel")),
    )
    op.create_table(
        "policy_content",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_policy_content")),
    )
    op.create_table(
        "policy_draft",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("base_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("author_key", sa.String(length=200), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_draft")),
    )
    with op.batch_alter_table("policy_draft", schema=None) as batch_op:
        batch_op.create_index("ix_policy_draft_open", ["state", "updated_at"], unique=False)

    op.create_table(
        "policy_process",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("trouble", sa.String(length=500), server_default="", nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_process")),
    )
    with op.batch_alter_table("policy_process", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_process_seen_at"), ["seen_at"], unique=False)

    op.create_table(
        "policy_replay",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("before_ref", sa.String(length=60), nullable=False),
        sa.Column("after_ref", sa.String(length=60), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("asked_key", sa.String(length=200), nullable=False),
        sa.Column("asked_name", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("trouble", sa.String(length=500), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_replay")),
    )
    with op.batch_alter_table("policy_replay", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_replay_asked_at"), ["asked_at"], unique=False)

    op.create_table(
        "policy_version",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text_digest", sa.String(length=64), nullable=False),
        sa.Column("guardrails_digest", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("base_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("staged_key", sa.String(length=200), nullable=False),
        sa.Column("staged_name", sa.String(length=200), nullable=False),
        sa.Column("staged_at", sa.BigInteger(), nullable=False),
        sa.Column("proof", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("digest", name=op.f("uq_policy_version_digest")),
        sa.UniqueConstraint("text_digest", name=op.f("uq_policy_version_text_digest")),
    )
    op.create_table(
        "review_mail",
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("claim", sa.String(length=36), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.String(length=10), server_default="", nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_review_mail")),
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
        "block_wish",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("staff_key", sa.String(length=200), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("staff_name", sa.String(length=200), nullable=False),
        sa.Column("staff_unit", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_block_wish_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block_wish")),
        sa.UniqueConstraint("patient_id", "staff_key", "side", name=op.f("uq_block_wish_patient_id_staff_key_side")),
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
        "notice_preference",
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("channels", sa.Text(), server_default="[]", nullable=False),
        sa.Column("all_accesses", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("large_print", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("language", sa.String(length=2), server_default="", nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_notice_preference_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_notice_preference")),
    )
    op.create_table(
        "policy_activation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("decided_key", sa.String(length=200), nullable=False),
        sa.Column("decided_name", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_key", sa.String(length=200), nullable=True),
        sa.Column("cancelled_name", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["number"], ["policy_version.number"], name=op.f("fk_policy_activation_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_activation")),
        sa.UniqueConstraint("turn", name=op.f("uq_policy_activation_turn")),
    )
    op.create_table(
        "policy_approval",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["policy_version.number"], name=op.f("fk_policy_approval_number")),
        sa.PrimaryKeyConstraint("number", "key", "role", name=op.f("pk_policy_approval")),
    )
    op.create_table(
        "policy_draft_author",
        sa.Column("draft_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["policy_draft.id"], name=op.f("fk_policy_draft_author_draft_id")),
        sa.PrimaryKeyConstraint("draft_id", "key", name=op.f("pk_policy_draft_author")),
    )
    op.create_table(
        "policy_draft_file",
        sa.Column("draft_id", sa.String(length=36), nullable=False),
        sa.Column("path", sa.String(length=410), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["policy_draft.id"], name=op.f("fk_policy_draft_file_draft_id")),
        sa.PrimaryKeyConstraint("draft_id", "path", name=op.f("pk_policy_draft_file")),
    )
    with op.batch_alter_table("policy_draft_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_draft_file_content_digest"), ["content_digest"], unique=False)

    op.create_table(
        "policy_version_file",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=410), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["policy_version.number"], name=op.f("fk_policy_version_file_number")),
        sa.PrimaryKeyConstraint("number", "path", name=op.f("pk_policy_version_file")),
    )
    with op.batch_alter_table("policy_version_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_version_file_content_digest"), ["content_digest"], unique=False)

    op.create_table(
        "policy_version_name",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["policy_version.number"], name=op.f("fk_policy_version_name_number")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_policy_version_name")),
    )
    op.create_table(
        "unsafe_address",
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("marked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_unsafe_address_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", "way", name=op.f("pk_unsafe_address")),
    )
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
        sa.Column("explained_by", sa.String(length=36), server_default="", nullable=False),
        sa.Column("proposal", sa.Text(), server_default="", nullable=False),
        sa.Column("answer_due_at", sa.BigInteger(), nullable=True),
        sa.Column("reminded_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("steps", sa.Integer(), server_default="0", nullable=False),
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
        sa.Column("side", sa.String(length=16), server_default="holder", nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["review.grant_id"], name=op.f("fk_contest_grant_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_contest_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest")),
    )
    with op.batch_alter_table("contest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contest_grant_id"), ["grant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contest_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contest_received_at"), ["received_at"], unique=False)

    op.create_table(
        "notice_attempt",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("idempotency_key", sa.String(length=48), nullable=False),
        sa.Column("address_digest", sa.String(length=32), nullable=False),
        sa.Column("address_kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("provider_reference", sa.String(length=200), server_default="", nullable=False),
        sa.Column("failure", sa.String(length=200), server_default="", nullable=False),
        sa.Column("sends", sa.Integer(), server_default="0", nullable=False),
        sa.Column("uncertain", sa.Integer(), server_default="0", nullable=False),
        sa.Column("proves_at", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_attempt_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_attempt")),
        sa.UniqueConstraint(
            "notice_id",
            "turn",
            "channel",
            "address_digest",
            name=op.f("uq_notice_attempt_notice_id_turn_channel_address_digest"),
        ),
    )
    with op.batch_alter_table("notice_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_notice_attempt_key", ["channel", "idempotency_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_attempt_notice_id"), ["notice_id"], unique=False)
        batch_op.create_index("ix_notice_attempt_reference", ["channel", "provider_reference"], unique=False)

    op.create_table(
        "notice_pass",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_pass_notice_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_notice_pass")),
    )
    with op.batch_alter_table("notice_pass", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_pass_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "notice_task",
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("alarmed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_task_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", "kind", name=op.f("pk_notice_task")),
    )
    with op.batch_alter_table("notice_task", schema=None) as batch_op:
        batch_op.create_index(
            "ix_notice_task_open",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "review_step",
        sa.Column("grant_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by_key", sa.String(length=200), server_default="", nullable=False),
        sa.Column("by_name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("words", sa.String(length=2000), server_default="", nullable=False),
        sa.Column("audit_entry_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["review.grant_id"], name=op.f("fk_review_step_grant_id")),
        sa.PrimaryKeyConstraint("grant_id", "number", name=op.f("pk_review_step")),
    )
    with op.batch_alter_table("access_grant", schema=None) as batch_op:
        batch_op.create_index("ix_access_grant_opened", ["opened_at"], unique=False)

    with op.batch_alter_table("admission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cancelled_at", sa.BigInteger(), nullable=True))
        batch_op.create_index("ix_admission_arrivals", ["unit", "admitted_at"], unique=False)

    with op.batch_alter_table("audit_checkpoint", schema=None) as batch_op:
        batch_op.add_column(sa.Column("witnesses", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index(
            "ix_audit_checkpoint_witnessed",
            ["size"],
            unique=False,
            sqlite_where=sa.text("witnesses > 0"),
            postgresql_where=sa.text("witnesses > 0"),
        )

    with op.batch_alter_table("audit_key", schema=None) as batch_op:
        batch_op.create_index("ix_audit_key_by_period", ["period"], unique=False)

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("turn", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("overridden", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))
        batch_op.add_column(sa.Column("waits_for", sa.String(length=32), server_default="", nullable=False))
        batch_op.add_column(sa.Column("move_on_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("proof_due_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("rides_with", sa.String(length=36), nullable=True))
        batch_op.create_index("ix_notice_patient", ["patient_id", "state"], unique=False)
        batch_op.create_index(
            "ix_notice_proof",
            ["proof_due_at"],
            unique=False,
            sqlite_where=sa.text("proof_due_at IS NOT NULL"),
            postgresql_where=sa.text("proof_due_at IS NOT NULL"),
        )

    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.add_column(sa.Column("protected", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))
        batch_op.add_column(sa.Column("protection", sa.String(length=10), server_default="none", nullable=False))
        batch_op.add_column(sa.Column("protection_until", sa.String(length=10), nullable=True))
        batch_op.create_index(
            "ix_patient_staff",
            ["linked_staff_key"],
            unique=False,
            sqlite_where=sa.text("linked_staff_key IS NOT NULL"),
            postgresql_where=sa.text("linked_staff_key IS NOT NULL"),
        )

    with op.batch_alter_table("patient_contact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unsafe", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))
        batch_op.add_column(sa.Column("personal", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("patient_contact", schema=None) as batch_op:
        batch_op.drop_column("personal")
        batch_op.drop_column("unsafe")

    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_patient_staff",
            sqlite_where=sa.text("linked_staff_key IS NOT NULL"),
            postgresql_where=sa.text("linked_staff_key IS NOT NULL"),
        )
        batch_op.drop_column("protection_until")
        batch_op.drop_column("protection")
        batch_op.drop_column("protected")

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notice_proof",
            sqlite_where=sa.text("proof_due_at IS NOT NULL"),
            postgresql_where=sa.text("proof_due_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_notice_patient")
        batch_op.drop_column("rides_with")
        batch_op.drop_column("proof_due_at")
        batch_op.drop_column("move_on_at")
        batch_op.drop_column("waits_for")
        batch_op.drop_column("overridden")
        batch_op.drop_column("turn")

    with op.batch_alter_table("audit_key", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_key_by_period")

    with op.batch_alter_table("audit_checkpoint", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_audit_checkpoint_witnessed",
            sqlite_where=sa.text("witnesses > 0"),
            postgresql_where=sa.text("witnesses > 0"),
        )
        batch_op.drop_column("witnesses")

    with op.batch_alter_table("admission", schema=None) as batch_op:
        batch_op.drop_index("ix_admission_arrivals")
        batch_op.drop_column("cancelled_at")

    with op.batch_alter_table("access_grant", schema=None) as batch_op:
        batch_op.drop_index("ix_access_grant_opened")

    op.drop_table("review_step")
    with op.batch_alter_table("notice_task", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notice_task_open", sqlite_where=sa.text("done_at IS NULL"), postgresql_where=sa.text("done_at IS NULL")
        )

    op.drop_table("notice_task")
    with op.batch_alter_table("notice_pass", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_pass_expires_at"))

    op.drop_table("notice_pass")
    with op.batch_alter_table("notice_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_attempt_reference")
        batch_op.drop_index(batch_op.f("ix_notice_attempt_notice_id"))
        batch_op.drop_index("ix_notice_attempt_key")

    op.drop_table("notice_attempt")
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
    op.drop_table("unsafe_address")
    op.drop_table("policy_version_name")
    with op.batch_alter_table("policy_version_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_policy_version_file_content_digest"))

    op.drop_table("policy_version_file")
    with op.batch_alter_table("policy_draft_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_policy_draft_file_content_digest"))

    op.drop_table("policy_draft_file")
    op.drop_table("policy_draft_author")
    op.drop_table("policy_approval")
    op.drop_table("policy_activation")
    op.drop_table("notice_preference")
    with op.batch_alter_table("erasure_order", schema=None) as batch_op:
        batch_op.drop_index("ix_erasure_order_state")

    op.drop_table("erasure_order")
    op.drop_table("block_wish")
    op.drop_table("review_rule")
    op.drop_table("review_mail")
    op.drop_table("policy_version")
    with op.batch_alter_table("policy_replay", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_policy_replay_asked_at"))

    op.drop_table("policy_replay")
    with op.batch_alter_table("policy_process", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_policy_process_seen_at"))

    op.drop_table("policy_process")
    with op.batch_alter_table("policy_draft", schema=None) as batch_op:
        batch_op.drop_index("ix_policy_draft_open")

    op.drop_table("policy_draft")
    op.drop_table("policy_content")
    op.drop_table("notice_channel")
    op.drop_table("export_cursor")
    with op.batch_alter_table("early_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_early_receipt_received_at"))

    op.drop_table("early_receipt")
    op.drop_table("audit_subject")
    with op.batch_alter_table("audit_anchor", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_anchor_newest")

    op.drop_table("audit_anchor")
    op.drop_table("anchor_duty")
