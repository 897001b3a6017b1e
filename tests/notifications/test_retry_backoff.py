"""The wait between attempts."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.notifications.backoff import retry_delay_ms

seconds = st.integers(1, 100_000)
draws = st.binary(min_size=2, max_size=2)


@given(st.integers(1, 10_000), seconds, seconds, draws)
def test_a_wait_is_never_nothing_and_never_longer_than_the_longest(
    attempt: int, first: int, longest: int, draw: bytes
) -> None:
    delay = retry_delay_ms(attempt, first_seconds=first, longest_seconds=longest, draw=draw)
    assert 0 < delay <= longest * 1000


@given(st.integers(1, 60), seconds, seconds)
def test_the_longest_draw_of_an_attempt_is_not_longer_than_that_of_the_next(
    attempt: int, first: int, longest: int
) -> None:
    waits = [
        retry_delay_ms(number, first_seconds=first, longest_seconds=longest, draw=b"\xff\xff")
        for number in (attempt, attempt + 1)
    ]
    assert waits[0] <= waits[1] <= 2 * waits[0]


@given(st.integers(1, 60), seconds, seconds, draws)
def test_at_least_half_of_the_wait_is_certain(attempt: int, first: int, longest: int, draw: bytes) -> None:
    least, drawn, most = (
        retry_delay_ms(attempt, first_seconds=first, longest_seconds=longest, draw=bytes_)
        for bytes_ in (b"\x00\x00", draw, b"\xff\xff")
    )
    assert least <= drawn <= most <= 2 * least


def test_two_notices_that_failed_together_do_not_come_back_together() -> None:
    delays = {
        retry_delay_ms(1, first_seconds=60, longest_seconds=3600, draw=bytes([number, 0])) for number in range(256)
    }
    assert len(delays) == 256
