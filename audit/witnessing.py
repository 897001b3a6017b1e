"""C2SP tlog-witness: what a log asks of a witness, and what a witness answers. No network and no storage here.

A witness cosigns a head only if the log signed it and it extends the last head of that log the witness cosigned. The
caller gives the state in, keeps the state that comes out before it answers, and does both in one transaction.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from audit.checkpoint import Checkpoint, open_checkpoint, read_unverified, shard_of
from audit.cosignature import Cosigner
from audit.errors import NoteError, ProofError
from audit.merkle import EMPTY_ROOT, HASH_BYTES, verify_consistency
from audit.note import Verifier, decode_base64
from audit.proof import MAX_PROOF_HASHES

MAX_REQUEST_CHARACTERS = 1_000_000
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """The body of `POST /add-checkpoint`: the size the witness saw last, the proof from there, the new head's note."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def __str__(self) -> str:
        """The body, to be sent in UTF-8."""
        lines = [f"old {self.old}", *(base64.b64encode(node).decode() for node in self.proof)]
        return "\n".join(lines) + "\n\n" + self.note

    @classmethod
    def read(cls, body: str) -> "AddCheckpoint":
        """Read a body. Raises NoteError when it is malformed; nothing is verified here."""
        if len(body) > MAX_REQUEST_CHARACTERS:
            raise NoteError("the request is too long")
        head, separator, note = body.partition("\n\n")
        first, *hashes = head.split("\n")
        digits = first.removeprefix("old ")
        number = digits.isascii() and digits.isdecimal() and (digits == "0" or digits[0] != "0")
        if not separator or first == digits or not number or len(digits) > 19:
            raise NoteError("the request does not begin with: old, a space, a size")
        if len(hashes) > MAX_PROOF_HASHES:
            raise NoteError("the consistency proof has too many hashes")
        proof = tuple(decode_base64(line, "a hash of the proof") for line in hashes)
        if any(len(node) != HASH_BYTES for node in proof):
            raise NoteError("a hash of the proof does not have 32 bytes")
        return cls(int(digits), proof, note)

    @property
    def origin(self) -> str:
        """The log the head claims to be of: the key of the witness's state. Raises NoteError when it is no head."""
        return read_unverified(self.note).origin


@dataclass(frozen=True, slots=True)
class Seen:
    """The last head of one origin that a witness cosigned; of an origin never seen, the empty tree."""

    size: int = 0
    root: bytes = EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP answer. With status 200 `seen` is the new state of `origin`: keep it before answering.

    `evidence` is a head that the log did sign and that contradicts what was seen: worth keeping, and an alarm.
    """

    status: int
    body: str = ""
    content_type: str = TEXT_TYPE
    origin: str = ""
    seen: Seen | None = None
    evidence: str = field(default="")


class Witness:
    """Decides for the logs it knows. A log's key serves for its yearly shards too, each an origin of its own."""

    def __init__(self, cosigner: Cosigner, logs: Sequence[Verifier]) -> None:
        self._cosigner = cosigner
        self._logs = tuple(logs)

    def decide(self, request: AddCheckpoint, last: Seen, now: int) -> Answer:
        """The answer to one request. `last` is what was seen of `request.origin`, `now` POSIX seconds. Never raises.

        200 with the cosignature; 400 malformed, or an old size beyond the head's; 404 unknown log; 403 not signed by
        it; 409 another old size than the one seen (the body says which), or another root of the same size; 422 a
        consistency proof that does not hold.
        """
        try:
            origin = request.origin
        except NoteError as error:
            return Answer(400, f"{error}\n")
        known = [log for log in self._logs if _names(origin, log)]
        if not known:
            return Answer(404, "unknown log\n")
        head = _opened(request.note, known)
        if head is None:
            return Answer(403, "the head is not signed by a key known for this log\n", origin=origin)
        if request.old > head.size:
            return Answer(400, "the old size is beyond the head\n", origin=origin)
        if request.old != last.size:
            return Answer(409, f"{last.size}\n", SIZE_TYPE, origin)
        if head.size == last.size and head.root != last.root:
            return Answer(409, f"{last.size}\n", SIZE_TYPE, origin, evidence=head.note)
        if request.old == 0 and request.proof:
            return Answer(422, "the proof from an empty tree is empty\n", origin=origin)
        try:
            verify_consistency(request.old, head.size, request.proof, last.root, head.root)
        except ProofError as error:
            return Answer(422, f"{error}\n", origin=origin, evidence=head.note)
        return Answer(200, self._cosigner.cosign(head.note, now), TEXT_TYPE, origin, Seen(head.size, head.root))


def conflicting_size(status: int, body: str, headers: Mapping[str, str]) -> int | None:
    """The size a witness says it saw last, in its answer 409; None for any other answer."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    digits = body.removesuffix("\n")
    if status != 409 or kind.split(";")[0].strip() != SIZE_TYPE:
        return None
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 19 else None


def _names(origin: str, log: Verifier) -> bool:
    try:
        shard_of(origin, log.name)
    except NoteError:
        return False
    return True


def _opened(note: str, logs: Sequence[Verifier]) -> Checkpoint | None:
    for log in logs:
        try:
            return open_checkpoint(note, log)
        except NoteError:
            continue
    return None
