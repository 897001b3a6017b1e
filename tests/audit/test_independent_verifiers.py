"""Verifiers that nobody here wrote agree with our proofs, checkpoints and cosignatures, and refuse altered ones.

Sigstore's own (npm @sigstore/verify) judges inclusion under a signed checkpoint; a C2SP library (PyPI aics-tlog) judges
consistency, inclusion, checkpoints and cosignatures.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit import Checkpoint, Verifier
from audit.cosignature import Cosigner
from audit.merkle import leaf_hash, prove_consistency, prove_inclusion, root_of_hashes
from audit.proof import InclusionProof
from tests.audit.logbook import SIGNER, START, Logbook
from tests.audit.test_rotation import SECOND
from tests.audit.test_years import at
from tests.conftest import skip_or_fail

HERE = Path(__file__).resolve().parent / "independent"
INSTALLED = Path(__file__).resolve().parents[2] / ".venv"
WITNESSES = [Cosigner.from_seed(f"w{number}.example/witness", bytes([number] * 32)) for number in (1, 2)]
Asked = dict[str, Any]


@pytest.fixture(scope="module")
def sigstore() -> Path:
    """The folder where `npm ci` put Sigstore's verifier, once."""
    folder = INSTALLED / "sigstore-verify"
    if shutil.which("npm") is None:
        skip_or_fail("Sigstore's verifier needs node with npm")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "ask.js", folder / "ask.js")
    if not (folder / "node_modules" / "@sigstore" / "verify").is_dir():
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(HERE / name, folder / name)
        _install(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
    return folder


@pytest.fixture(scope="module")
def aics() -> Path:
    """The folder where pip put the C2SP library, once, apart from everything else."""
    folder = INSTALLED / "aics-tlog"
    if not (folder / "aics_tlog").is_dir():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--ignore-requires-python"]
        folder.mkdir(parents=True, exist_ok=True)
        requirements = ["--require-hashes", "--requirement", str(HERE / "requirements.txt")]
        _install([*command, "--target", str(folder), *requirements], folder)
    return folder


def _install(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=180, check=False)
    if done.returncode != 0:
        skip_or_fail(f"{command[0]} of an independent verifier failed with {done.returncode}")


def ask(command: list[str], cases: list[Asked], **environment: str) -> list[bool]:
    done = subprocess.run(
        command, input=json.dumps(cases), capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers: list[bool] = json.loads(done.stdout)
    return answers


def ask_sigstore(folder: Path, cases: list[Asked]) -> list[bool]:
    return ask(["node", str(folder / "ask.js")], cases)


def ask_aics(folder: Path, cases: list[Asked]) -> list[bool]:
    return ask([sys.executable, str(HERE / "ask.py")], cases, PYTHONPATH=str(folder))


def encoded(*nodes: bytes) -> list[str]:
    return [base64.b64encode(node).decode() for node in nodes]


@pytest.fixture(scope="module")
def book() -> Logbook:
    """A log over two years and a change of key, as the gateway keeps it."""
    book = Logbook(yearly=True)
    for size in (1, 2, 5, 64, 193, 40):
        for _ in range(size):
            book.append(time=at(2026))
        book.integrate(at(2026))
    book.rotate(SECOND, at(2026, 7))
    for _ in range(9):
        book.append(time=at(2027))
    book.integrate(at(2027))
    return book


def receipts(book: Logbook) -> Iterator[tuple[Asked, InclusionProof]]:
    """Each entry of the book as Sigstore's verifier takes it."""
    for shard in book.store.shards():
        for stored in book.store.leaves(0, 10_000, shard):
            proof = book.log.prove_inclusion(book.store, stored.entry_id)
            key = SECOND.verifier.of_shard(shard)
            yield (
                {
                    "leaf": encoded(stored.leaf)[0],
                    "index": proof.index,
                    "hashes": encoded(*proof.hashes),
                    "checkpoint": proof.checkpoint,
                    "name": key.name,
                    "key_id": key.key_id.hex(),
                    "spki": encoded(_spki(key))[0],
                },
                proof,
            )


def _spki(key: Verifier) -> bytes:
    public = Ed25519PublicKey.from_public_bytes(key.public)
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.node
def test_sigstore_s_verifier_accepts_every_receipt_and_refuses_altered_ones(book: Logbook, sigstore: Path) -> None:
    good = [case for case, _ in receipts(book)]
    assert len(good) == 305 + 1 + 1 + 9
    assert all(ask_sigstore(sigstore, good))
    bad: list[Asked] = []
    for case in good[::23]:
        size = case["checkpoint"].split("\n")[1]
        bad += [
            {**case, "leaf": encoded(base64.b64decode(case["leaf"]) + b" ")[0]},
            {**case, "index": case["index"] ^ 1},
            {**case, "hashes": case["hashes"][:-1]},
            {**case, "checkpoint": case["checkpoint"].replace(f"\n{size}\n", f"\n{int(size) + 1}\n")},
            {**case, "key_id": "00000000"},
        ]
    assert not any(ask_sigstore(sigstore, bad))


def test_a_c2sp_library_accepts_every_proof_of_every_size_and_refuses_altered_ones(aics: Path) -> None:
    leaves = [f"leaf {number}".encode() for number in range(33)]
    hashes = [leaf_hash(leaf) for leaf in leaves]
    roots = [root_of_hashes(hashes[:size]) for size in range(34)]

    def subtree(start: int, end: int) -> bytes:
        return root_of_hashes(hashes[start:end])

    good: list[Asked] = []
    for size in range(1, 34):
        for index in range(size):
            proof = encoded(*prove_inclusion(index, size, subtree))
            place = {"index": index, "size": size, "root": encoded(roots[size])[0], "proof": proof}
            good.append({"ask": "inclusion", "leaf": encoded(leaves[index])[0], **place})
        for first in range(1, size + 1):
            ends = {"first": first, "second": size, **_roots(roots[first], roots[size])}
            good.append({"ask": "consistency", **ends, "proof": encoded(*prove_consistency(first, size, subtree))})
    assert len(good) == 2 * 33 * 34 // 2
    assert all(ask_aics(aics, good))
    longer = [{**case, "proof": [*case["proof"], encoded(bytes(32))[0]]} for case in good]
    shorter = [{**case, "proof": case["proof"][:-1]} for case in good if case["proof"]]
    assert not any(ask_aics(aics, longer + shorter))


def _roots(first: bytes, second: bytes) -> dict[str, str]:
    return {"first_root": encoded(first)[0], "second_root": encoded(second)[0]}


def test_a_c2sp_library_accepts_our_heads_and_cosignatures_and_refuses_altered_ones(book: Logbook, aics: Path) -> None:
    good: list[Asked] = []
    for shard, key in ((2026, SIGNER), (2027, SECOND)):
        heads = list(book.store.checkpoints(shard))
        good += [_head_case(_cosigned(head), key.verifier.of_shard(shard)) for head in heads[:5]]
    both = list(book.store.checkpoints(2026))[-1]
    good += [_head_case(_cosigned(both), key.verifier.of_shard(2026)) for key in (SIGNER, SECOND)]
    assert all(ask_aics(aics, good))
    bad: list[Asked] = []
    for case in good:
        size = case["note"].split("\n")[1]
        bad += [
            {**case, "note": case["note"].replace(f"\n{size}\n", f"\n{int(size) + 1}\n", 1)},
            {**case, "note": "\n".join(case["note"].split("\n")[:-2]) + "\n"},
            {**case, "key": str(SIGNER.verifier.of_shard(2099))},
            {**case, "origin": "other.example/log"},
        ]
    assert not any(ask_aics(aics, bad))


def _cosigned(head: Checkpoint) -> Checkpoint:
    lines = "".join(witness.cosign(head.note, START // 1000) for witness in WITNESSES)
    return replace(head, note=head.note + lines)


def _head_case(head: Checkpoint, key: Verifier) -> Asked:
    witnesses = [str(witness.verifier) for witness in WITNESSES]
    trust = {"key": str(key), "witnesses": witnesses, "quorum": 2, "origin": key.name}
    return {"ask": "checkpoint", "note": head.note, **trust}
