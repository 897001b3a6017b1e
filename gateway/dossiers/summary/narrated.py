"""What a row of the narrative says: its main words, its answer (yes, no, a value), its dates, its status.

Used twice: to put an entry into the words a person reads, and to keep a row that no entry speaks of.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.dossiers.cda.narrative import Cell, Row, Span
from gateway.dossiers.cda.times import french_date
from gateway.dossiers.summary.sheet import Activity, Criticality, SectionKey
from gateway.dossiers.summary.wording import fold, says_no, says_not_known, says_nothing, says_yes

_MAIN_COLUMNS = {
    SectionKey.ALLERGIES: ("agent", "allergene", "substance", "produit", "medicament", "allergie"),
    SectionKey.TREATMENTS: ("medicament", "traitement", "specialite", "produit", "libelle", "nom commercial"),
    SectionKey.PROBLEMS: ("pathologie", "probleme", "diagnostic", "maladie", "antecedent", "comorbidite", "libelle"),
    SectionKey.HISTORY: (
        "pathologie",
        "probleme",
        "antecedent",
        "acte",
        "intervention",
        "procedure",
        "libelle",
        "nature",
    ),
    SectionKey.DEVICES: (
        "type de dm",
        "type du materiel",
        "dispositif",
        "categorie",
        "libelle",
        "prothese",
        "materiel",
    ),
    SectionKey.ADVANCE_DIRECTIVES: ("directive",),
    SectionKey.VACCINATIONS: ("vaccin", "libelle", "maladie"),
    SectionKey.KEY_RESULTS: (
        "analyse",
        "examen",
        "objet",
        "signe vital",
        "evaluation",
        "bilan",
        "dosage",
        "pathologie",
    ),
}
_NOT_NAMING = ("date", "type d allergie", "groupe", "voie", "statut", "id ", "duree", "code")
_YEAR = re.compile(r"(?:(?:0?[1-9]|1[0-2])/)?((?:19|20)\d\d)")
_REMARK = re.compile(
    r"(?:instruction|note|precondition|commentaire|remarque|consigne|conseil|precision|observation)s?\b"
)
_ACTIVE = re.compile(r"\b(?:actif|active|chronique|intermittente?|recurrente?|en cours|persistante?)\b")
_INACTIVE = re.compile(r"\b(?:inactif|inactive|resolue?|guerie?|termine?e?|gueri)\b")
_GRAVE = re.compile(r"anaphyla|choc |quincke|oedeme larynge|angioedeme|arret cardi|lyell|stevens|bronchospasme severe")


@dataclass(frozen=True, slots=True)
class Phrase:
    """The words of a line and, apart from them, the answer it gives ("" when it gives none)."""

    text: str
    answer: str = ""

    @property
    def refused(self) -> bool:
        """The answer is a bare no, or begins with one: « non », « aucun »."""
        return says_no(self.answer) or fold(self.answer).startswith("non ")

    def joined(self, *, keep_yes: bool) -> str:
        """`HTA`, `HTA : oui` or `Diabète : non`."""
        if not self.answer or (says_yes(self.answer) and not keep_yes):
            return self.text
        return f"{self.text} : {self.answer}"


def phrase_of_span(span: Span, key: SectionKey, *, labelled: bool) -> Phrase:
    """The line an entry points to. `labelled`: the line is a question and its answer, and both must be said."""
    row, cell = span.row, span.cell
    if cell is None:
        return phrase_of_row(row, key)
    told = [one for one in row.cells if not is_date(one)]
    others = [one for one in told if one is not cell]
    if is_date(cell):  # a reference that missed its column
        return phrase_of_row(row, key)
    if not others:
        return Phrase(span.text)
    if says_yes(span.text) or says_no(span.text):
        return Phrase(others[0].text, span.text)
    if told[0] is not cell:
        return Phrase(told[0].text, span.text) if labelled else Phrase(span.text)
    if _is_answer(others[0]) or (len(others) == 1 and not cell.label and not others[0].label):
        return Phrase(span.text, others[0].text)
    return Phrase(span.text)


def phrase_of_row(row: Row, key: SectionKey) -> Phrase:
    """The line of a row by itself: its main column, or `label : value` when it has no columns."""
    told = [cell for cell in row.cells if not is_date(cell) and not says_nothing(cell.text)]
    if not told:
        return Phrase(row.text)
    main = main_cell(told, key)
    others = [cell for cell in told if cell is not main]
    if len(told) == 2 and main is told[0] and (not main.label or _is_answer(others[0])):
        return Phrase(main.text, others[0].text)
    return Phrase(main.text)


def main_cell(cells: Sequence[Cell], key: SectionKey) -> Cell:
    """The cell of the column that names the thing; the first one when no column does."""
    return next(iter(named_cells(cells, key)), cells[0])


def named_cells(cells: Sequence[Cell], key: SectionKey) -> list[Cell]:
    """The cells of the columns whose title says that they name the thing, the most telling title first."""
    found: list[Cell] = []
    for word in _MAIN_COLUMNS.get(key, ()):
        for cell in cells:
            label = fold(cell.label)
            if word in label and not label.startswith(_NOT_NAMING) and cell not in found:
                found.append(cell)
    return found


def _is_answer(cell: Cell) -> bool:
    folded = fold(cell.text)
    return says_yes(cell.text) or says_no(cell.text) or folded in {"autorise", "non autorise", "refuse", "accepte"}


def is_date(cell: Cell) -> bool:
    """The cell holds a date, a year or the admission that the date is not known: nothing that names a thing."""
    if _YEAR.fullmatch(cell.text) or (fold(cell.label).startswith("date") and says_not_known(cell.text)):
        return True
    rest = re.sub(r"\b(?:le|du|au|a|de|jusqu)\b|[\d/:h' ]", "", cell.text.lower())
    return not rest and bool(french_date(cell.text))


def _date_in(cell: Cell) -> str:
    year = _YEAR.fullmatch(cell.text)
    return french_date(cell.text) or ("-".join(reversed(cell.text.split("/"))) if year else "")


def continues(row: Row) -> bool:
    """A line that speaks of the one above: a remark where the table has dates (« Instruction au patient | ... »)."""
    first = row.cells[0]
    return fold(first.label).startswith(("duree", "date")) and _REMARK.match(fold(first.text)) is not None


def dates_of(row: Row) -> tuple[str, str]:
    """(start, end) as the row's date columns say."""
    start = end = ""
    for cell in row.cells:
        label = fold(cell.label)
        date = _date_in(cell)
        if not date or not (label.startswith(("date", "duree", "periode")) or is_date(cell)):
            continue
        if " fin" in f" {label}" and not end:
            end = date
        elif not start:
            start = date
            later = french_date(cell.text.split(" au ", 1)[1]) if " au " in cell.text else ""
            end = end or later
    return start, end


def detail_of(rows: Sequence[Row], said: str, date: str) -> str:
    """Everything the rows say beside the words already said: `Posologie : 1 cp/j · Motif : ...`."""
    parts: dict[str, None] = {}
    for row in rows:
        if row.group:
            parts.setdefault(row.group)
        for cell in row.cells:
            if (
                says_nothing(cell.text)
                or cell.text in said
                or (date and french_date(cell.text) == date[:10] and is_date(cell))
            ):
                continue
            parts.setdefault(f"{cell.label} : {cell.text}" if cell.label else cell.text)
    return " · ".join(parts)


def activity_of(rows: Sequence[Row]) -> Activity:
    """What a « Statut » column says."""
    for row in rows:
        for cell in row.cells:
            label = fold(cell.label)
            if label.startswith("statut") and "clinique" not in label:
                folded = fold(cell.text)
                if _INACTIVE.search(folded):
                    return Activity.INACTIVE
                if _ACTIVE.search(folded):
                    return Activity.ACTIVE
    return Activity.UNKNOWN


def criticality_of(rows: Sequence[Row]) -> Criticality:
    """What a « Criticité », « Sévérité » or « Réaction » column says. Anaphylaxis is always high."""
    found = Criticality.UNKNOWN
    for row in rows:
        for cell in row.cells:
            label, folded = fold(cell.label), fold(cell.text)
            if _GRAVE.search(f"{folded} ") or (
                label.startswith(("criticite", "severite", "gravite"))
                and re.search(r"\b(?:haute?|elevee?|severe|grave|fatale?|vital)\b", folded)
                and not folded.startswith("non ")
            ):
                return Criticality.HIGH
            if label.startswith("criticite") and re.search(r"\b(?:bas|basse|faible)\b", folded):
                found = Criticality.LOW
    return found
