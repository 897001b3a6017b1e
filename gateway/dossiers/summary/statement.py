"""One statement of one document, before it is merged with what other documents say."""

from dataclasses import dataclass

from gateway.dossiers.cda.narrative import Row
from gateway.dossiers.summary.sheet import Activity, Code, Criticality, Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A clinical statement read from an entry, or from a row of the narrative no entry speaks of."""

    text: str
    kind: str = ""
    codes: tuple[Code, ...] = ()  # the statement's own first, then translations and the ATC class
    denied: bool = False
    disputed: bool = False
    activity: Activity = Activity.UNKNOWN
    criticality: Criticality = Criticality.UNKNOWN
    date: str = ""
    end_date: str = ""
    detail: str = ""
    measure: Measure | None = None
    rows: tuple[Row, ...] = ()  # the narrative rows it stands for
    bare: bool = False  # its text is only a type (« allergie médicamenteuse »): it names nothing
    none_known: bool = False  # a code says that there is none


# HL7 IPS « absent or unknown data » and the SNOMED CT concepts of the same meaning.
NONE_KNOWN_CODES = frozenset(
    {
        "no-known-allergies",
        "no-known-medications",
        "no-known-problems",
        "no-known-devices",
        "no-known-procedures",
        "no-known-immunizations",
        "716186003",  # No known allergy
        "160244002",  # No known allergies (situation)
        "160245001",  # No current problems or disability
    }
)
NOT_KNOWN_CODES = frozenset(
    {
        "no-allergy-info",
        "no-medication-info",
        "no-problem-info",
        "no-device-info",
        "no-procedure-info",
        "no-immunization-info",
    }
)
