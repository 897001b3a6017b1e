"""The matrix of a draft as a grid: shown profession by profession, changed cell by cell, each with its source; and as a
sheet, taken out and brought back."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.oversight.document_types import FiledType, filed_types
from gateway.rulebook.drafts import Draft
from gateway.rulebook.publishing import IN_FORCE
from gateway.rulebook.refusals import DraftChanged
from gateway.web.entrance import Entrance, entrance
from gateway.web.it.grid import CellChange, Column, Grid, Place, read_grid, text_of, write_cells
from gateway.web.it.sheet import exported, faults_of, imported
from gateway.web.language import later
from gateway.web.parts import gateway
from gateway.web.session import staff
from policies import Fault
from policies.sources import MATRIX

LONGEST_SOURCE = 200
MOST_COLUMNS = 8
LONGEST_SHEET = 900_000  # bytes: a sheet of every profession and type is about 0.6 MB, a form at most 1 MB
_UNPROCESSABLE, _CONFLICT = 422, 409
NO_SOURCE = later("Chaque case ouverte doit dire d'où vient la réponse : écrivez la source, puis enregistrez.")
CHANGED = later("La matrice a changé entre-temps : rien n'est écrasé. Vos cases sont gardées ci-dessous ; relisez-les.")
NO_FILE = later("Choisissez le fichier du tableur.")
TOO_LARGE = later("Ce fichier est trop gros : 900 ko au plus. Une matrice entière en fait environ 600.")


@dataclass(frozen=True, slots=True)
class Shown:
    """Which part of the grid is looked at. `state`: "" all, `open`, `closed`, `no_row`, `changed` (in this draft)."""

    columns: tuple[Column, ...]
    types: tuple[FiledType, ...]
    text: str
    class_code: str
    state: str


def add_matrix(app: Flask) -> None:
    """Under `/it/drafts/<draft_id>/matrix`, and the grid of a version to read."""
    base = "/it/drafts/<draft_id>/matrix"
    app.add_url_rule(base, view_func=matrix_page)
    app.add_url_rule(base, view_func=save_matrix, methods=["POST"])
    app.add_url_rule(f"{base}/import", view_func=import_matrix, methods=["POST"])
    app.add_url_rule(f"{base}.csv", view_func=export_matrix)


@entrance(Entrance.RULES)
def matrix_page(draft_id: str) -> ResponseReturnValue:
    """The grid, or without a profession the overview: how many types each profession reads."""
    return _page(gateway().publishing.draft(draft_id))


@entrance(Entrance.IT)
def save_matrix(draft_id: str) -> ResponseReturnValue:
    """Write the cells that differ from the sheet, all or none."""
    publishing = gateway().publishing
    draft = publishing.draft(draft_id)
    grid, _faults = read_grid(draft.files, filed_types())
    changes = _changes(grid)
    if any(change.read and not change.source for change in changes):
        return _page(draft, typed=changes, fault=NO_SOURCE), _UNPROCESSABLE
    text = write_cells(text_of(draft.files.get(MATRIX, b"")), changes)
    try:
        if changes:
            publishing.save_file(staff(), draft.id, MATRIX, text.encode(), _revision())
    except DraftChanged:
        return _page(publishing.draft(draft_id), typed=changes, fault=CHANGED), _CONFLICT
    done = "saved" if changes else "nothing-changed"
    form = request.form
    shown: dict[str, Any] = {
        "profession": form.getlist("profession")[:MOST_COLUMNS],
        **{name: form.get(name, "")[:60] for name in ("text", "class", "state")},
    }
    return redirect(url_for("matrix_page", draft_id=draft.id, done=done, cells=len(changes), **shown), 303)


@entrance(Entrance.IT)
def import_matrix(draft_id: str) -> ResponseReturnValue:
    """A sheet in place of the draft's, whole, once it has no fault; else its faults by line, and nothing is changed."""
    publishing = gateway().publishing
    draft = publishing.draft(draft_id)
    file = request.files.get("sheet")
    content = file.read(LONGEST_SHEET + 1) if file is not None else b""
    if not content:
        return _page(draft, fault=NO_FILE), _UNPROCESSABLE
    if len(content) > LONGEST_SHEET:
        return _page(draft, fault=TOO_LARGE), _UNPROCESSABLE
    text = text_of(content)
    if faults := faults_of(text, draft.files):
        return _page(draft, sheet_faults=faults), _UNPROCESSABLE
    try:
        publishing.save_file(staff(), draft.id, MATRIX, imported(text).encode(), _revision())
    except DraftChanged:
        return _page(publishing.draft(draft_id), fault=CHANGED), _CONFLICT
    return redirect(url_for("matrix_page", draft_id=draft.id, done="imported"), 303)


@entrance(Entrance.RULES)
def export_matrix(draft_id: str) -> ResponseReturnValue:
    """The sheet as a French spreadsheet opens it (semicolons), or with commas (`?with=comma`); UTF-8 with its mark."""
    draft = gateway().publishing.draft(draft_id)
    comma = request.args.get("with") == "comma"
    answer = Response(
        exported(text_of(draft.files.get(MATRIX, b"")), comma=comma), content_type="text/csv; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = "attachment; filename=matrice.csv"
    return answer


def _changes(grid: Grid) -> list[CellChange]:
    """The cells of the form that are not as the sheet has them. Unticked boxes are not sent: `profession` and `type`
    name every cell that was on the page."""
    form = request.form
    opened = set(form.getlist("open"))
    columns = [column for column in grid.columns if column.key in set(form.getlist("profession"))][:MOST_COLUMNS]
    shown = set(form.getlist("type"))
    new_source = form.get("new_source", "").strip()[:LONGEST_SOURCE]
    changes: list[CellChange] = []
    for column in columns:
        for kind in (one for one in grid.types if one.code in shown):
            was = grid.cells.get((column.key, kind.code))
            read = f"{column.key}|{kind.code}" in opened
            source = form.get(f"source|{kind.code}", was.source if was else "").strip()[:LONGEST_SOURCE]
            newly = read and not (was is not None and was.read)
            if newly and new_source and source == (was.source if was else ""):
                source = new_source
            if read != (was is not None and was.read) or (was is not None and source != was.source):
                changes.append(CellChange(column, kind, read, source))
    return changes


def _page(
    draft: Draft,
    *,
    typed: list[CellChange] | None = None,
    fault: str = "",
    sheet_faults: tuple[Fault, ...] = (),
) -> str:
    grid, faults = read_grid(draft.files, filed_types())
    since = _changed_since(draft, grid)
    changed = {(change.column.key, change.type.code): change for change in typed or ()}
    return render_template(
        "it/matrix.html",
        draft=draft,
        grid=grid,
        shown=_shown(grid, since),
        since=since,
        classes=sorted({one.class_code for one in grid.types if one.class_code}),
        typed=changed,
        fault=fault,
        faults=faults,
        sheet_faults=sheet_faults,
        most_columns=MOST_COLUMNS,
        longest_source=LONGEST_SOURCE,
        new_source=request.form.get("new_source", "")[:LONGEST_SOURCE],
        cells_saved=request.args.get("cells", "")[:5],
    )


def _changed_since(draft: Draft, grid: Grid) -> frozenset[Place]:
    """The cells that are not as in the version the draft began as."""
    began = gateway().publishing.files(str(draft.base_number) if draft.base_number else IN_FORCE)
    before, _faults = read_grid(began, filed_types())
    places = {*grid.cells, *before.cells}
    return frozenset(place for place in places if grid.cells.get(place) != before.cells.get(place))


def _shown(grid: Grid, since: frozenset[Place]) -> Shown:
    asked = request.values
    keys = set(asked.getlist("profession"))
    if asked.get("state") == "changed" and not keys:
        keys = {profession for profession, _type in since}
    columns = tuple(column for column in grid.columns if column.key in keys)[:MOST_COLUMNS]
    text, class_code = asked.get("text", "").strip()[:60], asked.get("class", "")[:4]
    state = asked.get("state", "")[:10]
    types = tuple(
        one
        for one in grid.types
        if (not class_code or one.class_code == class_code)
        and (not text or text.lower() in f"{one.label} {one.code}".lower())
        and _in_state(grid, columns, one, state, since)
    )
    return Shown(columns, types, text, class_code, state)


def _in_state(grid: Grid, columns: tuple[Column, ...], one: FiledType, state: str, since: frozenset[Place]) -> bool:
    """Whether any of the columns shown has this type in that state."""
    places = [(column.key, one.code) for column in columns]
    if state == "changed":
        return any(place in since for place in places)
    if state == "open":
        return any(grid.reads(place) for place in places)
    if state == "closed":
        return any(not grid.reads(place) for place in places)
    if state == "no_row":
        return any(place not in grid.cells for place in places)
    return True


def _revision() -> int:
    text = request.form.get("revision", "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidRequest("the form's revision", field="revision")
    return int(text)
