"""Names the difference between the entries of a bundle and its tree of hashes, once the first is known to differ."""

from itertools import islice

from audit.bundle_reader import BundleReader
from audit.merkle import leaf_hash
from audit.report import FaultFoundError


def name_difference(reader: BundleReader, index: int, size: int) -> FaultFoundError:
    """What happened at `index`, where the line is not the leaf of the (signed) tree of `size` leaves.

    Three questions decide: is the entry that belongs here further down? Does what stands here belong elsewhere in the
    tree, and does it stand there too?
    """
    missing = next(islice(reader.leaf_hashes(size), index, None))
    lines = (leaf_hash(line) for line in islice(reader.entries(), index, None))
    here = next(lines)
    further_down, copied = None, False
    for place, node in enumerate(lines, index + 1):
        if node == missing and further_down is None:
            further_down = place
        copied = copied or node == here
    belongs = next((place for place, node in enumerate(reader.leaf_hashes(size)) if node == here), -1)
    comes_later = belongs > index and not copied
    if further_down is not None and comes_later:
        return FaultFoundError("entry_reordered", index=index, belongs=belongs)
    if further_down is not None:
        return FaultFoundError("entry_inserted", index=index, count=further_down - index)
    if comes_later:
        return FaultFoundError("entry_deleted", index=index, count=belongs - index)
    return FaultFoundError("entry_changed", index=index)
