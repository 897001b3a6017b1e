"""Results for the bedside: the last three values of each key test, and the points of its small curve."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gateway.web.wording import has_word

_SHOWN = 3
_MOST_POINTS = 12
_WIDTH, _HEIGHT, _MARGIN = 96.0, 24.0, 3.0


@dataclass(frozen=True, slots=True)
class Trend:
    """One test: its items newest first, at most three, and the curve of all its numbers, oldest first."""

    kind: str
    items: tuple[Any, ...]
    points: str  # for <polyline points>; empty below two numbers of one unit
    last_point: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class KeyResults:
    """Key tests in their usual order, then everything else, newest first."""

    trends: tuple[Trend, ...]
    others: tuple[Any, ...]


def key_results(items: Iterable[Any]) -> KeyResults:
    """Group the items of the results' section by test."""
    newest_first = sorted(items, key=_when, reverse=True)
    groups: dict[str, list[Any]] = {}
    others = []
    for item in newest_first:
        if has_word(item.kind, "result"):
            groups.setdefault(item.kind, []).append(item)
        else:
            others.append(item)
    order = ("creatinine", "egfr", "potassium", "haemoglobin", "platelets", "inr", "hba1c", "blood_group")
    return KeyResults(tuple(_trend(kind, groups[kind]) for kind in order if kind in groups), tuple(others))


def _trend(kind: str, items: list[Any]) -> Trend:
    # Two units are two scales: only the newest value's unit is drawn.
    unit = items[0].measure.unit if items[0].measure is not None else ""
    numbers = [
        item.measure.number
        for item in reversed(items[:_MOST_POINTS])
        if item.measure is not None and item.measure.number is not None and item.measure.unit == unit
    ]
    places = _places(numbers)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return Trend(kind, tuple(items[:_SHOWN]), points, places[-1] if places else None)


def _places(numbers: list[float]) -> list[tuple[float, float]]:
    if len(numbers) < 2:
        return []
    low, high = min(numbers), max(numbers)
    span = (high - low) or 1.0
    step = (_WIDTH - 2 * _MARGIN) / (len(numbers) - 1)
    height = _HEIGHT - 2 * _MARGIN
    return [(_MARGIN + index * step, _HEIGHT - _MARGIN - (n - low) / span * height) for index, n in enumerate(numbers)]


def _when(item: Any) -> str:
    """A result's own date, else its document's, as text that sorts."""
    return str(item.date or item.date_latest.isoformat())
