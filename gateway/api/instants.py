"""Instants as the contract writes them: RFC 3339, UTC, `Z`, milliseconds where stored."""

from datetime import UTC, datetime

from gateway.world import from_epoch_ms


def rfc3339(moment: datetime) -> str:
    """`2026-11-22T03:00:00.000Z` of an aware moment."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc3339_ms(epoch_ms: int) -> str:
    """The same of stored milliseconds."""
    return rfc3339(from_epoch_ms(epoch_ms))
