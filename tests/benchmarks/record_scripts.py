"""What `pgbench` runs: one durable commit of a decision and its entry, by the gateway's statements or as a hash chain.

The load comes from PostgreSQL's own generator, so that what is measured on few cores is the record and not the writers.
Both scripts make ids, leaves and hashes by the same functions in the database, and both write the same decision. A
script starts with `ms`, the time, and with `lane`, the lane its connection had last, none at first.
"""

import re
from pathlib import Path

from sqlalchemy.dialects.postgresql.psycopg import dialect

from gateway.storage.log_statements import begin_entry, record
from tests.benchmarks.record_writer import DETAIL

GATEWAY = "pgbench"
# Ids ascend with time and a leaf is as large as a real one, in the form the sequencer accepts.
FUNCTIONS = (
    """CREATE FUNCTION bench_id(ms bigint, random bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT substr(hex, 1, 8) || '-' || substr(hex, 9) || '-7000-8000-' || lpad(to_hex(random), 12, '0')
        FROM (SELECT lpad(to_hex(ms), 12, '0') AS hex) AS made $$""",
    """CREATE FUNCTION bench_leaf(id text, lane bigint, counter bigint, ms bigint) RETURNS bytea LANGUAGE sql IMMUTABLE
        AS $$ SELECT convert_to('{"_sd":[],"_sd_alg":"sha-256","counter":' || counter || ',"facts":{"access":"'
        || repeat('0', 36) || '","minutes":30,"mode":"break_glass","rules":["1","9"],"shown":true},"gateway":"pgbench",'
        || '"id":"' || id || '","lane":' || lane || ',"outcome":"success","policy":"","purpose":"BTG","time":' || ms
        || ',"type":"access.opened","v":1}', 'UTF8') $$""",
)
_ID = "bench_id(:ms::bigint, :random::bigint)"
_DECIDE = f"""\\set ms :ms + 1
\\set random random(0, 281474976710655)
BEGIN;
INSERT INTO bench_decision (id, detail) VALUES ({_ID}, '{DETAIL}');
"""
_LEAF = f"bench_leaf({_ID}, :lane::bigint, :last::bigint, :ms::bigint)"
_OURS = {
    "gateway": f"'{GATEWAY}'",
    "from_lane": ":lane",
    "entry_entry_id": _ID,
    "entry_time": ":ms",
    "entry_type": "'access.opened'",
    "entry_gateway": f"'{GATEWAY}'",
    "entry_lane": ":lane",
    "entry_counter": ":last",
    "entry_leaf": _LEAF,
    "entry_leaf_hash": f"sha256('\\x00'::bytea || {_LEAF})",
}
_CHAIN_LEAF = f"bench_leaf({_ID}, 0, 0, :ms::bigint)"
_CHAINED = f"sha256(decode(:previous::text, 'hex') || {_CHAIN_LEAF})"
# As anybody would write it: lock the head row, read the hash of the entry before, insert the entry that holds it, move
# the head on.
_CHAIN = f"""SELECT last + 1 AS number, encode(hash, 'hex') AS previous FROM bench_head WHERE id = 1 FOR UPDATE \\gset
INSERT INTO bench_chain
    VALUES (:number, {_ID}, {_CHAIN_LEAF}, decode(:previous::text, 'hex'), {_CHAINED});
UPDATE bench_head SET last = :number, hash = {_CHAINED} WHERE id = 1;
"""


def write_scripts(folder: Path) -> dict[str, Path]:
    """`record.sql` and `chain.sql` in `folder`; the first is made of the very statements the gateway sends."""
    begin, rest = begin_entry(about_somebody=False, counted=False), str(record(0).compile(dialect=dialect()))
    ours = f"{_filled(begin)} \\gset\n{_filled(rest)};\n"
    written = {}
    for name, entry in (("record", ours), ("chain", _CHAIN)):
        written[name] = folder / f"{name}.sql"
        written[name].write_text(f"{_DECIDE}{entry}COMMIT;\n")
    return written


def _filled(statement: str) -> str:
    return re.sub(r"%\((\w+)\)s", lambda found: _OURS[found[1]], statement)
