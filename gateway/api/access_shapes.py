"""What is answered about an access, as the outer contract writes it."""

from pydantic import BaseModel, Field

from gateway.access.outcome import Access, AuditReference, NoticeReference, Refused, RuleReason
from gateway.api.instants import rfc3339_ms
from gateway.api.patient_shapes import PatientTraits, patient_traits


class RuleAnswer(BaseModel):
    """A rule of the hospital's policy and its sentence, French and English."""

    id: str
    fr: str
    en: str


class AuditAnswer(BaseModel):
    """Where the log holds the entry of what was answered."""

    entry_id: str
    leaf_hash: str = Field(description="SHA-256 leaf of the log's Merkle tree (RFC 6962), lower-case hex.")


class NoticeAnswer(BaseModel):
    """The notice the patient is owed, queued in the same commit."""

    id: str
    state: str


class AccessOpened(BaseModel):
    """An access as opened."""

    access_id: str
    mode: str
    opened_at: str = Field(description="RFC 3339, UTC.")
    expires_at: str = Field(description="RFC 3339, UTC.")
    patient: PatientTraits
    rules: list[RuleAnswer] = Field(description="The rules that permitted it.")
    obligations: list[str]
    policy_version: str = Field(description="SHA-256 of the policy version that decided.")
    notice: NoticeAnswer | None
    audit: AuditAnswer
    links: dict[str, str]


class ReceiptAnswer(BaseModel):
    """An audit receipt as a file to keep (audit/README.md, section 6)."""

    format: str
    state: str = Field(description="`proven`, or `pending` until a signed head covers the entry.")
    entry_id: str
    leaf: str = Field(description="The entry's canonical JSON, byte for byte.")
    leaf_hash: str
    disclosures: list[str]
    proof: str | None = Field(description="A c2sp.org/tlog-proof text.")
    promise: str | None = Field(description="While pending: the gateway's signed note that it recorded this leaf.")
    promise_key: dict[str, str] | None
    rotations: list[dict[str, str]] = Field(description="The log's changes of key.")


class AccessState(AccessOpened):
    """An access as it stands now."""

    state: str = Field(description="`open`, `expired` or `ended`, by the server's clock.")
    ended_at: str | None
    extensions: int
    reason_code: str
    consent_basis: str
    first_access: bool


class AccessRefused(BaseModel):
    """What a refusal adds to the problem. Nothing in it hints at the content of the dossier."""

    rules: list[RuleAnswer] = Field(description="The rules that refused; empty when none permitted it.")
    near_misses: list[RuleAnswer] = Field(description="Rules that would have permitted it, and what was missing.")
    break_glass: str = Field(description="`available` or `unavailable`, for this caller and patient, now.")
    possible: list[str] = Field(description="What can still be done.")
    medecin_traitant_phone: str
    trusted_person: str
    policy_version: str
    engine_fault: bool = Field(description="Refused because the rules could not be evaluated; the hospital is alerted.")
    audit: AuditAnswer


def access_opened(access: Access) -> AccessOpened:
    """The answer to an opening."""
    path = f"/api/v1/accesses/{access.id}"
    return AccessOpened(
        access_id=access.id,
        mode=access.mode.value,
        opened_at=rfc3339_ms(access.opened_at),
        expires_at=rfc3339_ms(access.expires_at),
        patient=patient_traits(access.patient),
        rules=_rules(access.rules),
        obligations=list(access.obligations),
        policy_version=access.policy_version,
        notice=_notice(access.notice),
        audit=audit_answer(access.audit),
        links={
            "self": path,
            "summary": f"{path}/summary",
            "documents": f"{path}/documents",
            "extend": f"{path}/extend",
            "end": f"{path}/end",
            "receipt": f"{path}/receipt",
        },
    )


def access_state(access: Access) -> AccessState:
    """The answer about an access that exists."""
    state = "open" if access.open else "expired" if access.ended_at is None else "ended"
    return AccessState(
        **access_opened(access).model_dump(),
        state=state,
        ended_at=None if access.ended_at is None else rfc3339_ms(access.ended_at),
        extensions=access.extensions,
        reason_code=access.reason_code,
        consent_basis=access.consent_basis,
        first_access=access.first_access,
    )


def access_refused(refused: Refused) -> AccessRefused:
    """What a refusal says beside the problem's own members."""
    return AccessRefused(
        rules=_rules(refused.rules),
        near_misses=_rules(refused.near_misses),
        break_glass=refused.break_glass,
        possible=list(refused.possible),
        medecin_traitant_phone=refused.medecin_traitant_phone,
        trusted_person=refused.trusted_person,
        policy_version=refused.policy_version,
        engine_fault=refused.engine_fault,
        audit=audit_answer(refused.audit),
    )


def audit_answer(audit: AuditReference) -> AuditAnswer:
    """A reference into the log."""
    return AuditAnswer(entry_id=audit.entry_id, leaf_hash=audit.leaf_hash)


def _rules(rules: tuple[RuleReason, ...]) -> list[RuleAnswer]:
    return [RuleAnswer(id=rule.rule_id, fr=rule.fr, en=rule.en) for rule in rules]


def _notice(notice: NoticeReference | None) -> NoticeAnswer | None:
    return None if notice is None else NoticeAnswer(id=notice.id, state=notice.state)
