"""The Merkle tree of RFC 6962 section 2 (the same as RFC 9162 section 2.1), with SHA-256.

Proving asks a `Subtree` for the hashes of ranges, wherever they are kept (tiles, a list); verifying is pure arithmetic.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import TypeAlias

from audit.errors import ProofError

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

# The hash of the leaves [start, end) of a tree, where 0 <= start < end <= the size of the tree.
Subtree: TypeAlias = Callable[[int, int], bytes]


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf): the prefix keeps a leaf from ever being taken for a node."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_point(size: int) -> int:
    """The largest power of two smaller than `size` (RFC 6962 section 2.1), for size >= 2."""
    # The highest bit of size - 1 is that power: 5 -> 4, 4 -> 2.
    return 1 << ((size - 1).bit_length() - 1)


def root_of_hashes(hashes: Sequence[bytes]) -> bytes:
    """The root over a list of leaf hashes; of none, the hash of the empty string."""
    # A tree without leaves has a root of its own.
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        # Join neighbours; a lone last node rises unchanged, which gives exactly the recursive definition.
        joined = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = joined + level[len(level) - len(level) % 2 :]
    return level[0]


class Frontier:
    """The root of a growing list of leaf hashes, in memory of its logarithm: the roots of its complete subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        node, size = leaf, self.size
        # Each trailing 1 of the size is a complete subtree of the height reached: join with it.
        while size & 1:
            node, size = node_hash(self._peaks.pop(), node), size >> 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The RFC 6962 root of what was added."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def prove_inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1: sibling hashes from the leaf up to below the root.

    Raises ProofError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ProofError(f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        # Split where the tree splits; go to the side of the leaf and note the hash of the other side.
        middle = start + split_point(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    # Walked from the root down, a path is read from the leaf up.
    path.reverse()
    return path


def prove_consistency(first: int, second: int, subtree: Subtree) -> list[bytes]:
    """PROOF(first, D[second]) of RFC 6962 section 2.1.2: the tree of `second` leaves extends that of `first`.

    Empty for first = second, and for first = 0 (RFC 6962 defines none: every tree extends the empty one).
    Raises ProofError unless 0 <= first <= second.
    """
    if not 0 <= first <= second:
        raise ProofError(f"a tree of {second} does not extend a tree of {first}")
    if first in (0, second):
        return []
    proof: list[bytes] = []
    start, end = 0, second
    # SUBPROOF: descend to where the old tree ends; the side that is not entered goes into the proof.
    while first != end:
        middle = start + split_point(end - start)
        if first <= middle:
            # The old tree ends on the left: everything on the right is new.
            proof.append(subtree(middle, end))
            end = middle
        else:
            # The left side is complete in both trees.
            proof.append(subtree(start, middle))
            start = middle
    # The last subtree belongs to both trees; a verifier that has the old root needs it only if it is not that root.
    if start > 0:
        proof.append(subtree(start, end))
    proof.reverse()
    return proof


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 section 2.1.3.2: the leaf hash `leaf` is at `index` of the tree of `size` leaves with this root.

    Raises ProofError otherwise.
    """
    # 1. The index must be one of the tree.
    if not 0 <= index < size:
        raise ProofError(f"no leaf {index} in a tree of {size}")
    # 2. fn follows the leaf, sn the last leaf, r the hash on the way up.
    fn, sn, r = index, size - 1, leaf
    # 3., 4. For each sibling:
    for sibling in proof:
        # a. at the root already: the proof is too long;
        if sn == 0:
            raise ProofError("the inclusion proof is too long")
        if fn & 1 or fn == sn:
            # b. r is a right child, or the last node of its level: the sibling is on its left,
            r = node_hash(sibling, r)
            # and a last node without right sibling rises through the levels where it has none to join;
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            # otherwise r is a left child.
            r = node_hash(r, sibling)
        # c. One level up.
        fn, sn = fn >> 1, sn >> 1
    # 5. The walk must end at the root, and with its hash.
    if sn != 0:
        raise ProofError("the inclusion proof is too short")
    if not hmac.compare_digest(r, root):
        raise ProofError("the inclusion proof leads to another root")


def verify_consistency(first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes) -> None:
    """RFC 9162 section 2.1.4.2: the tree `second` keeps every leaf of the tree `first`, in place.

    Raises ProofError otherwise.
    """
    if not 0 <= first <= second:
        raise ProofError(f"a tree of {second} does not extend a tree of {first}")
    if first in (0, second):
        # Trivial cases: nothing to walk. The empty tree has one root; equal sizes must have equal roots.
        expected = EMPTY_ROOT if first == 0 else second_root
        if proof or not hmac.compare_digest(first_root, expected):
            raise ProofError("the two heads of one size differ, or the proof should be empty")
        return
    # 1. A tree of a power of two leaves is one subtree of the second: the proof starts from its root.
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        raise ProofError("the consistency proof is too short")
    # 2. fn and sn follow the last leaf of either tree,
    fn, sn = first - 1, second - 1
    # 3. up to the first level where the old tree's last node is a left child.
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    # 4. fr and sr rebuild the two roots, from the same start.
    fr = sr = path[0]
    for node in path[1:]:
        # 5.a. At the root already: too long.
        if sn == 0:
            raise ProofError("the consistency proof is too long")
        if fn & 1 or fn == sn:
            # 5.b. A left sibling lies in both trees.
            fr, sr = node_hash(node, fr), node_hash(node, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            # 5.c. A right sibling is new: only the second tree has it.
            sr = node_hash(sr, node)
        # 5.d. One level up.
        fn, sn = fn >> 1, sn >> 1
    # 6. Both roots must come out, and the walk must end at the top.
    if sn != 0:
        raise ProofError("the consistency proof is too short")
    if not hmac.compare_digest(fr, first_root):
        raise ProofError("the consistency proof leads to another first root")
    if not hmac.compare_digest(sr, second_root):
        raise ProofError("the consistency proof leads to another second root")
