"""Find a patient: identity traits only, never a word of a dossier. Every search is recorded before it is answered."""

from dataclasses import dataclass

from gateway.access.grants import patients_held_open
from gateway.access.outcome import AuditReference
from gateway.access.recorders import AccessRecorder
from gateway.admissions.register import present
from gateway.errors import NotAllowed, PatientUnknown
from gateway.identity.staff_member import StaffMember
from gateway.patients.directory import find_by_id, find_many, flag_homonyms, search
from gateway.patients.ins import PRODUCTION_OIDS, TEST_OIDS, Ins
from gateway.patients.patient import PatientRecord
from gateway.patients.query import (
    BraceletQuery,
    InsQuery,
    IppQuery,
    NameQuery,
    PatientQuery,
    ins_query,
    ipp_query,
    name_query,
    parse_query,
)
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World

MOST_FOUND = 20
_KINDS = {InsQuery: "ins", IppQuery: "ipp", NameQuery: "traits", BraceletQuery: "datamatrix"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Everyone who answers to the search (at most 20), homonyms flagged; `more`: there are others, narrow it down.
    `understood_as`: ins, ipp, datamatrix or traits."""

    patients: tuple[PatientRecord, ...]
    more: bool
    understood_as: str
    audit: AuditReference


@dataclass(frozen=True, slots=True, kw_only=True)
class EdPatient:
    """One line of today's list. `access_open`: this person has this patient's dossier open."""

    patient: PatientRecord
    episode_id: str
    box: str
    motive: str
    admitted_at: int
    access_open: bool


class Finding:
    """The directory, for staff of the hospital."""

    def __init__(self, *, database: Database, world: World, recorder: AccessRecorder, settings: Settings) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder
        self._unit = settings.hospital.emergency_unit
        self._finess = settings.hospital.finess
        self._oids = TEST_OIDS if settings.profile == "demo" else PRODUCTION_OIDS

    def search(self, staff: StaffMember, text: str) -> SearchResult:
        """By what was typed or scanned in the one field. Raises `InvalidRequest` or `InvalidIns` saying what is wrong
        with it, `NotAllowed`, `RecordUnavailable`."""
        self._require_colleague(staff)
        return self._search(staff, parse_query(text, allowed_oids=self._oids))

    def search_by(
        self,
        staff: StaffMember,
        *,
        ins: Ins | None = None,
        ipp: str = "",
        birth_name: str = "",
        given_name: str = "",
        birth_date: str = "",
    ) -> SearchResult:
        """By typed fields: an INS, or an IPP, or names and birth date. Raises as `search`."""
        self._require_colleague(staff)
        if ins is not None:
            return self._search(staff, ins_query(ins.value, frozenset({ins.oid})))
        if ipp:
            return self._search(staff, ipp_query(ipp))
        return self._search(staff, name_query(birth_name, given_name, birth_date))

    def ed_list(self, staff: StaffMember) -> tuple[EdPatient, ...]:
        """The patients present in the emergency unit, newest first. Raises `NotAllowed`, `RecordUnavailable`."""
        self._require_colleague(staff)
        now = self._world.epoch_ms()
        with self._database.reading() as connection:
            admissions = present(connection, self._unit)
            records = find_many(connection, [item.patient_id for item in admissions])
            held = patients_held_open(connection, staff.key, now)
        self._database.transact(lambda tx: self._recorder.ed_list_viewed(tx, staff, self._unit, len(admissions)))
        return tuple(
            EdPatient(
                patient=records[item.patient_id],
                episode_id=item.episode_id,
                box=item.box,
                motive=item.motive,
                admitted_at=item.admitted_at,
                access_open=item.patient_id in held,
            )
            for item in admissions
        )

    def patient(self, staff: StaffMember, patient_id: str) -> PatientRecord:
        """One patient already found. Raises `PatientUnknown`, `NotAllowed`."""
        self._require_colleague(staff)
        with self._database.reading() as connection:
            record = find_by_id(connection, patient_id)
            if record is None:
                raise PatientUnknown("no such patient")
            return flag_homonyms(connection, (record,))[0]

    def _search(self, staff: StaffMember, query: PatientQuery) -> SearchResult:
        with self._database.reading() as connection:
            found, more = search(connection, query, MOST_FOUND)

        def record(transaction: Transaction) -> AuditReference:
            receipt = self._recorder.searched(
                transaction, staff, _KINDS[type(query)], _asked(query), tuple(item.id for item in found)
            )
            return AuditReference(receipt.entry_id, receipt.leaf_hash.hex())

        audit = self._database.transact(record)
        return SearchResult(patients=found, more=more, understood_as=_KINDS[type(query)], audit=audit)

    def _require_colleague(self, staff: StaffMember) -> None:
        # The directory is the hospital's own: another establishment's staff find nobody in it.
        if staff.establishment != self._finess:
            self._database.transact(lambda tx: self._recorder.search_refused(tx, staff))
            raise NotAllowed("the directory is for the hospital's own staff")


def _asked(query: PatientQuery) -> dict[str, str]:
    """What was asked, for the record: sealed under the professional's key."""
    if isinstance(query, BraceletQuery):
        return _asked(query.by_ins)
    if isinstance(query, InsQuery):
        return {"ins": query.value}
    if isinstance(query, IppQuery):
        return {"ipp": query.ipp}
    names = sorted({f"{name} {given}" for name, given in query.readings})
    return {"names": " / ".join(names), "birth_date": query.birth_date}
