"""What a patient chooses: the three emergency settings, and how notices reach them."""

from dataclasses import dataclass
from enum import StrEnum


class EmergencySetting(StrEnum):
    """The settings of Mon espace santé (DOMAIN rule 9): `ETREAT`, `BTG`, `MASKED`; by default yes, yes, no."""

    SAMU = "samu"  # the SAMU-Centre 15's physician may open the dossier when one calls for me
    PROFESSIONALS = "professionals"  # others may when I cannot answer and am in danger
    MASKED = "masked"  # and may then see what I masked


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencySettings:
    """Each: whether it is allowed."""

    samu: bool
    professionals: bool
    masked: bool

    def allows(self, setting: EmergencySetting) -> bool:
        """One of them."""
        return {
            EmergencySetting.SAMU: self.samu,
            EmergencySetting.PROFESSIONALS: self.professionals,
            EmergencySetting.MASKED: self.masked,
        }[setting]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePreferences:
    """How this patient is told. `channels`: names of the configured channels in the order to try them, empty: the
    hospital's order. `all_accesses`: ordinary ones too; emergency and first accesses are told whatever is chosen
    (DOMAIN rule 7). `changed_at`: None when nothing was ever chosen. `offered`: the channels there are."""

    channels: tuple[str, ...] = ()
    all_accesses: bool = False
    large_print: bool = False
    language: str = "fr"
    changed_at: int | None = None
    offered: tuple[str, ...] = ()
