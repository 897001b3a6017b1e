"""Which section of a CDA feeds which section of the summary (LOINC section codes, CI-SIS volets and HL7 IPS)."""

import re
from dataclasses import dataclass

from gateway.dossiers.cda.body import CdaSection
from gateway.dossiers.summary.sheet import SectionKey
from gateway.dossiers.summary.wording import fold, says_stopped


@dataclass(frozen=True, slots=True)
class Route:
    """Where a section's lines go. `kind` says in what quality they are there."""

    key: SectionKey
    kind: str


_ROUTES = {
    "48765-2": Route(SectionKey.ALLERGIES, "allergy"),
    "44939-7": Route(SectionKey.ALLERGIES, "adverse_effect"),
    "10160-0": Route(SectionKey.TREATMENTS, "current"),
    "42346-7": Route(SectionKey.TREATMENTS, "admission"),
    "10183-2": Route(SectionKey.TREATMENTS, "discharge"),
    "18610-6": Route(SectionKey.TREATMENTS, "administered"),
    "57828-6": Route(SectionKey.TREATMENTS, "prescribed"),
    "60590-7": Route(SectionKey.TREATMENTS, "dispensed"),
    "11450-4": Route(SectionKey.PROBLEMS, "problem"),
    "11535-2": Route(SectionKey.PROBLEMS, "discharge_diagnosis"),
    "46241-6": Route(SectionKey.PROBLEMS, "admission_diagnosis"),
    "72135-7": Route(SectionKey.PROBLEMS, "tumour"),
    "11348-0": Route(SectionKey.HISTORY, "history"),
    "11329-0": Route(SectionKey.HISTORY, "history"),
    "47519-4": Route(SectionKey.HISTORY, "act"),
    "29554-3": Route(SectionKey.HISTORY, "act"),
    "46240-8": Route(SectionKey.HISTORY, "stay"),
    "42545-4": Route(SectionKey.HISTORY, "event"),
    "29545-1": Route(SectionKey.HISTORY, "event"),
    "10162-6": Route(SectionKey.HISTORY, "pregnancy"),
    "10157-6": Route(SectionKey.HISTORY, "family"),
    "29762-2": Route(SectionKey.HISTORY, "lifestyle"),
    "10161-8": Route(SectionKey.HISTORY, "occupational"),
    "47420-5": Route(SectionKey.HISTORY, "functional_status"),
    "46006-3": Route(SectionKey.HISTORY, "functional_status"),
    "10210-3": Route(SectionKey.HISTORY, "functional_status"),
    "10202-0": Route(SectionKey.HISTORY, "functional_status"),
    "46264-8": Route(SectionKey.DEVICES, "device"),
    "42348-3": Route(SectionKey.ADVANCE_DIRECTIVES, "directive"),
    "11369-6": Route(SectionKey.VACCINATIONS, "vaccination"),
    "44944-7": Route(SectionKey.VITAL_ALERTS, "attention"),
    "30954-2": Route(SectionKey.KEY_RESULTS, "other"),
    "18719-5": Route(SectionKey.KEY_RESULTS, "other"),
    "18720-3": Route(SectionKey.KEY_RESULTS, "other"),
    "18723-7": Route(SectionKey.KEY_RESULTS, "other"),
    "18725-2": Route(SectionKey.KEY_RESULTS, "other"),
    "8716-3": Route(SectionKey.KEY_RESULTS, "vital_sign"),
    "18776-5": Route(SectionKey.TREATMENTS, "planned"),
}
_REASON_FOR_STAY = "42349-1"
_STAY_WORDS = re.compile(r"hospitalisation|admission|consultation|venue|recours|passage")
# Their sub-sections carry organ or score codes of their own and mean what their parent means.
_INHERITED = frozenset({"29545-1", "47420-5", "30954-2", "18719-5"})

PLAN_OF_CARE = "planned"


def route_of(section: CdaSection) -> Route | None:
    """Where this section goes; None when the summary has no place for it (its document stays readable)."""
    title = fold(section.title)
    # Written under several codes in the field; the title is what the author meant.
    if "points de vigilance" in title or "point de vigilance" in title:
        return Route(SectionKey.VITAL_ALERTS, "attention")
    if section.code == _REASON_FOR_STAY:
        return Route(SectionKey.PROBLEMS, "reason") if _STAY_WORDS.search(title) else None
    for code in reversed(section.path):
        if code in _INHERITED and section.code not in _ROUTES:
            return _ROUTES[code]
        if code == "29545-1" and section.code in {"10202-0", "10210-3"}:
            return _ROUTES[code]
    route = _ROUTES.get(section.code)
    if route is not None and route.kind == "administered" and says_stopped(title):
        return Route(route.key, "stopped")
    return route
