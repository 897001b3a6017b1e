"""The whole hospital, invented: people, documents, admissions, blocks and recorded consents. Nothing is stored here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.admissions.register import Admission
from gateway.demo.hospital.arrivals import arrivals_of_others, arrivals_of_scenarios
from gateway.demo.hospital.cast import case_of, cast, cast_parent, special_documents, staff_key
from gateway.demo.hospital.dice import SEED, Dice
from gateway.demo.hospital.documents import DemoDocument, Desk
from gateway.demo.hospital.dossier import HOSPITAL, invent_case, write_dossier
from gateway.demo.hospital.people import Doctor, Person, invent_doctors, invent_person
from gateway.demo.hospital.reach import with_reach
from gateway.demo.hospital.scenarios import BLOCKED_PROFESSIONAL, MINOR_HIDDEN_ACT, PATIENTE, SCENARIOS

PATIENTS = 300
GENERAL_PRACTITIONERS = 24
CONSENTS = 3  # of the others present, asked at the reception

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """An agreement already recorded for an episode."""

    id: str
    patient_id: str
    episode_id: str
    recorded_by: str
    recorded_at: int  # epoch ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A professional a patient blocked."""

    id: str
    patient_id: str
    staff_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invention:
    """Everything to store."""

    people: tuple[Person, ...]
    documents: tuple[DemoDocument, ...]
    admissions: tuple[Admission, ...]
    blocks: tuple[Block, ...]
    consents: tuple[Consent, ...]
    contact_ids: tuple[str, ...]  # one for each contact, in order


def invent_hospital(
    now: datetime, *, issuer: str, patiente_has_documents: bool = True, progress: Progress | None = None
) -> Invention:
    """The same hospital for the same `now` and issuer, every time (aware UTC time)."""
    dice, today = Dice(SEED), now.date()
    doctors = invent_doctors(dice, GENERAL_PRACTITIONERS)
    colleagues = tuple(_of_the_hospital(doctor) for doctor in invent_doctors(dice, 6))
    named = [(one, with_reach(one, cast(dice, one, today, dice.choice(doctors), issuer))) for one in SCENARIOS]
    parent = cast_parent(dice, next(person for scenario, person in named if scenario is MINOR_HIDDEN_ACT))
    known = [*(person for _, person in named), parent]
    taken = {person.record.ins.value for person in known if person.record.ins}
    others = [invent_person(dice, number, today, doctors, taken) for number in range(PATIENTS - len(known))]

    documents: list[DemoDocument] = []
    for scenario, person in named:
        desk = Desk.of(dice.branch(scenario.key), person, now)
        if scenario.dossier_status == "absent" or (scenario is PATIENTE and not patiente_has_documents):
            continue
        documents += write_dossier(desk, case_of(desk.dice, scenario, person, today), colleagues)
        documents += special_documents(desk, scenario, colleagues)
    for number, person in enumerate(others):
        if person.record.dossier_status != "absent":
            desk = Desk.of(dice.branch(person.record.ipp), person, now)
            documents += write_dossier(desk, invent_case(desk.dice, person, person.age(today)), colleagues)
        if progress is not None:
            progress(len(known) + number + 1, PATIENTS)

    here = arrivals_of_others(dice, others, now)
    people = (*known, *others)
    blocked = next(person for scenario, person in named if scenario is BLOCKED_PROFESSIONAL)
    return Invention(
        people=people,
        documents=tuple(documents),
        admissions=(*arrivals_of_scenarios(dice, named, now), *here),
        blocks=(Block(id=dice.uuid(), patient_id=blocked.record.id, staff_key=staff_key("interne", issuer)),),
        consents=tuple(_consent(dice, one, issuer) for one in here[:CONSENTS]),
        contact_ids=tuple(dice.uuid() for person in people for _ in person.contacts),
    )


def _of_the_hospital(doctor: Doctor) -> Doctor:
    return Doctor(
        family_name=doctor.family_name,
        given_name=doctor.given_name,
        rpps=f"1018{doctor.rpps[4:]}",
        organization=HOSPITAL,
        specialty="SM54",
        specialty_label="Médecin - Médecine générale (SM)",
        phone=doctor.phone,
    )


def _consent(dice: Dice, arrival: Admission, issuer: str) -> Consent:
    return Consent(
        id=dice.uuid(),
        patient_id=arrival.patient_id,
        episode_id=arrival.episode_id,
        recorded_by=staff_key("senior", issuer),
        recorded_at=arrival.admitted_at + 300_000,
    )
