"""Puts what is recorded into the signed tree: the worker calls it on and on; the dossier never waits for it."""

from audit import AuditLog, Checkpoint, Signer
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.world import World


class Sequencing:
    """The sequencer of this process; on PostgreSQL an advisory lock lets one of several work at a time."""

    def __init__(self, *, database: Database, world: World, log: AuditLog, signer: Signer) -> None:
        self._database = database
        self._world = world
        self._log = log
        self._signer = signer

    @property
    def verifier_key(self) -> str:
        """The public key of the log, in the vkey form a verifier takes."""
        return str(self._signer.verifier)

    def publish_checkpoint(self) -> Checkpoint | None:
        """Integrate what is pending and sign the new head, in one transaction; None when nothing was pending.

        Raises `RecordUnavailable`, and `audit.AuditError` when the stored tree is not the one signed last: nothing is
        signed over a tampered tree.
        """
        return self._database.transact(
            lambda tx: self._log.integrate(SqlLogStore(tx.connection), self._signer, self._world.epoch_ms())
        )
