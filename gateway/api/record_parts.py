"""What the API calls of those who watch the record, in the manner of `parts`."""

from collections.abc import Mapping
from typing import Protocol

from gateway.identity.staff_member import StaffMember


class OwnRecord(Protocol):
    """What the record holds of who calls."""

    def receipt(self, staff: StaffMember, access_id: str) -> Mapping[str, object]:
        """The receipt of one's own opening. Raises `NotFound`, `RecordUnavailable`."""
        ...


class Oversight(Protocol):
    """Who watches, and what staff read of themselves."""

    @property
    def own_record(self) -> OwnRecord:
        """For any member of staff."""
        ...
