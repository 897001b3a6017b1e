"""Versions as rows: read with their approvals and what they still lack, added once, never changed. Nothing commits."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.errors import NotFound
from gateway.rulebook.contents import keep_version_files, text_digest
from gateway.rulebook.kept_activations import look
from gateway.rulebook.people import CONSOLE, Who
from gateway.rulebook.reports import ProofLine
from gateway.rulebook.versions import Approval, Version
from gateway.storage.tables import policy_activation, policy_approval, policy_version, policy_version_name
from policies import Sources

SHORTEST_PREFIX = 8


def all_versions(connection: Connection) -> tuple[Version, ...]:
    """Every version, newest first."""
    rows = connection.execute(select(policy_version).order_by(policy_version.c.number.desc())).all()
    return _versions(connection, rows)


def find_version(connection: Connection, number: int) -> Version:
    """One version. Raises `NotFound`."""
    rows = connection.execute(select(policy_version).where(policy_version.c.number == number)).all()
    if not rows:
        raise NotFound(f"no version {number}")
    return _versions(connection, rows)[0]


def stored_proof(connection: Connection, number: int) -> tuple[ProofLine, ...]:
    """What was proven when the version was staged, which let it pass; empty for one taken in from the folder."""
    kept = connection.execute(select(policy_version.c.proof).where(policy_version.c.number == number)).scalar()
    lines = json.loads(kept) if kept else ()
    return tuple(
        ProofLine(**{**line, "example": tuple((fact, value) for fact, value in line["example"])}) for line in lines
    )


def number_of(connection: Connection, ref: str) -> int:
    """The number of a version named by its number, a digest of it, or the beginning of one. Raises `NotFound`."""
    if ref.isascii() and ref.isdigit() and len(ref) < SHORTEST_PREFIX:
        return find_version(connection, int(ref)).number
    word = ref.lower()
    if len(word) < SHORTEST_PREFIX or not set(word) <= set("0123456789abcdef"):
        raise NotFound("no such version: give its number, or at least the first 8 digits of its digest")
    named = policy_version_name.c
    found = set(connection.execute(select(named.number).where(named.digest.startswith(word))).scalars())
    if len(found) != 1:
        raise NotFound("no version has such a digest" if not found else "several versions have such a digest")
    number: int = found.pop()
    return number


def number_of_text(connection: Connection, text: str) -> int:
    """The number of the version with exactly these files (by their text digest); 0 when there is none."""
    found = select(policy_version.c.number).where(policy_version.c.text_digest == text)
    return connection.execute(found).scalar() or 0


def add_version(
    connection: Connection,
    sources: Sources,
    *,
    title: str,
    origin: str,
    base_number: int,
    authors: tuple[Who, ...],
    by: Who,
    now: int,
    proof: str = "",
) -> int:
    """Keep a version for good; its number."""
    number = (connection.execute(select(func.max(policy_version.c.number))).scalar() or 0) + 1
    connection.execute(
        insert(policy_version),
        {
            "number": number,
            "digest": sources.digest,
            "text_digest": text_digest(sources.files),
            "guardrails_digest": sources.guardrails_digest,
            "title": title,
            "origin": origin,
            "base_number": base_number,
            "authors": json.dumps([[author.key, author.name] for author in authors], ensure_ascii=False),
            "staged_key": by.key,
            "staged_name": by.name[:200],
            "staged_at": now,
            "proof": proof,
        },
    )
    keep_version_files(connection, number, sources.files)
    name_version(connection, sources.digest, number, now)
    return number


def name_version(connection: Connection, digest: str, number: int, now: int) -> None:
    """Remember a digest under which a version decides; an upgraded engine gives the same text another one."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {"digest": digest, "number": number, "first_at": now}
    connection.execute(dialect.insert(policy_version_name).on_conflict_do_nothing(), values)


def add_approval(connection: Connection, number: int, by: Who, role: str, now: int) -> None:
    """Somebody agrees."""
    values = {"number": number, "key": by.key, "role": role, "name": by.name[:200], "at": now}
    connection.execute(insert(policy_approval), values)


def _versions(connection: Connection, rows: Any) -> tuple[Version, ...]:
    given: dict[int, list[Approval]] = {row.number: [] for row in rows}
    for one in connection.execute(select(policy_approval).order_by(policy_approval.c.at, policy_approval.c.key)):
        if one.number in given:
            given[one.number].append(Approval(who=Who(one.key, one.name), role=one.role, at=one.at))
    columns = policy_activation.c
    taken: set[int] = set()
    waiting: set[int] = set()
    for one in connection.execute(select(columns.number, columns.turn).where(columns.cancelled_at.is_(None))):
        (waiting if one.turn is None else taken).add(one.number)
    in_force = look(connection, 0).number
    guardrails = connection.execute(
        select(policy_version.c.guardrails_digest).where(policy_version.c.number == in_force)
    ).scalar()
    places = _Places(in_force, guardrails or "", frozenset(taken), frozenset(waiting))
    return tuple(_version(row, tuple(given[row.number]), places) for row in rows)


class _Places:
    """Where each version stands."""

    def __init__(self, in_force: int, guardrails: str, taken: frozenset[int], waiting: frozenset[int]) -> None:
        self.in_force = in_force
        self.guardrails = guardrails
        self.taken = taken
        self.waiting = waiting

    def state(self, number: int, lacking: tuple[str, ...]) -> str:
        """See `Version.state`."""
        if number == self.in_force:
            return "in_force"
        if number in self.waiting:
            return "scheduled"
        if number in self.taken:
            return "former"
        return "staged" if lacking else "approved"


def _version(row: Row[*tuple[Any, ...]], approvals: tuple[Approval, ...], places: _Places) -> Version:
    changes = bool(places.guardrails) and row.guardrails_digest != places.guardrails
    authors = tuple(Who(key, name) for key, name in json.loads(row.authors))
    lacking = _lacking(authors, approvals, changes_guardrails=changes) if row.number not in places.taken else ()
    return Version(
        number=row.number,
        digest=row.digest,
        text_digest=row.text_digest,
        guardrails_digest=row.guardrails_digest,
        title=row.title,
        origin=row.origin,
        base_number=row.base_number,
        authors=authors,
        staged_by=Who(row.staged_key, row.staged_name),
        staged_at=row.staged_at,
        approvals=approvals,
        lacking=lacking,
        changes_guardrails=changes,
        state=places.state(row.number, lacking),
    )


def _lacking(authors: tuple[Who, ...], approvals: tuple[Approval, ...], *, changes_guardrails: bool) -> tuple[str, ...]:
    """Whose approval is missing. Behind a console account stands nobody the hospital vouches for, perhaps the very
    person who then approves: what it wrote needs two."""
    given = [approval.role for approval in approvals]
    by_console = any(author.key.startswith(CONSOLE) for author in authors)
    needed = {"it": 2 if by_console else 1, "dpo": 1 if changes_guardrails else 0}
    return tuple(role for role, times in needed.items() for _ in range(times - given.count(role)))


def kept_files_are(files: Mapping[str, bytes], version: Version) -> bool:
    """Whether these are the files that were staged, byte for byte."""
    return text_digest(files) == version.text_digest
