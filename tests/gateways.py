"""A whole gateway for a test: the demo's own configuration, a database holding the demo hospital, a still world."""

from pathlib import Path

from gateway.assembly import Gateway, assemble
from gateway.demo.configuration import write_configuration
from gateway.demo.hospital.loading import load_demo_hospital
from gateway.settings import Settings, load_settings
from gateway.storage.database import Database
from gateway.storage.migrating import migrate
from gateway.world import World
from tests.worlds import StillWorld

PORT = 8099


def demo_settings(folder: Path, world: World) -> Settings:
    """The demo's settings, its files in `folder`."""
    return load_settings(write_configuration(folder, PORT, world)).settings


def load_hospital(url: str, settings: Settings) -> None:
    """Migrate the database and invent the demo hospital in it, as of the still world's day."""
    migrate(url)
    database = Database(url)
    load_demo_hospital(database, StillWorld(seed="hospital").world, issuer=settings.identity.staff.issuer)
    database.close()


def assemble_on(url: str, settings: Settings, world: World) -> Gateway:
    """The gateway of these settings over this database."""
    moved = settings.model_copy(update={"database": settings.database.model_copy(update={"url": url})})
    return assemble(moved, world)
