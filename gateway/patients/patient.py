"""A patient of the directory, as the hospital knows them (never as the DMP does: rule 17)."""

from dataclasses import dataclass

from gateway.patients.ins import Ins


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Identity traits (strict traits of the INS referential, and the used ones)."""

    birth_name: str
    given_names: str  # all birth given names, first one first, space separated
    birth_date: str  # ISO
    sex: str  # M, F, U: may disagree with the first digit of the INS
    birth_place: str  # INSEE code, may be empty
    used_name: str = ""
    used_given_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRecord:
    """One row of the directory with the patient's own settings. `homonym` is set by a search that found another person
    with the same folded birth name and first given name."""

    id: str
    ipp: str
    ins: Ins | None
    identity_status: str  # PROV, RECUP, VALI, QUAL
    traits: Traits
    deceased_on: str | None
    language: str
    dossier_status: str  # active, closed, absent
    opposed_break_glass: bool
    opposed_centre_15: bool
    masked_in_emergency: bool
    linked_staff_key: str | None
    homonym: bool = False
    protected: bool = False  # a person whose accesses are reviewed with more care; never shown to those who read
    protection: str = "none"  # a ProtectionMeasure of an adult (Code civil 425)
    protection_until: str | None = None  # its last day, ISO


def blank_record(patient_id: str, ipp: str = "") -> PatientRecord:
    """A record of which nothing is known yet, and which has no dossier."""
    return PatientRecord(
        id=patient_id,
        ipp=ipp,
        ins=None,
        identity_status="PROV",
        traits=Traits(birth_name="", given_names="", birth_date="", sex="U", birth_place=""),
        deceased_on=None,
        language="fr",
        dossier_status="absent",
        opposed_break_glass=False,
        opposed_centre_15=False,
        masked_in_emergency=False,
        linked_staff_key=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Someone to reach about a patient. `kind`: patient, medecin_traitant, trusted_person, emergency_contact,
    legal_representative."""

    kind: str
    name: str
    email: str
    phone: str
    address: str
    mssante: str
    unsafe: bool = False  # others read it: nothing is sent there
    personal: bool = False  # this telephone is the person's alone, not the family's
