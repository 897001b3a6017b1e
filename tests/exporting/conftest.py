"""One night at the demo hospital, played once, for tests that only read its record."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.assembly import Gateway
from gateway.exporting.audit_event import RecordedEntry
from gateway.exporting.event_parts import EventSource
from gateway.exporting.joining import event_source
from gateway.exporting.record import RecordReader
from gateway.settings import Settings
from tests.exporting.scenario import gateway_of, play_a_night
from tests.worlds import StillWorld

FOREVER = 2**50


@dataclass
class Night:
    """The gateway after the night, its record, and the access that was opened."""

    gateway: Gateway
    still: StillWorld
    access: str
    entries: list[RecordedEntry]
    source: EventSource

    def reader(self) -> RecordReader:
        """Of its record."""
        return RecordReader(database=self.gateway.database, log=self.gateway.log)

    def of_type(self, entry_type: str) -> RecordedEntry:
        """The first entry of a type."""
        return next(item for item in self.entries if item.entry.type == entry_type)


def whole_record(reader: RecordReader) -> list[RecordedEntry]:
    """Every entry, oldest first."""
    return [item for page in reader.oldest_first(0, FOREVER) for item in page]


def play(hospital: tuple[Settings, Path], folder: Path) -> Night:
    """A night of one's own."""
    still = StillWorld()
    gateway = gateway_of(hospital, folder, still)
    access = play_a_night(gateway, still)
    night = Night(gateway, still, access, [], event_source(gateway.settings))
    night.entries = whole_record(night.reader())
    return night


@pytest.fixture(scope="session")
def night(demo_hospital: tuple[Settings, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """A night to read, not to change."""
    played = play(demo_hospital, tmp_path_factory.mktemp("night"))
    yield played
    played.gateway.close()


@pytest.fixture
def own_night(demo_hospital: tuple[Settings, Path], tmp_path: Path) -> Iterator[Night]:
    """A night to change."""
    played = play(demo_hospital, tmp_path)
    yield played
    played.gateway.close()
