"""From the values of a dossier to the words of the outer contract."""

from urllib.parse import quote

from gateway.api.dossier_shapes import Code, Document, Item, Measure, NotSummarised, Section, Source
from gateway.api.dossier_words import (
    AuthorAnswer,
    CodeAnswer,
    ContactAnswer,
    ContradictionAnswer,
    DocumentAnswer,
    DocumentsAnswer,
    ItemAnswer,
    MeasureAnswer,
    NotSummarisedAnswer,
    SectionAnswer,
    ServiceAnswer,
    SourceAnswer,
    SummaryAnswer,
    TypeAnswer,
)
from gateway.api.instants import rfc3339, rfc3339_ms
from gateway.api.parts import DocumentList, SummaryView
from gateway.patients.patient import Contact


def summary_answer(view: SummaryView) -> SummaryAnswer:
    """The emergency summary."""
    summary = view.summary
    return SummaryAnswer(
        access_id=view.access.id,
        expires_at=rfc3339_ms(view.access.expires_at),
        made_at=rfc3339(summary.made_at),
        sections=[_section(section) for section in summary.sections],
        summarised=[_source(source) for source in summary.summarised],
        not_summarised=[_not_summarised(document) for document in summary.not_summarised],
        contacts=[_contact(contact) for contact in view.contacts],
    )


def documents_answer(listed: DocumentList) -> DocumentsAnswer:
    """The list of documents."""
    access_id = listed.access.id
    documents = [_document(document, access_id) for document in listed.documents]
    return DocumentsAnswer(access_id=access_id, filtered=listed.filtered, documents=documents)


def _section(section: Section) -> SectionAnswer:
    return SectionAnswer(
        key=str(section.key),
        state=str(section.state),
        items=[_item(item) for item in section.items],
        none_known_by=[_source(source) for source in section.none_known_by],
        contradictions=[
            ContradictionAnswer(
                none_known_by=[_source(source) for source in contradiction.none_known_by],
                listed_by=[_source(source) for source in contradiction.listed_by],
            )
            for contradiction in section.contradictions
        ],
        missing=[_not_summarised(document) for document in section.missing],
    )


def _item(item: Item) -> ItemAnswer:
    sources = [_source(source) for source in item.sources]
    return ItemAnswer(
        text=item.text,
        code=_code(item.code),
        source=sources[0],  # newest first, and never none: a line without a source is not a line
        sources=sources,
        kind=str(item.kind),
        detail=item.detail,
        criticality=str(item.criticality),
        activity=str(item.activity),
        date=item.date,
        end_date=item.end_date,
        measure=_measure(item.measure),
        telecom=list(item.telecom),
        occurrences=item.occurrences,
    )


def _code(code: Code | None) -> CodeAnswer | None:
    return None if code is None else CodeAnswer(code=code.code, system=code.system, label=code.label)


def _measure(measure: Measure | None) -> MeasureAnswer | None:
    if measure is None:
        return None
    return MeasureAnswer(
        value=measure.value,
        unit=measure.unit,
        reference_range=measure.reference_range,
        interpretation=measure.interpretation,
    )


def _source(source: Source) -> SourceAnswer:
    return SourceAnswer(
        document=source.document_id, title=source.title, author=source.author, date=rfc3339(source.date)
    )


def _not_summarised(document: NotSummarised) -> NotSummarisedAnswer:
    return NotSummarisedAnswer(document=_source(document.source), type=document.type_code, reason=str(document.reason))


def _contact(contact: Contact) -> ContactAnswer:
    return ContactAnswer(kind=contact.kind, name=contact.name, phone=contact.phone)


def _document(document: Document, access_id: str) -> DocumentAnswer:
    start, stop = document.service_start, document.service_stop
    return DocumentAnswer(
        id=document.id,
        unique_id=document.unique_id,
        title=document.title,
        type=TypeAnswer(code=document.type_code, label=document.type_label),
        class_code=document.class_code,
        media_type=document.media_type,
        format=str(document.format),
        author=AuthorAnswer(
            name=document.author_name,
            profession=document.author_profession,
            organization=document.author_organization,
        ),
        created=rfc3339(document.created),
        service=ServiceAnswer(
            start=None if start is None else rfc3339(start), stop=None if stop is None else rfc3339(stop)
        ),
        confidentiality=sorted(document.confidentiality),
        status=str(document.status),
        size=None if document.size < 0 else document.size,
        sha256=document.sha256 or None,
        links={"content": f"/api/v1/accesses/{access_id}/documents/{quote(document.id, safe='')}"},
    )
