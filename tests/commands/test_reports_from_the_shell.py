"""`gateway notices reports` and `show`: a mailbox of reports read by hand, and a way that was perhaps sent in words."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select, update

from gateway.__main__ import main
from gateway.demo.configuration import write_configuration
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.tables import notice, notice_attempt, patient
from gateway.world import real_world
from tests.notifications.mail_reports import report
from tests.notifications.outbox_rows import owe_notice


class Office:
    """A configuration with a database where one mail was sent, and may have arrived."""

    def __init__(self, folder: Path, hospital: Path) -> None:
        self.config = write_configuration(folder, 8099, real_world())
        shutil.copyfile(hospital, folder / "gateway.db")
        world, database = real_world(), Database(f"sqlite:///{folder / 'gateway.db'}")
        with database.reading() as connection:
            patient_id = connection.execute(select(patient.c.id)).scalars().first()
        self.notice_id = owe_notice(database, world, str(patient_id)).id
        self.envelope_id = world.new_id()
        row = {
            "id": self.envelope_id, "notice_id": self.notice_id, "turn": 1, "channel": "email",
            "idempotency_key": self.notice_id, "address_digest": "d", "address_kind": "email", "state": "unanswered",
            "failure": "smtp-lost-send", "sends": 1, "uncertain": 1, "started_at": 0,
        }  # fmt: skip
        sent = update(notice).where(notice.c.id == self.notice_id).values(state="sent", channel="email")
        database.transact(
            lambda tx: (
                tx.connection.execute(insert(notice_attempt).values(row)).rowcount,
                tx.connection.execute(sent).rowcount,
            )
        )
        database.close()

    def run(self, *words: str, language: str = "fr") -> Result:
        environment = {"GATEWAY_CONFIG": str(self.config), "LANG": language, "LC_ALL": language}
        return CliRunner().invoke(main, ["notices", *words], env=environment)

    def bounce(self) -> bytes:
        return report("failed", envelope_id=self.envelope_id)


@pytest.fixture
def office(tmp_path: Path, demo_hospital: tuple[Settings, Path]) -> Office:
    return Office(tmp_path, demo_hospital[1])


def test_a_way_that_was_perhaps_sent_says_so_in_words(office: Office) -> None:
    shown = office.run("show", office.notice_id)
    assert shown.exit_code == 0, shown.output
    assert "peut-être envoyé, sans réponse" in shown.output
    assert "perhaps sent, no answer" in shown.output
    (way,) = json.loads(office.run("show", office.notice_id, "--json").output)["attempts_made"]
    assert (way["state"], way["uncertain"], way["failure"]) == ("unanswered", 1, "smtp-lost-send")


def test_a_maildir_is_read_once_and_what_is_no_report_stays_unread(office: Office, tmp_path: Path) -> None:
    box = tmp_path / "box"
    (box / "new").mkdir(parents=True)
    (box / "new" / "a").write_bytes(office.bounce())
    (box / "new" / "b").write_bytes(b"Subject: bonjour\r\n\r\nJe suis absent.\r\n")
    assert json.loads(office.run("reports", str(box), "--json").output) == {"undelivered": 1, "unread": 1}
    assert sorted(one.name for one in (box / "cur").iterdir()) == ["a:2,S", "b:2,"]
    shown = json.loads(office.run("show", office.notice_id, "--json").output)
    assert (shown["state"], shown["last_failure"]) == ("escalated", "bounced")
    assert shown["attempts_made"][0]["failure"] == "bounced-5.1.1"
    assert office.run("reports", str(box)).output.strip() == "Aucun mail."


@pytest.mark.parametrize(("language", "words"), [("fr", "déjà connu"), ("en", "known already")])
def test_a_folder_of_mails_is_left_as_it_is_and_counts_once(
    office: Office, tmp_path: Path, language: str, words: str
) -> None:
    mails = tmp_path / "mails"
    mails.mkdir()
    (mails / "bounce.eml").write_bytes(office.bounce())
    assert json.loads(office.run("reports", str(mails), "--json").output) == {"undelivered": 1}
    again = office.run("reports", str(mails), language=language)
    assert words in again.output
    assert [one.name for one in mails.iterdir()] == ["bounce.eml"]
    assert office.run("reports", str(tmp_path / "nowhere")).exit_code == 2
