"""Files of people: patients with what protects them, and whom to reach about them. Read whole, judged line by line.

Two shapes of CSV (UTF-8; `;`, `,` or tab), told apart by their first line: one line a patient, or one line a contact
(it has a column `kind`). JSON holds `{"patients": [{..., "contacts": [{...}]}]}` with the same names. A column that is
not there changes nothing; the contacts of a file are all the contacts of the patients it names.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.errors import InvalidRequest
from gateway.patients.patient import Contact
from gateway.patients.people_fields import CONTACT_FIELDS, PATIENT_FIELDS, BadField

LARGEST = 50 * 2**20
Fields = Mapping[str, Callable[[str], object]]


@dataclass(frozen=True, slots=True)
class LineFault:
    """Why a line was not taken: the line (of a CSV, its number; of JSON, the number of the patient), the field, a
    stable code, and what to write there. It never repeats the value."""

    line: int
    field: str
    code: str
    expected: str = ""


@dataclass(frozen=True, slots=True)
class PersonLine:
    """What the file says of one patient. `values` holds the columns there are, read; `contacts` is None where the file
    says nothing of contacts."""

    line: int
    ipp: str
    values: Mapping[str, object] = field(default_factory=dict, repr=False)
    contacts: tuple[Contact, ...] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """The lines that can be taken, and the faults of the others, in the order of the file."""

    people: tuple[PersonLine, ...]
    faults: tuple[LineFault, ...]


def read_people(file: Path) -> PeopleFile:
    """Read a file of people. Raises `InvalidRequest`: `people-file` (unreadable, too large, no text, no such shape),
    `people-columns` (an unknown column, or none named `ipp`)."""
    text = _text_of(file)
    if file.suffix.lower() == ".json":
        return _read_json(text)
    return _read_csv(text)


def _text_of(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise InvalidRequest(f"the file is larger than {LARGEST} bytes: cut it in two", code="people-file")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InvalidRequest(f"the file cannot be read: {error.strerror}", code="people-file") from None
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"not UTF-8 at byte {error.start}: save it as UTF-8", code="people-file") from None


def _read_csv(text: str) -> PeopleFile:
    first = text.split("\n", 1)[0]
    apart = max(";,\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=apart, strict=True)
    try:
        columns = [name.strip() for name in reader.fieldnames or ()]
    except csv.Error:
        raise InvalidRequest("line 1: no CSV, mind the quotes", code="people-file") from None
    reader.fieldnames = columns
    fields = CONTACT_FIELDS if "kind" in columns else PATIENT_FIELDS
    _check_columns(columns, fields)
    faults: list[LineFault] = []
    read: list[tuple[int, dict[str, object]]] = []
    try:
        for row in reader:
            if None in row or None in row.values():
                faults.append(LineFault(reader.line_num, "", "columns", str(len(columns))))
                continue
            values = _read_fields(row, fields, reader.line_num, faults)
            if values is not None:
                read.append((reader.line_num, values))
    except csv.Error:
        raise InvalidRequest(f"line {reader.line_num}: no CSV, mind the quotes", code="people-file") from None
    if fields is CONTACT_FIELDS:
        return _by_patient(read, faults)
    return _once_each([PersonLine(line, str(values["ipp"]), values) for line, values in read], faults)


def _read_json(text: str) -> PeopleFile:
    try:
        whole = json.loads(text)
        rows = whole["patients"]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise TypeError
    except json.JSONDecodeError as error:
        raise InvalidRequest(f"line {error.lineno}: no JSON", code="people-file") from None
    except (TypeError, KeyError, RecursionError):
        raise InvalidRequest('the file holds {"patients": [{...}]}', code="people-file") from None
    faults: list[LineFault] = []
    people = []
    for number, row in enumerate(rows, 1):
        told = {**row}
        contacts = told.pop("contacts", None)
        before = len(faults)
        values = _read_fields(told, PATIENT_FIELDS, number, faults, known=True)
        read = None if contacts is None else tuple(_json_contacts(contacts, number, faults))
        if values is not None and len(faults) == before:
            people.append(PersonLine(number, str(values["ipp"]), values, read))
    return _once_each(people, faults)


def _json_contacts(given: object, number: int, faults: list[LineFault]) -> Iterator[Contact]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        faults.append(LineFault(number, "contacts", "value", "[{...}]"))
        return
    for place, one in enumerate(given):
        prefix, ipp = f"contacts[{place}].", {"ipp": "0"}
        values = _read_fields({**one, **ipp}, CONTACT_FIELDS, number, faults, known=True, prefix=prefix)
        if values is not None and _kind_is_named(values, number, faults, prefix):
            yield _contact(values)


def _read_fields(
    row: Mapping[str, object],
    fields: Fields,
    line: int,
    faults: list[LineFault],
    *,
    known: bool = False,
    prefix: str = "",
) -> dict[str, object] | None:
    """The values of a line; None where there are faults. `known`: its names are still to be checked."""
    found: dict[str, object] = {}
    before = len(faults)
    if known:
        faults += [LineFault(line, prefix + name, "column") for name in row if name not in fields]
    for name, read in fields.items():
        if name not in row:
            if name in ("ipp", "kind"):
                faults.append(LineFault(line, prefix + name, "missing"))
            continue
        value = row[name]
        if not (value is None or isinstance(value, str | bool)):
            faults.append(LineFault(line, prefix + name, "value", "text"))
            continue
        try:
            found[name] = read(str("" if value is None else value).strip())
        except BadField as bad:
            faults.append(LineFault(line, prefix + name, "value", bad.expected))
    return found if len(faults) == before else None


def _check_columns(columns: list[str], fields: Fields) -> None:
    unknown = [name for name in columns if name not in fields]
    if unknown or "ipp" not in columns or len(set(columns)) != len(columns):
        wrong = ", ".join(name[:40] for name in unknown) or "ipp"
        raise InvalidRequest(f"columns: {wrong}; there are: {', '.join(fields)}", field="1", code="people-columns")


def _by_patient(read: list[tuple[int, dict[str, object]]], faults: list[LineFault]) -> PeopleFile:
    """A patient's contacts, all or none: one line that cannot be taken keeps the others of the same patient back."""
    lines: dict[str, int] = {}
    contacts: dict[str, list[Contact]] = {}
    bad = set()
    for line, values in read:
        ipp = str(values["ipp"])
        lines.setdefault(ipp, line)
        if _kind_is_named(values, line, faults, ""):
            contacts.setdefault(ipp, []).append(_contact(values))
        else:
            bad.add(ipp)
    if faults:
        # Of a line that was not read it is not known whose it was: no contacts are replaced by fewer than were meant.
        faults += [LineFault(line, "", "file-first") for ipp, line in lines.items() if ipp not in bad]
        return PeopleFile((), tuple(sorted(faults, key=lambda fault: fault.line)))
    people = tuple(PersonLine(line, ipp, {}, tuple(contacts[ipp])) for ipp, line in lines.items())
    return PeopleFile(people, ())


def _once_each(people: list[PersonLine], faults: list[LineFault]) -> PeopleFile:
    seen: set[str] = set()
    kept = []
    for one in people:
        if one.ipp in seen:
            faults.append(LineFault(one.line, "ipp", "twice"))
        else:
            kept.append(one)
        seen.add(one.ipp)
    return PeopleFile(tuple(kept), tuple(sorted(faults, key=lambda fault: fault.line)))


def _kind_is_named(values: Mapping[str, object], line: int, faults: list[LineFault], prefix: str) -> bool:
    if values["kind"] != "patient" and not values.get("name"):
        faults.append(LineFault(line, f"{prefix}name", "missing"))
        return False
    return True


def _contact(values: Mapping[str, object]) -> Contact:
    return Contact(
        kind=str(values["kind"]),
        name=str(values.get("name", "")),
        email=str(values.get("email", "")),
        phone=str(values.get("phone", "")),
        address=str(values.get("address", "")),
        mssante=str(values.get("mssante", "")),
        unsafe=bool(values.get("unsafe", False)),
        personal=bool(values.get("phone_personal", False)),
    )
