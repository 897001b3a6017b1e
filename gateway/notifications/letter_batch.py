"""A batch of letters on disk: a folder a day with the letters, `index.csv`, a line a letter, and its mark.

Whoever changes a batch holds the lock of its index, so that no letter slips into a batch that is just leaving.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

INDEX = "index.csv"
PRINTED = "PRINTED"  # the print service has it: it takes no more letters
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def batches(folder: Path) -> tuple[Path, ...]:
    """Every batch in the folder, oldest first."""
    return tuple(sorted(one for one in folder.glob("????-??-??") if _DAY.fullmatch(one.name) and one.is_dir()))


def letters(batch: Path) -> tuple[str, ...]:
    """The file names of its letters, sorted."""
    return tuple(sorted(file.name for file in batch.glob("*.pdf") if not file.name.startswith(".")))


def add(folder: Path, day: date, unfinished: Path, file_name: str) -> Path:
    """Put a finished file under this name into the first batch from `day` on that has not left; its path there.

    The file appears whole and once: of two who add the same name, one writes it and the other finds it.
    """
    while True:
        batch = folder / day.isoformat()
        batch.mkdir(parents=True, exist_ok=True)
        with _index(batch) as index:
            if not (batch / PRINTED).exists():
                letter = batch / file_name
                # A link, not a rename: it never replaces a letter.
                with suppress(FileExistsError):
                    os.link(unfinished, letter)
                letter.chmod(0o640)
                _enter(index, (file_name,))
                return letter
        day = day.fromordinal(day.toordinal() + 1)


def mend(batch: Path) -> None:
    """Give every letter its line in the index: a courier may have died before writing it."""
    with _index(batch) as index:
        _enter(index, letters(batch))


def close(batch: Path, at: datetime, *, expected: int | None) -> int:
    """Mend the index, and mark that the batch left at `at` unless it is marked; how many letters it holds.

    Nothing is marked when `expected` is given and is not that number.
    """
    with _index(batch) as index:
        held = letters(batch)
        _enter(index, held)
        if expected in (None, len(held)) and not (batch / PRINTED).exists():
            unfinished = batch / f".{PRINTED}"
            with unfinished.open("w", encoding="utf-8") as mark:
                mark.write(f"{at.isoformat()}\n")
                mark.flush()
                os.fsync(mark.fileno())
            unfinished.rename(batch / PRINTED)
        return len(held)


def left_at(batch: Path) -> datetime | None:
    """When the batch left, None if it has not. A mark the print service made itself says it by its own date."""
    mark = batch / PRINTED
    try:
        text, changed = mark.read_bytes()[:100], mark.stat().st_mtime
    except FileNotFoundError:
        return None
    with suppress(ValueError):  # UnicodeDecodeError is one
        written = datetime.fromisoformat(text.decode().strip())
        if written.tzinfo is not None:
            return written
    return datetime.fromtimestamp(changed, tz=UTC)


@contextmanager
def _index(batch: Path) -> Iterator[TextIO]:
    """The index of the batch, locked."""
    with (batch / INDEX).open("a+", encoding="utf-8") as index:
        fcntl.flock(index, fcntl.LOCK_EX)
        yield index


def _enter(index: TextIO, names: tuple[str, ...]) -> None:
    index.seek(0)
    known = index.read()
    lines = set(known.split("\n"))
    missing = [name for name in names if name not in lines]
    if missing:
        # A line cut short by a full disk is ended, so that it spoils no other.
        index.write("" if not known or known.endswith("\n") else "\n")
        index.writelines(f"{name}\n" for name in missing)
        index.flush()
        os.fsync(index.fileno())
