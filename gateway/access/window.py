"""How long an access stays open: the hospital's setting, shortened by what the rules say, never lengthened."""

import re

from gateway.settings import AccessSettings

MINUTE_MS = 60_000
_LIMIT = re.compile(r"limit:(\d{1,4})min")


def window_ms(settings: AccessSettings, obligations: tuple[str, ...]) -> int:
    """Length of the window, milliseconds: the smallest of the setting and every `limit:<n>min` obligation."""
    limits = [int(match.group(1)) for match in map(_LIMIT.fullmatch, obligations) if match]
    return min([settings.window_minutes, *limits]) * MINUTE_MS


def extended_until(settings: AccessSettings, obligations: tuple[str, ...], opened_at: int, now: int) -> int:
    """The new end of an access extended now: a whole window from now, within the longest an access may last."""
    return min(now + window_ms(settings, obligations), opened_at + settings.longest_minutes * MINUTE_MS)
