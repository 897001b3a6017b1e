"""A gateway process of its own for a test: says on its output which version it decides by, until its input ends.

`python -m tests.rulebook.following_process DATABASE_URL`
"""

import sys
import threading

from audit import AuditLog
from gateway.rulebook.following import Following
from gateway.rulebook.in_force import RulesInForce
from gateway.rulebook.recorder import RulebookRecorder
from gateway.rulebook.starting import Starting
from gateway.settings import PolicySettings
from gateway.storage.database import Database
from gateway.storage.journal import Journal
from gateway.world import real_world
from policies.cases import question_of, read_personas
from tests.rulebook.conftest import POLICIES


def main(url: str) -> None:
    """Follow in the background and decide on and on; each change of version is a line: number, digest decided by."""
    world, database = real_world(), Database(url)
    recorder = RulebookRecorder(Journal(AuditLog("test/log", "gateway-test", world.random_bytes, bytes(32)), world))
    settings = PolicySettings(folder=POLICIES, guardrails_digest="")
    rules = RulesInForce(Starting(database=database, world=world, recorder=recorder, settings=settings).start())
    following = Following(database=database, world=world, rules=rules, recorder=recorder, pins=frozenset(), pid=0)
    following.start()
    question = question_of(read_personas(POLICIES), {"user": "interne", "patient": "ordinaire", "context": "accord"})
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    said = ""
    while not ended.wait(0.02):
        digest = rules.decide(question).book_digest
        if digest != said:
            said = digest
            print(rules.held.number, digest, flush=True)
    following.stop()
    database.close()


if __name__ == "__main__":
    main(sys.argv[1])
