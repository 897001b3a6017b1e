"""The statistics behind the flags and the alarm: what is usual is not flagged, what is far from it is."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.oversight.figures.bands import band_of
from gateway.oversight.figures.figure import Figure, text_label
from gateway.oversight.reviews.flags import Facts, Names, flags_of, surname_keys
from gateway.oversight.reviews.habits import HIGHEST_SCORE, Habits, learn, volume_score
from gateway.settings import ReviewSettings
from gateway.world import to_epoch_ms
from tests.worlds import START

SETTINGS = ReviewSettings()
HOUR_MS = 3_600_000


def _facts(**changes: object) -> Facts:
    plain: dict[str, object] = {
        "staff_key": "rpps:1", "reader_name": "Inès Martin", "reason_code": "vital_emergency",
        "opened_at": to_epoch_ms(START), "patient": Names(birth_name="DURAND", used_name=""), "patient_address": "",
        "linked_staff_key": "", "protected": False, "reader_record": None, "reader_address": "", "admissions": 1,
        "earlier": 0, "volume": 1, "contests": 0,
    }  # fmt: skip
    return Facts(**{**plain, **changes})  # type: ignore[arg-type]


def _codes(facts: Facts, habits: Habits | None = None) -> set[str]:
    return {flag.code for flag in flags_of(facts, habits or learn(()), SETTINGS)}


def test_surnames_are_read_from_displayed_names_of_any_shape() -> None:
    assert "LEGOFF" in surname_keys("Inès Le Goff")
    assert "MARTIN" in surname_keys("Dr MARTIN Inès")
    assert "INES" not in surname_keys("Dr MARTIN Inès")
    assert surname_keys("Inès") == frozenset()
    assert "LHOTELOEUF" in surname_keys("Zoé L'Hôte-Lœuf")


def test_a_reader_who_is_the_patient_is_said_so_and_not_called_their_own_colleague() -> None:
    assert _codes(_facts(linked_staff_key="rpps:1", patient=Names(birth_name="Martin", used_name=""))) == {
        "reader_is_patient"
    }
    assert _codes(_facts(linked_staff_key="rpps:2")) == {"colleague"}


def test_the_readers_own_record_names_them_better_than_their_display_name() -> None:
    record = Names(birth_name="DURAND", used_name="MARTIN")
    assert _codes(_facts(reader_record=record)) == {"same_surname"}
    other = Names(birth_name="PETIT", used_name="")
    assert _codes(_facts(reader_record=other, patient=Names(birth_name="MARTIN", used_name=""))) == set()


def test_an_hour_at_which_the_unit_works_is_not_unusual_and_one_at_which_it_never_does_is() -> None:
    start = to_epoch_ms(START)  # 04:00 in Paris
    by_day = [(f"rpps:{n}", start + 9 * HOUR_MS + n * 24 * HOUR_MS) for n in range(100)]
    assert _codes(_facts(), learn([*by_day, ("rpps:1", start)])) == {"unusual_hour"}
    by_night = [(f"rpps:{n}", start + n * 24 * HOUR_MS) for n in range(20)]
    assert _codes(_facts(), learn([*by_day, *by_night])) == set()


def test_a_reader_far_above_the_units_readers_is_flagged_once_the_unit_has_habits() -> None:
    start = to_epoch_ms(START)
    usual = [(f"rpps:{n % 30}", start + (n // 30) * 24 * HOUR_MS + n % 5) for n in range(300)]
    assert _codes(_facts(volume=12), learn(usual)) == {"unusual_volume"}
    assert _codes(_facts(volume=3), learn(usual)) == set()
    assert _codes(_facts(volume=12), learn(usual[:20])) == set()


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(0, 200))
def test_a_volume_scores_more_the_higher_it_is_and_never_at_or_below_the_median(usual: list[int], count: int) -> None:
    usual.sort()
    score = volume_score(count, usual)
    assert 0 <= score <= HIGHEST_SCORE
    assert volume_score(count + 1, usual) >= score
    if count <= usual[len(usual) // 2] and count <= usual[(len(usual) - 1) // 2]:
        assert score == 0


def test_a_unit_with_too_few_accesses_or_weeks_is_not_judged() -> None:
    steady = dict.fromkeys(range(1, 9), (10, 50))
    assert not band_of("URG", {**steady, 0: (19, 19)}, SETTINGS).judged
    assert not band_of("URG", {0: (40, 50), 1: (10, 50)}, SETTINGS).judged


def test_a_share_that_jumps_leaves_the_band_and_one_that_sways_does_not() -> None:
    steady = {week: (10 + week % 3, 50) for week in range(1, 9)}
    assert not band_of("URG", {**steady, 0: (13, 50)}, SETTINGS).outside
    assert band_of("URG", {**steady, 0: (35, 50)}, SETTINGS).outside
    swaying = {week: (5 if week % 2 else 30, 50) for week in range(1, 9)}
    assert not band_of("URG", {**swaying, 0: (35, 50)}, SETTINGS).outside


@given(st.dictionaries(st.integers(0, 8), st.tuples(st.integers(0, 300), st.integers(0, 300)).map(sorted).map(tuple)))
def test_a_band_is_always_a_band_of_shares(weeks: dict[int, tuple[int, int]]) -> None:
    band = band_of("URG", weeks, SETTINGS)
    assert 0 <= band.low <= band.high <= 1
    assert 0 <= band.share <= 1


def test_a_cell_a_spreadsheet_would_run_is_written_as_text() -> None:
    figure = Figure(key="x", head="unit", series=(text_label("n"),), rows=((text_label("=1+1"), (3,)),), drawn=(0,),
                    chart="bars")  # fmt: skip
    assert figure.to_csv().splitlines() == ["unit,n", "'=1+1,3"]
