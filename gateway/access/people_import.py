"""What a file of people says is brought into the directory: a patient a transaction, all of a line or nothing of it.

The hospital's identity stays the hospital's: a birth name or a birth date that contradicts the directory is refused.
The patient's own choices are not a file's to change: it adds addresses that are not safe, and makes none safe. Each
change is an entry about the patient; what waits for them is looked at again at once, since who may be told, and where,
may have changed. Importing again changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection, delete, insert, update

from audit.entry import Json
from gateway.errors import InvalidIns
from gateway.notifications.reconsidering import reconsider
from gateway.patients.directory import contacts_of, find_by_ins, find_by_ipp
from gateway.patients.folding import name_key
from gateway.patients.ins import Ins, parse_ins
from gateway.patients.patient import Contact, PatientRecord, blank_record
from gateway.patients.people_file import LineFault, PeopleFile, PersonLine
from gateway.patients.protection import ProtectionMeasure
from gateway.patients.registering import add_patient, contact_row, patient_row
from gateway.patients.safety import AddressWay, UnsafeReason, marked_ways, put_marks
from gateway.storage.database import Database
from gateway.storage.journal import Journal, patient_subject
from gateway.storage.tables import patient, patient_contact
from gateway.storage.transaction import Transaction
from gateway.world import World

Progress = Callable[[int, int], None]
_NEEDED = ("birth_name", "given_names", "birth_date", "sex")
_TRAITS = ("birth_name", "given_names", "birth_date", "sex", "birth_place", "used_name", "used_given_name")
_PLAIN = ("identity_status", "deceased_on", "language", "dossier_status", "protection", "protection_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleReport:
    """The IPPs of each line taken: new, changed, or as it was; and the faults of the others, in the file's order."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    faults: tuple[LineFault, ...]


class _Refusal(Exception):
    def __init__(self, field: str, code: str, expected: str = "") -> None:
        super().__init__(code)
        self.field, self.code, self.expected = field, code, expected


class PeopleImport:
    """Brings files in; `allowed_oids` are those of the INS accepted here."""

    def __init__(self, *, database: Database, world: World, journal: Journal, allowed_oids: frozenset[str]) -> None:
        self._database = database
        self._world = world
        self._journal = journal
        self._oids = allowed_oids

    def bring_in(self, file: PeopleFile, progress: Progress | None = None) -> PeopleReport:
        """Every line that can be taken. Raises `RecordUnavailable` when the database fails: what was taken before
        stays, and importing again skips it."""
        done: dict[str, list[str]] = {"created": [], "changed": [], "unchanged": []}
        faults = list(file.faults)
        for number, line in enumerate(file.people, 1):
            try:
                done[self._database.transact(partial(self._take, line=line))].append(line.ipp)
            except _Refusal as refused:
                faults.append(LineFault(line.line, refused.field, refused.code, refused.expected))
            if progress is not None:
                progress(number, len(file.people))
        return PeopleReport(
            created=tuple(done["created"]),
            changed=tuple(done["changed"]),
            unchanged=tuple(done["unchanged"]),
            faults=tuple(sorted(faults, key=lambda fault: fault.line)),
        )

    def _take(self, tx: Transaction, line: PersonLine) -> str:
        connection, now = tx.connection, self._world.epoch_ms()
        known = find_by_ipp(connection, line.ipp)
        record = self._record(connection, known, line)
        changed = _differences(known, record)
        if known is None:
            add_patient(connection, record, created_at=now)
        elif changed:
            row = patient_row(record, created_at=0)
            del row["created_at"]
            connection.execute(update(patient).where(patient.c.id == record.id).values(**row))
        changed += self._contacts(connection, record.id, line.contacts)
        marks = self._unsafe(connection, record.id, line.values.get("unsafe"), now)
        changed += ["unsafe"] if marks else []
        if not changed and known is not None:
            return "unchanged"
        reconsider(connection, record.id, now_ms=now)
        self._journal.append(
            tx,
            "patient.imported",
            "success",
            facts={"created": known is None, "fields": sorted(changed)},
            personal={patient_subject(record.id): {"patient": record.id, **({"unsafe": marks} if marks else {})}},
        )
        return "changed" if known is not None else "created"

    def _record(self, connection: Connection, known: PatientRecord | None, line: PersonLine) -> PatientRecord:
        values = line.values
        before = known or self._blank(line)
        if known is not None:
            _require_same(known, values)
        traits = replace(before.traits, **{name: str(values[name]) for name in _TRAITS if name in values})
        record = replace(
            before,
            traits=traits,
            ins=self._ins(connection, before, values),
            protected=bool(values.get("review_with_care", before.protected)),
            **{name: values[name] for name in _PLAIN if name in values},  # type: ignore[arg-type]
        )
        if record.protection == ProtectionMeasure.NONE.value and values.get("protection_until"):
            raise _Refusal("protection_until", "no-measure", "protection")
        if record.protection == ProtectionMeasure.NONE.value:
            record = replace(record, protection_until=None)
        if record.identity_status == "QUAL" and record.ins is None:
            raise _Refusal("ins", "missing")
        if record.deceased_on is not None and record.deceased_on > self._world.now().date().isoformat():
            raise _Refusal("deceased_on", "future")
        return record

    def _blank(self, line: PersonLine) -> PatientRecord:
        for name in _NEEDED:
            if name not in line.values:
                raise _Refusal("ipp", "unknown-patient", " ".join(_NEEDED))
        return blank_record(self._world.new_id(), line.ipp)

    def _ins(self, connection: Connection, before: PatientRecord, values: Mapping[str, object]) -> Ins | None:
        number = str(values.get("ins", ""))
        if not number:
            return before.ins
        try:
            ins = parse_ins(number, str(values.get("ins_oid", "")), allowed_oids=self._oids)
        except InvalidIns as error:
            raise _Refusal("ins_oid" if "oid" in error.code else "ins", error.code) from None
        holder = find_by_ins(connection, ins)
        if holder is not None and holder.id != before.id:
            raise _Refusal("ins", "ins-taken")
        return ins

    def _contacts(self, connection: Connection, patient_id: str, wanted: tuple[Contact, ...] | None) -> list[str]:
        if wanted is None or wanted == contacts_of(connection, patient_id):
            return []
        connection.execute(delete(patient_contact).where(patient_contact.c.patient_id == patient_id))
        rows = [
            contact_row(self._world.new_id(), patient_id, contact, position=place)
            for place, contact in enumerate(wanted)
        ]
        if rows:
            connection.execute(insert(patient_contact), rows)
        return ["contacts"]

    @staticmethod
    def _unsafe(connection: Connection, patient_id: str, wanted: object, now: int) -> dict[str, Json]:
        """All the marks there are now; nothing where none was added."""
        before = marked_ways(connection, patient_id)
        marks: dict[AddressWay, UnsafeReason] = {**wanted, **before} if isinstance(wanted, dict) else before
        if marks == before:
            return {}
        put_marks(connection, patient_id, marks, now_ms=now)
        return {way.value: reason.value for way, reason in sorted(marks.items())}


def _require_same(known: PatientRecord, values: Mapping[str, object]) -> None:
    # The sex may disagree without being wrong (référentiel INS); a name or a birth date may not.
    for name in ("birth_name", "given_names"):
        if name in values and name_key(str(values[name])) != name_key(getattr(known.traits, name)):
            raise _Refusal(name, "identity-mismatch")
    if values.get("birth_date", known.traits.birth_date) != known.traits.birth_date:
        raise _Refusal("birth_date", "identity-mismatch")


def _differences(known: PatientRecord | None, record: PatientRecord) -> list[str]:
    if known is None:
        return ["identity"]
    names = [name for name in (*_PLAIN, "ins", "protected") if getattr(known, name) != getattr(record, name)]
    return names + (["traits"] if known.traits != record.traits else [])
