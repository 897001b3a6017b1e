"""`gateway patients import` and `show`."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import click

from gateway.access.people_import import PeopleImport
from gateway.commands.answers import NO, answering, config_option, gateway_of, json_option, progress_bar, say, show
from gateway.commands.import_words import refusal_line
from gateway.commands.people_words import fault_line, report_text
from gateway.dossiers.importing import import_folder
from gateway.errors import PatientUnknown
from gateway.patients.directory import contacts_of, find_by_ipp
from gateway.patients.ins import PRODUCTION_OIDS, TEST_OIDS
from gateway.patients.patient import Contact
from gateway.patients.people_fields import CONTACT_FIELDS, MEASURES, PATIENT_FIELDS
from gateway.patients.people_file import read_people
from gateway.patients.safety import unsafe_ways

_MEASURE_NAMES = {measure.value: name for name, measure in MEASURES.items()}


@click.group("patients")
def patient_commands() -> None:
    """L'annuaire des patients / the patient directory."""


@patient_commands.command("import")
@config_option
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@json_option
@answering
def import_source(config: Path, source: Path, as_json: bool) -> None:
    """Charger un dossier de documents CDA, ou un fichier de personnes (CSV ou JSON) : identités, mesures de protection,
    représentants, contacts, adresses non sûres / load a folder of CDA documents, or a file of people (CSV or JSON):
    identities, measures of protection, representatives, contacts, unsafe addresses. See `gateway patients columns`."""
    if source.is_dir():
        _import_documents(config, source, as_json)
    else:
        _import_people(config, source, as_json)


def _import_people(config: Path, file: Path, as_json: bool) -> None:
    people = read_people(file)
    with gateway_of(config) as gateway, progress_bar(say("Import", "Importing")) as progress:
        oids = TEST_OIDS if gateway.settings.profile == "demo" else PRODUCTION_OIDS
        importing = PeopleImport(
            database=gateway.database, world=gateway.world, journal=gateway.journal, allowed_oids=oids
        )
        report = importing.bring_in(people, progress)
    data = asdict(report)
    for told, fault in zip(data["faults"], report.faults, strict=True):
        told["message"] = fault_line(fault)
    show(data, as_json=as_json, text=report_text(report))
    if report.faults:
        sys.exit(NO)


@patient_commands.command("columns")
@json_option
def list_columns(as_json: bool) -> None:
    """Les colonnes d'un fichier de personnes / the columns of a file of people."""
    data = {"patients": list(PATIENT_FIELDS), "contacts": list(CONTACT_FIELDS)}
    show(data, as_json=as_json, text="\n".join(f"{shape}: {';'.join(names)}" for shape, names in data.items()))


def _import_documents(config: Path, folder: Path, as_json: bool) -> None:
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
        marks, contacts = unsafe_ways(connection, record.id), contacts_of(connection, record.id)
    data = {
        "id": record.id,
        "ipp": record.ipp,
        "identity_status": record.identity_status,
        "dossier": record.dossier_status,
        "birth_name": record.traits.birth_name,
        "given_names": record.traits.given_names,
        "birth_date": record.traits.birth_date,
        "deceased_on": record.deceased_on,
        "language": record.language,
        "review_with_care": record.protected,
        "protection": _MEASURE_NAMES[record.protection],
        "protection_until": record.protection_until,
        "unsafe": {way.value: reason.value for way, reason in marks.items()},
        "contacts": [_contact(one) for one in contacts],
    }
    show(data, as_json=as_json, text="\n".join(_lines(data)))


def _contact(contact: Contact) -> dict[str, object]:
    """Who, and by which ways they are reached; the addresses themselves are not for a screen."""
    ways = {"email": contact.email, "phone": contact.phone, "address": contact.address, "mssante": contact.mssante}
    return {
        "kind": contact.kind,
        "name": contact.name,
        "ways": [way for way, value in ways.items() if value],
        "phone_personal": contact.personal,
        "unsafe": contact.unsafe,
    }


def _lines(data: Mapping[str, object]) -> Iterator[str]:
    for key, value in data.items():
        if key == "contacts" and isinstance(value, list):
            for one in value:
                marks = [mark for mark in ("phone_personal", "unsafe") if one[mark]]
                yield f"contact: {one['kind']}, {one['name']}: {' '.join([*one['ways'], *marks])}".rstrip(" :")
        elif isinstance(value, dict):
            yield f"{key}: {' '.join(f'{way}:{reason}' for way, reason in value.items())}".rstrip()
        else:
            yield f"{key}: {'' if value is None else value}".rstrip()
