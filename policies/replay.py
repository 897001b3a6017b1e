"""What-if on the past: every recorded question asked of two versions, and what they answer differently.

Questions alike in every fact are asked once, whoever asked them: no rule tells them apart, unless it names a person.
A question that cannot be put any more is counted with its reason, never guessed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Any

from cedarpy import pst

from policies.book import PolicyBook
from policies.conditions import facts_in
from policies.facts import MalformedQuestionError, check_question
from policies.question import Decision, Question
from policies.recorded import NotReplayable, RecordedQuestion

SLICE = 2_000  # recorded questions between two words of progress
SHOWN = 100  # entries kept by name in a group

# Texts that vary from person to person, and the facts a rule would read them by.
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "category": ("principal.category",),
    "establishment": ("principal.establishment",),
    "specialty": ("principal.specialty",),
    "unit": ("principal.unit", "principal.unit_kind"),
}


class ReplayChange(StrEnum):
    """How the later version answers a recorded question otherwise than the earlier one."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    OBLIGATIONS = "obligations"  # both allow it, under other obligations


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDifference:
    """One recorded question the two versions answer differently. `explained` opens it."""

    entry_id: str
    time: int  # UTC, milliseconds since the epoch
    change: ReplayChange
    question: Question
    before: Decision
    after: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayGroup:
    """Differences alike in change, deciding rule, profession, unit and mode."""

    change: ReplayChange
    rule: str  # the ids that decide: the permits that open it now, the forbids that close it, or the permits it lost
    profession: str  # its id in the rules
    unit: str  # the hospital's own code
    mode: str
    count: int
    entry_ids: tuple[str, ...]  # the first 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """A replay. `asked` = `same` + the differences; what could not be put is beside them."""

    before: str  # digests
    after: str
    asked: int
    same: int
    differences: tuple[ReplayDifference, ...]  # in the order recorded
    groups: tuple[ReplayGroup, ...]  # the largest first
    not_replayable: tuple[NotReplayable, ...]
    recorded_otherwise: tuple[str, ...]  # entries whose recorded answer is not the one `before` gives now


def replay(
    recorded: Iterable[RecordedQuestion | NotReplayable],
    before: PolicyBook,
    after: PolicyBook,
    progress: Callable[[int], None] = lambda done: None,
) -> ReplayReport:
    """Ask both versions every recorded question. `progress` is told how many are done, now and then."""
    pair = _Pair(before, after)
    lost: list[NotReplayable] = []
    differences: list[ReplayDifference] = []
    otherwise: list[str] = []
    asked = done = 0
    for some in _slices(recorded):
        questions = [one for one in some if isinstance(one, RecordedQuestion)]
        lost += [one for one in some if isinstance(one, NotReplayable)]
        for one, (then, now) in zip(questions, pair.answers([one.question for one in questions]), strict=True):
            if then.allowed is not one.allowed_then:
                otherwise.append(one.entry_id)
            if (change := _change(then, now)) is not None:
                differences.append(_difference(one, change, then, now))
        asked += len(questions)
        done += len(some)
        progress(done)
    return ReplayReport(
        before=before.digest,
        after=after.digest,
        asked=asked,
        same=asked - len(differences),
        differences=tuple(differences),
        groups=_groups(differences, after),
        not_replayable=tuple(lost),
        recorded_otherwise=tuple(otherwise),
    )


def explained(difference: ReplayDifference, before: PolicyBook, after: PolicyBook) -> tuple[Decision, Decision]:
    """Both decisions of a difference with their near misses, for whoever opens it."""
    return before.decide(difference.question), after.decide(difference.question)


class _Pair:
    """Two versions asked the same questions, each kind of question once."""

    def __init__(self, before: PolicyBook, after: PolicyBook) -> None:
        self._books = before, after
        self._by_name = any(_names_people(book) for book in self._books)
        read = _facts_read(self._books)
        self._unread = [field for field, paths in _TEXTS.items() if not read.intersection(paths)]
        self._actors: dict[object, str] = {}
        self._known: dict[Question, tuple[Decision, Decision]] = {}

    def answers(self, questions: list[Question]) -> list[tuple[Decision, Decision]]:
        """What each version answers, in order."""
        alike = [self._alike(question) for question in questions if _keeps_the_contract(question)]
        new = list(dict.fromkeys(question for question in alike if question not in self._known))
        if new:
            then, now = (book.decide_many(new) for book in self._books)
            self._known |= dict(zip(new, zip(then, now, strict=True), strict=True))
        known = iter(self._known[question] for question in alike)
        return [next(known) if _keeps_the_contract(question) else self._alone(question) for question in questions]

    def _alone(self, question: Question) -> tuple[Decision, Decision]:
        before, after = self._books
        return before.decide(question), after.decide(question)

    def _alike(self, question: Question) -> Question:
        """The question without what no rule reads: who exactly, which patient, which document."""
        actor, document = question.actor, question.document
        blank: dict[str, Any] = {
            field: "" for field in self._unread if getattr(actor, field).isascii()
        }  # odd signs may be a refusal
        actor = replace(actor, **blank)
        if not self._by_name:
            nobody = replace(actor, id="")
            actor = replace(actor, id=self._actors.setdefault(nobody, f"a{len(self._actors)}"))
        return replace(
            question,
            actor=actor,
            patient=replace(question.patient, id=""),
            document=None if document is None else replace(document, id=""),
        )


def _names_people(book: PolicyBook) -> bool:
    return any(str(uid.type) == "Professional" for rule in book.rules() for uid in pst.entity_uids(rule.tree))


def _facts_read(books: Iterable[PolicyBook]) -> frozenset[str]:
    """The facts that some rule reads."""
    clauses = [clause for book in books for rule in book.rules() for clause in rule.tree.clauses]
    return frozenset(path for clause in clauses for path in facts_in(clause.expr))


def _keeps_the_contract(question: Question) -> bool:
    """Only such questions are gathered: 1 equals True in Python, and is no fact here."""
    try:
        check_question(question)
    except MalformedQuestionError:
        return False
    return True


def _slices(
    recorded: Iterable[RecordedQuestion | NotReplayable],
) -> Iterator[list[RecordedQuestion | NotReplayable]]:
    left = iter(recorded)
    while some := list(islice(left, SLICE)):
        yield some


def _change(before: Decision, after: Decision) -> ReplayChange | None:
    if before.allowed is not after.allowed:
        return ReplayChange.ALLOWED if after.allowed else ReplayChange.REFUSED
    if after.allowed and before.obligations != after.obligations:
        return ReplayChange.OBLIGATIONS
    return None


def _difference(one: RecordedQuestion, change: ReplayChange, before: Decision, after: Decision) -> ReplayDifference:
    return ReplayDifference(
        entry_id=one.entry_id, time=one.time, change=change, question=one.question, before=before, after=after
    )


def _groups(differences: list[ReplayDifference], book: PolicyBook) -> tuple[ReplayGroup, ...]:
    professions = {one.key: one.id for one in book.professions()}
    counts: Counter[tuple[ReplayChange, str, str, str, str]] = Counter()
    entries: dict[tuple[ReplayChange, str, str, str, str], list[str]] = {}
    for one in differences:
        actor = one.question.actor
        profession = professions.get(f"{actor.profession_system}|{actor.profession_code}", professions["|"])
        rule = ", ".join(one.after.rule_ids or one.before.rule_ids)
        key = (one.change, rule, profession, actor.unit, one.question.circumstances.mode.value)
        counts[key] += 1
        if len(held := entries.setdefault(key, [])) < SHOWN:
            held.append(one.entry_id)
    return tuple(
        ReplayGroup(
            change=key[0],
            rule=key[1],
            profession=key[2],
            unit=key[3],
            mode=key[4],
            count=count,
            entry_ids=tuple(entries[key]),
        )
        for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
