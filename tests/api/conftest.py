"""The API in front of a hospital in memory."""

import pytest
from flask.testing import FlaskClient

from tests.api.api_calls import client_of
from tests.api.hospital_in_memory import HospitalInMemory


@pytest.fixture
def hospital() -> HospitalInMemory:
    """One patient, one dossier, nobody opposed."""
    return HospitalInMemory()


@pytest.fixture
def client(hospital: HospitalInMemory) -> FlaskClient:
    """A client of the API in front of it."""
    return client_of(hospital)
