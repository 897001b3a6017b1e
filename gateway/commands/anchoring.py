"""`gateway audit anchors`, `timestamp` and `policy`: what of the log stands outside, and whom its readers trust."""

import dataclasses
from contextlib import suppress
from pathlib import Path

import click

from gateway.anchoring.fault import AnchorFault, fault_words
from gateway.anchoring.joining import AnchorLine
from gateway.commands.answers import (
    NO,
    UNAVAILABLE,
    answering,
    config_option,
    gateway_of,
    json_option,
    say,
    show,
    stop,
)
from gateway.errors import RecordUnavailable
from gateway.world import from_epoch_ms


@click.command("anchors")
@config_option
@json_option
@answering
def anchors(config: Path, as_json: bool) -> None:
    """Ce qui est ancré dehors, et depuis quand / what is anchored outside, and since when. Code 1 si un ancrage est en
    défaut ou en retard, ou s'il n'y en a aucun / exit code 1 when one fails or is late, or there is none."""
    with gateway_of(config) as gateway:
        lines = gateway.anchoring.state()
    text = "\n".join(map(_line, lines)) or say(
        "Aucun ancrage : qui tient la base et la clé peut réécrire le journal (audit/README.md, « Anchors »).",
        "No anchor: who holds the database and the key can rewrite the log (audit/README.md, Anchors).",
    )
    show([dataclasses.asdict(line) for line in lines], as_json=as_json, text=text)
    if not lines or any(line.fault or line.late for line in lines):
        raise SystemExit(NO)


@click.command("timestamp")
@config_option
@json_option
@answering
def timestamp(config: Path, as_json: bool) -> None:
    """Faire horodater la dernière tête (RFC 3161) / have the newest head time-stamped."""
    with gateway_of(config) as gateway:
        # Under the role of `gateway serve`, which may not let the tree grow, it is the worker's newest head.
        with suppress(RecordUnavailable):
            while gateway.sequencing.publish_checkpoint() is not None:
                pass
        try:
            stamped = gateway.anchoring.stamp_now()
        except AnchorFault as error:
            host = gateway.anchoring.stamping.name if gateway.anchoring.stamping else ""
            words = fault_words(error.fault, 0 if say("fr", "en") == "fr" else 1)
            stop(UNAVAILABLE, say("Aucun horodatage gardé : ", "No time-stamp was kept: ") + f"{host} {words}")
    if stamped is None:
        stop(NO, say("Rien n'est encore signé.", "Nothing is signed yet."))
    head, moment = stamped.head, stamped.time.isoformat()
    text = say(f"{head.origin}, {head.size} entrées : {moment}", f"{head.origin}, {head.size} entries: {moment}")
    show({"origin": head.origin, "size": head.size, "time": moment}, as_json=as_json, text=text)


@click.command("policy")
@config_option
@answering
def policy(config: Path) -> None:
    """Le fichier de confiance à donner à qui vérifie / the trust file for who verifies (C2SP tlog-policy)."""
    with gateway_of(config) as gateway:
        click.echo(gateway.anchoring.trust_file(gateway.sequencing.verifier_key), nl=False)


def _line(line: AnchorLine) -> str:
    if line.time is None:
        when = say("jamais", "never")
    else:
        year = f" {line.shard}" if line.shard else ""
        entries = say("entrées", "entries")
        when = f"{from_epoch_ms(line.time).isoformat(timespec='seconds')}{year} {line.size} {entries}"
    fault = f"  ✗ {fault_words(line.fault, 0 if say('fr', 'en') == 'fr' else 1)}" if line.fault else ""
    late = say("  ✗ en retard", "  ✗ late") if line.late else ""
    return f"{line.kind:<10} {line.name:<24} {when}{late}{fault}"
