"""C2SP checkpoint (c2sp.org/tlog-checkpoint): the signed head of the tree at one size."""

import base64
from dataclasses import dataclass

from audit.errors import NoteError
from audit.note import Signer, Verifier, decode_base64, split_note

__all__ = ["Checkpoint", "Signer", "Verifier", "open_checkpoint", "sign_checkpoint"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed tree head: `size` leaves have the RFC 6962 root `root` (32 bytes).

    `note` is the signed text, verbatim. `time` (UTC ms) is when the sequencer stored it; it is kept beside the note
    and not signed, because extension lines are not recommended: for a time that binds, see the anchors.
    """

    origin: str
    size: int
    root: bytes
    note: str
    time: int


def sign_checkpoint(signer: Signer, size: int, root: bytes, time: int) -> Checkpoint:
    """Sign the head of a tree. The origin is the signer's name. Signing an inconsistent head is on the caller."""
    body = f"{signer.name}\n{size}\n{base64.b64encode(root).decode()}\n"
    return Checkpoint(signer.name, size, root, signer.sign(body), time)


def open_checkpoint(note: str, verifier: Verifier, time: int = 0) -> Checkpoint:
    """The checkpoint of a signed note. Raises NoteError unless it is one, signed by `verifier`, of its origin."""
    checkpoint = read_body(verifier.open(note), note, time)
    if checkpoint.origin != verifier.name:
        raise NoteError(f"the checkpoint is of the log {checkpoint.origin}, the key of {verifier.name}")
    return checkpoint


def read_unverified(note: str, time: int = 0) -> Checkpoint:
    """The checkpoint a note claims to be, its signature NOT checked. Raises NoteError when it is none."""
    return read_body(split_note(note)[0], note, time)


def read_body(text: str, note: str, time: int) -> Checkpoint:
    """Read origin, size and root from the text of a note. Raises NoteError."""
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise NoteError("a checkpoint has the lines origin, size and root, none empty")
    origin, size, root = lines[:3]
    if not (size.isascii() and size.isdecimal()) or (size.startswith("0") and size != "0") or len(size) > 19:
        raise NoteError("the size of a checkpoint is not a decimal number")
    digest = decode_base64(root, "the root of a checkpoint")
    if len(digest) != 32:
        raise NoteError("the root of a checkpoint does not have 32 bytes")
    return Checkpoint(origin, int(size), digest, note, time)
