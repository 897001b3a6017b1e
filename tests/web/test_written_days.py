"""Days as people write them are read as they meant them, and what is no day is none."""

from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.patient.written_day import read_boxes, read_day
from tests.web.test_patient_pages import send, words

TODAY = date(2026, 11, 22)
MONTHS = [
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
]
ENGLISH = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]


@pytest.mark.parametrize(
    "text",
    [
        "03/05/1980",
        "3/5/1980",
        "3.5.80",
        "03-05-80",
        "3 5 1980",
        "03051980",
        "1980-05-03",
        "1980/5/3",
        "3 mai 1980",
        "3 MAI 80",
        "03 May 1980",
        " 3  mai  1980 ",
        "3, 5, 1980",
        "3rd May 1980",
    ],
)
def test_the_third_of_may_1980_in_every_way_people_write_it(text: str) -> None:
    assert read_day(text, TODAY) == date(1980, 5, 3)


@given(day=st.dates(date(1900, 1, 1), TODAY), ways=st.integers(0, 5))
def test_any_day_written_in_any_way_is_that_day(day: date, ways: int) -> None:
    written = (
        f"{day:%d/%m/%Y}",
        f"{day.day}.{day.month}.{day.year}",
        day.isoformat(),
        f"{day.day} {MONTHS[day.month - 1]} {day.year}",
        f"{day.day} {ENGLISH[day.month - 1]} {day.year}",
        f"{day.day}er {MONTHS[day.month - 1][:4]}. {day.year}",
    )[ways]
    assert read_day(written, TODAY) == day
    assert read_boxes(str(day.day), MONTHS[day.month - 1], str(day.year), TODAY) == day
    assert read_boxes("", written, "", TODAY) == day


@given(day=st.dates(date(1926, 11, 23), TODAY))
def test_a_year_of_two_digits_is_the_latest_that_has_come(day: date) -> None:
    read = read_day(f"{day:%d/%m/%y}", TODAY)
    assert read is not None
    assert read.year <= TODAY.year
    assert read.year % 100 == day.year % 100


@given(st.text(max_size=60))
def test_no_text_at_all_makes_it_stumble(text: str) -> None:
    assert read_day(text, TODAY) is None or isinstance(read_day(text, TODAY), date)


@pytest.mark.parametrize("text", ["", "hier", "31/02/1980", "3/5", "3/13/1980", "3 flor 1980", "3/5/198", "1/2/3/1980"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text, TODAY) is None


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [("28/03/1979", "", ""), ("28", "mars", "79"), ("", "", "1979-03-28"), (" 28 ", "03", "1979"), ("28.3.79", "", "")],
)
def test_a_birth_date_proves_however_it_is_written(web: Flask, day: str, month: str, year: str) -> None:
    client = web.test_client()
    assert send(client, "/n/ABCDE23456", day=day, month=month, year=year).status_code == 303
    assert "Inès Martin" in words(client.get("/n/ABCDE23456"))
