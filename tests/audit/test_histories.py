"""A history file proves each access and shows that none is missing: hidden ones are gaps, erased ones are declared."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.disclosure import read_disclosure
from audit.entry import Json
from audit.errors import DisclosureError, HistoryError, NoteError, PendingError, ProofError, QuorumError
from audit.history import GIVEN, History
from audit.judging import judge_file
from audit.numbers import ERASED, NUMBER, as_ranges, missing
from audit.policy import Policy
from audit.vault import period_of
from tests.audit.kept_files import POLICY, newer_than_the_witness
from tests.audit.logbook import PATIENT, SIGNER, STAFF, Logbook
from tests.audit.test_rotation import SECOND
from tests.audit.test_years import at

VERIFIER = SIGNER.verifier
OTHER = "patient/42"


def about(*subjects: str) -> Mapping[str, Mapping[str, Json]]:
    return {subject: {f"who.{place}": subject} for place, subject in enumerate(subjects)}


@pytest.fixture
def book() -> Logbook:
    """Two patients and a nurse, over two years."""
    book = Logbook(yearly=True, counted=True)
    for count, subjects in ((3, (PATIENT, STAFF)), (2, (OTHER, STAFF)), (2, (PATIENT, OTHER)), (1, (STAFF,))):
        for _ in range(count):
            book.append(time=at(2026), personal=about(*subjects))
    book.integrate(at(2026))
    close(book, PATIENT, OTHER)
    return book


def close(book: Logbook, *subjects: str, now: int = at(2027)) -> None:
    """Record the making of these persons' histories."""
    for subject in subjects:
        book.append(time=now, entry_type=GIVEN, personal=about(subject))
    book.integrate(now)


def history(book: Logbook, subject: str = PATIENT) -> History:
    return History.from_json(json.dumps(book.log.history_receipt(book.store, subject).to_json()))


def test_a_history_over_two_years_is_shown_complete(book: Logbook) -> None:
    verified = history(book).verify(VERIFIER)
    assert verified.complete
    assert [item.number for item in verified.entries] == [1, 2, 3, 4, 5, 6]
    assert [head.shard for head in verified.heads] == [2026, 2027]
    assert verified.until == at(2027)
    assert [item.number for item in history(book, OTHER).verify(VERIFIER).entries] == [1, 2, 3, 4, 5]


def test_a_history_discloses_nothing_of_anybody_else(book: Logbook) -> None:
    for item in history(book).verify(VERIFIER).entries:
        values = [value for name, value in item.personal.items() if not name.startswith(NUMBER)]
        assert values == [PATIENT]


def test_a_history_older_than_its_numbers_is_complete_since_they_began() -> None:
    book = Logbook(yearly=True)
    for _ in range(2):
        book.append(time=at(2026), personal=about(PATIENT))
    book.counted = True
    book.append(time=at(2026, 7), personal=about(PATIENT))
    close(book, PATIENT)
    verified = history(book).verify(VERIFIER)
    assert [item.number for item in verified.entries] == [None, None, 1, 2]
    assert (verified.complete, verified.uncounted, verified.since) == (True, 2, at(2026, 7))
    whole = history(book)
    with pytest.raises(HistoryError):
        replace(whole, entries=(*whole.entries[:2], whole.entries[3])).verify(VERIFIER)
    # Of what has no number nobody can show that none is missing: the verdict says since when it can.
    assert replace(whole, entries=whole.entries[1:]).verify(VERIFIER).since == at(2026, 7)
    verdict = judge_file(json.dumps(whole.to_json()), Policy.of_key(VERIFIER))
    assert ("history_since", {"count": 2, "since": "2026-07-01 00:00 UTC"}) in verdict.more


def test_those_who_are_not_counted_are_told_so_by_their_file(book: Logbook) -> None:
    verified = history(book, STAFF).verify(VERIFIER)
    assert len(verified.entries) == 6
    assert verified.complete is None
    assert verified.uncounted == 6


@pytest.mark.parametrize("hidden", range(5))
def test_an_access_left_out_shows_as_a_gap(book: Logbook, hidden: int) -> None:
    whole = history(book)
    with pytest.raises(HistoryError) as caught:
        replace(whole, entries=tuple(item for n, item in enumerate(whole.entries) if n != hidden)).verify(VERIFIER)
    assert (caught.value.code, caught.value.first, caught.value.last) == ("history_gap", hidden + 1, hidden + 1)


@pytest.mark.parametrize("shown", range(6))
def test_an_access_hidden_behind_the_end_shows_as_a_file_without_its_end(book: Logbook, shown: int) -> None:
    whole = history(book)
    with pytest.raises(HistoryError) as caught:
        replace(whole, entries=whole.entries[:shown]).verify(VERIFIER)
    assert (caught.value.code, caught.value.last) == ("history_unclosed", shown)


def test_the_history_of_somebody_else_is_not_this_person_s(book: Logbook) -> None:
    with pytest.raises(HistoryError) as caught:
        replace(history(book, OTHER), subject=PATIENT).verify(VERIFIER)
    assert (caught.value.code, caught.value.first) == ("history_foreign", 1)


def test_an_entry_of_somebody_else_does_not_fill_the_place_of_a_hidden_one(book: Logbook) -> None:
    whole, foreign = history(book), history(book, OTHER)
    third = next(item for item in foreign.entries if personal_of(item.disclosures)[NUMBER] == [OTHER, 1])
    moved = replace(third, head=0)
    with pytest.raises(HistoryError) as caught:
        replace(whole, entries=(moved, *whole.entries[1:])).verify(VERIFIER)
    assert caught.value.code == "history_foreign"


def test_an_erasure_of_somebody_else_explains_no_gap(book: Logbook) -> None:
    with book.store.transaction() as store:
        gone = book.log.erase(store, OTHER, "2026-06")
    personal: Mapping[str, Mapping[str, Json]] = {PATIENT: {"who": PATIENT}, OTHER: gone.personal()}
    book.append(time=at(2027, 8), personal=personal)
    close(book, PATIENT, OTHER, now=at(2027, 9))
    whole = history(book)
    first, _hidden, *others, erasure, end = whole.entries
    told = [text for text in disclosures_of(book, OTHER) if ERASED in personal_of((text,))]
    shown = replace(erasure, disclosures=(*erasure.disclosures, *told))
    assert told
    with pytest.raises(HistoryError) as caught:
        replace(whole, entries=(first, *others, shown, end)).verify(VERIFIER)
    assert (caught.value.code, caught.value.first) == ("history_gap", 2)


def test_what_is_recorded_while_the_file_is_made_is_left_to_the_next_one(book: Logbook) -> None:
    book.append(time=at(2027), personal=about(PATIENT))
    book.integrate(at(2027, 7))
    assert [item.number for item in history(book).verify(VERIFIER).entries] == [1, 2, 3, 4, 5, 6]
    close(book, PATIENT, now=at(2027, 8))
    assert [item.number for item in history(book).verify(VERIFIER).entries] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_history_newer_than_its_witnesses_says_so_and_shows_what_they_saw() -> None:
    newer, _ = newer_than_the_witness()
    verified = History.from_json(json.dumps(newer)).verify(Policy.read(POLICY))
    assert (verified.complete, verified.unwitnessed, len(verified.entries)) == (True, 1, 6)


def test_witnesses_who_saw_nothing_for_a_day_are_too_few() -> None:
    _, stale = newer_than_the_witness()
    with pytest.raises(QuorumError):
        History.from_json(json.dumps(stale)).verify(Policy.read(POLICY))
    assert History.from_json(json.dumps(stale)).verify(VERIFIER).complete


def test_a_second_history_that_does_not_extend_what_the_witnesses_saw_is_refused() -> None:
    newer, _ = newer_than_the_witness()
    elsewhere = newer_than_the_witness("refused")[0]
    with pytest.raises(ProofError):
        History.from_json(json.dumps({**elsewhere, "cosigned": newer["cosigned"]})).verify(Policy.read(POLICY))


def personal_of(disclosures: Sequence[str]) -> dict[str, Json]:
    return dict(map(read_disclosure, disclosures))


def disclosures_of(book: Logbook, subject: str) -> list[str]:
    return [text for item in history(book, subject).entries for text in item.disclosures]


def test_an_access_whose_number_is_withheld_shows_as_a_gap(book: Logbook) -> None:
    whole = history(book)
    silent = replace(whole.entries[1], disclosures=())
    with pytest.raises(HistoryError):
        replace(whole, entries=(whole.entries[0], silent, *whole.entries[2:])).verify(VERIFIER)


def test_a_counter_turned_back_to_hide_an_access_shows_in_the_next_history(book: Logbook) -> None:
    book.store._subjects[PATIENT] -= 1
    close(book, PATIENT, now=at(2027, 7))
    with pytest.raises(HistoryError) as caught:
        history(book).verify(VERIFIER)
    assert caught.value.code == "history_repeated"


def test_an_entry_altered_shown_twice_or_put_elsewhere_is_refused(book: Logbook) -> None:
    whole = history(book)
    first, second = whole.entries[:2]
    for entries in (
        (replace(first, leaf=first.leaf.replace(b"success", b"refused")),),
        (replace(first, index=1),),
        (replace(first, head=1),),
        (replace(first, head=2),),
        (replace(first, hashes=first.hashes[:-1]),),
        (first, first),
        (replace(first, leaf=b"{}"),),
    ):
        with pytest.raises(ProofError):
            replace(whole, entries=entries).verify(VERIFIER)
    with pytest.raises(DisclosureError):
        replace(whole, entries=(replace(first, disclosures=second.disclosures),)).verify(VERIFIER)
    with pytest.raises(NoteError):
        replace(whole, heads=(SECOND.of_shard(2026).sign(whole.heads[0].split("\n\n")[0] + "\n"),)).verify(VERIFIER)
    with pytest.raises(ProofError):
        replace(whole, heads=(whole.heads[0], whole.heads[0])).verify(VERIFIER)


def test_what_waits_for_its_head_keeps_the_file_waiting(book: Logbook) -> None:
    book.append(time=at(2027), personal=about(PATIENT))
    with pytest.raises(PendingError):
        book.log.history_receipt(book.store, PATIENT)


def test_a_transaction_rolled_back_gives_its_number_back(book: Logbook) -> None:
    with pytest.raises(RuntimeError):
        _number_and_fail(book)
    close(book, PATIENT, now=at(2027, 8))
    assert [item.number for item in history(book).verify(VERIFIER).entries] == [1, 2, 3, 4, 5, 6, 7]


def test_an_erasure_leaves_a_complete_history_and_an_undeclared_one_a_gap(book: Logbook) -> None:
    erase(book, "2026-06", at(2027, 8))
    verified = history(book).verify(VERIFIER)
    assert verified.erased == ((1, 5),)
    assert [item.number for item in verified.entries] == [6, 7, 8]
    with book.store.transaction() as store:
        book.log.erase(store, PATIENT, "2027-06")
    close(book, PATIENT, now=at(2027, 9))
    with pytest.raises(HistoryError):
        history(book).verify(VERIFIER)


def test_an_erasure_that_takes_an_earlier_erasure_away_takes_over_its_numbers(book: Logbook) -> None:
    erase(book, "2026-06", at(2027, 8))
    erase(book, "2027-08", at(2028, 8))
    verified = history(book).verify(VERIFIER)
    assert verified.complete
    assert verified.erased == ((1, 5), (7, 8))
    assert [item.number for item in verified.entries] == [6, 9, 10]


def test_several_people_are_erased_under_one_entry(book: Logbook) -> None:
    with book.store.transaction() as store:
        gone = [(subject, book.log.erase(store, subject, "2026-06")) for subject in (PATIENT, OTHER)]
    sealed = {subject: erased.personal(place) for place, (subject, erased) in enumerate(gone, 1)}
    book.append(time=at(2027, 8), personal=sealed)
    close(book, PATIENT, OTHER, now=at(2027, 8))
    assert history(book).verify(VERIFIER).complete
    assert history(book, OTHER).verify(VERIFIER).erased == ((1, 4),)


def erase(book: Logbook, period: str, now: int) -> None:
    with book.store.transaction() as store:
        gone = book.log.erase(store, PATIENT, period)
    book.append(time=now, personal={PATIENT: {"patient": "41", **gone.personal()}})
    close(book, PATIENT, now=now)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "emergency-access-audit-history/v2"},
        {"subject": 1},
        {"heads": "x"},
        {"rotations": [1]},
        {"rotations": None},
        {"entries": [1]},
        {"entries": [{}]},
        {"entries": [{"leaf": "", "disclosures": [], "path": [], "head": 0, "index": True}]},
        {"entries": [{"leaf": "", "disclosures": [], "path": ["AAAA"], "head": 0, "index": 1}]},
        {"entries": [{"leaf": "", "disclosures": [], "path": ["!"], "head": 0, "index": 1}]},
        {"entries": [{"leaf": "", "disclosures": [], "path": [], "head": -1, "index": 1}]},
    ],
)
def test_what_is_no_history_is_refused(book: Logbook, change: dict[str, object]) -> None:
    with pytest.raises(ProofError):
        History.from_json(json.dumps({**book.log.history_receipt(book.store, PATIENT).to_json(), **change}))
    with pytest.raises(ProofError):
        History.from_json("{")


@given(st.sets(st.integers(1, 40)), st.sets(st.integers(1, 40)))
def test_what_is_neither_shown_nor_erased_is_missing(shown: set[int], erased: set[int]) -> None:
    gaps = missing(sorted(shown), as_ranges(erased))
    lacking = {number for first, last in gaps for number in range(first, last + 1)}
    assert lacking == set(range(1, max(shown, default=0) + 1)) - shown - erased


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "ab", "roll back", "seal", "erase a"]), min_size=1, max_size=14))
def test_whatever_happens_a_history_made_now_is_complete(steps: list[str]) -> None:
    book = Logbook(counted=True)
    subjects = {"a": (PATIENT,), "b": (OTHER,), "ab": (PATIENT, OTHER)}
    for month, step in enumerate(steps, 1):
        now = at(2026 + month // 12, month % 12 + 1)
        if step == "seal":
            book.integrate(now)
        elif step == "erase a":
            for period in book.store.periods(PATIENT)[:2]:
                if period < period_of(now):
                    erase(book, period, now)
        elif step == "roll back":
            with pytest.raises(RuntimeError):
                _number_and_fail(book)
        else:
            book.append(time=now, personal=about(*subjects[step]))
    close(book, PATIENT, OTHER, now=at(2029))
    for subject in (PATIENT, OTHER):
        assert history(book, subject).verify(VERIFIER).complete


def _number_and_fail(book: Logbook) -> None:
    with book.store.transaction() as store:
        book.log.append(
            store,
            entry_id="00000000-0000-4000-8000-00000000ffff",
            time=at(2027),
            entry_type="access.opened",
            outcome="success",
            personal=about(PATIENT),
        )
        raise RuntimeError
