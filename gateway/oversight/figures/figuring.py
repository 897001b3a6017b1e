"""The figures of a period, for the DPO: each by its key, all of them for the page. Looking is recorded."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from gateway.errors import NotFound
from gateway.identity.staff_member import StaffMember
from gateway.oversight.figures import accesses, handling
from gateway.oversight.figures.bands import bands, bands_figure
from gateway.oversight.figures.figure import Figure, Period, period_between
from gateway.oversight.reviews.recorder import ReviewRecorder
from gateway.oversight.reviews.reviewing import require_reviewer
from gateway.paris import paris
from gateway.settings import ReviewSettings
from gateway.storage.database import Database
from gateway.world import World


class Figuring:
    """Every call raises `NotAllowed` for others than the DPO, `Unavailable`, `RecordUnavailable`."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        settings: ReviewSettings,
        recorder: ReviewRecorder,
        emergency_unit: str,
    ) -> None:
        self._database = database
        self._world = world
        self._settings = settings
        self._recorder = recorder
        self._emergency_unit = emergency_unit

    def period(self, first: str, last: str) -> Period:
        """The period asked for, the last 30 days by default. Raises `InvalidRequest` (`period`)."""
        return period_between(first, last, paris(self._world.epoch_ms()).date())

    def all(self, reviewer: StaffMember, period: Period) -> tuple[Figure, ...]:
        """Every figure of the period, in the order of the page."""
        require_reviewer(reviewer)
        with self._database.reading() as connection:
            found = tuple(make(connection, period) for make in self._makers().values())
        self._record(reviewer, period, "all")
        return found

    def one(self, reviewer: StaffMember, key: str, period: Period) -> Figure:
        """One figure. Raises `NotFound` for an unknown key."""
        require_reviewer(reviewer)
        make = self._makers().get(key)
        if make is None:
            raise NotFound("no such figure")
        with self._database.reading() as connection:
            figure = make(connection, period)
        self._record(reviewer, period, key)
        return figure

    def _record(self, reviewer: StaffMember, period: Period, key: str) -> None:
        facts = {"figure": key, "first": period.first.isoformat(), "last": period.last.isoformat()}
        self._database.transact(lambda tx: self._recorder.viewed(tx, reviewer, "figures", facts))

    def _makers(self) -> Mapping[str, Callable[[Connection, Period], Figure]]:
        def passages(connection: Connection, period: Period) -> Figure:
            return accesses.dossiers_per_passages(connection, period, self._emergency_unit, self._world.epoch_ms())

        def of_bands(connection: Connection, _period: Period) -> Figure:
            return bands_figure(bands(connection, self._settings, self._world.epoch_ms()))

        return {
            "break_glass_days": accesses.break_glass_days,
            "share_days": accesses.share_days,
            "bands": of_bands,
            "reasons": accesses.reasons,
            "without_admission": accesses.without_admission,
            "review_delay": handling.review_delay,
            "notices": handling.notices,
            "contests": handling.contests,
            "sign_in_to_summary": handling.sign_in_to_summary,
            "dossiers_per_passages": passages,
        }
