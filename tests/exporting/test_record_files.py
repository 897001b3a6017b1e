"""The record as files: cells no spreadsheet computes, Parquet by a child, names only when asked for, all recorded."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotAllowed
from gateway.exporting.columns import COLUMNS, Column, cells, columns
from gateway.exporting.record_export import ExportFailed
from gateway.exporting.spreadsheet import csv_pieces, harmless
from tests.exporting.conftest import FOREVER, Night, whole_record
from tests.exporting.entries import entry
from tests.exporting.fhir_judges import faults_of
from tests.exporting.scenario import DPO, INS, INTERN, IT


def table(pieces: Iterator[bytes], separator: str = ";") -> list[list[str]]:
    content = b"".join(pieces)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator))


def test_a_csv_without_names_holds_every_entry_and_nothing_personal(night: Night) -> None:
    rows = table(night.gateway.exports.record.csv(DPO, 0, FOREVER))
    assert rows[0] == [column.french for column in columns(with_names=False)]
    assert len(rows) - 1 >= len(night.entries)
    patient = next(iter(night.of_type("access.opened").entry.personal)).removeprefix("patient/")
    told = str(rows)
    for secret in (INTERN.name, INTERN.key, INS, "pompiers", patient, "DOMINIQUE"):
        assert secret not in told
    places = [(row[0], row[11]) for row in rows[1:]]
    assert places == sorted(places)


def test_with_names_the_people_are_there_in_the_language_asked_for(night: Night) -> None:
    rows = table(night.gateway.exports.record.csv(DPO, 0, FOREVER, with_names=True, language="en"), ",")
    assert rows[0] == [column.english for column in COLUMNS]
    opened = next(dict(zip(rows[0], row, strict=True)) for row in rows[1:] if row[1] == "access.opened")
    assert (opened["Person's name"], opened["Mode"], opened["Reason"]) == (INTERN.name, "break_glass", "other")
    assert "pompiers" in opened["Other personal values"]


def test_an_export_is_an_entry_before_its_first_byte_and_says_whether_it_had_names(own_night: Night) -> None:
    exports = own_night.gateway.exports.record
    exports.csv(DPO, 0, FOREVER, with_names=True)  # nothing was taken from it
    own_night.still.pass_time(seconds=1)
    list(exports.fhir("os:root", 0, FOREVER))
    told = [item.entry for item in whole_record(own_night.reader()) if item.entry.type == "log.exported"]
    assert [(one.facts["format"], one.facts["with_names"], one.facts["door"]) for one in told] == [
        ("csv", True, "page"),
        ("fhir", True, "command"),
    ]
    assert "os:root" in str(told[1].personal)


@pytest.mark.parametrize("person", [INTERN, IT])
def test_the_record_is_exported_by_the_dpo_alone(night: Night, person: Any) -> None:
    with pytest.raises(NotAllowed):
        night.gateway.exports.record.csv(person, 0, FOREVER)


def test_a_period_holds_its_start_and_not_its_end(night: Night) -> None:
    times = [item.entry.time for item in night.entries]
    rows = table(night.gateway.exports.record.csv(DPO, times[0], times[-1]))
    assert 1 < len(rows) - 1 < len(night.entries)
    assert table(night.gateway.exports.record.csv(DPO, 0, times[0]))[1:] == []


@given(st.text(max_size=30))
def test_no_cell_is_a_formula_and_every_cell_reads_back(words: str) -> None:
    column = Column("words", "Mots", "Words", "words")
    rows = table(csv_pieces([{"words": words}], [column], "fr"))
    readable = words.encode("utf-8", errors="replace").decode()
    assert rows[1] in ([harmless(readable)], [readable]) or "\r" in words or "\n" in words or "\0" in words
    assert not (rows[1] and rows[1][0].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")))


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+33", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_a_name_that_looks_like_a_formula_is_only_a_name(name: str) -> None:
    personal = {"person/1": {"staff": {"key": "sub:https://a|b", "name": name}}}
    row = cells(entry("access.resumed", personal=personal), with_names=True)
    rows = table(csv_pieces([row], columns(with_names=True), "fr"))
    assert dict(zip(rows[0], rows[1], strict=True))["Nom de la personne"] == f"'{name}"


def test_parquet_has_the_same_rows_and_says_what_each_column_holds(night: Night, tmp_path: Path) -> None:
    file = tmp_path / "record.parquet"
    done: list[tuple[int, int]] = []
    night.gateway.exports.record.parquet(DPO, 0, FOREVER, file, progress=lambda *step: done.append(step))
    read = pyarrow.parquet.read_table(file)
    assert read.column_names == [column.name for column in columns(with_names=False)]
    assert read.num_rows >= len(night.entries)
    assert str(read.schema.field("counter").type) == "int64"
    assert read.schema.field("leaf_hash").metadata[b"holds"].startswith(b"RFC 6962")
    assert done[-1][0] == read.num_rows
    hashes = {item.leaf_hash.hex() for item in night.entries}
    assert hashes <= set(read.column("leaf_hash").to_pylist())
    assert list(tmp_path.iterdir()) == [file]


def test_a_parquet_file_that_cannot_be_written_is_said_and_leaves_nothing(night: Night, tmp_path: Path) -> None:
    with pytest.raises(ExportFailed):
        night.gateway.exports.record.parquet(DPO, 0, FOREVER, tmp_path / "absent" / "record.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", [b"", b'[{"name":"a","number":false,"holds":"x"}]\n{"a":"1"}\n'])
def test_rows_that_break_off_make_no_file(tmp_path: Path, given: bytes) -> None:
    file = tmp_path / "record.parquet"
    command = [sys.executable, "-m", "gateway.exporting.parquet", str(file)]
    done = subprocess.run(command, input=given, timeout=60, check=False)
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_the_serving_process_never_loads_pyarrow() -> None:
    code = "import sys, gateway.wsgi, gateway.exporting.record_export; print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"


def test_fhir_lines_are_events_that_pass_the_judges(night: Night) -> None:
    lines = b"".join(night.gateway.exports.record.fhir(DPO, 0, FOREVER)).splitlines()
    assert len(lines) > len(night.entries)
    assert all(faults_of(json.loads(line)) == [] for line in lines[-5:])
