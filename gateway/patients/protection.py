"""The measures that protect an adult (Code civil 425 and after), and who speaks for them under each."""

from datetime import date
from enum import StrEnum


class ProtectionMeasure(StrEnum):
    """Only tutelle and habilitation familiale have somebody represent the person in what is personal (Code civil 459,
    494-6); a curator assists (467), and under sauvegarde de justice the person keeps every right (435)."""

    NONE = "none"
    SAFEGUARD = "sauvegarde"
    CURATELLE = "curatelle"
    TUTELLE = "tutelle"
    FAMILY = "habilit"  # habilitation familiale of representation


REPRESENTED = frozenset({ProtectionMeasure.TUTELLE, ProtectionMeasure.FAMILY})


def is_represented(measure: str, until: str | None, today: date) -> bool:
    """Whether somebody represents the adult today; the last day of a measure (ISO) still counts."""
    return measure in REPRESENTED and (until is None or today.isoformat() <= until)
