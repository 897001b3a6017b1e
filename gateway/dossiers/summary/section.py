"""A section from its lines: its order, its state, and what contradicts what."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.dossiers.summary.biology import LAST_VALUES, KeyBiology
from gateway.dossiers.summary.sheet import (
    Activity,
    Contradiction,
    Criticality,
    NotSummarised,
    Section,
    SectionKey,
    SectionState,
    Source,
    SummaryItem,
)
from gateway.dossiers.summary.wording import key_words

_CRITICALITY = {Criticality.HIGH: 0, Criticality.UNKNOWN: 1, Criticality.LOW: 2}
_REFUSING = frozenset({"non", "aucun", "aucune"})
_AGREEING = frozenset({"oui"})
_ACTIVITY = {Activity.ACTIVE: 0, Activity.UNKNOWN: 0, Activity.INACTIVE: 1}
_LAST_KINDS = (
    "adverse_effect",
    "planned",
    "planned_act",
    "administered",
    "functional_status",
    "lifestyle",
    "occupational",
)


def order(key: SectionKey, items: Sequence[SummaryItem], biology: KeyBiology) -> tuple[SummaryItem, ...]:
    """The order of the bedside: what is serious and going on first, the newest first among equals."""
    newest = sorted(items, key=_moment, reverse=True)
    if key is SectionKey.KEY_RESULTS:
        return _key_results(newest, biology)
    return tuple(
        sorted(
            newest,
            key=lambda item: (
                item.kind in _LAST_KINDS,
                _ACTIVITY[item.activity],
                _CRITICALITY[item.criticality] if key is SectionKey.ALLERGIES else 0,
            ),
        )
    )


def _moment(item: SummaryItem) -> str:
    return item.date or item.date_latest.date().isoformat()


def _key_results(newest: list[SummaryItem], biology: KeyBiology) -> tuple[SummaryItem, ...]:
    found: list[SummaryItem] = []
    for kind in biology.kinds:
        values = [item for item in newest if item.kind == kind]
        measured = [item for item in values if item.measure is not None]
        found += measured[:LAST_VALUES] if measured else values[:LAST_VALUES]
    found += [item for item in newest if item.kind == "vital_sign"]
    found += [item for item in newest if item.kind not in {*biology.kinds, "vital_sign"}]
    return tuple(found)


def section_of(
    key: SectionKey,
    *,
    items: tuple[SummaryItem, ...],
    denied: tuple[SummaryItem, ...],
    none_known_by: tuple[Source, ...],
    missing: tuple[NotSummarised, ...],
) -> Section:
    """Puts the state on a section. The four states are never confused (see `SectionState`)."""
    contradictions: list[Contradiction] = []
    if items and none_known_by:
        listed = dict.fromkeys(source for item in items for source in item.sources)
        contradictions.append(Contradiction(none_known_by=none_known_by, listed_by=tuple(listed)))
    refusals: dict[frozenset[str], list[SummaryItem]] = {}
    for refusal in denied:
        refusals.setdefault(key_words(refusal.text) - _REFUSING, []).append(refusal)
    shown: list[SummaryItem] = []
    for item in items:
        against = refusals.get(key_words(item.text) - _AGREEING, [])
        for refusal in against:
            contradictions.append(Contradiction(none_known_by=refusal.sources, listed_by=item.sources))
        shown.append(replace(item, disputed=True) if against else item)
    if items:
        state = SectionState.LISTED
    elif none_known_by:
        state = SectionState.NONE_KNOWN
    else:
        state = SectionState.UNAVAILABLE if missing else SectionState.NO_INFORMATION
    return Section(
        key=key,
        state=state,
        items=tuple(shown),
        denied=denied,
        none_known_by=none_known_by,
        contradictions=tuple(contradictions),
        missing=missing,
    )
