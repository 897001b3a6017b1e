"""One entry as a test needs it."""

from typing import Any

from audit import Entry
from gateway.exporting.audit_event import RecordedEntry


def entry(entry_type: str, **members: Any) -> RecordedEntry:
    values: dict[str, Any] = {
        "entry_id": "00000000-0000-4000-8000-000000000001", "time": 1_795_000_000_123, "gateway": "g-1", "lane": 0,
        "counter": 1, "outcome": "success", "purpose": "", "policy_version": "ab" * 32, "facts": {}, "personal": {},
    }  # fmt: skip
    return RecordedEntry(Entry(type=entry_type, **{**values, **members}), bytes(32))
