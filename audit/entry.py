"""One entry of the record, and the leaf it becomes in the tree.

The leaf is RFC 8785 canonical JSON, stored and hashed byte for byte. It holds nothing personal: the personal values
of an entry are disclosures in the manner of RFC 9901, and only their salted digests (`_sd`) are in the leaf.
"""

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast, get_args

from audit.errors import EntryError

Outcome: TypeAlias = Literal["success", "refused", "failed"]
Fact: TypeAlias = str | int | bool | Sequence[str] | Sequence[int]
Json: TypeAlias = str | int | bool | Sequence["Json"] | Mapping[str, "Json"] | None

OUTCOMES: tuple[str, ...] = get_args(Outcome)
LEAF_VERSION = 1
# C2SP tlog-tiles writes each entry of a bundle after a 16-bit length.
MAX_LEAF_BYTES = 65_535
MAX_TEXT = 256
# RFC 8785 section 3.2.2.3: integers beyond this are not exact in every reader of JSON.
MAX_INTEGER = 2**53 - 1
LEAF_MEMBERS = frozenset(
    {"_sd", "_sd_alg", "counter", "facts", "gateway", "id", "lane", "outcome", "policy", "purpose", "time", "type", "v"}
)

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAME = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_GATEWAY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:@-]{0,127}")


def entry_id_at(time: int, random: Callable[[int], bytes]) -> str:
    """A fresh entry id: a UUID of version 7 (RFC 9562, section 5.7), milliseconds since 1970, then 74 random bits.

    Entries recorded together are neighbours in an index by it, and lie in the same month where a store keeps months;
    by random ids each would lie in a page of its own.
    """
    drawn = bytearray(time.to_bytes(6, "big") + random(10))
    drawn[6] = drawn[6] & 0x0F | 0x70
    drawn[8] = drawn[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(drawn)))


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, once: the content of one leaf, and the personal values that the leaf only commits to.

    - `entry_id`: UUID in lower case; `time`: UTC, milliseconds since 1970.
    - `gateway`: the writing instance; `lane`, `counter`: within a gateway's lane the counters are 1, 2, 3... without
      a gap (see `LogStore.next_counter`), so a deleted entry shows.
    - `type`: what happened, e.g. `access.opened` (lower case, digits, `_`, `.`); `outcome`; `purpose`, e.g. `BTG`,
      empty for what has none; `policy_version`: digest of the rules in force, empty before any.
    - `facts`: non-personal values only, flat: str, int, bool, or a list of str or of int.
    - `personal`: subject (an opaque id such as `patient/7f…`, `staff/a1…`) -> name -> JSON value without float.
      A name is used once in an entry. Each subject's values are encrypted under that subject's own key, so they can
      be erased for one person and stay for the other.
    """

    entry_id: str
    time: int
    gateway: str
    lane: int
    counter: int
    type: str
    outcome: Outcome
    purpose: str
    policy_version: str
    facts: Mapping[str, Fact]
    personal: Mapping[str, Mapping[str, Json]]

    def __post_init__(self) -> None:
        """Refuse what a leaf cannot hold. Raises EntryError naming the member, never its value."""
        if not _UUID.fullmatch(self.entry_id):
            raise EntryError("entry_id must be a UUID in lower case")
        if not _GATEWAY.fullmatch(self.gateway):
            raise EntryError("gateway must be 1 to 64 of A-Z a-z 0-9 _ . : -")
        if not _NAME.fullmatch(self.type):
            raise EntryError("type must be 1 to 64 of a-z 0-9 _ . and start with a letter")
        if self.outcome not in OUTCOMES:
            raise EntryError(f"outcome must be one of {', '.join(OUTCOMES)}")
        for member, value in (("time", self.time), ("lane", self.lane), ("counter", self.counter)):
            if not _is_integer(value) or value < 0:
                raise EntryError(f"{member} must be an integer, at least 0 and below 2^53")
        for member, text in (("purpose", self.purpose), ("policy_version", self.policy_version)):
            if not _is_text(text):
                raise EntryError(f"{member} must be a text of at most {MAX_TEXT} characters")
        for name, fact in self.facts.items():
            if not _NAME.fullmatch(name):
                raise EntryError("a fact's name must be 1 to 64 of a-z 0-9 _ .")
            if not _is_fact(fact):
                raise EntryError(f"fact {name} must be a text, an integer, a boolean, or a list of one of these")
        if self.personal:
            self._check_personal()

    def _check_personal(self) -> None:
        seen: set[str] = set()
        for subject, values in self.personal.items():
            _require(bool(_SUBJECT.fullmatch(subject)), "a subject must be 1 to 128 of A-Z a-z 0-9 _ . / : @ -")
            for name, value in values.items():
                # RFC 9901 section 4.2.1: a disclosed name may not be one that the object already has.
                _require(bool(_NAME.fullmatch(name)), "a personal name must be 1 to 64 of a-z 0-9 _ .")
                _require(name not in LEAF_MEMBERS, f"personal name {name} is a member of every leaf")
                _require(
                    name not in seen,
                    f"personal name {name} is used twice in the entry: call them patient_{name}, staff_{name}...",
                )
                _require(is_json(value), f"personal value {name} must be JSON without floats")
                seen.add(name)


def leaf_bytes(entry: Entry, digests: Sequence[str]) -> bytes:
    """The leaf: canonical JSON of the entry, its personal values replaced by the sorted `digests` of disclosures.

    Raises EntryError when it would exceed 65,535 bytes or holds a text that is not Unicode.
    """
    facts = {name: list(fact) if isinstance(fact, tuple) else fact for name, fact in entry.facts.items()}
    members: dict[str, Any] = {
        "_sd": sorted(digests),
        "_sd_alg": "sha-256",
        "counter": entry.counter,
        "facts": facts,
        "gateway": entry.gateway,
        "id": entry.entry_id,
        "lane": entry.lane,
        "outcome": entry.outcome,
        "policy": entry.policy_version,
        "purpose": entry.purpose,
        "time": entry.time,
        "type": entry.type,
        "v": LEAF_VERSION,
    }
    try:
        # RFC 8785 in C: names are ASCII, so sorted alike by code point and by UTF-16 unit; numbers are integers below
        # 2^53; and both escape only what JSON must. A member that is neither was refused by `Entry`.
        leaf = json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except UnicodeError as error:
        raise EntryError("a text of the entry is not valid Unicode") from error
    _require(len(leaf) <= MAX_LEAF_BYTES, f"the leaf has {len(leaf)} bytes, the most is {MAX_LEAF_BYTES}")
    return leaf


def read_leaf(leaf: bytes) -> tuple[Entry, tuple[str, ...]]:
    """The entry of a leaf, without personal values, and its `_sd` digests.

    Raises EntryError unless the bytes are exactly what `leaf_bytes` writes: a leaf has one spelling.
    """
    try:
        members: Any = json.loads(leaf)
    except (ValueError, RecursionError) as error:
        raise EntryError("the leaf is not JSON") from error
    if not isinstance(members, dict) or set(members) != LEAF_MEMBERS or members["v"] != LEAF_VERSION:
        raise EntryError("the leaf does not have exactly the members of version 1")
    digests = members["_sd"]
    if not isinstance(digests, list) or not all(isinstance(digest, str) for digest in digests):
        raise EntryError("_sd of the leaf is not a list of digests")
    try:
        entry = Entry(
            entry_id=members["id"],
            time=members["time"],
            gateway=members["gateway"],
            lane=members["lane"],
            counter=members["counter"],
            type=members["type"],
            outcome=cast(Outcome, members["outcome"]),
            purpose=members["purpose"],
            policy_version=members["policy"],
            facts=members["facts"],
            personal={},
        )
    except (TypeError, AttributeError) as error:
        raise EntryError("a member of the leaf has the wrong type") from error
    _require(leaf_bytes(entry, digests) == leaf, "the leaf is not in canonical form (RFC 8785)")
    return entry, tuple(digests)


def is_json(value: object) -> bool:
    """Whether `value` is JSON that RFC 8785 writes the same way everywhere: integers below 2^53, no float."""
    if value is None or isinstance(value, str | bool):
        return True
    if isinstance(value, int):
        return _is_integer(value)
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and is_json(member) for name, member in value.items())
    return isinstance(value, list | tuple) and all(is_json(item) for item in value)


def _is_fact(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(isinstance(item, str) for item in value) or all(_is_integer(item) for item in value)
    return isinstance(value, str | bool) or _is_integer(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INTEGER


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise EntryError(otherwise)
