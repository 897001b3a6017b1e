"""What is answered of a dossier, as the outer contract writes it: the document list and the emergency summary."""

from pydantic import BaseModel, Field


class CodeAnswer(BaseModel):
    """A coded concept, with the label its source wrote."""

    code: str
    system: str = Field(description="OID of the code system.")
    label: str


class SourceAnswer(BaseModel):
    """The document a line comes from."""

    document: str = Field(description="Its id in this dossier.")
    title: str
    author: str
    date: str = Field(description="RFC 3339, UTC: when it was made.")


class MeasureAnswer(BaseModel):
    """A result's value as its source wrote it."""

    value: str
    unit: str
    reference_range: str
    interpretation: str


class ItemAnswer(BaseModel):
    """One line. The same line found in several documents is one item with several sources."""

    text: str
    code: CodeAnswer | None
    source: SourceAnswer = Field(description="The newest of `sources`.")
    sources: list[SourceAnswer]
    kind: str
    detail: str
    criticality: str
    activity: str
    date: str
    end_date: str
    measure: MeasureAnswer | None
    telecom: list[str]
    occurrences: int


class ContradictionAnswer(BaseModel):
    """Sources that cannot both be right: both are given."""

    none_known_by: list[SourceAnswer]
    listed_by: list[SourceAnswer]


class NotSummarisedAnswer(BaseModel):
    """A document whose content is in no section; it stays readable."""

    document: SourceAnswer
    type: str
    reason: str


class SectionAnswer(BaseModel):
    """One section, in one of four states that are never confused."""

    key: str
    state: str = Field(description="`listed`, `none_known`, `no_information` or `unavailable`.")
    items: list[ItemAnswer]
    none_known_by: list[SourceAnswer]
    contradictions: list[ContradictionAnswer]
    missing: list[NotSummarisedAnswer] = Field(description="Documents that could hold more and were not read.")


class ContactAnswer(BaseModel):
    """Someone to reach about the patient, from the hospital's own directory."""

    kind: str
    name: str
    phone: str


class SummaryAnswer(BaseModel):
    """The emergency summary: always all its sections, in the order of the bedside."""

    access_id: str
    expires_at: str
    made_at: str
    sections: list[SectionAnswer]
    summarised: list[SourceAnswer]
    not_summarised: list[NotSummarisedAnswer]
    contacts: list[ContactAnswer]


class TypeAnswer(BaseModel):
    """The type of a document (JDV_J07)."""

    code: str
    label: str


class AuthorAnswer(BaseModel):
    """Who wrote a document."""

    name: str
    profession: str
    organization: str


class ServiceAnswer(BaseModel):
    """When the care it tells of was given."""

    start: str | None
    stop: str | None


class DocumentAnswer(BaseModel):
    """One document as its store describes it."""

    id: str
    unique_id: str
    title: str
    type: TypeAnswer
    class_code: str
    media_type: str
    format: str
    author: AuthorAnswer
    created: str
    service: ServiceAnswer
    confidentiality: list[str]
    status: str
    size: int | None
    sha256: str | None
    links: dict[str, str]


class DocumentsAnswer(BaseModel):
    """The documents the rules let this access read."""

    access_id: str
    filtered: bool = Field(description="Only current documents of the last two years, as `recent=true` asked.")
    documents: list[DocumentAnswer]
