"""The writing of drafts: each change in one transaction with its entry, and nobody's work overwritten unseen."""

from collections.abc import Mapping

from sqlalchemy import Connection

from gateway.errors import InvalidRequest, NotAllowed, NotFound
from gateway.rulebook.contents import lock_rulebook
from gateway.rulebook.drafts import Draft, DraftLine
from gateway.rulebook.kept_drafts import add_draft, change_files, close_draft, find_draft, open_drafts
from gateway.rulebook.naming import find_set
from gateway.rulebook.people import Person, who
from gateway.rulebook.recorder import RulebookRecorder
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import PolicyError, Sources
from policies.sources import MAX_BYTES, MAX_FILE_BYTES, MAX_FILES, NEEDED, REQUIRED

LONGEST_TITLE = 200
MOST_PATHS_RECORDED = 50
# What a set that is not whole yet lacks: no fault of the file that is being written.
_OF_THE_WHOLE = frozenset({*REQUIRED, *(f"{folder}/" for folder in NEEDED), "./"})


class Drafting:
    """See `Publishing`, whose methods of the same names these are."""

    def __init__(self, *, database: Database, world: World, recorder: RulebookRecorder) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder

    def drafts(self) -> tuple[DraftLine, ...]:
        """The open drafts."""
        with self._database.reading() as connection:
            return open_drafts(connection)

    def draft(self, draft_id: str) -> Draft:
        """One draft."""
        with self._database.reading() as connection:
            return find_draft(connection, draft_id)

    def start(self, person: Person, title: str, base: str, files: Mapping[str, bytes] | None = None) -> Draft:
        """A new draft from `base`, or from these files (then it has no base)."""
        require_it(person)
        title = " ".join(title.split())
        if not 1 <= len(title) <= LONGEST_TITLE:
            raise InvalidRequest("a draft has a title of 1 to 200 characters", field="title")
        if files is not None:
            _check_files(files)
        draft_id = self._world.new_id()

        def unit(tx: Transaction) -> Draft:
            lock_rulebook(tx.connection)
            began = find_set(tx.connection, base) if files is None else None
            held, number = (began.files, began.number) if began is not None else (files or {}, 0)
            add_draft(tx.connection, draft_id, title, number, who(person), self._world.epoch_ms(), held)
            self._recorder.drafted(tx, person, draft_id, "started", {"base": number, "files": len(held)})
            return find_draft(tx.connection, draft_id)

        return self._database.transact(unit)

    def change(self, person: Person, draft_id: str, changes: Mapping[str, bytes | None], revision: int) -> Draft:
        """Write or remove files, all or none."""
        require_it(person)
        _check_files({path: content for path, content in changes.items() if content is not None})

        def unit(tx: Transaction) -> Draft:
            lock_rulebook(tx.connection)
            draft = open_draft(tx.connection, draft_id)
            for path, content in changes.items():
                if content is None and path not in draft.files:
                    raise NotFound("the draft has no such file")
            by, now = who(person), self._world.epoch_ms()
            if not change_files(tx.connection, draft, changes, revision, by, now):
                return draft
            paths = sorted(changes)[:MOST_PATHS_RECORDED]
            changed = find_draft(tx.connection, draft_id)
            self._recorder.drafted(tx, person, draft_id, "changed", {"paths": paths, "revision": changed.revision})
            return changed

        return self._database.transact(unit)

    def discard(self, person: Person, draft_id: str) -> None:
        """Give it up."""
        require_it(person)

        def unit(tx: Transaction) -> None:
            lock_rulebook(tx.connection)
            open_draft(tx.connection, draft_id)
            close_draft(tx.connection, draft_id, "discarded", self._world.epoch_ms())
            self._recorder.drafted(tx, person, draft_id, "discarded", {})

        self._database.transact(unit)


def open_draft(connection: Connection, draft_id: str) -> Draft:
    """A draft that may still be changed. Raises `NotFound`."""
    draft = find_draft(connection, draft_id)
    if draft.state != "open":
        raise NotFound("the draft is no longer open")
    return draft


def _check_files(files: Mapping[str, bytes]) -> None:
    """Raises `InvalidRequest` for what no version may hold: a path, a size, a number of files."""
    if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_BYTES:
        raise InvalidRequest("too many files, or too large in all", field="content")
    for path, content in files.items():
        if len(content) > MAX_FILE_BYTES:
            raise InvalidRequest("a file of the rules has at most 4 MB", field="content")
        try:
            Sources.of({path: content})
        except PolicyError as error:
            if any(fault.file == path or fault.file not in _OF_THE_WHOLE for fault in error.faults):
                raise InvalidRequest("no version of the rules may hold a file of that name", field="path") from None


def require_it(person: Person) -> None:
    """Raises `NotAllowed` for anybody who is not of hospital IT."""
    if "it" not in person.roles:
        raise NotAllowed("the rules are changed by hospital IT")
