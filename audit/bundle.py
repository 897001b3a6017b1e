"""Export of a whole log to a folder that anybody can judge offline with the log's public key (see README.md).

    format               one line: emergency-access-audit-bundle/v1
    log.vkey             the public key, for convenience: a verifier brings its own
    checkpoint           the latest signed head
    checkpoints.jsonl    every signed head, with the proof that it extends the one before
    entries.jsonl        one leaf a line, byte for byte, in the order of the tree
    tile/<L>/<N>[.p/<W>] the hashes of the tree (C2SP tlog-tiles)
    disclosures.jsonl    only when asked for: the personal values that are left

Everything is streamed: a log of any size is written in constant memory.
"""

import base64
import functools
import json
from collections.abc import Callable, Iterator
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

ENTRIES_AT_ONCE = 500
TILES_KEPT = 1024

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
) -> Checkpoint:
    """Write the log up to its latest signed head into `folder`, which must be empty or absent; returns that head.

    With `disclosures` the bundle holds personal data in clear, and is to be treated as such. Raises BundleError when
    the folder is in use or nothing is signed yet, and OSError of the file system.
    """
    head = store.head()
    if head is None:
        raise BundleError("nothing is signed yet: there is no log to export")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BundleError(f"{folder} exists and is not an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    _write_lines(folder / FORMAT_FILE, [FORMAT.encode()])
    _write_lines(folder / KEY_FILE, [str(verifier).encode()])
    _write_lines(folder / CHECKPOINTS_FILE, _checkpoint_lines(store, head.size))
    _write_tiles(store, head.size, folder)
    _write_lines(folder / ENTRIES_FILE, _entry_lines(store, head.size, progress))
    if disclosures:
        _write_lines(folder / DISCLOSURES_FILE, _disclosure_lines(log, store, head.size))
    # The head comes last: an interrupted export has none, and is no bundle.
    (folder / HEAD_FILE).write_text(head.note, encoding="utf-8", newline="\n")
    return head


def _write_lines(file: Path, lines: Iterator[bytes] | list[bytes]) -> None:
    with file.open("wb") as out:
        for line in lines:
            out.write(line + b"\n")


def _checkpoint_lines(store: LogStore, size: int) -> Iterator[bytes]:
    tree = functools.lru_cache(maxsize=TILES_KEPT)(store.tile)
    previous = 0
    for checkpoint in store.checkpoints():
        # One that was signed since the export began belongs to the next bundle.
        if checkpoint.size > size:
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


def _write_tiles(store: LogStore, size: int, folder: Path) -> None:
    for level, index, width in tiles_of(size):
        tile = store.tile(level, index) or b""
        file = folder / tile_path(level, index, width)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(tile[: width * HASH_BYTES])


def _entry_lines(store: LogStore, size: int, progress: Progress | None) -> Iterator[bytes]:
    for done, stored in enumerate(store.leaves(0, size), 1):
        yield stored.leaf
        if progress is not None and (done % ENTRIES_AT_ONCE == 0 or done == size):
            progress(done, size)


def _disclosure_lines(log: AuditLog, store: LogStore, size: int) -> Iterator[bytes]:
    for start in range(0, size, ENTRIES_AT_ONCE):
        ids = [stored.entry_id for stored in store.leaves(start, min(start + ENTRIES_AT_ONCE, size))]
        opened = log.disclosures(store, ids)
        for index, entry_id in enumerate(ids, start):
            if entry_id in opened:
                yield _json({"index": index, "entry_id": entry_id, "disclosures": opened[entry_id]})


def _json(content: dict[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
