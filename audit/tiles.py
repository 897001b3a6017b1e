"""The tree cut into C2SP tlog-tiles of height 8: how it is kept, how it grows, how any range is hashed from it.

Tile `n` of level `l` holds up to 256 hashes: hash `i` is the root of the complete subtree over the leaves
[(256 n + i) 256^l, (256 n + i + 1) 256^l). Level 0 thus holds the leaf hashes. A store keeps each tile as wide as it
has grown; the state at an earlier size is a prefix of it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from audit.errors import TreeError
from audit.merkle import HASH_BYTES, node_hash, root_of_hashes, split_point

WIDTH = 256
HEIGHT = 8


class TileTree:
    """Hashes of ranges read from tiles; each tile is read once. For one proof or one integration, not to be kept.

    `read(level, index)` gives a tile's bytes or None; `known` are tiles that were read already. A tile that is missing
    or too narrow raises TreeError.
    """

    def __init__(
        self, read: Callable[[int, int], bytes | None], known: Mapping[tuple[int, int], bytes] | None = None
    ) -> None:
        self._read = read
        self._tiles = dict(known or {})

    def subtree(self, start: int, end: int) -> bytes:
        """The hash of the leaves [start, end), a range that occurs in the tree: aligned, as RFC 6962 splits it."""
        size = end - start
        if size & (size - 1) == 0:
            return self._complete(start, size)
        middle = start + split_point(size)
        return node_hash(self.subtree(start, middle), self.subtree(middle, end))

    def root(self, size: int) -> bytes:
        """The root of the first `size` leaves."""
        return self.subtree(0, size) if size else root_of_hashes(())

    def _complete(self, start: int, size: int) -> bytes:
        level = (size.bit_length() - 1) // HEIGHT
        span: int = WIDTH**level
        # The subtree covers size/span consecutive hashes of one tile.
        first, count = start // span, size // span
        tile = self._tile(level, first // WIDTH)
        offset = first % WIDTH * HASH_BYTES
        hashes = tile[offset : offset + count * HASH_BYTES]
        if len(hashes) != count * HASH_BYTES:
            raise TreeError(f"tile {level}/{first // WIDTH} is missing or lacks hashes")
        return root_of_hashes(split_hashes(hashes))

    def _tile(self, level: int, index: int) -> bytes:
        if (level, index) not in self._tiles:
            self._tiles[level, index] = self._read(level, index) or b""
        return self._tiles[level, index]


def tiles_on_path(index: int, size: int) -> set[tuple[int, int]]:
    """The (level, index) of every tile from which the proof of a leaf, and the root, of `size` leaves are hashed: those
    above the leaf, and those at the right edge. About two a level, whatever the size."""
    wanted: set[tuple[int, int]] = set()
    level, last = 0, size - 1
    while size >> HEIGHT * level:
        wanted |= {(level, number >> HEIGHT * (level + 1)) for number in (index, last)}
        level += 1
    return wanted


def grow(
    size: int, hashes: Sequence[bytes], read: Callable[[int, int], bytes | None]
) -> Iterator[tuple[int, int, bytes]]:
    """The tiles (level, index, bytes) that change when leaf hashes are appended to a tree of `size` leaves.

    Raises TreeError when the tile at the right edge is not exactly as wide as `size` says: the head that was signed
    over it, or the tile, was changed behind the sequencer's back.
    """
    level, added = 0, list(hashes)
    while added:
        index, width = divmod(size, WIDTH)
        # The tile being filled is the only one to be read.
        tile = read(level, index) or b""
        if len(tile) != width * HASH_BYTES:
            raise TreeError(f"tile {level}/{index} does not have the {width} hashes of a tree whose head is signed")
        completed: list[bytes] = []
        position = 0
        while position < len(added):
            room = WIDTH - len(tile) // HASH_BYTES
            tile += b"".join(added[position : position + room])
            position += room
            yield level, index, tile
            if len(tile) == WIDTH * HASH_BYTES:
                # A full tile becomes one hash of the level above.
                completed.append(root_of_hashes(split_hashes(tile)))
                index, tile = index + 1, b""
        level, size, added = level + 1, size // WIDTH, completed


def split_hashes(joined: bytes) -> list[bytes]:
    """The 32-byte hashes of a tile."""
    return [joined[i : i + HASH_BYTES] for i in range(0, len(joined), HASH_BYTES)]


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """`tile/<L>/<N>[.p/<W>]` of C2SP tlog-tiles; level `entries` names a bundle of leaves."""
    digits = [f"{index % 1000:03d}"]
    while index := index // 1000:
        digits.append(f"x{index % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(digits))}{partial}"


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """The (level, index, width) of every tile of a tree of `size` leaves."""
    level = 0
    while size:
        full, partial = divmod(size, WIDTH)
        for index in range(full):
            yield level, index, WIDTH
        if partial:
            yield level, full, partial
        level, size = level + 1, full
