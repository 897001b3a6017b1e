"""The assembled gateway behind the API, on a database of its own, with real documents in it.

Only the judge of tokens is not the real one: its own tests hold it to real providers.
"""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.assembly import Gateway, assemble
from gateway.demo.configuration import write_configuration
from gateway.dossiers.importing import import_folder
from gateway.patients.ins import TEST_OIDS
from gateway.settings import load_settings
from gateway.world import real_world
from tests.api.hospital_in_memory import TokenJudge


@contextmanager
def real_gateway(folder: Path, database_url: str, documents: Path) -> Iterator[Gateway]:
    """A demo-profile gateway whose directory and dossiers hold the folder's documents and the people they name."""
    settings = load_settings(write_configuration(folder, 8080, real_world())).settings
    database = settings.database.model_copy(update={"url": database_url, "pool_size": 4})
    gateway = assemble(settings.model_copy(update={"database": database}), real_world())
    try:
        import_folder(gateway.database, gateway.world, documents, allowed_oids=TEST_OIDS)
        yield dataclasses.replace(gateway, bearer=TokenJudge())
    finally:
        gateway.close()
