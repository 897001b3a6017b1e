"""The vital strip: what changes the next gesture. Recognised by code, or by name (`data/vital_alerts.csv`).

A stopped treatment raises no alert; a treatment of unknown status does: the strip errs on the side of a question asked.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import resources

from gateway.dossiers.summary.coded import ATC
from gateway.dossiers.summary.merge import Merged
from gateway.dossiers.summary.sheet import Activity, AlertKind, Criticality, SectionKey, SummaryItem
from gateway.dossiers.summary.wording import fold, says_no

ICD10, SNOMED, EMDN = "2.16.840.1.113883.6.3", "2.16.840.1.113883.6.96", "1.2.250.1.213.2.68"
_SYSTEMS = {"atc": ATC, "icd10": ICD10, "snomed": SNOMED, "emdn": EMDN}
_PREGNANCY_LASTS = timedelta(days=300)
_NOT_TAKEN_NOW = frozenset({"administered", "stopped"})
# Columns that name what a product is made of; a reason or a comment may name another drug.
_NAMING = ("medicament", "composition", "composants", "dc", "dci", "substance", "denomination", "dispositif", "type de")

_TREATMENT_ALERTS = (
    AlertKind.ANTICOAGULANT,
    AlertKind.ANTIPLATELET,
    AlertKind.INSULIN,
    AlertKind.IMMUNOSUPPRESSION,
)


@dataclass(frozen=True, slots=True)
class AlertRules:
    """The table, by kind: (code system, prefix) pairs and one pattern of names."""

    codes: Mapping[str, tuple[tuple[str, str], ...]]
    names: Mapping[str, re.Pattern[str]]

    def matches(self, kind: AlertKind, merged: Merged) -> bool:
        """By any code of the item, else by a name in its words."""
        for system, prefix in self.codes.get(kind, ()):
            if any(code.system == system and code.code.startswith(prefix) for code in merged.codes):
                return True
        pattern = self.names.get(kind)
        return pattern is not None and pattern.search(_naming_words(merged)) is not None


def load_alert_rules() -> AlertRules:
    """Reads the table shipped with the room."""
    text = resources.files("gateway.dossiers").joinpath("data/vital_alerts.csv").read_text("utf-8")
    codes: dict[str, list[tuple[str, str]]] = {}
    names: dict[str, list[str]] = {}
    for row in csv.DictReader(text.splitlines()):
        if row["match"] == "word":
            names.setdefault(row["kind"], []).append(row["value"])
        else:
            codes.setdefault(row["kind"], []).append((_SYSTEMS[row["match"]], row["value"]))
    return AlertRules(
        codes={kind: tuple(pairs) for kind, pairs in codes.items()},
        names={kind: re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b") for kind, words in names.items()},
    )


def _naming_words(merged: Merged) -> str:
    parts = [merged.item.text]
    # Device labels of the field are often those of another device: the words are trusted, the labels are not.
    parts += [code.label for code in merged.codes if merged.item.kind not in {"device", "act"}]
    for source in merged.item.sources:
        for part in source.detail.split(" · "):
            label, _, value = part.partition(" : ")
            if value and fold(label).startswith(_NAMING):
                parts.append(value)
    return " ; ".join(fold(part) for part in parts)


def vital_alerts(found: Mapping[SectionKey, list[Merged]], rules: AlertRules, now: datetime) -> tuple[SummaryItem, ...]:
    """The alerts in the order of `AlertKind`, then the points of attention the documents flag themselves."""
    alerts: list[SummaryItem] = [
        _alert(AlertKind.ALLERGY, one)
        for one in found.get(SectionKey.ALLERGIES, ())
        if one.item.criticality is Criticality.HIGH and one.item.activity is not Activity.INACTIVE
    ]
    taken = [
        one
        for one in found.get(SectionKey.TREATMENTS, ())
        if one.item.activity is not Activity.INACTIVE and one.item.kind not in _NOT_TAKEN_NOW
    ]
    for kind in _TREATMENT_ALERTS:
        alerts += [_alert(kind, one) for one in taken if rules.matches(kind, one)]
    history = found.get(SectionKey.HISTORY, [])
    devices = [*found.get(SectionKey.DEVICES, ()), *(one for one in history if one.item.kind == "act")]
    alerts += [_alert(AlertKind.IMPLANTED_DEVICE, one) for one in devices if _is_implanted(one, rules)]
    findings = [*found.get(SectionKey.PROBLEMS, ()), *history, *found.get(SectionKey.KEY_RESULTS, ())]
    alerts += [_alert(AlertKind.PREGNANCY, one) for one in findings if _is_pregnancy(one, rules, now)]
    alerts += [_alert(AlertKind.RESISTANT_BACTERIA, one) for one in findings if _is_resistant(one, rules)]
    alerts += _directives(found.get(SectionKey.ADVANCE_DIRECTIVES, ()))
    alerts += [one.item for one in found.get(SectionKey.VITAL_ALERTS, ())]
    return tuple(alerts)


def _alert(kind: AlertKind, merged: Merged) -> SummaryItem:
    return replace(merged.item, kind=kind.value)


def _answer(merged: Merged) -> str:
    return merged.item.text.rpartition(" : ")[2] if " : " in merged.item.text else ""


def _is_implanted(merged: Merged, rules: AlertRules) -> bool:
    if merged.item.kind == "device_document":  # an implant card
        return True
    return rules.matches(AlertKind.IMPLANTED_DEVICE, merged) and not says_no(_answer(merged))


def _is_pregnancy(merged: Merged, rules: AlertRules, now: datetime) -> bool:
    recent = now - merged.item.date_latest <= _PREGNANCY_LASTS
    return recent and not says_no(_answer(merged)) and rules.matches(AlertKind.PREGNANCY, merged)


def _is_resistant(merged: Merged, rules: AlertRules) -> bool:
    """A search for resistant bacteria, or one that found none, is not a carriage."""
    asked = fold(merged.item.text).startswith("recherche")
    return not asked and not says_no(_answer(merged)) and rules.matches(AlertKind.RESISTANT_BACTERIA, merged)


def _directives(directives: Iterable[Merged]) -> list[SummaryItem]:
    written = [one.item for one in directives if not says_no(_answer(one)) or one.item.code is None]
    if not written:
        return []
    sources = tuple(dict.fromkeys(source for item in written for source in item.sources))
    first = written[0]
    return [
        SummaryItem(
            text="Directives anticipées",
            kind=AlertKind.ADVANCE_DIRECTIVES.value,
            date=first.date,
            sources=sources,
            occurrences=sum(item.occurrences for item in written),
        )
    ]
