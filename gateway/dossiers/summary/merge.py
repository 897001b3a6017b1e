"""The same line in several documents is one item with several sources; nothing two documents disagree on is hidden.

Two statements are one when their words are the same (accents, case, codes in brackets apart), or when they share a code
and the words of one are all in the other. A code alone never merges: real documents carry wrong codes, and left is not
right. Things that come in numbers (devices, vaccines, acts) are never merged inside one document: its author told them
apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.dossiers.summary.sheet import Activity, Code, Criticality, SectionKey, Source, SummaryItem
from gateway.dossiers.summary.statement import Statement
from gateway.dossiers.summary.wording import key_words

_CRITICALITY = {Criticality.HIGH: 2, Criticality.LOW: 1, Criticality.UNKNOWN: 0}
# Events: the same words on another day are another event.
_DATED_KINDS = frozenset({"act", "stay", "event", "planned_act", "pregnancy", "functional_status"})
_DATED_SECTIONS = frozenset({SectionKey.VACCINATIONS, SectionKey.KEY_RESULTS})
_NUMBERED_SECTIONS = frozenset({SectionKey.VACCINATIONS, SectionKey.DEVICES})
_ENDING_SECTIONS = frozenset({SectionKey.ALLERGIES, SectionKey.TREATMENTS, SectionKey.PROBLEMS, SectionKey.DEVICES})
_SHARING = 50  # words or a code shared by more lines than this name nothing; comparing them all would take for ever
_PLAIN_RESULTS = frozenset({"other", "vital_sign"})


@dataclass(frozen=True, slots=True)
class Told:
    """A statement and who tells it."""

    source: Source
    statement: Statement


@dataclass(frozen=True, slots=True)
class Merged:
    """An item, with every code its statements carry (an alert may hang on any of them)."""

    item: SummaryItem
    codes: tuple[Code, ...]
    words: frozenset[str]


@dataclass(slots=True, eq=False)
class _Group:
    words: frozenset[str]
    told: list[Told] = field(default_factory=list)


def merge(key: SectionKey, told: Iterable[Told], now: datetime) -> list[Merged]:
    """Merges the statements of one section, the newest document first. All of them are in the result, in one item."""
    groups: list[_Group] = []
    by_words: dict[tuple[str, frozenset[str]], list[_Group]] = {}
    by_code: dict[tuple[str, str, str], list[_Group]] = {}
    for one in sorted(told, key=lambda each: each.source.date, reverse=True):
        statement = one.statement
        bucket, words = _bucket(key, statement), _words(key, statement)
        alike = [*by_words.get((bucket, words), ()), *_by_code(by_code, bucket, words, statement.codes)]
        group = next((group for group in alike if not _told_apart(key, group, one)), None)
        if group is None:
            group = _Group(words)
            groups.append(group)
        group.told.append(one)
        same = by_words.setdefault((bucket, words), [])
        if group not in same and len(same) < _SHARING:
            same.append(group)
        for code in statement.codes:
            sharing = by_code.setdefault((bucket, code.system, code.code), [])
            if group not in sharing and len(sharing) < _SHARING:
                sharing.append(group)
    return [_item(key, group, now) for group in groups]


def _words(key: SectionKey, statement: Statement) -> frozenset[str]:
    """A key result is what it measures, whatever the laboratory calls it."""
    if key is SectionKey.KEY_RESULTS and statement.kind not in _PLAIN_RESULTS:
        return frozenset({statement.kind})
    return key_words(statement.text)


def _told_apart(key: SectionKey, group: _Group, one: Told) -> bool:
    """The same document tells both, on two lines that are not word for word the same."""
    if key not in _NUMBERED_SECTIONS and one.statement.kind not in _DATED_KINDS:
        return False
    return any(
        other.source.document_id == one.source.document_id
        and (other.statement.detail, other.statement.date) != (one.statement.detail, one.statement.date)
        for other in group.told
    )


def _bucket(key: SectionKey, statement: Statement) -> str:
    """What must be equal for two statements to be one."""
    dated = key in _DATED_SECTIONS or statement.kind in _DATED_KINDS
    parts = [statement.kind] if key in {SectionKey.HISTORY, SectionKey.KEY_RESULTS} else []
    parts += [statement.date[:10]] if dated else []
    parts += [statement.measure.value] if key is SectionKey.KEY_RESULTS and statement.measure is not None else []
    return "|".join(parts)


def _by_code(
    by_code: dict[tuple[str, str, str], list[_Group]], bucket: str, words: frozenset[str], codes: Sequence[Code]
) -> list[_Group]:
    sharing = (group for code in codes for group in by_code.get((bucket, code.system, code.code), ()))
    return [group for group in sharing if words and group.words and (words <= group.words or group.words <= words)]


def _item(key: SectionKey, group: _Group, now: datetime) -> Merged:
    told = group.told
    statements = [one.statement for one in told]
    activities = [activity_at(key, statement, now) for statement in statements]
    followed = _lead(key, statements, activities)
    lead = statements[followed]
    known = {activity for activity in activities if activity is not Activity.UNKNOWN}
    differ = key is SectionKey.ALLERGIES and len(known) > 1
    item = SummaryItem(
        text=max((statement.text for statement in statements), key=lambda text: len(key_words(text))),
        kind=lead.kind,
        detail=lead.detail or next((statement.detail for statement in statements if statement.detail), ""),
        code=next((statement.codes[0] for statement in statements if statement.codes), None),
        criticality=max((statement.criticality for statement in statements), key=lambda level: _CRITICALITY[level]),
        # A doubt about an allergy keeps it active; elsewhere the newest document that says something is followed.
        activity=Activity.ACTIVE if differ else _activity(key, followed, activities),
        date=lead.date or next((statement.date for statement in statements if statement.date), ""),
        end_date=lead.end_date,
        measure=lead.measure,
        sources=_sources(told, activities),
        occurrences=len(told),
        disputed=differ or any(statement.disputed for statement in statements),
    )
    codes = tuple(dict.fromkeys(code for statement in statements for code in statement.codes))
    return Merged(item, codes, group.words)


def _lead(key: SectionKey, statements: list[Statement], activities: list[Activity]) -> int:
    """Which statement to follow: the newest document's; for a treatment, one that began it again after that end."""
    ended = statements[0].end_date[:10] if activities[0] is Activity.INACTIVE else ""
    if key is SectionKey.TREATMENTS and ended:
        for position, statement in enumerate(statements):
            if activities[position] is not Activity.INACTIVE and statement.date[:10] > ended:
                return position
    return 0


def _activity(key: SectionKey, lead: int, activities: list[Activity]) -> Activity:
    """For a treatment « unknown » means that it is listed: an older end does not stop it."""
    if key is SectionKey.TREATMENTS:
        return activities[lead]
    return next((activity for activity in activities if activity is not Activity.UNKNOWN), Activity.UNKNOWN)


def activity_at(key: SectionKey, statement: Statement, now: datetime) -> Activity:
    """What a statement says of today: an end that has passed is an end, once it is a day after the start."""
    if statement.activity is not Activity.UNKNOWN or key not in _ENDING_SECTIONS:
        return statement.activity
    start, end = statement.date[:10], statement.end_date[:10]
    return Activity.INACTIVE if end and start < end < now.date().isoformat() else Activity.UNKNOWN


def _sources(told: list[Told], activities: list[Activity]) -> tuple[Source, ...]:
    found = (
        replace(one.source, detail=one.statement.detail, activity=activity)
        for one, activity in zip(told, activities, strict=True)
    )
    return tuple(dict.fromkeys(found))
