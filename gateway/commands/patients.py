"""`gateway patients import` and `show`."""

import sys
from pathlib import Path

import click

from gateway.commands.answers import NO, answering, config_option, gateway_of, json_option, progress_bar, say, show
from gateway.commands.import_words import refusal_line
from gateway.dossiers.importing import import_folder
from gateway.errors import PatientUnknown
from gateway.patients.directory import find_by_ipp
from gateway.patients.ins import PRODUCTION_OIDS, TEST_OIDS


@click.group("patients")
def patient_commands() -> None:
    """L'annuaire des patients / the patient directory."""


@patient_commands.command("import")
@config_option
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
@answering
def import_documents(config: Path, folder: Path, as_json: bool) -> None:
    """Charger un dossier de documents CDA / load a folder of CDA documents."""
    with gateway_of(config) as gateway, progress_bar(say("Import", "Importing")) as progress:
        oids = TEST_OIDS if gateway.settings.profile == "demo" else PRODUCTION_OIDS
        report = import_folder(gateway.database, gateway.world, folder, allowed_oids=oids, progress=progress)
    data = {
        "accepted": [{"file": line.file, "document_id": line.document_id} for line in report.accepted],
        "refused": [{"file": line.file, "code": line.code, "reason": line.reason} for line in report.refused],
        "already_there": list(report.duplicates),
    }
    text = "\n".join(
        [f"✓ {line.file}" for line in report.accepted]
        + [f"= {file}: {say('déjà au dossier', 'already there')}" for file in report.duplicates]
        + [f"✗ {refusal_line(line)}" for line in report.refused]
    )
    show(data, as_json=as_json, text=text)
    if report.refused:
        sys.exit(NO)


@patient_commands.command("show")
@config_option
@click.argument("ipp")
@json_option
@answering
def show_patient(config: Path, ipp: str, as_json: bool) -> None:
    """L'identité d'un patient, par IPP / a patient's identity, by IPP."""
    with gateway_of(config) as gateway, gateway.database.reading() as connection:
        record = find_by_ipp(connection, ipp)
    if record is None:
        raise PatientUnknown("no patient has this IPP")
    data = {
        "id": record.id,
        "ipp": record.ipp,
        "identity_status": record.identity_status,
        "dossier": record.dossier_status,
        "birth_name": record.traits.birth_name,
        "given_names": record.traits.given_names,
        "birth_date": record.traits.birth_date,
    }
    show(data, as_json=as_json, text="\n".join(f"{key}: {value}" for key, value in data.items()))
