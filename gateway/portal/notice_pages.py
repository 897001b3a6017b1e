"""A notice by its code and a birth date: it shows that one access, gives its receipt and lets it be contested.

No more: relatives know a birth date and open letters, so who proves no more may ask, but decides nothing for the
patient. Blocks, settings and choices need a sign-in, or the desk. A minor's notice shows no category of a hidden act
either (R1111-50): a parent knows their child's birth date.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, delete, insert, select, text

from gateway.access.announcing import ProofRefused
from gateway.access.contests import Contest, ContestForm, ContestReceipt
from gateway.access.receipts import Receipts
from gateway.errors import NotAllowed
from gateway.identity.flows import hash_token
from gateway.notifications.code import parse_code
from gateway.notifications.delivery import Deliveries
from gateway.notifications.proof import ProofOutcome, check_proof
from gateway.patients.directory import find_by_id
from gateway.portal import listing
from gateway.portal.contesting import PROOF, ContestBook
from gateway.portal.history import REVEALED
from gateway.portal.recorder import PortalRecorder
from gateway.portal.standing import Person, as_holder
from gateway.portal.views import AccessView, NoticePass
from gateway.settings import HospitalSettings
from gateway.storage.database import Database
from gateway.storage.tables import notice, notice_pass, patient
from gateway.storage.transaction import Transaction
from gateway.world import World

T = TypeVar("T")

PASS_MS = 15 * 60_000
LONGEST_TOKEN = 128
_PASS: Select[Any] = (
    select(notice.c.id, notice.c.grant_id, notice.c.patient_id)
    .join_from(notice_pass, notice, notice.c.id == notice_pass.c.notice_id)
    .join(patient, patient.c.id == notice.c.patient_id)
    .where(notice.c.recipient == "patient", patient.c.deceased_on.is_(None))
)
_TOLD_WITH: Select[Any] = (
    select(notice.c.id, notice.c.grant_id, notice.c.patient_id)
    .where(notice.c.recipient == "patient", notice.c.state.in_(("sent", "delivered")))
    .order_by(notice.c.created_at)
)
_ENTRY_OF = text("SELECT audit_entry_id FROM access_grant WHERE id = :grant_id")


class NoticePages:
    """Every call with a token raises `ProofRefused` (of access.announcing) when the token is over (15 minutes)."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        recorder: PortalRecorder,
        receipts: Receipts,
        deliveries: Deliveries,
        book: ContestBook,
        hospital: HospitalSettings,
    ) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder
        self._receipts = receipts
        self._deliveries = deliveries
        self._book = book
        self._hospital = hospital

    def prove(self, code: str, birth_date: str) -> NoticePass:
        """Against the birth date (ISO). Raises `ProofRefused`, also for a quarter of an hour and more after 5 wrong
        ones: one answer for a wrong code, a wrong date and a locked code; `RecordUnavailable`."""
        proven = self._database.transact(lambda tx: self._prove(tx, parse_code(code) or "", birth_date))
        if proven is None:
            raise ProofRefused("the code and the birth date do not go together")
        return proven

    def shown(self, token: str, code: str) -> AccessView:
        """The access again; `code` is that of the address, so that one notice's pass opens no other. Recorded."""

        def unit(tx: Transaction) -> AccessView | None:
            row = self._found(tx.connection, token, code)
            if row is None:
                return None
            self._recorder.notice_viewed(tx, row.patient_id, row.grant_id, by="proof")
            return self._view(tx.connection, row)

        return _insist(self._database.transact(unit))

    def also_told(self, token: str, code: str) -> tuple[AccessView, ...]:
        """The other accesses of the same stay that this notice's message told too, oldest first: one code shows them
        all. Recorded, each."""

        def unit(tx: Transaction) -> tuple[AccessView, ...] | None:
            row = self._found(tx.connection, token, code)
            if row is None:
                return None
            rows = tx.connection.execute(_TOLD_WITH.where(notice.c.rides_with == row.id)).all()
            for one in rows:
                self._recorder.notice_viewed(tx, one.patient_id, one.grant_id, by="proof")
            return tuple(self._view(tx.connection, one) for one in rows)

        return _insist(self._database.transact(unit))

    def receipt(self, token: str, code: str) -> Mapping[str, object]:
        """The verifiable receipt. Raises `NotAllowed` of a minor's access: it takes a sign-in."""
        row = self._allowed(token, code)
        with self._database.reading() as connection:
            if not listing.gives_receipt(self._holder(connection, row)):
                raise NotAllowed("the receipt of a minor's access takes a sign-in")
            entry_id: str = connection.execute(_ENTRY_OF, {"grant_id": row.grant_id}).scalar_one()
        return self._receipts.of_entry(entry_id, REVEALED)

    def contest(self, token: str, code: str, form: ContestForm) -> ContestReceipt:
        """Contest it. Raises as `Contesting.contest`."""
        row = self._allowed(token, code)
        how = {"side": PROOF, "by": PROOF, "check": PROOF}
        return self._book.contest(row.patient_id, row.grant_id, form, side=PROOF, how=how)

    def contests(self, token: str, code: str) -> tuple[Contest, ...]:
        """What was contested of it with a proof, newest first, with the answers given."""
        row = self._allowed(token, code)
        made = self._book.contests_of_patient(row.patient_id, (PROOF,))
        return tuple(one for one in made if one.access_id == row.grant_id)

    def leave(self, token: str) -> None:
        """End the pass at once."""
        which = notice_pass.c.token_hash == hash_token(token[:LONGEST_TOKEN])
        self._database.transact(lambda tx: tx.connection.execute(delete(notice_pass).where(which)))

    def _prove(self, tx: Transaction, code: str, birth_date: str) -> NoticePass | None:
        connection, now = tx.connection, self._world.epoch_ms()
        answer = check_proof(connection, code=code, birth_date=birth_date, now_ms=now)
        if answer.outcome is ProofOutcome.UNKNOWN:
            # Nobody's notice: there is nothing to record, and a stranger who invents codes must not fill the log.
            return None
        if answer.outcome is not ProofOutcome.PROVEN or answer.notice is None:
            # Committed all the same: a wrong proof counts, and is recorded.
            self._recorder.proof_refused(tx, answer.notice_id or "", answer.outcome.value)
            return None
        token, expires_at = self._world.new_token(), now + PASS_MS
        connection.execute(delete(notice_pass).where(notice_pass.c.expires_at <= now))
        connection.execute(
            insert(notice_pass),
            {"token_hash": hash_token(token), "notice_id": answer.notice.id, "expires_at": expires_at},
        )
        row = self._found(connection, token, code)
        if row is None:
            return None
        self._deliveries.record_seen(tx, row.id, by="page", at_ms=now)
        self._recorder.notice_viewed(tx, row.patient_id, row.grant_id, by="proof")
        return NoticePass(token=token, expires_at=expires_at, view=self._view(connection, row))

    def _allowed(self, token: str, code: str) -> Row[Any]:
        with self._database.reading() as connection:
            return _insist(self._found(connection, token, code))

    def _found(self, connection: Connection, token: str, code: str) -> Row[Any] | None:
        """The notice a live pass is for: its id, grant and patient."""
        if not token or len(token) > LONGEST_TOKEN:
            return None
        return connection.execute(
            _PASS.where(
                notice_pass.c.token_hash == hash_token(token),
                notice_pass.c.expires_at > self._world.epoch_ms(),
                notice.c.code == (parse_code(code) or ""),
            )
        ).one_or_none()

    def _view(self, connection: Connection, row: Row[Any]) -> AccessView:
        now, person = self._world.epoch_ms(), self._holder(connection, row)
        found = listing.find_one(connection, person, row.grant_id, now, proof_alone=True)
        assert found is not None, "a notice is of an access to its patient's dossier"
        return listing.view_of(connection, person, found, self._hospital, now, proof_alone=True)

    def _holder(self, connection: Connection, row: Row[Any]) -> Person:
        patient = find_by_id(connection, row.patient_id)
        assert patient is not None, "a notice is a patient's"
        return as_holder(patient, self._world.now().date())


def _insist(found: T | None) -> T:
    if found is None:
        raise ProofRefused("the proof is over: give it again")
    return found
