"""Names what happened where the entries of the tree differ from the hashes that were signed: changed, deleted, inserted
or moved."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.oversight.completeness.finding import Findings

# Enough to name what happened; the rest of a long difference is the same one, shifted.
MOST_COMPARED = 10_000
TABLE = "audit_entry"


@dataclass(frozen=True, slots=True)
class Difference:
    """A position where the signed hash is `expected`, and what stands there instead: None when nothing does."""

    index: int
    entry_id: str
    expected: bytes
    found: bytes | None


def name_differences(differences: Sequence[Difference], findings: Findings) -> int:
    """Add a finding for each thing that happened, by position; returns how many entries were inserted.

    A whole tail that was renumbered after a deletion or an insertion is one thing, named where it begins.
    """
    belongs = {item.expected: place for place, item in enumerate(differences)}
    stands = {item.found: place for place, item in enumerate(differences) if item.found is not None}
    place = missing_at_the_end = inserted = 0
    while place < len(differences):
        item = differences[place]
        place += 1
        if item.found is None:
            # The last places of a tail that moved up are empty because of what was deleted before them.
            if missing_at_the_end:
                missing_at_the_end -= 1
            else:
                findings.add("entry_deleted", TABLE, item.entry_id, index=item.index, count=1)
            continue
        there, here = belongs.get(item.found), stands.get(item.expected)
        if there is not None and here is not None:
            findings.add("entry_reordered", TABLE, item.entry_id, index=item.index, belongs=differences[there].index)
        elif there is not None and there >= place:
            count = differences[there].index - item.index
            findings.add("entry_deleted", TABLE, item.entry_id, index=item.index, count=count)
            place += _shifted(differences, place, there + 1)
            missing_at_the_end += count
        elif here is not None and here >= place:
            count = differences[here].index - item.index
            findings.add("entry_inserted", TABLE, item.entry_id, index=item.index, count=count)
            place = here + _shifted(differences, here, place - 1)
            inserted += count
        else:
            findings.add("entry_changed", TABLE, item.entry_id, index=item.index)
    return inserted


def _shifted(differences: Sequence[Difference], stands: int, belongs: int) -> int:
    """How many differences from `stands` on hold what belongs at `belongs` on."""
    count, most = 0, len(differences) - max(stands, belongs)
    while count < most and differences[stands + count].found == differences[belongs + count].expected:
        count += 1
    return count
