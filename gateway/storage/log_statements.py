"""The statements of the audit log's store, written once; SQLAlchemy compiles each once per dialect."""

import functools
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Dialect,
    Insert,
    Integer,
    String,
    any_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from gateway.storage.tables import (
    audit_checkpoint,
    audit_counter,
    audit_disclosure,
    audit_entry,
    audit_key,
    audit_leaf,
    audit_pending,
    audit_tile,
)

ENTRY = (
    audit_entry.c.entry_id,
    audit_entry.c.time,
    audit_entry.c.type,
    audit_entry.c.gateway,
    audit_entry.c.lane,
    audit_entry.c.counter,
    audit_entry.c.leaf,
    audit_entry.c.leaf_hash,
)

# One statement takes a free lane and its next number. SKIP LOCKED leaves the lanes of open transactions alone (SQLite
# has one writer and ignores it); the row lock holds the lane, and the database itself takes the number back when the
# transaction rolls back or its process dies. The lane is chosen in a part of its own: PostgreSQL runs a subquery of the
# update again when another commit changed the lane meanwhile, is then given another lane, and updates none of them.
# `from_lane` is the lane this connection had last, and so most likely the first that is looked at and the one taken.
_free = (
    select(audit_counter.c.lane)
    .where(audit_counter.c.gateway == bindparam("of_gateway"), audit_counter.c.lane >= bindparam("from_lane"))
    .order_by(audit_counter.c.lane)
    .limit(1)
    .with_for_update(skip_locked=True)
    .cte("free")
    .prefix_with("MATERIALIZED", dialect="postgresql")
)
NEXT_COUNTER = (
    update(audit_counter)
    .where(audit_counter.c.gateway == bindparam("of_gateway"), audit_counter.c.lane == _free.c.lane)
    .values(last=audit_counter.c.last + 1)
    .returning(audit_counter.c.lane, audit_counter.c.last)
)
LAST_LANE = select(func.max(audit_counter.c.lane)).where(audit_counter.c.gateway == bindparam("of_gateway"))
TRY_LANE = select(
    func.pg_try_advisory_xact_lock(
        cast(bindparam("of_gateway", type_=Integer), Integer), cast(bindparam("lane", type_=Integer), Integer)
    )
)
DATA_KEYS = (
    select(audit_key)
    .where(audit_key.c.subject.in_(bindparam("subjects", expanding=True)), audit_key.c.period == bindparam("period"))
    .order_by(audit_key.c.key_id)
    # FOR KEY SHARE: an erasure waits until this transaction ends, other recordings do not.
    .with_for_update(read=True, key_share=True)
)
# PostgreSQL, for the driver itself: a lane's next number, the data keys and the next number of each counted subject in
# one round trip. No row, and nothing counted, when no lane is free; one with an empty key when there is no key.
_NUMBERED = """WITH free AS MATERIALIZED (
    SELECT lane FROM audit_counter WHERE gateway = %(gateway)s AND lane >= %(from_lane)s
    ORDER BY lane LIMIT 1 FOR UPDATE SKIP LOCKED
), numbered AS (
    UPDATE audit_counter AS taken SET last = taken.last + 1 FROM free
    WHERE taken.gateway = %(gateway)s AND taken.lane = free.lane RETURNING taken.lane, taken.last
)"""
_KNOWN = """, known AS (
    SELECT key_id, subject, period, master, wrapped FROM audit_key
    WHERE subject = ANY(%(subjects)s::text[]) AND period = %(period)s ORDER BY key_id FOR KEY SHARE
)"""
_COUNTED = """, counted AS (
    INSERT INTO audit_subject (subject, last)
    SELECT one, 1 FROM numbered, unnest(%(counted)s::text[]) AS one ORDER BY one
    ON CONFLICT (subject) DO UPDATE SET last = audit_subject.last + 1 RETURNING subject, last
)"""
_NUMBERS = "(SELECT json_object_agg(counted.subject, counted.last) FROM counted)"
_OF_NOBODY = "SELECT lane, last, NULL AS key_id, NULL AS numbers FROM numbered"
_OF_SOMEBODY = (
    "SELECT numbered.lane, numbered.last, known.*, {numbers} AS numbers FROM numbered LEFT JOIN known ON true"
)


@functools.cache
def begin_entry(*, about_somebody: bool, counted: bool) -> str:
    """The statement that begins an entry: what is not asked for is no part of it."""
    if counted:
        return " ".join((_NUMBERED + _KNOWN + _COUNTED, _OF_SOMEBODY.format(numbers=_NUMBERS)))
    if about_somebody:
        return " ".join((_NUMBERED + _KNOWN, _OF_SOMEBODY.format(numbers="NULL")))
    return " ".join((_NUMBERED, _OF_NOBODY))


@functools.cache
def record_text(rows: int, keys: int, dialect: Dialect) -> str:
    """`record` for the driver itself: to compile what never changes costs more than to send it."""
    return str(record(rows, keys).compile(dialect=dialect))


@functools.cache
def record(rows: int, keys: int = 0) -> Insert:
    """PostgreSQL: the entry (parameters `entry_*`), its disclosures (`sealed_<n>_*`), the data keys that are new
    (`key_<n>_*`) and its pending mark in one statement, which is one round trip to the server instead of four."""
    entry = insert(audit_entry).values({column.name: bindparam(f"entry_{column.name}") for column in ENTRY})
    statement = insert(audit_pending).values(entry_id=bindparam("entry_entry_id")).inline()
    statement = statement.add_cte(entry.cte("recorded"))
    for row in range(rows):
        # One part for each row: SQLAlchemy does not keep the compiled form of an insert of several rows.
        values: dict[str, Any] = {
            column.name: bindparam(f"sealed_{row}_{column.name}") for column in audit_disclosure.c
        }
        statement = statement.add_cte(insert(audit_disclosure).values(values).cte(f"sealed_{row}"))
    for key in range(keys):
        new: dict[str, Any] = {column.name: bindparam(f"key_{key}_{column.name}") for column in audit_key.c}
        statement = statement.add_cte(insert(audit_key).values(new).cte(f"key_{key}"))
    return statement


ENTRY_BY_ID = select(*ENTRY).where(audit_entry.c.entry_id == bindparam("entry_id"))
LEAF_INDEX = select(audit_leaf.c.leaf_index).where(audit_leaf.c.entry_id == bindparam("entry_id"))
_SEALED = (
    select(audit_disclosure, audit_key.c.master, audit_key.c.wrapped)
    .join(audit_key, audit_key.c.key_id == audit_disclosure.c.key_id)
    .order_by(audit_disclosure.c.entry_id, audit_disclosure.c.subject)
)
SEALED = _SEALED.where(audit_disclosure.c.entry_id.in_(bindparam("entry_ids", expanding=True)))
# PostgreSQL: one parameter, and so one statement to prepare, however many entries are asked for.
SEALED_IN_ARRAY = _SEALED.where(audit_disclosure.c.entry_id == any_(bindparam("entry_ids", type_=ARRAY(String(36)))))
# The entries of a page are read by their ids: see entries.py.
ABOUT = (
    select(audit_disclosure.c.time, audit_disclosure.c.entry_id)
    .where(audit_disclosure.c.subject == bindparam("subject"))
    .order_by(audit_disclosure.c.time.desc(), audit_disclosure.c.entry_id.desc())
    .limit(bindparam("most"))
)
ABOUT_BEFORE = ABOUT.where(
    tuple_(audit_disclosure.c.time, audit_disclosure.c.entry_id)
    < tuple_(bindparam("before_time"), bindparam("before_id"))
)
PENDING = (
    select(audit_pending)
    .where(audit_pending.c.sequence > bindparam("after"))
    .order_by(audit_pending.c.sequence)
    .limit(bindparam("most"))
)
# The first that came: to find the least time of all would read more and more rows the longer no sequencer is at work.
PENDING_SINCE = (
    select(audit_entry.c.time)
    .join(audit_pending, audit_pending.c.entry_id == audit_entry.c.entry_id)
    .order_by(audit_pending.c.sequence)
    .limit(1)
)
PENDING_ENTRY = (
    select(audit_pending.c.sequence, audit_entry.c.entry_id, audit_entry.c.leaf, audit_entry.c.leaf_hash)
    .join(audit_entry, audit_entry.c.entry_id == audit_pending.c.entry_id)
    .where(audit_pending.c.entry_id == bindparam("entry_id"))
)
WRITTEN_BY = (
    select(*ENTRY)
    .where(audit_entry.c.gateway == bindparam("of_gateway"))
    .order_by(audit_entry.c.lane, audit_entry.c.counter)
)
INTEGRATED = delete(audit_pending).where(audit_pending.c.sequence.in_(bindparam("sequences", expanding=True)))
# PostgreSQL: one parameter for all, and one statement for all leaves.
INTEGRATED_IN_ARRAY = delete(audit_pending).where(
    audit_pending.c.sequence == any_(bindparam("sequences", type_=ARRAY(BigInteger)))
)
_ids = (
    func.unnest(bindparam("entry_ids", type_=ARRAY(String(36))))
    .table_valued("entry_id", with_ordinality="place")
    .render_derived()
)
LEAVES_OF_ARRAY = insert(audit_leaf).from_select(
    ["leaf_index", "entry_id"],
    select(bindparam("first", type_=BigInteger) + _ids.c.place - 1, _ids.c.entry_id),
)
TILE = select(audit_tile.c.hashes).where(
    audit_tile.c.level == bindparam("level"), audit_tile.c.tile_index == bindparam("tile_index")
)
TILES = select(audit_tile).where(
    tuple_(audit_tile.c.level, audit_tile.c.tile_index).in_(bindparam("wanted", expanding=True))
)
_OF_SHARD = (audit_checkpoint.c.size >= bindparam("start"), audit_checkpoint.c.size < bindparam("end"))
CHECKPOINTS = select(audit_checkpoint).where(*_OF_SHARD).order_by(audit_checkpoint.c.size)
HEAD = select(audit_checkpoint).order_by(audit_checkpoint.c.size.desc()).limit(1)
HEAD_OF_SHARD = HEAD.where(*_OF_SHARD)
COVERING = (
    select(audit_checkpoint)
    .where(audit_checkpoint.c.size > bindparam("index"), audit_checkpoint.c.size < bindparam("end"))
    .order_by(audit_checkpoint.c.size)
    .limit(1)
)
WITNESSED = HEAD_OF_SHARD.where(audit_checkpoint.c.witnesses > 0)
COSIGN = (
    update(audit_checkpoint)
    .where(audit_checkpoint.c.size == bindparam("of_size"))
    .values(note=bindparam("new_note"), witnesses=bindparam("cosigned"))
)
ERASE_KEYS = delete(audit_key).where(
    audit_key.c.subject == bindparam("subject"), audit_key.c.period == bindparam("period")
)
ERASE_DISCLOSURES = delete(audit_disclosure).where(
    audit_disclosure.c.subject == bindparam("subject"), audit_disclosure.c.period == bindparam("period")
)
PERIODS = select(audit_key.c.period).where(audit_key.c.subject == bindparam("subject")).distinct().order_by("period")
