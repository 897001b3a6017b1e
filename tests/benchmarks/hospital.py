"""The databases measured: the demo hospital, and as many more patients as the run will open."""

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, insert, select

from gateway.demo.hospital.loading import load_demo_hospital
from gateway.demo.hospital.scenarios import UNCONSCIOUS
from gateway.patients.ins import ins_key
from gateway.storage.database import Database
from gateway.storage.migrating import migrate
from gateway.storage.tables import admission, patient, patient_contact
from gateway.world import real_world

FIRST_IPP = 7_000_000_000
ROWS_PER_INSERT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One engine's database, and its twin where the bare driver writes the same rows."""

    engine: str  # sqlite, postgresql
    url: str
    twin_url: str
    ipps: tuple[str, ...]  # each opened once


def prepare_sqlite(folder: Path, issuer: str, patients: int) -> Place:
    """A fresh file and its copy, in `folder`."""
    file, twin = folder / "gateway.db", folder / "twin.db"
    ipps = _fill(f"sqlite:///{file}", issuer, patients)
    shutil.copyfile(file, twin)
    return Place(engine="sqlite", url=f"sqlite:///{file}", twin_url=f"sqlite:///{twin}", ipps=ipps)


def prepare_postgresql(address: str, issuer: str, patients: int) -> Place:
    """Two databases of the server at `address`, which names the maintenance database `postgres`."""
    url, twin = address.replace("/postgres?", "/bench?"), address.replace("/postgres?", "/twin?")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench")
        ipps = _fill(url, issuer, patients)
        connection.execute("CREATE DATABASE twin TEMPLATE bench")
    for database in (url, twin):
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    return Place(engine="postgresql", url=url, twin_url=twin, ipps=ipps)


def _fill(url: str, issuer: str, patients: int) -> tuple[str, ...]:
    migrate(url)
    database = Database(url)
    load_demo_hospital(database, real_world(), issuer=issuer)
    ipps = database.transact(lambda transaction: _multiply(transaction.connection, patients))
    database.close()
    return ipps


def _multiply(connection: Connection, patients: int) -> tuple[str, ...]:
    """Copies of one patient who may be opened by break-glass: admitted, with contacts, without documents."""
    like = dict(connection.execute(select(patient).where(patient.c.ipp == UNCONSCIOUS.ipp)).mappings().one())
    contacts = _rows_of(connection, select(patient_contact).where(patient_contact.c.patient_id == like["id"]))
    stays = _rows_of(connection, select(admission).where(admission.c.patient_id == like["id"]))
    numbers = range(patients)
    ids = [str(uuid.uuid4()) for _ in numbers]
    ipps = tuple(str(FIRST_IPP + number) for number in numbers)
    people = [
        {**like, "id": ids[number], "ipp": ipps[number], "ins": _ins(number), "linked_staff_key": None}
        for number in numbers
    ]
    _insert(connection, patient, people)
    of_each = [(row, patient_id) for patient_id in ids for row in contacts]
    _insert(
        connection,
        patient_contact,
        [{**row, "id": str(uuid.uuid4()), "patient_id": patient_id} for row, patient_id in of_each],
    )
    _insert(
        connection,
        admission,
        [
            {**stays[0], "id": str(uuid.uuid4()), "patient_id": patient_id, "visit_number": f"B{number}"}
            for number, patient_id in enumerate(ids)
        ],
    )
    return ipps


def _rows_of(connection: Connection, query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), ROWS_PER_INSERT):
        connection.execute(insert(table), rows[start : start + ROWS_PER_INSERT])


def _ins(number: int) -> str:
    first_13 = f"15202861{number:05d}"
    return first_13 + ins_key(first_13)
