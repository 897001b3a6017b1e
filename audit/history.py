"""A history receipt: all entries about one person in one file, each proven, and together shown to be complete.

Each entry about a person whose history is counted holds, sealed for that person, its number among theirs (numbers.py).
The file is written after an entry that records its very making; so the largest number is the newest entry, and each
number below it must be shown, or be known to be erased. A hidden access shows as a gap, one hidden behind the end
as a file without its end.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from audit.checkpoint import Checkpoint
from audit.disclosure import check_disclosures
from audit.entry import Entry, Json, read_leaf
from audit.errors import EntryError, HistoryError, NoteError, ProofError, QuorumError
from audit.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from audit.note import Verifier, decode_base64
from audit.numbers import Range, erased_of, is_of_another, missing, number_of
from audit.older_head import LONGEST_UNWITNESSED_MS, OlderHead, open_head
from audit.policy import Policy
from audit.proof import MAX_PROOF_HASHES
from audit.receipt import MAX_ROTATIONS, policy_of
from audit.rotation import RotationProof

FORMAT = "emergency-access-audit-history/v1"
# The type of the entry that records the making of a history: it closes the file.
GIVEN = "history.given"
MAX_HISTORY_CHARACTERS = 100_000_000
MAX_HEADS = 100


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry: its leaf, the values disclosed to the person, its place under one of the file's heads."""

    leaf: bytes
    disclosures: tuple[str, ...]
    head: int
    index: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One verified entry: what is public of it, and what was disclosed to the person by name."""

    entry: Entry
    personal: Mapping[str, Json]
    number: int | None


@dataclass(frozen=True, slots=True)
class VerifiedHistory:
    """What a history proves. `complete` is None where the person's entries are not counted; `until` (ms) is when the
    file was made, and so until when it is complete; `erased` are the ranges of numbers that were erased, and said to
    be; `uncounted` how many entries are from before counting began; `unwitnessed` how many of the last day no witness
    of the trust file saw yet."""

    subject: str
    entries: tuple[ShownEntry, ...]
    heads: tuple[Checkpoint, ...]
    complete: bool | None
    until: int | None
    erased: tuple[Range, ...]
    uncounted: int
    unwitnessed: int = 0

    @property
    def since(self) -> int | None:
        """When (ms) the oldest entry with a number was recorded, where others have none: the history is complete from
        then on. None where all have one, or none has."""
        counted = [item.entry.time for item in self.entries if item.number is not None]
        return min(counted) if counted and self.uncounted else None


@dataclass(frozen=True, slots=True)
class History:
    """The file. `heads` are signed notes, one for each yearly shard that holds an entry; `entries` oldest first;
    `cosigned` the witnesses' newest head of a tree whose own head they have not seen."""

    subject: str
    heads: tuple[str, ...]
    entries: tuple[HistoryEntry, ...]
    rotations: tuple[RotationProof, ...] = ()
    cosigned: tuple[OlderHead, ...] = ()

    def verify(self, trust: Verifier | Policy) -> VerifiedHistory:
        """Check every entry and the numbers, offline.

        Raises NoteError or QuorumError (a head), ProofError or DisclosureError (an entry), HistoryError (a number is
        missing or comes twice, an entry is of somebody else, or the end of the file is).
        """
        policy = policy_of(trust).following(self.rotations)
        older = {item.head: item for item in self.cosigned}
        opened = [open_head(policy, note, older.get(place)) for place, note in enumerate(self.heads)]
        heads = tuple(head for head, _ in opened)
        if len({head.origin for head in heads}) != len(heads):
            raise ProofError("the history holds two heads of one tree")
        shown = tuple(_verified(item, heads, self.subject) for item in self.entries)
        if len({item.entry.entry_id for item in shown}) != len(shown):
            raise ProofError("the history shows an entry twice")
        verified = self._counted(shown, heads)
        return replace(verified, unwitnessed=self._unwitnessed(verified, [seen for _, seen in opened]))

    def _unwitnessed(self, verified: VerifiedHistory, seen: Sequence[int]) -> int:
        """How many entries no witness saw. Raises QuorumError when one is more than a day older than the file."""
        pairs = zip(self.entries, verified.entries, strict=True)
        unseen = [shown.entry.time for item, shown in pairs if item.index >= seen[item.head]]
        made = verified.until or max((shown.entry.time for shown in verified.entries), default=0)
        if any(time < made - LONGEST_UNWITNESSED_MS for time in unseen):
            raise QuorumError("entries older than a day are under no head that witnesses cosigned")
        return len(unseen)

    def _counted(self, shown: tuple[ShownEntry, ...], heads: tuple[Checkpoint, ...]) -> VerifiedHistory:
        for place, item in enumerate(shown, 1):
            if is_of_another(item.personal, self.subject):
                raise HistoryError("history_foreign", place, place)
        numbers = [item.number for item in shown if item.number is not None]
        erased = [span for item in shown for span in erased_of(item.personal, self.subject)]
        seen: set[int] = set()
        for number in numbers:
            if number in seen:
                raise HistoryError("history_repeated", number, number)
            seen.add(number)
        for first, last in missing(numbers, erased):
            raise HistoryError("history_gap", first, last)
        uncounted = len(shown) - len(numbers)
        until = _made_at(shown, max(numbers, default=0)) if numbers or not shown else None
        complete = True if numbers else None
        return VerifiedHistory(self.subject, shown, heads, complete, until, tuple(sorted(erased)), uncounted)

    def to_json(self) -> dict[str, object]:
        """A JSON-able dict: the file."""
        return {
            "format": FORMAT,
            "subject": self.subject,
            "heads": list(self.heads),
            "rotations": [rotation.to_json() for rotation in self.rotations],
            "cosigned": [head.to_json() for head in self.cosigned],
            "entries": [
                {
                    "leaf": item.leaf.decode(),
                    "disclosures": list(item.disclosures),
                    "head": item.head,
                    "index": item.index,
                    "path": [base64.b64encode(node).decode() for node in item.hashes],
                }
                for item in self.entries
            ],
        }

    @classmethod
    def from_json(cls, text: str) -> "History":
        """Read a history file. Raises ProofError when it is not one; nothing is verified here."""
        if len(text) > MAX_HISTORY_CHARACTERS:
            raise ProofError("the history is too long")
        try:
            members = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ProofError("the history is not JSON") from error
        if not isinstance(members, Mapping) or members.get("format") != FORMAT:
            raise ProofError(f"the file is not a history of format {FORMAT}")
        subject, heads, rotations = members.get("subject"), members.get("heads"), members.get("rotations")
        entries = members.get("entries")
        if not isinstance(subject, str) or not isinstance(entries, list) or not _texts(heads):
            raise ProofError("the history lacks its subject, its heads or its entries")
        if not isinstance(rotations, list) or len(rotations) > MAX_ROTATIONS:
            raise ProofError("the rotations of the history are malformed")
        cosigned = members.get("cosigned", [])
        if not isinstance(cosigned, list) or len(cosigned) > MAX_HEADS:
            raise ProofError("the cosigned heads of the history are malformed")
        return cls(
            subject,
            tuple(heads),
            tuple(_read_entry(item) for item in entries),
            tuple(RotationProof.from_json(rotation) for rotation in rotations),
            tuple(OlderHead.from_json(head) for head in cosigned),
        )


def _made_at(shown: Sequence[ShownEntry], last: int) -> int:
    """When the entry with the newest number was recorded, which is to be that of the file's making (ms)."""
    newest = next((item.entry for item in shown if item.number == last), None)
    if newest is None or newest.type != GIVEN:
        raise HistoryError("history_unclosed", last, last)
    return newest.time


def _verified(item: HistoryEntry, heads: Sequence[Checkpoint], subject: str) -> ShownEntry:
    try:
        entry, digests = read_leaf(item.leaf)
    except EntryError as error:
        raise ProofError(f"a leaf of the history is not one: {error}") from error
    if item.head >= len(heads):
        raise ProofError("an entry of the history names no head of it")
    head = heads[item.head]
    verify_inclusion(leaf_hash(item.leaf), item.index, head.size, item.hashes, head.root)
    personal = check_disclosures(item.disclosures, digests)
    return ShownEntry(entry, personal, number_of(personal, subject))


def _read_entry(members: object) -> HistoryEntry:
    if not isinstance(members, Mapping):
        raise ProofError("an entry of the history is not an object")
    leaf, disclosures, path = members.get("leaf"), members.get("disclosures"), members.get("path")
    head, index = members.get("head"), members.get("index")
    if not isinstance(leaf, str) or not _texts(disclosures) or not _texts(path):
        raise ProofError("an entry of the history lacks its leaf, its disclosures or its path")
    if not _is_index(head) or not _is_index(index) or len(path) > MAX_PROOF_HASHES:
        raise ProofError("an entry of the history has no place")
    try:
        hashes = tuple(decode_base64(node, "a hash of the history") for node in path)
    except NoteError as error:
        raise ProofError(str(error)) from error
    if any(len(node) != HASH_BYTES for node in hashes):
        raise ProofError("a hash of the history does not have 32 bytes")
    return HistoryEntry(leaf.encode("utf-8", "surrogatepass"), tuple(disclosures), head, index, hashes)


def _texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_index(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
