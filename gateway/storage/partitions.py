"""The months of `audit_entry` on PostgreSQL: a partition each, made ahead of time. SQLite keeps one table.

An entry's id begins with the milliseconds at which it was drawn (UUID version 7), so a month is a range of ids: the id
alone stays the primary key, unique over all months, and finds its partition. What no month takes (an id of another
form, a clock that jumped, a worker that did not run) goes to the default partition: nothing is refused for want of a
month. The number of an entry in its lane is unique within a partition only; a number used twice in different months is
for the completeness check to find, as it finds one that is missing (`gateway audit verify --deep`).

Months are made by a function that runs with the rights of the owner of the tables and takes nothing but a date, near
the server's own: whoever may call it gains no right on any partition.
"""

import functools
from collections.abc import Callable
from datetime import date

from sqlalchemy import Connection, text

from gateway.errors import Unavailable
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World

MONTHS_AHEAD = 2
MAKE_MONTH = "audit_entry_make_month(date)"
MADE, THERE, IN_DEFAULT, BUSY = "made", "there", "in default", "busy"

# A bound has the form of an id, so that every collation sorts it among them; '7', the version, follows its '0'.
# ATTACH keeps readers and writers of the default partition out for as long as it reads that one; it waits for them for
# a quarter of a second at most. It asks nothing of those of the months. CREATE ... PARTITION OF would stop them all.
_FUNCTION = """CREATE OR REPLACE FUNCTION {schema}.audit_entry_make_month(wanted date) RETURNS text
LANGUAGE plpgsql STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '250ms' SET timezone = 'UTC' AS $body$
DECLARE
    -- Whatever a caller may have set, their own date style included, has no say in this.
    month timestamp := date_trunc('month', wanted::timestamp);
    this timestamp := date_trunc('month', now()::timestamp);
    lower text;
    upper text;
    partition text;
    part record;
    covered boolean;
BEGIN
    IF month < this - interval '12 months' OR month > this + interval '12 months' THEN
        RAISE EXCEPTION 'a month is made from twelve before the server''s own to twelve after it'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Another worker is at it: its month will be found.
    PERFORM pg_advisory_xact_lock({lock});
    partition := 'audit_entry_' || to_char(month, 'YYYY_MM');
    lower := lpad(to_hex((extract(epoch FROM month) * 1000)::bigint), 12, '0');
    upper := lpad(to_hex((extract(epoch FROM month + interval '1 month') * 1000)::bigint), 12, '0');
    lower := substr(lower, 1, 8) || '-' || substr(lower, 9) || '-0000-0000-000000000000';
    upper := substr(upper, 1, 8) || '-' || substr(upper, 9) || '-0000-0000-000000000000';
    FOR part IN SELECT inhrelid FROM pg_inherits JOIN pg_partitioned_table ON partrelid = inhparent
            WHERE inhparent = '{schema}.audit_entry'::regclass AND inhrelid <> partdefid LOOP
        EXECUTE 'SELECT ' || pg_get_partition_constraintdef(part.inhrelid) || ' FROM (SELECT $1::varchar AS entry_id) x'
            INTO covered USING lower;
        IF covered THEN
            RETURN 'there';
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM {schema}.audit_entry_default e WHERE e.entry_id >= lower AND e.entry_id < upper) THEN
        RETURN 'in default';
    END IF;
    EXECUTE format('CREATE TABLE {schema}.%1$I (LIKE {schema}.audit_entry INCLUDING DEFAULTS INCLUDING STORAGE,
        CONSTRAINT %2$I UNIQUE (gateway, lane, counter))', partition, 'uq_' || partition || '_number');
    FOR part IN SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl)
            WHERE oid = format('{schema}.%I', partition)::regclass AND grantee <> relowner LOOP
        -- What default privileges gave.
        EXECUTE format('REVOKE ALL ON {schema}.%I FROM %s', partition,
            CASE part.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(part.grantee)) END);
    END LOOP;
    EXECUTE format('CREATE TRIGGER audit_entry_refuses_truncate BEFORE TRUNCATE ON {schema}.%I
        FOR EACH STATEMENT EXECUTE FUNCTION {schema}.audit_entry_refuses()', partition);
    EXECUTE format('ALTER TABLE {schema}.audit_entry ATTACH PARTITION {schema}.%I FOR VALUES FROM (%L) TO (%L)',
        partition, lower, upper);
    RETURN 'made';
EXCEPTION
    WHEN lock_not_available THEN RETURN 'busy';
    -- A row came between the look and the lock.
    WHEN check_violation THEN RETURN 'in default';
END $body$"""
# "auditmon" in ASCII.
_LOCK = 0x61756469746D6F6E
_TO_NOBODY = f"REVOKE ALL ON FUNCTION {{schema}}.{MAKE_MONTH} FROM PUBLIC"
# Whoever lets the tree grow makes the months: databases whose roles had their rights before there were any.
_TO_WORKERS = """DO $body$ DECLARE role record; BEGIN
    FOR role IN SELECT DISTINCT pg_get_userbyid(grantee) AS name FROM pg_class, aclexplode(relacl)
            WHERE oid = '{schema}.audit_leaf'::regclass AND privilege_type = 'INSERT' AND grantee <> 0 LOOP
        EXECUTE 'GRANT EXECUTE ON FUNCTION {schema}.audit_entry_make_month(date) TO ' || quote_ident(role.name);
    END LOOP;
END $body$"""
_SCHEMA = text("SELECT quote_ident(current_schema())")
_MAKE = text("SELECT audit_entry_make_month(:wanted)")
_THIS_MONTH = text("SELECT (now() AT TIME ZONE 'UTC')::date")


def prepare_months(connection: Connection) -> None:
    """PostgreSQL, as the owner of the tables: set the function that makes months, and make those that begin soon."""
    if connection.dialect.name != "postgresql":
        return
    schema: str = connection.execute(_SCHEMA).scalar_one()
    for statement in (_FUNCTION, _TO_NOBODY, _TO_WORKERS):
        of_schema = statement.replace("{schema}", schema).replace("{lock}", str(_LOCK))
        # A per cent sign is the server's here, no place for a parameter.
        connection.exec_driver_sql(of_schema, execution_options={"no_parameters": True})
    today: date = connection.execute(_THIS_MONTH).scalar_one()
    for month in coming_months(today):
        _make(month, Transaction(connection))


def coming_months(today: date) -> list[date]:
    """The first days of the current month and of the `MONTHS_AHEAD` after it."""
    first = today.year * 12 + today.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(first, first + MONTHS_AHEAD + 1)]


def _make(month: date, transaction: Transaction) -> str:
    outcome: str = transaction.connection.execute(_MAKE, {"wanted": month}).scalar_one()
    return outcome


class Months:
    """What the worker does: the months that begin soon are made, whichever process comes first. Nobody waits for it."""

    def __init__(self, *, database: Database, world: World) -> None:
        self._database = database
        self._world = world
        self._told: set[date] = set()

    def run_due(self, keep_going: Callable[[], bool]) -> dict[date, str]:
        """Make what is missing; the outcome of each month asked for: `MADE`, `THERE`, `IN_DEFAULT` or `BUSY`.

        A month whose entries lie in the default partition already stays there: to move them would be to delete them.
        Raises `Unavailable` when the month that comes next is missing still, and once for a month that stays in the
        default partition: no entry is lost by either.
        """
        if self._database.dialect != "postgresql":
            return {}
        outcomes: dict[date, str] = {}
        for month in coming_months(self._world.now().date()):
            if keep_going():
                # Each in a transaction of its own: what it locks is free again at once.
                outcomes[month] = self._database.transact(functools.partial(_make, month))
        skipped = {month for month, outcome in outcomes.items() if outcome == IN_DEFAULT} - self._told
        self._told |= skipped
        if skipped:
            raise Unavailable(f"the entries of {min(skipped):%Y-%m} stay in the default partition: nothing is lost")
        if any(outcome == BUSY for outcome in list(outcomes.values())[:MONTHS_AHEAD]):
            raise Unavailable("the partition of a month could not be made: long reads are in the way; tried again")
        return outcomes
