"""Our heads are cosigned by real witnesses over HTTP; one that is down, lies or saw more of our log is an alert."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from audit import Signer
from audit.checkpoint import read_unverified, sign_checkpoint
from audit.cosignature import Cosigner
from audit.errors import QuorumError
from audit.witnessing import AddCheckpoint
from gateway.anchoring.duty import ALARM
from gateway.anchoring.trust import KnownWitness
from gateway.storage.log_store import SqlLogStore
from gateway.storage.tables import metadata
from gateway.witness.logs import trust_log
from tests.anchoring.conftest import SIGNER, Book, Neighbourhood, a_log

LIAR = Cosigner.from_seed("menteur.example/temoin", bytes(range(32)))
STRANGER = Cosigner.from_seed("menteur.example/temoin", bytes(32))


def answering_with(
    neighbourhood: Neighbourhood, answer: Callable[[AddCheckpoint], tuple[int, str, str]]
) -> KnownWitness:
    """A witness that answers as it likes: (status, content type, body)."""

    def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        status, kind, words = answer(AddCheckpoint.read(body))
        start_response(f"{status} X", [("Content-Type", kind)])
        return [words.encode()]

    return KnownWitness("menteur", LIAR.verifier, neighbourhood.serve(application))


def test_each_new_head_is_cosigned_once_in_a_while_and_kept_with_its_cosignature(
    book: Book, neighbourhood: Neighbourhood
) -> None:
    witness = neighbourhood.witness()
    witnessing = book.witnessing(witness.known)
    assert witnessing.run_due() == 0
    book.grow(3)
    assert witnessing.run_due() == 1
    first = book.head()
    assert witness.known.verifier.find(first.note) is not None
    assert book.policy(witness.known).open(first.note).size == 3
    assert witnessing.run_due() == 0
    book.grow(4)
    assert witnessing.run_due() == 0, "too early for another"
    book.still.pass_time(seconds=61)
    assert witnessing.run_due() == 1
    assert witness.known.verifier.find(book.head().note) is not None
    assert [(name, size) for name, size, _ in book.anchors("witness")] == [("voisin", 3), ("voisin", 7)]
    assert book.alerts() == []
    with book.database.reading() as connection:
        witnessed = SqlLogStore(connection).witnessed(2026)
    assert witnessed is not None
    assert witnessed.size == 7


def test_one_head_gathers_the_quorum_though_a_witness_is_down(small_book: Book, neighbourhood: Neighbourhood) -> None:
    one, two = neighbourhood.witness("un"), neighbourhood.witness("deux")
    nobody = KnownWitness("absent", LIAR.verifier, "http://127.0.0.1:9")
    witnessing = small_book.witnessing(one.known, nobody, two.known, quorum=2)
    small_book.grow(2)
    assert witnessing.run_due() == 2
    assert small_book.policy(one.known, two.known, quorum=2).open(small_book.head().note).size == 2
    ((kind, detail),) = small_book.alerts()
    assert kind == "anchor-witness"
    assert detail.startswith("absent ne répond pas ; vérifiez l'adresse")
    assert "does not answer; check the address" in detail


def test_a_head_counts_as_witnessed_only_with_its_quorum(small_book: Book, neighbourhood: Neighbourhood) -> None:
    one = neighbourhood.witness()
    nobody = KnownWitness("absent", LIAR.verifier, "http://127.0.0.1:9")
    small_book.grow(2)
    assert small_book.witnessing(one.known, nobody, quorum=2).run_due() == 1
    with small_book.database.reading() as connection:
        assert SqlLogStore(connection).witnessed(2026) is None
    with pytest.raises(QuorumError):
        small_book.policy(one.known, nobody, quorum=2).open(small_book.head().note)


def test_a_witness_that_comes_back_is_asked_again_and_its_alert_resolves(
    small_book: Book, neighbourhood: Neighbourhood
) -> None:
    witness = neighbourhood.witness()
    down = replace(witness.known, url="http://127.0.0.1:9")
    small_book.grow()
    assert small_book.witnessing(down).run_due() == 0
    assert len(small_book.alerts()) == 1
    small_book.still.pass_time(seconds=61)
    assert small_book.witnessing(down).run_due() == 0
    assert len(small_book.alerts(open_only=False)) == 1, "the same fault is told once"
    small_book.still.pass_time(seconds=301)
    assert small_book.witnessing(witness.known).run_due() == 1
    assert small_book.alerts() == []


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("false proof", lambda asked: (200, "text/plain", LIAR.cosign(altered(asked), 1_795_316_400))),
        ("false proof", lambda _: (200, "text/plain", "welcome\n")),
        ("another key", lambda asked: (200, "text/plain", STRANGER.cosign(asked.note, 1_795_316_400))),
        ("another key", lambda _: (200, "text/plain", "")),
        ("time too far", lambda asked: (200, "text/plain", LIAR.cosign(asked.note, 4_000_000_000))),
        ("does not know our log", lambda _: (404, "text/plain", "unknown log\n")),
        ("does not know our log", lambda _: (403, "text/plain", "")),
        ("refused the request", lambda _: (400, "text/plain", "")),
        ("refused the request", lambda _: (302, "text/plain", "")),
        ("does not answer", lambda _: (500, "text/plain", "")),
        ("refused the request", lambda _: (409, "text/plain", "3\n")),
        ("refused the request", lambda asked: (409, "text/x.tlog.size", f"{asked.old}\n")),
        ("busy", lambda asked: (409, "text/x.tlog.size", f"{(asked.old + 1) % 3}\n")),
        ("MORE entries", lambda _: (409, "text/x.tlog.size", "1000\n")),
        ("ANOTHER history", lambda _: (422, "text/plain", "")),
    ],
)
def test_what_a_witness_answers_wrongly_is_kept_nowhere_and_told(
    small_book: Book,
    neighbourhood: Neighbourhood,
    words: str,
    answer: Callable[[AddCheckpoint], tuple[int, str, str]],
) -> None:
    small_book.grow(4)
    before = small_book.head().note
    assert small_book.witnessing(answering_with(neighbourhood, answer)).run_due() == 0
    assert small_book.head().note == before
    assert small_book.anchors("witness") == []
    ((kind, detail),) = small_book.alerts()
    assert words in detail
    assert kind == (ALARM if words.split(" ")[0].isupper() else "anchor-witness")


def altered(asked: AddCheckpoint) -> str:
    return asked.note.replace("\n4\n", "\n5\n", 1)


def test_a_witness_that_hangs_holds_up_nothing_but_its_round(small_book: Book, neighbourhood: Neighbourhood) -> None:
    release = threading.Event()

    def hang(_: AddCheckpoint) -> tuple[int, str, str]:
        release.wait(20)
        return 200, "text/plain", ""

    small_book.grow()
    try:
        assert small_book.witnessing(answering_with(neighbourhood, hang), seconds=0.3).run_due() == 0
    finally:
        release.set()
    assert "does not answer" in small_book.alerts()[0][1]
    assert small_book.grow().size == 2


def test_many_workers_ask_a_witness_once(book: Book, neighbourhood: Neighbourhood) -> None:
    asked: list[int] = []

    def count(request: AddCheckpoint) -> tuple[int, str, str]:
        asked.append(request.old)
        return 200, "text/plain", LIAR.cosign(request.note, book.still.world.epoch_ms() // 1000)

    witness = answering_with(neighbourhood, count)
    book.grow()
    workers = [threading.Thread(target=book.witnessing(witness).run_due) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert asked == [0]
    assert len(book.anchors("witness")) == 1


def test_a_worker_that_died_between_the_answer_and_the_commit_takes_up_where_the_witness_is(
    small_book: Book, neighbourhood: Neighbourhood
) -> None:
    witness = neighbourhood.witness()
    small_book.grow(3)
    # The witness cosigned, and nobody here knows.
    assert witness.ask(str(AddCheckpoint(0, (), small_book.head().note))).status_code == 200
    small_book.grow(2)
    assert small_book.witnessing(witness.known).run_due() == 1
    assert witness.known.verifier.find(small_book.head().note) is not None
    assert small_book.alerts() == []


def test_a_year_that_ended_is_cosigned_to_its_last_head(small_book: Book, neighbourhood: Neighbourhood) -> None:
    witness = neighbourhood.witness()
    witnessing = small_book.witnessing(witness.known)
    small_book.grow(2)
    assert witnessing.run_due() == 1
    last = small_book.grow(3)
    small_book.still.pass_time(days=60)
    small_book.grow(2)
    assert witnessing.run_due() == 2
    assert [(one.origin, one.size) for one in witness.cosigning.state.known()] == [
        ("hospital.example/log/2026", last.size),
        ("hospital.example/log/2027", 3),
    ]


def test_after_a_change_of_key_the_witness_says_that_it_needs_the_new_one(
    small_book: Book, neighbourhood: Neighbourhood
) -> None:
    witness = neighbourhood.witness()
    small_book.grow(2)
    assert small_book.witnessing(witness.known).run_due() == 1
    new = Signer.from_seed(SIGNER.name, bytes(range(1, 33)))
    now = small_book.still.world.epoch_ms()
    small_book.database.transact(lambda tx: small_book.log.rotate(SqlLogStore(tx.connection), SIGNER, new, now))
    small_book.signer = new
    small_book.still.pass_time(seconds=61)
    assert small_book.witnessing(witness.known).run_due() == 1, "the head of the change is signed by both keys"
    small_book.grow()
    small_book.still.pass_time(seconds=61)
    assert small_book.witnessing(witness.known).run_due() == 0
    assert "gateway witness trust" in small_book.alerts()[0][1]
    trust_log(witness.folder / "logs", new.verifier)
    small_book.still.pass_time(seconds=61)
    assert small_book.witnessing(witness.known).run_due() == 1
    assert small_book.alerts() == []


# ---- tampering that only an outside witness shows


def test_a_database_set_back_to_yesterday_is_an_alarm_at_the_next_round(
    book: Book, neighbourhood: Neighbourhood
) -> None:
    witness = neighbourhood.witness()
    book.grow(3)
    assert book.witnessing(witness.known).run_due() == 1
    yesterday = dump(book)
    book.still.pass_time(days=1)
    book.grow(4)
    assert book.witnessing(witness.known).run_due() == 1
    restore(book, yesterday)
    book.still.pass_time(seconds=61)
    book.grow(1)
    assert book.witnessing(witness.known).run_due() == 0
    ((kind, detail),) = book.alerts()
    assert kind == ALARM
    assert "MORE entries of our log than the database has" in detail


def test_a_log_signed_anew_with_the_stolen_key_is_an_alarm_and_the_witness_keeps_both_heads(
    book: Book, neighbourhood: Neighbourhood
) -> None:
    witness = neighbourhood.witness()
    book.grow(3)
    assert book.witnessing(witness.known).run_due() == 1
    honest = book.head().note
    clear(book)
    book.log = a_log()
    book.record(2, outcome="refused")
    book.grow(4)
    assert book.witnessing(witness.known).run_due() == 0
    ((kind, detail),) = book.alerts()
    assert kind == ALARM
    assert "ANOTHER history" in detail
    ((_, forged, cosigned),) = witness.cosigning.state.evidence()
    assert read_unverified(forged).size == 6
    assert cosigned == honest.partition("— voisin")[0]


def test_two_readers_shown_two_histories_cannot_both_be_shown_a_cosigned_one(
    small_book: Book, neighbourhood: Neighbourhood
) -> None:
    witness = neighbourhood.witness()
    policy = small_book.policy(witness.known)
    head = small_book.grow(3)
    other = sign_checkpoint(SIGNER, 3, bytes(32), 0, head.shard)
    assert small_book.witnessing(witness.known).run_due() == 1
    for old in (0, 3):
        answer = witness.ask(str(AddCheckpoint(old, (), other.note)))
        assert (answer.status_code, answer.text) == (409, "3\n")
    assert policy.open(small_book.head().note).size == 3
    with pytest.raises(QuorumError):
        policy.open(other.note)


def test_a_witness_set_back_to_an_older_state_is_found_out(small_book: Book, neighbourhood: Neighbourhood) -> None:
    witness = neighbourhood.witness()
    small_book.grow(2)
    assert small_book.witnessing(witness.known).run_due() == 1
    state = (witness.folder / "witness.db").read_bytes()
    small_book.grow(2)
    small_book.still.pass_time(seconds=61)
    assert small_book.witnessing(witness.known).run_due() == 1
    (witness.folder / "witness.db").write_bytes(state)
    small_book.grow(2)
    small_book.still.pass_time(seconds=61)
    small_book.witnessing(witness.known).run_due()
    ((kind, detail),) = small_book.alerts()
    assert kind == ALARM
    assert "forgot a head it had cosigned" in detail


def dump(book: Book) -> dict[str, list[dict[str, Any]]]:
    with book.database.engine.begin() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for table in metadata.sorted_tables
        }


def clear(book: Book) -> None:
    with book.database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for act in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS audit_entry_refuses_{act}"))
        else:
            connection.execute(text("DROP TRIGGER IF EXISTS audit_entry_refuses_change ON audit_entry"))
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


def restore(book: Book, rows: dict[str, list[dict[str, Any]]]) -> None:
    clear(book)
    with book.database.engine.begin() as connection:
        for table in metadata.sorted_tables:
            if rows[table.name]:
                connection.execute(table.insert(), rows[table.name])
