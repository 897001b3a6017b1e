"""PostgreSQL: a partition of `audit_entry` for each month (gateway/storage/partitions.py). SQLite keeps its table.

What is recorded already stays where it is, as one partition of everything up to the end of the current month: nothing
is copied but ids that sort after it, such as the random ones of the first releases, which go to the default partition.
What is erased of the record leaves its pages soon: autovacuum no longer waits for a fifth of a table to be dead.

Triggers and the months are set by `gateway migrate` after its last revision.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The first id that can be drawn in the next month of the server's clock: see audit_entry_make_month.
_NEXT_MONTH = """SELECT substr(h, 1, 8) || '-' || substr(h, 9) || '-0000-0000-000000000000' FROM (SELECT lpad(to_hex(
    (extract(epoch FROM date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') * 1000)::bigint
    ), 12, '0') AS h) AS bound"""
_WITHOUT_TRIGGERS = """
    DROP TRIGGER IF EXISTS audit_entry_refuses_change ON audit_entry;
    DROP TRIGGER IF EXISTS audit_entry_refuses_truncate ON audit_entry"""
_TO_MONTHS = (
    "LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE",
    _WITHOUT_TRIGGERS,
    """ALTER TABLE audit_entry RENAME TO audit_entry_before;
    ALTER TABLE audit_entry_before RENAME CONSTRAINT pk_audit_entry TO audit_entry_before_pkey;
    ALTER TABLE audit_entry_before
        RENAME CONSTRAINT uq_audit_entry_gateway_lane_counter TO uq_audit_entry_before_number;
    ALTER INDEX ix_audit_entry_by_time RENAME TO audit_entry_before_time_entry_id_idx""",
    """CREATE TABLE audit_entry (LIKE audit_entry_before INCLUDING DEFAULTS) PARTITION BY RANGE (entry_id);
    ALTER TABLE audit_entry ADD CONSTRAINT pk_audit_entry PRIMARY KEY (entry_id);
    CREATE INDEX ix_audit_entry_by_time ON audit_entry (time, entry_id)""",
    """CREATE TABLE audit_entry_default (LIKE audit_entry INCLUDING DEFAULTS,
        CONSTRAINT uq_audit_entry_default_number UNIQUE (gateway, lane, counter));
    ALTER TABLE audit_entry ATTACH PARTITION audit_entry_default DEFAULT""",
    # Rights are asked of the table that a statement names: nobody needs any on a partition.
    """DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT grantee, privilege_type, is_grantable, CASE grantee WHEN 0 THEN 'PUBLIC'
                ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
                FROM pg_class, aclexplode(relacl) WHERE oid = 'audit_entry_before'::regclass AND grantee <> relowner
        LOOP
            EXECUTE 'GRANT ' || one.privilege_type || ' ON audit_entry TO ' || one.role
                || CASE WHEN one.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END;
            EXECUTE 'REVOKE ALL ON audit_entry_before FROM ' || one.role;
        END LOOP;
    END $$""",
    f"""DO $$ DECLARE bound text := ({_NEXT_MONTH}); BEGIN
        INSERT INTO audit_entry_default SELECT * FROM audit_entry_before WHERE entry_id >= bound;
        DELETE FROM audit_entry_before WHERE entry_id >= bound;
        IF EXISTS (SELECT FROM audit_entry_before) THEN
            EXECUTE 'ALTER TABLE audit_entry ATTACH PARTITION audit_entry_before FOR VALUES FROM (MINVALUE) TO ('
                || quote_literal(bound) || ')';
        ELSE
            DROP TABLE audit_entry_before;
        END IF;
    END $$""",  # noqa: S608
)
_ERASED_SOON = """ALTER TABLE {0} SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 0, toast.autovacuum_vacuum_scale_factor = 0)"""
_AS_BEFORE = """ALTER TABLE {0} RESET (autovacuum_vacuum_threshold, autovacuum_vacuum_scale_factor,
    toast.autovacuum_vacuum_threshold, toast.autovacuum_vacuum_scale_factor)"""
_ERASABLE = ("audit_key", "audit_disclosure")
_TO_ONE_TABLE = (
    "LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE",
    """CREATE TABLE audit_entry_all (LIKE audit_entry INCLUDING DEFAULTS);
    INSERT INTO audit_entry_all SELECT * FROM audit_entry""",
    """DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT privilege_type,
                CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
                FROM pg_class, aclexplode(relacl) WHERE oid = 'audit_entry'::regclass AND grantee <> relowner
        LOOP
            EXECUTE 'GRANT ' || one.privilege_type || ' ON audit_entry_all TO ' || one.role;
        END LOOP;
    END $$""",
    """DROP FUNCTION IF EXISTS audit_entry_make_month(date);
    DROP TABLE audit_entry;
    ALTER TABLE audit_entry_all RENAME TO audit_entry;
    ALTER TABLE audit_entry ADD CONSTRAINT pk_audit_entry PRIMARY KEY (entry_id);
    ALTER TABLE audit_entry ADD CONSTRAINT uq_audit_entry_gateway_lane_counter UNIQUE (gateway, lane, counter);
    CREATE INDEX ix_audit_entry_by_time ON audit_entry (time, entry_id)""",
)


def upgrade() -> None:
    _run(_TO_MONTHS)
    _run(tuple(_ERASED_SOON.format(table) for table in _ERASABLE))


def downgrade() -> None:
    _run(tuple(_AS_BEFORE.format(table) for table in _ERASABLE))
    _run(_TO_ONE_TABLE)


def _run(statements: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in statements:
            op.get_bind().exec_driver_sql(statement, execution_options={"no_parameters": True})
