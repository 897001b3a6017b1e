"""The parts of this room, built and joined from the settings."""

from dataclasses import dataclass

from audit import AuditLog
from gateway.exporting.atna import AtnaExport
from gateway.exporting.event_parts import EventSource
from gateway.exporting.record import RecordReader
from gateway.exporting.record_export import RecordExport
from gateway.exporting.syslog import SyslogSender, claim_ms, tls_context
from gateway.exporting.trail import AuditTrail
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.journal import Journal
from gateway.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """`trail` answers `/fhir/AuditEvent`, `record` writes files, `atna` (None where off) feeds the audit repository."""

    trail: AuditTrail
    record: RecordExport
    atna: AtnaExport | None


def join_exports(settings: Settings, world: World, database: Database, journal: Journal) -> Exports:
    """Build them. Raises `ConfigurationError` for a certificate of the audit repository that cannot be read."""
    source, log = event_source(settings), journal.log
    return Exports(
        trail=AuditTrail(database=database, world=world, log=log, journal=journal, source=source),
        record=RecordExport(database=database, log=log, journal=journal, source=source),
        atna=_atna(settings, world, database, log) if settings.exports.atna.host else None,
    )


def event_source(settings: Settings) -> EventSource:
    """This gateway as the source of the audit events it gives out."""
    return EventSource(base_url=settings.server.base_url, site=settings.hospital.name)


def _atna(settings: Settings, world: World, database: Database, log: AuditLog) -> AtnaExport:
    towards = settings.exports.atna
    return AtnaExport(
        database=database,
        world=world,
        reader=RecordReader(database=database, log=log),
        source=event_source(settings),
        send=SyslogSender(towards, tls_context(towards)).send,
        batch=towards.batch,
        claim_ms=claim_ms(towards),
    )
