"""How a place in a yearly tree is one number: year * 10**12 + position, so 2027000000000042 is leaf 42 of 2027.

The numbers sort by year, then by position. A log without shards is year 0: its positions are the numbers themselves.
"""

PLACES_A_YEAR = 10**12
# After every place: the largest number an SQL BIGINT holds.
NO_PLACE = 2**63 - 1


def place(shard: int, position: int) -> int:
    """The stored number. Raises ValueError for a position no year can have."""
    if not 0 <= position < PLACES_A_YEAR:
        raise ValueError(f"a shard has no position {position}")
    return shard * PLACES_A_YEAR + position


def placed(number: int) -> tuple[int, int]:
    """The (shard, position) of a stored number."""
    return divmod(number, PLACES_A_YEAR)


def places(shard: int) -> tuple[int, int]:
    """The stored numbers of a shard: from the first, up to but without the second."""
    return place(shard, 0), place(shard + 1, 0)
