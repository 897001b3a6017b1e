"""The emergency settings and the choice of notices: read, changed, recorded with who and how, effective at once."""

from gateway.identity.staff_member import PatientHolder
from gateway.portal.choices import EmergencySetting, EmergencySettings, NoticePreferences


class Choosing:
    """Every call raises `NotFound`, `NotAllowed` (no such right), `RecordUnavailable`, `Unavailable`."""

    def settings(self, holder: PatientHolder, whose: str = "") -> EmergencySettings:
        """What is allowed in an emergency now."""
        raise NotImplementedError

    def set(
        self, holder: PatientHolder, setting: EmergencySetting, allowed: bool, whose: str = ""
    ) -> EmergencySettings:  # noqa: E501
        """Change one. An emergency access of a mode that is now opposed ends in the same commit."""
        raise NotImplementedError

    def preferences(self, holder: PatientHolder, whose: str = "") -> NoticePreferences:
        """How this patient is told."""
        raise NotImplementedError

    def prefer(self, holder: PatientHolder, wanted: NoticePreferences, whose: str = "") -> NoticePreferences:
        """Change it. Raises `InvalidRequest` (`notice-channel` for one the hospital does not have, `language`)."""
        raise NotImplementedError
