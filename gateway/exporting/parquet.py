"""`python -m gateway.exporting.parquet FILE`: rows as JSON lines on its input become a Parquet file.

A process of its own, because pyarrow is large and the serving process never loads it. The first line names the columns,
the last one is `null`: an input that breaks off makes no file. Exit code 0 when the file is whole, else 1.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pyarrow
import pyarrow.parquet

ROWS_PER_GROUP = 10_000


def write(lines: BinaryIO, file: Path) -> bool:
    """Write the file; False, and no file, when the input breaks off."""
    head = orjson.loads(lines.readline() or b"null")
    if head is None:
        return False
    schema = pyarrow.schema(
        [
            pyarrow.field(
                column["name"],
                pyarrow.int64() if column["number"] else pyarrow.string(),
                metadata={"holds": column["holds"]},
            )
            for column in head
        ]
    )
    part = file.with_name(file.name + ".part")
    whole = False
    try:
        with pyarrow.parquet.ParquetWriter(part, schema, compression="zstd") as writer:
            whole = _write_groups(writer, schema, lines)
        if whole:
            part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return whole


def _write_groups(writer: Any, schema: Any, lines: BinaryIO) -> bool:
    group: list[dict[str, Any]] = []
    for row in _rows(lines):
        if row is None:
            if group:
                writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
            return True
        group.append(row)
        if len(group) == ROWS_PER_GROUP:
            writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
            group = []
    return False


def _rows(lines: BinaryIO) -> Iterator[dict[str, Any] | None]:
    for line in lines:
        yield orjson.loads(line)


if __name__ == "__main__":
    sys.exit(0 if write(sys.stdin.buffer, Path(sys.argv[1])) else 1)
