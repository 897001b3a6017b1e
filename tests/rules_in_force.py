"""The shipped rules, loaded once for all the tests of a process that only need them to be there."""

from functools import cache
from pathlib import Path

from gateway.rulebook.in_force import Held, RulesInForce
from policies import PolicyBook

POLICIES = Path(__file__).resolve().parents[1] / "policies"


@cache
def shipped_book() -> PolicyBook:
    """The book of the folder `policies/`; it never changes, so it may be shared."""
    return PolicyBook.load(POLICIES)


def shipped_rules() -> RulesInForce:
    """The shipped book in force."""
    return RulesInForce(Held(shipped_book()))
