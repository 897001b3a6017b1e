"""The time-stamps of a bundle, held to its heads and, where roots are given, to the authorities that are trusted."""

import hmac
from collections.abc import Sequence

from audit.bundle_reader import BundleReader
from audit.errors import TimestampError
from audit.report import FaultFoundError
from audit.timestamp import digest_of, read_timestamp, verify_timestamp


def check_timestamps(reader: BundleReader, roots: Sequence[bytes]) -> int:
    """How many time-stamps hold. Raises FaultFoundError: timestamp_invalid (malformed, or not by a trusted authority),
    timestamp_conflict (of a head that this bundle does not have: history was signed anew)."""
    tokens = list(reader.timestamps())
    wanted = {size for _, size, _ in tokens}
    notes = {
        line.checkpoint.size: line.checkpoint.note
        for line in (reader.checkpoints() if wanted else ())
        if line.checkpoint.size in wanted
    }
    for file, size, token in tokens:
        try:
            stamped = read_timestamp(token)
            note = notes.get(size)
            if note is None or not hmac.compare_digest(stamped.digest, digest_of(note)):
                raise FaultFoundError("timestamp_conflict", file=file, size=size)
            if roots:
                verify_timestamp(token, note, roots)
        except TimestampError as error:
            raise FaultFoundError("timestamp_invalid", file=file, size=size) from error
    return len(tokens)
