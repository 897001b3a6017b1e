"""The header: whose document it is, who wrote it, when; read from the samples and from small documents."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.dossiers.cda.describe import describe_cda, load_document_types, read_cda_header
from gateway.dossiers.cda.times import french_date, iso_date, moment
from gateway.dossiers.connector import DocumentFormat
from tests.dossiers.cda_writer import NOW, cda, section


def test_the_identity_of_a_real_document_is_read_whole(samples: Path) -> None:
    header = read_cda_header((samples / "cda-fr" / "IPS-FR_2024.01_DLU.xml").read_bytes())
    patient = header.patient
    assert (patient.ins, patient.ins_oid) == ("279035121518989", "1.2.250.1.213.1.4.10")
    assert (patient.birth_name, patient.used_name) == ("PAT-TROIS", "PAT-TROIS")
    assert (patient.given_names, patient.used_given_name) == ("DOMINIQUE MARIE-LOUISE", "DOMINIQUE")
    assert (patient.birth_date, patient.sex, patient.birth_place) == ("1979-03-28", "F", "51215")
    assert (header.type_code, header.title, header.confidentiality) == ("74207-2", "SYNTHESE MEDICALE", {"N"})
    [author] = header.authors
    assert (author.name, author.rpps) == ("DR Charles BOILEAU", "01234567897")
    assert author.organization == "EHPAD DE BOULOGNE-BILLANCOURT"
    assert header.created == datetime.fromisoformat("2024-04-02T11:17:00+01:00")


def test_every_real_document_names_a_patient_an_author_and_a_moment(samples: Path) -> None:
    for file in sorted((samples / "cda-fr").glob("*.xml")):
        header = read_cda_header(file.read_bytes())
        assert len(header.patient.ins) == 15, file.name
        assert header.patient.birth_name, file.name
        assert header.patient.given_names, file.name
        assert header.authors, file.name
        assert header.created is not None, file.name
        assert header.created.tzinfo is not None, file.name


def test_a_document_is_described_by_its_header_its_type_and_its_bytes(samples: Path) -> None:
    types = load_document_types()
    found = {}
    for file in sorted((samples / "cda-fr").glob("*.xml")):
        content = file.read_bytes()
        found[file.stem] = describe_cda(content, document_id="d", patient_id="p", received=NOW, types=types).reference
        assert found[file.stem].size == len(content)
    assert found["VSM_1.4_2022.01"].class_code == "11"
    assert found["VSM_1.4_2022.01"].format is DocumentFormat.CDA_N3
    assert found["DOC_NON_STRUCTURE_CDA-R2-N1"].format is DocumentFormat.CDA_N1
    assert found["LDL-SES_2022.01"].type_label == "Lettre de liaison à la sortie d'un établissement de soins"


def test_an_empty_header_is_read_as_empty_and_never_fails() -> None:
    content = b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>'
    described = describe_cda(content, document_id="d", patient_id="p", received=NOW, types={})
    assert described.header.patient.ins == ""
    assert described.reference.created == NOW
    assert described.reference.unique_id.startswith("urn:sha256:")


def test_a_new_version_says_which_document_it_replaces() -> None:
    related = "".join(
        f'<relatedDocument typeCode="{how}"><parentDocument><id root="1.2" extension="{which}"/></parentDocument>'
        "</relatedDocument>"
        for how, which in (("RPLC", "old"), ("APND", "other"))
    )
    assert read_cda_header(cda(header=related)).replaces == ("1.2^old",)


def test_an_identity_without_qualifiers_is_a_birth_identity() -> None:
    target = (
        '<recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" extension="27903512151898a"/><id root="1.9" '
        'extension="IPP1"/><patient><name><given>Anne</given><given>Lise</given><family>NOËL</family></name>'
        '<administrativeGenderCode code="X"/><birthTime value="197903281200"/></patient></patientRole></recordTarget>'
    )
    patient = read_cda_header(cda(section("48765-2"), header=target)).patient
    assert (patient.birth_name, patient.given_names, patient.sex) == ("NOËL", "Anne Lise", "U")
    assert (patient.birth_date, patient.local_ids) == ("1979-03-28", (("1.9", "IPP1"),))
    assert patient.ins == "27903512151898A"


def test_trusted_person_contacts_and_doctor_are_told_apart() -> None:
    header = (
        '<informant><relatedEntity classCode="NOK"><code displayName="Soeur"/><telecom value="tel:+33600000001"/>'
        "<relatedPerson><name><given>Zoé</given><family>NOËL</family></name></relatedPerson></relatedEntity></informant>"
        '<informant><relatedEntity classCode="ECON"><telecom value="javascript:alert(1)"/><relatedPerson><name>'
        "<family>VOISIN</family></name></relatedPerson></relatedEntity></informant>"
        '<participant typeCode="INF"><functionCode code="PCP"/><associatedEntity classCode="PROV"><telecom '
        'value="tel:+33100000001"/><associatedPerson><name><prefix>M</prefix><suffix>DR</suffix><given>Luc</given>'
        "<family>MÉDECIN</family></name></associatedPerson></associatedEntity></participant>"
    )
    told = [(one.role, one.name, one.telecom) for one in read_cda_header(cda(header=header)).contacts]
    assert told == [
        ("trusted_person", "Zoé NOËL", ("tel:+33600000001",)),
        ("emergency_contact", "VOISIN", ()),  # no address a page could run
        ("general_practitioner", "DR Luc MÉDECIN", ("tel:+33100000001",)),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2019", "2019"),
        ("201903", "2019-03"),
        ("20190328", "2019-03-28"),
        ("20190328000000", "2019-03-28"),
        ("20190328102030+0100", "2019-03-28T10:20"),
        ("20191328", ""),
        ("20190230", ""),
        ("soon", ""),
        ("", ""),
    ],
)
def test_a_date_keeps_the_precision_its_source_gave(value: str, expected: str) -> None:
    assert iso_date(value) == expected


def test_a_moment_without_an_offset_is_french_time_and_a_wrong_one_is_none() -> None:
    summer = moment("20260701120000")
    assert summer is not None
    assert summer.utcoffset() in {timedelta(hours=2), timedelta(0)}  # UTC where no time zone data is installed
    assert moment("20260701120000+0530") == datetime.fromisoformat("2026-07-01T12:00:00+05:30")
    assert moment("20260701126100") is None
    assert moment("20260701120000+9900") == datetime.fromisoformat("2026-07-01T12:00:00+00:00")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("le 3/4/2020", "2020-04-03"), ("du 01/12/2023 au 06/12/2023", "2023-12-01"), ("31/02/2020", "")],
)
def test_a_french_date_is_found_in_a_text(text: str, expected: str) -> None:
    assert french_date(text) == expected
