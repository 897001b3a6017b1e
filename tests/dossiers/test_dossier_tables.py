"""The room's data files: every row has its source, and says something the program understands."""

import csv
from importlib import resources

import pytest

from gateway.dossiers.cda.describe import load_document_types
from gateway.dossiers.summary import AlertKind, load_summary_tables
from gateway.dossiers.summary.wording import fold, key_words, says_none_known, says_not_known


def rows(name: str) -> list[dict[str, str]]:
    text = resources.files("gateway.dossiers").joinpath(f"data/{name}").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("name", ["vital_alerts.csv", "key_biology.csv", "document_types.csv"])
def test_every_row_has_its_source_and_no_row_is_there_twice(name: str) -> None:
    found = rows(name)
    assert len(found) > 30
    assert all(row["source"].strip() for row in found)
    told = [tuple(value for key, value in row.items() if key != "source") for row in found]
    assert len(told) == len(set(told))


def test_every_alert_row_names_a_kind_of_the_strip_in_folded_words() -> None:
    kinds = {kind.value for kind in AlertKind}
    for row in rows("vital_alerts.csv"):
        assert row["kind"] in kinds
        assert row["match"] in {"atc", "word", "icd10", "snomed", "emdn"}
        if row["match"] == "word":
            assert row["value"] == fold(row["value"]), row


def test_the_tables_load_whole() -> None:
    tables = load_summary_tables()
    assert tables.biology.kinds == (
        "creatinine", "egfr", "potassium", "haemoglobin", "platelets", "inr", "hba1c", "blood_group"
    )  # fmt: skip
    assert set(tables.alerts.names) >= {"anticoagulant", "antiplatelet", "insulin", "immunosuppression"}
    assert load_document_types()["EXPPAT_3"].label == "Directives anticipées"
    assert len(load_document_types()) >= 114


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("PLAVIX 75mg, comprimé pelliculé", "Plavix 75 mg comprimé pelliculé", True),
        ("Thyroïdite auto-immune (CIM-10 : E06.3)", "thyroidite auto immune", True),
        ("Angine de poitrine instable, SP", "Angine de poitrine instable", True),
        ("Sonde droite", "Sonde gauche", False),
        ("PLAVIX 75 mg", "PLAVIX 300 mg", False),
    ],
)
def test_two_writings_of_one_thing_have_the_same_words(one: str, other: str, same: bool) -> None:
    assert (key_words(one) == key_words(other)) is same


@pytest.mark.parametrize("words", ["Pas de traitement en cours", "Sans traitement", "Aucun antécédent", "RAS"])
def test_words_that_deny_a_whole_section(words: str) -> None:
    assert says_none_known(words)
    assert not says_not_known(words)


@pytest.mark.parametrize(
    "words", ["Absence de rein gauche", "Sans chocolat", "Pas de pénicilline", "Non connu", "Nil Jean", "Noix"]
)
def test_words_that_deny_less_than_a_section(words: str) -> None:
    assert not says_none_known(words)
