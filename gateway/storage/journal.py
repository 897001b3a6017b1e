"""The gateway's pen: appends one entry to the audit log, in the transaction of whatever it records, last."""

import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import text

from audit import AuditLog, Receipt
from audit.entry import Fact, Json, Outcome
from audit.vault import period_of
from gateway.storage.log_store import OneEntry, SqlLogStore
from gateway.storage.transaction import Transaction
from gateway.world import World

# Nothing is counted yet: a row that is new says so.
_TAKE_TURNS = text(
    """INSERT INTO audit_subject (subject, last)
    SELECT one, 0 FROM unnest(CAST(:subjects AS text[])) AS one ORDER BY one
    ON CONFLICT (subject) DO UPDATE SET last = audit_subject.last"""
)


class Journal:
    """Every room's recorder writes through one of these. It opens and commits nothing itself."""

    def __init__(self, log: AuditLog, world: World) -> None:
        self.log = log
        self._world = world

    def append(
        self,
        transaction: Transaction,
        entry_type: str,
        outcome: Outcome,
        *,
        entry_id: str = "",
        purpose: str = "",
        policy_version: str = "",
        facts: Mapping[str, Fact] | None = None,
        personal: Mapping[str, Mapping[str, Json]] | None = None,
    ) -> Receipt:
        """Append one entry (`entry_id` is drawn when not given). Whatever it raises must roll the transaction back:
        no entry, no data. `facts` hold nothing personal; `personal` is subject -> name -> value."""
        time = self._world.epoch_ms()
        one = OneEntry(tuple(personal or ()), period_of(time), self.log.counted_among(personal or ()))
        return self.log.append(
            SqlLogStore(transaction.connection, one),
            entry_id=entry_id or self._world.new_entry_id(),
            time=time,
            entry_type=entry_type,
            outcome=outcome,
            purpose=purpose,
            policy_version=policy_version,
            facts=facts,
            personal=personal,
        )


def take_turns(transaction: Transaction, subjects: Iterable[str]) -> None:
    """Before several entries about different people in one transaction: wait for the turn of each who is counted, in
    the order in which every entry takes them. Else two such transactions could wait for each other."""
    counted = sorted(filter(history_is_counted, set(subjects)))
    # SQLite has one writer: it is alone already.
    if counted and transaction.connection.dialect.name == "postgresql":
        transaction.connection.execute(_TAKE_TURNS, {"subjects": counted})


def patient_subject(patient_id: str) -> str:
    """The subject under whose key a patient's personal values are sealed."""
    return f"patient/{patient_id}"


def history_is_counted(subject: str) -> bool:
    """Whether the entries about this subject are numbered, so that a history of them can be shown complete: patients
    and people, not programs.

    Entries about one patient or one person wait for each other, which nobody notices; those of a program with many
    requests at once would too (audit/README.md, section 2).
    """
    return subject.startswith(("patient/", "person/"))


def person_subject(key: str) -> str:
    """The subject of a professional or a portal user: a digest, since their key may hold a name of their provider."""
    return f"person/{_digest(key)}"


def program_subject(key: str) -> str:
    """The subject of a program of the hospital's that acts in its own name."""
    return f"program/{_digest(key)}"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]
