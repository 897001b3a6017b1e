"""A time-stamp of a real authority (OpenSSL's) says that a head existed; a bundle is held to it, offline."""

import shutil
import subprocess
from pathlib import Path

import pytest

from audit import verify_bundle, write_bundle
from audit.bundle import Timestamp
from audit.errors import TimestampError
from audit.messages import fault_text
from audit.timestamp import digest_of, read_timestamp, request_timestamp, verify_timestamp
from tests.audit.logbook import SIGNER, Logbook
from tests.conftest import skip_or_fail

CONFIGURATION = """
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[stamping]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
"""


class Authority:
    """A root, a stamping certificate below it, and `openssl ts -reply`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
        new = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        self._run(
            f"{new} -x509 -keyout root.key -out root.pem -subj /CN=Root -days 3650 -config tsa.cnf -extensions root"
        )
        self._run(f"{new} -keyout tsa.key -out tsa.csr -subj /CN=Stamps -config tsa.cnf")
        self._run(
            "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -out tsa.pem -days 3650 "
            "-extfile tsa.cnf -extensions stamping"
        )
        self.root = (folder / "root.pem").read_bytes()

    def stamp(self, note: str) -> bytes:
        (self._folder / "query.tsq").write_bytes(request_timestamp(note))
        self._run("ts -reply -config tsa.cnf -queryfile query.tsq -signer tsa.pem -inkey tsa.key -out answer.tsr")
        return (self._folder / "answer.tsr").read_bytes()

    def _run(self, arguments: str) -> None:
        command = ["openssl", *arguments.split(" ")]
        subprocess.run(command, cwd=self._folder, check=True, capture_output=True, timeout=20)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        skip_or_fail("no openssl to be the time-stamp authority")
    return Authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "two")


@pytest.fixture(scope="module")
def book() -> Logbook:
    return Logbook().fill(3, 4)


@pytest.fixture(scope="module")
def token(authority: Authority, book: Logbook) -> bytes:
    return authority.stamp(head_note(book))


def head_note(book: Logbook) -> str:
    head = book.store.head()
    assert head is not None
    return head.note


def export(book: Logbook, folder: Path, *stamps: Timestamp) -> Path:
    write_bundle(book.log, book.store, SIGNER.verifier, folder, timestamps=stamps)
    return folder


def test_a_token_of_a_head_verifies_offline(book: Logbook, authority: Authority, token: bytes) -> None:
    stamped = verify_timestamp(token, head_note(book), [authority.root])
    assert stamped.digest == digest_of(head_note(book))
    assert stamped == read_timestamp(token)


def test_a_cosignature_added_later_does_not_break_the_token(book: Logbook, authority: Authority, token: bytes) -> None:
    assert verify_timestamp(token, head_note(book) + SIGNER.line("x\n"), [authority.root])


def test_a_token_of_another_head_authority_or_byte_does_not_verify(
    book: Logbook, authority: Authority, stranger: Authority, token: bytes
) -> None:
    other = next(iter(book.store.checkpoints())).note
    flipped = bytearray(token)
    flipped[-20] ^= 1
    for bad, note, root in (
        (token, other, authority.root),
        (token, head_note(book), stranger.root),
        (bytes(flipped), head_note(book), authority.root),
        (token[:-1], head_note(book), authority.root),
        (b"", head_note(book), authority.root),
        (bytes(200_000), head_note(book), authority.root),
        (token, head_note(book), b"no certificate"),
    ):
        with pytest.raises(TimestampError):
            verify_timestamp(bad, note, [root])


def test_a_refusal_of_the_authority_is_no_token() -> None:
    refusal = bytes.fromhex("30053003020102")  # TimeStampResp: status rejection, no token
    with pytest.raises(TimestampError):
        read_timestamp(refusal)


def test_a_bundle_holds_its_time_stamps_and_is_held_to_them(
    book: Logbook, authority: Authority, stranger: Authority, token: bytes, tmp_path: Path
) -> None:
    bundle = export(book, tmp_path / "bundle", Timestamp(0, 7, token))
    for roots, code in (([authority.root], None), ([], None), ([stranger.root], "timestamp_invalid")):
        report = verify_bundle(bundle, SIGNER.verifier, tsa_roots=roots)
        assert (report.fault and report.fault.code) == code
        assert code or report.timestamps == 1
        assert report.fault is None or fault_text(report.fault.code, report.fault.details, 0)


def test_time_stamps_taken_out_of_a_bundle_are_missed_by_who_asks_for_them(
    book: Logbook, authority: Authority, tmp_path: Path
) -> None:
    bundle = export(book, tmp_path / "bundle")
    assert verify_bundle(bundle, SIGNER.verifier).verified
    for roots in ([authority.root], [b"no certificate"]):
        fault = verify_bundle(bundle, SIGNER.verifier, tsa_roots=roots).fault
        assert fault is not None
        assert fault.code == "timestamp_missing"
        assert fault_text(fault.code, fault.details, 0)


def test_history_signed_anew_after_the_time_stamp_is_named(token: bytes, tmp_path: Path) -> None:
    rewritten = Logbook()
    rewritten.append(outcome="failed")
    rewritten.fill(2, 4)
    bundle = export(rewritten, tmp_path / "bundle", Timestamp(0, 7, token))
    fault = verify_bundle(bundle, SIGNER.verifier).fault
    assert fault is not None
    assert fault.code == "timestamp_conflict"


@pytest.mark.parametrize(("name", "content"), [("7-0.tsr", b"junk"), ("seven.tsr", b""), ("7", b"")])
def test_a_file_that_is_no_time_stamp_is_named(book: Logbook, tmp_path: Path, name: str, content: bytes) -> None:
    bundle = export(book, tmp_path / "bundle")
    (bundle / "timestamps").mkdir()
    (bundle / "timestamps" / name).write_bytes(content)
    fault = verify_bundle(bundle, SIGNER.verifier).fault
    assert fault is not None
    assert fault.code in {"timestamp_invalid", "file_malformed"}
