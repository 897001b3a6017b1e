"""`gateway audit export --format csv|parquet|fhir`: the record of a period as one file."""

import getpass
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from audit import AuditError
from gateway.assembly import Gateway
from gateway.commands.answers import UNAVAILABLE, USAGE, progress_bar, say, show, stop
from gateway.commands.refusal_words import in_french
from gateway.exporting.columns import Language
from gateway.world import to_epoch_ms

FORMATS = ("bundle", "csv", "parquet", "fhir")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFile:
    """What the command was asked for. Without `until`, everything until now."""

    form: str
    out: Path
    since: datetime | None
    until: datetime | None
    with_names: bool
    headers: Language


def export_file(gateway: Gateway, wanted: WantedFile, *, as_json: bool) -> None:
    """Write the file, which must not exist; an export that is broken off leaves none."""
    if wanted.out.exists():
        stop(USAGE, say(f"{wanted.out} existe déjà.", f"{wanted.out} exists already."))
    since = to_epoch_ms(wanted.since.replace(tzinfo=UTC)) if wanted.since else 0
    until = to_epoch_ms(wanted.until.replace(tzinfo=UTC)) if wanted.until else gateway.world.epoch_ms() + 1
    by = f"os:{getpass.getuser()}"
    if since >= until:
        stop(USAGE, say("--until doit venir après --since.", "--until must come after --since."))
    exports = gateway.exports.record
    try:
        with progress_bar(say("Export du journal", "Exporting the log")) as progress:
            if wanted.form == "parquet":
                exports.parquet(by, since, until, wanted.out, with_names=wanted.with_names, progress=progress)
                os.chmod(wanted.out, 0o600)
            elif wanted.form == "csv":
                _write(
                    wanted.out,
                    exports.csv(
                        by, since, until, with_names=wanted.with_names, language=wanted.headers, progress=progress
                    ),
                )
            else:
                _write(wanted.out, exports.fhir(by, since, until, progress=progress))
    except (OSError, AuditError) as error:
        stop(UNAVAILABLE, say(f"Export impossible : {in_french(str(error))}", f"Cannot export: {error}"))
    size = wanted.out.stat().st_size
    text = say(f"{wanted.out} : {size} octets", f"{wanted.out}: {size} bytes")
    show({"file": str(wanted.out), "format": wanted.form, "bytes": size}, as_json=as_json, text=text)


def _write(file: Path, pieces: Iterator[bytes]) -> None:
    """Under another name until it is whole; only its owner may read it."""
    part = file.with_name(file.name + ".part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            for piece in pieces:
                out.write(piece)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
