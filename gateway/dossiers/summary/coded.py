"""Small readers of coded values: codes, dates, quantities, references into the narrative."""

from collections.abc import Iterator
from math import isfinite

from gateway.dossiers.cda.narrative import NarrativeIndex, Span
from gateway.dossiers.cda.times import iso_date
from gateway.dossiers.cda.xml import HL7, XSI_TYPE, Element, attribute, child, children, local_name, words
from gateway.dossiers.summary.sheet import Code, Measure
from gateway.dossiers.summary.wording import says_nothing

ATC = "2.16.840.1.113883.6.73"
LOINC = "2.16.840.1.113883.6.1"

_STATEMENTS = frozenset(
    {"act", "observation", "substanceAdministration", "supply", "procedure", "encounter", "organizer"}
)


def codes_of(element: Element | None) -> tuple[Code, ...]:
    """The code of a CD/CE and its translations; those without a code are left out."""
    if element is None:
        return ()
    found = [element, *children(element, "translation")]
    return tuple(
        Code(attribute(one, "code"), attribute(one, "codeSystem"), attribute(one, "displayName"))
        for one in found
        if attribute(one, "code")
    )


def label_of(element: Element | None) -> str:
    """The words of a CD/CE itself: its label, its inline original text, or the label of a translation."""
    if element is None:
        return ""
    inline = words(child(element, "originalText"))
    labels = [attribute(one, "displayName") for one in children(element, "translation")]
    return attribute(element, "displayName") or inline or next((label for label in labels if label), "")


def span_of(index: NarrativeIndex, *holders: Element | None) -> Span | None:
    """The first narrative span that one of these elements (`text`, `originalText`) points to and that has words."""
    for holder in holders:
        reference = attribute(child(holder, "reference"), "value")
        span = index.find(reference) if reference else None
        if span is not None and not says_nothing(span.text):
            return span
    return None


def references(statement: Element) -> Iterator[tuple[str, str]]:
    """Every reference under a statement, with the kind of clinical statement that makes it."""
    for reference in statement.iter(f"{HL7}reference"):
        value = attribute(reference, "value")
        if value and value != "#":
            yield value, _maker(reference)


def _maker(element: Element) -> str:
    for ancestor in element.iterancestors():
        if local_name(ancestor) in _STATEMENTS:
            return local_name(ancestor)
    return ""


def interval(statement: Element) -> tuple[str, str]:
    """(start, end) of the first effectiveTime that has one, ISO 8601, "" where absent."""
    for time in children(statement, "effectiveTime"):
        start = iso_date(attribute(child(time, "low"), "value") or attribute(time, "value"))
        end = iso_date(attribute(child(time, "high"), "value"))
        if start or end:
            return start, end
    return "", ""


def value_type(value: Element | None) -> str:
    """`BL`, `PQ`, `CD`... of an observation's value."""
    return attribute(value, XSI_TYPE).rpartition(":")[2]


def value_words(value: Element | None) -> str:
    """An observation's value as words."""
    kind = value_type(value)
    if value is None:
        return ""
    if kind == "BL":
        return {"true": "oui", "false": "non"}.get(attribute(value, "value"), "")
    if kind in {"PQ", "REAL", "INT", "MO"}:
        return " ".join(part for part in (attribute(value, "value"), _unit(value)) if part)
    if kind == "TS":
        return iso_date(attribute(value, "value"))
    if kind.startswith(("IVL", "RTO")):
        return " - ".join(attribute(one, "value") for one in value if attribute(one, "value"))
    return label_of(value) or words(value)


def measure_of(observation: Element) -> Measure | None:
    """The measured value of an observation: a number, or a coded or free answer. None when it has none."""
    value = child(observation, "value")
    text = value_words(value)
    if not text:
        return None
    kind = value_type(value)
    number = _number(attribute(value, "value")) if kind in {"PQ", "REAL", "INT"} else None
    ranges = child(observation, "referenceRange", "observationRange")
    low, high = (attribute(child(ranges, "value", bound), "value") for bound in ("low", "high"))
    bounds = f"{low} - {high}" if low and high else (f"< {high}" if high else f"> {low}" if low else "")
    return Measure(
        value=attribute(value, "value") if kind in {"PQ", "REAL", "INT"} else text,
        unit=_unit(value) if kind == "PQ" else "",
        number=number,
        reference_range=words(child(ranges, "text")) or bounds,
        interpretation=attribute(child(observation, "interpretationCode"), "code"),
    )


def _unit(value: Element | None) -> str:
    unit = attribute(value, "unit")
    return "" if unit == "1" else unit.strip("{}") if unit.startswith("{") and unit.endswith("}") else unit


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if isfinite(number) else None


def reach(element: Element | None, *path: str) -> Element | None:
    """Like `child`, whatever the namespace: pharmacy extensions put HL7 names in theirs (urn:ihe:pharm)."""
    for name in path:
        if element is None:
            return None
        element = next((one for one in element if local_name(one) == name), None)
    return element
