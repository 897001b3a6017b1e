"""The named patients as people of the hospital: who they are, whom to reach, the documents their scenario needs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from gateway.demo.hospital.cda.header import CONSULTATION
from gateway.demo.hospital.dice import Dice
from gateway.demo.hospital.documents import Case, DemoDocument, Desk, wrapped_pdf
from gateway.demo.hospital.dossier import HOSPITAL, invent_vaccinations
from gateway.demo.hospital.names import TOWNS
from gateway.demo.hospital.people import (
    PATIENT_MAIL,
    Doctor,
    Person,
    doctor_contact,
    mail_name,
    make_test_ins,
    phone_number,
)
from gateway.demo.hospital.scenarios import (
    DECEASED,
    HOMONYM_1,
    HOMONYM_2,
    INVISIBLE_DOCUMENT,
    MASKED_ALLOWED,
    MASKED_REFUSED,
    MINOR_HIDDEN_ACT,
    STAFF_PATIENT,
    UNCONSCIOUS,
    Scenario,
)
from gateway.demo.hospital.stories import PENICILLIN_ANAPHYLAXIS, story_named
from gateway.demo.personas import persona_named
from gateway.dossiers.connector import INVISIBLE_TO_PATIENT, INVISIBLE_TO_REPRESENTATIVES, MASKED
from gateway.patients.folding import first_given_name
from gateway.patients.patient import Contact, PatientRecord, Traits

PARENT_IPP = "8000000099"


def staff_key(persona_name: str, issuer: str) -> str:
    """How the gateway names a persona: by RPPS where there is one, else by issuer and subject."""
    persona = persona_named(persona_name)
    if persona is None:
        raise LookupError(f"no persona {persona_name}")
    return f"rpps:{persona.rpps}" if persona.rpps else f"sub:{issuer}|{persona.subject}"


def cast(dice: Dice, scenario: Scenario, today: date, doctor: Doctor, issuer: str) -> Person:
    """The person of a scenario."""
    given = first_given_name(scenario.given_names)
    record = PatientRecord(
        id=dice.uuid(),
        ipp=scenario.ipp,
        ins=make_test_ins(scenario.sex, date.fromisoformat(scenario.born), scenario.birth_place, scenario.order),
        identity_status=scenario.identity_status,
        traits=Traits(
            birth_name=scenario.birth_name,
            given_names=scenario.given_names,
            birth_date=scenario.born,
            sex=scenario.sex,
            birth_place=scenario.birth_place,
            used_name=scenario.used_name,
            used_given_name=given,
        ),
        deceased_on=(today - timedelta(days=1)).isoformat() if scenario is DECEASED else None,
        language="fr",
        dossier_status=scenario.dossier_status,
        opposed_break_glass=scenario.opposed_break_glass,
        opposed_centre_15=scenario.opposed_centre_15,
        masked_in_emergency=scenario.masked_in_emergency,
        linked_staff_key=staff_key("senior", issuer) if scenario is STAFF_PATIENT else None,
        protected=scenario is MASKED_REFUSED,
        protection="tutelle" if scenario is HOMONYM_2 else "none",
    )
    home, street = dice.choice(TOWNS), f"{dice.randrange(1, 140)} rue des Lilas"
    address = f"{street}, {home.postal_code} {home.name}"
    return Person(
        record=record,
        contacts=_contacts(dice, scenario, given, doctor, address),
        home=home,
        street=street,
        doctor=doctor,
    )


def cast_parent(dice: Dice, minor: Person) -> Person:
    """The `parent` persona: the minor's representative, herself known to the hospital by the same address."""
    persona = persona_named("parent")
    if persona is None:
        raise LookupError("no persona parent")
    born = date.fromisoformat(persona.birth_date)
    (known_as,) = [contact for contact in minor.contacts if contact.kind == "legal_representative"]
    record = replace(
        minor.record,
        id=dice.uuid(),
        ipp=PARENT_IPP,
        ins=make_test_ins("F", born, "95326", 149),
        traits=Traits(
            birth_name=persona.family_name,
            given_names=persona.given_name,
            birth_date=persona.birth_date,
            sex="F",
            birth_place="95326",
            used_given_name=persona.given_name,
        ),
        dossier_status="absent",
    )
    return replace(minor, record=record, contacts=(replace(known_as, kind="patient"), doctor_contact(minor.doctor)))


def case_of(dice: Dice, scenario: Scenario, person: Person, today: date) -> Case:
    """What is known of their health."""
    story = story_named(scenario.story)
    severe = scenario in (UNCONSCIOUS, HOMONYM_1)
    return Case(
        story=story,
        allergies=(PENICILLIN_ANAPHYLAXIS, *story.allergies) if severe else story.allergies,
        vaccinations=invent_vaccinations(dice, person.age(today)),
        directives_on=today - timedelta(days=420) if scenario is UNCONSCIOUS else None,
    )


def special_documents(desk: Desk, scenario: Scenario, colleagues: Sequence[Doctor]) -> tuple[DemoDocument, ...]:
    """The document that makes the scenario, where one does."""
    author = replace(colleagues[2], organization=HOSPITAL)
    if scenario in (MASKED_ALLOWED, MASKED_REFUSED):
        line = "Consultation d'addictologie. Sevrage alcoolique en cours, bonne alliance."
        return (
            wrapped_pdf(desk, CONSULTATION, "Consultation d'addictologie", (line,), author, days=48,
                        labels=frozenset({MASKED})),
        )  # fmt: skip
    if scenario is MINOR_HIDDEN_ACT:
        line = "Consultation demandée seul, sous le secret. Dépistage proposé et réalisé, résultats négatifs."
        return (
            wrapped_pdf(desk, CONSULTATION, "Consultation de dépistage", (line,), author, days=33,
                        labels=frozenset({INVISIBLE_TO_REPRESENTATIVES})),
        )  # fmt: skip
    if scenario is INVISIBLE_DOCUMENT:
        line = "Récidive locale probable à l'imagerie. Annonce prévue en consultation avec l'oncologue."
        return (
            wrapped_pdf(desk, CONSULTATION, "Consultation d'oncologie", (line,), author, days=6,
                        labels=frozenset({INVISIBLE_TO_PATIENT})),
        )  # fmt: skip
    return ()


def _contacts(dice: Dice, scenario: Scenario, given: str, doctor: Doctor, address: str) -> tuple[Contact, ...]:
    mail = f"{mail_name(given, scenario.birth_name)}@{PATIENT_MAIL}"
    minor = scenario is MINOR_HIDDEN_ACT
    name = f"{given} {scenario.used_name or scenario.birth_name}"
    own = Contact(kind="patient", name=name, email="" if minor else mail, phone="" if minor else phone_number(dice),
                  address=address, mssante="")  # fmt: skip
    return (own, doctor_contact(doctor), _close_one(dice, scenario, address))


def _close_one(dice: Dice, scenario: Scenario, address: str) -> Contact:
    if scenario is MINOR_HIDDEN_ACT:
        parent = persona_named("parent")
        if parent is None:
            raise LookupError("no persona parent")
        name, mail = f"{parent.given_name} {parent.family_name}", mail_name(parent.given_name, parent.family_name)
        return Contact(kind="legal_representative", name=name, email=f"{mail}@{PATIENT_MAIL}",
                       phone=phone_number(dice), address=address, mssante="")  # fmt: skip
    kind = "legal_representative" if scenario is HOMONYM_2 else "trusted_person"
    return Contact(kind=kind, name=f"Camille {scenario.birth_name}", email="", phone=phone_number(dice),
                   address="", mssante="")  # fmt: skip
