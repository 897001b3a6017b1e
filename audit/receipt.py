"""A receipt: what a patient can keep, to check later and without us that an entry is in the log."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from audit.checkpoint import Checkpoint
from audit.disclosure import check_disclosures
from audit.entry import Entry, Json, read_leaf
from audit.errors import EntryError, PendingError, ProofError
from audit.merkle import leaf_hash
from audit.note import Verifier
from audit.policy import Policy
from audit.promise import ListedKey, Promise, open_promise, read_promise
from audit.proof import InclusionProof
from audit.rotation import RotationProof

FORMAT = "emergency-access-audit-receipt/v1"
MAX_RECEIPT_CHARACTERS = 1_000_000
MAX_ROTATIONS = 100


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """What a receipt proves: the entry (without personal values), the values disclosed by name, the signed head."""

    entry: Entry
    personal: Mapping[str, Json]
    checkpoint: Checkpoint
    leaf_index: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry's leaf, the personal values revealed with it, and the proof that it is in the log.

    - `leaf`: the canonical JSON, byte for byte. `disclosures`: RFC 9901 disclosures, only those asked for.
    - `proof`: a C2SP tlog-proof text, or None while the entry waits for the next checkpoint.
    - `promise`: while it waits, the gateway's signed word that the entry is recorded (see promise.py), and in
      `promise_key` the proof that the log lists the key which signed it; None before the log covers that key.
    - `rotations`: the log's changes of key, so that an older (or newer) public key than the head's still verifies it.
    """

    entry_id: str
    leaf: bytes
    disclosures: tuple[str, ...] = ()
    proof: str | None = None
    promise: str | None = None
    promise_key: ListedKey | None = None
    rotations: tuple[RotationProof, ...] = ()

    @property
    def leaf_hash(self) -> bytes:
        """The RFC 6962 hash of the leaf, 32 bytes."""
        return leaf_hash(self.leaf)

    @property
    def state(self) -> Literal["pending", "proven"]:
        """`pending` until a checkpoint covers the entry."""
        return "pending" if self.proof is None else "proven"

    def verify(self, trust: Verifier | Policy) -> VerifiedReceipt:
        """Check the receipt against the log's public key or a trust file, offline.

        Raises PendingError (no proof yet), DisclosureError (a value is not that of the leaf), ProofError (wrong proof,
        or not the entry it names), QuorumError (too few witnesses) or NoteError (the head is not signed by that key).
        """
        if self.proof is None:
            raise PendingError("the receipt is pending: it has no proof yet, ask for it again in a moment")
        entry, digests = self.read()
        proof = InclusionProof.read(self.proof)
        checkpoint = policy_of(trust).following(self.rotations).open(proof.checkpoint)
        proof.verify_in(self.leaf_hash, checkpoint)
        return VerifiedReceipt(entry, check_disclosures(self.disclosures, digests), checkpoint, proof.index)

    def verify_promise(self, trust: Verifier | Policy) -> Promise:
        """Check a pending receipt: a gateway the log vouches for signed that it recorded this very leaf.

        Raises PendingError when the log does not cover the gateway's key yet (the whole log, exported later, will
        show it), ProofError or NoteError when the promise does not hold.
        """
        entry, digests = self.read()
        check_disclosures(self.disclosures, digests)
        if self.promise is None or self.promise_key is None:
            raise PendingError("the pending receipt carries no signature that can be checked yet")
        promise = open_promise(self.promise, self.promise_key.verify(policy_of(trust).following(self.rotations)))
        self._check_promised(promise, entry)
        return promise

    def promised(self, key: Verifier) -> Promise:
        """The same by a receipt key that is known to be listed. Raises ProofError or NoteError."""
        if self.promise is None:
            raise ProofError("the receipt holds no promise")
        promise = open_promise(self.promise, key)
        self._check_promised(promise, self.read()[0])
        return promise

    def promise_signer(self) -> str:
        """The name of the receipt key the promise says it is signed by. Raises NoteError or ProofError."""
        if self.promise is None:
            raise ProofError("the receipt holds no promise")
        promise = read_promise(self.promise)
        return f"{promise.log}/receipts/{promise.gateway}"

    def _check_promised(self, promise: Promise, entry: Entry) -> None:
        number = promise.gateway, promise.lane, promise.counter
        if promise.leaf_hash != self.leaf_hash or number != (entry.gateway, entry.lane, entry.counter):
            raise ProofError("the promise is of another leaf than the receipt's")
        if promise.entry_id != self.entry_id:
            raise ProofError("the promise is of another entry than the receipt's")

    def read(self) -> tuple[Entry, tuple[str, ...]]:
        """The entry of the leaf and its digests, nothing else verified. Raises ProofError."""
        try:
            entry, digests = read_leaf(self.leaf)
        except EntryError as error:
            raise ProofError(f"the leaf of the receipt is not one: {error}") from error
        if entry.entry_id != self.entry_id:
            raise ProofError("the receipt names another entry than its leaf")
        return entry, digests

    def to_json(self) -> dict[str, object]:
        """A JSON-able dict of about 1 kB: the file a patient downloads, and `python -m audit receipt` reads."""
        return {
            "format": FORMAT,
            "state": self.state,
            "entry_id": self.entry_id,
            "leaf": self.leaf.decode(),
            "leaf_hash": self.leaf_hash.hex(),
            "disclosures": list(self.disclosures),
            "proof": self.proof,
            "promise": self.promise,
            "promise_key": self.promise_key.to_json() if self.promise_key else None,
            "rotations": [rotation.to_json() for rotation in self.rotations],
        }

    @classmethod
    def from_json(cls, text: str) -> "Receipt":
        """Read a receipt file. Raises ProofError when it is not one; nothing is verified here."""
        if len(text) > MAX_RECEIPT_CHARACTERS:
            raise ProofError("the receipt is too long")
        try:
            members = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ProofError("the receipt is not JSON") from error
        if not isinstance(members, Mapping) or members.get("format") != FORMAT:
            raise ProofError(f"the file is not a receipt of format {FORMAT}")
        leaf, disclosures, proof = members.get("leaf"), members.get("disclosures"), members.get("proof")
        entry_id = members.get("entry_id")
        if not isinstance(leaf, str) or not isinstance(entry_id, str) or not isinstance(proof, str | None):
            raise ProofError("the receipt lacks its leaf, its entry id or its proof")
        if not isinstance(disclosures, list) or not all(isinstance(item, str) for item in disclosures):
            raise ProofError("the disclosures of the receipt are not a list of texts")
        promise, key, rotations = members.get("promise"), members.get("promise_key"), members.get("rotations", [])
        if not isinstance(promise, str | None) or not isinstance(rotations, list) or len(rotations) > MAX_ROTATIONS:
            raise ProofError("the promise or the rotations of the receipt are malformed")
        receipt = cls(
            entry_id,
            leaf.encode("utf-8", "surrogatepass"),
            tuple(disclosures),
            proof,
            promise,
            None if key is None else ListedKey.from_json(key),
            tuple(RotationProof.from_json(rotation) for rotation in rotations),
        )
        if members.get("leaf_hash") != receipt.leaf_hash.hex():
            raise ProofError("the leaf of the receipt does not have the hash the receipt names")
        return receipt


def policy_of(trust: Verifier | Policy) -> Policy:
    """A key alone is trust in that log, no witness asked for."""
    return trust if isinstance(trust, Policy) else Policy.of_key(trust)
