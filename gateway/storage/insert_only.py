"""Entries are only ever inserted: triggers of the database refuse every UPDATE, DELETE and TRUNCATE of `audit_entry`.

They stop mistakes, and whoever holds only the gateway's rights. Whoever owns the tables can drop them: against that
stand the signed tree and what is kept outside (`gateway audit verify --deep`).
"""

from sqlalchemy import Connection, text

_REFUSAL = "audit_entry is insert-only"
_SQLITE = tuple(
    text(
        f"""CREATE TRIGGER IF NOT EXISTS audit_entry_refuses_{act.lower()} BEFORE {act} ON audit_entry
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"""
    )
    for act in ("UPDATE", "DELETE")
)
_POSTGRESQL = (
    text(
        f"""CREATE OR REPLACE FUNCTION audit_entry_refuses() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END $$"""
    ),
    text(
        """CREATE OR REPLACE TRIGGER audit_entry_refuses_change BEFORE UPDATE OR DELETE ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION audit_entry_refuses()"""
    ),
    # Partitions inherit the trigger of rows, not that of statements.
    text(
        """DO $body$ DECLARE part record; BEGIN
            FOR part IN SELECT relid::text AS name FROM pg_partition_tree('audit_entry') LOOP
                EXECUTE 'CREATE OR REPLACE TRIGGER audit_entry_refuses_truncate BEFORE TRUNCATE ON ' || part.name
                    || ' FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuses()';
            END LOOP;
        END $body$"""
    ),
)


def make_insert_only(connection: Connection) -> None:
    """Set the triggers, whether or not they are there: every `gateway migrate` sets them again."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.execute(statement)
