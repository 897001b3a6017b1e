"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_request",
        sa.Column("staff_key", sa.String(length=200), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("grant_id", sa.String(length=36), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(grant_id IS NULL) <> (refusal IS NULL)", name=op.f("ck_access_request_one_outcome")),
        sa.PrimaryKeyConstraint("staff_key", "request_id", name=op.f("pk_access_request")),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_raised_at"), ["raised_at"], unique=False)

    op.create_table(
        "audit_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "audit_counter",
        sa.Column("gateway", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", "lane", name=op.f("pk_audit_counter")),
    )
    op.create_table(
        "audit_disclosure",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "subject", name=op.f("pk_audit_disclosure")),
    )
    with op.batch_alter_table("audit_disclosure", schema=None) as batch_op:
        batch_op.create_index("ix_audit_disclosure_by_subject", ["subject", "time", "entry_id"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("gateway", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("gateway", "lane", "counter", name=op.f("uq_audit_entry_gateway_lane_counter")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_by_time", ["time", "entry_id"], unique=False)

    op.create_table(
        "audit_key",
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("master", sa.String(length=16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_audit_key")),
    )
    with op.batch_alter_table("audit_key", schema=None) as batch_op:
        batch_op.create_index("ix_audit_key_by_subject", ["subject", "period"], unique=False)

    op.create_table(
        "audit_leaf",
        sa.Column("leaf_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_audit_leaf")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_leaf_entry_id")),
    )
    op.create_table(
        "audit_pending",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_pending")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_pending_entry_id")),
    )
    op.create_table(
        "audit_tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tile_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "tile_index", name=op.f("pk_audit_tile")),
    )
    op.create_table(
        "notice_proof_attempt",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_notice_proof_attempt")),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ipp", sa.String(length=32), nullable=False),
        sa.Column("ins", sa.String(length=15), nullable=True),
        sa.Column("ins_oid", sa.String(length=64), nullable=True),
        sa.Column("identity_status", sa.String(length=5), nullable=False),
        sa.Column("birth_name", sa.String(length=100), nullable=False),
        sa.Column("used_name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("given_names", sa.String(length=200), nullable=False),
        sa.Column("used_given_name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("birth_date", sa.String(length=10), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("birth_place", sa.String(length=5), server_default="", nullable=False),
        sa.Column("deceased_on", sa.String(length=10), nullable=True),
        sa.Column("language", sa.String(length=2), server_default="fr", nullable=False),
        sa.Column("search_birth_name", sa.String(length=100), nullable=False),
        sa.Column("search_used_name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("search_given_names", sa.String(length=200), nullable=False),
        sa.Column("dossier_status", sa.String(length=8), nullable=False),
        sa.Column("opposed_break_glass", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("opposed_centre_15", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("masked_in_emergency", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("linked_staff_key", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("ins_oid", "ins", name=op.f("uq_patient_ins_oid_ins")),
        sa.UniqueConstraint("ipp", name=op.f("uq_patient_ipp")),
    )
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.create_index("ix_patient_birth", ["birth_date", "search_birth_name"], unique=False)
        batch_op.create_index("ix_patient_name", ["search_birth_name", "search_given_names"], unique=False)
        batch_op.create_index("ix_patient_used_name", ["search_used_name"], unique=False)

    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("person_key", sa.String(length=200), nullable=False),
        sa.Column("device_hash", sa.String(length=64), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("provider_sid", sa.String(length=200), server_default="", nullable=False),
        sa.Column("id_token", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_device_hash"), ["device_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_person_key"), ["person_key"], unique=False)

    op.create_table(
        "sign_in_flow",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("code_verifier", sa.String(length=128), nullable=False),
        sa.Column("return_to", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sign_in_flow")),
    )
    with op.batch_alter_table("sign_in_flow", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_flow_created_at"), ["created_at"], unique=False)

    op.create_table(
        "access_grant",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("staff_key", sa.String(length=200), nullable=False),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("episode_id", sa.String(length=36), server_default="", nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("reason_code", sa.String(length=32), server_default="", nullable=False),
        sa.Column("reason_text", sa.String(length=500), server_default="", nullable=False),
        sa.Column("consent_basis", sa.String(length=16), server_default="none", nullable=False),
        sa.Column("first_access", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("extensions", sa.Integer(), server_default="0", nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.String(length=36), nullable=True),
        sa.Column("audit_entry_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_access_grant_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_grant")),
    )
    with op.batch_alter_table("access_grant", schema=None) as batch_op:
        batch_op.create_index(
            "ix_access_grant_emergency",
            ["opened_at"],
            unique=False,
            sqlite_where=sa.text("mode <> 'normal'"),
            postgresql_where=sa.text("mode <> 'normal'"),
        )
        batch_op.create_index("ix_access_grant_history", ["patient_id", "opened_at"], unique=False)
        batch_op.create_index("ix_access_grant_open", ["staff_key", "patient_id", "expires_at"], unique=False)

    op.create_table(
        "admission",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("visit_number", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("box", sa.String(length=16), server_default="", nullable=False),
        sa.Column("motive", sa.String(length=100), server_default="", nullable=False),
        sa.Column("admitted_at", sa.BigInteger(), nullable=False),
        sa.Column("discharged_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_admission_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission")),
        sa.UniqueConstraint("visit_number", name=op.f("uq_admission_visit_number")),
    )
    with op.batch_alter_table("admission", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_admission_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(
            "ix_admission_present",
            ["unit", "admitted_at"],
            unique=False,
            sqlite_where=sa.text("discharged_at IS NULL"),
            postgresql_where=sa.text("discharged_at IS NULL"),
        )

    op.create_table(
        "care_statement",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("episode_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_care_statement_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_statement")),
    )
    with op.batch_alter_table("care_statement", schema=None) as batch_op:
        batch_op.create_index("ix_care_statement_episode", ["patient_id", "episode_id"], unique=False)

    op.create_table(
        "dossier_document",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("unique_id", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("type_code", sa.String(length=32), nullable=False),
        sa.Column("type_label", sa.String(length=200), nullable=False),
        sa.Column("class_code", sa.String(length=16), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("author_key", sa.String(length=200), server_default="", nullable=False),
        sa.Column("author_name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("author_profession", sa.String(length=100), server_default="", nullable=False),
        sa.Column("author_organization", sa.String(length=200), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("service_start", sa.BigInteger(), nullable=True),
        sa.Column("service_stop", sa.BigInteger(), nullable=True),
        sa.Column("confidentiality", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_dossier_document_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_document")),
        sa.UniqueConstraint("patient_id", "unique_id", name=op.f("uq_dossier_document_patient_id_unique_id")),
    )
    with op.batch_alter_table("dossier_document", schema=None) as batch_op:
        batch_op.create_index("ix_dossier_document_list", ["patient_id", "created_at"], unique=False)

    op.create_table(
        "patient_block",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("staff_key", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_block_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_block")),
        sa.UniqueConstraint("patient_id", "staff_key", name=op.f("uq_patient_block_patient_id_staff_key")),
    )
    op.create_table(
        "patient_contact",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("email", sa.String(length=320), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=32), server_default="", nullable=False),
        sa.Column("address", sa.String(length=500), server_default="", nullable=False),
        sa.Column("mssante", sa.String(length=320), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_contact_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_contact")),
    )
    with op.batch_alter_table("patient_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_contact_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "document_opening",
        sa.Column("grant_id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("class_code", sa.String(length=16), nullable=False),
        sa.Column("hidden_from", sa.String(length=24), server_default="", nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["access_grant.id"], name=op.f("fk_document_opening_grant_id")),
        sa.PrimaryKeyConstraint("grant_id", "document_id", name=op.f("pk_document_opening")),
    )
    op.create_table(
        "dossier_content",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["dossier_document.id"], name=op.f("fk_dossier_content_document_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_dossier_content")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("grant_id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=32), server_default="", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("claim", sa.String(length=36), nullable=True),
        sa.Column("last_failure", sa.String(length=200), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["access_grant.id"], name=op.f("fk_notice_grant_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_notice_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("code", name=op.f("uq_notice_code")),
        sa.UniqueConstraint("grant_id", "recipient", name=op.f("uq_notice_grant_id_recipient")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_due", ["state", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_grant_id"), ["grant_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_grant_id"))
        batch_op.drop_index("ix_notice_due")

    op.drop_table("notice")
    op.drop_table("dossier_content")
    op.drop_table("document_opening")
    with op.batch_alter_table("patient_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_patient_contact_patient_id"))

    op.drop_table("patient_contact")
    op.drop_table("patient_block")
    with op.batch_alter_table("dossier_document", schema=None) as batch_op:
        batch_op.drop_index("ix_dossier_document_list")

    op.drop_table("dossier_document")
    with op.batch_alter_table("care_statement", schema=None) as batch_op:
        batch_op.drop_index("ix_care_statement_episode")

    op.drop_table("care_statement")
    with op.batch_alter_table("admission", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_admission_present",
            sqlite_where=sa.text("discharged_at IS NULL"),
            postgresql_where=sa.text("discharged_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_admission_patient_id"))

    op.drop_table("admission")
    with op.batch_alter_table("access_grant", schema=None) as batch_op:
        batch_op.drop_index("ix_access_grant_open")
        batch_op.drop_index("ix_access_grant_history")
        batch_op.drop_index(
            "ix_access_grant_emergency",
            sqlite_where=sa.text("mode <> 'normal'"),
            postgresql_where=sa.text("mode <> 'normal'"),
        )

    op.drop_table("access_grant")
    with op.batch_alter_table("sign_in_flow", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_flow_created_at"))

    op.drop_table("sign_in_flow")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_person_key"))
        batch_op.drop_index(batch_op.f("ix_session_device_hash"))

    op.drop_table("session")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_index("ix_patient_used_name")
        batch_op.drop_index("ix_patient_name")
        batch_op.drop_index("ix_patient_birth")

    op.drop_table("patient")
    op.drop_table("notice_proof_attempt")
    op.drop_table("audit_tile")
    op.drop_table("audit_pending")
    op.drop_table("audit_leaf")
    with op.batch_alter_table("audit_key", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_key_by_subject")

    op.drop_table("audit_key")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_by_time")

    op.drop_table("audit_entry")
    with op.batch_alter_table("audit_disclosure", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_disclosure_by_subject")

    op.drop_table("audit_disclosure")
    op.drop_table("audit_counter")
    op.drop_table("audit_checkpoint")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_raised_at"))

    op.drop_table("alert")
    op.drop_table("access_request")
