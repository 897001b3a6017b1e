"""Builds the parts of this room for the composition root, in the order they need each other."""

import os
from dataclasses import dataclass

from audit import AuditLog
from gateway.rulebook.following import Following
from gateway.rulebook.in_force import RulesInForce
from gateway.rulebook.loading import pins_of
from gateway.rulebook.publishing import Publishing
from gateway.rulebook.recorder import RulebookRecorder
from gateway.rulebook.starting import Starting
from gateway.settings import PolicySettings
from gateway.storage.database import Database
from gateway.storage.journal import Journal
from gateway.world import World


@dataclass(frozen=True, slots=True)
class RulebookParts:
    """What decides, what changes it, and what follows the change."""

    rules: RulesInForce
    publishing: Publishing
    following: Following


def build_rulebook(
    *, database: Database, world: World, journal: Journal, log: AuditLog, settings: PolicySettings
) -> RulebookParts:
    """The version in force, or the newest earlier one that can be loaded, recorded before anything is decided by it.

    Raises `ConfigurationError` when no version can be loaded, `RecordUnavailable`, `Unavailable`. Nothing follows in
    the background before `following.start()`.
    """
    recorder = RulebookRecorder(journal)
    rules = RulesInForce(Starting(database=database, world=world, recorder=recorder, settings=settings).start())
    return RulebookParts(
        rules=rules,
        publishing=Publishing(
            database=database, world=world, rules=rules, recorder=recorder, log=log, settings=settings
        ),
        following=Following(
            database=database, world=world, rules=rules, recorder=recorder, pins=pins_of(settings), pid=os.getpid()
        ),
    )
