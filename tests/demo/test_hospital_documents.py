"""The documents of the demo hospital: valid CDA, read whole by the dossiers room, coherent with their patient."""

import base64
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime

import pytest
from lxml import etree

from gateway.demo.hospital.invention import Invention, invent_hospital
from gateway.demo.hospital.pdf import write_pdf
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.demo.hospital.stories import STORIES
from gateway.dossiers.cda.body import embedded_file
from gateway.dossiers.cda.describe import describe_cda, load_document_types
from gateway.dossiers.cda.xml import parse_cda
from gateway.dossiers.connector import DocumentFormat, DocumentReference, DocumentStatus
from gateway.dossiers.summary import (
    AlertKind,
    EmergencySummary,
    SectionKey,
    SectionState,
    UnreadReason,
    load_summary_tables,
    summarise,
)
from tests.conftest import SHARED, skip_or_fail

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SCHEMA = SHARED / "samples" / "cda-fr-validation" / "infrastructure" / "cda" / "CDA_extended.xsd"

Dossier = list[tuple[DocumentReference, bytes]]


@pytest.fixture(scope="module")
def hospital() -> Invention:
    return invent_hospital(NOW, issuer="http://idp.demo.test")


@pytest.fixture(scope="module")
def dossiers(hospital: Invention) -> dict[str, Dossier]:
    types, found = load_document_types(), defaultdict(list)
    for document in hospital.documents:
        described = describe_cda(
            document.content,
            document_id=document.id,
            patient_id=document.patient_id,
            received=NOW,
            types=types,
            status=document.status,
            more_confidentiality=document.labels,
        )
        found[document.patient_id].append((described.reference, document.content))
    return found


@pytest.fixture(scope="module")
def summaries(hospital: Invention, dossiers: dict[str, Dossier]) -> dict[str, EmergencySummary]:
    tables = load_summary_tables()
    named = {scenario.ipp: scenario.key for scenario in SCENARIOS}
    return {
        named[person.record.ipp]: summarise(dossiers.get(person.record.id, []), NOW, tables)
        for person in hospital.people
        if person.record.ipp in named
    }


def test_there_are_about_1500_documents_of_every_kind(hospital: Invention) -> None:
    kinds = Counter(document.type.code for document in hospital.documents)
    assert 1_300 <= len(hospital.documents) <= 1_700
    assert set(kinds) == {"SYNTH", "11490-0", "11502-2", "57833-6", "87273-9", "11488-4", "18748-4", "EXPPAT_3"}
    assert min(kinds.values()) >= 10


def test_every_document_is_valid_against_the_published_cda_schema(hospital: Invention) -> None:
    if not SCHEMA.is_file():
        skip_or_fail("no CDA schema: ../shared/samples/cda-fr-validation is absent beside the repository")
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    for document in hospital.documents:
        assert schema.validate(etree.fromstring(document.content)), schema.error_log


def test_every_header_names_its_own_patient_by_matricule_where_there_is_one(
    hospital: Invention, dossiers: dict[str, Dossier]
) -> None:
    types = load_document_types()
    for person in hospital.people:
        for reference, content in dossiers.get(person.record.id, []):
            header = describe_cda(content, document_id="d", patient_id="p", received=NOW, types=types).header
            record = person.record
            assert header.patient.ins == (record.ins.value if record.ins else "")
            assert header.patient.birth_name == record.traits.birth_name
            assert header.patient.given_names == record.traits.given_names
            assert header.patient.birth_date == record.traits.birth_date
            assert header.patient.birth_place == record.traits.birth_place
            assert reference.class_code
            assert reference.created <= NOW
            assert reference.author_name


def test_nothing_in_a_document_happened_before_its_patient_was_born_or_after_it_was_written(
    hospital: Invention, dossiers: dict[str, Dossier]
) -> None:
    for person in hospital.people:
        born = date.fromisoformat(person.record.traits.birth_date)
        for reference, content in dossiers.get(person.record.id, []):
            for stamp in re.findall(rb'<(?:low|high) value="(\d{8})"/>|<effectiveTime value="(\d{8})"/>', content):
                told = date.fromisoformat((stamp[0] or stamp[1]).decode())
                assert born <= told <= reference.created.date(), (person.record.ipp, reference.title)


def test_every_story_can_be_lived_by_the_youngest_it_may_happen_to() -> None:
    for story in STORIES:
        facts = (*story.problems, *story.acts, *story.treatments, *story.devices, *story.stays, *story.allergies)
        assert all(fact.years + 1 < story.ages[0] for fact in facts), story.key


def test_an_older_synthesis_is_obsolete_and_its_replacement_names_it(
    hospital: Invention, dossiers: dict[str, Dossier]
) -> None:
    by_unique = {reference.unique_id: reference for one in dossiers.values() for reference, _ in one}
    obsolete = [one for one in by_unique.values() if one.status is DocumentStatus.OBSOLETE]
    replaced = {
        f"{parent.get('root')}^{parent.get('extension')}"
        for document in hospital.documents
        for parent in etree.fromstring(document.content).iterfind(".//{*}parentDocument/{*}id")
    }
    assert len(obsolete) > 20
    assert {one.unique_id for one in obsolete} == replaced


def test_a_level_1_document_wraps_a_pdf_and_the_others_are_structured(dossiers: dict[str, Dossier]) -> None:
    formats = Counter()
    for reference, content in (pair for one in dossiers.values() for pair in one):
        formats[reference.format] += 1
        file = embedded_file(parse_cda(content))
        assert (file is not None) == (reference.format is DocumentFormat.CDA_N1)
        if file is not None:
            assert file.media_type == "application/pdf"
            assert file.content.startswith(b"%PDF-1.7")
    assert formats[DocumentFormat.CDA_N3] > formats[DocumentFormat.CDA_N1] > 100


def test_labels_are_on_the_one_document_each_scenario_needs(hospital: Invention, dossiers: dict[str, Dossier]) -> None:
    ids = {person.record.ipp: person.record.id for person in hospital.people}
    labelled = {
        scenario.key: [
            sorted(reference.confidentiality)
            for reference, _ in dossiers.get(ids[scenario.ipp], [])
            if reference.confidentiality != {"N"}
        ]
        for scenario in SCENARIOS
    }
    assert {key: found for key, found in labelled.items() if found} == {
        "masked_allowed": [["MASQUE_PS", "N"]],
        "masked_refused": [["MASQUE_PS", "N"]],
        "minor_hidden_act": [["INVISIBLE_REPRESENTANTS_LEGAUX", "N"]],
        "invisible_document": [["INVISIBLE_PATIENT", "N"]],
    }


def test_the_unconscious_patient_shows_anticoagulant_allergy_and_directives_at_the_top(
    summaries: dict[str, EmergencySummary],
) -> None:
    alerts = summaries["unconscious"].section(SectionKey.VITAL_ALERTS)
    kinds = {item.kind for item in alerts.items}
    assert {AlertKind.ALLERGY, AlertKind.ANTICOAGULANT, AlertKind.ADVANCE_DIRECTIVES} <= kinds
    treatments = [item.text for item in summaries["unconscious"].section(SectionKey.TREATMENTS).items]
    assert any("ELIQUIS 5 mg" in text for text in treatments)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("unqualified_identity", AlertKind.INSULIN),
        ("homonym_1", AlertKind.ANTICOAGULANT),
        ("homonym_1", AlertKind.IMPLANTED_DEVICE),
        ("patiente", AlertKind.ANTIPLATELET),
        ("opposed_break_glass", AlertKind.ANTIPLATELET),
    ],
)
def test_each_story_raises_the_alert_it_is_about(
    summaries: dict[str, EmergencySummary], key: str, kind: AlertKind
) -> None:
    assert kind in {item.kind for item in summaries[key].section(SectionKey.VITAL_ALERTS).items}


def test_a_whole_story_is_read_back_from_its_documents(summaries: dict[str, EmergencySummary]) -> None:
    summary = summaries["unqualified_identity"]
    treatments = " ".join(item.text for item in summary.section(SectionKey.TREATMENTS).items)
    assert all(name in treatments for name in ("LANTUS", "NOVORAPID", "RAMIPRIL"))
    problems = " ".join(item.text for item in summary.section(SectionKey.PROBLEMS).items)
    assert all(name in problems for name in ("Diabète", "Rétinopathie", "Maladie rénale"))
    results = {item.kind for item in summary.section(SectionKey.KEY_RESULTS).items}
    assert {"creatinine", "egfr", "potassium", "haemoglobin", "platelets", "hba1c"} <= results
    contacts = {item.kind for item in summary.section(SectionKey.CONTACTS).items}
    assert {"general_practitioner", "trusted_person"} <= contacts


def test_no_structured_document_is_left_out_of_a_summary(
    hospital: Invention, dossiers: dict[str, Dossier], summaries: dict[str, EmergencySummary]
) -> None:
    for summary in summaries.values():
        assert {one.reason for one in summary.not_summarised} <= {UnreadReason.NOT_STRUCTURED, UnreadReason.REPLACED}


def test_none_known_and_no_information_both_occur_and_sources_sometimes_disagree(
    hospital: Invention, dossiers: dict[str, Dossier]
) -> None:
    tables, states, disagreements = load_summary_tables(), Counter(), 0
    for person in hospital.people[:150]:
        section = summarise(dossiers.get(person.record.id, []), NOW, tables).section(SectionKey.ALLERGIES)
        states[section.state] += 1
        disagreements += bool(section.contradictions)
    assert min(states[one] for one in (SectionState.LISTED, SectionState.NONE_KNOWN, SectionState.NO_INFORMATION)) >= 10
    assert disagreements >= 1


def test_the_pdf_is_whole_tagged_and_in_french() -> None:
    pdf = write_pdf("Été à l'hôpital (1)", ["Un œdème à 40 % \\ et des mots " * 12, "Deuxième paragraphe"] * 20)
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", pdf)[1])
    assert pdf[start : start + 4] == b"xref"
    offsets = [int(one) for one in re.findall(rb"^(\d{10}) 00000 n ", pdf[start:], re.MULTILINE)]
    for number, offset in enumerate(offsets, 1):
        assert pdf[offset:].startswith(b"%d 0 obj\n" % number)
    for body in re.finditer(rb"<< /Length (\d+) >>\nstream\n", pdf):
        assert pdf[body.end() + int(body[1]) :].startswith(b"\nendstream")
    assert b"/Lang (fr-FR)" in pdf
    assert b"/MarkInfo << /Marked true >>" in pdf
    assert "(Été à l'hôpital \\(1\\)) Tj".encode("cp1252") in pdf
    assert "œdème à 40 % \\\\".encode("cp1252") in pdf
    pages = pdf.count(b"/Type /Page /Parent")
    assert pages >= 2
    assert pdf.count(b"/S /H1") == 1
    assert 40 <= pdf.count(b"/S /P ") < 40 + pages


def test_a_wrapped_pdf_survives_base64_unchanged(hospital: Invention) -> None:
    wrapped = next(document for document in hospital.documents if document.type.code == "EXPPAT_3")
    text = etree.fromstring(wrapped.content).find(".//{*}nonXMLBody/{*}text")
    assert text is not None
    assert base64.b64decode(text.text or "") == embedded_file(parse_cda(wrapped.content)).content
