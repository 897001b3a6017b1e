"""Loading a folder of CDA documents into the dossiers of the patients they name, one file at a time, all or nothing.

A file whose patient cannot be told for certain is refused by name and the others go in: a wrong INS key, an INS of an
OID not accepted here, a header that contradicts the directory. Someone not known yet is created from the header.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.dossiers.cda.describe import DocumentType, describe_cda, load_document_types, read_cda_header
from gateway.dossiers.cda.header import HeaderPatient
from gateway.dossiers.cda.xml import MAX_BYTES
from gateway.dossiers.embedded import deposit
from gateway.errors import DocumentUnreadable, InvalidIns, InvalidRequest
from gateway.patients.directory import find_by_ins
from gateway.patients.folding import name_key
from gateway.patients.ins import Ins, parse_ins
from gateway.patients.patient import PatientRecord, Traits
from gateway.patients.registering import add_patient
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World

Progress = Callable[[int, int], None]
"""Told how many files are done, of how many."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that is now in a dossier."""

    file: str
    patient_id: str
    document_id: str
    patient_created: bool


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that is not, and why. `code` is one of `ins-length`, `ins-characters`, `ins-key`, `ins-oid-unknown`,
    `ins-oid-forbidden`, `ins-missing`, `identity-incomplete`, `identity-mismatch`, `dossier-not-active`, `not-cda`,
    `unreadable`, `too-large`, `unique-id-reused`; `reason` holds nothing of the document."""

    file: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of each file, in order of name. `duplicates` were in their dossier already, byte for byte."""

    accepted: tuple[Accepted, ...]
    refused: tuple[RefusedFile, ...]
    duplicates: tuple[str, ...]


class _Refusal(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def import_folder(
    database: Database,
    world: World,
    folder: Path,
    *,
    allowed_oids: frozenset[str],
    progress: Progress | None = None,
    max_document_bytes: int = MAX_BYTES,
) -> ImportReport:
    """Import every file that lies directly in a folder (hidden ones aside), each in a transaction of its own.

    Raises `InvalidRequest` `import-folder` when the folder cannot be read, and `RecordUnavailable` when the database
    fails: what was accepted before stays, and importing again skips it.
    """
    try:
        files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    except OSError:
        raise InvalidRequest("the folder cannot be read", field="folder", code="import-folder") from None
    types = load_document_types()
    accepted: list[Accepted] = []
    refused: list[RefusedFile] = []
    duplicates: list[str] = []
    for number, file in enumerate(files, 1):
        try:
            done = _import_file(database, world, file, types, allowed_oids, max_document_bytes)
        except _Refusal as refusal:
            refused.append(RefusedFile(file.name, refusal.code, str(refusal)))
        else:
            if done is None:
                duplicates.append(file.name)
            else:
                accepted.append(done)
        if progress is not None:
            progress(number, len(files))
    return ImportReport(accepted=tuple(accepted), refused=tuple(refused), duplicates=tuple(duplicates))


def _import_file(
    database: Database,
    world: World,
    file: Path,
    types: Mapping[str, DocumentType],
    allowed_oids: frozenset[str],
    max_document_bytes: int,
) -> Accepted | None:
    content = _bytes_of(file, max_document_bytes)
    try:
        header = read_cda_header(content)
    except DocumentUnreadable as error:
        code = "unreadable" if b"ClinicalDocument" in content[:20_000] else "not-cda"
        raise _Refusal(code, str(error)) from None
    ins = _ins_of(header.patient, allowed_oids)

    def unit(transaction: Transaction) -> Accepted | None:
        connection, known = transaction.connection, find_by_ins(transaction.connection, ins)
        if known is not None:
            _check_same_person(known, header.patient)
        record = known or _new_patient(world, header.patient, ins)
        if known is None:
            add_patient(connection, record, created_at=world.epoch_ms())
        described = describe_cda(
            content, document_id=world.new_id(), patient_id=record.id, received=world.now(), types=types
        )
        if not deposit(connection, described.reference, content, replaces=header.replaces):
            return None
        return Accepted(file.name, record.id, described.reference.id, known is None)

    try:
        return database.transact(unit)
    except InvalidRequest as error:
        raise _Refusal("unique-id-reused", str(error)) from None


def _bytes_of(file: Path, max_document_bytes: int) -> bytes:
    try:
        # One byte more than the limit tells a file that grew since it was listed from one that fits.
        with file.open("rb") as stream:
            content = stream.read(max_document_bytes + 1)
    except OSError as error:
        raise _Refusal("unreadable", f"the file cannot be read: {error.strerror}") from None
    if len(content) > max_document_bytes:
        raise _Refusal("too-large", f"the file is larger than {max_document_bytes} bytes")
    return content


def _ins_of(patient: HeaderPatient, allowed_oids: frozenset[str]) -> Ins:
    # A number alone names nobody: it is read with the traits it belongs to (référentiel INS).
    if not (name_key(patient.birth_name) and name_key(patient.given_names) and len(patient.birth_date) == 10):
        raise _Refusal("identity-incomplete", "the header lacks a birth name, a given name or a birth date")
    if not patient.ins:
        raise _Refusal("ins-missing", "the header names its patient by no INS")
    try:
        return parse_ins(patient.ins, patient.ins_oid, allowed_oids=allowed_oids)
    except InvalidIns as error:
        raise _Refusal(error.code, str(error)) from None


def _check_same_person(known: PatientRecord, patient: HeaderPatient) -> None:
    # The sex may disagree without being wrong (référentiel INS); a name or a birth date may not.
    names = {name_key(known.traits.birth_name), name_key(known.traits.used_name)} - {""}
    if patient.birth_date != known.traits.birth_date:
        raise _Refusal("identity-mismatch", "the header's birth date is not the one the directory has for this INS")
    if name_key(patient.birth_name) not in names:
        raise _Refusal("identity-mismatch", "the header's birth name is not the one the directory has for this INS")
    if known.dossier_status != "active":
        raise _Refusal("dossier-not-active", "this patient's dossier is closed or was never opened")


def _new_patient(world: World, patient: HeaderPatient, ins: Ins) -> PatientRecord:
    """Qualified, since the INS is whole and its traits come with it. Contacts are left for the hospital to ask for."""
    patient_id = world.new_id()
    return PatientRecord(
        id=patient_id,
        ipp=f"IMP-{patient_id.replace('-', '')[:12].upper()}",
        ins=ins,
        identity_status="QUAL",
        traits=Traits(
            birth_name=patient.birth_name[:100],
            given_names=patient.given_names[:200],
            birth_date=patient.birth_date,
            sex=patient.sex,
            birth_place=patient.birth_place if len(patient.birth_place) == 5 else "",
            used_name=patient.used_name[:100],
            used_given_name=patient.used_given_name[:100],
        ),
        deceased_on=None,
        language="fr",
        dossier_status="active",
        opposed_break_glass=False,
        opposed_centre_15=False,
        masked_in_emergency=False,
        linked_staff_key=None,
    )
