"""What callers may send, as strict shapes: an unknown member is an error, never ignored."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """No coercion and no unknown member."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PatientNamed(Strict):
    """The patient, named in exactly one way: `ins` with its `oid`, or `ipp`."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["ins", "oid"]}, {"required": ["ipp"]}]})

    ins: str | None = Field(None, description="Matricule INS, 15 characters, key included.")
    oid: str | None = Field(None, description="OID of that INS: 1.2.250.1.213.1.4.8, .9, or .10 and .11 in the demo.")
    ipp: str | None = Field(None, min_length=1, max_length=32, description="The hospital's own patient number.")


class ReasonGiven(Strict):
    """Why an emergency access is asked for (CSP L1111-17)."""

    code: str = Field(
        "",
        description="vital_emergency, unable_to_express, immediate_risk, regulation (Centre 15) or other, as the"
        " rules in force offer them: an unknown one is answered with the list.",
    )
    text: str = Field(
        "", max_length=2000, description="Where the reason asks for one (`other`: at least 10 characters); 500 at most."
    )


class NewAccess(Strict):
    """One request to open a dossier. The same `request_id` again is the same request, answered once."""

    request_id: str = Field(
        pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        description="A UUID of the caller's own making, new for each new question.",
    )
    patient: PatientNamed
    mode: Literal["normal", "break_glass", "centre_15"]
    reason: ReasonGiven | None = Field(None, description="For the emergency modes only.")
    consent: Literal["explicit"] | None = Field(
        None, description="For `normal`, when the patient was asked and agreed: recorded as the basis of the access."
    )


class AccessPath(BaseModel):
    """Which access."""

    access_id: str = Field(description="As answered by the opening.")


class DocumentPath(AccessPath):
    """Which document of which access."""

    document_id: str = Field(description="As answered by the list.")


class DocumentId(BaseModel):
    """Which document, where the access is given otherwise."""

    document_id: str = Field(description="As answered by the list.")


class DocumentsWanted(Strict):
    """Which documents of the dossier."""

    recent: Literal["true", "false"] = Field(
        "false", description="`true`: only current documents of the last two years, as a first automatic search is."
    )


class PatientWanted(Strict):
    """Exactly one of: `ins` with `oid`; `ipp`; `family`, `given` and `birthdate` together."""

    ins: str | None = Field(None, description="Matricule INS, 15 characters, key included.")
    oid: str | None = Field(None, description="OID of that INS.")
    ipp: str | None = Field(None, min_length=1, max_length=32, description="The hospital's own patient number.")
    family: str | None = Field(None, min_length=1, max_length=100, description="Birth name.")
    given: str | None = Field(None, min_length=1, max_length=200, description="A birth given name.")
    birthdate: str | None = Field(None, pattern=r"^\d{4}-\d{2}-\d{2}$", description="ISO date of birth.")


class ProblemPath(BaseModel):
    """Which problem type."""

    code: str = Field(description="The last part of a problem's `type`.")
