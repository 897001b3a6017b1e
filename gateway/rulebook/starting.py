"""Which version a process starts with: the one in force, else the newest earlier one that can be loaded, else none.

The first version is taken from the folder of the configuration, once; from then on the database is the truth. A set
kept by an earlier release that lacks a file this release needs is completed with the folder's, as a version of its own.
"""

from collections.abc import Mapping

from gateway.errors import ConfigurationError, SettingFault
from gateway.rulebook.contents import lock_rulebook, text_digest, version_files
from gateway.rulebook.in_force import Held
from gateway.rulebook.kept_activations import Look, add_activation, find_activation, former_numbers, look, take_due
from gateway.rulebook.kept_versions import add_version, find_version, kept_files_are, name_version, number_of_text
from gateway.rulebook.loading import CannotLoad, Loaded, build, load, pins_of
from gateway.rulebook.people import Who
from gateway.rulebook.recorder import RulebookRecorder
from gateway.settings import PolicySettings
from gateway.storage.alerts import raise_alert
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import PolicyError, Sources

INSTALLATION = Who("installation", "installation")
ALERT = "policies-not-loaded"


class Starting:
    """Chooses, loads and records the version a process starts with."""

    def __init__(
        self, *, database: Database, world: World, recorder: RulebookRecorder, settings: PolicySettings
    ) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder
        self._settings = settings

    def start(self) -> Held:
        """What decides here from now on, recorded. Raises `ConfigurationError` when nothing can, `RecordUnavailable`,
        `Unavailable`."""
        now = self._world.epoch_ms()
        wanted = self._look(now)
        if wanted.number == 0:
            self._take_folder()
        elif wanted.due:
            self._database.transact(lambda tx: take_what_is_due(tx, self._world, self._recorder))
        wanted = self._look(now)
        trouble = ""
        try:
            loaded = self._load(wanted.number)
        except CannotLoad as error:
            trouble = str(error)
            completed = self._complete(wanted)
            loaded = completed or self._earlier(wanted, trouble)
            if completed is not None:
                wanted, trouble = self._look(now), ""
        held = Held(
            book=loaded.book,
            number=loaded.version.number,
            turn=0 if trouble else wanted.turn,
            since=now,
            refused_turn=wanted.turn if trouble else 0,
            trouble=trouble,
        )
        self._database.transact(lambda tx: self._record(tx, held))
        return held

    def _look(self, now: int) -> Look:
        with self._database.reading() as connection:
            return look(connection, now)

    def _load(self, number: int) -> Loaded:
        with self._database.reading() as connection:
            return load(connection, number, pins_of(self._settings))

    def _earlier(self, wanted: Look, trouble: str) -> Loaded:
        with self._database.reading() as connection:
            candidates = former_numbers(connection, wanted.turn)
        for number in candidates:
            try:
                return self._load(number)
            except CannotLoad:
                continue
        raise ConfigurationError((SettingFault("policies", f"no version of the rules can be loaded: {trouble}"),))

    def _take_folder(self) -> None:
        """The folder's rules become version 1, once, whichever process comes first. Raises `ConfigurationError`."""
        sources = self._read_folder()
        try:
            build(sources, pins_of(self._settings))
        except PolicyError as error:
            raise _folder_faults(error) from error

        def unit(tx: Transaction) -> None:
            lock_rulebook(tx.connection)
            if look(tx.connection, 0).number == 0:
                self._take_in(tx, sources, "folder", "first", base_number=0)

        self._database.transact(unit)

    def _complete(self, wanted: Look) -> Loaded | None:
        """The version in force with the files it lacks, from the folder; None when that is not what keeps it out."""
        with self._database.reading() as connection:
            files = version_files(connection, wanted.number)
            if not kept_files_are(files, find_version(connection, wanted.number)):
                return None
        try:
            sources = _completed(files, self._read_folder().files)
            if sources is None:
                return None
            build(sources, pins_of(self._settings))
        except (PolicyError, ConfigurationError):
            return None

        def unit(tx: Transaction) -> int:
            lock_rulebook(tx.connection)
            known = number_of_text(tx.connection, text_digest(sources.files))
            if known == 0:
                known = self._take_in(tx, sources, "release", "release", base_number=wanted.number)
            return known

        return self._load(self._database.transact(unit))

    def _take_in(self, tx: Transaction, sources: Sources, origin: str, kind: str, *, base_number: int) -> int:
        now, activation_id = self._world.epoch_ms(), self._world.new_id()
        number = add_version(
            tx.connection,
            sources,
            title=self._settings.folder.name or "policies",
            origin=origin,
            base_number=base_number,
            authors=(INSTALLATION,),
            by=INSTALLATION,
            now=now,
        )
        add_activation(tx.connection, activation_id, number, kind, INSTALLATION, now)
        self._recorder.taken_in(tx, find_version(tx.connection, number), len(sources.files))
        self._recorder.activated(tx, find_activation(tx.connection, activation_id), person=None)
        return number

    def _read_folder(self) -> Sources:
        try:
            return Sources.read(self._settings.folder)
        except PolicyError as error:
            raise _folder_faults(error) from error

    def _record(self, tx: Transaction, held: Held) -> None:
        name_version(tx.connection, held.book.digest, held.number, held.since)
        if held.trouble:
            raise_alert(tx.connection, self._world, ALERT, held.trouble)
            self._recorder.load_failed(tx, held.number, held.book.digest, held.trouble)
        self._recorder.loaded(tx, held.book, held.number)


def take_what_is_due(tx: Transaction, world: World, recorder: RulebookRecorder) -> None:
    """Scheduled versions whose time has come take force, each with its entry; one process of all does it."""
    lock_rulebook(tx.connection)
    for activation in take_due(tx.connection, world.epoch_ms()):
        recorder.activated(tx, activation, person=None)


def _completed(files: Mapping[str, bytes], shipped: Mapping[str, bytes]) -> Sources | None:
    """The files with what they lack of the shipped ones: single files, or a whole folder of which they have none.
    Never a file of a folder they have: a rule somebody took out stays out. None when nothing is lacking."""
    folders = {path.partition("/")[0] for path in files if "/" in path}
    lacking = {
        path: content
        for path, content in shipped.items()
        if path not in files and ("/" not in path or path.partition("/")[0] not in folders)
    }
    return Sources.of({**files, **lacking}) if lacking else None


def _folder_faults(error: PolicyError) -> ConfigurationError:
    return ConfigurationError(tuple(SettingFault("policies.folder", str(fault)) for fault in error.faults))
