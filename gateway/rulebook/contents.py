"""The contents of the files of drafts and versions, each kept once under its SHA-256."""

import hashlib
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, delete, exists, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.storage.tables import policy_content, policy_draft_file, policy_version_file

RULEBOOK_LOCK = 0x72756C65626F6F6B  # "rulebook" in ASCII: whoever writes here is alone


def lock_rulebook(connection: Connection) -> None:
    """Until the transaction ends nobody else changes the rules; SQLite's writing transaction is alone already."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(RULEBOOK_LOCK)))


def digest_of(content: bytes) -> str:
    """The name of a content."""
    return hashlib.sha256(content).hexdigest()


def text_digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 in lower-case hex over the files of a version alone, without the engine's version."""
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(f"{path}\0{digest_of(files[path])}\n".encode())
    return whole.hexdigest()


def keep_contents(connection: Connection, contents: Iterable[bytes]) -> None:
    """Keep each content that is not kept yet."""
    rows = {digest_of(content): content for content in contents}
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = [{"digest": digest, "content": content} for digest, content in rows.items()]
    connection.execute(dialect.insert(policy_content).on_conflict_do_nothing(), values)


def contents_of(connection: Connection, digests: Collection[str]) -> dict[str, bytes]:
    """The contents by digest; one that is gone is left out."""
    found = select(policy_content).where(policy_content.c.digest.in_(set(digests)))
    return {row.digest: bytes(row.content) for row in connection.execute(found)}


def forget_content(connection: Connection, digest: str) -> None:
    """Let a content go that no draft and no version holds any more."""
    held = [exists().where(table.c.content_digest == digest) for table in (policy_draft_file, policy_version_file)]
    connection.execute(delete(policy_content).where(policy_content.c.digest == digest, ~held[0], ~held[1]))


def keep_version_files(connection: Connection, number: int, files: Mapping[str, bytes]) -> None:
    """Keep the files of a version."""
    keep_contents(connection, files.values())
    rows = [{"number": number, "path": path, "content_digest": digest_of(content)} for path, content in files.items()]
    connection.execute(insert(policy_version_file), rows)


def version_files(connection: Connection, number: int) -> dict[str, bytes]:
    """The files of a version as stored, sorted by path; one whose content is gone is left out."""
    found = (
        select(policy_version_file.c.path, policy_content.c.content)
        .join(policy_content, policy_content.c.digest == policy_version_file.c.content_digest)
        .where(policy_version_file.c.number == number)
        .order_by(policy_version_file.c.path)
    )
    return {row.path: bytes(row.content) for row in connection.execute(found)}
