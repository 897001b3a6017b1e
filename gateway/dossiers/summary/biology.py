"""The key biology of an emergency: creatinine and eGFR, K, Hb, platelets, INR, HbA1c, blood group; last three values.

Known by LOINC code (`data/key_biology.csv`, a source a row), or by its French name where a result was only narrated.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from gateway.dossiers.cda.narrative import Row
from gateway.dossiers.summary import narrated
from gateway.dossiers.summary.coded import LOINC
from gateway.dossiers.summary.sheet import Measure
from gateway.dossiers.summary.statement import Statement
from gateway.dossiers.summary.wording import fold

LAST_VALUES = 3

_NUMBER = re.compile(r"^\s*(?P<sign>[<>≤≥])?\s*(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>\S.*)?$")


@dataclass(frozen=True, slots=True)
class KeyBiology:
    """The table: kinds in the order shown, LOINC codes and folded French names to kinds."""

    kinds: tuple[str, ...]
    by_code: Mapping[str, str]
    by_name: Mapping[str, str]

    def kind_of(self, statement: Statement) -> str:
        """The kind of a result, "" when it is not a key one."""
        for code in statement.codes:
            if code.system == LOINC and code.code in self.by_code:
                return self.by_code[code.code]
        if any(code.system == LOINC for code in statement.codes):
            return ""
        return self.kind_of_name(statement.text)

    def kind_of_name(self, name: str) -> str:
        """By French name: whole words; the longest name wins (`hémoglobine glyquée` is not `hémoglobine`)."""
        folded = f" {fold(name.split(' : ')[0])} "
        if len(folded) > 60 or "urin" in folded:
            return ""
        found = [known for known in self.by_name if f" {known} " in folded]
        # « Clairance de la créatinine » is a filtration rate.
        best = max(found, key=lambda known: (known == "clairance", len(known)), default="")
        return self.by_name.get(best, "")


def load_key_biology() -> KeyBiology:
    """Reads the table shipped with the room."""
    text = resources.files("gateway.dossiers").joinpath("data/key_biology.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return KeyBiology(
        kinds=tuple(dict.fromkeys(row["kind"] for row in rows)),
        by_code={row["code"]: row["kind"] for row in rows if row["code"]},
        by_name={row["name"]: row["kind"] for row in rows if row["name"]},
    )


def measure_of_row(row: Row) -> Measure | None:
    """The value in the « Résultat » column of a narrated result, or of a two-cell line."""
    value = unit = bounds = ""
    for cell in row.cells:
        label = fold(cell.label)
        if label.startswith(("resultat", "valeur")) and "reference" not in label and not value:
            value = cell.text
        elif label.startswith("unite"):
            unit = cell.text
        elif "reference" in label or label.startswith("norme"):
            bounds = cell.text
    told = [cell for cell in row.cells if not narrated.is_date(cell)]
    if not value and len(told) == 2 and not told[1].label:
        value = told[1].text
    if not value:
        return None
    match = _NUMBER.match(value)
    if match is None:
        return Measure(value=value, unit=unit.strip("-"), reference_range=bounds)
    number = None if match["sign"] else float(match["number"].replace(",", "."))
    shown = f"{match['sign'] or ''}{match['number']}"
    return Measure(value=shown, unit=unit.strip("-") or (match["unit"] or ""), number=number, reference_range=bounds)
