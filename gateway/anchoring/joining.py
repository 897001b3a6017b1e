"""The anchors of one gateway, built from the settings and joined: what the worker runs, and what people look at."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from audit import AuditLog, Checkpoint
from audit.bundle import Timestamp
from gateway.anchoring.duty import Duties
from gateway.anchoring.fault import fault_words
from gateway.anchoring.kept import MAIL, TIMESTAMP, WITNESS, KeptAnchor, kept_timestamps, newest
from gateway.anchoring.mailing import NAME, HeadMail, MailSender
from gateway.anchoring.stamping import StampedHead, Stamping
from gateway.anchoring.trust import KnownWitness, known_witnesses, trust_file, trust_policy
from gateway.anchoring.witnesses import ATTEMPTS, Witnessing
from gateway.errors import ConfigurationError, SettingFault
from gateway.notifications.channel import ChannelParts
from gateway.notifications.email import create_channel
from gateway.outbound import outbound_client
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.world import World

WHILE_SETTLING_MS = 30_000
MAIL_SECONDS = 60.0
HOUR_MS = 3_600_000
DAILY_MS = 26 * HOUR_MS  # an hour that changes twice a year, and one to send
ROUNDS_MISSED = 3
MOST_ROOTS_BYTES = 1_000_000
Round = Callable[[Callable[[], bool]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorLine:
    """One anchor that is configured. `time` (ms), `shard` and `size` are of the newest that was obtained, None and 0
    before the first; `failing_since` (ms) and `fault` (a `Fault`) while it is out of reach. `late`: the newest is older
    than its pace allows, whether a fault is known or not (a worker that died knows none)."""

    kind: str
    name: str
    shard: int
    size: int
    time: int | None
    failing_since: int | None
    fault: str
    late: bool = False

    @property
    def fault_fr(self) -> str:
        """What is wrong and what to do; empty while all is well."""
        return fault_words(self.fault, 0) if self.fault else ""

    @property
    def fault_en(self) -> str:
        """The same in English."""
        return fault_words(self.fault, 1) if self.fault else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchoring:
    """`rounds` are the worker's, each to be run often: it does nothing while nothing is due."""

    database: Database
    world: World
    duties: Duties
    paces_ms: Mapping[str, int]
    rounds: dict[str, Round]
    stamping: Stamping | None
    names: tuple[tuple[str, str], ...]
    witnesses: tuple[KnownWitness, ...]
    quorum: int

    def state(self) -> tuple[AnchorLine, ...]:
        """Every configured anchor, and how it does; empty where nothing is anchored outside. Raises `Unavailable`."""
        duties = self.duties.look()
        with self.database.reading() as connection:
            kept, head = newest(connection), SqlLogStore(connection).head()
        now = self.world.epoch_ms()
        return tuple(
            AnchorLine(
                kind=kind,
                name=name,
                shard=anchor.shard if (anchor := kept.get((kind, name))) else 0,
                size=anchor.size if anchor else 0,
                time=anchor.time if anchor else None,
                failing_since=duty.failing_since if (duty := duties.get((kind, name))) else None,
                fault=duty.fault if duty else "",
                late=anchor is not None and self._late(anchor, head, now),
            )
            for kind, name in self.names
        )

    def _late(self, anchor: KeptAnchor, head: Checkpoint | None, now: int) -> bool:
        """A witness that has the newest head is not late, however long the log has been quiet."""
        quiet = anchor.kind == WITNESS and head is not None and (anchor.shard, anchor.size) == (head.shard, head.size)
        return not quiet and now - anchor.time > self.paces_ms[anchor.kind]

    def timestamps(self) -> Sequence[Timestamp]:
        """The time-stamps that were obtained, for an export. Raises `Unavailable`."""
        with self.database.reading() as connection:
            return kept_timestamps(connection)

    def trust_file(self, vkey: str) -> str:
        """What a reader of our log is to trust, as a C2SP tlog-policy."""
        return trust_file(vkey, self.witnesses, self.quorum)

    def stamp_now(self) -> StampedHead | None:
        """A time-stamp on demand; None when nothing is signed yet. Raises AnchorFault, `Unavailable`, and
        `ConfigurationError` where no authority is configured."""
        if self.stamping is None:
            raise ConfigurationError((SettingFault("record.timestamp.url", "is empty: there is no authority to ask"),))
        return self.stamping.stamp_now()


def join_anchoring(settings: Settings, world: World, database: Database, log: AuditLog, vkey: str) -> Anchoring:
    """Build them. Raises `ConfigurationError` naming every setting that cannot be used."""
    faults: list[SettingFault] = []
    record, duties = settings.record, Duties(database, world)
    names: list[tuple[str, str]] = []
    rounds: dict[str, Round] = {}
    witnesses = known_witnesses(record.witnesses, faults)
    policy = trust_policy(vkey, witnesses, record.witnesses.quorum, faults) if not faults else None
    asked = record.witnesses
    client = None
    if witnesses:
        client = _client(asked.timeout_seconds, asked.ca_file, asked.proxy, "record.witnesses.ca_file", faults)
    if policy is not None and client is not None:
        witnessing = Witnessing(
            database=database,
            world=world,
            log=log,
            duties=duties,
            witnesses=witnesses,
            policy=policy,
            client=client,
            every_ms=asked.every_seconds * 1000,
            claim_ms=_claim_ms(asked.timeout_seconds * ATTEMPTS * 2),
        )
        rounds["witnesses"] = witnessing.run_due
        names += [(WITNESS, witness.name) for witness in witnesses]
    stamping = _stamping(settings, world, database, duties, faults) if record.timestamp.url else None
    if stamping is not None:
        rounds["time-stamp"] = stamping.run_due
        names.append((TIMESTAMP, stamping.name))
    if record.mail.to:
        rounds["head-mail"] = _head_mail(settings, world, database, duties).run_due
        names.append((MAIL, NAME))
    if faults:
        raise ConfigurationError(tuple(faults))
    return Anchoring(
        database=database,
        world=world,
        duties=duties,
        paces_ms={MAIL: DAILY_MS, TIMESTAMP: DAILY_MS, WITNESS: asked.every_seconds * 1000 * ROUNDS_MISSED + HOUR_MS},
        rounds=rounds,
        stamping=stamping,
        names=tuple(names),
        witnesses=witnesses,
        quorum=record.witnesses.quorum,
    )


def _stamping(
    settings: Settings, world: World, database: Database, duties: Duties, faults: list[SettingFault]
) -> Stamping | None:
    asked, roots = settings.record.timestamp, b""
    if urlsplit(asked.url).scheme not in ("http", "https") or not urlsplit(asked.url).hostname:
        faults.append(SettingFault("record.timestamp.url", "must be the http or https address of an authority"))
    try:
        if asked.roots_file is None:
            raise OSError("name the file with the authority's root certificates")
        with asked.roots_file.open("rb") as file:
            roots = file.read(MOST_ROOTS_BYTES)
    except OSError as error:
        faults.append(SettingFault("record.timestamp.roots_file", f"cannot be read: {error}"))
    client = _client(asked.timeout_seconds, asked.ca_file, asked.proxy, "record.timestamp.ca_file", faults)
    if faults or client is None:
        return None
    return Stamping(
        database=database,
        world=world,
        duties=duties,
        client=client,
        url=asked.url,
        roots=[roots],
        hour=asked.hour,
        claim_ms=_claim_ms(asked.timeout_seconds),
    )


def _head_mail(settings: Settings, world: World, database: Database, duties: Duties) -> HeadMail:
    parts = ChannelParts(
        settings=settings.notifications,
        host_name=urlsplit(settings.server.base_url).hostname or "localhost",
        sender_name=settings.hospital.name,
        now=world.now,
        deadline_seconds=MAIL_SECONDS,
    )
    return HeadMail(
        database=database,
        world=world,
        duties=duties,
        channel=create_channel(parts),
        sender=MailSender(settings.hospital.name, settings.server.base_url),
        to=settings.record.mail.to,
        hour=settings.record.mail.hour,
        claim_ms=_claim_ms(MAIL_SECONDS),
    )


def _client(
    seconds: float, ca_file: Path | None, proxy: str, key: str, faults: list[SettingFault]
) -> httpx.Client | None:
    try:
        return outbound_client(timeout_seconds=seconds, ca_file=ca_file, proxy=proxy)
    except (OSError, ssl.SSLError, ValueError, httpx.InvalidURL) as error:
        faults.append(SettingFault(key, f"cannot be used: {error}"))
        return None


def _claim_ms(seconds: float) -> int:
    """Longer than the calls can take: the claim of a worker that lives never ends under its hands."""
    return int(seconds * 1000) + WHILE_SETTLING_MS
