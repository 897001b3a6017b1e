"""What the DPO and hospital IT look at: the latest accesses, the rules in force, the alerts. Read-only; recorded."""

import json
from dataclasses import dataclass

from sqlalchemy import Row, text

from audit.entry import Fact
from gateway.access.actors import sealed_actor
from gateway.errors import NotAllowed
from gateway.identity.staff_member import StaffMember, load_staff_member
from gateway.rulebook.in_force import RulesInForce
from gateway.storage.database import Database
from gateway.storage.journal import Journal, person_subject
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import Mode, Rule

_LATEST = text(
    """SELECT g.id, g.patient_id, g.staff, g.mode, g.reason_code, g.reason_text, g.consent_basis, g.first_access,
        g.opened_at, g.expires_at, g.ended_at, g.decision, g.audit_entry_id, n.state AS notice_state,
        p.birth_name, p.given_names, p.birth_date, p.ipp
    FROM access_grant g JOIN patient p ON p.id = g.patient_id LEFT JOIN notice n ON n.id = g.notice_id
    ORDER BY g.opened_at DESC, g.id LIMIT :limit"""
)
# One kind that comes again and again does not hide the others.
_ALERTS = text(
    """SELECT id, kind, detail, raised_at, resolved_at FROM (SELECT a.*, ROW_NUMBER() OVER (
        PARTITION BY kind ORDER BY raised_at DESC, id) AS place FROM alert a WHERE resolved_at IS NULL) AS o
    WHERE place <= 100 ORDER BY raised_at DESC, id LIMIT 2000"""
)
_SETTLE = text("UPDATE alert SET resolved_at = :now WHERE kind = :kind AND raised_at <= :until AND resolved_at IS NULL")
_DAY_MS = 24 * 3600 * 1000
_DECISIONS = text("SELECT type, COUNT(*) AS decisions FROM audit_entry WHERE time > :since GROUP BY type")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLine:
    """One access as the DPO sees it; for IT, `patient_name`, `ipp` and `reason_text` are empty."""

    access_id: str
    patient_name: str
    ipp: str
    staff: StaffMember
    mode: Mode
    reason_code: str
    reason_text: str
    consent_basis: str
    first_access: bool
    opened_at: int
    expires_at: int
    ended_at: int | None
    rules: tuple[str, ...]
    notice_state: str
    audit_entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """The version in force and its rules."""

    digest: str
    loaded_at: int
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """An alert to IT."""

    id: str
    kind: str
    detail: str
    raised_at: int
    resolved_at: int | None


class Watching:
    """Read-only views for the roles `dpo` and `it`."""

    def __init__(self, *, database: Database, world: World, journal: Journal, rules: RulesInForce) -> None:
        self._database = database
        self._world = world
        self._journal = journal
        self._rules = rules

    def latest_accesses(self, staff: StaffMember, limit: int = 100) -> tuple[AccessLine, ...]:
        """The newest accesses (at most 500): opening the log is logged. Raises `NotAllowed`, `RecordUnavailable`."""
        _require(staff, "dpo", "it")
        whole = "dpo" in staff.roles

        def unit(transaction: Transaction) -> tuple[AccessLine, ...]:
            rows = transaction.connection.execute(_LATEST, {"limit": max(1, min(limit, 500))}).all()
            self._journal.append(
                transaction,
                "log.viewed",
                "success",
                facts={"shown": len(rows), "with_names": whole},
                personal={person_subject(staff.key): {"viewer": {"key": staff.key, "name": staff.name}}},
            )
            return tuple(_line(row, whole=whole) for row in rows)

        return self._database.transact(unit)

    def policy(self) -> PolicyView:
        """The policy book in force."""
        held = self._rules.held
        return PolicyView(digest=held.book.digest, loaded_at=held.since, rules=held.book.rules())

    def alerts(self) -> tuple[AlertLine, ...]:
        """The alerts nobody saw to yet, newest first: at most 100 of a kind."""
        with self._database.reading() as connection:
            return tuple(
                AlertLine(
                    id=row.id,
                    kind=row.kind,
                    detail=row.detail,
                    raised_at=row.raised_at,
                    resolved_at=row.resolved_at,
                )
                for row in connection.execute(_ALERTS)
            )

    def settle_alerts(self, staff: StaffMember, kind: str, until: int) -> None:
        """Put away the alerts of a kind raised until then (ms): somebody of the roles `it` or `dpo` saw to them. Raises
        `NotAllowed`, `RecordUnavailable`."""
        _require(staff, "dpo", "it")

        def unit(transaction: Transaction) -> None:
            values = {"kind": kind, "until": until, "now": self._world.epoch_ms()}
            settled = transaction.connection.execute(_SETTLE, values).rowcount
            if settled:
                facts: dict[str, Fact] = {"alert": kind, "alerts": settled}
                personal = sealed_actor(staff)
                self._journal.append(transaction, "alert.settled", "success", facts=facts, personal=personal)

        self._database.transact(unit)

    def last_day(self) -> dict[str, int]:
        """How many entries of each type the log took in the last 24 hours."""
        since = self._world.epoch_ms() - _DAY_MS
        with self._database.reading() as connection:
            return {row.type: row.decisions for row in connection.execute(_DECISIONS, {"since": since})}


def _require(staff: StaffMember, *roles: str) -> None:
    if not staff.roles.intersection(roles):
        raise NotAllowed("this page is for the DPO and hospital IT")


def _line(row: Row[tuple[object, ...]], *, whole: bool) -> AccessLine:
    return AccessLine(
        access_id=row.id,
        patient_name=f"{row.birth_name} {row.given_names}, {row.birth_date}" if whole else "",
        ipp=row.ipp if whole else "",
        staff=load_staff_member(row.staff),
        mode=Mode(row.mode),
        reason_code=row.reason_code,
        reason_text=row.reason_text if whole else "",
        consent_basis=row.consent_basis,
        first_access=bool(row.first_access),
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        rules=tuple(rule["rule_id"] for rule in json.loads(row.decision)["rules"]),
        notice_state=row.notice_state or "",
        audit_entry_id=row.audit_entry_id,
    )
