"""Encryption of disclosures at rest: one data key per subject and period, each wrapped by a master key.

AES-256-GCM throughout, a fresh 96-bit nonce in front of each ciphertext. The associated data bind a row to its place:
a disclosure moved to another entry or subject, or a key given to another subject, does not open. Erasing is deleting
the rows and the data key; a copy of the disclosures in an old backup is then unreadable without that key.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.disclosure import read_disclosure
from audit.entry import Json
from audit.errors import DisclosureError, SealError
from audit.store import LogStore, Sealed, WrappedKey

KEY_BYTES = 32
NONCE_BYTES = 12
ENTRIES_AT_ONCE = 500


class Vault:
    """Seals and opens disclosures. `master_key` (32 bytes) wraps new data keys; `older` ones still unwrap theirs.

    Raises SealError when a master key does not have 32 bytes.
    """

    def __init__(self, random: Callable[[int], bytes], master_key: bytes, older: Sequence[bytes] = ()) -> None:
        if any(len(key) != KEY_BYTES for key in (master_key, *older)):
            raise SealError("a master key has 32 bytes")
        self._random = random
        self._current = master_id(master_key)
        self._masters = {master_id(key): AESGCM(key) for key in (*older, master_key)}

    def seal(self, store: LogStore, entry_id: str, time: int, by_subject: dict[str, list[str]]) -> list[Sealed]:
        """Encrypt an entry's disclosures, for each subject under its key of the period of `time` (created if none)."""
        period = period_of(time)
        keys = store.data_keys(list(by_subject), period) if by_subject else {}
        rows: list[Sealed] = []
        for subject, disclosures in by_subject.items():
            key = keys.get(subject) or self._new_key(store, subject, period)
            nonce = self._random(NONCE_BYTES)
            plain = json.dumps(disclosures, separators=(",", ":")).encode("ascii")
            sealed = nonce + self._unwrap(key).encrypt(nonce, plain, _place("disclosures", entry_id, subject))
            rows.append(Sealed(entry_id, subject, period, time, key.key_id, sealed))
        return rows

    def open(self, row: Sealed, key: WrappedKey) -> list[str]:
        """The disclosures of a row. Raises SealError when the row or its key is not what was sealed there."""
        nonce, ciphertext = row.sealed[:NONCE_BYTES], row.sealed[NONCE_BYTES:]
        try:
            plain = self._unwrap(key).decrypt(nonce, ciphertext, _place("disclosures", row.entry_id, row.subject))
        except (InvalidTag, ValueError) as error:
            raise SealError(f"the disclosures of entry {row.entry_id} do not open: altered or moved") from error
        return [str(disclosure) for disclosure in json.loads(plain)]

    def opened_in(self, store: LogStore, subject: str, period: str) -> list[dict[str, Json]]:
        """The values sealed for a subject in a period, entry by entry, newest first; without those of rows that were
        altered or moved."""
        values: list[dict[str, Json]] = []
        last: tuple[int, str] | None = None
        while page := store.entries_about(subject, last, ENTRIES_AT_ONCE):
            last = page[-1].time, page[-1].entry_id
            ids = [entry.entry_id for entry in page if period_of(entry.time) == period]
            rows = [(row, key) for row, key in store.sealed(ids) if row.subject == subject] if ids else []
            for row, key in rows:
                with suppress(SealError, DisclosureError):
                    values.append(dict(map(read_disclosure, self.open(row, key))))
            if period_of(last[0]) < period:
                break
        return values

    def _new_key(self, store: LogStore, subject: str, period: str) -> WrappedKey:
        key_id = self._random(16).hex()
        nonce = self._random(NONCE_BYTES)
        place = _place("key", key_id, subject, period)
        wrapped = nonce + self._masters[self._current].encrypt(nonce, self._random(KEY_BYTES), place)
        key = WrappedKey(key_id, subject, period, self._current, wrapped)
        store.add_data_key(key)
        return key

    def _unwrap(self, key: WrappedKey) -> AESGCM:
        master = self._masters.get(key.master)
        if master is None:
            raise SealError(f"the master key {key.master} is not configured")
        nonce, ciphertext = key.wrapped[:NONCE_BYTES], key.wrapped[NONCE_BYTES:]
        try:
            return AESGCM(master.decrypt(nonce, ciphertext, _place("key", key.key_id, key.subject, key.period)))
        except (InvalidTag, ValueError) as error:
            raise SealError(f"the data key {key.key_id} does not open: altered or moved") from error


def master_id(master_key: bytes) -> str:
    """The name under which rows remember their master key: 16 hex digits that tell nothing of it."""
    return hashlib.sha256(b"audit master key\n" + master_key).hexdigest()[:16]


def period_of(time: int) -> str:
    """The calendar month (UTC) of an entry, `2026-11`: the grain of erasure."""
    return datetime.fromtimestamp(time // 1000, UTC).strftime("%Y-%m")


def _place(*parts: str) -> bytes:
    return json.dumps(["audit", *parts]).encode()
