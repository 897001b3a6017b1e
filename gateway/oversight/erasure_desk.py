"""What the page of erasures needs beside the orders: patients by the hospital's number, names of those who act, and
what retention erased in the last two months, as the record says it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from audit import AuditError, AuditLog
from audit.entry import Fact
from gateway.access.actors import sealed_actor
from gateway.errors import PatientUnknown
from gateway.identity.staff_member import StaffMember
from gateway.oversight.erasure import ErasureOrder, ErasureReason, Erasures
from gateway.oversight.searching import numbers_of
from gateway.patients.directory import find_by_ipp
from gateway.storage.database import Database
from gateway.storage.journal import Journal, person_subject
from gateway.storage.log_store import SqlLogStore
from gateway.storage.transaction import Transaction
from gateway.world import World

MOST_RUNS = 12
# Of two months: no index knows the types, and retention runs every night.
_RUNS_OF_MS = 62 * 24 * 3_600_000
_ERASED = text(
    """SELECT entry_id FROM audit_entry WHERE type = 'record.erased' AND time >= :since
    ORDER BY time DESC, entry_id DESC LIMIT :most"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """An order as people read it; a name is empty once it was erased itself. `mine`: the reader gave it."""

    order: ErasureOrder
    ipp: str
    ordered_by: str
    settled_by: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionLine:
    """What retention erased of one month in one batch; `month` is empty for a batch of accesses alone."""

    at: int
    month: str
    entries: int
    keys: int
    accesses: int
    kept_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """Orders and retention's last batches, newest first."""

    orders: tuple[OrderLine, ...]
    runs: tuple[RetentionLine, ...]


class ErasureDesk:
    """For the DPO and for hospital IT, as `Erasures`. Raises `NotAllowed`, `RecordUnavailable`."""

    def __init__(
        self, *, database: Database, world: World, log: AuditLog, journal: Journal, erasures: Erasures
    ) -> None:
        self._database = database
        self._world = world
        self._log = log
        self._journal = journal
        self._erasures = erasures

    def view(self, staff: StaffMember) -> DeskView:
        """The page; that it was read is recorded."""
        orders = self._erasures.list(staff)

        def unit(tx: Transaction) -> DeskView:
            names = self._names(tx.connection, {key for one in orders for key in (one.ordered_by, one.settled_by)})
            ipps = numbers_of(tx.connection, {one.patient_id for one in orders})
            view = DeskView(
                orders=tuple(
                    OrderLine(
                        order=one,
                        ipp=ipps.get(one.patient_id, ""),
                        ordered_by=names.get(one.ordered_by, ""),
                        settled_by=names.get(one.settled_by, ""),
                        mine=one.ordered_by == staff.key,
                    )
                    for one in orders
                ),
                runs=self._runs(tx.connection),
            )
            facts: dict[str, Fact] = {"what": "erasures", "shown": len(orders)}
            self._journal.append(tx, "log.viewed", "success", facts=facts, personal=sealed_actor(staff))
            return view

        return self._database.transact(unit)

    def order(self, staff: StaffMember, ipp: str, through: str, reason: ErasureReason) -> ErasureOrder:
        """`Erasures.order` for the patient with this hospital number. Raises `PatientUnknown`, `InvalidRequest`."""
        with self._database.reading() as connection:
            patient = find_by_ipp(connection, ipp.strip())
        if patient is None:
            raise PatientUnknown("no patient has this number")
        return self._erasures.order(staff, patient.id, through, reason)

    def _names(self, connection: Connection, keys: set[str]) -> dict[str, str]:
        """Names as the record last knew them: sealed there under each person's own key, kept nowhere else."""
        store, names = SqlLogStore(connection), {}
        for key in sorted(keys - {""}):
            subject = person_subject(key)
            try:
                latest = self._log.history(store, subject, limit=1)
            except AuditError:
                continue
            staff = latest[0].personal.get(subject, {}).get("staff") if latest else None
            if isinstance(staff, Mapping):
                names[key] = str(staff.get("name", ""))
        return names

    def _runs(self, connection: Connection) -> tuple[RetentionLine, ...]:
        store, runs = SqlLogStore(connection), []
        for entry_id in (
            connection.execute(_ERASED, {"most": MOST_RUNS, "since": self._world.epoch_ms() - _RUNS_OF_MS})
            .scalars()
            .all()
        ):
            try:
                entry = self._log.read(store, entry_id)
            except AuditError:
                continue  # the deep check names it
            facts = entry.facts
            if facts.get("reason") == "retention":
                runs.append(
                    RetentionLine(
                        at=entry.time,
                        month=str(facts.get("period", "")),
                        entries=_count(facts.get("entries")),
                        keys=_count(facts.get("keys")),
                        accesses=_count(facts.get("accesses")),
                        kept_from=str(facts.get("kept_from", "")),
                    )
                )
        return tuple(runs)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
