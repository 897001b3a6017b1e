"""The pages in front of a working gateway in memory."""

from pathlib import Path

import pytest
from flask import Flask

from gateway.web import create_web
from tests.web.fake_gateway import FakeGateway


@pytest.fixture
def fake(samples: Path) -> FakeGateway:
    """A gateway whose dossiers hold the real sample documents."""
    return FakeGateway(samples=samples / "cda-fr")


@pytest.fixture
def web(fake: FakeGateway) -> Flask:
    """The pages."""
    return create_web(fake)
