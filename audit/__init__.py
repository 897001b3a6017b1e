"""The record: a stand-alone transparency log (RFC 6962 tree, C2SP tiles, checkpoints and proofs) and its offline judge.

It owns the format of an entry, the tree over the entries, the signed heads, the receipts and their verification
(README.md says it precisely enough to write it again). It knows nothing of the gateway, opens no connection, reads no
clock and draws no randomness: stores, times and random bytes are handed to it. It never commits: every write happens
in the transaction of the caller, so that an entry stands or falls with what it records.
"""

from audit.bundle import write_bundle
from audit.checkpoint import Checkpoint, Signer, Verifier
from audit.entry import Entry
from audit.errors import AuditError
from audit.log import AuditLog
from audit.memory import MemoryLogStore
from audit.receipt import Receipt
from audit.store import LogStore
from audit.verify import Report, verify_bundle

__all__ = [
    "AuditError",
    "AuditLog",
    "Checkpoint",
    "Entry",
    "LogStore",
    "MemoryLogStore",
    "Receipt",
    "Report",
    "Signer",
    "Verifier",
    "verify_bundle",
    "write_bundle",
]
