"""The verdict on one file a person kept, a receipt or a history: a code of messages.py, and what to say with it.

`verify.js` gives the same codes for the same files; a test holds the two together.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from audit.errors import AuditError, DisclosureError, HistoryError, NoteError, PendingError, QuorumError
from audit.history import FORMAT as HISTORY_FORMAT
from audit.history import History
from audit.policy import Policy
from audit.receipt import Receipt

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` and `values` make the sentence, `more` further ones, `lines` go below; `answer` is for programs."""

    verified: bool
    code: str
    values: Values
    more: tuple[tuple[str, Values], ...] = ()
    lines: tuple[str, ...] = ()
    answer: Values = field(default_factory=dict)


def judge_file(text: str, policy: Policy) -> Verdict:
    """The verdict on a receipt or history file. Never raises for what the file holds."""
    try:
        return _history(text, policy) if _format(text) == HISTORY_FORMAT else _receipt(text, policy)
    except PendingError as error:
        return Verdict(False, "receipt_pending", {"reason": error})
    except DisclosureError as error:
        return Verdict(False, "receipt_disclosure", {"reason": error})
    except HistoryError as error:
        return Verdict(False, error.code, {"first": error.first, "last": error.last})
    except QuorumError as error:
        return Verdict(False, "receipt_quorum", {"reason": error})
    except NoteError as error:
        return Verdict(False, "receipt_signature", {"reason": error})
    except AuditError as error:
        return Verdict(False, "receipt_proof", {"reason": error})


def _format(text: str) -> object:
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return members.get("format") if isinstance(members, Mapping) else None


def _receipt(text: str, policy: Policy) -> Verdict:
    receipt = Receipt.from_json(text)
    if receipt.proof is None:
        promise = receipt.verify_promise(policy)
        number = {"gateway": promise.gateway, "lane": promise.lane, "counter": promise.counter}
        return Verdict(False, "receipt_promised", {"entry": promise.entry_id, **number})
    verified = receipt.verify(policy)
    entry, head = verified.entry, verified.checkpoint
    facts = {"entry_id": entry.entry_id, "time": entry.time, "type": entry.type, "outcome": entry.outcome}
    place = {"leaf_index": verified.leaf_index, "origin": head.origin, "size": head.size}
    about = {"entry": entry.entry_id, "type": entry.type, "outcome": entry.outcome}
    return Verdict(
        True,
        "receipt_verified",
        {"index": verified.leaf_index, "origin": head.origin, "size": head.size, **about},
        lines=tuple(f"{name}: {_json(value)}" for name, value in verified.personal.items()),
        answer={**facts, **place, "facts": entry.facts, "personal": verified.personal},
    )


def _history(text: str, policy: Policy) -> Verdict:
    verified = History.from_json(text).verify(policy)
    head = verified.heads[-1] if verified.heads else None
    place = {"origin": head.origin if head else "", "size": head.size if head else 0}
    last = max((item.number for item in verified.entries if item.number is not None), default=0)
    spans = ", ".join(f"{first}-{end}" if end > first else str(first) for first, end in verified.erased)
    more: list[tuple[str, Values]] = [("history_complete", {"last": last, "until": moment(verified.until or 0)})]
    if verified.complete is None:
        more = [("history_uncounted", {})]
    if verified.since is not None:
        more.append(("history_since", {"count": verified.uncounted, "since": moment(verified.since)}))
    if verified.complete and verified.erased:
        more.append(("history_erased", {"erased": spans}))
    if verified.unwitnessed:
        more.append(("history_unwitnessed", {"count": verified.unwitnessed}))
    entries = [
        {"entry_id": item.entry.entry_id, "time": item.entry.time, "type": item.entry.type, "number": item.number}
        for item in verified.entries
    ]
    spanned = {"complete": verified.complete, "since": verified.since, "until": verified.until}
    counted = {"erased": verified.erased, "uncounted": verified.uncounted, "unwitnessed": verified.unwitnessed}
    return Verdict(
        True,
        "history_verified",
        {"entries": len(entries), "subject": verified.subject, **place},
        more=tuple(more),
        lines=tuple(f"{item['number'] or '-'}: {item['type']}" for item in entries),
        answer={"subject": verified.subject, **place, **spanned, **counted, "entries": entries},
    )


def moment(time_ms: int) -> str:
    """An instant as a sentence says it, in UTC: `2026-11-22 09:30 UTC`; beyond the year 9999, in ms."""
    try:
        return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return f"{time_ms} ms"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
