"""What is usual in a unit, by robust statistics: few outliers, even the ones looked for, do not move them.

Volume: the modified z-score of Iglewicz and Hoaglin (1993), 0.6745 (x - median) / MAD over the daily counts of the
unit's readers; where half the counts are equal the mean absolute deviation takes the place of the MAD
(x - median) / (1.253314 meanAD). Hour: the share of the unit's accesses within an hour of the clock.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from gateway.paris import paris_day, paris_hour

# Below that, no count is a volume, however quiet the unit.
LEAST_VOLUME = 4
HOURS = 24
HIGHEST_SCORE = 99.0


@dataclass(frozen=True, slots=True)
class Habits:
    """A unit's accesses: how many, by hour of the day, and the counts a reader reaches in a day, sorted."""

    total: int
    hours: tuple[int, ...]  # 24
    daily: tuple[int, ...]

    def near_hour(self, hour: int) -> int:
        """How many accesses took place at that hour, the one before and the one after."""
        return sum(self.hours[(hour + step) % HOURS] for step in (-1, 0, 1))

    def median_volume(self) -> float:
        """The usual count of a reader in a day on which they open anything."""
        return median(self.daily) if self.daily else 0.0


def learn(accesses: Iterable[tuple[str, int]]) -> Habits:
    """Habits from (staff key, epoch ms) of each emergency access of a unit."""
    hours, days, total = [0] * HOURS, Counter[tuple[str, str]](), 0
    for staff_key, opened_at in accesses:
        hours[paris_hour(opened_at)] += 1
        days[(staff_key, paris_day(opened_at))] += 1
        total += 1
    return Habits(total, tuple(hours), tuple(sorted(days.values())))


def volume_score(count: int, usual: Sequence[int]) -> float:
    """The modified z-score of a count among usual counts; 0 at or below the median, at most 99."""
    if not usual or count < LEAST_VOLUME:
        return 0.0
    centre = median(usual)
    if count <= centre:
        return 0.0
    deviations = [abs(one - centre) for one in usual]
    spread = median(deviations) / 0.6745 or 1.253314 * sum(deviations) / len(deviations)
    return min((count - centre) / spread, HIGHEST_SCORE) if spread else HIGHEST_SCORE
