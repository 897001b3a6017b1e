"""Erasure of what the record holds of a person: by retention, or on the DPO's order that a second person confirms.

An entry itself is never erased: its personal values and the key that sealed them are, so that every proof still holds.
The right to erasure has limits where the law asks for a trace (GDPR 17(3)(b); CSP L1111-18 keeps who opened a dossier):
so no order is carried out by one person alone. The DPO advises and orders, and another DPO or hospital IT, who carries
the controller's responsibility for the processing (GDPR 24, 38(6)), confirms; nobody confirms their own.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, bindparam, insert, select, text, update

from audit.entry import Fact
from audit.vault import period_of
from gateway.access.actors import sealed_actor
from gateway.errors import InvalidRequest, NotAllowed, NotFound, PatientUnknown
from gateway.identity.staff_member import StaffMember
from gateway.oversight.erasing import Erased, end_of, erase_patient
from gateway.storage.database import Database
from gateway.storage.journal import Journal, patient_subject
from gateway.storage.tables import erasure_order
from gateway.storage.transaction import Transaction
from gateway.world import World

_MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])", re.ASCII)
_PATIENT = text("SELECT 1 FROM patient WHERE id = :patient_id")
_BY_ID = select(erasure_order).where(erasure_order.c.id == bindparam("order_id"))
_LATEST = select(erasure_order).order_by(erasure_order.c.ordered_at.desc(), erasure_order.c.id).limit(500)


class ErasureReason(StrEnum):
    """Why: the person asked (GDPR 17(1)), the values were recorded unlawfully, or about the wrong person."""

    REQUEST = "request"
    UNLAWFUL = "unlawful"
    WRONG_PERSON = "wrong_person"


class OrderState(StrEnum):
    """Where an order is."""

    ORDERED = "ordered"
    DONE = "done"
    REFUSED = "refused"


class OrderSettled(InvalidRequest):
    """The order was confirmed or refused already."""

    code = "erasure-settled"


class OwnOrder(NotAllowed):
    """Nobody confirms their own order."""

    code = "erasure-own"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureOrder:
    """One order. `through`: the last month erased; `entries`: how many lost their personal values."""

    id: str
    patient_id: str
    through: str
    reason: ErasureReason
    state: OrderState
    ordered_by: str
    ordered_at: int
    settled_by: str
    settled_at: int | None
    entries: int


class Erasures:
    """Orders to erase. Raises `NotAllowed`, `RecordUnavailable`."""

    def __init__(self, *, database: Database, world: World, journal: Journal) -> None:
        self._database = database
        self._world = world
        self._journal = journal

    def order(self, staff: StaffMember, patient_id: str, through: str, reason: ErasureReason) -> ErasureOrder:
        """Order that a patient's personal values are erased up to the month `through` (`2026-11`) included; nothing is
        erased yet. Raises `InvalidRequest` for a month that is none or still to come, `PatientUnknown`."""
        _require(staff, "dpo")
        now = self._world.epoch_ms()
        if _MONTH.fullmatch(through) is None or end_of(through) > _end_of_this_month(now):
            raise InvalidRequest("a month is 2026-11, and not to come", field="through", code="erasure-month")
        order = {
            "id": self._world.new_id(),
            "patient_id": patient_id,
            "through": through,
            "reason": reason.value,
            "state": OrderState.ORDERED.value,
            "ordered_by": staff.key,
            "ordered_at": now,
        }

        def unit(tx: Transaction) -> ErasureOrder:
            if tx.connection.execute(_PATIENT, {"patient_id": patient_id}).one_or_none() is None:
                raise PatientUnknown("no such patient")
            tx.connection.execute(insert(erasure_order), order)
            kept = _order(tx.connection.execute(_BY_ID, {"order_id": order["id"]}).one())
            self._append(tx, "record.erasure_ordered", staff, kept, about_patient=True)
            return kept

        return self._database.transact(unit)

    def confirm(self, staff: StaffMember, order_id: str) -> ErasureOrder:
        """Carry an order out, as a second person. Raises `NotFound`, `OwnOrder`, `OrderSettled`."""
        _require(staff, "dpo", "it")

        def unit(tx: Transaction) -> ErasureOrder:
            order = self._open_order(tx, order_id)
            if order.ordered_by == staff.key:
                raise OwnOrder("nobody confirms their own order")
            erased = erase_patient(tx.connection, self._journal.log, order.patient_id, order.through)
            done = self._settle(tx, staff, order, OrderState.DONE, sum(month.entries for month in erased))
            # One entry a month: the completeness check holds what is missing of a month against them.
            for month in erased or (Erased("", 0, 0),):
                self._append(tx, "record.erased", staff, done, month=month)
            return done

        return self._database.transact(unit)

    def refuse(self, staff: StaffMember, order_id: str) -> ErasureOrder:
        """Set an order aside; who gave it may do so too. Raises `NotFound`, `OrderSettled`."""
        _require(staff, "dpo", "it")

        def unit(tx: Transaction) -> ErasureOrder:
            refused = self._settle(tx, staff, self._open_order(tx, order_id), OrderState.REFUSED, 0)
            self._append(tx, "record.erasure_refused", staff, refused, about_patient=True)
            return refused

        return self._database.transact(unit)

    def list(self, staff: StaffMember) -> tuple[ErasureOrder, ...]:
        """The latest 500 orders, newest first."""
        _require(staff, "dpo", "it")
        with self._database.reading() as connection:
            return tuple(_order(row) for row in connection.execute(_LATEST))

    def to_confirm(self, staff: StaffMember) -> int:
        """How many orders wait for this person: given by somebody else, neither confirmed nor refused. Raises
        `NotAllowed`."""
        return sum(one.state is OrderState.ORDERED and one.ordered_by != staff.key for one in self.list(staff))

    def _open_order(self, tx: Transaction, order_id: str) -> ErasureOrder:
        # FOR UPDATE: of two confirmations at once on PostgreSQL the second waits, and then finds it settled.
        row = tx.connection.execute(_BY_ID.with_for_update(), {"order_id": order_id}).one_or_none()
        if row is None:
            raise NotFound("no such order")
        order = _order(row)
        if order.state is not OrderState.ORDERED:
            raise OrderSettled("the order was settled already")
        return order

    def _settle(
        self, tx: Transaction, staff: StaffMember, order: ErasureOrder, state: OrderState, entries: int
    ) -> ErasureOrder:
        settled = {
            "state": state.value,
            "settled_by": staff.key,
            "settled_at": self._world.epoch_ms(),
            "entries": entries,
        }
        tx.connection.execute(update(erasure_order).where(erasure_order.c.id == order.id).values(settled))
        return _order(tx.connection.execute(_BY_ID, {"order_id": order.id}).one())

    def _append(
        self,
        tx: Transaction,
        entry_type: str,
        staff: StaffMember,
        order: ErasureOrder,
        *,
        month: Erased | None = None,
        about_patient: bool = False,
    ) -> None:
        facts: dict[str, Fact] = {"order": order.id, "reason": order.reason.value, "through": order.through}
        if month is not None:
            facts |= {"period": month.period, "entries": month.entries, "keys": month.keys}
        about = {patient_subject(order.patient_id): {"patient": order.patient_id}} if about_patient else {}
        self._journal.append(
            tx,
            entry_type,
            "success",
            facts=facts,
            personal={**sealed_actor(staff), **about, **(month.personal if month else {})},
        )


def _require(staff: StaffMember, *roles: str) -> None:
    if not staff.named or not staff.roles.intersection(roles):
        raise NotAllowed("orders to erase are for the DPO, and their confirmation for a second person")


def _end_of_this_month(now_ms: int) -> int:
    return end_of(period_of(now_ms))


def _order(row: Row[tuple[object, ...]]) -> ErasureOrder:
    return ErasureOrder(
        id=row.id,
        patient_id=row.patient_id,
        through=row.through,
        reason=ErasureReason(row.reason),
        state=OrderState(row.state),
        ordered_by=row.ordered_by,
        ordered_at=row.ordered_at,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
        entries=row.entries,
    )
