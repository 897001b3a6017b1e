"""The judge of an exported log: offline, with the public key or a trust file, naming the first fault.

What it holds the bundle to, in this order: the key, and every logged change of it; then for each yearly shard, oldest
first, every signed head (signature, growing sizes, proof that it extends the one before, the link to the year before),
every head and receipt kept outside (anchors) and every time-stamp; the tree of hashes against all of them; every entry
against the tree, its form, its gateway's counters, and the personal values disclosed with it; the upper tiles.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from audit.bundle import SHARDS_FOLDER, Progress
from audit.bundle_reader import BundleReader
from audit.checkpoint import Checkpoint
from audit.entry_checks import Counters
from audit.kept import KeptReceipts, read_anchors
from audit.key_chain import KeyChain
from audit.note import Verifier
from audit.policy import Policy
from audit.report import FaultFoundError, Report
from audit.shard_judge import Context, ShardJudge
from audit.stamps import check_timestamps

__all__ = ["Report", "verify_bundle"]


def verify_bundle(
    path: Path | str,
    trust: Verifier | Policy | str,
    anchors: Sequence[str] = (),
    progress: Progress | None = None,
    *,
    tsa_roots: Sequence[bytes] = (),
) -> Report:
    """Judge the bundle in the folder `path` by `trust` (a vkey, or a trust file's policy) and by `anchors`, what was
    kept elsewhere: signed heads, receipts.

    Without an anchor, a witness or a time-stamp a bundle cannot show that its newest entries were cut off together
    with their heads. `tsa_roots` are the root certificates (PEM) of the time-stamp authorities to trust: one time-stamp
    at least must then be there; without a root, time-stamps are only held to the heads they are of. Raises BundleError
    when the folder is no bundle or cannot be read, NoteError when `trust` is not a vkey.
    """
    policy = trust if isinstance(trust, Policy) else Policy.of_key(trust)
    judgement = _Judgement(_readers(Path(path)), policy)
    try:
        judgement.check_key()
        judgement.check_heads()
        judgement.check_anchors(anchors)
        judgement.check_witnesses()
        judgement.check_timestamps(tsa_roots)
        judgement.check_entries(progress)
    except FaultFoundError as found:
        return replace(judgement.report, fault=found.fault)
    return judgement.report


def _readers(path: Path) -> list[BundleReader]:
    """The shards of a bundle, oldest first; the latest is at its top."""
    top, folder = BundleReader(path), path / SHARDS_FOLDER
    years = [item for item in folder.iterdir() if item.name.isdecimal()] if folder.is_dir() else []
    return [*(BundleReader(item) for item in sorted(years, key=lambda item: int(item.name))), top]


class _Judgement:
    """Walks the shards; `report` tells what held so far."""

    def __init__(self, readers: Sequence[BundleReader], policy: Policy) -> None:
        self._readers = readers
        self._policy = policy
        self._kept = KeptReceipts()
        self._judges: list[ShardJudge] = []
        self.report = Report()

    def check_key(self) -> None:
        self._chain = KeyChain(self._readers, self._policy)
        for reader in self._readers:
            vkey = reader.vkey()
            if vkey is not None and vkey not in self._chain.vkeys:
                raise FaultFoundError("key_differs", trusted=self._chain.name)

    def check_heads(self) -> None:
        context = Context(self._chain, Counters(), self._kept)
        before: Checkpoint | None = None
        for number, reader in enumerate(self._readers):
            judge = ShardJudge(reader, number, context, before)
            judge.check_heads()
            before = judge.head
            self._judges.append(judge)
        head = self._judges[-1].head
        self.report = replace(
            self.report,
            origin=head.origin,
            size=head.size,
            root=head.root.hex(),
            checkpoints=sum(judge.checkpoints for judge in self._judges),
            shards=len(self._judges),
            rotations=len(self._chain.changes),
        )

    def check_anchors(self, texts: Sequence[str]) -> None:
        anchors = read_anchors(texts, self._chain, self._kept)
        for judge in self._judges:
            judge.take_anchors([item for item in anchors if item[1].origin == judge.head.origin])
        origins = {judge.head.origin for judge in self._judges}
        for _, head in anchors:
            if head.origin not in origins:
                raise FaultFoundError("shard_missing", missing=head.origin)
        self.report = replace(self.report, anchors=len(texts))

    def check_witnesses(self) -> None:
        if not self._policy.needs_witnesses:
            return
        witnessed = self._judges[-1].witnessed
        if not any(judge.witnessed for judge in self._judges):
            raise FaultFoundError("quorum_missing", quorum=self._policy.quorum)
        self.report = replace(self.report, witnessed=witnessed)

    def check_timestamps(self, roots: Sequence[bytes]) -> None:
        found = sum(check_timestamps(reader, roots) for reader in self._readers)
        if roots and not found:
            raise FaultFoundError("timestamp_missing")
        self.report = replace(self.report, timestamps=found)

    def check_entries(self, progress: Progress | None) -> None:
        for judge in self._judges:
            judge.check_entries(progress)
            judge.check_upper_tiles()
        met = self._kept.check_end()
        entries = sum(judge.size for judge in self._judges)
        disclosures = sum(judge.disclosures for judge in self._judges)
        self.report = replace(self.report, entries=entries, disclosures=disclosures, receipts=met)
