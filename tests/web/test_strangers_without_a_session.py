"""What someone without a session can do to the gateway: nothing that stays."""

import pytest
from flask import Flask

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
