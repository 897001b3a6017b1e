"""What is answered about a patient: identity traits as the hospital knows them (rule 17), never dossier content.

The patient's own settings (oppositions, masked documents) and the dossier's state are not identity: they stay inside.
"""

from pydantic import BaseModel, Field

from gateway.patients.patient import PatientRecord


class PatientTraits(BaseModel):
    """Identity traits of the hospital's own directory."""

    ipp: str
    ins: str | None = Field(description="Matricule INS, where the identity has one.")
    oid: str | None
    identity_status: str = Field(description="PROV, RECUP, VALI or QUAL; only QUAL opens a dossier.")
    birth_name: str
    given_names: str = Field(description="All birth given names, first one first.")
    used_name: str
    used_given_name: str
    birth_date: str
    sex: str = Field(description="M, F or U; may disagree with the first digit of the INS.")
    birth_place: str = Field(description="INSEE code, may be empty.")
    deceased_on: str | None
    homonym: bool = Field(description="Another person of the directory has the same birth name and given name.")


def patient_traits(patient: PatientRecord) -> PatientTraits:
    """The traits of a record."""
    traits = patient.traits
    return PatientTraits(
        ipp=patient.ipp,
        ins=patient.ins.value if patient.ins else None,
        oid=patient.ins.oid if patient.ins else None,
        identity_status=patient.identity_status,
        birth_name=traits.birth_name,
        given_names=traits.given_names,
        used_name=traits.used_name,
        used_given_name=traits.used_given_name,
        birth_date=traits.birth_date,
        sex=traits.sex,
        birth_place=traits.birth_place,
        deceased_on=patient.deceased_on,
        homonym=patient.homonym,
    )
