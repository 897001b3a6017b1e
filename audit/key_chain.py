"""Which key is in force at each place of an exported log: the trusted one, followed through the logged changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.bundle_reader import BundleReader
from audit.checkpoint import Checkpoint, open_checkpoint, read_unverified
from audit.errors import NoteError, ProofError, QuorumError
from audit.note import Verifier, split_note
from audit.policy import Policy
from audit.promise import RECEIPT_KEY, key_of_leaf
from audit.report import FaultFoundError
from audit.rotation import KEY_ROTATED, Rotation, open_both, rotation_of_leaf

_ROTATED = f'"type":"{KEY_ROTATED}"'.encode()
_LISTED = f'"type":"{RECEIPT_KEY}"'.encode()


@dataclass(frozen=True, slots=True)
class Change:
    """A logged change of key: in which shard of the bundle (0-based), at which position."""

    shard: int
    index: int
    rotation: Rotation


class KeyChain:
    """The keys of a bundle's shards, oldest shard first, and the receipt keys its entries list.

    Starts from any key that the policy trusts: both keys sign a change, so it is followed either way. Raises
    FaultFoundError (rotation_invalid) when a logged change does not hold.
    """

    def __init__(self, readers: Sequence[BundleReader], policy: Policy) -> None:
        self._policy = policy
        self.changes: list[Change] = []
        self.receipt_keys: dict[str, list[Verifier]] = {}
        for shard, reader in enumerate(readers):
            for index, line in enumerate(reader.entries()):
                # A quote inside a text of the leaf is escaped, so the bytes occur only as the member itself.
                if _ROTATED in line:
                    self._take_change(shard, index, line)
                elif _LISTED in line:
                    self._take_receipt_key(line)
        self._first = self._trusted(readers)

    def open(self, note: str, shard: int) -> Checkpoint:
        """A head of the shard, opened with the key in force at its size. Raises NoteError."""
        size = read_unverified(note).size
        before = [change for change in self.changes if (change.shard, change.index) < (shard, size)]
        if not before:
            return open_checkpoint(note, self._first)
        return open_checkpoint(note, before[-1].rotation.new)

    def open_any(self, note: str) -> Checkpoint:
        """A head kept outside, opened with any key of the chain that was in force. Raises NoteError."""
        keys = [self._first, *(change.rotation.new for change in self.changes)]
        for key in keys[:-1]:
            try:
                return open_checkpoint(note, key)
            except NoteError:
                continue
        return open_checkpoint(note, keys[-1])

    def check_covering(self, note: str, shard: int, previous: int, size: int) -> None:
        """The first head over a change is signed by both keys. Raises FaultFoundError (rotation_invalid)."""
        for change in self.changes:
            if change.shard == shard and previous <= change.index < size:
                try:
                    open_both(note, change.rotation)
                except NoteError as error:
                    raise FaultFoundError("rotation_invalid", index=change.index) from error

    def is_other_key(self, note: str) -> bool:
        """Whether the note is signed in the log's name by a key that no logged change leads to."""
        try:
            head, lines = read_unverified(note), split_note(note)[1]
        except NoteError:
            return False
        shard = head.origin.removeprefix(f"{self.name}/")
        year = int(shard) if shard.isdecimal() and len(shard) == 4 else 0
        ids = {key.of_shard(year).key_id for key in self._keys()}
        return any(line.name == head.origin and line.key_id not in ids for line in lines)

    def quorum(self, note: str) -> bool:
        """Whether the witnesses the policy asks for cosigned the note."""
        try:
            self._policy.check_quorum(note)
        except QuorumError:
            return False
        return True

    @property
    def name(self) -> str:
        """The name of the log."""
        return self._first.name

    @property
    def vkeys(self) -> set[str]:
        """Every key of the chain."""
        return {str(key) for key in self._keys()}

    def _keys(self) -> list[Verifier]:
        return [self._first, *(change.rotation.new for change in self.changes)]

    def _take_change(self, shard: int, index: int, line: bytes) -> None:
        try:
            rotation = rotation_of_leaf(line)
        except ProofError as error:
            raise FaultFoundError("rotation_invalid", index=index) from error
        if self.changes and str(rotation.old) != str(self.changes[-1].rotation.new):
            raise FaultFoundError("rotation_invalid", index=index)
        self.changes.append(Change(shard, index, rotation))

    def _take_receipt_key(self, line: bytes) -> None:
        try:
            key = key_of_leaf(line)
        except ProofError:
            # An entry that lists no key lists no key: a promise of it is then not trusted.
            return
        self.receipt_keys.setdefault(key.name, []).append(key)

    def _trusted(self, readers: Sequence[BundleReader]) -> Verifier:
        """The key in force at the first leaf, led to from a trusted one."""
        if self.changes:
            chain = [self.changes[0].rotation.old, *(change.rotation.new for change in self.changes)]
            vkeys = {str(key) for key in chain}
            if any(str(log) in vkeys for log in self._policy.logs):
                return chain[0]
            raise FaultFoundError("key_differs", trusted=", ".join(log.name for log in self._policy.logs))
        if not self._policy.logs:
            raise NoteError("the trust file names no log")
        # Of several trusted logs, the one that signed the oldest head.
        first = next((line.checkpoint.note for line in readers[0].checkpoints()), "")
        for log in self._policy.logs:
            try:
                open_checkpoint(first, log)
            except NoteError:
                continue
            return log
        return self._policy.logs[0]
