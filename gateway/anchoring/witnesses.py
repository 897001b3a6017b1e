"""Asks the witnesses to cosign our heads, outside any transaction, and keeps what they answer with the head.

A round asks all of them for the same head, so that one head gathers the quorum. A witness that says it saw more of our
log than we have, or another history, is an alarm: this database was set back, or our key signs elsewhere too.
"""

from collections.abc import Callable
from dataclasses import replace

import httpx
from sqlalchemy import select

from audit import AuditLog, Checkpoint
from audit.cosignature import Cosignature, add_cosignatures
from audit.errors import NoteError
from audit.policy import Policy
from audit.witnessing import AddCheckpoint, conflicting_size
from gateway.anchoring.duty import Claim, Duties
from gateway.anchoring.fault import AnchorFault, Fault
from gateway.anchoring.kept import WITNESS, keep
from gateway.anchoring.trust import KnownWitness
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.storage.shards import place, placed
from gateway.storage.tables import audit_checkpoint
from gateway.storage.transaction import Transaction
from gateway.world import World

ROUND = ""
ATTEMPTS = 3  # where it is, its answer to that, and one more in case somebody else was quicker
CLOCK_SECONDS = 24 * 3600
_HEADERS = {"Accept": "text/plain", "Content-Type": "text/plain; charset=utf-8"}


class Witnessing:
    """The rounds. `client` bounds each call in time and size; `policy` is what our readers trust."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        log: AuditLog,
        duties: Duties,
        witnesses: tuple[KnownWitness, ...],
        policy: Policy,
        client: httpx.Client,
        every_ms: int,
        claim_ms: int,
    ) -> None:
        self._database = database
        self._world = world
        self._log = log
        self._duties = duties
        self._witnesses = witnesses
        self._policy = policy
        self._client = client
        self._every_ms = every_ms
        self._claim_ms = claim_ms

    def run_due(self, keep_going: Callable[[], bool] = lambda: True) -> int:
        """Hold a round when there is a head that a witness lacks and the last round is long enough ago; how many
        cosignatures it brought. Raises `Unavailable`, and `audit.AuditError` when the stored tree has no proof."""
        with self._database.lookup() as connection:
            head = SqlLogStore(connection).head()
        if head is None or not self._lacking(head):
            return 0
        every = self._duties.claim(WITNESS, ROUND, self._claim_ms * len(self._witnesses))
        if every is None:
            return 0
        began = self._world.epoch_ms()
        brought = sum(self._ask(witness, head) for witness in self._witnesses if keep_going())
        number, again = place(head.shard, head.size), began + self._every_ms
        self._database.transact(lambda tx: self._duties.done(tx.connection, every, head=number, again=again))
        return brought

    def _lacking(self, head: Checkpoint) -> bool:
        now, number, duties = self._world.epoch_ms(), place(head.shard, head.size), self._duties.look()
        every = duties.get((WITNESS, ROUND))
        if every is not None and every.waits_until > now:
            return False
        states = (duties.get((WITNESS, witness.name)) for witness in self._witnesses)
        # Not "less": a witness that has more than the newest head is asked too, and says so.
        return any(one is None or (one.head != number and one.waits_until <= now) for one in states)

    def _ask(self, witness: KnownWitness, head: Checkpoint) -> int:
        claim = self._duties.claim(WITNESS, witness.name, self._claim_ms)
        if claim is None:
            return 0
        brought = 0
        try:
            for target in self._targets(claim.duty.head, head):
                self._keep(witness, claim, target, self._cosigned(witness, claim, target), last=target is head)
                brought += 1
        except AnchorFault as fault:
            self._duties.failed(claim, fault.fault)
        return brought

    def _targets(self, seen: int, head: Checkpoint) -> list[Checkpoint]:
        """The head of the round; before it the last one of a year that ended since, so that no year stays open."""
        shard, size = placed(seen)
        if place(head.shard, head.size) == seen:
            return []
        with self._database.lookup() as connection:
            before = SqlLogStore(connection).head(shard) if shard != head.shard and seen else None
        return [head] if before is None or before.size <= size else [before, head]

    def _cosigned(self, witness: KnownWitness, claim: Claim, head: Checkpoint) -> str:
        """The signature lines the witness answers with, not verified yet. Raises AnchorFault."""
        shard, size = placed(claim.duty.head)
        known = old = size if shard == head.shard and size <= head.size else 0
        for _ in range(ATTEMPTS):
            answer = self._call(witness, head, old)
            reported = conflicting_size(answer.status_code, _text(answer), answer.headers)
            if reported is None:
                return _usable(answer)
            if reported > head.size:
                raise AnchorFault(Fault.BUSY if self._have(head.shard, reported) else Fault.AHEAD)
            if reported == old:
                # Of the size it is at, it has another root; anything else a witness may not answer.
                raise AnchorFault(Fault.FORKED if old == head.size else Fault.REFUSED)
            if reported < known:
                self._database.transact(lambda tx: self._duties.alert(tx.connection, claim.duty, Fault.FORGOT))
                known = reported
            old = reported
        raise AnchorFault(Fault.BUSY)

    def _have(self, shard: int, size: int) -> bool:
        with self._database.lookup() as connection:
            newest = SqlLogStore(connection).head(shard)
        return newest is not None and newest.size >= size

    def _call(self, witness: KnownWitness, head: Checkpoint, old: int) -> httpx.Response:
        with self._database.reading() as connection:
            proof = self._log.prove_consistency(SqlLogStore(connection), old, head.size, head.shard)
        body = str(AddCheckpoint(old, tuple(proof) if old else (), head.note))
        try:
            return self._client.post(f"{witness.url}/add-checkpoint", content=body.encode(), headers=_HEADERS)
        except httpx.HTTPError as error:
            raise AnchorFault(Fault.SILENT) from error

    def _keep(self, witness: KnownWitness, claim: Claim, head: Checkpoint, lines: str, *, last: bool) -> None:
        """Verify what came and put it under the stored head. Raises AnchorFault: then nothing is kept."""
        cosignature = self._verified(witness, head, lines)
        if abs(cosignature.time - self._world.epoch_ms() // 1000) > CLOCK_SECONDS:
            raise AnchorFault(Fault.CLOCK)
        number = place(head.shard, head.size)
        stored = select(audit_checkpoint.c.note).where(audit_checkpoint.c.size == number).with_for_update()

        def unit(tx: Transaction) -> None:
            # Another witness's line may have come meanwhile: each is added to the note as it is now.
            note, added = add_cosignatures(tx.connection.execute(stored).scalar_one(), lines, [witness.verifier])
            if added:
                names = self._policy.cosignatures(note)
                counted = len(names) if self._policy.satisfied(names) else 0
                SqlLogStore(tx.connection).cosign(replace(head, note=note), counted)
                keep(tx.connection, self._world, WITNESS, witness.name, number, lines.encode())
            if last:
                self._duties.done(tx.connection, claim, head=number)

        self._database.transact(unit)

    def _verified(self, witness: KnownWitness, head: Checkpoint, lines: str) -> Cosignature:
        bare = head.note
        try:
            found = witness.verifier.find(add_cosignatures(bare, lines, [witness.verifier])[0])
        except NoteError as error:
            raise AnchorFault(Fault.FALSE) from error
        if found is None:
            raise AnchorFault(Fault.OTHER_KEY)
        return found


def _usable(answer: httpx.Response) -> str:
    if answer.status_code == 200:
        return _text(answer)
    if answer.status_code in (403, 404):
        raise AnchorFault(Fault.UNKNOWN_LOG)
    if answer.status_code == 422:
        # Our proof holds on our side, from the size it says it saw: there it saw another tree.
        raise AnchorFault(Fault.FORKED)
    raise AnchorFault(Fault.SILENT if answer.status_code >= 500 else Fault.REFUSED)


def _text(answer: httpx.Response) -> str:
    # Whatever charset it says: signature lines are UTF-8, and anything else will not verify.
    return answer.content.decode("utf-8", "replace")
