"""Fictitious people: identities with valid test matricules, and whom to reach about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.demo.hospital.dice import Dice
from gateway.demo.hospital.names import (
    BIRTHPLACES_ABROAD,
    CORSICAN_NAMES,
    CORSICAN_TOWNS,
    FAMILY_NAMES,
    MEN_AFTER_1965,
    MEN_BEFORE_1965,
    STREETS,
    TOWNS,
    WOMEN_AFTER_1965,
    WOMEN_BEFORE_1965,
    Town,
)
from gateway.patients.folding import first_given_name, fold
from gateway.patients.ins import OID_TEST, Ins, ins_key
from gateway.patients.patient import Contact, PatientRecord, Traits

PATIENT_MAIL = "patients.demo.test"
DOCTOR_MAIL = "medecin.mssante.demo.test"  # stands for an MSSanté operator's domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """A médecin traitant or a hospital physician, invented."""

    family_name: str
    given_name: str
    rpps: str  # 11 digits, none issued
    organization: str
    specialty: str = "SM26"
    specialty_label: str = "Médecin - Qualifié en Médecine Générale (SM)"
    phone: str = ""
    mssante: str = ""

    @property
    def name(self) -> str:
        """As a letter is signed."""
        return f"Dr {self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One patient and those around them."""

    record: PatientRecord
    contacts: tuple[Contact, ...]
    home: Town
    street: str
    doctor: Doctor

    def age(self, today: date) -> int:
        """Whole years."""
        born = date.fromisoformat(self.record.traits.birth_date)
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def make_test_ins(sex: str, born: date, birth_place: str, order: int) -> Ins:
    """A matricule of the test OID with its key: sex, year, month, birthplace, order (1 to 999)."""
    first_13 = f"{'2' if sex == 'F' else '1'}{born:%y%m}{birth_place}{order:03d}"
    return Ins(first_13 + ins_key(first_13), OID_TEST)


def phone_number(dice: Dice) -> str:
    """A number of the ranges ARCEP keeps for fiction."""
    return f"{dice.choice(('01 99 00', '06 39 98'))} {dice.randrange(100):02d} {dice.randrange(100):02d}"


def mail_name(given_name: str, family_name: str) -> str:
    """The part of an address before the @."""
    return f"{fold(given_name)}.{fold(family_name)}".lower().replace(" ", "-")


def invent_doctors(dice: Dice, count: int) -> tuple[Doctor, ...]:
    """General practitioners with a secure mailbox each."""
    doctors = []
    for number in range(count):
        given = dice.choice(WOMEN_AFTER_1965 + MEN_AFTER_1965)
        family = dice.choice(FAMILY_NAMES)
        doctors.append(
            Doctor(
                family_name=family,
                given_name=given,
                rpps=f"1019{number:07d}",
                organization=f"Cabinet médical {dice.choice(STREETS)}",
                phone=phone_number(dice),
                mssante=f"{mail_name(given, family)}.{number}@{DOCTOR_MAIL}",
            )
        )
    return tuple(doctors)


def invent_person(dice: Dice, number: int, today: date, doctors: Sequence[Doctor], taken: set[str]) -> Person:
    """Someone who does not exist. `taken` holds the matricules given so far, and receives this one."""
    sex = dice.choice("FM")
    born = today - timedelta(days=int(365.25 * min(102.0, max(0.2, dice.gauss(56, 25)))))
    corsican = number % 25 == 7
    abroad = not corsican and dice.chance(0.12)
    family = dice.choice(CORSICAN_NAMES if corsican else FAMILY_NAMES)
    birth_town = dice.choice(CORSICAN_TOWNS if corsican else BIRTHPLACES_ABROAD if abroad else TOWNS)
    given_names = _given_names(dice, sex, born)
    married = sex == "F" and today.year - born.year > 30 and dice.chance(0.4)
    record = PatientRecord(
        id=dice.uuid(),
        ipp=f"8000001{number:03d}",
        ins=free_ins(dice, sex, born, birth_town.insee, taken),
        identity_status="QUAL" if dice.chance(0.96) else dice.choice(("VALI", "PROV")),
        traits=Traits(
            birth_name=family,
            given_names=given_names,
            birth_date=born.isoformat(),
            sex=sex,
            birth_place=birth_town.insee,
            used_name=dice.choice(FAMILY_NAMES) if married else "",
            used_given_name=first_given_name(given_names),
        ),
        deceased_on=None,
        language="en" if dice.chance(0.03) else "fr",
        dossier_status=dice.choices(("active", "closed", "absent"), (90, 3, 7))[0],
        opposed_break_glass=dice.chance(0.03),
        opposed_centre_15=dice.chance(0.03),
        masked_in_emergency=dice.chance(0.3),
        linked_staff_key=None,
    )
    doctor = dice.choice(doctors)
    home, street = dice.choice(TOWNS), f"{dice.randrange(1, 140)} {dice.choice(STREETS)}"
    return Person(
        record=without_ins_unless_qualified(record),
        contacts=_contacts(dice, record, doctor, f"{street}, {home.postal_code} {home.name}"),
        home=home,
        street=street,
        doctor=doctor,
    )


def free_ins(dice: Dice, sex: str, born: date, birth_place: str, taken: set[str]) -> Ins:
    """A matricule nobody of this hospital has yet."""
    while True:
        ins = make_test_ins(sex, born, birth_place, dice.randrange(1, 1000))
        if ins.value not in taken:
            taken.add(ins.value)
            return ins


def without_ins_unless_qualified(record: PatientRecord) -> PatientRecord:
    """An identity neither qualified nor recovered has no matricule (référentiel INS: VALI and PROV are local)."""
    if record.identity_status in {"QUAL", "RECUP"}:
        return record
    fields = {name: getattr(record, name) for name in PatientRecord.__dataclass_fields__}
    return PatientRecord(**{**fields, "ins": None})


def _given_names(dice: Dice, sex: str, born: date) -> str:
    before, after = (WOMEN_BEFORE_1965, WOMEN_AFTER_1965) if sex == "F" else (MEN_BEFORE_1965, MEN_AFTER_1965)
    first = dice.choice(before if born.year < 1965 else after)
    others = dice.sample([name for name in before if name != first], dice.choice((0, 1, 1, 2)))
    return " ".join((first, *others))


def _contacts(dice: Dice, record: PatientRecord, doctor: Doctor, address: str) -> tuple[Contact, ...]:
    traits = record.traits
    given = first_given_name(traits.given_names)
    mail = f"{mail_name(given, traits.birth_name)}.{record.ipp[-3:]}@{PATIENT_MAIL}"
    contacts = [
        Contact(
            kind="patient",
            name=f"{given} {traits.used_name or traits.birth_name}",
            email=mail if dice.chance(0.85) else "",
            phone=phone_number(dice) if dice.chance(0.95) else "",
            address=address,
            mssante="",
        ),
        doctor_contact(doctor),
    ]
    if dice.chance(0.7):
        kind = dice.choice(("trusted_person", "emergency_contact"))
        relative = f"{dice.choice(WOMEN_AFTER_1965 + MEN_AFTER_1965)} {traits.birth_name}"
        contacts.append(Contact(kind=kind, name=relative, email="", phone=phone_number(dice), address="", mssante=""))
    return tuple(contacts)


def doctor_contact(doctor: Doctor) -> Contact:
    """The médecin traitant as the directory keeps them."""
    return Contact(
        kind="medecin_traitant",
        name=doctor.name,
        email="",
        phone=doctor.phone,
        address=doctor.organization,
        mssante=doctor.mssante,
    )
