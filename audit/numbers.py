"""The numbers of a person's own entries, 1, 2, 3...: they show that a history is complete, erasures included.

The number is a personal value like any other, sealed under the person's key, and says whose it is (`[subject, 3]`):
else an entry of somebody else could fill the place of a hidden one. What an erasure takes away it says: the entry that
records it holds, sealed for the person, the ranges of numbers that are gone (`erased_numbers`), and takes over the
ranges of earlier erasures it deletes. So what remains is always 1..n, shown or known to be erased.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from audit.entry import Json

NUMBER = "history_number"
ERASED = "erased_numbers"

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took: how many entries lost disclosures, and which numbers of the person's history are gone."""

    subject: str
    entries: int
    ranges: tuple[Range, ...]

    def personal(self, place: int = 1) -> dict[str, Json]:
        """The values to seal for the person in the entry that records the erasure; empty when no number is gone. One
        entry may record the erasure of several people: the first has the `place` 1, the next 2..."""
        name = ERASED if place == 1 else f"{ERASED}.{place}"
        return {name: [self.subject, [list(span) for span in self.ranges]]} if self.ranges else {}


def number_of(personal: Mapping[str, Json], subject: str) -> int | None:
    """The number of `subject` among the values disclosed of one entry; None where it was not counted for them."""
    value = _of(personal, NUMBER, subject)
    return value if type(value) is int and value > 0 else None


def is_of_another(personal: Mapping[str, Json], subject: str) -> bool:
    """Whether the values disclosed of one entry number it for others, and not for `subject`."""
    return number_of(personal, subject) is None and any(_is_one(name, NUMBER) for name in personal)


def erased_of(personal: Mapping[str, Json], subject: str) -> list[Range]:
    """The ranges of `subject` that an erasure's entry says are gone; empty for any other entry, or where malformed."""
    value = _of(personal, ERASED, subject)
    if not isinstance(value, list | tuple):
        return []
    ranges: list[Range] = []
    for item in value:
        if not isinstance(item, list | tuple) or len(item) != 2:
            return []
        first, last = item
        if type(first) is not int or type(last) is not int or not 1 <= first <= last:
            return []
        ranges.append((first, last))
    return ranges


def _of(personal: Mapping[str, Json], kind: str, subject: str) -> Json:
    """What the value of that kind says of `subject`; None where there is none."""
    for name, value in personal.items():
        if _is_one(name, kind) and isinstance(value, list | tuple) and len(value) == 2 and value[0] == subject:
            return value[1]
    return None


def _is_one(name: str, kind: str) -> bool:
    """Whether the name is `kind`, or `kind.2`, `kind.3`... of a further person in the entry."""
    return name == kind or name.startswith(f"{kind}.")


def as_ranges(numbers: Iterable[int], ranges: Iterable[Range] = ()) -> list[Range]:
    """Numbers and ranges as the fewest ranges, in order."""
    joined: list[Range] = []
    for first, last in sorted([*((number, number) for number in numbers), *ranges]):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def missing(numbers: Sequence[int], erased: Iterable[Range]) -> list[Range]:
    """The numbers from 1 to the largest shown that are neither shown nor erased, as ranges."""
    gaps: list[Range] = []
    expected = 1
    latest = max(numbers, default=0)
    for first, last in as_ranges(numbers, erased):
        if first > latest:
            break
        if first > expected:
            gaps.append((expected, first - 1))
        expected = max(expected, last + 1)
    return gaps
