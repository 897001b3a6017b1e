"""Which notices an opening owes, and to whom: the law's floor, which no rule can lower and any rule can raise."""

from sqlalchemy import Connection

from gateway.access.context import PatientContext
from gateway.notifications.code import new_code
from gateway.notifications.notice import NewNotice, NoticeKind, Recipient
from gateway.notifications.outbox import queue
from gateway.patients.patient import PatientRecord
from gateway.world import World
from policies import Mode


class Owing:
    """Says what is owed, and queues it in the transaction that opens the grant."""

    def __init__(self, world: World) -> None:
        self._world = world

    def notices(
        self,
        grant_id: str,
        context: PatientContext,
        mode: Mode,
        first_access: bool,
        obligations: tuple[str, ...],
    ) -> tuple[NewNotice, ...]:
        """The notices owed, the patient's first.

        An emergency access: the patient, and the médecin traitant where known (CSP R1111-48). A professional's first
        access: the patient. Any access for which a rule obliges `notify:patient`: the patient.
        """
        emergency = mode is not Mode.NORMAL
        if not (emergency or first_access or "notify:patient" in obligations):
            return ()
        kind = _KINDS[mode]
        owed = [self._notice(grant_id, context.patient, kind, Recipient.PATIENT)]
        if (emergency or "notify:medecin_traitant" in obligations) and context.has_medecin_traitant:
            owed.append(self._notice(grant_id, context.patient, kind, Recipient.MEDECIN_TRAITANT))
        return tuple(owed)

    def queue(self, connection: Connection, owed: tuple[NewNotice, ...]) -> None:
        """Put them in the outbox: the same commit as the grant, or neither."""
        queue(connection, *owed)

    def _notice(self, grant_id: str, patient: PatientRecord, kind: NoticeKind, recipient: Recipient) -> NewNotice:
        return NewNotice(
            id=self._world.new_id(),
            grant_id=grant_id,
            patient_id=patient.id,
            kind=kind,
            recipient=recipient,
            code=new_code(self._world.random_bytes),
            language=patient.language,
            created_at=self._world.epoch_ms(),
        )


_KINDS = {
    Mode.NORMAL: NoticeKind.FIRST_ACCESS,
    Mode.BREAK_GLASS: NoticeKind.BREAK_GLASS,
    Mode.CENTRE_15: NoticeKind.CENTRE_15,
}
