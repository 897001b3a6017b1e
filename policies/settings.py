"""The hospital's settings, as part of a version of the rules: windows, reasons, who may break the glass, notices."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.question import Mode

EMERGENCY_MODES = (Mode.BREAK_GLASS, Mode.CENTRE_15)
LONGEST_REASON_TEXT = 500  # characters
# What attests an emergency access, by its mode (CSP L1111-17 I).
ARTICLES: Mapping[Mode, str] = {Mode.BREAK_GLASS: "CSP L1111-17 I al. 1", Mode.CENTRE_15: "CSP L1111-17 I al. 2"}

PATIENT = "patient"
MEDECIN_TRAITANT = "medecin_traitant"
RECIPIENTS = (PATIENT, MEDECIN_TRAITANT)
# Who must be told whatever a version says: of an emergency the patient and the médecin traitant (CSP R1111-48), of a
# professional's first access the patient (DOMAIN section 2, rule 7).
NOTICE_FLOOR: Mapping[str, frozenset[str]] = {
    "break_glass": frozenset(RECIPIENTS),
    "centre_15": frozenset(RECIPIENTS),
    "first_access": frozenset({PATIENT}),
    "other_access": frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTimes:
    """How long an access stays open, minutes. A rule may shorten a window, never lengthen it."""

    window_minutes: int  # an ordinary access, 1 to 240
    emergency_window_minutes: int  # break-glass and SAMU-Centre 15, 1 to 240
    longest_minutes: int  # however often it is extended, 1 to 720

    def window(self, mode: Mode) -> int:
        """The window of this mode, minutes."""
        return self.window_minutes if mode is Mode.NORMAL else self.emergency_window_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedReason:
    """One reason of an emergency access, in the words of the professional and in those of the patient."""

    code: str  # never changes its meaning: it is written in the log
    modes: frozenset[Mode]  # where it is offered; empty: no longer, kept to word past accesses
    key: str  # the digit that picks it on the panel
    label_fr: str
    label_en: str
    patient_fr: str
    patient_en: str
    text_at_least: int  # characters to write with it; 0: no text is asked for
    article: str  # what the professional attests by picking it


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosign:
    """Who countersigns what a professional in training opened, and within how many hours."""

    by: str  # an argument of the obligation `cosign`
    within_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRules:
    """Who is told of which access: `patient`, `medecin_traitant`; never below `NOTICE_FLOOR`."""

    break_glass: frozenset[str]
    centre_15: frozenset[str]
    first_access: frozenset[str]
    other_access: frozenset[str]

    def owed(self, mode: Mode, *, first_access: bool) -> frozenset[str]:
        """Who is told of an access of this mode; a first access adds its own."""
        by_mode = {Mode.NORMAL: self.other_access, Mode.BREAK_GLASS: self.break_glass, Mode.CENTRE_15: self.centre_15}
        return by_mode[mode] | (self.first_access if first_access else frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalRules:
    """Every setting of a version, as `settings.toml` gives it."""

    access: AccessTimes
    enrolled: frozenset[str]  # FINESS numbers (EX_AIR-070)
    break_glass_professions: frozenset[str]  # profession ids of guardrails/professions.csv
    cosign: Cosign
    notices: NoticeRules
    reasons: tuple[OfferedReason, ...]  # in the order of their keys

    def reason(self, code: str) -> OfferedReason | None:
        """The reason of this code, offered or kept for the past; None when this version does not know it."""
        return next((one for one in self.reasons if one.code == code), None)

    def reasons_for(self, mode: Mode) -> tuple[OfferedReason, ...]:
        """The reasons offered in this mode, in the order of their keys."""
        return tuple(one for one in self.reasons if mode in one.modes)

    def offers(self, mode: Mode, code: str) -> bool:
        """Whether this reason is offered in this mode."""
        return any(one.code == code for one in self.reasons_for(mode))

    def wants_text(self, code: str) -> bool:
        """Whether this reason must be explained in writing."""
        known = self.reason(code)
        return known is not None and known.text_at_least > 0

    def explains(self, code: str, text: str) -> bool:
        """Whether `text` explains this reason: some text, and at least the characters it asks for."""
        known = self.reason(code)
        return known is not None and len(text) >= max(1, known.text_at_least)

    def bare_obligations(self) -> Mapping[str, str]:
        """What `limit` and `cosign` stand for when a rule writes them without their arguments."""
        return {
            "limit": f"limit:{self.access.emergency_window_minutes}min",
            "cosign": f"cosign:{self.cosign.by}:{self.cosign.within_hours}h",
        }
