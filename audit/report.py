"""What a judge says of a bundle: verified, or the first fault, named so that a person knows where to look."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `code` is stable (messages.py lists all of them); `details` say where, in plain values.

    Indexes are 0-based positions in the tree, which are lines - 1 of entries.jsonl.
    """

    code: str
    details: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """The judgement. `origin`, `size` and `root` (hex) are those of the bundle's head once its signature held.

    `entries`, `checkpoints`... count over all yearly shards; `witnessed` is the size of the largest head of the latest
    shard that a quorum cosigned (0 without one), `receipts` the receipts kept outside that were found kept.
    """

    fault: Fault | None = None
    origin: str = ""
    size: int = 0
    root: str = ""
    checkpoints: int = 0
    entries: int = 0
    disclosures: int = 0
    anchors: int = 0
    shards: int = 0
    receipts: int = 0
    rotations: int = 0
    timestamps: int = 0
    witnessed: int = 0

    @property
    def verified(self) -> bool:
        """True when no fault was found."""
        return self.fault is None

    def to_json(self) -> dict[str, object]:
        """A JSON-able dict with stable names."""
        fault = None if self.fault is None else {"code": self.fault.code, **self.fault.details}
        return {
            "verified": self.verified,
            "fault": fault,
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "checkpoints": self.checkpoints,
            "entries": self.entries,
            "disclosures": self.disclosures,
            "anchors": self.anchors,
            "shards": self.shards,
            "receipts": self.receipts,
            "rotations": self.rotations,
            "timestamps": self.timestamps,
            "witnessed": self.witnessed,
        }


class FaultFoundError(Exception):
    """Carries the first fault out of the checks; never leaves the judge."""

    def __init__(self, code: str, **details: str | int) -> None:
        super().__init__(code)
        self.fault = Fault(code, details)
