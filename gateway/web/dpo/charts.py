"""From a figure to what is drawn: strips of columns or of bars, one for each drawn series, all numbers computed here.

No colour carries a meaning: each strip has its name, each bar its label and number, and the table is beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.oversight.figures.figure import Figure, Number
from gateway.web.dpo.words import label_words, number
from gateway.web.language import _

WIDTH = 420.0
_COLUMNS_HEIGHT, _TOP, _BOTTOM = 130.0, 18.0, 18.0
_BAR_HEIGHT, _BAR_THICKNESS, _TEXT_DEPTH = 44.0, 14.0, 18.0
_NUMBER_ROOM = 60.0
_MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One value: its rectangle, its label and its number as text, and where the two stand. `low` and `high`: between
    which places a value is usual, None where nobody knows."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Strip:
    """One series drawn. `columns`: bars stand on a line, the first and last labelled; else they lie under labels."""

    name: str
    height: float
    top: str  # the highest value, as text
    columns: bool
    bars: tuple[Bar, ...]


def strips(figure: Figure) -> tuple[Strip, ...]:
    """The strips of a figure, one a drawn series; all on one scale, so that they compare."""
    measured = (*figure.drawn, figure.usual[1]) if figure.usual else figure.drawn
    highest = max((values[index] or 0 for _, values in figure.rows for index in measured), default=0)
    draw = _columns if figure.chart == "columns" else _bars
    return tuple(draw(figure, index, highest) for index in figure.drawn)


def _columns(figure: Figure, index: int, highest: float) -> Strip:
    scale = highest or 1
    room = _COLUMNS_HEIGHT - _TOP - _BOTTOM
    step = WIDTH / max(1, len(figure.rows))
    bars = []
    for place, (label, values) in enumerate(figure.rows):
        value = values[index]
        height = room * (value or 0) / scale
        bars.append(
            Bar(
                x=round(place * step + step * 0.1, 2),
                y=round(_COLUMNS_HEIGHT - _BOTTOM - height, 2),
                width=round(step * 0.8, 2),
                height=round(height, 2),
                label=label_words(label),
                value=number(value),
            )
        )
    return Strip(label_words(figure.series[index]), _COLUMNS_HEIGHT, number(highest), True, tuple(bars))


def _bars(figure: Figure, index: int, highest: float) -> Strip:
    bars, scale = [], (WIDTH - _NUMBER_ROOM) / (highest or 1)
    for place, (label, values) in enumerate(figure.rows[:_MOST_BARS]):
        value = values[index]
        low, high = (values[one] for one in figure.usual[:2]) if figure.usual else (None, None)
        bars.append(
            Bar(
                x=0.0,
                y=round(place * _BAR_HEIGHT + _TEXT_DEPTH + 4, 2),
                width=round(scale * (value or 0), 2),
                height=_BAR_THICKNESS,
                label=f"{label_words(label)} · {_usual(figure, values)}" if figure.usual else label_words(label),
                value=number(value),
                low=None if low is None else round(scale * low, 2),
                high=None if high is None else round(scale * high, 2),
            )
        )
    return Strip(
        label_words(figure.series[index]), max(1, len(bars)) * _BAR_HEIGHT, number(highest), False, tuple(bars)
    )


def _usual(figure: Figure, values: Sequence[Number]) -> str:
    """Where a value stands, in words: no place on a drawing says it alone."""
    low, high, outside = (values[one] for one in figure.usual or (0, 0, 0))
    if low is None or high is None:
        return _("trop peu d'accès pour juger")
    said = _("HORS de sa bande, %(low)s à %(high)s %%") if outside else _("dans sa bande, %(low)s à %(high)s %%")
    return said % {"low": number(low), "high": number(high)}
