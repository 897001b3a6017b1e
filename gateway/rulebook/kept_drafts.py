"""Drafts as rows: read, started, changed file by file. Nothing here commits."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from gateway.errors import NotFound
from gateway.rulebook.contents import contents_of, digest_of, forget_content, keep_contents
from gateway.rulebook.drafts import Draft, DraftLine
from gateway.rulebook.people import Who
from gateway.rulebook.refusals import DraftChanged
from gateway.storage.tables import policy_draft, policy_draft_author, policy_draft_file, policy_version

_LINES = select(policy_draft, policy_version.c.digest.label("base")).outerjoin(
    policy_version, policy_version.c.number == policy_draft.c.base_number
)


def open_drafts(connection: Connection) -> tuple[DraftLine, ...]:
    """The open drafts, the one changed last first."""
    found = _LINES.where(policy_draft.c.state == "open").order_by(policy_draft.c.updated_at.desc(), policy_draft.c.id)
    rows = connection.execute(found).all()
    authors = _authors(connection, [row.id for row in rows])
    return tuple(DraftLine(**_line(row, authors)) for row in rows)


def find_draft(connection: Connection, draft_id: str) -> Draft:
    """A draft with its files. Raises `NotFound`."""
    row = connection.execute(_LINES.where(policy_draft.c.id == draft_id)).one_or_none()
    if row is None:
        raise NotFound("no such draft")
    held = connection.execute(
        select(policy_draft_file.c.path, policy_draft_file.c.content_digest)
        .where(policy_draft_file.c.draft_id == draft_id, policy_draft_file.c.content_digest.is_not(None))
        .order_by(policy_draft_file.c.path)
    ).all()
    contents = contents_of(connection, [file.content_digest for file in held])
    files = {file.path: contents[file.content_digest] for file in held}
    return Draft(**_line(row, _authors(connection, [draft_id])), files=files)


def add_draft(
    connection: Connection, draft_id: str, title: str, base_number: int, by: Who, now: int, files: Mapping[str, bytes]
) -> None:
    """A new draft at revision 1."""
    connection.execute(
        insert(policy_draft),
        {
            "id": draft_id,
            "title": title,
            "base_number": base_number,
            "state": "open",
            "revision": 1,
            "author_key": by.key,
            "author_name": by.name,
            "created_at": now,
            "updated_at": now,
        },
    )
    connection.execute(insert(policy_draft_author), {"draft_id": draft_id, "key": by.key, "name": by.name[:200]})
    keep_contents(connection, files.values())
    rows = [
        {
            "draft_id": draft_id,
            "path": path,
            "content_digest": digest_of(content),
            "revision": 1,
            "changed_by": by.name[:200],
        }
        for path, content in files.items()
    ]
    if rows:
        connection.execute(insert(policy_draft_file), rows)


def change_files(
    connection: Connection, draft: Draft, changes: Mapping[str, bytes | None], revision: int, by: Who, now: int
) -> bool:
    """Write (or, with None, remove) files of an open draft, all or none. False when nothing would change.

    `revision` is the draft's as its author saw it; raises `DraftChanged` for a file changed since by anybody.
    """
    real = {path: content for path, content in changes.items() if draft.files.get(path) != content}
    if not real:
        return False
    rows = connection.execute(select(policy_draft_file).where(policy_draft_file.c.draft_id == draft.id)).all()
    held = {row.path: row for row in rows}
    for path in real:
        if path in held and held[path].revision > revision:
            raise DraftChanged(path, draft.files.get(path), draft.revision, held[path].changed_by)
    keep_contents(connection, [content for content in real.values() if content is not None])
    for path, content in real.items():
        values = {
            "content_digest": None if content is None else digest_of(content),
            "revision": draft.revision + 1,
            "changed_by": by.name[:200],
        }
        if path in held:
            place = (policy_draft_file.c.draft_id == draft.id) & (policy_draft_file.c.path == path)
            connection.execute(update(policy_draft_file).where(place).values(values))
            if held[path].content_digest:
                forget_content(connection, held[path].content_digest)
        else:
            connection.execute(insert(policy_draft_file), {"draft_id": draft.id, "path": path, **values})
    connection.execute(
        update(policy_draft)
        .where(policy_draft.c.id == draft.id)
        .values(revision=policy_draft.c.revision + 1, updated_at=now)
    )
    if by.key not in {author.key for author in draft.authors}:
        connection.execute(insert(policy_draft_author), {"draft_id": draft.id, "key": by.key, "name": by.name[:200]})
    return True


def close_draft(connection: Connection, draft_id: str, state: str, now: int, version: int = 0) -> None:
    """It became a version, or was given up."""
    connection.execute(
        update(policy_draft)
        .where(policy_draft.c.id == draft_id)
        .values(state=state, version=version, updated_at=now, revision=policy_draft.c.revision + 1)
    )


def _authors(connection: Connection, draft_ids: list[str]) -> dict[str, list[Who]]:
    found: dict[str, list[Who]] = {draft_id: [] for draft_id in draft_ids}
    asked = select(policy_draft_author).where(policy_draft_author.c.draft_id.in_(draft_ids))
    for row in connection.execute(asked.order_by(policy_draft_author.c.key)):
        found[row.draft_id].append(Who(row.key, row.name))
    return found


def _line(row: Row[*tuple[Any, ...]], authors: dict[str, list[Who]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "base": row.base or "",
        "base_number": row.base_number,
        "state": row.state,
        "version": row.version,
        "revision": row.revision,
        "author": Who(row.author_key, row.author_name),
        "authors": tuple(authors[row.id]),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
