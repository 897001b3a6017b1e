"""What someone without a session can do to the gateway: nothing that stays."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from tests.web.fake_gateway import FakeGateway


def test_invented_methods_add_no_line_to_the_metrics(web: Flask) -> None:
    client = web.test_client()
    for number in range(20):
        client.open("/healthz", method=f"INVENTED{number}")
    metrics = client.get("/metrics").text
    assert "INVENTED" not in metrics
    assert 'gateway_page_answers_total{method="other",page="none",status="4xx"} 20.0' in metrics


@pytest.mark.parametrize("path", ["/patients/%00", "/access/%00", "/n/%00", "/access/%0D%0AX/documents"])
def test_an_address_with_control_characters_is_no_page(web: Flask, fake: FakeGateway, path: str) -> None:
    assert web.test_client().get(path).status_code == 404
    assert fake.client(web, "interne").get(path).status_code == 404


class _SlowBody(io.BytesIO):
    """A body that does not come until told to."""

    def __init__(self, come: threading.Event) -> None:
        super().__init__(b"day=1&month=1".ljust(100, b"&"))
        self._come = come

    def readinto(self, buffer: memoryview) -> int:
        self._come.wait(20)
        return super().readinto(buffer)

    def read(self, size: int | None = -1) -> bytes:
        self._come.wait(20)
        return super().read(size)


def test_strangers_who_send_their_forms_slowly_leave_threads_for_everyone_else(web: Flask, fake: FakeGateway) -> None:
    threads = fake.settings.server.threads
    come = threading.Event()
    answered: list[int] = []

    def send_slowly(_number: int) -> None:
        sent = EnvironBuilder("/n/ABCDE23456", method="POST", content_type="application/x-www-form-urlencoded")
        environ = sent.get_environ() | {
            "CONTENT_LENGTH": "100",
            "wsgi.input": _SlowBody(come),
            "HTTP_ORIGIN": "https://elsewhere.example",
        }
        answered.append(Response.from_app(web, environ).status_code)
        if len(answered) >= threads - threads // 4:
            come.set()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(send_slowly, range(threads)))
    assert answered.count(503) == threads - threads // 4
    assert answered.count(403) == threads // 4
    assert web.test_client().post("/n/ABCDE23456").status_code == 403
