"""The dossier of one person: which documents their story left behind, and when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from gateway.demo.hospital.cda.header import CONSULTATION, DIRECTIVES, IMAGING
from gateway.demo.hospital.cda.results import (
    CREATININE,
    CRP,
    EGFR,
    HAEMOGLOBIN,
    HBA1C,
    INR,
    PLATELETS,
    POTASSIUM,
    Result,
)
from gateway.demo.hospital.clinical import Biology, Vaccination
from gateway.demo.hospital.dice import Dice
from gateway.demo.hospital.documents import (
    Case,
    DemoDocument,
    Desk,
    biology_report,
    discharge_letter,
    prescription,
    synthesis,
    vaccination_note,
    wrapped_pdf,
)
from gateway.demo.hospital.people import Doctor, Person
from gateway.demo.hospital.stories import COMMON_ALLERGIES, STORIES

HOSPITAL = "Centre hospitalier de démonstration"
LABORATORY = "Laboratoire de biologie médicale de démonstration"

_IMAGES = (
    ("Radiographie du thorax", "Pas de foyer parenchymateux. Silhouette cardiaque de taille normale.",),
    ("Scanner cérébral sans injection", "Pas d'hémorragie. Pas d'effet de masse. Atrophie en rapport avec l'âge.",),
    ("Échographie abdominale", "Foie et voies biliaires sans anomalie. Reins de taille normale.",),
    ("Échographie cardiaque", "Fraction d'éjection à 55 %. Pas de valvulopathie significative.",),
)  # fmt: skip
_CONSULTATIONS = (
    ("Consultation de suivi", "Examen sans particularité. Traitement poursuivi à l'identique."),
    ("Consultation pour douleurs lombaires", "Lombalgie commune sans signe d'alarme. Antalgiques, kinésithérapie."),
    ("Consultation d'ophtalmologie", "Acuité conservée. Fond d'œil sans lésion évolutive."),
)


def invent_case(dice: Dice, person: Person, now_age: int) -> Case:
    """A story this person may have lived, their allergies and vaccinations."""
    sex = person.record.traits.sex
    fitting = [one for one in STORIES if one.ages[0] <= now_age <= one.ages[1] and sex in one.sexes]
    story = dice.choices(fitting, [one.weight for one in fitting])[0] if fitting else STORIES[-1]
    chosen = dice.choices(("none", "unsaid", "one", "two"), (52, 12, 28, 8))[0]
    drawn = dice.sample(COMMON_ALLERGIES, {"one": 1, "two": 2}.get(chosen, 0)) if now_age >= 3 else []
    lasting = [replace(one, years=min(one.years, max(0.5, now_age / 2))) for one in drawn]
    known = (*story.allergies, *lasting)
    return Case(
        story=story,
        allergies=None if chosen == "unsaid" and not known else known,
        vaccinations=invent_vaccinations(dice, now_age),
        directives_on=None,
    )


def invent_vaccinations(dice: Dice, age: int) -> tuple[Vaccination, ...]:
    """What the French calendar asks of that age, more or less followed."""
    found = []
    if dice.chance(0.8) and age >= 7:
        found.append(
            Vaccination("REVAXIS (diphtérie, tétanos, poliomyélite)", "J07CA01", min(age - 5, dice.uniform(0.5, 14)))
        )
    if dice.chance(0.7) and age >= 12:
        found.append(Vaccination("COMIRNATY (Covid-19)", "J07BN01", dice.uniform(0.3, 4.5)))
    if dice.chance(0.6) and age >= 65:
        found.append(Vaccination("VAXIGRIPTETRA (grippe saisonnière)", "J07BB02", dice.uniform(0.05, 1.1), "Annuel"))
    if dice.chance(0.3) and age >= 65:
        found.append(Vaccination("PREVENAR 20 (pneumocoque)", "J07AL02", dice.uniform(0.5, 3), "Dose unique"))
    if 3 <= age < 18:
        found.append(Vaccination("PRIORIX (rougeole, oreillons, rubéole)", "J07BD52", age - 2.2, "2e dose"))
    return tuple(found)


def write_dossier(desk: Desk, case: Case, colleagues: Sequence[Doctor]) -> tuple[DemoDocument, ...]:
    """Every document, oldest decisions included."""
    dice, story = desk.dice, case.story
    age = desk.person.age(desk.now.date())
    if age > 70 and dice.chance(0.28):
        case = replace(case, directives_on=desk.now.date() - timedelta(days=dice.randrange(90, 1800)))
    written: list[DemoDocument] = []
    if story.treatments or story.problems or dice.chance(0.5):
        written += _syntheses(desk, case)
    written += _letters(desk, case, colleagues)
    written += _biology(desk, story.biology, age, colleagues[0])
    if story.treatments:
        written.append(prescription(desk, case, days=dice.uniform(5, 80)))
    if case.vaccinations and dice.chance(0.6):
        written.append(vaccination_note(desk, min(case.vaccinations, key=lambda one: one.years)))
    written += _papers(desk, case, colleagues)
    return tuple(written)


def _syntheses(desk: Desk, case: Case) -> list[DemoDocument]:
    latest = desk.dice.uniform(15, 500)
    if not desk.dice.chance(0.2):
        return [synthesis(desk, case, days=latest)]
    former = synthesis(desk, case, days=latest + 400, obsolete=True)
    return [former, synthesis(desk, case, days=latest, replaces=former.unique_id)]


def _letters(desk: Desk, case: Case, colleagues: Sequence[Doctor]) -> list[DemoDocument]:
    # A ward that did not ask writes « aucune allergie connue »: the summary must show that two sources disagree.
    told = replace(case, allergies=()) if desk.dice.chance(0.15) else case
    return [discharge_letter(desk, told, stay, _hospital_doctor(colleagues, stay.unit)) for stay in case.story.stays]


def _biology(desk: Desk, biology: Biology | None, age: int, author: Doctor) -> list[DemoDocument]:
    if biology is None:
        return []
    laboratory = replace(author, organization=LABORATORY, specialty="SM03",
                         specialty_label="Médecin - Biologie médicale (SM)")  # fmt: skip
    reports = []
    days = desk.dice.uniform(4, 60)
    for _ in range(desk.dice.choice((1, 2, 2, 3, 4))):
        reports.append(biology_report(desk, _results(desk, biology, age), laboratory, days=days))
        days += desk.dice.uniform(60, 260)
    return reports


def _results(desk: Desk, biology: Biology, age: int) -> list[Result]:
    dice = desk.dice
    creatinine = biology.creatinine * dice.uniform(0.88, 1.14)
    values = [
        Result(CREATININE, creatinine),
        Result(EGFR, _filtration(creatinine, age, desk.person.record.traits.sex)),
        Result(POTASSIUM, biology.potassium * dice.uniform(0.93, 1.07)),
        Result(HAEMOGLOBIN, biology.haemoglobin * dice.uniform(0.94, 1.06)),
        Result(PLATELETS, biology.platelets * dice.uniform(0.8, 1.2)),
    ]
    for analyte, middle in ((INR, biology.inr), (HBA1C, biology.hba1c), (CRP, biology.crp)):
        if middle is not None:
            values.append(Result(analyte, middle * dice.uniform(0.85, 1.2)))
    return values


def _filtration(creatinine: float, age: int, sex: str) -> float:
    """CKD-EPI 2009, mL/min/1.73 m², creatinine in µmol/L."""
    kappa, alpha, factor = (61.9, -0.329, 1.018) if sex == "F" else (79.6, -0.411, 1.0)
    ratio = creatinine / kappa
    filtration: float = 141 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.209 * 0.993**age * factor
    return min(filtration, 140.0)


def _papers(desk: Desk, case: Case, colleagues: Sequence[Doctor]) -> list[DemoDocument]:
    dice = desk.dice
    papers = []
    if dice.chance(0.4):
        title, finding = dice.choice(_IMAGES)
        author = replace(colleagues[1], organization=f"{HOSPITAL}, imagerie")
        lines = (f"Indication : {case.story.problems[0].text if case.story.problems else 'bilan'}.", finding)
        papers.append(wrapped_pdf(desk, IMAGING, title, lines, author, days=dice.uniform(20, 700)))
    if dice.chance(0.4):
        title, finding = dice.choice(_CONSULTATIONS)
        papers.append(
            wrapped_pdf(desk, CONSULTATION, title, (finding,), desk.person.doctor, days=dice.uniform(10, 600))
        )
    if case.directives_on:
        days = (desk.now.date() - case.directives_on).days
        papers.append(wrapped_pdf(desk, DIRECTIVES, "Mes directives anticipées", DIRECTIVES_TEXT, None, days=days))
    return papers


DIRECTIVES_TEXT = (
    "Si je suis hors d'état d'exprimer ma volonté et en fin de vie, je ne souhaite pas de réanimation cardiaque ni "
    "de ventilation artificielle prolongée.",
    "Je souhaite être soulagé(e), même si cela peut abréger ma vie, et que ma personne de confiance soit consultée.",
)


def _hospital_doctor(colleagues: Sequence[Doctor], unit: str) -> Doctor:
    return replace(colleagues[len(unit) % len(colleagues)], organization=f"{HOSPITAL}, {unit.lower()}")
