"""How long an access stays open: the version's setting, shortened by what its rules say, never lengthened."""

import re

from policies import HospitalRules, Mode

MINUTE_MS = 60_000
_LIMIT = re.compile(r"limit:(\d{1,5})(min|h|d)")
_MINUTES = {"min": 1, "h": 60, "d": 1440}


def window_ms(settings: HospitalRules, mode: Mode, obligations: tuple[str, ...]) -> int:
    """Length of the window, milliseconds: the smallest of the setting and every `limit:<duration>` obligation."""
    limits = [int(found[1]) * _MINUTES[found[2]] for found in map(_LIMIT.fullmatch, obligations) if found]
    return min([settings.access.window(mode), *limits]) * MINUTE_MS


def extended_until(settings: HospitalRules, mode: Mode, obligations: tuple[str, ...], opened_at: int, now: int) -> int:
    """The new end of an access extended now: a whole window from now, within the longest an access may last."""
    longest = opened_at + settings.access.longest_minutes * MINUTE_MS
    return min(now + window_ms(settings, mode, obligations), longest)
