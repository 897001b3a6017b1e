"""The least rights of each process on PostgreSQL, for roles that are not the owner of the tables.

- `gateway` serves: it records, and reads the tree. It can neither change nor delete an entry, a leaf, a stored hash or
  a signed head.
- `worker` works: what the gateway may, and the sequencer's part: it takes pending marks away and lets the tree grow.
  It may have the months of `audit_entry` made, and has no right on any of them (gateway/storage/partitions.py).
- `eraser` erases by retention or on the privacy officer's order: it may delete personal values and their keys.

The tables belong to a fourth role that only `gateway migrate` uses. No role but that one may UPDATE, DELETE or TRUNCATE
`audit_entry`. On `audit_key` the first two hold UPDATE of the one column `master`, which PostgreSQL asks of whoever
locks a row against a concurrent erasure; what is written there can be put back, and reaches nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.storage.partitions import MAKE_MONTH
from gateway.storage.tables import metadata

_APPEND = "SELECT, INSERT"
_ORDINARY = "SELECT, INSERT, UPDATE, DELETE"
_COUNT = "SELECT, INSERT, UPDATE"


@dataclass(frozen=True, slots=True)
class Roles:
    """The names of existing PostgreSQL roles; two of them may be one."""

    gateway: str
    worker: str
    eraser: str


_WORKER = 1
# What differs from _ORDINARY: (gateway, worker, eraser).
_RECORD: Mapping[str, tuple[str, str, str]] = {
    "audit_entry": (_APPEND, _APPEND, _APPEND),
    "audit_counter": (_COUNT, _COUNT, _COUNT),
    "audit_subject": (_COUNT, _COUNT, _COUNT),
    "audit_disclosure": (_APPEND, _APPEND, f"{_APPEND}, DELETE"),
    "audit_key": (f"{_APPEND}, UPDATE (master)", f"{_APPEND}, UPDATE (master)", f"{_APPEND}, UPDATE (master), DELETE"),
    "audit_pending": (_APPEND, f"{_APPEND}, DELETE", _APPEND),
    "audit_leaf": ("SELECT", _APPEND, "SELECT"),
    "audit_tile": ("SELECT", _COUNT, "SELECT"),
    # A head gains the cosignatures of witnesses after it was signed: its note is replaced then.
    "audit_checkpoint": ("SELECT", f"{_APPEND}, UPDATE (note, witnesses)", "SELECT"),
    # A time-stamp is asked for by command too; what is no true one, the completeness check names.
    "audit_anchor": (_APPEND, _APPEND, "SELECT"),
}


def grants(roles: Roles) -> Iterator[str]:
    """The SQL statements that give exactly these rights, to be run by the owner of the tables. Running them again is
    harmless: what a role had before is taken away first."""
    parts: dict[str, list[int]] = {}
    for number, role in enumerate((roles.gateway, roles.worker, roles.eraser)):
        parts.setdefault(role, []).append(number)
    for role, numbers in parts.items():
        name = _quoted(role)
        yield f"GRANT USAGE ON SCHEMA public TO {name}"
        for table in metadata.sorted_tables:
            yield f"REVOKE ALL ON {table.name} FROM {name}"
            of_table = _RECORD.get(table.name, (_ORDINARY,) * 3)
            # A role of several parts has what each of them needs.
            for rights in dict.fromkeys(of_table[number] for number in numbers):
                yield f"GRANT {rights} ON {table.name} TO {name}"
        yield f"REVOKE ALL ON FUNCTION {MAKE_MONTH} FROM {name}"
        if _WORKER in numbers:
            yield f"GRANT EXECUTE ON FUNCTION {MAKE_MONTH} TO {name}"
        yield f"GRANT SELECT ON alembic_version TO {name}"
        yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}"


def _quoted(role: str) -> str:
    """An SQL identifier."""
    return '"' + role.replace('"', '""') + '"'
