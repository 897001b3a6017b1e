"""The proof behind a notice's landing page: the code says which notice, the birth date says it is the holder.

Every refusal looks the same from outside: an unknown code, a wrong date and a locked code get one answer, whose words
name the lock-out in general ("after five wrong answers, wait a quarter of an hour"). `outcome` is for the record.
"""

import hmac
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.notifications import outbox
from gateway.notifications.notice import Notice, Recipient
from gateway.storage.tables import notice_proof_attempt, patient

FREE_FAILURES = 5
FIRST_LOCK_MS = 15 * 60_000
# A holder is never shut out for longer than a day; a stranger has one guess a day of some 36,500 dates.
LONGEST_LOCK_MS = 24 * 3_600_000

_HOLDER = select(patient.c.birth_date, patient.c.deceased_on).where(patient.c.id == bindparam("patient_id"))
_ATTEMPTS = select(notice_proof_attempt).where(notice_proof_attempt.c.code == bindparam("of_code")).with_for_update()


class ProofOutcome(StrEnum):
    """For the record alone; the page tells `proven` from the rest and no more."""

    PROVEN = "proven"
    WRONG = "wrong"
    LOCKED = "locked"
    UNKNOWN = "unknown"
    DECEASED = "deceased"


@dataclass(frozen=True, slots=True)
class ProofAnswer:
    """`notice` is given when the proof holds, and only then; `notice_id` names it for the record where one exists."""

    outcome: ProofOutcome
    notice: Notice | None
    notice_id: str | None


def lock_ms(failures: int) -> int:
    """How long a code is locked after that many wrong proofs in a row: nothing up to the fourth, 15 minutes at the
    fifth, and twice as long at each one more, up to a day."""
    if failures < FREE_FAILURES:
        return 0
    return min(FIRST_LOCK_MS << min(failures - FREE_FAILURES, 20), LONGEST_LOCK_MS)


def check_proof(connection: Connection, *, code: str, birth_date: str, now_ms: int) -> ProofAnswer:
    """Does `birth_date` (ISO) belong to the holder the notice with `code` was sent to? Call it in a transaction that
    commits whatever the answer is: a wrong proof counts.

    A right proof while the code is locked is refused too, and does not lengthen the lock; one after it clears the
    count. The médecin traitant's code proves nothing here: they ask on the phone. Nor does anybody's whose holder died:
    relatives know a birth date and open letters, and their way is CSP L1110-4 V. Guesses at the same code wait for
    one another, so that many at once are not more guesses.
    """
    notice = outbox.find_by_code(connection, code)
    holders = notice is not None and notice.recipient is Recipient.PATIENT
    # The same statements whether the code exists or not, so that the time taken tells nothing.
    if holders:
        _open_count(connection, code)
    attempts = connection.execute(_ATTEMPTS, {"of_code": code}).one_or_none()
    holder = connection.execute(_HOLDER, {"patient_id": notice.patient_id if notice else ""}).one_or_none()
    right = hmac.compare_digest((holder.birth_date if holder else "").encode(), birth_date.encode())
    if notice is None or not holders or attempts is None:
        return ProofAnswer(ProofOutcome.UNKNOWN, None, None)
    # A lock longer than any was set by a clock that has since jumped back: it counts as over.
    if now_ms < attempts.locked_until <= now_ms + LONGEST_LOCK_MS:
        return ProofAnswer(ProofOutcome.LOCKED, None, notice.id)
    if not right:
        failures = attempts.failures + 1
        connection.execute(
            update(notice_proof_attempt)
            .where(notice_proof_attempt.c.code == code)
            .values(failures=failures, locked_until=now_ms + lock_ms(failures))
        )
        return ProofAnswer(ProofOutcome.WRONG, None, notice.id)
    if holder is None or holder.deceased_on is not None:
        return ProofAnswer(ProofOutcome.DECEASED, None, notice.id)
    connection.execute(
        update(notice_proof_attempt).where(notice_proof_attempt.c.code == code).values(failures=0, locked_until=0)
    )
    return ProofAnswer(ProofOutcome.PROVEN, notice, notice.id)


def _open_count(connection: Connection, code: str) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(notice_proof_attempt).values(code=code, failures=0).on_conflict_do_nothing())
