"""The code people read aloud."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.notifications.code import ALPHABET, LENGTH, new_code, parse_code, spaced


@given(st.binary(min_size=LENGTH, max_size=LENGTH))
def test_a_code_survives_being_spaced_lowered_and_read_with_the_usual_mistakes(drawn: bytes) -> None:
    code = new_code(lambda size: drawn[:size])
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    assert parse_code(spaced(code)) == code
    assert parse_code(f" {code.lower().replace('0', 'o').replace('1', 'l').replace('V', 'u')} ") == code


@given(st.text(max_size=60))
def test_what_cannot_be_a_code_is_none_and_never_an_error(text: str) -> None:
    parsed = parse_code(text)
    assert parsed is None or (len(parsed) == LENGTH and set(parsed) <= set(ALPHABET))


def test_every_sign_of_the_alphabet_is_equally_likely() -> None:
    drawn = [_code_starting_with(first) for first in range(256)]
    assert {drawn.count(sign) for sign in ALPHABET} == {256 // len(ALPHABET)}


def _code_starting_with(first: int) -> str:
    return new_code(lambda size: bytes([first] * size))[0]
