"""`gateway audit export`, `verify`, `prove`, `checkpoints`; the other commands of the log have files of their own."""

import sys
from datetime import datetime
from pathlib import Path

import click

from audit import AuditError, Verifier, write_bundle
from audit.__main__ import main as judge
from gateway.anchoring.kept import kept_timestamps
from gateway.commands.anchoring import anchors, policy, timestamp
from gateway.commands.answers import (
    NO,
    UNAVAILABLE,
    USAGE,
    answering,
    config_option,
    gateway_of,
    json_option,
    progress_bar,
    say,
    show,
    stop,
)
from gateway.commands.completeness import verify_deep
from gateway.commands.erasing import erase_commands
from gateway.commands.exporting import FORMATS, WantedFile, export_file
from gateway.commands.granting import audit_grants
from gateway.commands.refusal_words import in_french
from gateway.commands.rotating import rotate
from gateway.exporting.columns import Language
from gateway.storage.log_store import SqlLogStore


@click.group("audit")
def audit_commands() -> None:
    """Le journal que nul ne réécrit / the log nobody can rewrite."""


audit_commands.add_command(erase_commands)
audit_commands.add_command(rotate)
audit_commands.add_command(anchors)
audit_commands.add_command(timestamp)
audit_commands.add_command(policy)


audit_commands.add_command(audit_grants)


@audit_commands.command("export")
@config_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Dossier ou fichier à créer / to create.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="bundle", show_default=True)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Premier jour, UTC (fichiers) / first day (files).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Jour d'après le dernier / day after the last.")
@click.option(
    "--with-names", is_flag=True, help="Avec les valeurs personnelles (inscrit) / personal values (recorded)."
)
@click.option("--headers", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="CSV.")
@json_option
@answering
def export(
    config: Path,
    out: Path,
    form: str,
    since: datetime | None,
    until: datetime | None,
    with_names: bool,
    headers: Language,
    as_json: bool,
) -> None:
    """Exporter le journal : entier et vérifiable, ou une période en CSV, Parquet ou FHIR (une ligne un AuditEvent) /
    export the log: whole and verifiable, or a period as CSV, Parquet or FHIR."""
    with gateway_of(config) as gateway:
        if form != "bundle":
            wanted = WantedFile(form=form, out=out, since=since, until=until, with_names=with_names, headers=headers)
            export_file(gateway, wanted, as_json=as_json)
            return
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            stop(USAGE, say(f"{out} existe et n'est pas un dossier vide.", f"{out} exists and is not an empty folder."))
        while gateway.sequencing.publish_checkpoint() is not None:
            pass
        try:
            with (
                gateway.database.reading() as connection,
                progress_bar(say("Export du journal", "Exporting the log")) as progress,
            ):
                head = write_bundle(
                    gateway.log,
                    SqlLogStore(connection),
                    Verifier(gateway.sequencing.verifier_key),
                    out,
                    progress=progress,
                    timestamps=kept_timestamps(connection),
                )
        except (OSError, AuditError) as error:
            stop(UNAVAILABLE, say(f"Export impossible : {in_french(str(error))}", f"Cannot export: {error}"))
    text = say(f"{head.size} entrées dans {out}", f"{head.size} entries in {out}")
    show({"folder": str(out), "size": head.size, "root": head.root.hex()}, as_json=as_json, text=text)


@audit_commands.command("verify", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify(arguments: tuple[str, ...]) -> None:
    """Juger un export, hors ligne / judge an export, offline: `python -m audit verify`; ou la base / or the database:
    `--deep --config FILE`."""
    if "--deep" in arguments:
        verify_deep(list(arguments), prog_name="gateway audit verify")
    sys.exit(judge(["verify", *arguments]))


@audit_commands.command("prove")
@config_option
@click.argument("entry_id")
@answering
def prove(config: Path, entry_id: str) -> None:
    """La preuve qu'une entrée est au journal / the proof that an entry is in the log."""
    with gateway_of(config) as gateway, gateway.database.reading() as connection:
        try:
            click.echo(str(gateway.log.prove_inclusion(SqlLogStore(connection), entry_id)), nl=False)
        except AuditError as error:
            stop(NO, say(in_french(str(error)), str(error)))


@audit_commands.command("checkpoints")
@config_option
@json_option
@answering
def checkpoints(config: Path, as_json: bool) -> None:
    """Les têtes signées / the signed heads."""
    with gateway_of(config) as gateway, gateway.database.reading() as connection:
        store = SqlLogStore(connection)
        heads = [
            {"origin": head.origin, "size": head.size, "root": head.root.hex(), "time": head.time}
            for shard in store.shards()
            for head in store.checkpoints(shard)
        ]
    lines = (f"{head['origin']}  {head['size']:>10}  {head['root']}" for head in heads)
    show(heads, as_json=as_json, text="\n".join(lines))
