"""`gateway letters`: batches listed, shown and marked as printed, as whoever prints and posts them does."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select

from gateway.__main__ import main
from gateway.demo.configuration import write_configuration
from gateway.notifications.attempts import AttemptState
from gateway.notifications.letter_batch import INDEX, PRINTED, add
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.tables import audit_entry, notice_attempt, patient
from gateway.world import real_world
from tests.notifications.outbox_rows import owe_notice

PAST = date(2026, 3, 2)


class PrintRoom:
    """A configuration with a database, and letters that wait in a batch."""

    def __init__(self, folder: Path, hospital: Path) -> None:
        self.config = write_configuration(folder, 8099, real_world())
        shutil.copyfile(hospital, folder / "gateway.db")
        self.letters = folder / "letters"
        self.letters.mkdir()
        self.database = f"sqlite:///{folder / 'gateway.db'}"

    def post(self, day: date) -> str:
        """One letter of a notice in the batch of a day, as a courier leaves it; its file name."""
        world, database = real_world(), Database(self.database)
        with database.reading() as connection:
            patient_id = connection.execute(select(patient.c.id)).scalars().first()
        owed = owe_notice(database, world, str(patient_id))
        unfinished = self.letters / ".unfinished"
        unfinished.write_bytes(b"%PDF-1.7")
        letter = add(self.letters, day, unfinished, f"{owed.id}.pdf")
        unfinished.unlink()
        row = {
            "id": world.new_id(), "notice_id": owed.id, "turn": 1, "channel": "letter", "idempotency_key": owed.id,
            "address_digest": "", "address_kind": "postal", "state": AttemptState.ACCEPTED.value, "started_at": 0,
            "provider_reference": f"{letter.parent.name}/{letter.name}",
        }  # fmt: skip
        database.transact(lambda tx: tx.connection.execute(insert(notice_attempt).values(row)).rowcount)
        database.close()
        return letter.name

    def run(self, *words: str, language: str = "fr") -> Result:
        environment = {"GATEWAY_CONFIG": str(self.config), "LANG": language, "LC_ALL": language}
        return CliRunner().invoke(main, ["letters", *words], env=environment)

    def recorded(self) -> int:
        """How many letters the log says were printed."""
        database = Database(self.database)
        with database.reading() as connection:
            found = connection.execute(select(audit_entry.c.type)).scalars().all()
        database.close()
        return found.count("notice.printed")


@pytest.fixture
def room(tmp_path: Path, demo_hospital: tuple[Settings, Path]) -> PrintRoom:
    return PrintRoom(tmp_path, demo_hospital[1])


def test_a_batch_is_listed_shown_printed_and_printed_again_without_a_second_proof(room: PrintRoom) -> None:
    names = sorted(room.post(PAST) for _ in range(2))
    (listed,) = json.loads(room.run("list", "--json").output)
    assert listed == {"batch": "2026-03-02", "letters": 2, "open": False, "printed_at": None}
    assert json.loads(room.run("show", "2026-03-02", "--json").output)["index"] == names

    done = room.run("printed", "2026-03-02", "--json")
    assert (done.exit_code, json.loads(done.output)["recorded"]) == (0, 2)
    assert (room.letters / "2026-03-02" / PRINTED).exists()
    again = room.run("printed", "2026-03-02", "--json")
    assert (again.exit_code, json.loads(again.output)["recorded"]) == (0, 0)
    assert json.loads(again.output)["printed_at"] == json.loads(done.output)["printed_at"]
    assert room.recorded() == 2


def test_a_batch_that_may_still_grow_is_marked_only_with_the_number_that_was_printed(room: PrintRoom) -> None:
    day = datetime.now(UTC).date() + timedelta(days=1)
    for _ in range(2):
        room.post(day)
    for words, said in (((), "--count 2"), (("--count", "1"), "2 lettres")):
        refused = room.run("printed", day.isoformat(), *words)
        assert refused.exit_code == 1
        assert said in refused.output
        assert not (room.letters / day.isoformat() / PRINTED).exists()
    assert room.recorded() == 0
    assert room.run("printed", day.isoformat(), "--count", "2").exit_code == 0
    assert room.recorded() == 2


def test_an_index_that_lacks_a_line_or_was_cut_short_is_mended(room: PrintRoom) -> None:
    names = sorted(room.post(PAST) for _ in range(2))
    index = room.letters / "2026-03-02" / INDEX
    index.write_text(names[0][:10])
    assert room.run("list").exit_code == 0
    assert set(index.read_text().splitlines()) == {names[0][:10], *names}
    index.unlink()
    assert room.run("printed", "2026-03-02").exit_code == 0
    assert index.read_text().splitlines() == names


def test_a_mark_the_print_service_made_itself_is_recorded_with_the_next(room: PrintRoom) -> None:
    room.post(PAST)
    room.post(PAST + timedelta(days=1))
    (room.letters / "2026-03-02" / PRINTED).touch()
    assert json.loads(room.run("printed", "2026-03-03", "--json").output)["recorded"] == 2
    assert [batch["printed_at"] is None for batch in json.loads(room.run("list", "--json").output)] == [False, False]


def test_an_unknown_batch_and_a_folder_that_is_gone_are_told_apart(room: PrintRoom) -> None:
    assert (room.run("show", "2020-01-01").exit_code, room.run("printed", "../letters").exit_code) == (1, 1)
    room.post(PAST)
    index = room.letters / "2026-03-02" / INDEX
    index.unlink()
    index.mkdir()
    assert room.run("list").exit_code == 3


def test_without_letters_in_the_configuration_the_command_says_what_is_missing(room: PrintRoom) -> None:
    text = room.config.read_text()
    start = text.index("[notifications.letter]")
    end = text.index("[notifications.smtp]")
    room.config.write_text((text[:start] + text[end:]).replace(', "letter"]', "]"))
    refused = room.run("list", language="en")
    assert refused.exit_code == 2
    assert "notifications.letter: is needed" in refused.output


def test_nothing_waits_where_nothing_was_posted(room: PrintRoom) -> None:
    assert room.run("list").output == "Aucune lettre.\n"
    assert room.run("list", language="en").output == "No letter.\n"
