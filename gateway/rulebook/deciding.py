"""Approvals, activations and roll-backs: who may put a version in force, when, and what stands in the way.

A refused step is recorded in a transaction of its own, then raised: raising inside would undo its own record.
"""

from collections.abc import Callable
from typing import TypeVar

from gateway.errors import Hindrance, NotAllowed, RulesRefused
from gateway.rulebook import hindrances
from gateway.rulebook.activations import Activation
from gateway.rulebook.contents import lock_rulebook
from gateway.rulebook.drafting import require_it
from gateway.rulebook.kept_activations import (
    add_activation,
    cancel_activation,
    find_activation,
    former_numbers,
    look,
    previous_number,
)
from gateway.rulebook.kept_versions import add_approval, find_version
from gateway.rulebook.loading import CannotLoad, load, pins_of
from gateway.rulebook.naming import version_number
from gateway.rulebook.people import ConsoleAccount, Person, who
from gateway.rulebook.recorder import RulebookRecorder
from gateway.rulebook.versions import Version
from gateway.settings import PolicySettings
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World

T = TypeVar("T")
LONGEST_AHEAD_MS = 90 * 24 * 3600 * 1000


class Deciding:
    """See `Publishing`, whose methods of the same names these are."""

    def __init__(
        self, *, database: Database, world: World, recorder: RulebookRecorder, settings: PolicySettings
    ) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder
        self._pins = pins_of(settings)

    def approve(self, person: Person, ref: str) -> Version:
        """Agree to a version."""
        if not {"it", "dpo"} & person.roles:
            raise NotAllowed("versions are approved by hospital IT and the DPO")

        def unit(tx: Transaction) -> Version | _Refused:
            lock_rulebook(tx.connection)
            version = find_version(tx.connection, version_number(tx.connection, ref))
            roles = _roles_of(person, version)
            found = _against_approval(person, version, roles)
            if found:
                return self._refused(tx, person, "approve", version, found)
            for role in roles:
                add_approval(tx.connection, version.number, who(person), role, self._world.epoch_ms())
            approved = find_version(tx.connection, version.number)
            self._recorder.approved(tx, person, approved, roles)
            return approved

        return _answer(self._database.transact(unit))

    def activate(self, person: Person, ref: str, at: int | None) -> Activation:
        """Put an approved version in force, now or at its time."""
        require_it(person)
        version, trouble = self._try(ref)

        def against(version: Version, _former: tuple[int, ...]) -> list[Hindrance]:
            found = [] if not version.lacking else [hindrances.not_approved(version)]
            if version.state == "in_force":
                found.append(hindrances.in_force_already(version))
            now = self._world.epoch_ms()
            if at is not None and not now < at <= now + LONGEST_AHEAD_MS:
                found.append(hindrances.at_no_time())
            return found

        return self._put(person, version.number, "activate", against, trouble, at)

    def rollback(self, person: Person, ref: str) -> Activation:
        """Back to a version that was in force, at once."""
        require_it(person)
        with self._database.reading() as connection:
            number = previous_number(connection)
            if not ref and number == 0:
                raise RulesRefused((hindrances.no_former(),))
        version, trouble = self._try(ref or str(number))

        def against(version: Version, former: tuple[int, ...]) -> list[Hindrance]:
            if version.state == "in_force":
                return [hindrances.in_force_already(version)]
            return [] if version.number in former else [hindrances.never_in_force(version)]

        return self._put(person, version.number, "rollback", against, trouble, None)

    def cancel(self, person: Person, activation_id: str) -> Activation:
        """Call a scheduled activation off."""
        require_it(person)

        def unit(tx: Transaction) -> Activation | _Refused:
            lock_rulebook(tx.connection)
            found = find_activation(tx.connection, activation_id)
            if found.cancelled_at is not None:
                return found
            if found.turn:
                version = find_version(tx.connection, found.number)
                return self._refused(tx, person, "cancel", version, [hindrances.taken_already()])
            cancel_activation(tx.connection, activation_id, who(person), self._world.epoch_ms())
            self._recorder.cancelled(tx, found, person)
            return find_activation(tx.connection, activation_id)

        return _answer(self._database.transact(unit))

    def _try(self, ref: str) -> tuple[Version, list[Hindrance]]:
        """The version, and what keeps it from deciding here: found out before the transaction, it takes 0.1 s."""
        with self._database.reading() as connection:
            version = find_version(connection, version_number(connection, ref))
            if self._pins and version.guardrails_digest not in self._pins:
                return version, [hindrances.not_pinned(version, self._pins)]
            try:
                load(connection, version.number, self._pins)
            except CannotLoad as error:
                return version, [hindrances.cannot_load(str(error))]
        return version, []

    def _put(
        self,
        person: Person,
        number: int,
        kind: str,
        against: Callable[[Version, tuple[int, ...]], list[Hindrance]],
        trouble: list[Hindrance],
        at: int | None,
    ) -> Activation:
        activation_id = self._world.new_id()

        def unit(tx: Transaction) -> Activation | _Refused:
            lock_rulebook(tx.connection)
            version = find_version(tx.connection, number)
            former = former_numbers(tx.connection, look(tx.connection, 0).turn)
            found = [*against(version, former), *trouble]
            if found:
                return self._refused(tx, person, kind, version, found)
            now = self._world.epoch_ms()
            add_activation(tx.connection, activation_id, number, kind, who(person), now, effective_at=at)
            activation = find_activation(tx.connection, activation_id)
            if at is None:
                self._recorder.activated(tx, activation, person=person)
            else:
                self._recorder.scheduled(tx, activation, person)
            return activation

        return _answer(self._database.transact(unit))

    def _refused(
        self, tx: Transaction, person: Person, step: str, version: Version, found: list[Hindrance]
    ) -> "_Refused":
        self._recorder.refused(tx, person, step, version, [hindrance.code for hindrance in found])
        return _Refused(tuple(found))


class _Refused:
    """A refusal on its way out of the transaction that records it."""

    def __init__(self, found: tuple[Hindrance, ...]) -> None:
        self.found = found


def _answer(result: T | _Refused) -> T:
    if isinstance(result, _Refused):
        raise RulesRefused(result.found)
    return result


def _roles_of(person: Person, version: Version) -> tuple[str, ...]:
    """In which roles this person's approval counts now."""
    given = {(approval.who.key, approval.role) for approval in version.approvals}
    missing = [role for role in ("it", "dpo") if role in version.lacking and role in person.roles]
    return tuple(role for role in missing if (person.key, role) not in given)


def _against_approval(person: Person, version: Version, roles: tuple[str, ...]) -> list[Hindrance]:
    if isinstance(person, ConsoleAccount):
        return [hindrances.console()]
    if not person.named:
        return [hindrances.software()]
    if person.key in {author.key for author in version.authors}:
        return [hindrances.own_draft()]
    if roles:
        return []
    if not version.lacking:
        return [hindrances.nothing_to_approve(version)]
    return [hindrances.approved_already(version)]
