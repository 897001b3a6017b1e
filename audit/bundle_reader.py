"""Reads an exported bundle as streams. It trusts nothing it reads: a file that is not what it should be is a fault."""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from audit.bundle import (
    CHECKPOINTS_FILE,
    DISCLOSURES_FILE,
    ENTRIES_FILE,
    FORMAT,
    FORMAT_FILE,
    HEAD_FILE,
    KEY_FILE,
    TIMESTAMPS_FOLDER,
)
from audit.checkpoint import Checkpoint, read_unverified
from audit.entry import MAX_LEAF_BYTES
from audit.errors import BundleError, NoteError
from audit.merkle import HASH_BYTES
from audit.report import FaultFoundError
from audit.tiles import WIDTH, split_hashes, tile_path

MAX_LINE_BYTES = 4_000_000
MAX_SMALL_FILE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class CheckpointLine:
    """One line of checkpoints.jsonl: the head as it claims to be, and the proof that it extends the one before."""

    number: int
    checkpoint: Checkpoint
    consistency: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class DisclosureLine:
    """One line of disclosures.jsonl."""

    number: int
    index: int
    entry_id: str
    disclosures: tuple[str, ...]


class BundleReader:
    """The files of one bundle. Raises BundleError when the folder is not a bundle or cannot be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not folder.is_dir():
            raise BundleError(f"{folder} is not a folder")
        if not (folder / FORMAT_FILE).is_file():
            raise BundleError(f"{folder} is not an exported log: it has no file {FORMAT_FILE}")
        with self._open(folder / FORMAT_FILE) as stream:
            written = stream.read(len(FORMAT) + 2).strip()
        if written != FORMAT.encode():
            raise BundleError(f"the bundle is not of the format {FORMAT}")

    def vkey(self) -> str | None:
        """The public key the bundle says is its own; None when it does not."""
        return self._small(KEY_FILE).strip() if (self._folder / KEY_FILE).is_file() else None

    def head_note(self) -> str:
        """The signed head, verbatim."""
        return self._small(HEAD_FILE)

    def checkpoints(self) -> Iterator[CheckpointLine]:
        """Every line of checkpoints.jsonl; nothing is verified but its shape."""
        for number, line in self._lines(CHECKPOINTS_FILE, MAX_LINE_BYTES):
            try:
                content = json.loads(line)
                checkpoint = read_unverified(content["note"], content["time"])
                consistency = tuple(base64.b64decode(node, validate=True) for node in content["consistency"])
                agrees = checkpoint.size == content["size"] and type(content["time"]) is int
            except (
                ValueError,
                KeyError,
                TypeError,
                AttributeError,
                binascii.Error,
                RecursionError,
                NoteError,
            ) as error:
                raise FaultFoundError("file_malformed", file=CHECKPOINTS_FILE, line=number) from error
            if not agrees:
                raise FaultFoundError("file_malformed", file=CHECKPOINTS_FILE, line=number)
            yield CheckpointLine(number, checkpoint, consistency)

    def entries(self) -> Iterator[bytes]:
        """Every line of entries.jsonl, without its newline."""
        for _, line in self._lines(ENTRIES_FILE, MAX_LEAF_BYTES + 1):
            yield line

    def disclosures(self) -> Iterator[DisclosureLine]:
        """Every line of disclosures.jsonl, if there is one."""
        if not (self._folder / DISCLOSURES_FILE).is_file():
            return
        for number, line in self._lines(DISCLOSURES_FILE, MAX_LINE_BYTES):
            try:
                content = json.loads(line)
                index, entry_id, disclosures = content["index"], content["entry_id"], content["disclosures"]
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise FaultFoundError("file_malformed", file=DISCLOSURES_FILE, line=number) from error
            well_formed = isinstance(index, int) and isinstance(entry_id, str) and isinstance(disclosures, list)
            if not well_formed or not all(isinstance(item, str) for item in disclosures):
                raise FaultFoundError("file_malformed", file=DISCLOSURES_FILE, line=number)
            yield DisclosureLine(number, index, entry_id, tuple(disclosures))

    def timestamps(self) -> Iterator[tuple[str, int, bytes]]:
        """The (file, tree size, token) of every time-stamp, if there are any, by tree size."""
        folder = self._folder / TIMESTAMPS_FOLDER
        found: list[tuple[int, str]] = []
        for file in folder.iterdir() if folder.is_dir() else ():
            digits, _, rest = file.name.removesuffix(".tsr").partition("-")
            well_named = file.name.endswith(".tsr") and digits.isascii() and digits.isdecimal() and len(digits) < 20
            if not well_named or (rest and not rest.isalnum()):
                raise FaultFoundError("file_malformed", file=f"{TIMESTAMPS_FOLDER}/{file.name}", line=1)
            found.append((int(digits), file.name))
        for size, name in sorted(found):
            with self._open(folder / name) as stream:
                yield f"{TIMESTAMPS_FOLDER}/{name}", size, stream.read(MAX_SMALL_FILE_BYTES)

    def tile(self, level: int, index: int, width: int) -> list[bytes]:
        """The hashes of one tile, exactly `width` of them."""
        name = tile_path(level, index, width)
        file = self._folder / name
        if not file.is_file():
            raise FaultFoundError("file_missing", file=name)
        with self._open(file) as stream:
            content = stream.read(width * HASH_BYTES + 1)
        if len(content) != width * HASH_BYTES:
            raise FaultFoundError("tile_changed", file=name)
        return split_hashes(content)

    def leaf_hashes(self, size: int) -> Iterator[bytes]:
        """The leaf hashes that the tiles of level 0 hold for a tree of `size`."""
        for index in range((size + WIDTH - 1) // WIDTH):
            yield from self.tile(0, index, min(WIDTH, size - index * WIDTH))

    def _small(self, name: str) -> str:
        file = self._folder / name
        if not file.is_file():
            raise FaultFoundError("file_missing", file=name)
        with self._open(file) as stream:
            content = stream.read(MAX_SMALL_FILE_BYTES + 1)
        if len(content) > MAX_SMALL_FILE_BYTES:
            raise FaultFoundError("file_malformed", file=name, line=1)
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise FaultFoundError("file_malformed", file=name, line=1) from error

    def _lines(self, name: str, longest: int) -> Iterator[tuple[int, bytes]]:
        file = self._folder / name
        if not file.is_file():
            raise FaultFoundError("file_missing", file=name)
        with self._open(file) as stream:
            number = 0
            while line := stream.readline(longest + 1):
                number += 1
                if not line.endswith(b"\n") and len(line) > longest:
                    raise FaultFoundError("file_malformed", file=name, line=number)
                yield number, line.removesuffix(b"\n")

    def _open(self, file: Path) -> BinaryIO:
        try:
            return file.open("rb")
        except OSError as error:
            raise BundleError(f"{file} cannot be read: {error.strerror}") from error
