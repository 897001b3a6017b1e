"""The header of a demo document, after CI-SIS « Structuration minimale des documents de santé »."""

from dataclasses import dataclass
from datetime import date, datetime

from gateway.demo.hospital.cda.element import LOINC, Element, coded, day, instant, node, template
from gateway.demo.hospital.people import Doctor, Person
from gateway.patients.folding import first_given_name
from gateway.patients.patient import Contact

FRENCH_TYPES = "1.2.250.1.213.1.1.4.12"
RPPS = "1.2.250.1.71.4.2.1"
STRUCTURES = "1.2.250.1.71.4.2.2"
FUNCTIONS = "2.16.840.1.113883.5.88"
DOCUMENT_ROOT = "1.2.250.1.213.1.1.9.99"  # the demo's own branch: no software is registered there


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentType:
    """A type of JDV_J07 and its class, with the templates its volet asks for."""

    code: str
    system: str
    label: str
    class_code: str
    templates: tuple[str, ...] = ()


SYNTHESIS = DocumentType(code="SYNTH", system=FRENCH_TYPES, label="Synthèse", class_code="11",
                         templates=("1.2.250.1.213.1.1.1.13",))  # fmt: skip
DISCHARGE = DocumentType(code="11490-0", system=LOINC, class_code="10", templates=("1.2.250.1.213.1.1.1.29",),
                         label="Lettre de liaison à la sortie d'un établissement de soins")  # fmt: skip
BIOLOGY = DocumentType(code="11502-2", system=LOINC, label="CR d'examens biologiques", class_code="10",
                       templates=("1.2.250.1.213.1.1.1.55",))  # fmt: skip
PRESCRIPTION = DocumentType(code="57833-6", system=LOINC, label="Prescription de produits de santé", class_code="42",
                            templates=("1.2.250.1.213.1.1.1.39",))  # fmt: skip
VACCINATION = DocumentType(code="87273-9", system=LOINC, label="Note de vaccination", class_code="52",
                           templates=("1.2.250.1.213.1.1.1.46",))  # fmt: skip
CONSULTATION = DocumentType(code="11488-4", system=LOINC, label="CR ou fiche de consultation ou de visite",
                            class_code="10")  # fmt: skip
IMAGING = DocumentType(code="18748-4", system=LOINC, label="CR d'imagerie médicale", class_code="31")
DIRECTIVES = DocumentType(code="EXPPAT_3", system=FRENCH_TYPES, label="Directives anticipées", class_code="90")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the header of one document says."""

    identifier: str  # the UUID behind its unique id
    type: DocumentType
    title: str
    created: datetime
    person: Person
    author: Doctor | None  # None: the patient wrote it
    replaces: str = ""  # unique id of the version this one replaces
    service: tuple[date, date] | None = None


def unique_id(identifier: str) -> str:
    """The XDS uniqueId: root^extension."""
    return f"{DOCUMENT_ROOT}^{identifier}"


def clinical_document(head: Head, body: Element) -> Element:
    """The whole document: header, then a `structuredBody` or a `nonXMLBody`."""
    return node(
        "ClinicalDocument",
        node("realmCode", code="FR"),
        node("typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040"),
        *template("2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1", *head.type.templates),
        node("id", root=DOCUMENT_ROOT, extension=head.identifier),
        coded("code", head.type.code, head.type.system, head.type.label),
        node("title", head.title),
        node("effectiveTime", value=instant(head.created)),
        coded("confidentialityCode", "N", "2.16.840.1.113883.5.25", "Normal"),
        node("languageCode", code="fr-FR"),
        _record_target(head.person),
        _author(head),
        *(_informant(contact) for contact in head.person.contacts if contact.kind in _RELATIONS),
        _custodian(head.author),
        _legal_authenticator(head),
        _general_practitioner(head.person.doctor),
        _documentation_of(head),
        _replaced(head.replaces) if head.replaces else None,
        node("component", body),
    )


_RELATIONS = {"trusted_person": "NOK", "emergency_contact": "ECON"}


def _record_target(person: Person) -> Element:
    record, traits = person.record, person.record.traits
    patient_contact = next(contact for contact in person.contacts if contact.kind == "patient")
    given = first_given_name(traits.given_names)
    return node(
        "recordTarget",
        node(
            "patientRole",
            node("id", extension=record.ins.value, root=record.ins.oid) if record.ins else None,
            node("id", extension=record.ipp, root="1.2.250.1.213.1.1.9.98"),
            _address(person.street, person.home.postal_code, person.home.name),
            _telecom("tel", patient_contact.phone),
            _telecom("mailto", patient_contact.email),
            node(
                "patient",
                node(
                    "name",
                    node("family", traits.birth_name, qualifier="BR"),
                    node("family", traits.used_name, qualifier="CL") if traits.used_name else None,
                    node("given", traits.given_names),
                    node("given", given, qualifier="BR"),
                    node("given", traits.used_given_name or given, qualifier="CL"),
                ),
                coded(
                    "administrativeGenderCode",
                    traits.sex,
                    "2.16.840.1.113883.5.1",
                    "Féminin" if traits.sex == "F" else "Masculin",
                ),
                node("birthTime", value=day(date.fromisoformat(traits.birth_date))),
                node("birthplace", node("place", node("addr", node("county", traits.birth_place)))),
            ),
        ),
    )


def _author(head: Head) -> Element:
    if head.author is None:
        traits = head.person.record.traits
        identifier = head.person.record.ins.value if head.person.record.ins else head.person.record.ipp
        who = (
            node("id", root="1.2.250.1.213.1.4.10", extension=identifier),
            node(
                "assignedPerson",
                node("name", node("given", first_given_name(traits.given_names)), node("family", traits.birth_name)),
            ),
        )
        return node("author", node("time", value=instant(head.created)), node("assignedAuthor", *who))
    return node(
        "author", node("time", value=instant(head.created)), node("assignedAuthor", *_professional(head.author))
    )


def _legal_authenticator(head: Head) -> Element | None:
    if head.author is None:
        return None
    return node(
        "legalAuthenticator",
        node("time", value=instant(head.created)),
        node("signatureCode", code="S"),
        node("assignedEntity", *_professional(head.author)),
    )


def _professional(doctor: Doctor) -> list[Element | None]:
    return [
        node("id", root=RPPS, extension=f"8{doctor.rpps}"),
        coded("code", f"G15_10/{doctor.specialty}", "1.2.250.1.213.1.1.4.5", doctor.specialty_label),
        _telecom("tel", doctor.phone),
        node("assignedPerson", _doctor_name(doctor)),
        node("representedOrganization", node("name", doctor.organization)),
    ]


def _doctor_name(doctor: Doctor) -> Element:
    return node("name", node("given", doctor.given_name), node("family", doctor.family_name), node("suffix", "DR"))


def _informant(contact: Contact) -> Element:
    given, _, family = contact.name.partition(" ")
    return node(
        "informant",
        node(
            "relatedEntity",
            _telecom("tel", contact.phone),
            node("relatedPerson", node("name", node("given", given), node("family", family))),
            classCode=_RELATIONS[contact.kind],
        ),
    )


def _custodian(author: Doctor | None) -> Element:
    name = author.organization if author else "Mon espace santé"
    organization = node(
        "representedCustodianOrganization", node("id", root=STRUCTURES, extension="1750000018"), node("name", name)
    )
    return node("custodian", node("assignedCustodian", organization))


def _general_practitioner(doctor: Doctor) -> Element:
    return node(
        "participant",
        coded("functionCode", "PCP", FUNCTIONS, "Médecin traitant"),
        node(
            "associatedEntity",
            node("id", root=RPPS, extension=f"8{doctor.rpps}"),
            _telecom("tel", doctor.phone),
            node("associatedPerson", _doctor_name(doctor)),
            node("scopingOrganization", node("name", doctor.organization)),
            classCode="PROV",
        ),
        typeCode="INF",
    )


def _documentation_of(head: Head) -> Element:
    start, stop = head.service or (head.created.date(), None)
    return node(
        "documentationOf",
        node(
            "serviceEvent",
            node(
                "effectiveTime",
                node("low", value=day(start)),
                node("high", value=day(stop)) if stop else None,
            ),
        ),
    )


def _replaced(unique: str) -> Element:
    root, _, extension = unique.partition("^")
    parent = node("parentDocument", node("id", root=root, extension=extension))
    return node("relatedDocument", parent, typeCode="RPLC")


def _address(street: str, postal_code: str, city: str) -> Element:
    return node("addr", node("streetAddressLine", street), node("postalCode", postal_code), node("city", city))


def _telecom(scheme: str, number: str) -> Element | None:
    return node("telecom", value=f"{scheme}:{number.replace(' ', '')}") if number else None
