"""What leaves the building says nothing: every language, recipient, kind of access and telling grant."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigurationError
from gateway.notifications.channel import AddressKind
from gateway.notifications.discretion import load_health_words
from gateway.notifications.gsm7 import SEGMENT_SEPTETS, septets
from gateway.notifications.notice import Recipient
from gateway.notifications.texts import LANGUAGES, Composed, NoticeTexts

HOSPITAL = "Centre hospitalier de Vauclair"
PHONE = "01 00 00 00 15"
BASE_URL = "https://acces.vauclair.example"
CODE = "7KX2M0PQ4R"
SPACED = "7KX2M\u00a00PQ4R"
# A médecin traitant is written to in the MSSanté space alone.
WAYS = [(Recipient.MEDECIN_TRAITANT, AddressKind.MSSANTE), *((Recipient.PATIENT, kind) for kind in AddressKind)]
EVERY_TEXT = [(language, recipient, by) for language in LANGUAGES for recipient, by in WAYS]
HOURS = "du lundi au vendredi, de 9 h à 17 h"


@pytest.fixture(scope="module")
def texts() -> NoticeTexts:
    return NoticeTexts(hospital_name=HOSPITAL, phone=PHONE, base_url=BASE_URL + "/", hours=HOURS, sms=True)


def words_of(composed: Composed) -> Iterator[str]:
    """The parts a person reads, without the sender's own name."""
    for part in (composed.subject, composed.text, re.sub(r"<[^>]*>", " ", composed.html)):
        yield part.replace(HOSPITAL, "")


@pytest.mark.parametrize(("language", "recipient", "by"), EVERY_TEXT)
def test_no_outside_text_holds_a_health_word(
    texts: NoticeTexts, language: str, recipient: Recipient, by: AddressKind
) -> None:
    health = load_health_words()
    for part in words_of(texts.compose(recipient, code=CODE, language=language, by=by)):
        assert health.in_text(part) == ()


@pytest.mark.parametrize(("language", "recipient", "by"), EVERY_TEXT)
def test_every_outside_text_names_the_sender_the_phone_and_the_code(
    texts: NoticeTexts, language: str, recipient: Recipient, by: AddressKind
) -> None:
    composed = texts.compose(recipient, code=CODE, language=language, by=by)
    assert composed.language == language
    if by is AddressKind.PHONE:
        assert all(part in composed.text for part in (HOSPITAL, PHONE, CODE))
        return
    for body in (composed.text, composed.html):
        assert all(part in body for part in (HOSPITAL, PHONE, SPACED))
    assert f'<html lang="{language}">' in composed.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_message_is_one_segment_of_the_gsm_alphabet(texts: NoticeTexts, language: str) -> None:
    said = texts.compose(Recipient.PATIENT, code=CODE, language=language, by=AddressKind.PHONE).text
    assert septets(said) <= SEGMENT_SEPTETS
    assert f"{BASE_URL}/n/{CODE}" in said


@given(st.text(min_size=1, max_size=80))
def test_no_hospital_name_ever_makes_a_second_segment(name: str) -> None:
    try:
        made = NoticeTexts(hospital_name=name, phone=PHONE, base_url=BASE_URL, sms=True)
    except ConfigurationError:
        return
    for language in LANGUAGES:
        said = made.compose(Recipient.PATIENT, code=CODE, language=language, by=AddressKind.PHONE).text
        assert septets(said) <= SEGMENT_SEPTETS


def test_a_name_too_long_for_a_text_message_stops_the_start_with_the_number_of_signs() -> None:
    with pytest.raises(ConfigurationError) as refused:
        NoticeTexts(hospital_name="Centre " * 12, phone=PHONE, base_url=BASE_URL, sms=True)
    (fault,) = refused.value.faults
    assert fault.key == "hospital.name"
    assert "signs too many" in str(fault)
    assert NoticeTexts(hospital_name="Centre " * 12, phone=PHONE, base_url=BASE_URL)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_says_the_hours_only_where_the_hospital_gives_them(texts: NoticeTexts, language: str) -> None:
    silent = NoticeTexts(hospital_name=HOSPITAL, phone=PHONE, base_url=BASE_URL)
    with_hours, without = (
        one.compose(Recipient.PATIENT, code=CODE, language=language, by=AddressKind.POSTAL).text
        for one in (texts, silent)
    )
    assert HOURS in with_hours
    assert len(without.split("\n\n")) == len(with_hours.split("\n\n")) - 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_holder_gets_the_link_and_the_medecin_traitant_a_reference_to_ask_by_phone(
    texts: NoticeTexts, language: str
) -> None:
    link = f"{BASE_URL}/n/{CODE}"
    holders = texts.compose(Recipient.PATIENT, code=CODE, language=language)
    assert f"\n{link}\n" in holders.text
    assert f'<a href="{link}">' in holders.html
    doctors = texts.compose(Recipient.MEDECIN_TRAITANT, code=CODE, language=language)
    assert "http" not in doctors.text + doctors.html


def test_a_language_not_spoken_is_french(texts: NoticeTexts) -> None:
    assert texts.compose(Recipient.PATIENT, code=CODE, language="br") == texts.compose(
        Recipient.PATIENT, code=CODE, language="fr"
    )


def test_a_hospital_name_with_signs_of_html_stays_text() -> None:
    odd = NoticeTexts(hospital_name='<b>A & "B"</b>', phone="1", base_url="http://localhost")
    html = odd.compose(Recipient.PATIENT, code=CODE, language="fr").html
    assert "<b>" not in html
    assert "&lt;b&gt;A &amp; " in html


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"hospital_name": "Institut de cancérologie du Val"}, "hospital.name"),
        ({"hospital_name": "Urgences de Vauclair"}, "hospital.name"),
        ({"base_url": "https://urgences.vauclair.example"}, "server.base_url"),
        ({"phone": "01 00 (psychiatrie)"}, "hospital.phone"),
    ],
)
def test_a_sender_whose_name_tells_the_specialty_stops_the_start_with_a_word(given: dict[str, str], key: str) -> None:
    plain = {"hospital_name": HOSPITAL, "phone": PHONE, "base_url": BASE_URL}
    with pytest.raises(ConfigurationError) as refused:
        NoticeTexts(**{**plain, **given})
    assert [fault.key for fault in refused.value.faults] == [key]


@pytest.mark.parametrize(
    "telling",
    [
        "Votre médecin",
        "VOTRE SANTÉ",
        "au service des urgences",
        "bris  de glace",
        "a nurse",
        "en oncologie",
        "l’hôpital",
    ],
)
def test_the_deny_list_finds_words_whatever_their_accents_case_and_spaces(telling: str) -> None:
    assert load_health_words().in_text(telling) != ()


@pytest.mark.parametrize(
    "plain", ["une personne", "your record", "Information sur un accès à votre dossier", "careful"]
)
def test_the_deny_list_leaves_plain_words_alone(plain: str) -> None:
    assert load_health_words().in_text(plain) == ()


@given(st.text(max_size=40), st.sampled_from(list(Recipient)))
def test_no_code_or_language_breaks_a_text(anything: str, recipient: Recipient) -> None:
    texts = NoticeTexts(hospital_name=HOSPITAL, phone=PHONE, base_url=BASE_URL)
    composed = texts.compose(recipient, code=CODE, language=anything)
    assert composed.language in LANGUAGES
