"""What `pgbench` runs: one durable commit of a decision and its entry, by the gateway's statements or as a hash chain.

The load comes from PostgreSQL's own generator, so that what is measured on few cores is the record and not the writers.
Both scripts make ids, leaves and hashes by the same functions in the database, and both write the same decision.
"""

import re
from pathlib import Path

from sqlalchemy.dialects.postgresql.psycopg import dialect

from gateway.storage.log_statements import BEGIN_ENTRY, record
from tests.benchmarks.record_writer import DETAIL

GATEWAY = "pgbench"
# Ids ascend with time and a leaf is as large as a real one, in the form the sequencer accepts.
FUNCTIONS = (
    """CREATE FUNCTION bench_id(ms bigint) RETURNS text LANGUAGE sql VOLATILE AS $$
        SELECT substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(gen_random_uuid()::text, 16)
        FROM (SELECT lpad(to_hex(ms), 12, '0') AS hex) AS made $$""",
    """CREATE FUNCTION bench_leaf(id text, lane bigint, counter bigint, ms bigint) RETURNS bytea LANGUAGE sql IMMUTABLE
        AS $$ SELECT convert_to('{"_sd":[],"_sd_alg":"sha-256","counter":' || counter || ',"facts":{"access":"'
        || repeat('0', 36) || '","minutes":30,"mode":"break_glass","rules":["1","9"],"shown":true},"gateway":"pgbench",'
        || '"id":"' || id || '","lane":' || lane || ',"outcome":"success","policy":"","purpose":"BTG","time":' || ms
        || ',"type":"access.opened","v":1}', 'UTF8') $$""",
)
_DECIDE = f"""BEGIN;
SELECT bench_id(ms) AS id, ms FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms) AS now \\gset
INSERT INTO bench_decision (id, detail) VALUES (:id, '{DETAIL}');
"""
_LEAF = "bench_leaf(:id::text, :lane::bigint, :last::bigint, :ms::bigint)"
_OURS = {
    "gateway": f"'{GATEWAY}'",
    "subjects": "'{}'",
    "period": "''",
    "counted": "'{}'",
    "entry_entry_id": ":id",
    "entry_time": ":ms",
    "entry_type": "'access.opened'",
    "entry_gateway": f"'{GATEWAY}'",
    "entry_lane": ":lane",
    "entry_counter": ":last",
    "entry_leaf": _LEAF,
    "entry_leaf_hash": f"sha256('\\x00'::bytea || {_LEAF})",
}
_CHAINED = "sha256(decode(:previous::text, 'hex') || bench_leaf(:id::text, 0, 0, :ms::bigint))"
# As anybody would write it: lock the head row, read the hash of the entry before, insert the entry that holds it, move
# the head on.
_CHAIN = f"""SELECT last + 1 AS number, encode(hash, 'hex') AS previous FROM bench_head WHERE id = 1 FOR UPDATE \\gset
INSERT INTO bench_chain
    VALUES (:number, :id, bench_leaf(:id::text, 0, 0, :ms::bigint), decode(:previous::text, 'hex'), {_CHAINED});
UPDATE bench_head SET last = :number, hash = {_CHAINED} WHERE id = 1;
"""


def write_scripts(folder: Path) -> dict[str, Path]:
    """`record.sql` and `chain.sql` in `folder`; the first is made of the very statements the gateway sends."""
    ours = f"{_filled(BEGIN_ENTRY)} \\gset\n{_filled(str(record(0).compile(dialect=dialect())))};\n"
    written = {}
    for name, entry in (("record", ours), ("chain", _CHAIN)):
        written[name] = folder / f"{name}.sql"
        written[name].write_text(f"{_DECIDE}{entry}COMMIT;\n")
    return written


def _filled(statement: str) -> str:
    return re.sub(r"%\((\w+)\)s", lambda found: _OURS[found[1]], statement)
