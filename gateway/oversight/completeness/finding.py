"""What the check says: how much it looked at, and each thing that is wrong, with its table, its row and the difference.

Nothing here is personal: rows are named by their opaque ids, and a value that differs is told only where it is a code,
a number or an instant.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

# Beyond that the list says how many more there are: a log rewritten from one end to the other is one fault, not 10^6.
MOST_LISTED = 1000

Detail = str | int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `code` is stable (texts.py has a sentence for each); `table` and `row` say where."""

    code: str
    table: str
    row: str
    details: Mapping[str, Detail] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """A JSON-able dict with stable names."""
        return {"code": self.code, "table": self.table, "row": self.row, **self.details}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletenessReport:
    """The answer. `looked_at` counts the rows of each kind; `counts` the findings of each code, listed or not."""

    origin: str
    size: int
    root: str
    looked_at: Mapping[str, int]
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]

    @property
    def complete(self) -> bool:
        """True when nothing is wrong."""
        return not self.counts

    @property
    def found(self) -> int:
        """How many things are wrong, listed or not."""
        return sum(self.counts.values())

    def to_json(self) -> dict[str, object]:
        """A JSON-able dict with stable names."""
        return {
            "complete": self.complete,
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "looked_at": dict(self.looked_at),
            "found": self.found,
            "counts": dict(self.counts),
            "findings": [finding.to_json() for finding in self.findings],
        }


class Findings:
    """Collects them, and counts what was looked at."""

    def __init__(self) -> None:
        self._listed: list[Finding] = []
        self._counts: Counter[str] = Counter()
        self.looked_at: Counter[str] = Counter()

    def add(self, code: str, table: str, row: str, **details: Detail) -> None:
        """Note one thing that is wrong."""
        self._counts[code] += 1
        if len(self._listed) < MOST_LISTED:
            self._listed.append(Finding(code, table, row, details))

    def compare(self, table: str, row: str, column: str, *, found: object, recorded: object) -> None:
        """Note it when a column differs from what was recorded; the values themselves are not told."""
        if found != recorded:
            self.add("row_differs", table, row, column=column)

    def report(self, *, origin: str, size: int, root: str) -> CompletenessReport:
        """What was found so far."""
        return CompletenessReport(
            origin=origin,
            size=size,
            root=root,
            looked_at=dict(self.looked_at),
            findings=tuple(self._listed),
            counts=dict(self._counts),
        )
