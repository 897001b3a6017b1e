"""The door for a provider's receipts: no token, no cookie, a signature over the body."""

import hashlib
import hmac
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from gateway.errors import RecordUnavailable
from gateway.notifications.delivery import ReceiptOutcome
from gateway.notifications.sms_receipts import SmsReceipts
from gateway.settings import SmsReceiptSettings
from tests.api.api_calls import AUTHORIZED, client_of
from tests.api.hospital_in_memory import HospitalInMemory
from tests.worlds import START

ADDRESS = "/api/v1/delivery-receipts/sms"
SECRET = "a secret shared with the provider"
BODY = b'{"id": "demo-sms-1", "status": "delivered"}'


class Ledger:
    """Keeps what was believed."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []
        self.down = False

    def record(self, reference: str, *, failed: bool) -> ReceiptOutcome:
        if self.down:
            raise RecordUnavailable("the commit failed")
        self.told.append((reference, failed))
        return ReceiptOutcome.DELIVERED


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def client(ledger: Ledger) -> FlaskClient:
    hospital = HospitalInMemory(max_body_bytes=1_000_000)
    settings = SmsReceiptSettings(secret_file=Path("unused"))
    hospital.sms_receipts = SmsReceipts(settings, SECRET.encode(), hospital.world, ledger)
    return client_of(hospital)


def signed(body: bytes, offset: int = 0) -> dict[str, str]:
    moment = str(int(START.timestamp()) + offset)
    signature = hmac.new(SECRET.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Signature": signature, "X-Timestamp": moment}


def test_a_signed_receipt_is_taken_with_no_token_and_the_answer_says_nothing(
    client: FlaskClient, ledger: Ledger
) -> None:
    answer = client.post(ADDRESS, data=BODY, headers=signed(BODY))
    assert (answer.status_code, answer.data) == (204, b"")
    # A replay within the window is the same receipt.
    assert client.post(ADDRESS, data=BODY, headers={**signed(BODY), "Cookie": "session=x"}).status_code == 204
    assert ledger.told == [("demo-sms-1", False)] * 2


@pytest.mark.parametrize("body", [BODY, b"", b"not json", b'{"id": "unknown", "status": "failed"}'])
@pytest.mark.parametrize(
    "headers",
    [{}, AUTHORIZED, {"Cookie": "session=x"}, signed(b"another body"), {"X-Signature": "00", "X-Timestamp": "now"}],
)
def test_a_stranger_learns_only_that_a_signature_is_wanted(
    client: FlaskClient, ledger: Ledger, headers: dict[str, str], body: bytes
) -> None:
    answer = client.post(ADDRESS, data=body, headers=headers)
    told = {name: value for name, value in answer.json.items() if name != "reference"}
    assert answer.status_code == 403
    assert (told["code"], told["errors"]) == ("receipt-refused", [])
    assert not any(word in str(told) for word in ("demo-sms-1", "unknown", SECRET))
    assert ledger.told == []


def test_a_receipt_signed_too_long_ago_is_a_strangers(client: FlaskClient, ledger: Ledger) -> None:
    assert client.post(ADDRESS, data=BODY, headers=signed(BODY, -301)).json["code"] == "receipt-refused"
    assert ledger.told == []


def test_more_than_64_kilobytes_are_not_read(client: FlaskClient, ledger: Ledger) -> None:
    large = BODY + b" " * (64 * 1024)
    answer = client.post(ADDRESS, data=large, headers=signed(large))
    assert (answer.status_code, answer.json["code"]) == (413, "too-large")
    assert ledger.told == []


def test_a_signed_receipt_that_cannot_be_understood_or_kept_says_so_in_both_languages(
    client: FlaskClient, ledger: Ledger
) -> None:
    odd = b'{"status": "delivered"}'
    answer = client.post(ADDRESS, data=odd, headers={**signed(odd), "Accept-Language": "en"})
    assert (answer.status_code, answer.json["title"]) == (422, "Delivery receipt not understood")
    assert [fault["field"] for fault in answer.json["errors"]] == ["id"]
    ledger.down = True
    late = client.post(ADDRESS, data=BODY, headers=signed(BODY))
    assert (late.status_code, late.headers["Retry-After"]) == (503, "5")
    assert late.headers["Content-Language"] == "fr"


class _SlowBody(io.BytesIO):
    """A body that does not come until told to."""

    def __init__(self, come: threading.Event) -> None:
        super().__init__(BODY)
        self._come = come

    def readinto(self, buffer: memoryview) -> int:
        self._come.wait(20)
        return super().readinto(buffer)

    def read(self, size: int | None = -1) -> bytes:
        self._come.wait(20)
        return super().read(size)


def test_receipts_that_come_slowly_leave_threads_for_everyone_else(client: FlaskClient, ledger: Ledger) -> None:
    threads = client.application.extensions["gateway"].settings.server.threads
    come = threading.Event()
    answered: list[int] = []

    def send_slowly(_number: int) -> None:
        sent = EnvironBuilder(ADDRESS, method="POST", headers=signed(BODY), content_type="application/json")
        slow = {"CONTENT_LENGTH": str(len(BODY)), "wsgi.input": _SlowBody(come)}
        answered.append(Response.from_app(client.application, sent.get_environ() | slow).status_code)
        if len(answered) >= threads - threads // 4:
            come.set()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(send_slowly, range(threads)))
    assert (answered.count(503), answered.count(204)) == (threads - threads // 4, threads // 4)
    assert len(ledger.told) == threads // 4
    assert client.post(ADDRESS, data=BODY, headers=signed(BODY)).status_code == 204


def test_where_no_receipts_are_configured_there_is_nothing() -> None:
    answer = client_of(HospitalInMemory()).post(ADDRESS, data=BODY, headers=signed(BODY))
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


def test_the_door_is_described_with_its_signature(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").json
    call = document["paths"][ADDRESS]["post"]
    assert call["security"] == [{"receiptSignature": []}]
    assert set(call["responses"]) == {"204", "403", "404", "413", "422", "503", "default"}
    assert document["components"]["securitySchemes"]["receiptSignature"]["in"] == "header"
    assert call["requestBody"]["required"]
