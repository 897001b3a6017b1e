"""The header of a CDA R2: whose document it is, who wrote it, what it is, when (CI-SIS, volet Structuration minimale).

Identity: `recordTarget/patientRole/id` whose root is an INS OID (1.2.250.1.213.1.4.8 to .11) holds the 15 characters,
key included. `name/family` is qualified BR (birth) and CL (used); `given` without a qualifier holds all birth given
names, BR the first one, CL the used one.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.dossiers.cda.times import iso_date, moment
from gateway.dossiers.cda.xml import Element, attribute, child, children, local_name, words

INS_OIDS = frozenset(f"1.2.250.1.213.1.4.{arc}" for arc in (8, 9, 10, 11))
RPPS_OID = "1.2.250.1.71.4.2.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderPatient:
    """The identity a document carries: as written, unchecked. "" where absent."""

    ins: str  # as written in the extension, expected to be 15 characters
    ins_oid: str
    local_ids: tuple[tuple[str, str], ...]  # (root, extension) of the other identifiers
    birth_name: str
    used_name: str
    given_names: str  # all birth given names, space separated
    used_given_name: str
    birth_date: str  # ISO
    sex: str  # M, F or U
    birth_place: str  # INSEE code


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderAuthor:
    """One author: a person, or a device with its organization."""

    name: str
    profession: str
    organization: str
    rpps: str  # national identifier of the person, "" when the author has none
    signed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderContact:
    """A person to reach: médecin traitant, trusted person, emergency contact, representative..."""

    role: str  # general_practitioner, referring_physician, trusted_person, emergency_contact, caregiver, guardian...
    name: str
    relation: str  # e.g. Soeur; the profession for a professional
    organization: str
    telecom: tuple[str, ...]  # tel:..., mailto:...


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header as data."""

    unique_id: str  # root^extension, or the root alone
    set_id: str
    version: str
    replaces: tuple[str, ...]  # unique ids of the documents this one replaces (relatedDocument RPLC)
    title: str
    type_code: str
    type_system: str
    type_label: str
    created: datetime | None
    service_start: datetime | None
    service_stop: datetime | None
    confidentiality: frozenset[str]
    language: str
    custodian: str
    patient: HeaderPatient
    authors: tuple[HeaderAuthor, ...]
    contacts: tuple[HeaderContact, ...]


def read_header(document: Element) -> Header:
    """Reads the header; a missing part is empty, never an error."""
    code = child(document, "code")
    service = child(document, "documentationOf", "serviceEvent", "effectiveTime")
    return Header(
        unique_id=_identifier(child(document, "id")),
        set_id=_identifier(child(document, "setId")),
        version=attribute(child(document, "versionNumber"), "value"),
        replaces=tuple(
            _identifier(child(related, "parentDocument", "id"))
            for related in children(document, "relatedDocument")
            if related.get("typeCode") == "RPLC"
        ),
        title=words(child(document, "title")) or attribute(code, "displayName"),
        type_code=attribute(code, "code"),
        type_system=attribute(code, "codeSystem"),
        type_label=attribute(code, "displayName"),
        created=moment(attribute(child(document, "effectiveTime"), "value")),
        service_start=moment(attribute(child(service, "low"), "value") or attribute(service, "value")),
        service_stop=moment(attribute(child(service, "high"), "value")),
        confidentiality=frozenset(
            attribute(label, "code") for label in children(document, "confidentialityCode") if attribute(label, "code")
        ),
        language=attribute(child(document, "languageCode"), "code"),
        custodian=words(child(document, "custodian", "assignedCustodian", "representedCustodianOrganization", "name")),
        patient=_patient(child(document, "recordTarget", "patientRole")),
        authors=tuple(_author(author) for author in children(document, "author")),
        contacts=_contacts(document),
    )


def person_name(name: Element | None) -> str:
    """`M DR Charles BOILEAU` in the order people say it: title, given names, family name."""
    if name is None:
        return ""
    if not len(name):
        return words(name)
    prefix = [words(part) for part in children(name, "prefix")]
    suffix = [words(part) for part in children(name, "suffix")]
    given = [words(part) for part in children(name, "given")]
    family = [words(part) for part in children(name, "family")]
    # In French documents the suffix holds the professional title (DR, PR), which makes the civility useless.
    title = suffix or prefix
    return " ".join(part for part in (*title, *given, *family) if part)


def _identifier(element: Element | None) -> str:
    root, extension = attribute(element, "root"), attribute(element, "extension")
    return f"{root}^{extension}" if extension else root


def _patient(role: Element | None) -> HeaderPatient:
    identifiers = [(attribute(one, "root"), attribute(one, "extension")) for one in children(role, "id")]
    ins = next(((root, value) for root, value in identifiers if root in INS_OIDS), ("", ""))
    patient = child(role, "patient")
    name = child(patient, "name")
    families = {part.get("qualifier", ""): words(part) for part in children(name, "family")}
    given = {part.get("qualifier", ""): words(part) for part in children(name, "given")}
    all_given = " ".join(words(part) for part in children(name, "given") if not part.get("qualifier"))
    return HeaderPatient(
        ins=ins[1].upper(),
        ins_oid=ins[0],
        local_ids=tuple(pair for pair in identifiers if pair[0] not in INS_OIDS and pair[1]),
        birth_name=families.get("BR") or families.get("", ""),
        used_name=families.get("CL") or families.get("SP", ""),
        given_names=all_given or given.get("BR", ""),
        used_given_name=given.get("CL", ""),
        birth_date=iso_date(attribute(child(patient, "birthTime"), "value"))[:10],
        sex={"M": "M", "F": "F"}.get(attribute(child(patient, "administrativeGenderCode"), "code"), "U"),
        birth_place=words(child(patient, "birthplace", "place", "addr", "county")),
    )


def _author(author: Element) -> HeaderAuthor:
    assigned = child(author, "assignedAuthor")
    identifiers = {attribute(one, "root"): attribute(one, "extension") for one in children(assigned, "id")}
    rpps = identifiers.get(RPPS_OID, "")
    device = child(assigned, "assignedAuthoringDevice")
    return HeaderAuthor(
        name=person_name(child(assigned, "assignedPerson", "name"))
        or words(child(device, "softwareName"))
        or words(child(device, "manufacturerModelName")),
        profession=attribute(child(assigned, "code"), "displayName"),
        organization=words(child(assigned, "representedOrganization", "name")),
        # IdNat_PS: the digit 8 before the 11 digits of an RPPS number.
        rpps=rpps[1:] if len(rpps) == 12 and rpps.startswith("8") else "",
        signed_at=moment(attribute(child(author, "time"), "value")),
    )


_PARTICIPANT_ROLES = {
    "PCP": "general_practitioner",
    "ATTPHYS": "referring_physician",
    "CORRE": "correspondent",
    "353": "care_team",
    "ES-PREF": "preferred_hospital",
    "ES-REF": "reference_centre",
}
_RELATED_ROLES = {"ECON": "emergency_contact", "NOK": "trusted_person", "CAREGIVER": "caregiver"}


def _contacts(document: Element) -> tuple[HeaderContact, ...]:
    found: list[HeaderContact] = []
    for guardian in children(child(document, "recordTarget", "patientRole", "patient"), "guardian"):
        found.append(
            _contact("guardian", guardian, child(guardian, "guardianPerson"), child(guardian, "guardianOrganization"))
        )
    for informant in children(document, "informant"):
        for entity in children(informant, "relatedEntity"):
            role = _RELATED_ROLES.get(attribute(entity, "classCode"), "relative")
            found.append(_contact(role, entity, child(entity, "relatedPerson"), None))
    for participant in children(document, "participant"):
        role = _PARTICIPANT_ROLES.get(attribute(child(participant, "functionCode"), "code"), "")
        entity_found = child(participant, "associatedEntity")
        if entity_found is None:
            continue
        role = role or _RELATED_ROLES.get(attribute(entity_found, "classCode"), "")
        if role:
            person, organization = child(entity_found, "associatedPerson"), child(entity_found, "scopingOrganization")
            found.append(_contact(role, entity_found, person, organization))
    return tuple(contact for contact in found if contact.name or contact.organization or contact.telecom)


def _contact(role: str, entity: Element, person: Element | None, organization: Element | None) -> HeaderContact:
    numbers = [attribute(one, "value") for one in children(entity, "telecom")]
    numbers += [attribute(one, "value") for one in children(organization, "telecom")]
    return HeaderContact(
        role=role,
        name=person_name(child(person, "name")),
        relation=attribute(child(entity, "code"), "displayName"),
        organization=words(child(organization, "name")),
        telecom=tuple(dict.fromkeys(number for number in numbers if _is_reachable(number))),
    )


def _is_reachable(number: str) -> bool:
    return number.split(":", 1)[0] in {"tel", "mailto", "sms"} and len(number) > 5


def body_element(document: Element) -> Element | None:
    """`structuredBody` or `nonXMLBody`, None when the document has no body."""
    for component in children(document, "component"):
        for body in component:
            if local_name(body) in {"structuredBody", "nonXMLBody"}:
                return body
    return None
