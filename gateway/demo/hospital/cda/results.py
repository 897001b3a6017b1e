"""Laboratory results as CDA sections: chemistry (18719-5), haematology (18723-7), coagulation (18720-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.demo.hospital.cda.element import (
    LOINC,
    Element,
    Marked,
    coded,
    instant,
    node,
    original,
    section,
    table,
    template,
)

CHEMISTRY = ("18719-5", "Biochimie")
HAEMATOLOGY = ("18723-7", "Hématologie")
COAGULATION = ("18720-3", "Coagulation")


@dataclass(frozen=True, slots=True)
class Analyte:
    """What is measured: LOINC code, French name, unit (UCUM and as printed), normal range, decimals."""

    chapter: tuple[str, str]
    loinc: str
    name: str
    unit: str
    printed_unit: str
    low: float
    high: float
    decimals: int


CREATININE = Analyte(CHEMISTRY, "14682-9", "Créatinine", "umol/L", "µmol/L", 45, 104, 0)
EGFR = Analyte(CHEMISTRY, "62238-1", "Débit de filtration glomérulaire estimé (CKD-EPI)", "mL/min/{1.73_m2}",
               "mL/min/1,73 m²", 90, 140, 0)  # fmt: skip
POTASSIUM = Analyte(CHEMISTRY, "2823-3", "Potassium", "mmol/L", "mmol/L", 3.5, 5.0, 1)
HAEMOGLOBIN = Analyte(HAEMATOLOGY, "718-7", "Hémoglobine", "g/dL", "g/dL", 12.0, 16.5, 1)
PLATELETS = Analyte(HAEMATOLOGY, "777-3", "Plaquettes", "10*9/L", "G/L", 150, 400, 0)
INR = Analyte(COAGULATION, "6301-6", "INR", "{INR}", "", 0.8, 1.2, 1)
HBA1C = Analyte(CHEMISTRY, "4548-4", "Hémoglobine glyquée (HbA1c)", "%", "%", 4.0, 6.0, 1)
CRP = Analyte(CHEMISTRY, "1988-5", "Protéine C réactive", "mg/L", "mg/L", 0, 5, 0)


@dataclass(frozen=True, slots=True)
class Result:
    """One value, in the analyte's own unit."""

    analyte: Analyte
    value: float

    @property
    def written(self) -> str:
        """The value with the analyte's decimals."""
        return f"{self.value:.{self.analyte.decimals}f}"

    @property
    def interpretation(self) -> tuple[str, str]:
        """HL7 ObservationInterpretation and its French label."""
        if self.value < self.analyte.low:
            return "L", "Bas"
        return ("H", "Élevé") if self.value > self.analyte.high else ("N", "Normal")


def chapters(results: Sequence[Result], sampled: datetime) -> list[Element]:
    """One section a chapter, in the order the chapters first come."""
    order = dict.fromkeys(result.analyte.chapter for result in results)
    return [_chapter(chapter, [one for one in results if one.analyte.chapter == chapter], sampled) for chapter in order]


def _chapter(chapter: tuple[str, str], results: Sequence[Result], sampled: datetime) -> Element:
    code, label = chapter
    rows = [
        (
            Marked(_reference(one), one.analyte.name),
            f"{one.written} {one.analyte.printed_unit}".strip(),
            f"{one.analyte.low:g} - {one.analyte.high:g}",
        )
        for one in results
    ]
    words = table((label, "Résultats", "Valeurs de référence"), rows)
    entry = node(
        "entry",
        *template("1.3.6.1.4.1.19376.1.3.1", "1.2.250.1.213.1.1.3.21"),
        node(
            "act",
            coded("code", code, LOINC, label),
            node("statusCode", code="completed"),
            *(node("entryRelationship", _observation(one, sampled), typeCode="COMP") for one in results),
            classCode="ACT",
            moodCode="EVN",
        ),
        typeCode="DRIV",
    )
    return section(code, label, label, words, entry, templates=("1.2.250.1.213.1.1.2.70",))


def _observation(one: Result, sampled: datetime) -> Element:
    analyte = one.analyte
    code, label = one.interpretation
    bounds = node(
        "value",
        node("low", value=f"{analyte.low:g}", unit=analyte.unit),
        node("high", value=f"{analyte.high:g}", unit=analyte.unit),
        xsi_type="IVL_PQ",
    )
    return node(
        "observation",
        *template("1.3.6.1.4.1.19376.1.3.1.6", "1.2.250.1.213.1.1.3.80"),
        coded("code", analyte.loinc, LOINC, analyte.name, original(_reference(one))),
        node("statusCode", code="completed"),
        node("effectiveTime", value=instant(sampled)),
        node("value", xsi_type="PQ", value=one.written, unit=analyte.unit),
        coded("interpretationCode", code, "2.16.840.1.113883.5.83", label),
        node("referenceRange", node("observationRange", bounds, classCode="OBS", moodCode="EVN.CRT")),
        classCode="OBS",
        moodCode="EVN",
    )


def _reference(one: Result) -> str:
    return f"resultat-{one.analyte.loinc}"
