"""An access whose ground is gone (an opposition, a block, a refusal, a death since it was opened) ends at the next
reading: a dossier that is shut must never look empty."""

from gateway.access.grants import StoredGrant, end_grant, is_still_open
from gateway.access.recorders import AccessRecorder
from gateway.dossiers.connector import DocumentStatus
from gateway.errors import AccessNotOpen, DossierUnavailable
from gateway.identity.staff_member import StaffMember
from gateway.storage.alerts import raise_alert
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import Decision, Document

# A document of no type, with nothing against it: no rule permits it, so a rule that names it refuses every document.
ANY_DOCUMENT = Document(
    id="any",
    type_code="",
    class_code="",
    masked=False,
    invisible_to_patient=False,
    invisible_to_representatives=False,
    status=DocumentStatus.CURRENT.value,
    deposited_by_actor=True,
)


class Withdrawing:
    """Ends what the rules no longer bear, on the record."""

    def __init__(self, *, database: Database, world: World, recorder: AccessRecorder) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder

    def require_ground(self, staff: StaffMember, grant: StoredGrant, of_any: Decision) -> None:
        """`of_any` is what the rules say of `ANY_DOCUMENT` under this access, when nothing of the dossier may be read.

        Raises `AccessNotOpen` after ending the access, when they refuse whatever it would read; `DossierUnavailable`
        when they could not be asked; `RecordUnavailable`.
        """
        if of_any.engine_faults:
            self._database.transact(lambda tx: self._alert(tx, of_any.engine_faults))
            raise DossierUnavailable("the rules could not be asked")
        if of_any.rule_ids:
            self._database.transact(lambda tx: self._withdraw(tx, staff, grant, of_any))
            raise AccessNotOpen("the rules refuse every document of this access now")

    def _withdraw(self, tx: Transaction, staff: StaffMember, grant: StoredGrant, of_any: Decision) -> None:
        now = self._world.epoch_ms()
        if is_still_open(tx.connection, staff.key, grant.id, now):
            end_grant(tx.connection, grant, now)
            self._recorder.withdrawn(tx, staff, grant, of_any.rule_ids, of_any.book_digest)

    def _alert(self, tx: Transaction, faults: tuple[str, ...]) -> None:
        for fault in faults:
            raise_alert(tx.connection, self._world, "policy-engine", fault)
