"""What an opening answers: granted or refused, both values. A refusal is never an exception: raising would roll back
the record of it."""

from dataclasses import dataclass
from typing import Literal

from gateway.identity.staff_member import StaffMember
from gateway.patients.patient import PatientRecord
from policies import Mode


@dataclass(frozen=True, slots=True)
class AuditReference:
    """Where the log holds it: entry id (UUID) and leaf hash (64 hex characters)."""

    entry_id: str
    leaf_hash: str


@dataclass(frozen=True, slots=True)
class NoticeReference:
    """The notice queued in the same commit, and its state at the time of asking."""

    id: str
    state: str


@dataclass(frozen=True, slots=True)
class RuleReason:
    """A rule and its sentence in both languages."""

    rule_id: str
    fr: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """An access as opened; instants are UTC epoch milliseconds. `open` is judged by the server's clock when read."""

    id: str
    patient: PatientRecord
    staff: StaffMember
    mode: Mode
    reason_code: str
    consent_basis: str
    first_access: bool
    opened_at: int
    expires_at: int
    ended_at: int | None
    extensions: int
    open: bool
    rules: tuple[RuleReason, ...]
    obligations: tuple[str, ...]
    policy_version: str
    notice: NoticeReference | None
    audit: AuditReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The dossier is open. `repeated`: an answer given before to the same request id, or an access still open for the
    same person, patient and episode."""

    access: Access
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The dossier stays shut. `rules` refused it (or, empty, no rule permitted it); `near_misses` name the one
    condition that was missing; `possible` what can still be done, as stable codes for the doors to word:
    `ask_patient`, `break_glass`, `hospital_record`, `medecin_traitant`, `trusted_person`, `verify_identity`,
    `ask_when_awake`, `call_it`, `patient_portal`. `patient_refuses`: the patient's own refusal was recorded."""

    patient: PatientRecord
    mode: Mode
    rules: tuple[RuleReason, ...]
    near_misses: tuple[RuleReason, ...]
    break_glass: Literal["available", "unavailable"]
    possible: tuple[str, ...]
    medecin_traitant_phone: str
    trusted_person: str
    policy_version: str
    engine_fault: bool
    audit: AuditReference
    patient_refuses: bool = False


Outcome = Granted | Refused
