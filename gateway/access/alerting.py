"""What those who watch are told of a refusal: an engine in trouble, and what a rule itself wants told."""

from sqlalchemy import Connection

from gateway.storage.alerts import raise_alert, raise_alert_once
from gateway.world import World
from policies import Decision

_WANTED = "alert:"


def alert_of_refusal(connection: Connection, world: World, decision: Decision) -> None:
    """The alerts of a refusal, in its transaction. On a refusal the obligations are advice: a forbidden purpose is
    refused, and told (CSP L1111-18). They name rules, nobody."""
    for fault in decision.engine_faults:
        raise_alert(connection, world, "policy-engine", fault)
    for wanted in decision.obligations:
        if wanted.startswith(_WANTED):
            told = f"{wanted.removeprefix(_WANTED)} {', '.join(decision.rule_ids)}"
            raise_alert_once(connection, world, "refused-request", told)
