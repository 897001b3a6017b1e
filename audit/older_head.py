"""An older head that witnesses cosigned, for a file whose own head is too new for them.

The file of a history ends with the entry of its own making, seconds ago: witnesses cosign every minute or so, and
never that head. So the file also holds their newest head of the tree and the proof that its own extends it. What is
under both is witnessed; what is newer is the log's word alone until the next file, and may be a day old at most.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from audit.checkpoint import Checkpoint
from audit.errors import NoteError, ProofError, QuorumError
from audit.merkle import HASH_BYTES, verify_consistency
from audit.note import decode_base64
from audit.policy import Policy
from audit.proof import MAX_PROOF_HASHES

# An entry older than that, at the making of the file, must be under a cosigned head.
LONGEST_UNWITNESSED_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class OlderHead:
    """A cosigned note of the tree of the file's head number `head`, and the proof that this one extends it."""

    head: int
    note: str
    hashes: tuple[bytes, ...]

    def check(self, policy: Policy, newer: Checkpoint) -> int:
        """How many leaves of `newer` the witnesses of the policy saw. Raises NoteError, QuorumError or ProofError."""
        older = policy.open(self.note)
        if older.origin != newer.origin:
            raise ProofError("the cosigned head is of another tree than the file's")
        verify_consistency(older.size, newer.size, self.hashes, older.root, newer.root)
        return older.size

    def to_json(self) -> dict[str, object]:
        """A JSON-able dict."""
        return {"head": self.head, "note": self.note, "path": [base64.b64encode(node).decode() for node in self.hashes]}

    @classmethod
    def from_json(cls, members: object) -> "OlderHead":
        """Read it back. Raises ProofError; nothing is verified here."""
        if not isinstance(members, Mapping):
            raise ProofError("a cosigned head of the history is not an object")
        head, note, path = members.get("head"), members.get("note"), members.get("path")
        if not isinstance(head, int) or isinstance(head, bool) or not isinstance(note, str):
            raise ProofError("a cosigned head of the history lacks its place or its note")
        texts = isinstance(path, list) and all(isinstance(node, str) for node in path)
        if not isinstance(path, list) or not texts or len(path) > MAX_PROOF_HASHES:
            raise ProofError("a cosigned head of the history has no path")
        try:
            hashes = tuple(decode_base64(node, "a hash of the history") for node in path)
        except NoteError as error:
            raise ProofError(str(error)) from error
        if any(len(node) != HASH_BYTES for node in hashes):
            raise ProofError("a hash of the history does not have 32 bytes")
        return cls(head, note, hashes)


def open_head(policy: Policy, note: str, older: OlderHead | None) -> tuple[Checkpoint, int]:
    """The head of a note, and how many of its leaves witnesses saw: all, or those of an older head it extends.

    Raises NoteError when no log key signed it, QuorumError when too few witnesses cosigned either, ProofError when it
    does not extend the older.
    """
    head = policy.open_signed(note)
    try:
        policy.check_quorum(note)
    except QuorumError:
        if older is None:
            raise
        return head, older.check(policy, head)
    return head, head.size
