"""The demo as a newcomer starts it, over real HTTP, and a real Chromium to visit it with."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.conftest import SHARED

STARTS_WITHIN_SECONDS = 120


@dataclass(frozen=True)
class DemoServer:
    """A running demo: its address, its folder (with `gateway.toml`), and the repository it runs from."""

    url: str
    folder: Path
    config: Path


@pytest.fixture(scope="module")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """`gateway demo` on a free port, with the sample documents where they are; stopped at the end."""
    folder = tmp_path_factory.mktemp("demo")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "gateway", "demo", "--port", str(port), "--dir", str(folder)]
    samples = SHARED / "samples" / "cda-fr"
    if samples.is_dir():
        command += ["--samples", str(samples)]
    log = folder / "demo.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_until_served(f"http://127.0.0.1:{port}/healthz", process, log)
        yield DemoServer(f"http://127.0.0.1:{port}", folder, folder / "gateway.toml")
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_served(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(address, timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    words = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(errors="replace"))[-2000:]
    pytest.fail(f"the demo did not start:\n{words}")
