"""Export of a whole log to a folder that anybody can judge offline with the log's public key (see README.md).

    format               one line: emergency-access-audit-bundle/v1
    log.vkey             the public key, for convenience: a verifier brings its own
    checkpoint           the latest signed head
    checkpoints.jsonl    every signed head, with the proof that it extends the one before
    entries.jsonl        one leaf a line, byte for byte, in the order of the tree
    tile/<L>/<N>[.p/<W>] the hashes of the tree (C2SP tlog-tiles)
    disclosures.jsonl    only when asked for: the personal values that are left
    timestamps/<size>*   RFC 3161 time-stamps of heads, where there are any
    shard/<year>/        the same files for each earlier yearly shard

Everything is streamed: a log of any size is written in constant memory.
"""

import base64
import functools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.checkpoint import Checkpoint
from audit.errors import BundleError
from audit.log import AuditLog
from audit.merkle import HASH_BYTES, prove_consistency
from audit.note import Verifier
from audit.store import LogStore
from audit.tiles import TileTree, tile_path, tiles_of

FORMAT = "emergency-access-audit-bundle/v1"
FORMAT_FILE = "format"
KEY_FILE = "log.vkey"
HEAD_FILE = "checkpoint"
CHECKPOINTS_FILE = "checkpoints.jsonl"
ENTRIES_FILE = "entries.jsonl"
DISCLOSURES_FILE = "disclosures.jsonl"

TIMESTAMPS_FOLDER = "timestamps"
SHARDS_FOLDER = "shard"

ENTRIES_AT_ONCE = 500
TILES_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A kept RFC 3161 answer (TimeStampResp, DER) for the head of `size` leaves of a shard."""

    shard: int
    size: int
    token: bytes


# Called with (entries done, entries in all).
Progress = Callable[[int, int], None]


def write_bundle(
    log: AuditLog,
    store: LogStore,
    verifier: Verifier,
    folder: Path,
    *,
    disclosures: bool = False,
    progress: Progress | None = None,
    timestamps: Iterable[Timestamp] = (),
) -> Checkpoint:
    """Write the log up to its latest signed head into `folder`, which must be empty or absent; returns that head.

    The latest yearly shard is at the top, each earlier one in a folder of its own. `timestamps` are the kept RFC 3161
    answers; one of a head that is not exported is left out. With `disclosures` the bundle holds personal data in
    clear, and is to be treated as such. Raises BundleError when
    the folder is in use or nothing is signed yet, and OSError of the file system.
    """
    head = store.head()
    if head is None:
        raise BundleError("nothing is signed yet: there is no log to export")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BundleError(f"{folder} exists and is not an empty folder")
    stamped = list(timestamps)
    for shard in store.shards():
        last = store.head(shard)
        if last is None or shard > head.shard:
            continue
        last, place = (head, folder) if shard == head.shard else (last, folder / SHARDS_FOLDER / str(shard))
        place.mkdir(parents=True, exist_ok=True)
        _write_lines(place / FORMAT_FILE, [FORMAT.encode()])
        _write_lines(place / KEY_FILE, [str(verifier).encode()])
        _write_lines(place / CHECKPOINTS_FILE, _checkpoint_lines(store, last))
        _write_tiles(store, last, place)
        _write_lines(place / ENTRIES_FILE, _entry_lines(store, last, progress))
        if disclosures:
            _write_lines(place / DISCLOSURES_FILE, _disclosure_lines(log, store, last))
        _write_timestamps([item for item in stamped if item.shard == shard and item.size <= last.size], place)
        # The head comes last, the latest shard after all others: an interrupted export has none, and is no bundle.
        (place / HEAD_FILE).write_text(last.note, encoding="utf-8", newline="\n")
    return head


def _write_lines(file: Path, lines: Iterator[bytes] | list[bytes]) -> None:
    with file.open("wb") as out:
        for line in lines:
            out.write(line + b"\n")


def _checkpoint_lines(store: LogStore, last: Checkpoint) -> Iterator[bytes]:
    tree = functools.lru_cache(maxsize=TILES_KEPT)(functools.partial(store.tile, shard=last.shard))
    previous = 0
    for checkpoint in store.checkpoints(last.shard):
        # One that was signed since the export began belongs to the next bundle.
        if checkpoint.size > last.size:
            return
        proof = prove_consistency(previous, checkpoint.size, TileTree(tree).subtree)
        yield _json(
            {
                "size": checkpoint.size,
                "time": checkpoint.time,
                "note": checkpoint.note,
                "consistency": [base64.b64encode(node).decode() for node in proof],
            }
        )
        previous = checkpoint.size


def _write_tiles(store: LogStore, last: Checkpoint, folder: Path) -> None:
    for level, index, width in tiles_of(last.size):
        tile = store.tile(level, index, last.shard) or b""
        file = folder / tile_path(level, index, width)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(tile[: width * HASH_BYTES])


def _write_timestamps(timestamps: Sequence[Timestamp], folder: Path) -> None:
    for number, item in enumerate(timestamps):
        (folder / TIMESTAMPS_FOLDER).mkdir(exist_ok=True)
        (folder / TIMESTAMPS_FOLDER / f"{item.size}-{number}.tsr").write_bytes(item.token)


def _entry_lines(store: LogStore, last: Checkpoint, progress: Progress | None) -> Iterator[bytes]:
    size = last.size
    for done, stored in enumerate(store.leaves(0, size, last.shard), 1):
        yield stored.leaf
        if progress is not None and (done % ENTRIES_AT_ONCE == 0 or done == size):
            progress(done, size)


def _disclosure_lines(log: AuditLog, store: LogStore, last: Checkpoint) -> Iterator[bytes]:
    for start in range(0, last.size, ENTRIES_AT_ONCE):
        end = min(start + ENTRIES_AT_ONCE, last.size)
        ids = [stored.entry_id for stored in store.leaves(start, end, last.shard)]
        opened = log.disclosures(store, ids)
        for index, entry_id in enumerate(ids, start):
            if entry_id in opened:
                yield _json({"index": index, "entry_id": entry_id, "disclosures": opened[entry_id]})


def _json(content: dict[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
