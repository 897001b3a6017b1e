"""What every test may ask for: the sample data beside the repository, and a word when it is not there."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
IN_CI = os.environ.get("CI") == "true"


def skip_or_fail(reason: str) -> None:
    """Skip on a developer's machine, fail in CI: a skipped test is never called a pass there."""
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real French CDA, HL7 v2 and FHIR data nobody here wrote."""
    folder = SHARED / "samples"
    if not folder.is_dir():
        skip_or_fail("no sample data: ../shared/samples is absent beside the repository")
    return folder
