"""The small curve of a test: drawn inside its box, from numbers of one unit, oldest first."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway.dossiers.summary import Measure, Source, SummaryItem
from gateway.web.results import key_results

SOURCE = Source("d", "Examens", "Dr", datetime(2026, 1, 1, tzinfo=UTC))


def result(kind: str, date: str, number: float | None, unit: str = "mmol/L") -> SummaryItem:
    measure = Measure(value=str(number), unit=unit, number=number)
    return SummaryItem(text=kind, kind=kind, date=date, measure=measure, sources=(SOURCE,))


@given(st.lists(st.floats(0, 1e6, allow_nan=False), min_size=2, max_size=30))
def test_every_point_is_inside_the_box_and_time_goes_to_the_right(numbers: list[float]) -> None:
    items = [result("potassium", f"2026-01-{day + 1:02d}", number) for day, number in enumerate(numbers)]
    (trend,) = key_results(items).trends
    points = [tuple(map(float, point.split(","))) for point in trend.points.split(" ")]
    assert all(0 <= x <= 96 and 0 <= y <= 24 for x, y in points)
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert len(points) == min(len(numbers), 12)


def test_the_last_three_values_are_shown_newest_first_in_the_usual_order_of_tests() -> None:
    items = [result("haemoglobin", f"2026-0{month}-01", 10.0 + month) for month in (2, 5, 1, 4)]
    items.append(result("creatinine", "2020-01-01", 80.0))
    items.append(result("other", "2026-01-01", 1.0))
    found = key_results(items)
    assert [trend.kind for trend in found.trends] == ["creatinine", "haemoglobin"]
    assert [item.date for item in found.trends[1].items] == ["2026-05-01", "2026-04-01", "2026-02-01"]
    assert [item.kind for item in found.others] == ["other"]


def test_values_of_another_unit_are_not_drawn_on_the_same_scale() -> None:
    items = [result("creatinine", "2026-01-01", 9.0, "mg/L"), result("creatinine", "2026-02-01", 80.0, "µmol/L")]
    (trend,) = key_results(items).trends
    assert trend.points == ""
    assert len(trend.items) == 2
