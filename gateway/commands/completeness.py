"""`gateway audit verify --deep`: is the database whole, and is it what the log says?"""

from pathlib import Path

import click

from audit import AuditError, Receipt, Verifier
from gateway.anchoring.trust import known_witnesses
from gateway.commands.answers import (
    NO,
    UNAVAILABLE,
    answering,
    config_option,
    json_option,
    progress_bar,
    say,
    show,
    stop,
)
from gateway.errors import ConfigurationError, SettingFault
from gateway.oversight.completeness.anchored import Outsiders
from gateway.oversight.completeness.check import CompletenessCheck, KeptOutside
from gateway.oversight.completeness.finding import CompletenessReport
from gateway.oversight.completeness.texts import sentence
from gateway.settings import Settings, load_settings
from gateway.signed_log import open_log
from gateway.storage.database import Database
from gateway.world import real_world

LONGEST_FILE = 1_000_000
_FILES = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("verify --deep")
@click.option(
    "--deep", is_flag=True, expose_value=False, help="Vérifier la base elle-même / check the database itself."
)
@config_option
@click.option("--anchor", "anchors", multiple=True, type=_FILES, help="Tête gardée ailleurs / head kept elsewhere.")
@click.option("--receipt", "receipts", multiple=True, type=_FILES, help="Reçu gardé ailleurs / receipt kept elsewhere.")
@json_option
@answering
def verify_deep(config: Path, anchors: tuple[Path, ...], receipts: tuple[Path, ...], as_json: bool) -> None:
    """Recalculer le journal depuis ses entrées, et y confronter chaque table / derive the log again, table by table."""
    settings = load_settings(config).settings
    # Not the whole gateway: starting it appends an entry, which a database that was tampered with may refuse.
    log, signer = open_log(settings, real_world())
    kept = KeptOutside([_read(file) for file in anchors], [_receipt(file) for file in receipts])
    database = Database(settings.database.url, pool_size=settings.database.pool_size)
    try:
        with progress_bar(say("Vérification du journal", "Checking the log")) as progress:
            check = CompletenessCheck(
                database=database, log=log, verifier=Verifier(str(signer.verifier)), outsiders=_outsiders(settings)
            )
            report = check.run(kept, progress)
    finally:
        database.close()
    show(report.to_json(), as_json=as_json, text=_words(report))
    if not report.complete:
        raise SystemExit(NO)


def _outsiders(settings: Settings) -> Outsiders:
    """The witnesses and time-stamp authorities of the configuration."""
    faults: list[SettingFault] = []
    witnesses = known_witnesses(settings.record.witnesses, faults)
    if faults:
        raise ConfigurationError(tuple(faults))
    roots = settings.record.timestamp.roots_file
    return Outsiders(
        {witness.name: witness.verifier for witness in witnesses}, [] if roots is None else [_read(roots).encode()]
    )


# What the check looks at, in French: the kinds of its report are English.
LOOKED_AT = {
    "entries": "écritures",
    "disclosures": "valeurs scellées",
    "checkpoints": "têtes signées",
    "tiles": "tuiles",
    "anchors": "ancres données",
    "kept anchors": "ancres gardées",
    "receipts": "reçus",
    "histories": "historiques",
    "grants": "accès",
    "requests": "demandes",
    "documents": "documents",
    "notices": "avis",
    "reviews": "cas",
    "review steps": "étapes de cas",
    "contests": "contestations",
    "choices": "choix de patients",
    "erasure orders": "ordres d'effacement",
    "rule versions": "versions de règles",
    "activations": "mises en vigueur",
}


def _words(report: CompletenessReport) -> str:
    looked_at = ", ".join(f"{count} {say(LOOKED_AT.get(kind, kind), kind)}" for kind, count in report.looked_at.items())
    if report.complete:
        return say(f"COMPLET : {report.origin}, {looked_at}", f"COMPLETE: {report.origin}, {looked_at}")
    tongue = 0 if say("fr", "en") == "fr" else 1
    lines = [f"  {finding.table} : {sentence(finding, tongue)}" for finding in report.findings]
    if report.found > len(report.findings):
        more = report.found - len(report.findings)
        lines.append(say(f"  … et {more} autre(s)", f"  … and {more} more"))
    head = say(
        f"INCOMPLET : {report.found} défaut(s) ({report.origin}, {looked_at})",
        f"NOT COMPLETE: {report.found} fault(s) ({report.origin}, {looked_at})",
    )
    return "\n".join([head, *lines])


def _receipt(file: Path) -> Receipt:
    try:
        return Receipt.from_json(_read(file))
    except AuditError as error:
        stop(UNAVAILABLE, f"{file}: {error}")


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as stream:
            return stream.read(LONGEST_FILE + 1)
    except (OSError, UnicodeDecodeError) as error:
        stop(UNAVAILABLE, f"{file}: {error}")
