"""The directory on real databases: everyone who answers is shown, a namesake is flagged, nobody is picked silently."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.errors import RecordUnavailable
from gateway.patients import directory
from gateway.patients.ins import OID_DEMO, OID_TEST, TEST_OIDS, Ins
from gateway.patients.patient import Contact, PatientRecord
from gateway.patients.query import parse_query
from gateway.patients.registering import add_block, add_contact, add_patient, record_statement
from gateway.storage.database import Database
from tests.patients.people import DOMINIQUE, person

MASKED = person(
    2, "LE GOFF", "Anne-Lise Cœur", used_name="D'Hôte-Mérieux", used_given_name="Lison", masked_in_emergency=True
)
WITHOUT_INS = person(3, "MARTIN", "Jean", ins=None, identity_status="PROV", deceased_on="2020-01-01", language="en")


def admit_to_directory(database: Database, *records: PatientRecord) -> None:
    def unit(transaction) -> None:
        for record in records:
            add_patient(transaction.connection, record, created_at=1_700_000_000_000)

    database.transact(unit)


def found(database: Database, typed: str, limit: int = 20) -> tuple[list[str], bool]:
    with database.reading() as connection:
        records, more = directory.search(connection, parse_query(typed, allowed_oids=TEST_OIDS), limit)
    return [record.id for record in records], more


def test_a_patient_is_read_back_exactly_as_registered(database: Database) -> None:
    admit_to_directory(database, DOMINIQUE, MASKED, WITHOUT_INS)
    with database.reading() as connection:
        for record in (DOMINIQUE, MASKED, WITHOUT_INS):
            assert directory.find_by_id(connection, record.id) == record
            assert directory.find_by_ipp(connection, f" {record.ipp.lower()} ") == record
        assert directory.find_by_ins(connection, DOMINIQUE.ins) == DOMINIQUE
        assert directory.find_many(connection, [MASKED.id, DOMINIQUE.id, "nobody"]) == {
            DOMINIQUE.id: DOMINIQUE,
            MASKED.id: MASKED,
        }


def test_nobody_is_found_for_an_unknown_identifier(database: Database) -> None:
    admit_to_directory(database, DOMINIQUE)
    with database.reading() as connection:
        assert directory.find_by_id(connection, "nobody") is None
        assert directory.find_by_ipp(connection, "0") is None
        assert directory.find_by_ins(connection, Ins(DOMINIQUE.ins.value, OID_DEMO)) is None
        assert directory.find_many(connection, []) == {}


@pytest.mark.parametrize(
    "typed",
    [
        "2 79 03 51 215 189 89",
        "8000000001",
        "pat trois dominique 28/03/1979",
        "Dominique PATTROIS 1979-03-28",
        "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUES4PAT-TROISS5FS628-03-1979S751215",
    ],
)
def test_each_way_to_ask_finds_the_same_person(database: Database, typed: str) -> None:
    admit_to_directory(database, DOMINIQUE, MASKED, WITHOUT_INS)
    assert found(database, typed) == ([DOMINIQUE.id], False)


@pytest.mark.parametrize(
    "typed",
    [
        "Le Goff Anne-Lise 28/03/1979",
        "LEGOFF annelise 28/03/1979",
        "anne le-goff 28/03/1979",
        "D'HOTE MERIEUX Lison 28/03/1979",
        "Cœur Le Goff 28/03/1979",
        "le goff anne lise coeur 28/03/1979",
    ],
)
def test_birth_and_used_names_answer_without_accents_hyphens_case_or_order(database: Database, typed: str) -> None:
    admit_to_directory(database, DOMINIQUE, MASKED)
    assert found(database, typed) == ([MASKED.id], False)


@pytest.mark.parametrize(
    "typed", ["Le Goff Anne 29/03/1979", "Le Goff Marie 28/03/1979", "Goff Anne 28/03/1979", "Le Anne 28/03/1979"]
)
def test_a_name_that_is_not_theirs_or_another_birth_date_finds_nobody(database: Database, typed: str) -> None:
    admit_to_directory(database, MASKED)
    assert found(database, typed) == ([], False)


def test_a_bracelet_of_a_number_not_known_here_falls_back_on_its_traits(database: Database) -> None:
    provisional = person(4, "PAT-TROIS", "Dominique", ins=None, identity_status="PROV")
    admit_to_directory(database, provisional)
    scan = "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUES4PAT-TROISS5FS628-03-1979"
    assert found(database, scan) == ([provisional.id], False)


def test_two_of_the_same_name_and_birth_date_are_both_shown_and_both_flagged(database: Database) -> None:
    twins = person(5, "LEFÈVRE", "Marie"), person(6, "Lefevre", "MARIE JEANNE")
    admit_to_directory(database, *twins)
    with database.reading() as connection:
        query = parse_query("lefevre marie 28/03/1979", allowed_oids=TEST_OIDS)
        records, more = directory.search(connection, query)
    assert {record.id for record in records} == {one.id for one in twins}
    assert all(record.homonym for record in records)
    assert not more


@pytest.mark.parametrize(
    ("name", "given", "flagged"),
    [
        ("LE-GOFF", "ANNE-LISE", True),
        ("Legoff", "Anne Lise Coeur", True),
        ("LE GOFF", "Annelise Marie", True),
        ("LE GOFF", "A.-N. Nelise", False),
        ("LE GOFF", "Anne", False),
        ("LE GOFF", "Lise", False),
        ("LE GOFFE", "Anne-Lise", False),
    ],
)
def test_a_homonym_of_another_birth_date_is_flagged_even_out_of_the_answer(
    database: Database, name: str, given: str, flagged: bool
) -> None:
    admit_to_directory(database, MASKED, person(7, name, given, born="1944-01-02"))
    with database.reading() as connection:
        records, _more = directory.search(connection, parse_query(MASKED.ipp, allowed_oids=TEST_OIDS))
    assert [record.homonym for record in records] == [flagged]


def test_a_given_name_with_and_without_its_hyphen_is_a_homonym(database: Database) -> None:
    admit_to_directory(database, person(20, "ROY", "Jo-Ann"), person(21, "Roy", "Joann", born="1990-01-01"))
    with database.reading() as connection:
        found = directory.find_many(connection, [person(20, "", "").id, person(21, "", "").id])
    assert [record.homonym for record in found.values()] == [True, True]


def test_an_answer_longer_than_the_limit_says_so(database: Database) -> None:
    admit_to_directory(database, *(person(10 + number, "MARTIN", "Jean") for number in range(5)))
    everyone, more = found(database, "martin jean 28/03/1979", limit=5)
    assert (len(everyone), more) == (5, False)
    some, more = found(database, "martin jean 28/03/1979", limit=4)
    assert (some, more) == (everyone[:4], True)


def test_contacts_come_in_their_order_whole(database: Database) -> None:
    doctor = Contact(
        kind="medecin_traitant",
        name="Dr Ève PRÉVOST",
        email="",
        phone="01 99 00 00 02",
        address="",
        mssante="eve.prevost@medecin.demo.test",
    )
    sister = Contact(
        kind="trusted_person",
        name="Jeanne NESSI",
        email="jeanne@demo.test",
        phone="06 39 98 00 01",
        address="1 rue X",
        mssante="",
    )

    def unit(transaction) -> None:
        add_patient(transaction.connection, DOMINIQUE, created_at=1)
        add_contact(transaction.connection, "b", DOMINIQUE.id, doctor, position=1)
        add_contact(transaction.connection, "a", DOMINIQUE.id, sister, position=2)

    database.transact(unit)
    with database.reading() as connection:
        assert directory.contacts_of(connection, DOMINIQUE.id) == (doctor, sister)
        assert directory.contacts_of(connection, "nobody") == ()


def test_a_block_holds_for_the_named_professional_and_no_other(database: Database) -> None:
    def unit(transaction) -> None:
        add_patient(transaction.connection, DOMINIQUE, created_at=1)
        add_block(transaction.connection, "b", DOMINIQUE.id, "sub:https://idp|interne", created_at=1)

    database.transact(unit)
    with database.reading() as connection:
        assert directory.blocks(connection, DOMINIQUE.id, "sub:https://idp|interne")
        assert not directory.blocks(connection, DOMINIQUE.id, "sub:https://idp|intern")
        assert not directory.blocks(connection, MASKED.id, "sub:https://idp|interne")


def test_the_latest_word_of_each_kind_is_kept_for_an_episode(database: Database) -> None:
    def unit(transaction) -> None:
        add_patient(transaction.connection, DOMINIQUE, created_at=1)
        for number, (episode, kind) in enumerate(
            [("e1", "consent"), ("e1", "consent"), ("e1", "refusal"), ("e2", "consent")]
        ):
            record_statement(
                transaction.connection,
                f"s{number}",
                patient_id=DOMINIQUE.id,
                episode_id=episode,
                kind=kind,
                recorded_by=f"rpps:{number}",
                recorded_at=number,
            )

    database.transact(unit)
    with database.reading() as connection:
        first = directory.statements_of_episode(connection, DOMINIQUE.id, "e1")
        second = directory.statements_of_episode(connection, DOMINIQUE.id, "e2")
        assert directory.statements_of_episode(connection, DOMINIQUE.id, "e3") == directory.EpisodeStatements()
    assert first.consent == directory.Statement("consent", "rpps:1", 1)
    assert first.refusal == directory.Statement("refusal", "rpps:2", 2)
    assert second.refusal is None


def test_a_signed_in_person_holds_the_one_qualified_record_with_their_strict_traits(database: Database) -> None:
    other = person(8, "PAT-TROIS", "DOMINIQUE", birth_place="75101")
    admit_to_directory(database, DOMINIQUE, other)
    with database.reading() as connection:
        assert directory.match_holder(connection, DOMINIQUE.traits) == DOMINIQUE


@pytest.mark.parametrize(
    "stranger",
    [
        person(8, "PAT-TROIS", "DOMINIQUE MARIE"),
        person(8, "PAT-TROIS", "DOMINIQUE", born="1979-03-29"),
        person(8, "PAT-TROIS", "DOMINIQUE", sex="M"),
        person(8, "PAT-TROIS", "DOMINIQUE", identity_status="VALI"),
        person(8, "PAT-QUATRE", "DOMINIQUE", used_name="PAT-TROIS"),
    ],
)
def test_a_signed_in_person_never_holds_a_record_that_differs_in_one_trait(
    database: Database, stranger: PatientRecord
) -> None:
    admit_to_directory(database, stranger)
    with database.reading() as connection:
        assert directory.match_holder(connection, DOMINIQUE.traits) is None


def test_a_signed_in_person_holds_nothing_when_two_records_match(database: Database) -> None:
    admit_to_directory(database, DOMINIQUE, person(8, "Pat-Trois", "Dominique"))
    with database.reading() as connection:
        assert directory.match_holder(connection, DOMINIQUE.traits) is None


def test_one_number_or_one_hospital_number_cannot_be_given_to_two_people(database: Database) -> None:
    admit_to_directory(database, DOMINIQUE)
    for twin in (person(9, "X", "Y", ins=DOMINIQUE.ins), person(9, "X", "Y", ipp=DOMINIQUE.ipp)):
        with pytest.raises((RecordUnavailable, DBAPIError)):
            admit_to_directory(database, twin)
    admit_to_directory(database, person(9, "X", "Y", ins=None), person(11, "X", "Y", ins=None))


def test_the_lookups_of_an_opening_use_an_index(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    asked = {
        "ins_oid = 'a' AND ins = 'b'": "uq_patient_ins_oid",
        "birth_date = 'a' AND (search_birth_name IN ('b') OR search_used_name IN ('b'))": "ix_patient_birth",
        "search_birth_name IN ('a')": "ix_patient_name",
    }
    with database.reading() as connection:
        for condition in asked:
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN SELECT * FROM patient WHERE {condition}")).all()
            assert all("SEARCH" in row.detail and "USING INDEX" in row.detail for row in plan), condition
    database.close()


def test_the_test_numbers_of_a_person_and_their_namesake_never_meet(database: Database) -> None:
    demo = person(12, "MARTIN", "Jean", ins=Ins(DOMINIQUE.ins.value, OID_DEMO))
    admit_to_directory(database, DOMINIQUE, demo)
    with database.reading() as connection:
        one, _ = directory.search(connection, parse_query(DOMINIQUE.ins.value, allowed_oids=frozenset({OID_TEST})))
        both, _ = directory.search(connection, parse_query(DOMINIQUE.ins.value, allowed_oids=TEST_OIDS))
    assert [record.id for record in one] == [DOMINIQUE.id]
    assert {record.id for record in both} == {DOMINIQUE.id, demo.id}


def test_a_parent_represents_the_minor_recorded_under_their_name_and_address(database: Database) -> None:
    parent, child, other = person(30, "Mélange", "Aurélie", used_name="ROY"), person(31, "A", "B"), person(32, "C", "D")
    own = Contact(kind="patient", name="x", email="aurelie@demo.test", phone="", address="", mssante="")
    contacts = [
        (parent, own),
        (child, replace(own, kind="legal_representative", name="Aurélie ROY")),
        (other, replace(own, kind="legal_representative", name="Aurore ROY")),
        (other, replace(own, kind="legal_representative", name="Aurélie MELANGE", email="another@demo.test")),
        (other, replace(own, kind="trusted_person", name="Aurélie MELANGE")),
    ]

    def unit(transaction) -> None:
        for record in (parent, child, other):
            add_patient(transaction.connection, record, created_at=1)
        for number, (record, contact) in enumerate(contacts):
            add_contact(transaction.connection, f"c{number}", record.id, contact, position=number)

    database.transact(unit)
    with database.reading() as connection:
        assert directory.represented_by(connection, parent) == (child,)
        assert directory.represented_by(connection, child) == ()


def test_a_person_without_an_address_represents_nobody(database: Database) -> None:
    parent, child = person(30, "MELANGE", "Aurélie"), person(31, "A", "B")
    silent = Contact(kind="patient", name="x", email="", phone="", address="", mssante="")

    def unit(transaction) -> None:
        for record in (parent, child):
            add_patient(transaction.connection, record, created_at=1)
        add_contact(transaction.connection, "a", parent.id, silent, position=0)
        representative = replace(silent, kind="legal_representative", name="Aurélie MELANGE")
        add_contact(transaction.connection, "b", child.id, representative, position=0)

    database.transact(unit)
    with database.reading() as connection:
        assert directory.represented_by(connection, parent) == ()
