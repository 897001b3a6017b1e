"""The section of allergies and intolerances (48765-2), with its three states: listed, none known, nothing said."""

from collections.abc import Sequence
from datetime import date

from gateway.demo.hospital.cda.element import (
    ATC,
    LOINC,
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
from gateway.demo.hospital.cda.sections import concern, years_ago
from gateway.demo.hospital.clinical import Allergy

_CRITICALITIES = "2.16.840.1.113883.4.642.4.130"  # HL7 allergy-intolerance-criticality
_ABSENT = "2.16.840.1.113883.5.1150.1"  # HL7 IPS « absent or unknown data »


def allergies(today: date, found: Sequence[Allergy]) -> Element:
    """48765-2; an empty list says that there is none known, in words and as a coded entry."""
    templates = ("1.3.6.1.4.1.19376.1.5.3.1.3.13", "1.2.250.1.213.1.1.2.137")
    label = "Allergies et hypersensibilités"
    if not found:
        words = paragraphs(Marked("allergie-0", "Aucune allergie connue"))
        return section("48765-2", label, label, words, _no_known_allergy(), templates=templates)
    rows = [
        (
            french_day(years_ago(today, one.years)),
            one.kind.capitalize(),
            Marked(f"allergie-{number}", one.agent),
            Marked(f"allergie-{number}-reaction", one.reaction),
            "Sévère" if one.severe else "Modérée",
        )
        for number, one in enumerate(found, 1)
    ]
    words = table(("Date", "Type d'allergie", "Agent responsable", "Réaction", "Sévérité"), rows)
    entries = (_allergy(today, number, one) for number, one in enumerate(found, 1))
    return section("48765-2", label, label, words, *entries, templates=templates)


def _allergy(today: date, number: int, one: Allergy) -> Element:
    agent_code = (
        coded("code", one.atc, ATC, one.agent, original(f"allergie-{number}"))
        if one.atc
        else node("code", original(f"allergie-{number}"), nullFlavor="OTH")
    )
    agent = node("playingEntity", agent_code, node("name", one.agent), classCode="MMAT")
    observation = node(
        "observation",
        *template("1.3.6.1.4.1.19376.1.5.3.1.4.5", "1.3.6.1.4.1.19376.1.5.3.1.4.6", "1.2.250.1.213.1.1.3.41"),
        coded("code", one.kind_code, SNOMED, one.kind),
        text_reference(f"allergie-{number}"),
        node("statusCode", code="completed"),
        node("effectiveTime", node("low", value=day(years_ago(today, one.years)))),
        node("value", original(f"allergie-{number}-reaction"), xsi_type="CD"),
        node("participant", node("participantRole", agent, classCode="MANU"), typeCode="CSM"),
        _criticality("high" if one.severe else "low"),
        classCode="OBS",
        moodCode="EVN",
        negationInd="false",
    )
    return concern(observation, "1.3.6.1.4.1.19376.1.5.3.1.4.5.3", "1.2.250.1.213.1.1.3.40", active=True)


def _criticality(level: str) -> Element:
    return node(
        "entryRelationship",
        node(
            "observation",
            *template("1.2.250.1.213.1.1.3.29"),
            coded("code", "82606-5", LOINC, "Criticité"),
            node("statusCode", code="completed"),
            coded("value", level, _CRITICALITIES, {"high": "Haut", "low": "Bas"}[level], xsi_type="CE"),
            classCode="OBS",
            moodCode="EVN",
        ),
        typeCode="SUBJ",
        inversionInd="true",
    )


def _no_known_allergy() -> Element:
    observation = node(
        "observation",
        *template("1.3.6.1.4.1.19376.1.5.3.1.4.6", "1.2.250.1.213.1.1.3.41"),
        coded("code", "420134006", SNOMED, "Allergie ou intolérance"),
        text_reference("allergie-0"),
        node("statusCode", code="completed"),
        coded("value", "no-known-allergies", _ABSENT, "Aucune allergie connue", original("allergie-0"), xsi_type="CD"),
        classCode="OBS",
        moodCode="EVN",
    )
    return concern(observation, "1.3.6.1.4.1.19376.1.5.3.1.4.5.3", "1.2.250.1.213.1.1.3.40", active=True)
