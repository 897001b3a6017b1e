"""Changing the log's key: a statement that the old and the new key both sign, recorded as an entry of the log.

The statement is a signed note of five lines: the header, the name of the log, the old vkey, the new vkey, the time
(ms). It is the fact `statement` of an entry `log.key_rotated`; the first head that covers that entry is signed by both
keys, every later one by the new key alone. A statement that is not in the log counts for nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.entry import read_leaf
from audit.errors import EntryError, NoteError, ProofError
from audit.merkle import leaf_hash, verify_inclusion
from audit.note import Signer, Verifier, split_note
from audit.proof import InclusionProof

HEADER = "emergency-access-audit-rotation/v1"
KEY_ROTATED = "log.key_rotated"


@dataclass(frozen=True, slots=True)
class Rotation:
    """From the key `old` to the key `new` of one log; both said so."""

    old: Verifier
    new: Verifier
    time: int


@dataclass(frozen=True, slots=True)
class RotationProof:
    """What a receipt carries for each change of key: the entry's leaf, and its proof in the head both keys signed."""

    leaf: bytes
    proof: str

    def verify(self) -> Rotation:
        """The rotation, both keys' signatures and its place in the log checked. Raises ProofError or NoteError."""
        rotation = rotation_of_leaf(self.leaf)
        proof = InclusionProof.read(self.proof)
        head = open_both(proof.checkpoint, rotation)
        verify_inclusion(leaf_hash(self.leaf), proof.index, head.size, proof.hashes, head.root)
        return rotation

    def to_json(self) -> dict[str, str]:
        """A JSON-able dict."""
        return {"leaf": self.leaf.decode(), "proof": self.proof}

    @classmethod
    def from_json(cls, members: object) -> "RotationProof":
        """Raises ProofError when it is not one; nothing is verified here."""
        if not isinstance(members, Mapping):
            raise ProofError("a rotation is not an object")
        leaf, proof = members.get("leaf"), members.get("proof")
        if not isinstance(leaf, str) or not isinstance(proof, str):
            raise ProofError("a rotation lacks its leaf or its proof")
        return cls(leaf.encode("utf-8", "surrogatepass"), proof)


def sign_rotation(old: Signer, new: Signer, time: int) -> str:
    """The statement, signed by both."""
    text = f"{HEADER}\n{old.name}\n{old.verifier}\n{new.verifier}\n{time}\n"
    return old.sign(text) + new.line(text)


def open_rotation(statement: str) -> Rotation:
    """The rotation of a statement. Raises NoteError unless both keys signed it and are of one log."""
    lines = split_note(statement)[0].split("\n")
    if len(lines) != 6 or lines[0] != HEADER or not (lines[4].isascii() and lines[4].isdecimal()):
        raise NoteError(f"a rotation has the lines {HEADER}, log, old key, new key, time")
    old, new = Verifier(lines[2]), Verifier(lines[3])
    if not (old.name == new.name == lines[1]) or old.public == new.public:
        raise NoteError("a rotation leads from one key to another of the same log")
    old.open(statement)
    new.open(statement)
    return Rotation(old, new, int(lines[4]))


def rotation_of_leaf(leaf: bytes) -> Rotation:
    """The rotation an entry of the log states. Raises ProofError when it states none that holds."""
    try:
        entry, _ = read_leaf(leaf)
        statement = entry.facts.get("statement")
        if entry.type != KEY_ROTATED or not isinstance(statement, str):
            raise ProofError("the entry is not a change of key")
        return open_rotation(statement)
    except (EntryError, NoteError) as error:
        raise ProofError(f"the change of key does not hold: {error}") from error


def open_both(note: str, rotation: Rotation) -> Checkpoint:
    """The head that covers the rotation. Raises NoteError unless both keys signed it."""
    open_checkpoint(note, rotation.old)
    return open_checkpoint(note, rotation.new)
