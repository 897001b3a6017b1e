"""Importing a folder of CDA documents: each goes to the patient it names for certain, or is refused by name."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from gateway.dossiers.connector import DocumentStatus, DossierPatient
from gateway.dossiers.embedded import EmbeddedDossiers
from gateway.dossiers.importing import ImportReport, import_folder
from gateway.errors import InvalidRequest, RecordUnavailable
from gateway.patients import directory
from gateway.patients.ins import OID_TEST, PRODUCTION_OIDS, TEST_OIDS, Ins
from gateway.patients.patient import PatientRecord
from gateway.patients.registering import add_patient
from gateway.storage.database import Database
from gateway.storage.tables import dossier_document, patient
from tests.patients.people import DOMINIQUE, person
from tests.worlds import StillWorld

Import = Callable[..., ImportReport]

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3">
  <id root="1.2.3" extension="{unique}"/>
  <code code="11488-4" codeSystem="2.16.840.1.113883.6.1" displayName="CR"/>
  <title>Consultation</title><effectiveTime value="20260312111700+0100"/>
  <confidentialityCode code="N"/>
  <recordTarget><patientRole>
    <id extension="{ins}" root="{oid}"/>
    <patient><name><family qualifier="BR">{name}</family><given>DOMINIQUE</given></name>
      <administrativeGenderCode code="F"/><birthTime value="{born}"/>
      <birthplace><place><addr><county>51215</county></addr></place></birthplace>
    </patient></patientRole></recordTarget>
  <author><time value="20260312"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="810100000008"/>
    <assignedPerson><name><family>LEROY</family></name></assignedPerson></assignedAuthor></author>
  {related}<component><structuredBody><component><section><code code="{code}"/><text>Rien</text></section></component>
  </structuredBody></component>
</ClinicalDocument>
"""


def document(**changes: str) -> bytes:
    values = {
        "unique": "1", "ins": "279035121518989", "oid": OID_TEST, "name": "PAT-TROIS", "born": "19790328",
        "related": "", "code": "8648-8", **changes,
    }  # fmt: skip
    return DOCUMENT.format(**values).encode()


def write(folder: Path, **files: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.xml").write_bytes(content)
    return folder


def bring(database: Database, world: StillWorld, folder: Path, **options: object) -> ImportReport:
    return import_folder(database, world.world, folder, **{"allowed_oids": TEST_OIDS, **options})


def known_patient(database: Database, record: PatientRecord) -> None:
    database.transact(lambda tx: add_patient(tx.connection, record, created_at=1))


def documents_of(database: Database, patient_id: str) -> list[tuple[str, str]]:
    with database.reading() as connection:
        query = select(dossier_document.c.unique_id, dossier_document.c.status)
        rows = connection.execute(query.where(dossier_document.c.patient_id == patient_id).order_by("unique_id"))
        return [(row.unique_id, row.status) for row in rows]


def test_of_the_published_samples_27_go_in_and_the_one_of_a_real_number_is_refused(
    database: Database, still_world: StillWorld, samples: Path
) -> None:
    folder, told = samples / "cda-fr", []
    report = bring(database, still_world, folder, progress=lambda done, all_: told.append((done, all_)))
    assert [(one.file, one.code) for one in report.refused] == [("eDISP-MED_2024.01.xml", "ins-oid-forbidden")]
    assert len(report.accepted) == 27
    assert report.duplicates == ()
    assert told == [(number, 28) for number in range(1, 29)]
    (patient_id,) = {one.patient_id for one in report.accepted}
    assert [one.patient_created for one in report.accepted] == [True] + [False] * 26
    with database.reading() as connection:
        record = directory.find_by_ins(connection, Ins("279035121518989", OID_TEST))
    assert record is not None
    assert record.id == patient_id
    assert re.fullmatch(r"IMP-[0-9A-F]{12}", record.ipp)
    assert (record.identity_status, record.dossier_status) == ("QUAL", "active")
    assert record.traits.birth_name == "PAT-TROIS"
    assert record.traits.given_names == "DOMINIQUE MARIE-LOUISE"
    assert (record.traits.birth_date, record.traits.sex, record.traits.birth_place) == ("1979-03-28", "F", "51215")
    store = EmbeddedDossiers(database.engine, timeout_seconds=2, max_document_bytes=20_000_000)
    for one in report.accepted:
        assert store.fetch(one.document_id).content == (folder / one.file).read_bytes()
    listed = store.list_documents(DossierPatient(id=patient_id, ins="", ins_oid=""))
    assert {reference.class_code for reference in listed} >= {"10", "11", "42", "52", "60"}


def test_importing_again_skips_every_file_and_says_so(
    database: Database, still_world: StillWorld, samples: Path
) -> None:
    first = bring(database, still_world, samples / "cda-fr")
    again = bring(database, still_world, samples / "cda-fr")
    assert again.accepted == ()
    assert again.duplicates == tuple(one.file for one in first.accepted)
    assert again.refused == first.refused


def test_in_production_the_samples_are_all_refused_but_the_one_of_a_real_number(
    sqlite_url: str, still_world: StillWorld, samples: Path
) -> None:
    database = Database(sqlite_url)
    report = bring(database, still_world, samples / "cda-fr", allowed_oids=PRODUCTION_OIDS)
    database.close()
    assert [one.file for one in report.accepted] == ["eDISP-MED_2024.01.xml"]
    assert {one.code for one in report.refused} == {"ins-oid-forbidden"}
    assert len(report.refused) == 27


BAD = {
    "wrong_key": (document(ins="279035121518988"), "ins-key"),
    "real_number": (document(oid="1.2.250.1.213.1.4.8"), "ins-oid-forbidden"),
    "not_an_ins": (document(oid="1.2.3.4"), "ins-missing"),
    "short_ins": (document(ins="2790351215189"), "ins-length"),
    "odd_ins": (document(ins="2790351215189X9"), "ins-characters"),
    "no_birth_date": (document(born=""), "identity-incomplete"),
    "half_birth_date": (document(born="197903"), "identity-incomplete"),
    "no_name": (document(name=""), "identity-incomplete"),
    "truncated": (document()[:-60], "unreadable"),
    "empty": (b"", "not-cda"),
    "letter": ("Cher confrère".encode(), "not-cda"),
    "other_xml": (b"<Bundle xmlns='http://hl7.org/fhir'/>", "not-cda"),
    "billion_laughs": (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + document().split(b"?>", 1)[1],
        "unreadable",
    ),
}


@pytest.mark.parametrize("name", list(BAD))
def test_a_bad_file_is_refused_by_name_and_the_good_one_beside_it_goes_in(
    sqlite_url: str, still_world: StillWorld, tmp_path: Path, name: str
) -> None:
    database = Database(sqlite_url)
    content, code = BAD[name]
    folder = write(tmp_path / "in", **{name: content, "good": document(unique="good")})
    report = bring(database, still_world, folder)
    with database.reading() as connection:
        count = connection.execute(select(func.count()).select_from(patient)).scalar_one()
    database.close()
    assert [(one.file, one.code) for one in report.refused] == [(f"{name}.xml", code)]
    assert [one.file for one in report.accepted] == ["good.xml"]
    assert count == 1
    reason = report.refused[0].reason
    assert reason
    assert not any(word in reason for word in ("PAT-TROIS", "279035121518", "DOMINIQUE"))


def test_a_file_larger_than_the_limit_is_refused_without_being_read_whole(
    sqlite_url: str, still_world: StillWorld, tmp_path: Path
) -> None:
    database = Database(sqlite_url)
    folder = write(tmp_path / "in", big=document() + b" " * 5_000, good=document(unique="good"))
    report = bring(database, still_world, folder, max_document_bytes=4_000)
    database.close()
    assert [(one.file, one.code) for one in report.refused] == [("big.xml", "too-large")]
    assert len(report.accepted) == 1


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (person(7, "PAT-TROIS", "DOMINIQUE", born="1979-03-29", ins=DOMINIQUE.ins), "identity-mismatch"),
        (person(7, "DURAND", "DOMINIQUE", ins=DOMINIQUE.ins), "identity-mismatch"),
        (person(7, "PAT-TROIS", "DOMINIQUE", ins=DOMINIQUE.ins, dossier_status="closed"), "dossier-not-active"),
        (person(7, "PAT-TROIS", "DOMINIQUE", ins=DOMINIQUE.ins, dossier_status="absent"), "dossier-not-active"),
    ],
)
def test_a_document_that_contradicts_the_directory_is_refused(
    sqlite_url: str, still_world: StillWorld, tmp_path: Path, known: PatientRecord, code: str
) -> None:
    database = Database(sqlite_url)
    known_patient(database, known)
    report = bring(database, still_world, write(tmp_path / "in", one=document()))
    found = documents_of(database, known.id)
    database.close()
    assert [one.code for one in report.refused] == [code]
    assert found == []


def test_a_known_patient_receives_the_document_and_keeps_the_hospitals_identity(
    database: Database, still_world: StillWorld, tmp_path: Path
) -> None:
    known = person(7, "Pat Trois", "Dominique Rose", ins=DOMINIQUE.ins, sex="M", used_name="DURAND")
    known_patient(database, known)
    report = bring(database, still_world, write(tmp_path / "in", one=document()))
    with database.reading() as connection:
        assert directory.find_by_id(connection, known.id) == known
    assert [(one.patient_id, one.patient_created) for one in report.accepted] == [(known.id, False)]
    assert documents_of(database, known.id) == [("1.2.3^1", "current")]


def test_the_same_unique_id_with_other_bytes_is_refused_and_the_first_kept(
    database: Database, still_world: StillWorld, tmp_path: Path
) -> None:
    folder = write(tmp_path / "in", a=document(), b=document(code="11450-4"), c=document())
    report = bring(database, still_world, folder)
    assert [one.file for one in report.accepted] == ["a.xml"]
    assert [(one.file, one.code) for one in report.refused] == [("b.xml", "unique-id-reused")]
    assert report.duplicates == ("c.xml",)


def test_a_document_that_replaces_another_makes_it_obsolete(
    database: Database, still_world: StillWorld, tmp_path: Path
) -> None:
    parent = '<parentDocument><id root="1.2.3" extension="1"/></parentDocument>'
    related = f'<relatedDocument typeCode="RPLC">{parent}</relatedDocument>'
    folder = write(tmp_path / "in", a=document(), b=document(unique="2", related=related))
    report = bring(database, still_world, folder)
    assert documents_of(database, report.accepted[0].patient_id) == [
        ("1.2.3^1", DocumentStatus.OBSOLETE.value),
        ("1.2.3^2", DocumentStatus.CURRENT.value),
    ]


def test_hidden_files_and_sub_folders_are_left_alone(sqlite_url: str, still_world: StillWorld, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    folder = write(tmp_path / "in", one=document())
    write(folder / "deeper", two=document(unique="2"))
    (folder / ".hidden.xml").write_bytes(document(unique="3"))
    report = bring(database, still_world, folder)
    database.close()
    assert [one.file for one in report.accepted] == ["one.xml"]
    assert report.refused == ()


def test_a_folder_that_cannot_be_read_is_said(sqlite_url: str, still_world: StillWorld, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    with pytest.raises(InvalidRequest) as refusal:
        bring(database, still_world, tmp_path / "nowhere")
    database.close()
    assert refusal.value.code == "import-folder"


def test_a_patient_is_not_created_without_its_document(
    database: Database, still_world: StillWorld, tmp_path: Path
) -> None:
    """A file is all or nothing: what fails after the patient's row takes the row with it."""
    taken = person(7, "DURAND", "ANNE")
    known_patient(database, taken)
    row = {
        "id": "taken", "patient_id": taken.id, "unique_id": "u", "title": "t", "type_code": "c", "type_label": "l",
        "class_code": "", "media_type": "text/xml", "format": "other", "created_at": 1, "confidentiality": "N",
        "status": "current", "sha256": "0" * 64, "size": 1,
    }  # fmt: skip
    database.transact(lambda tx: tx.connection.execute(insert(dossier_document).values(row)))
    # The next identifiers drawn are the patient's, then the document's: the second is given to another document first.
    ahead = StillWorld()
    ahead.world.new_id()
    clash = ahead.world.new_id()
    database.transact(lambda tx: tx.connection.execute(update(dossier_document).values(id=clash)))
    drawn = StillWorld()
    with pytest.raises(RecordUnavailable):
        bring(database, drawn, write(tmp_path / "in", one=document()))
    with database.reading() as connection:
        ipps = [row.ipp for row in connection.execute(select(patient.c.ipp))]
    assert ipps == [taken.ipp]
