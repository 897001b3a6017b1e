"""C2SP tlog-proof (c2sp.org/tlog-proof): one text that proves offline that a leaf is in a log."""

import base64
from dataclasses import dataclass

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import NoteError, ProofError
from audit.merkle import HASH_BYTES, verify_inclusion
from audit.note import Verifier, decode_base64

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF_HASHES = 63


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """The place of a leaf, the hashes from it to the root, and the signed head they lead to (a note, verbatim)."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    def __str__(self) -> str:
        """The tlog-proof text."""
        lines = [HEADER, f"index {self.index}", *(base64.b64encode(node).decode() for node in self.hashes), ""]
        return "\n".join(lines) + "\n" + self.checkpoint

    @classmethod
    def read(cls, text: str) -> "InclusionProof":
        """Read a tlog-proof; an `extra` line is passed over. Raises ProofError when malformed."""
        head, separator, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or lines[0] != HEADER:
            raise ProofError(f"a proof starts with {HEADER} and ends with a checkpoint")
        rest = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
        if not rest or not rest[0].startswith("index "):
            raise ProofError("the proof does not name the index of its leaf")
        digits = rest[0].removeprefix("index ")
        if not (digits.isascii() and digits.isdecimal()) or (digits[0] == "0" and digits != "0") or len(digits) > 19:
            raise ProofError("the index of the proof is not a decimal number")
        if len(rest) - 1 > MAX_PROOF_HASHES:
            raise ProofError("the proof has too many hashes")
        try:
            hashes = tuple(decode_base64(line, "a hash of the proof") for line in rest[1:])
        except NoteError as error:
            raise ProofError(str(error)) from error
        if any(len(node) != HASH_BYTES for node in hashes):
            raise ProofError("a hash of the proof does not have 32 bytes")
        return cls(int(digits), hashes, checkpoint)

    def verify(self, leaf_hash: bytes, verifier: Verifier) -> Checkpoint:
        """Check that the leaf is in the log `verifier` knows; returns the signed head that says so.

        Raises NoteError when the head is not signed by it, ProofError when the leaf is not where the proof says.
        """
        return self.verify_in(leaf_hash, open_checkpoint(self.checkpoint, verifier))

    def verify_in(self, leaf_hash: bytes, checkpoint: Checkpoint) -> Checkpoint:
        """The same under a head that was opened already: that of this proof. Raises ProofError."""
        verify_inclusion(leaf_hash, self.index, checkpoint.size, self.hashes, checkpoint.root)
        return checkpoint
