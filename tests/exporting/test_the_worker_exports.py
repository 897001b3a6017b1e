"""The worker of an assembled gateway feeds the audit repository that its settings name, and lets go when told."""

import shutil
import threading
import time
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.settings import ExportSettings, Settings
from gateway.worker import Worker, WorkerStep, build_worker
from tests.exporting.conftest import whole_record
from tests.exporting.repository import repository
from tests.exporting.test_atna import entry_of, settings_for
from tests.gateways import assemble_on
from tests.notifications.certificates import tls_pair
from tests.worlds import StillWorld

PATIENCE_SECONDS = 15


def with_repository(settings: Settings, export: object) -> Settings:
    return settings.model_copy(update={"exports": ExportSettings.model_validate({"atna": export})})


def test_the_worker_sends_the_whole_record(demo_hospital: tuple[Settings, Path], tmp_path: Path) -> None:
    settings, file = demo_hospital
    shutil.copyfile(file, tmp_path / "hospital.db")
    context, _ = tls_pair(tmp_path)
    with repository(context) as receiver:
        towards = settings_for(receiver, tmp_path / "relay.pem", timeout_seconds=5)
        gateway = assemble_on(
            f"sqlite:///{tmp_path / 'hospital.db'}", with_repository(settings, towards), StillWorld().world
        )
        worker = build_worker(gateway)
        worker.start()
        try:
            from_log = {item.entry.entry_id for item in whole_record(gateway.exports.record._reader)}
            latest = time.monotonic() + PATIENCE_SECONDS
            while not from_log <= {entry_of(message) for message in receiver.received}:
                assert time.monotonic() < latest, "the entries did not arrive"
                time.sleep(0.05)
        finally:
            assert worker.stop()
            gateway.close()


def test_without_a_repository_nothing_is_sent_anywhere(demo_hospital: tuple[Settings, Path], tmp_path: Path) -> None:
    settings, file = demo_hospital
    shutil.copyfile(file, tmp_path / "hospital.db")
    gateway = assemble_on(f"sqlite:///{tmp_path / 'hospital.db'}", settings, StillWorld().world)
    assert gateway.exports.atna is None
    gateway.close()


def test_a_repository_whose_certificate_cannot_be_read_stops_the_start(
    demo_hospital: tuple[Settings, Path], tmp_path: Path
) -> None:
    settings, file = demo_hospital
    shutil.copyfile(file, tmp_path / "hospital.db")
    wrong = with_repository(settings, {"host": "127.0.0.1", "ca_file": tmp_path / "none.pem"})
    with pytest.raises(ConfigurationError, match="certificate or key"):
        assemble_on(f"sqlite:///{tmp_path / 'hospital.db'}", wrong, StillWorld().world)


def test_a_further_step_is_told_when_to_stop_and_one_that_fails_is_an_alert() -> None:
    alerts: list[str] = []
    stopped, failed = threading.Event(), threading.Event()

    def go_on(keep_going: object) -> None:
        while keep_going():  # type: ignore[operator]
            time.sleep(0.01)
        stopped.set()

    def fail(_: object) -> None:
        raise ValueError("a value that is nobody's business")

    def tell(kind: str, detail: str) -> None:
        alerts.append(f"{kind}: {detail}")
        failed.set()

    worker = Worker(
        deliver_due=lambda *, keep_going: None,
        publish_checkpoint=lambda: None,
        raise_alert=tell,
        checkpoint_every_ms=50,
        also=(WorkerStep("long", go_on, 60), WorkerStep("failing", fail, 60)),
    )
    worker.start()
    assert failed.wait(5)
    assert worker.stop()
    assert stopped.is_set()
    assert alerts == ["worker-failing: ValueError"]
