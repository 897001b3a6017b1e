"""Which logs a witness cosigns: a text file in the manner of a trust file, one line a log, `log VKEY`; # comments."""

import os
from collections.abc import Sequence
from pathlib import Path

from audit import Verifier
from audit.errors import NoteError
from gateway.errors import ConfigurationError, SettingFault

LONGEST_FILE = 100_000


def read_logs(file: Path) -> tuple[Verifier, ...]:
    """The keys trusted. A log that changes its key has two lines for a while. Raises `ConfigurationError` with the
    number of each line that is wrong: a witness that cannot read its list cosigns nothing."""
    try:
        with file.open(encoding="utf-8") as stream:
            text = stream.read(LONGEST_FILE + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError((SettingFault("logs_file", f"{file} cannot be read: {error}"),)) from error
    if len(text) > LONGEST_FILE:
        raise ConfigurationError((SettingFault("logs_file", f"{file} is too long"),))
    logs: list[Verifier] = []
    faults: list[SettingFault] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            if len(words) != 2 or words[0] != "log":
                raise NoteError("a line is: log VKEY")
            logs.append(Verifier(words[1]))
        except NoteError as error:
            faults.append(SettingFault(f"logs_file:{number}", str(error)))
    if faults:
        raise ConfigurationError(tuple(faults))
    return tuple(logs)


def trust_log(file: Path, log: Verifier) -> bool:
    """Add a log's key, durably; False when it is there already. Raises `ConfigurationError`, OSError."""
    if any(str(known) == str(log) for known in read_logs(file)):
        return False
    lines: Sequence[str] = file.read_text(encoding="utf-8").splitlines()
    part = file.with_name(file.name + ".part")
    # Whole or not at all: a server reads the list at this very moment.
    with part.open("w", encoding="utf-8") as stream:
        stream.write("\n".join([*lines, f"log {log}"]) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
    return True
