"""From one entry to its statements, in the words of the narrative.

The narrative is what the author signed: where it and a code disagree the words are kept and the statement is marked
`disputed` (CDA R2, 1.2.3 Human readability). An entry is never dropped because a reference in it is broken.
"""

from collections.abc import Iterator
from dataclasses import replace

from gateway.dossiers.cda.narrative import NarrativeIndex, Row, Span
from gateway.dossiers.cda.xml import Element, attribute, child, children, local_name
from gateway.dossiers.summary import narrated
from gateway.dossiers.summary.biology import measure_of_row
from gateway.dossiers.summary.coded import (
    ATC,
    LOINC,
    interval,
    label_of,
    measure_of,
    references,
    value_type,
)
from gateway.dossiers.summary.naming import Named, done, medicine, observed, supplied
from gateway.dossiers.summary.narrated import Phrase, phrase_of_span
from gateway.dossiers.summary.routing import Route
from gateway.dossiers.summary.sheet import Activity, Criticality, Measure, SectionKey
from gateway.dossiers.summary.statement import NONE_KNOWN_CODES, NOT_KNOWN_CODES, Statement
from gateway.dossiers.summary.wording import fold, key_words, says_nothing

_STATUS, _CRITICALITY = "33999-4", "82606-5"
_INACTIVE_CODES = frozenset({"inactive", "resolved", "remission", "413322009", "73425007", "aborted", "suspended"})
_SEVERE = frozenset({"24484000", "399166001", "H", "high"})
# Lines that are a question and its answer: a bare « oui » is news there.
_QUESTIONS = frozenset(
    {"directive", "functional_status", "event", "other", "vital_sign", "pregnancy", "lifestyle", "attention"}
)


def statements_of(entry: Element, route: Route, index: NarrativeIndex) -> Iterator[Statement]:
    """The statements of one clinical statement of an `entry`, organizers and concern acts opened."""
    name = local_name(entry)
    if name == "organizer":
        yield from _organizer(entry, route, index)
    elif name == "act":
        yield from _act(entry, route, index)
    elif name == "substanceAdministration":
        yield _statement(entry, route, index, medicine(entry, index))
    elif name == "supply":
        yield _statement(entry, route, index, supplied(entry, index))
    elif name == "observation":
        yield _statement(entry, route, index, observed(entry, route, index))
    elif name in {"procedure", "encounter"}:
        # Result sections open with a procedure that only says that an examination was done.
        if route.key is SectionKey.KEY_RESULTS and measure_of(entry) is None:
            return
        yield _statement(entry, route, index, done(entry, index))


def _organizer(organizer: Element, route: Route, index: NarrativeIndex) -> Iterator[Statement]:
    relation = attribute(child(organizer, "subject", "relatedSubject", "code"), "displayName")
    for component in children(organizer, "component"):
        for inner in component:
            for statement in statements_of(inner, route, index):
                if says_nothing(statement.text):
                    continue
                yield replace(statement, text=f"{relation} : {statement.text}") if relation else statement


def _act(act: Element, route: Route, index: NarrativeIndex) -> Iterator[Statement]:
    found: list[Statement] = []
    attached: list[Row] = []
    for relation in children(act, "entryRelationship"):
        for inner in relation:
            if local_name(inner) not in {"observation", "substanceAdministration", "procedure", "organizer"}:
                continue
            about = relation.get("typeCode") == "SUBJ" and relation.get("inversionInd") != "true"
            answered = value_type(child(inner, "value")) == "BL"
            if about or answered or route.key is SectionKey.KEY_RESULTS:
                found.extend(statements_of(inner, route, index))
            else:
                attached.extend(_rows(inner, index, None))
    if not found:
        yield _statement(act, route, index, done(act, index))
        return
    first = found[0]
    known = frozenset(row for statement in found for row in statement.rows)
    more = tuple(row for row in dict.fromkeys(attached) if row not in known)
    if more:
        extra = narrated.detail_of(more, first.text, first.date)
        detail = " · ".join(part for part in (first.detail, extra) if part)
        found[0] = replace(first, rows=(*first.rows, *more), detail=detail)
    concern = attribute(child(act, "statusCode"), "code")
    for statement in found:
        active = concern == "active" and statement.activity is Activity.UNKNOWN and not statement.denied
        yield replace(statement, activity=Activity.ACTIVE) if active else statement


def _statement(entry: Element, route: Route, index: NarrativeIndex, named: Named) -> Statement:
    rows = _rows(entry, index, named.span)
    phrase = _phrase(named, rows, route)
    denied, disputed = _truth(entry, phrase, bool(rows), route)
    text = phrase.joined(keep_yes=route.kind in _QUESTIONS)
    if denied and text == phrase.text:
        text = f"{text} : non"
    start, end = _dates(entry, rows)
    activity, contested = _activity(entry, rows)
    measure, mismatch = _measure(entry, rows, route, phrase)
    return Statement(
        text=text,
        kind=route.kind,
        codes=named.codes,
        denied=denied,
        disputed=disputed or contested or mismatch,
        activity=activity,
        criticality=_criticality(entry, rows),
        date=start,
        end_date=end,
        detail=_detail(entry, rows, text, start, named),
        measure=measure,
        rows=rows,
        bare=named.bare or not text or any(one.code in NOT_KNOWN_CODES for one in named.codes),
        none_known=any(one.code in NONE_KNOWN_CODES for one in named.codes),
    )


def _measure(entry: Element, rows: tuple[Row, ...], route: Route, phrase: Phrase) -> tuple[Measure | None, bool]:
    """The result as it is written; True when the coded number is another one in the same unit."""
    if route.key is not SectionKey.KEY_RESULTS or local_name(entry) != "observation":
        return None, False
    coded, told = measure_of(entry), measure_of_row(rows[0]) if rows else None
    if coded is None:
        return told, False
    if coded.number is None:
        return replace(coded, value=phrase.answer or coded.value), False
    if told is None or told.number is None:
        return coded, False
    kept = replace(
        told,
        unit=told.unit or coded.unit,
        interpretation=coded.interpretation,
        reference_range=told.reference_range or coded.reference_range,
    )
    return kept, told.number != coded.number and _same_unit(told.unit, coded.unit)


def _same_unit(told: str, coded: str) -> bool:
    return not told or not coded or fold(told.replace("µ", "u")) == fold(coded.replace("µ", "u"))


def _phrase(named: Named, rows: tuple[Row, ...], route: Route) -> Phrase:
    if named.span is not None:
        return phrase_of_span(named.span, route.key, labelled=route.kind in _QUESTIONS)
    # The reference to the name is broken, but another one of the entry found the line.
    line = next((row for row in rows if not narrated.continues(row)), None)
    if line is not None and narrated.named_cells(line.cells, route.key):
        found = narrated.phrase_of_row(line, route.key)
        if found.text:
            return found
    return Phrase(named.label, named.answer)


def _rows(entry: Element, index: NarrativeIndex, main: Span | None) -> tuple[Row, ...]:
    """The rows an entry stands for.

    A status or a severity that points into another line of the same table is a slip of the pen (it happens): that line
    is another statement's, and is not taken away from it. A comment or an instruction may have a line of its own.
    """
    found: dict[Row, None] = {}
    if main is not None:
        found[main.row] = None
    for reference, maker in references(entry):
        span = index.find(reference)
        if span is None:
            continue
        same_table = main is not None and span.row != main.row and _in_one_table(span.row, main.row)
        if not same_table or maker == "act":
            found[span.row] = None
    return tuple(found)


def _in_one_table(one: Row, other: Row) -> bool:
    labels, others = ({cell.label for cell in row.cells if cell.label} for row in (one, other))
    return bool(labels and others) and (labels <= others or others <= labels)


def _truth(entry: Element, phrase: Phrase, narrated_line: bool, route: Route) -> tuple[bool, bool]:
    """(denied, disputed). What the line says prevails; a code that says the contrary makes it disputed."""
    value = child(entry, "value")
    coded_no = entry.get("negationInd") == "true" or attribute(value, "value") == "false"
    coded_yes = value_type(value) == "BL" and attribute(value, "value") == "true"
    if route.key is SectionKey.ADVANCE_DIRECTIVES:
        return False, False
    if route.key is SectionKey.KEY_RESULTS:  # « négatif » is a result
        return False, coded_yes if phrase.refused else coded_no and narrated_line
    if phrase.refused:
        return True, coded_yes
    if coded_no:
        return not narrated_line, narrated_line
    return False, False


def _dates(entry: Element, rows: tuple[Row, ...]) -> tuple[str, str]:
    start, end = interval(entry)
    if not start and not end:
        for relation in children(entry, "entryRelationship"):
            if relation.get("typeCode") == "COMP":
                for inner in children(relation, "substanceAdministration"):
                    start, end = interval(inner)
    if rows:
        # The date that is read is the one that was signed; the code may add the hour.
        told_start, told_end = narrated.dates_of(rows[0])
        start = told_start if told_start and not start.startswith(told_start) else start
        end = told_end if told_end and not end.startswith(told_end) else end
    return start, end


def _sub_observations(entry: Element) -> Iterator[Element]:
    for relation in children(entry, "entryRelationship"):
        yield from children(relation, "observation")


def _activity(entry: Element, rows: tuple[Row, ...]) -> tuple[Activity, bool]:
    coded = Activity.UNKNOWN
    for inner in _sub_observations(entry):
        if attribute(child(inner, "code"), "code") == _STATUS:
            code = attribute(child(inner, "value"), "code").lower()
            coded = Activity.INACTIVE if code in _INACTIVE_CODES else Activity.ACTIVE if code else Activity.UNKNOWN
    if attribute(child(entry, "statusCode"), "code") in {"aborted", "suspended", "cancelled"}:
        coded = Activity.INACTIVE
    told = narrated.activity_of(rows[:1])
    if told is Activity.UNKNOWN or coded is Activity.UNKNOWN or told is coded:
        return (coded if told is Activity.UNKNOWN else told), False
    # They disagree: the one that keeps the reader careful is shown, with the mark.
    return Activity.ACTIVE, True


def _criticality(entry: Element, rows: tuple[Row, ...]) -> Criticality:
    found = narrated.criticality_of(rows[:1])
    for inner in entry.iter("{*}observation"):
        code = attribute(child(inner, "code"), "code")
        value = attribute(child(inner, "value"), "code")
        if code in {_CRITICALITY, "SEV"} and value in _SEVERE:
            return Criticality.HIGH
        if code == _CRITICALITY and value.lower() in {"low", "cril"} and found is Criticality.UNKNOWN:
            found = Criticality.LOW
        if code == _CRITICALITY and value.lower() in {"high", "crih"}:
            return Criticality.HIGH
    return found


def _detail(entry: Element, rows: tuple[Row, ...], text: str, date: str, named: Named) -> str:
    detail = narrated.detail_of(rows, text, date) if rows else _coded_detail(entry)
    label = next((code.label for code in named.codes if code.label), "")
    unlike = label and text and not key_words(label) & key_words(f"{text} {detail}")
    if unlike and not says_nothing(label) and named.codes[0].system not in {LOINC, ATC}:
        return " · ".join(part for part in (detail, f"code : {label}") if part)
    return detail


def _coded_detail(entry: Element) -> str:
    """Dose, route, reason and reactions of an entry whose narrative cannot be found."""
    parts: list[str] = []
    for name in ("doseQuantity", "rateQuantity"):
        quantity = child(entry, name)
        ends = [child(quantity, "low"), child(quantity, "high")] if child(quantity, "low") is not None else [quantity]
        said = [f"{attribute(one, 'value')} {attribute(one, 'unit').strip('{}')}".strip() for one in ends]
        parts.append(" à ".join(dict.fromkeys(part for part in said if part)))
    parts.append(attribute(child(entry, "routeCode"), "displayName"))
    for relation in children(entry, "entryRelationship"):
        if relation.get("typeCode") in {"RSON", "MFST"}:
            for inner in relation:
                parts.append(label_of(child(inner, "value")) or label_of(child(inner, "code")))
    return " · ".join(dict.fromkeys(part for part in parts if part))
