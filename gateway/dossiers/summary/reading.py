"""One document read: its statements by section of the summary, and what it says there is none of.

What the narrative shows and no entry speaks of is kept as a statement of its own: nothing a person would read in these
sections is lost because the software that wrote the document coded half of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gateway.dossiers.cda.body import CdaSection, sections
from gateway.dossiers.cda.header import HeaderContact, read_header
from gateway.dossiers.cda.narrative import NarrativeIndex, Row, rows_of
from gateway.dossiers.cda.xml import Element
from gateway.dossiers.summary import narrated
from gateway.dossiers.summary.biology import measure_of_row
from gateway.dossiers.summary.coded import ATC
from gateway.dossiers.summary.findings import statements_of
from gateway.dossiers.summary.routing import PLAN_OF_CARE, Route, route_of
from gateway.dossiers.summary.sheet import Activity, SectionKey
from gateway.dossiers.summary.statement import Statement
from gateway.dossiers.summary.wording import fold, says_no, says_none_known, says_not_known, says_nothing

_VACCINE_ATC, _IMMUNIZATION = "J07", "IMMUNIZ"
_LINES_ABOVE = 5
_DRUG_WORDS = ("medicament", "traitement", "posologie")


@dataclass(slots=True)
class Reading:
    """What one document says. `told` pairs each statement with its section's title."""

    told: dict[SectionKey, list[tuple[str, Statement]]] = field(default_factory=dict)
    none_known: dict[SectionKey, str] = field(default_factory=dict)  # with the words that say so
    contacts: tuple[HeaderContact, ...] = ()
    structured: bool = True

    def add(self, key: SectionKey, title: str, statement: Statement) -> None:
        """Keeps a statement."""
        self.told.setdefault(key, []).append((title, statement))


def read_document(document: Element) -> Reading:
    """Reads a structured CDA. Never raises on what is inside a well-formed document: what it cannot place it keeps."""
    reading = Reading(contacts=read_header(document).contacts)
    index = NarrativeIndex()
    found = [(section, rows_of(section.narrative)) for section in sections(document)]
    for _, rows in found:
        index.add(rows)
    for section, rows in found:
        route = route_of(section)
        if route is not None:
            _read_section(section, rows, route, index, reading)
    return reading


def _read_section(
    section: CdaSection, rows: tuple[Row, ...], route: Route, index: NarrativeIndex, reading: Reading
) -> None:
    content = [row for row in rows if not all(says_nothing(cell.text) for cell in row.cells)]
    says_none = bool(content) and all(says_none_known(_said(row)) for row in content)
    covered: set[Row] = set()
    for entry in section.entries:
        for statement in statements_of(entry, route, index):
            place = _place(entry, statement, route)
            if place is None or not _empty(statement, says_none):
                covered.update(statement.rows)
            if statement.none_known:
                reading.none_known.setdefault(route.key, statement.text)
            elif place is not None and not _empty(statement, says_none):
                reading.add(place.key, section.title, _of_kind(statement, place, disputed=says_none))
    if says_none:
        reading.none_known.setdefault(route.key, _said(content[0]))
        return
    for statement in _uncovered(content, covered, section, route, reading):
        reading.add(route.key, section.title, statement)


def _said(row: Row) -> str:
    """The words of a row without its dates and dashes; a row `label | Aucun` says its answer."""
    told = [cell for cell in row.cells if not narrated.is_date(cell) and not says_nothing(cell.text)]
    if len(told) == 1:
        return told[0].text
    return " ".join(cell.text for cell in told)


def _empty(statement: Statement, says_none: bool) -> bool:
    """It names nothing: an entry that only repeats the type of its section, or holds the place of « none »."""
    return not statement.text or says_nothing(statement.text) or (statement.bare and (says_none or not statement.rows))


def _place(entry: Element, statement: Statement, route: Route) -> Route | None:
    """Where a statement goes: a plan of care mixes drugs, vaccines and acts."""
    if route.kind != PLAN_OF_CARE:
        return route
    name = entry.tag.rpartition("}")[2]
    if name == "substanceAdministration":
        code = next((one for one in entry if one.tag.endswith("}code")), None)
        vaccine = code is not None and code.get("code") == _IMMUNIZATION
        vaccine = vaccine or any(one.system == ATC and one.code.startswith(_VACCINE_ATC) for one in statement.codes)
        return Route(SectionKey.VACCINATIONS if vaccine else SectionKey.TREATMENTS, PLAN_OF_CARE)
    if name == "procedure":
        return Route(SectionKey.HISTORY, "planned_act")
    return None


def _of_kind(statement: Statement, place: Route, *, disputed: bool) -> Statement:
    activity = Activity.INACTIVE if place.kind == "stopped" else statement.activity
    return replace(statement, kind=place.kind, activity=activity, disputed=statement.disputed or disputed)


def _uncovered(
    content: list[Row], covered: set[Row], section: CdaSection, route: Route, reading: Reading
) -> Iterator[Statement]:
    spoken = {fold(statement.text) for title, statement in reading.told.get(route.key, ()) if title == section.title}
    told = reading.told.setdefault(route.key, [])
    where = {row: place for place, (_, statement) in enumerate(told) for row in statement.rows}
    for position, row in enumerate(content):
        # The words above an allergy table are kept as a line: a warning may have been written there.
        title = row.heading and route.key is not SectionKey.ALLERGIES
        if row in covered or title or says_not_known(row.text):
            continue
        if route.kind == PLAN_OF_CARE and not _speaks_of_drugs(row, section):
            continue
        if narrated.continues(row) and _attach(row, content[max(0, position - _LINES_ABOVE) : position], told, where):
            continue
        statement = statement_of_row(row, route)
        if not statement.denied and says_none_known(_said(row)):
            reading.none_known.setdefault(route.key, _said(row))
        elif (
            statement.text
            and fold(statement.text) not in spoken
            and (route.kind != PLAN_OF_CARE or not statement.denied)
        ):
            yield statement
            where[row] = len(told) - 1


def _attach(row: Row, above: list[Row], told: list[tuple[str, Statement]], where: dict[Row, int]) -> bool:
    """Adds a line to the statement of the nearest line above that has one."""
    place = next((where[one] for one in reversed(above[-_LINES_ABOVE:]) if one in where), None)
    if place is None:
        return False
    if not says_nothing(row.cells[-1].text):
        title, statement = told[place]
        label = "" if len(row.cells) == 1 else f"{row.cells[0].text} : "
        more = label + " ".join(cell.text for cell in row.cells[1:] or row.cells)
        told[place] = (title, replace(statement, detail=" · ".join(filter(None, (statement.detail, more)))))
    return True


def _speaks_of_drugs(row: Row, section: CdaSection) -> bool:
    around = fold(" ".join((section.title, row.group, *(cell.label for cell in row.cells))))
    return any(word in around for word in _DRUG_WORDS)


def statement_of_row(row: Row, route: Route) -> Statement:
    """A row as a statement, when no entry speaks of it."""
    phrase = narrated.phrase_of_row(row, route.key)
    directive = route.key is SectionKey.ADVANCE_DIRECTIVES
    denied = phrase.refused and route.key not in {SectionKey.ADVANCE_DIRECTIVES, SectionKey.KEY_RESULTS}
    start, end = narrated.dates_of(row)
    text = phrase.joined(keep_yes=directive or route.key in {SectionKey.HISTORY, SectionKey.KEY_RESULTS})
    if says_no(phrase.text) and row.group:
        text = f"{row.group} : {phrase.text}"
    return Statement(
        text=text,
        kind=route.kind,
        denied=denied,
        activity=Activity.INACTIVE if route.kind == "stopped" else narrated.activity_of((row,)),
        criticality=narrated.criticality_of((row,)),
        date=start,
        end_date=end,
        detail=narrated.detail_of((row,), text, start),
        measure=measure_of_row(row) if route.key is SectionKey.KEY_RESULTS else None,
        rows=(row,),
    )
