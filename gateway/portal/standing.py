"""How somebody stands towards a patient, and what they may do: the patient, a minor, a representative, a guardian.

A minor's representatives exercise parental authority until 18 (Code civil 371-1, 414). From 15 a minor decides alone on
an information service offered to them and on the data they give it (loi 78-17, article 45; GDPR article 8), so from
then the choices of notices are theirs. The emergency settings can cost a life and stay with the representatives until
18. To ask why somebody read their dossier takes no age (CSP R1111-50 gives a minor acts of their own at any age).
A guardian (tutelle, habilitation familiale) represents the protected adult (Code civil 459, 494-6), who keeps every
right of their own here: what is personal is decided by them as far as their state allows. A curator only assists, and
sees nothing here.

Representatives get neither a receipt nor the file of the history: both count, and so would tell of an act that is
hidden from them (the file numbers every entry; the entry of an opening says whether it was that professional's first).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gateway.notifications.secrecy import ALONE_FROM_YEARS
from gateway.patients.patient import PatientRecord
from gateway.patients.protection import is_represented

ADULT_AT_YEARS = 18


class Side(StrEnum):
    """Whose act something is. What one side did, the other is not always told: see `Person.sees`."""

    HOLDER = "holder"
    REPRESENTATIVE = "representative"


class Role(StrEnum):
    """Who somebody is to the patient whose record they look at."""

    ADULT = "adult"  # the holder, of age
    MINOR = "minor"  # the holder, under 18
    PARENT = "parent"  # legal representative of a minor
    GUARDIAN = "guardian"  # of a protected adult


class Right(StrEnum):
    """What the page may offer."""

    SEE = "see"
    CONTEST = "contest"
    BLOCK = "block"
    EMERGENCY_SETTINGS = "emergency_settings"
    PREFERENCES = "preferences"
    RECEIPT = "receipt"
    HISTORY_FILE = "history_file"


_ALWAYS = frozenset({Right.SEE, Right.CONTEST})
_FILES = frozenset({Right.RECEIPT, Right.HISTORY_FILE})
_YOUNG_ADULT = frozenset({Right.BLOCK, Right.PREFERENCES})
_FOR_A_CHILD = _ALWAYS | {Right.BLOCK, Right.EMERGENCY_SETTINGS}


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as somebody may act for them. `whose` is what the façade takes: empty for one's own record."""

    patient: PatientRecord
    role: Role
    rights: frozenset[Right]

    @property
    def whose(self) -> str:
        """The parameter `whose` of every call about this person."""
        return "" if self.side is Side.HOLDER else self.patient.id

    @property
    def side(self) -> Side:
        """On whose side they act."""
        return Side.HOLDER if self.role in (Role.ADULT, Role.MINOR) else Side.REPRESENTATIVE

    @property
    def alone(self) -> bool:
        """Whether nothing of the patient's own is hidden from who acts: they are the holder."""
        return self.side is Side.HOLDER


def as_holder(patient: PatientRecord, today: date) -> Person:
    """The patient themselves."""
    age = age_on(patient.traits.birth_date, today)
    if age is not None and age >= ADULT_AT_YEARS:
        return Person(patient, Role.ADULT, frozenset(Right))
    alone = _YOUNG_ADULT if age is not None and age >= ALONE_FROM_YEARS else frozenset()
    return Person(patient, Role.MINOR, _ALWAYS | _FILES | alone)


def as_representative(patient: PatientRecord, today: date) -> Person | None:
    """Whoever the hospital recorded as the patient's legal representative; None when they are that no longer: the
    child came of age and no guardian was named, or the patient died (the heirs' way is CSP L1110-4 V)."""
    if patient.deceased_on is not None:
        return None
    age = age_on(patient.traits.birth_date, today)
    if age is not None and age < ADULT_AT_YEARS:
        own = frozenset({Right.PREFERENCES}) if age < ALONE_FROM_YEARS else frozenset()
        return Person(patient, Role.PARENT, _FOR_A_CHILD | own)
    if is_represented(patient.protection, patient.protection_until, today):
        return Person(patient, Role.GUARDIAN, _FOR_A_CHILD | {Right.PREFERENCES})
    return None


def age_on(birth_date: str, today: date) -> int | None:
    """Years of age; None of a date that cannot be read, which proves no majority."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
