"""What was anchored outside, as the database kept it, against the heads: witnesses, time-stamps, mails.

The log has no entry of them: each proves itself, by a signature that this hospital cannot make. So they show what the
signed heads alone cannot: a head that is gone, or signed anew, after it was anchored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from audit.cosignature import CosignatureVerifier
from audit.errors import NoteError, TimestampError
from audit.note import split_note
from audit.policy import Policy
from audit.timestamp import digest_of, read_timestamp, verify_timestamp
from gateway.oversight.completeness.claims import Claims
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.heads import opened
from gateway.oversight.completeness.recorded import ROWS_PER_FETCH
from gateway.storage.tables import anchor_duty, audit_anchor, audit_checkpoint

# As the anchoring room writes them.
WITNESS, TIMESTAMP, MAIL = "witness", "timestamp", "mail"
ANCHORS, HEADS, DUTIES = audit_anchor.name, audit_checkpoint.name, anchor_duty.name
ANCHORED = "CREATE TABLE anchored (kind TEXT, name TEXT, head INTEGER, PRIMARY KEY (kind, name, head));"
_ANCHORS = (
    select(audit_anchor, audit_checkpoint.c.note)
    .join(audit_checkpoint, audit_checkpoint.c.size == audit_anchor.c.head, isouter=True)
    .order_by(audit_anchor.c.head, audit_anchor.c.time)
    .execution_options(yield_per=ROWS_PER_FETCH)
)
_COSIGNED = (
    select(audit_checkpoint.c.size, audit_checkpoint.c.note, audit_checkpoint.c.witnesses)
    .where(audit_checkpoint.c.witnesses > 0)
    .order_by(audit_checkpoint.c.size)
    .execution_options(yield_per=ROWS_PER_FETCH)
)
_DUTIES = select(anchor_duty).where(anchor_duty.c.head > 0, anchor_duty.c.name != "")


@dataclass(frozen=True, slots=True)
class Outsiders:
    """Whose signatures can be checked: the witnesses by our name for them, and roots (PEM) of time-stamp authorities.
    Of others it is seen only that what they gave is of the head it was given for."""

    witnesses: Mapping[str, CosignatureVerifier] = field(default_factory=dict)
    roots: Sequence[bytes] = ()


def check_anchors(
    connection: Connection, claims: Claims, findings: Findings, trust: Policy, outsiders: Outsiders
) -> None:
    """Each anchor is of a head that is there and unchanged; what a head says of its witnesses, and what each anchor is
    said to have reached, has its row."""
    for row in connection.execute(_ANCHORS):
        findings.looked_at["kept anchors"] += 1
        claims.add("anchored (kind, name, head)", row.kind, row.name, row.head)
        if row.note is None:
            findings.add("anchor_of_no_head", ANCHORS, row.id, kind=row.kind, name=row.name, head=row.head)
            continue
        code = _judged(row, trust, outsiders)
        if code:
            findings.add(code, ANCHORS, row.id, kind=row.kind, name=row.name, head=row.head)
    for row in connection.execute(_COSIGNED):
        _check_cosigned(row, claims, findings, outsiders)
    for row in connection.execute(_DUTIES):
        if not _anchored(claims, row.kind, row.name, row.head):
            findings.add("anchor_missing", ANCHORS, f"{row.kind}/{row.name}", head=row.head)


def _judged(row: Row[*tuple[Any, ...]], trust: Policy, outsiders: Outsiders) -> str:
    """The code of what is wrong with one anchor of a head that is there; empty when nothing is."""
    # SQLite gives back whatever was put there.
    data = row.data.encode() if isinstance(row.data, str) else bytes(row.data)
    try:
        if row.kind == WITNESS:
            return _judged_cosignature(row.note, data.decode(), outsiders.witnesses.get(row.name))
        if row.kind == TIMESTAMP:
            if read_timestamp(data).digest != digest_of(row.note):
                return "anchor_of_other_head"
            if outsiders.roots:
                verify_timestamp(data, row.note, outsiders.roots)
        elif row.kind == MAIL:
            mailed = opened(data.decode(), trust)
            if mailed is None:
                return "anchor_altered"
            if split_note(data.decode())[0] != split_note(row.note)[0]:
                return "anchor_of_other_head"
    except (NoteError, TimestampError, UnicodeDecodeError):
        return "anchor_altered"
    return ""


def _judged_cosignature(note: str, lines: str, witness: CosignatureVerifier | None) -> str:
    own = [line for line in lines.splitlines() if line]
    if witness is not None:
        try:
            if witness.find(f"{split_note(note)[0]}\n{lines}") is None:
                return "anchor_altered"
        except NoteError:
            return "anchor_of_other_head"
        own = [line for line in own if line.startswith(f"— {witness.name} ")]
    return "" if own and set(own) <= set(note.splitlines()) else "cosignature_missing"


def _check_cosigned(row: Row[*tuple[Any, ...]], claims: Claims, findings: Findings, outsiders: Outsiders) -> None:
    try:
        text, lines = split_note(row.note)
    except NoteError:
        # It was named among the heads already.
        return
    if row.witnesses > sum(line.name != text.partition("\n")[0] for line in lines):
        findings.add("row_differs", HEADS, str(row.size), column="witnesses")
    for name, witness in outsiders.witnesses.items():
        try:
            found = witness.find(row.note)
        except NoteError:
            findings.add("cosignature_false", HEADS, str(row.size), name=name)
            continue
        if found is not None and not _anchored(claims, WITNESS, name, row.size):
            findings.add("anchor_missing", ANCHORS, f"{WITNESS}/{name}", head=row.size)


def _anchored(claims: Claims, kind: str, name: str, head: int) -> bool:
    return claims.one("SELECT 1 FROM anchored WHERE kind = ? AND name = ? AND head = ?", kind, name, head) is not None
