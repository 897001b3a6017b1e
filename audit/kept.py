"""Receipts somebody kept, held against an exported log: what was promised or proven must still be in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.checkpoint import Checkpoint, read_unverified
from audit.entry import Entry
from audit.errors import EntryError, NoteError, ProofError
from audit.key_chain import KeyChain
from audit.merkle import leaf_hash
from audit.proof import InclusionProof
from audit.receipt import Receipt
from audit.report import FaultFoundError

Number = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a kept receipt says must be in the log; `anchor` is its number on the command line."""

    anchor: int
    entry_id: str
    leaf_hash: bytes
    number: Number


class KeptReceipts:
    """The kept receipts, met or not, while the entries of a bundle are walked."""

    def __init__(self) -> None:
        self._by_id: dict[str, Kept] = {}
        self._by_number: dict[Number, Kept] = {}
        self._met: set[str] = set()

    def add(self, receipt: Receipt, anchor: int, chain: KeyChain) -> None:
        """A pending receipt, its promise checked by a key the log lists; or the leaf of a proven one."""
        if receipt.promise is not None:
            self._check_promise(receipt, anchor, chain)
        try:
            entry, _ = receipt.read()
        except ProofError as error:
            raise FaultFoundError("receipt_untrusted", anchor=anchor) from error
        number = entry.gateway, entry.lane, entry.counter
        kept = Kept(anchor, receipt.entry_id, receipt.leaf_hash, number)
        self._by_id[kept.entry_id] = kept
        self._by_number[number] = kept

    def check(self, entry: Entry, line: bytes) -> None:
        """Hold one entry of the bundle to what was kept. Raises FaultFoundError (receipt_conflict)."""
        if not self._by_id:
            return
        number = entry.gateway, entry.lane, entry.counter
        for kept in (self._by_id.get(entry.entry_id), self._by_number.get(number)):
            if kept is None:
                continue
            if kept.leaf_hash != leaf_hash(line):
                raise FaultFoundError("receipt_conflict", anchor=kept.anchor, entry=kept.entry_id)
            self._met.add(kept.entry_id)

    def check_end(self) -> int:
        """How many were met. Raises FaultFoundError (receipt_missing) for the first that was not."""
        for kept in self._by_id.values():
            if kept.entry_id not in self._met:
                gateway, lane, counter = kept.number
                raise FaultFoundError(
                    "receipt_missing",
                    anchor=kept.anchor,
                    entry=kept.entry_id,
                    gateway=gateway,
                    lane=lane,
                    counter=counter,
                )
        return len(self._met)

    def _check_promise(self, receipt: Receipt, anchor: int, chain: KeyChain) -> None:
        try:
            keys = chain.receipt_keys.get(receipt.promise_signer(), [])
        except (NoteError, ProofError) as error:
            raise FaultFoundError("receipt_untrusted", anchor=anchor) from error
        for key in keys:
            try:
                receipt.promised(key)
            except (NoteError, ProofError, EntryError):
                continue
            return
        raise FaultFoundError("receipt_untrusted", anchor=anchor)


def read_anchors(texts: Sequence[str], chain: KeyChain, kept: KeptReceipts) -> list[tuple[int, Checkpoint]]:
    """The heads among what was kept, opened by the log's keys; receipts go to `kept`, with the head of a proven one.

    Raises FaultFoundError: anchor_signature, receipt_untrusted.
    """
    heads: list[tuple[int, Checkpoint]] = []
    for number, text in enumerate(texts, 1):
        if not text.lstrip().startswith("{"):
            heads.append((number, _opened(text, number, chain)))
            continue
        try:
            receipt = Receipt.from_json(text)
            proof = None if receipt.proof is None else InclusionProof.read(receipt.proof)
            if proof is not None:
                head = _opened(proof.checkpoint, number, chain)
                heads.append((number, proof.verify_in(receipt.leaf_hash, head)))
        except ProofError as error:
            raise FaultFoundError("receipt_untrusted", anchor=number) from error
        if receipt.promise is None and proof is None:
            raise FaultFoundError("receipt_untrusted", anchor=number)
        kept.add(receipt, number, chain)
    return heads


def _opened(note: str, number: int, chain: KeyChain) -> Checkpoint:
    try:
        return chain.open_any(note)
    except NoteError as error:
        raise FaultFoundError("anchor_signature", anchor=number, size=_claimed_size(note)) from error


def _claimed_size(note: str) -> int:
    try:
        return read_unverified(note).size
    except NoteError:
        return 0
