"""How the API's tests call: a client, bearer headers, bodies that are right until a test spoils them."""

from typing import Any

from flask.testing import FlaskClient

from gateway.api import create_api
from tests.api.hospital_in_memory import INS, HospitalInMemory

REQUEST_ID = "7f6f0a0e-0f0b-4d2e-9c9e-3a3a5b1c2d10"
AUTHORIZED = {"Authorization": "Bearer intern"}


def client_of(hospital: HospitalInMemory) -> FlaskClient:
    """A client without a cookie jar: the API refuses cookies."""
    return create_api(hospital).test_client(use_cookies=False)


def break_glass(**changes: Any) -> dict[str, Any]:
    """The body of an emergency opening for the sample patient."""
    return {
        "request_id": REQUEST_ID,
        "patient": {"ins": INS.value, "oid": INS.oid},
        "mode": "break_glass",
        "reason": {"code": "vital_emergency"},
        **changes,
    }


def open_access(client: FlaskClient, body: dict[str, Any] | None = None, caller: str = "intern") -> Any:
    """POST an opening and give the answer."""
    return client.post(
        "/api/v1/accesses",
        json=break_glass() if body is None else body,
        headers={"Authorization": f"Bearer {caller}"},
    )


def opened_path(client: FlaskClient) -> str:
    """The address of an access opened for the intern."""
    answer = open_access(client)
    assert answer.status_code in (200, 201), answer.get_data(as_text=True)
    return str(answer.json["links"]["self"])
