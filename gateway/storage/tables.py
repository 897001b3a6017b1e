"""The whole schema, in one place (SQLAlchemy Core; no ORM). Instants are UTC epoch milliseconds, ids are UUID text.

Personal data lives in `patient*`, `access_grant.reason_text` and the notice's address at sending time, never in the
log's leaves. Rows of `audit_entry` are only ever inserted.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id(name: str = "id") -> Column[str]:
    return Column(name, String(36), primary_key=True)


# --- for whom ---

patient = Table(
    "patient",
    metadata,
    _id(),
    Column("ipp", String(32), nullable=False, unique=True),
    Column("ins", String(15)),
    Column("ins_oid", String(64)),
    Column("identity_status", String(5), nullable=False),  # PROV, RECUP, VALI, QUAL
    Column("birth_name", String(100), nullable=False),
    Column("used_name", String(100), nullable=False, server_default=""),
    Column("given_names", String(200), nullable=False),  # all birth given names, space separated
    Column("used_given_name", String(100), nullable=False, server_default=""),
    Column("birth_date", String(10), nullable=False),  # ISO date
    Column("sex", String(1), nullable=False),  # M, F, U
    Column("birth_place", String(5), nullable=False, server_default=""),  # INSEE code
    Column("deceased_on", String(10)),
    Column("language", String(2), nullable=False, server_default="fr"),
    Column("search_birth_name", String(100), nullable=False),  # folded: no accent, hyphen or case
    Column("search_used_name", String(100), nullable=False, server_default=""),
    Column("search_given_names", String(200), nullable=False),
    # the dossier and the patient's own settings (DOMAIN section 2, rules 1, 2, 9)
    Column("dossier_status", String(8), nullable=False),  # active, closed, absent
    Column("opposed_break_glass", Boolean, nullable=False, server_default=text("false")),
    Column("opposed_centre_15", Boolean, nullable=False, server_default=text("false")),
    Column("masked_in_emergency", Boolean, nullable=False, server_default=text("false")),
    Column("linked_staff_key", String(200)),  # the professional who is this patient, where known
    Column("protected", Boolean, nullable=False, server_default=text("false")),  # accesses are reviewed with more care
    Column("protection", String(10), nullable=False, server_default="none"),  # a ProtectionMeasure of an adult
    Column("protection_until", String(10)),  # the last day of the measure, ISO; null: none is known
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("ins_oid", "ins"),
    Index("ix_patient_birth", "birth_date", "search_birth_name"),
    Index("ix_patient_name", "search_birth_name", "search_given_names"),
    Index("ix_patient_used_name", "search_used_name"),
    Index(
        "ix_patient_staff",
        "linked_staff_key",
        sqlite_where=text("linked_staff_key IS NOT NULL"),
        postgresql_where=text("linked_staff_key IS NOT NULL"),
    ),
)

patient_contact = Table(
    "patient_contact",
    metadata,
    _id(),
    Column("patient_id", String(36), ForeignKey("patient.id"), nullable=False, index=True),
    # patient, medecin_traitant, trusted_person, emergency_contact, legal_representative
    Column("kind", String(24), nullable=False),
    Column("name", String(200), nullable=False, server_default=""),
    Column("email", String(320), nullable=False, server_default=""),
    Column("phone", String(32), nullable=False, server_default=""),
    Column("address", String(500), nullable=False, server_default=""),
    Column("mssante", String(320), nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("unsafe", Boolean, nullable=False, server_default=text("false")),  # others read it: nothing is sent there
    Column("personal", Boolean, nullable=False, server_default=text("false")),  # this phone is the patient's alone
)

patient_block = Table(
    "patient_block",
    metadata,
    _id(),
    Column("patient_id", String(36), ForeignKey("patient.id"), nullable=False),
    Column("staff_key", String(200), nullable=False),  # "rpps:<11 digits>" or "sub:<issuer>|<subject>"
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("patient_id", "staff_key"),
)

care_statement = Table(
    "care_statement",
    metadata,
    _id(),
    Column("patient_id", String(36), ForeignKey("patient.id"), nullable=False),
    Column("episode_id", String(36), nullable=False),
    Column("kind", String(8), nullable=False),  # consent, refusal
    Column("recorded_by", String(200), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Index("ix_care_statement_episode", "patient_id", "episode_id"),
)

admission = Table(
    "admission",
    metadata,
    _id(),  # the episode id
    Column("patient_id", String(36), ForeignKey("patient.id"), nullable=False, index=True),
    Column("visit_number", String(32), nullable=False, unique=True),
    Column("unit", String(32), nullable=False),
    Column("box", String(16), nullable=False, server_default=""),
    Column("motive", String(100), nullable=False, server_default=""),
    Column("admitted_at", BigInteger, nullable=False),
    Column("discharged_at", BigInteger),
    Column("cancelled_at", BigInteger),  # HL7 v2 A11: it never took place
    Index("ix_admission_arrivals", "unit", "admitted_at"),
    Index("ix_admission_present", "unit", "admitted_at", sqlite_where=text("discharged_at IS NULL"),
          postgresql_where=text("discharged_at IS NULL")),
)  # fmt: skip

# --- who asks ---

sign_in_flow = Table(
    "sign_in_flow",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("provider", String(32), nullable=False),  # staff, patient
    Column("browser_hash", String(64), nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("code_verifier", String(128), nullable=False),
    Column("return_to", String(500), nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),  # staff, patient
    Column("person", Text, nullable=False),  # JSON of the frozen StaffMember or patient holder
    Column("person_key", String(200), nullable=False, index=True),
    Column("device_hash", String(64), nullable=False, index=True),
    Column("csrf_token", String(64), nullable=False),
    Column("provider_sid", String(200), nullable=False, server_default=""),
    Column("id_token", Text, nullable=False, server_default=""),  # id_token_hint of the RP-initiated logout
    Column("created_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)

# --- the access ---

access_request = Table(
    "access_request",
    metadata,
    # one row an answered request: the idempotency of POST /accesses
    Column("staff_key", String(200), primary_key=True),
    Column("request_id", String(36), primary_key=True),
    Column("fingerprint", String(64), nullable=False),  # SHA-256 of what was asked
    Column("grant_id", String(36)),
    Column("refusal", Text),  # JSON of Refused
    Column("asked_at", BigInteger, nullable=False),
    CheckConstraint("(grant_id IS NULL) <> (refusal IS NULL)", name="one_outcome"),
)

access_grant = Table(
    "access_grant",
    metadata,
    _id(),
    Column("patient_id", String(36), ForeignKey("patient.id"), nullable=False),
    Column("staff_key", String(200), nullable=False),
    Column("staff", Text, nullable=False),  # JSON of the StaffMember as signed in
    Column("episode_id", String(36), nullable=False, server_default=""),
    Column("mode", String(16), nullable=False),
    Column("reason_code", String(32), nullable=False, server_default=""),
    Column("reason_text", String(500), nullable=False, server_default=""),
    Column("consent_basis", String(16), nullable=False, server_default="none"),
    Column("first_access", Boolean, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("extensions", Integer, nullable=False, server_default="0"),
    Column("decision", Text, nullable=False),  # JSON: rule ids, obligations, reasons, policy version
    Column("notice_id", String(36)),
    Column("audit_entry_id", String(36), nullable=False),
    Index("ix_access_grant_history", "patient_id", "opened_at"),
    Index("ix_access_grant_open", "staff_key", "patient_id", "expires_at"),
    Index("ix_access_grant_opened", "opened_at"),
    Index("ix_access_grant_emergency", "opened_at", sqlite_where=text("mode <> 'normal'"),
          postgresql_where=text("mode <> 'normal'")),
)  # fmt: skip

document_opening = Table(
    "document_opening",
    metadata,
    Column("grant_id", String(36), ForeignKey("access_grant.id"), primary_key=True),
    Column("document_id", String(36), primary_key=True),
    Column("class_code", String(16), nullable=False),
    Column("hidden_from", String(24), nullable=False, server_default=""),  # patient, representatives, both
    Column("opened_at", BigInteger, nullable=False),
)

# --- what: the embedded dossier store ---

dossier_document = Table(
    "dossier_document",
    metadata,
    _id(),
    Column("patient_id", String(36), ForeignKey("patient.id"), nullable=False),
    Column("unique_id", String(200), nullable=False),
    Column("title", String(300), nullable=False),
    Column("type_code", String(32), nullable=False),
    Column("type_label", String(200), nullable=False),
    Column("class_code", String(16), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("format", String(16), nullable=False),  # cda-n1, cda-n3, pdf, other
    Column("author_key", String(200), nullable=False, server_default=""),  # depositor, as staff_key
    Column("author_name", String(200), nullable=False, server_default=""),
    Column("author_profession", String(100), nullable=False, server_default=""),
    Column("author_organization", String(200), nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("service_start", BigInteger),
    Column("service_stop", BigInteger),
    Column("confidentiality", String(200), nullable=False),  # space separated codes
    Column("status", String(10), nullable=False),  # current, archived, obsolete
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    UniqueConstraint("patient_id", "unique_id"),
    Index("ix_dossier_document_list", "patient_id", "created_at"),
)

dossier_content = Table(
    "dossier_content",
    metadata,
    Column("document_id", String(36), ForeignKey("dossier_document.id"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# --- the notice ---

notice = Table(
    "notice",
    metadata,
    _id(),
    Column("grant_id", String(36), ForeignKey("access_grant.id"), nullable=False, index=True),
    Column("patient_id", String(36), ForeignKey("patient.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # break_glass, centre_15, first_access
    Column("recipient", String(20), nullable=False),  # patient, medecin_traitant
    Column("code", String(16), nullable=False, unique=True),  # what the landing page /n/{code} is found by
    Column("language", String(2), nullable=False),
    Column("channel", String(32), nullable=False, server_default=""),
    Column("state", String(12), nullable=False),  # a NoticeState
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", BigInteger, nullable=False),
    Column("claimed_until", BigInteger),
    Column("claim", String(36)),
    Column("last_failure", String(200), nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("turn", Integer, nullable=False, server_default="1"),  # one more each time a person sends it anew
    Column("overridden", Boolean, nullable=False, server_default=text("false")),  # a person released it: no rule holds
    Column("waits_for", String(32), nullable=False, server_default=""),  # the channel whose outage it sits out
    Column("move_on_at", BigInteger),  # when it leaves its present channel, whatever holds it there
    Column("proof_due_at", BigInteger),  # sent: another channel is tried then; null: acceptance is enough
    Column("rides_with", String(36)),  # told by the message of this notice of the same stay
    UniqueConstraint("grant_id", "recipient"),
    Index("ix_notice_due", "state", "due_at"),
    Index("ix_notice_patient", "patient_id", "state"),
    Index("ix_notice_proof", "proof_due_at", sqlite_where=text("proof_due_at IS NOT NULL"),
          postgresql_where=text("proof_due_at IS NOT NULL")),
)  # fmt: skip

# One row for each way a notice was sent: a channel and an address, in one turn. The key is the provider's.
notice_attempt = Table(
    "notice_attempt",
    metadata,
    _id(),
    Column("notice_id", String(36), ForeignKey("notice.id"), nullable=False, index=True),
    Column("turn", Integer, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("idempotency_key", String(48), nullable=False),  # the notice's id; -2, -3... for its later ways
    Column("address_digest", String(32), nullable=False),
    Column("address_kind", String(16), nullable=False),
    Column("state", String(10), nullable=False),  # an AttemptState
    Column("provider_reference", String(200), nullable=False, server_default=""),
    Column("failure", String(200), nullable=False, server_default=""),
    Column("sends", Integer, nullable=False, server_default="0"),
    Column("uncertain", Integer, nullable=False, server_default="0"),  # sends whose fate nobody knows
    Column("proves_at", BigInteger),  # a printed letter: when it counts as delivered
    Column("started_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    UniqueConstraint("notice_id", "turn", "channel", "address_digest"),
    Index("ix_notice_attempt_reference", "channel", "provider_reference"),
    Index("ix_notice_attempt_key", "channel", "idempotency_key"),
)

# What a person owes about a notice, and by when.
notice_task = Table(
    "notice_task",
    metadata,
    Column("notice_id", String(36), ForeignKey("notice.id"), primary_key=True),
    Column("kind", String(12), primary_key=True),  # tell, bedside
    Column("due_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("alarmed_at", BigInteger),
    Index("ix_notice_task_open", "due_at", sqlite_where=text("done_at IS NULL"),
          postgresql_where=text("done_at IS NULL")),
)  # fmt: skip

# A channel that is down for everybody, told apart from a recipient it cannot reach.
notice_channel = Table(
    "notice_channel",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("failures", Integer, nullable=False),  # transient ones of different notices, in a row
    Column("last_notice", String(36), nullable=False, server_default=""),
    Column("last_failure", String(200), nullable=False, server_default=""),
    Column("down_since", BigInteger),
    Column("probe_at", BigInteger),
)

# Receipts that overtook the answer to the message they speak of, or that speak of no message of ours.
early_receipt = Table(
    "early_receipt",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("provider_reference", String(200), primary_key=True),
    Column("failed", Boolean, nullable=False),
    Column("received_at", BigInteger, nullable=False, index=True),
)

# What the patient chose; without a row, the rules.
notice_preference = Table(
    "notice_preference",
    metadata,
    Column("patient_id", String(36), ForeignKey("patient.id"), primary_key=True),
    Column("channels", Text, nullable=False, server_default="[]"),  # JSON: names of channels, the first one first
    Column("all_accesses", Boolean, nullable=False, server_default=text("false")),
    Column("large_print", Boolean, nullable=False, server_default=text("false")),
    Column("language", String(2), nullable=False, server_default=""),  # empty: the directory's
    Column("changed_at", BigInteger, nullable=False),
)

notice_proof_attempt = Table(
    "notice_proof_attempt",
    metadata,
    Column("code", String(16), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("locked_until", BigInteger, nullable=False, server_default="0"),
)

# --- what IT watches ---

alert = Table(
    "alert",
    metadata,
    _id(),
    Column("kind", String(40), nullable=False),
    Column("detail", String(500), nullable=False),  # never personal data
    Column("raised_at", BigInteger, nullable=False, index=True),
    Column("resolved_at", BigInteger),
)

# --- the rules: drafts, versions, approvals, activations (gateway/rulebook) ---

policy_content = Table(
    "policy_content",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the content
    Column("content", LargeBinary, nullable=False),
)

policy_draft = Table(
    "policy_draft",
    metadata,
    _id(),
    Column("title", String(200), nullable=False),
    Column("base_number", Integer, nullable=False, server_default="0"),  # 0: a folder brought in
    Column("state", String(9), nullable=False),  # open, staged, discarded
    Column("version", Integer, nullable=False, server_default="0"),
    Column("revision", Integer, nullable=False),
    Column("author_key", String(200), nullable=False),
    Column("author_name", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_policy_draft_open", "state", "updated_at"),
)

policy_draft_file = Table(
    "policy_draft_file",
    metadata,
    Column("draft_id", String(36), ForeignKey("policy_draft.id"), primary_key=True),
    Column("path", String(410), primary_key=True),
    Column("content_digest", String(64), index=True),  # null: the file was removed in this draft
    Column("revision", Integer, nullable=False),  # the draft's, when this file was last changed
    Column("changed_by", String(200), nullable=False),
)

policy_draft_author = Table(
    "policy_draft_author",
    metadata,
    Column("draft_id", String(36), ForeignKey("policy_draft.id"), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("name", String(200), nullable=False),
)

policy_version = Table(
    "policy_version",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("text_digest", String(64), nullable=False, unique=True),
    Column("guardrails_digest", String(64), nullable=False),
    Column("title", String(200), nullable=False),
    Column("origin", String(8), nullable=False),  # folder, draft, release
    Column("base_number", Integer, nullable=False, server_default="0"),
    Column("authors", Text, nullable=False),  # JSON: [[key, name], ...]
    Column("staged_key", String(200), nullable=False),
    Column("staged_name", String(200), nullable=False),
    Column("staged_at", BigInteger, nullable=False),
    Column("proof", Text, nullable=False, server_default=""),  # JSON of the proof that let it pass
)

policy_version_file = Table(
    "policy_version_file",
    metadata,
    Column("number", Integer, ForeignKey("policy_version.number"), primary_key=True),
    Column("path", String(410), primary_key=True),
    Column("content_digest", String(64), nullable=False, index=True),
)

policy_version_name = Table(
    "policy_version_name",
    metadata,
    # every digest a version was ever decided by: another engine gives the same text another digest
    Column("digest", String(64), primary_key=True),
    Column("number", Integer, ForeignKey("policy_version.number"), nullable=False),
    Column("first_at", BigInteger, nullable=False),
)

policy_approval = Table(
    "policy_approval",
    metadata,
    Column("number", Integer, ForeignKey("policy_version.number"), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("role", String(3), primary_key=True),  # it, dpo
    Column("name", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
)

policy_activation = Table(
    "policy_activation",
    metadata,
    _id(),
    Column("number", Integer, ForeignKey("policy_version.number"), nullable=False),
    Column("kind", String(8), nullable=False),  # first, activate, rollback, release
    Column("decided_key", String(200), nullable=False),
    Column("decided_name", String(200), nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("effective_at", BigInteger, nullable=False),
    # the order in which they took force: a count, so that a clock that jumps back undoes nothing
    Column("turn", Integer, unique=True),
    Column("taken_at", BigInteger),
    Column("cancelled_at", BigInteger),
    Column("cancelled_key", String(200)),
    Column("cancelled_name", String(200)),
)

policy_process = Table(
    "policy_process",
    metadata,
    _id(),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("trouble", String(500), nullable=False, server_default=""),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False, index=True),
)

policy_replay = Table(
    "policy_replay",
    metadata,
    _id(),
    Column("before_ref", String(60), nullable=False),
    Column("after_ref", String(60), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("asked_key", String(200), nullable=False),
    Column("asked_name", String(200), nullable=False),
    Column("asked_at", BigInteger, nullable=False, index=True),
    Column("state", String(8), nullable=False),  # waiting, running, done, failed
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("beat_at", BigInteger, nullable=False),
    Column("result", Text, nullable=False, server_default=""),  # JSON: counts and groups; ids of entries, no person
    Column("trouble", String(500), nullable=False, server_default=""),
)

# --- the record: see audit/README.md for what each holds ---

# PostgreSQL keeps it by months, the lane's numbers unique in each: see partitions.py and migration 0003.
audit_entry = Table(
    "audit_entry",
    metadata,
    _id("entry_id"),
    Column("time", BigInteger, nullable=False),
    Column("type", String(64), nullable=False),
    Column("gateway", String(64), nullable=False),
    Column("lane", Integer, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    UniqueConstraint("gateway", "lane", "counter"),
    Index("ix_audit_entry_by_time", "time", "entry_id"),
)

audit_counter = Table(
    "audit_counter",
    metadata,
    Column("gateway", String(64), primary_key=True),
    Column("lane", Integer, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
)

# How many entries there are about a person whose history is numbered; see audit/README.md, "Histories".
audit_subject = Table(
    "audit_subject",
    metadata,
    Column("subject", String(128), primary_key=True),
    Column("last", BigInteger, nullable=False),
)

audit_disclosure = Table(
    "audit_disclosure",
    metadata,
    Column("entry_id", String(36), primary_key=True),
    Column("subject", String(128), primary_key=True),
    Column("period", String(7), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("key_id", String(36), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_audit_disclosure_by_subject", "subject", "time", "entry_id"),
)

audit_key = Table(
    "audit_key",
    metadata,
    _id("key_id"),
    Column("subject", String(128), nullable=False),
    Column("period", String(7), nullable=False),
    Column("master", String(16), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Index("ix_audit_key_by_subject", "subject", "period"),
    Index("ix_audit_key_by_period", "period"),
)

audit_pending = Table(
    "audit_pending",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("entry_id", String(36), nullable=False, unique=True),
)

# A position in the tree of a yearly shard is kept as year * 10**12 + position (a log without shards: year 0), in
# leaf_index, tile_index and checkpoint size alike; see gateway/storage/shards.py.
audit_leaf = Table(
    "audit_leaf",
    metadata,
    Column("leaf_index", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", String(36), nullable=False, unique=True),
)

audit_tile = Table(
    "audit_tile",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("tile_index", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    # How many witnesses cosigned the note.
    Column("witnesses", Integer, nullable=False, server_default="0"),
    Index("ix_audit_checkpoint_witnessed", "size", sqlite_where=text("witnesses > 0"),
          postgresql_where=text("witnesses > 0")),
)  # fmt: skip

# --- what was anchored outside: see gateway/anchoring ---

audit_anchor = Table(
    "audit_anchor",
    metadata,
    _id(),
    Column("kind", String(12), nullable=False),  # witness, timestamp, mail
    Column("name", String(200), nullable=False),  # which witness; of the others, the authority's host, or dpo
    Column("head", BigInteger, nullable=False),  # the place of the head, as audit_checkpoint.size
    Column("time", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),  # the cosignature line, the TimeStampResp, the head that was mailed
    Index("ix_audit_anchor_newest", "kind", "name", "time"),
)

# How far each of them is, and who is at it; one line for each, and one ("") for the round of the witnesses.
anchor_duty = Table(
    "anchor_duty",
    metadata,
    Column("kind", String(12), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("claim", String(36)),
    Column("claimed_until", BigInteger),  # or, while nobody is at it, not before
    Column("head", BigInteger, nullable=False, server_default="0"),
    Column("day", String(10), nullable=False, server_default=""),  # Paris, 2026-11-22
    Column("failing_since", BigInteger),
    Column("fault", String(40), nullable=False, server_default=""),  # a Fault
)

# --- the people who watch ---

review = Table(
    "review",
    metadata,
    # one case for each emergency access, and for each access a patient contests
    Column("grant_id", String(36), ForeignKey("access_grant.id"), primary_key=True),
    Column("patient_id", String(36), ForeignKey("patient.id"), nullable=False),
    Column("staff_key", String(200), nullable=False),
    Column("unit", Text, nullable=False),  # the reader's
    Column("mode", String(16), nullable=False),
    Column("reason_code", String(32), nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("state", String(12), nullable=False, server_default="open"),  # a CaseState
    Column("rank_key", Integer, nullable=False, server_default="0"),  # minus the risk: one index orders the queue
    Column("flags", Text, nullable=False, server_default="[]"),  # JSON: code, weight, evidence
    Column("weighed_from", Text, nullable=False, server_default="{}"),  # JSON: what the flags were computed from
    Column("weighed_at", BigInteger),
    Column("explained_by", String(36), nullable=False, server_default=""),  # the episode that explains the access
    Column("proposal", Text, nullable=False, server_default=""),  # JSON: by which rule, and what the rule does
    Column("answer_due_at", BigInteger),  # of the explanation asked for
    Column("reminded_at", BigInteger),
    Column("decided_at", BigInteger),
    Column("decided_by", String(200), nullable=False, server_default=""),
    Column("steps", Integer, nullable=False, server_default="0"),  # how many there are
    Index("ix_review_queue", "rank_key", "opened_at", "grant_id", sqlite_where=text("decided_at IS NULL"),
          postgresql_where=text("decided_at IS NULL")),
    Index("ix_review_unweighed", "opened_at", sqlite_where=text("weighed_at IS NULL"),
          postgresql_where=text("weighed_at IS NULL")),
    Index("ix_review_decided", "decided_at"),
    Index("ix_review_opened", "opened_at"),
    Index("ix_review_reader", "staff_key", "opened_at"),
    Index("ix_review_patient", "patient_id", "opened_at"),
)  # fmt: skip

review_step = Table(
    "review_step",
    metadata,
    Column("grant_id", String(36), ForeignKey("review.grant_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3...
    Column("kind", String(24), nullable=False),  # a StepKind
    Column("at", BigInteger, nullable=False),
    Column("by_key", String(200), nullable=False, server_default=""),  # "" for the gateway itself
    Column("by_name", String(200), nullable=False, server_default=""),
    Column("words", String(2000), nullable=False, server_default=""),
    Column("audit_entry_id", String(36), nullable=False),
)

review_rule = Table(
    "review_rule",
    metadata,
    Column("rule", String(40), primary_key=True),
    Column("effect", String(8), nullable=False),  # off, propose, close
    Column("set_by", String(200), nullable=False),
    Column("set_at", BigInteger, nullable=False),
)

# The day's reminder to the privacy officer: one row, so that one worker sends it.
review_mail = Table(
    "review_mail",
    metadata,
    Column("name", String(12), primary_key=True),
    Column("claim", String(36)),
    Column("not_before", BigInteger),  # while somebody is at it, or after a failure
    Column("day", String(10), nullable=False, server_default=""),  # Paris, the last one it was sent
    Column("failing_since", BigInteger),
)

contest = Table(
    "contest",
    metadata,
    _id(),
    Column("grant_id", String(36), ForeignKey("review.grant_id"), nullable=False, index=True),
    Column("patient_id", String(36), ForeignKey("patient.id"), nullable=False, index=True),
    Column("wish", String(24), nullable=False),  # a ContestWish
    Column("words", String(2000), nullable=False, server_default=""),
    Column("answer_by", String(16), nullable=False),  # a ContestAnswer: how to answer
    Column("received_at", BigInteger, nullable=False, index=True),
    Column("promised_at", BigInteger, nullable=False),
    Column("answered_at", BigInteger),
    Column("answer", String(2000), nullable=False, server_default=""),
    Column("side", String(16), nullable=False, server_default="holder"),  # holder, representative, proof
)

# --- what patients do themselves (gateway/portal) ---

# Who wanted a block of `patient_block`: there is one as long as either side wants it.
block_wish = Table(
    "block_wish",
    metadata,
    _id(),
    Column("patient_id", String(36), ForeignKey("patient.id"), nullable=False),
    Column("staff_key", String(200), nullable=False),
    Column("side", String(16), nullable=False),  # holder, representative
    Column("staff_name", String(200), nullable=False),
    Column("staff_unit", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("patient_id", "staff_key", "side"),
)

# An address of the patient's own that is not safe for them: nothing is sent there, and nobody calls it.
unsafe_address = Table(
    "unsafe_address",
    metadata,
    Column("patient_id", String(36), ForeignKey("patient.id"), primary_key=True),
    Column("way", String(10), primary_key=True),  # an AddressWay: email, phone, postal, mssante
    Column("reason", String(16), nullable=False),  # an UnsafeReason
    Column("marked_at", BigInteger, nullable=False),
)

# What a notice's code and a birth date open for a quarter of an hour: that notice alone.
notice_pass = Table(
    "notice_pass",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("notice_id", String(36), ForeignKey("notice.id"), nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

# --- what leaves the record, and what is erased from it ---

export_cursor = Table(
    "export_cursor",
    metadata,
    Column("name", String(32), primary_key=True),  # atna
    Column("next_leaf", BigInteger, nullable=False),  # the first leaf not yet known to have arrived
    Column("claim", String(36)),
    Column("claimed_until", BigInteger),
    Column("failing_since", BigInteger),
)

erasure_order = Table(
    "erasure_order",
    metadata,
    _id(),
    Column("patient_id", String(36), ForeignKey("patient.id"), nullable=False),
    Column("through", String(7), nullable=False),  # the last month erased, 2026-11
    Column("reason", String(24), nullable=False),  # an ErasureReason: a code, never a text
    Column("state", String(8), nullable=False),  # ordered, done, refused
    Column("ordered_by", String(200), nullable=False),
    Column("ordered_at", BigInteger, nullable=False),
    Column("settled_by", String(200), nullable=False, server_default=""),
    Column("settled_at", BigInteger),
    Column("entries", Integer, nullable=False, server_default="0"),  # that lost their personal values
    Index("ix_erasure_order_state", "state", "ordered_at"),
)
