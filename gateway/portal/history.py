"""The history of a dossier: every access in plain words, found by period, mode, unit or professional."""

from collections.abc import Mapping

from gateway.identity.staff_member import PatientHolder
from gateway.portal.views import AccessView, CalendarMonth, FilterChoices, HistoryFilter, HistoryPage


class History:
    """Every call raises `NotFound` (nobody of theirs, no such access), `RecordUnavailable`, `Unavailable`."""

    def page(
        self, holder: PatientHolder, whose: str = "", asked: HistoryFilter = HistoryFilter(), mark: str = ""
    ) -> HistoryPage:  # noqa: B008, E501
        """At most 50 accesses, newest first; `mark` is `next` of the page before. Recorded.

        Raises `InvalidRequest` (`period`, `page-mark`)."""
        raise NotImplementedError

    def access(self, holder: PatientHolder, access_id: str, whose: str = "") -> AccessView:
        """One of them. Recorded."""
        raise NotImplementedError

    def by_code(self, holder: PatientHolder, code: str) -> tuple[AccessView, str]:
        """The access behind a notice's code and its `whose`, when it is theirs to see; else `NotFound`."""
        raise NotImplementedError

    def choices(self, holder: PatientHolder, whose: str = "") -> FilterChoices:
        """What the filter may be set to."""
        raise NotImplementedError

    def month(
        self, holder: PatientHolder, whose: str = "", month: str = "", asked: HistoryFilter = HistoryFilter()
    ) -> CalendarMonth:  # noqa: B008, E501
        """The calendar of a month (`2026-11`; empty: the newest with an access); days of the filter count too."""
        raise NotImplementedError

    def receipt(self, holder: PatientHolder, access_id: str, whose: str = "") -> Mapping[str, object]:
        """The verifiable receipt of one access, JSON-able."""
        raise NotImplementedError

    def file(self, holder: PatientHolder) -> Mapping[str, object]:
        """The file of the holder's own whole history, with its counter. A representative has none: the numbers would
        tell of what is hidden from them."""
        raise NotImplementedError
