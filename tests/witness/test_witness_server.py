"""A witness never cosigns two heads that disagree: over real HTTP, in races, and killed at any moment."""

import json
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from audit.checkpoint import sign_checkpoint
from audit.merkle import leaf_hash, prove_consistency, root_of_hashes
from audit.note import Signer
from audit.witnessing import SIZE_TYPE, AddCheckpoint
from gateway.__main__ import main
from gateway.errors import ConfigurationError, Unavailable
from gateway.witness.cosigning import Cosigning
from gateway.witness.logs import read_logs
from gateway.witness.settings import WitnessSettings, load_witness_settings
from tests.anchoring.conftest import SIGNER, Neighbourhood
from tests.worlds import StillWorld

ROOT = Path(__file__).resolve().parents[2]
LEAVES = [leaf_hash(str(number).encode()) for number in range(40)]
LONG = [leaf_hash(str(number).encode()) for number in range(2000)]
IMPOSTOR = Signer.from_seed(SIGNER.name, bytes(32))


def history(fork: int) -> list[bytes]:
    """Leaves that agree on the first three, and on none after."""
    return [*LEAVES[:3], *(leaf_hash(f"{fork} {number}".encode()) for number in range(1997))]


def head(size: int, leaves: list[bytes] = LEAVES, signer: Signer = SIGNER) -> str:
    return sign_checkpoint(signer, size, root_of_hashes(leaves[:size]), 0).note


def body(old: int, size: int, leaves: list[bytes] = LEAVES, signer: Signer = SIGNER) -> str:
    proof = prove_consistency(old, size, lambda start, end: root_of_hashes(leaves[start:end])) if old else []
    return str(AddCheckpoint(old, tuple(proof), head(size, leaves, signer)))


@pytest.fixture
def neighbourhood(tmp_path: Path, still_world: StillWorld) -> Iterator[Neighbourhood]:
    opened = Neighbourhood(tmp_path, still_world)
    yield opened
    opened.close()


def test_every_status_of_the_specification_over_http(neighbourhood: Neighbourhood) -> None:
    witness = neighbourhood.witness()
    stranger = Signer.from_seed("stranger.example", bytes(32))
    for asked, status in (
        ("", 400),
        ("junk", 400),
        (b"old 0\n\n\xff\xfe", 400),
        (body(0, 3, signer=stranger), 404),
        (body(0, 3, signer=IMPOSTOR), 403),
        (str(AddCheckpoint(9, (), head(3))), 400),
        (body(2, 3), 409),
        (body(0, 3), 200),
        (str(AddCheckpoint(3, (bytes(32),), head(5))), 422),
    ):
        assert witness.ask(asked).status_code == status, asked
    known = witness.ask(body(0, 5))
    assert (known.status_code, known.text, known.headers["content-type"]) == (409, "3\n", SIZE_TYPE)
    grown = witness.ask(body(3, 5))
    assert grown.status_code == 200
    assert witness.known.verifier.find(head(5) + grown.text) is not None
    assert witness.ask(body(5, 5)).status_code == 200, "the same head again is the same answer"


def test_what_is_too_large_or_no_add_checkpoint_is_refused(neighbourhood: Neighbourhood) -> None:
    witness = neighbourhood.witness()
    assert witness.ask("x" * 70_000).status_code == 413
    url = witness.known.url
    assert httpx.get(f"{url}/add-checkpoint", trust_env=False).status_code == 405
    assert httpx.get(f"{url}/elsewhere", trust_env=False).status_code == 404
    assert httpx.get(url, trust_env=False).text == f"{witness.known.verifier}\n"


def test_of_many_histories_asked_for_at_once_one_is_cosigned(neighbourhood: Neighbourhood) -> None:
    witness = neighbourhood.witness()
    assert witness.ask(body(0, 3)).status_code == 200
    start = threading.Barrier(12)
    answers: list[tuple[int, int]] = []

    def ask(fork: int) -> None:
        start.wait(10)
        answers.append((fork, witness.ask(body(3, 4 + fork % 2, history(fork))).status_code))

    threads = [threading.Thread(target=ask, args=(fork,)) for fork in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(status for _, status in answers) == [200] + [409] * 11
    won = next(fork for fork, status in answers if status == 200)
    size = 4 + won % 2
    assert witness.ask(body(size, 20, history(won))).status_code == 200
    loser = (won + 2) % 12
    assert witness.ask(body(20, 30, history(loser))).status_code == 422
    assert witness.ask(body(20, 20, history(loser))).status_code == 409
    assert len(witness.cosigning.state.evidence()) == 2


def test_two_processes_on_one_state_cosign_one_history(neighbourhood: Neighbourhood) -> None:
    witness = neighbourhood.witness()
    processes = [_process(witness.folder / "witness.toml") for _ in range(3)]
    given: list[int] = []
    for number, process in enumerate(processes):
        _write(process, body(0, 5, history(number)))
    for number, process in enumerate(processes):
        status, _ = _read(process)
        given += [number] if status == 200 else []
    assert len(given) == 1
    _end(*processes)


def test_killed_at_any_moment_it_keeps_to_what_it_answered(neighbourhood: Neighbourhood) -> None:
    witness = neighbourhood.witness()
    config = witness.folder / "witness.toml"
    answered = 0
    for turn in range(6):
        process = _process(config)
        # It is killed while it answers one request after another, at a different moment each time.
        killer = threading.Timer(0.003 * turn, process.kill)
        killed_after = answered + 2 + turn
        with suppress(BrokenPipeError, json.JSONDecodeError):
            while answered < len(LONG):
                if answered == killed_after:
                    killer.start()
                _write(process, body(answered, answered + 1, LONG))
                assert _read(process)[0] == 200
                answered += 1
        assert answered >= killed_after
        killer.join()
        _end(process)
        kept = next(one.size for one in witness.cosigning.state.known())
        # What was answered is never forgotten; at most one more was kept, of which nobody heard.
        assert kept in (answered, answered + 1)
        answered = kept
        if kept > 3:
            assert witness.ask(body(kept, kept, history(1))).status_code == 409
            assert witness.ask(body(kept, kept, LONG)).status_code == 200


def test_a_state_that_cannot_be_kept_cosigns_nothing(neighbourhood: Neighbourhood) -> None:
    witness = neighbourhood.witness()
    assert witness.ask(body(0, 3)).status_code == 200
    (witness.folder / "witness.db").write_bytes(b"not a database, and longer than its header " * 30)
    answer = witness.ask(body(3, 5))
    assert (answer.status_code, "—" in answer.text) == (503, False)


def test_a_list_that_cannot_be_read_cosigns_nothing_and_a_new_log_needs_no_restart(
    neighbourhood: Neighbourhood,
) -> None:
    witness = neighbourhood.witness("voisin", Signer.from_seed("other.example", bytes(32)))
    assert witness.ask(body(0, 3)).status_code == 404
    logs = witness.folder / "logs"
    good = logs.read_text() + f"log {SIGNER.verifier}\n"
    for bad in ("log x\n", f"lag {SIGNER.verifier}\n", "#" * 200_000):
        logs.write_text(bad)
        assert witness.ask(body(0, 3)).status_code == 503
    logs.write_text(good)
    assert witness.ask(body(0, 3)).status_code == 200


def test_sizes_no_database_integer_holds_are_kept_exactly(neighbourhood: Neighbourhood) -> None:
    witness = neighbourhood.witness()
    note = sign_checkpoint(SIGNER, 9_999_999_999_999_999_999, bytes(32), 0).note
    assert witness.ask(str(AddCheckpoint(0, (), note))).status_code == 200
    assert witness.ask(body(0, 3)).text == "9999999999999999999\n"


# ---- the program


def test_the_example_configuration_documents_every_setting() -> None:
    text = (ROOT / "config" / "witness.example.toml").read_text(encoding="utf-8")
    written, above = tomllib.loads(text), ""
    described = {}
    for line in text.splitlines():
        described[line.partition(" = ")[0]] = above.removeprefix("# ")
        above = line
    for name, field in WitnessSettings.model_fields.items():
        assert described[name] == field.description
        assert field.is_required() or written[name] == field.default
    assert set(written) == set(WitnessSettings.model_fields)


def test_a_witness_is_founded_told_whom_to_trust_and_shown(tmp_path: Path) -> None:
    run, folder = CliRunner().invoke, tmp_path / "witness"
    config = ["--config", str(folder / "witness.toml")]
    founded = run(main, ["witness", "init", "--dir", str(folder), "--name", "voisin.example/temoin", "--json"])
    vkey = json.loads(founded.output)["vkey"]
    assert oct((folder / "witness.key").stat().st_mode & 0o777) == "0o600"
    again = run(main, ["witness", "init", "--dir", str(folder), "--name", "x.example"])
    assert (again.exit_code, "déjà un témoin" in again.output) == (1, True)
    assert run(main, ["witness", "trust", *config, "junk"]).exit_code == 2
    for new in (True, False):
        trusted = run(main, ["witness", "trust", *config, str(SIGNER.verifier), "--json"])
        assert json.loads(trusted.output) == {"log": str(SIGNER.verifier), "new": new}
    shown = json.loads(run(main, ["witness", "show", *config, "--json"]).output)
    assert shown == {"vkey": vkey, "trusted": [str(SIGNER.verifier)], "heads": [], "evidence": []}
    assert [str(log) for log in read_logs(folder / "logs")] == [str(SIGNER.verifier)]


def test_a_witness_that_lost_its_memory_cosigns_nothing(neighbourhood: Neighbourhood) -> None:
    witness = neighbourhood.witness()
    assert witness.ask(body(0, 5)).status_code == 200
    (witness.folder / "witness.db").unlink()
    assert witness.ask(body(0, 5, history(1))).status_code == 503
    config = ["--config", str(witness.folder / "witness.toml")]
    for command in ("serve", "show"):
        lost = CliRunner().invoke(main, ["witness", command, *config], env={"LANG": "en"})
        assert (lost.exit_code, "a new witness, with a new key" in lost.output) == (3, True)
    assert not (witness.folder / "witness.db").exists()


@pytest.mark.parametrize("made", range(4))
def test_a_founding_broken_off_is_finished_by_the_next(made: int, tmp_path: Path) -> None:
    names = ("witness.key", "logs", "witness.db", "witness.toml")
    run, folder = CliRunner().invoke, tmp_path / "witness"
    founding = ["witness", "init", "--dir", str(folder), "--name", "voisin.example/temoin", "--json"]
    vkey = json.loads(run(main, founding).output)["vkey"]
    for name in names[made:]:
        (folder / name).unlink()
    again = json.loads(run(main, founding).output)["vkey"]
    assert (again == vkey) == (made > 0)
    assert sorted(file.name for file in folder.iterdir()) == sorted(names)
    assert run(main, ["witness", "show", "--config", str(folder / "witness.toml")]).exit_code == 0


def test_a_log_with_two_histories_is_shown_with_the_proof(neighbourhood: Neighbourhood) -> None:
    witness = neighbourhood.witness()
    witness.ask(body(0, 5))
    witness.ask(body(5, 5, history(1)))
    shown = CliRunner().invoke(main, ["witness", "show", "--config", str(witness.folder / "witness.toml")])
    assert shown.exit_code == 1
    assert head(5) in shown.output
    assert head(5, history(1)) in shown.output


def test_a_configuration_that_cannot_work_says_everything_that_is_wrong(
    tmp_path: Path, still_world: StillWorld
) -> None:
    file = tmp_path / "witness.toml"
    file.write_text('key_file = "k"\nport = -1\nwhat = 1\n')
    with pytest.raises(ConfigurationError) as wrong:
        load_witness_settings(file)
    assert {fault.key for fault in wrong.value.faults} == {"logs_file", "state_file", "port", "what"}
    file.write_text('key_file = "k"\nlogs_file = "l"\nstate_file = "no/such/folder/s"\n')
    with pytest.raises(ConfigurationError):
        Cosigning(load_witness_settings(file), still_world.world)
    founded = tmp_path / "good"
    CliRunner().invoke(main, ["witness", "init", "--dir", str(founded), "--name", "a.example"])
    settings = load_witness_settings(founded / "witness.toml")
    with pytest.raises(Unavailable):
        Cosigning(settings.model_copy(update={"state_file": tmp_path / "no" / "s"}), still_world.world)


def test_the_program_serves_and_slow_senders_keep_nobody_out(neighbourhood: Neighbourhood) -> None:
    witness = neighbourhood.witness()
    config = witness.folder / "witness.toml"
    config.write_text(config.read_text().replace("port = 8090", "port = 0\nthreads = 2\nbody_seconds = 0.5"))
    program = [str(Path(sys.executable).parent / "gateway"), "witness", "serve", "--config", str(config)]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        place = ("127.0.0.1", int(url.rpartition(":")[2]))
        slow = [socket.create_connection(place, timeout=20) for _ in range(5)]
        for one in slow:
            one.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nold")
        answer = httpx.post(f"{url}/add-checkpoint", content=body(0, 3), timeout=20, trust_env=False)
        assert answer.status_code == 200
        for one in slow:
            assert b" 200 " not in one.recv(100)
            one.close()
    finally:
        process.terminate()
        assert process.wait(20) == 0
    assert witness.ask(body(3, 5)).status_code == 200, "what it kept outlives it"


def _process(config: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.witness.cosigning_process", str(config)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert json.loads(process.stdout.readline()) == "ready"
    return process


def _write(process: subprocess.Popen[str], asked: str) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()


def _read(process: subprocess.Popen[str]) -> tuple[int, str]:
    assert process.stdout is not None
    status, text = json.loads(process.stdout.readline())
    return status, text


def _end(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        process.kill()
        process.communicate()
