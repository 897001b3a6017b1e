"""What is unusual about an access, as flags: a pure function of the facts, the habits of the unit, and the weights."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.oversight.reviews.case import Evidence, Flag
from gateway.oversight.reviews.habits import Habits, volume_score
from gateway.paris import paris_hour
from gateway.patients.folding import fold, name_key
from gateway.settings import ReviewSettings

OTHER = "other"  # the reason whose text is read by a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """A birth name and a used name ("" where there is none)."""

    birth_name: str
    used_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the flags of one access are computed from. `reader_record`: the reader's own record as a patient here."""

    staff_key: str
    reader_name: str  # as the identity provider displays it
    reason_code: str
    opened_at: int
    patient: Names
    patient_address: str
    linked_staff_key: str  # of the professional who is this patient, "" where none is known
    protected: bool
    reader_record: Names | None
    reader_address: str
    admissions: int  # around the access, not cancelled
    earlier: int  # accesses of this reader to this patient in other episodes
    volume: int  # emergency accesses of this reader in the 24 h before, this one included
    contests: int


def flags_of(facts: Facts, habits: Habits, settings: ReviewSettings) -> tuple[Flag, ...]:
    """The flags of an access, heaviest first; those of weight 0 are off."""
    weights = settings.weights.model_dump()
    found = (Flag(code, weights[code], evidence) for code, evidence in _seen(facts, habits, settings))
    return tuple(sorted((flag for flag in found if flag.weight), key=lambda flag: (-flag.weight, flag.code)))


def surname_keys(display_name: str) -> frozenset[str]:
    """The surnames a displayed name may hold, each folded to one word: words in capitals, as French registers write
    surnames; without any, whatever follows the given name (`Inès Le Goff`: LEGOFF, GOFF)."""
    words = [word for word in display_name.replace(",", " ").split() if name_key(word)]
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    if capitals and len(capitals) < len(words):
        return frozenset({name_key("".join(capitals)), *map(name_key, capitals)})
    return frozenset(name_key("".join(words[start:])) for start in range(1, len(words)))


def _seen(facts: Facts, habits: Habits, settings: ReviewSettings) -> Iterator[tuple[str, Evidence]]:
    if facts.admissions == 0:
        yield "no_admission", {"hours": settings.admission_hours}
    yield from _kinship(facts)
    if facts.protected:
        yield "protected", {}
    if facts.earlier:
        yield "repeat_reader", {"times": facts.earlier, "days": settings.repeat_days}
    yield from _habits(facts, habits, settings)
    if facts.contests:
        yield "contested", {"times": facts.contests}
    if facts.reason_code == OTHER:
        yield "other_reason", {}


def _kinship(facts: Facts) -> Iterator[tuple[str, Evidence]]:
    """Ties between the reader and the patient."""
    if facts.linked_staff_key == facts.staff_key:
        yield "reader_is_patient", {}
        return
    if facts.linked_staff_key:
        yield "colleague", {}
    which = _shared_name(facts)
    if which:
        yield "same_surname", {"which": which}
    if facts.reader_address and fold(facts.reader_address) == fold(facts.patient_address):
        yield "same_address", {}


def _shared_name(facts: Facts) -> str:
    own = facts.reader_record
    if own is not None:
        mine = frozenset({name_key(own.birth_name), name_key(own.used_name)} - {""})
    else:
        mine = surname_keys(facts.reader_name) - {""}
    for which in ("birth_name", "used_name"):
        if name_key(getattr(facts.patient, which)) in mine:
            return which
    return ""


def _habits(facts: Facts, habits: Habits, settings: ReviewSettings) -> Iterator[tuple[str, Evidence]]:
    if habits.total < settings.habit_least:
        return
    score = volume_score(facts.volume, habits.daily)
    if score > settings.volume_score:
        usual = f"{habits.median_volume():g}"
        yield "unusual_volume", {"count": facts.volume, "median": usual, "score": f"{score:.1f}"}
    hour = paris_hour(facts.opened_at)
    near = habits.near_hour(hour)
    if near < settings.hour_share * habits.total:
        yield "unusual_hour", {"hour": hour, "near": near, "total": habits.total}
