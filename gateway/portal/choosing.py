"""The emergency settings and the choice of notices: read, changed, recorded with who and how, effective at once."""

import json
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, text

from audit.entry import Fact
from gateway.access.recorders import AccessRecorder
from gateway.access.shutting import end_open_accesses
from gateway.errors import InvalidRequest, NotAllowed
from gateway.identity.staff_member import PatientHolder
from gateway.portal.choices import EmergencySetting, EmergencySettings, NoticePreferences
from gateway.portal.people import People
from gateway.portal.recorder import Hand, PortalRecorder, signed_in, subject_of_hand
from gateway.portal.standing import Person, Right
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import Mode

LANGUAGES = ("fr", "en")
_SETTINGS = text(
    "SELECT opposed_centre_15, opposed_break_glass, masked_in_emergency FROM patient WHERE id = :patient_id"
)
_SAMU = text("UPDATE patient SET opposed_centre_15 = NOT :allowed WHERE id = :patient_id")
_PROFESSIONALS = text("UPDATE patient SET opposed_break_glass = NOT :allowed WHERE id = :patient_id")
_MASKED = text("UPDATE patient SET masked_in_emergency = :allowed WHERE id = :patient_id")
_UPDATES = {
    EmergencySetting.SAMU: _SAMU,
    EmergencySetting.PROFESSIONALS: _PROFESSIONALS,
    EmergencySetting.MASKED: _MASKED,
}
# Which open accesses an opposition ends, and by which guardrail.
_SHUT = {
    EmergencySetting.SAMU: (Mode.CENTRE_15, "INT-14-opposition-centre-15"),
    EmergencySetting.PROFESSIONALS: (Mode.BREAK_GLASS, "INT-13-opposition-bris-de-glace"),
}
_PREFERENCES = text(
    """SELECT n.channels, n.all_accesses, n.large_print, COALESCE(NULLIF(n.language, ''), p.language) AS language,
    n.changed_at FROM patient p LEFT JOIN notice_preference n ON n.patient_id = p.id WHERE p.id = :patient_id"""
)
_PREFER = text(
    """INSERT INTO notice_preference (patient_id, channels, all_accesses, large_print, language, changed_at)
    VALUES (:patient_id, :channels, :all_accesses, :large_print, :language, :changed_at)
    ON CONFLICT (patient_id) DO UPDATE SET channels = :channels, all_accesses = :all_accesses,
    large_print = :large_print, language = :language, changed_at = :changed_at"""
)


class Choosing:
    """Every call raises `NotFound`, `NotAllowed` (no such right), `RecordUnavailable`, `Unavailable`."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        people: People,
        recorder: PortalRecorder,
        access_recorder: AccessRecorder,
        channels: Sequence[str],
    ) -> None:
        """`channels`: names of those the hospital sends by, in its own order."""
        self._database = database
        self._world = world
        self._people = people
        self._recorder = recorder
        self._access_recorder = access_recorder
        self._channels = tuple(channels)

    def settings(self, holder: PatientHolder, whose: str = "") -> EmergencySettings:
        """What is allowed in an emergency now."""
        return self.settings_for(self._people.person(holder, whose))

    def set(
        self, holder: PatientHolder, setting: EmergencySetting, allowed: bool, whose: str = ""
    ) -> EmergencySettings:
        """Change one. An emergency access of a mode that is now opposed ends in the same commit."""
        return self.set_for(self._people.person(holder, whose), signed_in(holder), setting, allowed)

    def preferences(self, holder: PatientHolder, whose: str = "") -> NoticePreferences:
        """How this patient is told. Raises `NotAllowed` where it is not this person's to choose: not a word of what a
        minor who chooses alone wants reaches the representatives."""
        return self.preferences_for(self._people.person(holder, whose))

    def prefer(self, holder: PatientHolder, wanted: NoticePreferences, whose: str = "") -> NoticePreferences:
        """Change it. Raises `InvalidRequest` (`notice-channel` for one the hospital does not have, `language`)."""
        return self.prefer_for(self._people.person(holder, whose), signed_in(holder), wanted)

    def settings_for(self, person: Person) -> EmergencySettings:
        """The same, for somebody who is known."""
        with self._database.reading() as connection:
            return _settings(connection, person.patient.id)

    def set_for(self, person: Person, hand: Hand, setting: EmergencySetting, allowed: bool) -> EmergencySettings:
        """The same, for somebody by whose hand it may be done."""
        _require(person, Right.EMERGENCY_SETTINGS)

        def unit(tx: Transaction) -> EmergencySettings:
            before = _settings(tx.connection, person.patient.id)
            if before.allows(setting) == allowed:
                return before
            tx.connection.execute(_UPDATES[setting], {"allowed": allowed, "patient_id": person.patient.id})
            ended = 0
            if not allowed and setting in _SHUT:
                mode, rule = _SHUT[setting]
                now = self._world.epoch_ms()
                ended = end_open_accesses(
                    tx,
                    self._access_recorder,
                    now,
                    patient_id=person.patient.id,
                    rule=rule,
                    mode=mode,
                    by=subject_of_hand(hand),
                )
            self._recorder.set(tx, person, hand, setting.value, allowed=allowed, ended=ended)
            return _settings(tx.connection, person.patient.id)

        return self._database.transact(unit)

    def preferences_for(self, person: Person) -> NoticePreferences:
        """The same, for somebody who is known."""
        _require(person, Right.PREFERENCES)
        with self._database.reading() as connection:
            return self._preferences(connection, person.patient.id)

    def prefer_for(self, person: Person, hand: Hand, wanted: NoticePreferences) -> NoticePreferences:
        """The same, for somebody by whose hand it may be done."""
        _require(person, Right.PREFERENCES)
        if len(set(wanted.channels)) != len(wanted.channels) or not set(wanted.channels) <= set(self._channels):
            raise InvalidRequest("no such channel", field="channels", code="notice-channel")
        if wanted.language not in LANGUAGES:
            raise InvalidRequest("no such language", field="language", code="language")

        def unit(tx: Transaction) -> NoticePreferences:
            before = self._preferences(tx.connection, person.patient.id)
            if before.changed_at is not None and _chosen(before) == _chosen(wanted):
                # A button pressed twice.
                return before
            chosen: dict[str, Fact] = {
                "all_accesses": wanted.all_accesses,
                "large_print": wanted.large_print,
                "language": wanted.language,
            }
            row = {"patient_id": person.patient.id, "changed_at": self._world.epoch_ms()}
            tx.connection.execute(_PREFER, {**row, **chosen, "channels": json.dumps(wanted.channels)})
            self._recorder.preferred(tx, person, hand, {**chosen, "channels": list(wanted.channels)})
            return self._preferences(tx.connection, person.patient.id)

        return self._database.transact(unit)

    def _preferences(self, connection: Connection, patient_id: str) -> NoticePreferences:
        row = connection.execute(_PREFERENCES, {"patient_id": patient_id}).one()
        return NoticePreferences(
            channels=tuple(name for name in json.loads(row.channels or "[]") if name in self._channels),
            all_accesses=bool(row.all_accesses),
            large_print=bool(row.large_print),
            language=row.language,
            changed_at=row.changed_at,
            offered=self._channels,
        )


def _chosen(preferences: NoticePreferences) -> NoticePreferences:
    return replace(preferences, changed_at=None, offered=())


def _settings(connection: Connection, patient_id: str) -> EmergencySettings:
    row = connection.execute(_SETTINGS, {"patient_id": patient_id}).one()
    return EmergencySettings(
        samu=not row.opposed_centre_15,
        professionals=not row.opposed_break_glass,
        masked=bool(row.masked_in_emergency),
    )


def _require(person: Person, right: Right) -> None:
    if right not in person.rights:
        raise NotAllowed("this choice is not this person's to make")
