"""The processes of a run: started, watched until they answer, measured, and ended by their own number."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_SECONDS = 40.0
ENDS_WITHIN_SECONDS = 10.0


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running(log: Path, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python <arguments>` from the repository, its output in `log`; ended by SIGTERM, at worst killed."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        below = _descendants(process.pid)
        process.terminate()
        try:
            process.wait(ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            # Its workers would outlive it: each is killed by its own number.
            for pid in (process.pid, *below):
                _kill(pid)
            process.wait()


def wait_until_listening(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Raises `RuntimeError` with the end of the log when the process ends, or does not listen in time."""
    latest = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < latest and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"no server on port {port}:\n{log.read_text(errors='replace')[-3000:]}")


def worker_memory_mb(process: subprocess.Popen[bytes]) -> float:
    """The mean PSS of the server's worker processes, MB (10^6 bytes), from /proc/PID/smaps_rollup."""
    # multiprocessing's resource tracker is a child too, and serves nobody.
    sizes = [size for pid in _descendants(process.pid) if (size := _pss_mb(pid)) > 20]
    return sum(sizes) / len(sizes) if sizes else 0.0


def _descendants(pid: int) -> list[int]:
    try:
        children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [one for child in children for one in (child, *_descendants(child))]


def _pss_mb(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        return 0.0
    return 0.0


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return
