"""The time-stamps and witnesses' lines that the database kept, held to the heads they are of."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from audit.cosignature import Cosigner
from audit.errors import TimestampError
from audit.timestamp import query_timestamp, verify_timestamp
from gateway.anchoring.kept import TIMESTAMP, WITNESS, keep
from gateway.oversight.completeness.anchored import Outsiders
from gateway.oversight.completeness.check import CompletenessCheck
from gateway.storage.tables import audit_checkpoint
from tests.anchoring.authorities import TimestampAuthority
from tests.oversight.completeness.conftest import SIGNER, Past

WITNESS_KEY = Cosigner.from_seed("witness.example/w", bytes(32))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TimestampAuthority:
    return TimestampAuthority(tmp_path_factory.mktemp("tsa") / "authority")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> TimestampAuthority:
    return TimestampAuthority(tmp_path_factory.mktemp("tsa") / "stranger")


def stamp(authority: TimestampAuthority, note: str) -> bytes:
    query = query_timestamp(note).der
    environ = {"wsgi.input": io.BytesIO(query), "CONTENT_LENGTH": str(len(query))}
    return b"".join(authority(environ, lambda status, headers: None))


def heads(past: Past) -> list[tuple[int, str]]:
    """The place and the note of each head."""
    with past.database.reading() as connection:
        found = select(audit_checkpoint.c.size, audit_checkpoint.c.note).order_by(audit_checkpoint.c.size)
        return [(row.size, row.note) for row in connection.execute(found)]


@contextmanager
def kept(past: Past, kind: str, name: str, head: int, data: bytes) -> Iterator[None]:
    """An anchor that the database has inside the block."""
    past.database.transact(lambda tx: keep(tx.connection, past.hospital.still.world, kind, name, head, data))
    yield
    past.sql("DELETE FROM audit_anchor")


def found(past: Past, *roots: Path) -> list[tuple[str, str]]:
    """The code and the table of each finding."""
    outsiders = Outsiders({"w": WITNESS_KEY.verifier}, [file.read_bytes() for file in roots])
    check = CompletenessCheck(
        database=past.database, log=past.hospital.log, verifier=SIGNER.verifier, outsiders=outsiders
    )
    return [(finding.code, finding.table) for finding in check.run().findings]


def test_a_time_stamp_is_of_its_head_and_by_an_authority_that_is_trusted(
    past: Past, authority: TimestampAuthority, stranger: TimestampAuthority
) -> None:
    (_, first_note), *_, (last, note) = heads(past)
    true, other = stamp(authority, note), stamp(authority, first_note)
    with kept(past, TIMESTAMP, "tsa", last, true):
        assert found(past) == []
        assert found(past, authority.roots) == []
        assert found(past, stranger.roots) == [("anchor_altered", "audit_anchor")]
    with kept(past, TIMESTAMP, "tsa", last, other):
        assert found(past) == [("anchor_of_other_head", "audit_anchor")]
    with kept(past, TIMESTAMP, "tsa", last + 1, true):
        assert found(past) == [("anchor_of_no_head", "audit_anchor")]
    with kept(past, TIMESTAMP, "tsa", last, true[:-9] + bytes(9)):
        assert found(past, authority.roots) == [("anchor_altered", "audit_anchor")]
    with pytest.raises(TimestampError):
        verify_timestamp(true, note, [stranger.roots.read_bytes()])


def test_a_witness_s_line_is_under_its_head_and_by_that_witness(past: Past) -> None:
    (_, first_note), *_, (last, note) = heads(past)
    line, other = (WITNESS_KEY.cosign(text, 1_800_000_000) for text in (note, first_note))
    forged = Cosigner.from_seed("witness.example/w", bytes(range(32))).cosign(note, 1_800_000_000)
    with kept(past, WITNESS, "w", last, line.encode()):
        assert found(past) == [("cosignature_missing", "audit_anchor")]
        past.sql("UPDATE audit_checkpoint SET note = :note, witnesses = 1 WHERE size = :s", note=note + line, s=last)
        assert found(past) == []
        past.sql("UPDATE audit_checkpoint SET witnesses = 2 WHERE size = :s", s=last)
        assert found(past) == [("row_differs", "audit_checkpoint")]
    # The note says so, and nobody remembers having been given it; then one that the witness never gave.
    past.sql("UPDATE audit_checkpoint SET witnesses = 1 WHERE size = :s", s=last)
    assert found(past) == [("anchor_missing", "audit_anchor")]
    past.sql("UPDATE audit_checkpoint SET note = :note WHERE size = :s", note=note + other, s=last)
    assert found(past) == [("cosignature_false", "audit_checkpoint")]
    past.sql("UPDATE audit_checkpoint SET note = :note, witnesses = 0 WHERE size = :s", note=note, s=last)
    with kept(past, WITNESS, "w", last, forged.encode()):
        assert found(past) == [("anchor_altered", "audit_anchor")]
    with kept(past, WITNESS, "w", last, other.encode()):
        assert found(past) == [("anchor_of_other_head", "audit_anchor")]
