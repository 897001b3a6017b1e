"""From one entry to its statements, in the words of the narrative.

The narrative is what the author signed: where it and a code disagree the words are kept and the statement is marked
`disputed` (CDA R2, 1.2.3 Human readability). An entry is never dropped because a reference in it is broken.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.dossiers.cda.narrative import NarrativeIndex, Row, Span
from gateway.dossiers.cda.xml import Element, attribute, child, children, local_name, words
from gateway.dossiers.summary import narrated
from gateway.dossiers.summary.coded import (
    ATC,
    LOINC,
    codes_of,
    interval,
    label_of,
    measure_of,
    reach,
    references,
    span_of,
    value_type,
    value_words,
)
from gateway.dossiers.summary.narrated import Phrase, phrase_of_span
from gateway.dossiers.summary.routing import Route
from gateway.dossiers.summary.sheet import Activity, Code, Criticality, SectionKey
from gateway.dossiers.summary.statement import NONE_KNOWN_CODES, NOT_KNOWN_CODES, Statement
from gateway.dossiers.summary.wording import key_words, says_nothing

_STATUS, _CRITICALITY = "33999-4", "82606-5"
_INACTIVE_CODES = frozenset({"inactive", "resolved", "remission", "413322009", "73425007", "aborted", "suspended"})
_SEVERE = frozenset({"24484000", "399166001", "H", "high"})
_NAMED_BY_VALUE = frozenset({SectionKey.ALLERGIES, SectionKey.PROBLEMS, SectionKey.HISTORY})
# Lines that are a question and its answer: a bare « oui » is news there.
_QUESTIONS = frozenset(
    {"directive", "functional_status", "event", "other", "vital_sign", "pregnancy", "lifestyle", "attention"}
)


@dataclass(frozen=True, slots=True)
class _Named:
    """How an entry names its subject."""

    span: Span | None
    label: str
    codes: tuple[Code, ...]
    bare: bool = False
    answer: str = ""  # the coded value, said when the narrative cannot be found


def statements_of(entry: Element, route: Route, index: NarrativeIndex) -> Iterator[Statement]:
    """The statements of one clinical statement of an `entry`, organizers and concern acts opened."""
    name = local_name(entry)
    if name == "organizer":
        yield from _organizer(entry, route, index)
    elif name == "act":
        yield from _act(entry, route, index)
    elif name == "substanceAdministration":
        yield _statement(entry, route, index, _medicine(entry, index))
    elif name == "supply":
        yield _statement(entry, route, index, _supplied(entry, index))
    elif name == "observation":
        yield _statement(entry, route, index, _observed(entry, route, index))
    elif name in {"procedure", "encounter"}:
        # Result sections open with a procedure that only says that an examination was done.
        if route.key is SectionKey.KEY_RESULTS and measure_of(entry) is None:
            return
        yield _statement(entry, route, index, _done(entry, index))


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
        yield _statement(act, route, index, _done(act, index))
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


def _observed(observation: Element, route: Route, index: NarrativeIndex) -> _Named:
    value, code = child(observation, "value"), child(observation, "code")
    for participant in children(observation, "participant"):
        agent = child(participant, "participantRole", "playingEntity")
        if agent is not None and participant.get("typeCode") == "CSM":
            agent_code = child(agent, "code")
            span = span_of(index, child(agent_code, "originalText"), child(agent, "name"))
            label = words(child(agent, "name")) or label_of(agent_code)
            if span or label:
                return _Named(span, label, codes_of(agent_code))
    for relation in children(observation, "entryRelationship"):
        drug = child(relation, "substanceAdministration")
        if drug is not None and route.key is SectionKey.ALLERGIES:
            return _medicine(drug, index)
    label = label_of(value) if value_type(value) in {"CD", "CE", "ST", ""} else ""
    label = label or (words(value) if value_type(value) == "ST" else "")
    if route.key in _NAMED_BY_VALUE and (label or child(value, "originalText") is not None):
        span = span_of(index, child(value, "originalText"), child(observation, "text"), child(code, "originalText"))
        text_only = _Named(span, label_of(code), codes_of(code), bare=True)
        return _Named(span, label, codes_of(value)) if label or span else text_only
    span = span_of(index, child(observation, "text"), child(code, "originalText"), child(value, "originalText"))
    answer = value_words(value)
    bare = not answer and route.key is SectionKey.ALLERGIES
    return _Named(span, label_of(code), codes_of(code), bare=bare and span is None, answer=answer)


def _medicine(administration: Element, index: NarrativeIndex) -> _Named:
    material = reach(administration, "consumable", "manufacturedProduct", "manufacturedMaterial")
    return _material(material, administration, index)


def _material(material: Element | None, statement: Element, index: NarrativeIndex) -> _Named:
    code = reach(material, "code")
    classes = (
        () if material is None else (one for one in material.iter() if local_name(one) == "generalizedMedicineClass")
    )
    codes = (*codes_of(code), *(found for one in classes for found in codes_of(reach(one, "code"))))
    originals = [child(one, "originalText") for one in (code, *children(code, "translation"))]
    span = span_of(index, *originals, child(statement, "text"))
    label = attribute(code, "displayName") or words(reach(material, "name")) or label_of(code)
    label = label or next((found.label for found in codes if found.label), "")
    return _Named(span, label, codes)


def _supplied(supply: Element, index: NarrativeIndex) -> _Named:
    product = reach(supply, "product", "manufacturedProduct", "manufacturedMaterial")
    if product is not None:
        return _material(product, supply, index)
    code = child(supply, "participant", "participantRole", "playingDevice", "code")
    model = words(child(supply, "participant", "participantRole", "playingDevice", "manufacturerModelName"))
    span = span_of(index, child(code, "originalText"), child(supply, "text"))
    return _Named(span, label_of(code) or model, codes_of(code))


def _done(statement: Element, index: NarrativeIndex) -> _Named:
    code = child(statement, "code")
    span = span_of(index, child(code, "originalText"), child(statement, "text"))
    return _Named(span, label_of(code), codes_of(code))


def _statement(entry: Element, route: Route, index: NarrativeIndex, named: _Named) -> Statement:
    rows = _rows(entry, index, named.span)
    phrase = _phrase(named, rows, route)
    denied, disputed = _truth(entry, phrase, bool(rows), route)
    text = phrase.joined(keep_yes=route.kind in _QUESTIONS)
    if denied and text == phrase.text:
        text = f"{text} : non"
    start, end = _dates(entry, rows)
    activity, contested = _activity(entry, rows)
    return Statement(
        text=text,
        kind=route.kind,
        codes=named.codes,
        denied=denied,
        disputed=disputed or contested,
        activity=activity,
        criticality=_criticality(entry, rows),
        date=start,
        end_date=end,
        detail=_detail(entry, rows, text, start, named),
        measure=measure_of(entry) if local_name(entry) == "observation" else None,
        rows=rows,
        bare=named.bare or not text or any(one.code in NOT_KNOWN_CODES for one in named.codes),
        none_known=any(one.code in NONE_KNOWN_CODES for one in named.codes),
    )


def _phrase(named: _Named, rows: tuple[Row, ...], route: Route) -> Phrase:
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


def _detail(entry: Element, rows: tuple[Row, ...], text: str, date: str, named: _Named) -> str:
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
