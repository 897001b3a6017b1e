"""From a figure to what is drawn: strips of columns or of bars, one for each drawn series, all numbers computed here.

No colour carries a meaning: each strip has its name, each bar its label and number, and the table is beside it.
"""

from dataclasses import dataclass

from gateway.oversight.figures.figure import Figure
from gateway.web.dpo.words import label_words, number

WIDTH = 420.0
_COLUMNS_HEIGHT, _TOP, _BOTTOM = 130.0, 18.0, 18.0
_BAR_HEIGHT, _BAR_THICKNESS, _TEXT_DEPTH = 44.0, 14.0, 18.0
_NUMBER_ROOM = 60.0
_MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One value: its rectangle, its label and its number as text, and where the two stand."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: str


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
    highest = max((values[index] or 0 for _, values in figure.rows for index in figure.drawn), default=0) or 1
    draw = _columns if figure.chart == "columns" else _bars
    return tuple(draw(figure, index, highest) for index in figure.drawn)


def _columns(figure: Figure, index: int, highest: float) -> Strip:
    room = _COLUMNS_HEIGHT - _TOP - _BOTTOM
    step = WIDTH / max(1, len(figure.rows))
    bars = []
    for place, (label, values) in enumerate(figure.rows):
        value = values[index]
        height = room * (value or 0) / highest
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
    bars = []
    for place, (label, values) in enumerate(figure.rows[:_MOST_BARS]):
        value = values[index]
        bars.append(
            Bar(
                x=0.0,
                y=round(place * _BAR_HEIGHT + _TEXT_DEPTH + 4, 2),
                width=round((WIDTH - _NUMBER_ROOM) * (value or 0) / highest, 2),
                height=_BAR_THICKNESS,
                label=label_words(label),
                value=number(value),
            )
        )
    return Strip(
        label_words(figure.series[index]), max(1, len(bars)) * _BAR_HEIGHT, number(highest), False, tuple(bars)
    )
