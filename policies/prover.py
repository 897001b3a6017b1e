"""Proofs for whoever serves: the solver is never imported here, it is a child process with limits of time and memory.

Whatever befalls the child (no answer in time, out of memory, a crash, an unreadable answer), the report says "not
proved", which is no pass.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from policies.findings import DeadRules, DifferenceReport, ProofReport, Said
from policies.sources import Sources

SECONDS = 60.0
MEMORY_MB = 2048
GRACE = 10.0  # seconds to start, read the rules, and write the answer
MAX_ANSWER = 32_000_000  # bytes

_LATE = Said(
    fr="non prouvé : la preuve n'a pas abouti dans le temps donné",
    en="not proved: the prover found no answer in the time given",
)
_BROKE = Said(
    fr="non prouvé : la preuve s'est interrompue (mémoire, ou panne)",
    en="not proved: the prover broke off (memory, or a fault)",
)


class _NoAnswerError(Exception):
    """The child gave no answer that can be used."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.en)
        self.said = said


def prove(sources: Sources, *, seconds: float = SECONDS, memory_mb: int = MEMORY_MB) -> ProofReport:
    """Every invariant of a version held against it. Never raises; trouble is a report that does not hold."""
    try:
        report = ProofReport.from_json(_asked("prove", [sources], seconds, memory_mb))
        if report.digest != sources.digest:  # a proof of other rules proves nothing here
            raise _NoAnswerError(_BROKE)
    except (_NoAnswerError, ValueError) as trouble:
        return ProofReport(digest=sources.digest, trouble=_said(trouble))
    return report


def differences(
    before: Sources, after: Sources, *, seconds: float = SECONDS, memory_mb: int = MEMORY_MB
) -> DifferenceReport:
    """What two versions answer differently over every question. Never raises; trouble is an incomplete report."""
    try:
        return DifferenceReport.from_json(_asked("diff", [before, after], seconds, memory_mb))
    except (_NoAnswerError, ValueError) as trouble:
        return DifferenceReport(before=before.digest, after=after.digest, why=_said(trouble))


def never_true(sources: Sources, *, seconds: float = SECONDS, memory_mb: int = MEMORY_MB) -> DeadRules:
    """The rules of a version that are proven to change no answer. Never raises; trouble is told in `why`."""
    try:
        return DeadRules.from_json(_asked("never-true", [sources], seconds, memory_mb))
    except (_NoAnswerError, ValueError) as trouble:
        return DeadRules(digest=sources.digest, why=_said(trouble))


def _said(trouble: Exception) -> Said:
    return trouble.said if isinstance(trouble, _NoAnswerError) else _BROKE


def _asked(command: str, versions: Sequence[Sources], seconds: float, memory_mb: int) -> Mapping[str, Any]:
    """The child's JSON. Raises `_NoAnswerError`."""
    with tempfile.TemporaryDirectory(prefix="policies-") as place:
        folders = []
        for number, sources in enumerate(versions):
            folder = Path(place) / str(number)
            _write(sources, folder)
            folders.append(str(folder))
        limits = ["--memory-mb", str(memory_mb)]
        ran = _run([*limits, command, *folders, "--json", "--seconds", str(seconds)], seconds + GRACE)
    try:
        answer = json.loads(ran)
    except ValueError:
        raise _NoAnswerError(_BROKE) from None
    if not isinstance(answer, dict):
        raise _NoAnswerError(_BROKE)
    if isinstance(unusable := answer.get("unusable"), dict):
        raise _NoAnswerError(Said(fr=str(unusable.get("fr")), en=str(unusable.get("en"))))
    return answer


def _write(sources: Sources, folder: Path) -> None:
    for name, content in sources.files.items():
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise _NoAnswerError(_BROKE)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _run(arguments: list[str], seconds: float) -> bytes:
    home = str(Path(__file__).resolve().parent.parent)
    known = {
        name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT") if name in os.environ
    }
    command = [sys.executable, "-m", "policies.proving", *arguments]
    try:
        ran = subprocess.run(  # noqa: S603 - our own module, with arguments of our own making
            command,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**known, "PYTHONPATH": home},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _NoAnswerError(_LATE) from None
    except OSError:
        raise _NoAnswerError(_BROKE) from None
    if ran.returncode not in (0, 1) or len(ran.stdout) > MAX_ANSWER:
        raise _NoAnswerError(_BROKE)
    return ran.stdout
