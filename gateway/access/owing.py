"""Which notices an opening owes, and to whom: the law's floor, which no version of the rules can lower and any can
raise, by its settings or by a rule."""

from sqlalchemy import Connection

from gateway.access.context import PatientContext
from gateway.notifications.code import new_code
from gateway.notifications.notice import NewNotice, NoticeKind, Recipient
from gateway.notifications.outbox import queue
from gateway.patients.patient import PatientRecord
from gateway.world import World
from policies import HospitalRules, Mode


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
        settings: HospitalRules,
    ) -> tuple[NewNotice, ...]:
        """The notices owed, the patient's first.

        The floor, whatever a version says: of an emergency access the patient and the médecin traitant where known
        (CSP R1111-48) and the representative of a protected adult (L1111-2 III), of a professional's first access the
        patient. The settings and the rules add to it, and so does a patient who chose to be told of every access.
        """
        told = _floor(mode, first_access) | settings.notices.owed(mode, first_access=first_access)
        told |= {word.removeprefix("notify:") for word in obligations if word.startswith("notify:")}
        if context.wants_every_notice:
            told.add(Recipient.PATIENT.value)
        if context.has_guardian and mode is not Mode.NORMAL:
            told.add(Recipient.LEGAL_REPRESENTATIVE.value)
        kind = _KINDS[mode]
        known = [Recipient.PATIENT, *([Recipient.MEDECIN_TRAITANT] if context.has_medecin_traitant else [])]
        known += [Recipient.LEGAL_REPRESENTATIVE] if context.has_guardian else []
        return tuple(
            self._notice(grant_id, context.patient, kind, recipient) for recipient in known if recipient.value in told
        )

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


def _floor(mode: Mode, first_access: bool) -> set[str]:
    """Said here and not read from any version: what the law requires is no setting."""
    if mode is not Mode.NORMAL:
        return {Recipient.PATIENT.value, Recipient.MEDECIN_TRAITANT.value}
    return {Recipient.PATIENT.value} if first_access else set()


_KINDS = {
    Mode.NORMAL: NoticeKind.FIRST_ACCESS,
    Mode.BREAK_GLASS: NoticeKind.BREAK_GLASS,
    Mode.CENTRE_15: NoticeKind.CENTRE_15,
}
