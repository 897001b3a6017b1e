"""Sections of a structured body: treatments, problems, history, acts, devices, vaccinations, attention.

Template identifiers are those of the CI-SIS volets and of the IHE PCC and CCD ones they specialise.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from gateway.demo.hospital.cda.element import (
    ACT_CODE,
    ATC,
    CCAM,
    CIM10,
    EMDN,
    SNOMED,
    Element,
    Marked,
    coded,
    day,
    french_day,
    node,
    original,
    paragraphs,
    section,
    table,
    template,
    text_reference,
)
from gateway.demo.hospital.clinical import Act, Device, Problem, Treatment, Vaccination


def years_ago(today: date, years: float) -> date:
    """A day about that many years before: two things of the same age happened together, no two ages on one birthday."""
    drift = int(years * 977) % max(1, int(min(years * 60, 170)))
    return today - timedelta(days=round(years * 365.25) + drift)


def concern(observation: Element, *templates: str, active: bool) -> Element:
    """The `entry` around one observation of a problem or an allergy (IHE PCC Concern Entry)."""
    return node(
        "entry",
        node(
            "act",
            *template("1.3.6.1.4.1.19376.1.5.3.1.4.5.1", *templates),
            node("code", nullFlavor="NA"),
            node("statusCode", code="active" if active else "completed"),
            node("entryRelationship", observation, typeCode="SUBJ", inversionInd="false"),
            classCode="ACT",
            moodCode="EVN",
        ),
    )


def problems(today: date, found: Sequence[Problem], *, active: bool) -> Element:
    """11450-4 what is going on, or 11348-0 what is over."""
    code, label, root = (
        ("11450-4", "Problèmes actifs", "1.2.250.1.213.1.1.2.132")
        if active
        else ("11348-0", "Antécédents médicaux", "1.2.250.1.213.1.1.2.134")
    )
    prefix = "probleme" if active else "antecedent"
    rows = [
        (french_day(years_ago(today, one.years)), Marked(f"{prefix}-{number}", one.text))
        for number, one in enumerate(found, 1)
    ]
    entries = (_problem(today, f"{prefix}-{number}", one) for number, one in enumerate(found, 1))
    return section(code, label, label, table(("Date", label), rows), *entries, templates=(root,))


def _problem(today: date, reference: str, one: Problem) -> Element:
    begun = years_ago(today, one.years)
    observation = node(
        "observation",
        *template("1.3.6.1.4.1.19376.1.5.3.1.4.5", "1.2.250.1.213.1.1.3.37"),
        coded("code", "282291009", SNOMED, "interprétation diagnostique"),
        text_reference(reference),
        node("statusCode", code="completed"),
        node(
            "effectiveTime",
            node("low", value=day(begun)),
            None if one.active else node("high", value=day(begun + timedelta(days=21))),
        ),
        coded("value", one.cim10, CIM10, one.text, original(reference), xsi_type="CD"),
        classCode="OBS",
        moodCode="EVN",
        negationInd="false",
    )
    return concern(observation, "1.3.6.1.4.1.19376.1.5.3.1.4.5.2", "1.2.250.1.213.1.1.3.39", active=one.active)


def acts(today: date, found: Sequence[Act]) -> Element:
    """47519-4."""
    rows = [
        (french_day(years_ago(today, one.years)), Marked(f"acte-{number}", one.text))
        for number, one in enumerate(found, 1)
    ]
    entries = (
        node(
            "entry",
            node(
                "procedure",
                *template("1.3.6.1.4.1.19376.1.5.3.1.4.19", "1.2.250.1.213.1.1.3.62"),
                coded("code", one.ccam, CCAM, one.text, original(f"acte-{number}")),
                text_reference(f"acte-{number}"),
                node("statusCode", code="completed"),
                node("effectiveTime", value=day(years_ago(today, one.years))),
                classCode="PROC",
                moodCode="EVN",
            ),
        )
        for number, one in enumerate(found, 1)
    )
    words = table(("Date", "Acte"), rows)
    return section("47519-4", "Historique des actes", "Historique des actes", words, *entries,
                   templates=("1.3.6.1.4.1.19376.1.5.3.1.3.12", "1.2.250.1.213.1.1.2.136"))  # fmt: skip


def treatments(today: date, found: Sequence[Treatment], *, code: str, label: str) -> Element:
    """10160-0 what is taken, 10183-2 what was prescribed on discharge, 57828-6 a prescription."""
    rows = [
        (
            french_day(years_ago(today, one.years)),
            Marked(f"traitement-{number}", one.name),
            one.posology,
            one.reason,
        )
        for number, one in enumerate(found, 1)
    ]
    words = (
        table(("Date de début", "Médicament", "Posologie", "Motif"), rows)
        if found
        else paragraphs("Aucun traitement en cours")
    )
    entries = (_treatment(today, number, one) for number, one in enumerate(found, 1))
    return section(code, label, label, words, *entries,
                   templates=("1.3.6.1.4.1.19376.1.5.3.1.3.19", "1.2.250.1.213.1.1.2.143"))  # fmt: skip


def _treatment(today: date, number: int, one: Treatment) -> Element:
    reference = f"traitement-{number}"
    return node(
        "entry",
        node(
            "substanceAdministration",
            *template("1.3.6.1.4.1.19376.1.5.3.1.4.7", "1.2.250.1.213.1.1.3.42"),
            coded("code", "DRUG", ACT_CODE, "Médicament"),
            text_reference(reference),
            node("statusCode", code="completed"),
            node("effectiveTime", node("low", value=day(years_ago(today, one.years))), xsi_type="IVL_TS"),
            _product(one.atc, one.substance, one.name, reference),
            classCode="SBADM",
            moodCode="EVN",
        ),
        typeCode="DRIV",
    )


def _product(atc: str, substance: str, name: str, reference: str) -> Element:
    material = node("manufacturedMaterial", coded("code", atc, ATC, substance, original(reference)), node("name", name))
    product = node("manufacturedProduct", *template("1.2.250.1.213.1.1.3.43"), material)
    return node("consumable", product)


def devices(today: date, found: Sequence[Device]) -> Element:
    """46264-8."""
    rows = [
        (french_day(years_ago(today, one.years)), Marked(f"dispositif-{number}", one.text), one.comment or "-")
        for number, one in enumerate(found, 1)
    ]
    entries = (
        node(
            "entry",
            node(
                "supply",
                *template("2.16.840.1.113883.10.20.1.34", "1.2.250.1.213.1.1.3.20"),
                text_reference(f"dispositif-{number}"),
                node("effectiveTime", node("low", value=day(years_ago(today, one.years))), xsi_type="IVL_TS"),
                node(
                    "participant",
                    node(
                        "participantRole",
                        node(
                            "playingDevice",
                            coded("code", one.emdn, EMDN, one.text, original(f"dispositif-{number}")),
                            classCode="DEV",
                        ),
                        classCode="MANU",
                    ),
                    typeCode="DEV",
                ),
                classCode="SPLY",
                moodCode="EVN",
            ),
        )
        for number, one in enumerate(found, 1)
    )
    words = table(("Date début", "Dispositif", "Commentaire"), rows)
    return section("46264-8", "Dispositifs médicaux", "Dispositifs médicaux", words, *entries,
                   templates=("1.2.250.1.213.1.1.2.1",))  # fmt: skip


def vaccinations(today: date, found: Sequence[Vaccination]) -> Element:
    """11369-6."""
    rows = [
        (french_day(years_ago(today, one.years)), Marked(f"vaccin-{number}", one.name), one.rank)
        for number, one in enumerate(found, 1)
    ]
    entries = (
        node(
            "entry",
            node(
                "substanceAdministration",
                *template("1.3.6.1.4.1.19376.1.5.3.1.4.12", "1.2.250.1.213.1.1.3.45"),
                coded("code", "IMMUNIZ", ACT_CODE, "Vaccination"),
                text_reference(f"vaccin-{number}"),
                node("statusCode", code="completed"),
                node("effectiveTime", value=day(years_ago(today, one.years))),
                _product(one.atc, one.name, one.name, f"vaccin-{number}"),
                classCode="SBADM",
                moodCode="EVN",
                negationInd="false",
            ),
        )
        for number, one in enumerate(found, 1)
    )
    words = table(("Date", "Vaccin", "Rang"), rows)
    return section("11369-6", "Historique des vaccinations", "Vaccinations", words, *entries,
                   templates=("1.2.250.1.213.1.1.2.147",))  # fmt: skip


def attention(points: Sequence[str]) -> Element:
    """44944-7, « points de vigilance »: words only."""
    return section("44944-7", "Points de vigilance", "Points de vigilance", paragraphs(*points))


def directives(written_on: date) -> Element:
    """42348-3: that the person wrote directives, and where they are."""
    line = f"Directives anticipées rédigées le {french_day(written_on)}, déposées dans le dossier"
    return section("42348-3", "Directives anticipées", "Directives anticipées", paragraphs(line))


def prose(code: str, label: str, *lines: str) -> Element:
    """A section of words: reason for the stay, its course, what follows."""
    return section(code, label, label, paragraphs(*lines))
