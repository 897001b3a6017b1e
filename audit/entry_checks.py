"""What every single entry of a bundle is held to, beyond its hash: its form, its number, its disclosures."""

from collections.abc import Iterator, Sequence

from audit.bundle_reader import DisclosureLine
from audit.disclosure import check_disclosures, digest, read_disclosure
from audit.entry import Entry, read_leaf
from audit.errors import DisclosureError, EntryError
from audit.report import FaultFoundError


class Counters:
    """In each lane of a gateway the entries are numbered 1, 2, 3... in the order of the tree."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int], int] = {}

    def check(self, entry: Entry, index: int) -> None:
        lane = (entry.gateway, entry.lane)
        expected = self._last.get(lane, 0) + 1
        if entry.counter != expected:
            code = "counter_gap" if entry.counter > expected else "counter_repeated"
            raise FaultFoundError(
                code,
                index=index,
                gateway=entry.gateway,
                lane=entry.lane,
                expected=expected,
                found=entry.counter,
            )
        self._last[lane] = expected


class Disclosures:
    """The lines of disclosures.jsonl, walked along with the entries."""

    def __init__(self, lines: Iterator[DisclosureLine]) -> None:
        self._lines = lines
        self._next = next(lines, None)
        self.count = 0

    def check(self, entry: Entry, digests: Sequence[str], index: int) -> None:
        line = self._next
        if line is None or line.index != index:
            return
        if line.entry_id != entry.entry_id:
            raise FaultFoundError("disclosure_misplaced", line=line.number, index=index)
        for disclosure in line.disclosures:
            if not disclosure.isascii() or digest(disclosure) not in digests:
                name = _disclosed_name(disclosure)
                raise FaultFoundError("disclosure_mismatch", line=line.number, index=index, name=name)
        try:
            check_disclosures(line.disclosures, digests)
        except DisclosureError as error:
            raise FaultFoundError("disclosure_mismatch", line=line.number, index=index, name="?") from error
        self.count += len(line.disclosures)
        self._next = next(self._lines, None)
        if self._next is not None and self._next.index <= index:
            raise FaultFoundError("disclosure_misplaced", line=self._next.number, index=self._next.index)

    def check_end(self, size: int) -> None:
        if self._next is not None:
            raise FaultFoundError("disclosure_misplaced", line=self._next.number, index=min(self._next.index, size))


def check_leaf(line: bytes, index: int) -> tuple[Entry, tuple[str, ...]]:
    """The entry of a leaf and its digests. Raises `FaultFoundError` (leaf_malformed)."""
    try:
        return read_leaf(line)
    except EntryError as error:
        raise FaultFoundError("leaf_malformed", index=index) from error


def _disclosed_name(disclosure: str) -> str:
    try:
        return read_disclosure(disclosure)[0]
    except DisclosureError:
        return "?"
