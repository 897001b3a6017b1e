"""Every byte that left the demo, over all its patients, both languages and all channels, tells a stranger nothing."""

import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import select, update
from werkzeug.serving import make_server

from gateway.access.outcome import Granted
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.api import create_api
from gateway.assembly import Gateway, assemble
from gateway.demo.catcher.mailbox import Mailbox
from gateway.demo.catcher.server import Catcher
from gateway.demo.catcher.sms_provider import Receipts, SmsProvider
from gateway.demo.caught import CaughtMessages
from gateway.demo.hospital.scenarios import SCENARIOS, Scenario
from gateway.demo.personas import PERSONAS
from gateway.notifications.discretion import load_health_words
from gateway.notifications.gsm7 import SEGMENT_SEPTETS, septets
from gateway.notifications.notice import NoticeState, Recipient
from gateway.settings import NotificationSettings, Settings
from gateway.storage.tables import patient, patient_contact
from policies import Mode
from tests.demo.test_hospital_scenarios import patient_id, signed_in
from tests.notifications.letter_text import words_of_letter
from tests.worlds import StillWorld

UNITS = ("URG", "SAMU", "PUI", "urgences", "Centre 15")
NAMES = sorted({name for one in PERSONAS if one.kind == "staff" for name in (one.given_name, one.family_name)})
TELLING = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in (*UNITS, *NAMES)), re.IGNORECASE)


@dataclass
class Outside:
    """The gateway with the demo's own carriers, all of them real, and what they took."""

    gateway: Gateway
    mailbox: Mailbox
    letters: Path

    def open_everything(self, persona: str) -> int:
        """Break the glass, or regulate, wherever the rules let this persona; how many dossiers opened."""
        staff, mode = signed_in(self.gateway, persona), Mode.CENTRE_15 if persona == "regulateur" else Mode.BREAK_GLASS
        code = "regulation" if persona == "regulateur" else "vital_emergency"
        return sum(
            isinstance(self.gateway.opening.open_dossier(staff, self._request(one, mode, code)), Granted)
            for one in SCENARIOS
        )

    def _request(self, scenario: Scenario, mode: Mode, code: str) -> AccessRequest:
        return AccessRequest(
            request_id=self.gateway.world.new_id(),
            patient=PatientSelector(patient_id=patient_id(self.gateway, scenario)),
            mode=mode,
            reason=Reason(code),
        )

    def deliver(self) -> None:
        """Everything that is due."""
        while self.gateway.courier.deliver_due(100).handled:
            pass


@contextmanager
def serving(gateway: Gateway, port: int) -> Iterator[None]:
    """The API's door, for the receipts."""
    server = make_server("127.0.0.1", port, create_api(gateway), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


@pytest.fixture
def outside(request: pytest.FixtureRequest, tmp_path: Path, demo_hospital: tuple[Settings, Path]) -> Iterator[Outside]:
    """All carriers, or those of the parameter alone."""
    settings, hospital = demo_hospital
    shutil.copyfile(hospital, tmp_path / "hospital.db")
    still = StillWorld()
    mailbox = Mailbox(tmp_path / "mailbox.db", still.world.now)
    sms = settings.notifications.sms
    assert sms is not None
    assert sms.receipts is not None
    assert sms.secret_file is not None
    door = make_server("127.0.0.1", 0, lambda *_: [])
    door_port = door.server_port
    door.server_close()
    receipts = Receipts(
        url=f"http://127.0.0.1:{door_port}/api/v1/delivery-receipts/sms",
        secret=sms.receipts.secret_file.read_text().strip(),
        signature_header=sms.receipts.signature_header,
        timestamp_header=sms.receipts.timestamp_header,
    )
    catcher = Catcher(mailbox)
    provider = SmsProvider(mailbox, secret=sms.secret_file.read_text().strip(), receipts=receipts, now=still.world.now)
    moved = _moved(settings.notifications, catcher.start(), provider.start(), tmp_path, getattr(request, "param", None))
    database = settings.database.model_copy(update={"url": f"sqlite:///{tmp_path / 'hospital.db'}"})
    gateway = assemble(settings.model_copy(update={"notifications": moved, "database": database}), still.world)
    with serving(gateway, door_port):
        yield Outside(gateway, mailbox, tmp_path / "letters")
    provider.stop()
    catcher.stop()
    gateway.close()


def _moved(given: NotificationSettings, smtp: int, sms: int, folder: Path, channel: str | None) -> NotificationSettings:
    assert given.sms is not None
    assert given.letter is not None
    return given.model_copy(
        update={
            "channels": given.channels if channel is None else (channel,),
            "smtp": given.smtp.model_copy(update={"port": smtp}),
            "sms": given.sms.model_copy(update={"url": f"http://127.0.0.1:{sms}/messages"}),
            "letter": given.letter.model_copy(update={"folder": folder / "letters"}),
        }
    )


def reach_everyone(gateway: Gateway, language: str) -> None:
    """Every patient speaks the language, has a mobile phone and an address."""

    def unit(tx: object) -> None:
        connection = tx.connection  # type: ignore[attr-defined]
        connection.execute(update(patient).values(language=language))
        own = update(patient_contact).where(patient_contact.c.kind == "patient")
        connection.execute(
            own.values(email="quelquun@demo.test", phone="06 39 98 00 01", address="1 rue des Lilas, 75013 Paris")
        )

    gateway.database.transact(unit)


def names_of_patients(gateway: Gateway) -> re.Pattern[str]:
    with gateway.database.reading() as connection:
        rows = connection.execute(select(patient.c.birth_name, patient.c.used_name, patient.c.given_names)).all()
    named = {scenario.ipp for scenario in SCENARIOS}
    assert named
    words = {word for row in rows for word in (row.birth_name, row.used_name, *row.given_names.split()) if word}
    return re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(words)))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("outside", ["email", "sms", "letter"], indirect=True)
def test_nothing_that_left_tells_a_stranger_anything(outside: Outside, language: str) -> None:
    reach_everyone(outside.gateway, language)
    assert outside.open_everything("interne") >= 9
    assert outside.open_everything("regulateur") >= 8
    outside.deliver()
    (channel,) = outside.gateway.settings.notifications.channels
    said = list(words_that_left(outside))
    assert len(said) >= 15
    health, patients = load_health_words(), names_of_patients(outside.gateway)
    hospital = outside.gateway.settings.hospital.name
    for text in said:
        assert not TELLING.search(text), TELLING.search(text)
        assert health.in_text(text.replace(hospital, "")) == (), text
        assert not patients.search(text), patients.search(text)
    if channel == "sms":
        assert all(septets(text) <= SEGMENT_SEPTETS for text in said)
    spoken = "dossier" if language == "fr" else "record"
    assert all(spoken in text for text in said)


def words_that_left(outside: Outside) -> Iterator[str]:
    """What each carrier took, whole, but for the address on the envelope: an e-mail's To, a letter's window."""
    for mail in outside.mailbox.newest(500):
        head = message_from_bytes(mail.raw)
        headers = "\n".join(f"{name}: {value}" for name, value in head.items() if name not in ("To", "From"))
        assert mail.sender.endswith("<acces-dossier@chu-demo.test>")
        yield "\n".join((headers, mail.subject, mail.text, re.sub(r"<[^>]*>", " ", mail.html)))
    for message in outside.mailbox.newest_texts(500):
        yield message.text
    for file in sorted(outside.letters.glob("*/*.pdf")):
        words = words_of_letter(file)
        assert "1 rue des Lilas" in words
        # The window ends with the town; the date and the letter come after it.
        yield words.partition("75013 Paris")[2]


def test_the_three_ways_and_a_person_are_all_tried_and_the_text_message_is_proved(outside: Outside) -> None:
    assert outside.open_everything("senior") >= 9
    outside.deliver()
    caught = CaughtMessages(outside.mailbox, outside.letters, outside.gateway.database)
    shown = caught.newest()
    to_patients = {
        one.whom.patient: one.kind for one in shown if one.whom is not None and one.whom.recipient is Recipient.PATIENT
    }
    assert to_patients["Jean-Baptiste ROUSSILLON"] == "sms"
    assert to_patients["Loïc KERVELLA"] == "letter"
    assert "Nadia HADDAD" not in to_patients
    assert all(one.whom is not None for one in shown)
    (letter,) = [one for one in shown if one.kind == "letter"]
    opened = caught.letter(letter.batch, letter.file)
    assert opened is not None
    assert opened.read_bytes().startswith(b"%PDF-")
    assert caught.letter(letter.batch, "../hospital.db") is None
    assert caught.letter("..", letter.file) is None
    ends = time.monotonic() + 10
    while outside.gateway.notices.counts()[NoticeState.DELIVERED] < 1:
        assert time.monotonic() < ends, "the signed receipt did not come back"
        time.sleep(0.1)
