"""One document of a demo dossier, from its parts to its bytes."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from lxml import etree

from gateway.demo.hospital.cda import sections
from gateway.demo.hospital.cda.allergies import allergies
from gateway.demo.hospital.cda.element import Element, french_day, node
from gateway.demo.hospital.cda.header import (
    BIOLOGY,
    DISCHARGE,
    PRESCRIPTION,
    SYNTHESIS,
    VACCINATION,
    DocumentType,
    Head,
    clinical_document,
    unique_id,
)
from gateway.demo.hospital.cda.results import Result, chapters
from gateway.demo.hospital.clinical import Allergy, Stay, Story, Vaccination
from gateway.demo.hospital.dice import Dice
from gateway.demo.hospital.pdf import write_pdf
from gateway.demo.hospital.people import Doctor, Person
from gateway.dossiers.connector import DocumentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDocument:
    """A document to deposit: what its bytes do not say of themselves, and the bytes."""

    id: str
    unique_id: str
    patient_id: str
    type: DocumentType
    labels: frozenset[str]  # confidentiality codes beside the header's own N
    status: DocumentStatus
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known of one person's health."""

    story: Story
    allergies: tuple[Allergy, ...] | None  # None: nobody ever wrote about it
    vaccinations: tuple[Vaccination, ...]
    directives_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every document of one dossier is written with. `told_on` is the day the story's years count back from."""

    dice: Dice
    person: Person
    now: datetime
    told_on: date

    @classmethod
    def of(cls, dice: Dice, person: Person, now: datetime) -> "Desk":
        """A desk whose story is told from some day of the last four months."""
        return cls(dice=dice, person=person, now=now, told_on=now.date() - timedelta(days=dice.randrange(120)))

    def days_ago(self, days: float) -> datetime:
        """A moment of a working day, that many days before now, and not before the patient was born."""
        lived = (self.now.date() - date.fromisoformat(self.person.record.traits.birth_date)).days
        moment = self.now - timedelta(days=min(days, max(1, lived - 1)))
        return moment.replace(hour=8 + self.dice.randrange(10), minute=self.dice.randrange(60), second=0, microsecond=0)


def synthesis(desk: Desk, case: Case, *, days: float, replaces: str = "", obsolete: bool = False) -> DemoDocument:
    """The « volet de synthèse médicale » of the médecin traitant, level 3."""
    created = desk.days_ago(days)
    today, story = desk.told_on, case.story
    known = _Known(today, created.date())
    active = [one for one in known(story.problems) if one.active]
    over = [one for one in known(story.problems) if not one.active]
    acts, devices, injections = known(story.acts), known(story.devices), known(case.vaccinations)
    parts = [
        allergies(today, known(case.allergies)) if case.allergies is not None else None,
        sections.problems(today, active, active=True) if active else None,
        sections.problems(today, over, active=False) if over else None,
        sections.acts(today, acts) if acts else None,
        sections.devices(today, devices) if devices else None,
        sections.attention(story.attention) if story.attention and active else None,
        sections.treatments(today, known(story.treatments), code="10160-0", label="Traitements au long cours"),
        sections.vaccinations(today, injections) if injections else None,
        sections.directives(case.directives_on) if case.directives_on and case.directives_on < created.date() else None,
    ]
    return _structured(
        desk, SYNTHESIS, "Synthèse médicale", created, desk.person.doctor, parts, replaces=replaces, obsolete=obsolete
    )


def discharge_letter(desk: Desk, case: Case, stay: Stay, author: Doctor) -> DemoDocument:
    """The « lettre de liaison à la sortie », level 3."""
    out = desk.days_ago((desk.now.date() - sections.years_ago(desk.told_on, stay.years)).days)
    today, known = desk.told_on, _Known(desk.told_on, out.date())
    service = (out.date() - timedelta(days=desk.dice.randrange(2, 9)), out.date())
    parts = [
        sections.prose("42349-1", "Motif d'hospitalisation", stay.reason),
        sections.prose("8648-8", "Synthèse médicale du séjour", stay.course),
        allergies(today, known(case.allergies)) if case.allergies is not None else None,
        sections.treatments(today, known(case.story.treatments), code="10183-2", label="Traitements à la sortie"),
        sections.prose("18776-5", "Suites à donner", stay.on_discharge),
    ]
    title = f"Lettre de liaison à la sortie, {stay.unit.lower()}"
    return _structured(desk, DISCHARGE, title, out, author, parts, service=service)


def biology_report(desk: Desk, results: Sequence[Result], author: Doctor, *, days: float) -> DemoDocument:
    """A laboratory report, level 3."""
    created = desk.days_ago(days)
    title = f"Examens biologiques du {french_day(created.date())}"
    return _structured(desk, BIOLOGY, title, created, author, chapters(results, created))


def prescription(desk: Desk, case: Case, *, days: float) -> DemoDocument:
    """The médecin traitant's last prescription, level 3."""
    created = desk.days_ago(days)
    today = desk.told_on
    taken = _Known(today, created.date())(case.story.treatments)
    body = sections.treatments(today, taken, code="57828-6", label="Prescription")
    return _structured(desk, PRESCRIPTION, "Ordonnance de médicaments", created, desk.person.doctor, [body])


def vaccination_note(desk: Desk, vaccination: Vaccination) -> DemoDocument:
    """A note of one vaccination, written the day it was done, level 3."""
    done = sections.years_ago(desk.told_on, vaccination.years)
    created = desk.days_ago((desk.now.date() - done).days)
    body = sections.vaccinations(desk.told_on, [vaccination])
    return _structured(desk, VACCINATION, "Note de vaccination", created, desk.person.doctor, [body])


def wrapped_pdf(
    desk: Desk,
    kind: DocumentType,
    title: str,
    paragraphs: Sequence[str],
    author: Doctor | None,
    *,
    days: float,
    labels: frozenset[str] = frozenset(),
) -> DemoDocument:
    """A level 1 document around a PDF of our own making; without an author the patient wrote it."""
    created = desk.days_ago(days)
    who = author.name if author else f"{desk.person.record.traits.given_names} {desk.person.record.traits.birth_name}"
    lines = [f"Le {french_day(created.date())}, {who}", *paragraphs]
    encoded = base64.b64encode(write_pdf(title, lines)).decode()
    body = node("nonXMLBody", node("text", encoded, mediaType="application/pdf", representation="B64"))
    head = Head(identifier=desk.dice.uuid(), type=kind, title=title, created=created, person=desk.person, author=author)
    return _document(desk, head, body, labels=labels)


class _Dated(Protocol):
    @property
    def years(self) -> float: ...


D = TypeVar("D", bound=_Dated)


@dataclass(frozen=True, slots=True)
class _Known:
    """What had happened by the day a document was written: nobody writes of what is to come."""

    today: date
    written: date

    def __call__(self, found: Sequence[D]) -> list[D]:
        return [one for one in found if sections.years_ago(self.today, one.years) <= self.written]


def _structured(
    desk: Desk,
    kind: DocumentType,
    title: str,
    created: datetime,
    author: Doctor,
    parts: Sequence[Element | None],
    *,
    service: tuple[date, date] | None = None,
    replaces: str = "",
    obsolete: bool = False,
) -> DemoDocument:
    head = Head(
        identifier=desk.dice.uuid(),
        type=kind,
        title=title,
        created=created,
        person=desk.person,
        author=author,
        replaces=replaces,
        service=service,
    )
    return _document(desk, head, node("structuredBody", *parts), obsolete=obsolete)


def _document(
    desk: Desk, head: Head, body: Element, *, labels: frozenset[str] = frozenset(), obsolete: bool = False
) -> DemoDocument:
    root = clinical_document(head, body)
    return DemoDocument(
        id=desk.dice.uuid(),
        unique_id=unique_id(head.identifier),
        patient_id=desk.person.record.id,
        type=head.type,
        labels=labels,
        status=DocumentStatus.OBSOLETE if obsolete else DocumentStatus.CURRENT,
        content=etree.tostring(root, xml_declaration=True, encoding="UTF-8"),
    )
