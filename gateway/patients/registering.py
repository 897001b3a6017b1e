"""Writing the patient tables: every function takes a connection inside the caller's unit of work, none commits."""

from sqlalchemy import Connection, insert

from gateway.patients.folding import fold, name_key
from gateway.patients.patient import Contact, PatientRecord
from gateway.storage.tables import care_statement, patient, patient_block, patient_contact


def add_patient(connection: Connection, record: PatientRecord, *, created_at: int) -> None:
    """Insert a patient (epoch ms). The IPP, and the INS with its OID, are unique in the directory."""
    connection.execute(insert(patient), patient_row(record, created_at=created_at))


def add_contact(connection: Connection, contact_id: str, patient_id: str, contact: Contact, *, position: int) -> None:
    """Insert someone to reach about a patient; `position` orders them."""
    connection.execute(insert(patient_contact), contact_row(contact_id, patient_id, contact, position=position))


def add_block(connection: Connection, block_id: str, patient_id: str, staff_key: str, *, created_at: int) -> None:
    """Record that the patient blocks a professional (CSP L1111-19)."""
    row = {"id": block_id, "patient_id": patient_id, "staff_key": staff_key, "created_at": created_at}
    connection.execute(insert(patient_block), row)


def record_statement(
    connection: Connection,
    statement_id: str,
    *,
    patient_id: str,
    episode_id: str,
    kind: str,
    recorded_by: str,
    recorded_at: int,
) -> None:
    """Record what the patient said for an episode: `kind` is `consent` or `refusal`, `recorded_by` a staff key."""
    connection.execute(
        insert(care_statement),
        {
            "id": statement_id,
            "patient_id": patient_id,
            "episode_id": episode_id,
            "kind": kind,
            "recorded_by": recorded_by,
            "recorded_at": recorded_at,
        },
    )


def patient_row(record: PatientRecord, *, created_at: int) -> dict[str, object]:
    """The row of the `patient` table with its folded search columns, for loads of many at once."""
    traits = record.traits
    return {
        "id": record.id,
        "ipp": record.ipp,
        "ins": record.ins.value if record.ins else None,
        "ins_oid": record.ins.oid if record.ins else None,
        "identity_status": record.identity_status,
        "birth_name": traits.birth_name,
        "used_name": traits.used_name,
        "given_names": traits.given_names,
        "used_given_name": traits.used_given_name,
        "birth_date": traits.birth_date,
        "sex": traits.sex,
        "birth_place": traits.birth_place,
        "deceased_on": record.deceased_on,
        "language": record.language,
        "search_birth_name": name_key(traits.birth_name),
        "search_used_name": name_key(traits.used_name),
        "search_given_names": fold(traits.given_names),
        "dossier_status": record.dossier_status,
        "opposed_break_glass": record.opposed_break_glass,
        "opposed_centre_15": record.opposed_centre_15,
        "masked_in_emergency": record.masked_in_emergency,
        "linked_staff_key": record.linked_staff_key,
        "protected": record.protected,
        "protection": record.protection,
        "protection_until": record.protection_until,
        "created_at": created_at,
    }


def contact_row(contact_id: str, patient_id: str, contact: Contact, *, position: int) -> dict[str, object]:
    """The row of the `patient_contact` table, for loads of many at once."""
    return {
        "id": contact_id,
        "patient_id": patient_id,
        "kind": contact.kind,
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "address": contact.address,
        "mssante": contact.mssante,
        "position": position,
        "unsafe": contact.unsafe,
        "personal": contact.personal,
    }
