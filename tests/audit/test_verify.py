"""The judge: a sound bundle verifies, and each way of tampering is named, at its place."""

import base64
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audit
from audit import Report, Signer, verify_bundle, write_bundle
from audit.bundle_reader import BundleReader
from audit.checkpoint import sign_checkpoint
from audit.entry import leaf_bytes, read_leaf
from audit.errors import BundleError, NoteError
from audit.merkle import leaf_hash, root_of_hashes
from audit.messages import FAULTS, WORDS, fault_text
from audit.tiles import TileTree
from tests.audit.logbook import ORIGIN, PATIENT, SIGNER, Logbook

VKEY = str(SIGNER.verifier)
STEPS = (3, 260, 40)
SIZE = sum(STEPS)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of 303 entries, three heads and their disclosures; copied before it is touched."""
    folder = tmp_path_factory.mktemp("bundle") / "log"
    book = Logbook().fill(*STEPS)
    write_bundle(book.log, book.store, SIGNER.verifier, folder, disclosures=True)
    return folder


@pytest.fixture
def bundle(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "log"))


def lines(bundle: Path, name: str = "entries.jsonl") -> list[bytes]:
    return (bundle / name).read_bytes().splitlines(keepends=True)


def write(bundle: Path, content: list[bytes], name: str = "entries.jsonl") -> None:
    (bundle / name).write_bytes(b"".join(content))


def edit_json(bundle: Path, name: str, line: int, **members: object) -> None:
    content = lines(bundle, name)
    content[line] = json.dumps({**json.loads(content[line]), **members}).encode() + b"\n"
    write(bundle, content, name)


def fault(report: Report) -> dict[str, Any]:
    assert report.fault is not None
    assert not report.verified
    # Every fault has its sentence in both languages, and the details that the sentence needs.
    assert all(fault_text(report.fault.code, report.fault.details, tongue) for tongue in (0, 1))
    return {"code": report.fault.code, **report.fault.details}


def test_a_sound_bundle_verifies(bundle: Path) -> None:
    seen: list[tuple[int, int]] = []
    report = verify_bundle(bundle, VKEY, progress=lambda done, of: seen.append((done, of)))
    assert report.verified
    assert (report.origin, report.size, report.checkpoints, report.entries) == (ORIGIN, SIZE, 3, SIZE)
    assert report.disclosures == 3 * SIZE
    assert report.to_json()["fault"] is None


def test_a_bundle_without_disclosures_holds_no_personal_value(tmp_path: Path) -> None:
    book = Logbook().fill(5)
    write_bundle(book.log, book.store, SIGNER.verifier, tmp_path / "log")
    everything = b"".join(file.read_bytes() for file in (tmp_path / "log").rglob("*") if file.is_file())
    assert b"279035121518989" not in everything
    assert not (tmp_path / "log" / "disclosures.jsonl").exists()
    assert verify_bundle(tmp_path / "log", VKEY).verified


def test_entries_not_yet_under_a_head_stay_out_of_the_bundle(tmp_path: Path) -> None:
    book = Logbook().fill(4)
    book.append()
    seen: list[tuple[int, int]] = []
    head = write_bundle(
        book.log, book.store, SIGNER.verifier, tmp_path / "log", progress=lambda done, of: seen.append((done, of))
    )
    assert head.size == 4
    assert seen == [(4, 4)]
    assert len(lines(tmp_path / "log")) == 4
    assert verify_bundle(tmp_path / "log", VKEY).verified


def test_a_bundle_after_an_erasure_verifies(tmp_path: Path) -> None:
    book = Logbook().fill(5)
    book.store.erase(PATIENT, "2026-09")
    write_bundle(book.log, book.store, SIGNER.verifier, tmp_path / "log", disclosures=True)
    report = verify_bundle(tmp_path / "log", VKEY)
    assert report.verified
    assert report.disclosures == 5


# ---- entries


def test_a_changed_entry_is_named(bundle: Path) -> None:
    content = lines(bundle)
    content[100] = content[100].replace(b"break_glass", b"normal")
    write(bundle, content)
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "entry_changed", "index": 100}


@pytest.mark.parametrize(("index", "count"), [(0, 1), (7, 1), (255, 3)])
def test_deleted_entries_are_named(bundle: Path, index: int, count: int) -> None:
    content = lines(bundle)
    del content[index : index + count]
    write(bundle, content)
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "entry_deleted", "index": index, "count": count}


@pytest.mark.parametrize("copied", [False, True])
def test_an_inserted_entry_is_named(bundle: Path, copied: bool) -> None:
    content = lines(bundle)
    content.insert(50, content[200] if copied else content[200].replace(b"success", b"refused"))
    write(bundle, content)
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "entry_inserted", "index": 50, "count": 1}


def test_reordered_entries_are_named(bundle: Path) -> None:
    content = lines(bundle)
    content[20], content[30] = content[30], content[20]
    write(bundle, content)
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "entry_reordered", "index": 20, "belongs": 30}


def test_an_entry_replaced_by_a_copy_of_another_is_a_changed_one(bundle: Path) -> None:
    content = lines(bundle)
    content[20] = content[30]
    write(bundle, content)
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "entry_changed", "index": 20}


@pytest.mark.parametrize("kept", [0, 150, SIZE - 1])
def test_a_truncated_tail_is_named_relative_to_its_head(bundle: Path, kept: int) -> None:
    write(bundle, lines(bundle)[:kept])
    expected = {"code": "entries_truncated", "index": kept, "missing": SIZE - kept}
    assert fault(verify_bundle(bundle, VKEY)) == expected


def test_entries_beyond_the_head_are_named(bundle: Path) -> None:
    content = lines(bundle)
    write(bundle, [*content, content[0]])
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "entries_beyond", "index": SIZE}


# ---- heads and proofs


def test_a_rewritten_checkpoint_is_named(bundle: Path) -> None:
    note = json.loads(lines(bundle, "checkpoints.jsonl")[1])["note"]
    edit_json(bundle, "checkpoints.jsonl", 1, note=note.replace("\n263\n", "\n262\n"), size=262)
    found = fault(verify_bundle(bundle, VKEY))
    assert found == {"code": "checkpoint_signature", "line": 2, "size": 262}


def test_a_checkpoint_signed_by_another_key_is_named(bundle: Path) -> None:
    other = Signer.from_seed(ORIGIN, bytes(32))
    note = sign_checkpoint(other, SIZE, bytes(32), 0).note
    (bundle / "checkpoint").write_text(note, encoding="utf-8")
    found = fault(verify_bundle(bundle, VKEY))
    assert found == {"code": "checkpoint_signature", "file": "checkpoint", "size": SIZE}


def test_an_old_checkpoint_played_again_is_named(bundle: Path) -> None:
    (bundle / "checkpoint").write_text(json.loads(lines(bundle, "checkpoints.jsonl")[1])["note"], encoding="utf-8")
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "checkpoint_head", "size": 263, "last": SIZE}


def test_swapped_checkpoints_are_named(bundle: Path) -> None:
    content = lines(bundle, "checkpoints.jsonl")
    content[0], content[1] = content[1], content[0]
    write(bundle, content, "checkpoints.jsonl")
    assert fault(verify_bundle(bundle, VKEY))["code"] == "consistency_proof"
    edit_json(bundle, "checkpoints.jsonl", 0, consistency=[])
    expected = {"code": "checkpoint_order", "line": 2, "size": 3, "previous": 263}
    assert fault(verify_bundle(bundle, VKEY)) == expected


def test_a_swapped_proof_is_named(bundle: Path) -> None:
    first, second = (json.loads(line)["consistency"] for line in lines(bundle, "checkpoints.jsonl")[1:])
    edit_json(bundle, "checkpoints.jsonl", 1, consistency=second)
    edit_json(bundle, "checkpoints.jsonl", 2, consistency=first)
    expected = {"code": "consistency_proof", "line": 2, "first": 3, "second": 263}
    assert fault(verify_bundle(bundle, VKEY)) == expected


def test_a_removed_checkpoint_breaks_the_chain_of_proofs(bundle: Path) -> None:
    content = lines(bundle, "checkpoints.jsonl")
    write(bundle, [content[0], content[2]], "checkpoints.jsonl")
    expected = {"code": "consistency_proof", "line": 2, "first": 3, "second": SIZE}
    assert fault(verify_bundle(bundle, VKEY)) == expected


def test_a_bundle_resigned_with_another_key_is_refused_by_the_trusted_one(bundle: Path) -> None:
    (bundle / "log.vkey").write_text(str(Signer.from_seed(ORIGIN, bytes(32)).verifier), encoding="utf-8")
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "key_differs", "trusted": ORIGIN}
    (bundle / "log.vkey").unlink()
    assert verify_bundle(bundle, VKEY).verified


# ---- the hashes


def test_a_changed_tile_is_named_and_the_entries_are_said_to_be_intact(bundle: Path) -> None:
    tile = bundle / "tile" / "0" / "000"
    content = bytearray(tile.read_bytes())
    content[32 * 9] ^= 1
    tile.write_bytes(content)
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "tile_changed", "file": "tile/0/000", "index": 9}


def test_a_changed_upper_tile_is_named(bundle: Path) -> None:
    (bundle / "tile" / "1" / "000.p" / "1").write_bytes(bytes(32))
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "tile_changed", "file": "tile/1/000.p/1"}


def test_a_cut_tile_is_named(bundle: Path) -> None:
    (bundle / "tile" / "0" / "001.p" / "47").write_bytes(bytes(31))
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "tile_changed", "file": "tile/0/001.p/47"}


def test_an_entry_rewritten_together_with_its_hash_is_placed_between_two_heads(bundle: Path) -> None:
    content = lines(bundle)
    content[100] = content[100].replace(b"break_glass", b"normal")
    write(bundle, content)
    tile = bundle / "tile" / "0" / "000"
    hashes = bytearray(tile.read_bytes())
    hashes[3200:3232] = leaf_hash(content[100][:-1])
    tile.write_bytes(hashes)
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "entries_rewritten", "start": 3, "end": 263}


# ---- numbers


def test_a_gap_in_a_gateways_numbers_is_named(tmp_path: Path) -> None:
    book = Logbook()
    for _ in range(5):
        book.append()
    # An administrator deletes two entries before the sequencer sees them.
    for sequence in (3, 4):
        entry_id = book.store._pending.pop(sequence)
        del book.store._entries[entry_id]
    book.integrate()
    write_bundle(book.log, book.store, SIGNER.verifier, tmp_path / "log")
    expected = {"code": "counter_gap", "index": 2, "gateway": "gw-1", "lane": 0, "expected": 3, "found": 5}
    assert fault(verify_bundle(tmp_path / "log", VKEY)) == expected


def test_a_number_used_twice_and_a_leaf_of_another_form_are_named(tmp_path: Path) -> None:
    book = Logbook().fill(2)
    leaves = [stored.leaf for stored in book.store.leaves(0, 2)]
    repeated = leaf_bytes(replace(read_leaf(leaves[0])[0], counter=2), [])
    signed_bundle(tmp_path / "repeated", [*leaves, repeated])
    assert fault(verify_bundle(tmp_path / "repeated", VKEY))["code"] == "counter_repeated"
    signed_bundle(tmp_path / "malformed", [*leaves, b'{"v":1}'])
    assert fault(verify_bundle(tmp_path / "malformed", VKEY)) == {"code": "leaf_malformed", "index": 2}


def signed_bundle(folder: Path, leaves: list[bytes]) -> None:
    """What a holder of the signing key could produce over any leaves (at most 256)."""
    hashes = [leaf_hash(leaf) for leaf in leaves]
    note = sign_checkpoint(SIGNER, len(leaves), root_of_hashes(hashes), 0).note
    (folder / "tile" / "0" / "000.p").mkdir(parents=True)
    (folder / "format").write_text("emergency-access-audit-bundle/v1\n", encoding="utf-8")
    (folder / "checkpoint").write_text(note, encoding="utf-8")
    line = {"size": len(leaves), "time": 0, "note": note, "consistency": []}
    (folder / "checkpoints.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    (folder / "entries.jsonl").write_bytes(b"".join(leaf + b"\n" for leaf in leaves))
    (folder / "tile" / "0" / "000.p" / str(len(leaves))).write_bytes(b"".join(hashes))


# ---- disclosures


def test_a_disclosure_that_does_not_match_its_digest_is_named(bundle: Path) -> None:
    disclosures = json.loads(lines(bundle, "disclosures.jsonl")[40])["disclosures"]
    salt, name, _ = json.loads(base64.urlsafe_b64decode(disclosures[0] + "=="))
    forged = base64.urlsafe_b64encode(json.dumps([salt, name, "somebody else"]).encode()).decode().rstrip("=")
    edit_json(bundle, "disclosures.jsonl", 40, disclosures=[forged, *disclosures[1:]])
    expected = {"code": "disclosure_mismatch", "line": 41, "index": 40, "name": name}
    assert fault(verify_bundle(bundle, VKEY)) == expected


def test_the_disclosures_of_two_patients_swapped_are_named(bundle: Path) -> None:
    content = [json.loads(line) for line in lines(bundle, "disclosures.jsonl")]
    edit_json(bundle, "disclosures.jsonl", 10, disclosures=content[11]["disclosures"])
    edit_json(bundle, "disclosures.jsonl", 11, disclosures=content[10]["disclosures"])
    assert fault(verify_bundle(bundle, VKEY))["index"] == 10


@pytest.mark.parametrize("change", [{"index": 3}, {"index": 10**6}, {"entry_id": "x"}])
def test_a_misplaced_disclosure_is_named(bundle: Path, change: dict[str, object]) -> None:
    edit_json(bundle, "disclosures.jsonl", 40, **change)
    assert fault(verify_bundle(bundle, VKEY))["code"] == "disclosure_misplaced"


def test_a_disclosure_told_twice_is_named(bundle: Path) -> None:
    disclosures = json.loads(lines(bundle, "disclosures.jsonl")[0])["disclosures"]
    edit_json(bundle, "disclosures.jsonl", 0, disclosures=[*disclosures, disclosures[0]])
    assert fault(verify_bundle(bundle, VKEY))["code"] == "disclosure_mismatch"


# ---- anchors: what the bundle alone cannot show


def test_a_log_rolled_back_with_its_heads_is_caught_by_a_head_kept_elsewhere(bundle: Path, tmp_path: Path) -> None:
    yesterday = Logbook().fill(*STEPS[:2])
    write_bundle(yesterday.log, yesterday.store, SIGNER.verifier, tmp_path / "yesterday")
    today = (bundle / "checkpoint").read_text(encoding="utf-8")
    assert verify_bundle(tmp_path / "yesterday", VKEY).verified
    expected = {"code": "anchor_beyond", "anchor": 1, "size": SIZE, "last": 263}
    assert fault(verify_bundle(tmp_path / "yesterday", VKEY, [today])) == expected


def test_a_history_signed_anew_is_caught_by_a_head_kept_elsewhere(bundle: Path) -> None:
    kept = sign_checkpoint(SIGNER, 100, leaf_hash(b"another history"), 0).note
    assert fault(verify_bundle(bundle, VKEY, [kept])) == {"code": "anchor_conflict", "size": 100}
    same_size = sign_checkpoint(SIGNER, SIZE, leaf_hash(b"another history"), 0).note
    assert fault(verify_bundle(bundle, VKEY, [same_size])) == {"code": "anchor_conflict", "size": SIZE}


def test_heads_kept_elsewhere_that_agree_are_counted(bundle: Path) -> None:
    hashes = list(BundleReader(bundle).leaf_hashes(SIZE))
    kept = [sign_checkpoint(SIGNER, size, root_of_hashes(hashes[:size]), 0).note for size in (263, 100)]
    report = verify_bundle(bundle, VKEY, kept)
    assert report.verified
    assert report.anchors == 2
    foreign = sign_checkpoint(Signer.from_seed(ORIGIN, bytes(32)), 5, bytes(32), 0).note
    expected = {"code": "anchor_signature", "anchor": 2, "size": 5}
    assert fault(verify_bundle(bundle, VKEY, [kept[0], foreign])) == expected


# ---- what is no bundle, or broken


@pytest.mark.parametrize("name", ["checkpoint", "checkpoints.jsonl", "entries.jsonl", "tile/0/000"])
def test_a_missing_file_is_named(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    assert fault(verify_bundle(bundle, VKEY)) == {"code": "file_missing", "file": name}


@pytest.mark.parametrize(
    "junk", [b"", b"\xff\n", b"{}\n", b"[]\n", b"null\n", b"[" * 100_000 + b"\n", b'{"note": 1}\n', b"x" * 70_000]
)
def test_junk_in_any_file_is_a_fault_and_never_a_crash(bundle: Path, sound: Path, junk: bytes) -> None:
    for name in ("checkpoint", "checkpoints.jsonl", "entries.jsonl", "log.vkey"):
        (bundle / name).write_bytes(junk)
        assert not verify_bundle(bundle, VKEY).verified
        shutil.copyfile(sound / name, bundle / name)
    content = lines(bundle, "disclosures.jsonl")
    if junk:
        write(bundle, [junk, *content], "disclosures.jsonl")
        assert not verify_bundle(bundle, VKEY).verified


def test_what_is_no_bundle_is_told_apart_from_a_bad_one(bundle: Path, tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(BundleError):
            verify_bundle(folder, VKEY)
    (bundle / "format").write_text("something-else/v9\n", encoding="utf-8")
    with pytest.raises(BundleError):
        verify_bundle(bundle, VKEY)
    with pytest.raises(NoteError):
        verify_bundle(bundle, "not a key")


def test_an_export_never_overwrites_and_needs_a_signed_head(bundle: Path, tmp_path: Path) -> None:
    book = Logbook()
    book.append()
    with pytest.raises(BundleError, match="nothing is signed"):
        write_bundle(book.log, book.store, SIGNER.verifier, tmp_path / "new")
    book.integrate()
    with pytest.raises(BundleError, match="not an empty folder"):
        write_bundle(book.log, book.store, SIGNER.verifier, bundle)


def test_the_tiles_of_a_bundle_alone_give_the_signed_root(bundle: Path) -> None:
    reader = BundleReader(bundle)
    widths = {(0, 0): 256, (0, 1): 47, (1, 0): 1}
    tree = TileTree(lambda level, index: b"".join(reader.tile(level, index, widths[level, index])))
    assert tree.root(SIZE).hex() == verify_bundle(bundle, VKEY).root


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_a_flipped_bit_anywhere_in_a_bundle_is_caught(small: Path, data: st.DataObject) -> None:
    files = sorted(file for file in small.rglob("*") if file.is_file())
    file = data.draw(st.sampled_from(files))
    sound = file.read_bytes()
    position, bit = data.draw(st.integers(0, len(sound) - 1)), data.draw(st.integers(0, 7))
    changed = bytearray(sound)
    changed[position] ^= 1 << bit
    file.write_bytes(changed)
    try:
        caught = not verify_bundle(small, VKEY).verified
    except BundleError:
        caught = file.name == "format"
    finally:
        file.write_bytes(sound)
    assert caught or harmless(file.name, sound, bytes(changed), position)


def harmless(name: str, sound: bytes, changed: bytes, position: int) -> bool:
    """The only bytes that nothing signs: the time a head was stored, white space around JSON and names."""
    if sound[position : position + 1].isspace() or changed[position : position + 1].isspace():
        return True
    if name != "checkpoints.jsonl":
        return False
    unsigned = [json.loads(line) | {"time": 0} for line in sound.splitlines()]
    return [json.loads(line) | {"time": 0} for line in changed.splitlines()] == unsigned


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "log"
    book = Logbook().fill(2, 3)
    write_bundle(book.log, book.store, SIGNER.verifier, folder, disclosures=True)
    return folder


def test_every_message_is_said_in_two_languages_with_the_same_places() -> None:
    def places(text: str) -> set[str]:
        return {part.split("}")[0] for part in text.split("{")[1:]}

    for texts in (FAULTS, WORDS):
        for french, english in texts.values():
            assert places(french) == places(english)
            assert french != english


def test_every_fault_is_in_the_readme() -> None:
    readme = (Path(audit.__file__).parent / "README.md").read_text(encoding="utf-8")
    assert [code for code in FAULTS if f"`{code}`" not in readme] == []
