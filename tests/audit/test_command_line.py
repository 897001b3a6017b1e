"""`python -m audit`, as an auditor or a patient runs it: nothing but the files and the public key."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit import Signer, write_bundle
from tests.audit.logbook import ORIGIN, SIGNER, Logbook, entry_id

ROOT = Path(__file__).parents[2]
VKEY = str(SIGNER.verifier)


def run(*arguments: str | Path, lang: str = "en_GB.UTF-8") -> tuple[int, str, str]:
    environment = {**os.environ, "LANG": lang, "LC_ALL": "", "LC_MESSAGES": "", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "audit", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bundle, a receipt, a pending receipt and a head kept elsewhere."""
    folder = tmp_path_factory.mktemp("exported")
    book = Logbook().fill(4, 4)
    write_bundle(book.log, book.store, SIGNER.verifier, folder / "log")
    book.append()
    receipts = {"receipt.json": book.log.receipt(book.store, entry_id(2), ["ins"]), "pending.json": book.append()}
    for name, receipt in receipts.items():
        (folder / name).write_text(json.dumps(receipt.to_json()), encoding="utf-8")
    later = book.integrate()
    assert later is not None
    (folder / "later.txt").write_text(later.note, encoding="utf-8")
    return folder


@pytest.mark.parametrize("lang", ["", "C", "de_DE.UTF-8"])
def test_words_are_french_unless_english_is_asked_for(exported: Path, lang: str) -> None:
    french = run("verify", exported / "log", "--key", exported / "log" / "log.vkey", lang="fr_FR.UTF-8")
    assert run("verify", exported / "log", "--key", exported / "log" / "log.vkey", lang=lang) == french
    assert run("verify", exported / "log", "--key", exported / "log" / "log.vkey") != french


def test_a_sound_bundle_ends_with_zero_in_either_language(exported: Path) -> None:
    code, out, _ = run("verify", exported / "log", "--key", VKEY)
    assert code == 0
    assert out.startswith(f"VERIFIED: log {ORIGIN}, 8 entries")
    code, out, _ = run("verify", exported / "log", "--key", exported / "log" / "log.vkey", lang="fr_FR.UTF-8")
    assert code == 0
    assert out.startswith(f"VÉRIFIÉ : journal {ORIGIN}, 8 entrées")


def test_a_tampered_bundle_ends_with_one_and_names_the_fault(exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    for file in (exported / "log").rglob("*"):
        if file.is_file():
            target = folder / file.relative_to(exported / "log")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    entries = (folder / "entries.jsonl").read_bytes()
    (folder / "entries.jsonl").write_bytes(entries.replace(b'"counter":5', b'"counter":6'))
    code, out, _ = run("verify", folder, "--key", VKEY, lang="fr_FR.UTF-8")
    assert (code, out) == (1, "NON VÉRIFIÉ : l'entrée 4 (ligne 5) a été modifiée\n")
    code, out, _ = run("verify", folder, "--key", VKEY, "--json")
    answer = json.loads(out)
    assert code == 1
    assert answer["verified"] is False
    assert answer["fault"] == {"code": "entry_changed", "index": 4}
    assert answer["message"] == "entry 4 (line 5) was changed"


def test_a_head_kept_elsewhere_shows_what_was_cut_off(exported: Path) -> None:
    code, out, _ = run("verify", exported / "log", "--key", VKEY, "--anchor", exported / "later.txt")
    assert code == 1
    assert "the tail of the log was cut off" in out


def test_a_receipt_is_verified_alone(exported: Path) -> None:
    code, out, _ = run("receipt", exported / "receipt.json", "--key", VKEY)
    assert code == 0
    assert entry_id(2) in out
    assert 'ins: "279035121518989"' in out
    code, out, _ = run("receipt", exported / "receipt.json", "--key", VKEY, "--json")
    assert code == 0
    assert json.loads(out)["leaf_index"] == 1


def test_a_receipt_that_does_not_hold_ends_with_one_and_says_why(exported: Path, tmp_path: Path) -> None:
    code, out, _ = run("receipt", exported / "pending.json", "--key", VKEY, lang="fr_FR.UTF-8")
    assert code == 1
    assert "pas encore de preuve" in out
    other = str(Signer.from_seed(ORIGIN, bytes(32)).verifier)
    code, out, _ = run("receipt", exported / "receipt.json", "--key", other, "--json")
    assert code == 1
    assert json.loads(out)["fault"] == {"code": "receipt_signature"}
    content = json.loads((exported / "receipt.json").read_text(encoding="utf-8"))
    for member, value, code_word in (
        ("disclosures", ["WyJhIiwiYiIsMV0"], "receipt_disclosure"),
        ("proof", content["proof"].replace("index 1", "index 2"), "receipt_proof"),
    ):
        changed = tmp_path / "changed.json"
        changed.write_text(json.dumps({**content, member: value}), encoding="utf-8")
        code, out, _ = run("receipt", changed, "--key", VKEY, "--json")
        assert code == 1
        assert json.loads(out)["fault"] == {"code": code_word}


@pytest.mark.parametrize(
    "arguments", [(), ("verify",), ("verify", "x"), ("judge", "x", "--key", "y"), ("verify", "x", "--key", "no key")]
)
def test_wrong_usage_ends_with_two(arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2


def test_what_is_not_there_ends_with_three_and_no_trace(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for arguments in (
        ("verify", tmp_path / "nowhere"),
        ("verify", tmp_path),
        ("verify", exported / "log", "--anchor", tmp_path / "nowhere"),
        ("receipt", tmp_path / "nowhere"),
        ("receipt", tmp_path / "binary"),
    ):
        code, out, err = run(*arguments, "--key", VKEY)
        assert (code, out) == (3, "")
        assert err.startswith("cannot be read")
        assert "Traceback" not in err
