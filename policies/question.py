"""The question a policy book answers, and the answer it gives: plain frozen facts, nothing of the gateway.

Every fact a rule may read is a required field here, so that no rule can meet an absent one (Cedar skips a rule that
errors, even a forbid). A fact that is not known takes its most restrictive value, chosen by the caller.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """What is asked. `open_dossier` decides the access, `read_document` each document under it."""

    OPEN_DOSSIER = "open_dossier"
    READ_DOCUMENT = "read_document"
    EXTEND_ACCESS = "extend_access"


class Mode(StrEnum):
    """Access mode, value set 1.2.250.1.213.1.1.4.248 (`break_glass` is `bris_de_glace` on the wire)."""

    NORMAL = "normal"
    BREAK_GLASS = "break_glass"
    CENTRE_15 = "centre_15"


class Purpose(StrEnum):
    """Why. Everything outside care is refused whatever else is true (CSP L1111-18)."""

    CARE = "care"
    EMERGENCY = "emergency"
    REGULATION = "regulation"
    INSURANCE = "insurance"
    EMPLOYMENT = "employment"
    BANKING = "banking"
    PHARMACEUTICAL = "pharmaceutical"
    OCCUPATIONAL_HEALTH = "occupational_health"
    OTHER = "other"


class ConsentBasis(StrEnum):
    """On what an ordinary access rests (CSP L1111-17 III, R1111-46)."""

    NONE = "none"
    CARE_TEAM = "care_team"
    EXPLICIT = "explicit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The professional who asks, as the hospital's identity provider described them."""

    id: str  # opaque, never a name
    profession_system: str  # OID: 1.2.250.1.71.1.2.7 (TRE_G15) or .8 (TRE_G16, in training); "" when none
    profession_code: str  # codes collide between systems: never read one without the other
    specialty: str  # 1.2.250.1.71.4.2.5, e.g. SM26; "" when none
    category: str  # C civil, E student, M public agent; "" when unknown
    unit: str  # the hospital's own unit code, e.g. URG
    establishment: str  # FINESS, 9 characters
    named: bool  # a natural person, not a software client
    factors: int  # distinct authentication factors proven at this sign-in (0..3)
    enrolled: bool  # the establishment is enrolled for access without CPS (EX_AIR-070)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is true of the patient and their dossier before anything of it is read."""

    id: str  # opaque
    identity_status: str  # PROV, RECUP, VALI, QUAL: only QUAL opens a dossier by INS
    dossier: str  # "active", "closed", "absent"
    opposed_break_glass: bool  # the patient's BTG setting is off (L1111-17 I al. 1)
    opposed_centre_15: bool  # the patient's ETREAT setting is off (L1111-17 I al. 2)
    masked_in_emergency: bool  # the patient lets masked documents be opened in an emergency (MASKED, default no)
    blocks_actor: bool  # this named professional is blocked by the patient (L1111-19)
    is_actor: bool  # the professional is this very patient
    refused_this_episode: bool  # awake, asked, and said no: closes both doors until the episode ends
    consent_this_episode: bool  # the care team already recorded the patient's agreement for this episode
    in_actor_unit: bool  # admitted now in the professional's own unit
    present: bool  # admitted now somewhere in the professional's establishment
    deceased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of the dossier, by its metadata only."""

    id: str
    type_code: str  # JDV_J07, e.g. VSM, EXPPAT_3, 11490-0
    class_code: str  # 10, 11, 31, 42, ...
    masked: bool  # MASQUE_PS
    invisible_to_patient: bool  # INVISIBLE_PATIENT
    invisible_to_representatives: bool  # INVISIBLE_REPRESENTANTS_LEGAUX
    status: str  # "current", "archived", "obsolete"
    deposited_by_actor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How the question is put."""

    mode: Mode
    purpose: Purpose
    consent: ConsentBasis
    attests_incapacity_and_risk: bool  # unable to express their will AND immediate risk, attested by the professional
    reason_code: str  # vital_emergency, unable_to_express, immediate_risk, regulation, other; "" in normal mode
    reason_text_given: bool  # at least 10 characters of free text
    access_open: bool  # an access of this actor to this patient is open and unexpired (always true for a read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question to a policy book: may this actor do this, to this patient (and document), in these circumstances?"""

    action: Action
    actor: Actor
    patient: Patient
    circumstances: Circumstances
    document: Document | None = None  # required for READ_DOCUMENT, absent otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A permit that would have applied, but for the one condition named."""

    rule_id: str
    missing_fr: str
    missing_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer. `allowed` only if the engine said Allow, reported no error and nothing was raised."""

    allowed: bool
    rule_ids: tuple[str, ...]  # sorted: the permits that allowed, or the forbids that refused
    reasons_fr: tuple[str, ...]  # one sentence for each rule id, same order; without any rule, the one general sentence
    reasons_en: tuple[str, ...]
    obligations: tuple[
        str, ...
    ]  # sorted, e.g. ("cosign:senior:24h", "limit:30min"); on a refusal: advice ("alert:dpo")
    near_misses: tuple[NearMiss, ...]
    book_digest: str  # lower-case hex SHA-256 of the version that answered
    engine_faults: tuple[str, ...] = field(default=())  # non-empty: refused because the engine failed; alert IT
