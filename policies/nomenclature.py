"""Professions and units: from the codes the identity provider sends to the words the rules use.

A profession is a code *and* its code system: `10` is a physician in TRE_G15 (1.2.250.1.71.1.2.7) and an intern in
TRE_G16 (1.2.250.1.71.1.2.8).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.errors import Fault, unknown_word
from policies.nouns import Nouns
from policies.sources import PROFESSIONS, UNITS
from policies.spreadsheet import read_rows, yes_no

NO_PROFESSION = "aucune"
UNKNOWN_UNIT = "inconnu"


@dataclass(frozen=True, slots=True)
class Profession:
    """One profession: `habilitation` is the profession whose matrix rows it uses (its mother's when in training)."""

    id: str
    key: str  # system|code
    label_fr: str
    label_en: str
    care: bool
    in_training: bool
    habilitation: str
    line: int


@dataclass(frozen=True, slots=True)
class Nomenclature:
    """Professions by system|code and unit kinds by unit code; what is not listed is `aucune` and `inconnu`."""

    professions: Mapping[str, Profession]
    units: Mapping[str, str]

    def profession(self, system: str, code: str) -> Profession:
        """The profession of a code in its system."""
        return self.professions.get(f"{system}|{code}", self.professions["|"])

    def unit_kind(self, unit: str) -> str:
        """The kind of a unit of the hospital."""
        return self.units.get(unit, UNKNOWN_UNIT)


def read_nomenclature(professions: str, units: str, nouns: Nouns) -> tuple[Nomenclature, list[Fault]]:
    """Read both sheets, and list every row that names something the schema does not know."""
    known, faults = _professions(professions, nouns)
    kinds, more = _units(units, nouns)
    return Nomenclature(known, kinds), faults + more


def _professions(text: str, nouns: Nouns) -> tuple[dict[str, Profession], list[Fault]]:
    columns = ("id", "system", "code", "label_fr", "label_en", "care", "in_training", "acts_as")
    rows, faults = read_rows(PROFESSIONS, text, columns)
    allowed = nouns.enums.get("Profession", ())
    listed = {row.cells["id"] for row in rows}
    found: dict[str, Profession] = {}
    for row in rows:
        cells = row.cells
        key = f"{cells['system']}|{cells['code']}"
        care, care_faults = yes_no(PROFESSIONS, row, "care")
        training, training_faults = yes_no(PROFESSIONS, row, "in_training")
        faults += care_faults + training_faults
        if cells["id"] not in allowed:
            faults.append(unknown_word(PROFESSIONS, row.line, cells["id"], allowed, "profession", "profession"))
        if cells["acts_as"] and cells["acts_as"] not in listed:
            faults.append(unknown_word(PROFESSIONS, row.line, cells["acts_as"], listed, "profession", "profession"))
        if key in found:
            faults.append(_twice(PROFESSIONS, row.line, key))
        found[key] = Profession(
            id=cells["id"],
            key=key,
            label_fr=cells["label_fr"],
            label_en=cells["label_en"],
            care=care,
            in_training=training,
            habilitation=cells["acts_as"] or cells["id"],
            line=row.line,
        )
    nobody = found.get("|")
    if nobody is None or nobody.id != NO_PROFESSION or nobody.care:
        fr = f"la ligne « {NO_PROFESSION} », sans code et sans soins, doit exister"
        en = f"the row '{NO_PROFESSION}', without a code and not care, must exist"
        faults.append(Fault(file=PROFESSIONS, line=0, rule_id="", fr=fr, en=en))
    return found, faults


def _units(text: str, nouns: Nouns) -> tuple[dict[str, str], list[Fault]]:
    rows, faults = read_rows(UNITS, text, ("code", "kind", "label_fr", "label_en"))
    allowed = nouns.enums.get("UnitKind", ())
    kinds: dict[str, str] = {}
    for row in rows:
        code, kind = row.cells["code"], row.cells["kind"]
        if kind not in allowed:
            faults.append(unknown_word(UNITS, row.line, kind, allowed, "genre d'unité", "unit kind"))
        if code in kinds:
            faults.append(_twice(UNITS, row.line, code))
        kinds[code] = kind
    return kinds, faults


def _twice(file: str, line: int, word: str) -> Fault:
    return Fault(
        file=file, line=line, rule_id="", fr=f"déjà listé : « {word} »", en=f"listed twice: '{word}'", word=word
    )
