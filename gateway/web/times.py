"""Instants, dates and ages as people in a French hospital read them, wherever the server's clock is set."""

from datetime import date, datetime

from gateway.paris import PARIS
from gateway.web.language import _, ngettext
from gateway.web.parts import gateway
from gateway.world import from_epoch_ms

_OLDEST_IN_DAYS = 60
_OLDEST_IN_MONTHS = 36


def local(moment: datetime | int) -> datetime:
    """An aware moment, or UTC epoch milliseconds, in Paris time."""
    aware = from_epoch_ms(moment) if isinstance(moment, int) else moment
    return aware.astimezone(PARIS)


def clock(moment: datetime | int) -> str:
    """`03:27`."""
    return f"{local(moment):%H:%M}"


def day(moment: datetime | int) -> str:
    """`28/03/1979`."""
    return f"{local(moment):%d/%m/%Y}"


def day_and_clock(moment: datetime | int) -> str:
    """`28/03/1979 03:27`, the two never parted by a line break."""
    return f"{local(moment):%d/%m/%Y\u00a0%H:%M}"


def machine(moment: datetime | int) -> str:
    """For `<time datetime>`."""
    return local(moment).isoformat(timespec="seconds")


def partial_date(text: str) -> str:
    """An ISO 8601 date at its own precision: `2019`, `03/2019`, `28/03/2019`, `28/03/2019 10:20`."""
    head, _sep, tail = text.partition("T")
    parts = head.split("-")
    if not all(part.isdigit() for part in parts) or len(parts) > 3:
        return text
    shown = "/".join(reversed(parts))
    if not tail:
        return shown
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return shown
    return day_and_clock(moment) if moment.tzinfo else f"{shown}\u00a0{tail[:5]}"


def age(birth_date: str) -> str:
    """`47 ans`, in months below three years and in days below two months; empty when the date is not whole."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return ""
    today = local(gateway().world.now()).date()
    days = (today - born).days
    if days < 0:
        return ""
    if days < _OLDEST_IN_DAYS:
        return ngettext("%(num)s jour", "%(num)s jours", days) % {"num": days}
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months < _OLDEST_IN_MONTHS:
        return _("%(num)s mois") % {"num": months}
    return _("%(num)s ans") % {"num": months // 12}


def minutes_left(expires_at: int) -> int:
    """Whole minutes until then, rounded up; 0 when it has passed."""
    return max(0, -(-(expires_at - gateway().world.epoch_ms()) // 60_000))
