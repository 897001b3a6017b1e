"""The matrix as a grid and as a sheet: only what was changed changes, every open cell has its source."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.assembly import Gateway
from gateway.oversight.document_types import filed_types
from gateway.web import create_web
from gateway.web.it.grid import CellChange, read_grid, text_of, write_cells
from gateway.web.it.sheet import exported, imported
from policies.sources import MATRIX, Sources
from tests.access.conftest import POLICIES
from tests.web.it_desk import Desk, desk, person, revision_of

FILES = Sources.read(POLICIES).files
NURSE, PHYSIO = "1.2.250.1.71.1.2.7|60", "1.2.250.1.71.1.2.7|70"


@pytest.fixture
def karim(gateway: Gateway) -> Desk:
    return desk(create_web(gateway), gateway, person("karim", "it"))


def rows_of(draft: str, gateway: Gateway) -> dict[tuple[str, str], dict[str, str]]:
    text = text_of(gateway.publishing.draft(draft.rpartition("/")[2]).files[MATRIX])
    return {(row["profession"], row["type_code"]): row for row in csv.DictReader(io.StringIO(text))}


def test_the_grid_shows_only_the_professions_types_and_states_asked_for(karim: Desk) -> None:
    draft = karim.start_draft()
    overview = karim.read(f"{draft}/matrix")
    assert "tout est refusé" in overview
    one = karim.read(f"{draft}/matrix?profession={NURSE}")
    assert one.count('name="open"') == len(filed_types())
    assert one.count("data-source") == len(filed_types())
    two = karim.read(f"{draft}/matrix?profession={NURSE}&profession={PHYSIO}&class=42")
    prescriptions = sum(kind.class_code == "42" for kind in filed_types().values())
    assert two.count('name="open"') == 2 * prescriptions
    assert 'name="open"' not in karim.read(f"{draft}/matrix?profession={PHYSIO}&state=open")


def test_an_opened_cell_needs_a_source_and_only_that_row_changes(karim: Desk, gateway: Gateway) -> None:
    draft = karim.start_draft()
    before = rows_of(draft, gateway)
    page = karim.read(f"{draft}/matrix?profession={PHYSIO}&text=PRESC-KINE")
    form = {
        "profession": PHYSIO,
        "type": "PRESC-KINE",
        "text": "PRESC-KINE",
        "open": f"{PHYSIO}|PRESC-KINE",
        "revision": revision_of(page),
    }
    missing = karim.send(f"{draft}/matrix", 422, **form)
    assert "écrivez la source" in missing.text
    assert "checked" in missing.text.partition("data-matrix")[2]
    assert rows_of(draft, gateway) == before
    karim.send(f"{draft}/matrix", **form, new_source="CME du 3 mars")
    after = rows_of(draft, gateway)
    assert after.pop((PHYSIO, "PRESC-KINE"))["source"] == "CME du 3 mars"
    assert after == before


def test_the_sheet_goes_out_for_a_french_spreadsheet_and_comes_back_unchanged(karim: Desk, gateway: Gateway) -> None:
    draft = karim.start_draft()
    before = rows_of(draft, gateway)
    answer = karim.client.get(f"{draft}/matrix.csv")
    assert answer.data.startswith(b"\xef\xbb\xbfprofession;profession_label;")
    assert b"\r\n" in answer.data
    ansi = answer.data.decode("utf-8-sig").replace("oui;Informatif", "non;Essai", 1).encode("cp1252")
    for content, changed in ((answer.data, 0), (ansi, 1)):
        page = karim.read(f"{draft}/matrix")
        sheet = {"csrf_token": karim.csrf_token, "revision": revision_of(page)}
        back = karim.client.post(f"{draft}/matrix/import", data={**sheet, "sheet": (io.BytesIO(content), "m.csv")})
        assert back.status_code == 303
        after = rows_of(draft, gateway)
        assert sum(after[place] != row for place, row in before.items()) == changed


def test_a_faulty_sheet_changes_nothing_and_names_each_line(karim: Desk, gateway: Gateway) -> None:
    draft = karim.start_draft()
    before = rows_of(draft, gateway)
    lines = exported(text_of(FILES[MATRIX]), comma=False).decode("utf-8-sig").splitlines()
    lines[4] = lines[4].replace("ATTEST-DROITS-AM", "ATTEST-DROIT-AM")
    lines[8] = lines[8].replace(";oui;", ";peut-être;")
    sheet = io.BytesIO("\n".join(lines).encode())
    page = karim.read(f"{draft}/matrix")
    form = {"csrf_token": karim.csrf_token, "revision": revision_of(page), "sheet": (sheet, "m.csv")}
    refused = karim.client.post(f"{draft}/matrix/import", data=form)
    assert refused.status_code == 422
    assert "Ligne 5" in refused.text
    assert "<b>ATTEST-DROITS-AM</b>" in refused.text
    assert "Ligne 9" in refused.text
    assert rows_of(draft, gateway) == before


GRID, _FAULTS = read_grid(FILES, filed_types())
CHANGES = st.lists(
    st.builds(
        CellChange,
        st.sampled_from(GRID.columns),
        st.sampled_from(GRID.types),
        st.booleans(),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Cs"]), max_size=30).map(str.strip),
    ),
    max_size=12,
    unique_by=lambda change: (change.column.key, change.type.code),
)


@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_written_cells_read_back_and_no_other_cell_moves(changes: list[CellChange]) -> None:
    text = write_cells(text_of(FILES[MATRIX]), changes)
    assert imported(text) == text
    after, faults = read_grid({**FILES, MATRIX: text.encode()}, filed_types())
    assert faults == []
    wanted = {(change.column.key, change.type.code): (change.read, change.source) for change in changes}
    assert {place: (cell.read, cell.source) for place, cell in after.cells.items()} == {
        **{place: (cell.read, cell.source) for place, cell in GRID.cells.items()},
        **wanted,
    }
