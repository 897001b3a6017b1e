"""Files a person may hold, good and tampered with, each with whom they trust: what two judges must agree on."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from audit import Receipt, Signer
from audit.cosignature import Cosigner
from audit.entry import Outcome
from audit.history import GIVEN
from tests.audit.logbook import ORIGIN, PATIENT, SIGNER, STAFF, START, Logbook, entry_id
from tests.audit.test_years import at

SECOND = Signer.from_seed(ORIGIN, bytes(range(1, 33)))
WITNESS = Cosigner.from_seed("other.example/witness", bytes(range(32)))
KEY, NEW_KEY = str(SIGNER.verifier), str(SECOND.verifier)
STRANGER = str(Signer.from_seed(ORIGIN, bytes(32)).verifier)
POLICY = f"# our log\nlog {KEY}\nwitness W {WITNESS.verifier} https://other.example/\ngroup G any W\nquorum G\n"

# (what it is, the file, the key or trust file)
Case = tuple[str, str, str]
Content = dict[str, Any]


def book() -> Logbook:
    """Two years, a change of key in the first, a head that a witness cosigned, and an entry that waits."""
    book = Logbook(yearly=True, counted=True)
    book.announce(at(2026))
    for _ in range(5):
        book.append(time=at(2026))
    book.integrate(at(2026))
    book.rotate(SECOND, at(2026, 7))
    for _ in range(2):
        book.append(time=at(2027))
    book.append(time=at(2027), entry_type=GIVEN)
    head = book.integrate(at(2027))
    assert head is not None
    with book.store.transaction() as store:
        store.cosign(replace(head, note=head.note + WITNESS.cosign(head.note, START // 1000)), 1)
    return book


def cases() -> Iterator[Case]:
    """Every file."""
    made = book()
    receipt = made.log.receipt(made.store, entry_id(7), ["ins", "birth_name"]).to_json()
    old = made.log.receipt(made.store, entry_id(2), ["staff_name"]).to_json()
    history = made.log.history_receipt(made.store, PATIENT).to_json()
    staff = made.log.history_receipt(made.store, STAFF).to_json()
    newer, stale = newer_than_the_witness()
    waiting = made.append(time=at(2027))
    promised = made.log.promise(made.store, waiting, at(2027)).to_json()
    for name, content in (
        ("receipt", receipt),
        ("old receipt", old),
        ("history", history),
        ("staff", staff),
        ("newer", newer),
        ("stale", stale),
    ):
        for whom, trust in (("key", KEY), ("new key", NEW_KEY), ("stranger", STRANGER), ("policy", POLICY)):
            yield f"{name}, {whom}", json.dumps(content), trust
    yield "promised", json.dumps(promised), KEY
    yield "promised, stranger", json.dumps(promised), STRANGER
    yield "pending", json.dumps(waiting.to_json()), KEY
    yield "bad key", json.dumps(receipt), "no key"
    yield "bad policy", json.dumps(receipt), f"log {KEY}\n"
    yield from _tampered("receipt", receipt, RECEIPT_CHANGES)
    yield from _tampered("promised", promised, PROMISE_CHANGES)
    yield from _tampered("history", history, HISTORY_CHANGES)
    yield from _tampered("newer", newer, NEWER_CHANGES, POLICY)
    for text in ("", "{", "[]", '{"format":"x"}', "null", json.dumps(receipt)[:-9]):
        yield f"text {text[:12]}", text, KEY
    yield "erased", json.dumps(_erased(made)), KEY
    yield "counted since", json.dumps(_counted_since()), KEY


def newer_than_the_witness(outcome: Outcome = "success") -> tuple[Content, Content]:
    """A history made when the witness had cosigned all but its end; one two days later, the witness still silent."""
    book = Logbook(yearly=True, counted=True)
    for _ in range(5):
        book.append(time=at(2026), outcome=outcome)
    seen = book.integrate(at(2026))
    assert seen is not None
    with book.store.transaction() as store:
        store.cosign(replace(seen, note=seen.note + WITNESS.cosign(seen.note, START // 1000)), 1)
    files = []
    for day in (0, 2):
        now = at(2026) + day * 24 * 3_600_000
        book.append(time=now, entry_type=GIVEN)
        book.integrate(now)
        files.append(book.log.history_receipt(book.store, PATIENT).to_json())
    return files[0], files[1]


def _counted_since() -> Content:
    """Entries from before there were numbers, and from after."""
    book = Logbook(yearly=True)
    book.append(time=at(2026))
    book.append(time=at(2026))
    book.counted = True
    book.append(time=at(2026, 7))
    book.append(time=at(2026, 8), entry_type=GIVEN)
    book.integrate(at(2026, 9))
    return book.log.history_receipt(book.store, PATIENT).to_json()


def _erased(made: Logbook) -> Content:
    with made.store.transaction() as store:
        gone = made.log.erase(store, PATIENT, "2026-06")
    made.append(time=at(2027, 9), personal={PATIENT: gone.personal()})
    made.append(time=at(2027, 9), entry_type=GIVEN)
    made.integrate(at(2027, 9))
    return made.log.history_receipt(made.store, PATIENT).to_json()


def _tampered(
    what: str, content: Content, changes: dict[str, Callable[[Content], object]], trust: str = KEY
) -> Iterator[Case]:
    for name, change in changes.items():
        altered = json.loads(json.dumps(content))
        change(altered)
        if altered.get("format", "").endswith("receipt/v1") and name not in {"hash", "no hash"} and "leaf" in altered:
            altered["leaf_hash"] = Receipt("", str(altered["leaf"]).encode("utf-8", "surrogatepass")).leaf_hash.hex()
        yield f"{what}: {name}", json.dumps(altered), trust


def _put(*path: str | int, value: object) -> Callable[[Content], object]:
    def change(content: Any) -> None:
        for step in path[:-1]:
            content = content[step]
        content[path[-1]] = value

    return change


def _swap(*path: str | int, old: str, new: str) -> Callable[[Content], object]:
    def change(content: Any) -> None:
        for step in path[:-1]:
            content = content[step]
        assert old in content[path[-1]]
        content[path[-1]] = content[path[-1]].replace(old, new, 1)

    return change


RECEIPT_CHANGES: dict[str, Callable[[Content], object]] = {
    "outcome": _swap("leaf", old="success", new="refused"),
    "spaces in the leaf": _swap("leaf", old=":", new=": "),
    "float in the leaf": _swap("leaf", old='"lane":0', new='"lane":0.5'),
    "a member more": _swap("leaf", old='{"_sd"', new='{"_s":1,"_sd"'),
    "lone surrogate": _swap("leaf", old="BTG", new="\ud800"),
    "hash": _put("leaf_hash", value="00" * 32),
    "no hash": _put("leaf_hash", value=None),
    "id": _put("entry_id", value=entry_id(1)),
    "no id": _put("entry_id", value=7),
    "disclosure dropped": _put("disclosures", value=[]),
    "disclosure junk": _put("disclosures", value=["!!"]),
    "disclosure invented": _put("disclosures", value=["WyJhIiwiYiIsImMiXQ"]),
    "disclosures twice": lambda content: content["disclosures"].append(content["disclosures"][0]),
    "disclosures no list": _put("disclosures", value="x"),
    "index": _swap("proof", old="index 2", new="index 1"),
    "index beyond": _swap("proof", old="index 2", new="index 900"),
    "index spelt": _swap("proof", old="index 2", new="index 02"),
    "extra line": _swap("proof", old="index", new="extra AAAA\nindex"),
    "size": _swap("proof", old="\n4\n", new="\n5\n"),
    "origin": _swap("proof", old="/2027\n", new="/2028\n"),
    "header": _swap("proof", old="@v1", new="@v2"),
    "no checkpoint": _swap("proof", old="\n\n", new="\n"),
    "no proof": _put("proof", value=None),
    "proof no text": _put("proof", value=3),
    "no rotations": _put("rotations", value=[]),
    "rotations no list": _put("rotations", value="x"),
    "rotation altered": _swap("rotations", 0, "leaf", old="rotation/v1", new="rotation/v2"),
    "rotation elsewhere": _swap("rotations", 0, "proof", old="index ", new="index 1"),
    "rotation incomplete": _put("rotations", value=[{"leaf": ""}]),
    "format": _put("format", value="emergency-access-audit-receipt/v2"),
}
PROMISE_CHANGES: dict[str, Callable[[Content], object]] = {
    "number": _swap("promise", old="gw-1 0 ", new="gw-1 0 1"),
    "no key": _put("promise_key", value=None),
    "key junk": _put("promise_key", value="x"),
    "key of nothing": _swap("promise_key", "leaf", old="log.receipt_key", new="log.receipt_kex"),
    "leaf": _swap("leaf", old="BTG", new="TRE"),
    "promise no text": _put("promise", value=1),
    "no promise": _put("promise", value=None),
    "disclosure": _put("disclosures", value=["!!"]),
}
HISTORY_CHANGES: dict[str, Callable[[Content], object]] = {
    "first hidden": lambda content: content["entries"].pop(0),
    "one hidden": lambda content: content["entries"].pop(3),
    "last hidden": lambda content: content["entries"].pop(),
    "all hidden": _put("entries", value=[]),
    "a number withheld": _put("entries", 2, "disclosures", value=[]),
    "twice": lambda content: content["entries"].append(content["entries"][0]),
    "path cut": lambda content: content["entries"][0]["path"].pop(),
    "path junk": _put("entries", 0, "path", 0, value="AAAA"),
    "other head": _put("entries", 0, "head", value=1),
    "no such head": _put("entries", 0, "head", value=2),
    "index negative": _put("entries", 0, "index", value=-1),
    "index text": _put("entries", 0, "index", value="1"),
    "head twice": lambda content: content["heads"].append(content["heads"][0]),
    "head altered": _swap("heads", 0, old="\n7\n", new="\n8\n"),
    "no heads": _put("heads", value=None),
    "no rotations": lambda content: content.pop("rotations"),
    "outcome": _swap("entries", 1, "leaf", old="success", new="refused"),
    "subject": _put("subject", value=None),
    "subject of another": _put("subject", value="patient/42"),
    "end hidden": lambda content: content.update(entries=content["entries"][:-2]),
}
NEWER_CHANGES: dict[str, Callable[[Content], object]] = {
    "no cosigned head": _put("cosigned", value=[]),
    "no cosigned member": lambda content: content.pop("cosigned"),
    "cosigned no list": _put("cosigned", value="x"),
    "cosigned junk": _put("cosigned", value=[{}]),
    "cosigned of another head": _put("cosigned", 0, "head", value=1),
    "cosigned head no place": _put("cosigned", 0, "head", value=True),
    "cosigned by nobody": lambda content: content["cosigned"][0].update(note=content["heads"][0], path=[]),
    "cosigned head altered": _swap("cosigned", 0, "note", old="\n5\n", new="\n4\n"),
    "cosigned path cut": lambda content: content["cosigned"][0]["path"].pop(),
    "cosigned path longer": lambda content: content["cosigned"][0]["path"].append(content["cosigned"][0]["path"][0]),
    "cosigned path junk": _put("cosigned", 0, "path", 0, value="AAAA"),
}
