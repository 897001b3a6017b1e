"""A file of people brings measures of protection, representatives, contacts and unsafe addresses; each fault has its
line, its field and what to write instead; importing again changes nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from gateway.__main__ import main
from gateway.demo.configuration import write_configuration
from gateway.errors import InvalidRequest
from gateway.patients.people_fields import CONTACT_FIELDS, PATIENT_FIELDS
from gateway.patients.people_file import PersonLine, read_people
from tests.worlds import StillWorld

Run = Callable[..., Result]
PATIENTS = """ipp;birth_name;given_names;birth_date;sex;protection;protection_until;language;review_with_care;unsafe
9001;LE GALL;Anne Marie;12/05/1954;F;tutelle;31/12/2027;en;oui;email:pressure phone
9002;NGUYEN;Minh;1990-01-31;M;;;fr;non;
"""
CONTACTS = """ipp,kind,name,email,phone,phone_personal,address,unsafe
9001,legal_representative,Paul LE GALL,paul@exemple.fr,06 39 98 00 12,oui,"1 rue X, 75001 Paris",non
9001,patient,,anne@exemple.fr,,,,non
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The program, over a hospital of its own."""
    config = write_configuration(tmp_path / "demo", 8099, StillWorld().world)

    def call(*arguments: str, lang: str = "en_GB.UTF-8") -> Result:
        environment = {"LANG": lang, "LC_ALL": lang}
        return CliRunner().invoke(main, ["patients", *arguments, "--config", str(config)], env=environment)

    assert CliRunner().invoke(main, ["migrate", "--config", str(config)]).exit_code == 0
    return call


def written(tmp_path: Path, name: str, content: str) -> str:
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    return str(file)


def test_protections_and_representatives_come_in_and_are_shown_and_again_changes_nothing(
    run: Run, tmp_path: Path
) -> None:
    patients, contacts = written(tmp_path, "p.csv", PATIENTS), written(tmp_path, "c.csv", CONTACTS)
    first = json.loads(run("import", patients, "--json").output)
    assert first == {"created": ["9001", "9002"], "changed": [], "unchanged": [], "faults": []}
    assert json.loads(run("import", contacts, "--json").output)["changed"] == ["9001"]
    shown = json.loads(run("show", "9001", "--json").output)
    assert (shown["protection"], shown["protection_until"], shown["language"]) == ("tutelle", "2027-12-31", "en")
    assert shown["review_with_care"]
    assert shown["unsafe"] == {"email": "pressure", "phone": "read_by_others"}
    representative, own = shown["contacts"]
    assert (representative["kind"], representative["name"]) == ("legal_representative", "Paul LE GALL")
    assert (representative["ways"], representative["phone_personal"]) == (["email", "phone", "address"], True)
    assert own["ways"] == ["email"]
    text_shown = run("show", "9001").output
    assert "protection: tutelle" in text_shown
    assert "paul@exemple.fr" not in text_shown
    whole = written(tmp_path, "u.csv", CONTACTS.replace("anne@exemple.fr,,,,non", "anne@exemple.fr,,,,oui"))
    assert json.loads(run("import", whole, "--json").output)["changed"] == ["9001"]
    for file in (patients, whole):
        again = run("import", file, "--json")
        assert again.exit_code == 0
        assert json.loads(again.output)["changed"] == json.loads(again.output)["created"] == []
    engine = create_engine(f"sqlite:///{tmp_path / 'demo' / 'gateway.db'}")
    with engine.connect() as connection:
        entries = connection.execute(text("SELECT COUNT(*) FROM audit_entry WHERE type = 'patient.imported'")).scalar()
    assert entries == 4


def test_a_withdrawn_representative_and_an_ended_measure_go_and_no_mark_of_the_patient_does(
    run: Run, tmp_path: Path
) -> None:
    run("import", written(tmp_path, "p.csv", PATIENTS))
    run("import", written(tmp_path, "c.csv", CONTACTS))
    ended = '{"patients": [{"ipp": "9001", "protection": "aucune", "unsafe": "", "contacts": [{"kind": "patient"}]}]}'
    answer = run("import", written(tmp_path, "e.json", ended), "--json")
    assert json.loads(answer.output)["changed"] == ["9001"], answer.output
    shown = json.loads(run("show", "9001", "--json").output)
    assert (shown["protection"], shown["protection_until"]) == ("none", None)
    assert [one["kind"] for one in shown["contacts"]] == ["patient"]
    assert set(shown["unsafe"]) == {"email", "phone"}


BAD_LINES = (
    ("9003;X;Y;1990-01-31;F;mandat;;fr;non;", "protection", "value", "curatelle"),
    ("9004;X;Y;31/02/1990;F;;;fr;non;", "birth_date", "value", "1979-03-28"),
    ("9005;X;Y;1990-01-31;K;;;fr;non;", "sex", "value", "F | M | U"),
    ("9006;;Y;1990-01-31;F;;;fr;non;", "birth_name", "value", "1-100"),
    ("9007;X;Y;1990-01-31;F;;;de;non;", "language", "value", "fr | en"),
    ("9008;X;Y;1990-01-31;F;;;fr;peut-etre;", "review_with_care", "value", "oui | non"),
    ("9009;X;Y;1990-01-31;F;;;fr;non;fax", "unsafe", "value", "postal"),
    ("9010;X;Y;1990-01-31;F;;2027-01-01;fr;non;", "protection_until", "no-measure", "without a measure"),
    ("9 01;X;Y;1990-01-31;F;;;fr;non;", "ipp", "value", "0-9"),
    ("9011;X;Y;1990-01-31;F", "", "columns", "10 columns"),
    ("9002;NGUYEN;Minh;1990-01-30;M;;;fr;non;", "ipp", "twice", "keep one line"),
)


def test_each_fault_names_its_line_and_field_and_says_what_to_write(run: Run, tmp_path: Path) -> None:
    whole = PATIENTS + "".join(f"{line}\n" for line, *_ in BAD_LINES)
    answer = run("import", written(tmp_path, "p.csv", whole), "--json")
    assert answer.exit_code == 1
    told = json.loads(answer.output)
    found = [(fault["line"], fault["field"], fault["code"]) for fault in told["faults"]]
    assert found == [(number, field, code) for number, (_, field, code, _) in enumerate(BAD_LINES, 4)]
    assert all(says in fault["message"] for fault, (*_, says) in zip(told["faults"], BAD_LINES, strict=True))
    assert told["created"] == ["9001", "9002"], "the other lines are taken"


def test_what_contradicts_the_directory_is_refused_in_the_readers_language(run: Run, tmp_path: Path) -> None:
    run("import", written(tmp_path, "p.csv", PATIENTS))
    other = "ipp;birth_name;birth_date\n9001;LE GALL;1954-05-13\n9002;DUPONT;1990-01-31\n9009;X;1990-01-31\n"
    answer = run("import", written(tmp_path, "o.csv", other), lang="fr_FR.UTF-8")
    assert answer.exit_code == 1
    assert "ligne 2, birth_date : contredit l'annuaire" in answer.output
    assert "ligne 3, birth_name : contredit l'annuaire" in answer.output
    assert "ligne 4, ipp : l'annuaire ne connaît pas cet IPP" in answer.output
    assert "1954" not in answer.output


def test_a_fault_among_contacts_replaces_nobodys(run: Run, tmp_path: Path) -> None:
    run("import", written(tmp_path, "p.csv", PATIENTS))
    run("import", written(tmp_path, "c.csv", CONTACTS))
    bad = (
        "ipp,kind,name,email\n9001,patient,,anne@exemple.fr\n9002,legal_representative,,x@y.fr\n9002,patient,,nomail\n"
    )
    answer = run("import", written(tmp_path, "b.csv", bad), "--json")
    assert answer.exit_code == 1
    found = {(one["line"], one["field"], one["code"]) for one in json.loads(answer.output)["faults"]}
    assert found == {(2, "", "file-first"), (3, "name", "missing"), (4, "email", "value")}
    assert len(json.loads(run("show", "9001", "--json").output)["contacts"]) == 2


def test_json_faults_name_the_patient_and_the_contact(run: Run, tmp_path: Path) -> None:
    wrong = [{"ipp": "9001", "protection": 3}, {"ipp": "9002", "colour": "red"}, {"contacts": []}]
    relatives = [{"kind": "patient"}, {"kind": "uncle", "name": "X"}]
    people = {"patients": [*wrong, {"ipp": "9004", "contacts": relatives}]}
    answer = run("import", written(tmp_path, "p.json", json.dumps(people)), "--json")
    found = {(one["line"], one["field"], one["code"]) for one in json.loads(answer.output)["faults"]}
    assert found == {
        (1, "protection", "value"),
        (2, "colour", "column"),
        (3, "ipp", "missing"),
        (4, "contacts[1].kind", "value"),
    }


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("p.csv", "ipp;colour\n1;red\n", "colour"),
        ("p.csv", "birth_name\nX\n", "ipp"),
        ("p.csv", 'ipp;birth_name\n1;"X\n', "quotes"),
        ("p.json", "{", "no JSON"),
        ("p.json", "[]", "patients"),
    ],
)
def test_a_file_of_no_such_shape_is_refused_whole(
    run: Run, tmp_path: Path, name: str, content: str, words: str
) -> None:
    answer = run("import", written(tmp_path, name, content))
    assert answer.exit_code == 1
    assert words in answer.output
    assert answer.exception is None or isinstance(answer.exception, SystemExit)


def test_what_is_no_text_is_told_by_its_place(run: Run, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_bytes(b"ipp;birth_name\n1;L\xe9on\n")
    assert "byte 18" in run("import", str(tmp_path / "p.csv")).output


def test_the_columns_can_be_asked_for(run: Run) -> None:
    answer = CliRunner().invoke(main, ["patients", "columns", "--json"])
    assert json.loads(answer.output) == {"patients": list(PATIENT_FIELDS), "contacts": list(CONTACT_FIELDS)}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.text(max_size=200), suffix=st.sampled_from([".csv", ".json"]), head=st.booleans())
def test_no_file_makes_the_reader_fail_otherwise_than_by_saying_so(
    tmp_path: Path, content: str, suffix: str, head: bool
) -> None:
    file = tmp_path / f"any{suffix}"
    file.write_bytes((("ipp;birth_name;unsafe\n" if head else "") + content).encode("utf-8", "replace"))
    code = "people-file"
    people: tuple[PersonLine, ...] = ()
    try:
        people = read_people(file).people
    except InvalidRequest as error:
        code = error.code
    assert code in ("people-file", "people-columns")
    assert all(one.ipp for one in people)
