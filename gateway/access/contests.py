"""A contest: what a patient says of an access, and until when they are answered. The cases it makes are oversight's."""

from dataclasses import dataclass
from enum import StrEnum


class ContestWish(StrEnum):
    """What the patient wants."""

    EXPLAIN = "explain"  # know why
    NOT_ME = "not_me"  # I was not there, I was not treated
    KNOWS_ME = "knows_me"  # the reader knows me
    OTHER = "other"


class ContestAnswer(StrEnum):
    """How to answer them."""

    PORTAL = "portal"
    PHONE = "phone"
    LETTER = "letter"
    IN_PERSON = "in_person"


@dataclass(frozen=True, slots=True)
class ContestForm:
    """The three steps: what, in which words (may be empty, 2,000 characters at most), and how to answer."""

    wish: ContestWish
    answer_by: ContestAnswer
    words: str = ""


@dataclass(frozen=True, slots=True)
class ContestReceipt:
    """What the patient takes away: the number to name it by, and the instant by which they are answered (epoch ms)."""

    id: str
    number: str
    promised_at: int


def number_of(record_id: str) -> str:
    """How people name a case or a contest on the telephone: twelve signs of its id, e.g. `3F2A-91BC-D0E7`."""
    signs = record_id.replace("-", "").upper()[:12]
    return f"{signs[0:4]}-{signs[4:8]}-{signs[8:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What was said of an access, and what was answered. `side`: `holder`, `representative` or `proof` (a notice's code
    and birth date alone). Instants are UTC epoch ms."""

    id: str
    wish: str
    words: str
    answer_by: str
    received_at: int
    promised_at: int
    answered_at: int | None
    answer: str
    access_id: str = ""
    side: str = "holder"

    @property
    def number(self) -> str:
        """How people name it."""
        return number_of(self.id)
