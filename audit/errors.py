"""What can go wrong in the record, as one tree. No message ever holds a personal value.

AuditError
├── EntryError            the entry cannot be recorded as given: fix the caller
│   └── DuplicateEntryError   this entry id, or this counter number, is already recorded
├── UnknownEntryError     no entry of that id in this log
├── SealError             a sealed value does not open: other master key, moved from another entry, or altered
├── NoteError             a signed note, a checkpoint or a key is malformed, or not signed by the key that is trusted
│   └── QuorumError           signed by the log, but too few of the witnesses asked for cosigned it
├── ProofError            a proof or a receipt does not hold
│   ├── PendingError          there is no proof yet: the entry waits for the next checkpoint
│   ├── HistoryError          a number of a person's history is missing, or comes twice
│   └── DisclosureError       a personal value is not what its leaf commits to
├── TimestampError        a time-stamp is malformed, of another head, or not by a trusted authority
├── TreeError             the stored tree does not agree with its own signed head: nothing more is signed
└── BundleError           an exported bundle cannot be read at all
"""


class AuditError(Exception):
    """Any failure of the record. Catch this one at the border of a room."""


class EntryError(AuditError):
    """The entry cannot be recorded as given (a float, a reserved name, too long...): the calling code must change."""


class DuplicateEntryError(EntryError):
    """An entry of this id, or of this gateway, lane and counter, is already recorded."""


class UnknownEntryError(AuditError):
    """No entry of this id, or no leaf of this index, is in this log."""


class SealError(AuditError):
    """A sealed value does not open: another master key, a row moved from another entry, or altered bytes."""


class NoteError(AuditError):
    """A signed note, a checkpoint or a key is malformed, or carries no valid signature of the trusted key."""


class QuorumError(NoteError):
    """The head is signed by the log, but not cosigned by the witnesses that the trust file asks for."""


class ProofError(AuditError):
    """A proof or a receipt does not hold, or was asked for a tree that cannot have it."""


class PendingError(ProofError):
    """There is no proof yet: the entry waits for the next checkpoint. Ask again in a moment."""


class HistoryError(ProofError):
    """A person's history has a gap (`history_gap`) or a number twice (`history_repeated`), from `first` to `last`; the
    entry at the place `first` of the file is of somebody else (`history_foreign`); or the newest number shown, `last`,
    is not that of the making of the file (`history_unclosed`)."""

    def __init__(self, code: str, first: int, last: int) -> None:
        super().__init__(f"{code}: {first} to {last}")
        self.code, self.first, self.last = code, first, last


class DisclosureError(ProofError):
    """A personal value is malformed, or is not what its leaf commits to."""


class TimestampError(AuditError):
    """A time-stamp is malformed, is of another head, or is not signed by an authority below the trusted roots."""


class TreeError(AuditError):
    """The stored tree disagrees with its own signed head: it was altered, and nothing more may be signed over it."""


class BundleError(AuditError):
    """An exported bundle cannot be read: a file is missing or is not what its name says."""
