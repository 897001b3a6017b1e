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
from audit.proof import InclusionProof

FORMAT = "emergency-access-audit-receipt/v1"
MAX_RECEIPT_CHARACTERS = 1_000_000


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
    """

    entry_id: str
    leaf: bytes
    disclosures: tuple[str, ...] = ()
    proof: str | None = None

    @property
    def leaf_hash(self) -> bytes:
        """The RFC 6962 hash of the leaf, 32 bytes."""
        return leaf_hash(self.leaf)

    @property
    def state(self) -> Literal["pending", "proven"]:
        """`pending` until a checkpoint covers the entry."""
        return "pending" if self.proof is None else "proven"

    def verify(self, verifier: Verifier) -> VerifiedReceipt:
        """Check the receipt against the log's public key, offline.

        Raises PendingError (no proof yet), DisclosureError (a value is not that of the leaf), ProofError (wrong proof,
        or not the entry it names) or NoteError (the head is not signed by that key).
        """
        if self.proof is None:
            raise PendingError("the receipt is pending: it has no proof yet, ask for it again in a moment")
        try:
            entry, digests = read_leaf(self.leaf)
        except EntryError as error:
            raise ProofError(f"the leaf of the receipt is not one: {error}") from error
        if entry.entry_id != self.entry_id:
            raise ProofError("the receipt names another entry than its leaf")
        proof = InclusionProof.read(self.proof)
        checkpoint = proof.verify(self.leaf_hash, verifier)
        return VerifiedReceipt(entry, check_disclosures(self.disclosures, digests), checkpoint, proof.index)

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
        receipt = cls(entry_id, leaf.encode("utf-8", "surrogatepass"), tuple(disclosures), proof)
        if members.get("leaf_hash") != receipt.leaf_hash.hex():
            raise ProofError("the leaf of the receipt does not have the hash the receipt names")
        return receipt
