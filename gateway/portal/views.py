"""What the portal answers: plain frozen values. Instants are UTC epoch milliseconds, days are ISO dates of Paris."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.identity.staff_member import StaffMember
from policies import Mode


class ReviewOutcome(StrEnum):
    """What the hospital's own review of an access says. Ordinary accesses that nobody contests have none."""

    NONE = "none"
    WAITING = "waiting"
    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessView:
    """One access, as its patient or their representative reads it.

    `categories` are document classes, never titles or values, without what the law hides from this reader.
    `contest_numbers`: those this reader's side made of it. `blocked`: this reader's side blocked the professional.
    `receipt_state`: `proved` or `pending`, empty where this reader gets none. `code` is the notice's,
    empty when no notice was owed.
    """

    access_id: str
    code: str
    opened_at: int
    expires_at: int
    ended_at: int | None
    open: bool
    mode: Mode
    first_access: bool
    staff: StaffMember
    hospital: str
    phone: str
    reason_code: str
    consent_basis: str
    categories: tuple[str, ...]
    review: ReviewOutcome
    reviewed_at: int | None
    receipt_state: str
    contest_numbers: tuple[str, ...]
    blocked: bool

    @property
    def reviewed(self) -> bool:
        """Whether the hospital's review is over."""
        return self.review in (ReviewOutcome.JUSTIFIED, ReviewOutcome.UNJUSTIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """Which accesses: days are inclusive ISO dates, empty: no bound; `professional` is the `access_id` of any access of
    theirs (no key of a person travels in an address)."""

    since: str = ""
    until: str = ""
    mode: Mode | None = None
    unit: str = ""
    professional: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """At most 50 accesses, newest first. `next` is the mark of the page after, empty on the last; `total` counts all
    that the filter finds."""

    accesses: tuple[AccessView, ...]
    next: str
    total: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One value a filter may take, and how people name it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChoices:
    """What there is to choose from in this person's history; `first_day` and `last_day` are empty when it is empty."""

    units: tuple[Choice, ...]
    professionals: tuple[Choice, ...]
    modes: tuple[Mode, ...]
    first_day: str
    last_day: str


@dataclass(frozen=True, slots=True)
class DayCount:
    """One day with accesses: how many, and how many of them in an emergency mode."""

    day: str
    accesses: int
    emergencies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarMonth:
    """A month, `2026-11`; `days` are those with accesses, in order; `before` and `after` the nearest months that have
    some, empty when none has."""

    month: str
    days: tuple[DayCount, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockView:
    """A professional this reader's side blocked."""

    block_id: str
    staff_name: str
    staff_unit: str
    blocked_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePass:
    """After the proof: a token that shows this one notice and lets it be contested until `expires_at`, and nothing
    else. It belongs in a cookie or a form field, never in an address."""

    token: str
    expires_at: int
    view: AccessView
