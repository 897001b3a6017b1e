"""A year is a tree of its own, begins with the last head of the year before, and is followed offline."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import Report, verify_bundle, write_bundle
from audit.checkpoint import open_checkpoint
from audit.errors import NoteError
from audit.messages import fault_text
from audit.sequencer import SEQUENCER, YEAR_BEGUN, year_of
from tests.audit.logbook import ORIGIN, SIGNER, Logbook, entry_id


def at(year: int, month: int = 6, day: int = 1, second: int = 0) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp() * 1000) + second * 1000


NEW_YEAR = at(2027, 1, 1)
VERIFIER = SIGNER.verifier


@pytest.fixture
def book() -> Logbook:
    """Three years: 300 entries, 3, then a year of its first leaf and one entry."""
    book = Logbook(yearly=True)
    for count, moment in ((200, at(2026)), (100, at(2026, 7)), (3, at(2027)), (1, at(2028))):
        for _ in range(count):
            book.append(time=moment)
        book.integrate(moment)
    return book


def judged(book: Logbook, folder: Path) -> Report:
    write_bundle(book.log, book.store, VERIFIER, folder)
    return verify_bundle(folder, VERIFIER)


def fault(report: Report) -> str:
    assert report.fault is not None
    assert all(fault_text(report.fault.code, report.fault.details, tongue) for tongue in (0, 1))
    return report.fault.code


def test_a_bundle_of_three_years_verifies_with_one_key(book: Logbook, tmp_path: Path) -> None:
    report = judged(book, tmp_path / "bundle")
    assert report.verified
    assert (report.origin, report.size, report.shards) == (f"{ORIGIN}/2028", 2, 3)
    assert report.entries == 300 + 4 + 2
    assert (tmp_path / "bundle" / "shard" / "2026" / "checkpoint").is_file()


def test_the_year_turns_at_midnight_utc_even_when_nothing_waits() -> None:
    book = Logbook(yearly=True)
    book.append(time=at(2026))
    last = book.integrate(NEW_YEAR - 1)
    assert last is not None
    assert last.origin == f"{ORIGIN}/2026"
    first = book.integrate(NEW_YEAR)
    assert first is not None
    assert (first.origin, first.size, first.shard) == (f"{ORIGIN}/2027", 1, 2027)
    leaf = next(iter(book.store.leaves(0, 1, 2027)))
    assert (leaf.type, leaf.gateway, leaf.counter) == (YEAR_BEGUN, SEQUENCER, 1)
    assert book.log.read(book.store, leaf.entry_id).facts == {"checkpoint": last.note}
    assert book.integrate(NEW_YEAR + 1) is None


def test_a_clock_set_back_never_reopens_a_year(book: Logbook) -> None:
    book.append(time=at(2026))
    head = book.integrate(at(2026, 3))
    assert head is not None
    assert (head.shard, head.size) == (2028, 3)


def test_what_waits_at_midnight_goes_to_the_new_year_after_its_first_leaf() -> None:
    book = Logbook(yearly=True)
    book.append(time=at(2026))
    book.integrate(at(2026))
    for _ in range(5):
        book.append(time=NEW_YEAR - 1)
    with book.store.transaction() as store:
        head = book.log.integrate(store, SIGNER, NEW_YEAR, limit=2)
    assert head is not None
    assert head.size == 3
    assert book.store.position(entry_id(2)) == (2027, 1)


def test_a_log_without_years_goes_on_in_years_when_it_is_told_to(tmp_path: Path) -> None:
    book = Logbook()
    book.fill(5)
    yearly = Logbook(book.store, yearly=True)
    yearly.count = book.count
    yearly.append(time=at(2027))
    head = yearly.integrate(at(2027))
    assert head is not None
    assert (head.shard, head.size) == (2027, 2)
    report = judged(yearly, tmp_path / "bundle")
    assert report.verified
    assert (report.shards, report.entries) == (2, 7)


def test_receipts_of_last_year_still_verify(book: Logbook) -> None:
    for number in (1, 300, 301, 304):
        receipt = book.log.receipt(book.store, entry_id(number))
        verified = receipt.verify(VERIFIER)
        assert verified.entry.entry_id == entry_id(number)
        assert verified.checkpoint.origin == f"{ORIGIN}/{2026 if number <= 300 else 2027 if number < 304 else 2028}"


def test_a_key_speaks_for_the_years_of_its_own_log_only(book: Logbook) -> None:
    head = book.store.head(2027)
    assert head is not None
    assert open_checkpoint(head.note, VERIFIER).shard == 2027
    assert open_checkpoint(head.note, VERIFIER.of_shard(2027)).size == head.size
    for stranger in (VERIFIER.of_shard(2026), VERIFIER.of_shard(2028)):
        with pytest.raises(NoteError):
            open_checkpoint(head.note, stranger)


@pytest.mark.parametrize("origin", ["/2027x", "/27", "/20270", "/2027/2027", "2027", "/0001", "/²027"])
def test_no_other_name_is_taken_for_a_year(origin: str) -> None:
    text = f"{ORIGIN}{origin}\n0\n{'A' * 43}=\n"
    with pytest.raises(NoteError):
        open_checkpoint(SIGNER.sign(text), VERIFIER)


def test_a_year_that_was_replaced_is_named(book: Logbook, tmp_path: Path) -> None:
    assert judged(book, tmp_path / "bundle").verified
    other = Logbook(yearly=True)
    other.append(time=at(2026))
    other.integrate(at(2026))
    other.append(time=at(2027))
    other.integrate(at(2027))
    write_bundle(other.log, other.store, VERIFIER, tmp_path / "other")
    shutil.rmtree(tmp_path / "bundle" / "shard" / "2026")
    shutil.copytree(tmp_path / "other" / "shard" / "2026", tmp_path / "bundle" / "shard" / "2026")
    assert fault(verify_bundle(tmp_path / "bundle", VERIFIER)) == "shard_unlinked"


@pytest.mark.parametrize(("year", "code"), [("2026", "shard_missing"), ("2027", "shard_unlinked")])
def test_a_year_that_was_taken_away_is_named(book: Logbook, tmp_path: Path, year: str, code: str) -> None:
    judged(book, tmp_path / "bundle")
    shutil.rmtree(tmp_path / "bundle" / "shard" / year)
    assert fault(verify_bundle(tmp_path / "bundle", VERIFIER)) == code


def test_an_entry_changed_in_an_old_year_is_named(book: Logbook, tmp_path: Path) -> None:
    judged(book, tmp_path / "bundle")
    entries = tmp_path / "bundle" / "shard" / "2026" / "entries.jsonl"
    entries.write_bytes(entries.read_bytes().replace(b'"minutes":30', b'"minutes":31', 1))
    assert fault(verify_bundle(tmp_path / "bundle", VERIFIER)) == "entry_changed"


def test_a_head_kept_of_an_old_year_is_held_against_that_year(book: Logbook, tmp_path: Path) -> None:
    judged(book, tmp_path / "bundle")
    kept = next(iter(book.store.checkpoints(2026)))
    assert verify_bundle(tmp_path / "bundle", VERIFIER, [kept.note]).verified
    forged = SIGNER.of_shard(2026).sign(f"{ORIGIN}/2026\n200\n{'A' * 43}=\n")
    assert fault(verify_bundle(tmp_path / "bundle", VERIFIER, [forged])) == "anchor_conflict"
    elsewhere = SIGNER.of_shard(2031).sign(f"{ORIGIN}/2031\n200\n{'A' * 43}=\n")
    assert fault(verify_bundle(tmp_path / "bundle", VERIFIER, [elsewhere])) == "shard_missing"


@given(st.integers(min_value=0, max_value=4_000_000_000_000))
def test_the_shard_of_an_instant_is_its_year_in_utc(moment: int) -> None:
    assert year_of(moment) == datetime.fromtimestamp(moment / 1000, UTC).year
