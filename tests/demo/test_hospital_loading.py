"""Loading the demo hospital on real databases: once, quickly, with or without a folder of real documents."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.admissions import register
from gateway.demo.hospital.loading import load_demo_hospital
from gateway.demo.hospital.scenarios import BLOCKED_PROFESSIONAL, HOMONYM_1, MINOR_HIDDEN_ACT, PATIENTE
from gateway.demo.personas import persona_named
from gateway.dossiers.connector import DossierPatient
from gateway.dossiers.embedded import EmbeddedDossiers
from gateway.patients import directory
from gateway.patients.ins import TEST_OIDS
from gateway.patients.patient import Traits
from gateway.patients.query import parse_query
from gateway.storage.database import Database
from gateway.storage.tables import dossier_document, patient
from tests.worlds import StillWorld

ISSUER = "http://127.0.0.1:8080/demo-idp/staff"


def test_the_hospital_is_loaded_once_and_in_seconds(database: Database, still_world: StillWorld) -> None:
    begun, told = time.monotonic(), []
    first = load_demo_hospital(
        database, still_world.world, issuer=ISSUER, progress=lambda done, all_: told.append((done, all_))
    )
    assert time.monotonic() - begun < 60
    assert first.loaded
    assert (first.patients, first.present) == (300, 24)
    assert first.documents > 1_300
    assert told[-1] == (300, 300)
    still_world.pass_time(days=1)
    again = load_demo_hospital(database, still_world.world, issuer=ISSUER)
    assert not again.loaded
    assert (again.patients, again.documents, again.present) == (first.patients, first.documents, first.present)


def test_the_stored_hospital_answers_like_a_real_one(database: Database, still_world: StillWorld) -> None:
    load_demo_hospital(database, still_world.world, issuer=ISSUER)
    persona = persona_named("patiente")
    assert persona is not None
    holder = Traits(
        birth_name=persona.family_name,
        given_names=persona.given_name,
        birth_date=persona.birth_date,
        sex="F",
        birth_place="",
    )
    with database.reading() as connection:
        present = register.present(connection, "URG")
        known = directory.find_many(connection, [arrival.patient_id for arrival in present])
        flagged = {record.ipp for record in known.values() if record.homonym}
        homonyms, _ = directory.search(connection, parse_query("le goff marie 12/05/1954", allowed_oids=TEST_OIDS))
        blocked = directory.find_by_ipp(connection, BLOCKED_PROFESSIONAL.ipp)
        assert blocked is not None
        assert directory.blocks(connection, blocked.id, f"sub:{ISSUER}|demo-interne")
        held = directory.match_holder(connection, holder)
        assert held is not None
        parent = persona_named("parent")
        assert parent is not None
        mother = directory.match_holder(
            connection,
            replace(
                holder,
                birth_name=parent.family_name,
                given_names=parent.given_name,
                birth_date=parent.birth_date,
            ),
        )
        assert mother is not None
        assert [one.ipp for one in directory.represented_by(connection, mother)] == [MINOR_HIDDEN_ACT.ipp]
        episode = register.current_episode(connection, held.id)
        assert episode is not None
        assert directory.statements_of_episode(connection, held.id, episode.episode_id).consent is None
    assert present[0].patient_id == held.id
    assert held.ipp == PATIENTE.ipp
    assert len(known) == 24
    assert HOMONYM_1.ipp in flagged
    assert [record.homonym for record in homonyms] == [True, True]


def test_with_real_documents_the_sample_patient_has_these_and_no_invented_one(
    sqlite_url: str, still_world: StillWorld, samples: Path
) -> None:
    database = Database(sqlite_url)
    loaded = load_demo_hospital(database, still_world.world, issuer=ISSUER, samples=samples / "cda-fr")
    assert loaded.imported is not None
    assert len(loaded.imported.accepted) == 27
    assert not any(one.patient_created for one in loaded.imported.accepted)
    assert [(one.file, one.code) for one in loaded.imported.refused] == [("eDISP-MED_2024.01.xml", "ins-oid-forbidden")]
    with database.reading() as connection:
        row = connection.execute(select(patient).where(patient.c.ipp == PATIENTE.ipp)).one()
        count = len(
            connection.execute(select(dossier_document.c.id).where(dossier_document.c.patient_id == row.id)).all()
        )
    store = EmbeddedDossiers(database.engine, timeout_seconds=2, max_document_bytes=20_000_000)
    listed = store.list_documents(DossierPatient(id=row.id, ins=row.ins, ins_oid=row.ins_oid))
    again = load_demo_hospital(database, still_world.world, issuer=ISSUER, samples=samples / "cda-fr")
    database.close()
    assert count == len(listed) == 27
    assert again.imported is not None
    assert not again.imported.accepted
    assert len(again.imported.duplicates) == 27
    assert again.documents == loaded.documents


@pytest.mark.parametrize("name", ["interne", "senior", "patiente", "parent"])
def test_the_personas_the_hospital_relies_on_exist(name: str) -> None:
    assert persona_named(name) is not None
