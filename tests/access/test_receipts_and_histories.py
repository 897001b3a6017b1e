"""What patients keep: a receipt within a second, proven or signed by the gateway, and their whole history."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from audit import Receipt, Verifier
from audit.errors import HistoryError
from audit.history import History
from gateway.access.outcome import Granted
from gateway.access.receipts import Patience, Receipts
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.assembly import Gateway
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.errors import Unavailable
from gateway.identity.staff_member import TRE_G15, PatientHolder
from gateway.oversight.erasing import erase_patient
from gateway.portal.building import build_portal
from gateway.portal.history import History as Histories
from gateway.storage.transaction import Transaction
from policies import Mode
from tests.access.conftest import staff_member

SENIOR = staff_member("senior", TRE_G15, "10", specialty="SM26")
SCENARIO = next(scenario for scenario in SCENARIOS if scenario.key == "minor_hidden_act")
HOLDER = PatientHolder(
    key="sub:https://patients.test|minor",
    issuer="https://patients.test",
    subject="minor",
    birth_name=SCENARIO.birth_name,
    given_names=SCENARIO.given_names,
    birth_date=SCENARIO.born,
    sex=SCENARIO.sex,
    authenticated_at=0,
)


@dataclass
class Clock:
    """A second that passes only while somebody waits; `meanwhile` happens then."""

    meanwhile: Callable[[], object] = lambda: None
    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def patience(self) -> Patience:
        return Patience(monotonic=lambda: self.now, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        self.meanwhile()


def opened(gateway: Gateway) -> Granted:
    outcome = gateway.opening.open_dossier(
        SENIOR,
        AccessRequest(
            request_id=gateway.world.new_id(),
            patient=PatientSelector(ipp=SCENARIO.ipp),
            mode=Mode.BREAK_GLASS,
            reason=Reason("vital_emergency"),
        ),
    )
    assert isinstance(outcome, Granted)
    return outcome


def receipts(gateway: Gateway, clock: Clock) -> Receipts:
    return Receipts(database=gateway.database, world=gateway.world, log=gateway.log, patience=clock.patience())


def histories(gateway: Gateway, clock: Clock) -> Histories:
    return build_portal(
        settings=gateway.settings,
        database=gateway.database,
        world=gateway.world,
        log=gateway.log,
        journal=gateway.journal,
        finding=gateway.finding,
        book=gateway.oversight.contesting,
        patience=clock.patience(),
    ).history


def key(gateway: Gateway) -> Verifier:
    return Verifier(gateway.sequencing.verifier_key)


def read(file: object) -> Receipt:
    return Receipt.from_json(json.dumps(file))


def history(gateway: Gateway) -> History:
    clock = Clock(gateway.sequencing.publish_checkpoint)
    return History.from_json(json.dumps(histories(gateway, clock).file(HOLDER)))


def test_a_receipt_waits_for_its_head_and_no_longer(gateway: Gateway) -> None:
    clock = Clock(gateway.sequencing.publish_checkpoint)
    receipt = read(receipts(gateway, clock).of_entry(opened(gateway).access.audit.entry_id, ["patient"]))
    assert receipt.verify(key(gateway)).entry.type == "access.opened"
    assert len(clock.waits) == 1


def test_without_a_sequencer_the_answer_comes_after_a_second_signed_by_the_gateway(gateway: Gateway) -> None:
    gateway.sequencing.announce_receipt_key()
    gateway.sequencing.publish_checkpoint()
    clock = Clock()
    granted = opened(gateway)
    receipt = read(receipts(gateway, clock).of_entry(granted.access.audit.entry_id, []))
    assert receipt.state == "pending"
    assert receipt.verify_promise(key(gateway)).entry_id == granted.access.audit.entry_id
    assert 0.9 <= sum(clock.waits) <= 1.1


def test_a_patient_s_history_is_shown_complete(gateway: Gateway) -> None:
    opened(gateway)
    opened(gateway)
    verified = history(gateway).verify(key(gateway))
    assert verified.complete
    assert [item.entry.type for item in verified.entries] == ["access.opened", "access.resumed", "history.given"]
    assert not any(name.startswith("staff") for item in verified.entries for name in item.personal)


def test_an_erasure_by_order_leaves_a_complete_history_and_a_silent_one_does_not(gateway: Gateway) -> None:
    patient_id = opened(gateway).access.patient.id

    def erase_and_say(say: bool) -> None:
        with gateway.database.reading() as connection:
            period = str(connection.exec_driver_sql("SELECT MAX(period) FROM audit_key").scalar())

        def unit(tx: Transaction) -> None:
            for month in erase_patient(tx.connection, gateway.log, patient_id, period):
                gateway.journal.append(tx, "record.erased", "success", personal=month.personal if say else None)

        gateway.database.transact(unit)

    erase_and_say(True)
    verified = history(gateway).verify(key(gateway))
    assert verified.complete
    assert verified.erased[0][0] == 1
    erase_and_say(False)
    with pytest.raises(HistoryError):
        history(gateway).verify(key(gateway))


def test_a_history_that_cannot_be_complete_is_not_given(gateway: Gateway) -> None:
    with pytest.raises(Unavailable):
        histories(gateway, Clock()).file(HOLDER)
