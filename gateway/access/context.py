"""What must be known before the rules are asked: one joined question to the database, no transaction open."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, Row, text

from gateway.access.request import PatientSelector
from gateway.errors import PatientUnknown
from gateway.identity.staff_member import StaffMember
from gateway.paris import paris_day
from gateway.patients.directory import traits_of
from gateway.patients.ins import Ins
from gateway.patients.patient import PatientRecord, blank_record

# A word given outside any episode of care (nobody admitted the patient) counts that long. A refusal counts as long too
# once the admission is typed: asked at the door, the patient has not changed their mind at the desk.
STATEMENT_WITHOUT_EPISODE_MS = 24 * 3600 * 1000
# The id of no patient.
NOBODY = "unknown"

_COLUMNS = """
    p.id, p.ipp, p.ins, p.ins_oid, p.identity_status, p.birth_name, p.used_name, p.given_names, p.used_given_name,
    p.birth_date, p.sex, p.birth_place, p.deceased_on, COALESCE(NULLIF(w.language, ''), p.language) AS language,
    COALESCE(w.all_accesses, false) AS wants_every_notice, p.dossier_status, p.opposed_break_glass,
    p.opposed_centre_15, p.masked_in_emergency, p.linked_staff_key,
    a.id AS episode_id, a.unit AS episode_unit,
    EXISTS (SELECT 1 FROM patient_block b WHERE b.patient_id = p.id AND b.staff_key = :staff_key) AS blocked,
    EXISTS (SELECT 1 FROM care_statement s WHERE s.patient_id = p.id AND s.kind = 'consent'
            AND (s.episode_id = a.id OR (a.id IS NULL AND s.episode_id = '' AND s.recorded_at > :since))) AS consented,
    EXISTS (SELECT 1 FROM care_statement s WHERE s.patient_id = p.id AND s.kind = 'refusal'
            AND (s.episode_id = a.id OR (s.episode_id = '' AND s.recorded_at > :since))) AS refused,
    (SELECT c.phone FROM patient_contact c WHERE c.patient_id = p.id AND c.kind = 'medecin_traitant'
     ORDER BY c.position LIMIT 1) AS medecin_traitant_phone,
    EXISTS (SELECT 1 FROM patient_contact c WHERE c.patient_id = p.id AND c.kind = 'medecin_traitant')
        AS has_medecin_traitant,
    (p.protection IN ('tutelle', 'habilit') AND COALESCE(p.protection_until >= :today, true)
        AND EXISTS (SELECT 1 FROM patient_contact c WHERE c.patient_id = p.id
            AND c.kind = 'legal_representative')) AS has_guardian,
    (SELECT c.name FROM patient_contact c WHERE c.patient_id = p.id AND c.kind = 'trusted_person'
     ORDER BY c.position LIMIT 1) AS trusted_person
"""
_FROM = """
    FROM patient p LEFT JOIN notice_preference w ON w.patient_id = p.id LEFT JOIN admission a ON a.id = (
        SELECT x.id FROM admission x WHERE x.patient_id = p.id AND x.discharged_at IS NULL AND x.cancelled_at IS NULL
        ORDER BY x.admitted_at DESC, x.id LIMIT 1)
"""
_BY_ID = text(f"SELECT {_COLUMNS} {_FROM} WHERE p.id = :patient_id")
_BY_IPP = text(f"SELECT {_COLUMNS} {_FROM} WHERE p.ipp = :ipp")
_BY_INS = text(f"SELECT {_COLUMNS} {_FROM} WHERE p.ins_oid = :ins_oid AND p.ins = :ins")


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientContext:
    """The patient, their settings, and how this professional stands towards them at this moment."""

    patient: PatientRecord
    episode_id: str  # "" when the patient is admitted nowhere
    episode_unit: str
    blocks_actor: bool
    consent_this_episode: bool
    refused_this_episode: bool
    has_medecin_traitant: bool
    medecin_traitant_phone: str
    trusted_person: str
    has_guardian: bool = False  # an adult whom somebody represents is told together with them (L1111-2 III)
    wants_every_notice: bool = False  # the patient chose to be told of ordinary accesses too


def find_context(connection: Connection, staff: StaffMember, selector: PatientSelector, now: int) -> PatientContext:
    """Everything the rules need, by INS, IPP or the gateway's own id. Raises `PatientUnknown`."""
    parameters: dict[str, object] = {"staff_key": staff.key, "since": now - STATEMENT_WITHOUT_EPISODE_MS}
    parameters["today"] = paris_day(now)
    if selector.ins is not None:
        statement = _BY_INS
        parameters |= {"ins": selector.ins.value, "ins_oid": selector.ins.oid}
    elif selector.ipp:
        statement = _BY_IPP
        parameters |= {"ipp": selector.ipp}
    else:
        statement = _BY_ID
        parameters |= {"patient_id": selector.patient_id}
    row = connection.execute(statement, parameters).one_or_none()
    if row is None:
        raise PatientUnknown("no patient answers to this identifier")
    return _context(row)


def without_obstacle(context: PatientContext) -> PatientContext:
    """A patient with nothing against any access: what the rules still refuse then is about who asks, not about whom."""
    return replace(
        context,
        patient=replace(
            context.patient,
            ins=context.patient.ins or Ins("", ""),
            identity_status="QUAL",
            deceased_on=None,
            dossier_status="active",
            opposed_break_glass=False,
            opposed_centre_15=False,
            linked_staff_key=None,
        ),
        episode_id="",
        episode_unit="",
        blocks_actor=False,
        consent_this_episode=False,
        refused_this_episode=False,
    )


def as_known_to_strangers(patient: PatientRecord) -> PatientRecord:
    """The identity alone, without the patient's own settings."""
    return replace(patient, deceased_on=None, dossier_status="active", opposed_break_glass=False,
                   opposed_centre_15=False, masked_in_emergency=False, linked_staff_key=None)  # fmt: skip


def nobody() -> PatientContext:
    """No patient at all: what someone who could open nothing is answered about, so as not to learn who is one."""
    return PatientContext(
        patient=blank_record(NOBODY),
        episode_id="",
        episode_unit="",
        blocks_actor=False,
        consent_this_episode=False,
        refused_this_episode=False,
        has_medecin_traitant=False,
        medecin_traitant_phone="",
        trusted_person="",
    )


def _context(row: Row[tuple[object, ...]]) -> PatientContext:
    return PatientContext(
        patient=PatientRecord(
            id=row.id,
            ipp=row.ipp,
            ins=Ins(row.ins, row.ins_oid) if row.ins else None,
            identity_status=row.identity_status,
            traits=traits_of(row),
            deceased_on=row.deceased_on,
            language=row.language,
            dossier_status=row.dossier_status,
            opposed_break_glass=bool(row.opposed_break_glass),
            opposed_centre_15=bool(row.opposed_centre_15),
            masked_in_emergency=bool(row.masked_in_emergency),
            linked_staff_key=row.linked_staff_key,
        ),
        episode_id=row.episode_id or "",
        episode_unit=row.episode_unit or "",
        blocks_actor=bool(row.blocked),
        consent_this_episode=bool(row.consented),
        refused_this_episode=bool(row.refused),
        has_medecin_traitant=bool(row.has_medecin_traitant),
        medecin_traitant_phone=row.medecin_traitant_phone or "",
        trusted_person=row.trusted_person or "",
        has_guardian=bool(row.has_guardian),
        wants_every_notice=bool(row.wants_every_notice),
    )
