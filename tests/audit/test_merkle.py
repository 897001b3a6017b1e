"""The tree against the reference vectors of Certificate Transparency, and what must hold of every tree."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.errors import ProofError, TreeError
from audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    Subtree,
    leaf_hash,
    node_hash,
    prove_consistency,
    prove_inclusion,
    root_of_hashes,
    verify_consistency,
    verify_inclusion,
)
from audit.tiles import TileTree, grow, tile_path, tiles_of, tiles_on_path

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "rfc6962.json").read_text(encoding="utf-8"))
LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]
ROOTS = [bytes.fromhex(root) for root in VECTORS["roots"]]


def over(hashes: Sequence[bytes]) -> Subtree:
    return lambda start, end: root_of_hashes(hashes[start:end])


def unhex(hashes: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(node) for node in hashes]


def recursive_root(hashes: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + recursive_root(hashes[:k]) + recursive_root(hashes[k:])).digest()


def some_hashes(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


# ---- the reference vectors


def test_the_empty_tree_leaves_and_nodes_hash_as_the_reference() -> None:
    assert EMPTY_ROOT.hex() == VECTORS["empty_root"] == root_of_hashes([]).hex() == Frontier().root().hex()
    for leaf, expected in VECTORS["leaf_hashes"].items():
        assert leaf_hash(bytes.fromhex(leaf)).hex() == expected
    node = VECTORS["node"]
    assert node_hash(bytes.fromhex(node["left"]), bytes.fromhex(node["right"])).hex() == node["hash"]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_of_the_eight_reference_leaves(size: int) -> None:
    assert root_of_hashes(LEAVES[:size]) == ROOTS[size - 1]
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf)
    assert frontier.root() == ROOTS[size - 1]


@pytest.mark.parametrize("vector", VECTORS["inclusion"])
def test_the_reference_inclusion_proofs_are_made_and_verified(vector: dict[str, object]) -> None:
    index, size, proof = int(str(vector["index"])), int(str(vector["size"])), unhex(vector["proof"])  # type: ignore[arg-type]
    assert prove_inclusion(index, size, over(LEAVES)) == proof
    verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size - 1])


@pytest.mark.parametrize("vector", VECTORS["consistency"])
def test_the_reference_consistency_proofs_are_made_and_verified(vector: dict[str, object]) -> None:
    first, second, proof = int(str(vector["first"])), int(str(vector["second"])), unhex(vector["proof"])  # type: ignore[arg-type]
    assert prove_consistency(first, second, over(LEAVES)) == proof
    verify_consistency(first, second, proof, ROOTS[first - 1], ROOTS[second - 1])


def test_a_proof_from_a_real_certificate_log_verifies() -> None:
    log = VECTORS["production_log"]
    leaf, root, proof = bytes.fromhex(log["leaf_hash"]), bytes.fromhex(log["root"]), unhex(log["proof"])
    verify_inclusion(leaf, log["index"], log["size"], proof, root)
    with pytest.raises(ProofError):
        verify_inclusion(leaf, log["index"] + 1, log["size"], proof, root)


# ---- what holds of every tree


@given(st.integers(0, 700))
@settings(max_examples=60)
def test_the_three_ways_to_a_root_agree(size: int) -> None:
    hashes = some_hashes(size)
    frontier = Frontier()
    for node in hashes:
        frontier.append(node)
    assert recursive_root(hashes) == root_of_hashes(hashes) == frontier.root()


@given(st.data(), st.integers(1, 600))
@settings(max_examples=150)
def test_every_inclusion_proof_verifies_and_proves_nothing_else(data: st.DataObject, size: int) -> None:
    hashes = some_hashes(size)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda place: place != index) if size > 1 else st.just(-1))
    proof, root = prove_inclusion(index, size, over(hashes)), root_of_hashes(hashes)
    verify_inclusion(hashes[index], index, size, proof, root)
    with pytest.raises(ProofError):
        verify_inclusion(hashes[index], other, size, proof, root)
    with pytest.raises(ProofError):
        verify_inclusion(hashes[index], index, size, [*proof, root], root)
    if proof:
        with pytest.raises(ProofError):
            verify_inclusion(hashes[index], index, size, proof[:-1], root)


@given(st.data(), st.integers(1, 300))
@settings(max_examples=150)
def test_a_flipped_bit_anywhere_in_an_inclusion_proof_is_caught(data: st.DataObject, size: int) -> None:
    hashes = some_hashes(size)
    index = data.draw(st.integers(0, size - 1))
    parts = [hashes[index], root_of_hashes(hashes), *prove_inclusion(index, size, over(hashes))]
    part, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[part] = flipped(parts[part], bit)
    with pytest.raises(ProofError):
        verify_inclusion(parts[0], index, size, parts[2:], parts[1])


def test_consistency_holds_for_every_pair_of_sizes_up_to_forty() -> None:
    hashes = some_hashes(40)
    roots = [root_of_hashes(hashes[:size]) for size in range(41)]
    for second in range(41):
        for first in range(second + 1):
            proof = prove_consistency(first, second, over(hashes))
            verify_consistency(first, second, proof, roots[first], roots[second])


@given(st.data(), st.integers(2, 400))
@settings(max_examples=150)
def test_a_flipped_bit_anywhere_in_a_consistency_proof_is_caught(data: st.DataObject, second: int) -> None:
    hashes = some_hashes(second)
    first = data.draw(st.integers(1, second))
    proof = prove_consistency(first, second, over(hashes))
    parts = [root_of_hashes(hashes[:first]), root_of_hashes(hashes), *proof]
    part, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[part] = flipped(parts[part], bit)
    with pytest.raises(ProofError):
        verify_consistency(first, second, parts[2:], parts[0], parts[1])


@given(st.data(), st.integers(2, 200))
@settings(max_examples=100)
def test_a_rewritten_past_has_no_consistency_proof(data: st.DataObject, second: int) -> None:
    hashes = some_hashes(second)
    first = data.draw(st.integers(1, second))
    changed = list(hashes)
    place = data.draw(st.integers(0, first - 1))
    changed[place] = flipped(changed[place], 0)
    proof = prove_consistency(first, second, over(changed))
    with pytest.raises(ProofError):
        verify_consistency(first, second, proof, root_of_hashes(hashes[:first]), root_of_hashes(changed))


@pytest.mark.parametrize(("first", "second"), [(-1, 3), (4, 3)])
def test_a_tree_cannot_shrink(first: int, second: int) -> None:
    with pytest.raises(ProofError):
        prove_consistency(first, second, over(some_hashes(5)))
    with pytest.raises(ProofError):
        verify_consistency(first, second, [], EMPTY_ROOT, EMPTY_ROOT)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ProofError):
        prove_inclusion(index, size, over(some_hashes(5)))
    with pytest.raises(ProofError):
        verify_inclusion(EMPTY_ROOT, index, size, [], EMPTY_ROOT)


def test_two_heads_of_one_size_must_be_equal_and_the_empty_tree_has_one_root() -> None:
    one, other = some_hashes(2)
    verify_consistency(3, 3, [], one, one)
    verify_consistency(0, 3, [], EMPTY_ROOT, one)
    for arguments in [
        (3, 3, [], one, other),
        (3, 3, [one], one, one),
        (0, 3, [], one, one),
        (0, 3, [one], EMPTY_ROOT, one),
    ]:
        with pytest.raises(ProofError):
            verify_consistency(*arguments)
    with pytest.raises(ProofError):
        verify_consistency(3, 5, [], one, other)


# ---- tiles


class Tiles:
    """A store of tiles, grown in steps."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, int], bytes] = {}
        self.hashes: list[bytes] = []

    def read(self, level: int, index: int) -> bytes | None:
        return self.kept.get((level, index))

    def append(self, hashes: list[bytes]) -> None:
        for level, index, tile in list(grow(len(self.hashes), hashes, self.read)):
            self.kept[level, index] = tile
        self.hashes += hashes


@given(st.lists(st.integers(1, 400), min_size=1, max_size=6), st.data())
@settings(max_examples=40)
def test_tiles_grown_in_any_steps_give_the_same_roots_and_proofs(steps: list[int], data: st.DataObject) -> None:
    tiles = Tiles()
    hashes = some_hashes(sum(steps))
    for step in steps:
        tiles.append(hashes[len(tiles.hashes) : len(tiles.hashes) + step])
    size = data.draw(st.integers(1, len(hashes)))
    index = data.draw(st.integers(0, size - 1))
    tree = TileTree(tiles.read)
    assert tree.root(size) == root_of_hashes(hashes[:size])
    assert prove_inclusion(index, size, tree.subtree) == prove_inclusion(index, size, over(hashes))
    first = data.draw(st.integers(0, size))
    assert prove_consistency(first, size, tree.subtree) == prove_consistency(first, size, over(hashes))


@given(st.integers(1, 2**26), st.data())
def test_a_proof_reads_no_tile_but_those_on_its_path(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1) | st.sampled_from([0, size - 1]))
    read: set[tuple[int, int]] = set()

    def any_tile(level: int, number: int) -> bytes:
        read.add((level, number))
        return bytes(256 * 32)

    tree = TileTree(any_tile)
    prove_inclusion(index, size, tree.subtree)
    tree.root(size)
    on_path = tiles_on_path(index, size)
    assert read <= on_path
    assert len(on_path) <= 8


def test_tiles_that_are_known_are_not_read_again() -> None:
    tiles = Tiles()
    tiles.append(some_hashes(1000))
    known = {place: tiles.kept[place] for place in tiles_on_path(500, 1000)}

    def none(level: int, index: int) -> bytes | None:
        raise AssertionError((level, index))

    tree = TileTree(none, known)
    assert prove_inclusion(500, 1000, tree.subtree) == prove_inclusion(500, 1000, TileTree(tiles.read).subtree)


def test_the_tiles_of_seventy_thousand_leaves_are_those_of_the_specification() -> None:
    tiles = Tiles()
    tiles.append([bytes(32)] * 70_000)
    wanted = list(tiles_of(70_000))
    # "273 full level 0 tiles, one partial level 0 tile of width 112, one full level 1 tile, one partial level 1 tile
    # of width 17, and one partial level 2 tile of width 1"
    assert [(level, width) for level, _, width in wanted if width < 256] == [(0, 112), (1, 17), (2, 1)]
    assert [sum(1 for level, _, width in wanted if (level, width) == (of, 256)) for of in (0, 1, 2)] == [273, 1, 0]
    assert {(level, index): len(tile) // 32 for (level, index), tile in tiles.kept.items()} == {
        (level, index): width for level, index, width in wanted
    }
    assert list(tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]


def test_a_tile_has_the_path_of_the_specification() -> None:
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path(3, 5, 17) == "tile/3/005.p/17"


def test_a_missing_or_narrow_tile_is_refused_not_guessed() -> None:
    tiles = Tiles()
    tiles.append(some_hashes(300))
    tiles.kept[0, 1] = tiles.kept[0, 1][:-32]
    with pytest.raises(TreeError, match="tile 0/1"):
        TileTree(tiles.read).root(300)
    with pytest.raises(TreeError, match="tile 0/1"):
        tiles.append(some_hashes(1))
    del tiles.kept[0, 0]
    with pytest.raises(TreeError, match="tile 0/0"):
        prove_inclusion(3, 256, TileTree(tiles.read).subtree)


def flipped(node: bytes, bit: int) -> bytes:
    return (int.from_bytes(node, "big") ^ (1 << bit)).to_bytes(32, "big")
