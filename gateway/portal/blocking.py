"""A patient shuts a named professional out (CSP L1111-19): in every mode, at once, open accesses included.

Either side of a minor may want the same professional shut out; neither undoes, nor learns of, the other's wish. A block
the hospital brought in without one (an import) counts as the patient's own.
"""

from sqlalchemy import Connection, Row, text

from gateway.access.recorders import AccessRecorder
from gateway.access.shutting import end_open_accesses
from gateway.errors import NotAllowed, NotFound
from gateway.identity.staff_member import PatientHolder, load_staff_member
from gateway.portal import listing
from gateway.portal.people import People
from gateway.portal.recorder import Hand, PortalRecorder, signed_in, subject_of_hand
from gateway.portal.standing import Person, Right, Side
from gateway.portal.views import BlockView
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World

RULE = "INT-09-professionnel-bloque"
_WISHED = text(
    """SELECT id, staff_key, staff_name, staff_unit, created_at FROM block_wish
    WHERE patient_id = :patient_id AND side = :side ORDER BY created_at DESC, id"""
)
_BROUGHT_IN = text(
    """SELECT b.id, b.staff_key, b.created_at, (SELECT g.staff FROM access_grant g WHERE g.staff_key = b.staff_key
        ORDER BY g.opened_at DESC LIMIT 1) AS staff
    FROM patient_block b WHERE b.patient_id = :patient_id AND NOT EXISTS (SELECT 1 FROM block_wish w
        WHERE w.patient_id = b.patient_id AND w.staff_key = b.staff_key) ORDER BY b.created_at DESC, b.id"""
)
_WISH = text(
    """INSERT INTO block_wish (id, patient_id, staff_key, side, staff_name, staff_unit, created_at)
    VALUES (:id, :patient_id, :staff_key, :side, :staff_name, :staff_unit, :created_at) ON CONFLICT DO NOTHING"""
)
_BLOCK = text(
    """INSERT INTO patient_block (id, patient_id, staff_key, created_at)
    VALUES (:id, :patient_id, :staff_key, :created_at) ON CONFLICT DO NOTHING"""
)
_UNWISH = text("DELETE FROM block_wish WHERE patient_id = :patient_id AND staff_key = :staff_key AND side = :side")
_UNBLOCK = text(
    """DELETE FROM patient_block WHERE patient_id = :patient_id AND staff_key = :staff_key AND NOT EXISTS
    (SELECT 1 FROM block_wish w WHERE w.patient_id = :patient_id AND w.staff_key = :staff_key)"""
)


class Blocking:
    """Every call raises `NotFound`, `NotAllowed` (no such right), `RecordUnavailable`, `Unavailable`."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        people: People,
        recorder: PortalRecorder,
        access_recorder: AccessRecorder,
    ) -> None:
        self._database = database
        self._world = world
        self._people = people
        self._recorder = recorder
        self._access_recorder = access_recorder

    def block(self, holder: PatientHolder, access_id: str, whose: str = "") -> BlockView:
        """Block the professional of this access. What they have open ends in the same commit; blocking twice is
        blocking once."""
        return self.block_for(self._people.person(holder, whose), signed_in(holder), access_id)

    def blocks(self, holder: PatientHolder, whose: str = "") -> tuple[BlockView, ...]:
        """Whom this side blocked, newest first."""
        person = self._people.person(holder, whose)
        with self._database.reading() as connection:
            return tuple(view for view, _key in _blocks(connection, person))

    def unblock(self, holder: PatientHolder, block_id: str, whose: str = "") -> BlockView:
        """Let them ask again. A block the other side made stands."""
        person = self._people.person(holder, whose)
        _require_right(person)

        def unit(tx: Transaction) -> BlockView:
            found = [(view, key) for view, key in _blocks(tx.connection, person) if view.block_id == block_id]
            if not found:
                raise NotFound("no such block of this person")
            view, staff_key = found[0]
            self._unblock(tx, person, signed_in(holder), view, staff_key)
            return view

        return self._database.transact(unit)

    def block_for(self, person: Person, hand: Hand, access_id: str) -> BlockView:
        """The same, for somebody by whose hand it may be done."""
        _require_right(person)
        return self._database.transact(lambda tx: self._block(tx, person, hand, access_id))

    def unblock_all_for(self, person: Person, hand: Hand) -> int:
        """Withdraw every block of this side; how many."""
        _require_right(person)

        def unit(tx: Transaction) -> int:
            found = _blocks(tx.connection, person)
            for view, staff_key in found:
                self._unblock(tx, person, hand, view, staff_key)
            return len(found)

        return self._database.transact(unit)

    def _block(self, tx: Transaction, person: Person, hand: Hand, access_id: str) -> BlockView:
        connection, now = tx.connection, self._world.epoch_ms()
        row = listing.find_one(connection, person, access_id, now)
        if row is None:
            raise NotFound("no such access of this person")
        whom = {"patient_id": person.patient.id, "staff_key": row.staff_key, "created_at": now}
        kept, block_id = "", self._world.new_id()
        for brought_in in connection.execute(_BROUGHT_IN, {"patient_id": person.patient.id}).all():
            if brought_in.staff_key == row.staff_key:
                kept = brought_in.id
                wish = {**whom, "created_at": brought_in.created_at, "id": brought_in.id, "side": Side.HOLDER.value}
                connection.execute(_WISH, {**wish, **_named(row)})
        wished = connection.execute(_WISH, {**whom, "id": block_id, "side": person.side.value, **_named(row)}).rowcount
        if wished:
            connection.execute(_BLOCK, {**whom, "id": self._world.new_id()})
            ended = end_open_accesses(
                tx,
                self._access_recorder,
                now,
                patient_id=person.patient.id,
                rule=RULE,
                staff_key=row.staff_key,
                by=subject_of_hand(hand),
            )
            self._recorder.blocked(tx, person, hand, access_id, block_id, kept=kept, ended=ended)
        return next(view for view, key in _blocks(connection, person) if key == row.staff_key)

    def _unblock(self, tx: Transaction, person: Person, hand: Hand, view: BlockView, staff_key: str) -> None:
        whom = {"patient_id": person.patient.id, "staff_key": staff_key}
        tx.connection.execute(_UNWISH, {**whom, "side": person.side.value})
        gone = tx.connection.execute(_UNBLOCK, whom).rowcount
        self._recorder.unblocked(tx, person, hand, view.block_id, still_blocked=not gone)


def _blocks(connection: Connection, person: Person) -> list[tuple[BlockView, str]]:
    """The blocks of a side, each with the key of its professional."""
    whose = {"patient_id": person.patient.id, "side": person.side.value}
    found = [
        (BlockView(block_id=row.id, staff_name=row.staff_name, staff_unit=row.staff_unit, blocked_at=row.created_at),
         row.staff_key)
        for row in connection.execute(_WISHED, whose)
    ]  # fmt: skip
    if person.alone:
        for row in connection.execute(_BROUGHT_IN, whose):
            known = _named(row) if row.staff else {"staff_name": "", "staff_unit": ""}
            found.append((BlockView(block_id=row.id, blocked_at=row.created_at, **known), row.staff_key))
    return found


def _named(row: Row[tuple[object, ...]]) -> dict[str, str]:
    staff = load_staff_member(row.staff)
    return {"staff_name": staff.name[:200], "staff_unit": staff.unit[:64]}


def _require_right(person: Person) -> None:
    if Right.BLOCK not in person.rights:
        raise NotAllowed("this person does not block for this patient")
