"""What the patient is told after the proof: who opened their dossier, where, when, in which mode, why, what was seen.

Before the proof nothing is shown, not even whether the code exists. A receipt lets them check the log without us.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, text

from audit import AuditLog
from gateway.access.openings import opened_categories
from gateway.access.receipts import Patience, Receipts
from gateway.access.recorders import AccessRecorder
from gateway.errors import GatewayError, NotFound
from gateway.identity.staff_member import PatientHolder, StaffMember, load_staff_member
from gateway.notifications.code import parse_code
from gateway.notifications.proof import ProofOutcome, check_proof
from gateway.patients.directory import match_holder
from gateway.patients.patient import PatientRecord, Traits
from gateway.settings import HospitalSettings
from gateway.storage.database import Database
from gateway.storage.journal import patient_subject
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import Mode

_COLUMNS = """SELECT g.id, g.patient_id, g.staff, g.mode, g.reason_code, g.consent_basis, g.opened_at, g.expires_at,
    g.ended_at, g.audit_entry_id,
    (SELECT n.code FROM notice n WHERE n.grant_id = g.id AND n.recipient = 'patient') AS code,
    (SELECT l.leaf_index FROM audit_leaf l WHERE l.entry_id = g.audit_entry_id) AS leaf_index
    FROM access_grant g"""
_BY_CODE = text(f"{_COLUMNS} JOIN notice x ON x.grant_id = g.id WHERE x.code = :code AND x.recipient = 'patient'")
_BY_PATIENT = text(f"{_COLUMNS} WHERE g.patient_id = :patient_id ORDER BY g.opened_at DESC, g.id LIMIT 200")
# What a receipt reveals to the patient: that it is about them, and who opened the dossier.
REVEALED = ("patient", "staff")


class ProofRefused(GatewayError):
    """The code and the proof do not go together: one answer for a code that does not exist, a wrong date, and a code
    locked after five wrong proofs, so that a stranger learns nothing of which codes exist."""

    code = "proof-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """One access, as its patient reads it. `categories` are document classes, never titles or values."""

    access_id: str
    code: str
    opened_at: int
    expires_at: int
    ended_at: int | None
    mode: Mode
    staff: StaffMember
    hospital: str
    phone: str
    reason_code: str
    consent_basis: str
    categories: tuple[str, ...]
    reviewed: bool
    receipt_state: str  # proved, pending


class Announcing:
    """Answers patients. Reads of theirs are recorded like everybody's."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        log: AuditLog,
        recorder: AccessRecorder,
        hospital: HospitalSettings,
        patience: Patience | None = None,
    ) -> None:
        self._database = database
        self._world = world
        self._receipts = Receipts(database=database, world=world, log=log, patience=patience)
        self._recorder = recorder
        self._hospital = hospital

    def reveal(self, code: str, birth_date: str) -> NoticeView:
        """The access behind a notice's code, against the birth date (ISO) of its patient.

        Raises `ProofRefused` (also for a quarter of an hour and more after 5 wrong proofs), `RecordUnavailable`.
        """
        view = self._database.transact(lambda tx: self._prove(tx, code, birth_date))
        if view is None:
            raise ProofRefused("the code and the birth date do not go together")
        return view

    def reveal_to(self, holder: PatientHolder, code: str) -> NoticeView:
        """The same, to a patient who signed in. Raises `ProofRefused` when the notice is not theirs."""
        mine = {view.code: view for view in self.accesses_of(holder)}
        view = mine.get(parse_code(code) or "")
        if view is None:
            raise ProofRefused("no such notice of this person")
        return view

    def accesses_of(self, holder: PatientHolder) -> tuple[NoticeView, ...]:
        """Every access to the signed-in patient's dossier, newest first (at most 200); recorded.

        Raises `NotFound` when no qualified identity of the directory matches the person, `RecordUnavailable`.
        """
        patient = self._held_by(holder)

        def unit(transaction: Transaction) -> tuple[NoticeView, ...]:
            rows = transaction.connection.execute(_BY_PATIENT, {"patient_id": patient.id}).all()
            views = tuple(self._view(transaction.connection, row, holder_alone=True) for row in rows)
            self._recorder.notice_viewed(transaction, patient.id, "", by="sign_in")
            return views

        return self._database.transact(unit)

    def receipt(self, code: str, birth_date: str) -> Mapping[str, object]:
        """The audit receipt of the access, as a file to keep. Raises as `reveal`."""
        return self._receipt(self.reveal(code, birth_date).access_id)

    def receipt_to(self, holder: PatientHolder, access_id: str) -> Mapping[str, object]:
        """The same, for a signed-in patient's own access. Raises `NotFound`."""
        if access_id not in {view.access_id for view in self.accesses_of(holder)}:
            raise NotFound("no such access of this person")
        return self._receipt(access_id)

    def history_of(self, holder: PatientHolder) -> Mapping[str, object]:
        """Everything the record holds about the signed-in patient, as a file that shows it is complete; that it was
        made is recorded first. Raises `NotFound`, `Unavailable`."""
        patient = self._held_by(holder)
        self._database.transact(lambda tx: self._recorder.history_given(tx, patient.id))
        return self._receipts.of_person(patient_subject(patient.id))

    def _prove(self, transaction: Transaction, code: str, birth_date: str) -> NoticeView | None:
        connection = transaction.connection
        read = parse_code(code) or ""
        answer = check_proof(connection, code=read, birth_date=birth_date, now_ms=self._world.epoch_ms())
        if answer.outcome is ProofOutcome.UNKNOWN:
            # Nobody's notice: there is nothing to record, and a stranger who invents codes must not fill the log.
            return None
        if answer.outcome is not ProofOutcome.PROVEN:
            # Committed all the same: a wrong proof counts, and is recorded.
            self._recorder.proof_refused(transaction, answer.notice_id or "", answer.outcome.value)
            return None
        row = connection.execute(_BY_CODE, {"code": read}).one()
        # A parent knows their child's birth date, and may read their messages: the proof is not the holder's alone.
        view = self._view(connection, row, holder_alone=False)
        self._recorder.notice_viewed(transaction, row.patient_id, row.id, by="proof")
        return view

    def _held_by(self, holder: PatientHolder) -> PatientRecord:
        traits = Traits(
            birth_name=holder.birth_name,
            given_names=holder.given_names,
            birth_date=holder.birth_date,
            sex=holder.sex,
            birth_place="",
        )
        with self._database.reading() as connection:
            patient = match_holder(connection, traits)
        if patient is None:
            raise NotFound("no qualified identity matches this person")
        return patient

    def _receipt(self, access_id: str) -> Mapping[str, object]:
        with self._database.reading() as connection:
            entry_id: str = connection.execute(_ENTRY_OF, {"grant_id": access_id}).scalar_one()
        return self._receipts.of_entry(entry_id, REVEALED)

    def _view(self, connection: Connection, row: Row[tuple[object, ...]], *, holder_alone: bool) -> NoticeView:
        return NoticeView(
            access_id=row.id,
            code=row.code or "",
            opened_at=row.opened_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
            mode=Mode(row.mode),
            staff=load_staff_member(row.staff),
            hospital=self._hospital.name,
            phone=self._hospital.phone,
            reason_code=row.reason_code,
            consent_basis=row.consent_basis,
            categories=opened_categories(connection, row.id, holder_alone=holder_alone),
            reviewed=False,
            receipt_state="pending" if row.leaf_index is None else "proved",
        )


_ENTRY_OF = text("SELECT audit_entry_id FROM access_grant WHERE id = :grant_id")
