"""The rules of who may open and read what, as hospital IT writes them, and the small face that asks them.

This room loads, checks, decides and explains. It knows nothing of the gateway: no clock, no network, no database, no
person's name. It must never answer yes on any trouble of the engine, of a rule or of a fact.
"""

from policies.book import PolicyBook
from policies.errors import Fault, PolicyError
from policies.question import (
    Action,
    Actor,
    Circumstances,
    ConsentBasis,
    Decision,
    Document,
    Mode,
    NearMiss,
    Patient,
    Purpose,
    Question,
)
from policies.ruleset import Rule
from policies.settings import HospitalRules, OfferedReason
from policies.sources import Sources

__all__ = [
    "Action",
    "Actor",
    "Circumstances",
    "ConsentBasis",
    "Decision",
    "Document",
    "Fault",
    "HospitalRules",
    "Mode",
    "NearMiss",
    "OfferedReason",
    "Patient",
    "PolicyBook",
    "PolicyError",
    "Purpose",
    "Question",
    "Rule",
    "Sources",
]
