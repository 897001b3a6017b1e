"""The composition root: reads settings, builds the parts, joins them, and returns them as one frozen `Gateway`.

Nothing is built at import time, nothing anywhere else. A configuration that cannot work stops here, with every fault.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from audit import AuditLog, Signer
from gateway.access.continuing import Continuing
from gateway.access.finding import Finding
from gateway.access.notice_record import NoticeJournal
from gateway.access.opening import Opening
from gateway.access.owing import Owing
from gateway.access.reading import Reading
from gateway.access.recorders import AccessRecorder
from gateway.access.sign_in_record import IdentityRecorder
from gateway.anchoring.joining import Anchoring, join_anchoring
from gateway.dossiers.connector import ConnectorParts, DossierConnector
from gateway.dossiers.summary import load_summary_tables
from gateway.errors import ConfigurationError, SettingFault
from gateway.exporting.joining import Exports, join_exports
from gateway.identity.bearer import BearerTokens, PatientBearerTokens
from gateway.identity.sessions import Sessions
from gateway.identity.sign_in import SignIn
from gateway.identity.signed_in import Kind
from gateway.notifications.building import build_courier
from gateway.notifications.courier import Courier
from gateway.notifications.delivery import Deliveries
from gateway.notifications.letters import Letters
from gateway.notifications.minding import Minding
from gateway.notifications.operations import NoticeOperations
from gateway.notifications.report_folder import ReportFolder
from gateway.notifications.sms_receipts import SmsReceipts
from gateway.notifications.telling_back import build_letters, build_reports, build_sms_receipts
from gateway.oversight.building import Oversight, build_oversight
from gateway.oversight.erasure import Erasures
from gateway.oversight.health import Health
from gateway.oversight.lateness import Lateness
from gateway.oversight.lateness_watch import LatenessWatch
from gateway.oversight.retention import Retention
from gateway.oversight.watching import Watching
from gateway.portal.building import Portal, build_portal
from gateway.rulebook.building import build_rulebook
from gateway.rulebook.following import Following
from gateway.rulebook.in_force import RulesInForce
from gateway.rulebook.publishing import Publishing
from gateway.sequencing import Sequencing
from gateway.settings import ProviderSettings, Settings
from gateway.signed_log import open_log
from gateway.storage.database import Database
from gateway.storage.journal import Journal
from gateway.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Every part, built and joined."""

    settings: Settings
    world: World
    database: Database
    rules: RulesInForce
    log: AuditLog
    journal: Journal
    sign_in: SignIn
    patient_sign_in: SignIn | None
    sessions: Sessions
    bearer: BearerTokens
    patient_bearer: PatientBearerTokens | None
    exports: Exports
    erasures: Erasures
    retention: Retention
    finding: Finding
    opening: Opening
    continuing: Continuing
    reading: Reading
    watching: Watching
    oversight: Oversight
    portal: Portal
    health: Health
    lateness_watch: LatenessWatch
    courier: Courier
    deliveries: Deliveries
    sms_receipts: SmsReceipts | None
    letters: Letters | None
    mail_reports: ReportFolder | None
    notice_minding: Minding
    notices: NoticeOperations
    sequencing: Sequencing
    anchoring: Anchoring
    publishing: Publishing
    following: Following

    def close(self) -> None:
        """Let go of what is held open."""
        self.following.stop()
        self.lateness_watch.stop()
        self.database.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Foundation:
    """What nearly every part stands on."""

    settings: Settings
    world: World
    database: Database
    rules: RulesInForce
    journal: Journal
    recorder: AccessRecorder


def assemble(settings: Settings, world: World) -> Gateway:
    """Build the gateway. Raises `ConfigurationError` naming every setting that cannot be used, `RecordUnavailable`
    when the database does not take the entry that says which rules were loaded."""
    log, signer = open_log(settings, world)
    database = Database(settings.database.url, pool_size=settings.database.pool_size)
    journal = Journal(log, world)
    rulebook = build_rulebook(database=database, world=world, journal=journal, log=log, settings=settings.policies)
    rules = rulebook.rules
    on = _Foundation(
        settings=settings,
        world=world,
        database=database,
        rules=rules,
        journal=journal,
        recorder=AccessRecorder(journal),
    )
    lateness = Lateness(database=database, world=world, late_after_ms=settings.record.late_after_ms)
    finding = Finding(database=database, world=world, recorder=on.recorder, settings=settings)
    oversight = _oversight(on, log, signer)
    identity, sign_ins, notice_record = settings.identity, IdentityRecorder(journal), NoticeJournal(journal)
    deliveries = Deliveries(recorder=notice_record, settings=settings.notifications)
    return Gateway(
        settings=settings,
        world=world,
        database=database,
        rules=rules,
        log=log,
        journal=journal,
        sign_in=_sign_in(on, "staff", identity.staff, sign_ins),
        patient_sign_in=_sign_in(on, "patient", identity.patient, sign_ins) if identity.patient else None,
        sessions=Sessions(database=database, world=world, settings=identity, recorder=sign_ins),
        bearer=_bearer(on),
        patient_bearer=_patient_bearer(on),
        exports=join_exports(settings, world, database, journal),
        erasures=Erasures(database=database, world=world, journal=journal),
        retention=Retention(database=database, world=world, journal=journal, settings=settings.record),
        finding=finding,
        opening=_opening(on),
        continuing=_continuing(on),
        reading=_reading(on),
        watching=Watching(database=database, world=world, journal=journal, rules=rules),
        oversight=oversight,
        portal=_portal(on, log, finding, oversight),
        health=Health(database=database, world=world, rules=rules, lateness=lateness),
        lateness_watch=LatenessWatch(lateness),
        courier=build_courier(settings, database, world, notice_record),
        deliveries=deliveries,
        sms_receipts=build_sms_receipts(settings.notifications, database=database, world=world, deliveries=deliveries),
        letters=build_letters(settings.notifications, database=database, world=world, deliveries=deliveries),
        mail_reports=build_reports(settings.notifications, database=database, world=world, deliveries=deliveries),
        notice_minding=_minding(on, notice_record),
        notices=_notice_operations(on, notice_record),
        sequencing=_sequencing(on, log, signer),
        anchoring=join_anchoring(settings, world, database, log, str(signer.verifier)),
        publishing=rulebook.publishing,
        following=rulebook.following,
    )


def _sign_in(on: _Foundation, kind: Kind, provider: ProviderSettings, recorder: IdentityRecorder) -> SignIn:
    return SignIn(
        kind=kind,
        provider=provider,
        base_url=on.settings.server.base_url,
        database=on.database,
        world=on.world,
        recorder=recorder,
        loopback_allowed=_is_demo(on.settings),
    )


def _bearer(on: _Foundation) -> BearerTokens:
    identity = on.settings.identity
    return BearerTokens(
        bearer=identity.bearer, provider=identity.staff, world=on.world, loopback_allowed=_is_demo(on.settings)
    )


def _patient_bearer(on: _Foundation) -> PatientBearerTokens | None:
    identity = on.settings.identity
    if identity.patient is None:
        return None
    return PatientBearerTokens(
        bearer=identity.bearer, provider=identity.patient, world=on.world, loopback_allowed=_is_demo(on.settings)
    )


def _opening(on: _Foundation) -> Opening:
    return Opening(
        database=on.database,
        world=on.world,
        rules=on.rules,
        recorder=on.recorder,
        owing=Owing(on.world),
        hospital=on.settings.hospital,
    )


def _continuing(on: _Foundation) -> Continuing:
    return Continuing(
        database=on.database,
        world=on.world,
        rules=on.rules,
        recorder=on.recorder,
        hospital=on.settings.hospital,
    )


def _reading(on: _Foundation) -> Reading:
    return Reading(
        database=on.database,
        world=on.world,
        rules=on.rules,
        recorder=on.recorder,
        connector=_connector(on.settings, on.database),
        tables=load_summary_tables(),
        hospital=on.settings.hospital,
        settings=on.settings.dossiers,
    )


def _oversight(on: _Foundation, log: AuditLog, signer: Signer) -> Oversight:
    return build_oversight(
        settings=on.settings,
        database=on.database,
        world=on.world,
        log=log,
        journal=on.journal,
        verifier_key=str(signer.verifier),
    )


def _portal(on: _Foundation, log: AuditLog, finding: Finding, oversight: Oversight) -> Portal:
    return build_portal(
        settings=on.settings,
        database=on.database,
        world=on.world,
        log=log,
        journal=on.journal,
        finding=finding,
        book=oversight.contesting,
    )


def _sequencing(on: _Foundation, log: AuditLog, signer: Signer) -> Sequencing:
    return Sequencing(
        database=on.database,
        world=on.world,
        log=log,
        signer=signer,
        every_ms=on.settings.record.checkpoint_every_ms,
    )


def _minding(on: _Foundation, recorder: NoticeJournal) -> Minding:
    return Minding(database=on.database, world=on.world, recorder=recorder, settings=on.settings.notifications.delivery)


def _notice_operations(on: _Foundation, recorder: NoticeJournal) -> NoticeOperations:
    return NoticeOperations(
        database=on.database, world=on.world, recorder=recorder, settings=on.settings.notifications.delivery
    )


def _is_demo(settings: Settings) -> bool:
    return settings.profile == "demo"


def _connector(settings: Settings, database: Database) -> DossierConnector:
    factory = _plug("gateway.dossier_connectors", settings.dossiers.connector, "dossiers.connector")
    parts = ConnectorParts(
        engine=database.reading_engine, options={}, timeout_seconds=settings.dossiers.timeout_seconds
    )
    connector: DossierConnector = factory(parts)
    return connector


def _plug(group: str, name: str, key: str) -> Callable[[Any], Any]:
    """A built-in or a hospital's own part, by its entry point. An unknown name stops the start-up."""
    known = {point.name: point for point in entry_points(group=group)}
    if name not in known:
        raise ConfigurationError((SettingFault(key, f"no {name!r}; known: {', '.join(sorted(known)) or 'none'}"),))
    factory: Callable[[Any], Any] = known[name].load()
    return factory
