"""The usual band of a unit's break-glass share, and the alarm when the last seven days leave it.

A Laney p' chart, robust: the centre is the pooled share of the reference weeks, the width the binomial deviation of
the week's own volume times the spread of the reference weeks' z-scores (1.4826 MAD, at least 1), so that a unit whose
share varies more than chance is not alarmed about every week (Laney, Quality Engineering 14(4), 2002).
"""

from dataclasses import dataclass
from math import sqrt
from statistics import median

from sqlalchemy import Connection, text

from gateway.oversight.figures.figure import Figure, Label, text_label
from gateway.settings import ReviewSettings
from gateway.storage.alerts import raise_alert
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World

WEEK_MS = 7 * 24 * 3_600_000
LEAST_WEEKS = 4
ALERT = "break-glass-share"
_UNIT = {"sqlite": "json_extract(staff, '$.unit')", "postgresql": "staff::json ->> 'unit'"}
_WEEKS = """SELECT COALESCE({unit}, '') AS unit, (:now - opened_at) / {week} AS week, COUNT(*) AS accesses,
        SUM(CASE WHEN mode <> 'normal' THEN 1 ELSE 0 END) AS emergency
    FROM access_grant WHERE opened_at > :since AND opened_at <= :now GROUP BY 1, 2"""
_TOLD = text("SELECT 1 FROM alert WHERE kind = :kind AND raised_at > :since AND detail LIKE :about LIMIT 1")


@dataclass(frozen=True, slots=True)
class Band:
    """A unit's last seven days: `low` and `high` are shares between 0 and 1; `judged`: there was enough to judge by."""

    unit: str
    emergency: int
    accesses: int
    low: float
    high: float
    judged: bool

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.emergency / self.accesses if self.accesses else 0.0

    @property
    def outside(self) -> bool:
        """It left the band."""
        return self.judged and not self.low <= self.share <= self.high


def band_of(unit: str, weeks: dict[int, tuple[int, int]], settings: ReviewSettings) -> Band:
    """The band of a unit from (emergency, all) accesses of each week back; week 0 is the one judged."""
    emergency, accesses = weeks.get(0, (0, 0))
    reference = [weeks[n] for n in range(1, settings.share_weeks + 1) if n in weeks]
    reference = [week for week in reference if week[1] >= settings.share_volume]
    if accesses < settings.share_volume or len(reference) < LEAST_WEEKS:
        return Band(unit, emergency, accesses, 0.0, 1.0, judged=False)
    # Half an access more on either side: a share of nothing or all has a width too.
    centre = (sum(one for one, _ in reference) + 0.5) / (sum(every for _, every in reference) + 1)
    chance = sqrt(centre * (1 - centre))
    scores = [(one / every - centre) / (chance / sqrt(every)) for one, every in reference]
    middle = median(scores)
    spread = max(1.0, 1.4826 * median(abs(score - middle) for score in scores))
    width = settings.share_width * spread * chance / sqrt(accesses)
    return Band(unit, emergency, accesses, max(0.0, centre - width), min(1.0, centre + width), judged=True)


def bands(connection: Connection, settings: ReviewSettings, now: int) -> tuple[Band, ...]:
    """The band of every unit with an access in the last seven days, the busiest first."""
    statement = text(_WEEKS.format(unit=_UNIT[connection.dialect.name], week=WEEK_MS))
    since = now - (settings.share_weeks + 1) * WEEK_MS
    weeks: dict[str, dict[int, tuple[int, int]]] = {}
    for row in connection.execute(statement, {"now": now, "since": since}):
        weeks.setdefault(row.unit, {})[row.week] = (row.emergency, row.accesses)
    found = (band_of(unit, seen, settings) for unit, seen in weeks.items() if 0 in seen)
    return tuple(sorted(found, key=lambda band: (-band.accesses, band.unit)))


def bands_figure(found: tuple[Band, ...]) -> Figure:
    """The bands as a figure, in per cent; a unit without enough accesses has none."""
    rows = tuple(
        (
            text_label(band.unit or "?"),
            (
                band.emergency,
                band.accesses,
                round(100 * band.share, 1),
                round(100 * band.low, 1) if band.judged else None,
                round(100 * band.high, 1) if band.judged else None,
                int(band.outside) if band.judged else None,
            ),
        )
        for band in found
    )
    names = ("emergency", "all", "share", "usual_low", "usual_high", "outside")
    series: tuple[Label, ...] = tuple((("series", name),) for name in names)
    return Figure(
        key="bands", head="unit", series=series, rows=rows, drawn=(2,), chart="bars", unit="percent", usual=(3, 4, 5)
    )


class ShareWatch:
    """Raises an alert when a unit's share leaves its band: once a week and unit."""

    def __init__(self, *, database: Database, world: World, settings: ReviewSettings) -> None:
        self._database = database
        self._world = world
        self._settings = settings

    def watch(self) -> int:
        """How many alerts were raised."""
        now = self._world.epoch_ms()
        with self._database.reading() as connection:
            outside = [band for band in bands(connection, self._settings, now) if band.outside]
        if not outside:
            return 0

        def unit(tx: Transaction) -> int:
            return sum(self._tell(tx, band, now) for band in outside)

        return self._database.transact(unit)

    def _tell(self, tx: Transaction, band: Band, now: int) -> bool:
        about = f"unit {band.unit}: "
        escaped = about.replace("%", " ").replace("_", " ")
        told = {"kind": ALERT, "since": now - WEEK_MS, "about": f"{escaped}%"}
        if tx.connection.execute(_TOLD, told).first() is not None:
            return False
        detail = (
            f"{escaped}{100 * band.share:.0f} % of {band.accesses} accesses of 7 days broke the glass; "
            f"usual is {100 * band.low:.0f} to {100 * band.high:.0f} %"
        )
        raise_alert(tx.connection, self._world, ALERT, detail)
        return True
