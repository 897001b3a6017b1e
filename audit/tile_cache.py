"""Tiles under a signed head, kept in memory for proofs: what is signed never changes, so it need not be read again.

Only for proofs. A sequencer holds the stored tree to the head it signed, and a check of the record re-derives it: both
read the store, or they would not see what was edited there. A proof out of a tile that was edited after it was kept
still leads to the signed root; one out of a tile that was edited before does not, and is made again from the store.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping

from audit.merkle import HASH_BYTES
from audit.tiles import HEIGHT, WIDTH

# 16 MiB: the whole tree of half a million entries.
MOST_BYTES = 16 * 1024 * 1024

Place = tuple[int, int]
_Key = tuple[int, int, int, int]


class TileCache:
    """The tiles of one log, those used last, up to `most_bytes`; safe to share between threads.

    A tile is known by its shard, level, index and width: full ones serve every later head, the narrower ones of the
    right edge the heads of that very size (as the paths of C2SP tlog-tiles name them).
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._tiles: OrderedDict[_Key, bytes] = OrderedDict()
        self._bytes = 0

    def known(self, shard: int, size: int, wanted: Collection[Place]) -> dict[Place, bytes]:
        """Those of these tiles (level, index), as wide as they are under a head of `size` leaves, that are kept."""
        found: dict[Place, bytes] = {}
        with self._lock:
            for place in wanted:
                key = (shard, *place, width_under(size, *place))
                tile = self._tiles.get(key)
                if tile is not None:
                    self._tiles.move_to_end(key)
                    found[place] = tile
        return found

    def keep(self, shard: int, size: int, tiles: Mapping[Place, bytes]) -> None:
        """Keep these tiles as they are under a signed head of `size` leaves; what it does not cover is left out."""
        with self._lock:
            for place, tile in tiles.items():
                width = width_under(size, *place)
                if width > 0 and len(tile) >= width * HASH_BYTES:
                    self._put((shard, *place, width), tile[: width * HASH_BYTES])
            while self._bytes > self._most_bytes:
                self._bytes -= len(self._tiles.popitem(last=False)[1])

    def forget(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self._tiles.clear()
            self._bytes = 0

    @property
    def held_bytes(self) -> int:
        """How many bytes of tiles are kept."""
        return self._bytes

    def _put(self, key: _Key, tile: bytes) -> None:
        self._bytes += len(tile) - len(self._tiles.pop(key, b""))
        self._tiles[key] = tile


def width_under(size: int, level: int, index: int) -> int:
    """How many hashes the tile (level, index) has under a head of `size` leaves; 0 or less: none."""
    return min(WIDTH, (size >> HEIGHT * level) - index * WIDTH)
