"""Once a day an authority stamps the newest head; what it answers is verified before it is kept."""

import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit.timestamp import query_timestamp, verify_timestamp
from gateway.anchoring.duty import Duties
from gateway.anchoring.fault import AnchorFault, Fault
from gateway.anchoring.stamping import Stamping
from gateway.outbound import outbound_client
from tests.anchoring.authorities import TimestampAuthority
from tests.anchoring.conftest import Book, Neighbourhood
from tests.conftest import skip_or_fail
from tests.worlds import StillWorld


@pytest.fixture
def still_world() -> StillWorld:
    """The real time: the authority has a clock of its own."""
    return StillWorld(datetime.now(UTC))


@pytest.fixture
def authority(tmp_path: Path) -> TimestampAuthority:
    if shutil.which("openssl") is None:
        skip_or_fail("no openssl to be the time-stamp authority")
    return TimestampAuthority(tmp_path / "tsa")


def stamping(book: Book, url: str, roots: Path) -> Stamping:
    return Stamping(
        database=book.database,
        world=book.still.world,
        duties=Duties(book.database, book.still.world),
        client=outbound_client(timeout_seconds=5, ca_file=None, proxy=""),
        url=url,
        roots=[roots.read_bytes()],
        hour=0,
        claim_ms=60_000,
    )


def test_a_head_is_stamped_once_a_day_whoever_restarts(
    book: Book, neighbourhood: Neighbourhood, authority: TimestampAuthority
) -> None:
    url = neighbourhood.serve(authority)
    assert stamping(book, url, authority.roots).run_due() is None, "nothing is signed yet"
    head = book.grow(2)
    workers = [threading.Thread(target=stamping(book, url, authority.roots).run_due) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert len(authority.asked) == 1
    ((name, size, token),) = book.anchors("timestamp")
    assert (name, size) == ("127.0.0.1", 2)
    verify_timestamp(token, head.note, [authority.roots.read_bytes()])
    book.grow()
    assert stamping(book, url, authority.roots).run_due() is None, "today's is there"
    assert stamping(book, url, authority.roots).stamp_now() is not None
    assert [size for _, size, _ in book.anchors("timestamp")] == [2, 3]
    assert book.alerts() == []


def test_another_day_asks_for_another_stamp_and_a_clock_that_is_far_off_is_told(
    small_book: Book, neighbourhood: Neighbourhood, authority: TimestampAuthority
) -> None:
    url = neighbourhood.serve(authority)
    small_book.grow()
    assert stamping(small_book, url, authority.roots).run_due() is not None
    small_book.still.pass_time(days=1)
    assert stamping(small_book, url, authority.roots).run_due() is None
    assert len(authority.asked) == 2
    ((kind, detail),) = small_book.alerts()
    assert (kind, "check both clocks" in detail) == ("anchor-timestamp", True)
    small_book.still.pass_time(days=-1)
    assert len(small_book.anchors("timestamp")) == 1


def flip(token: bytes) -> bytes:
    return token[:-9] + bytes([token[-9] ^ 1]) + token[-8:]


@pytest.mark.parametrize(
    ("lie", "forge"),
    [
        (lambda book, _: query_timestamp(book.head().note.replace("\n2\n", "\n3\n", 1)).der, bytes),
        (lambda book, _: query_timestamp(book.head().note).der, bytes),  # another nonce
        (lambda _, query: query, flip),
        (lambda _, query: query, lambda _: bytes.fromhex("30053003020102")),  # rejection
        (lambda _, query: query, lambda token: token[:-1]),
        (lambda _, query: query, lambda _: b""),
        (lambda _, query: query, lambda _: bytes(200_000)),
    ],
)
def test_a_lie_of_the_authority_is_not_kept(
    small_book: Book,
    neighbourhood: Neighbourhood,
    authority: TimestampAuthority,
    lie: Callable[[Book, bytes], bytes],
    forge: Callable[[bytes], bytes],
) -> None:
    small_book.grow(2)
    authority.lie, authority.forge = (lambda query: lie(small_book, query)), forge
    asked = stamping(small_book, neighbourhood.serve(authority), authority.roots)
    with pytest.raises(AnchorFault) as refused:
        asked.stamp_now()
    assert refused.value.fault is Fault.NOT_GRANTED
    assert asked.run_due() is None
    assert small_book.anchors("timestamp") == []
    assert "did not grant a valid time-stamp" in small_book.alerts()[0][1]
    authority.lie = authority.forge = bytes
    small_book.still.pass_time(seconds=6)
    assert asked.run_due() is not None
    assert small_book.alerts() == []


def test_an_authority_with_an_ended_certificate_or_other_roots_is_not_believed(
    small_book: Book,
    neighbourhood: Neighbourhood,
    authority: TimestampAuthority,
    tmp_path: Path,
) -> None:
    small_book.grow()
    ended = TimestampAuthority(tmp_path / "ended", ended=True)
    for served, roots in ((ended, ended.roots), (authority, ended.roots)):
        with pytest.raises(AnchorFault) as refused:
            stamping(small_book, neighbourhood.serve(served), roots).stamp_now()
        assert refused.value.fault is Fault.NOT_GRANTED
    assert small_book.anchors("timestamp") == []


def test_an_authority_that_does_not_answer_is_asked_again_later(small_book: Book) -> None:
    small_book.grow()
    absent = Stamping(
        database=small_book.database,
        world=small_book.still.world,
        duties=Duties(small_book.database, small_book.still.world),
        client=outbound_client(timeout_seconds=1, ca_file=None, proxy=""),
        url="http://127.0.0.1:9",
        roots=[],
        hour=0,
        claim_ms=60_000,
    )
    for _ in range(3):
        assert absent.run_due() is None
        small_book.still.pass_time(seconds=timedelta(minutes=6).total_seconds())
    assert len(small_book.alerts()) == 1
