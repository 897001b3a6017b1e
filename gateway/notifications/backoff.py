"""How long a notice waits after a failed attempt."""


def retry_delay_ms(attempt: int, *, first_seconds: int, longest_seconds: int, draw: bytes) -> int:
    """The wait after failed attempt number `attempt` (1 for the first), in milliseconds.

    It doubles with each attempt up to `longest_seconds`; the upper half of it is drawn (`draw`: two random bytes), so
    that the notices a fallen relay left behind do not all come back in the same second.
    """
    first, longest = first_seconds * 1000, longest_seconds * 1000
    # 2 ** 40 times one second is already longer than anything: the exponent needs no more.
    whole = max(min(first << min(attempt - 1, 40), longest), 2)
    return whole // 2 + (whole - whole // 2) * int.from_bytes(draw[:2]) // 0xFFFF
