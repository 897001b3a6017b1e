"""What a demo patient's story is made of. Texts are French, as a document of the dossier would say them.

`years` are how long ago it began, in years before today; they give every story its dates.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """A condition, with its ICD-10 (CIM-10) code; over when `active` is false."""

    text: str
    cim10: str
    years: float
    active: bool = True


@dataclass(frozen=True, slots=True)
class Act:
    """A surgical or technical act, with its CCAM code where one is known."""

    text: str
    ccam: str
    years: float


@dataclass(frozen=True, slots=True)
class Allergy:
    """An allergy or intolerance; `kind` is the French label of its SNOMED CT type."""

    agent: str
    reaction: str
    severe: bool
    atc: str = ""
    kind: str = "allergie médicamenteuse"
    kind_code: str = "416098002"
    years: float = 10


@dataclass(frozen=True, slots=True)
class Treatment:
    """A medicine as prescribed: brand and form, ATC class, posology in words."""

    name: str
    atc: str
    substance: str
    posology: str
    reason: str
    years: float = 2


@dataclass(frozen=True, slots=True)
class Device:
    """An implanted or worn device, with its EMDN category."""

    text: str
    emdn: str
    years: float
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Vaccination:
    """One injection."""

    name: str
    atc: str
    years: float
    rank: str = "Rappel"


@dataclass(frozen=True, slots=True)
class Stay:
    """A past stay in hospital, told by its discharge letter."""

    reason: str
    course: str
    years: float
    unit: str = "Médecine polyvalente"
    on_discharge: str = "Retour à domicile, suivi par le médecin traitant."


@dataclass(frozen=True, slots=True)
class Biology:
    """The middle of each result for this story; what is None is not asked for."""

    creatinine: float = 75.0  # µmol/L
    potassium: float = 4.2  # mmol/L
    haemoglobin: float = 13.8  # g/dL
    platelets: float = 245.0  # G/L
    inr: float | None = None
    hba1c: float | None = None  # %
    crp: float | None = None  # mg/L


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One coherent clinical story. `ages` and `sexes` say whom it may happen to."""

    key: str
    ages: tuple[int, int]
    sexes: str = "MF"
    weight: int = 4
    problems: tuple[Problem, ...] = ()
    acts: tuple[Act, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    devices: tuple[Device, ...] = ()
    attention: tuple[str, ...] = ()  # « points de vigilance »
    stays: tuple[Stay, ...] = ()
    biology: Biology | None = field(default_factory=Biology)
