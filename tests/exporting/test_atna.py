"""The record at an audit repository over TLS: at least once, in order, never lost, whatever the repository does."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import text

from audit import AuditLog, Signer
from gateway.errors import ConfigurationError, Unavailable
from gateway.exporting.atna import ALERT, AtnaExport
from gateway.exporting.dicom_message import audit_messages
from gateway.exporting.event_parts import EventSource
from gateway.exporting.record import RecordReader
from gateway.exporting.syslog import RepositoryUnavailable, SyslogSender, framed, syslog_message, tls_context
from gateway.sequencing import Sequencing
from gateway.settings import AtnaSettings
from gateway.storage.database import Database
from gateway.storage.journal import Journal
from tests.exporting.conftest import Night
from tests.exporting.entries import entry
from tests.exporting.repository import Mood, Repository, repository
from tests.notifications.certificates import tls_pair
from tests.worlds import StillWorld

SOURCE = EventSource(base_url="https://gateway.test", site="CH d'essai")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    folder = tmp_path_factory.mktemp("repository")
    server, _ = tls_pair(folder)
    return server, folder / "relay.pem"


@pytest.fixture
def receiver(certificates: tuple[ssl.SSLContext, Path]) -> Iterator[Repository]:
    with repository(certificates[0]) as opened:
        yield opened


def settings_for(receiver: Repository, ca_file: Path | None, **changes: object) -> AtnaSettings:
    values = {"host": "127.0.0.1", "port": receiver.port, "ca_file": ca_file, "timeout_seconds": 0.5, **changes}
    return AtnaSettings.model_validate(values)


@dataclass
class Sending:
    """A small record, and its way to the repository."""

    database: Database
    still: StillWorld
    journal: Journal
    sequencing: Sequencing
    export: AtnaExport
    receiver: Repository

    def record(self, count: int) -> list[str]:
        ids = []
        for number in range(count):
            receipt = self.database.transact(
                lambda tx, n=number: self.journal.append(tx, "test.happened", "success", facts={"number": n})
            )
            ids.append(receipt.entry_id)
        self.sequencing.publish_checkpoint()
        return ids

    def alerts(self) -> list[bool]:
        with self.database.reading() as connection:
            rows = connection.execute(text("SELECT resolved_at FROM alert WHERE kind = :kind"), {"kind": ALERT})
            return [row.resolved_at is not None for row in rows]

    def arrived(self) -> list[str]:
        return [entry_of(message) for message in self.receiver.received]


def entry_of(message: bytes) -> str:
    root = etree.fromstring(message.partition(b" - ")[2])
    objects = root.findall("ParticipantObjectIdentification[@ParticipantObjectTypeCodeRole='13']")
    return str(objects[-1].get("ParticipantObjectID"))


@pytest.fixture
def sending(
    database: Database, still_world: StillWorld, receiver: Repository, certificates: tuple[ssl.SSLContext, Path]
) -> Sending:
    log = AuditLog("test/log", "gateway-test", still_world.world.random_bytes, bytes(32))
    settings = settings_for(receiver, certificates[1])
    return Sending(
        database=database,
        still=still_world,
        journal=Journal(log, still_world.world),
        sequencing=Sequencing(
            database=database,
            world=still_world.world,
            log=log,
            signer=Signer.from_seed("test/log", bytes(32)),
            every_ms=1000,
        ),
        export=AtnaExport(
            database=database,
            world=still_world.world,
            reader=RecordReader(database=database, log=log),
            source=SOURCE,
            send=SyslogSender(settings, tls_context(settings)).send,
            batch=4,
            claim_ms=60_000,
        ),
        receiver=receiver,
    )


def test_every_entry_arrives_once_in_the_order_of_the_tree_and_the_cursor_is_durable(sending: Sending) -> None:
    ids = sending.record(10)
    assert sending.export.run_due() == 10
    assert set(sending.arrived()) == set(ids)
    assert len(sending.arrived()) == 10
    assert sending.export.run_due() == 0
    later = sending.record(2)
    assert sending.export.run_due() == 2
    assert set(sending.arrived()[10:]) == set(later)
    assert sending.receiver.connections == 4
    assert sending.alerts() == []


@pytest.mark.parametrize("mood", [mood for mood in Mood if mood is not Mood.GOOD])
def test_a_repository_that_fails_loses_nothing_raises_one_alert_and_hears_it_all_later(
    sending: Sending, mood: Mood
) -> None:
    ids = sending.record(3)
    sending.receiver.mood = mood
    for _ in range(2):
        assert sending.export.run_due() == 0
        sending.still.pass_time(minutes=6)
    assert sending.alerts() == [False]
    sending.receiver.mood = Mood.GOOD
    sending.receiver.received.clear()
    assert sending.export.run_due() == 3
    assert set(sending.arrived()) == set(ids)
    assert sending.alerts() == [True]


def test_a_repository_that_is_down_is_not_asked_again_at_once(sending: Sending) -> None:
    sending.record(1)
    sending.receiver.mood = Mood.REFUSES
    sending.export.run_due()
    sending.export.run_due()
    assert sending.receiver.connections == 1
    sending.still.pass_time(seconds=6)
    sending.export.run_due()
    assert sending.receiver.connections == 2


def test_a_worker_that_dies_with_a_batch_loses_nothing_and_two_never_send_at_once(sending: Sending) -> None:
    sending.record(2)

    class Dies(BaseException):
        pass

    def die(messages: object) -> None:
        # While one sends, the other finds the work claimed.
        assert sending.export.run_due() == 0
        raise Dies

    dying = AtnaExport(
        database=sending.database,
        world=sending.still.world,
        reader=sending.export._reader,
        source=SOURCE,
        send=die,
        batch=4,
        claim_ms=60_000,
    )
    with pytest.raises(Dies):
        dying.run_due()
    assert sending.arrived() == []
    sending.still.pass_time(minutes=2)
    assert sending.export.run_due() == 2


def test_an_entry_that_is_not_committed_to_the_tree_yet_waits(sending: Sending) -> None:
    sending.database.transact(lambda tx: sending.journal.append(tx, "test.happened", "success"))
    assert sending.export.run_due() == 0
    sending.sequencing.publish_checkpoint()
    assert sending.export.run_due() == 1


def test_a_bare_close_counts_only_where_the_hospital_says_so(
    receiver: Repository, certificates: tuple[ssl.SSLContext, Path]
) -> None:
    receiver.mood = Mood.CLOSES_BARE
    strict, lenient = (
        settings_for(receiver, certificates[1], accept_bare_close=accepted) for accepted in (False, True)
    )
    with pytest.raises(RepositoryUnavailable, match="close"):
        SyslogSender(strict, tls_context(strict)).send([b"<85>1 x"])
    SyslogSender(lenient, tls_context(lenient)).send([b"<85>1 x"])


def test_a_certificate_nobody_vouches_for_or_of_another_name_is_refused(
    receiver: Repository, certificates: tuple[ssl.SSLContext, Path], tmp_path: Path
) -> None:
    _, _ = tls_pair(tmp_path)
    for settings in (
        settings_for(receiver, tmp_path / "relay.pem"),
        settings_for(receiver, None),
        settings_for(receiver, certificates[1], host="localhost"),
    ):
        with pytest.raises(RepositoryUnavailable, match="connect"):
            SyslogSender(settings, tls_context(settings)).send([b"secret"])
    assert receiver.received == []


def test_nothing_listening_is_told_within_the_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = AtnaSettings(host="127.0.0.1", port=port, timeout_seconds=0.5)
    with pytest.raises(RepositoryUnavailable):
        SyslogSender(settings, tls_context(settings)).send([b"x"])


def test_a_large_batch_to_a_receiver_that_never_reads_ends_in_time(
    receiver: Repository, certificates: tuple[ssl.SSLContext, Path]
) -> None:
    receiver.mood = Mood.HANGS
    settings = settings_for(receiver, certificates[1])
    with pytest.raises(RepositoryUnavailable, match="send"):
        SyslogSender(settings, tls_context(settings)).send([b"x" * 1_000_000] * 20)


def test_a_certificate_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="certificate or key"):
        tls_context(AtnaSettings(host="a", ca_file=tmp_path / "none.pem"))


def test_a_database_that_is_down_is_told_and_sends_nothing(sending: Sending) -> None:
    sending.record(1)
    sending.database.transact(lambda tx: tx.connection.execute(text("DROP TABLE export_cursor")))
    with pytest.raises(Unavailable):
        sending.export.run_due()
    assert sending.arrived() == []


def test_the_message_has_the_header_of_rfc_5424_and_the_frame_of_rfc_5425() -> None:
    base_url, content = "https://acces.hopital.example", b"<a>\xc3\xa9</a>"
    message = syslog_message("2026-11-22T03:00:00.000Z", base_url, "gateway 1é", content)
    header = b"<85>1 2026-11-22T03:00:00.000Z acces.hopital.example emergency-access-gateway gateway-1- IHE+RFC-3881 - "
    assert message == header + content
    assert framed(b"\xc3\xa9") == b"2 \xc3\xa9"


def test_each_entry_of_a_night_is_a_dicom_audit_message_of_the_required_shape(night: Night) -> None:
    order = ["EventIdentification", "ActiveParticipant", "AuditSourceIdentification", "ParticipantObjectIdentification"]
    for item in night.entries:
        for content in audit_messages(item, night.source):
            assert len(content) < 8_192
            root = etree.fromstring(content)
            assert root.tag == "AuditMessage"
            places = [order.index(child.tag) for child in root]
            assert places == sorted(places)
            assert {0, 1, 2} <= set(places)
            (identification,) = root.findall("EventIdentification")
            assert identification.get("EventActionCode") in set("CRUDE")
            assert identification.get("EventOutcomeIndicator") in {"0", "4", "8", "12"}
            assert identification.find("EventID").get("codeSystemName") == "DCM"
            people = root.findall("ActiveParticipant")
            assert [one.get("UserIsRequestor") for one in people].count("true") == 1
            assert all(one.get("UserID") for one in people)
            for element in root.iter("EventID", "EventTypeCode", "RoleIDCode", "ParticipantObjectIDTypeCode"):
                assert element.get("csd-code")
                assert element.get("codeSystemName")
                assert element.get("originalText")


def test_a_message_says_break_glass_and_names_neither_token_nor_ins(night: Night) -> None:
    (content,) = audit_messages(night.of_type("access.opened"), night.source)
    codes = [element.get("csd-code") for element in etree.fromstring(content).iter("EventTypeCode")]
    assert codes == ["110127", "access.opened"]
    assert b"eyJ" not in content
    assert b"279035121518989" not in content


def test_a_name_xml_cannot_hold_does_not_stop_the_export() -> None:
    from_outside = {"person/1": {"staff": {"key": "sub:https://a|b", "name": "A\x00B\ud7ff\x0b"}}}
    (content,) = audit_messages(entry("access.resumed", personal=from_outside), SOURCE)
    assert etree.fromstring(content).find("ActiveParticipant").get("UserName") == "A\ufffdB\ud7ff\ufffd"
