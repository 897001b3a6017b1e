"""C2SP checkpoint (c2sp.org/tlog-checkpoint): the signed head of the tree at one size."""

import base64
from dataclasses import dataclass, replace

from audit.errors import NoteError
from audit.note import Signer, Verifier, decode_base64, split_note

__all__ = ["Checkpoint", "Signer", "Verifier", "open_checkpoint", "shard_of", "sign_checkpoint"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed tree head: `size` leaves have the RFC 6962 root `root` (32 bytes).

    `note` is the signed text, verbatim. `time` (UTC ms) is when the sequencer stored it; it is kept beside the note
    and not signed, because extension lines are not recommended: for a time that binds, see the anchors.
    `shard` is the year of a yearly shard, 0 of a log that has none; the origin says it too.
    """

    origin: str
    size: int
    root: bytes
    note: str
    time: int
    shard: int = 0


def sign_checkpoint(signer: Signer, size: int, root: bytes, time: int, shard: int = 0) -> Checkpoint:
    """Sign the head of a tree. The origin is the signer's name, and the year of a shard. Signing an inconsistent head
    is on the caller."""
    named = signer.of_shard(shard)
    body = f"{named.name}\n{size}\n{base64.b64encode(root).decode()}\n"
    return Checkpoint(named.name, size, root, named.sign(body), time, shard)


def open_checkpoint(note: str, verifier: Verifier, time: int = 0) -> Checkpoint:
    """The checkpoint of a signed note, of the log `verifier` is the key of or of one of its yearly shards.

    Raises NoteError unless it is one, signed by `verifier`, of its origin.
    """
    claimed = read_unverified(note, time)
    shard = shard_of(claimed.origin, verifier.name)
    checkpoint = read_body(verifier.of_shard(shard).open(note), note, time)
    return replace(checkpoint, shard=shard)


def shard_of(origin: str, log: str) -> int:
    """The year that `origin` adds to the name of the log; 0 when it is that name. Raises NoteError for another log."""
    if origin == log:
        return 0
    year = origin.removeprefix(f"{log}/")
    if year == origin or len(year) != 4 or not (year.isascii() and year.isdecimal()) or year < "1970":
        raise NoteError(f"the checkpoint is of the log {origin}, the key of {log}")
    return int(year)


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
